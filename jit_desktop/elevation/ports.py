# SPDX-License-Identifier: MIT
"""What the core needs from the outside: a directory, a store, secrets, a clock and somebody who listens.

All of them are synchronous and are called from a worker thread; only ``Directory.cancel`` and
``CancelToken`` may be called from another thread.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from jit_desktop.elevation.errors import Cancelled
from jit_desktop.elevation.identity import (
    DistinguishedName,
    ElevationId,
    ObjectGuid,
    ProviderId,
    SecurityId,
)
from jit_desktop.elevation.model import AuditEntry, Elevation, StepReport, Transition
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionSettings, DomainProvider

# --- values that a directory gives -----------------------------------------------------------------------


class EntryKind(enum.StrEnum):
    """What an entry of the directory is, as far as the pickers tell them apart."""

    DOMAIN = "domain"
    OU = "ou"
    CONTAINER = "container"
    GROUP = "group"
    ACCOUNT = "account"
    OTHER = "other"


class GroupScope(enum.StrEnum):
    """Scope of a group ([MS-ADTS] 2.2.12, groupType)."""

    GLOBAL = "global"
    DOMAIN_LOCAL = "domain-local"
    UNIVERSAL = "universal"


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One object as a picker shows it. Fields that do not apply to its kind keep their defaults."""

    guid: ObjectGuid
    dn: DistinguishedName
    name: str
    kind: EntryKind
    description: str = ""
    sid: SecurityId | None = None
    scope: GroupScope | None = None
    security_enabled: bool = True
    """False for a distribution group, which gives no rights."""
    builtin: bool = False
    protected: bool = False
    """Whether AdminSDHolder protects it (``adminCount`` is 1)."""
    enabled: bool = True
    """False for a disabled account."""
    expired: bool = False
    """Whether the account's ``accountExpires`` has passed."""
    logon_name: str = ""
    """``sAMAccountName`` of an account or group."""
    has_children: bool = False
    """Whether opening it in a tree may show something."""


@dataclass(frozen=True, slots=True)
class DomainController:
    """One domain controller of the domain."""

    host: str
    site: str = ""
    writable: bool = True


@dataclass(frozen=True, slots=True)
class DomainInfo:
    """What a connection told about the domain, for the status bar and *Test connection*."""

    dns_name: str
    base_dn: DistinguishedName
    netbios_name: str
    controller: str
    """DNS name of the domain controller that answers."""
    identity: str
    """Who the directory says we are, ``DOMAIN\\user``."""
    encryption: str
    """How the connection is protected, in words: ``TLSv1.3, certificate verified``."""
    functional_level: int = 0
    can_end_by_itself: bool = False
    """Whether this directory deletes dynamic objects or ends memberships with a TTL."""
    certificate_fingerprint: str = ""
    certificate_expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rights:
    """What the bound account may do, as the directory computes it (``allowed…Effective``)."""

    can_create_groups: bool
    can_write_members: Mapping[ObjectGuid, bool]
    """By GUID of each target group that was asked about."""


