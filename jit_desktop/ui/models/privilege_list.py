# SPDX-License-Identifier: MIT
"""The privileges that an account may have, to be ticked one by one or by the set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot

from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.settings import DomainProvider, PrivilegeSet, ProviderPrivilege
from jit_desktop.ui.theme import icon, theme
from jit_desktop.ui.widgets import plain_tooltip

Index = QModelIndex | QPersistentModelIndex

NOTE_ROLE: Final = int(Qt.ItemDataRole.UserRole)
"""A second line in small: the group's own name, or what a set contains."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A set or a privilege, with the groups that ticking it chooses."""

    title: str
    note: str
    tool_tip: str
    icon: str
    guids: frozenset[ObjectGuid]


class PrivilegeListModel(QAbstractListModel):
    """Sets first, then single privileges; a set is ticked when all that it contains is."""

    choice_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._privileges: tuple[ProviderPrivilege, ...] = ()
        self._rows: list[_Row] = []
        self._has_account = False
        self._chosen: set[ObjectGuid] = set()
        theme().scheme_changed.connect(self._on_theme_scheme_changed)

    @property
    def has_account(self) -> bool:
        """Whether it is known for whom the privileges are."""
        return self._has_account

    @property
    def chosen(self) -> tuple[ProviderPrivilege, ...]:
        """What is ticked, in the order of the settings."""
        return tuple(p for p in self._privileges if p.group.guid in self._chosen)

    def set_offer(self, provider: DomainProvider | None, account: ObjectGuid | None) -> None:
        """Offer what ``account`` may have; what was ticked and is still offered stays ticked."""
        self.beginResetModel()
        self._privileges = ()
        self._rows = []
        self._has_account = account is not None
        if provider is not None and account is not None:
            self._privileges = provider.privileges_for(account)
            self._rows = [
                *_set_rows(provider.sets_for(account), self._privileges),
                *map(_privilege_row, self._privileges),
            ]
        self._chosen &= {p.group.guid for p in self._privileges}
        self.endResetModel()
        self.choice_changed.emit()

    def choose(self, guids: Iterable[ObjectGuid]) -> None:
        """Tick exactly these, as far as they are offered."""
        self._chosen = set(guids) & {p.group.guid for p in self._privileges}
        self._announce()

    # Qt's interface

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsUserCheckable
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return row.title
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return row.note
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(row.tool_tip)
            case Qt.ItemDataRole.DecorationRole:
                return icon(row.icon)
            case Qt.ItemDataRole.CheckStateRole:
                return self._check_state(row)
            case _ if role == NOTE_ROLE:
                return row.note
            case _:
                return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if not index.isValid() or role != Qt.ItemDataRole.CheckStateRole:
            return False
        guids = self._rows[index.row()].guids
        if Qt.CheckState(value) is Qt.CheckState.Checked:
            self._chosen |= guids
        else:
            self._chosen -= guids
        self._announce()
        return True

    def _check_state(self, row: _Row) -> Qt.CheckState:
        ticked = len(row.guids & self._chosen)
        if ticked == 0:
            return Qt.CheckState.Unchecked
        return Qt.CheckState.Checked if ticked == len(row.guids) else Qt.CheckState.PartiallyChecked

    def _announce(self) -> None:
        if self._rows:
            self.dataChanged.emit(
                self.index(0), self.index(len(self._rows) - 1), [Qt.ItemDataRole.CheckStateRole]
            )
        self.choice_changed.emit()

    @Slot()
    def _on_theme_scheme_changed(self) -> None:
        if self._rows:
            self.dataChanged.emit(
                self.index(0), self.index(len(self._rows) - 1), [Qt.ItemDataRole.DecorationRole]
            )


def _set_rows(sets: Iterable[PrivilegeSet], privileges: tuple[ProviderPrivilege, ...]) -> Iterable[_Row]:
    for bundle in sets:
        labels = [p.label for p in privileges if p.group.guid in bundle.privileges]
        if labels:
            guids = frozenset(p.group.guid for p in privileges if p.group.guid in bundle.privileges)
            yield _Row(bundle.name, ", ".join(labels), "\n".join(labels), "privilege-set", guids)


def _privilege_row(privilege: ProviderPrivilege) -> _Row:
    own_name = privilege.group.name
    note = own_name if own_name != privilege.label else ""
    return _Row(privilege.label, note, str(privilege.group.dn), "key", frozenset({privilege.group.guid}))
