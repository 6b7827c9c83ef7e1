# SPDX-License-Identifier: MIT
"""Elevations: one open checkout per account, nobody overwrites anybody, and the whole story is kept."""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings

from jit_desktop.elevation.errors import AccountCheckedOut, ConcurrentChange, StoreDamaged, UnknownItem
from jit_desktop.elevation.identity import ElevationId, ProviderId
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Elevation, GrantedPrivilege, Step, StepReport, StepStatus
from jit_desktop.store import SqliteStore
from tests.unit.store import values
from tests.unit.store.values import (
    ACTOR,
    GROUP,
    LOCATION,
    NOW,
    advance,
    begin,
    elevation,
    ended,
    guid,
    move,
    provider,
)


@given(values.elevations)
@settings(max_examples=40)
def test_that_any_elevation_comes_back_as_it_was_stored(new: Elevation) -> None:
    with tempfile.TemporaryDirectory() as folder, SqliteStore(Path(folder)) as store:
        stored = store.begin(new, move(new, Event.ADOPTED, None))
        assert stored == replace(new, revision=1)
        assert store.elevation(new.id) == stored
        assert list(store.open_elevations(new.provider_id)) == [stored]


@pytest.mark.expects_log("A fault of the program with the database")
def test_that_a_naive_time_is_refused(store: SqliteStore) -> None:
    with pytest.raises(StoreDamaged, match="naive"):
        begin(store, deadline=datetime(2026, 3, 1))  # noqa: DTZ001
    assert list(store.open_elevations()) == []


