# SPDX-License-Identifier: MIT
"""Looks once for each provider at what became of the objects of its settings, without anybody waiting."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from jit_desktop.elevation.identity import ProviderId
from jit_desktop.ui.pickers.lookup import DirectoryLookup
from jit_desktop.ui.settings.drafts import ProviderDraft
from jit_desktop.ui.settings.findings import Findings, look_at_objects
from jit_desktop.ui.settings.reach import Reach


class ObjectCheck(QObject):
    """Remembers what it found until the dialog closes."""

    found = Signal(str)
    """The id of a provider about which `findings` can tell now."""
    failed = Signal(str, object)
    """The id of a provider whose directory gave no answer, and the error."""

    def __init__(self, reach: Reach, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reach = reach
        self._findings: dict[ProviderId, Findings] = {}
        self._lookups: dict[ProviderId, DirectoryLookup] = {}

    def findings(self, provider_id: ProviderId) -> Findings:
        """What is known about the objects of a provider; nothing yet is an empty one."""
        return self._findings.get(provider_id, Findings())

    def look(self, draft: ProviderDraft) -> None:
        """Look at a provider, unless that was done or is under way."""
        provider = draft.provider
        if provider.id in self._findings or provider.id in self._lookups:
            return
        lookup = DirectoryLookup(self._reach.browsing, self._reach.opener(draft), self)
        self._lookups[provider.id] = lookup
        lookup.ask(
            lambda directory: look_at_objects(directory, provider),
            on_done=lambda findings: self._settle(provider.id, findings),
            on_error=lambda error: self._give_up(provider.id, error),
        )

    def close(self) -> None:
        """Break off what is under way."""
        for provider_id in list(self._lookups):
            self._end(provider_id)

    def _settle(self, provider_id: ProviderId, findings: Findings) -> None:
        self._end(provider_id)
        self._findings[provider_id] = findings
        self.found.emit(provider_id)

    def _give_up(self, provider_id: ProviderId, error: BaseException) -> None:
        self._end(provider_id)
        self.failed.emit(provider_id, error)

    def _end(self, provider_id: ProviderId) -> None:
        lookup = self._lookups.pop(provider_id)
        lookup.close()
        lookup.deleteLater()
