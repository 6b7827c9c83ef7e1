# SPDX-License-Identifier: MIT
"""The open elevations as a table that changes in place: rows keep their place and the selection survives."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QModelIndex, QObject, Qt, Slot

from jit_desktop.elevation.identity import ElevationId, ProviderId
from jit_desktop.elevation.model import Elevation
from jit_desktop.ui.models import wording
from jit_desktop.ui.models.board import Board
from jit_desktop.ui.models.record_model import RECORD_ROLE, SORT_ROLE, Index, RecordModel
from jit_desktop.ui.models.standing import Standing, failure_beside, standing_on
from jit_desktop.ui.theme import Token, icon, theme
from jit_desktop.ui.widgets import (
    CaptionedDelegate,
    TimeLeftDelegate,
    format_absolute,
    format_moment,
    plain_tooltip,
)


class Column(enum.IntEnum):
    """The columns in the order in which they are shown."""

    ACCOUNT = 0
    PRIVILEGES = 1
    STATE = 2
    TIME_LEFT = 3
    ENDS_AT = 4
    GUARANTEE = 5
    ASKED_BY = 6
    REASON = 7


class ElevationTableModel(RecordModel):
    """Shows the open elevations of the board, keyed by their id."""

    def __init__(
        self, board: Board, now_of: Callable[[ProviderId], datetime], parent: QObject | None = None
    ) -> None:
        """``now_of`` gives the time on a provider's clock (UTC) without blocking; asked every second."""
        super().__init__(parent)
        self._titles = (
            self.tr("Account"),
            self.tr("Privileges"),
            self.tr("State"),
            self.tr("Time left"),
            self.tr("Ends at"),
            self.tr("Guarantee"),
            self.tr("Asked by"),
            self.tr("Reason"),
        )
        self._board = board
        self._now_of = now_of
        self._rows: list[Elevation] = list(board.elevations)
        self._drawn: dict[ElevationId, Standing] = {}
        board.elevation_changed.connect(self._on_board_elevation_changed)
        board.elevation_ended.connect(self._on_board_elevation_ended)

    # what is where

    def elevation_at(self, row: int) -> Elevation:
        """The elevation of a row of this model (not of a proxy)."""
        return self._rows[row]

    def index_of(self, elevation_id: ElevationId) -> QModelIndex:
        """The first cell of an elevation; invalid where it is not open."""
        row = self._row_of(elevation_id)
        return QModelIndex() if row is None else self.index(row, Column.ACCOUNT)

    def _row_of(self, elevation_id: ElevationId) -> int | None:
        return next((row for row, e in enumerate(self._rows) if e.id == elevation_id), None)

    # Qt's interface

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        elevation = self._rows[index.row()]
        column = Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(elevation, column)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tool_tip(elevation, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return (
                    f"{self.headerData(column, Qt.Orientation.Horizontal)}: {self._text(elevation, column)}"
                )
            case Qt.ItemDataRole.DecorationRole if column is Column.STATE:
                look = self.standing_of(elevation).look
                return icon(look.icon, look.token)
            case Qt.ItemDataRole.DecorationRole if column is Column.GUARANTEE:
                by_directory = elevation.directory_ends_at is not None
                return icon("shield" if by_directory else "clock", Token.TEXT_MUTED)
            case Qt.ItemDataRole.ForegroundRole if column is Column.STATE:
                return theme().color(self.standing_of(elevation).look.token)
            case CaptionedDelegate.ROLE if column is Column.STATE:
                standing = self.standing_of(elevation)
                return standing.look.word, standing.caption
            case TimeLeftDelegate.ROLE if column is Column.TIME_LEFT:
                is_alarm = self._board.is_alarm(elevation)
                return wording.time_left(elevation, self.now_of(elevation), is_alarm=is_alarm)
            case _ if role == RECORD_ROLE:
                return elevation
            case _ if role == SORT_ROLE:
                return self._sort_value(elevation, column)
            case _:
                return None

    def _text(self, elevation: Elevation, column: Column) -> str:
        match column:
            case Column.ACCOUNT:
                return elevation.account.name
            case Column.PRIVILEGES:
                return elevation.label
            case Column.STATE:
                return self.standing_of(elevation).words
            case Column.TIME_LEFT:
                is_alarm = self._board.is_alarm(elevation)
                return wording.time_left_words(elevation, self.now_of(elevation), is_alarm=is_alarm)
            case Column.ENDS_AT:
                return format_moment(elevation.deadline, self.now_of(elevation))
            case Column.GUARANTEE:
                return wording.guarantee_short(elevation, self.now_of(elevation))
            case Column.ASKED_BY:
                return elevation.requested_by
            case Column.REASON:
                return " · ".join(part for part in (elevation.ticket, elevation.reason) if part)

    def _tool_tip(self, elevation: Elevation, column: Column) -> str:
        match column:
            case Column.TIME_LEFT | Column.ENDS_AT:
                return format_absolute(elevation.deadline)
            case Column.GUARANTEE:
                return wording.guarantee_of(elevation, self.now_of(elevation))
            case Column.STATE:
                standing = self.standing_of(elevation)
                failure = failure_beside(standing, elevation)
                said = (standing.words, standing.explanation, elevation.suspicion, failure)
                return plain_tooltip("\n".join(part for part in said if part))
            case Column.PRIVILEGES:
                return plain_tooltip("\n".join(p.label for p in elevation.privileges))
            case _:
                return plain_tooltip(self._text(elevation, column))

    def _sort_value(self, elevation: Elevation, column: Column) -> object:
        if column in (Column.TIME_LEFT, Column.ENDS_AT):
            return elevation.deadline.timestamp()
        return self._text(elevation, column).casefold()

    # changes

    def now_of(self, elevation: Elevation) -> datetime:
        """The present time (UTC) on the clock that the elevation's deadline counts by."""
        return self._now_of(elevation.provider_id)

    def standing_of(self, elevation: Elevation) -> Standing:
        """How an elevation stands at this moment."""
        return standing_on(self._board, elevation)

    @Slot()
    def tick(self) -> None:
        """Let the views draw anew what time alone changes; touches nothing but memory."""
        standings = {e.id: self.standing_of(e) for e in self._rows}
        for row, elevation in enumerate(self._rows):
            if self._drawn.get(elevation.id, standings[elevation.id]) != standings[elevation.id]:
                cell = self.index(row, Column.STATE)
                self.dataChanged.emit(cell, cell)
        self._drawn = standings
        if self._rows:
            last = len(self._rows) - 1
            self.dataChanged.emit(
                self.index(0, Column.TIME_LEFT),
                self.index(last, Column.TIME_LEFT),
                [Qt.ItemDataRole.DisplayRole, TimeLeftDelegate.ROLE],
            )

    @Slot(object)
    def _on_board_elevation_changed(self, elevation: Elevation) -> None:
        row = self._row_of(elevation.id)
        if row is None:
            row = len(self._rows)
            self.beginInsertRows(QModelIndex(), row, row)
            self._rows.append(elevation)
            self.endInsertRows()
            return
        self._rows[row] = elevation
        self._drawn.pop(elevation.id, None)
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(Column) - 1))

    @Slot(object)
    def _on_board_elevation_ended(self, elevation: Elevation) -> None:
        row = self._row_of(elevation.id)
        if row is not None:
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._rows[row]
            self.endRemoveRows()


def elevation_of(index: Index) -> Elevation:
    """The elevation behind an index of the model or of a proxy over it."""
    elevation = index.data(RECORD_ROLE)
    assert isinstance(elevation, Elevation)
    return elevation
