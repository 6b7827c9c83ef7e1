# SPDX-License-Identifier: MIT
"""The privileged accounts as a table: who has each of them until when, and which are free."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from PySide6.QtCore import QModelIndex, QObject, Qt, Slot

from jit_desktop.elevation.identity import ElevationId, ObjectGuid, ProviderId
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import DirectoryEntry
from jit_desktop.elevation.settings import DomainProvider, PrivilegedAccount
from jit_desktop.ui.models.board import Board, Reading
from jit_desktop.ui.models.record_model import RECORD_ROLE, SORT_ROLE, Index, RecordModel
from jit_desktop.ui.models.standing import Standing, standing_on
from jit_desktop.ui.theme import Token, icon, theme
from jit_desktop.ui.widgets import CaptionedDelegate, format_absolute, format_moment, plain_tooltip

ACCOUNT_ROLE: Final = RECORD_ROLE
"""The whole :class:`AccountRow`."""


class Column(enum.IntEnum):
    """The columns in the order in which they are shown."""

    ACCOUNT = 0
    LOGON_NAME = 1
    STATUS = 2
    HOLDER = 3
    UNTIL = 4
    PROVIDER = 5
    ACTION = 6


class Availability(enum.IntEnum):
    """Whether an account can be had now; sorts the free ones first."""

    FREE = 0
    CHECKED_OUT = 1
    EXPIRED = 2
    DISABLED = 3
    MISSING = 4


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One privileged account with everything that is known of it."""

    provider: DomainProvider
    account: PrivilegedAccount
    elevation: Elevation | None = None
    """The open elevation that has it, ``None`` where it is free."""
    entry: DirectoryEntry | None = None
    """As the directory shows it; ``None`` while it was not read, or where it is missing."""
    is_missing: bool = False
    """Whether the directory says that there is no such account any more."""

    @property
    def key(self) -> tuple[ProviderId, ObjectGuid]:
        """What identifies the row."""
        return (self.provider.id, self.account.account.guid)

    @property
    def availability(self) -> Availability:
        """Whether it can be had. Being checked out goes before all else: that is what has to end."""
        if self.elevation is not None:
            return Availability.CHECKED_OUT
        if self.is_missing:
            return Availability.MISSING
        if self.entry is not None and not self.entry.enabled:
            return Availability.DISABLED
        if self.entry is not None and self.entry.expired:
            return Availability.EXPIRED
        return Availability.FREE


