# SPDX-License-Identifier: MIT
"""Sweeping: what is due is ended, what another copy made is taken over, what is not ours is shown and
left alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from jit_desktop.elevation import own_row, prolonging
from jit_desktop.elevation.adopting import Adoption
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.ending import (
    END_LEASE_SECONDS,
    TAKEN_OVER_AFTER_SECONDS,
    ConnectionLost,
    End,
    reason_for,
)
from jit_desktop.elevation.errors import (
    Cancelled,
    ConcurrentChange,
    DirectoryError,
    JitError,
    StoreError,
    fault,
)
from jit_desktop.elevation.extending import Extension, put_off, written_later
from jit_desktop.elevation.identity import ElevationId, ObjectGuid
from jit_desktop.elevation.inspection import ControllerTruth
from jit_desktop.elevation.journal import Journal, Move
from jit_desktop.elevation.judging import Judge
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import (
    Elevation,
    ForeignGroup,
    Seen,
    Sight,
    Step,
    StepStatus,
    SuspectGroup,
)
from jit_desktop.elevation.own_group import as_shown
from jit_desktop.elevation.ports import Directory, NotVisible, Store, TemporaryGroup
from jit_desktop.elevation.remaining import find_group, look
from jit_desktop.elevation.settings import DomainProvider, ReplicationMode
from jit_desktop.elevation.sighting import sight_of_group
from jit_desktop.elevation.verdict import Others

_LOG = logging.getLogger(__name__)
_LISTED_FROM = 3
"""More temporary groups than that are read with one request for their location."""
_RECORDED_AT_ONCE = 50
_DUE_LOOK_EVERY = timedelta(seconds=1)
_OF_MARKERS_ALONE = "It is judged by markers alone."
_ROUNDING = timedelta(seconds=2)
"""Times to live count whole seconds, and so do some domain controllers' clocks."""


