# SPDX-License-Identifier: MIT
"""No part of a window is shown before it has its place in it: on Windows it would flash up as a window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from typing_extensions import override

from jit_desktop.ui.widgets.banner import EmptyState
from jit_desktop.ui.widgets.panes import SectionHeader


class Flashes(QObject):
    """Hears of every widget that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self.shown.append(type(watched).__name__)
        return False


@pytest.mark.parametrize(
    "make",
    [
        lambda: SectionHeader("Title", "A sentence."),
        lambda: EmptyState("elevations", "Nothing", "A sentence.", action="Do something"),
    ],
    ids=["a header with a sentence", "an empty state with an action"],
)
def test_that_what_is_built_shows_nothing(qapp: QApplication, make: Callable[[], QWidget]) -> None:
    flashes = Flashes()
    qapp.installEventFilter(flashes)
    try:
        widget = make()
    finally:
        qapp.removeEventFilter(flashes)
    assert flashes.shown == []
    widget.deleteLater()
