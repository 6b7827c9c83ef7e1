# SPDX-License-Identifier: MIT
"""A short list in which names are ticked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.ui.pickers.entry_words import one_line, plain_tool_tip
from jit_desktop.ui.theme import CONTROL_HEIGHT, GAP_TIGHT, ICON_SMALL
from jit_desktop.ui.widgets import plain_label

_GUID_ROLE = Qt.ItemDataRole.UserRole


class CheckList(QWidget):
    """Names with a tick each, under a caption."""

    ticked = Signal(object)
    """The frozenset of GUIDs that are ticked after somebody changed it."""

    def __init__(self, name: str, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = QListWidget()
        self._list.setObjectName(name)
        self._list.setAccessibleName(caption)
        self._list.setIconSize(QSize(ICON_SMALL, ICON_SMALL))
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setMinimumHeight(4 * CONTROL_HEIGHT)
        self._list.itemChanged.connect(self._on_list_item_changed)
        label = plain_label(caption)
        label.setBuddy(self._list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_TIGHT)
        layout.addWidget(label)
        layout.addWidget(self._list, 1)
        self.setFocusProxy(self._list)

    def show_names(self, names: Sequence[tuple[ObjectGuid, str, str]], ticked: frozenset[ObjectGuid]) -> None:
        """Show these (GUID, name, tooltip), of which those of `ticked` are ticked; that is no edit."""
        with QSignalBlocker(self._list):
            if [self._guid(row) for row in range(self._list.count())] != [guid for guid, _, _ in names]:
                self._list.clear()
                for guid, _, _ in names:
                    item = QListWidgetItem()
                    item.setData(_GUID_ROLE, guid)
                    self._list.addItem(item)
            for row, (guid, name, tip) in enumerate(names):
                item = self._list.item(row)
                item.setText(one_line(name))
                item.setToolTip(plain_tool_tip(tip))
                item.setCheckState(Qt.CheckState.Checked if guid in ticked else Qt.CheckState.Unchecked)

    def _guid(self, row: int) -> ObjectGuid:
        return ObjectGuid(str(self._list.item(row).data(_GUID_ROLE)))

    @Slot()
    def _on_list_item_changed(self) -> None:
        rows = range(self._list.count())
        self.ticked.emit(
            frozenset(
                self._guid(row) for row in rows if self._list.item(row).checkState() == Qt.CheckState.Checked
            )
        )
