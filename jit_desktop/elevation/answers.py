# SPDX-License-Identifier: MIT
"""Questions to what may never answer: a credential store that waits for a person, a file on a share whose
server is gone. Nothing can break off who asks there, so a thread of its own does, and is left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Answers(Generic[_T]):
    """Each question is asked by one thread at a time, however often it is put: what never answers leaves one
    thread behind and not one for each look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[str, _Asked[_T]] = {}

    def ask(self, key: str, question: Callable[[], _T], turn: Callable[[], float]) -> _T:
        """What ``question`` gives; raises what it raises.

        ``key`` says which question it is. ``turn`` gives for how many seconds to wait before it is asked
        again, and raises when nobody waits any more; an answer that comes after that is dropped.
        """
        with self._lock:
            asked = self._asked.get(key)
            if asked is None or asked.is_answered.is_set():
                asked = self._asked[key] = _Asked(question)
        return asked.answer(turn)


def ask(question: Callable[[], _T], turn: Callable[[], float]) -> _T:
    """The same for a question that has no twin, or that is answered in the end."""
    return _Asked(question).answer(turn)


class _Asked(Generic[_T]):
    """One question that was put, and what came of it."""

    def __init__(self, question: Callable[[], _T]) -> None:
        self.is_answered = threading.Event()
        self._question = question
        self._found: list[_T] = []
        self._error: BaseException | None = None
        # A daemon: it must not keep the program from ending.
        threading.Thread(target=self._ask, name="answers", daemon=True).start()

    def answer(self, turn: Callable[[], float]) -> _T:
        while not self.is_answered.wait(turn()):
            pass
        if self._error is not None:
            raise self._error
        return self._found[0]

    def _ask(self) -> None:
        try:
            self._found.append(self._question())
        except BaseException as error:  # noqa: BLE001 - raised again by who waits
            self._error = error
        finally:
            self.is_answered.set()
