# SPDX-License-Identifier: MIT
"""The store fails at one of the program's writes, and from then on: the disk is full, the folder is gone,
another program holds the lock. What is due ends all the same, and nothing is given that is not recorded.
"""

from __future__ import annotations

import resource
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.elevation.errors import DirectoryUnavailable, JitError
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import LONGEST_PAUSE
from jit_desktop.store.sqlite_store import FILE_NAME
from tests.reliability.checks import over, recovered
from tests.reliability.children import Child
from tests.reliability.flows import FLOWS, Flow, case_of
from tests.reliability.model import AT_ONCE, TAKEN_OVER, Fact, Model
from tests.reliability.outcome import Finding, Outcome, is_enough, played, spread
from tests.reliability.scene import Place, Program, Shift, place_in
from tests.reliability.seam import Seam
from tests.samba.server import SambaDomain

LONGEST_SECONDS = 3600
_BUSY_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 6.0
"""So long the rights of one elevation may wait for a store that does not answer (nor ``_BUSY_SECONDS``)."""


class _Full:
    """No file of this process may grow any more."""

    def begin(self, folder: Path) -> None:
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))

    def end(self, folder: Path) -> None:
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


class _Gone:
    """The folder has another name."""

    def begin(self, folder: Path) -> None:
        folder.rename(folder.with_suffix(".away"))

    def end(self, folder: Path) -> None:
        folder.with_suffix(".away").rename(folder)


class _Locked:
    """Another program writes, and does not come to an end."""

    def begin(self, folder: Path) -> None:
        self._other = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
        self._other.execute("BEGIN IMMEDIATE")

    def end(self, folder: Path) -> None:
        self._other.execute("ROLLBACK")
        self._other.close()


TROUBLES: Final[dict[str, Callable[[], _Full | _Gone | _Locked]]] = {
    "full": _Full,
    "gone": _Gone,
    "locked": _Locked,
}
_NAMES = ("checkout", "extension", "check-in", "expiry", "sweep", "removed again")


def _flows() -> list[Flow]:
    return [flow for flow in FLOWS if flow.name in _NAMES]


def points_of(place: Place, flow: Flow) -> list[str]:
    """The moments before and after each write of a flow that nobody disturbs, found by playing it."""

    def work() -> list[str]:
        Shift.reset()
        case = case_of(place, flow)
        flow.prepare(case)
        Shift.seconds = flow.shift
        seam = Seam()
        with Program(place, case.other if flow.elsewhere else case.folder) as program:
            seam.arm()
            flow.act(program)
        return seam.points

    points: list[str] = Child(work).result()
    place.tidy()
    return points


def _failed(place: Place, flow: Flow, trouble: str, point: int) -> list[Finding]:
    def work() -> list[Finding]:
        Shift.reset()
        case = case_of(place, flow)
        flow.prepare(case)
        Shift.seconds = flow.shift
        folder = case.other if flow.elsewhere else case.folder
        store = TROUBLES[trouble]()
        findings: list[Finding] = []
        with place.own_eyes(), Program(place, folder, busy_seconds=_BUSY_SECONDS) as program:

            def between(number: int, name: str) -> None:
                if number == point:
                    store.begin(folder)

            seam = Seam(on_point=between)
            seam.arm()
            began = time.monotonic()
            with suppress(JitError):
                flow.act(program)
            seam._on_point = None
            took = time.monotonic() - began
            must_be_gone = flow.runs_out or flow.is_over
            if must_be_gone:
                Shift.hold_at(Shift.now() + AT_ONCE)
                with suppress(JitError):
                    program.tick()
                if place.held():
                    findings.append(
                        ("outlived_deadline", f"{place.held()} of 3 rights while the store was {trouble}")
                    )
                if took > _LONGEST_WAIT_SECONDS:
                    findings.append(("outlived_deadline", f"it took {took:.1f} s"))
            store.end(folder)
            if must_be_gone and not place.held():
                overdue = [r for r in program.store.open_elevations() if r.state is State.OVERDUE]
                if overdue:
                    findings.append(("false_alarms", f"nothing is held: {overdue[0].failure}"))
            Shift.hold_at(Shift.now() + timedelta(seconds=1))
            findings += recovered(place, program, flow, whole=False)
        return findings

    try:
        found: list[Finding] = [(kind, text) for kind, text in Child(work, seconds=120).result()]
    finally:
        Shift.reset()
        place.tidy()
    return found


