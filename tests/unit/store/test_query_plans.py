# SPDX-License-Identifier: MIT
"""A long history must not slow what every tick and every start asks: proved by the plan, not by a clock."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from peewee import Query

from jit_desktop.store import SqliteStore, elevation_rows
from jit_desktop.store.fields import utc_text
from tests.unit.store.values import ACCOUNT, GROUP, LOCATION, NOW, begin, ended, provider

FINISHED = 10_000


@pytest.fixture(params=[True, False], ids=["analysed", "as it grew"])
def long_history(store: SqliteStore, request: pytest.FixtureRequest) -> Iterator[sqlite3.Connection]:
    """A store with one open elevation among ten thousand that are over: SQLite knows how many rows there are
    of what, or has to guess as it does in every store of ours."""
    ended(store, 200)
    begin(store, 201)
    with closing(sqlite3.connect(store.file)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info (elevation)")]
        rest = ", ".join(name for name in columns if name not in ("id", "closed_at"))
        connection.executemany(
            f"INSERT INTO elevation (id, closed_at, {rest}) SELECT ?, ?, {rest} FROM elevation"
            " WHERE closed_at IS NOT NULL LIMIT 1",
            [(str(uuid.uuid4()), utc_text(NOW + timedelta(minutes=i))) for i in range(FINISHED)],
        )
        if request.param:
            connection.execute("ANALYZE")
        connection.commit()
        yield connection


def _plan(connection: sqlite3.Connection, query: Query) -> list[str]:
    sql, parameters = query.sql()
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]


@pytest.mark.parametrize("every_provider", [True, False])
def test_that_open_elevations_are_found_by_the_index_of_open_elevations(
    long_history: sqlite3.Connection, every_provider: bool
) -> None:
    query = elevation_rows.all_open() if every_provider else elevation_rows.open_of(provider().id)
    assert "USING INDEX elevation_open" in _plan(long_history, query)[0]


def test_that_a_checkout_looks_for_others_among_open_elevations_only(
    long_history: sqlite3.Connection,
) -> None:
    plan = _plan(long_history, elevation_rows.open_for_account(provider().id, ACCOUNT.guid))
    assert "USING INDEX elevation_open" in plan[0]


def test_that_history_is_read_in_order_by_its_index(
    long_history: sqlite3.Connection, store: SqliteStore
) -> None:
    plan = _plan(long_history, elevation_rows.closed(limit=200, offset=0, text=""))
    assert any("elevation_closed" in line for line in plan)
    assert not any(line == "USE TEMP B-TREE FOR ORDER BY" for line in plan)
    page = store.history(limit=3)
    assert page[0].id != page[1].id
    assert len(store.history(limit=FINISHED * 2)) == FINISHED + 1


def test_that_what_a_group_was_made_for_is_found_by_its_index(
    long_history: sqlite3.Connection, store: SqliteStore
) -> None:
    of_groups = elevation_rows.of_groups(provider().id, [GROUP.guid, ACCOUNT.guid])
    assert "USING INDEX elevation_group" in _plan(long_history, of_groups)[0]
    assert (
        "COVERING INDEX elevation_location"
        in _plan(long_history, elevation_rows.locations_of(provider().id))[0]
    )
    assert store.used_locations(provider().id) == {LOCATION.guid}


def test_that_what_is_not_confirmed_is_found_without_reading_the_history(
    long_history: sqlite3.Connection,
) -> None:
    plan = _plan(long_history, elevation_rows.unconfirmed_of(provider().id))
    assert any("elevation_left_over" in line for line in plan), plan
    assert any("USING INDEX sqlite_autoindex_elevation" in line for line in plan), plan
    assert not any("elevation_closed" in line for line in plan), plan
