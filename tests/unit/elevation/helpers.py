"""Clocks, stores and values for the tests of the core."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from jit_desktop.elevation.errors import AccountCheckedOut, ConcurrentChange, StoreError, UnknownItem
from jit_desktop.elevation.identity import (
    DistinguishedName,
    ElevationId,
    ObjectGuid,
    ObjectRef,
    ProviderId,
    SecurityId,
)
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import AuditEntry, Elevation, Sight, StepReport, Transition, by_group
from jit_desktop.elevation.ports import (
    NOBODY,
    DirectoryEntry,
    EntryKind,
    GroupScope,
    KeptTime,
    NotVisible,
    TemporaryGroup,
)
from jit_desktop.elevation.settings import DomainProvider

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BASE = "DC=corp,DC=example,DC=test"


def guid() -> ObjectGuid:
    return ObjectGuid(str(uuid.uuid4()))


@dataclass
class ManualClock:
    """A PC whose clocks only move when a test says so; the wall clock can be set wrong on its own."""

    wall: datetime = START
    ticks: float = 1000.0
    boot: str = "boot-1"

    def utc_now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks

    def boot_id(self) -> str:
        return self.boot

    def reboot(self) -> None:
        """The computer was started again a moment ago."""
        number = int(self.boot.rpartition("-")[2]) + 1
        self.boot, self.ticks = f"boot-{number}", 10.0

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.ticks += seconds

    def set_wall(self, wall: datetime) -> None:
        self.wall = wall


def group(
    name: str, scope: GroupScope = GroupScope.GLOBAL, *, domain: str = BASE, security: bool = True
) -> DirectoryEntry:
    return DirectoryEntry(
        guid=guid(),
        dn=DistinguishedName(f"CN={name},OU=Groups,{domain}"),
        name=name,
        kind=EntryKind.GROUP,
        sid=SecurityId(f"S-1-5-21-1-2-3-{abs(hash(name)) % 10000}"),
        scope=scope,
        security_enabled=security,
        logon_name=name,
    )


def account(name: str = "_backupoperator15", *, domain: str = BASE) -> DirectoryEntry:
    return DirectoryEntry(
        guid=guid(),
        dn=DistinguishedName(f"CN={name},OU=Accounts,{domain}"),
        name=name,
        kind=EntryKind.ACCOUNT,
        logon_name=name,
    )


def reference(entry: DirectoryEntry) -> ObjectRef:
    return ObjectRef(entry.guid, entry.dn, entry.name)


def visible(found: TemporaryGroup | NotVisible) -> TemporaryGroup:
    """The group of an answer that has to show one."""
    assert isinstance(found, TemporaryGroup), found
    return found


@dataclass
class Recorder:
    """A listener that remembers."""

    steps: list[StepReport] = field(default_factory=list)
    elevations: list[Elevation] = field(default_factory=list)

    def on_step(self, report: StepReport) -> None:
        self.steps.append(report)

    def on_elevation(self, elevation: Elevation) -> None:
        self.elevations.append(elevation)

    @property
    def states(self) -> list[State]:
        return list(dict.fromkeys(e.state for e in self.elevations))


class MemoryStore:
    """Keeps everything in dictionaries, with the promises of the real one that the core relies on."""

    def __init__(self) -> None:
        self.kept_providers: dict[ProviderId, DomainProvider] = {}
        self.kept: dict[ElevationId, Elevation] = {}
        self.moves: list[Transition] = []
        self.kept_steps: list[StepReport] = []
        self.audited: list[str] = []
        self.kept_controllers: dict[ProviderId, tuple[str, ...]] = {}
        self.kept_departed: dict[ProviderId, dict[str, datetime]] = {}
        self.kept_times: dict[ProviderId, KeptTime] = {}
        self.set_up: set[str] = set()
        self.fail_with: BaseException | None = None
        self.fail_writes_with: BaseException | None = None
        self.fail_writes_after = 0

    def _check(self) -> None:
        if self.fail_with is not None:
            raise self.fail_with

    def _check_write(self) -> None:
        self._check()
        if self.fail_writes_with is not None:
            if self.fail_writes_after <= 0:
                raise self.fail_writes_with
            self.fail_writes_after -= 1

    def close(self) -> None: ...

    def providers(self) -> Sequence[DomainProvider]:
        self._check()
        return list(self.kept_providers.values())

    def missing_providers(self) -> Collection[ProviderId]:
        return ()

    def provider(self, provider_id: ProviderId) -> DomainProvider:
        try:
            return self.kept_providers[provider_id]
        except KeyError:
            raise UnknownItem("There is no such provider.") from None

    def save_provider(self, provider: DomainProvider, *, at: datetime, actor: str) -> None:
        self.kept_providers[provider.id] = provider

    def delete_provider(self, provider_id: ProviderId, *, at: datetime, actor: str) -> None:
        del self.kept_providers[provider_id]

    def begin(self, elevation: Elevation, transition: Transition, *, wait: bool = True) -> Elevation:
        self._check_write()
        known = self.kept.get(elevation.id)
        ends_here = known is not None and known.is_open and known.provider_id in self.kept_providers
        if known is not None and (ends_here or not elevation.adopted):
            raise ConcurrentChange("This elevation is known already.")
        for other in self.kept.values():
            same = other.account.guid == elevation.account.guid
            if other.is_open and same and not elevation.adopted:
                raise AccountCheckedOut(elevation.account.name, other.requested_by, other.deadline)
        return self._keep(replace(elevation, revision=known.revision + 1 if known else 1), transition)

    def advance(self, elevation: Elevation, transition: Transition) -> Elevation:
        self._check_write()
        if self.kept[elevation.id].revision != elevation.revision:
            raise ConcurrentChange("Changed meanwhile.")
        return self._keep(replace(elevation, revision=elevation.revision + 1), transition)

    def _keep(self, elevation: Elevation, transition: Transition) -> Elevation:
        self.kept[elevation.id] = elevation
        self.moves.append(transition)
        return elevation

    def elevation(self, elevation_id: ElevationId) -> Elevation:
        self._check()
        try:
            return self.kept[elevation_id]
        except KeyError:
            raise UnknownItem("There is no such elevation.") from None

    def open_elevations(self, provider_id: ProviderId | None = None) -> Sequence[Elevation]:
        self._check()
        found = [e for e in self.kept.values() if e.is_open and provider_id in (None, e.provider_id)]
        return sorted(found, key=lambda e: e.deadline)

    def history(self, *, limit: int = 200, offset: int = 0, text: str = "") -> Sequence[Elevation]:
        return [e for e in self.kept.values() if not e.is_open][offset : offset + limit]

    def unrecorded(self) -> Sequence[Elevation]:
        return ()

    def trouble(self) -> StoreError | None:
        return None

    def unconfirmed_elevations(self, provider_id: ProviderId) -> Sequence[Elevation]:
        return [
            e
            for e in self.kept.values()
            if not e.is_open and (e.unconfirmed_on or e.leftover) and e.provider_id == provider_id
        ]

    def elevations_of_groups(
        self, provider_id: ProviderId, groups: Collection[ObjectGuid]
    ) -> Mapping[ObjectGuid, Elevation]:
        self._check()
        found = [e for e in self.kept.values() if e.provider_id == provider_id]
        return by_group(e for e in found if e.group_guid in groups)

    def used_locations(self, provider_id: ProviderId) -> Collection[ObjectGuid]:
        self._check()
        return {e.location.guid for e in self.kept.values() if e.provider_id == provider_id}

    def used_targets(self, provider_id: ProviderId) -> Collection[ObjectGuid]:
        self._check()
        open_here = self.open_elevations(provider_id)
        needed = (*open_here, *self.unconfirmed_elevations(provider_id))
        return {p.group.guid for e in needed for p in e.privileges}

    def known_controllers(self, provider_id: ProviderId) -> Sequence[str]:
        self._check()
        return self.kept_controllers.get(provider_id, ())

    def departed_controllers(self, provider_id: ProviderId) -> Mapping[str, datetime]:
        self._check()
        return self.kept_departed.get(provider_id, {})

    def remember_controllers(
        self,
        provider_id: ProviderId,
        hosts: Sequence[str],
        departed: Mapping[str, datetime] = NOBODY,
        *,
        wait: bool = True,
    ) -> None:
        self._check_write()
        self.kept_controllers[provider_id] = tuple(hosts)
        self.kept_departed[provider_id] = dict(departed)

    def transitions(self, elevation_id: ElevationId) -> Sequence[Transition]:
        return [t for t in self.moves if t.elevation_id == elevation_id]

    def advance_all(
        self, moves: Sequence[tuple[Elevation, Transition]], *, wait: bool = True
    ) -> Sequence[Elevation | ConcurrentChange]:
        self._check_write()
        stored: list[Elevation | ConcurrentChange] = []
        for elevation, transition in moves:
            known = self.kept.get(elevation.id)
            if known is None or known.revision != elevation.revision:
                stored.append(ConcurrentChange("Changed meanwhile."))
            else:
                stored.append(self._keep(replace(elevation, revision=elevation.revision + 1), transition))
        return stored

    def renew_lease(self, elevation: Elevation, until: datetime, *, wait: bool = True) -> Elevation:
        self._check_write()
        if self.kept[elevation.id].revision != elevation.revision:
            raise ConcurrentChange("Changed meanwhile.")
        renewed = replace(elevation, next_attempt_at=until, revision=elevation.revision + 1)
        self.kept[elevation.id] = renewed
        return renewed

    def note_sights(self, sights: Mapping[ElevationId, Sight]) -> None:
        self._check_write()
        for elevation_id, sight in sights.items():
            if elevation_id in self.kept:
                self.kept[elevation_id] = replace(self.kept[elevation_id], sight=sight)

    def kept_time(self, provider_id: ProviderId) -> KeptTime | None:
        self._check()
        return self.kept_times.get(provider_id)

    def keep_time(self, provider_id: ProviderId, kept: KeptTime) -> None:
        self._check_write()
        self.kept_times[provider_id] = kept

    def set_up_here(self) -> Collection[str]:
        self._check()
        return frozenset(self.set_up)

    def note_set_up_here(self, name: str, *, is_there: bool) -> None:
        self._check_write()
        (self.set_up.add if is_there else self.set_up.discard)(name)

    def add_step(self, report: StepReport) -> None:
        self._check()
        self.kept_steps.append(report)

    def add_steps(self, reports: Sequence[StepReport], *, wait: bool = True) -> None:
        self._check()
        self.kept_steps += reports

    def steps(self, elevation_id: ElevationId) -> Sequence[StepReport]:
        return [s for s in self.kept_steps if s.elevation_id == elevation_id]

    def add_audit(
        self,
        *,
        at: datetime,
        actor: str,
        action: str,
        subject: str,
        detail: dict[str, object],
        wait: bool = True,
    ) -> None:
        self.audited.append(action)

    def audit(self, *, limit: int = 200, offset: int = 0) -> Sequence[AuditEntry]:
        return []
