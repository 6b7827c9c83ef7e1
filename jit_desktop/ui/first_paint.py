# SPDX-License-Identifier: MIT
"""Tells when a window has been painted for the first time: what a person calls "started"."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override


class FirstPaint(QObject):
    """Watches ``window``, and goes with it."""

    painted = Signal()
    """Once, when the first painting is over."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See the first painting go by; nothing is held up."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            # Not before the painting that begins now is over, children and all.
            QTimer.singleShot(0, self.painted.emit)
        return super().eventFilter(watched, event)
