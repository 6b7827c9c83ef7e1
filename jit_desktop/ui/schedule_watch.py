# SPDX-License-Identifier: MIT
"""Knows whether the operating system sweeps while the program is closed, for whoever says who ends what."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal, Slot

from jit_desktop.elevation.ports import ScheduleState
from jit_desktop.ui.bridge import Scope
from jit_desktop.ui.context import UiContext

WORKER = "schedule"


LOOK_SECONDS: Final = 60


class ScheduleWatch(QObject):
    """Asks at the start, every minute and whenever there is reason to; is told when the settings have changed
    it. What somebody else has removed is noticed by that, too."""

    changed = Signal()

    def __init__(self, context: UiContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._scope = Scope(self)
        self._state: ScheduleState | None = None
        self._was_installed = False
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
        """Whether it was there in this run and is not any more."""
        return self._was_installed and self._state is not None and not self._state.installed

    @Slot()
    def look(self) -> None:
        """Ask the operating system; where it does not answer, nothing is claimed."""
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

    @Slot()
    def on_ticked(self) -> None:
        """A second has passed; once in a minute that is reason to look."""
        if self._looked_at is not None and self._context.clock.monotonic() - self._looked_at >= LOOK_SECONDS:
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
        if state != self._state:
            self._state = state
            self._was_installed = self._was_installed or state.installed
            self.changed.emit()
