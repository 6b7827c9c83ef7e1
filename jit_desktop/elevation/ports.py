# SPDX-License-Identifier: MIT
"""What the core needs from the outside: a directory, a store, secrets, a clock and somebody who listens.

All of them are synchronous and are called from a worker thread; only ``Directory.cancel`` and
``CancelToken`` may be called from another thread.
"""

from __future__ import annotations

import contextlib
import enum
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType, TracebackType
from typing import Final, Protocol, Self

from jit_desktop.elevation.errors import Cancelled, ConcurrentChange, StoreError
from jit_desktop.elevation.identity import (
    DistinguishedName,
    ElevationId,
    ObjectGuid,
    ProviderId,
    SecurityId,
)
from jit_desktop.elevation.model import AuditEntry, Elevation, Sight, StepReport, Transition
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionSettings, DomainProvider

NOBODY: Final[Mapping[str, datetime]] = MappingProxyType({})
"""That no domain controller has left the list."""

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
    owner: SecurityId | None = None
    """Who made a group (:meth:`Directory.groups_of`); ``None`` where that can't be read, or was not asked."""


@dataclass(frozen=True, slots=True)
class DomainController:
    """One domain controller of the domain."""

    host: str
    site: str = ""
    writable: bool = True
    is_listed: bool = True
    """False for one that is known otherwise: then the list was not shown, and there may be others."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What this directory ends by itself; only ever read, never switched on."""

    dynamic_objects: bool = False
    """Whether it deletes a dynamic object when its ``entryTTL`` is over (RFC 2589, [MS-ADTS] 6.1.7)."""
    ttl_links: bool = False
    """Whether it ends a membership that has a TTL: the PAM optional feature ([MS-ADTS] 3.1.1.9.1)."""
    default_ttl_seconds: int = 86_400
    """The forest's ``DynamicObjectDefaultTTLSeconds``."""
    minimum_ttl_seconds: int = 900
    """The forest's ``DynamicObjectMinTTLSeconds``: a shorter ``entryTTL`` is raised to it."""

    @property
    def ends_by_itself(self) -> bool:
        """Whether it can end an elevation without us."""
        return self.dynamic_objects or self.ttl_links


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
    abilities: Abilities = field(default_factory=Abilities)
    certificate_fingerprint: str = ""
    certificate_expires: datetime | None = None
    synchronized: bool = True
    """rootDSE ``isSynchronized``: False while it is being promoted or restored, when what it does not show
    proves nothing ([MS-ADTS] 3.1.1.3.2.19)."""
    domain_sid: SecurityId | None = None
    """What tells the domain from another one of the same name; ``None`` where it is not shown."""


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
    maybe_members: bool = False
    """Whether somebody may be in it although ``members`` is empty: it was asked for, and not proven that
    nobody is (:meth:`Directory.has_members`)."""
    unshown: tuple[ObjectGuid, ...] = ()
    """Accounts that may be in it: it was asked for, and their tokens are not shown."""
    member_of: tuple[ObjectGuid, ...] = ()
    created_at: datetime | None = None
    """When it was made, UTC: ``whenCreated``, or where that may not be read the first write that
    ``replPropertyMetaData`` knows of. ``None`` where neither may be read."""
    sid: SecurityId | None = None
    ends_in_seconds: int | None = None
    """``entryTTL`` as the directory gives it; ``None`` for a group that it does not delete by itself."""
    owner: SecurityId | None = None
    """Who made it: the owner of its security descriptor ([MS-DTYP] 2.4.6), which may be a group that its
    maker is in (*Domain Admins*). ``None`` where it can't be read."""
    record_version: int | None = None
    """How often ``info`` was written, its first time included, and a write that changed nothing not
    (``replPropertyMetaData``, [MS-ADTS] 3.1.1.1.9), which no client can forge. ``None`` where it can't be
    read."""
    description_version: int | None = None
    """Likewise of ``description``."""


@dataclass(frozen=True, slots=True)
class NotVisible:
    """What was asked for is shown nowhere to the account that signs in. It is gone, or the account may not
    see it, or a referral leads elsewhere: this proves nothing, and ``why`` says what was answered."""

    why: str


@dataclass(frozen=True, slots=True)
class MemberLink:
    """One value of ``member``: shown to whoever may read the group, also where the member itself is not."""

    guid: ObjectGuid
    dn: DistinguishedName


