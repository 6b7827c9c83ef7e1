# SPDX-License-Identifier: MIT
"""Text that comes from a directory is data: it is shown as it is, never interpreted."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from jit_desktop.ui.theme import Role, set_role

if TYPE_CHECKING:
    from PySide6.QtGui import QFontMetrics

_ELLIPSIS_ROOM = 6
"""Average characters an elided label always keeps room for."""


def plain_tooltip(text: str) -> str:
    """`text` for `setToolTip`, where Qt would otherwise read `<` as the start of a tag."""
    return f"<p>{html.escape(text)}</p>" if "<" in text or "&" in text else text


def plain_label(text: str = "", role: Role | None = None, *, wrap: bool = False) -> QLabel:
    """A label that shows exactly `text`, in the given role."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(wrap)
    if role is not None:
        set_role(label, role)
    return label


class ElidedLabel(QLabel):
    """One line of plain text that gives way in its middle; the whole is in the tooltip."""

    def __init__(
        self,
        text: str = "",
        role: Role | None = None,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if role is not None:
            set_role(self, role)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show `text`; line breaks become spaces."""
        super().setText(" ".join(text.splitlines()))
        self.setAccessibleName(self.text())
        self._update_tooltip()

    def is_elided(self) -> bool:
        """Whether the text did not fit."""
        return self._shown(self.fontMetrics()) != self.text()

    def minimumSizeHint(self) -> QSize:
        """Room for a few characters only: the label never widens its window."""
        metrics = self.fontMetrics()
        room = min(metrics.averageCharWidth() * _ELLIPSIS_ROOM, super().sizeHint().width())
        return QSize(room, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._update_tooltip()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._update_tooltip()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        area = self.contentsRect()
        painter.drawText(
            area, int(self.alignment() | Qt.TextFlag.TextSingleLine), self._shown(painter.fontMetrics())
        )

    def _shown(self, metrics: QFontMetrics) -> str:
        return metrics.elidedText(self.text(), self._mode, self.contentsRect().width())

    def _update_tooltip(self) -> None:
        self.setToolTip(plain_tooltip(self.text()) if self.is_elided() else "")
