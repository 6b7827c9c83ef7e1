# SPDX-License-Identifier: MIT
"""The *Checkout policy* page: how long, whether to extend, what has to be said, what a session starts."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QLineEdit, QMenu, QPushButton, QWidget

from jit_desktop.elevation.settings import CheckoutPolicy, FieldMode
from jit_desktop.ui.settings.command_line import join_command, split_command
from jit_desktop.ui.settings.drafts import ProviderDraft
from jit_desktop.ui.settings.edits import with_policy
from jit_desktop.ui.settings.page import SettingsPage, hug, in_a_row, narrow
from jit_desktop.ui.settings.session_examples import SERVER, SessionExample, session_examples
from jit_desktop.ui.settings.steady_inputs import EnumCombo
from jit_desktop.ui.widgets import DurationField, Form

_DURATIONS = ("policy.default_seconds", "policy.minimum_seconds", "policy.maximum_seconds")


class PolicyPage(SettingsPage):
    """Object names: ``settings.default-duration``, ``settings.minimum-duration``,
    ``settings.maximum-duration``, ``settings.extension-allowed``, ``settings.reason``, ``settings.ticket``,
    ``settings.session-command``, ``settings.session-examples`` (its actions: ``settings.session-example-…``).
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = self.tr("Checkout policy")
        self._form = Form()
        self._form.add_section(self.tr("Duration"), self.tr("Counted from the moment of the grant."))
        self._default = self._add_duration(self.tr("&Default"), "settings.default-duration", _DURATIONS[0])
        self._minimum = self._add_duration(self.tr("&Shortest"), "settings.minimum-duration", _DURATIONS[1])
        self._maximum = self._add_duration(self.tr("&Longest"), "settings.maximum-duration", _DURATIONS[2])
        self._extension = QCheckBox(
            self.tr("An elevation may be &extended while it lasts, up to the longest")
        )
        self._extension.toggled.connect(self._on_edited)
        hug(self._form.add_field("", self._extension, name="settings.extension-allowed"))
        self._form.add_section(self.tr("Reason and ticket number"))
        modes = {
            FieldMode.HIDDEN: self.tr("Not asked for"),
            FieldMode.OPTIONAL: self.tr("Optional"),
            FieldMode.REQUIRED: self.tr("Required"),
        }
        self._reason = EnumCombo(modes)
        self._reason.activated.connect(self._on_edited)
        narrow(self._form.add_field(self.tr("&Reason"), self._reason, name="settings.reason"))
        self._ticket = EnumCombo(modes)
        self._ticket.activated.connect(self._on_edited)
        narrow(self._form.add_field(self.tr("&Ticket number"), self._ticket, name="settings.ticket"))
        self._form.add_section(self.tr("Open session"))
        self._command = QLineEdit()
        self._command.setPlaceholderText("runas /user:{domain}\\{account} cmd.exe")
        self._command.textEdited.connect(self._on_command_text_edited)
        self._command.setObjectName("settings.session-command")
        self._command.setAccessibleName(self.tr("Command"))
        self._command_help = self.tr(
            "Started without a shell when the elevation is active; {account} and {domain} are filled in."
        )
        self._command_field = self._form.add_field(
            self.tr("&Command"),
            in_a_row(self._command, self._build_examples()),
            optional=True,
            help_text=self._command_help,
        )
        self._problem_places["policy.session_command"] = (self._command_field.set_problem, self._command)
        self.body.addWidget(self._form)
        self.body.addStretch(1)

    def _build_examples(self) -> QPushButton:
        button = QPushButton(self.tr("E&xamples"))
        button.setObjectName("settings.session-examples")
        button.setAutoDefault(False)
        menu = QMenu(button)
        for example in session_examples():
            action = menu.addAction(example.title)
            action.setObjectName(f"settings.session-example-{example.key}")
            action.setData(example)
            action.triggered.connect(self._on_example_triggered)
        button.setMenu(menu)
        return button

    @Slot()
    def _on_example_triggered(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self._use_example(action.data())

    def _use_example(self, example: SessionExample) -> None:
        self._command.setText(join_command(example.command))
        self._command_field.set_help(" ".join(filter(None, (example.note, self._command_help))))
        self._tell("policy.session_command")
        # Only after the layout has made room for the note can it be scrolled to.
        QTimer.singleShot(0, self, lambda: self.ensureWidgetVisible(self._command_field))
        # What has to be replaced is what is typed over next.
        start = self._command.text().find(SERVER)
        self._command.setFocus()
        if start >= 0:
            self._command.setSelection(start, len(SERVER))

    def own_problems(self) -> dict[str, str]:
        problems = {
            field: self.tr("Enter a duration, for example 2 h or 1 h 30 min.")
            for field, edit in zip(_DURATIONS, self._duration_edits, strict=True)
            if edit.duration_seconds() is None
        }
        if split_command(self._command.text()) is None:
            problems["policy.session_command"] = self.tr("A quotation mark is not closed.")
        return problems

    @property
    def _duration_edits(self) -> tuple[DurationField, DurationField, DurationField]:
        return self._default, self._minimum, self._maximum

    def _add_duration(self, label: str, name: str, field: str) -> DurationField:
        edit = DurationField()
        edit.duration_changed.connect(self._on_edited)
        place = self._form.add_field(label, edit, name=name)
        narrow(place)
        self._problem_places[field] = (place.set_problem, edit)
        return edit

    def _show(self, draft: ProviderDraft) -> None:
        policy = draft.provider.policy
        values = (policy.default_seconds, policy.minimum_seconds, policy.maximum_seconds)
        for edit, seconds in zip(self._duration_edits, values, strict=True):
            if edit.duration_seconds() != seconds:
                edit.set_duration(seconds)
        self._extension.setChecked(policy.extension_allowed)
        self._reason.set_value(policy.reason)
        self._ticket.set_value(policy.ticket)
        if split_command(self._command.text()) != policy.session_command:
            self._command_field.set_help(self._command_help)
            self._command.setText(join_command(policy.session_command))

    @Slot()
    def _on_edited(self) -> None:
        self._tell("policy")

    @Slot()
    def _on_command_text_edited(self) -> None:
        self._tell("policy.session_command")

    def _tell(self, field: str) -> None:
        if self._is_showing:
            return
        policy = self.draft.provider.policy
        command = split_command(self._command.text())
        changed = CheckoutPolicy(
            default_seconds=_seconds(self._default, policy.default_seconds),
            minimum_seconds=_seconds(self._minimum, policy.minimum_seconds),
            maximum_seconds=_seconds(self._maximum, policy.maximum_seconds),
            extension_allowed=self._extension.isChecked(),
            reason=self._reason.value(),
            ticket=self._ticket.value(),
            session_command=policy.session_command if command is None else command,
        )
        self._edit(with_policy(self.draft.provider, changed), field)


def _seconds(edit: DurationField, known: int) -> int:
    seconds = edit.duration_seconds()
    return known if seconds is None else seconds
