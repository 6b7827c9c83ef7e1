# SPDX-License-Identifier: MIT
"""The view of the directory tree: rows come as they are needed, and what is on screen stays where it is."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTreeView, QWidget

from jit_desktop.ui.pickers.tree_model import DirectoryTreeModel
from jit_desktop.ui.theme import GAP_WIDE, ICON_SMALL

_ROWS_AHEAD: Final = 50
"""How near the last row of a level may come before the next batch is shown."""
KIND_WIDTH: Final = 216
"""Room for "Domain-local group, in the list"."""
PLACE_WIDTH: Final = 256


class EntryView(QTreeView):
    """Entries in columns; the name takes what is left, and never less than what the others take each."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.viewport().width()
        for section, width in zip(range(1, self.header().count()), (KIND_WIDTH, PLACE_WIDTH), strict=False):
            self.header().resizeSection(section, min(width, room * 3 // 10))

    def dress_header(self) -> None:
        """Fix what the columns do; call it when the model is set."""
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)


class DirectoryTree(EntryView):
    """Shows a `DirectoryTreeModel`; Enter or a click on the note of a failed level tries it again."""

    def __init__(self, model: DirectoryTreeModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._anchor = QPersistentModelIndex()
        self._anchor_top = 0
        self.setUniformRowHeights(True)
        self.setIconSize(QSize(ICON_SMALL, ICON_SMALL))
        self.setIndentation(GAP_WIDE + 4)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Before setModel: the view's own slots must find the anchor taken.
        model.rowsAboutToBeInserted.connect(self._on_model_rows_about_to_change)
        model.rowsAboutToBeRemoved.connect(self._on_model_rows_about_to_change)
        self.setModel(model)
        model.rowsInserted.connect(self._on_model_rows_changed)
        model.rowsInserted.connect(self._on_model_rows_inserted)
        model.rowsRemoved.connect(self._on_model_rows_changed)
        self.dress_header()
        self.expanded.connect(self._on_self_expanded)
        self.verticalScrollBar().valueChanged.connect(self._on_scroll_bar_value_changed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter on the note of a failed level tries it again and does not close the dialog."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and self._is_note(self.currentIndex()):
            self._model.retry(self.currentIndex())
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the note of a failed level tries it again."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if self._is_note(index):
            self._model.retry(index)

    def _is_note(self, index: QModelIndex) -> bool:
        return index.isValid() and self._model.entry(index) is None

    @Slot(QModelIndex)
    def _on_self_expanded(self, index: QModelIndex) -> None:
        # Qt would ask during its next layout; asking now saves the moment.
        self._model.fetchMore(index)

    @Slot()
    def _on_scroll_bar_value_changed(self) -> None:
        """Show the next batch of the levels whose end comes into sight."""
        last = self.indexAt(self.viewport().rect().bottomLeft())
        folder = last.parent() if last.isValid() else QModelIndex()
        while folder.isValid():
            if self._model.has_more(folder) and last.row() + _ROWS_AHEAD >= self._model.rowCount(folder):
                self._model.show_more(folder)
            last, folder = folder, folder.parent()

    @Slot(QModelIndex, int, int)
    def _on_model_rows_inserted(self, folder: QModelIndex, first: int, last: int) -> None:
        if first == last and self._is_note(self._model.index(first, 0, folder)):
            self.setFirstColumnSpanned(first, folder, True)  # noqa: FBT003 - Qt's signature

    @Slot()
    def _on_model_rows_about_to_change(self) -> None:
        self.executeDelayedItemsLayout()
        at_top = self.verticalScrollBar().value() == 0
        first = QModelIndex() if at_top else self.indexAt(self.viewport().rect().topLeft())
        self._anchor = QPersistentModelIndex(first)
        self._anchor_top = self.visualRect(first).top()

    @Slot()
    def _on_model_rows_changed(self) -> None:
        """Keep the topmost row where it was: what arrives above it must not push it down."""
        self.executeDelayedItemsLayout()
        anchor = self._anchor
        if anchor.isValid():
            row = self._model.index(anchor.row(), 0, anchor.parent())
            moved = self.visualRect(row).top() - self._anchor_top
            if moved:
                bar = self.verticalScrollBar()
                bar.setValue(bar.value() + moved)
        self._anchor = QPersistentModelIndex()
