# SPDX-License-Identifier: MIT
"""What was ticked so far, wherever in the tree it lies, with a way to untick it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.ports import DirectoryEntry
from jit_desktop.ui.pickers.choice import Choice
from jit_desktop.ui.pickers.entry_data import ENTRY_ROLE
from jit_desktop.ui.pickers.entry_words import icon_name, kind_words, one_line, place_words, plain_tool_tip
from jit_desktop.ui.theme import GAP, ICON_SMALL, Role, Token, icon, theme
from jit_desktop.ui.widgets import plain_label

_WIDTH = 240


class ChosenPane(QWidget):
    """The list beside the tree; Delete unticks what is selected."""

    def __init__(
        self, choice: Choice, heading_height: int, heading_gap: int, parent: QWidget | None = None
    ) -> None:
        """The heading is so many pixels high and so many above the list: in line with what is beside it."""
        super().__init__(parent)
        self.setFixedWidth(_WIDTH)
        self._choice = choice
        self._heading = plain_label("", Role.HEADING)
        self._heading.setFixedHeight(heading_height)
        self._list = _KeyList(self)
        self._list.setObjectName("picker.chosen")
        self._list.setAccessibleName(self.tr("Chosen"))
        self._list.setIconSize(QSize(ICON_SMALL, ICON_SMALL))
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self._list.itemSelectionChanged.connect(self._on_list_item_selection_changed)
        self._remove = QPushButton(self.tr("&Remove"))
        self._remove.setObjectName("picker.chosen-remove")
        self._remove.setAutoDefault(False)
        self._remove.clicked.connect(self.remove_selected)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self._heading)
        layout.addSpacing(heading_gap - GAP)
        layout.addWidget(self._list, 1)
        layout.addLayout(row)
        choice.changed.connect(self._on_choice_changed)
        theme().scheme_changed.connect(self._fill)
        self._fill()

    @Slot()
    def remove_selected(self) -> None:
        """Untick what is selected in the list."""
        for item in self._list.selectedItems():
            self._choice.discard(item.data(ENTRY_ROLE).guid)

    @Slot(str)
    def _on_choice_changed(self, guid: str) -> None:
        entries = self._choice.entries
        if entries and entries[-1].guid == guid and len(entries) == self._list.count() + 1:
            self._list.addItem(_item(entries[-1]))
            self._list.scrollToBottom()
        else:
            self._remove_row(ObjectGuid(guid))
        self._say_count()

    def _remove_row(self, guid: ObjectGuid) -> None:
        for row in range(self._list.count()):
            if self._list.item(row).data(ENTRY_ROLE).guid == guid:
                self._list.takeItem(row)
                return

    @Slot()
    def _fill(self) -> None:
        self._list.clear()
        for entry in self._choice.entries:
            self._list.addItem(_item(entry))
        self._say_count()

    def _say_count(self) -> None:
        count = self._list.count()
        self._heading.setText(
            self.tr("Chosen ({})").format(count) if count else self.tr("Nothing chosen yet")
        )
        self._on_list_item_selection_changed()

    @Slot()
    def _on_list_item_selection_changed(self) -> None:
        self._remove.setEnabled(bool(self._list.selectedItems()))


class _KeyList(QListWidget):
    """A list whose Delete key removes."""

    def __init__(self, pane: ChosenPane) -> None:
        super().__init__()
        self._pane = pane

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self._pane.remove_selected()
            return
        super().keyPressEvent(event)


def _item(entry: DirectoryEntry) -> QListWidgetItem:
    item = QListWidgetItem(icon(icon_name(entry), Token.TEXT_MUTED), one_line(entry.name))
    item.setData(ENTRY_ROLE, entry)
    item.setToolTip(plain_tool_tip(entry.dn))
    where = f"{kind_words(entry)}, {place_words(entry.dn)}"
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{one_line(entry.name)}, {where}")
    return item
