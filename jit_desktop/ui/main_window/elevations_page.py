# SPDX-License-Identifier: MIT
"""What is elevated right now, and how long still."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QModelIndex, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtWidgets import QPushButton, QStackedLayout, QVBoxLayout, QWidget

from jit_desktop.elevation.identity import ElevationId
from jit_desktop.elevation.model import Elevation
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.main_window.table_view import ColumnRoom, RecordTable
from jit_desktop.ui.models import wording
from jit_desktop.ui.models.elevation_table import Column, ElevationTableModel, elevation_of
from jit_desktop.ui.models.knowledge import doubt_words, nothing_words
from jit_desktop.ui.models.record_model import SORT_ROLE
from jit_desktop.ui.theme import Role, set_role
from jit_desktop.ui.widgets import TIME_LEFT_ROW_HEIGHT, CaptionedDelegate, EmptyState, TimeLeftDelegate

_ROOMS = {
    Column.ACCOUNT: ColumnRoom(136, share=2),
    Column.PRIVILEGES: ColumnRoom(122, share=4, rank=1),
    Column.STATE: ColumnRoom(136, share=2),
    Column.TIME_LEFT: ColumnRoom(166, share=2),
    Column.ENDS_AT: ColumnRoom(76, rank=2),
    Column.GUARANTEE: ColumnRoom(160, rank=3),
    Column.ASKED_BY: ColumnRoom(140, share=1, rank=4),
    Column.REASON: ColumnRoom(120, share=3, rank=5),
}


class ElevationsPage(QWidget):
    """Object names: ``elevations.table``, ``elevations.empty`` (its button is ``empty-action``)."""

    selection_changed = Signal(object)
    """The selected :class:`Elevation` or ``None``."""
    check_out_requested = Signal()
    settings_requested = Signal()
    opened = Signal(object)
    """An :class:`Elevation` that was double-clicked."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.model = ElevationTableModel(desk.board, desk.now, self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSortRole(SORT_ROLE)
        # Before anybody else hears of it: the view would select the neighbour, and *Check in* would be about
        # an elevation that nobody chose.
        self.model.rowsAboutToBeRemoved.connect(self._on_model_rows_about_to_be_removed)
        self._sorted.setSourceModel(self.model)
        self._table = RecordTable(_ROOMS)
        self._table.setObjectName("elevations.table")
        self._table.setAccessibleName(self.tr("Open elevations"))
        self._table.set_row_height(TIME_LEFT_ROW_HEIGHT)
        self._table.setModel(self._sorted)
        self._table.setItemDelegateForColumn(Column.TIME_LEFT, TimeLeftDelegate(self._table))
        self._table.setItemDelegateForColumn(Column.STATE, CaptionedDelegate(self._table))
        self._table.setSortingEnabled(True)
        self._table.sortByColumn(Column.TIME_LEFT, Qt.SortOrder.AscendingOrder)
        self._table.selectionModel().selectionChanged.connect(self._on_table_selection_changed)
        self._table.row_opened.connect(self._on_table_row_opened)
        self._empty = EmptyState("elevations", "", "", action="…")
        self._empty.setObjectName("elevations.empty")
        self._empty.action_requested.connect(self._on_empty_action_requested)
        pages = QWidget()
        self._stack = QStackedLayout(pages)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(pages)
        self.model.rowsInserted.connect(self._show_right_page)
        self.model.rowsRemoved.connect(self._show_right_page)
        self.model.dataChanged.connect(self._on_model_data_changed)
        desk.board.providers_changed.connect(self._show_right_page)
        desk.board.knowledge_changed.connect(self._show_right_page)
        desk.board.provider_status_changed.connect(self._show_right_page)
        desk.heartbeat.ticked.connect(self.model.tick)
        self._show_right_page()

    @property
    def selected(self) -> Elevation | None:
        """The selected elevation."""
        rows = self._table.selectionModel().selectedRows()
        return elevation_of(rows[0]) if rows else None

    def select(self, elevation_id: ElevationId) -> None:
        """Select an elevation and scroll to it; nothing where it is not open."""
        index = self._sorted.mapFromSource(self.model.index_of(elevation_id))
        if index.isValid():
            self._table.setCurrentIndex(index)
            self._table.scrollTo(index)

    def clear_selection(self) -> None:
        """Select nothing."""
        self._table.clearSelection()

    def focus_list(self) -> None:
        """Put the focus where the arrow keys move through the elevations, or on what comes next."""
        button = self._empty.findChild(QPushButton, "empty-action")
        (self._table if self.model.rowCount() or button is None else button).setFocus()

    @Slot()
    def _show_right_page(self) -> None:
        if self.model.rowCount():
            self._stack.setCurrentWidget(self._table)
            return
        is_new = self._desk.board.providers_are_known and not self._desk.board.providers
        if (button := self._empty.findChild(QPushButton, "empty-action")) is not None:
            set_role(button, Role.PRIMARY if is_new else Role.PLAIN)
        if not self._desk.board.providers_are_known:
            self._empty.set_words(self.tr("Reading…"), "")
            self._empty.set_action("")
        elif not self._desk.board.providers:
            self._empty.set_words(
                self.tr("No domain yet"),
                self.tr(
                    "Set up a domain provider: which domain, which groups may be lent, to which accounts."
                ),
            )
            self._empty.set_action(self.tr("Set up a domain…"))
        elif self._desk.board.alarm_count:
            self._empty.set_words(nothing_words(self._desk.board), self.tr("See what the strip above says."))
            self._empty.set_action("")
        elif doubt := doubt_words(self._desk.board):
            is_given = bool(self._desk.board.giving)
            title = nothing_words(self._desk.board) if is_given else self.tr("None known here")
            self._empty.set_words(title, wording.breakable(doubt))
            self._empty.set_action(self.tr("Check out…"))
        else:
            self._empty.set_words(
                self.tr("Nothing is elevated"),
                self.tr("Check out a privileged account for as long as you need it."),
            )
            self._empty.set_action(self.tr("Check out…"))
        self._stack.setCurrentWidget(self._empty)

    @Slot(QItemSelection, QItemSelection)
    def _on_table_selection_changed(self, _now: QItemSelection, _before: QItemSelection) -> None:
        self.selection_changed.emit(self.selected)

    @Slot(QModelIndex, int, int)
    def _on_model_rows_about_to_be_removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        current = self._sorted.mapToSource(self._table.currentIndex())
        if current.isValid() and first <= current.row() <= last:
            self._table.setCurrentIndex(QModelIndex())
            self._table.clearSelection()

    @Slot(QModelIndex, QModelIndex)
    def _on_model_data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        selected = self.selected
        is_tick = first.column() == last.column() and first.column() in (Column.TIME_LEFT, Column.STATE)
        if selected is not None and not is_tick:
            self.selection_changed.emit(selected)

    @Slot(QModelIndex)
    def _on_table_row_opened(self, index: QModelIndex) -> None:
        self.opened.emit(elevation_of(index))

    @Slot()
    def _on_empty_action_requested(self) -> None:
        if self._desk.board.providers:
            self.check_out_requested.emit()
        else:
            self.settings_requested.emit()
