# SPDX-License-Identifier: MIT
"""The first tables: providers with what belongs to them, elevations with their story, the audit trail."""

from __future__ import annotations

from typing import Any

from peewee import SqliteDatabase

_PROVIDERS = (
    """
    CREATE TABLE provider (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        server TEXT NOT NULL,
        method TEXT NOT NULL,
        port INTEGER NOT NULL,
        sign_in TEXT NOT NULL,
        bind_as TEXT NOT NULL,
        trust TEXT NOT NULL,
        ca_file TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        connect_timeout_seconds INTEGER NOT NULL,
        request_timeout_seconds INTEGER NOT NULL,
        privilege_sets_enabled INTEGER NOT NULL,
        group_prefix TEXT NOT NULL,
        location_guid TEXT,
        location_dn TEXT,
        location_name TEXT,
        replication_latency_seconds INTEGER NOT NULL,
        replication_mode TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE policy (
        provider_id TEXT NOT NULL PRIMARY KEY REFERENCES provider (id) ON DELETE CASCADE,
        default_seconds INTEGER NOT NULL,
        minimum_seconds INTEGER NOT NULL,
        maximum_seconds INTEGER NOT NULL,
        extension_allowed INTEGER NOT NULL,
        reason TEXT NOT NULL,
        ticket TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE session_argument (
        provider_id TEXT NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (provider_id, position)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE privilege (
        provider_id TEXT NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        guid TEXT NOT NULL,
        dn TEXT NOT NULL,
        name TEXT NOT NULL,
        display_name TEXT NOT NULL,
        PRIMARY KEY (provider_id, position)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE account (
        provider_id TEXT NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        guid TEXT NOT NULL,
        dn TEXT NOT NULL,
        name TEXT NOT NULL,
        display_name TEXT NOT NULL,
        PRIMARY KEY (provider_id, position)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE privilege_set (
        provider_id TEXT NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (provider_id, position)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE privilege_set_member (
        provider_id TEXT NOT NULL,
        set_position INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('privilege', 'account')),
        guid TEXT NOT NULL,
        PRIMARY KEY (provider_id, set_position, kind, guid),
        FOREIGN KEY (provider_id, set_position) REFERENCES privilege_set (provider_id, position)
            ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID
    """,
)

# An elevation names its provider without a foreign key: its history outlives the provider.
_ELEVATIONS = (
    """
    CREATE TABLE elevation (
        id TEXT NOT NULL PRIMARY KEY,
        provider_id TEXT NOT NULL,
        account_guid TEXT NOT NULL,
        account_dn TEXT NOT NULL,
        account_name TEXT NOT NULL,
        group_name TEXT NOT NULL,
        location_guid TEXT NOT NULL,
        location_dn TEXT NOT NULL,
        location_name TEXT NOT NULL,
        requested_by TEXT NOT NULL,
        requested_at TEXT NOT NULL,
        duration_seconds INTEGER NOT NULL,
        deadline TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        ticket TEXT NOT NULL,
        guarantee TEXT NOT NULL,
        domain_controller TEXT NOT NULL,
        group_guid TEXT,
        granted_at TEXT,
        ready_at TEXT,
        ended_at TEXT,
        end_reason TEXT,
        failure TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        next_attempt_at TEXT,
        adopted INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        closed_at TEXT,
        search_text TEXT NOT NULL,
        CHECK ((closed_at IS NOT NULL) = (state IN ('ended', 'failed')))
    ) STRICT
    """,
    # Only our own checkouts: an open one that was found in the directory must always find room here, or
    # nobody would end it.
    """
    CREATE UNIQUE INDEX elevation_one_open ON elevation (provider_id, account_guid)
        WHERE closed_at IS NULL AND adopted = 0
    """,
    # Holds the few open ones, however long the history is: what every tick asks.
    "CREATE INDEX elevation_open ON elevation (provider_id, deadline) WHERE closed_at IS NULL",
    "CREATE INDEX elevation_closed ON elevation (closed_at) WHERE closed_at IS NOT NULL",
    """
    CREATE TABLE elevation_privilege (
        elevation_id TEXT NOT NULL REFERENCES elevation (id),
        position INTEGER NOT NULL,
        guid TEXT NOT NULL,
        dn TEXT NOT NULL,
        name TEXT NOT NULL,
        display_name TEXT NOT NULL,
        PRIMARY KEY (elevation_id, position)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE transition (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        elevation_id TEXT NOT NULL REFERENCES elevation (id),
        at TEXT NOT NULL,
        event TEXT NOT NULL,
        from_state TEXT,
        to_state TEXT NOT NULL,
        actor TEXT NOT NULL,
        detail TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX transition_of_elevation ON transition (elevation_id)",
    # No foreign key: the first step is told before there is anything to point at.
    """
    CREATE TABLE step (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        elevation_id TEXT NOT NULL,
        at TEXT NOT NULL,
        step TEXT NOT NULL,
        status TEXT NOT NULL,
        message TEXT NOT NULL,
        subject TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX step_of_elevation ON step (elevation_id)",
)

_AUDIT = (
    """
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL,
        previous_hash TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE audit_head (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        count INTEGER NOT NULL,
        hash TEXT NOT NULL
    ) STRICT
    """,
    "INSERT INTO audit_head (id, count, hash) VALUES (1, 0, '')",
    """
    CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE (ABORT, 'the audit trail is append-only'); END
    """,
    """
    CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
        BEGIN SELECT RAISE (ABORT, 'the audit trail is append-only'); END
    """,
    # INSERT OR REPLACE would delete without the trigger above being asked.
    """
    CREATE TRIGGER audit_goes_on_from_its_head BEFORE INSERT ON audit
        WHEN EXISTS (SELECT 1 FROM audit_head WHERE new.number <> count + 1 OR new.previous_hash <> hash)
        BEGIN SELECT RAISE (ABORT, 'the audit trail is append-only'); END
    """,
    """
    CREATE TRIGGER audit_head_only_grows BEFORE UPDATE ON audit_head WHEN new.count <= old.count
        BEGIN SELECT RAISE (ABORT, 'the audit trail is append-only'); END
    """,
    """
    CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
        BEGIN SELECT RAISE (ABORT, 'the audit trail is append-only'); END
    """,
    """
    CREATE TRIGGER transition_is_not_changed BEFORE UPDATE ON transition
        BEGIN SELECT RAISE (ABORT, 'transitions are kept as they happened'); END
    """,
    """
    CREATE TRIGGER transition_is_not_deleted BEFORE DELETE ON transition
        BEGIN SELECT RAISE (ABORT, 'transitions are kept as they happened'); END
    """,
)


def up(migrator: Any, database: SqliteDatabase) -> None:
    """Make the tables."""
    for statement in (*_PROVIDERS, *_ELEVATIONS, *_AUDIT):
        database.execute_sql(statement)  # type: ignore[no-untyped-call]
