# SPDX-License-Identifier: MIT
"""Which privileges: what the account may have, with a search and a box to tick in each row."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Slot,
)
from PySide6.QtGui import QFontMetrics, QIcon, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.models.privilege_list import NOTE_ROLE, PrivilegeListModel
from jit_desktop.ui.theme import CONTROL_HEIGHT, GAP, GAP_TIGHT, ICON_SMALL, TextSize, Token, theme
from jit_desktop.ui.widgets import Compound, SearchField

Index = QModelIndex | QPersistentModelIndex
_BOX = 16


class _PrivilegeFilter(QSortFilterProxyModel):
    """Finds what is typed in the title or in the note."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._wanted = ""

    def set_text(self, text: str) -> None:
        """Show only what has ``text`` in it."""
        self.beginFilterChange()
        self._wanted = text.casefold()
        self.endFilterChange(QSortFilterProxyModel.Direction.Rows)

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        index = self.sourceModel().index(source_row, 0, source_parent)
        roles = (Qt.ItemDataRole.DisplayRole, NOTE_ROLE)
        return any(self._wanted in str(index.data(role) or "").casefold() for role in roles)


class _PrivilegeDelegate(QStyledItemDelegate):
    """Box, icon, name and below it in small what is behind the name. A click anywhere in the row ticks it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        title, option.text = option.text, ""
        drawn, option.icon = QIcon(option.icon), QIcon()
        option.widget.style().drawControl(
            QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget
        )
        look = theme()
        note = str(index.data(NOTE_ROLE) or "")
        area = option.rect.adjusted(GAP + _BOX + GAP, 0, -GAP, 0)
        drawn.paint(painter, area.left(), area.top(), ICON_SMALL, area.height())
        area.adjust(ICON_SMALL + GAP, 0, 0, 0)
        small = look.font(TextSize.CAPTION)
        painter.save()
        painter.setPen(look.color(Token.TEXT))
        body, caption = painter.fontMetrics().height(), QFontMetrics(small).height()
        top = area.top() + (area.height() - body - (caption if note else 0)) // 2
        line = area.adjusted(0, 0, 0, 0)
        line.setTop(top)
        line.setHeight(body)
        shown = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        if note:
            painter.setFont(small)
            painter.setPen(look.color(Token.TEXT_MUTED))
            line.moveTop(top + body)
            line.setHeight(caption)
            shown = painter.fontMetrics().elidedText(note, Qt.TextElideMode.ElideMiddle, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        lines = option.fontMetrics.height()
        if index.data(NOTE_ROLE):
            lines += QFontMetrics(theme().font(TextSize.CAPTION)).height()
        return QSize(0, max(lines + GAP + GAP_TIGHT, CONTROL_HEIGHT + GAP_TIGHT))

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        if not isinstance(event, QMouseEvent):
            return super().editorEvent(event, model, option, index)
        if event.type() == QEvent.Type.MouseButtonRelease and event.button() is Qt.MouseButton.LeftButton:
            is_ticked = Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) is Qt.CheckState.Checked
            state = Qt.CheckState.Unchecked if is_ticked else Qt.CheckState.Checked
            return model.setData(index, state, Qt.ItemDataRole.CheckStateRole)
        # A double click is two clicks: without this Qt would tick the box a third time.
        return event.type() == QEvent.Type.MouseButtonDblClick


class _PrivilegeView(QListView):
    """A list that says why it is empty."""

    why_empty = ""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.model().rowCount() or not self.why_empty:
            return
        painter = QPainter(self.viewport())
        painter.setPen(theme().color(Token.TEXT_MUTED))
        area = self.viewport().rect().adjusted(GAP, GAP, -GAP, -GAP)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.why_empty)


class PrivilegeChooser(Compound):
    """Object names: ``checkout.privilege_search``, ``checkout.privileges`` (the list)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = PrivilegeListModel(self)
        self._filtered = _PrivilegeFilter(self)
        self._filtered.setSourceModel(self.model)
        self._search = SearchField(self.tr("Search privileges"))
        self._search.setObjectName("checkout.privilege_search")
        self._search.search_requested.connect(self._on_search_search_requested)
        self._list = _PrivilegeView()
        self._list.setObjectName("checkout.privileges")
        self._list.setAccessibleName(self.tr("Privileges that the account may have"))
        self._list.setModel(self._filtered)
        self._list.setItemDelegate(_PrivilegeDelegate(self._list))
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setMouseTracking(True)
        self._list.setMinimumHeight(3 * CONTROL_HEIGHT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_TIGHT)
        layout.addWidget(self._search)
        layout.addWidget(self._list, 1)
        self.set_main_input(self._list)

    def set_offer(self, provider: DomainProvider | None, account: ObjectGuid | None) -> None:
        """Offer what an account may have; ``None`` while none is chosen."""
        self.model.set_offer(provider, account)
        self._say_why_empty()

    def _say_why_empty(self) -> None:
        if self.model.rowCount():
            self._list.why_empty = self.tr("No privilege has this in its name.")
        elif self.model.has_account:
            self._list.why_empty = self.tr("No privilege set gives this account anything.")
        else:
            self._list.why_empty = self.tr("Choose an account first.")
        self._list.setAccessibleName(
            self.tr("Privileges that the account may have")
            if self._filtered.rowCount()
            else self.tr("Privileges: {why}").format(why=self._list.why_empty)
        )
        self._list.viewport().update()

    @Slot(str)
    def _on_search_search_requested(self, text: str) -> None:
        self._filtered.set_text(text)
        self._say_why_empty()
