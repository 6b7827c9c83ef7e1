# SPDX-License-Identifier: MIT
"""What happens one after the other, as it happens."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Slot
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from jit_desktop.ui.theme import GAP, ICON_SMALL, Role, TextSize, Token, theme
from jit_desktop.ui.widgets.busy import Spinner
from jit_desktop.ui.widgets.durations import format_duration
from jit_desktop.ui.widgets.severity import IconView
from jit_desktop.ui.widgets.text import plain_label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class StepState(StrEnum):
    """Where a step is."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


_ICONS: Final = {
    StepState.PENDING: ("clock", Token.TEXT_DISABLED),
    StepState.RUNNING: ("wait", Token.TEXT),
    StepState.DONE: ("success", Token.SUCCESS),
    StepState.WARNING: ("warning", Token.WARNING),
    StepState.FAILED: ("error", Token.DANGER),
    StepState.SKIPPED: ("remove", Token.TEXT_MUTED),
}
_TICK_MS: Final = 500


class _Step(QWidget):
    """One row: sign, title, elapsed time, and below the title what there is to say about it."""

    def __init__(self, key: str, title: str, monotonic: Callable[[], float]) -> None:
        super().__init__()
        self.setObjectName(f"step-{key}")
        self.state = StepState.PENDING
        self._monotonic = monotonic
        self._started: float | None = None
        self._icon = IconView("clock", Token.TEXT_DISABLED)
        self._spinner = Spinner()
        signs = QWidget()
        signs.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._signs = QStackedLayout(signs)
        self._signs.setContentsMargins(0, 0, 0, 0)
        self._signs.addWidget(self._icon)
        self._signs.addWidget(self._spinner)
        signs.setFixedSize(ICON_SMALL, ICON_SMALL)
        self._title = plain_label(title, wrap=True)
        self._detail = plain_label(role=Role.CAPTION, wrap=True)
        self._detail.hide()
        self._elapsed = plain_label(role=Role.CAPTION)
        self._elapsed.setFont(theme().font(TextSize.CAPTION, tabular=True))
        self._elapsed.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        # Room for the longest usual value: the title does not rewrap when the time comes.
        self._elapsed.setMinimumWidth(self._elapsed.fontMetrics().horizontalAdvance("00 min 00 s"))
        layout = QGridLayout(self)
        layout.setContentsMargins(0, GAP // 2, 0, GAP // 2)
        layout.setHorizontalSpacing(GAP)
        layout.setVerticalSpacing(0)
        layout.setColumnStretch(1, 1)
        layout.addWidget(signs, 0, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._title, 0, 1)
        layout.addWidget(self._elapsed, 0, 2, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._detail, 1, 1, 1, 2)

    def show_state(self, state: StepState, detail: str, elapsed_seconds: float | None) -> None:
        is_start = state is StepState.RUNNING and self.state is not StepState.RUNNING
        if is_start:
            self._started = self._monotonic()
        self.state = state
        name, token = _ICONS[state]
        self._icon.set_icon(name, token)
        is_running = state is StepState.RUNNING
        self._spinner.set_busy(is_running, at_once=is_running)
        self._signs.setCurrentWidget(self._spinner if is_running else self._icon)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        if state in (StepState.PENDING, StepState.SKIPPED):
            self._started = None
            self._elapsed.clear()
        else:
            self.show_elapsed(elapsed_seconds)
        words = [self._title.text(), _word(state), detail]
        self.setAccessibleName(", ".join(word for word in words if word))

    def show_elapsed(self, elapsed_seconds: float | None = None) -> None:
        if elapsed_seconds is None:
            elapsed_seconds = self._monotonic() - self._started if self._started is not None else 0
        whole = int(elapsed_seconds)
        self._elapsed.setText(format_duration(whole) if whole or self.state is StepState.RUNNING else "")

    @property
    def detail(self) -> str:
        return self._detail.text()

    @property
    def elapsed(self) -> str:
        return self._elapsed.text()


class StepList(QWidget):
    """Steps from top to bottom with their state; rows keep their place while states change."""

    def __init__(
        self, parent: QWidget | None = None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._monotonic = monotonic
        self._steps: dict[str, _Step] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addStretch(1)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._on_tick_timeout)

    def set_steps(self, steps: Sequence[tuple[str, str]]) -> None:
        """Show these steps (key and title each), all pending; what was shown before goes."""
        for old in self._steps.values():
            self._layout.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._steps = {}
        self._tick.stop()
        for key, title in steps:
            self.add_step(key, title)

    def add_step(self, key: str, title: str) -> None:
        """Add a pending step below the others."""
        step = _Step(key, title, self._monotonic)
        step.show_state(StepState.PENDING, "", None)
        self._steps[key] = step
        self._layout.insertWidget(len(self._steps) - 1, step)

    def update_step(
        self, key: str, state: StepState, detail: str = "", elapsed_seconds: float | None = None
    ) -> None:
        """Show the new state of a step, a sentence about it, and how long it took.

        Without `elapsed_seconds` the time since it began to run counts. KeyError for an unknown key.
        """
        self._steps[key].show_state(state, detail, elapsed_seconds)
        if any(step.state is StepState.RUNNING for step in self._steps.values()):
            self._tick.start()
        else:
            self._tick.stop()

    def keys(self) -> list[str]:
        """The keys from top to bottom."""
        return list(self._steps)

    def state(self, key: str) -> StepState:
        """The state that is shown."""
        return self._steps[key].state

    def detail(self, key: str) -> str:
        """The sentence that is shown."""
        return self._steps[key].detail

    def elapsed(self, key: str) -> str:
        """The elapsed time that is shown, in words."""
        return self._steps[key].elapsed

    @Slot()
    def _on_tick_timeout(self) -> None:
        for step in self._steps.values():
            if step.state is StepState.RUNNING:
                step.show_elapsed()


def _tr(text: str) -> str:
    return QCoreApplication.translate("StepList", text)


def _word(state: StepState) -> str:
    return {
        StepState.PENDING: _tr("waiting"),
        StepState.RUNNING: _tr("under way"),
        StepState.DONE: _tr("done"),
        StepState.WARNING: _tr("done with a warning"),
        StepState.FAILED: _tr("failed"),
        StepState.SKIPPED: _tr("not needed"),
    }[state]
