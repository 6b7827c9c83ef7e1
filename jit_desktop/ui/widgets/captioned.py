# SPDX-License-Identifier: MIT
"""A cell of an icon and a word, with a quiet second line under the word that says how sure it is."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from jit_desktop.ui.theme import GAP, GAP_TIGHT, ICON_SMALL, TextSize, Token, theme


class CaptionedDelegate(QStyledItemDelegate):
    """Paints a cell whose model answers `ROLE` with a word and a caption; icon and colour are the usual
    roles. What finds no room goes on in a second line.
    """

    ROLE: Final = Qt.ItemDataRole.UserRole + 42

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        hint = super().sizeHint(option, index)
        lines = QFontMetrics(option.font).height() + QFontMetrics(theme().font(TextSize.CAPTION)).height()
        return QSize(hint.width(), max(hint.height(), lines + GAP))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        texts = index.data(self.ROLE)
        if not isinstance(texts, tuple):
            super().paint(painter, option, index)
            return
        word, caption = texts
        background = QStyleOptionViewItem(option)
        self.initStyleOption(background, index)
        metrics = QFontMetrics(background.font)
        background.text = ""
        background.icon = QIcon()
        background.features &= ~QStyleOptionViewItem.ViewItemFeature.HasDecoration
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, background, painter, option.widget)
        small = theme().font(TextSize.CAPTION)
        area = option.rect.adjusted(GAP, 0, -GAP_TIGHT, 0)
        text = area.adjusted(ICON_SMALL + GAP_TIGHT + 2, 0, 0, 0)
        small_metrics = QFontMetrics(small)
        most = min(area.height() // metrics.height(), 3)
        lines = _in_lines(word, metrics, text, min(most - bool(caption), 2))
        captions = _in_lines(caption, small_metrics, text, most - len(lines)) if caption else []
        height = metrics.height() * len(lines) + small_metrics.height() * len(captions)
        top = area.top() + (area.height() - height) // 2
        painter.save()
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(picture, QIcon):
            place = QRect(area.left(), top + (metrics.height() - ICON_SMALL) // 2, ICON_SMALL, ICON_SMALL)
            picture.paint(painter, place)
        colour = index.data(Qt.ItemDataRole.ForegroundRole)
        painter.setPen(colour if isinstance(colour, QColor) else theme().color(Token.TEXT))
        painter.setFont(background.font)
        for line in lines:
            _draw(painter, line, QRect(text.left(), top, text.width(), metrics.height()), metrics)
            top += metrics.height()
        painter.setPen(theme().color(Token.TEXT_MUTED))
        painter.setFont(small)
        for line in captions:
            room = QRect(text.left(), top, text.width(), small_metrics.height())
            _draw(painter, line, room, small_metrics)
            top += small_metrics.height()
        painter.restore()


def _in_lines(text: str, metrics: QFontMetrics, room: QRect, most: int) -> list[str]:
    """The text in one line where it fits, else in as many as are allowed."""
    width = room.width() - 2  # what is measured whole is drawn with fractions
    if most < 2 or metrics.horizontalAdvance(text) <= width:
        return [text]
    first: list[str] = []
    rest = text.split(" ")
    while len(rest) > 1 and metrics.horizontalAdvance(" ".join([*first, rest[0]])) <= width:
        first.append(rest.pop(0))
    return [" ".join(first), " ".join(rest)] if first else [text]


def _draw(painter: QPainter, text: str, room: QRect, metrics: QFontMetrics) -> None:
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
