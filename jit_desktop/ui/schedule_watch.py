# SPDX-License-Identifier: MIT
"""Knows whether the operating system sweeps while the program is closed, for whoever says who ends what."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from jit_desktop.elevation.ports import ScheduleState
from jit_desktop.ui.bridge import Scope
from jit_desktop.ui.context import UiContext

WORKER = "schedule"


class ScheduleWatch(QObject):
    """Asks once at the start, and is told when the settings have changed it."""

    changed = Signal()

    def __init__(self, context: UiContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._scope = Scope(self)
        self._state: ScheduleState | None = None

    @property
    def state(self) -> ScheduleState | None:
        """How it stands; ``None`` while that is not known."""
        return self._state

    @property
    def is_offered(self) -> bool:
        """Whether it could be set up here and is not."""
        return self._state is not None and bool(self._state.kind) and not self._state.installed

    def look(self) -> None:
        """Ask the operating system; where it does not answer, nothing is claimed."""
        schedule = self._context.schedule
        self._context.workers[WORKER].submit(
            lambda _control: schedule.state(), scope=self._scope, on_done=self.take
        )

    @Slot(object)
    def take(self, state: ScheduleState) -> None:
        """Somebody has just asked or changed it."""
        if state != self._state:
            self._state = state
            self.changed.emit()
