# SPDX-License-Identifier: MIT
"""A database on a disk that does not answer counts as a locked one; what it does in the end is done once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from jit_desktop.elevation.errors import ConcurrentChange, StoreLocked, StoreSilent
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.memory import RememberingStore
from jit_desktop.elevation.model import Elevation, Step, StepReport, StepStatus, Transition
from jit_desktop.elevation.patience import Patience, is_anything_left_behind
from jit_desktop.elevation.ports import KeptTime, Store
from jit_desktop.store import SqliteStore
from tests.unit.elevation.helpers import ManualClock
from tests.unit.store.values import ACCOUNT, NOW, begin, elevation, guid, provider
from tests.waiting import until

_SOON = 0.1


class Disk:
    """In front of a store: while it does not answer, each call waits, and is carried out then."""

    def __init__(self, inner: SqliteStore) -> None:
        self._inner = inner
        self.answers = threading.Event()
        self.answers.set()
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def call(*given: Any, **named: Any) -> Any:
            self.asked.append(name)
            assert self.answers.wait(60)
            return method(*given, **named)

        return call


class Place:
    """A program on a database, and its disk."""

    def __init__(self, folder: Path) -> None:
        self.database = SqliteStore(folder)
        self.disk = Disk(self.database)
        self.clock = ManualClock()
        self.patience = Patience(60)
        self.store = RememberingStore(
            cast("Store", self.disk),
            now=self.clock.utc_now,
            monotonic=self.clock.monotonic,
            actor="alice",
            patience=self.patience,
        )
        self.store.save_provider(provider(), at=NOW, actor="alice")

    def lent(self, number: int = 1, state: State = State.ACTIVE) -> Elevation:
        """One that is open, and known."""
        made = begin(
            cast("SqliteStore", self.store), number, account=replace(ACCOUNT, guid=guid(1000 + number))
        )
        if state is State.ACTIVE:
            made = self.moved(made, Event.GRANTED, granted_at=NOW, ready_at=NOW)
            made = self.moved(made, Event.REPLICATED)
        self.store.open_elevations()
        return made

    def moved(self, e: Elevation, event: Event, **changes: object) -> Elevation:
        return self.store.advance(*_move(e, event, **changes))

    def stall(self) -> None:
        """The disk does not answer from now on."""
        self.patience._seconds = _SOON
        self.disk.asked.clear()
        self.disk.answers.clear()

    def is_back(self) -> None:
        """The disk answers again, and what was asked of it has come back."""
        self.disk.answers.set()
        self.patience._seconds = 60
        until(lambda: not self.patience.is_silent, seconds=30)
        self.clock.advance(60)
        assert self.store.unrecorded() == []

    def story(self, e: Elevation) -> list[str]:
        return [move.event.value for move in self.database.transitions(e.id)]


def _move(e: Elevation, event: Event, **changes: object) -> tuple[Elevation, Transition]:
    after = e.after(event, **changes)
    return after, Transition(e.id, NOW, event, e.state, after.state, "alice")


def _step(e: Elevation, text: str) -> StepReport:
    return StepReport(e.id, NOW, Step.NEST_GROUP, StepStatus.DONE, text)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "data")
    yield made
    made.disk.answers.set()
    until(lambda: not is_anything_left_behind(), seconds=30)
    made.database.close()


def _end(place: Place, e: Elevation) -> Elevation:
    started = place.moved(e, Event.END_STARTED, end_reason=EndReason.DEADLINE)
    return place.moved(started, Event.END_CONFIRMED, ended_at=NOW)


def test_that_what_is_due_is_read_and_moved_all_the_same(place: Place) -> None:
    lent = place.lent()
    place.stall()
    assert [e.id for e in place.store.open_elevations()] == [lent.id]
    ended = _end(place, lent)
    assert ended.state is State.ENDED
    assert [e.id for e in place.store.unrecorded()] == [lent.id]
    assert isinstance(place.store.trouble(), StoreSilent)


def test_that_a_disk_that_does_not_answer_is_waited_for_once(place: Place) -> None:
    many = [place.lent(number) for number in range(1, 9)]
    place.stall()
    for one in many:
        place.store.keep_time(one.provider_id, KeptTime(NOW, 0.0))
        place.store.provider(one.provider_id)
        _end(place, one)
        place.store.add_step(_step(one, "gone"))
        place.clock.advance(60)
    assert len(place.disk.asked) == 1
    place.is_back()
    for one in many:
        assert place.story(one)[-2:] == ["end-started", "end-confirmed"]


def test_that_a_move_that_was_done_in_the_end_is_not_done_twice(place: Place) -> None:
    lent = place.lent()
    place.stall()
    _end(place, lent)
    assert place.disk.asked == ["advance_all"]
    place.is_back()
    assert place.story(lent) == ["requested", "granted", "replicated", "end-started", "end-confirmed"]
    assert place.database.elevation(lent.id).revision == lent.revision + 2
    assert place.store.trouble() is None
    assert place.database.verify_audit() == []


def test_that_a_move_and_those_after_it_that_leave_it_open_are_all_kept(place: Place) -> None:
    lent = place.lent()
    place.stall()
    started = place.moved(lent, Event.END_STARTED, end_reason=EndReason.DEADLINE)
    place.moved(started, Event.END_REPLICATING)
    place.is_back()
    assert place.story(lent)[-2:] == ["end-started", "end-replicating"]


def test_that_steps_and_audit_entries_are_written_once(place: Place) -> None:
    lent = place.lent()
    place.stall()
    place.store.add_steps([_step(lent, "one"), _step(lent, "two")])
    place.store.add_step(_step(lent, "three"))
    place.is_back()
    assert [s.message for s in place.database.steps(lent.id)] == ["one", "two", "three"]
    place.stall()
    place.store.add_audit(at=NOW, actor="alice", action="first", subject="here", detail={})
    place.store.add_audit(at=NOW, actor="alice", action="second", subject="here", detail={})
    place.is_back()
    told = [entry.action for entry in place.database.audit() if entry.subject == "here"]
    assert told == ["second", "first"]


def test_that_a_lease_that_was_renewed_in_the_end_is_not_renewed_twice(place: Place) -> None:
    lent = place.lent()
    place.stall()
    until_then = NOW + timedelta(minutes=1)
    place.store.renew_lease(lent, until_then)
    place.is_back()
    row = place.database.elevation(lent.id)
    assert (row.next_attempt_at, row.revision) == (until_then, lent.revision + 1)


def test_that_what_gives_a_right_is_refused_and_taken_back_on_top_of_it(place: Place) -> None:
    """The caller was told that nothing is recorded; in the end it was, and what he did then counts."""
    grant = place.lent(state=State.GRANTING)
    place.stall()
    with pytest.raises(StoreLocked, match="does not answer"):
        place.moved(grant, Event.GRANTED, granted_at=NOW, ready_at=NOW)
    back = place.moved(grant, Event.ROLLBACK_STARTED, end_reason=EndReason.GRANT_FAILED)
    assert back.state is State.ENDING
    place.is_back()
    assert place.story(grant) == ["requested", "granted", "rollback-started"]
    assert place.store.elevation(grant.id).state is State.ENDING


def test_that_a_new_elevation_is_not_taken_and_is_known_where_it_was_kept_in_the_end(place: Place) -> None:
    place.stall()
    new = elevation(5)
    transition = Transition(new.id, NOW, Event.REQUESTED, None, new.state, "alice")
    with pytest.raises(StoreSilent):
        place.store.begin(new, transition)
    place.is_back()
    assert [e.id for e in place.store.open_elevations()] == [new.id]


def test_that_settings_are_refused_and_known_where_they_were_kept_in_the_end(place: Place) -> None:
    changed = replace(provider(), name="another name")
    place.stall()
    with pytest.raises(StoreSilent):
        place.store.save_provider(changed, at=NOW, actor="alice")
    place.is_back()
    place.stall()
    assert [p.name for p in place.store.providers()] == ["another name"]


def test_that_what_another_copy_did_first_counts(place: Place) -> None:
    lent = place.lent()
    place.stall()
    place.moved(lent, Event.END_STARTED, end_reason=EndReason.DEADLINE)
    place.database.advance(*_move(lent, Event.EXTENDING, extending_to=NOW + timedelta(hours=2)))
    place.is_back()
    assert place.story(lent)[-1] == "extending"
    assert place.store.elevation(lent.id).extending_to is not None
    with pytest.raises(ConcurrentChange):
        place.moved(lent, Event.END_STARTED, end_reason=EndReason.DEADLINE)


@pytest.mark.expects_log("could not record 1 elevations")
def test_that_closing_waits_for_no_disk(place: Place) -> None:
    lent = place.lent()
    place.stall()
    place.moved(lent, Event.END_STARTED, end_reason=EndReason.DEADLINE)
    assert not place.store.close_within(30), "what was done is not recorded"
    assert len(place.disk.asked) == 1


def test_that_closing_takes_no_longer_than_it_may(tmp_path: Path) -> None:
    place = Place(tmp_path / "data")
    place.stall()
    place.patience._seconds = 60
    assert not place.store.close_within(_SOON)
    place.store.close()  # it is under way: nobody waits for it a second time
    place.disk.answers.set()
    until(lambda: place.disk.asked[-1:] == ["close"], seconds=30)


def test_that_a_better_store_that_came_late_is_taken(place: Place) -> None:
    better = Disk(place.database)
    may_come = threading.Event()

    def reopen() -> Store:
        assert may_come.wait(60)
        return cast("Store", better)

    place.store._reopen = reopen
    place.patience._seconds = _SOON
    place.clock.advance(60)
    assert place.store.providers()  # is asked, and not waited for
    assert place.patience.is_silent
    may_come.set()
    until(lambda: not place.patience.is_silent, seconds=30)
    assert place.store.inner is cast("object", better)


def test_that_rests_say_why(place: Place) -> None:
    place.stall()
    ask: Callable[[], object] = place.store.set_up_here
    for _ in range(2):
        with pytest.raises(StoreSilent):
            ask()
