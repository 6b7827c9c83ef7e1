# SPDX-License-Identifier: MIT
"""Names and values under each other in the details pane; a value can be copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from jit_desktop.ui.theme import CONTROL_HEIGHT, GAP, GAP_TIGHT, GAP_WIDE, Role, bind_icon, set_role
from jit_desktop.ui.widgets import ElidedLabel, plain_label, plain_tooltip


@dataclass(frozen=True, slots=True)
class Fact:
    """One line. ``key`` is part of the object name: ``fact.<key>``."""

    key: str
    name: str
    value: str
    tool_tip: str = ""
    can_copy: bool = False
    """Whether it is one long word that is elided and can be copied whole."""


class FactList(QWidget):
    """Facts with their names in one column; empty values are left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: tuple[Fact, ...] = ()
        self._values: dict[str, QLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP_WIDE)
        self._grid.setVerticalSpacing(GAP_TIGHT)
        self._grid.setColumnStretch(1, 1)

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Show these; where only values changed, nothing moves and a marked text stays marked."""
        shown = tuple(fact for fact in facts if fact.value)
        if shown == self._facts:
            return
        same_shape = [(f.key, f.can_copy) for f in shown] == [(f.key, f.can_copy) for f in self._facts]
        self._facts = shown
        if not same_shape:
            self._rebuild()
        for fact in shown:
            label = self._values[fact.key]
            label.setText(fact.value)
            label.setAccessibleName(f"{fact.name}: {fact.value}")
            if fact.tool_tip:
                label.setToolTip(plain_tooltip(fact.tool_tip))

    def value(self, key: str) -> str:
        """The value that is shown; empty where there is none."""
        return self._values[key].text() if key in self._values else ""

    def _rebuild(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._values = {}
        for row, fact in enumerate(self._facts):
            name = plain_label(fact.name, Role.MUTED)
            name.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            if fact.can_copy:
                name.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
                name.setFixedHeight(CONTROL_HEIGHT)
                self._grid.addWidget(self._copyable(fact), row, 1)
                continue
            value = plain_label(wrap=True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setObjectName(f"fact.{fact.key}")
            self._values[fact.key] = value
            self._grid.addWidget(value, row, 1)

    def _copyable(self, fact: Fact) -> QWidget:
        value = ElidedLabel()
        value.setObjectName(f"fact.{fact.key}")
        self._values[fact.key] = value
        button = QToolButton()
        button.setObjectName(f"fact.{fact.key}.copy")
        button.setAccessibleName(self.tr("Copy: {name}").format(name=fact.name))
        button.setToolTip(self.tr("Copy"))
        set_role(button, Role.QUIET)
        bind_icon(button, "copy")
        button.clicked.connect(lambda: QGuiApplication.clipboard().setText(value.text()))
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(value, 1)
        row.addWidget(button)
        return holder
