# SPDX-License-Identifier: MIT
"""The check box *Start JIT Desktop when I sign in*, on the page of the promise."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QWidget

from jit_desktop.elevation.ports import LogonStart
from jit_desktop.ui.bridge import Scope
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.pickers.failure import failure_words
from jit_desktop.ui.schedule_watch import WORKER
from jit_desktop.ui.settings.page import hug
from jit_desktop.ui.widgets import Form


class LogonPanel(Form):
    """Object name: ``settings.start-at-logon``. What is ticked is done at once; hidden where not offered.

    It never shows more than what the operating system has answered.
    """

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(stacked=True, parent=parent)
        self._context = context
        self._scope = Scope(self)
        self.add_section(self.tr("At sign-in"))
        self._box = QCheckBox(self.tr("&Start JIT Desktop when I sign in, in the notification area"))
        self._box.clicked.connect(self._on_box_clicked)
        self._field = self.add_field("", self._box, name="settings.start-at-logon")
        hug(self._field)
        self.hide()

    def look(self) -> None:
        """Ask the operating system how it stands."""
        self._do(self._context.logon.state)

    @Slot(bool)
    def _on_box_clicked(self, wanted: bool) -> None:  # noqa: FBT001 - the signature of the signal
        logon = self._context.logon
        self._do(logon.enable if wanted else logon.disable)

    def _do(self, what: Callable[[], LogonStart]) -> None:
        self._box.setEnabled(False)
        self._context.workers[WORKER].submit(
            lambda _control: what(), scope=self._scope, on_done=self._on_done, on_error=self._on_failed
        )

    def _on_done(self, state: LogonStart) -> None:
        self._field.set_problem(None)
        self._box.setChecked(state.enabled)
        self._box.setEnabled(state.changeable)
        self._field.set_help(
            state.note
            or self.tr("It then ends what is due and warns before an end, without its window being open.")
        )
        self.setVisible(state.offered)

    def _on_failed(self, error: BaseException) -> None:
        self.setVisible(True)
        self._box.setChecked(not self._box.isChecked())
        self._box.setEnabled(True)
        self._field.set_problem(failure_words(error))
