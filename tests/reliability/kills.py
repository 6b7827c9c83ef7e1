# SPDX-License-Identifier: MIT
"""The process is killed before and after every single write of every flow; then it starts again, or another
copy sweeps.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from jit_desktop.store import SqliteStore
from tests.reliability import ledger
from tests.reliability.checks import recovered, started_after_all, swept_elsewhere
from tests.reliability.children import Child, Killed
from tests.reliability.flows import FLOWS, Case, Flow, case_of
from tests.reliability.outcome import Finding, Outcome, is_enough, played, spread
from tests.reliability.scene import Place, Program, Shift, place_in
from tests.reliability.seam import Seam
from tests.reliability.watching import Watching
from tests.samba.server import SambaDomain

_VERSION_1 = Path(__file__).parent.parent / "unit" / "store" / "fixtures" / "version-1.sql"
LONGEST_SECONDS = 3600


def _play(case: Case, flow: Flow, kill_at: int) -> list[str]:
    """The flow in a child; returns the points that it came to. :class:`Killed` where it was."""

    def work() -> list[str]:
        Shift.reset()
        flow.prepare(case)
        Shift.seconds = flow.shift
        seam = Seam(kill_at, ledger=case.ledger)
        with Program(case.place, case.other if flow.elsewhere else case.folder) as program:
            seam.arm()
            flow.act(program)
        return seam.points

    points: list[str] = Child(work).result()
    return points


def _points(place: Place, flow: Flow) -> list[str]:
    case = case_of(place, flow)
    points = _play(case, flow, 0)
    place.tidy()
    return points


def _found(place: Place, flow: Flow, points: dict[str, list[str]]) -> list[Finding]:
    points[flow.name] = _points(place, flow)
    return []


def _whole(place: Place, flow: Flow) -> list[Finding]:
    """The flow with nobody to disturb it: each word of it is true, and what it wrote is in its database."""

    def work() -> list[Finding]:
        Shift.reset()
        case = case_of(place, flow)
        flow.prepare(case)
        Shift.seconds = flow.shift
        folder = case.other if flow.elsewhere else case.folder
        Seam(ledger=case.ledger).arm()
        with place.own_eyes(), Program(place, folder) as program:
            program.recorder = watching = Watching(place)
            flow.act(program)
            findings: list[Finding] = [("wrong", text) for text in watching.untrue]
            if flow.runs_out or flow.is_over:
                findings += [("outlived_deadline", "held when it was done")] if place.held() else []
        return [*findings, *ledger.compared(case.ledger, folder), *ledger.consistent(folder)]

    try:
        found: list[Finding] = [(kind, text) for kind, text in Child(work).result()]
    finally:
        place.tidy()
    return found


def chosen_points(points: list[str], how_many: int) -> list[int]:
    """Which points are tried. A short form (0: every point) takes those at which the directory has what the
    database does not know yet, or commits where a flow writes nothing to the directory."""
    if not how_many:
        return spread(len(points), 0)
    telling = [n for n, name in enumerate(points, 1) if name.startswith("after") and "commit" not in name]
    among = telling or list(range(1, len(points) + 1))
    return [among[n - 1] for n in spread(len(among), how_many)]


def _killed_at(place: Place, flow: Flow, point: int, *, sweeping: bool) -> list[Finding]:
    case = case_of(place, flow)
    try:
        _play(case, flow, point)
    except Killed:
        pass
    else:
        # A flow may come to a few points less than when it was counted (news are said once).
        place.tidy()
        return [("wrong", "it was not killed")]
    killed = case.other if flow.elsewhere else case.folder
    Shift.seconds = flow.shift
    try:
        if sweeping:
            findings = list(swept_elsewhere(place, flow, place.empty_database()))
            findings += started_after_all(place, killed)
        else:
            with Program(place, killed) as program:
                findings = list(recovered(place, program, flow))
        if flow.elsewhere:
            findings += started_after_all(place, case.folder)
        return [*findings, *ledger.compared(case.ledger, killed)]
    finally:
        Shift.reset()
        place.tidy()


def _share(domain: SambaDomain, which: int, of: int, how_many: int, *, sweeping: bool) -> dict[str, object]:
    cases: list[tuple[str, list[Finding]]] = []
    points: dict[str, list[str]] = {}
    with place_in(domain) as place:
        for number, flow in enumerate(f for f in FLOWS if not (sweeping and f.alone)):
            unprepared = played(partial(_found, place, flow, points))
            if unprepared:
                place.tidy()
                points[flow.name] = [""]
                cases.append((flow.name, unprepared))
                continue
            if number % of == which:
                cases.append((f"{flow.name}, not killed", played(partial(_whole, place, flow))))
            for point in chosen_points(points[flow.name], how_many)[which::of]:
                name = f"{flow.name}, {point} of {len(points[flow.name])} ({points[flow.name][point - 1]})"
                found = played(partial(_killed_at, place, flow, point, sweeping=sweeping))
                cases.append((name, found))
                if is_enough(cases):
                    return {"cases": cases, "points": points}
    return {"cases": cases, "points": points}


def kill_series(domain: SambaDomain, *, sweeping: bool, how_many: int = 0, workers: int = 2) -> Outcome:
    """`how_many` points of each flow (0: every one); `sweeping`: another copy with an empty database recovers
    instead of the program itself.
    """
    outcome = Outcome("kill, sweep by another copy" if sweeping else "kill, restart")
    children = [
        Child(
            lambda which=which: _share(domain, which, workers, how_many, sweeping=sweeping),  # type: ignore[misc]
            seconds=LONGEST_SECONDS,
        )
        for which in range(workers)
    ]
    shares = [child.result() for child in children]
    for share in shares:
        for name, findings in share["cases"]:
            outcome.add(name, findings)
    found = {flow: len(points) for flow, points in shares[0]["points"].items()}
    for flow in (flow for flow, points in found.items() if not points):
        outcome.add(flow, [("wrong", "it writes nothing")])
    if not sweeping:
        for name, findings, points in _migrations(how_many):
            outcome.add(name, findings)
            found["migration"] = points
    outcome.figures = {"kill_points": found, "kill_points_in_all": sum(found.values())}
    return outcome.done()


# --- the migration of an old database, which needs no directory -----------------------------------------


def _old_database(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "jit-desktop.db")) as connection:
        connection.executescript(_VERSION_1.read_text(encoding="utf-8"))


def _migrate(folder: Path, kill_at: int) -> list[str]:
    def work() -> list[str]:
        seam = Seam(kill_at, statements=True)
        seam.arm()
        SqliteStore(folder).close()
        return seam.points

    points: list[str] = Child(work).result()
    return points


def _content(folder: Path) -> object:
    with SqliteStore(folder) as store:
        return (
            list(store.providers()),
            list(store.open_elevations()),
            list(store.history()),
            store.verify_audit(),
        )


def _migrations(how_many: int) -> Iterator[tuple[str, list[Finding], int]]:
    base = Path(tempfile.mkdtemp(prefix="jit-migration-"))
    try:
        (base / "0").mkdir()
        _old_database(base / "0")
        points = _migrate(base / "0", 0)
        expected = _content(base / "0")
        for point in spread(len(points), how_many):
            folder = base / str(point)
            folder.mkdir()
            _old_database(folder)
            findings: list[Finding] = []
            try:
                _migrate(folder, point)
                findings.append(("wrong", "it was not killed"))
            except Killed:
                pass
            if _content(folder) != expected:
                findings.append(("lost", "the content is not what it was"))
            yield f"migration, {point} of {len(points)} ({points[point - 1]})", findings, len(points)
    finally:
        shutil.rmtree(base, ignore_errors=True)
