# SPDX-License-Identifier: MIT
"""Asks for a decision in plain words without stopping the program while somebody thinks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from jit_desktop.ui.fit import fit_height
from jit_desktop.ui.theme import GAP, GAP_WIDE, MARGIN, Role, set_role

WIDTH = 460


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the buttons."""

    key: str
    """What ``chosen`` carries, and in the button's object name: ``decision.<key>``."""
    label: str
    role: Role = Role.PLAIN


class DecisionDialog(QDialog):
    """A question with a button for each answer; never a bare *Yes* or *No*.

    Object names: ``decision`` (the dialog), ``decision.title``, ``decision.text``, ``decision.<key>``.
    ``link`` is a choice beside the question, shown below the text. Escape and the window's cross mean
    ``dismiss_key``. Show it with :meth:`open`: the answer comes by signal.
    """

    chosen = Signal(str)
    """The key of the choice; exactly once."""

    def __init__(
        self,
        title: str,
        text: str,
        choices: Sequence[Choice],
        *,
        default_key: str,
        dismiss_key: str,
        link: Choice | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("decision")
        self.setWindowTitle(title)
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, on=False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(WIDTH)
        self._dismiss_key = dismiss_key
        self._answer = ""

        heading = self._heading = QLabel(title)
        heading.setObjectName("decision.title")
        heading.setTextFormat(Qt.TextFormat.PlainText)
        heading.setWordWrap(True)
        set_role(heading, Role.HEADING)
        body = self._body = QLabel(text)
        body.setObjectName("decision.text")
        body.setTextFormat(Qt.TextFormat.PlainText)
        body.setWordWrap(True)
        body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addStretch(1)
        for choice in choices:
            button = self._button(choice)
            button.setDefault(choice.key == default_key)
            row.addWidget(button)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP_WIDE)
        layout.addWidget(heading)
        layout.addWidget(body, 1)
        if link is not None:
            layout.addWidget(self._button(link), 0, Qt.AlignmentFlag.AlignLeft)
        layout.addSpacing(GAP)
        layout.addLayout(row)
        default = self.findChild(QPushButton, f"decision.{default_key}")
        if default is not None:
            default.setFocus()

    def _button(self, choice: Choice) -> QPushButton:
        button = QPushButton(choice.label)
        button.setObjectName(f"decision.{choice.key}")
        button.setProperty("decision_key", choice.key)
        set_role(button, choice.role)
        button.setAutoDefault(False)
        button.clicked.connect(self._on_choice_clicked)
        return button

    def set_words(self, title: str, text: str) -> None:
        """What the question is about has changed while it stood there."""
        if (title, text) == (self._heading.text(), self._body.text()):
            return
        self.setWindowTitle(title)
        self._heading.setText(title)
        self._body.setText(text)
        fit_height(self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit_height(self)

    def _on_choice_clicked(self) -> None:
        button = self.sender()
        assert isinstance(button, QPushButton)
        self._answer = str(button.property("decision_key"))
        self.accept()

    def done(self, result: int) -> None:
        """Every way out of the dialog ends here."""
        super().done(result)
        self.chosen.emit(self._answer or self._dismiss_key)
