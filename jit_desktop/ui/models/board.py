# SPDX-License-Identifier: MIT
"""What all windows know of the world right now, in one place, so that they never tell different stories."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from PySide6.QtCore import QObject, Signal, Slot

from jit_desktop.elevation.errors import (
    CertificateRejected,
    DirectoryUnavailable,
    EncryptionRequired,
    JitError,
    OutcomeUnknown,
    SignInFailed,
)
from jit_desktop.elevation.identity import ElevationId, ObjectGuid, ProviderId
from jit_desktop.elevation.inspection import Inspection
from jit_desktop.elevation.model import Elevation, StepReport, SuspectGroup, SweepReport
from jit_desktop.elevation.ports import DirectoryEntry, DomainInfo
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.elevation.sighting import later_sight, sight_of

READ_FOR: Final = timedelta(minutes=6)
"""How long a sweep that found nothing says that there is nothing: they are five minutes apart."""


class Reading(Enum):
    """Whether what the directory holds is known."""

    READ = "read"
    IN_PART = "in-part"
    """A domain controller could not be searched, or asked about what has ended, which may show what no other
    one does."""
    NOT_YET = "not-yet"
    """No sweep has read it in this run, or none within the last minutes."""
    NOT_CONNECTED = "not-connected"
    """The domain could not be worked with the last time."""
    NOT_READABLE = "not-readable"
    """Something else kept it from being read the last time: a right, the store, a fault of the program."""


def keeps_us_out(error: BaseException) -> bool:
    """Whether an error says that the domain can't be worked with at all, and not what was asked of it."""
    if isinstance(error, OutcomeUnknown):
        return False
    return isinstance(error, DirectoryUnavailable | SignInFailed | CertificateRejected | EncryptionRequired)


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

    @property
    def trouble(self) -> JitError | None:
        """Why it is not known what the domain holds: it can't be worked with, or the last sweep of it found
        something in its way that has nothing to do with the connection. ``None`` where nothing is."""
        sweep = self.last_sweep
        if self.problem is not None or sweep is None or not sweep.problem:
            return self.problem
        if sweep.error is None:
            return JitError(sweep.problem)
        return None if keeps_us_out(sweep.error) else sweep.error


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
    """An :class:`Elevation` that became an alarm to be called out: it should have ended."""
    alarms_changed = Signal()
    """Others are an alarm now than a moment ago."""
    knowledge_changed = Signal()
    """What the directories hold is known of others than a moment ago; see :meth:`reading`."""
    inspected = Signal(object)
    """An :class:`Inspection`: *Check now* has its answer."""
    step_reported = Signal(object)
    """A :class:`StepReport` as it happened."""

    def __init__(
        self,
        now_of: Callable[[ProviderId], datetime],
        is_alarm: Callable[[Elevation], bool],
        parent: QObject | None = None,
        *,
        is_called_out: Callable[[Elevation], bool] | None = None,
        is_time_read: Callable[[ProviderId], bool] = lambda _provider_id: True,
    ) -> None:
        """``now_of`` gives the time on a provider's clock (UTC), ``is_time_read`` whether that is a domain
        controller's, and ``is_alarm`` the core's judgement of what is red in an elevation, by all the clocks
        that it knows; ``is_called_out`` which of these a person is called for (all, unless it is given).
        All of them without blocking, asked every second."""
        super().__init__(parent)
        self._now_of = now_of
        self._is_alarm = is_alarm
        self._is_called_out = is_called_out or is_alarm
        self._is_time_read = is_time_read
        self._alarms: frozenset[ElevationId] = frozenset()
        self._called_out: frozenset[ElevationId] = frozenset()
        self._readings: dict[ProviderId, Reading] = {}
        self._inspections: dict[ElevationId, Inspection] = {}
        self._providers: dict[ProviderId, DomainProvider] = {}
        self._statuses: dict[ProviderId, ProviderStatus] = {}
        self._elevations: dict[ElevationId, Elevation] = {}
        self._ended: dict[ElevationId, int] = {}
        self._unconfirmed: dict[ElevationId, Elevation] = {}
        """What has ended, as far as those could be asked that were."""
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
        self._recheck_readings()

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
        self._recheck_readings()

    def domain_answered(self, provider_id: ProviderId) -> None:
        """Something that was asked of a domain was done: it can be worked with."""
        if self.status(provider_id).problem is not None:
            self.set_status(provider_id, replace(self.status(provider_id), problem=None))

    def domain_refused(self, provider_id: ProviderId, error: BaseException) -> None:
        """Something that was asked of a domain failed; only what :func:`keeps_us_out` is about the domain."""
        if isinstance(error, JitError) and keeps_us_out(error):
            self.set_status(provider_id, replace(self.status(provider_id), problem=error))

    def take_sweep(self, report: SweepReport) -> None:
        """Take over what a sweep found, of the domain and of each elevation."""
        status = replace(self.status(report.provider_id), last_sweep=report)
        if report.error is not None and keeps_us_out(report.error):
            status = replace(status, problem=report.error)
        elif not report.problem:
            status = replace(status, problem=None)
        self.set_status(report.provider_id, status)
        groups = (report.adopted, report.ending, report.ended, report.overdue, report.unrecorded)
        for elevation in (e for group in groups for e in group):
            self.take(elevation)

    def take_inspection(self, inspection: Inspection) -> None:
        """Take over what *Check now* found of one elevation, and that its domain answered."""
        elevation, sight = inspection.elevation, sight_of(inspection)
        self._inspections[elevation.id] = inspection
        if sight is not None:
            self.take(replace(elevation, sight=later_sight(elevation.sight, sight)))
            self.domain_answered(elevation.provider_id)
        self.inspected.emit(inspection)

    def inspection(self, elevation_id: ElevationId) -> Inspection | None:
        """What *Check now* said last of an elevation in this run."""
        return self._inspections.get(elevation_id)

    # what is known

    def now(self, provider_id: ProviderId) -> datetime:
        """The present time (UTC) on the clock by which a provider's deadlines count."""
        return self._now_of(provider_id)

    def is_time_read(self, provider_id: ProviderId) -> bool:
        """Whether that is a domain controller's clock; else it is this computer's."""
        return self._is_time_read(provider_id)

    def reading(self, provider_id: ProviderId) -> Reading:
        """Whether what a domain holds is known: a sweep of it succeeded within the last minutes."""
        status = self.status(provider_id)
        if status.trouble is not None:
            return Reading.NOT_CONNECTED if keeps_us_out(status.trouble) else Reading.NOT_READABLE
        sweep = status.last_sweep
        if sweep is None or sweep.problem or self._now_of(provider_id) - sweep.at > READ_FOR:
            return Reading.NOT_YET
        return Reading.IN_PART if sweep.unsearched or self.unconfirmed_on(provider_id) else Reading.READ

    def unconfirmed_on(self, provider_id: ProviderId) -> tuple[str, ...]:
        """Which domain controllers could not be asked about what has ended in this run, and may still give
        it."""
        ended = (e for e in self._unconfirmed.values() if e.provider_id == provider_id)
        return tuple(dict.fromkeys(host for elevation in ended for host in elevation.unconfirmed_on))

    @property
    def unread(self) -> tuple[DomainProvider, ...]:
        """The providers of which it is not known what is elevated."""
        return tuple(p for p in self.providers if self.reading(p.id) is not Reading.READ)

    @property
    def suspects(self) -> dict[ProviderId, tuple[SuspectGroup, ...]]:
        """What the last sweeps found that looks like ours and is not as we make it."""
        sweeps = {p.id: self.status(p.id).last_sweep for p in self.providers}
        return {key: sweep.suspects for key, sweep in sweeps.items() if sweep is not None and sweep.suspects}

    @property
    def giving(self) -> dict[ProviderId, tuple[SuspectGroup, ...]]:
        """What gives rights by the last sweeps though no elevation that is known lends them
        (:attr:`SweepReport.giving`)."""
        sweeps = {p.id: self.status(p.id).last_sweep for p in self.providers}
        return {key: sweep.giving for key, sweep in sweeps.items() if sweep is not None and sweep.giving}

    @property
    def alarm_count(self) -> int:
        """How many elevations and suspect groups are an alarm."""
        groups = sum(group.is_alarm for found in self.suspects.values() for group in found)
        return len(self.overdue) + groups

    @Slot()
    def recheck(self) -> None:
        """Time has passed: see what has become an alarm by that; touches nothing but memory."""
        overdue = {e.id: e for e in self.overdue}
        called_out = {key: e for key, e in overdue.items() if self._is_called_out(e)}
        fresh = [e for key, e in called_out.items() if key not in self._called_out]
        has_changed = overdue.keys() != self._alarms
        self._alarms, self._called_out = frozenset(overdue), frozenset(called_out)
        for elevation in fresh:
            self.overdue_found.emit(elevation)
        if has_changed:
            self.alarms_changed.emit()
        self._recheck_readings()

    def _recheck_readings(self) -> None:
        readings = {p.id: self.reading(p.id) for p in self.providers}
        if readings != self._readings:
            self._readings = readings
            self.knowledge_changed.emit()

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
        """Those that raise the alarm: past their deadline and not confirmed, whatever the reason."""
        return tuple(e for e in self._elevations.values() if self.is_alarm(e))

    def is_alarm(self, elevation: Elevation) -> bool:
        """Whether an elevation raises the alarm now, open here or not."""
        return self._is_alarm(elevation)

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
        if known is not None:
            # Looks are not counted by the revision: the latest counts, whoever brings it.
            sight = later_sight(known.sight, elevation.sight)
            newer = known if known.revision > elevation.revision else elevation
            elevation = replace(newer, sight=sight)
            if elevation == known:
                return
        if not elevation.is_open:
            self._ended[elevation.id] = elevation.revision
            self._unconfirmed.pop(elevation.id, None)
            if elevation.unconfirmed_on:
                self._unconfirmed[elevation.id] = elevation
            if self._elevations.pop(elevation.id, None) is not None:
                self.elevation_ended.emit(elevation)
            else:
                self.past_changed.emit(elevation)
        else:
            self._elevations[elevation.id] = elevation
            self.elevation_changed.emit(elevation)
        self.recheck()

    def report_step(self, report: StepReport) -> None:
        """Pass a step on to whoever shows it."""
        self.step_reported.emit(report)
