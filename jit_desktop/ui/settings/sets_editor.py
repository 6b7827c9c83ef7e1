# SPDX-License-Identifier: MIT
"""Privilege sets: each names provider privileges and the privileged accounts that may use them."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.elevation.identity import ObjectGuid, PrivilegeSetId
from jit_desktop.elevation.settings import DomainProvider, PrivilegeSet
from jit_desktop.ui.pickers.entry_words import one_line
from jit_desktop.ui.settings import edits
from jit_desktop.ui.settings.check_list import CheckList
from jit_desktop.ui.theme import CONTROL_HEIGHT, GAP, GAP_TIGHT, GAP_WIDE, bind_icon
from jit_desktop.ui.widgets import Compound, EmptyState, MessageLine, Severity, plain_label

_ID_ROLE = Qt.ItemDataRole.UserRole


class SetsEditor(Compound):
    """Object names: ``settings.sets``, ``settings.sets-add``, ``settings.sets-remove``,
    ``settings.set-name``, ``settings.set-privileges``, ``settings.set-accounts``, ``settings.sets-problem``.
    """

    edited = Signal(object)
    """The provider with its sets as they are now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._provider: DomainProvider | None = None
        self._list = QListWidget()
        self._list.setObjectName("settings.sets")
        self._list.setAccessibleName(self.tr("Privilege sets"))
        self._list.setMinimumHeight(5 * CONTROL_HEIGHT)
        self._list.currentItemChanged.connect(self._on_list_current_item_changed)
        self._add = _button(self.tr("Add set"), "settings.sets-add", "add")
        self._add.clicked.connect(self._on_add_clicked)
        self._remove = _button(self.tr("Remove"), "settings.sets-remove", "remove")
        self._remove.clicked.connect(self._on_remove_clicked)
        self._name = QLineEdit()
        self._name.setObjectName("settings.set-name")
        self._name.setAccessibleName(self.tr("Name of the set"))
        self._name.textEdited.connect(self._on_name_text_edited)
        self._privileges = CheckList("settings.set-privileges", self.tr("Provider privileges in the set"))
        self._privileges.ticked.connect(self._on_privileges_ticked)
        self._accounts = CheckList("settings.set-accounts", self.tr("Privileged accounts that may use it"))
        self._accounts.ticked.connect(self._on_accounts_ticked)
        self._message = MessageLine()
        self._message.setObjectName("settings.sets-problem")
        self._lay_out()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addWidget(self._add)
        buttons.addWidget(self._remove)
        buttons.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addWidget(self._list, 1)
        left.addLayout(buttons)
        content = QWidget()
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP_WIDE)
        grid.setVerticalSpacing(GAP_TIGHT)
        caption = plain_label(self.tr("Name of the set"))
        caption.setBuddy(self._name)
        grid.addWidget(caption, 0, 0, 1, 2)
        grid.addWidget(self._name, 1, 0, 1, 2)
        grid.setRowMinimumHeight(2, GAP_TIGHT)
        grid.addWidget(self._privileges, 3, 0)
        grid.addWidget(self._accounts, 3, 1)
        grid.setRowStretch(3, 1)
        empty = EmptyState(
            "privilege-set",
            self.tr("No privilege set yet"),
            self.tr("Add one: without a set no account may use any privilege."),
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(empty)
        self._pages.addWidget(content)
        self._pages.setMinimumHeight(8 * CONTROL_HEIGHT)
        columns = QHBoxLayout()
        columns.setSpacing(GAP_WIDE)
        columns.addLayout(left, 2)
        columns.addWidget(self._pages, 5)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_TIGHT)
        layout.addLayout(columns)
        layout.addWidget(self._message)
        self.set_main_input(self._add)

    def show_provider(self, provider: DomainProvider) -> None:
        """Show the sets of `provider`; the one that was current stays so."""
        self._provider = provider
        sets = provider.jit.privilege_sets
        current = self._current_id()
        with QSignalBlocker(self._list):
            if [self._id(row) for row in range(self._list.count())] != [s.id for s in sets]:
                self._list.clear()
                for bundle in sets:
                    item = QListWidgetItem()
                    item.setData(_ID_ROLE, bundle.id)
                    self._list.addItem(item)
                ids = [bundle.id for bundle in sets]
                self._list.setCurrentRow(ids.index(current) if current in ids else 0)
            for row, bundle in enumerate(sets):
                self._list.item(row).setText(one_line(bundle.name) or self.tr("(no name)"))
        self._show_current()

    def set_problem(self, problem: str | None) -> None:
        """Say what is wrong with the sets."""
        if problem:
            self._message.show_message(problem, Severity.ERROR)
        else:
            self._message.show_help("")

    def _show_current(self) -> None:
        bundle, provider = self._current(), self._provider
        self._remove.setEnabled(bundle is not None)
        self._pages.setCurrentIndex(0 if bundle is None else 1)
        if bundle is None or provider is None:
            return
        if self._name.text() != bundle.name:
            self._name.setText(bundle.name)
        privileges = [(p.group.guid, p.label, p.group.dn) for p in provider.jit.privileges]
        self._privileges.show_names(privileges, bundle.privileges)
        accounts = [(a.account.guid, a.label, a.account.dn) for a in provider.accounts]
        self._accounts.show_names(accounts, bundle.accounts)

    def _id(self, row: int) -> PrivilegeSetId:
        return PrivilegeSetId(str(self._list.item(row).data(_ID_ROLE)))

    def _current_id(self) -> PrivilegeSetId | None:
        row = self._list.currentRow()
        return self._id(row) if row >= 0 else None

    def _current(self) -> PrivilegeSet | None:
        current = self._current_id()
        sets = self._provider.jit.privilege_sets if self._provider is not None else ()
        return next((bundle for bundle in sets if bundle.id == current), None)

    def _change(self, provider: DomainProvider) -> None:
        self.show_provider(provider)
        self.edited.emit(provider)

    @Slot()
    def _on_list_current_item_changed(self) -> None:
        self._show_current()

    @Slot()
    def _on_add_clicked(self) -> None:
        if self._provider is None:
            return
        names = {bundle.name for bundle in self._provider.jit.privilege_sets}
        numbered = (self.tr("Privilege set {}").format(number) for number in range(1, len(names) + 2))
        name = next(name for name in numbered if name not in names)
        provider, set_id = edits.add_privilege_set(self._provider, name)
        self._change(provider)
        self._list.setCurrentRow([bundle.id for bundle in provider.jit.privilege_sets].index(set_id))
        self._name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._name.selectAll()

    @Slot()
    def _on_remove_clicked(self) -> None:
        current = self._current_id()
        if current is not None and self._provider is not None:
            self._change(edits.remove_privilege_set(self._provider, current))

    @Slot(str)
    def _on_name_text_edited(self, name: str) -> None:
        bundle = self._current()
        if bundle is not None and self._provider is not None:
            self._change(edits.replace_privilege_set(self._provider, replace(bundle, name=name)))

    @Slot(object)
    def _on_privileges_ticked(self, guids: frozenset[ObjectGuid]) -> None:
        bundle = self._current()
        if bundle is not None and self._provider is not None:
            self._change(edits.replace_privilege_set(self._provider, replace(bundle, privileges=guids)))

    @Slot(object)
    def _on_accounts_ticked(self, guids: frozenset[ObjectGuid]) -> None:
        bundle = self._current()
        if bundle is not None and self._provider is not None:
            self._change(edits.replace_privilege_set(self._provider, replace(bundle, accounts=guids)))


def _button(text: str, name: str, icon_name: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAutoDefault(False)
    bind_icon(button, icon_name)
    return button
