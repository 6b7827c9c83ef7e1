# SPDX-License-Identifier: MIT
"""The values that an elevation consists of, as they are stored, shown and passed between the rooms."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import (
    ElevationId,
    ObjectGuid,
    ObjectRef,
    ProviderId,
    SecurityId,
)
from jit_desktop.elevation.lifecycle import EndReason, Event, State, next_state

LONGEST_PAUSE = timedelta(minutes=10)
"""Longer than any lease and any pause between two attempts, with what an attempt takes."""
_LONGEST_SET = timedelta(minutes=5, seconds=30)
"""No lease and no pause between two attempts is set for longer; what clocks differ by included."""
ON_ITS_WAY = timedelta(seconds=5)
"""So long after a deadline its end is under way and shown as nothing else: most are confirmed by then."""
_LEFT_ALONE_AFTER = timedelta(minutes=2)
"""An end whose lease is over for so long is at nobody's hands."""


class Guarantee(enum.StrEnum):
    """Who ends an elevation if nothing of ours runs any more."""

    DIRECTORY = "directory"
    """Active Directory ends it."""
    PROGRAM = "program"
    """It ends only while this program or a sweep runs."""


class TimeSource(enum.StrEnum):
    """Whose clock a time was read from."""

    DOMAIN = "domain"
    """A domain controller's, which the program has read in this run."""
    COMPUTER = "computer"
    """This computer's: no domain controller has been asked yet, so that the time is a guess."""
    PUT_AFTER = "put-after"
    """None: the clock then said an earlier time than that of what was recorded before, which is given again.
    What happened is in its order, and happened at that time or before."""


