# SPDX-License-Identifier: MIT
"""When and by what the directory ends an elevation itself, extensions under way, and domain controllers."""

from __future__ import annotations

from typing import Any

from peewee import SqliteDatabase

_STATEMENTS = (
    # Until now nothing but this program ended an elevation.
    "ALTER TABLE elevation ADD COLUMN mechanism TEXT NOT NULL DEFAULT 'none'",
    "ALTER TABLE elevation ADD COLUMN directory_ends_at TEXT",
    "ALTER TABLE elevation ADD COLUMN extending_to TEXT",
    "ALTER TABLE elevation DROP COLUMN guarantee",
    """
    CREATE TABLE elevation_unconfirmed (
        elevation_id TEXT NOT NULL REFERENCES elevation (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        host TEXT NOT NULL,
        PRIMARY KEY (elevation_id, position)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE known_controller (
        provider_id TEXT NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        host TEXT NOT NULL,
        PRIMARY KEY (provider_id, position)
    ) STRICT, WITHOUT ROWID
    """,
)


def up(migrator: Any, database: SqliteDatabase) -> None:
    """Bring the tables from their first form to this one."""
    for statement in _STATEMENTS:
        database.execute_sql(statement)  # type: ignore[no-untyped-call]
