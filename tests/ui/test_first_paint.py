# SPDX-License-Identifier: MIT
"""That a window is painted is told once, after it was."""

from __future__ import annotations

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from typing_extensions import override

from jit_desktop.ui.first_paint import FirstPaint


class Painted(QWidget):
    """Keeps what happened to it."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self.told.append("painting")
        super().paintEvent(event)


def test_that_the_first_painting_is_told_when_it_is_over_and_no_other(qtbot: QtBot) -> None:
    window = Painted()
    qtbot.addWidget(window)
    first = FirstPaint(window)
    first.painted.connect(lambda: window.told.append("told"))
    with qtbot.waitSignal(first.painted):
        window.show()
    assert window.told == ["painting", "told"]
    window.repaint()
    qtbot.wait_until(lambda: window.told.count("painting") == 2)
    assert window.told.count("told") == 1
