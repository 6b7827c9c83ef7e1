# SPDX-License-Identifier: MIT
"""What has ended or failed, fetched page by page from the store while somebody scrolls."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QCoreApplication, QModelIndex, QObject, Qt, Signal

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ElevationId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.outcome import clock_words, not_confirmed, still_has, was_found_ended
from jit_desktop.ui.bridge import Scope
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.models import wording
from jit_desktop.ui.models.record_model import RECORD_ROLE, Index, RecordModel
from jit_desktop.ui.models.standing import remains_words
from jit_desktop.ui.theme import Token, icon, theme
from jit_desktop.ui.widgets import format_absolute, format_moment, plain_tooltip

PAGE: Final = 200
"""Rows that are fetched at once."""


class Column(enum.IntEnum):
    """The columns in the order in which they are shown."""

    ACCOUNT = 0
    PRIVILEGES = 1
    OUTCOME = 2
    STARTED = 3
    ENDED = 4
    ASKED_BY = 5
    REASON = 6


class HistoryTableModel(RecordModel):
    """Ended and failed elevations, latest first, as far as somebody has scrolled."""

    page_loaded = Signal()
    load_failed = Signal(object)
    """A :class:`JitError`: the store could not be read."""

    def __init__(self, context: UiContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._titles = (
            self.tr("Account"),
            self.tr("Privileges"),
            self.tr("Outcome"),
            self.tr("Started"),
            self.tr("Ended"),
            self.tr("Asked by"),
            self.tr("Reason"),
        )
        self._context = context
        self._scope = Scope(self)
        self._rows: list[Elevation] = []
        self._ids: set[ElevationId] = set()
        self._text = ""
        self._is_exhausted = True
        self._is_loading = False
        self._starts_over = False
        self._was_loaded = False

    @property
    def is_loading(self) -> bool:
        """Whether a page is on its way."""
        return self._is_loading

    @property
    def was_loaded(self) -> bool:
        """Whether the first page was ever read; before that an empty table means nothing."""
        return self._was_loaded

    @property
    def filter_text(self) -> str:
        """What the rows are filtered by."""
        return self._text

    def row_at(self, row: int) -> Elevation:
        """The elevation of a row."""
        return self._rows[row]

    def index_of(self, elevation_id: ElevationId) -> QModelIndex:
        """The first cell of an elevation; invalid where it is not among the rows fetched so far."""
        if elevation_id not in self._ids:
            return QModelIndex()
        return self.index(next(i for i, e in enumerate(self._rows) if e.id == elevation_id), 0)

    def set_filter(self, text: str) -> None:
        """Show only what has ``text`` in account, privilege, person, reason or ticket."""
        if text.strip() != self._text:
            self._text = text.strip()
            self.reload()

    def reload(self) -> None:
        """Read from the top; the present rows stay until the new ones are there."""
        self._starts_over = True
        self._fetch(offset=0)

    def refresh(self) -> None:
        """Look whether something is new at the top; the rows that are there stay where they are."""
        if not self._was_loaded or self._is_loading:
            self.reload()
            return
        store, text = self._context.store, self._text
        self._context.workers["store"].submit(
            lambda _control: store.history(limit=PAGE, offset=0, text=text),
            scope=self._scope,
            on_done=self._on_store_top_read,
            on_error=self._on_store_history_failed,
        )

    def _on_store_top_read(self, page: Sequence[Elevation]) -> None:
        fresh = [e for e in page if e.id not in self._ids]
        for elevation in page:
            self.update_row(elevation)
        if fresh:
            self._insert(0, fresh)
        self.page_loaded.emit()

    def update_row(self, elevation: Elevation) -> None:
        """Something about an elevation that ended before is known anew; nothing where it is not shown."""
        index = self.index_of(elevation.id)
        if index.isValid() and self._rows[index.row()] != elevation:
            self._rows[index.row()] = elevation
            self.dataChanged.emit(index, index.siblingAtColumn(len(Column) - 1))

    def _insert(self, row: int, fresh: Sequence[Elevation]) -> None:
        self.beginInsertRows(QModelIndex(), row, row + len(fresh) - 1)
        self._rows[row:row] = fresh
        self._ids.update(e.id for e in fresh)
        self.endInsertRows()

    def add_latest(self, elevation: Elevation) -> None:
        """An elevation has just ended: put it on top, or ask the store whether the filter lets it in."""
        if not self._was_loaded or self._starts_over:
            return
        if self._text:
            self.reload()
        elif elevation.id not in self._ids:
            self._insert(0, [elevation])

    # fetching

    def _fetch(self, *, offset: int) -> None:
        self._scope.renew()
        self._is_loading = True
        store, text = self._context.store, self._text
        self._context.workers["store"].submit(
            lambda _control: store.history(limit=PAGE, offset=offset, text=text),
            scope=self._scope,
            on_done=self._on_store_history_read,
            on_error=self._on_store_history_failed,
        )

    def _on_store_history_read(self, page: Sequence[Elevation]) -> None:
        self._was_loaded = True
        self._is_exhausted = len(page) < PAGE
        if self._starts_over:
            self._starts_over = False
            self.beginResetModel()
            self._rows = list(page)
            self._ids = {e.id for e in page}
            self.endResetModel()
        else:
            # What ended meanwhile pushed the pages down: a row may come twice.
            fresh = [e for e in page if e.id not in self._ids]
            if fresh:
                self._insert(len(self._rows), fresh)
        # Last: whoever asks for more while rows are being inserted would ask from the wrong place.
        self._is_loading = False
        self.page_loaded.emit()

    def _on_store_history_failed(self, error: BaseException) -> None:
        self._is_loading = False
        self._is_exhausted = True  # or the view would ask again and again
        if not isinstance(error, JitError):
            error = JitError(self.tr("The history could not be read."), remedy=self.tr("See the log file."))
        self.load_failed.emit(error)

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and not self._is_exhausted and not self._is_loading

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._fetch(offset=len(self._rows))

    # Qt's interface

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        elevation = self._rows[index.row()]
        column = Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._cell(elevation, column)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tool_tip(elevation, column)
            case Qt.ItemDataRole.DecorationRole if column is Column.OUTCOME:
                if has_warning(elevation):
                    return icon("warning", Token.WARNING)
                look = wording.state_look(elevation.state)
                return icon(look.icon, look.token)
            case Qt.ItemDataRole.ForegroundRole if column is Column.OUTCOME:
                if elevation.remains:
                    return theme().color(Token.WARNING)
                failed = elevation.state is State.FAILED
                return theme().color(wording.state_look(elevation.state).token) if failed else None
            case _ if role == RECORD_ROLE:
                return elevation
            case _:
                return None

    def _cell(self, elevation: Elevation, column: Column) -> str:
        now = self._context.clock.utc_now()
        match column:
            case Column.ACCOUNT:
                return elevation.account.name
            case Column.PRIVILEGES:
                return elevation.label
            case Column.OUTCOME:
                return outcome_words(elevation)
            case Column.STARTED:
                return format_moment(elevation.granted_at or elevation.requested_at, now)
            case Column.ENDED:
                if elevation.ended_at is None:
                    return ""
                when = format_moment(elevation.ended_at, now)
                return self.tr("by {time}").format(time=when) if was_found_ended(elevation) else when
            case Column.ASKED_BY:
                return elevation.requested_by
            case Column.REASON:
                return " · ".join(part for part in (elevation.ticket, elevation.reason) if part)

    def _tool_tip(self, elevation: Elevation, column: Column) -> str:
        match column:
            case Column.STARTED:
                return format_absolute(elevation.granted_at or elevation.requested_at)
            case Column.ENDED if elevation.ended_at:
                is_found = was_found_ended(elevation)
                found = self.tr("Found ended by then; it may have ended earlier.") if is_found else ""
                lines = (found, format_absolute(elevation.ended_at), clock_words(elevation.ended_clock))
                return "\n".join(line for line in lines if line)
            case Column.OUTCOME:
                said = (
                    outcome_words(elevation),
                    remains_words(elevation),
                    wording.unconfirmed_words(elevation),
                    elevation.leftover,
                    elevation.failure,
                )
                return plain_tooltip("\n".join(part for part in said if part))
            case _:
                return plain_tooltip(self._cell(elevation, column))


def has_warning(elevation: Elevation) -> bool:
    """Whether an end left something to look after."""
    return bool(elevation.unconfirmed_on or elevation.remains or elevation.leftover)


def outcome_words(elevation: Elevation) -> str:
    """How an elevation ended, or that it failed, in a few words; what the account still has comes first."""
    if elevation.remains:
        how = wording.state_look(elevation.state).word
        return _tr("{how}; {what}").format(how=how, what=still_has(elevation))
    reason = wording.end_reason_words(elevation.end_reason)
    if elevation.state is State.FAILED or not reason:
        reason = wording.state_look(elevation.state).word
    what = not_confirmed(elevation, short=True)
    return _tr("{outcome}; {what}").format(outcome=reason, what=what) if what else reason


def _tr(text: str) -> str:
    return QCoreApplication.translate("History", text)