class Mechanism(enum.StrEnum):
    """By what Active Directory ends an elevation by itself."""

    NONE = "none"
    """By nothing: the temporary group is an ordinary one."""
    DYNAMIC_GROUP = "dynamic-group"
    """The temporary group is a dynamic object that goes when its ``entryTTL`` is over ([MS-ADTS] 6.1.7)."""
    TTL_LINKS = "ttl-links"
    """Its memberships carry a TTL (PAM optional feature, [MS-ADTS] 3.1.1.9.2); where that is to be had the
    group is a dynamic object besides, which lives a little longer."""


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What somebody asks for: this account, these privileges (group GUIDs), this long (seconds from the
    grant), and no longer than ``until``."""

    provider_id: ProviderId
    account: ObjectGuid
    privileges: tuple[ObjectGuid, ...]
    duration_seconds: int
    requested_by: str
    reason: str = ""
    ticket: str = ""
    until: datetime | None = None
    """The moment (UTC, on the domain controller's clock) that was named for the end; ``None`` where only a
    duration was. ``duration_seconds`` is what it came to when it was asked for: the checks take time, and the
    moment stays."""


@dataclass(frozen=True, slots=True)
class GrantedPrivilege:
    """A target group of one elevation, under the name that it had when it was granted."""

    group: ObjectRef
    display_name: str = ""
    sid: SecurityId | None = None
    """By which ``tokenGroups`` shows it, also when the group itself can't be read any more; ``None`` where it
    was never read."""
    held_before: bool | None = None
    """Whether the account had it by another way when it was granted; ``None`` where nobody looked."""

    @property
    def label(self) -> str:
        """What people see."""
        return self.display_name or self.group.name


@dataclass(frozen=True, slots=True)
class RemainingRight:
    """A chosen group that the account still has although the elevation is over: by a way that was read and is
    not ours, so that nothing of ours will end it, or by another elevation."""

    group: ObjectGuid
    label: str
    ways: tuple[str, ...]
    """Through what, in words: ``a direct membership``, ``its primary group``, the name of another group."""
    since_before: bool | None = None
    """Whether it was held so before the elevation; ``None`` where nobody looked then."""
    by_elevation: bool = False
    """Whether ``ways`` are temporary groups of other elevations, each with its end."""


class Seen(enum.StrEnum):
    """What the last look at the directory showed of an elevation."""

    AS_GRANTED = "as-granted"
    """The account, the temporary group and the chosen groups hang together as they were written."""
    CHANGED = "changed"
    """Somebody else has changed the group, its memberships or its record."""
    NOT_VISIBLE = "not-visible"
    """The temporary group could not be seen: it is gone, or the account that signs in may not see it."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A look at one elevation: when (UTC, domain controller's clock), what, and in words what was
    different."""

    at: datetime
    seen: Seen
    words: str = ""


@dataclass(frozen=True, slots=True)
class Elevation:
    """One granted (or attempted) checkout. All times are UTC on the domain controller's clock."""

    id: ElevationId
    provider_id: ProviderId
    account: ObjectRef
    privileges: tuple[GrantedPrivilege, ...]
    group_name: str
    """Name of the temporary group; known before it exists, so that it is found again after a crash."""
    location: ObjectRef
    """Where the temporary group is made."""
    requested_by: str
    requested_at: datetime
    duration_seconds: int
    deadline: datetime
    state: State
    reason: str = ""
    ticket: str = ""
    mechanism: Mechanism = Mechanism.NONE
    """By what the directory ends it, as read back after it was written."""
    directory_ends_at: datetime | None = None
    """When the directory ends it by itself; ``None`` where it does not. Later than the deadline where the
    forest's smallest TTL is longer than the elevation."""
    domain_controller: str = ""
    """DNS name of the domain controller that took the writes."""
    group_guid: ObjectGuid | None = None
    granted_at: datetime | None = None
    ready_at: datetime | None = None
    """When the replication latency is over."""
    ended_at: datetime | None = None
    ended_clock: TimeSource | None = None
    """Whose clock ``ended_at`` is of, as the store read it; ``None`` while it is open, or not known."""
    end_reason: EndReason | None = None
    failure: str = ""
    """What went wrong last, in words; empty where nothing did."""
    attempts: int = 0
    """How often the end was tried, or looked for on the other domain controllers, without being confirmed;
    while an extension hangs (``extending_to``), how often it could not be found out what became of that."""
    next_attempt_at: datetime | None = None
    """When somebody may take over a grant or an end that was begun: the lease of whoever is at it."""
    adopted: bool = False
    """Whether another copy made it and we found it in the directory."""
    extending_to: datetime | None = None
    """The deadline that an extension is about to write; ``None`` while none is under way. Whoever finds it
    when the lease (``next_attempt_at``) is over reads what became of it and finishes it."""
    unconfirmed_on: tuple[str, ...] = ()
    """Domain controllers that could not be asked when it ended; they are asked when they are back."""
    remains: tuple[RemainingRight, ...] = ()
    """What the account still has of it by other ways, as read when it ended."""
    leftover: str = ""
    """What is still in the directory although it gives nothing (a temporary group that can't be deleted), in
    a sentence; empty where nothing is."""
    suspicion: str = ""
    """How its temporary group differs from what a copy of ours makes, in words; empty where it does not."""
    sight: Sight | None = None
    """The last look at the directory; ``None`` where there was none yet. Not counted by ``revision``."""
    revision: int = 0
    """Counts the changes in the store; who writes names the one that he read."""

    @property
    def is_open(self) -> bool:
        """Whether something of it may still be in the directory."""
        return self.state.is_open

    @property
    def is_granted(self) -> bool:
        """Whether its rights were given, and its end has not begun."""
        return self.state in (State.PROPAGATING, State.ACTIVE)

    @property
    def known_from(self) -> datetime:
        """From when on a domain controller may know of it."""
        return min(self.requested_at, self.granted_at or self.requested_at)

    @property
    def guarantee(self) -> Guarantee:
        """Who ends it if nothing of ours runs any more."""
        return Guarantee.PROGRAM if self.directory_ends_at is None else Guarantee.DIRECTORY

    @property
    def label(self) -> str:
        """The privileges by the names that people know them under."""
        return ", ".join(p.label for p in self.privileges)

    def remaining(self, now: datetime) -> timedelta:
        """Time left until the deadline at ``now`` (UTC); negative when it is past."""
        return self.deadline - now

    def is_due(self, now: datetime) -> bool:
        """Whether it has to be ended (again) at ``now``.

        A grant that is under way is left alone until its lease (``next_attempt_at``) is over: then whoever
        made it is dead; and no longer than its deadline, which counts as soon as it is fixed
        (``granted_at``): until then nothing was written. An end that was begun is tried again when its pause
        is over, whatever the deadline says.
        """
        if self.state in (State.ENDING, State.OVERDUE):
            return self._has_waited(now)
        if self.state is State.GRANTING:
            return self._has_waited(now) or (self.granted_at is not None and now >= self.deadline)
        return self.is_open and now >= self.deadline

    def extension_hangs(self, now: datetime) -> bool:
        """Whether somebody has to look what became of an extension: whoever made it is dead at ``now``, or
        its earlier deadline has come."""
        if self.extending_to is None or not self.is_granted:
            return False
        return self._has_waited(now) or now >= self.deadline

    def _has_waited(self, now: datetime) -> bool:
        return (
            self.next_attempt_at is None
            or now >= self.next_attempt_at
            # Nobody sets a pause that long: the clock that it was set by was wrong and has been mended.
            or self.next_attempt_at - now > LONGEST_PAUSE
            # Past its deadline a row that somebody has changed does not wait either.
            or (now >= self.deadline and self.next_attempt_at - now > _LONGEST_SET)
        )

    def is_alarm(self, now: datetime) -> bool:
        """Whether it should have ended at ``now``: overdue, or past its deadline and not begun to end."""
        if self.state is State.OVERDUE:
            return True
        if not self.is_open or now < self.deadline:
            return False
        if self.state is State.ENDING:
            return self._is_left_alone(now)
        is_asked_for = self.state is State.GRANTING and self.granted_at is None
        return not is_asked_for or self.is_due(now)

    def ends_late(self, now: datetime) -> bool:
        """Whether its deadline has come at ``now`` while its end is under way: until that is confirmed it may
        still be in force somewhere. No alarm by itself, as replication takes its time; but never well."""
        return self.state is State.ENDING and now >= self.deadline

    def _is_left_alone(self, now: datetime) -> bool:
        """Whether nobody has gone on with an end although its lease, or its pause, is long over; or nobody
        has come to the end of one, however often it was begun anew."""
        if not self.attempts and now - self.deadline > _LEFT_ALONE_AFTER:
            return True
        patience = LONGEST_PAUSE if self.attempts else _LEFT_ALONE_AFTER
        return self.next_attempt_at is None or now - self.next_attempt_at > patience

    def after(self, event: Event, **changes: object) -> Elevation:
        """This elevation after ``event``, with ``changes`` to other fields; :class:`WrongState` if it
        can't happen."""
        return replace(self, state=next_state(self.state, event), **changes)  # type: ignore[arg-type]


def by_group(elevations: Iterable[Elevation]) -> dict[ObjectGuid, Elevation]:
    """Elevations by the GUIDs of their temporary groups: of several with one group the open one, else the one
    that ended last."""
    in_order = sorted(elevations, key=lambda e: (e.is_open, e.ended_at or e.deadline))
    return {e.group_guid: e for e in in_order if e.group_guid is not None}


@dataclass(frozen=True, slots=True)
class Transition:
    """One move of one elevation, as it is kept for ever."""

    elevation_id: ElevationId
    at: datetime
    event: Event
    from_state: State | None
    to_state: State
    actor: str
    """Who made this copy of the program do it."""
    detail: str = ""
    clock: TimeSource = TimeSource.DOMAIN
    """Whose clock ``at`` is of."""


class Step(enum.StrEnum):
    """What is being done, in the order in which a person watches it."""

    RECORD_INTENT = "record-intent"
    CHECK_TARGETS = "check-targets"
    CHECK_ACCOUNT = "check-account"
    CHECK_RIGHTS = "check-rights"
    CREATE_GROUP = "create-group"
    NEST_GROUP = "nest-group"
    READ_BACK = "read-back"
    GUARANTEE = "guarantee"
    """Reading who ends it if nothing of ours runs any more."""
    REPLICATION = "replication"
    ROLL_BACK = "roll-back"
    EXTEND = "extend"
    UNNEST_GROUP = "unnest-group"
    EMPTY_GROUP = "empty-group"
    DELETE_GROUP = "delete-group"
    CONFIRM_END = "confirm-end"


class StepStatus(enum.StrEnum):
    """How a step stands."""

    RUNNING = "running"
    DONE = "done"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step of one elevation as it happens. ``subject`` names the object, ``message`` says it in a
    sentence."""

    elevation_id: ElevationId
    at: datetime
    step: Step
    status: StepStatus
    message: str
    subject: str = ""
    clock: TimeSource = TimeSource.DOMAIN
    """Whose clock ``at`` is of."""


@dataclass(frozen=True, slots=True)
class ForeignGroup:
    """A group in the creation location that we leave alone, and why; or many of them in one line."""

    name: str
    dn: str
    reason: str
    count: int = 1
    """How many groups it stands for."""


@dataclass(frozen=True, slots=True)
class SuspectGroup:
    """A group that looks like a temporary one of ours and is not as we make them."""

    name: str
    dn: str
    reason: str
    """What is wrong with it, in words that follow ``name:``."""
    gives: tuple[str, ...] = ()
    """Names of the chosen groups (offered privileges) that it gives to somebody now."""
    is_alarm: bool = False
    """Whether it gives an offered privilege past a deadline, or without a deadline that can be read."""
    host: str = ""
    """The domain controller that shows it."""
    elevation: ElevationId | None = None
    """The elevation that takes back what it gives, where there is one: that one says how it stands."""


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep over one provider found and did."""

    provider_id: ProviderId
    at: datetime
    ended: tuple[Elevation, ...] = ()
    overdue: tuple[Elevation, ...] = ()
    """Due, and their end could not be confirmed: an alarm."""
    ending: tuple[Elevation, ...] = ()
    """Removed where they were written; another domain controller has not heard of it yet."""
    unconfirmed: tuple[Elevation, ...] = ()
    """All that is over, whenever it ended, while a domain controller could not be asked about it yet
    (``unconfirmed_on``): that one may still give it. No alarm, as nobody can tell."""
    adopted: tuple[Elevation, ...] = ()
    foreign: tuple[ForeignGroup, ...] = ()
    suspects: tuple[SuspectGroup, ...] = ()
    unrecorded: tuple[Elevation, ...] = ()
    """Of what was done: that of which the store could not be told. A fact of its own, and no alarm."""
    unsearched: tuple[tuple[str, str], ...] = ()
    """Domain controllers that were not searched for what other copies made, each with the reason: they may
    show something that nobody else does."""
    problem: str = ""
    """Why the provider could not be swept at all; empty where it was."""
    error: JitError | None = None
    """The same with its kind, where it was no fault of the program."""
    clock: TimeSource = TimeSource.DOMAIN
    """Whose clock ``at`` is of."""
    doubt: str = ""
    """Which clock is not believed, or that those of the domain went back, in a sentence."""
    is_time_lost: bool = False
    """Whether nobody knows how much later than ``at`` it is: each deadline may have passed."""

    @property
    def is_alarm(self) -> bool:
        """Whether something gives rights past its deadline, or may do so: an elevation, or what looks like
        one."""
        return bool(self.overdue) or any(suspect.is_alarm for suspect in self.suspects)

    @property
    def giving(self) -> tuple[SuspectGroup, ...]:
        """What looks like an elevation, gives something now and is none that is known: while there is such a
        group, nobody may say that nothing is elevated. Each that is an alarm is among them."""
        return tuple(s for s in self.suspects if s.is_alarm or (s.gives and s.elevation is None))


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the audit trail, chained to the one before it by ``hash`` (SHA-256, hex)."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, object] = field(default_factory=dict)
    previous_hash: str = ""
    hash: str = ""
