# SPDX-License-Identifier: MIT
"""The groups or accounts of a provider as a table: display name (edited in place), name, and place."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from jit_desktop.elevation.identity import ObjectGuid, ObjectRef
from jit_desktop.elevation.ports import EntryKind
from jit_desktop.ui.pickers.entry_words import (
    icon_name,
    one_line,
    place_words,
    plain_tool_tip,
    protected_words,
)
from jit_desktop.ui.settings.findings import Finding, Findings, finding_words
from jit_desktop.ui.theme import Token, icon, theme
from jit_desktop.ui.widgets import Severity

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole


class ObjectColumn(enum.IntEnum):
    """What a column is about."""

    DISPLAY_NAME = 0
    PEN = 1
    NAME = 2
    PLACE = 3


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One group or account."""

    ref: ObjectRef
    display_name: str = ""

    @property
    def label(self) -> str:
        """What people see elsewhere."""
        return self.display_name or self.ref.name


class ObjectTable(QAbstractTableModel):
    """Rows keep their identity by GUID: an edit of one moves no other and keeps the selection."""

    renamed = Signal(str, str)
    """GUID and new display name, as typed."""

    def __init__(self, kind_icon: str, name_title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kind_icon = kind_icon
        self._name_title = name_title
        self._rows: list[ObjectRow] = []
        self._findings = Findings()

    def set_rows(self, rows: Sequence[ObjectRow]) -> None:
        """Show these; rows that stay where they are stay selected."""
        new = list(rows)
        self._remove_others({row.ref.guid for row in new})
        kept = len(self._rows)
        if [row.ref.guid for row in self._rows] != [row.ref.guid for row in new[:kept]]:
            self.beginResetModel()
            self._rows = new
            self.endResetModel()
            return
        if len(new) > kept:
            self.beginInsertRows(QModelIndex(), kept, len(new) - 1)
            self._rows = new
            self.endInsertRows()
        self._rows = new
        self._all_changed()

    def set_findings(self, findings: Findings) -> None:
        """Tell beside each row what became of it."""
        self._findings = findings
        self._all_changed()

    def row(self, index: _Index) -> ObjectRow:
        """What stands in a row."""
        return self._rows[index.row()]

    def finding(self, guid: ObjectGuid) -> Finding | None:
        """What is known of an object."""
        return self._findings.by_guid.get(guid)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(ObjectColumn)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        if index.column() == ObjectColumn.DISPLAY_NAME:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        severity, words = finding_words(self.finding(row.ref.guid))
        if role == _Role.ToolTipRole:
            if index.column() == ObjectColumn.PEN:
                return self.tr("Edit the display name")
            return plain_tool_tip(row.label, row.ref.dn, words, self._protection(row))
        match ObjectColumn(index.column()):
            case ObjectColumn.DISPLAY_NAME:
                return self._label_data(row, role)
            case ObjectColumn.PEN:
                return self._pen_data(role)
            case ObjectColumn.NAME:
                return self._name_data(row, role)
            case ObjectColumn.PLACE:
                return _place_data(row, severity, words, role)

    def setData(self, index: _Index, value: object, role: int = _Role.EditRole) -> bool:
        if role != _Role.EditRole or index.column() != ObjectColumn.DISPLAY_NAME:
            return False
        self.renamed.emit(self._rows[index.row()].ref.guid, str(value))
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> object:
        if role != _Role.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return (self.tr("Display name"), "", self._name_title, self.tr("Where"))[section]

    def _protection(self, row: ObjectRow) -> str:
        """What follows from the protection of a group by AdminSDHolder, as far as it is known."""
        finding = self.finding(row.ref.guid)
        entry = finding.now if finding is not None else None
        return protected_words(entry) if entry is not None and entry.kind is EntryKind.GROUP else ""

    def _name_data(self, row: ObjectRow, role: int) -> object:
        is_protected = bool(self._protection(row))
        match role:
            case _Role.DisplayRole:
                return one_line(row.ref.name)
            case _Role.DecorationRole if is_protected:
                return icon("shield", Token.WARNING)
            case _Role.AccessibleTextRole if is_protected:
                return self.tr("{name}, protected").format(name=one_line(row.ref.name))
            case _:
                return None

    def _pen_data(self, role: int) -> object:
        match role:
            case _Role.DecorationRole:
                return icon("edit", Token.TEXT_MUTED)
            case _Role.AccessibleTextRole:
                return self.tr("Edit the display name")
            case _:
                return None

    def _label_data(self, row: ObjectRow, role: int) -> object:
        match role:
            case _Role.DisplayRole:
                return one_line(row.label)
            case _Role.EditRole:
                return row.label
            case _Role.DecorationRole:
                entry = self.finding(row.ref.guid)
                known = entry.now if entry is not None else None
                return icon(icon_name(known) if known is not None else self._kind_icon, Token.TEXT_MUTED)
            case _:
                return None

    def _remove_others(self, wanted: set[ObjectGuid]) -> None:
        for position in reversed(range(len(self._rows))):
            if self._rows[position].ref.guid not in wanted:
                self.beginRemoveRows(QModelIndex(), position, position)
                del self._rows[position]
                self.endRemoveRows()

    def _all_changed(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(ObjectColumn) - 1))


def _place_data(row: ObjectRow, severity: Severity, words: str, role: int) -> object:
    match role:
        case _Role.DisplayRole:
            return words or one_line(place_words(row.ref.dn))
        case _Role.DecorationRole if words:
            return icon(severity.icon_name, severity.token)
        case _Role.ForegroundRole:
            return theme().color(severity.token if words else Token.TEXT_MUTED)
        case _:
            return None
