# SPDX-License-Identifier: MIT
"""A combo box whose choices are the members of an enumeration."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Generic, TypeVar

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

E = TypeVar("E", bound=enum.Enum)


class EnumCombo(QComboBox, Generic[E]):
    """Shows words, gives members; `activated` tells that somebody chose."""

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
        """The page scrolls; nobody changes a setting by scrolling over it."""
        event.ignore()
