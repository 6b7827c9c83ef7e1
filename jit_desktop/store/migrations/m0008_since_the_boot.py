# SPDX-License-Identifier: MIT
"""What the clock of a domain showed when this computer was started, and which start that was."""

from __future__ import annotations

from typing import Any

from peewee import SqliteDatabase

_STATEMENTS = (
    "ALTER TABLE kept_time ADD COLUMN boot TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE kept_time ADD COLUMN booted_at TEXT",
)


def up(migrator: Any, database: SqliteDatabase) -> None:
    """Bring the tables from their seventh form to this one."""
    for statement in _STATEMENTS:
        database.execute_sql(statement)  # type: ignore[no-untyped-call]