def _away_as_well(place: Place, trouble: str, *, remembers: bool) -> list[Finding]:
    """Neither the store can be written nor the directory asked when it is due: the pass says so itself.
    ``remembers``: by what the program itself has written; else by what its last pass has read."""

    def work() -> list[Finding]:
        Shift.reset()
        folder = place.empty_database()
        store = TROUBLES[trouble]()
        program_in = partial(Program, place, busy_seconds=_BUSY_SECONDS, remembers=remembers)
        with place.own_eyes(), program_in(folder) as program:
            deadline = program.check_out().deadline
            if not remembers:
                program.tick()
            Shift.hold_at(deadline - AT_ONCE)
            store.begin(folder)
            connect = DirectoryConnector.connect
            DirectoryConnector.connect = _unreachable  # type: ignore[method-assign]
            model = Model(deadline).after(Fact.DIRECTORY_GONE)
            findings: list[Finding] = []
            for at in (Shift.now(), deadline + AT_ONCE, deadline + TAKEN_OVER):
                Shift.hold_at(at)
                overdue = program.service.tick(program.recorder).overdue
                findings += model.judged(at, held=bool(place.held()), overdue=bool(overdue), known=True)
            DirectoryConnector.connect = connect  # type: ignore[method-assign]
            Shift.hold_at(Shift.now() + LONGEST_PAUSE)
            program.tick()
            if place.held():
                findings.append(("outlived_deadline", f"{place.held()} of 3 rights when the domain was back"))
            store.end(folder)
            for _ in range(2):
                Shift.hold_at(Shift.now() + TAKEN_OVER)
                program.tick()
            return [*findings, *over(place, program, "when all was well again")]

    try:
        found: list[Finding] = [(kind, text) for kind, text in Child(work, seconds=120).result()]
    finally:
        Shift.reset()
        place.tidy()
    return found


def _unreachable(*_: object, **__: object) -> NoReturn:
    raise DirectoryUnavailable("Nobody answers.")


def _share(domain: SambaDomain, which: int, of: int, how_many: int) -> object:
    cases: list[tuple[str, list[Finding]]] = []
    with place_in(domain) as place:
        both = [(trouble, remembers) for trouble in TROUBLES for remembers in (False, True)]
        for trouble, remembers in both[which::of]:
            found = played(partial(_away_as_well, place, trouble, remembers=remembers))
            by = "what it wrote" if remembers else "what it read"
            cases.append((f"{trouble}, and the directory is away, by {by}", found))
        number = 0
        for flow in _flows():
            points = points_of(place, flow)
            free = [n for n, name in enumerate(points, 1) if name != "before commit"]
            for trouble in TROUBLES:
                for n in spread(len(free), how_many):
                    number += 1
                    if number % of == which:
                        point = free[n - 1]
                        name = f"{flow.name}, {trouble} from {point} of {len(points)} ({points[point - 1]})"
                        found = played(partial(_failed, place, flow, trouble, point))
                        cases.append((name, found))
                        if is_enough(cases):
                            return cases
    return cases


def store_series(domain: SambaDomain, *, how_many: int = 0, workers: int = 2) -> Outcome:
    """`how_many` points of each flow (0: every one)."""
    outcome = Outcome("a store that fails")
    children = [
        Child(lambda which=which: _share(domain, which, workers, how_many), seconds=LONGEST_SECONDS)  # type: ignore[misc]
        for which in range(workers)
    ]
    for child in children:
        for name, findings in child.result():
            outcome.add(name, findings)
    outcome.figures = {"troubles": list(TROUBLES), "flows": list(_NAMES)}
    return outcome.done()