@dataclass(frozen=True, slots=True)
class Membership:
    """That an object is a direct member of a group; ``ends_in_seconds`` is its TTL, ``None`` where it has
    none and is permanent."""

    ends_in_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A temporary group to be made: all of it in one write."""

    name: str
    """Both ``cn`` and ``sAMAccountName``."""
    location: DistinguishedName
    scope: GroupScope
    member: DistinguishedName
    """Its only member; empty for a group that begins without one."""
    info: str
    description: str
    lifetime_seconds: int | None = None
    """``entryTTL``: makes it a dynamic object that the directory deletes after so long; ``None``: an ordinary
    group. The directory raises it to the forest's minimum, so read it back."""
    member_lifetime_seconds: int | None = None
    """TTL of the membership of ``member``; ``None``: without one."""


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

    @property
    def is_usable(self) -> bool:
        """Whether anything more can be asked: False as soon as the connection was lost, cancelled or
        closed, or its time (:meth:`work_until`) is over."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def close(self) -> None:
        """Let go of the connection; safe to call twice, raises nothing."""

    def cancel(self) -> None:
        """Break off the request that is running, from any thread; the connection is of no more use."""

    def work_until(self, monotonic: float | None) -> None:
        """Nothing may take longer than until then (by ``time.monotonic``): a request that does raises
        :class:`~jit_desktop.elevation.errors.DirectoryUnavailable`. ``None``: its own time-out alone."""

    def current_time(self) -> datetime:
        """The domain controller's clock (rootDSE ``currentTime``), UTC."""

    def own_sid(self) -> SecurityId | None:
        """The SID of the account that signed in; ``None`` where the directory does not show it."""

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

    def can_list(self, location: DistinguishedName) -> bool:
        """Whether it is proven that the account that signs in may list what is directly in ``location``, so
        that what a list of it leaves out is not there. False where it is not, and where there is no proof."""

    def was_deleted(self, what: ObjectGuid) -> bool:
        """Whether it is proven that an object was deleted: its tombstone is shown, which most accounts may
        not read. False where it is hidden or moved, and where there is no proof."""

    def has_left(self, what: ObjectGuid, folder: DistinguishedName) -> bool:
        """Whether it is proven that an object which stood in ``folder`` does not stand there any more: it was
        deleted, or moved to where nothing is shown. False where it is only hidden, and where there is no
        proof. With an empty ``folder``, where nobody knows where it stood: whether nothing of it is shown."""

    def temporary_groups(
        self, location: ObjectGuid | DistinguishedName, prefix: str, *, info: str = ""
    ) -> Sequence[TemporaryGroup]:
        """The groups directly in ``location`` whose name begins with ``prefix``, and their ``info`` with
        ``info``; an empty text means all."""

    def temporary_group(self, what: ObjectGuid | DistinguishedName) -> TemporaryGroup | NotVisible:
        """One temporary group as it is now. That it is not shown is no proof that it is gone."""

    def member_links(self, group: ObjectGuid | DistinguishedName) -> Sequence[MemberLink]:
        """The direct members of a group by GUID, also those that the account that signs in may not see. An
        empty answer proves nothing: members that may not be read look the same. ``NoSuchObject`` where the
        group itself is not shown."""

    def unseen(
        self, group: ObjectGuid | DistinguishedName, links: Iterable[MemberLink]
    ) -> Sequence[MemberLink]:
        """Those of ``links``, members of ``group``, that are of this domain and are not shown to the account
        that signs in, or do not show what they are, although the group still has them."""

    def has_members(self, group: ObjectGuid | DistinguishedName) -> bool | None:
        """Whether anybody is in a group, as a member or by having it for the primary group, which stands in
        no ``member`` ([MS-ADTS] 3.1.1.4.5.18). False only where it is proven that its members may be read and
        are none, and no account that may be seen has it for the primary group. ``None``: that can't be
        told."""

    def shows_members(self, group: ObjectGuid | DistinguishedName) -> bool:
        """Whether it is proven that who is in a group may be read, so that an empty list of its members is
        one. False where there is no proof."""

    def groups_in(self, target: ObjectGuid | DistinguishedName) -> Sequence[TemporaryGroup]:
        """The groups that are direct members of ``target`` and that are shown, whosever they are and wherever
        in the domain they stand: by the list of the target, whatever they show themselves of what they are
        in, and, where that list is not shown, those that show it. ``NoSuchObject`` where the target is not
        shown."""

    # writing

    def create_group(self, group: NewGroup) -> TemporaryGroup:
        """Make a temporary group in one write and read it back; ``AlreadyExists`` if the name is taken."""

    def membership(
        self, group: ObjectGuid | DistinguishedName, member: ObjectGuid | DistinguishedName
    ) -> Membership | None:
        """The direct membership of ``member`` in ``group`` with its TTL; ``None`` if it is no direct member,
        or if one of the two is not there."""

    def is_member_of(
        self, member: ObjectGuid | DistinguishedName, group: ObjectGuid | DistinguishedName
    ) -> bool:
        """Whether ``member`` is in ``group``, directly or through groups in it ([MS-ADTS]
        3.1.1.3.4.4.3). False if one of the two is not there. Primary groups do not count."""

    def groups_of(
        self, account: ObjectGuid | DistinguishedName, *, nested: bool = False
    ) -> Sequence[DirectoryEntry]:
        """The groups of this domain that ``account`` is a direct member of, by name, its primary group
        included; with ``nested`` also those that it is in through them, but for those of that one. Each is
        given with its owner."""

    def add_member(
        self,
        group: ObjectGuid | DistinguishedName,
        member: DistinguishedName,
        *,
        lifetime_seconds: int | None = None,
    ) -> None:
        """Make ``member`` a member of ``group``, with a TTL where given; ``AlreadyExists`` if it is one."""

    def renew_member(
        self, group: ObjectGuid | DistinguishedName, member: DistinguishedName, lifetime_seconds: int
    ) -> None:
        """Give the membership of ``member`` another TTL, in one write that leaves no gap: the old value goes
        and the new one comes in the same request, or neither does. ``NoSuchObject`` if it is no member."""

    def remove_member(self, group: ObjectGuid | DistinguishedName, member: DistinguishedName) -> None:
        """Take ``member`` out of ``group``; ``NoSuchObject`` if it is none."""

    def take_out(self, group: ObjectGuid | DistinguishedName, member: ObjectGuid) -> bool:
        """Take a member out of a group in one write, whether the account that signs in may see the member or
        not; whether it was one. False also where the directory shows no such group or member."""

    def empty_group(self, group: ObjectGuid | DistinguishedName) -> None:
        """Take all members out of a group; by GUID also where it may not be seen."""

    def delete_group(self, group: ObjectGuid | DistinguishedName) -> None:
        """Delete a group; ``NoSuchObject`` if it is not there."""

    def write_record(
        self,
        group: ObjectGuid | DistinguishedName,
        info: str,
        description: str,
        *,
        lifetime_seconds: int | None = None,
    ) -> None:
        """Replace our record in a temporary group and, in the same write, its ``entryTTL`` where given."""


