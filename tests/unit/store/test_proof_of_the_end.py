# SPDX-License-Identifier: MIT
"""What an end is proven by, what was seen, whose clock a time is of: kept as it was told."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from jit_desktop.elevation.errors import ConcurrentChange, StoreDamaged, StoreLocked, UnknownItem
from jit_desktop.elevation.identity import SecurityId
from jit_desktop.elevation.lifecycle import EndReason, Event
from jit_desktop.elevation.model import (
    Elevation,
    GrantedPrivilege,
    RemainingRight,
    Seen,
    Sight,
    Step,
    StepReport,
    StepStatus,
    TimeSource,
    Transition,
)
from jit_desktop.elevation.ports import KeptTime
from jit_desktop.store import SqliteStore
from tests.unit.store.values import ACTOR, GROUP, NOW, advance, begin, elevation, guid, move, provider

LATER = NOW + timedelta(minutes=1)
REMAINS = (
    RemainingRight(GROUP.guid, "RDM Admins", ("a direct membership", "Öl"), since_before=False),
    RemainingRight(GROUP.guid, "RDM Admins", ("X until then",), by_elevation=True),
)


def _running(store: SqliteStore, number: int = 200) -> Elevation:
    return advance(store, begin(store, number, adopted=True), Event.GRANTED)


def _begun_to_end(current: Elevation) -> tuple[Elevation, Transition]:
    moved = current.after(Event.END_STARTED)
    return moved, move(moved, Event.END_STARTED, current.state)


# --- fields -----------------------------------------------------------------------------------------------


def test_that_what_is_left_of_it_and_what_is_wrong_with_it_is_kept_and_audited(store: SqliteStore) -> None:
    current = advance(
        store,
        _running(store),
        Event.END_STARTED,
        remains=REMAINS,
        leftover="The group can't be deleted.",
        suspicion="renamed",
    )
    kept = store.elevation(current.id)
    assert (kept.remains, kept.leftover, kept.suspicion) == (
        REMAINS,
        "The group can't be deleted.",
        "renamed",
    )
    detail = store.audit()[0].detail
    assert detail["remains"] == [
        {
            "group": GROUP.guid,
            "label": "RDM Admins",
            "ways": ["a direct membership", "Öl"],
            "since_before": False,
            "by_elevation": False,
        },
        {
            "group": GROUP.guid,
            "label": "RDM Admins",
            "ways": ["X until then"],
            "since_before": None,
            "by_elevation": True,
        },
    ]
    assert (detail["leftover"], detail["suspicion"]) == ("The group can't be deleted.", "renamed")


def test_that_what_the_account_had_before_is_kept_when_it_is_found_out(store: SqliteStore) -> None:
    current = begin(store)
    assert store.elevation(current.id).privileges[0].held_before is None
    privileges = (GrantedPrivilege(GROUP, "RDM Admins", SecurityId("S-1-5-21-1-2-3-4"), held_before=True),)
    advance(store, current, Event.CHECKED, privileges=privileges)
    assert store.elevation(current.id).privileges == privileges


def test_that_what_left_something_behind_is_asked_about_again(store: SqliteStore) -> None:
    current = advance(store, _running(store), Event.END_STARTED)
    ended = advance(store, current, Event.END_CONFIRMED, leftover="A group.", end_reason=EndReason.DEADLINE)
    assert [e.id for e in store.unconfirmed_elevations(ended.provider_id)] == [ended.id]


@pytest.mark.parametrize("clock", list(TimeSource))
def test_that_every_time_says_whose_clock_it_is_of(store: SqliteStore, clock: TimeSource) -> None:
    new = elevation()
    store.begin(new, replace(move(new, Event.REQUESTED, None), clock=clock))
    step = StepReport(new.id, NOW, Step.EMPTY_GROUP, StepStatus.DONE, "Done.", clock=clock)
    store.add_steps([step, step])
    assert [t.clock for t in store.transitions(new.id)] == [clock]
    assert list(store.steps(new.id)) == [step, step]
    assert store.audit()[0].detail["clock"] == clock.value


# --- looks at it ------------------------------------------------------------------------------------------


def test_that_a_look_is_kept_without_another_revision(store: SqliteStore) -> None:
    current = _running(store)
    sight = Sight(NOW, Seen.CHANGED, "renamed")
    store.note_sights({current.id: sight, elevation(999).id: sight})
    kept = store.elevation(current.id)
    assert kept == replace(current, sight=sight)
    with pytest.raises(UnknownItem):
        store.elevation(elevation(999).id)
    assert store.advance(*_begun_to_end(current)).revision == current.revision + 1


def test_that_a_move_made_from_what_was_read_before_does_not_forget_a_look(store: SqliteStore) -> None:
    current = _running(store)
    store.note_sights({current.id: Sight(NOW, Seen.AS_GRANTED)})
    read_then = store.elevation(current.id)
    last = Sight(LATER, Seen.CHANGED, "renamed")
    store.note_sights({current.id: last})
    store.advance(*_begun_to_end(read_then))
    assert store.elevation(current.id).sight == last


def test_that_a_move_may_bring_a_later_look(store: SqliteStore) -> None:
    current = _running(store)
    store.note_sights({current.id: Sight(NOW, Seen.AS_GRANTED)})
    last = Sight(LATER, Seen.NOT_VISIBLE)
    advance(store, current, Event.END_STARTED, sight=last)
    assert store.elevation(current.id).sight == last


# --- many at once -----------------------------------------------------------------------------------------


def test_that_many_move_together_and_each_by_its_own_revision(store: SqliteStore) -> None:
    several = [_running(store, 200 + n) for n in range(4)]
    advance(store, several[1], Event.REPLICATED)
    missing = replace(several[0], id=elevation(999).id)
    moves = [_begun_to_end(e) for e in (*several, missing)]
    stored = store.advance_all(moves)
    assert [isinstance(kept, ConcurrentChange) for kept in stored] == [False, True, False, False, True]
    assert store.elevation(several[0].id) == stored[0]
    assert store.verify_audit() == []


@pytest.mark.expects_log("A fault of the program with the database")
def test_that_of_many_none_moves_where_one_can_not_be_written(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = [_running(store, 200 + n) for n in range(3)]
    written: list[object] = []

    def fail(*_: object, **__: object) -> None:
        written.append(None)
        if len(written) == 3:
            raise RuntimeError("the program has a bug")

    monkeypatch.setattr("jit_desktop.store.audit_trail.append", fail)
    with pytest.raises(StoreDamaged, match="has a bug"):
        store.advance_all([_begun_to_end(e) for e in several])
    assert [store.elevation(e.id) for e in several] == several


def test_that_one_that_moves_twice_in_a_batch_moves_twice(store: SqliteStore) -> None:
    current = _running(store)
    ending, first = _begun_to_end(current)
    ended = replace(ending, revision=current.revision + 1).after(Event.END_CONFIRMED)
    second = move(ended, Event.END_CONFIRMED, ending.state)
    assert len(store.advance_all([(ending, first), (ended, second)])) == 2
    assert store.elevation(current.id).revision == current.revision + 2
    assert [t.event for t in store.transitions(current.id)][-2:] == [Event.END_STARTED, Event.END_CONFIRMED]


def test_that_a_lock_is_not_waited_for_by_what_must_not_wait(store: SqliteStore) -> None:
    current = _running(store)
    with closing(sqlite3.connect(store.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for write in (
            lambda: store.advance_all([_begun_to_end(current)], wait=False),
            lambda: store.advance_all([], wait=False),
            lambda: store.note_sights({current.id: Sight(NOW, Seen.CHANGED)}),
            lambda: store.keep_time(current.provider_id, KeptTime(NOW, 0.0)),
        ):
            with pytest.raises(StoreLocked):
                write()
        other.execute("ROLLBACK")


def test_that_a_lease_is_renewed_without_a_move(store: SqliteStore) -> None:
    current = _running(store)
    renewed = store.renew_lease(current, LATER)
    assert renewed == replace(current, next_attempt_at=LATER, revision=current.revision + 1)
    assert store.elevation(current.id) == renewed
    with pytest.raises(ConcurrentChange):
        store.renew_lease(current, LATER)
    assert len(store.transitions(current.id)) == 2


# --- time -------------------------------------------------------------------------------------------------


def test_that_the_story_of_one_elevation_never_runs_backwards(store: SqliteStore) -> None:
    current = _running(store)
    early = NOW - timedelta(days=1)
    other = begin(store, 201, adopted=True)
    current = advance(store, current, Event.END_STARTED, early)
    advance(store, current, Event.END_CONFIRMED, LATER)
    advance(store, other, Event.CHECKED, early)
    assert [t.at for t in store.transitions(current.id)] == [NOW, NOW, NOW, LATER]
    entries = [e for e in reversed(store.audit()) if e.detail["elevation"] == current.id]
    assert [e.at for e in entries] == [NOW, NOW, NOW, LATER]
    assert [e.detail.get("clock_said") for e in entries] == [None, None, early.isoformat(), None]
    assert store.verify_audit() == []


def test_that_the_trusted_time_is_kept_by_provider(store: SqliteStore) -> None:
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    assert store.kept_time(provider().id) is None
    store.keep_time(provider().id, KeptTime(NOW, -3.5))
    store.keep_time(provider().id, KeptTime(LATER, 2.25, went_back=True))
    assert store.kept_time(provider().id) == KeptTime(LATER, 2.25, went_back=True)
    store.keep_time(provider().id, KeptTime(LATER, 2.25))
    assert store.kept_time(provider().id) == KeptTime(LATER, 2.25)
    with pytest.raises(UnknownItem):
        store.keep_time(provider(number=101).id, KeptTime(NOW, 0.0))


def test_that_the_start_of_the_computer_is_kept_with_the_time(store: SqliteStore) -> None:
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    kept = KeptTime(LATER, 2.25, boot="boot-1", booted_at=NOW)
    store.keep_time(provider().id, kept)
    assert store.kept_time(provider().id) == kept
    store.save_provider(replace(provider(), name="Renamed"), at=NOW, actor=ACTOR)
    assert store.kept_time(provider().id) == kept
    store.keep_time(provider().id, KeptTime(LATER, 2.25))
    assert store.kept_time(provider().id) == KeptTime(LATER, 2.25)


@pytest.mark.parametrize("text", ["", "garbage", "2026-01-01T00:00:00", "9999-12-31T23:59:59-23:00"])
def test_that_a_start_that_can_not_be_read_loses_nothing_of_the_rest(store: SqliteStore, text: str) -> None:
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    store.keep_time(provider().id, KeptTime(LATER, 2.25, boot="boot-1", booted_at=NOW))
    with closing(sqlite3.connect(store.file, isolation_level=None)) as connection:
        connection.execute("UPDATE kept_time SET booted_at = ?", (text,))
    assert store.kept_time(provider().id) == KeptTime(LATER, 2.25, boot="boot-1")


def test_that_other_settings_do_not_forget_the_time(store: SqliteStore) -> None:
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    store.keep_time(provider().id, KeptTime(NOW, 1.0, went_back=True))
    store.save_provider(replace(provider(), name="Renamed"), at=NOW, actor=ACTOR)
    assert store.kept_time(provider().id) == KeptTime(NOW, 1.0, went_back=True)
    elsewhere = replace(provider().connection, server="dc2.corp.example.test")
    store.save_provider(replace(provider(), connection=elsewhere), at=NOW, actor=ACTOR)
    assert store.kept_time(provider().id) == KeptTime(NOW, 1.0, went_back=True)


def test_that_the_time_goes_with_its_provider(store: SqliteStore) -> None:
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    store.keep_time(provider().id, KeptTime(NOW, 1.0))
    store.delete_provider(provider().id, at=NOW, actor=ACTOR)
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    assert store.kept_time(provider().id) is None


def test_that_who_left_the_list_is_kept_with_the_time(store: SqliteStore) -> None:
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    store.remember_controllers(provider().id, ["dc1"], {"dc2": NOW})
    store.remember_controllers(provider().id, ["dc1"], {"dc2": NOW, "dc3": LATER})
    assert store.known_controllers(provider().id) == ("dc1",)
    assert store.departed_controllers(provider().id) == {"dc2": NOW, "dc3": LATER}
    store.save_provider(replace(provider(), name="Renamed"), at=NOW, actor=ACTOR)
    assert store.departed_controllers(provider().id) == {"dc2": NOW, "dc3": LATER}
    elsewhere = replace(provider().connection, server="dc9.corp.example.test")
    store.save_provider(replace(provider(), connection=elsewhere), at=NOW, actor=ACTOR)
    assert store.known_controllers(provider().id) == ()
    left = store.departed_controllers(provider().id)
    assert left.keys() == {"dc1", "dc2", "dc3"}
    assert left["dc2"] == NOW < LATER < left["dc1"], "later than whatever was granted"
    store.remember_controllers(provider().id, ["dc1"], {})
    assert store.departed_controllers(provider().id) == {}


# --- the database of the version before -------------------------------------------------------------------


def test_that_the_database_of_version_2_is_opened_with_all_that_is_in_it(tmp_path: Path) -> None:
    fixture = Path(__file__).parent / "fixtures" / "version-2.sql"
    with closing(sqlite3.connect(tmp_path / "jit-desktop.db")) as connection:
        connection.executescript(fixture.read_text(encoding="utf-8"))
    with SqliteStore(tmp_path) as store:
        (known,) = store.providers()
        assert (known.name, list(store.known_controllers(known.id))) == ("Corp", ["dc1.corp.example.test"])
        (running,) = store.open_elevations()
        assert (running.remains, running.leftover, running.suspicion, running.sight) == ((), "", "", None)
        assert (running.privileges[0].sid, running.privileges[0].held_before) == (None, None)
        assert {t.clock for t in store.transitions(running.id)} == {TimeSource.DOMAIN}
        assert [s.clock for s in store.steps(running.id)] == [TimeSource.DOMAIN]
        (over,) = store.history()
        assert list(over.unconfirmed_on) == ["dc2.corp.example.test"]
        assert store.verify_audit() == []
        advance(store, running, Event.END_STARTED, remains=REMAINS)
        assert store.elevation(running.id).remains == REMAINS
        assert guid(1) == GROUP.guid


def test_that_what_is_set_up_here_is_kept_by_name(store: SqliteStore) -> None:
    assert store.set_up_here() == frozenset()
    for _ in range(2):
        store.note_set_up_here("sweep", is_there=True)
    store.note_set_up_here("start-at-logon", is_there=True)
    store.note_set_up_here("start-at-logon", is_there=False)
    assert store.set_up_here() == {"sweep"}
