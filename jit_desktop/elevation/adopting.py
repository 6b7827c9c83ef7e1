# SPDX-License-Identifier: MIT
"""Looks for what gives the offered privileges, on every domain controller, and does what each thing found
needs: elevations of other copies are taken over, what came back is removed again, what is suspect is taken
back or told.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jit_desktop.elevation import (
    assurance,
    left_over,
    lent_twice,
    own_row,
    prolonging,
    record,
    rehearsal_groups,
)
from jit_desktop.elevation.assurance import Assurance
from jit_desktop.elevation.comparing import differences, with_reason
from jit_desktop.elevation.controllers import Controllers, is_lost
from jit_desktop.elevation.dn import parent_dn, same_dn
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.ending import (
    TAKEN_OVER_AFTER_SECONDS,
    ConnectionLost,
    End,
    Removal,
    reason_for,
)
from jit_desktop.elevation.errors import (
    Cancelled,
    ConcurrentChange,
    DirectoryError,
    DirectoryUnavailable,
    JitError,
    NoSuchObject,
    StoreError,
    UnknownItem,
    fault,
)
from jit_desktop.elevation.identity import (
    DistinguishedName,
    ElevationId,
    ObjectGuid,
    ObjectRef,
    ProviderId,
    SecurityId,
)
from jit_desktop.elevation.journal import Journal, deletion_was_answered
from jit_desktop.elevation.judging import Judge, token_of
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import (
    ON_ITS_WAY,
    Elevation,
    ForeignGroup,
    GrantedPrivilege,
    Step,
    StepStatus,
    SuspectGroup,
)
from jit_desktop.elevation.own_group import as_shown, is_group_of
from jit_desktop.elevation.ports import Directory, MemberLink, NotVisible, Store, TemporaryGroup
from jit_desktop.elevation.remaining import look, require_home
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.elevation.sighting import sight_of_group
from jit_desktop.elevation.surveying import Sighted, Survey, rdn
from jit_desktop.elevation.tracing import still_in
from jit_desktop.elevation.verdict import (
    CLOCKS_DIFFER,
    Claim,
    Evidence,
    Kind,
    Others,
    Verdict,
    claim_in,
    latest_by_policy,
    name_is_ours,
)
from jit_desktop.elevation.witnesses import is_from_the_future

if TYPE_CHECKING:
    from jit_desktop.elevation.sweeping import Found

_LOG = logging.getLogger(__name__)
_NAMED_STRANGERS = 3
_GRANT_TAKES = timedelta(minutes=5)
"""A grant of another copy is done, or given up, so long after its group was made."""
_END_TAKES = timedelta(seconds=2 * TAKEN_OVER_AFTER_SECONDS)
"""An end of another process that has taken nothing back for so long is at nobody's hands."""