class AccountTableModel(RecordModel):
    """Shows the accounts of all providers on the board."""

    def __init__(
        self, board: Board, now_of: Callable[[ProviderId], datetime], parent: QObject | None = None
    ) -> None:
        """``now_of`` gives the time on a provider's clock (UTC) without blocking."""
        super().__init__(parent)
        self._titles = (
            self.tr("Account"),
            self.tr("Logon name"),
            self.tr("Status"),
            self.tr("Checked out by"),
            self.tr("Until"),
            self.tr("Domain provider"),
            "",
        )
        self._board = board
        self._now_of = now_of
        self._rows: list[AccountRow] = list(self._fresh_rows())
        self._drawn: dict[ElevationId, Standing] = {}
        board.providers_changed.connect(self._on_board_providers_changed)
        board.provider_status_changed.connect(self._on_board_provider_status_changed)
        board.elevation_changed.connect(self._on_board_elevation_changed)
        board.elevation_ended.connect(self._on_board_elevation_ended)
        board.knowledge_changed.connect(self._on_board_knowledge_changed)

    def row_at(self, row: int) -> AccountRow:
        """The account of a row of this model (not of a proxy)."""
        return self._rows[row]

    def index_of(self, key: tuple[ProviderId, ObjectGuid]) -> QModelIndex:
        """The first cell of an account; invalid where it is not listed."""
        for row, account in enumerate(self._rows):
            if account.key == key:
                return self.index(row, Column.ACCOUNT)
        return QModelIndex()

    # Qt's interface

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        column = Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tool_tip(row, column)
            case Qt.ItemDataRole.DecorationRole if column is Column.STATUS:
                name, token = self.status_icon(row)
                return icon(name, token)
            case Qt.ItemDataRole.ForegroundRole if column is Column.STATUS:
                return theme().color(self.status_icon(row)[1])
            case CaptionedDelegate.ROLE if column is Column.STATUS and row.elevation is not None:
                standing = self._standing(row.elevation)
                return standing.look.word, standing.caption
            case _ if role == ACCOUNT_ROLE:
                return row
            case _ if role == SORT_ROLE:
                return self._sort_value(row, column)
            case _:
                return None

    def _text(self, row: AccountRow, column: Column) -> str:
        elevation = row.elevation
        match column:
            case Column.ACCOUNT:
                return row.account.label
            case Column.LOGON_NAME:
                return row.account.account.name
            case Column.STATUS:
                return self.status_words(row)
            case Column.HOLDER:
                return elevation.requested_by if elevation else ""
            case Column.UNTIL:
                if elevation is None:
                    return ""
                return format_moment(elevation.deadline, self._now_of(elevation.provider_id))
            case Column.PROVIDER:
                return row.provider.name
            case Column.ACTION:
                return self.tr("Check out") if row.availability is Availability.FREE else ""

    def status_words(self, row: AccountRow) -> str:
        """Whether the account can be had, in words."""
        match row.availability:
            case Availability.FREE:
                return self.tr("Free") if self._is_read(row) else self.tr("Not known")
            case Availability.CHECKED_OUT:
                assert row.elevation is not None
                return self._standing(row.elevation).words
            case Availability.DISABLED:
                return self.tr("Disabled")
            case Availability.EXPIRED:
                return self.tr("Expired")
            case Availability.MISSING:
                return self.tr("Not found")

    def _is_read(self, row: AccountRow) -> bool:
        # What gives a right besides may give it to this account.
        is_given = row.provider.id in self._board.giving
        return self._board.reading(row.provider.id) is Reading.READ and not is_given

    def _standing(self, elevation: Elevation) -> Standing:
        return standing_on(self._board, elevation)

    def status_icon(self, row: AccountRow) -> tuple[str, Token]:
        """The icon that goes with the words for an account's status, and its colour."""
        match row.availability:
            case Availability.FREE:
                return ("check", Token.SUCCESS) if self._is_read(row) else ("wait", Token.TEXT_MUTED)
            case Availability.CHECKED_OUT:
                assert row.elevation is not None
                look = self._standing(row.elevation).look
                return (look.icon, look.token)
            case Availability.DISABLED | Availability.EXPIRED:
                return ("user-disabled", Token.TEXT_MUTED)
            case Availability.MISSING:
                return ("warning", Token.WARNING)

    @Slot()
    def tick(self) -> None:
        """Let the views draw anew what time alone changes; touches nothing but memory."""
        for number, row in enumerate(self._rows):
            if row.elevation is not None:
                shown = self._standing(row.elevation)
                if self._drawn.get(row.elevation.id, shown) != shown:
                    cell = self.index(number, Column.STATUS)
                    self.dataChanged.emit(cell, cell)
                self._drawn[row.elevation.id] = shown

    def _tool_tip(self, row: AccountRow, column: Column) -> str:
        if column in (Column.ACCOUNT, Column.LOGON_NAME):
            return plain_tooltip(str(row.account.account.dn))
        if column is Column.UNTIL and row.elevation is not None:
            return format_absolute(row.elevation.deadline)
        if column is Column.STATUS:
            match row.availability:
                case Availability.DISABLED:
                    return self.tr("The account is disabled in Active Directory.")
                case Availability.EXPIRED:
                    return self.tr("The account has expired in Active Directory.")
                case Availability.MISSING:
                    return self.tr("Active Directory has no such account any more.")
                case Availability.FREE if not self._is_read(row):
                    return self.tr("Free as far as known here; the domain was not read in the last minutes.")
                case Availability.CHECKED_OUT if row.elevation is not None:
                    return plain_tooltip(self._standing(row.elevation).explanation)
                case _:
                    return ""
        return plain_tooltip(self._text(row, column))

    def _sort_value(self, row: AccountRow, column: Column) -> object:
        if column is Column.STATUS:
            return int(row.availability)
        if column is Column.UNTIL:
            return row.elevation.deadline.timestamp() if row.elevation else float("inf")
        return self._text(row, column).casefold()

    # changes

    def _fresh_rows(self) -> Iterator[AccountRow]:
        holders = {(e.provider_id, e.account.guid): e for e in self._board.elevations}
        for provider in self._board.providers:
            seen = self._board.status(provider.id).accounts
            for account in provider.accounts:
                guid = account.account.guid
                entry = seen.get(guid)
                yield AccountRow(
                    provider,
                    account,
                    holders.get((provider.id, guid)),
                    entry,
                    is_missing=guid in seen and entry is None,
                )

    @Slot()
    def _on_board_providers_changed(self) -> None:
        self._refresh()

    @Slot(str)
    def _on_board_provider_status_changed(self, _provider_id: str) -> None:
        self._refresh()

    @Slot()
    def _on_board_knowledge_changed(self) -> None:
        if self._rows:
            last = self.index(len(self._rows) - 1, Column.STATUS)
            self.dataChanged.emit(self.index(0, Column.STATUS), last)

    def _refresh(self) -> None:
        fresh = list(self._fresh_rows())
        if [row.key for row in fresh] != [row.key for row in self._rows]:
            self.beginResetModel()
            self._rows = fresh
            self.endResetModel()
            return
        for number, row in enumerate(fresh):
            self._replace(number, row)

    @Slot(object)
    def _on_board_elevation_changed(self, elevation: Elevation) -> None:
        self._set_elevation(elevation, elevation)

    @Slot(object)
    def _on_board_elevation_ended(self, elevation: Elevation) -> None:
        self._set_elevation(elevation, None)

    def _set_elevation(self, about: Elevation, holder: Elevation | None) -> None:
        key = (about.provider_id, about.account.guid)
        for number, row in enumerate(self._rows):
            if row.key == key:
                self._replace(number, replace(row, elevation=holder))

    def _replace(self, number: int, row: AccountRow) -> None:
        if self._rows[number] != row:
            self._rows[number] = row
            self.dataChanged.emit(self.index(number, 0), self.index(number, len(Column) - 1))


def account_row_of(index: Index) -> AccountRow:
    """The account behind an index of the model or of a proxy over it."""
    row = index.data(ACCOUNT_ROLE)
    assert isinstance(row, AccountRow)
    return row
