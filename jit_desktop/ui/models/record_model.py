# SPDX-License-Identifier: MIT
"""What the tables of records have in common: their size, their titles, and colours of the present scheme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot

from jit_desktop.ui.theme import theme

Index = QModelIndex | QPersistentModelIndex

RECORD_ROLE: Final = int(Qt.ItemDataRole.UserRole)
"""The whole record of a row."""
SORT_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
"""A native value that sorts as people expect."""


class RecordModel(QAbstractTableModel):
    """One record a row. Subclasses set ``_rows`` and ``_titles`` and give the cells."""

    _rows: Sequence[object]
    _titles: Sequence[str]
    """The headings of the columns, from the left."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        theme().scheme_changed.connect(self._on_theme_scheme_changed)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._titles[section]

    @Slot()
    def _on_theme_scheme_changed(self) -> None:
        if self._rows:
            last = self.index(len(self._rows) - 1, len(self._titles) - 1)
            roles = [Qt.ItemDataRole.DecorationRole, Qt.ItemDataRole.ForegroundRole]
            self.dataChanged.emit(self.index(0, 0), last, roles)
