# SPDX-License-Identifier: MIT
"""What must hold after a fault: looked at on the second connection and in the databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jit_desktop.elevation.lifecycle import State
from tests.reliability.flows import Flow
from tests.reliability.outcome import Finding
from tests.reliability.scene import LONGER, SECONDS, Place, Program, Shift

_LEASES_OVER = 130
"""By then whoever died is taken to be dead."""
_LATER = 260
_AFTER = SECONDS + LONGER + 400
"""By then every deadline has passed, an extended one too."""


def _alone(place: Place, program: Program) -> Iterator[Finding]:
    """Nothing lost, nothing doubled, no alarm while the directory answers."""
    groups, rows = place.groups(), program.store.open_elevations()
    if len(groups) > 1 or len(rows) > 1:
        yield "doubled", f"{len(groups)} groups, {len(rows)} open elevations"
    known = {row.group_name.casefold() for row in rows}
    for group in groups:
        if group.split(",", 1)[0].partition("=")[2].casefold() not in known:
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


def _after_the_deadline(place: Place, program: Program) -> Iterator[Finding]:
    groups, held = place.groups(), place.held()
    if groups or held:
        yield "outlived_deadline", f"{len(groups)} groups, {held} of 3 rights"
    for row in program.store.open_elevations():
        if not groups and row.state is State.OVERDUE:
            yield "false_alarms", f"overdue although nothing is left: {row.failure}"
        else:
            yield "wrong", f"still {row.state.value}"
    for problem in program.store.verify_audit():
        yield "wrong", f"audit: {problem.message}"


def recovered(place: Place, program: Program, flow: Flow, *, whole: bool = True) -> Iterator[Finding]:
    """The program goes on (or was started again) with the directory in reach: before and after the deadline.

    `whole`: whether an elevation that it knows must have all its rights.
    """
    if flow.shift < SECONDS:
        for Shift.seconds in (_LEASES_OVER, _LATER):
            program.tick()
        program.sweep()
        yield from _before_the_deadline(place, program, flow, whole=whole)
    for Shift.seconds in (_AFTER, _AFTER + 70):
        program.tick()
    program.sweep()
    yield from _after_the_deadline(place, program)


def swept_elsewhere(place: Place, flow: Flow, empty: Path) -> Iterator[Finding]:
    """A copy with an empty database sweeps until all is over."""
    with Program(place, empty) as program:
        if flow.shift < SECONDS:
            Shift.seconds = _LATER
            program.sweep()
            yield from _alone(place, program)
        for Shift.seconds in (_AFTER, _AFTER + 70):
            program.sweep()
        yield from _after_the_deadline(place, program)


def started_after_all(place: Place, folder: Path) -> Iterator[Finding]:
    """A copy that was closed while another one brought it to its end learns of it without an alarm."""
    with Program(place, folder) as program:
        Shift.seconds = _AFTER + 80
        program.tick()
        Shift.seconds = _AFTER + 150
        program.sweep()
        yield from _after_the_deadline(place, program)
