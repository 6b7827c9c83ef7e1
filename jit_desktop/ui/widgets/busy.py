# SPDX-License-Identifier: MIT
"""That something is under way, without moving anything else."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QElapsedTimer, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from jit_desktop.ui.theme import ICON_SMALL, Token, theme

_FRAME_MS: Final = 33
_TURN_MS: Final = 1000
_ARC_DEGREES: Final = 270
SHOW_AFTER_MS: Final = 400
"""Shorter work shows nothing: a flash would only disturb."""


class _Animation(QWidget):
    """What both share: they come late, move only while visible, and stand still if the user wants."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._is_busy = False
        self._is_shown = False
        self._clock = QElapsedTimer()
        self._frames = QTimer(self, interval=_FRAME_MS)
        self._frames.timeout.connect(self.update)
        self._delay = QTimer(self, interval=SHOW_AFTER_MS, singleShot=True)
        self._delay.timeout.connect(self._on_delay_timeout)

    @property
    def is_busy(self) -> bool:
        """Whether `set_busy` said so last, shown already or not."""
        return self._is_busy

    def set_busy(self, busy: bool, *, at_once: bool = False) -> None:  # noqa: FBT001 - reads like setVisible
        """Begin (after a moment, or `at_once`) or end to show that something is under way."""
        if busy == self._is_busy and not (busy and at_once):
            return
        self._is_busy = busy
        self._delay.stop()
        if not busy:
            self._show_movement(shown=False)
        elif at_once:
            self._on_delay_timeout()
        else:
            self._delay.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_movement(shown=self._is_shown)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._frames.stop()

    @Slot()
    def _on_delay_timeout(self) -> None:
        self._show_movement(shown=True)

    def _show_movement(self, *, shown: bool) -> None:
        self._is_shown = shown
        may_move = self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0
        if shown and self.isVisible() and may_move:
            self._clock.start()
            self._frames.start()
        else:
            self._frames.stop()
        self.update()

    def _turn(self) -> float:
        return (self._clock.elapsed() % _TURN_MS) / _TURN_MS if self._clock.isValid() else 0.0


class Spinner(_Animation):
    """A turning arc of icon size; it keeps its room when it shows nothing."""

    def __init__(self, size: int = ICON_SMALL, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Working"))

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._is_shown:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        stroke = max(self._size / 9, 1.75)
        area = QRectF(self.rect()).adjusted(stroke, stroke, -stroke, -stroke)
        painter.setPen(QPen(theme().color(Token.TRACK), stroke))
        painter.drawEllipse(area)
        pen = QPen(theme().color(Token.FILL), stroke)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(area, round((90 - self._turn() * 360) * 16), (360 - _ARC_DEGREES) * -16)


class BusyLine(_Animation):
    """A thin line across a list or a window in which a light runs; empty, it keeps its two pixels."""

    _HEIGHT = 2

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(self._HEIGHT)
        self.setAccessibleName(self.tr("Working"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._is_shown:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color(Token.TRACK))
        length = self.width() // 4
        start = round(self._turn() * (self.width() + length)) - length
        painter.fillRect(start, 0, length, self._HEIGHT, theme().color(Token.FILL))
