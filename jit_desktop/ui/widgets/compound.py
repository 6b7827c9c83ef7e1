# SPDX-License-Identifier: MIT
"""Inputs that consist of several, and how Tab goes through all of them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


class Compound(QWidget):
    """Several inputs that stand for one: its label, its problem and the focus given to it go to the main one.

    That is not Qt's focus proxy, because Tab jumps to a proxy and leaves out the inputs before it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._main: QWidget | None = None

    @property
    def main_input(self) -> QWidget:
        """The one that stands for all."""
        return self if self._main is None else main_input(self._main)

    def set_main_input(self, widget: QWidget) -> None:
        """Say which one stands for all."""
        self._main = widget

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """Put the cursor into the main input."""
        if self._main is None:
            super().setFocus(reason)
        else:
            self._main.setFocus(reason)


def main_input(editor: QWidget) -> QWidget:
    """The widget that has the focus when `editor` is given it."""
    return editor.main_input if isinstance(editor, Compound) else editor.focusProxy() or editor
