# SPDX-License-Identifier: MIT
"""What every window is handed, so that none of them makes or looks up anything by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from jit_desktop.elevation.domain_check import DomainCheck, RehearsalNews, RehearsalReport
from jit_desktop.elevation.identity import ElevationId, ProviderId
from jit_desktop.elevation.inspection import Inspection
from jit_desktop.elevation.ports import (
    CancelToken,
    Clock,
    Connector,
    FoundDomain,
    KeptSchedule,
    KeptStartAtLogon,
    Secrets,
    Store,
)
from jit_desktop.elevation.service import ElevationService
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.bridge import Workers


class SessionStarter(Protocol):
    """Starts the program with which somebody works under an elevated account."""

    def start(self, command: Sequence[str], *, account: str, domain: str) -> int:
        """Start ``command`` without a shell; its process id. Raises a ``JitError`` that says why not."""


class Examines(Protocol):
    """Looks at an elevation or a whole domain and tells the truth about it; every method blocks."""

    def check_now(self, elevation_id: ElevationId) -> Inspection:
        """How an elevation, open or ended, stands on each domain controller; raises a ``JitError``."""

    def check_domain(self, provider_id: ProviderId) -> DomainCheck:
        """What a domain can do and what the bound account may do there; writes nothing."""

    def rehearse(
        self,
        provider_id: ProviderId,
        listener: Callable[[RehearsalNews], None],
        cancel: CancelToken | None,
    ) -> RehearsalReport:
        """Walk through an elevation on groups that give nobody anything; ``listener`` hears each step."""


@dataclass(frozen=True, slots=True)
class UiContext:
    """The objects that `app.py` built; all but `workers` may be used from a worker's thread.

    `service`, `store`, `secrets`, `connector`, `sessions`, `examiner`, `schedule` and `logon` block: a window
    reaches them through `workers` only. The two exceptions never block and may be called anywhere:
    `service.domain_now` and `service.clock_difference`.
    """

    service: ElevationService
    examiner: Examines
    schedule: KeptSchedule
    logon: KeptStartAtLogon
    store: Store
    secrets: Secrets
    connector: Connector
    clock: Clock
    sessions: SessionStarter
    workers: Workers
    data_dir: Path
    actor: str
    """Who uses this copy of the program, as it is recorded with everything that is done."""
    find_domain: Callable[[], FoundDomain]
    """Asks the operating system for the domain of the present session; blocks."""
    demo_provider: Callable[[], DomainProvider]
    """Makes the provider of the embedded demo domain, complete, for *Try the demo domain*; blocks."""
