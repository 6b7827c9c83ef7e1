# SPDX-License-Identifier: MIT
"""One piece of blocking work: whom its answer is for, how it is cancelled, what it may do while it runs."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import shiboken6

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

T = TypeVar("T")


class Cancelled(Exception):
    """Raised by work that stopped because it was asked to."""


class Scope:
    """Whom answers are for: an owner (a window, a model) and a generation that makes older answers void."""

    def __init__(self, owner: QObject) -> None:
        self._owner = owner
        self._generation = 0
        self._open: set[Ticket] = set()

    @property
    def generation(self) -> int:
        """How often the scope was renewed."""
        return self._generation

    def renew(self, *, cancel: bool = False) -> int:
        """Make every answer still under way void, with `cancel` also stop the work; the new generation."""
        self._generation += 1
        stale, self._open = self._open, set()
        if cancel:
            for ticket in stale:
                ticket.cancel()
        return self._generation

    def enter(self, ticket: Ticket) -> None:
        """Remember work under way (called by the worker)."""
        self._open.add(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Forget work that is over (called by the worker)."""
        self._open.discard(ticket)

    def is_current(self, generation: int) -> bool:
        """Whether an answer of that generation may still be delivered (call it in the UI thread)."""
        return generation == self._generation and shiboken6.isValid(self._owner)


class Control:
    """What running work may do besides working: report, and ask whether it should stop (worker's thread)."""

    __slots__ = ("_cancel_requested", "_report")

    def __init__(self, report: Callable[[Any], None]) -> None:
        self._report = report
        self._cancel_requested = threading.Event()

    def report(self, progress: Any) -> None:
        """Hand an immutable value to `on_progress`."""
        self._report(progress)

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody asked the work to stop."""
        return self._cancel_requested.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise Cancelled if somebody asked for it; call it where stopping leaves nothing half done."""
        if self._cancel_requested.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Wait without working, but no longer than until a cancel; whether a cancel came."""
        return self._cancel_requested.wait(seconds)

    def request_cancel(self) -> None:
        """Ask the work to stop."""
        self._cancel_requested.set()


@dataclass(eq=False, slots=True)
class Work(Generic[T]):
    """One submitted piece of work; the callbacks are touched in the UI thread only."""

    function: Callable[[Control], T] | None
    scope: Scope | None
    generation: int
    on_done: Callable[[T], None] | None
    on_error: Callable[[BaseException], None] | None
    on_progress: Callable[[Any], None] | None
    on_cancelled: Callable[[], None] | None
    cancel_hook: Callable[[], None] | None
    control: Control = field(init=False)

    def forget(self) -> None:
        """Let go of everything that could keep a window alive."""
        self.function = self.scope = self.on_done = self.on_error = None
        self.on_progress = self.on_cancelled = self.cancel_hook = None


class Ticket:
    """A piece of work handed in: it can be cancelled and asked whether it is over. UI thread only."""

    __slots__ = ("__weakref__", "_cancel", "_work")

    def __init__(self, work: Work[Any], cancel: Callable[[Work[Any]], None]) -> None:
        self._cancel = cancel
        self._work: Work[Any] | None = work

    @property
    def is_open(self) -> bool:
        """Whether the answer is still to come."""
        return self._work is not None

    @property
    def cancel_requested(self) -> bool:
        """Whether `cancel` was called before the answer came."""
        return self._work is not None and self._work.control.cancel_requested

    def cancel(self) -> None:
        """Ask the work to stop; calling it twice or too late does nothing."""
        if self._work is not None and not self._work.control.cancel_requested:
            self._cancel(self._work)

    def close(self) -> None:
        """The answer came: there is nothing left to cancel (called by the worker)."""
        self._work = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What travels from the worker's thread to the UI thread."""

    kind: Literal["done", "error", "cancelled", "progress"]
    work: Work[Any]
    value: Any = None


def without_frames(error: BaseException) -> BaseException:
    """`error` without its stack: who keeps it must not keep windows alive through the frames' variables."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error
