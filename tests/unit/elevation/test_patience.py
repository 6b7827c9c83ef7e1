# SPDX-License-Identifier: MIT
"""What may never answer is asked by threads that can be left behind, and waited for once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from jit_desktop.elevation.patience import Patience, Unanswered, is_anything_left_behind
from tests.waiting import until

_SOON = 0.05


class Stuck:
    """A question that is answered with 7 once it is let go."""

    def __init__(self) -> None:
        self.is_asked, self.may_go = threading.Event(), threading.Event()

    def __call__(self) -> int:
        self.is_asked.set()
        assert self.may_go.wait(60)
        return 7


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    made = Stuck()
    yield made
    made.may_go.set()
    until(lambda: not is_anything_left_behind(), seconds=30)


def test_that_an_answer_is_given() -> None:
    assert Patience().ask(lambda: 7) == 7


def test_that_what_went_wrong_is_raised_where_it_was_asked() -> None:
    def fails() -> int:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        Patience().ask(fails)


def test_that_a_question_that_is_not_answered_is_given_up(stuck: Stuck) -> None:
    patience = Patience(_SOON)
    with pytest.raises(Unanswered):
        patience.ask(stuck)
    assert patience.is_silent
    assert is_anything_left_behind()


def test_that_nothing_else_is_asked_until_it_has_come_back(stuck: Stuck) -> None:
    patience = Patience()
    with pytest.raises(Unanswered):
        patience.ask(stuck, seconds=_SOON)
    asked: list[int] = []
    with pytest.raises(Unanswered):
        patience.ask(lambda: asked.append(1))
    assert asked == []
    stuck.may_go.set()
    until(lambda: not patience.is_silent, seconds=30)
    assert patience.ask(lambda: 8) == 8
    assert not is_anything_left_behind()


def test_that_a_late_answer_is_told_before_anything_else_is_asked(stuck: Stuck) -> None:
    patience, told = Patience(_SOON), list[tuple[int, bool]]()
    with pytest.raises(Unanswered):
        patience.ask(stuck, late=lambda answer: told.append((answer, patience.is_silent)))
    stuck.may_go.set()
    until(lambda: not patience.is_silent, seconds=30)
    assert told == [(7, True)]


def test_that_an_answer_in_time_is_not_told_as_late() -> None:
    told: list[int] = []
    assert Patience().ask(lambda: 7, late=told.append) == 7
    assert told == []


@pytest.mark.expects_log("an answer that came late")
def test_that_a_fault_with_a_late_answer_leaves_nothing_silent(stuck: Stuck) -> None:
    def fails(_: int) -> None:
        raise ValueError("wrong")

    patience = Patience(_SOON)
    with pytest.raises(Unanswered):
        patience.ask(stuck, late=fails)
    stuck.may_go.set()
    until(lambda: not patience.is_silent, seconds=30)
    assert patience.ask(lambda: 8) == 8


def test_that_one_thread_asks_one_thing_after_the_other() -> None:
    patience = Patience()
    assert len({patience.ask(threading.get_ident) for _ in range(20)}) == 1


def test_that_several_may_ask_at_the_same_time(stuck: Stuck) -> None:
    patience = Patience()
    waits = threading.Thread(target=lambda: patience.ask(stuck), daemon=True)
    waits.start()
    assert stuck.is_asked.wait(30)
    assert patience.ask(lambda: 8) == 8
    stuck.may_go.set()
    waits.join(30)


def test_that_without_a_thread_it_is_asked_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    assert Patience().ask(threading.current_thread) is threading.main_thread()
