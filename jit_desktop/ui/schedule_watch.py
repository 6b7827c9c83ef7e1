# SPDX-License-Identifier: MIT
"""Knows what the operating system does for the promise while the program is closed: whether it sweeps, for
whoever says who ends what, and whether it starts the program at sign-in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from jit_desktop.elevation.pacing import TICK_SECONDS
from jit_desktop.elevation.ports import LogonStart, ScheduleState
from jit_desktop.ui.bridge import Scope
from jit_desktop.ui.context import UiContext

T = TypeVar("T")

WORKER = "schedule"


class ScheduleWatch(QObject):
    """Asks at the start, as often as elevations are looked at, and whenever there is reason to; is told when
    the settings have changed it. What somebody has removed is noticed by that, whenever it was removed."""

    changed = Signal()

    def __init__(self, context: UiContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._scope = Scope(self)
        self._state: ScheduleState | None = None
        self._was_removed = False
        self._read_at: datetime | None = None
        self._logon: LogonStart | None = None
        self._has_stopped = False
        self._is_asking = False
        self._ask_again = False
        self._looked_at: float | None = None

    @property
    def state(self) -> ScheduleState | None:
        """How it stands; ``None`` while that is not known."""
        return self._state

    @property
    def is_offered(self) -> bool:
        """Whether it could be set up here and is not."""
        return self._state is not None and bool(self._state.kind) and not self._state.installed

    def stop(self) -> None:
        """Look no more."""
        self._has_stopped = True

    @property
    def is_removed(self) -> bool:
        """Whether the sweep was there and is not any more, and nobody has taken note of that; as it was last
        read, while the operating system does not answer."""
        return self._was_removed

    @property
    def as_of(self) -> datetime | None:
        """When it was last read (UTC), where the operating system did not answer since; else ``None``."""
        return self._read_at if self._state is None else None

    @property
    def is_logon_removed(self) -> bool:
        """The same of the start at sign-in."""
        return self._logon is not None and self._logon.was_removed

    def take_note(self) -> None:
        """A person knows that the sweep was removed."""
        self._have_noted(self._context.schedule.take_note, self.take)

    def take_note_of_logon(self) -> None:
        """A person knows that the start at sign-in was removed."""
        self._have_noted(self._context.logon.take_note, self.take_logon)

    def _have_noted(self, note: Callable[[], T], on_done: Callable[[T], None]) -> None:
        self._context.workers[WORKER].submit(
            lambda _control: note(), scope=self._scope, on_done=on_done, on_error=_silently
        )

    @Slot()
    def look(self) -> None:
        """Ask the operating system; where it does not answer, nothing is claimed, and what was an alarm stays
        one."""
        if self._has_stopped:
            return
        if self._is_asking:
            self._ask_again = True  # what is asked right now may be older than the reason to look
            return
        self._is_asking = True
        self._looked_at = self._context.clock.monotonic()
        schedule = self._context.schedule
        self._context.workers[WORKER].submit(
            lambda _control: schedule.state(),
            scope=self._scope,
            on_done=self._on_schedule_read,
            on_error=self._on_schedule_silent,
        )
        logon = self._context.logon
        self._context.workers[WORKER].submit(
            lambda _control: logon.state(), scope=self._scope, on_done=self.take_logon, on_error=_silently
        )

    @Slot()
    def on_ticked(self) -> None:
        """A second has passed; after as many as between two ticks that is reason to look."""
        if self._looked_at is not None and self._context.clock.monotonic() - self._looked_at >= TICK_SECONDS:
            self.look()

    def _on_schedule_read(self, state: ScheduleState) -> None:
        self._is_asking = False
        self.take(state)
        self._look_again()

    def _on_schedule_silent(self, _error: BaseException) -> None:
        self._is_asking = False
        if self._state is not None:
            self._state = None
            self.changed.emit()
        self._look_again()

    def _look_again(self) -> None:
        if self._ask_again:
            self._ask_again = False
            self.look()

    @Slot(object)
    def take(self, state: ScheduleState) -> None:
        """Somebody has just asked or changed it."""
        self._read_at = self._context.clock.utc_now()
        self._was_removed = state.was_removed
        if state != self._state:
            self._state = state
            self.changed.emit()

    def take_logon(self, state: LogonStart) -> None:
        """Somebody has just asked how the start at sign-in stands."""
        if state != self._logon:
            self._logon = state
            self.changed.emit()


def _silently(_error: BaseException) -> None:
    """Where the operating system does not answer, nothing is claimed; the page of the settings says why."""
