# SPDX-License-Identifier: MIT
"""Ending: take back what the grant gave, by each of the ways that the grant had, and believe only what the
account has afterwards, on every domain controller that can be asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeAlias

from jit_desktop.elevation import prolonging
from jit_desktop.elevation.controllers import Controllers, is_lost
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.errors import (
    Cancelled,
    ConcurrentChange,
    DirectoryError,
    DirectoryUnavailable,
    JitError,
    NoSuchObject,
    PrimaryGroupInUse,
    StoreError,
)
from jit_desktop.elevation.identity import ElevationId, ObjectGuid
from jit_desktop.elevation.inspection import ControllerTruth
from jit_desktop.elevation.journal import (
    ACCOUNT_DELETED,
    GROUP_DELETED,
    Journal,
    Move,
    deletion_was_answered,
)
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Elevation, Mechanism, Step, StepStatus
from jit_desktop.elevation.outcome import in_a_row
from jit_desktop.elevation.own_group import NamesAnother, by_guid
from jit_desktop.elevation.ports import Directory, NotVisible, TemporaryGroup
from jit_desktop.elevation.remaining import find_group, look, remains, remains_in_words, require_home
from jit_desktop.elevation.tracing import is_gone, still_in, traced
from jit_desktop.elevation.verdict import Others, may_delete

_LOG = logging.getLogger(__name__)

END_LEASE_SECONDS = 60
"""How long nobody else repeats an end whose rights are gone already; and one before its deadline, but never
past that."""
TAKEN_OVER_AFTER_SECONDS = 10
"""How long nobody else repeats an end past its deadline whose rights may still be there: whoever is at it may
be dead, and to repeat it does no harm."""
_FIRST_PAUSE_SECONDS = 5
_LONGEST_PAUSE_SECONDS = 300
_FIRST_LOOKS_SECONDS = 3
_FIRST_LOOKS = 4
"""So many looks at who has not heard of an end yet, that far apart, before the pauses grow."""
_COUNTED_LOOKS = 500
_OWN_HANDS_SECONDS = 50
"""How long replication may take before an end is written where it has not arrived. Inside a site it does so
within seconds (Microsoft: notified after 15 s, and 3 s more for each partner)."""
STILL_SHOWN_SECONDS = 180
"""How long a domain controller that answers may go on showing what is past its deadline before that is an
alarm, unless the settings know of a longer replication latency: by then a sweep that comes once a minute has
written the end wherever replication did not bring it, and that could be written."""
PATIENCE_SECONDS = 900
"""How long replication may take otherwise, unless the settings know of a longer latency. Between sites 15
minutes is the shortest interval."""
_KEPT = "The temporary group was not deleted, and can't be seen any more."


def pause_seconds(attempts: int) -> int:
    """How long to wait after ``attempts`` ends that were not confirmed.

    5 s, doubled each time up to 5 minutes.
    """
    return int(min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(attempts, 10)))


def look_pause_seconds(looks: int) -> int:
    """How long to wait after the ``looks``-th look at who has not heard of an end yet.

    3 s four times, then doubled up to 5 minutes.
    """
    return int(min(_LONGEST_PAUSE_SECONDS, _FIRST_LOOKS_SECONDS * 2 ** min(max(looks - _FIRST_LOOKS, 0), 10)))


def waited_seconds(looks: int) -> int:
    """How long was waited at least when the ``looks``-th look is taken."""
    # More than a day of looks is not counted: the number comes from a row that anybody may have written.
    return sum(look_pause_seconds(number) for number in range(1, min(looks, _COUNTED_LOOKS)))


_Write: TypeAlias = Callable[[Elevation, Directory], object]
"""Takes something of an elevation back on one domain controller."""


@dataclass(slots=True)
class Removal:
    """What became of taking one elevation back on one domain controller."""

    host: str
    group: ObjectGuid | None = None
    """The temporary group, ``None`` where none was ever seen."""
    had_something: bool = False
    """Whether anything was there to be taken back."""
    deleted: bool = False
    """Whether the domain controller has acknowledged that it deleted the group."""
    is_kept: bool = False
    """Whether the group is there although nobody may see it: that it was not deleted is known."""
    account_deleted: bool = False
    """Whether an account that is not shown may have been deleted, and is not known to be hidden."""
    has_somebody: bool = False
    """Whether the domain controller says that somebody has the group for the primary one, shown or not."""
    refusals: list[str] = field(default_factory=list)
    """What it did not do, each in a sentence."""
    has_refused: bool = False
    """Whether it refused something for a reason of its own, which is given of what is there. That it is busy
    is said of anything."""

    @property
    def found_nothing(self) -> bool:
        """Whether there was nothing to be taken back, as far as this domain controller says."""
        return not self.had_something and not self.refusals

    @property
    def met_nothing(self) -> bool:
        """Whether no answer to a write says that anything was there."""
        return not self.had_something and not self.has_refused

    def note(self, directory: Directory, what: str, error: DirectoryError) -> None:
        """One write was not done. One that is busy, or can't do this one, does others; raises ``error`` where
        ``directory`` does nothing any more."""
        if is_lost(directory, error):
            raise error
        self.refusals.append(f"{what}: {error.message}")
        self.has_refused = self.has_refused or not isinstance(error, DirectoryUnavailable)


class End:
    """Ends elevations of one provider; safe to repeat and to do from two places at once.

    ``latency_seconds``: how long the provider's settings say that replication takes.
    """

    def __init__(self, clock: DomainClock, journal: Journal, *, latency_seconds: int = 0) -> None:
        self._clock = clock
        self._journal = journal
        self.patience_seconds = max(PATIENCE_SECONDS, latency_seconds)
        """How long replication may take where no deadline is past."""
        self._still_shown_seconds = max(STILL_SHOWN_SECONDS, latency_seconds)
        self._markers = prolonging.Markers()
        self._traced: dict[tuple[ElevationId, ObjectGuid | None], Elevation] = {}
        """With the GUIDs of their groups as they were found: a write may take away by what."""
        self._refused: dict[tuple[ElevationId, str], Sequence[str]] = {}
        """What was refused when they were taken back in this piece of work, by domain controller in small
        letters."""

        self._lost_writes: set[str] = set()
        """Where a write was lost in this piece of work, besides the main domain controller, in small letters.
        Such a one is only asked from then on, over another connection: it may answer each question and do no
        write."""

    # --- what is recorded ---------------------------------------------------------------------------------

    def begun(
        self,
        elevation: Elevation,
        reason: EndReason,
        failure: str = "",
        *,
        lease_seconds: float = END_LEASE_SECONDS,
    ) -> Move:
        """The move by which an end begins: why, and for how long nobody else repeats it. An end that was
        begun keeps its first reason."""
        reason = elevation.end_reason or reason
        event = Event.ROLLBACK_STARTED if _is_rollback(reason) else Event.END_STARTED
        changes: dict[str, Any] = {
            "end_reason": reason,
            "failure": failure or elevation.failure or _why_interrupted(reason),
            "next_attempt_at": self._clock.now() + timedelta(seconds=lease_seconds),
            "extending_to": None,
        }
        if elevation.extending_to is not None:
            changes["attempts"] = 0  # those were looks at the extension
        return Move(elevation, event, failure, changes)

    def start(
        self, elevation: Elevation, reason: EndReason, failure: str = "", *, wait: bool = True
    ) -> Elevation:
        """Record that it is to end before the directory is touched.

        Where the store can't take it the end goes on all the same: rights that stay are worse than a row that
        is missing. ``wait`` is false where nobody has to know before: then a locked store is not waited for.
        ``ConcurrentChange`` does stop it: somebody else has moved the elevation, perhaps extended it.
        """
        left = elevation.remaining(self._clock.now()).total_seconds()
        lease = min(END_LEASE_SECONDS, left) if left > 0 else TAKEN_OVER_AFTER_SECONDS
        move = self.begun(elevation, reason, failure, lease_seconds=lease)
        try:
            (stored,) = self._journal.advance_all([move], wait=wait)
        except StoreError as error:
            _LOG.error("The end of %s goes on although the store refused it: %s", elevation.id, error)
            return move.moved()
        if isinstance(stored, ConcurrentChange):
            raise stored
        return stored

    def finish(self, elevation: Elevation, controllers: Controllers) -> Elevation:
        """Take it back and read back; returns it ended, still ending, or overdue.

        Domain controllers that could not be asked are named in ``unconfirmed_on``, to be asked later. Raises
        :class:`ConnectionLost` where the connection was cut: it has to be begun again over another one.
        """
        move = self.concluded(elevation, controllers)
        ended = self._journal.advance(elevation, move.event, move.detail, **move.changes)
        self.take_rights_where_lost([elevation], controllers)
        return ended

    def concluded(
        self,
        elevation: Elevation,
        controllers: Controllers,
        *,
        is_emptied: bool = False,
        had_account: bool | None = None,
    ) -> Move:
        """As :meth:`finish`, without recording it yet. ``had_account``: whether the temporary group had the
        account as its member before anything was taken back; ``None``: nobody looked. The directory takes a
        deleted account out of its groups, so that one that is a member and not shown is hidden.
        ``is_emptied``: the first write was
        :meth:`take_rights`, and it was done."""
        try:
            controllers.require_writable()
            if had_account is None and not is_emptied:
                shown = find_group(elevation, controllers.main)
                self.note_shown(elevation, shown, controllers.main)
                if not isinstance(shown, NotVisible):
                    had_account = elevation.account.guid in shown.members
            elevation = self._known(elevation, controllers.main)
            removal = self.remove(elevation, controllers.main, is_emptied=is_emptied)
            removal.account_deleted = had_account is not True
            return self.confirmed(elevation, controllers, removal)
        except (DirectoryError, Cancelled) as error:
            if isinstance(error, Cancelled) or not controllers.main.is_usable:
                raise ConnectionLost(elevation, error) from error
            # Whatever it was: what the main one does not do, no replication brings to the others.
            self._remove_wherever_shown(elevation, controllers)
            return self.failed(elevation, error)

    def unconfirmed(self, elevation: Elevation, error: DirectoryError) -> Elevation:
        """Record that the end could not be confirmed because of ``error``.

        An alarm, tried again after a pause.
        """
        move = self.failed(elevation, error)
        return self._journal.advance(elevation, move.event, move.detail, **move.changes)

    def failed(self, elevation: Elevation, error: JitError) -> Move:
        """The move to *overdue* because of ``error``."""
        failure = (
            elevation.failure if _is_rollback(elevation.end_reason) and elevation.failure else str(error)
        )
        return Move(
            elevation,
            Event.END_UNCONFIRMED,
            str(error),
            {
                "failure": failure,
                "attempts": elevation.attempts + 1,
                "next_attempt_at": self._clock.now() + timedelta(seconds=pause_seconds(elevation.attempts)),
            },
        )

    def patience_with(self, elevation: Elevation) -> int:
        """How long (seconds) a domain controller that answers may go on showing what was ended."""
        is_past = self._clock.now() >= elevation.deadline
        return self._still_shown_seconds if is_past else self.patience_seconds

    # --- what is written ----------------------------------------------------------------------------------

    def take_rights(self, elevation: Elevation, directory: Directory) -> bool:
        """End the right with one write, and leave the rest for later: the account leaves the temporary group.

        Whether that was done. Where it is not the group leaves each chosen group; raises why it was not where
        that is not done either: :meth:`remove`, which tries all of it again, says it. Raises
        :class:`DirectoryUnavailable` where the domain controller does not answer, and what
        :func:`require_home` raises where the GUID of the group is not known. By that it is written wherever
        the settings lead: no other domain has it, and a row that names a wrong domain must not keep the
        right.
        """
        elevation = self._known(elevation, directory)
        guid = elevation.group_guid
        if guid is None:
            return False
        try:
            if elevation.suspicion:
                # Others may have become members: they are not ours to take out.
                return directory.take_out(guid, elevation.account.guid)
            directory.empty_group(guid)
        except NoSuchObject:
            return False
        except DirectoryError as error:
            if is_lost(directory, error):
                raise
            _LOG.info("%s can't be emptied, it is taken out of the groups: %s", elevation.group_name, error)
            removal = Removal(directory.info.controller)
            self._take_out_of_targets(elevation, directory, guid, removal)
            if removal.refusals:
                raise
            return False
        return True

    def take_rights_elsewhere(self, elevations: Sequence[Elevation], controllers: Controllers) -> None:
        """:meth:`take_rights` at the other domain controllers, of what the main one did not do: no
        replication brings that to them. Raises nothing of theirs."""
        for host in controllers.hosts_at_once() if elevations else ():
            for elevation in elevations:
                self._write_at(elevation, controllers, host, self.take_rights)

    def take_rights_where_lost(self, elevations: Sequence[Elevation], controllers: Controllers) -> None:
        """:meth:`take_rights` where this work was begun before and lost, of what the main one did now: it
        may have been cut for a moment only, and what it gives does not wait for replication then. Raises
        nothing of its."""
        for elevation in elevations if controllers.lost_before else ():
            self._write_at(elevation, controllers, controllers.lost_before, self.take_rights)

    def remove(self, elevation: Elevation, directory: Directory, *, is_emptied: bool = False) -> Removal:
        """Take it back on one domain controller: the temporary group leaves each chosen group, loses its
        member, and is deleted. Each is tried whatever became of the others, by GUID, so that a group which
        can't be seen, was moved or is protected gives nothing any more either.

        ``is_emptied``: it has no member any more, by a write of a moment ago. Raises
        :class:`DirectoryUnavailable` where the connection is lost, and what :func:`require_home` raises.
        """
        require_home(elevation, directory)
        elevation = self._known(elevation, directory)
        removal = Removal(directory.info.controller, elevation.group_guid, had_something=is_emptied)
        self._refused[elevation.id, removal.host.casefold()] = removal.refusals
        if removal.group is None:
            return removal
        is_ours_alone = True
        if elevation.suspicion:
            group = find_group(elevation, directory)
            if not isinstance(group, NotVisible):
                removal.had_something = True
            is_ours_alone = may_delete(elevation, group)
        was_nested = self._take_out_of_targets(elevation, directory, removal.group, removal)
        try:
            if is_ours_alone and not is_emptied:
                directory.empty_group(removal.group)
                removal.had_something = True
            elif not is_ours_alone:
                directory.take_out(removal.group, elevation.account.guid)
        except NoSuchObject:
            pass
        except DirectoryError as error:
            removal.note(directory, "Its members could not be taken out", error)
        if is_ours_alone:
            self._delete(elevation, directory, removal.group, removal)
        else:
            removal.is_kept = was_nested or not is_gone(elevation, directory)
        return removal

    def _take_out_of_targets(
        self, elevation: Elevation, directory: Directory, group: ObjectGuid, removal: Removal
    ) -> bool:
        """Whether it was in one."""
        was_nested = False
        for privilege in elevation.privileges:
            try:
                if directory.take_out(privilege.group.guid, group):
                    removal.had_something = was_nested = True
            except NoSuchObject:
                continue
            except DirectoryError as error:
                removal.note(directory, f"It could not be taken out of {privilege.label}", error)
        return was_nested

    def _delete(
        self, elevation: Elevation, directory: Directory, group: ObjectGuid, removal: Removal
    ) -> None:
        try:
            directory.delete_group(group)
        except NoSuchObject:
            _LOG.debug("%s was deleted already", elevation.group_name)
        except DirectoryError as error:
            removal.note(directory, "It could not be deleted", error)
            removal.is_kept = not removal.met_nothing
            removal.has_somebody = isinstance(error, PrimaryGroupInUse)
        else:
            removal.deleted = removal.had_something = True

    def _known(self, elevation: Elevation, directory: Directory) -> Elevation:
        """``elevation`` with the GUID of its temporary group, as far as that can be found, and not that of
        another group: whatever is recorded of it next keeps that."""
        key = elevation.id, elevation.group_guid
        if key not in self._traced:
            if elevation.group_guid is not None:
                self.note_shown(elevation, self._by_guid(elevation, directory), directory)
            elif (found := traced(elevation, directory)).group_guid is not None:
                self._traced[key] = found
        known = self._traced.get(key, elevation)
        suspicion = elevation.suspicion or known.suspicion
        return replace(elevation, group_guid=known.group_guid, suspicion=suspicion)

    def _by_guid(self, elevation: Elevation, directory: Directory) -> TemporaryGroup | NotVisible:
        """The group that the row names, wherever the settings lead: no other domain has it. Where it can't be
        read, nothing contradicts the row."""
        try:
            return by_guid(elevation, directory)
        except DirectoryUnavailable:
            raise
        except DirectoryError as error:
            return NotVisible(error.message)

    def note_shown(
        self, elevation: Elevation, shown: TemporaryGroup | NotVisible, directory: Directory
    ) -> None:
        """What ``find_group`` gave for ``elevation`` is its group from here on, whatever its row names."""
        key = elevation.id, elevation.group_guid
        if isinstance(shown, TemporaryGroup):
            self._traced[key] = replace(elevation, group_guid=shown.guid)
        elif isinstance(shown, NamesAnother):
            self._traced[key] = traced(replace(elevation, group_guid=None), directory)
        elif elevation.group_guid is not None:
            self._traced[key] = elevation

    # --- what is read afterwards --------------------------------------------------------------------------

    def confirmed(self, elevation: Elevation, controllers: Controllers, removal: Removal) -> Move:
        """What it has come to after ``removal`` on the main domain controller: the one way to *ended*."""
        if removal.met_nothing:
            self._remove_where_written(elevation, controllers)
        # Counted anew from when it was removed; what was tried before was another trouble.
        looks = 1 if removal.deleted else elevation.attempts + 1
        waited = self._waited_seconds(elevation, looks, is_anew=removal.deleted)
        if waited >= _OWN_HANDS_SECONDS:
            self._remove_wherever_shown(elevation, controllers)
        truths = self.look_everywhere(elevation, controllers, removal)
        self._tell_removal(elevation, removal, truths[0])
        unasked = tuple(t.host for t in truths if t.problem)
        # One that was to be asked later still is, and so is the one that knew of it first, whoever lists it.
        shown = [t.host for t in truths]
        remembered = dict.fromkeys(h for h in (*elevation.unconfirmed_on, elevation.domain_controller) if h)
        unasked += tuple(h for h in remembered if not _names(shown, h))
        self._refuse_half_a_rollback(elevation, controllers, unasked)
        others = [t for t in truths if not controllers.is_main(t.host)]
        here = truths[0]
        # A group that gives nothing there will go by replication, as it went here; so will what it may give.
        waiting = [
            t
            for t in others
            if t.gives or t.hides_a_part or (t.group_there and (t.unproven or not here.group_there))
        ]
        is_patient = waited < self.patience_with(elevation)
        # One that has refused our own hands has shown that it heard of nothing: it is not waited for.
        refusing = [t for t in waiting if (t.gives or t.unproven) and self._refused_by(elevation, t.host)]
        waiting = [t for t in waiting if t not in refusing]
        unproven = [t for t in truths if t.unproven and not (is_patient and t in waiting)]
        if here.gives:
            raise _still_held(elevation, here, removal)
        # Who is in a group that is not shown can't be told; that it is still there was said to us. What is
        # unproven besides says more, below.
        is_hidden = bool(removal.refusals) and not here.group_there and not here.unproven
        if is_hidden and (kept := still_in(elevation, controllers.main)):
            raise _still_held(elevation, replace(here, to_others=kept), removal)
        if prolonging.was_extended(elevation) or self._journal.has_told(elevation, Step.EXTEND):
            self._markers.delete_of(elevation, controllers.main)
        if unproven:
            raise DirectoryError(
                " ".join(unproven[0].unproven),
                subject=elevation.account.name,
                remedy="Look into the group in Active Directory: what gives the right may be hidden there.",
            )
        holding = [t.host for t in (*refusing, *(() if is_patient else waiting)) if t.gives]
        if holding:
            raise _still_there(holding, [why for h in holding for why in self._refused_by(elevation, h)])
        if waiting and is_patient:
            return self._replicating(elevation, [t.host for t in waiting], unasked, looks)
        return self._over(elevation, truths, unasked, removal)

    def look_everywhere(
        self, elevation: Elevation, controllers: Controllers, removal: Removal
    ) -> Sequence[ControllerTruth]:
        """What each domain controller shows, the main one first, which has to answer; each is said in a step.

        Raises :class:`DirectoryUnavailable` where the main one does not.
        """
        truths: list[ControllerTruth] = []
        others = Others(self._journal.store, elevation.provider_id, self._clock.now())
        once_deleted = removal.deleted or deletion_was_answered(self._journal.store, elevation)
        for answer in controllers.look(
            lambda d, host: look(
                elevation,
                d,
                host,
                deleted=removal.deleted and controllers.is_main(host),
                once_deleted=once_deleted,
                # One that is hidden at another one alone was not deleted.
                account_deleted=removal.account_deleted and not _shows_account(truths),
                has_somebody=removal.has_somebody,
                others=others,
            ),
            since=elevation.known_from,
        ):
            if answer.problem and controllers.is_main(answer.host):
                raise DirectoryUnavailable(answer.problem, subject=answer.host)
            self._say(elevation, answer)
            truths.append(answer)
        if any(truth.account_deleted for truth in truths):
            who = elevation.account.name
            self._journal.step_if_news(elevation, Step.CONFIRM_END, StepStatus.DONE, ACCOUNT_DELETED, who)
        return truths

    def _say(self, elevation: Elevation, truth: ControllerTruth) -> None:
        if truth.problem:
            status, text = StepStatus.WARNING, f"{truth.host} could not be asked: {truth.problem}"
        elif truth.unproven:
            status, text = StepStatus.WARNING, " ".join(truth.unproven)
        elif truth.gives or truth.group_there:
            status, text = StepStatus.RUNNING, f"{truth.host} still shows the temporary group."
        else:
            status, text = StepStatus.DONE, f"{truth.host} shows that it has ended."
            if kept := remains_in_words(remains([truth])):
                status = StepStatus.WARNING
                text = f"{truth.host} shows that it has ended; {elevation.account.name} {kept}."
        self._journal.step_if_news(elevation, Step.CONFIRM_END, status, text, truth.host)

    def _tell_removal(self, elevation: Elevation, removal: Removal, here: ControllerTruth) -> None:
        """Say of each write what was read back, not what was answered to it."""
        if removal.found_nothing:
            return
        subject = elevation.group_name
        nested = [t.privilege.label for t in here.targets if t.nested]
        # Of a group that is only not shown nobody knows whether it is gone, and who is in it.
        is_known = here.group_there or removal.deleted
        for step, is_done, done, failed in (
            (
                Step.UNNEST_GROUP,
                not nested,
                "The temporary group is in none of the chosen groups any more.",
                f"The temporary group is still in {', '.join(nested)}.",
            ),
            (
                Step.EMPTY_GROUP,
                not here.account_in_group,
                f"The account {'is no member of it' if is_known else 'has nothing by it'} any more.",
                "The account is still a member of it.",
            ),
            (
                Step.DELETE_GROUP,
                not here.group_there and not removal.is_kept,
                GROUP_DELETED if removal.deleted else "The temporary group is not shown any more.",
                "The temporary group is still there." if here.group_there else _KEPT,
            ),
        ):
            text = done if is_done else " ".join([failed, *removal.refusals])
            status = StepStatus.DONE if is_done else StepStatus.WARNING
            self._journal.step_if_news(elevation, step, status, text, subject)

    def _waited_seconds(self, elevation: Elevation, looks: int, *, is_anew: bool) -> float:
        """How long ago it was proven to be over where it was removed: whoever sweeps once an hour looks no
        more often than that. By the looks alone where the clock of then is not to be had, or was wrong.

        Where none is recorded although it was removed before (nothing can be recorded, or the database is put
        back again and again), each program that sweeps would take its own look for the first one: there it
        waits since its end began, as far as that was recorded, and since its deadline at the latest.
        ``is_anew``: it was removed just now, so that nobody can have heard of it.
        """
        now = self._clock.now()
        since = self._journal.replicating_since(elevation, looks - 1)
        is_told = since is not None and since <= now
        if not is_told and not is_anew:
            began = self._journal.ending_since(elevation)
            since = elevation.deadline if began is None else min(began, elevation.deadline)
        passed = 0.0 if since is None else (now - since).total_seconds()
        return max(passed, waited_seconds(looks))

    def _replicating(
        self, elevation: Elevation, waiting: Sequence[str], unasked: tuple[str, ...], looks: int
    ) -> Move:
        have = "has" if len(waiting) == 1 else "have"
        return Move(
            elevation,
            Event.END_REPLICATING,
            f"Still shown by {', '.join(waiting)}.",
            {
                "attempts": looks,
                "next_attempt_at": self._clock.now() + timedelta(seconds=look_pause_seconds(looks)),
                "failure": (
                    # Why a grant failed is worth more than how far taking it back has come.
                    elevation.failure
                    if _is_rollback(elevation.end_reason) and elevation.failure
                    else f"Removed; {in_a_row(waiting)} {have} not heard of it yet."
                ),
                "unconfirmed_on": unasked,
            },
        )

    def _over(
        self,
        elevation: Elevation,
        truths: Sequence[ControllerTruth],
        unasked: tuple[str, ...],
        removal: Removal,
    ) -> Move:
        is_rollback = _is_rollback(elevation.end_reason)
        kept = remains(truths)
        detail = [f"Could not be asked: {', '.join(unasked)}."] if unasked else []
        if kept:
            detail.append(f"{elevation.account.name} {remains_in_words(kept)}.")
        leftover = ""
        if shown := [t.host for t in truths if t.group_there]:
            given = dict.fromkeys(name for t in truths for name in t.foreign_to_others)
            what = f"gives others {', '.join(given)}" if given else "gives nothing"
            leftover = " ".join(
                [
                    f"{elevation.group_name} is there by {', '.join(shown)} and {what}.",
                    *removal.refusals,
                ]
            )
        elif removal.is_kept:
            leftover = " ".join([f"{elevation.group_name} gives nothing. {_KEPT}", *removal.refusals])
        if leftover:
            detail.append(leftover)
        return Move(
            elevation,
            Event.ROLLBACK_CONFIRMED if is_rollback else Event.END_CONFIRMED,
            " ".join(detail),
            {
                "unconfirmed_on": unasked,
                "ended_at": self._clock.now(),
                "next_attempt_at": None,
                "failure": elevation.failure if is_rollback else "",
                "remains": kept,
                "leftover": leftover,
            },
        )

    # --- other domain controllers -------------------------------------------------------------------------

    def _remove_where_written(self, elevation: Elevation, controllers: Controllers) -> None:
        """Where another domain controller took the grant, the main one may not have heard of it yet.

        So that the main one does not show it proves nothing, and that one has to be asked: if it can't be,
        the end is not confirmed, but what the others show of it is removed meanwhile. One that left the list
        is not waited for, but asked later, nor one that could not be asked when we removed it elsewhere,
        nor one that ends it by itself when that time has come.
        """
        host = elevation.domain_controller
        if not host or controllers.is_main(host) or not controllers.has(host):
            return
        try:
            self._do_at(elevation, controllers, host, self._remove_if_shown)
        except DirectoryError as error:
            away = error
        else:
            return
        if _names(elevation.unconfirmed_on, host):
            return
        self._remove_wherever_shown(elevation, controllers)
        if not self._has_ended_by_itself(elevation, controllers.main):
            raise away

    def _remove_if_shown(self, elevation: Elevation, directory: Directory) -> None:
        """Take it back there, unless it is shown that nothing is left of it: one that answers questions may
        do no write."""
        require_home(elevation, directory)
        once_deleted = deletion_was_answered(self._journal.store, elevation)
        try:
            truth = look(elevation, directory, directory.info.controller, once_deleted=once_deleted)
            if truth.is_over and not truth.group_there and directory.info.synchronized:
                return
        except DirectoryError as error:
            # That a question is answered with an error says nothing of a write.
            _LOG.info("What is left of %s could not be looked at: %s", elevation.group_name, error)
        host = directory.info.controller
        if host.casefold() in self._lost_writes:
            raise DirectoryUnavailable(f"{host} answers, and does no write.", subject=host)
        self.remove(elevation, directory)

    def _has_ended_by_itself(self, elevation: Elevation, directory: Directory) -> bool:
        """Whether the directory has ended it wherever it was: it can, that way was used, and the time has
        come."""
        end = elevation.directory_ends_at
        can = elevation.mechanism is not Mechanism.NONE and directory.info.abilities.ends_by_itself
        return can and end is not None and self._clock.now() >= end

    def _refused_by(self, elevation: Elevation, host: str) -> Sequence[str]:
        """What ``host`` refused when it was last to be taken back there."""
        return self._refused.get((elevation.id, host.casefold()), ())

    def _remove_wherever_shown(self, elevation: Elevation, controllers: Controllers) -> None:
        """Take it back at each of the others, once in a piece of work."""
        for host in controllers.hosts():
            if (elevation.id, host.casefold()) not in self._refused:
                self._write_at(elevation, controllers, host, self.remove)

    def _write_at(self, elevation: Elevation, controllers: Controllers, host: str, write: _Write) -> None:
        """Take something back at another one than the main one, where that can be written; raises nothing of
        its."""
        if controllers.is_main(host) or not controllers.is_writable(host):
            return
        if host.casefold() in self._lost_writes:
            return
        try:
            self._do_at(elevation, controllers, host, write)
        except (DirectoryError, Cancelled) as error:
            _LOG.info("%s could not be asked for %s: %s", host, elevation.group_name, error)

    def _do_at(self, elevation: Elevation, controllers: Controllers, host: str, write: _Write) -> None:
        directory, key = controllers.at(host, proof=False), host.casefold()
        try:
            write(elevation, directory)
        except (DirectoryError, Cancelled):
            if not directory.is_usable and key not in self._lost_writes:
                self._lost_writes.add(key)
                controllers.let_go(host)
            raise

    def _refuse_half_a_rollback(
        self, elevation: Elevation, controllers: Controllers, unasked: tuple[str, ...]
    ) -> None:
        """A grant that broke off may have written what never left the domain controller that took it, and
        the removal elsewhere need not reach that one either. One that is in no list any more is asked later,
        as others are: nobody could do more than remove it."""
        host = elevation.domain_controller
        if _is_rollback(elevation.end_reason) and controllers.has(host) and _names(unasked, host):
            raise DirectoryUnavailable(
                f"{host} took the grant and can't be asked what is left of it.",
                subject=host,
                remedy="Bring it back, or remove it from the domain.",
            )


class ConnectionLost(Exception):
    """The connection was cut, by us or by whatever, in the middle of one elevation: others were not tried
    over it."""

    def __init__(self, elevation: Elevation, cause: DirectoryError | Cancelled) -> None:
        super().__init__(str(cause))
        self.elevation = elevation
        self.cause = DirectoryUnavailable(cause.message) if isinstance(cause, Cancelled) else cause


def _still_held(elevation: Elevation, here: ControllerTruth, removal: Removal) -> DirectoryError:
    held = here.given
    who = f"{elevation.account.name} still has" if held else "Others have, or may have,"
    what = ", ".join(held or here.to_others)
    why = " ".join(removal.refusals)
    return DirectoryError(
        f"{who} {what} through {elevation.group_name}. {why}".strip(),
        subject=elevation.group_name,
        remedy="Delete the group in Active Directory, or have the rights that were delegated put back.",
    )


def _still_there(hosts: list[str], refusals: Sequence[str]) -> DirectoryError:
    verb = "shows" if len(hosts) == 1 else "show"
    words = [f"Removed, but {', '.join(hosts)} still {verb} the temporary group.", *dict.fromkeys(refusals)]
    return DirectoryError(
        " ".join(words),
        subject=hosts[0],
        remedy="Check the replication to it: until it hears of the end, a logon there has the rights.",
    )


def _shows_account(truths: Sequence[ControllerTruth]) -> bool:
    """Whether the main domain controller, which was asked first, shows which groups the account is in."""
    return bool(truths) and any(target.in_token is not None for target in truths[0].targets)


def _names(hosts: Iterable[str], host: str) -> bool:
    return host.casefold() in map(str.casefold, hosts)


def _is_rollback(reason: EndReason | None) -> bool:
    return reason in (EndReason.GRANT_FAILED, EndReason.CANCELLED, EndReason.INTERRUPTED)


def _why_interrupted(reason: EndReason) -> str:
    return "The program stopped in the middle of the grant." if reason is EndReason.INTERRUPTED else ""


def reason_for(elevation: Elevation) -> EndReason:
    """Why an elevation that is due has to end."""
    if elevation.end_reason is not None:
        return elevation.end_reason
    return EndReason.INTERRUPTED if elevation.state is State.GRANTING else EndReason.DEADLINE
