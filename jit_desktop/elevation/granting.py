# SPDX-License-Identifier: MIT
"""Granting: check everything that can be checked, then write in an order in which half a grant gives
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from jit_desktop.elevation import assurance, record
from jit_desktop.elevation.assurance import Assurance
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.dn import same_dn
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.errors import (
    AccountDisabled,
    AlreadyMember,
    ConcurrentChange,
    MissingRights,
    NoSuchObject,
    Refused,
    RejectedByDirectory,
)
from jit_desktop.elevation.gate import Gate
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, ObjectRef, SecurityId
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.judging import Judge
from jit_desktop.elevation.lease import GRANT_LEASE_SECONDS, Lease
from jit_desktop.elevation.lifecycle import Event
from jit_desktop.elevation.model import (
    CheckoutRequest,
    Elevation,
    GrantedPrivilege,
    Step,
    StepStatus,
)
from jit_desktop.elevation.nesting import scope_for
from jit_desktop.elevation.ports import (
    CancelToken,
    Clock,
    Directory,
    DirectoryEntry,
    EntryKind,
    GroupScope,
    NewGroup,
    NotVisible,
    TemporaryGroup,
)
from jit_desktop.elevation.rivals import Rivals, refuse_checked_out, refuse_not_permanent
from jit_desktop.elevation.rules import deadline_for
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.elevation.timed_writes import TimedWrites

_TARGETS_AT_ONCE = 4
"""Of so many the rights are read before the lease is looked at again: each takes a request."""
_ASKING_FOR_TIME_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """What the checks found: the objects as they are now, and the scope that fits them all."""

    location: DirectoryEntry
    account: DirectoryEntry
    targets: tuple[DirectoryEntry, ...]
    scope: GroupScope
    held: frozenset[SecurityId]
    """What the account had before (``tokenGroups``)."""


class Grant:
    """One grant on one domain controller. What goes wrong is raised; the caller rolls back."""

    def __init__(
        self,
        provider: DomainProvider,
        controllers: Controllers,
        clock: DomainClock,
        journal: Journal,
        cancel: CancelToken,
        computer: Clock,
        elevation: Elevation,
        request: CheckoutRequest,
    ) -> None:
        """``elevation`` is the intent as it was recorded of ``request``."""
        self._provider = provider
        self._request = request
        self._controllers = controllers
        self._directory: Directory = controllers.main
        self._clock = clock
        self._journal = journal
        self._cancel = cancel
        self._computer = computer
        self._lease = Lease(clock, journal, elevation)
        self._gate = Gate(clock, journal)
        self._timed = TimedWrites(self._directory, clock, journal, cancel, self._gate)
        self._rivals = Rivals(
            controllers, journal, clock.now, computer.sleep, self._lease.keep, self._judge_in
        )

    def _judge_in(self, location: DistinguishedName) -> Judge:
        return Judge(self._provider, self._directory, location, self._clock.now)

    @property
    def latest(self) -> Elevation:
        """The elevation as last stored; what a rollback starts from."""
        return self._lease.elevation

    def note(self, elevation: Elevation) -> None:
        """It was moved by whoever makes this grant."""
        self._lease.elevation = elevation

    def require_time(self) -> None:
        """``DeadlinePassed`` where what was granted should have ended by now."""
        self._gate.require_time(self.latest)

    # --- checks: nothing is written -----------------------------------------------------------------------

    def check(self) -> Plan:
        """Everything that can be known beforehand.

        Raises :class:`Refused` or a directory error with the reason.
        """
        journal, elevation = self._journal, self.latest
        with journal.running(
            elevation,
            Step.CHECK_TARGETS,
            "Looking at the chosen groups.",
            "The chosen groups can be granted.",
        ):
            location = self._read_location(elevation)
            targets = tuple(
                self._read_target(elevation, p) for p in self._lease.between(elevation.privileges)
            )
        self._cancel.raise_if_cancelled()
        with journal.running(
            elevation,
            Step.CHECK_ACCOUNT,
            "Looking at the account.",
            "The account can be elevated.",
            elevation.account.name,
        ):
            account = self._read_account(elevation)
            scope = scope_for(targets, account, location.dn)
            self._lease.keep()
            # First: what another checkout gives must not be taken for a permanent membership.
            judge = self._judge_in(location.dn)
            refuse_checked_out(self._directory, elevation, location.dn, judge, self._lease.keep)
            self._lease.keep()
            held = self._refuse_permanent(elevation, account, targets, location)
        self._cancel.raise_if_cancelled()
        with journal.running(
            elevation,
            Step.CHECK_RIGHTS,
            "Checking what the program may do.",
            "The program may do it.",
            self._directory.info.identity,
        ):
            self._refuse_without_rights(location, targets)
        self._cancel.raise_if_cancelled()
        return Plan(location, account, targets, scope, held)

    def _read_location(self, elevation: Elevation) -> DirectoryEntry:
        try:
            return self._directory.read(elevation.location.guid)
        except NoSuchObject:
            raise NoSuchObject(
                f"The creation location {elevation.location.name} does not exist any more.",
                subject=elevation.location.dn,
                remedy="Choose another one in the settings of the provider.",
            ) from None

    def _read_target(self, elevation: Elevation, privilege: GrantedPrivilege) -> DirectoryEntry:
        try:
            target = self._directory.read(privilege.group.guid)
        except NoSuchObject:
            raise NoSuchObject(
                f"The group {privilege.group.name} does not exist any more.",
                subject=privilege.group.dn,
                remedy="Remove it from the provider privileges, or choose other privileges.",
            ) from None
        if target.sid is None:
            raise MissingRights(
                f"The SID of {target.name} can't be read, so that nobody could tell who has it.",
                subject=target.dn,
                remedy="Let the account that signs in read the group.",
            )
        if not same_dn(target.dn, privilege.group.dn):
            self._journal.step(
                elevation,
                Step.CHECK_TARGETS,
                StepStatus.WARNING,
                f"{privilege.group.name} was renamed or moved; it is now {target.dn}.",
                target.dn,
            )
        if target.protected:
            self._journal.step(
                elevation,
                Step.CHECK_TARGETS,
                StepStatus.WARNING,
                f"{target.name} is protected by AdminSDHolder: within an hour the account and the temporary "
                "group get its access list, and the account keeps adminCount=1 afterwards.",
                target.dn,
            )
        return target

    def _read_account(self, elevation: Elevation) -> DirectoryEntry:
        try:
            account = self._directory.read(elevation.account.guid)
        except NoSuchObject:
            raise NoSuchObject(
                f"The account {elevation.account.name} does not exist any more.",
                subject=elevation.account.dn,
                remedy="Remove it from the privileged accounts of the provider.",
            ) from None
        if account.kind is not EntryKind.ACCOUNT:
            raise Refused(f"{account.name} is not a user account.", subject=account.dn)
        if not account.enabled:
            raise AccountDisabled(
                f"The account {account.name} is disabled.",
                subject=account.dn,
                remedy="Enable it in Active Directory, or choose another account.",
            )
        if account.expired:
            raise AccountDisabled(
                f"The account {account.name} has expired.",
                subject=account.dn,
                remedy="Change its expiry date in Active Directory, or choose another account.",
            )
        return account

    def _refuse_permanent(
        self,
        elevation: Elevation,
        account: DirectoryEntry,
        targets: tuple[DirectoryEntry, ...],
        location: DirectoryEntry,
    ) -> frozenset[SecurityId]:
        """Returns what the account has already."""
        held = self._directory.token_groups(account.guid)
        already = [t for t in targets if t.sid is not None and t.sid in held]
        if not already:
            return held
        # Again: what a checkout gives that began meanwhile is not permanent either.
        judge = self._judge_in(location.dn)
        doubtful = refuse_checked_out(self._directory, elevation, location.dn, judge, self._lease.keep)
        refuse_not_permanent(self._directory, elevation, {t.guid: t.name for t in already}, doubtful, held)
        names = ", ".join(t.name for t in already)
        if len(already) == len(targets):
            raise AlreadyMember(
                f"{account.name} is already a permanent member of {names}: the elevation would change "
                "nothing, and nothing would end at its deadline.",
                subject=account.dn,
                remedy="Take the account out of the group in Active Directory first.",
            )
        self._journal.step(
            elevation,
            Step.CHECK_ACCOUNT,
            StepStatus.WARNING,
            f"{account.name} is already a permanent member of {names} and stays so after the end.",
            account.dn,
        )
        return held

    def _refuse_without_rights(self, location: DirectoryEntry, targets: tuple[DirectoryEntry, ...]) -> None:
        may_create, may_write = False, dict[ObjectGuid, bool]()
        for begin in self._lease.between(range(0, len(targets), _TARGETS_AT_ONCE)):
            some = [t.guid for t in targets[begin : begin + _TARGETS_AT_ONCE]]
            rights = self._directory.rights(location.dn, some)
            may_create = rights.can_create_groups
            may_write |= rights.can_write_members
        who = self._directory.info.identity
        missing = []
        if not may_create:
            missing.append(f"create groups in {location.name}")
        missing += [f"write the members of {t.name}" for t in targets if not may_write.get(t.guid, False)]
        if missing:
            raise MissingRights(
                f"{who} may not {' and may not '.join(missing)}.",
                subject=who,
                remedy="Delegate these rights to it in Active Directory, or sign in as another user.",
            )

    def read_time(self) -> datetime:
        """From when on it is lent: now, after the checks, in UTC and whole seconds. Raises
        :class:`ClockDoubtful`, or :class:`DurationNotAllowed` where the checks took what was left until the
        moment that was asked for.
        """
        self._lease.keep()
        give_up_at = self._computer.monotonic() + _ASKING_FOR_TIME_SECONDS
        now = self._clock.read_to_lend(
            self._directory, lambda: self._controllers.other_times(self._computer, give_up_at)
        ).replace(microsecond=0)
        deadline_for(self._provider, self._request, now)
        return now

    # --- writes: membership of the targets comes last -----------------------------------------------------

    def write(self, plan: Plan, now: datetime) -> Elevation:
        """Create, nest, read back. Returns the elevation as *propagating*; raises what went wrong. ``now`` is
        what :meth:`read_time` has just given.

        Whoever calls this asks :meth:`require_time` once more before it is told to anybody.
        """
        self._fix_deadline(plan, now)
        group = self._create(self._lease.keep(), plan)
        self._note_group(group)
        self._rivals.give_way(self._lease.keep(), group, plan.location.dn, plan.held)
        for target in self._lease.between(plan.targets):
            self._cancel.raise_if_cancelled()
            with self._journal.running(
                self.latest,
                Step.NEST_GROUP,
                f"Making it a member of {target.name}.",
                f"It is a member of {target.name}.",
                target.dn,
            ):
                self._nest(target, group)
        self._cancel.raise_if_cancelled()
        # Again: one that was not there, or not nested, at the first look may be by now.
        self._rivals.give_way(self._lease.keep(), group, plan.location.dn, plan.held)
        with self._journal.running(
            self.latest,
            Step.READ_BACK,
            "Reading the membership back.",
            f"{self._directory.info.controller} shows the membership.",
            plan.account.dn,
        ):
            shown = self._read_back(plan, group)
            assured = self._assured(plan, shown)
        elevation = self._lease.keep()
        assurance.report(self._journal, elevation, assured, elevation.deadline)
        return self._granted(elevation, group, assured)

    def _granted(self, elevation: Elevation, group: TemporaryGroup, assured: Assurance) -> Elevation:
        self._gate.require_open(elevation)
        now = self._clock.now()
        ready = now + timedelta(seconds=self._provider.jit.replication_latency_seconds)
        self.note(
            self._journal.advance(
                elevation,
                Event.GRANTED,
                group_guid=group.guid,
                granted_at=now,
                ready_at=ready,
                mechanism=assured.mechanism,
                directory_ends_at=assured.ends_at,
                next_attempt_at=None,
            )
        )
        return self.latest

    def _nest(self, target: DirectoryEntry, group: TemporaryGroup) -> None:
        try:
            self._timed.nest(self.latest, target, group)
        except NoSuchObject:
            # One of the two is not there any more, and which one is meant is not for the remedy to guess.
            self._require_group(group)
            raise

    def _require_group(self, group: TemporaryGroup) -> TemporaryGroup:
        """The temporary group as it is now; :class:`ConcurrentChange` where it is there no more."""
        shown = self._directory.temporary_group(group.guid)
        if isinstance(shown, NotVisible):
            # Where the directory has ended it by itself nobody else has.
            self._gate.require_time(self.latest)
            # Where it was this database that was told, it is known by whom.
            self._journal.require_unmoved(self.latest)
            raise ConcurrentChange(
                f"{self.latest.account.name} was checked in by another copy of the program, or by a person "
                "who removed the temporary group, while it was being granted.",
                subject=group.dn,
                remedy="Check the account out again if it is still needed.",
            )
        return shown

    def _fix_deadline(self, plan: Plan, now: datetime) -> None:
        """The time starts now, not when the checks began, and ends at the moment that was asked for, however
        long they took; what is written from here on is recorded first."""
        elevation = self.latest
        self._journal.require_unmoved(elevation)
        self.note(
            self._journal.advance(
                elevation,
                Event.CHECKED,
                deadline=deadline_for(self._provider, self._request, now),
                granted_at=now,
                next_attempt_at=now + timedelta(seconds=GRANT_LEASE_SECONDS),
                account=_ref(plan.account),
                location=_ref(plan.location),
                privileges=tuple(
                    replace(p, group=_ref(t), sid=t.sid, held_before=t.sid in plan.held)
                    for p, t in zip(elevation.privileges, plan.targets, strict=True)
                ),
            )
        )
        self._clock.note_deadline(self.latest)

    def _create(self, elevation: Elevation, plan: Plan) -> TemporaryGroup:
        granted_at = elevation.granted_at or elevation.requested_at
        entry = record.record_of(elevation, granted_at, elevation.deadline)
        new = NewGroup(
            name=elevation.group_name,
            location=plan.location.dn,
            scope=plan.scope,
            member=plan.account.dn,
            info=record.encode(entry),
            description=record.sentence(elevation, elevation.deadline),
        )
        with self._journal.running(
            elevation,
            Step.CREATE_GROUP,
            f"Creating the temporary group {new.name}.",
            f"Created the {plan.scope.value.replace('-', ' ')} group {new.name}.",
            plan.location.dn,
        ):
            return self._timed.create(elevation, new)

    def _note_group(self, group: TemporaryGroup) -> None:
        """Record which group it is before that gives anything: what becomes of it later, and of its name and
        texts, the end goes by its GUID."""
        # A rollback goes by it too where the store does not take it.
        self.note(replace(self.latest, group_guid=group.guid))
        elevation = self._lease.keep()
        self._journal.require_unmoved(elevation)
        self.note(self._journal.advance(elevation, Event.CREATED, group.dn))

    def _assured(self, plan: Plan, group: TemporaryGroup) -> Assurance:
        return assurance.shown(
            self._directory,
            self._clock.now(),
            group,
            plan.account.guid,
            # Each is a request of its own.
            self._lease.between(t.guid for t in plan.targets),
        )

    def _read_back(self, plan: Plan, group: TemporaryGroup) -> TemporaryGroup:
        """What the grant has come to, by its effect: that every write was acknowledged does not count."""
        shown = self._require_group(group)
        held = self._directory.token_groups(plan.account.guid)
        # What has a time to live is gone then, and nobody has removed it.
        self._gate.require_time(self.latest)
        if shown.members != (plan.account.guid,):
            others = plan.account.guid in shown.members
            raise RejectedByDirectory(
                "The temporary group has other members than the account."
                if others
                else "The temporary group does not show the account as its member.",
                subject=group.dn,
                remedy="Try again; if it happens again, look for a program that changes groups in this OU.",
            )
        lacking = [t.name for t in plan.targets if t.guid not in shown.member_of or t.sid not in held]
        if lacking:
            raise RejectedByDirectory(
                f"The account did not become a member of {', '.join(lacking)}.",
                subject=plan.account.dn,
                remedy="Try again; if it happens again, look for a program that removes members there.",
            )
        return shown


def _ref(entry: DirectoryEntry) -> ObjectRef:
    """People know an account by its logon name, and everything else by its name."""
    is_account = entry.kind is EntryKind.ACCOUNT and entry.logon_name
    return ObjectRef(ObjectGuid(entry.guid), entry.dn, entry.logon_name if is_account else entry.name)
