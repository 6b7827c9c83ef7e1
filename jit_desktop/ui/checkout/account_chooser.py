# SPDX-License-Identifier: MIT
"""Which account: all of them in one list, those that can't be had with the reason."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QComboBox, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from jit_desktop.elevation.identity import ObjectGuid, ProviderId
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.models import wording
from jit_desktop.ui.models.account_table import (
    ACCOUNT_ROLE,
    AccountRow,
    AccountTableModel,
    Availability,
    Column,
)
from jit_desktop.ui.theme import GAP, TextSize, Token, theme
from jit_desktop.ui.widgets import format_moment

Index = QModelIndex | QPersistentModelIndex
NOTE_ROLE = int(Qt.ItemDataRole.UserRole) + 2
"""Why an account can't be had, or which domain it is of."""


_LIST_WIDTH = 480
"""Room for both names and who has the account, beside each other."""


class _ChoosableAccounts(QSortFilterProxyModel):
    """The accounts by name with a note; those that are not free can be seen but not chosen."""

    def __init__(self, desk: Desk, model: AccountTableModel) -> None:
        super().__init__(model)
        self._desk = desk
        self._model = model
        self.setSourceModel(model)
        self.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.sort(Column.ACCOUNT)

    def row(self, index: Index) -> AccountRow | None:
        row = super().data(index, ACCOUNT_ROLE)
        return row if isinstance(row, AccountRow) else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        row = self.row(index)
        if row is not None and row.availability is not Availability.FREE:
            flags &= ~(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row(index)
        if row is not None and role == NOTE_ROLE:
            return self.note(row)
        if row is not None and role == Qt.ItemDataRole.DisplayRole:
            return wording.account_words(row.account)
        return super().data(index, role)

    def note(self, row: AccountRow) -> str:
        parts = []
        if len(self._desk.board.providers) > 1:
            parts.append(row.provider.name)
        if row.elevation is not None:
            until = format_moment(row.elevation.deadline, self._desk.now(row.provider.id))
            who = row.elevation.requested_by
            parts.append(self.tr("{who} until {time}").format(who=who, time=until))
        elif row.availability is not Availability.FREE:
            parts.append(self._model.status_words(row))
        return " · ".join(parts)


class _AccountDelegate(QStyledItemDelegate):
    """The name, and at the right the note in small."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        note = str(index.data(NOTE_ROLE) or "")
        look = theme()
        small = look.font(TextSize.CAPTION)
        room = QFontMetrics(small).horizontalAdvance(note)
        option.text, name = "", option.text
        option.widget.style().drawControl(
            QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget
        )
        area = option.rect.adjusted(GAP, 0, -GAP, 0)
        is_enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        painter.save()
        painter.setPen(look.color(Token.TEXT if is_enabled else Token.TEXT_MUTED))
        width = max(area.width() - room - GAP, area.width() // 2)
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.setFont(small)
        painter.setPen(look.color(Token.TEXT_MUTED))
        taken = option.fontMetrics.horizontalAdvance(shown) + GAP
        note = QFontMetrics(small).elidedText(note, Qt.TextElideMode.ElideMiddle, area.width() - taken)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, note)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), 32)


class AccountChooser(QComboBox):
    """Keeps its choice while the list changes under it, even when the account is taken meanwhile."""

    account_chosen = Signal(object)
    """The :class:`AccountRow` that is chosen now, ``None`` for none."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = AccountTableModel(desk.board, desk.now, self)
        self._choosable = _ChoosableAccounts(desk, self._model)
        self._key: tuple[ProviderId, ObjectGuid] | None = None
        self.setModel(self._choosable)
        self.setModelColumn(Column.ACCOUNT)
        self.setItemDelegate(_AccountDelegate(self))
        self.setPlaceholderText(self.tr("Choose an account"))
        self.setCurrentIndex(-1)
        self.setMaxVisibleItems(12)
        self.view().setMinimumWidth(_LIST_WIDTH)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(16)
        self.currentIndexChanged.connect(self._on_self_current_index_changed)
        self._model.modelReset.connect(self._on_model_changed)
        self._model.dataChanged.connect(self._on_model_changed)

    @property
    def chosen(self) -> AccountRow | None:
        """The account that is chosen, as it is now."""
        if self._key is None:
            return None
        index = self._model.index_of(self._key)
        return self._model.row_at(index.row()) if index.isValid() else None

    def choose(self, provider_id: ProviderId | None, account: ObjectGuid) -> None:
        """Choose an account; ``provider_id`` tells which domain's where several have it."""
        for row in range(self._model.rowCount()):
            key = self._model.row_at(row).key
            if key[1] == account and provider_id in (None, key[0]):
                self.setCurrentIndex(self._choosable.mapFromSource(self._model.index(row, 0)).row())
                return

    def choose_only(self) -> None:
        """Choose the account if there is exactly one that is free."""
        free = [
            row
            for row in range(self._choosable.rowCount())
            if self._choosable.flags(self._choosable.index(row, 0)) & Qt.ItemFlag.ItemIsEnabled
        ]
        if len(free) == 1:
            self.setCurrentIndex(free[0])

    @Slot(int)
    def _on_self_current_index_changed(self, number: int) -> None:
        row = self._choosable.row(self._choosable.index(number, 0)) if number >= 0 else None
        key = row.key if row is not None else None
        if key != self._key:
            self._key = key
            self.account_chosen.emit(row)

    @Slot()
    def _on_model_changed(self) -> None:
        self.account_chosen.emit(self.chosen)
