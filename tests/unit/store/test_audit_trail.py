# SPDX-License-Identifier: MIT
"""The audit trail can't be changed without its being seen."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jit_desktop.elevation.errors import StoreDamaged
from jit_desktop.store import SqliteStore, audit_trail
from tests.unit.store.values import ACTOR, NOW, begin, ended

_TRIGGERS = (
    "audit_is_not_changed",
    "audit_is_not_deleted",
    "audit_goes_on_from_its_head",
    "audit_head_only_grows",
    "audit_head_stays",
)


def _tamper(store: SqliteStore, *statements: str) -> None:
    """What somebody does who knows his way about SQLite: the triggers go first."""
    with closing(sqlite3.connect(store.file, isolation_level=None)) as connection:
        for statement in (*(f"DROP TRIGGER {name}" for name in _TRIGGERS), *statements):
            connection.execute(statement)


@pytest.fixture
def trail(store: SqliteStore) -> SqliteStore:
    """A store with six entries."""
    ended(store, 200)
    store.add_audit(at=NOW, actor=ACTOR, action="sweep", subject="Corp", detail={"ended": 1, "naïve": None})
    return store


def test_that_an_untouched_trail_has_no_problems(trail: SqliteStore) -> None:
    assert len(trail.audit()) == 6
    assert trail.verify_audit() == []


def test_that_an_empty_trail_has_no_problems(store: SqliteStore) -> None:
    assert store.verify_audit() == []


def test_that_entries_come_back_latest_first_in_pages(trail: SqliteStore) -> None:
    newest = trail.audit(limit=1)[0]
    assert (newest.number, newest.action, newest.detail) == (6, "sweep", {"ended": 1, "naïve": None})
    assert [e.number for e in trail.audit(limit=3, offset=1)] == [5, 4, 3]
    assert newest.previous_hash == trail.audit(limit=1, offset=1)[0].hash


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody' WHERE number = 2",
        "DELETE FROM audit WHERE number = 6",
        "INSERT OR REPLACE INTO audit VALUES (2, '', '', '', '', '{}', '', '')",
        "INSERT INTO audit VALUES (9, '', '', '', '', '{}', '', '')",
        "UPDATE audit_head SET count = 0",
        "DELETE FROM audit_head",
        "UPDATE transition SET actor = 'nobody'",
        "DELETE FROM transition",
    ],
)
def test_that_the_database_itself_refuses_a_change(trail: SqliteStore, statement: str) -> None:
    with closing(sqlite3.connect(trail.file)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    assert trail.verify_audit() == []


@pytest.mark.parametrize(
    ("statement", "numbers"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE number = 3", {3}),
        ("UPDATE audit SET at = '2020-01-01T00:00:00.000000Z' WHERE number = 1", {1}),
        ("UPDATE audit SET detail = '{}' WHERE number = 2", {2}),
        ("UPDATE audit SET detail = 'no JSON' WHERE number = 2", {2}),
        ("UPDATE audit SET detail = detail || ' ' WHERE number = 2", {2}),
        ("UPDATE audit SET detail = 'NaN' WHERE number = 2", {2}),
        ("UPDATE audit SET hash = 'x' WHERE number = 4", {4, 5}),
        ("DELETE FROM audit WHERE number = 3", {3, 4}),
        ("DELETE FROM audit WHERE number = 6", {0}),
        ("DELETE FROM audit", {0}),
        ("UPDATE audit_head SET count = 5", {0}),
        ("DELETE FROM audit_head", {0}),
        (
            "INSERT INTO audit SELECT 7, at, '', '', '', '{}', hash, hash FROM audit WHERE number = 6",
            {7, 0},
        ),
    ],
)
def test_that_a_change_is_found_where_it_was_made(
    trail: SqliteStore, statement: str, numbers: set[int]
) -> None:
    _tamper(trail, statement)
    assert {problem.number for problem in trail.verify_audit()} == numbers


def test_that_a_trail_computed_anew_does_not_hold_against_an_earlier_export(trail: SqliteStore) -> None:
    earlier = str(trail.export_audit()["head"])
    assert trail.verify_audit(known_head=earlier) == []
    begin(trail, 300)
    assert trail.verify_audit(known_head=earlier) == []
    _tamper(trail, "DELETE FROM audit", "UPDATE audit_head SET count = 0, hash = ''")
    trail.add_audit(at=NOW, actor=ACTOR, action="sweep", subject="Corp", detail={})
    assert trail.verify_audit() == []
    assert [problem.number for problem in trail.verify_audit(known_head=earlier)] == [0]


def test_that_an_export_proves_itself_without_the_database(trail: SqliteStore) -> None:
    document = json.loads(json.dumps(trail.export_audit()))
    assert (document["format"], document["version"], document["count"]) == ("jit-desktop-audit", 1, 6)
    assert audit_trail.problems(document) == []
    document["entries"][2]["detail"]["deadline"] = "2099-01-01"
    assert [p.number for p in audit_trail.problems(document)] == [3]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(entries="none"),
        lambda d: d["entries"][0].pop("actor"),
        lambda d: d["entries"][0].update(number="one"),
        lambda d: d["entries"].insert(0, "no entry"),
        lambda d: d.pop("head"),
    ],
)
def test_that_a_malformed_export_is_a_problem_and_no_crash(
    trail: SqliteStore, spoil: Callable[[dict[str, object]], object]
) -> None:
    document = json.loads(json.dumps(trail.export_audit()))
    spoil(document)
    assert audit_trail.problems(document) != []


_texts = st.text(max_size=8)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=4,
)


@given(st.dictionaries(_texts, _json, max_size=4))
def test_that_the_hashed_text_does_not_depend_on_the_order_of_keys(detail: dict[str, object]) -> None:
    backwards = dict(reversed(detail.items()))
    text = audit_trail.canonical_json(detail)
    assert text == audit_trail.canonical_json(backwards)
    assert json.loads(text) == detail


@pytest.mark.expects_log("A fault of the program with the database")
def test_that_what_fails_leaves_no_entry(store: SqliteStore) -> None:
    with pytest.raises(StoreDamaged, match="TypeError"):
        store.add_audit(at=NOW, actor=ACTOR, action="x", subject="y", detail={"not JSON": object()})
    assert store.verify_audit() == []
    assert list(store.audit()) == []


def test_that_a_trail_that_has_lost_its_head_is_damage_and_no_fault(store: SqliteStore) -> None:
    """What is due ends whether or not that can be recorded; a fault of the program is an alarm."""
    _tamper(store, "DELETE FROM audit_head")
    with pytest.raises(StoreDamaged, match="has lost its head"):
        begin(store)
    assert list(store.open_elevations()) == []
