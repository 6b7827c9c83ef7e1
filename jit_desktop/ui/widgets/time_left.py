# SPDX-License-Identifier: MIT
"""How much time an elevation has left: the largest thing in its row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from PySide6.QtCore import (
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from jit_desktop.ui.theme import GAP, GAP_TIGHT, ICON_SMALL, TextSize, Token, pixmap, theme
from jit_desktop.ui.widgets.durations import MINUTE, format_duration, format_time_left

_BAR_HEIGHT: Final = 6
_SOON_AT_MOST_SECONDS: Final = 10 * MINUTE
_SOON_PART: Final = 4
TIME_LEFT_ROW_HEIGHT: Final = 56


class Urgency(Enum):
    """How a time left is to be taken."""

    CALM = "calm"
    SOON = "soon"
    """The last ten minutes, or the last quarter of a short elevation."""
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """What the bar shows: of `total_seconds` there are `left_seconds` left; negative is overdue."""

    total_seconds: int
    left_seconds: int

    @property
    def urgency(self) -> Urgency:
        """How it is to be taken."""
        if self.left_seconds <= 0:
            return Urgency.OVERDUE
        if self.left_seconds <= min(_SOON_AT_MOST_SECONDS, self.total_seconds // _SOON_PART):
            return Urgency.SOON
        return Urgency.CALM

    @property
    def fraction(self) -> float:
        """The part that is left, from 0 to 1."""
        return min(max(self.left_seconds / max(self.total_seconds, 1), 0.0), 1.0)

    @property
    def text(self) -> str:
        """`1 h 12 min`, `4 min 10 s`, or the word for being late with how late it is."""
        if self.urgency is Urgency.OVERDUE:
            late = -self.left_seconds
            overdue = QCoreApplication.translate("TimeLeft", "Overdue")
            return f"{overdue} {format_duration(late - late % MINUTE)}" if late >= MINUTE else overdue
        return format_time_left(self.left_seconds)


_TOKENS: Final = {
    Urgency.CALM: (Token.TEXT, Token.FILL),
    Urgency.SOON: (Token.WARNING, Token.WARNING),
    Urgency.OVERDUE: (Token.DANGER, Token.DANGER),
}
_SIGNS: Final = {Urgency.SOON: "wait", Urgency.OVERDUE: "overdue"}


def paint_time_left(painter: QPainter, area: QRect, left: TimeLeft, device_ratio: float) -> None:
    """Paint text above bar, centred in the height of `area`."""
    look = theme()
    text_token, bar_token = _TOKENS[left.urgency]
    font = look.font(TextSize.HEADING, tabular=True)
    metrics = QFontMetrics(font)
    top = area.top() + (area.height() - metrics.height() - GAP_TIGHT - _BAR_HEIGHT) // 2
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    text_left = area.left()
    if sign := _SIGNS.get(left.urgency):
        drawn = pixmap(sign, ICON_SMALL, device_ratio, text_token)
        painter.drawPixmap(text_left, top + (metrics.height() - ICON_SMALL) // 2, drawn)
        text_left += ICON_SMALL + GAP_TIGHT
    painter.setFont(font)
    painter.setPen(look.color(text_token))
    words = QRect(text_left, top, area.right() - text_left + 1, metrics.height())
    shown = metrics.elidedText(left.text, Qt.TextElideMode.ElideRight, words.width())
    painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
    bar = QRectF(area.left(), top + metrics.height() + GAP_TIGHT, area.width(), _BAR_HEIGHT)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.color(Token.TRACK))
    radius = _BAR_HEIGHT / 2
    painter.drawRoundedRect(bar, radius, radius)
    is_overdue = left.urgency is Urgency.OVERDUE
    bar.setWidth(bar.width() if is_overdue else max(bar.width() * left.fraction, _BAR_HEIGHT))
    painter.setBrush(look.color(bar_token))
    painter.drawRoundedRect(bar, radius, radius)
    painter.restore()


class TimeLeftBar(QWidget):
    """Time left as a widget of its own, for the details pane."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._left = TimeLeft(0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def time_left(self) -> TimeLeft:
        """What is shown."""
        return self._left

    def set_time_left(self, left: TimeLeft) -> None:
        """Show `left`."""
        if left != self._left:
            self._left = left
            self.setAccessibleName(self.tr("Time left: {}").format(left.text))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, QFontMetrics(theme().font(TextSize.HEADING)).height() + GAP_TIGHT + _BAR_HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        paint_time_left(QPainter(self), self.rect(), self._left, self.devicePixelRatioF())


class TimeLeftDelegate(QStyledItemDelegate):
    """Paints a cell whose model answers `ROLE` with a TimeLeft; any other cell is drawn as usual."""

    ROLE: Final = Qt.ItemDataRole.UserRole + 41

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        hint = super().sizeHint(option, index)
        return QSize(max(hint.width(), 160), max(hint.height(), TIME_LEFT_ROW_HEIGHT))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        left = index.data(self.ROLE)
        if not isinstance(left, TimeLeft):
            super().paint(painter, option, index)
            return
        background = QStyleOptionViewItem(option)
        self.initStyleOption(background, index)
        background.text = ""
        background.icon = QIcon()
        option.widget.style().drawControl(
            QStyle.ControlElement.CE_ItemViewItem, background, painter, option.widget
        )
        ratio = painter.device().devicePixelRatioF()
        paint_time_left(painter, option.rect.adjusted(GAP, 0, -GAP, 0), left, ratio)
