# SPDX-License-Identifier: MIT
"""Waits for what may never answer, a disk above all, and not longer than a limit.

A disk whose file system is frozen for a snapshot, or a share whose server is gone, gives no error: whoever
asks it stands still, and nothing can break that off. So each question is put by a thread that can be left
behind.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")
_LOG = logging.getLogger(__name__)

ANSWER_SECONDS = 6.0
"""A little longer than a lock of the database is waited for, which is an answer of its own."""
_IDLE_SECONDS = 10.0
"""A thread that had nothing to ask for so long leaves."""


_LEFT_BEHIND: set[_Asked[Any]] = set()


def is_anything_left_behind() -> bool:
    """Whether a thread of this program waits for an answer that nobody waits for any more."""
    return bool(_LEFT_BEHIND)


class Unanswered(Exception):
    """There was no answer in time, or there is none to an earlier question yet."""


class Patience:
    """Puts questions to one thing that may not answer; may be used from any thread.

    A question that is not answered in time is left to its thread. Until it comes back all others are refused
    at once: the limit is waited once, and nothing overtakes what is still under way.
    """

    def __init__(self, seconds: float | None = None) -> None:
        """``seconds``: how long an answer is waited for; :data:`ANSWER_SECONDS` where it is not given."""
        self._seconds = ANSWER_SECONDS if seconds is None else seconds
        self._lock = threading.Lock()
        self._idle: list[_Thread] = []
        self._given_up = 0

    @property
    def is_silent(self) -> bool:
        """Whether a question was given up that has not come back."""
        with self._lock:
            return bool(self._given_up)

    def ask(
        self,
        question: Callable[[], _T],
        *,
        seconds: float | None = None,
        late: Callable[[_T], object] | None = None,
    ) -> _T:
        """What ``question`` gives; raises what it raises, and :class:`Unanswered`.

        ``seconds``: another limit for this one. ``late`` is told what a question that was given up gave in
        the end, before anything else is asked again; it must not ask anything here itself.
        """
        asked = _Asked(question, late)
        with self._lock:
            if self._given_up:
                raise Unanswered
            thread = self._idle.pop() if self._idle else None
        if thread is None:
            try:
                thread = _Thread(self)
            except RuntimeError:
                _LOG.info("There is no thread for what may not answer: it is waited for without a limit")
                return question()
        thread.put(asked)
        try:
            asked.is_answered.wait(self._seconds if seconds is None else seconds)
        except BaseException:
            self._give_up(asked)
            raise
        if self._give_up(asked):
            raise Unanswered
        return asked.answer()

    def _give_up(self, asked: _Asked[Any]) -> bool:
        """Whether it has no answer by now; then it is waited for no longer."""
        with self._lock:
            if asked.is_over:
                return False
            asked.is_given_up = True
            self._given_up += 1
            _LEFT_BEHIND.add(asked)
            return True

    def back(self, thread: _Thread, asked: _Asked[Any]) -> None:
        """``thread`` has its answer."""
        with self._lock:
            asked.is_over = True
            is_late = asked.is_given_up
        if is_late:
            asked.tell_late()
        with self._lock:
            self._given_up -= is_late
            self._idle.append(thread)
            _LEFT_BEHIND.discard(asked)
        asked.is_answered.set()

    def dismiss(self, thread: _Thread) -> bool:
        """Whether ``thread`` may leave: nobody is about to give it a question."""
        with self._lock:
            if thread not in self._idle:
                return False
            self._idle.remove(thread)
            return True


class _Asked(Generic[_T]):
    """One question, and what came of it."""

    def __init__(self, question: Callable[[], _T], late: Callable[[_T], object] | None) -> None:
        self.is_answered = threading.Event()
        self.is_over = self.is_given_up = False
        self._question = question
        self._late = late
        self._found: list[_T] = []
        self._error: BaseException | None = None

    def put(self) -> None:
        try:
            self._found.append(self._question())
        except BaseException as error:  # noqa: BLE001 - raised again by who waits
            self._error = error

    def answer(self) -> _T:
        if self._error is not None:
            raise self._error
        return self._found[0]

    def tell_late(self) -> None:
        if self._error is not None:
            _LOG.info("What was not waited for has failed: %s", self._error)
        elif self._late is not None:
            try:
                self._late(self._found[0])
            except Exception:  # noqa: BLE001 - logged whole; what is asked next may do well
                _LOG.exception("A fault of the program with an answer that came late")


class _Thread:
    """Puts one question after the other; a daemon: it must not keep the program from ending."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._questions: queue.SimpleQueue[_Asked[Any]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="disk", daemon=True).start()

    def put(self, asked: _Asked[Any]) -> None:
        self._questions.put(asked)

    def _serve(self) -> None:
        while True:
            try:
                asked = self._questions.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                if self._patience.dismiss(self):
                    return
                continue
            asked.put()
            self._patience.back(self, asked)
            del asked
