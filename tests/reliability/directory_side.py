# SPDX-License-Identifier: MIT
"""The program is killed at its writes and never comes back: the directory, as Windows does it, ends what was
granted.
"""

from __future__ import annotations

from typing import Final

from tests.reliability import ledger
from tests.reliability.checks import over
from tests.reliability.children import Child, Killed
from tests.reliability.flows import FLOWS, Case, Flow
from tests.reliability.outcome import Finding, Outcome, is_enough, spread
from tests.reliability.scene import LONGER, SECONDS, Place, Program, place_in
from tests.reliability.seam import Seam
from tests.samba.server import SambaDomain
from tests.samba.windows_like import MovedClock, WindowsLikeProxy

FORESTS: Final = {"dynamic group": (True, False), "memberships": (False, True), "both": (True, True)}
_FLOWS = tuple(flow for flow in FLOWS if flow.name in ("checkout", "extension", "check-in"))
"""Not those of another copy, which goes by ``whenCreated``: that is not put forward with the clock."""
_SPARE_SECONDS = 120
_SHELL_SECONDS = 3600


def _play(case: Case, flow: Flow, kill_at: int) -> list[str] | None:
    """The points, or `None` where it was killed."""

    def work() -> list[str]:
        flow.prepare(case)
        seam = Seam(kill_at, ledger=case.ledger)
        with Program(case.place, case.other if flow.elsewhere else case.folder) as program:
            seam.arm()
            flow.act(program)
        return seam.points

    try:
        points: list[str] = Child(work).result()
    except Killed:
        return None
    return points


def _left(place: Place, proxy: WindowsLikeProxy, flow: Flow, case: Case) -> list[Finding]:
    """What the directory has ended by itself; then the copies that died are started again."""
    findings = _by_itself(place, proxy, flow)
    folders = {case.folder, case.other} if flow.elsewhere else {case.folder}
    for folder in sorted(folders):
        with Program(place, folder) as program:
            program.tick()
            program.sweep()
            proxy.clock.advance(_SPARE_SECONDS)
            program.tick()
            findings += over(place, program, "when the program was started again")
            findings += ledger.consistent(folder)
    killed = case.other if flow.elsewhere else case.folder
    findings += ledger.compared(case.ledger, killed)
    place.tidy()
    return findings


def _by_itself(place: Place, proxy: WindowsLikeProxy, flow: Flow) -> list[Finding]:
    findings: list[Finding] = []
    if flow.keeps:
        proxy.clock.advance(SECONDS - _SPARE_SECONDS)
        if place.held() != 3:
            findings.append(("wrong", "it ended before its deadline"))
        proxy.clock.advance(_SPARE_SECONDS)
    else:
        proxy.clock.advance(SECONDS)
    proxy.clock.advance((LONGER if flow.name == "extension" else 0) + _SPARE_SECONDS)
    if held := place.held():
        findings.append(("outlived_deadline", f"{held} of 3 rights are held"))
    # Beside memberships that end, the group is an empty shell that lives a little longer.
    proxy.clock.advance(_SHELL_SECONDS)
    if proxy.forest.dynamic_objects and place.groups():
        findings.append(("outlived_deadline", "the temporary group is there"))
    return findings


def _share(domain: SambaDomain, how_many: int) -> object:
    cases: list[tuple[str, list[Finding]]] = []
    with place_in(domain) as place, WindowsLikeProxy.in_front_of(domain) as proxy:
        place.clock = MovedClock(proxy.clock)
        place.through(proxy.port, timeout_seconds=10)
        for forest, (dynamic, links) in FORESTS.items():
            proxy.forest.dynamic_objects, proxy.forest.ttl_links = dynamic, links
            for flow in _FLOWS:
                case = Case(place, place.empty_database(), place.empty_database())
                points = _play(case, flow, 0)
                assert points is not None
                cases.append((f"{forest}, {flow.name} whole", _left(place, proxy, flow, case)))
                for point in spread(len(points), how_many):
                    case = Case(place, place.empty_database(), place.empty_database())
                    name = f"{forest}, {flow.name}, {point} of {len(points)} ({points[point - 1]})"
                    killed = _play(case, flow, point) is None
                    findings = _left(place, proxy, flow, case)
                    cases.append((name, findings if killed else [("wrong", "it was not killed")]))
                    if is_enough(cases):
                        return cases
    return cases


def directory_series(domain: SambaDomain, *, how_many: int = 0) -> Outcome:
    """`how_many` points of each flow in each kind of forest (0: every one)."""
    outcome = Outcome("directory-side expiry")
    for name, findings in Child(lambda: _share(domain, how_many), seconds=3600).result():
        outcome.add(name, findings)
    outcome.figures = {"forests": list(FORESTS), "flows": [flow.name for flow in _FLOWS]}
    return outcome.done()
