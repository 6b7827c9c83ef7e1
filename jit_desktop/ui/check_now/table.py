# SPDX-License-Identifier: MIT
"""The table of *Check now*: a column for each domain controller, a row for each question."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from jit_desktop.ui.check_now.answers import Question
from jit_desktop.ui.theme import CONTROL_HEIGHT, GAP, ICON_SMALL, TextSize, Token, icon, theme
from jit_desktop.ui.widgets import plain_tooltip

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_FIRST_WIDTH = 200
_LEAST_WIDTH = 176


class AnswerTable(QAbstractTableModel):
    """Hosts and questions as they were told last."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hosts: tuple[str, ...] = ()
        self._questions: tuple[Question, ...] = ()

    def show_answers(self, hosts: tuple[str, ...], questions: tuple[Question, ...]) -> None:
        """Show these in the place of what was there."""
        self.beginResetModel()
        self._hosts, self._questions = hosts, questions
        self.endResetModel()

    def is_heading(self, row: int) -> bool:
        """Whether a row only names what the rows below it are about."""
        return self._questions[row].is_heading

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._questions)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._hosts) + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        match role:
            case _Role.DisplayRole:
                return self._hosts[section - 1] if section else ""
            case _Role.ToolTipRole if section:
                return self._hosts[section - 1]
            case _:
                return None

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        question = self._questions[index.row()]
        if index.column() == 0 or question.is_heading:
            return _title_data(question, role) if index.column() == 0 else None
        cell = question.cells[index.column() - 1]
        match role:
            case _Role.DisplayRole:
                return cell.word
            case _Role.AccessibleTextRole:
                return f"{question.title}, {self._hosts[index.column() - 1]}: {cell.word}"
            case _Role.ToolTipRole:
                return plain_tooltip(cell.tool_tip or cell.word)
            case _Role.DecorationRole if cell.severity is not None:
                return icon(cell.severity.icon_name, cell.severity.token)
            case _:
                return None


def _title_data(question: Question, role: int) -> object:
    match role:
        case _Role.DisplayRole | _Role.AccessibleTextRole:
            return question.title
        case _Role.ToolTipRole:
            return plain_tooltip(question.title)
        case _Role.FontRole if question.is_heading:
            font = theme().font(TextSize.BODY)
            font.setBold(True)
            return font
        case _Role.ForegroundRole if not question.is_heading:
            return theme().color(Token.TEXT_MUTED)
        case _:
            return None


class AnswerView(QTableView):
    """Shows the table; the arrow keys go from answer to answer."""

    def __init__(self, model: AnswerTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self._table = model
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setIconSize(QSize(ICON_SMALL, ICON_SMALL))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(max(CONTROL_HEIGHT, self.fontMetrics().height() + GAP))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        model.modelReset.connect(self._on_model_reset)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_out()

    def _on_model_reset(self) -> None:
        self.clearSpans()
        columns = self._table.columnCount()
        for row in range(self._table.rowCount()):
            if self._table.is_heading(row) and columns > 1:
                self.setSpan(row, 0, 1, columns)
        self._share_out()

    def _share_out(self) -> None:
        """The domain controllers share what the questions leave; where they are many, one scrolls."""
        hosts = self._table.columnCount() - 1
        if hosts < 1:
            return
        width = max((self.viewport().width() - _FIRST_WIDTH) // hosts, _LEAST_WIDTH)
        self.setColumnWidth(0, _FIRST_WIDTH)
        for column in range(1, hosts + 1):
            self.setColumnWidth(column, width)