class Adoption:
    """One look over one provider, on one set of connections."""

    def __init__(
        self,
        provider: DomainProvider,
        controllers: Controllers,
        store: Store,
        clock: DomainClock,
        journal: Journal,
        end: End,
    ) -> None:
        self._provider = provider
        self._controllers = controllers
        self._store = store
        self._clock = clock
        self._journal = journal
        self._end = end
        self._seen: dict[ObjectGuid, Sighted] = {}
        self._hidden: dict[ObjectGuid, tuple[MemberLink, list[ObjectGuid], list[Directory]]] = {}
        self._by_group: Mapping[ObjectGuid, Elevation] = {}
        self._rehearsals: dict[str, Collection[ObjectGuid]] = {}
        self._disbelieved: set[ElevationId] = set()
        """Rows that the directory contradicts."""
        self._sids: dict[ObjectGuid, SecurityId | None] = {}
        self._provider_ids: frozenset[ProviderId] | None = None
        self._location_dn = DistinguishedName("")
        self._locations: frozenset[ObjectGuid] = frozenset()
        """Where markers may be."""
        self._elsewhere = prolonging.Elsewhere(controllers, clock.monotonic, provider, store)
        self._listed_again_at: datetime | None = None
        """When the markers were listed again, UTC."""
        self._location_dns: Collection[DistinguishedName] = ()
        """What their places are called now."""
        self._listed_again: dict[ObjectGuid, Sequence[TemporaryGroup]] = {}
        """The markers that were, by where they stand."""
        self._places: dict[DistinguishedName, ObjectRef | None] = {}

    def run(self, found: Found) -> None:
        """Look, judge and act; what came of it is in ``found``."""
        location = self._provider.jit.location
        if location is None:
            found.problem = DirectoryError(
                "No creation location is set: what gives the privileges was not looked for.",
                subject=self._provider.name,
                remedy="Choose one in the settings of the provider.",
            )
            return
        rows, used_locations, used_targets = self._rows(found)
        self._locations = frozenset({location.guid, *used_locations, *(e.location.guid for e in rows)})
        main = self._controllers.main
        self._location_dn = location.dn
        try:
            self._location_dn = main.read(location.guid).dn
        except DirectoryError as error:
            if is_lost(main, error):
                raise
            found.problem = error
        judge = self._judge = Judge(self._provider, main, self._location_dn, self._clock.now)
        survey = Survey(
            self._provider,
            self._controllers,
            self._location_dn,
            lambda groups: self._elevations_of(groups, found),
            judge.trusted_owners(),
        )
        survey.run(rows, used_locations, used_targets)
        self._location_dns = survey.location_dns
        judge.note_used(survey.location_dns)
        found.problem = survey.problem or found.problem
        found.unsearched = survey.unsearched
        found.silent = self._controllers.silent
        self._seen, self._hidden = survey.seen, survey.hidden
        self._by_group = self._elevations_of({*self._seen, *self._hidden}, found)
        groups = [seen.group for seen in self._seen.values()]
        judge.note_markers(groups)
        rehearsals = rehearsal_groups.recognised(groups, self._clock.now())
        own = [group for group in groups if group.owner in judge.trusted_owners()]
        for name in rehearsal_groups.remove_expired(main, own, rehearsals, self._clock.now()):
            self._audit(found, "rehearsal.removed", name, {"group": name})
        strangers: list[tuple[TemporaryGroup, str]] = []
        place = ObjectRef(location.guid, self._location_dn, location.name)
        for one in self._seen.values():
            seen = self._of_an_elevation(one)
            if seen is None:
                continue
            try:
                self._treat(seen, place, strangers, found)
            except DirectoryError as error:
                if is_lost(seen.directory, error):
                    raise
                found.problem = error  # the others are looked at all the same
            except ConnectionLost:
                raise  # while something else was ended that became due
            except Exception:  # noqa: BLE001 - logged whole; the others are looked at all the same
                found.problem = fault(f"the group {seen.group.name}")
                self._tell_unjudged(seen, found)
        self._tell_strangers(strangers, found)
        self._treat_hidden(found)
        self._tell_unseen(rows, found)
        found.doubtful |= left_over.to_look_at(rows, self._controllers, self._is_shown_at)
        self._tell_unexplained(survey, found)
        found.suspects += lent_twice.told(self._open_now(found))
        found.is_looked = True
        self._remove_markers(groups, found)

    # --- looking ------------------------------------------------------------------------------------------

    def _rows(self, found: Found) -> tuple[list[Elevation], Collection[ObjectGuid], Collection[ObjectGuid]]:
        """What may have something left in the directory, and the creation locations and the groups that were
        ever used."""
        provider_id = self._provider.id
        try:
            rows = [
                *self._store.open_elevations(provider_id),
                *self._store.unconfirmed_elevations(provider_id),
            ]
            used_locations = self._store.used_locations(provider_id)
            return rows, used_locations, self._store.used_targets(provider_id)
        except StoreError as error:
            found.problem = error
            return [], (), ()

    def _open_now(self, found: Found) -> Sequence[Elevation]:
        try:
            return self._store.open_elevations(self._provider.id)
        except StoreError as error:
            found.problem = error
            return ()

    def _elevations_of(self, groups: Collection[ObjectGuid], found: Found) -> Mapping[ObjectGuid, Elevation]:
        try:
            return self._store.elevations_of_groups(self._provider.id, groups) if groups else {}
        except StoreError as error:
            found.problem = error
            return {}

    # --- judging ------------------------------------------------------------------------------------------

    def _judged(self, seen: Sighted) -> tuple[Verdict, Elevation | None]:
        row = self._by_group.get(seen.group.guid)
        if row is not None and as_shown(row, seen.group, seen.directory) is not seen.group:
            row = None  # it names another group than its own
        known = self._known(row.id, row) if row is not None else self._named_by(seen.group)
        return self._judge.on(seen.group, known=known), known

    def _named_by(self, group: TemporaryGroup) -> Elevation | None:
        entry = record.read(group.info)
        elevation_id = entry.id if entry is not None else name_is_ours(group.name, self._provider)
        known = None if elevation_id is None else self._known(elevation_id)
        return known if known is not None and _may_be_of(known, group) else None

    def _known(self, elevation_id: ElevationId, last: Elevation | None = None) -> Elevation | None:
        # Asked group by group and after they were listed: a checkout may have begun meanwhile.
        try:
            known = self._store.elevation(elevation_id)
            is_believed = known.id not in self._disbelieved and self._is_of_a_provider(known)
            return known if is_believed else None
        except UnknownItem:
            return None
        except StoreError:
            return last

    def _is_of_a_provider(self, known: Elevation) -> bool:
        """Whether somebody sweeps it: the row of a provider that is gone says nothing about who ends it. Who
        signs in for one that only a copy of the settings knows, nobody knows either."""
        if known.provider_id == self._provider.id or not known.is_open:
            return True
        if self._provider_ids is None:
            there = frozenset(p.id for p in self._store.providers())
            self._provider_ids = there.difference(self._store.missing_providers())
        return known.provider_id in self._provider_ids

    def _worst_of(self, seen: Sighted) -> tuple[Sighted, Verdict, Elevation | None]:
        """As the first domain controller shows it, or as one does where it gives what it may not: whoever is
        signed in there has that, and the others may never hear of it."""
        verdict, known = self._judged(seen)
        for other in () if verdict.is_alarm else seen.others:
            there, _ = self._judged(other)
            if there.is_alarm:
                return other, there, known
        return seen, verdict, known

    def _of_an_elevation(self, seen: Sighted) -> Sighted | None:
        """``seen`` as those domain controllers show it that show something else than a marker or a group of a
        rehearsal; ``None`` where none does. What one shows says nothing of the others."""
        left = [
            one
            for one in (seen, *seen.others)
            if not prolonging.is_marker(one.group) and not self._is_of_a_rehearsal(one)
        ]
        return replace(left[0], others=left[1:]) if left else None

    def _is_of_a_rehearsal(self, seen: Sighted) -> bool:
        """Never that of an elevation that is known: what it keeps to itself was not looked for."""
        guid = seen.group.guid
        return guid not in self._by_group and guid in self._rehearsals_at(seen.host)

    def _rehearsals_at(self, host: str) -> Collection[ObjectGuid]:
        """The groups that are of a rehearsal as ``host`` shows them."""
        if host not in self._rehearsals:
            shown = [s for seen in self._seen.values() for s in (seen, *seen.others) if s.host == host]
            groups = [s.group for s in shown]
            self._rehearsals[host] = rehearsal_groups.recognised(groups, self._clock.now())
        return self._rehearsals[host]

    def _tell_unjudged(self, seen: Sighted, found: Found) -> None:
        """A group on which there is no verdict, because of a fault of the program, may give what it is in."""
        given = tuple(self._privilege(guid).label for guid in seen.group.member_of)
        if given and (seen.group.members or seen.group.maybe_members):
            reason = "it could not be judged, by a fault of the program; see its log"
            group = seen.group
            found.suspects.append(
                SuspectGroup(group.name, group.dn, reason, given, is_alarm=True, host=seen.host)
            )

    # --- acting -------------------------------------------------------------------------------------------

    def _treat(
        self,
        seen: Sighted,
        place: ObjectRef,
        strangers: list[tuple[TemporaryGroup, str]],
        found: Found,
    ) -> None:
        seen, verdict, known = self._worst_of(seen)
        group = seen.group
        if verdict.kind is Kind.STRANGER:
            strangers.append((group, verdict.reason))
            return
        if known is not None and self._is_left_to_nobody(known, seen, found):
            shown = self._judge.on(group)
            if self._is_past_shown_end(shown, seen, known):
                again, shown = self._as_it_is_now(seen, shown)
                if self._is_past_shown_end(shown, again, known):
                    if self._goes_on(known, shown, again, found):
                        return
                    self._disbelieved.add(known.id)
                    self._take_over(again, shown, place, found)
                    return
        if known is not None and known.is_open and known.group_guid in (None, group.guid):
            if known.group_guid is None:
                require_home(known, seen.directory)
                self._note_group(known, seen, verdict, found)
            # Its end is the pass's work; what hangs together differently meanwhile, it has seen too.
            if verdict.kind is Kind.SUSPECT and not known.suspicion and not verdict.is_past:
                self._suspect(seen, verdict, found, is_alarm=False, elevation=known.id)
            self._note_sight(known, seen, verdict, found)
            return
        if known is not None and not known.is_open:
            self._came_back(seen, verdict, known, place, found)
            return
        if not self._controllers.is_main(seen.host) and not verdict.is_alarm:
            # Made or removed elsewhere a moment ago: replication will tell. Who wrote into it meanwhile, it
            # will not.
            if verdict.kind is Kind.SUSPECT and verdict.gives:
                self._suspect(seen, verdict, found, is_alarm=False)
            return
        if not verdict.gives:
            self._gives_nothing(seen, verdict, place, found)
        elif verdict.kind is Kind.OURS or known is None:
            if verdict.is_past:
                seen, verdict = self._as_it_is_now(seen, verdict)
            self._take_over(seen, verdict, place, found)
        else:
            self._suspect(seen, verdict, found, is_alarm=verdict.is_alarm)

    def _as_it_is_now(self, seen: Sighted, verdict: Verdict) -> tuple[Sighted, Verdict]:
        """A group that is past its end as ``verdict`` tells, and the verdict by its record and the markers as
        they are now: it may have been extended since they were listed, while this computer slept or another
        domain controller was waited for. Where they can't be read, what was listed counts."""
        self._list_markers_again(seen, verdict.deadline)
        group = seen.group
        try:
            shown = seen.directory.temporary_group(group.guid)
        except (DirectoryError, Cancelled) as error:
            _LOG.info("%s could not be read again: %s", group.name, error)
        else:
            if isinstance(shown, TemporaryGroup):  # who is in it by other ways is known of the listed one
                group = replace(
                    group,
                    info=shown.info,
                    description=shown.description,
                    record_version=shown.record_version,
                )
        again = self._judge.on(group)
        if again.kind is Kind.STRANGER:
            return seen, verdict
        return replace(seen, group=group), again

    def _list_markers_again(self, seen: Sighted, end: datetime | None) -> None:
        """List the markers beside a group that stands in no creation location that is known here: another
        copy may have one of its own. Once each; and those of all places where that was before ``end``."""
        now, beside = self._clock.now(), self._unlisted_place(seen)
        self._locations |= beside
        is_old = self._listed_again_at is None or self._listed_again_at < (end or now) + ON_ITS_WAY
        if end is not None and is_old:
            self._listed_again_at = now
            beside = self._locations
        if beside:
            self._listed_again |= {place: self._elsewhere.all_in(place) for place in beside}
            markers = [marker for listed in self._listed_again.values() for marker in listed]
            self._judge.note_markers([*(s.group for s in self._seen.values()), *markers])

    def _unlisted_place(self, seen: Sighted) -> frozenset[ObjectGuid]:
        """Where a group stands, where no markers were listed there; empty where that can't be read."""
        dn = parent_dn(seen.group.dn)
        if any(same_dn(dn, location) for location in self._location_dns):
            return frozenset()
        try:
            place = self._place(dn, seen.directory)
        except (DirectoryError, Cancelled) as error:
            _LOG.info("The markers beside %s can't be listed: %s", seen.group.name, error)
            return frozenset()
        return frozenset() if place is None else frozenset({place.guid}) - self._locations

    def _is_left_to_nobody(self, known: Elevation, seen: Sighted, found: Found) -> bool:
        """Whether a row says that its end is somebody's work, and nobody has done that in this pass: it names
        another provider or another domain, or a pause. The database belongs to whoever sits at the computer
        (:mod:`.own_row`)."""
        is_deferred = known.is_open and found.is_passed and known.id not in found.judged
        return is_deferred and self._controllers.is_main(seen.host)

    def _goes_on(self, known: Elevation, shown: Verdict, seen: Sighted, found: Found) -> bool:
        """Whether the row of what gives something past its end is this copy's work: it waits until its end is
        tried again, and says of its group what that shows. Its first write is tried at once then, by its own
        row: whoever wrote the pause into it keeps nothing by that. Where that is refused, one that is overdue
        says so by itself, and its pause is no longer than any that is set (:meth:`.Elevation.is_due`)."""
        is_waiting = known.state in (State.ENDING, State.OVERDUE) and known.provider_id == self._provider.id
        is_same = known.group_guid == seen.group.guid and known.account.guid == shown.claim.account
        if not (is_waiting and is_same):
            return False
        if not {p.group.guid for p in known.privileges}.issuperset(shown.gives):
            return False
        resumed = replace(known, next_attempt_at=None)
        if self._has_lost_rights(resumed, seen, found):
            found.resumed.append(resumed)
            return True
        return known.state is State.OVERDUE

    def _is_past_shown_end(self, shown: Verdict, seen: Sighted, known: Elevation) -> bool:
        """Whether a group gives something past the end that the directory proves, as it is judged without the
        row ``known``, and not only because an end takes a moment. Where nothing proves one, the policy
        decides, as it does for a row of this provider (:mod:`.own_row`)."""
        end = shown.deadline if shown.is_proven else self._latest_by_policy(seen.group, known)
        if end is None or not shown.gives:
            return False
        return self._clock.now() - end > (_END_TAKES if known.state is State.ENDING else ON_ITS_WAY)

    def _latest_by_policy(self, group: TemporaryGroup, known: Elevation) -> datetime:
        """When the longest duration that any copy of these settings grants is over; the row may be of another
        provider, which may allow more."""
        longest = self._provider.policy.maximum_seconds
        try:
            others = [p for p in self._store.providers() if p.id == known.provider_id]
        except StoreError:
            others = []
        longest = max([longest, *(p.policy.maximum_seconds for p in others)])
        return own_row.latest_by_policy(known, group, longest, self._clock.now())

    def _note_sight(self, known: Elevation, seen: Sighted, verdict: Verdict, found: Found) -> None:
        """Keep what this says of one that is known, so that the list says the same."""
        if not known.is_granted or known.extending_to is not None or verdict.is_past:
            return
        if not self._controllers.is_main(seen.host) or known.group_guid is None:
            return
        words = with_reason(differences(known, seen.group), verdict.reason or known.suspicion)
        is_writer = self._controllers.is_main(known.domain_controller)
        sight = sight_of_group(known, words, self._clock.now(), is_writer=is_writer)
        if sight is not None:
            found.sights[known.id] = sight

    def _note_group(self, known: Elevation, seen: Sighted, verdict: Verdict, found: Found) -> None:
        """Record the GUID of a group whose grant died before that: the end goes by it from here on. A grant
        that may be under way is left alone."""
        group = seen.group
        if known.state is State.GRANTING or not is_group_of(known, group, seen.directory):
            return
        noted = replace(known, group_guid=group.guid, suspicion=verdict.reason or known.suspicion)
        move = self._end.begun(noted, reason_for(noted), lease_seconds=0)
        try:
            self._journal.advance(noted, move.event, f"Found as {group.dn}.", **move.changes)
        except ConcurrentChange:
            _LOG.info("%s was moved by another copy at the same time", known.id)
        except StoreError as error:
            found.problem = error

    def _gives_nothing(self, seen: Sighted, verdict: Verdict, place: ObjectRef, found: Found) -> None:
        group = seen.group
        if verdict.kind is Kind.OURS and verdict.is_past and verdict.is_proven:
            if self._may_have_it(verdict.claim):
                # By another way then, which the end looks for and tells: what is left names who had what.
                self._take_over(seen, verdict, place, found)
                return
            is_out = False
            try:
                # First: who is in it when it is read again does not matter then.
                for target in verdict.nested:
                    seen.directory.take_out(target, group.guid)
                is_out = True
                seen.directory.delete_group(group.guid)
            except DirectoryUnavailable:
                raise
            except NoSuchObject:
                return
            except DirectoryError as error:
                _LOG.info("%s gives nothing any more and could not be removed: %s", group.name, error)
                if not is_out:
                    self._suspect(seen, replace(verdict, gives=verdict.nested), found, is_alarm=True)
                    return
            else:
                self._audit(found, "elevation.removed-leftover", group.name, {"group": group.name})
                return
        age = self._clock.now() - (group.created_at or self._clock.now())
        if verdict.kind is Kind.OURS and not verdict.is_past and age < _GRANT_TAKES:
            return  # a grant that is under way: it gives nothing before it is nested
        reason = verdict.reason or "it gives nothing"
        found.suspects.append(SuspectGroup(group.name, group.dn, reason, host=seen.host))

    def _may_have_it(self, claim: Claim) -> bool:
        """Whether the account of a record has a chosen group that it names, by whatever way, or does not show
        what it has."""
        if claim.account is None:
            return False
        held = token_of(claim.account, self._controllers.main)
        sids = {self._with_sid(self._privilege(target)).sid for target in claim.targets}
        return held is None or not sids.isdisjoint(held)

    def _suspect(
        self,
        seen: Sighted,
        verdict: Verdict,
        found: Found,
        *,
        is_alarm: bool,
        elevation: ElevationId | None = None,
    ) -> None:
        group = seen.group
        reason = verdict.reason or "it gives a chosen group past its deadline"
        given = tuple(self._privilege(guid).label for guid in verdict.gives)
        found.suspects.append(
            SuspectGroup(group.name, group.dn, reason, given, is_alarm, seen.host, elevation)
        )

    def _take_over(self, seen: Sighted, verdict: Verdict, place: ObjectRef, found: Found) -> None:
        """Keep it as an elevation, whose end takes back what it gives."""
        group, claim = seen.group, verdict.claim
        if verdict.kind is Kind.SUSPECT:
            self._suspect(seen, verdict, found, is_alarm=verdict.is_alarm)
        if claim.id is None or claim.account is None or not claim.targets:
            return  # nothing that can be read says what to take back
        if verdict.deadline is None and group.owner not in self._judge.trusted_owners():
            return  # nor from when on
        if verdict.kind is Kind.SUSPECT and not self._may_act_on(group, verdict):
            return  # it is told, and a person has to look
        self._adopt(seen, verdict, place, found)
        taken_over = {e.group_guid: e.id for e in found.adopted}
        if verdict.kind is Kind.SUSPECT and group.guid in taken_over:
            found.suspects[-1] = replace(found.suspects[-1], elevation=taken_over[group.guid])

    def _may_act_on(self, group: TemporaryGroup, verdict: Verdict) -> bool:
        """Whether what a suspect group gives may be taken back by what its record says. Whoever may write its
        ``info`` or its name can make any group look like one of ours, also one that gives others what they
        have for good."""
        if group.owner in self._judge.trusted_owners():
            return True
        if verdict.claim.granted_at is None or group.created_at is None:
            return False
        if group.created_at < verdict.claim.granted_at - CLOCKS_DIFFER:
            return False  # a permanent one that was given our name and a record
        if group.record_version != 1 and not verdict.is_proven:
            return False  # likewise: who wrote the record chose when it begins, too
        is_named = name_is_ours(group.name, self._provider) == verdict.claim.id
        is_said = verdict.record is not None and verdict.record.account == verdict.claim.account
        return is_said and is_named and verdict.gives_account

    def _came_back(
        self, seen: Sighted, verdict: Verdict, known: Elevation, place: ObjectRef, found: Found
    ) -> None:
        group = seen.group
        waited_for = {host.casefold() for host in known.unconfirmed_on}
        if not self._controllers.is_main(seen.host) and seen.host.casefold() in waited_for:
            found.back.add(known.id)  # it is asked in this pass, whatever pause there is
            return
        is_its = known.group_guid == group.guid or self._may_act_on(group, verdict)
        if verdict.kind is Kind.SUSPECT and not (verdict.gives and is_its):
            if verdict.is_alarm or not known.leftover:
                self._suspect(seen, verdict, found, is_alarm=verdict.is_alarm)
            return
        again = replace(
            self._with_all(known, verdict.gives),
            group_guid=group.guid,
            suspicion=verdict.reason or known.suspicion,
        )
        was_more = bool(verdict.nested or group.members)
        where = self._writable(self._shown_at(seen))
        if not (where and self._removed_again(again, where, found, was_more=was_more)):
            if verdict.nested and where:
                self._suspect(seen, replace(verdict, gives=verdict.nested), found, is_alarm=True)
            self._adopt(seen, verdict, place, found, ended_as=known.end_reason or EndReason.DEADLINE)

    def _shown_at(self, seen: Sighted) -> Sequence[Directory]:
        """All domain controllers that show it, if only by a chosen group's list: what came back may have
        reached them all, and what is removed at one of them need not reach the others."""
        guid = seen.group.guid
        first = self._seen[guid]
        _, _, hiding = self._hidden.get(guid, (None, (), ()))
        return [first.directory, *(other.directory for other in first.others), *hiding]

    def _writable(self, directories: Iterable[Directory]) -> Sequence[Directory]:
        return [d for d in directories if self._controllers.is_writable(d.info.controller)]

    def _with_all(self, known: Elevation, given: Iterable[ObjectGuid]) -> Elevation:
        """``known`` with all that its group is seen to give: what was recorded of it may be less."""
        recorded = {p.group.guid for p in known.privileges}
        more = tuple(self._privilege(guid) for guid in given if guid not in recorded)
        return replace(known, privileges=(*known.privileges, *more))

    def _removed_again(
        self,
        elevation: Elevation,
        directories: Sequence[Directory],
        found: Found,
        *,
        was_more: bool = True,
    ) -> bool:
        """Remove the group of an elevation that has ended, at all of ``directories``: a restore from the
        recycle bin brings memberships back, and a domain controller that was away may still show it. Whether
        it gives nobody anything then, by each of them.

        ``was_more``: there was more than an empty group in nothing, which may be there for good because it
        can't be deleted.
        """
        removals = [self._removed_at(elevation, directory) for directory in directories]
        # What was refused and gives nothing is no news: it is refused at each sweep.
        had = [removal for removal in removals if removal is not None and removal.had_something]
        if None in removals:
            return False
        if not had or (not was_more and not any(removal.deleted for removal in had)):
            return True
        if elevation.id not in {ended.id for ended in found.ended}:
            found.note(elevation)
        detail: dict[str, object] = {"elevation": elevation.id, "group": elevation.group_name}
        self._audit(found, "elevation.removed-again", elevation.account.name, detail)
        return True

    def _removed_at(self, elevation: Elevation, directory: Directory) -> Removal | None:
        """What became of it at one domain controller; ``None`` where it may give something there."""
        try:
            removal = self._end.remove(elevation, directory)
            if removal.found_nothing:
                return removal  # another copy ended it after the groups were listed
            host, once = directory.info.controller, deletion_was_answered(self._store, elevation)
            truth = look(
                elevation,
                directory,
                host,
                once_deleted=once or removal.deleted,
                account_deleted=True,
                others=Others(self._store, elevation.provider_id, self._clock.now()),
            )
            # What the account has besides is not by this one, once that is deleted.
            is_over = truth.is_over or (removal.deleted and not truth.gives)
            if is_over and not self._still_gives(elevation, directory, is_deleted=removal.deleted):
                return removal
        except DirectoryError as error:
            _LOG.error("The group of %s is there again and could not be removed: %s", elevation.id, error)
        else:
            _LOG.error("The group of %s is there again and could not be removed", elevation.id)
        return None

    def _still_gives(self, elevation: Elevation, directory: Directory, *, is_deleted: bool) -> bool:
        """Whether its group is still in anything that is offered, whoever may have that by it: the account of
        the elevation need not be the one, and who is may not be shown. ``is_deleted``: this domain controller
        has just acknowledged that it deleted the group."""
        guid = elevation.group_guid
        assert guid is not None
        shown = directory.temporary_group(guid)
        if isinstance(shown, NotVisible):
            return not is_deleted and bool(still_in(elevation, directory))
        return bool(self._judge.on(shown, known=elevation).nested)

    def _treat_hidden(self, found: Found) -> None:
        """Links to what can't be read: a privilege is given by something that can't be seen."""
        for guid, (link, targets, hiding) in self._hidden.items():
            where = self._not_showing(guid, hiding)
            if not where or self._is_followed(guid, found):
                continue
            known = self._by_group.get(guid)
            if known is not None and known.is_open and not self._is_beyond_all_proof(known):
                continue  # the end and the looks go by its GUID
            if known is not None and not known.is_open:
                again = self._with_all(known, targets)
                # A read-only one hears of it: what it alone shows is told.
                writable = self._writable(where)
                if writable and self._removed_again(again, writable, found):
                    continue
            given = tuple(dict.fromkeys(self._privilege(target).label for target in targets))
            reason = "it gives a chosen group and may not be read by the account that signs in"
            if known is not None and known.is_open:
                reason += (
                    f", and nothing proves that it may do so until {known.deadline:%Y-%m-%d %H:%M:%S} UTC"
                )
            host = where[0].info.controller
            found.suspects.append(
                SuspectGroup(rdn(link.dn), link.dn, reason, given, is_alarm=True, host=host)
            )

    def _not_showing(self, guid: ObjectGuid, hiding: Sequence[Directory]) -> Sequence[Directory]:
        """Those of ``hiding`` that do not show the group in any other way: what another domain controller
        shows of it says nothing of them."""
        if (seen := self._seen.get(guid)) is None:
            return hiding
        showing = {one.host.casefold() for one in (seen, *seen.others)}
        return [d for d in hiding if d.info.controller.casefold() not in showing]

    def _is_followed(self, guid: ObjectGuid, found: Found) -> bool:
        """Whether a group that one domain controller shows ends by what that shows, wherever it is hidden: it
        has time by that, is taken over or told, or is of an elevation that is known."""
        if (seen := self._seen.get(guid)) is None:
            return False
        if any(e.group_guid == guid for e in found.adopted):
            return True
        if any(s.is_alarm and s.dn == seen.group.dn for s in found.suspects):
            return True
        verdict, known = self._judged(seen)
        if known is not None:
            return known.is_open
        return verdict.kind is Kind.OURS and not verdict.is_past

    def _tell_unseen(self, rows: Iterable[Elevation], found: Found) -> None:
        """Rows whose group is shown nowhere, and leads nowhere that is shown, so that nothing contradicts an
        end which nothing proves either."""
        for row in rows:
            if row.group_guid is None or row.group_guid in self._seen or row.group_guid in self._hidden:
                continue
            known = self._known(row.id, row)
            if known is None or not known.is_open or not self._is_beyond_all_proof(known):
                continue
            given = tuple(privilege.label for privilege in known.privileges)
            reason = (
                "the account that signs in may not read it, and nothing proves that it may give something "
                f"until {known.deadline:%Y-%m-%d %H:%M:%S} UTC"
            )
            host = self._controllers.main.info.controller
            found.suspects.append(
                SuspectGroup(known.group_name, known.location.dn, reason, given, is_alarm=True, host=host)
            )

    def _is_shown_at(self, guid: ObjectGuid | None, host: str) -> bool:
        """Whether ``host`` shows a group, or at least that a chosen group lists it."""
        if guid is None:
            return False
        seen, (_, _, hiding) = self._seen.get(guid), self._hidden.get(guid, (None, (), ()))
        hosts = [d.info.controller for d in hiding]
        if seen is not None:
            hosts += [one.host for one in (seen, *seen.others)]
        return host.casefold() in map(str.casefold, hosts)

    def _is_beyond_all_proof(self, known: Elevation) -> bool:
        """Whether the row of a group that is not shown names an end to come, while the longest duration of
        the checkout policy is over since it was granted and no marker proves more."""
        longest = timedelta(seconds=self._provider.policy.maximum_seconds)
        until = (known.granted_at or known.requested_at) + longest
        now = self._clock.time_for(known)
        if not known.is_granted or not until <= now < known.deadline:
            return False
        try:
            markers = self._elsewhere.everywhere(known)
            proven = prolonging.believed_until(known, until, self._controllers.main, markers)
        except DirectoryUnavailable:
            raise
        except DirectoryError:
            return True
        return proven is None or now >= proven

    def _tell_unexplained(self, survey: Survey, found: Found) -> None:
        """Accounts that have what is lent, by chosen groups that do not show who is in them."""
        for account in self._provider.accounts:
            targets = survey.unexplained.get(account.account.guid, [])
            if not targets:
                continue
            given = tuple(dict.fromkeys(self._privilege(target).label for target in targets))
            reason = "it has a chosen group whose members the account that signs in may not read"
            name, dn = account.account.name, account.account.dn
            host = survey.unexplained_on[account.account.guid]
            found.suspects.append(SuspectGroup(name, dn, reason, given, is_alarm=True, host=host))

    def _tell_strangers(self, strangers: Sequence[tuple[TemporaryGroup, str]], found: Found) -> None:
        if len(strangers) <= _NAMED_STRANGERS:
            found.foreign += [ForeignGroup(group.name, group.dn, reason) for group, reason in strangers]
        else:
            names = ", ".join(group.name for group, _ in strangers[:_NAMED_STRANGERS])
            more = ", …" if len(strangers) > _NAMED_STRANGERS else ""
            what = f"{len(strangers):,} groups"
            reason = f"they carry no record of this program ({names}{more})"
            found.foreign.append(ForeignGroup(what, self._location_dn, reason, len(strangers)))

    def _remove_markers(self, groups: Sequence[TemporaryGroup], found: Found) -> None:
        """Markers of elevations that are over: none is open here, and no group of it is there any more."""
        alive = {group.guid for group in groups}
        over = []
        for group in groups:
            marker = prolonging.decode(group.info)
            if marker is None:
                continue
            known = self._known(marker.elevation_id)
            if known is not None and known.is_open:
                continue
            # Of one that is not known here the group may not have arrived yet.
            is_over = known is not None or self._clock.now() >= marker.end
            if is_over and marker.group not in alive:
                over.append(group)
        try:
            for name in prolonging.delete(over, self._controllers.main):
                self._audit(found, "marker.removed", name, {"group": name})
        except DirectoryError as error:
            _LOG.info("Markers of elevations that are over are removed later: %s", error)

    # --- what other copies made ---------------------------------------------------------------------------

    def _adopt(
        self,
        seen: Sighted,
        verdict: Verdict,
        location: ObjectRef,
        found: Found,
        *,
        ended_as: EndReason | None = None,
    ) -> None:
        """Keep an elevation that only the directory knows; with ``ended_as`` its end is still to be done.

        Past its deadline it loses its rights at once: they wait for no other group, and for no store.
        """
        group, claim = seen.group, verdict.claim
        if claim.id is None or claim.account is None:
            return
        targets = _to_take_back(group, verdict)
        # Where no deadline can be read of one that we made, somebody has wiped it: it ends now.
        deadline = verdict.deadline or self._clock.now()
        start = _begin(claim.granted_at, group.created_at, self._clock.now(), verdict.evidence)
        elevation = Elevation(
            id=self._id_for(claim.id, group),
            provider_id=self._provider.id,
            account=self._named(claim.account),
            privileges=self._privileges(targets, group),
            group_name=group.name,
            location=self._place_of(seen, location),
            requested_by=claim.requested_by,
            requested_at=start,
            duration_seconds=max(int((deadline - start).total_seconds()), 0),
            deadline=deadline,
            state=State.ACTIVE if ended_as is None else State.ENDING,
            end_reason=ended_as,
            domain_controller=self._ends_at(seen.host),
            group_guid=group.guid,
            granted_at=start,
            adopted=True,
            suspicion=verdict.reason if verdict.kind is Kind.SUSPECT else "",
        )
        # One that has become due since it was judged is read again before its first write.
        is_to_lose = ended_as is None and verdict.is_past
        if not is_to_lose or not self._has_lost_rights(elevation, seen, found):
            assured = self._assured(claim.account, targets, seen)
            elevation = replace(elevation, mechanism=assured.mechanism, directory_ends_at=assured.ends_at)
        # After the first write: by the SIDs later looks tell this domain from another one of its name.
        elevation = replace(elevation, privileges=tuple(map(self._with_sid, elevation.privileges)))
        try:
            adopted = self._journal.begin(elevation, Event.ADOPTED, f"Found as {group.dn}.")
        except ConcurrentChange:
            _LOG.info("%s was taken over by another copy at the same time", elevation.id)
        except StoreError as error:
            found.problem = error
            if verdict.is_past:
                found.adopted.append(elevation)  # ends all the same
        except JitError as error:
            found.foreign.append(ForeignGroup(group.name, group.dn, error.message))
        else:
            found.adopted.append(adopted)
            self._say_how_long(adopted, verdict, group)

    def _ends_at(self, host: str) -> str:
        """Where the end of what ``host`` shows is written: a read-only one takes no write, and is asked
        whether it has heard of it."""
        return host if self._controllers.is_writable(host) else self._controllers.main.info.controller

    def _place_of(self, seen: Sighted, location: ObjectRef) -> ObjectRef:
        """Where the group stands: another copy may have a creation location of its own, where the markers of
        its extensions are too."""
        dn = parent_dn(seen.group.dn)
        place = None if same_dn(dn, location.dn) else self._place(dn, seen.directory)
        return place or location

    def _place(self, dn: DistinguishedName, directory: Directory) -> ObjectRef | None:
        """The container called ``dn``; ``None`` where it can't be read."""
        if dn not in self._places:
            try:
                entry = directory.read(dn)
            except DirectoryUnavailable:
                raise
            except DirectoryError as error:
                _LOG.info("Where a temporary group stands can't be read: %s: %s", dn, error)
                self._places[dn] = None
            else:
                self._places[dn] = ObjectRef(entry.guid, entry.dn, entry.name)
        return self._places[dn]

    def _has_lost_rights(self, elevation: Elevation, seen: Sighted, found: Found) -> bool:
        """Take its rights if it is due; whether that was done. What is refused is said when it is ended."""
        if not elevation.is_due(self._clock.time_for(elevation)):
            return False
        found.had_account.setdefault(elevation.id, elevation.account.guid in seen.group.members)
        try:
            is_writable = self._controllers.is_writable(seen.host)
            return is_writable and self._end.take_rights(elevation, seen.directory)
        except (DirectoryError, Cancelled) as error:
            _LOG.info("The first write of the end of %s failed: %s", elevation.id, error)
            return False

    def _id_for(self, claimed: ElevationId, group: TemporaryGroup) -> ElevationId:
        """What an elevation of ``group`` is kept as; by the id of an elevation of another group, that one
        would be overwritten."""
        for candidate in (claimed, name_is_ours(group.name, self._provider)):
            if candidate in self._disbelieved:
                continue
            row = None if candidate is None else self._known(candidate)
            if candidate is not None and (row is None or _may_be_of(row, group)):
                return candidate
        return ElevationId(group.guid)

    def _say_how_long(self, adopted: Elevation, verdict: Verdict, group: TemporaryGroup) -> None:
        asked = verdict.record.deadline if verdict.record is not None else verdict.claim.deadline
        if asked is None:
            return
        end = f"it ends at {adopted.deadline:%Y-%m-%d %H:%M:%S} UTC."
        allowed = (adopted.granted_at or adopted.requested_at) + timedelta(
            seconds=self._provider.policy.maximum_seconds
        )
        if adopted.deadline < asked:
            begun_at = verdict.claim.granted_at
            is_cut = adopted.deadline == latest_by_policy(group, self._provider, begun_at, self._clock.now())
            why = (
                "longer than the checkout policy allows"
                if is_cut
                else "and nothing shows that a copy of the program set that end"
            )
            text = f"Its record asks for {asked:%Y-%m-%d %H:%M:%S} UTC, {why}; {end}"
        elif adopted.deadline > allowed and verdict.evidence in (Evidence.AUTHENTIC, Evidence.PROLONGED):
            text = f"Another copy granted it longer than the checkout policy of this copy allows; {end}"
        else:
            return
        self._journal.step(adopted, Step.GUARANTEE, StepStatus.WARNING, text, adopted.group_name)

    def _assured(self, account: ObjectGuid, targets: tuple[ObjectGuid, ...], seen: Sighted) -> Assurance:
        try:
            return assurance.shown(seen.directory, self._clock.now(), seen.group, account, targets)
        except DirectoryError as error:
            _LOG.info("What ends %s by itself could not be read: %s", seen.group.name, error)
            return Assurance()

    def _privilege(self, guid: ObjectGuid) -> GrantedPrivilege:
        for privilege in self._provider.jit.privileges:
            if privilege.group.guid == guid:
                return GrantedPrivilege(privilege.group, privilege.display_name)
        return GrantedPrivilege(self._named(guid))

    def _privileges(
        self, targets: Sequence[ObjectGuid], group: TemporaryGroup
    ) -> tuple[GrantedPrivilege, ...]:
        """``targets`` without those that only its record names and nothing shows: a group that was deleted is
        never shown to be without it."""
        found = tuple(self._privilege(guid) for guid in targets)
        there = tuple(p for p in found if p.group.dn or p.group.guid in group.member_of)
        return there or found

    def _with_sid(self, privilege: GrantedPrivilege) -> GrantedPrivilege:
        guid = privilege.group.guid
        if guid not in self._sids:
            try:
                self._sids[guid] = self._controllers.main.read(guid).sid
            except DirectoryUnavailable:
                raise
            except DirectoryError:
                self._sids[guid] = None
        return replace(privilege, sid=self._sids[guid])

    def _named(self, guid: ObjectGuid) -> ObjectRef:
        try:
            entry = self._controllers.main.read(guid)
        except NoSuchObject:
            return ObjectRef(guid, DistinguishedName(""), guid)
        return ObjectRef(guid, entry.dn, entry.logon_name or entry.name)

    def _audit(self, found: Found, action: str, subject: str, detail: dict[str, object]) -> None:
        try:
            self._store.add_audit(
                at=self._clock.now(),
                actor=self._journal.actor,
                action=action,
                subject=subject,
                detail={**detail, "clock": self._clock.source.value},
            )
        except StoreError as error:
            found.problem = error


