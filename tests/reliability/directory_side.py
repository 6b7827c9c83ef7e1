# SPDX-License-Identifier: MIT
"""The program is killed at its writes and never comes back: the directory, as Windows does it, ends what was
granted. Or the directory is late, or away, and the program ends it and says so all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from jit_desktop.elevation.model import LONGEST_PAUSE
from tests.reliability import ledger
from tests.reliability.checks import judged, over
from tests.reliability.children import Child, Killed
from tests.reliability.flows import FLOWS, Case, Flow, case_of
from tests.reliability.model import AT_ONCE, TAKEN_OVER, Fact, Model
from tests.reliability.outcome import Finding, Outcome, is_enough, played, spread
from tests.reliability.scene import LONGER, SECONDS, Place, Program, Shift, place_in
from tests.reliability.seam import Seam
from tests.samba.server import SambaDomain
from tests.samba.windows_like import MovedClock, WindowsLikeProxy

FORESTS: Final = {"dynamic group": (True, False), "memberships": (False, True), "both": (True, True)}
_FLOWS: Final = (
    ("checkout", False),
    ("extension", False),
    ("check-in", False),
    ("adoption", False),
    ("caught up", False),
    ("confirming later", False),
    ("expiry", False),
    ("expiry", True),
    ("sweep", False),
    ("sweep", True),
    ("rollback", False),
)
"""Names, and whether the directory is late."""
_WITH_TIMES: Final = ("checkout", "extension", "adoption", "caught up")
_ROUNDED: Final = timedelta(seconds=5)
"""Times to live are whole seconds, each a little less than what is left."""
_SHELL: Final = timedelta(seconds=3600)
"""By then the empty group, which outlives the memberships in it, is gone too."""


@dataclass(frozen=True, slots=True)
class Played:
    """A flow in one kind of forest; ``late``: the directory ends nothing until the program has."""

    forest: str
    flow: Flow
    late: bool = False

    @property
    def name(self) -> str:
        return f"{self.forest}, {self.flow.name}{', the directory is late' if self.late else ''}"


def _all_played(*, short: bool) -> list[Played]:
    """Each flow that writes times to live in each forest, the others in the one that has all of them; of a
    short form each flow but the first in one of them."""
    flows = {flow.name: flow for flow in FLOWS}
    found: list[Played] = []
    for number, (name, late) in enumerate(_FLOWS):
        forests = list(FORESTS)
        if short and name != "checkout":
            forests = [forests[number % len(forests)]]
        elif name not in _WITH_TIMES:
            forests = ["both"]
        found += [Played(forest, flows[name], late) for forest in forests]
    return found


class Field:
    """The place, and the imitated forest before it, which is as new for each case."""

    def __init__(self, place: Place, proxy: WindowsLikeProxy) -> None:
        self.place, self.proxy = place, proxy
        self.began = proxy.clock.now()
        place.clock = MovedClock(proxy.clock)
        place.through(proxy.port, timeout_seconds=10)

    def renew(self, forest: str) -> None:
        """Nothing is there, and its time is that of the real domain, by which groups are made."""
        self.proxy.mend()
        self.place.tidy()
        Shift.reset()
        with self.proxy.forest.lock:
            self.proxy.forest.dynamic_objects, self.proxy.forest.ttl_links = FORESTS[forest]
            self.proxy.forest.deletes = True
            self.proxy.forest.objects.clear()
            self.proxy.forest.links.clear()
        self.proxy.clock.advance(-self.proxy.clock.offset.total_seconds())
        self.began = self.proxy.clock.now()

    def put_to(self, at: datetime) -> None:
        """Let time pass until then; never back."""
        self.proxy.clock.advance(max(0.0, (at - self.proxy.clock.now()).total_seconds()))

    def punctual(self, *, punctual: bool) -> None:
        """Whether the directory ends what is over."""
        self.proxy.forest.deletes = punctual
        self.proxy.expire_due()


def _play(field: Field, one: Played, case: Case, kill_at: int) -> list[str] | None:
    """The points, or ``None`` where it was killed."""
    flow = one.flow

    def work() -> list[str]:
        seam = Seam(kill_at, ledger=case.ledger)
        with Program(case.place, case.other if flow.elsewhere else case.folder) as program:
            seam.arm()
            flow.act(program)
        return seam.points

    def prepare() -> None:
        flow.prepare(case)

    Child(prepare).result()
    field.punctual(punctual=not one.late)
    field.put_to(field.began + timedelta(seconds=flow.shift))
    try:
        points: list[str] = Child(work).result()
    except Killed:
        return None
    return points


def _deadline(field: Field, case: Case) -> datetime:
    """The latest one that anybody knows of."""
    found = [*field.place.deadlines(), field.began + timedelta(seconds=SECONDS)]
    for folder in (case.folder, case.other):
        with Program(field.place, folder) as program:
            found += [row.extending_to or row.deadline for row in program.store.open_elevations()]
    return max(found)


def _left(field: Field, one: Played, case: Case, *, whole: bool) -> list[Finding]:
    """What the directory has ended by itself; then the copies that died are started again."""
    place, flow = field.place, one.flow
    deadline = _deadline(field, case)
    findings = [] if one.late else _by_itself(field, flow, deadline, whole=whole)
    folders = {case.folder, case.other} if flow.elsewhere else {case.folder}
    for folder in sorted(folders):
        with Program(place, folder) as program:
            program.tick()
            program.sweep()
            # A lease of the dead one keeps others from its end for a minute.
            field.put_to(field.proxy.clock.now() + TAKEN_OVER)
            program.tick()
            findings += judged(place, program, Model(deadline))
            findings += over(place, program, "when the program was started again")
            field.put_to(field.proxy.clock.now() + TAKEN_OVER)
            program.tick()
            program.sweep()
            findings += over(place, program, "after a sweep")
    findings += ledger.compared(case.ledger, case.other if flow.elsewhere else case.folder)
    return findings


def _by_itself(field: Field, flow: Flow, deadline: datetime, *, whole: bool) -> list[Finding]:
    findings: list[Finding] = []
    place = field.place
    if flow.keeps:
        is_longer = flow.name == "caught up" or (whole and flow.name == "extension")
        lasts = SECONDS + (LONGER if is_longer else 0)
        field.put_to(field.began + timedelta(seconds=lasts) - _ROUNDED)
        if place.held() != 3:
            findings.append(("wrong", "it ended before its deadline"))
    field.put_to(deadline + AT_ONCE)
    if held := place.held():
        findings.append(("outlived_deadline", f"{held} of 3 rights are held 2 s after its deadline"))
    field.put_to(deadline + _SHELL)
    if field.proxy.forest.dynamic_objects and place.groups():
        findings.append(("outlived_deadline", "the temporary group is there"))
    return findings


def _killed(field: Field, one: Played, point: int) -> list[Finding]:
    field.renew(one.forest)
    case = case_of(field.place, one.flow)
    killed = _play(field, one, case, point) is None
    findings = _left(field, one, case, whole=False)
    return findings if killed else [("wrong", "it was not killed")]


def _whole(field: Field, one: Played, points: list[str]) -> list[Finding]:
    field.renew(one.forest)
    case = case_of(field.place, one.flow)
    points += _play(field, one, case, 0) or []
    return _left(field, one, case, whole=True)


def _away(field: Field, forest: str, *, late: bool, elsewhere: bool) -> list[Finding]:
    """Nobody can ask the directory at the deadline. What it has promised to do by then proves nothing: it is
    an alarm as long as anything is held, and none any more when it was seen that nothing is."""
    field.renew(forest)
    place = field.place
    mine, other = place.empty_database(), place.empty_database()
    findings: list[Finding] = []
    with Program(place, mine) as program, Program(place, other) as second:
        deadline = program.check_out().deadline
        second.sweep()
        asked = second if elsewhere else program
        field.punctual(punctual=not late)
        field.proxy.refuse()
        model = Model(deadline).after(Fact.DIRECTORY_GONE)
        for at in (deadline - _ROUNDED, deadline + AT_ONCE, deadline + TAKEN_OVER):
            field.put_to(at)
            field.proxy.expire_due()
            asked.tick()
            findings += judged(place, asked, model)
        if late and place.held() != 3:
            findings.append(("wrong", f"{place.held()} of 3 rights are held and nobody took any back"))
        field.proxy.mend()
        model = model.after(Fact.DIRECTORY_BACK)
        field.put_to(field.proxy.clock.now() + LONGEST_PAUSE)
        asked.tick()
        findings += judged(place, asked, model)
        for one in (asked, program, second):
            one.tick()
            field.put_to(field.proxy.clock.now() + TAKEN_OVER)
            one.sweep()
            findings += over(place, one, "when the directory was back")
    return findings


def _share(domain: SambaDomain, which: int, of: int, how_many: int) -> object:
    cases: list[tuple[str, list[Finding]]] = []
    with place_in(domain) as place, WindowsLikeProxy.in_front_of(domain) as proxy:
        field = Field(place, proxy)
        for name, work in _work(field, short=bool(how_many))[which::of]:
            cases.append((name, played(work)))
            if is_enough(cases):
                return cases
        for one in _all_played(short=bool(how_many))[which::of]:
            points: list[str] = []
            cases.append((f"{one.name}, whole", played(partial(_whole, field, one, points))))
            for point in [] if is_enough(cases) else spread(len(points), how_many):
                name = f"{one.name}, {point} of {len(points)} ({points[point - 1]})"
                cases.append((name, played(partial(_killed, field, one, point))))
                if is_enough(cases):
                    return cases
    return cases


def _work(field: Field, *, short: bool) -> Sequence[tuple[str, Callable[[], list[Finding]]]]:
    """The cases in which the directory is away."""
    found: list[tuple[str, Callable[[], list[Finding]]]] = []
    for forest in ("both",) if short else FORESTS:
        for late in (False, True):
            for elsewhere in (False,) if short else (False, True):
                name = f"{forest}, away{' and late' if late else ''}{', another copy' if elsewhere else ''}"
                found.append((name, partial(_away, field, forest, late=late, elsewhere=elsewhere)))
    return found


def directory_series(domain: SambaDomain, *, how_many: int = 0, workers: int = 2) -> Outcome:
    """`how_many` points of each flow in each kind of forest (0: every one)."""
    outcome = Outcome("directory-side expiry")
    children = [
        Child(lambda which=which: _share(domain, which, workers, how_many), seconds=3600)  # type: ignore[misc]
        for which in range(workers)
    ]
    for child in children:
        for name, findings in child.result():
            outcome.add(name, findings)
    flows = [one.flow.name for one in _all_played(short=False)]
    outcome.figures = {"forests": list(FORESTS), "flows": list(dict.fromkeys(flows))}
    return outcome.done()
