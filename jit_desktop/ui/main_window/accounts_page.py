# SPDX-License-Identifier: MIT
"""The privileged accounts: who has each of them until when, and *Check out* for the free ones."""

from __future__ import annotations

from PySide6.QtCore import (
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.elevation.identity import ObjectGuid, ProviderId
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.main_window.table_view import FILTER_WIDTH, ColumnRoom, RecordTable
from jit_desktop.ui.models.account_table import (
    AccountRow,
    AccountTableModel,
    Availability,
    Column,
    account_row_of,
)
from jit_desktop.ui.models.record_model import SORT_ROLE
from jit_desktop.ui.theme import CONTROL_HEIGHT, GAP, GAP_TIGHT, GAP_WIDE, RADIUS, TextSize, Token, theme
from jit_desktop.ui.widgets import CaptionedDelegate, EmptyState, SearchField

_ROOMS = {
    Column.ACCOUNT: ColumnRoom(140, share=3),
    Column.LOGON_NAME: ColumnRoom(120, share=2, rank=3),
    Column.STATUS: ColumnRoom(126),
    Column.HOLDER: ColumnRoom(130, share=1, rank=1),
    Column.UNTIL: ColumnRoom(90),
    Column.PROVIDER: ColumnRoom(110, share=2, rank=2),
    Column.ACTION: ColumnRoom(124),
}

Index = QModelIndex | QPersistentModelIndex


class _CheckOutDelegate(QStyledItemDelegate):
    """A button in the row. The row itself answers to Return, so the keyboard needs no second way."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        text = str(index.data(Qt.ItemDataRole.DisplayRole))
        ground = QStyleOptionViewItem(option)
        self.initStyleOption(ground, index)
        ground.text = ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, ground, painter, option.widget)
        if not text:
            return
        look = theme()
        area = self.button(option.rect)
        is_pointed_at = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.color(Token.BORDER_STRONG), 1))
        painter.setBrush(look.color(Token.HOVER if is_pointed_at else Token.SURFACE_RAISED))
        painter.drawRoundedRect(area.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.setPen(look.color(Token.TEXT))
        painter.setFont(look.font(TextSize.BODY))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(_ROOMS[Column.ACTION].width, CONTROL_HEIGHT + GAP)

    @staticmethod
    def button(cell: QRect) -> QRect:
        """Where the button is within its cell."""
        height = min(CONTROL_HEIGHT - GAP_TIGHT, cell.height() - GAP_TIGHT)
        top = cell.top() + (cell.height() - height) // 2
        return QRect(cell.left(), top, cell.width() - GAP_WIDE, height)


class _AccountTable(RecordTable):
    """A press on a row's button does not select the row: the details would open and move the button away
    from under the pointer before it is released."""

    button_clicked = Signal(object)
    """The :class:`AccountRow` whose button it was."""

    def __init__(self) -> None:
        super().__init__(_ROOMS)
        self._pressed = QPersistentModelIndex()

    def _button_at(self, event: QMouseEvent) -> QModelIndex:
        point = event.position().toPoint()
        index = self.indexAt(point)
        has_button = index.column() == Column.ACTION and bool(index.data())
        if has_button and _CheckOutDelegate.button(self.visualRect(index)).contains(point):
            return index
        return QModelIndex()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._button_at(event)
        if event.button() is Qt.MouseButton.LeftButton and index.isValid():
            self._pressed = QPersistentModelIndex(index)
            return
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._pressed.isValid():
            super().mouseReleaseEvent(event)
            return
        index = self._button_at(event)
        is_same = index.isValid() and index == self._pressed
        self._pressed = QPersistentModelIndex()
        if is_same:
            self.button_clicked.emit(account_row_of(index))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self._button_at(event).isValid():
            super().mouseDoubleClickEvent(event)


class AccountsPage(QWidget):
    """Object names: ``accounts.filter``, ``accounts.table``, ``accounts.empty``."""

    selection_changed = Signal(object)
    """The selected :class:`AccountRow` or ``None``."""
    check_out_requested = Signal(str, str)
    """Provider id and account GUID."""
    elevation_requested = Signal(object)
    """The id of the elevation that has the account that was opened."""
    settings_requested = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._kept: tuple[ProviderId, ObjectGuid] | None = None
        self.model = AccountTableModel(desk.board, desk.now, self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSortRole(SORT_ROLE)
        self._sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._sorted.setFilterKeyColumn(-1)
        self._sorted.setSourceModel(self.model)
        self._filter = SearchField(self.tr("Filter by account, person or domain"))
        self._filter.setObjectName("accounts.filter")
        self._filter.setMaximumWidth(FILTER_WIDTH)
        self._filter.search_requested.connect(self._on_filter_search_requested)
        self._table = _AccountTable()
        self._table.setObjectName("accounts.table")
        self._table.setAccessibleName(self.tr("Privileged accounts"))
        self._table.setModel(self._sorted)
        self._table.button_clicked.connect(self._open)
        self._table.setItemDelegateForColumn(Column.STATUS, CaptionedDelegate(self._table))
        self._table.setItemDelegateForColumn(Column.ACTION, _CheckOutDelegate(self._table))
        self._table.setSortingEnabled(True)
        self._table.sortByColumn(Column.ACCOUNT, Qt.SortOrder.AscendingOrder)
        self._table.row_opened.connect(self._on_row_opened)
        self._table.selectionModel().selectionChanged.connect(self._on_table_selection_changed)
        self._empty = EmptyState("accounts", "", "", action="…")
        self._empty.setObjectName("accounts.empty")
        self._empty.action_requested.connect(self._on_empty_action_requested)
        pages = QWidget()
        self._stack = QStackedLayout(pages)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self._filter)
        layout.addWidget(pages, 1)
        self.model.modelAboutToBeReset.connect(self._on_model_about_to_be_reset)
        self.model.modelReset.connect(self._on_model_reset)
        self.model.dataChanged.connect(self._on_model_data_changed)
        desk.board.providers_changed.connect(self._show_right_page)
        desk.heartbeat.ticked.connect(self.model.tick)
        self._show_right_page()

    @property
    def selected(self) -> AccountRow | None:
        """The selected account."""
        rows = self._table.selectionModel().selectedRows()
        return account_row_of(rows[0]) if rows else None

    def clear_selection(self) -> None:
        """Select nothing."""
        self._table.clearSelection()

    def focus_list(self) -> None:
        """Put the focus where the arrow keys move through the accounts."""
        self._table.setFocus()

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self._filter.setFocus()

    @Slot()
    def _show_right_page(self) -> None:
        board = self._desk.board
        self._table.leave_out(Column.PROVIDER, left_out=len(board.providers) < 2)
        self._filter.setVisible(bool(self.model.rowCount()))
        if self._sorted.rowCount():
            self._stack.setCurrentWidget(self._table)
            return
        if self.model.rowCount():
            text = self._filter.text().strip()
            self._empty.set_words(
                self.tr("Nothing matches"), self.tr("No account has “{text}” in it.").format(text=text)
            )
            self._empty.set_action(self.tr("Clear the filter"))
        elif not board.providers_are_known:
            self._empty.set_words(self.tr("Reading…"), "")
            self._empty.set_action("")
        elif not board.providers:
            self._empty.set_words(
                self.tr("No domain yet"), self.tr("The accounts of a domain provider appear here.")
            )
            self._empty.set_action(self.tr("Set up a domain…"))
        else:
            self._empty.set_words(
                self.tr("No accounts yet"),
                self.tr("Add the privileged accounts that may be checked out."),
            )
            self._empty.set_action(self.tr("Add accounts…"))
        self._stack.setCurrentWidget(self._empty)

    @Slot(str)
    def _on_filter_search_requested(self, text: str) -> None:
        self._sorted.setFilterFixedString(text)
        self._show_right_page()

    @Slot()
    def _on_empty_action_requested(self) -> None:
        if self.model.rowCount():
            self._filter.clear()
        else:
            self.settings_requested.emit()

    @Slot(QModelIndex)
    def _on_row_opened(self, index: QModelIndex) -> None:
        self._open(account_row_of(index))

    @Slot(object)
    def _open(self, row: AccountRow) -> None:
        if row.elevation is not None:
            self.elevation_requested.emit(row.elevation.id)
        elif row.availability is Availability.FREE:
            self.check_out_requested.emit(*row.key)

    @Slot(QItemSelection, QItemSelection)
    def _on_table_selection_changed(self, _now: QItemSelection, _before: QItemSelection) -> None:
        self.selection_changed.emit(self.selected)

    @Slot()
    def _on_model_data_changed(self) -> None:
        if self.selected is not None:
            self.selection_changed.emit(self.selected)

    @Slot()
    def _on_model_about_to_be_reset(self) -> None:
        self._kept = self.selected.key if self.selected else None

    @Slot()
    def _on_model_reset(self) -> None:
        self._show_right_page()
        if self._kept is not None:
            index = self._sorted.mapFromSource(self.model.index_of(self._kept))
            self._table.setCurrentIndex(index)
