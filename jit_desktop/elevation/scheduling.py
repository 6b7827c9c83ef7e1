# SPDX-License-Identifier: MIT
"""What the operating system does for the promise while the program is closed: audited, and remembered.

So it is noticed when somebody has taken it away, even while nothing of the program ran.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from jit_desktop.elevation.durations import duration_words
from jit_desktop.elevation.errors import StoreError
from jit_desktop.elevation.model import TimeSource
from jit_desktop.elevation.ports import (
    Clock,
    LogonStart,
    ScheduleState,
    StartAtLogon,
    Store,
    SweepSchedule,
)

_LOG = logging.getLogger(__name__)

SWEEP: Final = "sweep"
LOGON_START: Final = "start-at-logon"


def in_words(state: ScheduleState) -> str:
    """How the sweep while the program is closed stands, without what it runs; that somebody has removed it is
    said as that."""
    if state.installed:
        return f"{state.kind}: a sweep runs every {duration_words(state.every_seconds)}."
    if not state.kind:
        return "None can be set up on this system."
    return f"{state.kind}: {'it was removed; none is set up.' if state.was_removed else 'none is set up.'}"


class _Memory:
    """Whether one thing was set up when it was looked at last: in the store, and in this process where that
    can't be written."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name
        self._was_there = False

    def was_there(self) -> bool:
        try:
            return self._was_there or self._name in self._store.set_up_here()
        except StoreError:
            return self._was_there

    def note(self, *, is_there: bool) -> None:
        self._was_there = is_there
        try:
            if (self._name in self._store.set_up_here()) is not is_there:
                self._store.note_set_up_here(self._name, is_there=is_there)
        except StoreError as error:
            _LOG.info("Whether the %s is set up could not be kept: %s", self._name, error)

    def is_missed(self, *, is_there: bool) -> bool:
        """Whether it was there before and is not any more; that it is there is noted."""
        if is_there:
            self.note(is_there=True)
        return not is_there and self.was_there()


class AuditedSchedule:
    """``schedule`` with an entry for each change, and a memory; errors are those of ``schedule`` and, of what
    changes it, of the store."""

    def __init__(self, schedule: SweepSchedule, *, store: Store, clock: Clock, actor: str) -> None:
        self._schedule = schedule
        self._store = store
        self._clock = clock
        self._actor = actor
        self._memory = _Memory(store, SWEEP)

    def state(self) -> ScheduleState:
        """How it stands now; not audited."""
        return self._compared(self._schedule.state())

    def install(self, every_seconds: int) -> ScheduleState:
        """Set it up, in the place of what was there."""
        state = self._compared(self._schedule.install(every_seconds))
        self._audit("schedule.installed", state)
        return state

    def remove(self) -> ScheduleState:
        """Take it away; safe where there is none. That it is missing is told until somebody takes note."""
        was = self.state()
        state = self._compared(self._schedule.remove())
        if was.installed:
            self._audit("schedule.removed", was)
        return state

    def take_note(self) -> ScheduleState:
        """A person knows that it was removed."""
        self._memory.note(is_there=False)
        return self.state()

    def _compared(self, state: ScheduleState) -> ScheduleState:
        if not state.kind:
            return state  # nothing of the kind can be set up here
        return replace(state, was_removed=self._memory.is_missed(is_there=state.installed))

    def _audit(self, action: str, state: ScheduleState) -> None:
        self._store.add_audit(
            at=self._clock.utc_now(),
            actor=self._actor,
            action=action,
            subject=state.kind,
            detail={
                "every_seconds": state.every_seconds,
                "command": list(state.command),
                "clock": TimeSource.COMPUTER.value,
            },
        )


class RememberedLogonStart:
    """``logon`` with a memory. Who takes it away here knows that he did."""

    def __init__(self, logon: StartAtLogon, *, store: Store) -> None:
        self._logon = logon
        self._memory = _Memory(store, LOGON_START)

    def state(self) -> LogonStart:
        """How it stands now."""
        return self._compared(self._logon.state())

    def enable(self) -> LogonStart:
        """From the next sign-in on."""
        return self._compared(self._logon.enable())

    def disable(self) -> LogonStart:
        """Not any more; safe where it is not set up."""
        state = self._logon.disable()
        self._memory.note(is_there=state.enabled)
        return state

    def take_note(self) -> LogonStart:
        """A person knows that it was removed."""
        self._memory.note(is_there=False)
        return self.state()

    def _compared(self, state: LogonStart) -> LogonStart:
        if not state.offered:
            return state
        return replace(state, was_removed=self._memory.is_missed(is_there=state.enabled))
