# SPDX-License-Identifier: MIT
"""Writes down what is meant and what came of it, and tells whoever listens.

The only way to move an elevation.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from jit_desktop.elevation.errors import ConcurrentChange, JitError, StoreError
from jit_desktop.elevation.lifecycle import Event
from jit_desktop.elevation.model import Elevation, Step, StepReport, StepStatus, TimeSource, Transition
from jit_desktop.elevation.ports import Listener, Store

_LOG = logging.getLogger(__name__)


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

    def require_unmoved(self, elevation: Elevation) -> None:
        """:class:`ConcurrentChange` if somebody else has moved it since: what is written next gives rights,
        and an end that found nothing yet would not look again.
        """
        if self._store.elevation(elevation.id).revision != elevation.revision:
            raise ConcurrentChange(
                f"The elevation of {elevation.account.name} was ended by another copy of the program while "
                "it was being granted.",
                subject=elevation.id,
                remedy="Check the account out again if it is still needed.",
            )

    def step(
        self, elevation: Elevation, step: Step, status: StepStatus, message: str, subject: str = ""
    ) -> None:
        """Report a step.

        That it can't be kept does not stop what is being done: the transitions are what later copies rely on.
        """
        report = StepReport(elevation.id, self._now(), step, status, message, subject, self._source())
        try:
            self._store.add_step(report)
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
    ) -> None:
        """Report a step unless it was the last thing said about ``subject``: what is asked again and again
        would bury everything else.
        """
        try:
            said = [s for s in self._store.steps(elevation.id) if (s.step, s.subject) == (step, subject)]
        except StoreError:
            said = []
        if not said or (said[-1].status, said[-1].message) != (status, message):
            self.step(elevation, step, status, message, subject)

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
