# SPDX-License-Identifier: MIT
"""Sweeping: what is due is ended, what another copy made is taken over, what is not ours is shown and
left alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from jit_desktop.elevation import assurance, record, rehearsal_groups
from jit_desktop.elevation.assurance import Assurance
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.ending import End, find_group, reason_for
from jit_desktop.elevation.errors import (
    ConcurrentChange,
    DirectoryError,
    JitError,
    NoSuchObject,
    StoreError,
    UnknownItem,
)
from jit_desktop.elevation.extending import Extension, put_off
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectGuid, ObjectRef
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import (
    Elevation,
    ForeignGroup,
    GrantedPrivilege,
    Step,
    StepStatus,
)
from jit_desktop.elevation.ports import Directory, Store, TemporaryGroup
from jit_desktop.elevation.settings import DomainProvider, ReplicationMode

_LOG = logging.getLogger(__name__)
_ROUNDING = timedelta(seconds=2)
"""Times to live count whole seconds, and so do some domain controllers' clocks."""


def fault(of: str) -> JitError:
    """To be called where a fault of ours is caught, because everything else that is due must go on."""
    _LOG.exception("A fault of the program with %s", of)
    return JitError(f"A fault of the program with {of}.", remedy="The log file says more; it is tried again.")


@dataclass(slots=True)
class Found:
    """What one pass over a provider did; filled as it goes."""

    changed: list[Elevation] = field(default_factory=list)
    ended: list[Elevation] = field(default_factory=list)
    overdue: list[Elevation] = field(default_factory=list)
    adopted: list[Elevation] = field(default_factory=list)
    foreign: list[ForeignGroup] = field(default_factory=list)
    problem: JitError | None = None

    def note(self, elevation: Elevation) -> None:
        """Remember how an elevation stands now."""
        self.changed.append(elevation)
        if not elevation.is_open:
            self.ended.append(elevation)
        elif elevation.state is State.OVERDUE:
            self.overdue.append(elevation)