@dataclass(frozen=True, slots=True)
class TemporaryGroup:
    """A group in a creation location as the directory shows it now."""

    guid: ObjectGuid
    dn: DistinguishedName
    name: str
    info: str = ""
    """The text in which our record stands; empty where there is none."""
    description: str = ""
    scope: GroupScope | None = None
    members: tuple[ObjectGuid, ...] = ()
    member_of: tuple[ObjectGuid, ...] = ()
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A temporary group to be made: all of it in one write."""

    name: str
    """Both ``cn`` and ``sAMAccountName``."""
    location: DistinguishedName
    scope: GroupScope
    member: DistinguishedName
    info: str
    description: str


class Directory(Protocol):
    """One open, authenticated, encrypted connection to one domain controller.

    Every method raises :class:`~jit_desktop.elevation.errors.DirectoryError` of the kind that fits, or
    :class:`~jit_desktop.elevation.errors.Cancelled` after :meth:`cancel`. A write whose answer never came
    raises
    :class:`~jit_desktop.elevation.errors.OutcomeUnknown`; no write is ever repeated by the implementation.
    """

    @property
    def info(self) -> DomainInfo:
        """What was learnt when the connection was made."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def close(self) -> None:
        """Let go of the connection; safe to call twice, raises nothing."""

    def cancel(self) -> None:
        """Break off the request that is running, from any thread; the connection is of no more use."""

    def current_time(self) -> datetime:
        """The domain controller's clock (rootDSE ``currentTime``), UTC."""

    def domain_controllers(self) -> Sequence[DomainController]:
        """The domain controllers of this domain, the one that answers included, sorted by host."""

    # reading

    def children(
        self, parent: DistinguishedName, kinds: frozenset[EntryKind], *, limit: int = 0
    ) -> Sequence[DirectoryEntry]:
        """One level below ``parent``: entries of ``kinds``, folders first, then by name. ``limit`` 0
        means all."""

    def search(self, text: str, kinds: frozenset[EntryKind], *, limit: int = 200) -> Sequence[DirectoryEntry]:
        """Entries whose name, logon name or display name begins with ``text`` (ambiguous name resolution)."""

    def read(self, what: ObjectGuid | DistinguishedName) -> DirectoryEntry:
        """One object by GUID (found again after a rename or move) or by DN; ``NoSuchObject`` if it is
        not there."""

    def find_account(self, name: str) -> DirectoryEntry:
        """An account by logon name, UPN or ``DOMAIN\\user``; ``NoSuchObject`` if there is none."""

    def members(self, group: ObjectGuid | DistinguishedName) -> Sequence[DistinguishedName]:
        """The direct members of a group, all of them however many (ranged retrieval)."""

    def token_groups(self, account: ObjectGuid | DistinguishedName) -> frozenset[SecurityId]:
        """SIDs of all groups that the account is in, nested ones included (``tokenGroups``)."""

    def rights(self, location: DistinguishedName, targets: Iterable[ObjectGuid]) -> Rights:
        """What the bound account may do in ``location`` and to ``targets``."""

    def temporary_groups(self, location: DistinguishedName, prefix: str) -> Sequence[TemporaryGroup]:
        """The groups directly in ``location`` whose name begins with ``prefix``; an empty prefix means
        all."""

    def temporary_group(self, what: ObjectGuid | DistinguishedName) -> TemporaryGroup | None:
        """One temporary group as it is now, ``None`` where the directory says that it does not exist."""

    # writing

    def create_group(self, group: NewGroup) -> TemporaryGroup:
        """Make a temporary group in one write and read it back; ``AlreadyExists`` if the name is taken."""

    def add_member(self, group: ObjectGuid | DistinguishedName, member: DistinguishedName) -> None:
        """Make ``member`` a member of ``group``; ``AlreadyExists`` if it is one."""

    def remove_member(self, group: ObjectGuid | DistinguishedName, member: DistinguishedName) -> None:
        """Take ``member`` out of ``group``; ``NoSuchObject`` if it is none."""

    def empty_group(self, group: ObjectGuid | DistinguishedName) -> None:
        """Take all members out of a group."""

    def delete_group(self, group: ObjectGuid | DistinguishedName) -> None:
        """Delete a group; ``NoSuchObject`` if it is not there."""

    def write_record(self, group: ObjectGuid | DistinguishedName, info: str, description: str) -> None:
        """Replace our record in a temporary group."""


class Connector(Protocol):
    """Makes connections."""

    def connect(
        self, connection: ConnectionSettings, password: Secret | None, *, server: str = ""
    ) -> Directory:
        """Connect and sign in; ``server`` overrides the one of the settings (a domain controller).

        Raises a :class:`~jit_desktop.elevation.errors.DirectoryError` of the kind that fits. The password is
        not sent before the connection is encrypted and the certificate accepted.
        """

    def certificate_fingerprint(self, connection: ConnectionSettings) -> str:
        """SHA-256 (hex) of the certificate that the server shows, without signing in, to be shown
        before pinning."""


# --- the store -------------------------------------------------------------------------------------------