class Connector(Protocol):
    """Makes connections."""

    def connect(
        self,
        connection: ConnectionSettings,
        password: Secret | None,
        *,
        server: str = "",
        within_seconds: float | None = None,
        cancel: CancelToken | None = None,
        known: DomainInfo | None = None,
    ) -> Directory:
        """Connect and sign in; ``server`` overrides the one of the settings (a domain controller).

        ``known``: what another domain controller told the same account a moment ago, so that what is the same
        for all of them need not be asked again.

        All of it is over within ``within_seconds`` (``None``: a sum of the time-outs of ``connection``), with
        :class:`~jit_desktop.elevation.errors.DirectoryUnavailable`, or as soon as ``cancel`` is cancelled,
        with :class:`~jit_desktop.elevation.errors.Cancelled`. Once it is made, ``Directory.cancel`` breaks it
        off.
        Raises a :class:`~jit_desktop.elevation.errors.DirectoryError` of the kind that fits. The password is
        not sent before the connection is encrypted and the certificate accepted.
        """

    def certificate_fingerprint(self, connection: ConnectionSettings) -> str:
        """SHA-256 (hex) of the certificate that the server shows, without signing in, to be shown
        before pinning."""


# --- the store -------------------------------------------------------------------------------------------


_LAST_YEAR = 9000
_CENTURY_SECONDS = 100 * 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class KeptTime:
    """A time of a domain that was trusted, for the runs that come after."""

    domain_time: datetime
    """UTC."""
    ahead_of_computer_seconds: float
    """How far the domain's clock was ahead of this computer's then."""
    went_back: bool = False
    """Whether the domain's clocks went back since, against what this computer knows."""
    boot: str = ""
    """During which start of the computer it was kept (:meth:`Clock.boot_id`); empty where nobody knows."""
    booted_at: datetime | None = None
    """What time it was in the domain (UTC), as two witnesses established it, when :meth:`Clock.monotonic`
    stood at 0; ``None`` where none did in that start."""

    @property
    def is_plausible(self) -> bool:
        """Whether it can be counted with: anybody may have written what is beyond the calendar."""
        return self.domain_time.year < _LAST_YEAR and abs(self.ahead_of_computer_seconds) < _CENTURY_SECONDS


