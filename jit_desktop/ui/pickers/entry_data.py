# SPDX-License-Identifier: MIT
"""What a row about an entry of the directory shows under each role, for the tree and for the lists alike."""

from __future__ import annotations

import enum
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QBrush

from jit_desktop.elevation.ports import DirectoryEntry
from jit_desktop.ui.pickers.choice import Choice
from jit_desktop.ui.pickers.entry_words import (
    icon_name,
    kind_words,
    one_line,
    place_words,
    plain_tool_tip,
    protected_words,
)
from jit_desktop.ui.theme import Token, icon, theme

ENTRY_ROLE: Final = Qt.ItemDataRole.UserRole
"""The `DirectoryEntry` of the row; None for a note."""

_Role = Qt.ItemDataRole


class EntryColumn(enum.IntEnum):
    """What a column is about."""

    NAME = 0
    KIND = 1
    PLACE = 2


def _tr(text: str) -> str:
    return QCoreApplication.translate("DirectoryEntry", text)


def entry_data(entry: DirectoryEntry, column: EntryColumn, role: int, choice: Choice | None) -> object:
    """The value of `role` in `column` for `entry`; a tick in the name column where there is a choice."""
    if role == ENTRY_ROLE:
        return entry
    if role == _Role.ToolTipRole:
        obstacle = choice.obstacle(entry) if choice is not None else ""
        return plain_tool_tip(entry.dn, entry.description, protected_words(entry), obstacle)
    match column:
        case EntryColumn.NAME:
            return _name_data(entry, role, choice)
        case EntryColumn.KIND:
            return _kind_data(entry, role, choice)
        case EntryColumn.PLACE:
            return one_line(place_words(entry.dn)) if role == _Role.DisplayRole else _muted(role)


def entry_flags(entry: DirectoryEntry, column: EntryColumn, choice: Choice | None) -> Qt.ItemFlag:
    """What may be done with the row: what can't be ticked although it is of the right kind is greyed."""
    if choice is None or not choice.is_choosable(entry):
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
    if choice.obstacle(entry):
        return Qt.ItemFlag.ItemIsSelectable
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
    return flags | Qt.ItemFlag.ItemIsUserCheckable if column is EntryColumn.NAME else flags


def _name_data(entry: DirectoryEntry, role: int, choice: Choice | None) -> object:
    match role:
        case _Role.DisplayRole:
            return one_line(entry.name)
        case _Role.DecorationRole:
            return icon(icon_name(entry), Token.TEXT_MUTED)
        case _Role.AccessibleTextRole:
            return f"{one_line(entry.name)}, {_words(entry, choice)}"
        case _Role.AccessibleDescriptionRole:
            return entry.dn
        case _Role.CheckStateRole if choice is not None and choice.is_choosable(entry):
            ticked = entry.guid in choice or choice.is_taken(entry.guid)
            return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        case _:
            return None


def _kind_data(entry: DirectoryEntry, role: int, choice: Choice | None) -> object:
    match role:
        case _Role.DisplayRole:
            return _words(entry, choice)
        case _Role.DecorationRole if entry.protected:
            return icon("shield", Token.WARNING)
        case _:
            return _muted(role)


def _words(entry: DirectoryEntry, choice: Choice | None) -> str:
    words = [kind_words(entry)]
    if entry.protected:
        words.append(_tr("protected"))
    if choice is not None and choice.is_taken(entry.guid):
        words.append(_tr("in the list"))
    return ", ".join(words)


def note_data(state: str, problem: str, column: EntryColumn, role: int) -> object:
    """The value of `role` for the row that stands in a level which is loading, empty or failed."""
    if column is not EntryColumn.NAME:
        return None
    match role:
        case _Role.DisplayRole | _Role.AccessibleTextRole:
            match state:
                case "loading":
                    return _tr("Loading…")
                case "failed":
                    return _tr("{} Press Enter to try again.").format(one_line(problem))
                case _:
                    return _tr("Nothing to choose from in here")
        case _Role.DecorationRole:
            name, token = {
                "loading": ("wait", Token.TEXT_MUTED),
                "failed": ("error", Token.DANGER),
            }.get(state, ("info", Token.TEXT_MUTED))
            return icon(name, token)
        case _Role.ToolTipRole if problem:
            return plain_tool_tip(problem)
        case _:
            return _muted(role)


def _muted(role: int) -> object:
    return QBrush(theme().color(Token.TEXT_MUTED)) if role == _Role.ForegroundRole else None