def test_that_a_time_of_another_zone_comes_back_as_the_same_moment_in_utc(store: SqliteStore) -> None:
    there = datetime(2026, 3, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    found = store.elevation(begin(store, deadline=there).id)
    assert found.deadline == there
    assert found.deadline.tzinfo is UTC


def test_that_an_account_is_checked_out_once(store: SqliteStore) -> None:
    first = begin(store, 200, requested_by="CORP\\bob")
    with pytest.raises(AccountCheckedOut) as caught:
        begin(store, 201)
    assert (caught.value.by, caught.value.until) == ("CORP\\bob", first.deadline)
    assert list(store.open_elevations()) == [first]
    assert len(store.audit()) == 1


def test_that_an_account_can_be_checked_out_again_after_its_elevation_ended(store: SqliteStore) -> None:
    ended(store, 200)
    assert begin(store, 201).is_open


def test_that_the_same_account_of_another_provider_is_another_account(store: SqliteStore) -> None:
    begin(store, 200)
    assert begin(store, 201, provider_id=ProviderId("other")).is_open


def test_that_an_elevation_found_in_the_directory_is_kept_beside_an_open_one(store: SqliteStore) -> None:
    own = begin(store, 200)
    found = begin(store, 201, adopted=True, state=State.ACTIVE)
    assert {e.id for e in store.open_elevations()} == {own.id, found.id}


def test_that_an_account_is_not_checked_out_beside_an_elevation_found_in_the_directory(
    store: SqliteStore,
) -> None:
    begin(store, 200, adopted=True, state=State.ACTIVE)
    with pytest.raises(AccountCheckedOut):
        begin(store, 201)


def test_that_an_elevation_that_ended_here_is_open_again_when_its_group_comes_back(
    store: SqliteStore,
) -> None:
    done = ended(store, 200)
    other_target = (GrantedPrivilege(values.ref("Other", 77)),)
    back = begin(store, 200, adopted=True, state=State.ACTIVE, privileges=other_target)
    assert back.revision == done.revision + 1
    assert list(store.open_elevations()) == [back]
    assert list(store.history()) == []


def test_that_an_open_elevation_is_not_begun_twice(store: SqliteStore) -> None:
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    begin(store, 200, adopted=True, state=State.ACTIVE)
    with pytest.raises(ConcurrentChange):
        begin(store, 200, adopted=True, state=State.ACTIVE)


def test_that_an_open_elevation_of_a_provider_that_is_gone_is_adopted_by_another_one(
    store: SqliteStore,
) -> None:
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    lost = begin(store, 200, provider_id=ProviderId("gone"), state=State.ACTIVE)
    with pytest.raises(ConcurrentChange):
        begin(store, 200, state=State.ACTIVE)
    found = begin(store, 200, adopted=True, state=State.ACTIVE)
    assert (found.provider_id, found.revision) == (provider().id, lost.revision + 1)
    assert list(store.open_elevations(provider().id)) == [found]


def test_that_of_two_who_change_the_same_revision_the_second_is_told(store: SqliteStore) -> None:
    seen = begin(store)
    won = advance(store, seen, Event.GRANTED, domain_controller="dc1")
    with pytest.raises(ConcurrentChange):
        advance(store, seen, Event.REFUSED, failure="lost")
    assert store.elevation(seen.id) == won
    assert [t.event for t in store.transitions(seen.id)] == [Event.REQUESTED, Event.GRANTED]
    assert len(store.audit()) == 2


def test_that_an_unknown_elevation_is_named_as_unknown(store: SqliteStore) -> None:
    with pytest.raises(UnknownItem):
        store.elevation(ElevationId("nobody"))
    with pytest.raises(UnknownItem):
        advance(store, elevation(), Event.GRANTED)


def test_that_an_elevation_is_not_stored_with_the_transition_of_another(store: SqliteStore) -> None:
    with pytest.raises(ValueError, match="is not the move"):
        store.begin(elevation(200), move(elevation(201), Event.REQUESTED, None))
    with pytest.raises(ValueError, match="is not the move"):
        store.begin(elevation(200), move(elevation(200, state=State.ACTIVE), Event.REQUESTED, None))


def test_that_every_transition_is_kept_in_order_and_audited(store: SqliteStore) -> None:
    done = ended(store, 200)
    kept = store.transitions(done.id)
    assert [(t.from_state, t.to_state) for t in kept] == [
        (None, State.GRANTING),
        (State.GRANTING, State.PROPAGATING),
        (State.PROPAGATING, State.ACTIVE),
        (State.ACTIVE, State.ENDING),
        (State.ENDING, State.ENDED),
    ]
    assert {(t.actor, t.detail, t.at) for t in kept} == {(ACTOR, "because", NOW)}
    assert [e.action for e in reversed(store.audit())] == [f"elevation.{t.event}" for t in kept]


def test_that_steps_are_kept_in_order_even_before_the_elevation_is_stored(store: SqliteStore) -> None:
    reports = [
        StepReport(elevation().id, NOW, step, status, f"{step} {status}", "dc1")
        for step in Step
        for status in StepStatus
    ]
    for report in reports:
        store.add_step(report)
    assert list(store.steps(elevation().id)) == reports
    assert list(store.steps(ElevationId("other"))) == []


# --- by group ---------------------------------------------------------------------------------------------


def test_that_what_a_group_was_made_for_is_found_however_long_ago(store: SqliteStore) -> None:
    first = ended(store, 200, group_guid=guid(1999))
    second = ended(store, 201, NOW + timedelta(days=999), group_guid=guid(7))
    asked = [guid(n) for n in range(5, 2000)]  # more than one question may name
    assert store.elevations_of_groups(provider().id, asked) == {guid(1999): first, guid(7): second}
    assert store.elevations_of_groups(provider("Other", 101).id, asked) == {}
    assert store.elevations_of_groups(provider().id, []) == {}


def test_that_of_several_elevations_of_a_group_the_open_one_is_found_then_the_latest(
    store: SqliteStore,
) -> None:
    later = NOW + timedelta(minutes=1)
    latest = ended(store, 200, later, group_guid=guid(7))
    ended(store, 201, NOW, group_guid=guid(7))
    assert store.elevations_of_groups(provider().id, [guid(7)]) == {guid(7): latest}
    running = begin(store, 202, group_guid=guid(7))
    assert store.elevations_of_groups(provider().id, [guid(7)]) == {guid(7): running}


def test_that_every_creation_location_that_was_used_is_known(store: SqliteStore) -> None:
    ended(store, 200)
    begin(store, 201, location=GROUP)
    assert store.used_locations(provider().id) == {LOCATION.guid, GROUP.guid}
    assert store.used_locations(provider("Other", 101).id) == set()


def test_that_the_groups_are_known_that_elevations_may_still_give(store: SqliteStore) -> None:
    def of(number: int) -> tuple[GrantedPrivilege, ...]:
        return (GrantedPrivilege(values.ref(f"Group {number}", number)),)

    ended(store, 200, privileges=of(20))
    ended(store, 202, privileges=of(22), unconfirmed_on=("dc2",))
    ended(store, 203, privileges=of(23), leftover="It can't be deleted.")
    begin(store, 201, privileges=of(21))
    assert store.used_targets(provider().id) == {guid(21), guid(22), guid(23)}
    assert store.used_targets(provider("Other", 101).id) == set()


# --- history ----------------------------------------------------------------------------------------------


def test_that_history_shows_what_is_over_latest_first_in_pages(store: SqliteStore) -> None:
    done = [ended(store, 200 + i, NOW + timedelta(minutes=i)) for i in range(5)]
    begin(store, 300)
    assert list(store.history()) == done[::-1]
    assert list(store.history(limit=2, offset=1)) == [done[3], done[2]]


def test_that_history_holds_refused_requests(store: SqliteStore) -> None:
    refused = advance(store, begin(store), Event.REFUSED, failure="no rights")
    assert list(store.history()) == [refused]


@pytest.mark.parametrize(
    "text",
    ["BACKUPoperator", "rdm admins", "remote desktop", "alice", "ÜBER", "chg-4711", "admins alice", ""],
)
def test_that_history_is_searched_without_regard_to_case(store: SqliteStore, text: str) -> None:
    done = ended(store, 200, reason="über Nacht", ticket="CHG-4711")
    assert list(store.history(text=text)) == [done]


@pytest.mark.parametrize("text", ["nobody", "%", "_x", "alice nobody", "'; DROP TABLE elevation; --"])
def test_that_history_without_a_match_is_empty(store: SqliteStore, text: str) -> None:
    ended(store, 200)
    assert list(store.history(text=text)) == []
    assert len(store.history()) == 1


def test_that_the_reason_of_an_end_is_kept(store: SqliteStore) -> None:
    done = ended(store, 200)
    assert (store.history()[0].end_reason, store.history()[0].ended_at) == (EndReason.CHECK_IN, NOW)
    assert store.history()[0] == done


def test_that_the_story_of_one_elevation_never_runs_backwards(store: SqliteStore) -> None:
    first = begin(store)
    advance(store, first, Event.GRANTED, NOW - timedelta(days=1))
    times = [transition.at for transition in store.transitions(first.id)]
    assert times == sorted(times)


def test_that_a_lease_of_what_others_have_moved_is_not_renewed(store: SqliteStore) -> None:
    seen = begin(store)
    moved = advance(store, seen, Event.GRANTED)
    with pytest.raises(ConcurrentChange):
        store.renew_lease(seen, NOW + timedelta(minutes=2))
    assert store.elevation(seen.id) == moved
    renewed = store.renew_lease(moved, NOW + timedelta(minutes=2))
    assert store.elevation(seen.id) == renewed


def test_that_a_group_that_is_left_over_is_remembered_until_it_is_gone(store: SqliteStore) -> None:
    over = ended(store, 200, leftover="JIT_x is there and gives nothing.")
    assert list(store.unconfirmed_elevations(over.provider_id)) == [over]
    advance(store, over, Event.CONFIRMED_LATER, leftover="")
    assert list(store.unconfirmed_elevations(over.provider_id)) == []


# --- rows that no version wrote ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("ready_at", "0001-01-01T00:00:00+01:00"),  # before the year 1 in UTC
        ("ready_at", "yesterday"),
        ("deadline", "9999-12-31T23:59:59-10:00"),
        ("remains", "[" * 200_000),
        ("remains", '{"a": 1}'),
        ("remains", "[1]"),
        ("state", "lent"),
        ("revision", 2**63 - 1),
        ("attempts", -1_000_000),
        ("duration_seconds", 10**15),
        ("directory_ends_at", "0001-01-01T00:00:00.000000Z"),
        ("granted_at", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_that_a_row_that_can_not_be_read_is_damage_and_no_fault(
    store: SqliteStore, column: str, value: object
) -> None:
    """Damage is answered by what the directory shows; a fault of the program ends nothing."""
    somebody = values.ref("_somebody", 301)
    damaged, other = begin(store, 200), begin(store, 300, account=somebody)
    with closing(sqlite3.connect(store.file)) as connection:
        connection.execute(f"UPDATE elevation SET {column} = ? WHERE id = ?", (value, damaged.id))
        connection.commit()
    with pytest.raises(StoreDamaged) as caught:
        store.open_elevations()
    assert list(caught.value.readable) == [other], "what the others say counts"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE elevation SET reason = {no_text} WHERE id = '{id}'",
        "UPDATE elevation SET ticket = {no_text} WHERE id = '{id}'",
        "UPDATE elevation SET domain_controller = {no_text} WHERE id = '{id}'",
        "UPDATE elevation SET id = {no_text} WHERE id = '{id}'",
        "UPDATE elevation_privilege SET display_name = {no_text} WHERE elevation_id = '{id}'",
    ],
)
def test_that_a_text_that_is_not_utf_8_is_damage_of_its_own_row(store: SqliteStore, statement: str) -> None:
    """One flipped bit does it, and SQLite's own check finds nothing wrong."""
    somebody = values.ref("_somebody", 301)
    damaged, other = begin(store, 200), begin(store, 300, account=somebody)
    with closing(sqlite3.connect(store.file)) as connection:
        connection.execute(statement.format(no_text="CAST(x'41ff' AS TEXT)", id=damaged.id))
        connection.commit()
        assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    with pytest.raises(StoreDamaged, match="not UTF-8") as caught:
        store.open_elevations()
    assert list(caught.value.readable) == [other], "what the others say counts"
    assert store.elevation(other.id) == other


def test_that_a_move_after_one_whose_time_can_not_be_read_is_damage_and_no_fault(store: SqliteStore) -> None:
    current = begin(store, 200)
    with closing(sqlite3.connect(store.file)) as connection:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'transition'"
        for (name,) in connection.execute(triggers).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE \"transition\" SET at = '0001-01-01T00:00:00+01:00'")
        connection.commit()
    with pytest.raises(StoreDamaged):
        advance(store, current, Event.GRANTED)
