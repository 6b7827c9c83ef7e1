# SPDX-License-Identifier: MIT
"""Two copies of the program at the same time, on one database or on two: between any two writes of the one
the other does something to the same elevation, or to the same account.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.lifecycle import State
from tests.reliability import ledger
from tests.reliability.checks import recovered, started_after_all
from tests.reliability.children import Child
from tests.reliability.flows import FLOWS, Case, Flow, case_of
from tests.reliability.outcome import Finding, Outcome, is_enough, played, spread
from tests.reliability.scene import LONGER, Place, Program, Shift, place_in
from tests.reliability.seam import Seam
from tests.samba.server import SambaDomain
from tests.unit.elevation.helpers import Recorder

LONGEST_SECONDS = 3600
_OTHER = "CORP\\bob"
_SLOW_STEP_SECONDS = 25
"""So long each step of a slow grant takes: less than any lease, and all of it more than each."""


@dataclass
class Seen:
    """What the other copy did, and what came of it."""

    granted: bool = False
    refused: bool = False
    ended: bool = False
    alarms: int = 0
    problems: list[str] = field(default_factory=list)


def _check_in(other: Program, seen: Seen) -> None:
    for row in other.store.open_elevations():
        with suppress(JitError):
            came = other.service.check_in(row.id, other.recorder)
            seen.ended = seen.ended or not came.is_open


def _tick(other: Program, seen: Seen) -> None:
    seen.alarms += len(other.service.tick(other.recorder).overdue)


def _sweep(other: Program, seen: Seen) -> None:
    seen.alarms += len(other.service.sweep(other.place.provider.id, other.recorder).overdue)


def _check_out(other: Program, seen: Seen) -> None:
    try:
        other.service.check_out(other.request(), Recorder())
        seen.granted = True
    except JitError:
        seen.refused = True


def _extend(other: Program, seen: Seen) -> None:
    for row in other.store.open_elevations():
        with suppress(JitError):
            other.service.extend(row.id, LONGER, other.recorder)


@dataclass(frozen=True, slots=True)
class Meeting:
    """What the one does, what the other does in between, and on how many databases."""

    flow: str
    act: Callable[[Program, Seen], None]
    one_database: bool
    slow: bool = False
    """Whether each step of the one takes long."""

    @property
    def name(self) -> str:
        where = "one database" if self.one_database else "two databases"
        what = self.act.__name__.strip("_").replace("_", " ")
        return f"{self.flow}{', slow' if self.slow else ''}, meanwhile {what} on {where}"


MEETINGS = (
    Meeting("checkout", _check_in, one_database=True),
    Meeting("checkout", _tick, one_database=True),
    Meeting("checkout", _tick, one_database=True, slow=True),
    Meeting("checkout", _sweep, one_database=False),
    Meeting("checkout", _check_out, one_database=True),
    Meeting("checkout", _check_out, one_database=False),
    Meeting("extension", _check_in, one_database=True),
    Meeting("extension", _tick, one_database=True),
    Meeting("extension", _extend, one_database=True),
    Meeting("extension", _sweep, one_database=False),
    Meeting("check-in", _tick, one_database=True),
    Meeting("check-in", _extend, one_database=True),
    Meeting("check-in", _sweep, one_database=False),
    Meeting("check-in", _check_out, one_database=False),
    Meeting("expiry", _tick, one_database=True),
    Meeting("expiry", _sweep, one_database=False),
    Meeting("expiry", _check_in, one_database=True),
    Meeting("adoption", _check_in, one_database=True),
    Meeting("rollback", _tick, one_database=True),
    Meeting("rollback", _sweep, one_database=False),
)


def _flow(name: str) -> Flow:
    return next(flow for flow in FLOWS if flow.name == name)


def _free(points: list[str]) -> list[int]:
    """Those at which the one holds no lock of the database."""
    return [number for number, name in enumerate(points, 1) if name != "before commit"]


def _points(place: Place, meeting: Meeting) -> list[str]:
    def work() -> list[str]:
        flow = _flow(meeting.flow)
        case = _prepared(place, flow)
        seam = Seam()
        with Program(place, _folder(case, flow)) as program:
            seam.arm()
            flow.act(program)
        return seam.points

    points: list[str] = Child(work).result()
    place.tidy()
    return points


def _folder(case: Case, flow: Flow) -> Any:
    return case.other if flow.elsewhere else case.folder


def _prepared(place: Place, flow: Flow) -> Case:
    Shift.reset()
    case = case_of(place, flow)
    flow.prepare(case)
    Shift.seconds = flow.shift
    return case


def _met(place: Place, meeting: Meeting, point: int) -> list[Finding]:
    """The other one acts once, at ``point`` (0: at every point)."""

    def work() -> list[Finding]:
        flow = _flow(meeting.flow)
        case = _prepared(place, flow)
        mine = _folder(case, flow)
        theirs = mine if meeting.one_database else place.empty_database()
        seen = Seen()
        with (
            Program(place, mine) as program,
            Program(place, theirs, person=_OTHER) as other,
            place.own_eyes(),
        ):

            def between(number: int, name: str) -> None:
                # The domain controller is slow, and not the database.
                if meeting.slow and name.endswith("Request"):
                    Shift.seconds += _SLOW_STEP_SECONDS
                if name != "before commit" and point in (0, number):
                    meeting.act(other, seen)

            seam = Seam(ledger=case.ledger, on_point=between)
            seam.arm()
            flow.act(program)
            seam._on_point = None  # what follows is of one alone again
            return [
                *_right_away(meeting, program, other, seen, place.held(), len(place.groups())),
                *ledger.compared(case.ledger, mine),
                *_settled(place, program, other, flow, meeting, seen),
            ]

    try:
        found: list[Finding] = [(kind, text) for kind, text in Child(work, seconds=120).result()]
    finally:
        Shift.reset()
        place.tidy()
    return found


def _right_away(
    meeting: Meeting, program: Program, other: Program, seen: Seen, held: int, groups: int
) -> list[Finding]:
    """What has to hold as soon as both are done, before anybody ticks again."""
    findings: list[Finding] = []
    mine = program.store.open_elevations()
    if groups > 1:
        findings.append(("doubled", f"{groups} groups"))
    if seen.alarms:
        findings.append(("false_alarms", f"the other one saw {seen.alarms} overdue"))
    if held and not mine and not other.store.open_elevations():
        findings.append(("lost", f"{held} of 3 rights are held, and no elevation is open"))
    if groups and not mine and not other.store.open_elevations():
        findings.append(("lost", f"{groups} groups are there, and no elevation is open"))
    if seen.ended and held and not seen.granted:
        findings.append(("outlived_deadline", "it was ended by the other one and is held"))
    waits = meeting.act in (_tick, _sweep) and meeting.flow in ("checkout", "extension")
    if waits and held != 3:
        findings.append(("wrong", f"a grant that was going on was taken for dead: {held} of 3 rights"))
    if meeting.act is _check_out and meeting.flow == "checkout":
        granted = sum(row.state in (State.ACTIVE, State.PROPAGATING) for row in mine)
        if not meeting.one_database:
            granted += len([r for r in other.store.open_elevations() if not r.adopted])
        if granted > 1:
            findings.append(("doubled", f"{granted} elevations of one account"))
        if not granted:
            findings.append(("wrong", "neither of the two was granted anything"))
    return findings


def _settled(
    place: Place, program: Program, other: Program, flow: Flow, meeting: Meeting, seen: Seen
) -> list[Finding]:
    """Both go on until all is over."""
    if seen.granted and not meeting.one_database:
        # It is the other one's then, and this one's database need not know it.
        program, other = other, program
    changed = meeting.act in (_check_in, _check_out) or flow.name in ("check-in", "rollback")
    kept = Flow(flow.name, flow.prepare, flow.act, keeps=flow.keeps and not changed, shift=flow.shift)
    findings = list(recovered(place, program, kept, whole=not changed))
    if other.folder != program.folder:
        findings += started_after_all(place, other.folder)
    return findings


def _share(domain: SambaDomain, which: int, of: int, how_many: int) -> object:
    cases: list[tuple[str, list[Finding]]] = []
    with place_in(domain) as place:
        number = 0
        for meeting in MEETINGS:
            points = _points(place, meeting)
            free = _free(points)
            chosen = [free[n - 1] for n in spread(len(free), how_many)]
            if meeting.slow or (meeting.act in (_tick, _sweep) and not how_many):
                chosen = [0] if meeting.slow else [*chosen, 0]
            for point in chosen:
                number += 1
                if number % of == which:
                    at = f"at {point} of {len(points)} ({points[point - 1]})" if point else "all the time"
                    found = played(partial(_met, place, meeting, point))
                    cases.append((f"{meeting.name}, {at}", found))
                    if is_enough(cases):
                        return cases
    return cases


def copies_series(domain: SambaDomain, *, how_many: int = 0, workers: int = 2) -> Outcome:
    """`how_many` points of each meeting (0: every one)."""
    outcome = Outcome("two copies at once")
    children = [
        Child(lambda which=which: _share(domain, which, workers, how_many), seconds=LONGEST_SECONDS)  # type: ignore[misc]
        for which in range(workers)
    ]
    for child in children:
        for name, findings in child.result():
            outcome.add(name, findings)
    outcome.figures = {"meetings": [meeting.name for meeting in MEETINGS]}
    return outcome.done()
