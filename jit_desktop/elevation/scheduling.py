# SPDX-License-Identifier: MIT
"""Writes into the audit trail when somebody has the operating system sweep, or stops that."""

from __future__ import annotations

from jit_desktop.elevation.ports import Clock, ScheduleState, Store, SweepSchedule


class AuditedSchedule:
    """``schedule`` with an entry for each change; errors are those of ``schedule`` and of the store."""

    def __init__(self, schedule: SweepSchedule, *, store: Store, clock: Clock, actor: str) -> None:
        self._schedule = schedule
        self._store = store
        self._clock = clock
        self._actor = actor

    def state(self) -> ScheduleState:
        """How it stands now; not audited."""
        return self._schedule.state()

    def install(self, every_seconds: int) -> ScheduleState:
        """Set it up, in the place of what was there."""
        state = self._schedule.install(every_seconds)
        self._audit("schedule.installed", state)
        return state

    def remove(self) -> ScheduleState:
        """Take it away; safe where there is none."""
        was = self._schedule.state()
        state = self._schedule.remove()
        if was.installed:
            self._audit("schedule.removed", was)
        return state

    def _audit(self, action: str, state: ScheduleState) -> None:
        self._store.add_audit(
            at=self._clock.utc_now(),
            actor=self._actor,
            action=action,
            subject=state.kind,
            detail={"every_seconds": state.every_seconds, "command": list(state.command)},
        )
