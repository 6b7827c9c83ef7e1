# SPDX-License-Identifier: MIT
"""What an end is proven by, what was last seen, whose clock a time is of, and the last trusted time."""

from __future__ import annotations

from typing import Any

from peewee import SqliteDatabase

_STATEMENTS = (
    "ALTER TABLE elevation ADD COLUMN remains TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE elevation ADD COLUMN leftover TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE elevation ADD COLUMN suspicion TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE elevation ADD COLUMN seen_at TEXT",
    "ALTER TABLE elevation ADD COLUMN seen TEXT",
    "ALTER TABLE elevation ADD COLUMN seen_words TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE elevation_privilege ADD COLUMN sid TEXT",
    "ALTER TABLE elevation_privilege ADD COLUMN held_before INTEGER",
    # Until now a time was stored without saying whose clock it is of; nearly all were the domain's.
    "ALTER TABLE \"transition\" ADD COLUMN clock TEXT NOT NULL DEFAULT 'domain'",
    "ALTER TABLE step ADD COLUMN clock TEXT NOT NULL DEFAULT 'domain'",
    "CREATE INDEX elevation_left_over ON elevation (provider_id) WHERE leftover <> ''",
    """
    CREATE TABLE kept_time (
        provider_id TEXT NOT NULL PRIMARY KEY REFERENCES provider (id) ON DELETE CASCADE,
        domain_time TEXT NOT NULL,
        ahead_of_computer_seconds REAL NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)


def up(migrator: Any, database: SqliteDatabase) -> None:
    """Bring the tables from their second form to this one."""
    for statement in _STATEMENTS:
        database.execute_sql(statement)  # type: ignore[no-untyped-call]
