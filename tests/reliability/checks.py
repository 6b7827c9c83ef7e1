# SPDX-License-Identifier: MIT
"""What must hold after a fault: looked at on the second connection and in the databases, at the moments at
which it matters: a second before a deadline, two after it, and when everything has to be recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from jit_desktop.elevation.lifecycle import State
from tests.reliability import ledger
from tests.reliability.flows import Flow
from tests.reliability.model import AT_ONCE, TAKEN_OVER, Model
from tests.reliability.outcome import Finding
from tests.reliability.scene import SECONDS, Place, Program, Shift

_LEASES_OVER = 130
"""By then whoever died is taken to be dead."""
_LATER = 260
_JUST_BEFORE = timedelta(seconds=1)


def _alone(place: Place, program: Program) -> Iterator[Finding]:
    """Nothing lost, nothing doubled, no alarm while the directory answers."""
    groups, rows = place.groups(), program.store.open_elevations()
    if len(groups) > 1 or len(rows) > 1:
        yield "doubled", f"{len(groups)} groups, {len(rows)} open elevations"
    known = {row.group_name.casefold() for row in rows}
    for group in groups:
        # What gives nothing is taken over by nobody; it is removed past its deadline.
        is_known = group.split(",", 1)[0].partition("=")[2].casefold() in known
        if not is_known and place.gives(group):
            yield "lost", f"{group} is in no open elevation"
    for row in rows:
        if row.state is State.OVERDUE:
            yield "false_alarms", f"overdue: {row.failure}"


def _before_the_deadline(place: Place, program: Program, flow: Flow, *, whole: bool) -> Iterator[Finding]:
    yield from _alone(place, program)
    rows, held = program.store.open_elevations(), place.held()
    if not rows and (held or place.groups()):
        yield "lost", f"{held} of 3 rights are held, and no elevation is open"
    if rows and rows[0].state is not State.ACTIVE:
        yield "wrong", f"still {rows[0].state.value}"
    if whole and rows and held != 3:
        yield "wrong", f"{held} of 3 rights are held"
    if flow.keeps and held != 3:
        yield "wrong", "it ended before its deadline"
    if rows and rows[0].extending_to is not None:
        yield "wrong", "an extension hangs"


def _gone(place: Place, when: str) -> Iterator[Finding]:
    """What was lent is taken back, whatever of it is still to be tidied up."""
    if held := place.held():
        yield "outlived_deadline", f"{held} of 3 rights, {when}"


def over(place: Place, program: Program, when: str) -> Iterator[Finding]:
    """All of it is gone, recorded and confirmed, and what is recorded is one story."""
    groups = place.groups()
    if groups or place.held():
        yield "outlived_deadline", f"{len(groups)} groups, {place.held()} of 3 rights, {when}"
    for row in program.store.open_elevations():
        if not groups and row.state is State.OVERDUE:
            yield "false_alarms", f"overdue although nothing is left: {row.failure}, {when}"
        else:
            yield "wrong", f"still {row.state.value}, {when}"
    for problem in program.store.verify_audit():
        yield "wrong", f"audit: {problem.message}"
    yield from ledger.consistent(program.folder)


def deadline_of(place: Place, *programs: Program) -> datetime:
    """The latest one that stands in the directory or in one of the databases."""
    rows = [row.deadline for program in programs for row in program.store.open_elevations()]
    found = [*place.deadlines(), *rows]
    return max(found) if found else Shift.now() + timedelta(seconds=SECONDS)


def judged(place: Place, program: Program, model: Model) -> list[Finding]:
    """What the model says of a pass that ``program`` has just made."""
    rows = program.store.open_elevations()
    overdue = any(row.state is State.OVERDUE for row in rows)
    held = bool(place.held())
    return list(model.judged(program.clock.utc_now(), held=held, overdue=overdue, known=bool(rows)))


def recovered(place: Place, program: Program, flow: Flow, *, whole: bool = True) -> Iterator[Finding]:
    """The program goes on (or was started again) with the directory in reach: before and after the deadline.

    `whole`: whether an elevation that it knows must have all its rights.
    """
    if flow.is_over:
        yield from _ended_again(place, program)
        return
    due_already = flow.shift >= SECONDS and not flow.keeps
    if not due_already:
        began = Shift.now()
        for seconds in (_LEASES_OVER, _LATER):
            Shift.hold_at(began + timedelta(seconds=seconds))
            program.tick()
        program.sweep()
        yield from _before_the_deadline(place, program, flow, whole=whole)
    deadline = deadline_of(place, program)
    if not due_already:
        before = place.held()
        Shift.hold_at(deadline - _JUST_BEFORE)
        program.tick()
        if place.held() != before:
            yield "wrong", "it ended a second before its deadline"
        yield from _alone(place, program)
        Shift.hold_at(deadline + AT_ONCE)
        program.tick()
        yield from judged(place, program, Model(deadline))
        yield from _gone(place, "2 s after its deadline")
    Shift.hold_at(max(deadline, Shift.now()) + TAKEN_OVER)
    # A program that starts sweeps at once; one that took nothing over yet finds it by that alone.
    (program.sweep if flow.elsewhere else program.tick)()
    yield from over(place, program, "a minute after its deadline")
    Shift.hold_at(Shift.now() + timedelta(seconds=70))
    program.tick()
    program.sweep()
    yield from over(place, program, "after a sweep")


def _ended_again(place: Place, program: Program) -> Iterator[Finding]:
    """It was over before the flow began; whatever of it was there again, or not confirmed yet, is settled."""
    Shift.hold_at(Shift.now() + AT_ONCE)
    program.sweep()
    yield from _gone(place, "although it had ended before")
    Shift.hold_at(Shift.now() + timedelta(hours=2))
    program.tick()
    program.sweep()
    yield from over(place, program, "two hours later")
    for row in program.store.history():
        if row.unconfirmed_on:
            yield "wrong", f"not confirmed by {row.unconfirmed_on}"


def swept_elsewhere(place: Place, flow: Flow, empty: Path) -> Iterator[Finding]:
    """A copy with an empty database sweeps until all is over."""
    with Program(place, empty) as program:
        due_already = (flow.shift >= SECONDS and not flow.keeps) or flow.is_over
        if not due_already:
            Shift.hold_at(Shift.now() + timedelta(seconds=_LATER))
            program.sweep()
            yield from _alone(place, program)
        deadline = deadline_of(place, program)
        model = Model(deadline)
        if not due_already:
            before = place.held()
            Shift.hold_at(deadline - _JUST_BEFORE)
            program.sweep()
            if place.held() != before:
                yield "wrong", "it ended a second before its deadline"
            yield from judged(place, program, model)
        Shift.hold_at(max(deadline, Shift.now()) + AT_ONCE)
        program.sweep()
        yield from judged(place, program, model)
        yield from _gone(place, "2 s after its deadline")
        Shift.hold_at(Shift.now() + TAKEN_OVER)
        program.sweep()
        yield from over(place, program, "a minute after its deadline")


def started_after_all(place: Place, folder: Path) -> Iterator[Finding]:
    """A copy that was closed while another one brought it to its end learns of it without an alarm."""
    with Program(place, folder) as program:
        Shift.hold_at(Shift.now() + timedelta(seconds=80))
        program.tick()
        Shift.hold_at(Shift.now() + timedelta(seconds=70))
        program.sweep()
        yield from over(place, program, "after all")
