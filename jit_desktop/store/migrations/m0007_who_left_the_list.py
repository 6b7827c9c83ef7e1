# SPDX-License-Identifier: MIT
"""Since when a domain controller is in no list any more and does not answer."""

from __future__ import annotations

from typing import Any

from peewee import SqliteDatabase


def up(migrator: Any, database: SqliteDatabase) -> None:
    """Bring the tables from their sixth form to this one."""
    database.execute_sql("ALTER TABLE known_controller ADD COLUMN left_at TEXT")  # type: ignore[no-untyped-call]
