# SPDX-License-Identifier: MIT
"""The page *Keep the promise when the program is closed*: has the operating system sweep again and again."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.elevation.ports import ScheduleState
from jit_desktop.ui.bridge import Scope
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.models import wording
from jit_desktop.ui.pickers.failure import failure_words
from jit_desktop.ui.schedule_watch import WORKER
from jit_desktop.ui.settings.command_line import join_command
from jit_desktop.ui.settings.logon_panel import LogonPanel
from jit_desktop.ui.settings.page import narrow
from jit_desktop.ui.settings.steady_inputs import SteadySpinBox
from jit_desktop.ui.theme import GAP, GAP_WIDE, Role, code_font, set_role
from jit_desktop.ui.widgets import (
    Banner,
    BusyLine,
    Form,
    IconView,
    Severity,
    StatusPill,
    plain_label,
)

DEFAULT_MINUTES = 1
LONGEST_MINUTES = 60


class PromisePage(QScrollArea):
    """Object names: ``settings.promise-state``, ``settings.promise-sentence``, ``settings.promise-interval``,
    ``settings.promise-install`` (installs or changes), ``settings.promise-remove``,
    ``settings.promise-command``, ``settings.promise-note``, ``settings.promise-banner``.

    What is done here is done at once; *Save* of the dialog has nothing to do with it.
    """

    state_changed = Signal(object)
    """A :class:`ScheduleState`, whenever it was read or changed."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._scope = Scope(self)
        self._state: ScheduleState | None = None
        self._has_focus = False
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        content = QWidget()
        set_role(content, Role.CONTENT)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, GAP_WIDE, GAP_WIDE)
        column.setSpacing(GAP_WIDE)
        self.setWidget(content)
        self._build(column)
        column.addStretch(1)
        self._show()

    def _build(self, column: QVBoxLayout) -> None:
        column.addWidget(
            plain_label(self.tr("Keep the promise when the program is closed"), Role.TITLE, wrap=True)
        )
        column.addWidget(
            plain_label(
                self.tr(
                    "Where Active Directory can't end an elevation by itself, or not on time, somebody has "
                    "to. A sweep looks for elevations that are over and ends them, without a window; this "
                    "computer can run one again and again."
                ),
                Role.MUTED,
                wrap=True,
            )
        )
        self._busy = BusyLine()
        column.addWidget(self._busy)
        self._banner = Banner()
        self._banner.setObjectName("settings.promise-banner")
        column.addWidget(self._banner)
        self._pill = StatusPill()
        self._pill.setObjectName("settings.promise-state")
        self._sentence = plain_label(wrap=True)
        self._sentence.setObjectName("settings.promise-sentence")
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self._pill)
        row.addWidget(self._sentence, 1)
        column.addLayout(row)
        column.addWidget(self._build_form())
        column.addWidget(self._build_note())
        self._logon = LogonPanel(self._context)
        column.addWidget(self._logon)

    def _build_form(self) -> QWidget:
        form = self._form = Form()
        self._interval = SteadySpinBox()
        self._interval.setRange(1, LONGEST_MINUTES)
        self._interval.setValue(DEFAULT_MINUTES)
        self._interval.valueChanged.connect(self._show_buttons)
        narrow(
            form.add_field(
                self.tr("Sweep &every"),
                self._interval,
                name="settings.promise-interval",
                help_text=self.tr("An elevation ends at most so much late while the program is closed."),
            )
        )
        self._install = QPushButton(self.tr("&Install"))
        self._install.setObjectName("settings.promise-install")
        self._install.setAutoDefault(False)
        self._install.clicked.connect(self._on_install_clicked)
        self._remove = QPushButton(self.tr("Re&move"))
        self._remove.setObjectName("settings.promise-remove")
        self._remove.setAccessibleName(self.tr("Remove the sweep from this computer"))
        self._remove.setAutoDefault(False)
        set_role(self._remove, Role.DANGER)
        self._remove.clicked.connect(self._on_remove_clicked)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self._install)
        row.addWidget(self._remove)
        row.addStretch(1)
        form.add_field("", buttons)
        self._command = QPlainTextEdit()
        self._command.setReadOnly(True)
        self._command.setTabChangesFocus(True)
        self._command.setFont(code_font())
        self._command.setFixedHeight(3 * self._command.fontMetrics().lineSpacing() + 2 * GAP)
        self._command_field = form.add_field(
            self.tr("What it &runs"), self._command, name="settings.promise-command"
        )
        return form

    def _build_note(self) -> QWidget:
        self._note_card = QFrame()
        set_role(self._note_card, Role.CARD)
        self._note = plain_label(wrap=True)
        self._note.setObjectName("settings.promise-note")
        row = QHBoxLayout(self._note_card)
        row.setContentsMargins(GAP_WIDE, GAP, GAP_WIDE, GAP)
        row.setSpacing(GAP)
        row.addWidget(IconView("info"))
        row.addWidget(self._note, 1)
        return self._note_card

    # --- showing -----------------------------------------------------------------------------------------

    def _show(self) -> None:
        state = self._state
        if state is None:
            self._pill.set_state(self.tr("Reading…"), Severity.INFO, "wait")
            self._sentence.clear()
        elif state.installed:
            self._pill.set_state(self.tr("Set up"), Severity.SUCCESS, "shield-check")
            self._sentence.setText(wording.schedule_words(state))
        elif state.kind:
            self._pill.set_state(self.tr("Not set up"), Severity.WARNING)
            self._sentence.setText(wording.schedule_words(state))
        else:
            self._pill.set_state(self.tr("Not available"), Severity.WARNING)
            self._sentence.setText(wording.schedule_words(state))
        command = join_command(state.command) if state is not None else ""
        self._command.setPlainText(command)
        self._command_field.set_help(self.tr("As a {kind}.").format(kind=state.kind) if state else "")
        self._command_field.setVisible(bool(command))
        if self._command_field.label is not None:
            self._command_field.label.setVisible(bool(command))
        self._form.setVisible(state is not None and bool(state.kind))
        self._note.setText(state.note if state is not None else "")
        self._note_card.setVisible(bool(self._note.text()))
        self._show_buttons()

    @Slot()
    def _show_buttons(self) -> None:
        minutes = self._interval.value()
        self._interval.setSuffix(self.tr(" minute") if minutes == 1 else self.tr(" minutes"))
        state = self._state
        is_installed = state is not None and state.installed
        self._install.setText(self.tr("&Change") if is_installed else self.tr("&Install"))
        is_same = state is not None and is_installed and state.every_seconds == minutes * 60
        can_act = state is not None and not self._busy.is_busy
        self._interval.setEnabled(can_act)
        self._install.setEnabled(can_act and not is_same)
        self._remove.setVisible(is_installed)
        self._remove.setEnabled(can_act)

    # --- asking and doing ----------------------------------------------------------------------------------

    def look(self) -> None:
        """Ask the operating system how it stands."""
        schedule = self._context.schedule
        self._do(schedule.state)
        self._logon.look()

    @Slot()
    def _on_install_clicked(self) -> None:
        schedule, seconds = self._context.schedule, self._interval.value() * 60
        self._do(lambda: schedule.install(seconds))

    @Slot()
    def _on_remove_clicked(self) -> None:
        schedule = self._context.schedule
        self._do(schedule.remove)

    def _do(self, what: Callable[[], ScheduleState]) -> None:
        if self._busy.is_busy:
            return
        self._banner.clear()
        self._has_focus = self._install.hasFocus() or self._remove.hasFocus()
        self._busy.set_busy(True)
        self._show_buttons()
        self._context.workers[WORKER].submit(
            lambda _control: what(), scope=self._scope, on_done=self._on_done, on_error=self._on_failed
        )

    def _on_done(self, state: ScheduleState) -> None:
        self._busy.set_busy(False)
        if state != self._state and state.installed:
            self._interval.setValue(max(math.ceil(state.every_seconds / 60), 1))
        self._state = state
        self._show()
        self._give_focus_back()
        self.state_changed.emit(state)

    def _on_failed(self, error: BaseException) -> None:
        self._busy.set_busy(False)
        self._banner.show_message(failure_words(error), Severity.ERROR)
        if self._state is None:
            self._pill.set_state(self.tr("Not known"), Severity.WARNING)
        self._show_buttons()
        self._give_focus_back()

    def _give_focus_back(self) -> None:
        """A button that can't be used for a moment loses the focus to whatever is next."""
        if self._has_focus:
            (self._install if self._install.isEnabled() else self._interval).setFocus()
        self._has_focus = False
