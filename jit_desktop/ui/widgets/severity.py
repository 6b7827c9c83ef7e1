# SPDX-License-Identifier: MIT
"""How serious something is, said by an icon and a word and only underlined by a colour."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from jit_desktop.ui.theme import GAP, GAP_TIGHT, ICON_SMALL, Role, Token, pixmap, repolish
from jit_desktop.ui.widgets.text import plain_label

SEVERITY_PROPERTY: Final = "severity"


class Severity(StrEnum):
    """From a mere remark to a failure."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"

    @property
    def token(self) -> Token:
        """The colour of its icon and its words."""
        return _TOKENS[self]

    @property
    def icon_name(self) -> str:
        """Its icon in `resources/icons`."""
        return self.value


_TOKENS: Final = {
    Severity.INFO: Token.INFO,
    Severity.SUCCESS: Token.SUCCESS,
    Severity.WARNING: Token.WARNING,
    Severity.ERROR: Token.DANGER,
}


class IconView(QWidget):
    """One icon standing by itself, sharp on every screen and in the colours of the scheme."""

    def __init__(
        self, name: str, token: Token = Token.TEXT, size: int = ICON_SMALL, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._token = token
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def icon_name(self) -> str:
        """The name of the icon that is shown."""
        return self._name

    def set_icon(self, name: str, token: Token) -> None:
        """Show another icon."""
        self._name = name
        self._token = token
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        token = self._token if self.isEnabled() else Token.TEXT_DISABLED
        painter.drawPixmap(0, 0, pixmap(self._name, self._size, self.devicePixelRatioF(), token))


class StatusPill(QFrame):
    """A state as icon and word on a tinted ground."""

    def __init__(
        self,
        word: str = "",
        severity: Severity = Severity.INFO,
        icon_name: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon = IconView(severity.icon_name, severity.token)
        self._word = plain_label(role=Role.CAPTION)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP_TIGHT, 2, GAP, 2)
        layout.setSpacing(GAP_TIGHT)
        layout.addWidget(self._icon)
        layout.addWidget(self._word)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setProperty("pill", True)  # noqa: FBT003 - the style sheet's word
        self.set_state(word, severity, icon_name)

    def set_state(self, word: str, severity: Severity, icon_name: str | None = None) -> None:
        """Show `word` with the icon of `severity` or another one."""
        self._word.setText(word)
        self._icon.set_icon(icon_name or severity.icon_name, severity.token)
        self.setAccessibleName(word)
        self.setProperty(SEVERITY_PROPERTY, severity.value)
        repolish(self)
        repolish(self._word)

    @property
    def word(self) -> str:
        """The word that is shown."""
        return self._word.text()


class MessageLine(QWidget):
    """A sentence below a field: muted help, or a problem with its icon, in the same place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = IconView(Severity.ERROR.icon_name, Severity.ERROR.token)
        self._text = plain_label(role=Role.CAPTION, wrap=True)
        self._text.setObjectName("message")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_TIGHT)
        layout.addWidget(self._icon, alignment=Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)
        # One line of room always: nothing below moves when a message comes.
        self.setMinimumHeight(self._text.fontMetrics().lineSpacing() + 2)
        self.show_help("")

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text.text()

    def show_help(self, text: str) -> None:
        """Show muted `text` without an icon."""
        self._show(text, None)

    def show_message(self, text: str, severity: Severity) -> None:
        """Show `text` with the icon and the colour of `severity`."""
        self._show(text, severity)

    def _show(self, text: str, severity: Severity | None) -> None:
        self._text.setText(text)
        self._text.setProperty(SEVERITY_PROPERTY, severity.value if severity else "")
        repolish(self._text)
        self._icon.setVisible(severity is not None)
        if severity is not None:
            self._icon.set_icon(severity.icon_name, severity.token)