@dataclass(slots=True)
class Found:
    """What one pass over a provider did; filled as it goes."""

    changed: list[Elevation] = field(default_factory=list)
    ended: list[Elevation] = field(default_factory=list)
    overdue: list[Elevation] = field(default_factory=list)
    adopted: list[Elevation] = field(default_factory=list)
    foreign: list[ForeignGroup] = field(default_factory=list)
    suspects: list[SuspectGroup] = field(default_factory=list)
    resumed: list[Elevation] = field(default_factory=list)
    """Those whose end was waiting to be tried again while their group gave something."""
    unrecorded: list[Elevation] = field(default_factory=list)
    unsearched: dict[str, str] = field(default_factory=dict)
    """Domain controllers that were not searched for temporary groups, and why."""
    silent: tuple[str, ...] = ()
    """Those that left the list and do not answer: no domain controller any more, or hidden."""
    problem: JitError | None = None
    back: set[ElevationId] = field(default_factory=set)
    """Of which a domain controller that could not be asked about the end shows the group now."""
    doubtful: set[ElevationId] = field(default_factory=set)
    """Of which something is left over that may give again, and is not shown (:mod:`.left_over`)."""
    is_passed: bool = False
    """Whether all that was due was passed over."""
    is_looked: bool = False
    """Whether it was looked for what gives the privileges, at all domain controllers that can be asked."""
    sights: dict[ElevationId, Sight] = field(default_factory=dict)
    """What the search for temporary groups showed of those that are known, and run."""
    passed_at: datetime | None = None
    """When the first pass over what is known began, UTC."""
    judged: set[ElevationId] = field(default_factory=set)
    """Those that this pass has ended, or looked at and left: nothing else may defer to what a row says."""
    unconfirmed: set[ElevationId] = field(default_factory=set)
    """Those whose end this pass could not confirm, whatever the store says of them."""
    had_account: dict[ElevationId, bool] = field(default_factory=dict)
    """Whether a temporary group had its account as member before this pass took anything back."""

    def begin_to_look(self) -> None:
        """Forget what a look that was cut off has found, but not what it has taken over."""
        self.foreign.clear()
        self.suspects.clear()
        self.resumed.clear()

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
        self.provider = provider
        self._handled: set[ElevationId] = set()
        self._taken: set[ElevationId] = set()
        """Those that became due, and lost their rights, in the middle of this pass."""
        self._due_looked_at = clock.now()
        self._read_at = clock.monotonic()
        """When the rows that are judged now were read; markers that were listed before may lack what has been
        extended since."""
        self.last: frozenset[ElevationId] = frozenset()
        """Those that are tried after all others: the connection was cut at them."""
        self._controllers = controllers
        self._directory = controllers.main
        self._store = store
        self._clock = clock
        self._journal = journal
        self._end = End(clock, journal, latency_seconds=provider.jit.replication_latency_seconds)
        self._extension = Extension(provider, clock, journal, store)
        self._elsewhere = prolonging.Elsewhere(controllers, clock.monotonic, provider, store)
        self._judge = Judge(provider, controllers.main, provider.jit.location_dn, clock.now)
        self._waits_since: dict[ElevationId, datetime] = {}
        """When the pause of an end that was begun before was over."""
        self._owed: list[Elevation] = []
        """Those whose first write the main domain controller did not do, nor was it tried at another one."""
        self._done: list[Elevation] = []
        """Those of which it was done there, and not where the pass was begun before."""
        self._unsettled: set[ElevationId] = set()
        """Those of which could not be found out what became of an extension."""

    def pass_over(self, elevations: Iterable[Elevation], found: Found) -> None:
        """Move each elevation on as far as its time has come.

        All that is due loses its rights first, with one write each; what is only tidied up, read back, told
        and recorded comes after that. One that fails does not keep the others back. Raises
        :class:`ConnectionLost` where the connection is cut: what was not tried over it is for another one.
        """
        now = self._clock.now()
        self._read_at = self._clock.monotonic()
        elevations = list(elevations)
        self._handled |= {e.id for e in elevations if self._is_due(e)}
        self._due_looked_at = now
        ending: list[Elevation] = []
        others: list[Elevation] = []
        for elevation in elevations:
            is_settled = not elevation.extension_hangs(self._clock.time_for(elevation))
            (ending if is_settled and self._is_due(elevation) else others).append(elevation)
        self._waits_since |= {
            e.id: e.next_attempt_at for e in ending if e.state is State.ENDING and e.next_attempt_at
        }
        # One at which a connection was cut, or that was refused before, keeps no other waiting.
        ending.sort(key=lambda e: (e.id in self.last, e.attempts > 0, e.deadline))
        with self._journal.collected():
            begun, emptied = self._begin_ends(ending, now, found)
            # Those whose extension hangs at their deadline: they may be due as well.
            hanging = [e for e in others if self._clock.time_for(e) >= e.deadline]
            with self._given_back_if_cut(begun, found):
                for elevation in hanging:
                    is_settled = elevation.extending_to is None
                    if (
                        self._guarded(elevation, found, lambda e: self._move(e, now, found))
                        and not is_settled
                    ):
                        found.judged.add(elevation.id)
            for first in range(0, len(begun), _RECORDED_AT_ONCE):
                self._conclude(begun[first : first + _RECORDED_AT_ONCE], begun[first:], emptied, found)
            with self._controllers.telling():
                for elevation in others:
                    if elevation not in hanging and elevation.id not in self._taken:
                        self._guarded(elevation, found, lambda e: self._move(e, now, found))

    def take_newly_due(self, found: Found) -> None:
        """Take the rights of what has become due since this pass began: it must not wait until all the rest
        is tidied up and confirmed. What comes after that is for the next pass. Looks once a second at most.
        """
        now = self._clock.now()
        if now - self._due_looked_at < _DUE_LOOK_EVERY or self._elsewhere.is_asking:
            return
        self._due_looked_at = now
        read_at = self._clock.monotonic()
        try:
            open_now = self._store.open_elevations(self.provider.id)
        except StoreError:
            return
        due = [
            e
            for e in open_now
            if e.id not in self._handled and e.is_granted and e.extending_to is None and self._is_due(e)
        ]
        taken = {e.id for e in due}
        self._handled |= taken
        self._taken |= taken
        found.judged |= taken
        if due:
            self._read_at = read_at
            self._take_due(due, now, found)
            self._take_what_is_owed()

    def caught_up(self, elevation: Elevation) -> Elevation:
        """``elevation`` with the deadline that another copy, or an extension that was interrupted, may have
        given it meanwhile.

        Raises :class:`DirectoryError` where that could not be found out.
        """
        if elevation.extension_hangs(self._clock.time_for(elevation)):
            elevation = self._extension.settle(elevation, self._controllers)
        if elevation.extending_to is not None:
            return elevation
        group = find_group(elevation, self._directory)
        markers = self._markers(elevation, group, everywhere=True)
        return self._extension.catch_up(elevation, group, self._directory, markers) or elevation

    def look_over(self, elevations: Iterable[Elevation], found: Found) -> None:
        """See what others have done to elevations that are not due: ended, prolonged or changed them."""
        running = [e for e in elevations if e.is_granted and not self._is_due(e)]
        if not running:
            return
        read_at = self._clock.monotonic()
        sights: dict[ElevationId, Sight] = {}
        with self._journal.collected(), self._controllers.telling():
            shown = self._shown(running)
            for elevation in running:
                if elevation.id in self._taken:
                    continue
                group = shown[elevation.id]
                look_at = self._seen if elevation.extending_to is None else self._seen_extending
                is_done = self._guarded(
                    elevation,
                    found,
                    lambda e, g=group, look_at=look_at: look_at(e, g, sights, read_at),  # type: ignore[misc]
                )
                if is_done and elevation.id not in self._unsettled:
                    found.judged.add(elevation.id)
        self._note_sights(sights)

    def _note_sights(self, sights: Mapping[ElevationId, Sight]) -> None:
        try:
            self._store.note_sights({seen: sights[seen] for seen in sights if seen not in self._taken})
        except StoreError as error:
            _LOG.info("What was seen could not be recorded: %s", error)

    def look_in_location(self, found: Found) -> None:
        """Take over elevations of other copies by their records, and report what is not ours."""
        adoption = Adoption(
            self.provider, self._controllers, self._store, self._clock, self._journal, self._end
        )
        with self._controllers.telling():
            adoption.run(found)
        self._note_sights(found.sights)

    # --- all that is due ----------------------------------------------------------------------------------

    def _begin_ends(
        self, elevations: Sequence[Elevation], now: datetime, found: Found
    ) -> tuple[list[Elevation], frozenset[ElevationId]]:
        """Take the rights of all that is due; those that have to be concluded, and of which of them the first
        write was done."""
        abandoned = [(e, reason_for(e)) for e in elevations if e.state is State.GRANTING]
        try:
            due, emptied = self._take_due(
                [e for e in elevations if e.state is not State.GRANTING], now, found
            )
            begun = self._take_over(abandoned, found)
            with self._given_back_if_cut(begun, found):
                emptied |= self._take_rights(begun, found)
        finally:
            self._take_what_is_owed()
        return begun + self._started(due, emptied, found), emptied

    def _take_due(
        self, elevations: Sequence[Elevation], now: datetime, found: Found
    ) -> tuple[list[tuple[Elevation, EndReason]], frozenset[ElevationId]]:
        """Take the rights of those that have to end; all of these and why, and of which of them it was done.

        Newly due ones go first, what was tried before next, and then those that a record or a marker gives a
        later end: to catch up with another copy takes many requests and a write to the store. Those at which
        a connection was cut come after all others.
        """
        tried, later = [e for e in elevations if e.id not in self.last], list[Elevation]()
        new, again = [e for e in tried if e.is_granted], [e for e in tried if not e.is_granted]
        cut = [e for e in elevations if e.id in self.last]
        shown: dict[ElevationId, TemporaryGroup | NotVisible] = {}
        due: list[tuple[Elevation, EndReason]] = []
        emptied: set[ElevationId] = set()
        for some in (new, again, later, cut):
            self._look_at([e for e in some if e.id not in shown], shown, found)
            for elevation in some:
                group = shown.get(elevation.id)
                try:
                    if some is new and self._is_named_later(elevation, group):
                        later.append(elevation)
                        continue
                    reason = self._reason(elevation, group, now, found)
                except (DirectoryError, Cancelled, ConnectionLost):
                    raise
                except Exception:  # noqa: BLE001 - logged whole; it is due by its own row, and so are others
                    found.problem = fault(f"the elevation of {elevation.account.name}")
                    reason = reason_for(elevation)
                if reason is not None:
                    due.append((elevation, reason))
                    emptied |= self._take_rights([elevation], found)
        return due, frozenset(emptied)

    def _look_at(
        self,
        elevations: Sequence[Elevation],
        shown: dict[ElevationId, TemporaryGroup | NotVisible],
        found: Found,
    ) -> None:
        # Once we said that it was emptied, it is our own doing that the account is no member.
        wanted = [e for e in elevations if e.is_granted or not self._journal.has_told(e, Step.EMPTY_GROUP)]
        shown |= self._shown(wanted)
        for elevation in wanted:
            if isinstance(group := shown[elevation.id], TemporaryGroup):
                found.had_account.setdefault(elevation.id, elevation.account.guid in group.members)

    def _reason(
        self,
        elevation: Elevation,
        group: TemporaryGroup | NotVisible | None,
        now: datetime,
        found: Found,
    ) -> EndReason | None:
        """Why it has to end; ``None`` where it got the later deadline that another copy has given it."""
        if not elevation.is_granted:
            return reason_for(elevation)
        if group is not None and self._is_prolonged(elevation, group, found):
            return None
        is_directorys_work = isinstance(group, NotVisible) and self._is_directorys_work(elevation, now)
        return EndReason.DIRECTORY if is_directorys_work else reason_for(elevation)

    def _is_named_later(self, elevation: Elevation, group: TemporaryGroup | NotVisible | None) -> bool:
        """Whether anything says a later end than ours, proven or not."""
        if isinstance(group, TemporaryGroup) and written_later(elevation, group) is not None:
            return True
        ends = [prolonging.decode(marker.info) for marker in self._shown_everywhere(elevation)]
        return any(marker is not None and marker.end > elevation.deadline for marker in ends)

    def _shown_everywhere(self, elevation: Elevation) -> Sequence[TemporaryGroup]:
        return self._elsewhere.everywhere(elevation, since=self._read_at)

    def _markers(
        self, elevation: Elevation, group: TemporaryGroup | NotVisible, *, everywhere: bool
    ) -> Sequence[TemporaryGroup]:
        """What may prove a later end of ``elevation``."""
        markers = self._shown_everywhere(elevation) if everywhere else self._elsewhere.here(elevation)
        if isinstance(group, TemporaryGroup) and written_later(elevation, group) is not None:
            # The record may be newer than that list.
            markers = (*markers, *prolonging.find(elevation, self._directory))
        return markers

    def _is_prolonged(self, elevation: Elevation, group: TemporaryGroup | NotVisible, found: Found) -> bool:
        later: list[Elevation] = []

        def catch_up(e: Elevation) -> Elevation | None:
            markers = self._markers(e, group, everywhere=True)
            caught = self._extension.catch_up(e, group, self._directory, markers)
            later.extend([caught] if caught is not None else [])
            return caught

        self._guarded(elevation, found, catch_up)
        return bool(later)

    def _take_over(self, abandoned: Sequence[tuple[Elevation, EndReason]], found: Found) -> list[Elevation]:
        """Grants whose lease is over, recorded to be ending: before anything is written, since whoever makes
        one may live."""
        begun = [self._begun(elevation, reason, found) for elevation, reason in abandoned]
        return [e for e in begun if e is not None]

    def _take_rights(self, due: Sequence[Elevation], found: Found) -> frozenset[ElevationId]:
        """The first write of each end; those of which it was done. What is refused is said when the end is
        concluded."""
        emptied: set[ElevationId] = set()
        failed: list[Elevation] = []
        if not self._controllers.is_writable(self._directory.info.controller):
            self._owed += due
            return frozenset()
        for elevation in due:
            try:
                if self._end.take_rights(elevation, self._directory):
                    emptied.add(elevation.id)
            except (DirectoryError, Cancelled) as error:
                if not self._directory.is_usable:
                    raise ConnectionLost(elevation, error) from error
                _LOG.info("The first write of the end of %s failed: %s", elevation.id, error)
                failed.append(elevation)
            except Exception:  # noqa: BLE001 - logged whole; the other elevations are due too
                found.problem = fault(f"the elevation of {elevation.account.name}")
        self._done += [e for e in due if e.id in emptied]
        # One that is being restored may not know what it is to take back, and then sends nobody word of it.
        self._owed += failed if self._directory.info.synchronized else due
        return frozenset(emptied)

    def _take_what_is_owed(self) -> None:
        """The first write at other domain controllers, after all that the main one did: one of the others may
        be slow, or dead."""
        done, self._done = self._done, []
        owed, self._owed = self._owed, []
        self._end.take_rights_where_lost(done, self._controllers)
        self._end.take_rights_elsewhere(owed, self._controllers)

    def _begun(self, elevation: Elevation, reason: EndReason, found: Found) -> Elevation | None:
        try:
            return self._end.start(elevation, reason)
        except ConcurrentChange:
            _LOG.info("%s was changed by another copy meanwhile", elevation.id)
        except StoreError as error:
            found.problem = error
        except Exception:  # noqa: BLE001 - logged whole; the other elevations are due too
            found.problem = fault(f"the elevation of {elevation.account.name}")
        return None

    def _started(
        self,
        due: Sequence[tuple[Elevation, EndReason]],
        emptied: frozenset[ElevationId],
        found: Found,
    ) -> list[Elevation]:
        """All of them as recorded to be ending, in one transaction that no lock of others delays. One whose
        right may still be there is left to nobody for long."""
        moves = [
            self._end.begun(
                e,
                reason,
                lease_seconds=END_LEASE_SECONDS if e.id in emptied else TAKEN_OVER_AFTER_SECONDS,
            )
            for e, reason in due
        ]
        try:
            stored = self._journal.advance_all(moves, wait=False)
        except StoreError as error:
            _LOG.error("Ends go on although the store refused them: %s", error)
            return [m.moved() for m in moves]
        except Exception:  # noqa: BLE001 - logged whole; their rights may still be there
            found.problem = fault("the record of what ends")
            return [m.moved() for m in moves]
        started = []
        for move, kept in zip(moves, stored, strict=True):
            current = kept if isinstance(kept, Elevation) else self._begun_again(move, found)
            started += [current] if current is not None else []
        return started

    def _begun_again(self, move: Move, found: Found) -> Elevation | None:
        """Somebody has moved it since it was read; its right was taken at the deadline that stood then."""
        try:
            current = self._store.elevation(move.elevation.id)
        except StoreError:
            return None
        if not current.is_granted:
            return None  # another copy is ending it, or has
        return self._begun(current, EndReason.DEADLINE, found)

    def _conclude(
        self,
        elevations: Sequence[Elevation],
        left: Sequence[Elevation],
        emptied: frozenset[ElevationId],
        found: Found,
    ) -> None:
        """Tidy up, read back and record ``elevations``, the first of all that are ``left``."""
        moves: list[Move] = []
        lost: ConnectionLost | None = None
        for elevation in elevations:
            try:
                self.take_newly_due(found)
                is_emptied = elevation.id in emptied
                moves.append(
                    self._end.concluded(
                        elevation,
                        self._controllers,
                        is_emptied=is_emptied,
                        had_account=found.had_account.get(elevation.id),
                    )
                )
            except ConnectionLost as error:
                lost = error
                break
            except Exception:  # noqa: BLE001 - logged whole; the other elevations are due too
                found.problem = fault(f"the elevation of {elevation.account.name}")
                moves.append(self._end.failed(elevation, found.problem))
        found.judged |= {m.elevation.id for m in moves}
        if lost is not None:
            done = {m.elevation.id for m in moves}
            moves += [self._released(e) for e in left if e.id not in done]
        self._record(moves, found)
        if lost is not None:
            raise lost

    @contextmanager
    def _given_back_if_cut(self, begun: Sequence[Elevation], found: Found) -> Iterator[None]:
        """The connection may be cut in this block, while the ends of ``begun`` wait to be concluded."""
        try:
            yield
        except ConnectionLost:
            self._record([self._released(e) for e in begun], found)
            raise

    def _released(self, elevation: Elevation) -> Move:
        """Its lease given back, so that whoever comes next, in whatever process, goes on at once. It has
        waited since its pause was over, not since now: one that is cut each time is left alone as well."""
        move = self._end.begun(elevation, reason_for(elevation))
        now = self._clock.now()
        at = min(now, self._waits_since.get(elevation.id, now))
        return replace(move, changes={**move.changes, "next_attempt_at": at})

    def _record(self, moves: Sequence[Move], found: Found) -> None:
        unconfirmed = {m.elevation.id for m in moves if m.event is Event.END_UNCONFIRMED}
        found.unconfirmed -= {m.elevation.id for m in moves}
        found.unconfirmed |= unconfirmed
        try:
            stored = self._journal.advance_all(moves)
        except StoreError as error:
            found.problem = error
            found.unrecorded += [m.moved() for m in moves]
            return
        except Exception:  # noqa: BLE001 - logged whole; what comes after it is due too
            found.problem = fault("the record of what was ended")
            found.unrecorded += [m.moved() for m in moves]
            return
        for move, kept in zip(moves, stored, strict=True):
            if not isinstance(kept, Elevation):
                _LOG.info("%s was changed by another copy meanwhile", move.elevation.id)
            elif kept.state is not State.ENDING or move.event is Event.END_REPLICATING:
                found.note(kept)

    def _shown(self, elevations: Sequence[Elevation]) -> dict[ElevationId, TemporaryGroup | NotVisible]:
        """The temporary groups of these, with one request a location where they are many."""
        listed: dict[ObjectGuid, TemporaryGroup] = {}
        if len(elevations) > _LISTED_FROM:
            for location in {e.location.guid for e in elevations}:
                try:
                    listed |= {g.guid: g for g in self._directory.temporary_groups(location, "")}
                except DirectoryError as error:
                    _LOG.info("A creation location could not be listed: %s", error)
        shown: dict[ElevationId, TemporaryGroup | NotVisible] = {}
        for elevation in elevations:
            guid = elevation.group_guid
            try:
                group: TemporaryGroup | NotVisible | None = None if guid is None else listed.get(guid)
                if isinstance(group, TemporaryGroup):
                    group = as_shown(elevation, group, self._directory)
                else:
                    group = find_group(elevation, self._directory)
                self._end.note_shown(elevation, group, self._directory)
                shown[elevation.id] = group
            except (DirectoryError, Cancelled) as error:
                if not self._directory.is_usable:
                    raise ConnectionLost(elevation, error) from error
                shown[elevation.id] = NotVisible(error.message)
            except Exception:  # noqa: BLE001 - logged whole; the other elevations are due too
                shown[elevation.id] = NotVisible(fault(f"the elevation of {elevation.account.name}").message)
        return shown

    def _is_due(self, elevation: Elevation) -> bool:
        return elevation.is_due(self._clock.time_for(elevation))

    # --- one elevation ------------------------------------------------------------------------------------

    def _guarded(
        self, elevation: Elevation, found: Found, work: Callable[[Elevation], Elevation | None]
    ) -> bool:
        """Whether ``work`` came to its end; what it made of ``elevation`` is noted."""
        try:
            moved = work(elevation)
        except ConnectionLost:
            raise
        except ConcurrentChange:
            _LOG.info("%s was changed by another copy meanwhile", elevation.id)
        except StoreError as error:
            found.problem = error
        except (DirectoryError, Cancelled) as error:
            if not self._directory.is_usable:
                raise ConnectionLost(elevation, error) from error
            found.problem = error
        except Exception:  # noqa: BLE001 - logged whole; the other elevations are due too
            found.problem = fault(f"the elevation of {elevation.account.name}")
        else:
            if moved is not None:
                found.note(moved)
            return True
        return False

    def _move(self, elevation: Elevation, now: datetime, found: Found) -> Elevation | None:
        if elevation.extension_hangs(self._clock.time_for(elevation)):
            settled = self._settled(elevation, found)
            is_early = self._clock.time_for(elevation) < elevation.deadline
            if (settled is None or settled.extending_to is not None) and is_early:
                return put_off(settled or elevation, self._clock, self._journal)
            if settled is not None and not self._is_due(settled):
                return settled
            if self._is_prolonged_elsewhere(settled or elevation, found):
                return None
            return self._ended(settled or elevation, reason_for(elevation))
        if elevation.state is State.PROPAGATING:
            return self._propagate(elevation, now)
        return None

    def _propagate(self, elevation: Elevation, now: datetime) -> Elevation | None:
        over = elevation.ready_at is None or now >= elevation.ready_at
        if self.provider.jit.replication_mode is ReplicationMode.FIXED:
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

    def _is_prolonged_elsewhere(self, elevation: Elevation, found: Found) -> bool:
        """Whether a marker shows that another copy has extended it, at whatever domain controller: its own
        extension, which came to nothing, was looked for at one. Then it has that deadline. Its record proves
        nothing: this copy may have written it."""
        return self._is_prolonged(elevation, NotVisible(_OF_MARKERS_ALONE), found)

    def _settled(self, elevation: Elevation, found: Found) -> Elevation | None:
        """What became of an extension that hangs; ``None`` where that could not be found out yet: it is told,
        since nothing else may be."""
        try:
            return self._extension.settle(elevation, self._controllers)
        except DirectoryError as error:
            # One that still has time is put off: to look at it keeps nothing else back.
            is_to_end = self._clock.time_for(elevation) >= elevation.deadline
            if is_to_end and not self._directory.is_usable:
                raise ConnectionLost(elevation, error) from error
            _LOG.info("What became of the extension of %s is not known yet: %s", elevation.id, error)
            found.problem = error
            self._unsettled.add(elevation.id)
            return None

    def _ended(self, elevation: Elevation, reason: EndReason) -> Elevation:
        started = self._end.start(elevation, reason)
        try:
            return self._end.finish(started, self._controllers)
        except ConnectionLost:
            self._journal.advance_all([self._released(started)])
            raise

    def _is_directorys_work(self, elevation: Elevation, now: datetime) -> bool:
        """Whether a group that is gone was deleted by the directory because its time was over."""
        return self._controllers.is_main(elevation.domain_controller) and _is_past_its_ttl(elevation, now)

    def _seen(
        self,
        elevation: Elevation,
        group: TemporaryGroup | NotVisible,
        sights: dict[ElevationId, Sight],
        read_at: float,
    ) -> Elevation | None:
        now = self._clock.now()
        is_writer = self._controllers.is_main(elevation.domain_controller)
        if isinstance(group, NotVisible):
            return self._not_shown(elevation, group, sights)
        if elevation.sight is not None and elevation.sight.seen is not Seen.AS_GRANTED:
            self._tell_shown_again(elevation)
        markers = self._markers(elevation, group, everywhere=False)
        if (later := self._extension.catch_up(elevation, group, self._directory, markers)) is not None:
            return later
        if self._is_past_its_shown_end(elevation, group, read_at):
            return self._ended(elevation, EndReason.DEADLINE)
        if is_writer:
            written = self._extension.write_again(elevation, group, self._directory, markers)
            if written is not None:
                return written
        self._judge.note_markers(markers)
        words = self._judge.wrong_with(elevation, group)
        if (sight := sight_of_group(elevation, words, now, is_writer=is_writer)) is not None:
            sights[elevation.id] = sight
        return None

    def _seen_extending(
        self,
        elevation: Elevation,
        group: TemporaryGroup | NotVisible,
        _: dict[ElevationId, Sight],
        read_at: float,
    ) -> Elevation | None:
        """While its extension is under way, or hangs, nothing tells whether its group is as it should be."""
        if isinstance(group, NotVisible) or not self._is_past_its_shown_end(elevation, group, read_at):
            return None
        return self._ended(elevation, EndReason.DEADLINE)

    def _is_past_its_shown_end(self, elevation: Elevation, group: TemporaryGroup, read_at: float) -> bool:
        return own_row.is_past_its_shown_end(
            elevation,
            group,
            now=self._clock.time_for(elevation),
            longest_seconds=self.provider.policy.maximum_seconds,
            directory=self._directory,
            elsewhere=self._elsewhere,
            read_at=read_at,
        )

    def _not_shown(
        self, elevation: Elevation, group: NotVisible, sights: dict[ElevationId, Sight]
    ) -> Elevation | None:
        """End it where that is proven, and borne out by others; else note that it can't be seen. One that the
        main domain controller may not have heard of yet is neither."""
        why = group.why
        if not self._controllers.is_main(elevation.domain_controller):
            try:
                if not self._is_gone_where_written(elevation):
                    return None
            except DirectoryError as error:
                age = (self._clock.now() - (elevation.granted_at or elevation.requested_at)).total_seconds()
                if age < self._end.patience_seconds:
                    return None
                why = f"{why} {elevation.domain_controller}, where it was granted, can't be asked: {error}"
                sights[elevation.id] = Sight(self._clock.now(), Seen.NOT_VISIBLE, why)
                return None
        if self._is_proven_over(elevation, self._directory):
            doubt = self._doubt(elevation)
            if not doubt:
                return self._vanished(elevation)
            why = doubt
        sights[elevation.id] = Sight(self._clock.now(), Seen.NOT_VISIBLE, why)
        return None

    def _is_gone_where_written(self, elevation: Elevation) -> bool:
        """Whether the domain controller that took the grant proves that it is over. It was the first one to
        know of it, also where it is in no list any more. Raises :class:`DirectoryError` where it can't be
        asked."""
        where = self._controllers.at(elevation.domain_controller)
        return isinstance(find_group(elevation, where), NotVisible) and self._is_proven_over(elevation, where)

    def _is_proven_over(self, elevation: Elevation, directory: Directory) -> bool:
        if not directory.info.synchronized:
            return False  # it may be a restore that lacks the group
        others = self._others(elevation)
        return look(elevation, directory, directory.info.controller, others=others).is_over

    def _others(self, elevation: Elevation) -> Others:
        """What is lent to the account by other elevations is theirs."""
        return Others(self._store, elevation.provider_id, self._clock.now())

    def _doubt(self, elevation: Elevation) -> str:
        """Why it is not over yet although the main domain controller proves that for itself, in words:
        another one says something else, or none can be asked. The main one may have gone back to a time
        before the grant, and what it has forgotten must not be taken away at the others.

        Empty where it is over: its tombstone is shown, or another one proves it too and none that can be
        asked says something else, or replication has had its time. That is counted from when it was first
        told, in whatever process.
        """
        guid = elevation.group_guid
        if guid is not None and self._directory.was_deleted(guid):
            return ""
        truths = list(
            self._controllers.look(
                lambda d, host: look(elevation, d, host, others=self._others(elevation)),
                main_too=False,
                since=elevation.known_from,
            )
        )
        in_doubt = [t for t in truths if not t.is_over]
        is_borne_out = not truths or len(in_doubt) < len(truths)
        if is_borne_out and all(t.problem for t in in_doubt):
            return ""
        host = self._directory.info.controller
        told = f"{host} does not show it any more."
        since = self._journal.step_if_news(elevation, Step.READ_BACK, StepStatus.WARNING, told, host)
        if (self._clock.now() - since).total_seconds() >= self._end.patience_seconds:
            return ""
        return " ".join([told, *(_says_else(t) for t in in_doubt)])

    def _tell_shown_again(self, elevation: Elevation) -> None:
        """What is forgotten once more later is given time anew."""
        host = self._directory.info.controller
        told = f"{host} shows it."
        self._journal.step_if_news(elevation, Step.READ_BACK, StepStatus.DONE, told, host)

    def _vanished(self, elevation: Elevation) -> Elevation:
        """End an elevation whose rights somebody else has taken away."""
        by_directory = _is_past_its_ttl(elevation, self._clock.now())
        ending = self._journal.advance(
            elevation,
            Event.GONE,
            "Active Directory has ended it." if by_directory else "Somebody else has ended it.",
            end_reason=EndReason.DIRECTORY if by_directory else EndReason.REMOVED_ELSEWHERE,
            next_attempt_at=self._clock.now(),
            attempts=0,
            extending_to=None,
        )
        return self._end.finish(ending, self._controllers)


def _is_past_its_ttl(elevation: Elevation, now: datetime) -> bool:
    return elevation.directory_ends_at is not None and now >= elevation.directory_ends_at - _ROUNDING


def _says_else(truth: ControllerTruth) -> str:
    """What a domain controller says that does not prove it to be over."""
    if truth.problem:
        return f"{truth.host} can't be asked: {truth.problem}"
    return f"{truth.host} still shows the right." if truth.gives else " ".join(truth.unproven)


def _shows_grant(elevation: Elevation, directory: Directory) -> bool:
    group = find_group(elevation, directory)
    return (
        not isinstance(group, NotVisible)
        and elevation.account.guid in group.members
        and all(p.group.guid in group.member_of for p in elevation.privileges)
    )
