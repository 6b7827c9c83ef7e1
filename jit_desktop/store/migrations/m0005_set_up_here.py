# SPDX-License-Identifier: MIT
"""What was set up on this computer when it was looked at last, so that its loss is noticed."""

from __future__ import annotations

from typing import Any

from peewee import SqliteDatabase


def up(migrator: Any, database: SqliteDatabase) -> None:
    """Bring the tables from their fourth form to this one."""
    database.execute_sql(  # type: ignore[no-untyped-call]
        "CREATE TABLE set_up_here (name TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID"
    )