@dataclass(frozen=True, slots=True)
class Used:
    """What elevations of a provider may hang on besides its present settings, the oldest first."""

    locations: tuple[ObjectGuid, ...] = ()
    """Creation locations."""
    targets: tuple[ObjectGuid, ...] = ()
    """Groups that were lent."""


class Store(Protocol):
    """Keeps settings, elevations, their transitions and steps, and the audit trail.

    Each call is one transaction, durable when it returns. Raises
    :class:`~jit_desktop.elevation.errors.StoreError` of the kind that fits.
    """

    def close(self) -> None: ...

    def providers(self) -> Sequence[DomainProvider]:
        """All providers by name."""

    def missing_providers(self) -> Collection[ProviderId]:
        """Which of :meth:`providers` are known from elsewhere, and are not kept here any more, or never were:
        their settings are as they once were, and somebody may have set up others in their place."""

    def provider(self, provider_id: ProviderId) -> DomainProvider:
        """One provider; ``UnknownItem`` where there is none."""

    def save_provider(self, provider: DomainProvider, *, at: datetime, actor: str) -> None:
        """Insert or replace a provider whole, with one audit entry that says what changed."""

    def delete_provider(self, provider_id: ProviderId, *, at: datetime, actor: str) -> None:
        """Remove a provider; ``Refused`` while it has open elevations, or ended ones that a domain controller
        has not confirmed. Its history stays."""

    def begin(self, elevation: Elevation, transition: Transition, *, wait: bool = True) -> Elevation:
        """Insert a new elevation; ``AccountCheckedOut`` if the account has an open one. Returns it with
        its revision. With ``wait`` False, here and below, a lock that another program holds is not waited for
        (``StoreLocked``)."""

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

    def unrecorded(self) -> Sequence[Elevation]:
        """Those whose present state could not be written yet: none where every call writes or raises."""

    def trouble(self) -> StoreError | None:
        """Why it can't be read or written now although no call says so; ``None`` where it can."""

    def unconfirmed_elevations(self, provider_id: ProviderId) -> Sequence[Elevation]:
        """Those that have ended, or failed, while a domain controller could not be asked
        (``unconfirmed_on``), the latest first."""

    def elevations_of_groups(
        self, provider_id: ProviderId, groups: Collection[ObjectGuid]
    ) -> Mapping[ObjectGuid, Elevation]:
        """What these temporary groups of a provider were made for, by their GUIDs, those that have ended
        included (:func:`~jit_desktop.elevation.model.by_group`); groups of nobody are left out."""

    def used_locations(self, provider_id: ProviderId) -> Collection[ObjectGuid]:
        """The creation locations that elevations of a provider were ever made in."""

    def used_targets(self, provider_id: ProviderId) -> Collection[ObjectGuid]:
        """The groups that elevations of a provider may still give: of those that are open, and of those that
        are over and not confirmed everywhere, or not gone altogether."""

    def known_controllers(self, provider_id: ProviderId) -> Sequence[str]:
        """DNS names of the domain controllers of a provider as they were last seen, writable ones first;
        empty where none was."""

    def departed_controllers(self, provider_id: ProviderId) -> Mapping[str, datetime]:
        """DNS names of those that left the list and did not answer, since when (UTC, the domain's time)."""

    def remember_controllers(
        self,
        provider_id: ProviderId,
        hosts: Sequence[str],
        departed: Mapping[str, datetime] = NOBODY,
        *,
        wait: bool = True,
    ) -> None:
        """Keep what :meth:`known_controllers` and :meth:`departed_controllers` give; writes nothing where
        nothing has changed."""

    def transitions(self, elevation_id: ElevationId) -> Sequence[Transition]:
        """All moves of one elevation in order."""

    def advance_all(
        self, moves: Sequence[tuple[Elevation, Transition]], *, wait: bool = True
    ) -> Sequence[Elevation | ConcurrentChange]:
        """As :meth:`advance` for many in one transaction; gives for each the elevation as stored, or that its
        revision was not the stored one. With ``wait`` False a lock that another program holds is not waited
        for (``StoreLocked``)."""

    def renew_lease(self, elevation: Elevation, until: datetime, *, wait: bool = True) -> Elevation:
        """Move ``next_attempt_at`` to ``until`` without a transition; ``ConcurrentChange`` as in
        :meth:`advance`."""

    def note_sights(self, sights: Mapping[ElevationId, Sight]) -> None:
        """Keep the last look at each of these; revisions stay, and what is not known here is left out."""

    def kept_time(self, provider_id: ProviderId) -> KeptTime | None:
        """The highest time of the domain that was ever trusted; ``None`` where none was."""

    def keep_time(self, provider_id: ProviderId, kept: KeptTime) -> None:
        """Keep what :meth:`kept_time` gives, in the place of what was there."""

    def set_up_here(self) -> Collection[str]:
        """Names of what was set up on this computer when that was looked at last."""

    def note_set_up_here(self, name: str, *, is_there: bool) -> None:
        """Keep what :meth:`set_up_here` gives."""

    def add_step(self, report: StepReport) -> None:
        """Keep one step report."""

    def add_steps(self, reports: Sequence[StepReport], *, wait: bool = True) -> None:
        """Keep many step reports in one transaction."""

    def steps(self, elevation_id: ElevationId) -> Sequence[StepReport]:
        """The step reports of one elevation in order."""

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
        """Seconds from an arbitrary start; never jumps. The start is the same in all programs that are told
        the same :meth:`boot_id`."""

    def boot_id(self) -> str:
        """An identifier of this start of the computer; empty where there is none."""

    def sleep(self, seconds: float) -> None:
        """Wait; only commands, rehearsals, *Check now* where an extension may be on its way, and grants that
        wait for another one to give way use it."""


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """How the operating system is set to sweep while the program is closed."""

    kind: str
    """What keeps it, in words: ``systemd timer``, ``Windows scheduled task``; empty where there is nothing of
    the kind on this system."""
    installed: bool = False
    every_seconds: int = 0
    command: tuple[str, ...] = ()
    """What it runs."""
    note: str = ""
    """What a person should know or do about it, in a sentence."""
    was_removed: bool = False
    """Whether it was set up and is not any more, and nobody has said that he knows."""


