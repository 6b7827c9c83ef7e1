# SPDX-License-Identifier: MIT
"""Inputs that the mouse wheel leaves alone: who scrolls the page must not change a setting on the way."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Generic, TypeVar

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSpinBox, QWidget

E = TypeVar("E", bound=enum.Enum)


class EnumCombo(QComboBox, Generic[E]):
    """A choice among the members of an enumeration; `activated` tells that somebody chose."""

    def __init__(self, words: Mapping[E, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._members = list(words)
        self.addItems(list(words.values()))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def value(self) -> E:
        """The member that is shown."""
        return self._members[self.currentIndex()]

    def set_value(self, member: E) -> None:
        """Show `member`; that is no choice of the user."""
        with QSignalBlocker(self):
            self.setCurrentIndex(self._members.index(member))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class SteadySpinBox(QSpinBox):
    """A number."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
