# SPDX-License-Identifier: MIT
"""The rail at the left: the places of the program, each an icon and a word."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QSizePolicy, QVBoxLayout, QWidget

from jit_desktop.ui.theme import GAP, GAP_TIGHT, ICON_MEDIUM, RADIUS, TextSize, Token, pixmap, theme

_WIDTH = 88
_HEIGHT = 60
_MARKER = 3


class _RailButton(QAbstractButton):
    """One place; painted by hand because no style knows an icon above a word with a marker at its side."""

    def __init__(self, key: str, icon_name: str, word: str) -> None:
        super().__init__()
        self.key = key
        self.badge = ""
        self._icon_name = icon_name
        self.setText(word)
        self.setAccessibleName(word)
        self.setObjectName(f"nav-{key}")
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        word = self._word_width() + 2 * GAP
        return QSize(max(word, _WIDTH - 2 * GAP_TIGHT), _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = theme()
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.isChecked():
            ground = Token.SELECTION
        elif self.isDown():
            ground = Token.PRESSED
        elif self.underMouse():
            ground = Token.HOVER
        else:
            ground = None
        painter.setPen(Qt.PenStyle.NoPen)
        if ground is not None:
            painter.setBrush(look.color(ground))
            painter.drawRoundedRect(area, RADIUS, RADIUS)
        if self.isChecked():
            painter.setBrush(look.color(Token.TEXT))
            marker = QRectF(area.left() + _MARKER, area.center().y() - GAP, _MARKER, 2 * GAP)
            painter.drawRoundedRect(marker, _MARKER / 2, _MARKER / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.hasFocus():
            painter.setPen(QPen(look.color(Token.FOCUS), 2))
            painter.drawRoundedRect(area, RADIUS, RADIUS)
        token = Token.TEXT if self.isChecked() else Token.TEXT_MUTED
        drawn = pixmap(self._icon_name, ICON_MEDIUM, self.devicePixelRatioF(), token)
        painter.drawPixmap((self.width() - ICON_MEDIUM) // 2, GAP + 2, drawn)
        painter.setFont(look.font(TextSize.CAPTION))
        painter.setPen(look.color(token))
        words = self.rect().adjusted(GAP_TIGHT, GAP + ICON_MEDIUM + GAP_TIGHT, -GAP_TIGHT, -GAP_TIGHT)
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, text)
        if self.badge:
            self._paint_badge(painter)

    def _paint_badge(self, painter: QPainter) -> None:
        look = theme()
        width = max(painter.fontMetrics().horizontalAdvance(self.badge) + GAP, 2 * GAP)
        area = QRectF(self.width() / 2 + GAP_TIGHT, GAP_TIGHT, width, 2 * GAP)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color(Token.DANGER))
        painter.drawRoundedRect(area, GAP, GAP)
        painter.setPen(look.color(Token.SURFACE_RAISED))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.badge)

    def _word_width(self) -> int:
        return QFontMetrics(theme().font(TextSize.CAPTION)).horizontalAdvance(self.text())


class NavigationRail(QFrame):
    """Places under each other; up and down move between them, one is always current."""

    current_changed = Signal(str)
    """The key of the place that became current, by mouse, key or `set_current`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Places"))
        self._group = QButtonGroup(self)
        self._group.buttonToggled.connect(self._on_group_button_toggled)
        self._buttons: dict[str, _RailButton] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(GAP_TIGHT, GAP, GAP_TIGHT, GAP)
        self._layout.setSpacing(GAP_TIGHT)
        self._layout.addStretch(1)
        self._top_count = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def add_place(self, key: str, icon_name: str, word: str, *, at_bottom: bool = False) -> None:
        """Add a place below the others (or at the bottom end, for settings); the first becomes current."""
        button = _RailButton(key, icon_name, word)
        self._buttons[key] = button
        self._group.addButton(button)
        if at_bottom:
            self._layout.addWidget(button)
        else:
            self._layout.insertWidget(self._top_count, button)
            self._top_count += 1
        if len(self._buttons) == 1:
            button.setChecked(True)

    def current(self) -> str:
        """The key of the current place, empty while there is none."""
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def set_current(self, key: str) -> None:
        """Make a place current; KeyError for an unknown one."""
        self._buttons[key].setChecked(True)

    def set_badge(self, key: str, text: str, spoken: str = "") -> None:
        """Put a count in the danger colour at a place, empty for none; `spoken` says it in words."""
        button = self._buttons[key]
        button.badge = text
        button.setAccessibleDescription(spoken)
        button.setToolTip(spoken)
        button.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down (and Home, End) make the neighbour current."""
        keys = [button.key for button in self._in_order()]
        if not keys:
            return
        position = keys.index(self.current())
        match event.key():
            case Qt.Key.Key_Up:
                position = max(position - 1, 0)
            case Qt.Key.Key_Down:
                position = min(position + 1, len(keys) - 1)
            case Qt.Key.Key_Home:
                position = 0
            case Qt.Key.Key_End:
                position = len(keys) - 1
            case _:
                super().keyPressEvent(event)
                return
        self.set_current(keys[position])
        self._buttons[keys[position]].setFocus(Qt.FocusReason.TabFocusReason)

    def _in_order(self) -> list[_RailButton]:
        return sorted(self._buttons.values(), key=self._layout.indexOf)

    @Slot(QAbstractButton, bool)
    def _on_group_button_toggled(self, button: QAbstractButton, checked: bool) -> None:  # noqa: FBT001
        button.update()
        if checked and isinstance(button, _RailButton):
            self.current_changed.emit(button.key)
