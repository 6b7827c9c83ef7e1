# SPDX-License-Identifier: MIT
"""What was ever made is found by its temporary group, however long the history is."""

from __future__ import annotations

from typing import Any

from peewee import SqliteDatabase

_STATEMENTS = (
    "CREATE INDEX elevation_group ON elevation (group_guid) WHERE group_guid IS NOT NULL",
    # The location first: questions for a provider's elevations would take this index for theirs otherwise.
    "CREATE INDEX elevation_location ON elevation (location_guid, provider_id)",
)


def up(migrator: Any, database: SqliteDatabase) -> None:
    """Bring the tables from their third form to this one."""
    for statement in _STATEMENTS:
        database.execute_sql(statement)  # type: ignore[no-untyped-call]
