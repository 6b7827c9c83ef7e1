# SPDX-License-Identifier: MIT
"""The answer of a search in the directory as a list that says where each entry lies."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot

from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.ports import DirectoryEntry
from jit_desktop.ui.pickers.choice import Choice
from jit_desktop.ui.pickers.entry_data import EntryColumn, entry_data, entry_flags

_Index = QModelIndex | QPersistentModelIndex


class ResultsModel(QAbstractTableModel):
    """Entries in the order in which the directory gave them; ticks where a `Choice` is given."""

    def __init__(self, choice: Choice | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        self._entries: Sequence[DirectoryEntry] = ()
        self._rows: dict[ObjectGuid, int] = {}
        if choice is not None:
            choice.changed.connect(self._on_choice_changed)

    def set_entries(self, entries: Sequence[DirectoryEntry]) -> None:
        """Show these instead of what was shown."""
        self.beginResetModel()
        self._entries = entries
        self._rows = {entry.guid: row for row, entry in enumerate(entries)}
        self.endResetModel()

    def entry(self, index: _Index) -> DirectoryEntry | None:
        """The entry in that row."""
        return self._entries[index.row()] if index.isValid() else None

    def index_of(self, guid: ObjectGuid) -> QModelIndex:
        """The row of an entry; invalid where it is not among them."""
        row = self._rows.get(guid)
        return QModelIndex() if row is None else self.index(row, 0)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(EntryColumn)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = entry_flags(self._entries[index.row()], EntryColumn(index.column()), self._choice)
        return flags | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        return entry_data(self._entries[index.row()], EntryColumn(index.column()), role, self._choice)

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        entry = self.entry(index)
        if role != Qt.ItemDataRole.CheckStateRole or entry is None or self._choice is None:
            return False
        return self._choice.toggle(entry)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return (self.tr("Name"), self.tr("Kind"), self.tr("Where"))[section]

    @Slot(str)
    def _on_choice_changed(self, guid: str) -> None:
        index = self.index_of(ObjectGuid(guid))
        if index.isValid():
            self.dataChanged.emit(index, index.siblingAtColumn(self.columnCount() - 1))
