# SPDX-License-Identifier: MIT
"""The *Accounts* page: the user accounts of the domain that can be checked out."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.ports import DirectoryEntry
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.pickers.picker import Picker
from jit_desktop.ui.pickers.purpose import Purpose
from jit_desktop.ui.settings import edits
from jit_desktop.ui.settings.drafts import ProviderDraft
from jit_desktop.ui.settings.findings import Findings
from jit_desktop.ui.settings.object_list import ListWords, ObjectList
from jit_desktop.ui.settings.object_table import ObjectRow
from jit_desktop.ui.settings.page import SettingsPage
from jit_desktop.ui.settings.reach import Reach


class AccountsPage(SettingsPage):
    """Object names: ``settings.accounts`` with ``-add``, ``-remove``, ``-problem``, ``-empty``."""

    def __init__(self, reach: Reach, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = self.tr("Accounts")
        self._reach = reach
        words = ListWords(
            title=self.tr("Privileged accounts"),
            sentence=self.tr("The user accounts of this domain that can be checked out."),
            name_title=self.tr("Account"),
            empty_title=self.tr("No privileged account yet"),
            empty_sentence=self.tr("Add the accounts that people check out to do privileged work."),
            icon="user",
        )
        self._accounts = ObjectList("settings.accounts", words)
        self._accounts.add_requested.connect(self._on_accounts_add_requested)
        self._accounts.removal_requested.connect(self._on_accounts_removal_requested)
        self._accounts.renamed.connect(self._on_accounts_renamed)
        self._problem_places["accounts"] = (self._accounts.set_problem, self._accounts)
        self.body.addWidget(self._accounts, 1)

    def show_findings(self, findings: Findings) -> None:
        self._accounts.set_findings(findings)

    def _show(self, draft: ProviderDraft) -> None:
        self._accounts.set_rows([ObjectRow(a.account, a.display_name) for a in draft.provider.accounts])

    def _change(self, provider: DomainProvider) -> None:
        self._edit(provider, "accounts")
        self.show_draft(self.draft)

    @Slot()
    def _on_accounts_add_requested(self) -> None:
        picker = Picker(
            Purpose.ACCOUNTS,
            self._reach.browsing,
            self._reach.opener(self.draft),
            taken=[account.account.guid for account in self.draft.provider.accounts],
            parent=self,
        )
        picker.picked.connect(self._on_picker_picked)
        picker.open()

    @Slot(object)
    def _on_picker_picked(self, accounts: tuple[DirectoryEntry, ...]) -> None:
        self._change(edits.add_accounts(self.draft.provider, accounts))

    @Slot(object)
    def _on_accounts_removal_requested(self, guids: list[ObjectGuid]) -> None:
        self._change(edits.remove_accounts(self.draft.provider, guids))

    @Slot(str, str)
    def _on_accounts_renamed(self, guid: str, display_name: str) -> None:
        self._change(edits.rename_account(self.draft.provider, ObjectGuid(guid), display_name))
