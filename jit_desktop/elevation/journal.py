# SPDX-License-Identifier: MIT
"""Writes down what is meant and what came of it, and tells whoever listens.

The only way to move an elevation.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jit_desktop.elevation.errors import ConcurrentChange, JitError, StoreError
from jit_desktop.elevation.identity import ElevationId
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Elevation, Step, StepReport, StepStatus, TimeSource, Transition
from jit_desktop.elevation.ports import Listener, Store

_LOG = logging.getLogger(__name__)
GROUP_DELETED = "The temporary group is deleted."
"""The step of a deletion that a domain controller has answered to."""
ACCOUNT_DELETED = "The account was deleted."
"""The step of an account whose tombstone a domain controller has shown to an end."""
_BEGINS_AN_END = (Event.END_STARTED, Event.ROLLBACK_STARTED, Event.GONE)


def deletion_was_answered(store: Store, elevation: Elevation) -> bool:
    """Whether a domain controller has said that it deleted the temporary group, in any pass; false where that
    can't be read."""
    return _was_told(store, elevation, Step.DELETE_GROUP, GROUP_DELETED)


def account_was_deleted(store: Store, elevation: Elevation) -> bool:
    """Whether the end has seen by its tombstone that the account was deleted. That is not kept for ever, nor
    is the right to read it; false where what was told can't be read."""
    return _was_told(store, elevation, Step.CONFIRM_END, ACCOUNT_DELETED)


def _was_told(store: Store, elevation: Elevation, step: Step, message: str) -> bool:
    try:
        told = store.steps(elevation.id)
    except StoreError:
        return False
    return any((one.step, one.message) == (step, message) for one in told)


@dataclass(frozen=True, slots=True)
class Move:
    """What an elevation is to be moved by: the event, a detail for the story, and changes to other fields."""

    elevation: Elevation
    event: Event
    detail: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)

    def moved(self) -> Elevation:
        """The elevation after it, not stored."""
        return self.elevation.after(self.event, **self.changes)