class SweepSchedule(Protocol):
    """Has the operating system run ``jit-desktop sweep`` again and again, also while the program is closed.

    Raises :class:`~jit_desktop.elevation.errors.JitError` with a remedy where the system refuses.
    """

    def state(self) -> ScheduleState:
        """How it stands now."""

    def install(self, every_seconds: int) -> ScheduleState:
        """Set it up for the present user and data folder, in the place of what was there."""

    def remove(self) -> ScheduleState:
        """Take it away; safe where there is none."""


class KeptSchedule(SweepSchedule, Protocol):
    """One that knows whether it was set up before."""

    def take_note(self) -> ScheduleState:
        """A person knows that it was removed: it is not told any more."""


@dataclass(frozen=True, slots=True)
class LogonStart:
    """Whether the program starts when its user signs in."""

    offered: bool
    """Whether this system knows such a thing, and this copy may use it."""
    enabled: bool = False
    changeable: bool = True
    note: str = ""
    """What a person should know about it, in a sentence."""
    was_removed: bool = False
    """Whether it was set up and is not any more, by somebody else, and nobody has said that he knows."""


class StartAtLogon(Protocol):
    """Starts the window in the notification area when its user signs in.

    Raises :class:`~jit_desktop.elevation.errors.JitError` with a remedy where the system refuses.
    """

    def state(self) -> LogonStart:
        """How it stands now."""

    def enable(self) -> LogonStart:
        """From the next sign-in on."""

    def disable(self) -> LogonStart:
        """Not any more; safe where it is not set up."""


class KeptStartAtLogon(StartAtLogon, Protocol):
    """One that knows whether it was set up before."""

    def take_note(self) -> LogonStart:
        """A person knows that it was removed: it is not told any more."""


@dataclass(frozen=True, slots=True)
class FoundDomain:
    """What the operating system knows of the domain that the present session belongs to."""

    name: str = ""
    """DNS name in lower case, empty where nothing suggests one."""
    controller: str = ""
    """DNS name of the nearest domain controller, empty where none was found."""
    signed_in: bool = False
    """Whether whoever uses the program is signed in with an account of that domain."""


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

    def forget(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` no more; safe where it was not to be called."""
        with contextlib.suppress(ValueError):
            self._callbacks.remove(callback)

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise :class:`Cancelled` if somebody asked to stop."""
        if self._event.is_set():
            raise Cancelled
