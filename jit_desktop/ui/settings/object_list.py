# SPDX-License-Identifier: MIT
"""A table of groups or accounts with *Add…*, *Remove* and a pen for the display name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QItemSelection, QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.ui.settings.findings import Findings
from jit_desktop.ui.settings.object_table import ObjectColumn, ObjectRow, ObjectTable
from jit_desktop.ui.theme import CONTROL_HEIGHT, GAP, ICON_SMALL, bind_icon
from jit_desktop.ui.widgets import Compound, EmptyState, MessageLine, SectionHeader, Severity


@dataclass(frozen=True, slots=True)
class ListWords:
    """What a list says."""

    title: str
    sentence: str
    name_title: str
    empty_title: str
    empty_sentence: str
    icon: str


class ObjectList(Compound):
    """Object names, after the `name` that is given: ``<name>`` (the table), ``<name>-add``,
    ``<name>-remove``, ``<name>-problem``, ``<name>-empty``.
    """

    add_requested = Signal()
    removal_requested = Signal(object)
    """A list of GUIDs."""
    renamed = Signal(str, str)
    """GUID and display name."""

    def __init__(self, name: str, words: ListWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ObjectTable(words.icon, words.name_title, self)
        self._model.renamed.connect(self.renamed)
        self._view = _ObjectView(self._model)
        self._view.setObjectName(name)
        self._view.setAccessibleName(words.title)
        self._view.removal_requested.connect(self._on_remove_requested)
        self._view.selectionModel().selectionChanged.connect(self._on_view_selection_changed)
        self._empty = EmptyState(words.icon, words.empty_title, words.empty_sentence)
        self._empty.setObjectName(f"{name}-empty")
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._view)
        self._pages.setMinimumHeight(6 * CONTROL_HEIGHT)
        self._add = QPushButton(self.tr("Add…"))
        self._add.setObjectName(f"{name}-add")
        self._add.setAccessibleName(self.tr("Add to: {}").format(words.title))
        self._add.setAutoDefault(False)
        bind_icon(self._add, "add")
        self._add.clicked.connect(self.add_requested)
        self._remove = QPushButton(self.tr("Remove"))
        self._remove.setObjectName(f"{name}-remove")
        self._remove.setAccessibleName(self.tr("Remove from: {}").format(words.title))
        self._remove.setAutoDefault(False)
        self._remove.setEnabled(False)
        bind_icon(self._remove, "remove")
        self._remove.clicked.connect(self._on_remove_requested)
        self._message = MessageLine()
        self._message.setObjectName(f"{name}-problem")
        header = SectionHeader(words.title, words.sentence)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addWidget(self._add)
        buttons.addWidget(self._remove)
        buttons.addWidget(self._message, 1, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(header)
        layout.addWidget(self._pages, 1)
        layout.addLayout(buttons)
        self.set_main_input(self._add)

    def set_rows(self, rows: Sequence[ObjectRow]) -> None:
        """Show these."""
        self._model.set_rows(rows)
        self._pages.setCurrentWidget(self._view if rows else self._empty)
        self._view.share_out()

    def set_findings(self, findings: Findings) -> None:
        """Tell beside each row what became of it in the directory."""
        self._model.set_findings(findings)

    def set_problem(self, problem: str | None) -> None:
        """Say what is wrong with the list."""
        if problem:
            self._message.show_message(problem, Severity.ERROR)
        else:
            self._message.show_help("")

    def selected(self) -> list[ObjectGuid]:
        """The GUIDs of the selected rows."""
        rows = self._view.selectionModel().selectedRows()
        return [self._model.row(index).ref.guid for index in rows]

    @Slot()
    def _on_remove_requested(self) -> None:
        if selected := self.selected():
            self.removal_requested.emit(selected)

    @Slot(QItemSelection, QItemSelection)
    def _on_view_selection_changed(self) -> None:
        self._remove.setEnabled(bool(self.selected()))


def shared_widths(wanted: Sequence[int], room: int) -> list[int]:
    """Widths in pixels that fill `room`: columns that want little get it, the others share the rest, and
    what nobody wants is shared evenly.

    >>> shared_widths([100, 300, 80], 400)
    [100, 220, 80]
    """
    widths = [0] * len(wanted)
    left = room
    order = sorted(range(len(wanted)), key=lambda column: wanted[column])
    for still_to_come, column in zip(range(len(wanted), 0, -1), order, strict=True):
        widths[column] = max(min(wanted[column], left // still_to_come), 0)
        left -= widths[column]
    return [width + max(left, 0) // len(wanted) for width in widths]


class _ObjectView(QTreeView):
    """The table: Delete removes, F2, a double click or the pen edits the display name."""

    removal_requested = Signal()

    def __init__(self, model: ObjectTable) -> None:
        super().__init__()
        self.setModel(model)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setIconSize(QSize(ICON_SMALL, ICON_SMALL))
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked
        )
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setMinimumSectionSize(CONTROL_HEIGHT)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.resizeSection(ObjectColumn.PEN, CONTROL_HEIGHT)
        self.clicked.connect(self._on_self_clicked)

    def share_out(self) -> None:
        """Give every column what its words want, as far as there is room."""
        columns = (ObjectColumn.DISPLAY_NAME, ObjectColumn.NAME, ObjectColumn.PLACE)
        wanted = [self.sizeHintForColumn(column) for column in columns]
        room = self.viewport().width() - CONTROL_HEIGHT
        for column, width in zip(columns, shared_widths(wanted, room), strict=True):
            self.header().resizeSection(column, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share_out()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.state() != QAbstractItemView.State.EditingState:
            self.removal_requested.emit()
            return
        if event.key() == Qt.Key.Key_F2 and self.currentIndex().isValid():
            self.edit(self.currentIndex().siblingAtColumn(ObjectColumn.DISPLAY_NAME))
            return
        super().keyPressEvent(event)

    @Slot(QModelIndex)
    def _on_self_clicked(self, index: QModelIndex) -> None:
        if index.column() == ObjectColumn.PEN:
            name = index.siblingAtColumn(ObjectColumn.DISPLAY_NAME)
            self.setCurrentIndex(name)
            self.edit(name)