class Journal:
    """Records transitions and steps of one flow, in the store first and to the listener then."""

    def __init__(
        self,
        store: Store,
        listener: Listener,
        actor: str,
        now: Callable[[], datetime],
        source: Callable[[], TimeSource] = lambda: TimeSource.DOMAIN,
    ) -> None:
        """``source`` says whose clock ``now`` is of."""
        self._store = store
        self._listener = listener
        self.actor = actor
        self._now = now
        self._source = source
        self._collected: list[StepReport] | None = None
        """Steps that are kept together later; ``None`` where each is kept at once."""
        self._collected_of: dict[ElevationId, list[StepReport]] = {}
        """The same by elevation: with many of them, what is asked about one must not go through all."""

    @property
    def store(self) -> Store:
        """Where it is written down."""
        return self._store

    def begin(self, elevation: Elevation, event: Event, detail: str = "") -> Elevation:
        """Store a new elevation; it is durable when this returns."""
        transition = Transition(
            elevation.id, self._now(), event, None, elevation.state, self.actor, detail, self._source()
        )
        stored = self._store.begin(elevation, transition)
        self._tell(lambda: self._listener.on_elevation(stored))
        return stored

    def advance(self, elevation: Elevation, event: Event, detail: str = "", **changes: object) -> Elevation:
        """Move an elevation by ``event`` and store it; it is durable when this returns."""
        moved = elevation.after(event, **changes)
        transition = Transition(
            elevation.id,
            self._now(),
            event,
            elevation.state,
            moved.state,
            self.actor,
            detail,
            self._source(),
        )
        stored = self._store.advance(moved, transition)
        self._tell(lambda: self._listener.on_elevation(stored))
        return stored

    def advance_all(
        self, moves: Sequence[Move], *, wait: bool = True
    ) -> Sequence[Elevation | ConcurrentChange]:
        """Move many elevations in one transaction; gives for each how it is stored, or that somebody else has
        moved it meanwhile. With ``wait`` False a locked store is not waited for. Raises :class:`StoreError`.
        """
        made = []
        for move in moves:
            after = move.moved()
            before = move.elevation.state
            transition = Transition(
                after.id,
                self._now(),
                move.event,
                before,
                after.state,
                self.actor,
                move.detail,
                self._source(),
            )
            made.append((after, transition))
        stored = self._store.advance_all(made, wait=wait) if made else ()
        for elevation in stored:
            if isinstance(elevation, Elevation):
                self._tell(lambda e=elevation: self._listener.on_elevation(e))  # type: ignore[misc]
        return stored

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Steps of this block are told at once and kept in one transaction at its end: while rights have to
        be ended, nothing waits for what is only told."""
        if self._collected is not None:
            yield
            return
        self._collected = []
        try:
            yield
        finally:
            reports, self._collected = self._collected, None
            self._collected_of = {}
            try:
                if reports:
                    self._store.add_steps(reports)
            except StoreError as error:
                _LOG.warning("%d steps could not be recorded (%s)", len(reports), error.code)

    def renew_lease(self, elevation: Elevation, until: datetime) -> Elevation:
        """Say that whoever is at it lives, without a move."""
        return self._store.renew_lease(elevation, until)

    def require_unmoved(self, elevation: Elevation) -> None:
        """:class:`ConcurrentChange` if somebody else has moved it since: what is written next gives rights,
        and an end that found nothing yet would not look again.

        That it became active is no such move.
        """
        current = self._store.elevation(elevation.id)
        if current.revision == elevation.revision or _has_only_become_active(elevation, current):
            return
        raise ConcurrentChange(
            self._who_moved(current),
            subject=elevation.id,
            remedy="Check the account out again if it is still needed.",
        )

    def _who_moved(self, current: Elevation) -> str:
        moves = self._store.transitions(current.id)
        copy = "another copy of the program" + (f" ({moves[-1].actor})" if moves and moves[-1].actor else "")
        name = current.account.name
        if current.end_reason is EndReason.CHECK_IN:
            return f"{name} was checked in by {copy} meanwhile."
        if current.end_reason is EndReason.INTERRUPTED:
            return f"The grant to {name} was taken for abandoned, and ended, by {copy}."
        if current.end_reason is not None:
            return f"The elevation of {name} was ended by {copy} meanwhile."
        return f"The elevation of {name} was changed by {copy} meanwhile."

    def step(
        self, elevation: Elevation, step: Step, status: StepStatus, message: str, subject: str = ""
    ) -> None:
        """Report a step.

        That it can't be kept does not stop what is being done: the transitions are what later copies rely on.
        """
        report = StepReport(elevation.id, self._now(), step, status, message, subject, self._source())
        try:
            if self._collected is None:
                self._store.add_step(report)
            else:
                self._collected.append(report)
                self._collected_of.setdefault(elevation.id, []).append(report)
        except StoreError as error:
            _LOG.warning("A step could not be recorded (%s): %s", error.code, message)
        self._tell(lambda: self._listener.on_step(report))

    def _tell(self, news: Callable[[], None]) -> None:
        # Whoever listens may be gone (a closed console); the directory is written all the same.
        try:
            news()
        except Exception:  # noqa: BLE001 - logged whole; what is being done matters more
            _LOG.exception("A listener failed")

    def step_if_news(
        self, elevation: Elevation, step: Step, status: StepStatus, message: str, subject: str
    ) -> datetime:
        """Report a step unless it was the last thing said about ``subject``: what is asked again and again
        would bury everything else. Since when that is what is said: now, where what was said before can't be
        read.
        """
        try:
            told = list(self._store.steps(elevation.id))
        except StoreError:
            told = []
        told += self._collected_of.get(elevation.id, ())
        said = [s for s in told if (s.step, s.subject) == (step, subject)]
        if said and (said[-1].status, said[-1].message) == (status, message):
            return said[-1].at
        self.step(elevation, step, status, message, subject)
        return self._now()

    def has_told(self, elevation: Elevation, step: Step) -> bool:
        """Whether such a step of it was ever told; True where that can't be read."""
        try:
            told = [*self._collected_of.get(elevation.id, ()), *self._store.steps(elevation.id)]
            return any(one.step == step for one in told)
        except StoreError:
            return True

    def replicating_since(self, elevation: Elevation, looks: int) -> datetime | None:
        """When the first of the last ``looks`` looks at its end found it gone where it was removed, while
        another domain controller still showed it; ``None`` where none did, or that can't be read."""
        try:
            moves = self._store.transitions(elevation.id) if looks > 0 else ()
        except StoreError:
            return None
        looked = [m for m in moves if m.event in (Event.END_REPLICATING, Event.END_UNCONFIRMED)][-looks:]
        return next((m.at for m in looked if m.event is Event.END_REPLICATING), None)

    def ending_since(self, elevation: Elevation) -> datetime | None:
        """When its end began first; ``None`` where that can't be read, or it did not."""
        try:
            moves = self._store.transitions(elevation.id)
        except StoreError:
            return None
        return min((m.at for m in moves if m.event in _BEGINS_AN_END), default=None)

    @contextmanager
    def running(
        self, elevation: Elevation, step: Step, doing: str, done: str, subject: str = ""
    ) -> Iterator[None]:
        """Report a step as running and then as done, or as failed with the reason."""
        self.step(elevation, step, StepStatus.RUNNING, doing, subject)
        try:
            yield
        except JitError as error:
            self.step(elevation, step, StepStatus.FAILED, str(error), error.subject or subject)
            raise
        except BaseException:
            self.step(elevation, step, StepStatus.FAILED, "A fault of the program; see its log.", subject)
            raise
        self.step(elevation, step, StepStatus.DONE, done, subject)


def _has_only_become_active(before: Elevation, current: Elevation) -> bool:
    return (
        before.state is State.PROPAGATING
        and current.state is State.ACTIVE
        and (before.deadline, before.extending_to) == (current.deadline, current.extending_to)
    )
