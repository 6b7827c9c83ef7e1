# SPDX-License-Identifier: MIT
"""What never answers leaves one thread behind, and keeps nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from jit_desktop.elevation.answers import Answers


def patience(turns: int) -> Callable[[], float]:
    """For so many turns of no time; then nobody waits any more."""
    left = [0.0] * turns

    def turn() -> float:
        if not left:
            raise TimeoutError
        return left.pop()

    return turn


def always() -> float:
    return 10.0


def test_that_an_answer_is_given_and_an_error_raised() -> None:
    answers: Answers[str] = Answers()
    assert answers.ask("a", lambda: "yes", always) == "yes"

    def fail() -> str:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        answers.ask("a", fail, always)
    assert answers.ask("a", lambda: "again", always) == "again"


def test_that_what_never_answers_is_asked_once_and_hinders_no_other_question() -> None:
    answers: Answers[str] = Answers()
    answered, begun, asked = threading.Event(), threading.Event(), []

    def question() -> str:
        asked.append(1)
        begun.set()
        answered.wait()
        return "late"

    for _ in range(5):
        with pytest.raises(TimeoutError):
            answers.ask("a", question, patience(3))
    assert answers.ask("b", lambda: "other", always) == "other"
    assert begun.wait(10)
    assert len(asked) == 1
    answered.set()
    assert answers.ask("a", lambda: "late", always) == "late"


def test_that_an_answer_that_came_when_nobody_waited_is_not_kept() -> None:
    answers: Answers[str] = Answers()
    may_answer = threading.Event()

    def question() -> str:
        may_answer.wait()
        return "old"

    with pytest.raises(TimeoutError):
        answers.ask("a", question, patience(1))
    may_answer.set()
    assert answers._asked["a"].is_answered.wait(10)
    assert answers.ask("a", lambda: "new", always) == "new"
