# SPDX-License-Identifier: MIT
"""The domain providers at the left of the settings: add, duplicate, remove, or try the demo domain."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.elevation.identity import ProviderId
from jit_desktop.ui.pickers.entry_words import one_line, plain_tool_tip
from jit_desktop.ui.settings.drafts import Drafts
from jit_desktop.ui.theme import GAP, ICON_SMALL, Role, Token, bind_icon, icon, theme
from jit_desktop.ui.widgets import plain_label

_ID_ROLE = Qt.ItemDataRole.UserRole


class ProviderList(QWidget):
    """Object names: ``settings.providers``, ``settings.add`` (a button with a menu:
    ``settings.add-provider``, ``settings.add-demo``, ``settings.add-duplicate``), ``settings.remove``.
    """

    current_changed = Signal(str)
    """The id of the provider that somebody chose."""
    chosen = Signal()
    """A provider was selected, be it the one that is current already."""
    add_requested = Signal()
    demo_requested = Signal()
    duplicate_requested = Signal()
    removal_requested = Signal()

    def __init__(self, drafts: Drafts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drafts = drafts
        self._list = QListWidget()
        self._list.setObjectName("settings.providers")
        self._list.setAccessibleName(self.tr("Domain providers"))
        self._list.setIconSize(QSize(ICON_SMALL, ICON_SMALL))
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.currentItemChanged.connect(self._on_list_current_item_changed)
        self._list.itemSelectionChanged.connect(self._on_list_item_selection_changed)
        self._add = QPushButton(self.tr("Add"))
        self._add.setObjectName("settings.add")
        self._add.setAutoDefault(False)
        bind_icon(self._add, "add")
        menu = QMenu(self._add)
        self._action(menu, self.tr("Domain provider"), "settings.add-provider", "domain", self.add_requested)
        self._action(
            menu, self.tr("Try the demo domain"), "settings.add-demo", "elevations", self.demo_requested
        )
        menu.addSeparator()
        self._duplicate = self._action(
            menu,
            self.tr("Duplicate the selected one"),
            "settings.add-duplicate",
            "copy",
            self.duplicate_requested,
        )
        self._add.setMenu(menu)
        self._remove = QPushButton(self.tr("Remove"))
        self._remove.setObjectName("settings.remove")
        self._remove.setAccessibleName(self.tr("Remove the domain provider"))
        self._remove.setAutoDefault(False)
        bind_icon(self._remove, "remove")
        self._remove.clicked.connect(self.removal_requested)
        heading = plain_label(self.tr("Domain providers"), Role.HEADING)
        heading.setBuddy(self._list)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addWidget(self._add)
        buttons.addWidget(self._remove)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(heading)
        layout.addWidget(self._list, 1)
        layout.addLayout(buttons)
        self.setFocusProxy(self._list)
        drafts.list_changed.connect(self._fill)
        theme().scheme_changed.connect(self._fill)
        self._fill()

    def current(self) -> ProviderId | None:
        """The provider that is chosen."""
        row = self._list.currentRow()
        return ProviderId(str(self._list.item(row).data(_ID_ROLE))) if row >= 0 else None

    def set_current(self, provider_id: ProviderId) -> None:
        """Choose a provider."""
        self._list.setCurrentRow(self._drafts.ids.index(provider_id))

    def clear_selection(self) -> None:
        """Something else is shown than a provider."""
        self._list.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete in the list removes."""
        if event.key() == Qt.Key.Key_Delete and self._list.hasFocus() and self.current() is not None:
            self.removal_requested.emit()
            return
        super().keyPressEvent(event)

    def _action(self, menu: QMenu, text: str, name: str, icon_name: str, signal: SignalInstance) -> QAction:
        action = menu.addAction(text)
        action.setObjectName(name)
        bind_icon(action, icon_name)
        action.triggered.connect(signal)
        return action

    @Slot()
    def _fill(self) -> None:
        current = self.current()
        ids = self._drafts.ids
        if [self._list.item(row).data(_ID_ROLE) for row in range(self._list.count())] != list(ids):
            with QSignalBlocker(self._list):
                self._list.clear()
                for provider_id in ids:
                    item = QListWidgetItem()
                    item.setData(_ID_ROLE, provider_id)
                    self._list.addItem(item)
            if ids:
                self._list.setCurrentRow(ids.index(current) if current in ids else 0)
            else:
                self.current_changed.emit("")
        for row, provider_id in enumerate(ids):
            self._show_row(self._list.item(row), provider_id)
        self._remove.setEnabled(bool(ids))
        self._duplicate.setEnabled(bool(ids))

    def _show_row(self, item: QListWidgetItem, provider_id: ProviderId) -> None:
        draft = self._drafts[provider_id]
        name = one_line(draft.provider.name) or self.tr("(no name)")
        item.setText(name)
        mark = self.tr("Not saved yet") if draft.is_changed else ""
        item.setIcon(icon("edit" if mark else "domain", Token.TEXT_MUTED))
        item.setToolTip(plain_tool_tip(name, mark))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, {mark}" if mark else name)

    @Slot()
    def _on_list_item_selection_changed(self) -> None:
        if self._list.selectedItems():
            self.chosen.emit()

    @Slot()
    def _on_list_current_item_changed(self) -> None:
        self.current_changed.emit(self.current() or "")
