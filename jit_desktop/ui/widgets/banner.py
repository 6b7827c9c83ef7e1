# SPDX-License-Identifier: MIT
"""Messages in their place: over the list they are about, or where the list is empty."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from jit_desktop.ui.theme import (
    GAP,
    GAP_TIGHT,
    GAP_WIDE,
    ICON_MEDIUM,
    Role,
    Token,
    bind_icon,
    repolish,
    set_role,
)
from jit_desktop.ui.theme.fonts import text_scale
from jit_desktop.ui.widgets.severity import SEVERITY_PROPERTY, IconView, Severity
from jit_desktop.ui.widgets.text import plain_label

_EMPTY_ICON = 48
_LEAST_HEIGHT = 40
_EMPTY_WIDTH = 420


class Banner(QFrame):
    """One message above what it is about, with at most one action; hidden until there is something to say."""

    action_requested = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("banner", True)  # noqa: FBT003 - the style sheet's word
        self._severity = Severity.INFO
        self._icon = IconView(Severity.INFO.icon_name, Severity.INFO.token, ICON_MEDIUM)
        self._text = plain_label(wrap=True)
        self._text.setObjectName("banner-text")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = QPushButton()
        self._action.setObjectName("banner-action")
        self._action.clicked.connect(self.action_requested)
        self._dismiss = QToolButton()
        self._dismiss.setObjectName("banner-dismiss")
        self._dismiss.setAccessibleName(self.tr("Dismiss this message"))
        self._dismiss.setToolTip(self.tr("Dismiss this message"))
        set_role(self._dismiss, Role.QUIET)
        bind_icon(self._dismiss, "close")
        self._dismiss.clicked.connect(self._on_dismiss_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP + GAP_TIGHT, GAP_TIGHT, GAP_TIGHT, GAP_TIGHT)
        self._text.setContentsMargins(0, GAP_TIGHT, 0, GAP_TIGHT)
        layout.setSpacing(GAP)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._action)
        layout.addWidget(self._dismiss)
        self.setMinimumHeight(_LEAST_HEIGHT)
        self.hide()

    @property
    def text(self) -> str:
        """The message."""
        return self._text.text()

    @property
    def severity(self) -> Severity:
        """How serious it is."""
        return self._severity

    def show_message(
        self, text: str, severity: Severity = Severity.INFO, *, action: str = "", dismissible: bool = True
    ) -> None:
        """Show `text`; `action` is the word on the button, empty for none."""
        self._severity = severity
        self._text.setText(text)
        self._icon.set_icon(severity.icon_name, severity.token)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._dismiss.setVisible(dismissible)
        self.setProperty(SEVERITY_PROPERTY, severity.value)
        repolish(self)
        self.setAccessibleName(self.tr("{}: {}").format(_word(severity), text))
        self.show()
        self._keep_whole()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def clear(self) -> None:
        """Have nothing to say any more; says nothing about the user."""
        self._text.clear()
        self.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_whole()

    def _keep_whole(self) -> None:
        """As high as the words are at this width: a list below gives way, never the message."""
        layout = self.layout()
        if layout is not None:
            self.setMinimumHeight(max(_LEAST_HEIGHT, layout.totalHeightForWidth(self.width())))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape inside the banner dismisses it."""
        if event.key() == Qt.Key.Key_Escape and self._dismiss.isVisible():
            self._on_dismiss_clicked()
            return
        super().keyPressEvent(event)

    @Slot()
    def _on_dismiss_clicked(self) -> None:
        self.clear()
        self.dismissed.emit()


def _tr(text: str) -> str:
    return QCoreApplication.translate("Banner", text)


def _word(severity: Severity) -> str:
    return {
        Severity.INFO: _tr("Note"),
        Severity.SUCCESS: _tr("Done"),
        Severity.WARNING: _tr("Warning"),
        Severity.ERROR: _tr("Error"),
    }[severity]


class EmptyState(QWidget):
    """An empty place that says what comes next and offers the button for it."""

    action_requested = Signal()

    def __init__(
        self,
        icon_name: str,
        title: str,
        sentence: str = "",
        *,
        action: str = "",
        primary: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon = IconView(icon_name, Token.TEXT_MUTED, _EMPTY_ICON)
        self._title = plain_label(title, Role.HEADING, wrap=True)
        self._sentence = plain_label(sentence, Role.MUTED, wrap=True)
        self._action = QPushButton(action)
        self._action.setObjectName("empty-action")
        if primary:
            set_role(self._action, Role.PRIMARY)
        self._action.clicked.connect(self.action_requested)
        if not action:
            self._action.hide()
        centre = Qt.AlignmentFlag.AlignHCenter
        self._title.setAlignment(centre)
        self._sentence.setAlignment(centre)
        column = QVBoxLayout()
        column.setSpacing(GAP)
        column.addStretch(2)
        column.addWidget(self._icon, 0, centre)
        # Centred by their text and not by the layout: that would not ask how high they are at their width.
        column.addWidget(self._title)
        column.addWidget(self._sentence)
        column.addSpacing(GAP)
        column.addWidget(self._action, 0, centre)
        column.addStretch(3)
        middle = QWidget()
        middle.setLayout(column)
        middle.setMaximumWidth(round(_EMPTY_WIDTH * text_scale()))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP_WIDE, GAP_WIDE, GAP_WIDE, GAP_WIDE)
        layout.addStretch(1)
        layout.addWidget(middle, 100)  # all there is, up to its greatest width
        layout.addStretch(1)
        self.set_words(title, sentence)

    def set_words(self, title: str, sentence: str) -> None:
        """Change what it says (another reason for being empty)."""
        self._title.setText(title)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        self.setAccessibleName(f"{title}. {sentence}")

    def set_action(self, action: str) -> None:
        """Change the word on the button; empty hides it."""
        self._action.setText(action)
        self._action.setVisible(bool(action))
