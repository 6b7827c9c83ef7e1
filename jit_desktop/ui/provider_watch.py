# SPDX-License-Identifier: MIT
"""Looks at each domain now and then: which controller answers, who we are to it, how the accounts are."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, Slot

from jit_desktop.elevation.errors import JitError, NoSuchObject, SignInFailed
from jit_desktop.elevation.identity import ObjectGuid, ProviderId
from jit_desktop.elevation.model import SweepReport
from jit_desktop.elevation.ports import DirectoryEntry
from jit_desktop.elevation.reaching import PASS_SECONDS
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.bridge import Control, Scope, Ticket
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.heartbeat import Heartbeat
from jit_desktop.ui.models.board import Board, ProviderStatus

AGAIN_SECONDS: Final = 30
"""How long after a look that failed the next one is taken."""


class ProviderWatch(QObject):
    """Keeps the board's provider statuses fresh: whenever settings change and after every sweep."""

    def __init__(
        self, context: UiContext, board: Board, heartbeat: Heartbeat, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._board = board
        self._scopes: dict[ProviderId, Scope] = {}
        self._looks: dict[ProviderId, Ticket] = {}
        self._seen: dict[ProviderId, DomainProvider] = {}
        self._looked_at: dict[ProviderId, float] = {}
        self._has_stopped = False
        board.providers_changed.connect(self._on_board_providers_changed)
        heartbeat.swept.connect(self._on_heartbeat_swept)
        heartbeat.ticked.connect(self._on_heartbeat_ticked)

    def stop(self) -> None:
        """Look no more; what comes in late from the workers is not followed up."""
        self._has_stopped = True

    def look(self, provider_id: ProviderId) -> None:
        """Connect to one domain and read; an earlier look that waits or is still under way does not count any
        more, and ends with what it is asking right now."""
        provider = self._board.provider(provider_id)
        if provider is None or self._has_stopped:
            return
        scope = self._scopes.setdefault(provider_id, Scope(self))
        scope.renew(cancel=True)
        self._looked_at[provider_id] = self._context.clock.monotonic()
        service, clock = self._context.service, self._context.clock

        def work(control: Control) -> ProviderStatus:
            until = time.monotonic() + PASS_SECONDS
            with service.reach.open_directory(provider, within_seconds=PASS_SECONDS) as directory:
                directory.work_until(until)
                accounts: dict[ObjectGuid, DirectoryEntry | None] = {}
                for account in provider.accounts:
                    control.raise_if_cancelled()
                    guid = account.account.guid
                    try:
                        accounts[guid] = directory.read(guid)
                    except NoSuchObject:
                        accounts[guid] = None
                return ProviderStatus(directory.info, accounts, read_at=clock.utc_now())

        def on_done(fresh: ProviderStatus) -> None:
            last_sweep = self._board.status(provider_id).last_sweep
            self._board.set_status(provider_id, replace(fresh, last_sweep=last_sweep))

        def on_error(error: BaseException) -> None:
            problem = error if isinstance(error, JitError) else self._fault(provider)
            self._board.set_status(provider_id, replace(self._board.status(provider_id), problem=problem))

        self._looks[provider_id] = self._context.workers[f"watch:{provider_id}"].submit(
            work, scope=scope, on_done=on_done, on_error=on_error
        )

    def _fault(self, provider: DomainProvider) -> JitError:
        return JitError(
            self.tr("A fault in the program kept it from reading {name}.").format(name=provider.name),
            remedy=self.tr("The log file says more."),
        )

    @Slot()
    def _on_board_providers_changed(self) -> None:
        for provider in self._board.providers:
            if self._seen.get(provider.id) != provider:
                self._seen[provider.id] = provider
                self.look(provider.id)

    @Slot()
    def _on_heartbeat_ticked(self) -> None:
        """A domain that did not answer may answer again; one that waits for its password will not."""
        now = self._context.clock.monotonic()
        for provider in self._board.providers:
            status = self._board.status(provider.id)
            problem, is_unknown = status.problem, status.info is None
            look = self._looks.get(provider.id)
            if look is not None and look.is_open:
                continue  # begun anew again and again, it would never come to its end
            waited = now - self._looked_at.get(provider.id, now)
            is_wanted = is_unknown if problem is None else not isinstance(problem, SignInFailed)
            if is_wanted and waited >= AGAIN_SECONDS:
                self.look(provider.id)

    @Slot(object)
    def _on_heartbeat_swept(self, report: SweepReport) -> None:
        self.look(report.provider_id)
