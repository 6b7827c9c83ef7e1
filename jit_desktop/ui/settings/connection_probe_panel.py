# SPDX-License-Identifier: MIT
"""The button *Test connection* with the steps below it, filled in as they happen; a second press stops it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from jit_desktop.elevation.ports import Clock
from jit_desktop.elevation.rules import connection_problems
from jit_desktop.ui.pickers.failure import failure_words
from jit_desktop.ui.pickers.lookup import DirectoryLookup
from jit_desktop.ui.settings.connection_test import StepResult, TestStep, probe, step_titles
from jit_desktop.ui.settings.drafts import ProviderDraft
from jit_desktop.ui.settings.reach import Reach
from jit_desktop.ui.theme import GAP, Role
from jit_desktop.ui.widgets import StepList, StepState, plain_label


class ConnectionProbePanel(QWidget):
    """Tests the draft as it stands, saved or not."""

    finished = Signal(bool)
    """Whether the connection stands."""
    grew = Signal()
    """There is more to see."""

    def __init__(
        self, reach: Reach, clock: Clock, draft: Callable[[], ProviderDraft], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._reach = reach
        self._clock = clock
        self._draft = draft
        self._lookup: DirectoryLookup | None = None
        self._button = QPushButton(self.tr("&Test connection"))
        self._button.setObjectName("settings.test-connection")
        self._button.setAutoDefault(False)
        self._button.clicked.connect(self._on_button_clicked)
        self._verdict = plain_label("", Role.MUTED, wrap=True)
        self._verdict.setObjectName("settings.test-verdict")
        self._steps = StepList()
        self._steps.setObjectName("settings.test-steps")
        self._steps.hide()
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self._button)
        row.addWidget(self._verdict, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addLayout(row)
        layout.addWidget(self._steps)

    def clear(self) -> None:
        """Stop what is under way and forget the result: it is about another connection."""
        self._stop()
        self._steps.hide()
        self._verdict.clear()

    @Slot()
    def _on_button_clicked(self) -> None:
        if self._lookup is not None:
            self._stop()
            self._verdict.setText(self.tr("Stopped."))
            self._skip_the_rest()
            self.finished.emit(False)  # noqa: FBT003 - the signature of the signal
        else:
            self.start()

    def start(self) -> None:
        """Test the draft as it stands now; another test that is under way is stopped."""
        self._stop()
        draft = self._draft()
        if connection_problems(draft.provider.connection):
            self._verdict.setText(self.tr("Complete the fields above first."))
            self.finished.emit(False)  # noqa: FBT003 - the signature of the signal
            return
        self._steps.set_steps(step_titles())
        self._steps.show()
        self._steps.update_step(TestStep.CONNECT, StepState.RUNNING)
        self.grew.emit()
        self._verdict.clear()
        self._button.setText(self.tr("S&top"))
        provider, clock = draft.provider, self._clock
        self._lookup = DirectoryLookup(self._reach.testing, self._reach.opener(draft), self)
        self._lookup.ask_in_steps(
            lambda directory, report: probe(directory, provider, clock, report),
            on_done=self._on_probe_done,
            on_error=self._on_probe_failed,
            on_progress=self._on_probe_reported,
        )

    def _stop(self) -> None:
        if self._lookup is not None:
            self._lookup.close()
            self._lookup.deleteLater()
            self._lookup = None
        self._button.setText(self.tr("&Test connection"))

    def _on_probe_reported(self, result: StepResult) -> None:
        self._steps.update_step(result.step, result.state, result.words)
        self.grew.emit()

    def _on_probe_done(self, is_well: bool) -> None:  # noqa: FBT001 - what the worker answers
        self._stop()
        self._skip_the_rest()
        words = (
            self.tr("The connection works.") if is_well else self.tr("Something is to be mended, see below.")
        )
        self._verdict.setText(words)
        self.finished.emit(True)  # noqa: FBT003 - the signature of the signal

    def _on_probe_failed(self, error: BaseException) -> None:
        self._stop()
        running = next(filter(self._is_running, self._steps.keys()), None)
        if running is not None:
            self._steps.update_step(running, StepState.FAILED, failure_words(error))
        self._skip_the_rest()
        self._verdict.setText(self.tr("The connection does not work, see below."))
        self.grew.emit()
        self.finished.emit(False)  # noqa: FBT003 - the signature of the signal

    def _skip_the_rest(self) -> None:
        keys = self._steps.keys()
        for key in keys:
            if self._steps.state(key) in (StepState.PENDING, StepState.RUNNING):
                self._steps.update_step(key, StepState.SKIPPED)

    def _is_running(self, key: str) -> bool:
        return self._steps.state(key) is StepState.RUNNING