class Store(Protocol):
    """Keeps settings, elevations, their transitions and steps, and the audit trail.

    Each call is one transaction, durable when it returns. Raises
    :class:`~jit_desktop.elevation.errors.StoreError` of the kind that fits.
    """

    def close(self) -> None: ...

    def providers(self) -> Sequence[DomainProvider]:
        """All providers by name."""

    def provider(self, provider_id: ProviderId) -> DomainProvider:
        """One provider; ``UnknownItem`` where there is none."""

    def save_provider(self, provider: DomainProvider, *, at: datetime, actor: str) -> None:
        """Insert or replace a provider whole, with one audit entry that says what changed."""

    def delete_provider(self, provider_id: ProviderId, *, at: datetime, actor: str) -> None:
        """Remove a provider; ``Refused`` while it has open elevations. Its history stays."""

    def begin(self, elevation: Elevation, transition: Transition) -> Elevation:
        """Insert a new elevation; ``AccountCheckedOut`` if the account has an open one. Returns it with
        its revision."""

    def advance(self, elevation: Elevation, transition: Transition) -> Elevation:
        """Store ``elevation`` after ``transition``; ``ConcurrentChange`` if its revision is not the
        stored one."""

    def elevation(self, elevation_id: ElevationId) -> Elevation:
        """One elevation; ``UnknownItem`` where there is none."""

    def open_elevations(self, provider_id: ProviderId | None = None) -> Sequence[Elevation]:
        """Those that may have something left in the directory, by deadline."""

    def history(self, *, limit: int = 200, offset: int = 0, text: str = "") -> Sequence[Elevation]:
        """Ended and failed ones, latest first; ``text`` filters by account, privilege, person, reason
        or ticket."""

    def transitions(self, elevation_id: ElevationId) -> Sequence[Transition]:
        """All moves of one elevation in order."""

    def add_step(self, report: StepReport) -> None:
        """Keep one step report."""

    def steps(self, elevation_id: ElevationId) -> Sequence[StepReport]:
        """The step reports of one elevation in order."""

    def add_audit(
        self, *, at: datetime, actor: str, action: str, subject: str, detail: dict[str, object]
    ) -> None:
        """Append to the audit trail; ``begin``, ``advance`` and the provider methods do it themselves."""

    def audit(self, *, limit: int = 200, offset: int = 0) -> Sequence[AuditEntry]:
        """Entries of the audit trail, latest first."""


class Secrets(Protocol):
    """Passwords by provider: in the operating system's credential store, or for this run only."""

    @property
    def can_keep(self) -> bool:
        """Whether there is a credential store that outlives the program."""

    def password(self, provider_id: ProviderId) -> Secret | None:
        """The password of a provider, ``None`` where it has to be asked for."""

    def remember(self, provider_id: ProviderId, password: Secret, *, keep: bool) -> None:
        """Use ``password`` from now on; ``keep`` puts it into the credential store
        (``SecretsUnavailable``)."""

    def forget(self, provider_id: ProviderId) -> None:
        """Remove it from wherever it is."""


# --- time, listening, stopping ---------------------------------------------------------------------------


class Clock(Protocol):
    """The PC's clocks. The monotonic one goes on while the machine sleeps where the system offers that."""

    def utc_now(self) -> datetime:
        """Wall clock, UTC; may be wrong and may jump."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never jumps."""

    def sleep(self, seconds: float) -> None:
        """Wait; only the commands use it."""


class Listener(Protocol):
    """Hears what happens while it happens, on the worker's thread."""

    def on_step(self, report: StepReport) -> None:
        """A step began or has its result."""

    def on_elevation(self, elevation: Elevation) -> None:
        """An elevation is new or has changed; it is stored already."""


@dataclass(slots=True)
class CancelToken:
    """Lets one thread ask another to stop between two steps."""

    _event: threading.Event = field(default_factory=threading.Event)
    _callbacks: list[Callable[[], None]] = field(default_factory=list)

    def cancel(self) -> None:
        """Ask to stop."""
        self._event.set()
        for callback in list(self._callbacks):
            callback()

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` when :meth:`cancel` is called, at once if it was."""
        self._callbacks.append(callback)
        if self._event.is_set():
            callback()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise :class:`Cancelled` if somebody asked to stop."""
        if self._event.is_set():
            raise Cancelled
