# SPDX-License-Identifier: MIT
"""What all windows know of the world right now, in one place, so that they never tell different stories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ElevationId, ObjectGuid, ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, StepReport, SweepReport
from jit_desktop.elevation.ports import DirectoryEntry, DomainInfo
from jit_desktop.elevation.settings import DomainProvider


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """What was last seen of one domain."""

    info: DomainInfo | None = None
    """Controller, identity and encryption of the last connection; ``None`` before the first."""
    accounts: Mapping[ObjectGuid, DirectoryEntry | None] = field(default_factory=dict)
    """The privileged accounts as the directory shows them; ``None`` for one that is not there any more."""
    problem: JitError | None = None
    """Why it could not be worked with the last time; ``None`` where it could."""
    last_sweep: SweepReport | None = None
    read_at: datetime | None = None
    """When ``info`` and ``accounts`` were read, UTC."""


class Board(QObject):
    """Providers, open elevations and the state of each domain; all of it in the windows' own thread.

    An elevation that arrives is taken by its revision: an older reading never overwrites a newer one, so it
    does not matter in which order the workers' answers come in.
    """

    providers_changed = Signal()
    provider_status_changed = Signal(str)
    elevation_changed = Signal(object)
    """An :class:`Elevation` that is open: it is new or something about it is."""
    elevation_ended = Signal(object)
    """An :class:`Elevation` that was open and has ended or failed."""
    past_changed = Signal(object)
    """An :class:`Elevation` that had ended already: something about it is known now that was not."""
    overdue_found = Signal(object)
    """An :class:`Elevation` that became overdue: an alarm."""
    step_reported = Signal(object)
    """A :class:`StepReport` as it happened."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._providers: dict[ProviderId, DomainProvider] = {}
        self._statuses: dict[ProviderId, ProviderStatus] = {}
        self._elevations: dict[ElevationId, Elevation] = {}
        self._ended: dict[ElevationId, int] = {}
        self._providers_are_known = False

    # providers

    @property
    def providers_are_known(self) -> bool:
        """Whether they have been read at all; before that an empty list means nothing."""
        return self._providers_are_known

    @property
    def providers(self) -> tuple[DomainProvider, ...]:
        """All providers, by name."""
        return tuple(self._providers.values())

    def provider(self, provider_id: ProviderId) -> DomainProvider | None:
        """One provider, ``None`` where it was removed since."""
        return self._providers.get(provider_id)

    def set_providers(self, providers: Iterable[DomainProvider]) -> None:
        """Take over what the store says."""
        fresh = {p.id: p for p in providers}
        if self._providers_are_known and fresh == self._providers:
            return
        self._providers = fresh
        self._providers_are_known = True
        self._statuses = {key: status for key, status in self._statuses.items() if key in fresh}
        self.providers_changed.emit()

    def doubt_providers(self) -> None:
        """The store was written: that there are none means nothing until it has been read again."""
        if self._providers_are_known and not self._providers:
            self._providers_are_known = False
            self.providers_changed.emit()

    def status(self, provider_id: ProviderId) -> ProviderStatus:
        """What was last seen of a domain."""
        return self._statuses.get(provider_id, ProviderStatus())

    def set_status(self, provider_id: ProviderId, status: ProviderStatus) -> None:
        """Replace what is known of a domain."""
        if self._statuses.get(provider_id) == status:
            return
        self._statuses[provider_id] = status
        self.provider_status_changed.emit(provider_id)

    # elevations

    @property
    def elevations(self) -> tuple[Elevation, ...]:
        """The open ones, in the order in which they became known."""
        return tuple(self._elevations.values())

    @property
    def open_ids(self) -> frozenset[ElevationId]:
        """Which elevations are open as far as is known."""
        return frozenset(self._elevations)

    @property
    def overdue(self) -> tuple[Elevation, ...]:
        """Those that raise the alarm."""
        return tuple(e for e in self._elevations.values() if e.state is State.OVERDUE)

    def elevation(self, elevation_id: ElevationId) -> Elevation | None:
        """One open elevation."""
        return self._elevations.get(elevation_id)

    def elevation_of(self, account: ObjectGuid) -> Elevation | None:
        """The open elevation that has an account checked out."""
        return next((e for e in self._elevations.values() if e.account.guid == account), None)

    def take(self, elevation: Elevation) -> None:
        """Take over one elevation as somebody has just read or written it."""
        if self._ended.get(elevation.id, -1) >= elevation.revision:
            return
        known = self._elevations.get(elevation.id)
        if known is not None and (known.revision > elevation.revision or known == elevation):
            return
        if not elevation.is_open:
            self._ended[elevation.id] = elevation.revision
            if self._elevations.pop(elevation.id, None) is not None:
                self.elevation_ended.emit(elevation)
            else:
                self.past_changed.emit(elevation)
            return
        self._elevations[elevation.id] = elevation
        self.elevation_changed.emit(elevation)
        if elevation.state is State.OVERDUE and (known is None or known.state is not State.OVERDUE):
            self.overdue_found.emit(elevation)

    def report_step(self, report: StepReport) -> None:
        """Pass a step on to whoever shows it."""
        self.step_reported.emit(report)
