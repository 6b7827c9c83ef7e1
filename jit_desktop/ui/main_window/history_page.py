# SPDX-License-Identifier: MIT
"""What has ended or failed, with a filter; read page by page."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ElevationId
from jit_desktop.elevation.model import Elevation
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.main_window.table_view import FILTER_WIDTH, ColumnRoom, RecordTable
from jit_desktop.ui.models.elevation_table import elevation_of
from jit_desktop.ui.models.history_table import Column, HistoryTableModel
from jit_desktop.ui.theme import GAP
from jit_desktop.ui.widgets import EmptyState, SearchField

_ROOMS = {
    Column.ACCOUNT: ColumnRoom(134, share=2),
    Column.PRIVILEGES: ColumnRoom(140, share=3, rank=1),
    Column.OUTCOME: ColumnRoom(180, share=3),
    Column.STARTED: ColumnRoom(120, rank=2),
    Column.ENDED: ColumnRoom(108),
    Column.ASKED_BY: ColumnRoom(148, share=1, rank=3),
    Column.REASON: ColumnRoom(120, share=2, rank=4),
}


class HistoryPage(QWidget):
    """Object names: ``history.filter``, ``history.table``, ``history.empty``."""

    selection_changed = Signal(object)
    """The selected :class:`Elevation` or ``None``."""
    check_out_requested = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = HistoryTableModel(desk.context, self)
        self._filter = SearchField(self.tr("Filter by account, privilege, person, reason or ticket"))
        self._filter.setObjectName("history.filter")
        self._filter.setMaximumWidth(FILTER_WIDTH)
        self._filter.search_requested.connect(self._on_filter_search_requested)
        self._table = RecordTable(_ROOMS)
        self._table.setObjectName("history.table")
        self._table.setAccessibleName(self.tr("Ended and failed elevations"))
        self._table.setModel(self.model)
        self._table.cut_at_end(Column.OUTCOME)
        self._table.selectionModel().selectionChanged.connect(self._on_table_selection_changed)
        self._empty = EmptyState("history", "", "", action="…")
        self._empty.setObjectName("history.empty")
        self._empty.action_requested.connect(self._on_empty_action_requested)
        self._selected_before_reset: ElevationId | None = None
        self._has_failed = False
        pages = QWidget()
        self._stack = QStackedLayout(pages)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self._filter)
        layout.addWidget(pages, 1)
        self.model.page_loaded.connect(self._on_model_page_loaded)
        self.model.rowsInserted.connect(self._show_right_page)
        self.model.load_failed.connect(self._on_model_load_failed)
        self.model.modelAboutToBeReset.connect(self._on_model_about_to_be_reset)
        self.model.modelReset.connect(self._on_model_reset)
        desk.board.elevation_ended.connect(self.model.add_latest)
        desk.board.past_changed.connect(self.model.update_row)
        self._filter.hide()
        self._empty.set_words(self.tr("Reading…"), "")
        self._empty.set_action("")

    @property
    def selected(self) -> Elevation | None:
        """The selected elevation."""
        rows = self._table.selectionModel().selectedRows()
        return elevation_of(rows[0]) if rows else None

    def clear_selection(self) -> None:
        """Select nothing."""
        self._table.clearSelection()

    def focus_list(self) -> None:
        """Put the focus where the arrow keys move through the rows."""
        self._table.setFocus()

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self._filter.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.model.is_loading:
            self._filter.set_busy(not self.model.was_loaded)
            self.model.refresh()

    @Slot(str)
    def _on_filter_search_requested(self, text: str) -> None:
        self._filter.set_busy(True)
        self.model.set_filter(text)

    @Slot()
    def _on_model_page_loaded(self) -> None:
        self._filter.set_busy(False)
        self._show_right_page()

    @Slot()
    def _show_right_page(self) -> None:
        self._filter.setVisible(bool(self.model.rowCount() or self.model.filter_text))
        if self.model.rowCount():
            self._stack.setCurrentWidget(self._table)
            return
        if self.model.filter_text:
            self._empty.set_words(
                self.tr("Nothing matches"),
                self.tr("No past elevation has “{text}” in it.").format(text=self.model.filter_text),
            )
            self._empty.set_action(self.tr("Clear the filter"))
        else:
            self._empty.set_words(
                self.tr("No history yet"),
                self.tr("Every elevation that ends or fails is listed here, with each of its steps."),
            )
            self._empty.set_action(self.tr("Check out…"))
        self._stack.setCurrentWidget(self._empty)

    @Slot()
    def _on_model_about_to_be_reset(self) -> None:
        selected = self.selected
        self._selected_before_reset = selected.id if selected else None

    @Slot()
    def _on_model_reset(self) -> None:
        if self._selected_before_reset is not None:
            self._table.setCurrentIndex(self.model.index_of(self._selected_before_reset))

    @Slot(object)
    def _on_model_load_failed(self, error: JitError) -> None:
        self._has_failed = True
        self._filter.set_busy(False)
        self._empty.set_words(self.tr("The history could not be read"), str(error))
        self._empty.set_action(self.tr("Try again"))
        self._stack.setCurrentWidget(self._empty)

    @Slot(QItemSelection, QItemSelection)
    def _on_table_selection_changed(self, _now: QItemSelection, _before: QItemSelection) -> None:
        self.selection_changed.emit(self.selected)

    @Slot()
    def _on_empty_action_requested(self) -> None:
        if self._has_failed:
            self._has_failed = False
            self.model.reload()
        elif self.model.filter_text:
            self._filter.clear()
        else:
            self.check_out_requested.emit()