def _may_be_of(row: Elevation, group: TemporaryGroup) -> bool:
    """Whether the elevation that ``group`` names can be its own. Whoever may write a group may name any; the
    GUID of a group can't be taken over, and a restored group has the account and the targets it had."""
    if row.group_guid == group.guid or (row.group_guid is None and row.is_open):
        return True
    claim = claim_in(group.info)
    return claim.account == row.account.guid and set(claim.targets) == {p.group.guid for p in row.privileges}


def _to_take_back(group: TemporaryGroup, verdict: Verdict) -> tuple[ObjectGuid, ...]:
    """What it is seen to give, whatever it claims; one of ours that is half made may yet give the rest."""
    claimed = verdict.claim.targets
    if verdict.kind is Kind.SUSPECT:
        claimed = tuple(target for target in claimed if target in group.member_of)
    return tuple(dict.fromkeys((*claimed, *verdict.gives))) or verdict.claim.targets


def _begin(said: datetime | None, made: datetime | None, now: datetime, evidence: Evidence) -> datetime:
    """When the elevation of a group began, as its record says, where that may be: not before the group was
    made, and not after it. Where the record is ours and says that it began in the future it was lent by a
    wrong clock, and that is for whoever judges it (:func:`.witnesses.deadline_of`)."""
    if said is not None and evidence is Evidence.AUTHENTIC and is_from_the_future(said, now):
        return said
    if made is not None and said is not None and said < made - CLOCKS_DIFFER:
        said = made
    return min(at for at in (said, made, now) if at is not None)
