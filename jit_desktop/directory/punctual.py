# SPDX-License-Identifier: MIT
"""Lets nothing that waits for a server wait longer than it may, nor after it was broken off.

A socket's own time-out begins anew with every byte, so that a server that drips would never end. And where
another thread shuts a socket down, that wakes a thread that reads on Linux, but not on Windows. So whoever
waits does so in short turns, and looks between them.
"""

from __future__ import annotations

import math
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

from jit_desktop.elevation.answers import ask
from jit_desktop.elevation.errors import Cancelled

_LOOK_EVERY_SECONDS: Final = 0.1
"""So often somebody who waits looks whether it was broken off."""
_WHOLE_ANSWER_TIMEOUTS: Final = 3
"""A whole answer, which may be a page of 1,000 entries over a slow line, may take so many time-outs."""
_T = TypeVar("_T")


class Limit:
    """How long something may take in all, and whether it was broken off. Only :meth:`cancel` may come from
    another thread."""

    def __init__(self, seconds: float | None = None, *, cancelled: threading.Event | None = None) -> None:
        self.until = None if seconds is None else time.monotonic() + seconds
        """When it has to be over, by ``time.monotonic``; ``None``: never."""
        self._cancelled = cancelled or threading.Event()

    def cancel(self) -> None:
        """Break it off."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether it was broken off."""
        return self._cancelled.is_set()

    def within(self, seconds: float | None) -> Limit:
        """A part of it that begins now and may take so long (``None``: as long as all of it); broken off
        together."""
        part = Limit(seconds, cancelled=self._cancelled)
        if self.until is not None:
            part.until = self.until if part.until is None else min(part.until, self.until)
        return part

    @property
    def seconds_left(self) -> float:
        """Until it has to be over; infinite where it never has."""
        return math.inf if self.until is None else self.until - time.monotonic()

    def turn(self) -> float:
        """How many seconds to wait before looking again.

        Raises :class:`TimeoutError` when the time is over, :class:`ConnectionAbortedError` when it was broken
        off: both are errors as sockets raise them.
        """
        if self._cancelled.is_set():
            raise ConnectionAbortedError("broken off")
        left = self.seconds_left
        if left <= 0:
            raise TimeoutError("not in time")
        return min(left, _LOOK_EVERY_SECONDS)

    def raise_if_cancelled(self) -> None:
        """Raise :class:`Cancelled` where it was broken off."""
        if self._cancelled.is_set():
            raise Cancelled


class Channel(Protocol):
    """What carries bytes: a plain socket or a TLS one."""

    def recv(self, count: int, /) -> bytes: ...
    def send(self, data: memoryview, /) -> int: ...
    def close(self) -> None: ...


class PunctualChannel:
    """A channel whose requests are sent and whose answers are whole in time."""

    def __init__(self, channel: Channel, plain: socket.socket, limit: Limit) -> None:
        """``plain`` is the socket under ``channel`` (they may be the same); its time-out says how long the
        other side may be silent, and an answer may take three of them. ``limit`` is asked anew whenever
        somebody waits."""
        self._channel = channel
        self._plain = plain
        self._limit = limit
        self._timeout = plain.gettimeout()
        self._answer = limit

    def sendall(self, data: bytes, /) -> None:
        """As of a socket, within one time-out; the time for the answer counts from here."""
        sending = self._limit.within(self._timeout)
        whole = None if self._timeout is None else _WHOLE_ANSWER_TIMEOUTS * self._timeout
        self._answer = self._limit.within(whole)
        left = memoryview(data)
        while left:
            self._plain.settimeout(min(sending.turn(), self._limit.turn()))
            try:
                left = left[self._channel.send(left) :]
            except TimeoutError:
                continue

    def recv(self, count: int, /) -> bytes:
        """As of a socket; ``TimeoutError`` when the whole answer has taken too long, or the other side is
        silent for too long."""
        silence = self._limit.within(self._timeout)
        while True:
            self._plain.settimeout(min(silence.turn(), self._answer.turn(), self._limit.turn()))
            try:
                return self._channel.recv(count)
            except TimeoutError:
                continue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)


def connect(connecting: socket.socket, address: Any, limit: Limit) -> None:
    """As ``socket.connect``, within ``limit``."""
    connecting.settimeout(0)
    with selectors.DefaultSelector() as selector:
        try:
            connecting.connect(address)
        except BlockingIOError:
            selector.register(connecting, selectors.EVENT_WRITE)
            while not selector.select(limit.turn()):
                pass
            if code := connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(code, os.strerror(code)) from None


def in_time(limit: Limit, work: Callable[[], _T]) -> _T:
    """What ``work`` gives, which nothing else can break off: it runs in a thread of its own, which is left
    behind when ``limit`` is over. Raises what ``work`` raises, and what :meth:`Limit.turn` does."""
    return ask(work, limit.turn)
