# SPDX-License-Identifier: MIT
"""The story of one elevation never runs backwards, whatever clocks did: one rule for its moves, its end, its
steps and what else the audit trail tells of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from peewee import SqliteDatabase

from jit_desktop.elevation.identity import ElevationId
from jit_desktop.elevation.model import Elevation, StepReport, TimeSource, Transition
from jit_desktop.store import audit_trail, elevation_rows


def in_order(at: datetime, clock: TimeSource, last: datetime | None) -> tuple[datetime, TimeSource]:
    """The time (UTC) under which something is told, and whose clock that is of: ``at`` of ``clock``, or the
    time of what was told ``last`` where that is later, which is no clock's then."""
    return (at, clock) if last is None or last <= at else (last, TimeSource.PUT_AFTER)


def move_in_order(
    database: SqliteDatabase, elevation: Elevation, transition: Transition
) -> tuple[Elevation, Transition]:
    """``elevation`` and the move that led to it with the times under which they are kept: none is before what
    was recorded of it, its end neither."""
    last = elevation_rows.last_moved_at(database, elevation.id)
    at, clock = in_order(transition.at, transition.clock, last)
    if transition.event in elevation_rows.CLOSING_EVENTS and elevation.ended_at is not None:
        ended_at, ended_clock = in_order(elevation.ended_at, clock, last)
        elevation = replace(elevation, ended_at=ended_at, ended_clock=ended_clock)
    return elevation, replace(transition, at=at, clock=clock)


def move_told(
    database: SqliteDatabase, given: Transition, kept: Transition
) -> tuple[datetime, dict[str, object]]:
    """The time under which the audit trail tells a move that is kept as ``kept``, and whose clock that is of;
    ``given`` is the move as its clock said it. It is kept at its own time also where something later was told
    between two moves, by another process or a clock that was ahead: the trail puts it after that."""
    last = audit_trail.last_about(database, given.elevation_id, kept.at)
    at, clock = in_order(kept.at, kept.clock, last)
    return at, clock_told(given.at, given.clock, at, clock)


def step_in_order(database: SqliteDatabase, report: StepReport) -> StepReport:
    """``report`` with the time under which it is kept, not before the step that was kept before it."""
    last = elevation_rows.last_step_at(database, report.elevation_id)
    at, clock = in_order(report.at, report.clock, last)
    return replace(report, at=at, clock=clock)


def entry_in_order(
    database: SqliteDatabase, at: datetime, detail: Mapping[str, object]
) -> tuple[datetime, Mapping[str, object]]:
    """The time and the detail of an entry of the audit trail; not before what it told of the same elevation,
    where it is about one (``elevation`` in its detail)."""
    about = detail.get("elevation")
    if not isinstance(about, str):
        return at, detail
    moved = elevation_rows.last_moved_at(database, ElevationId(about))
    told = audit_trail.last_about(database, about, at)
    last = max((t for t in (moved, told) if t is not None), default=None)
    clock = TimeSource(str(detail.get("clock", TimeSource.DOMAIN.value)))
    put_at, put_clock = in_order(at, clock, last)
    return put_at, {**detail, **clock_told(at, clock, put_at, put_clock)}


def clock_told(at: datetime, clock: TimeSource, put_at: datetime, put_clock: TimeSource) -> dict[str, object]:
    """What the audit trail says of the time ``put_at``: whose clock it is of, and what the clock said (``at``
    of ``clock``) where it is none's."""
    said = {"clock_said": at.isoformat(), "clock_that_said": clock.value} if put_at != at else {}
    return {"clock": put_clock.value, **said}
