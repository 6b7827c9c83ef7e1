# SPDX-License-Identifier: MIT
"""What is told of one elevation never runs backwards, and says whose clock its times are of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from jit_desktop.elevation.lifecycle import EndReason, Event
from jit_desktop.elevation.model import Elevation, Step, StepReport, StepStatus, TimeSource
from jit_desktop.store import SqliteStore
from tests.unit.store.values import ACTOR, NOW, advance, begin, elevation, move, provider

AHEAD = NOW + timedelta(minutes=4)
TRUE = NOW + timedelta(seconds=5)


def _active(store: SqliteStore) -> Elevation:
    granted = advance(store, begin(store), Event.GRANTED)
    return advance(store, granted, Event.REPLICATED)


def _moved(
    store: SqliteStore, known: Elevation, event: Event, at: datetime, clock: TimeSource, **changes: object
) -> Elevation:
    after = known.after(event, **changes)
    return store.advance(after, replace(move(after, event, known.state, at), clock=clock))


def _ended_by_a_clock_that_was_ahead(store: SqliteStore) -> Elevation:
    """Its end was begun by this computer's clock, which is ahead, and confirmed by the domain's."""
    begun = _moved(store, _active(store), Event.END_STARTED, AHEAD, TimeSource.COMPUTER)
    confirmed = {"ended_at": TRUE, "end_reason": EndReason.CHECK_IN}
    return _moved(store, begun, Event.END_CONFIRMED, TRUE, TimeSource.DOMAIN, **confirmed)


def _damage(store: SqliteStore, how: str) -> None:
    with closing(sqlite3.connect(store.file)) as other:
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {name}")
        other.execute(how)
        other.commit()


def _is_in_order(times: Iterable[datetime]) -> bool:
    return all(one <= other for one, other in pairwise(times))


def test_that_no_end_is_before_it_was_begun(store: SqliteStore) -> None:
    ended = _ended_by_a_clock_that_was_ahead(store)
    assert ended.ended_at == AHEAD
    assert ended.ended_clock is TimeSource.PUT_AFTER
    assert store.elevation(ended.id) == ended
    assert [e.ended_clock for e in store.history()] == [TimeSource.PUT_AFTER]


def test_that_a_time_that_no_clock_said_is_not_called_the_domains(store: SqliteStore) -> None:
    ended = _ended_by_a_clock_that_was_ahead(store)
    told = store.transitions(ended.id)
    assert [t.at for t in told][-2:] == [AHEAD, AHEAD]
    assert [t.clock for t in told][-2:] == [TimeSource.COMPUTER, TimeSource.PUT_AFTER]
    last = store.audit(limit=1)[0]
    assert last.at == AHEAD
    assert (last.detail["clock"], last.detail["clock_said"]) == ("put-after", TRUE.isoformat())
    assert last.detail["clock_that_said"] == "domain"
    assert store.verify_audit() == []


def test_that_an_end_by_a_good_clock_is_the_domains(store: SqliteStore) -> None:
    begun = _moved(store, _active(store), Event.END_STARTED, NOW, TimeSource.DOMAIN)
    ended = _moved(store, begun, Event.END_CONFIRMED, TRUE, TimeSource.DOMAIN, ended_at=TRUE)
    assert (ended.ended_at, ended.ended_clock) == (TRUE, TimeSource.DOMAIN)
    assert "clock_said" not in store.audit(limit=1)[0].detail


def test_that_what_is_confirmed_later_does_not_move_the_end(store: SqliteStore) -> None:
    begun = _moved(store, _active(store), Event.END_STARTED, NOW, TimeSource.DOMAIN)
    ended = _moved(
        store, begun, Event.END_CONFIRMED, TRUE, TimeSource.DOMAIN, ended_at=TRUE, unconfirmed_on=("dc2",)
    )
    later = _moved(store, ended, Event.CONFIRMED_LATER, AHEAD, TimeSource.COMPUTER, unconfirmed_on=())
    assert (later.ended_at, later.ended_clock) == (TRUE, TimeSource.DOMAIN)
    assert store.elevation(later.id) == later


@pytest.mark.parametrize("at_once", [True, False])
def test_that_steps_do_not_run_backwards_either(store: SqliteStore, *, at_once: bool) -> None:
    known, other = begin(store, 200), begin(store, 201, adopted=True)
    at = [NOW + timedelta(seconds=0.334), NOW + timedelta(seconds=0.131), TRUE]
    reports = [StepReport(known.id, t, Step.CONFIRM_END, StepStatus.DONE, "Said.") for t in at]
    reports.insert(1, StepReport(other.id, NOW, Step.CONFIRM_END, StepStatus.DONE, "Said."))
    if at_once:
        store.add_steps(reports)
    else:
        for report in reports:
            store.add_step(report)
    told = store.steps(known.id)
    assert [s.at for s in told] == [at[0], at[0], TRUE]
    assert [s.clock for s in told] == [TimeSource.DOMAIN, TimeSource.PUT_AFTER, TimeSource.DOMAIN]
    assert list(store.steps(other.id)) == [reports[1]], "each elevation has a story of its own"


def _inspected(store: SqliteStore, known: Elevation, at: datetime) -> None:
    store.add_audit(
        at=at,
        actor=ACTOR,
        action="elevation.inspected",
        subject=known.account.name,
        detail={"elevation": known.id, "clock": "domain"},
    )


def test_that_what_else_is_audited_of_an_elevation_is_in_order(store: SqliteStore) -> None:
    known = _active(store)
    for at in (AHEAD, TRUE, NOW - timedelta(days=1)):
        _inspected(store, known, at)
    _moved(store, known, Event.END_STARTED, TRUE, TimeSource.COMPUTER)
    entries = [e for e in reversed(store.audit()) if e.detail.get("elevation") == known.id]
    assert _is_in_order(e.at for e in entries)
    assert [e.detail["clock"] for e in entries][-4:] == ["domain", "put-after", "put-after", "put-after"]
    assert store.verify_audit() == []


def test_that_a_move_by_the_domains_clock_is_told_after_what_another_process_told_later(
    store: SqliteStore,
) -> None:
    """Two processes read the clock of the domain in whole seconds, and differ by up to one."""
    known = _active(store)
    _inspected(store, known, TRUE + timedelta(seconds=0.9))
    moved = _moved(store, known, Event.END_STARTED, TRUE, TimeSource.DOMAIN)
    entries = [e for e in reversed(store.audit()) if e.detail.get("elevation") == known.id]
    assert _is_in_order(e.at for e in entries)
    assert (entries[-1].detail["clock"], entries[-1].detail["clock_said"]) == ("put-after", TRUE.isoformat())
    last = store.transitions(moved.id)[-1]
    assert (last.at, last.clock) == (TRUE, TimeSource.DOMAIN), "the move itself was in its order"
    assert store.verify_audit() == []


def test_that_other_entries_keep_the_time_that_they_were_given(store: SqliteStore) -> None:
    _inspected(store, begin(store, 200), AHEAD)
    store.add_audit(at=TRUE, actor=ACTOR, action="schedule.removed", subject="x", detail={})
    _inspected(store, begin(store, 201, adopted=True), TRUE)
    assert [e.at for e in store.audit(limit=3) if e.action != "elevation.requested"] == [TRUE, TRUE]


def test_that_a_clock_that_nobody_knows_hides_no_elevation(store: SqliteStore) -> None:
    ended = _ended_by_a_clock_that_was_ahead(store)
    _damage(store, "UPDATE \"transition\" SET clock = 'sundial' WHERE event = 'end-confirmed'")
    assert store.elevation(ended.id) == replace(ended, ended_clock=None)


def test_that_a_time_that_somebody_has_damaged_keeps_nothing_from_being_recorded(store: SqliteStore) -> None:
    known = _active(store)
    _damage(store, "UPDATE audit SET at = 'noon'")
    begun = _moved(store, known, Event.END_STARTED, TRUE, TimeSource.COMPUTER)
    assert store.elevation(known.id) == begun


def test_that_an_elevation_that_is_open_has_no_clock_of_its_end(store: SqliteStore) -> None:
    assert begin(store).ended_clock is None
    assert store.elevation(elevation().id).ended_clock is None


def test_that_what_is_told_of_settings_names_this_computers_clock(store: SqliteStore) -> None:
    changed = replace(provider(), name="another name")
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    store.save_provider(changed, at=NOW, actor=ACTOR)
    store.delete_provider(changed.id, at=NOW, actor=ACTOR)
    told = {entry.action: entry.detail["clock"] for entry in store.audit()}
    assert told == {f"provider.{what}": "computer" for what in ("added", "changed", "deleted")}