class Sweeper:
    """One pass over one provider, on one set of connections."""

    def __init__(
        self,
        provider: DomainProvider,
        controllers: Controllers,
        store: Store,
        clock: DomainClock,
        journal: Journal,
    ) -> None:
        self._provider = provider
        self._controllers = controllers
        self._directory = controllers.main
        self._store = store
        self._clock = clock
        self._journal = journal
        self._end = End(clock, journal, latency_seconds=provider.jit.replication_latency_seconds)
        self._extension = Extension(provider, clock, journal, store)

    def pass_over(self, elevations: Iterable[Elevation], found: Found) -> None:
        """Move each elevation on as far as its time has come.

        One that fails does not keep the others back.
        """
        now = self._clock.now()
        for elevation in elevations:
            self._guarded(elevation, found, lambda e: self._move(e, now))

    def caught_up(self, elevation: Elevation) -> Elevation:
        """``elevation`` with the deadline that another copy, or an extension that was interrupted, may have
        given it meanwhile.

        Raises :class:`DirectoryError` where that could not be found out.
        """
        if elevation.extension_hangs(self._clock.now()):
            elevation = self._extension.settle(elevation, self._controllers)
        if elevation.extending_to is not None:
            return elevation
        group = find_group(elevation, self._directory)
        if group is None:
            return elevation
        return self._extension.catch_up(elevation, group, self._directory) or elevation

    def look_for_vanished(self, elevations: Iterable[Elevation], found: Found) -> None:
        """Notice temporary groups that somebody else removed; the elevation is over then."""
        for elevation in elevations:
            self._guarded(elevation, found, self._vanished)

    def look_in_location(self, found: Found) -> None:
        """Take over elevations of other copies by their records, and report what is not ours."""
        location = self._provider.jit.location
        if location is None:
            return
        dn = self._directory.read(location.guid).dn
        there = self._directory.temporary_groups(dn, "")
        rehearsals = rehearsal_groups.recognised(there, self._clock.now())
        rehearsal_groups.remove_expired(self._directory, there, rehearsals, self._clock.now())
        for group in there:
            if group.guid in rehearsals:
                continue
            try:
                entry = record.decode(group.info)
            except record.RecordInvalid as error:
                found.foreign.append(ForeignGroup(group.name, group.dn, str(error)))
                continue
            if reason := record.contradiction(entry, group):
                found.foreign.append(ForeignGroup(group.name, group.dn, reason))
                continue
            # Asked group by group and after they were listed: a checkout may have begun meanwhile.
            known = self._known(entry.id)
            place = ObjectRef(location.guid, dn, location.name)
            if known is None:
                self._adopt(entry, group, place, found)
            elif known.is_open:
                if known.group_guid not in (None, group.guid):
                    reason = (
                        "its record names an elevation that has another temporary group; "
                        "it is removed when that has ended"
                    )
                    found.foreign.append(ForeignGroup(group.name, group.dn, reason))
            elif not self._removed_again(replace(known, group_guid=group.guid), found):
                self._adopt(entry, group, place, found, ended_as=known.end_reason or EndReason.DEADLINE)

    # --- one elevation ------------------------------------------------------------------------------------

    def _guarded(
        self, elevation: Elevation, found: Found, work: Callable[[Elevation], Elevation | None]
    ) -> None:
        try:
            moved = work(elevation)
        except ConcurrentChange:
            _LOG.info("%s was changed by another copy meanwhile", elevation.id)
        except StoreError as error:
            found.problem = error
        except Exception:  # noqa: BLE001 - logged whole; the other elevations are due too
            found.problem = fault(f"the elevation of {elevation.account.name}")
        else:
            if moved is not None:
                found.note(moved)

    def _move(self, elevation: Elevation, now: datetime) -> Elevation | None:
        if elevation.extension_hangs(now):
            settled = self._settled(elevation)
            if (settled is None or settled.extending_to is not None) and now < elevation.deadline:
                return put_off(settled or elevation, self._clock, self._journal)
            if settled is not None:
                return self._ended(settled, EndReason.DEADLINE) if settled.is_due(now) else settled
        if elevation.is_due(now):
            return self._end_unless_prolonged(elevation, now)
        if elevation.state is State.PROPAGATING:
            return self._propagate(elevation, now)
        return None

    def _propagate(self, elevation: Elevation, now: datetime) -> Elevation | None:
        over = elevation.ready_at is None or now >= elevation.ready_at
        if self._provider.jit.replication_mode is ReplicationMode.FIXED:
            if not over:
                return None
            self._journal.step(
                elevation, Step.REPLICATION, StepStatus.DONE, "The replication latency has passed."
            )
            return self._journal.advance(elevation, Event.REPLICATED)
        answers = list(self._controllers.ask(lambda d: _shows_grant(elevation, d)))
        for answer in answers:
            if answer.problem:
                status, text = StepStatus.WARNING, f"{answer.host} could not be asked: {answer.problem}"
            elif answer.has_it:
                status, text = StepStatus.DONE, f"{answer.host} has it."
            else:
                status, text = StepStatus.RUNNING, f"{answer.host} does not have it yet."
            self._journal.step_if_news(elevation, Step.REPLICATION, status, text, answer.host)
        lacking = [a.host for a in answers if not a.has_it]
        if lacking and not over:
            return None
        detail = (
            f"Not confirmed by {', '.join(lacking)}." if lacking else "Confirmed by every domain controller."
        )
        return self._journal.advance(elevation, Event.REPLICATED, detail)

    def _settled(self, elevation: Elevation) -> Elevation | None:
        """What became of an extension that hangs; ``None`` where that could not be found out yet."""
        try:
            return self._extension.settle(elevation, self._controllers)
        except DirectoryError as error:
            _LOG.info("What became of the extension of %s is not known yet: %s", elevation.id, error)
            return None

    def _end_unless_prolonged(self, elevation: Elevation, now: datetime) -> Elevation:
        """End it, or give it the later deadline that another copy has written into the record."""
        reason = reason_for(elevation)
        if elevation.state in (State.PROPAGATING, State.ACTIVE):
            try:
                group = find_group(elevation, self._directory)
            except DirectoryError:
                return self._ended(elevation, reason)  # which says what is wrong
            if group is None and self._is_directorys_work(elevation, now):
                reason = EndReason.DIRECTORY
            later = None if group is None else self._extension.catch_up(elevation, group, self._directory)
            if later is not None:
                return later
        return self._ended(elevation, reason)

    def _ended(self, elevation: Elevation, reason: EndReason) -> Elevation:
        return self._end.finish(self._end.start(elevation, reason), self._controllers)

    def _is_directorys_work(self, elevation: Elevation, now: datetime) -> bool:
        """Whether a group that is gone was deleted by the directory because its time was over."""
        if not self._controllers.is_main(elevation.domain_controller):
            return False
        ends_at = elevation.directory_ends_at
        return ends_at is not None and now >= ends_at - _ROUNDING

    def _vanished(self, elevation: Elevation) -> Elevation | None:
        if elevation.state not in (State.PROPAGATING, State.ACTIVE):
            return None
        # Another domain controller may simply not have heard of the group yet.
        if not self._controllers.is_main(elevation.domain_controller):
            return None
        if find_group(elevation, self._directory) is not None:
            return None
        now = self._clock.now()
        by_directory = self._is_directorys_work(elevation, now)
        return self._journal.advance(
            elevation,
            Event.GONE,
            "Active Directory has ended it." if by_directory else "The temporary group is no longer there.",
            ended_at=now,
            end_reason=EndReason.DIRECTORY if by_directory else EndReason.REMOVED_ELSEWHERE,
            next_attempt_at=None,
            extending_to=None,
        )

    def _known(self, elevation_id: ElevationId) -> Elevation | None:
        try:
            return self._store.elevation(elevation_id)
        except UnknownItem:
            return None

    def _removed_again(self, elevation: Elevation, found: Found) -> bool:
        """Remove the group of an elevation that has ended: a restore from the recycle bin brings memberships
        back, and a domain controller that was away may still show it. Whether that could be done.
        """
        try:
            if not self._end.remove(elevation, self._directory):
                return True  # another copy ended it after the groups were listed
        except DirectoryError as error:
            _LOG.error("The group of %s is there again and could not be removed: %s", elevation.id, error)
            return False
        found.note(elevation)
        try:
            self._store.add_audit(
                at=self._clock.now(),
                actor=self._journal.actor,
                action="elevation.removed-again",
                subject=elevation.account.name,
                detail={"elevation": elevation.id, "group": elevation.group_name},
            )
        except StoreError as error:
            found.problem = error
        return True

    # --- what other copies made ---------------------------------------------------------------------------

    def _adopt(
        self,
        entry: record.Record,
        group: TemporaryGroup,
        location: ObjectRef,
        found: Found,
        *,
        ended_as: EndReason | None = None,
    ) -> None:
        """Keep an elevation that only the directory knows; with ``ended_as`` its end is still to be done.

        Whoever may write the group may have written any deadline: it counts as far as the policy goes, from
        the start that the record names or, where that is earlier, from when the directory made the group.
        """
        start = min(entry.granted_at, group.created_at or entry.granted_at, self._clock.now())
        longest = start + timedelta(seconds=self._provider.policy.maximum_seconds)
        deadline = min(entry.deadline, longest)
        assured = self._assured(entry, group)
        elevation = Elevation(
            id=entry.id,
            provider_id=self._provider.id,
            account=self._named(entry.account),
            privileges=tuple(self._privilege(guid) for guid in entry.targets),
            group_name=group.name,
            location=location,
            requested_by=entry.requested_by,
            requested_at=start,
            duration_seconds=max(int((deadline - start).total_seconds()), 0),
            deadline=deadline,
            state=State.ACTIVE if ended_as is None else State.ENDING,
            end_reason=ended_as,
            domain_controller=self._directory.info.controller,
            group_guid=group.guid,
            granted_at=start,
            adopted=True,
            mechanism=assured.mechanism,
            directory_ends_at=assured.ends_at,
        )
        try:
            adopted = self._journal.begin(elevation, Event.ADOPTED, f"Found as {group.dn}.")
        except ConcurrentChange:
            _LOG.info("%s was taken over by another copy at the same time", elevation.id)
        except StoreError as error:
            found.problem = error
        except JitError as error:
            found.foreign.append(ForeignGroup(group.name, group.dn, error.message))
        else:
            found.adopted.append(adopted)
            if deadline < entry.deadline:
                self._journal.step(
                    adopted,
                    Step.GUARANTEE,
                    StepStatus.WARNING,
                    f"Its record asks for {entry.deadline:%Y-%m-%d %H:%M:%S} UTC, longer than the checkout "
                    f"policy allows; it ends at {deadline:%Y-%m-%d %H:%M:%S} UTC.",
                    group.dn,
                )

    def _assured(self, entry: record.Record, group: TemporaryGroup) -> Assurance:
        try:
            return assurance.shown(self._directory, self._clock.now(), group, entry.account, entry.targets)
        except DirectoryError as error:
            _LOG.info("What ends %s by itself could not be read: %s", group.name, error)
            return Assurance()

    def _privilege(self, guid: ObjectGuid) -> GrantedPrivilege:
        for privilege in self._provider.jit.privileges:
            if privilege.group.guid == guid:
                return GrantedPrivilege(privilege.group, privilege.display_name)
        return GrantedPrivilege(self._named(guid))

    def _named(self, guid: ObjectGuid) -> ObjectRef:
        try:
            entry = self._directory.read(guid)
        except NoSuchObject:
            return ObjectRef(guid, DistinguishedName(""), guid)
        return ObjectRef(guid, entry.dn, entry.logon_name or entry.name)


def _shows_grant(elevation: Elevation, directory: Directory) -> bool:
    group = find_group(elevation, directory)
    return (
        group is not None
        and elevation.account.guid in group.members
        and all(p.group.guid in group.member_of for p in elevation.privileges)
    )
