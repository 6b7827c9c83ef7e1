# SPDX-License-Identifier: MIT
"""A store that remembers: what was read stays known, and what can't be written waits, while the store behind
it fails. To end what is due, no database is needed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, TypeVar

from jit_desktop.elevation.errors import (
    AccountCheckedOut,
    ConcurrentChange,
    JitError,
    StoreDamaged,
    StoreError,
    StoreLocked,
    StoreSilent,
    UnknownItem,
)
from jit_desktop.elevation.identity import ElevationId, ObjectGuid, ProviderId
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import (
    AuditEntry,
    Elevation,
    Sight,
    StepReport,
    TimeSource,
    Transition,
    by_group,
)
from jit_desktop.elevation.patience import Patience, Unanswered
from jit_desktop.elevation.ports import NOBODY, KeptTime, Store, Used
from jit_desktop.elevation.settings import DomainProvider

_LOG = logging.getLogger(__name__)

_DURABLE_BEFORE = frozenset({Event.CHECKED, Event.CREATED, Event.GRANTED, Event.EXTENDING})
"""Moves by which something gives a right, next or now: they are kept in the store, or do not happen. A grant
that the next process would take for one that broke off must not look like a success."""

REST_SECONDS = 5.0
"""So long a store that was locked for reading is not asked again: each question would wait."""
REOPEN_SECONDS = 15.0
"""How often it is tried to open the store anew where it could not be opened, or only for reading."""

_Move: TypeAlias = tuple[Elevation, Transition]
_Asked: TypeAlias = tuple[str, ProviderId | None]
"""One of the questions that each look at a provider asks, and of which (``None``: of all)."""
_T = TypeVar("_T")


def _failed(error: JitError) -> bool:
    """Whether the store itself failed, and not what it was asked for."""
    return isinstance(error, StoreError) and not isinstance(error, ConcurrentChange)


@dataclass(slots=True)
class _Waiting:
    """What could not be written of one elevation yet."""

    base: int
    """Its revision in the store as it was last known; 0 where the store never had it."""
    moves: list[_Move] = field(default_factory=list)
    lease: datetime | None = None
    """A lease that was renewed after the last of the moves."""


class RememberingStore:
    """A :class:`~jit_desktop.elevation.ports.Store` around another one; may be called from any thread.

    While the inner one can't be read, it answers with what was read before and what has happened since. While
    it can't be written, moves of elevations, sights, steps, audit entries, times and domain controllers wait
    here in their order, and are written as soon as it works again: that is tried whenever something is read
    or written, without waiting for a lock. A new elevation, an extension and settings are not taken without
    the inner one: what gives a right needs an intent that outlives the program.

    An inner store that does not answer counts as one that is locked, once ``patience`` is over, until it has
    come back with what it was asked last. A write that was given up and was done after all is not done twice.

    ``now`` is this computer's clock (UTC) and ``monotonic`` its monotonic one. ``reopen`` gives a better
    inner store where there is one again, ``None`` where there is not; it must not wait. Until then
    ``problem`` is what is the matter. ``providers`` are those that are known from elsewhere: they stand in
    for what the inner one can't give, or has lost; ``missing`` are those of them that it lacks. ``used``
    says what elevations of a provider may hang on, as far as that is known from elsewhere: it counts besides
    what the inner one says, which may be an older copy, or a new one.
    """

    def __init__(
        self,
        inner: Store,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        actor: str = "",
        reopen: Callable[[], Store | None] | None = None,
        problem: StoreError | None = None,
        providers: Iterable[DomainProvider] = (),
        missing: Collection[ProviderId] = (),
        used: Callable[[ProviderId], Used] = lambda _: Used(),
        patience: Patience | None = None,
    ) -> None:
        self._inner = inner
        self._patience = patience or Patience()
        self._now = now
        self._monotonic = monotonic
        self._actor = actor
        self._used = used
        self._reopen = reopen
        self._reopen_at = monotonic() + REOPEN_SECONDS
        self._asked_again_at = float("-inf")
        self._rests_because = StoreLocked("The database is in use by another program.")
        self._is_closed = False
        self._problem: StoreError | None = None
        """Why it could not be written last."""
        self._unreadable: StoreError | None = None
        """Why it could not be read last; ``None`` where it could."""
        self._damage: dict[_Asked, StoreDamaged] = {}
        """What could not be read for damage when it was asked last: another answer mends none."""
        self._until_reopened = problem
        self._refused: list[StoreDamaged] = []
        """Why something of what waits could not be written at the last turn, which kept nothing else back."""
        self._is_said = False
        self._lock = threading.RLock()
        self._providers: dict[ProviderId, DomainProvider] = {p.id: p for p in providers}
        self._stand_ins = frozenset(self._providers)
        self._missing = frozenset(missing)
        self._is_known = bool(self._providers)
        """Whether an empty answer from memory says anything."""
        self._elevations: dict[ElevationId, Elevation] = {}
        self._controllers: dict[ProviderId, tuple[str, ...]] = {}
        self._departed: dict[ProviderId, Mapping[str, datetime]] = {}
        self._times: dict[ProviderId, KeptTime] = {}
        self._waiting: dict[ElevationId, _Waiting] = {}
        self._steps: list[StepReport] = []
        self._audits: list[AuditEntry] = []
        self._sights: dict[ElevationId, Sight] = {}
        self._waiting_controllers: set[ProviderId] = set()
        self._waiting_times: set[ProviderId] = set()

    @property
    def inner(self) -> Store:
        """The store behind it, for what only that can do."""
        return self._inner

    def close(self) -> None:
        """Write what waits, waiting for a lock where that is needed, and close the inner store; once."""
        if not self._is_closed:
            self._is_closed = True
            self._close()

    def close_within(self, seconds: float) -> bool:
        """:meth:`close`, left to a thread of its own after that time; whether it came to its end and no
        elevation is left that could not be recorded."""
        if self._is_closed:
            return True
        self._is_closed = True
        try:
            thread = threading.Thread(target=self._close, name="closing", daemon=True)
            thread.start()
        except RuntimeError:
            _LOG.exception("There is no thread to close the database with")
            return False
        thread.join(seconds)
        return not thread.is_alive() and not self._waiting

    def _close(self) -> None:
        with self._lock:
            self._flush(wait=True)
            if self._waiting or self._steps or self._audits:
                _LOG.error(
                    "The program ends and could not record %d elevations, %d steps and %d audit entries",
                    len(self._waiting),
                    len(self._steps),
                    len(self._audits),
                )
        with suppress(StoreSilent):
            self._ask(lambda store: store.close())

    def unrecorded(self) -> Sequence[Elevation]:
        """Those whose present state could not be written yet."""
        with self._lock:
            self._flush()
            return [self._elevations[i] for i in self._waiting]

    def trouble(self) -> StoreError | None:
        """Why the inner store can't be read or written now; ``None`` where it can."""
        with self._lock:
            self._flush()
            unwritten = self._problem if self._has_waiting else None
            damage = next(iter(self._damage.values()), None)
            # What can't be read first: more is unknown than with what can't be written alone.
            return self._unreadable or damage or self._until_reopened or unwritten

    # --- providers ----------------------------------------------------------------------------------------

    def providers(self) -> Sequence[DomainProvider]:
        """All providers by name."""
        try:
            found = self._read(lambda store: store.providers(), ("providers", None))
        except StoreError:
            with self._lock:
                if not self._is_known and not self._providers:
                    raise
                return sorted(self._providers.values(), key=lambda p: p.name.casefold())
        with self._lock:
            kept = [p for p in self._providers.values() if self._is_needed(p.id)]
            known = {p.id: p for p in found}
            lost = [p for p in kept if p.id not in known]
            self._providers = {**known, **{p.id: p for p in lost}}
            self._missing = frozenset(p.id for p in lost)
            return [*found, *lost]

    def missing_providers(self) -> Collection[ProviderId]:
        """As the inner store was when it was read last."""
        with self._lock:
            return self._missing

    def provider(self, provider_id: ProviderId) -> DomainProvider:
        """One provider; one that has something open stays known whatever happened to the database."""
        try:
            found = self._read(lambda store: store.provider(provider_id))
        except (StoreError, UnknownItem) as error:
            with self._lock:
                known = self._providers.get(provider_id)
                if known is None:
                    raise
                if isinstance(error, UnknownItem) and not self._is_needed(provider_id):
                    del self._providers[provider_id]
                    raise
                return known
        with self._lock:
            self._providers[provider_id] = found
        return found

    def save_provider(self, provider: DomainProvider, *, at: datetime, actor: str) -> None:
        """In the inner store, or not at all."""
        self._flush()

        def saved(_: object = None) -> None:
            with self._lock:
                self._providers[provider.id] = provider
                self._missing -= {provider.id}

        self._ask(lambda store: store.save_provider(provider, at=at, actor=actor), saved)
        saved()

    def delete_provider(self, provider_id: ProviderId, *, at: datetime, actor: str) -> None:
        """In the inner store, or not at all."""
        self._flush()

        def deleted(_: object = None) -> None:
            with self._lock:
                self._providers.pop(provider_id, None)
                self._stand_ins -= {provider_id}
                self._damage = {asked: e for asked, e in self._damage.items() if asked[1] != provider_id}

        self._ask(lambda store: store.delete_provider(provider_id, at=at, actor=actor), deleted)
        deleted()

    def _is_needed(self, provider_id: ProviderId) -> bool:
        return provider_id in self._stand_ins or any(
            e.is_open and e.provider_id == provider_id for e in self._elevations.values()
        )

    # --- moves --------------------------------------------------------------------------------------------

    def begin(self, elevation: Elevation, transition: Transition, *, wait: bool = True) -> Elevation:
        """A new elevation in the inner store, or not at all; an adopted one is kept here where that fails."""
        with self._lock:
            self._flush()
            known = self._elevations.get(elevation.id)
            if known is not None and elevation.id in self._waiting:
                if known.is_open or not elevation.adopted:
                    raise _changed_meanwhile(elevation)
                return self._keep(replace(elevation, revision=known.revision + 1), transition)
            if not elevation.adopted:
                self._refuse_second(elevation)
            patient = wait and not (elevation.adopted and self._has_waiting)
        try:
            stored = self._ask(
                lambda store: store.begin(elevation, transition, wait=patient),
                lambda late: self._was_done(late, transition),
            )
        except StoreError as error:
            if not elevation.adopted or not _failed(error):
                raise
            self._say(error)
            with self._lock:
                base = self._elevations.get(elevation.id)
                return self._keep(replace(elevation, revision=base.revision + 1 if base else 1), transition)
        with self._lock:
            self._elevations[stored.id] = stored
        return stored

    def _refuse_second(self, elevation: Elevation) -> None:
        """An account that is checked out by what the inner store does not know yet is checked out."""
        whom = (elevation.provider_id, elevation.account.guid)
        for other in (self._elevations[i] for i in self._waiting):
            if other.is_open and (other.provider_id, other.account.guid) == whom:
                raise AccountCheckedOut(elevation.account.name, other.requested_by, other.deadline)

    def advance(self, elevation: Elevation, transition: Transition, *, wait: bool = True) -> Elevation:
        """Store a move, here where the inner store fails; ``ConcurrentChange`` as there."""
        (stored,) = self.advance_all([(elevation, transition)], wait=wait)
        if not isinstance(stored, Elevation):
            raise stored
        return stored

    def advance_all(
        self, moves: Sequence[_Move], *, wait: bool = True
    ) -> Sequence[Elevation | ConcurrentChange]:
        """Store moves, here where the inner store fails. No lock is waited for while anything waits here."""
        with self._lock:
            self._flush()
            ours = [move for move in moves if move[0].id in self._waiting]
            theirs = [move for move in moves if move[0].id not in self._waiting]
            is_waiting = self._has_waiting
            if any(transition.event in _DURABLE_BEFORE for _, transition in ours):
                raise self._problem or StoreError("Nothing can be recorded.")
        results: dict[ElevationId, Elevation | ConcurrentChange] = {}
        if theirs:
            try:
                stored = self._ask(
                    lambda store: store.advance_all(theirs, wait=wait and not is_waiting),
                    lambda late: self._were_done(theirs, late),
                )
            except StoreError as error:
                if not _failed(error):
                    raise
                self._say(error)
                if any(transition.event in _DURABLE_BEFORE for _, transition in theirs):
                    raise
                ours = list(moves)
            else:
                for move, result in zip(theirs, stored, strict=True):
                    results[move[0].id] = self._after(move, result)
        with self._lock:
            for elevation, transition in ours:
                results[elevation.id] = self._moved_here(elevation, transition)
        return [results[elevation.id] for elevation, _ in moves]

    def renew_lease(self, elevation: Elevation, until: datetime, *, wait: bool = True) -> Elevation:
        """Renew a lease, here where the inner store fails; that of a grant in the inner store or not at all:
        another copy relies on it."""
        with self._lock:
            self._flush()
            is_here, is_waiting = elevation.id in self._waiting, self._has_waiting
        if not is_here:
            try:
                stored = self._ask(
                    lambda store: store.renew_lease(elevation, until, wait=wait and not is_waiting),
                    lambda late: self._was_done(late, until),
                )
            except StoreError as error:
                if not _failed(error) or elevation.state is State.GRANTING:
                    raise
                self._say(error)
            else:
                with self._lock:
                    self._elevations[stored.id] = stored
                return stored
        with self._lock:
            self._require_latest(elevation)
            renewed = replace(elevation, next_attempt_at=until, revision=elevation.revision + 1)
            self._wait_for(elevation).lease = until
            self._elevations[elevation.id] = renewed
            return renewed

    def _after(self, move: _Move, result: Elevation | ConcurrentChange) -> Elevation | ConcurrentChange:
        """What the inner store made of a move; where its database was replaced by an older copy under us, the
        move is kept here, and written over the older row."""
        elevation, transition = move
        if isinstance(result, Elevation):
            with self._lock:
                self._elevations[result.id] = result
            return result
        with self._lock:
            known = self._elevations.get(elevation.id)
            if known is None or known.revision != elevation.revision:
                return result
        try:
            row = self._row(elevation.id)
        except StoreError:
            return result
        if row is not None and row.revision >= elevation.revision:
            return result
        with self._lock:
            kept = self._moved_here(elevation, transition)
            self._flush()
            return self._elevations[elevation.id] if isinstance(kept, Elevation) else kept

    def _moved_here(self, elevation: Elevation, transition: Transition) -> Elevation | ConcurrentChange:
        known = self._elevations.get(elevation.id)
        if known is not None and known.revision != elevation.revision:
            return _changed_meanwhile(elevation)
        return self._keep(replace(elevation, revision=elevation.revision + 1), transition)

    def _keep(self, stored: Elevation, transition: Transition) -> Elevation:
        """``stored`` is how it stands from now on; the inner store does not know yet."""
        waiting = self._wait_for(stored)
        waiting.moves.append((stored, transition))
        waiting.lease = None
        self._elevations[stored.id] = stored
        return stored

    def _wait_for(self, elevation: Elevation) -> _Waiting:
        known = self._elevations.get(elevation.id)
        base = known.revision if known is not None else max(elevation.revision - 1, 0)
        return self._waiting.setdefault(elevation.id, _Waiting(base))

    def _require_latest(self, elevation: Elevation) -> None:
        known = self._elevations.get(elevation.id)
        if known is not None and known.revision != elevation.revision:
            raise _changed_meanwhile(elevation)

    # --- reading elevations -------------------------------------------------------------------------------

    def elevation(self, elevation_id: ElevationId) -> Elevation:
        """One elevation, as it stands by the inner store or by what has happened since."""
        try:
            row = self._read(lambda store: store.elevation(elevation_id))
        except (StoreError, UnknownItem) as error:
            with self._lock:
                known = self._elevations.get(elevation_id)
                if known is not None:
                    if isinstance(error, UnknownItem):
                        self._forgotten(known)
                    return self._elevations[elevation_id]
                if isinstance(error, UnknownItem) or not self._is_known:
                    raise
            raise UnknownItem(
                "Nothing is known of this elevation while the database can't be read.",
                subject=elevation_id,
                remedy=error.remedy,
            ) from error
        with self._lock:
            return self._merged(row)

    def open_elevations(self, provider_id: ProviderId | None = None) -> Sequence[Elevation]:
        """Those that may have something left in the directory, by deadline."""
        try:
            rows = self._read(lambda store: store.open_elevations(provider_id), ("open", provider_id))
        except StoreError as error:
            with self._lock:
                for row in error.readable if isinstance(error, StoreDamaged) else ():
                    self._merged(row)
                here = self._open_here(provider_id)
                # What was found in the directory meanwhile is known also where the store never could be read.
                if not self._is_known and not here:
                    raise
                return here
        with self._lock:
            shown = {row.id for row in rows}
            for row in rows:
                self._merged(row)
            missing = [e.id for e in self._open_here(provider_id) if e.id not in shown | self._waiting.keys()]
            self._is_known = self._is_known or provider_id is None
        for elevation_id in missing:
            # Another copy has closed it, or the database was replaced by one that never had it.
            self.elevation(elevation_id)
        with self._lock:
            return self._open_here(provider_id)

    def history(self, *, limit: int = 200, offset: int = 0, text: str = "") -> Sequence[Elevation]:
        """Ended and failed ones, latest first; of those that could not be written yet, all that fit."""
        rows: Sequence[Elevation] = self._read_or(
            lambda store: store.history(limit=limit, offset=offset, text=text), ()
        )
        with self._lock:
            shown = [self._merged(row) for row in rows]
            ids = {e.id for e in shown}
            closed = [
                e
                for e in self._elevations.values()
                if e.id not in ids
                and not e.is_open
                and (e.id in self._waiting or not rows)
                and _fits(e, text)
            ]
        closed.sort(key=lambda e: e.ended_at or e.deadline, reverse=True)
        return [*(closed if not offset else ()), *(e for e in shown if not e.is_open)][:limit]

    def unconfirmed_elevations(self, provider_id: ProviderId) -> Sequence[Elevation]:
        """Those that are over while a domain controller could not be asked, or something of them is left."""
        try:
            rows = self._read(
                lambda store: store.unconfirmed_elevations(provider_id), ("unconfirmed", provider_id)
            )
        except StoreError:
            if not self._is_known:
                raise
        else:
            with self._lock:
                shown = {row.id for row in rows}
                for row in rows:
                    self._merged(row)
                gone = [e.id for e in self._unconfirmed_here(provider_id) if e.id not in shown]
            for elevation_id in gone:
                self.elevation(elevation_id)
        with self._lock:
            return self._unconfirmed_here(provider_id)

    def elevations_of_groups(
        self, provider_id: ProviderId, groups: Collection[ObjectGuid]
    ) -> Mapping[ObjectGuid, Elevation]:
        """What these temporary groups were made for, those that have ended included."""
        wanted = frozenset(groups)
        rows: Mapping[ObjectGuid, Elevation] = self._read_or(
            lambda store: store.elevations_of_groups(provider_id, wanted), {}
        )
        with self._lock:
            for row in rows.values():
                self._merged(row)
            return by_group(e for e in self._of(provider_id) if e.group_guid in wanted)

    def used_locations(self, provider_id: ProviderId) -> Collection[ObjectGuid]:
        """The creation locations that elevations of a provider were ever made in, as far as it is known."""
        rows: Collection[ObjectGuid] = self._read_or(lambda store: store.used_locations(provider_id), ())
        before = self._used(provider_id).locations
        with self._lock:
            return frozenset(rows).union(before, (e.location.guid for e in self._of(provider_id)))

    def used_targets(self, provider_id: ProviderId) -> Collection[ObjectGuid]:
        """The groups that elevations of a provider may still give, and all that it is known to have lent."""
        rows: Collection[ObjectGuid] = self._read_or(lambda store: store.used_targets(provider_id), ())
        before = self._used(provider_id).targets
        with self._lock:
            known = [e for e in self._of(provider_id) if e.is_open or e.unconfirmed_on or e.leftover]
            return frozenset(rows).union(before, (p.group.guid for e in known for p in e.privileges))

    def _of(self, provider_id: ProviderId) -> list[Elevation]:
        return [e for e in self._elevations.values() if e.provider_id == provider_id]

    def _open_here(self, provider_id: ProviderId | None) -> list[Elevation]:
        known = self._elevations.values()
        found = [e for e in known if e.is_open and provider_id in (None, e.provider_id)]
        return sorted(found, key=lambda e: (e.deadline, e.id))

    def _unconfirmed_here(self, provider_id: ProviderId) -> list[Elevation]:
        known = self._of(provider_id)
        found = [e for e in known if not e.is_open and (e.unconfirmed_on or e.leftover)]
        return sorted(found, key=lambda e: e.ended_at or e.deadline, reverse=True)

    def _merged(self, row: Elevation) -> Elevation:
        """``row``, or what is known to be newer: it waits to be written, or the row is of an older copy."""
        known = self._elevations.get(row.id)
        if known is not None and row.id not in self._waiting and row.revision < known.revision:
            with suppress(StoreError):
                row = self._row(row.id) or row  # another thread may have moved it since it was read
        if known is None or (row.id not in self._waiting and row.revision >= known.revision):
            sight = self._sights.get(row.id)
            self._elevations[row.id] = row if sight is None else replace(row, sight=sight)
        elif row.id not in self._waiting:
            _LOG.warning("The database holds an older state of the elevation %s than is known", row.id)
            self._write_again(known, row.revision)
        return self._elevations[row.id]

    def _forgotten(self, known: Elevation) -> None:
        """The database does not have what it had: it is written again."""
        if known.id not in self._waiting:
            _LOG.warning("The database has lost the elevation %s; it is written again", known.id)
            self._write_again(known, 0)

    def _write_again(self, known: Elevation, base: int) -> None:
        transition = Transition(
            known.id,
            self._now(),
            Event.ADOPTED,
            None,
            known.state,
            self._actor,
            "The database had an older state of it, or none.",
            TimeSource.COMPUTER,
        )
        self._waiting[known.id] = _Waiting(base, [(known, transition)])
        self._flush()

    # --- what is told -------------------------------------------------------------------------------------

    def transitions(self, elevation_id: ElevationId) -> Sequence[Transition]:
        """All moves of one elevation in order, those that wait last."""
        stored: Sequence[Transition] = self._read_or(lambda store: store.transitions(elevation_id), ())
        with self._lock:
            waiting = self._waiting.get(elevation_id)
            return [*stored, *(transition for _, transition in (waiting.moves if waiting else ()))]

    def add_step(self, report: StepReport) -> None:
        """Keep one step report."""
        self.add_steps([report])

    def add_steps(self, reports: Sequence[StepReport], *, wait: bool = True) -> None:
        """Keep step reports; none of them waits for a lock."""
        with self._lock:
            self._steps += reports
            self._flush()

    def steps(self, elevation_id: ElevationId) -> Sequence[StepReport]:
        """The step reports of one elevation in order."""
        stored: Sequence[StepReport] = self._read_or(lambda store: store.steps(elevation_id), ())
        with self._lock:
            return [*stored, *(s for s in self._steps if s.elevation_id == elevation_id)]

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
        """Append to the audit trail, after all that waits."""
        with self._lock:
            self._audits.append(AuditEntry(0, at, actor, action, subject, detail))
            self._flush()

    def audit(self, *, limit: int = 200, offset: int = 0) -> Sequence[AuditEntry]:
        """Entries of the audit trail as the inner store has them, latest first."""
        return self._read(lambda store: store.audit(limit=limit, offset=offset))

    def note_sights(self, sights: Mapping[ElevationId, Sight]) -> None:
        """Keep the last look at each of these."""
        with self._lock:
            for elevation_id, sight in sights.items():
                known = self._elevations.get(elevation_id)
                if known is not None:
                    self._elevations[elevation_id] = replace(known, sight=sight)
                self._sights[elevation_id] = sight
            self._flush()

    # --- what is known of a domain ------------------------------------------------------------------------

    def known_controllers(self, provider_id: ProviderId) -> Sequence[str]:
        """The domain controllers of a provider as they were last seen."""
        with self._lock:
            if provider_id in self._waiting_controllers:
                return self._controllers[provider_id]
        try:
            found = tuple(
                self._read(lambda store: store.known_controllers(provider_id), ("known", provider_id))
            )
        except StoreError:
            with self._lock:
                return self._controllers.get(provider_id, ())
        with self._lock:
            if found or provider_id not in self._controllers:
                self._controllers[provider_id] = found
            return self._controllers[provider_id]

    def departed_controllers(self, provider_id: ProviderId) -> Mapping[str, datetime]:
        """Those that left the list and did not answer, since when."""
        with self._lock:
            if provider_id in self._waiting_controllers:
                return self._departed.get(provider_id, {})
        try:
            found = self._read(
                lambda store: store.departed_controllers(provider_id), ("departed", provider_id)
            )
            is_empty = not found and not self._read(lambda store: store.known_controllers(provider_id))
        except StoreError:
            with self._lock:
                return self._departed.get(provider_id, {})
        with self._lock:
            if not is_empty or provider_id not in self._departed:
                self._departed[provider_id] = found
            return self._departed[provider_id]

    def remember_controllers(
        self,
        provider_id: ProviderId,
        hosts: Sequence[str],
        departed: Mapping[str, datetime] = NOBODY,
        *,
        wait: bool = True,
    ) -> None:
        """Keep what :meth:`known_controllers` and :meth:`departed_controllers` give."""
        is_known = list(self.known_controllers(provider_id)) == list(hosts)
        if is_known and self.departed_controllers(provider_id) == departed:
            return
        with self._lock:
            self._controllers[provider_id] = tuple(hosts)
            self._departed[provider_id] = dict(departed)
            self._waiting_controllers.add(provider_id)
            self._flush()

    def kept_time(self, provider_id: ProviderId) -> KeptTime | None:
        """The highest time of the domain that was ever trusted, here or in the store."""
        stored = self._read_or(lambda store: store.kept_time(provider_id), None)
        with self._lock:
            known = self._times.get(provider_id)
            if stored is not None and (known is None or stored.domain_time > known.domain_time):
                self._times[provider_id] = stored
            return self._times.get(provider_id)

    def keep_time(self, provider_id: ProviderId, kept: KeptTime) -> None:
        """Keep what :meth:`kept_time` gives."""
        with self._lock:
            self._times[provider_id] = kept
            self._waiting_times.add(provider_id)
            self._flush()

    def set_up_here(self) -> Collection[str]:
        """Names of what was set up on this computer when that was looked at last; in the inner store only."""
        return self._read(lambda store: store.set_up_here())

    def note_set_up_here(self, name: str, *, is_there: bool) -> None:
        """In the inner store, or not at all."""
        self._ask(lambda store: store.note_set_up_here(name, is_there=is_there))

    # --- within -------------------------------------------------------------------------------------------

    @property
    def _has_waiting(self) -> bool:
        return bool(
            self._waiting
            or self._steps
            or self._audits
            or self._sights
            or self._waiting_controllers
            or self._waiting_times
        )

    def _read_or(self, question: Callable[[Store], _T], otherwise: _T) -> _T:
        try:
            return self._read(question)
        except StoreError:
            if not self._is_known:
                raise
            return otherwise

    def _read(self, question: Callable[[Store], _T], asked: _Asked | None = None) -> _T:
        """The inner store's answer. One that was locked a moment ago is not asked: each question waits.
        ``asked`` is what is asked where damage in the answer stays known until it is asked again."""
        with self._lock:
            self._flush()
            if self._is_resting:
                raise _again(self._rests_because)
        try:
            answer = self._ask(question)
        except StoreError as error:
            with self._lock:
                self._unreadable = error
                if asked is not None and isinstance(error, StoreDamaged):
                    self._damage[asked] = error
                if isinstance(error, StoreLocked):
                    self._rest(error)
            raise
        with self._lock:
            self._unreadable = None
            if asked is not None and self._damage:
                what, of = asked
                for other in list(self._damage):
                    if other[0] == what and of in (None, other[1]):
                        del self._damage[other]
        return answer

    def _ask(self, question: Callable[[Store], _T], late: Callable[[_T], object] | None = None) -> _T:
        """What the inner store says; :class:`StoreSilent` where that takes too long. The only way to it.

        ``late`` is told what it says after that, in another thread: it must not ask the inner store.
        """
        inner = self._inner
        try:
            return self._patience.ask(lambda: question(inner), late=late)
        except Unanswered:
            raise StoreSilent from None

    def _were_done(self, moves: Sequence[_Move], results: Sequence[Elevation | ConcurrentChange]) -> None:
        for (_, transition), result in zip(moves, results, strict=True):
            if isinstance(result, Elevation):
                self._was_done(result, transition)

    def _was_done(self, stored: Elevation, what: Transition | datetime) -> None:
        """The inner store has done in the end what was given up: ``what`` is the move, or the new end of the
        lease. It is not done again, and what came afterwards counts on top of it."""
        with self._lock:
            waiting, known = self._waiting.get(stored.id), self._elevations.get(stored.id)
            if waiting is None:
                if known is None or known.revision < stored.revision:
                    self._elevations[stored.id] = stored
                return
            if waiting.moves and waiting.moves[0][1] is what:
                del waiting.moves[0]
            elif waiting.base != stored.revision - 1:
                return  # others have moved it since: seen at the next turn
            waiting.base = stored.revision
            if not waiting.moves and waiting.lease == what:
                waiting.lease = None
            if not waiting.moves and waiting.lease is None:
                self._written(stored.id, stored)

    def _rest(self, error: StoreLocked) -> None:
        self._rests_because = error
        self._asked_again_at = self._monotonic() + REST_SECONDS

    def _say(self, error: StoreError) -> None:
        self._problem = error
        # A lock is waited for by whoever comes next: mostly another copy that is writing.
        first = logging.INFO if isinstance(error, StoreLocked) else logging.ERROR
        level = logging.DEBUG if self._is_said else first
        self._is_said = True
        _LOG.log(level, "Nothing can be recorded; what is known to be due is ended all the same: %s", error)

    def _flush(self, *, wait: bool = False) -> None:
        """Write what waits as far as that can be done, in its order."""
        with self._lock:
            self._try_reopening(wait=wait)
            if not self._has_waiting or (self._is_resting and not wait):
                return
            self._refused.clear()
            try:
                for elevation_id in list(self._waiting):
                    with self._not_for_ever(lambda i=elevation_id: self._waiting.pop(i, None)):  # type: ignore[misc]
                        self._write_moves(elevation_id, wait=wait)
                self._write_what_is_told(wait=wait)
            except StoreError as error:
                self._say(error)
            else:
                if self._refused:
                    self._say(self._refused[0])
                else:
                    self._is_said = False

    @property
    def _is_resting(self) -> bool:
        return self._monotonic() < self._asked_again_at

    def _try_reopening(self, *, wait: bool) -> None:
        if self._reopen is None or (self._monotonic() < self._reopen_at and not wait):
            return
        self._reopen_at = self._monotonic() + REOPEN_SECONDS
        try:
            better = self._patience.ask(self._reopen, late=self._take)
        except (JitError, OSError, Unanswered) as error:
            _LOG.debug("The database can't be opened yet: %s", error)
            return
        self._take(better)

    def _take(self, better: Store | None) -> None:
        with self._lock:
            if better is None or self._reopen is None:
                return
            _LOG.info("The database can be used again")
            before, self._inner, self._reopen = self._inner, better, None
            self._asked_again_at = float("-inf")
            self._until_reopened = self._unreadable = None
            self._damage.clear()
            with suppress(JitError):
                before.close()

    def _write_moves(self, elevation_id: ElevationId, *, wait: bool) -> None:
        """All that waits of one elevation. What another copy of the program has done to it meanwhile counts,
        but where we know that it has ended it has."""
        waiting = self._waiting[elevation_id]
        row = self._row(elevation_id)
        latest = self._elevations[elevation_id]
        if row is not None and row.revision > waiting.base and (not row.is_open or latest.is_open):
            _LOG.info("%s was moved by another copy; what waited to be recorded is dropped", elevation_id)
            self._written(elevation_id, row)
            return
        if row is not None:
            waiting.base = max(waiting.base, row.revision)
        while waiting.moves:
            row = self._write_move(row, *waiting.moves[0], wait=wait)
            waiting.base = row.revision
            del waiting.moves[0]
        if waiting.lease is not None and row is not None:
            before, until = row, waiting.lease
            row = self._ask(
                lambda store: store.renew_lease(before, until, wait=wait),
                lambda late: self._was_done(late, until),
            )
        self._written(elevation_id, row or latest)

    def _row(self, elevation_id: ElevationId) -> Elevation | None:
        try:
            return self._ask(lambda store: store.elevation(elevation_id))
        except UnknownItem:
            return None
        except StoreLocked as error:
            self._rest(error)
            raise

    def _write_move(
        self, row: Elevation | None, elevation: Elevation, transition: Transition, *, wait: bool
    ) -> Elevation:
        if row is None or (transition.event is Event.ADOPTED and not row.is_open):
            # It was found in the directory, or the database has lost it: kept beside whatever there is.
            found = replace(elevation, adopted=True)
            return self._ask(
                lambda store: store.begin(found, transition, wait=wait),
                lambda late: self._was_done(late, transition),
            )
        if elevation.adopted and not row.adopted:
            elevation = _as_requested(elevation, row)
        moves = [(replace(elevation, revision=row.revision), transition)]
        (stored,) = self._ask(
            lambda store: store.advance_all(moves, wait=wait),
            lambda late: self._were_done(moves, late),
        )
        if not isinstance(stored, Elevation):
            raise stored  # somebody was quicker just now: looked at again at the next turn
        return stored

    def _written(self, elevation_id: ElevationId, stored: Elevation) -> None:
        del self._waiting[elevation_id]
        self._elevations[elevation_id] = replace(stored, sight=self._elevations[elevation_id].sight)

    def _write_what_is_told(self, *, wait: bool) -> None:
        if self._steps:
            with self._not_for_ever(self._steps.clear):
                self._write_steps(list(self._steps), wait=wait)
        for entry in list(self._audits):
            self._write_audit(entry, wait=wait)
        if self._sights:
            with self._not_for_ever(self._sights.clear):
                sights = dict(self._sights)
                self._ask(lambda store: store.note_sights(sights))
                self._sights.clear()
        for one in list(self._waiting_controllers):
            with self._not_for_ever(lambda i=one: self._waiting_controllers.discard(i)):  # type: ignore[misc]
                self._write_controllers(one, wait=wait)
        for one in list(self._waiting_times):
            with self._not_for_ever(lambda i=one: self._waiting_times.discard(i)):  # type: ignore[misc]
                self._write_time(one)

    def _write_steps(self, steps: Sequence[StepReport], *, wait: bool) -> None:
        def written(_: object = None) -> None:
            with self._lock:
                del self._steps[: len(steps)]  # what has come since stands behind them

        self._ask(lambda store: store.add_steps(steps, wait=wait), written)
        written()

    def _write_controllers(self, provider_id: ProviderId, *, wait: bool) -> None:
        hosts, departed = self._controllers[provider_id], self._departed.get(provider_id, {})
        self._ask(lambda store: store.remember_controllers(provider_id, hosts, departed, wait=wait))
        self._waiting_controllers.discard(provider_id)

    def _write_time(self, provider_id: ProviderId) -> None:
        kept = self._times[provider_id]
        self._ask(lambda store: store.keep_time(provider_id, kept))
        self._waiting_times.discard(provider_id)

    def _write_audit(self, entry: AuditEntry, *, wait: bool) -> None:
        def written(_: object = None) -> None:
            with self._lock, suppress(ValueError):
                self._audits.remove(entry)

        def write(store: Store) -> None:
            store.add_audit(
                at=entry.at,
                actor=entry.actor,
                action=entry.action,
                subject=entry.subject,
                detail=entry.detail,
                wait=wait,
            )

        with self._not_for_ever(written):
            self._ask(write, written)
            written()

    @contextmanager
    def _not_for_ever(self, drop: Callable[[], object]) -> Iterator[None]:
        """What the store refuses for what it is, not for a trouble of its own, keeps nothing else back: it
        waits on where something is damaged, which may be its own row alone."""
        try:
            yield
        except StoreDamaged as error:
            self._refused.append(error)
        except StoreError:
            raise
        except UnknownItem as error:
            _LOG.info("What waited to be recorded is dropped: %s", error)
            drop()
        except Exception:  # noqa: BLE001 - logged whole; what else waits has to be recorded
            _LOG.exception("A fault of the program: what waited to be recorded is dropped")
            drop()


def _fits(elevation: Elevation, text: str) -> bool:
    said = " ".join(
        (
            elevation.account.name,
            elevation.label,
            elevation.requested_by,
            elevation.reason,
            elevation.ticket,
        )
    ).casefold()
    return all(word in said for word in text.casefold().split())


def _as_requested(found: Elevation, row: Elevation) -> Elevation:
    """What was found in the directory while the database could not be read, with what only that knows."""
    return replace(
        found,
        account=row.account,
        privileges=row.privileges,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        duration_seconds=row.duration_seconds,
        reason=row.reason,
        ticket=row.ticket,
        granted_at=row.granted_at,
        adopted=False,
    )


def _again(error: StoreLocked) -> StoreLocked:
    return type(error)(error.message, subject=error.subject, remedy=error.remedy)


def _changed_meanwhile(elevation: Elevation) -> ConcurrentChange:
    return ConcurrentChange(
        f"The elevation of {elevation.account.name} was changed meanwhile.",
        subject=elevation.id,
        remedy="Look at it again, then decide.",
    )
