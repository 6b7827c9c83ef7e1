# SPDX-License-Identifier: MIT
"""Whether the clocks of a domain went back, against what this computer knows."""

from __future__ import annotations

from typing import Any

from peewee import SqliteDatabase


def up(migrator: Any, database: SqliteDatabase) -> None:
    """Bring the tables from their fifth form to this one."""
    database.execute_sql(  # type: ignore[no-untyped-call]
        "ALTER TABLE kept_time ADD COLUMN went_back INTEGER NOT NULL DEFAULT 0 CHECK (went_back IN (0, 1))"
    )
