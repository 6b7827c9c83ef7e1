# SPDX-License-Identifier: MIT
"""The tables of the main window: one way to select, to sort, to scroll and to make room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from jit_desktop.ui.theme import CONTROL_HEIGHT, GAP

_ROW_HEIGHT = CONTROL_HEIGHT + GAP
FILTER_WIDTH = 480
"""The filter over a table: as long as what is typed, not as the table is wide."""
_Column = TypeVar("_Column", bound=int)


@dataclass(frozen=True, slots=True)
class ColumnRoom:
    """How much room a column wants."""

    width: int
    """Device-independent pixels at least."""
    share: int = 0
    """Of what is left over; 0 means that the column stays as it is."""
    rank: int = 0
    """Columns with the highest rank are left out first where there is no room; 0 is never left out."""


class _RowDelegate(QStyledItemDelegate):
    """Names give way in their middle, where two of them differ least; sentences at their end."""

    def __init__(self, parent: QWidget, mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle) -> None:
        super().__init__(parent)
        self._mode = mode

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = self._mode
        option.decorationSize = QSize(16, 16)


class RecordTable(QTableView):
    """Whole rows, one at a time; columns that find no room are left out and the details pane has them."""

    row_opened = Signal(QModelIndex)
    """Return or a double click."""

    def __init__(self, rooms: Mapping[_Column, ColumnRoom], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._left_out: set[int] = set()
        self._rooms: dict[int, ColumnRoom] = {int(column): room for column, room in rooms.items()}
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_RowDelegate(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.verticalHeader().hide()
        self.set_row_height(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.doubleClicked.connect(self.row_opened)

    def set_row_height(self, height: int) -> None:
        """Give all rows one height; taller where the user wants larger text."""
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(height)
        rows.setDefaultSectionSize(max(height, self.fontMetrics().height() + 2 * GAP))

    def cut_at_end(self, column: int) -> None:
        """The cells of a column are sentences, of which the beginning says most."""
        self.setItemDelegateForColumn(column, _RowDelegate(self, Qt.TextElideMode.ElideRight))

    def shown_columns(self) -> Sequence[int]:
        """The columns that found room."""
        return [column for column in sorted(self._rooms) if not self.isColumnHidden(column)]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.row_opened.emit(self.currentIndex())
            return
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and not self.selectionModel().hasSelection():
            # Qt makes the first row the current one when the focus comes and selects nothing: without this
            # the first key would skip it, and an only row could not be selected at all.
            row = self.currentIndex().row()
            self.selectRow(max(row, 0))
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share_out()

    def leave_out(self, column: int, *, left_out: bool) -> None:
        """Do without a column although there is room, because it says nothing."""
        if left_out != (column in self._left_out):
            self._left_out ^= {column}
            self.share_out()

    def share_out(self) -> None:
        """Give every column its width, and leave those out that find no room."""
        if self.model() is None:
            return
        room = self.viewport().width()
        shown = {column: wanted for column, wanted in self._rooms.items() if column not in self._left_out}
        while sum(r.width for r in shown.values()) > room:
            last = max(shown, key=lambda column: shown[column].rank)
            if shown[last].rank == 0:
                break
            del shown[last]
        left_over = max(room - sum(r.width for r in shown.values()), 0)
        shares = sum(r.share for r in shown.values()) or 1
        for column, wanted in self._rooms.items():
            self.setColumnHidden(column, column not in shown)
            if column in shown:
                self.setColumnWidth(column, wanted.width + left_over * wanted.share // shares)
