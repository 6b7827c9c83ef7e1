# SPDX-License-Identifier: MIT
"""What was ticked so far in a picker, shared by its tree, its search results and its list of chosen ones."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, QObject, Signal

from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.ports import DirectoryEntry, EntryKind


class Choice(QObject):
    """An ordered set of entries, by GUID; what is `taken` already shows as ticked and stays so."""

    changed = Signal(str)
    """The GUID of the entry that came or went."""

    def __init__(
        self, kinds: frozenset[EntryKind], taken: Iterable[ObjectGuid] = (), parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._kinds = kinds
        self._taken = frozenset(taken)
        self._entries: dict[ObjectGuid, DirectoryEntry] = {}

    @property
    def entries(self) -> tuple[DirectoryEntry, ...]:
        """What was ticked, in the order of ticking."""
        return tuple(self._entries.values())

    def is_taken(self, guid: ObjectGuid) -> bool:
        """Whether the entry was chosen before this picker opened."""
        return guid in self._taken

    def __contains__(self, guid: ObjectGuid) -> bool:
        return guid in self._entries

    def is_choosable(self, entry: DirectoryEntry) -> bool:
        """Whether `entry` is of a kind that may be chosen here, ticked or not, taken or not."""
        return entry.kind in self._kinds

    def obstacle(self, entry: DirectoryEntry) -> str:
        """Why `entry` can't be ticked although it is of the right kind; empty where it can."""
        if self.is_taken(entry.guid):
            return QCoreApplication.translate("Choice", "Already in the list.")
        if entry.kind is EntryKind.GROUP and not entry.security_enabled:
            return QCoreApplication.translate("Choice", "A distribution group gives no rights.")
        return ""

    def add(self, entry: DirectoryEntry) -> None:
        """Tick `entry`; nothing happens where that is not possible or was done before."""
        if entry.guid in self._entries or not self.is_choosable(entry) or self.obstacle(entry):
            return
        self._entries[entry.guid] = entry
        self.changed.emit(entry.guid)

    def discard(self, guid: ObjectGuid) -> None:
        """Take the tick away again."""
        if self._entries.pop(guid, None) is not None:
            self.changed.emit(guid)

    def toggle(self, entry: DirectoryEntry) -> bool:
        """Tick `entry`, or take its tick away; whether that was possible."""
        before = entry.guid in self._entries
        if before:
            self.discard(entry.guid)
        else:
            self.add(entry)
        return before != (entry.guid in self._entries)
