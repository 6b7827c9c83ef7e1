# SPDX-License-Identifier: MIT
"""The audit trail: entries that are only ever added, each sealed to the one before it by its hash.

Whoever can write the file can also compute hashes. What the chain gives is that a change, a gap or a cut
shows: to the program, unless everything after it was computed anew, and then still to everybody who kept an
earlier export, because its head is not in the trail any more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from peewee import SqliteDatabase

from jit_desktop.elevation.model import AuditEntry
from jit_desktop.store.fields import UnreadableRow, utc_from_text, utc_text
from jit_desktop.store.tables import AuditHeadRow, AuditRow

EXPORT_FORMAT = "jit-desktop-audit"
EXPORT_VERSION = 1

PROVIDER_DELETED = "provider.deleted"
_PROVIDER_MOVES = ("provider.added", "provider.changed", PROVIDER_DELETED)
_LOOKED_BACK = 1000
"""In so many of the latest entries it is looked for what was told last of an elevation: each move is one."""
_SEALED = ("number", "at", "actor", "action", "subject", "detail", "previous_hash")


@dataclass(frozen=True, slots=True)
class AuditProblem:
    """Something in the audit trail that does not hold; ``number`` is the entry, 0 for the trail itself."""

    number: int
    message: str


def canonical_json(value: object) -> str:
    """``value`` as the one text that is hashed: sorted keys, no blanks, characters as they are."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def seal(entry: Mapping[str, object]) -> str:
    """SHA-256 (hex) over the canonical JSON of all of an exported entry but its own hash."""
    return hashlib.sha256(canonical_json({key: entry[key] for key in _SEALED}).encode()).hexdigest()


def append(
    database: SqliteDatabase,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, object],
) -> None:
    """Add one entry in the running transaction, so that it stands if and only if what it tells does."""
    head = AuditHeadRow.select().get_or_none(database)
    if head is None:
        raise UnreadableRow("the audit trail has lost its head")
    number = head.count + 1
    entry = {
        "number": number,
        "at": utc_text(at),
        "actor": actor,
        "action": action,
        "subject": subject,
        "detail": dict(detail),
        "previous_hash": head.hash,
    }
    own_hash = seal(entry)
    AuditRow.insert(
        number=number,
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        detail=canonical_json(entry["detail"]),
        previous_hash=head.hash,
        hash=own_hash,
    ).execute(database)
    AuditHeadRow.update(count=number, hash=own_hash).execute(database)


def last_about(database: SqliteDatabase, elevation_id: str, later_than: datetime) -> datetime | None:
    """The time of the last entry about an elevation, where that is later than ``later_than``; else, and where
    the latest entries have none, ``None``."""
    about = f'"elevation":{canonical_json(elevation_id)}'
    rows = database.execute_sql(  # type: ignore[no-untyped-call]
        "SELECT at FROM (SELECT at, detail FROM audit ORDER BY number DESC LIMIT ?)"
        # Few are later: the details of the others are not looked through.
        " WHERE at > ? AND instr(detail, ?) > 0 LIMIT 1",
        (_LOOKED_BACK, utc_text(later_than), about),
    )
    try:
        return next((utc_from_text(at) for (at,) in rows), None)
    except (ValueError, OverflowError):
        return None  # what somebody has damaged there keeps nothing from being recorded


def deleted_providers(database: SqliteDatabase) -> frozenset[str]:
    """The identifiers of the providers that somebody has deleted, and nobody has added again since."""
    query = AuditRow.select().where(AuditRow.action.in_(_PROVIDER_MOVES)).order_by(AuditRow.number)
    last = {_provider_of(row): row.action for row in query.bind(database)}
    return frozenset(key for key, action in last.items() if action == PROVIDER_DELETED)


def _provider_of(row: AuditRow) -> str:
    """Of which provider an entry is; empty where that can't be read."""
    try:
        return str(json.loads(row.detail)["provider"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""


def entry_from_row(row: AuditRow) -> AuditEntry:
    """The entry that a row holds; :class:`ValueError` where its detail is no JSON object."""
    return AuditEntry(
        number=row.number,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        detail=dict(json.loads(row.detail)),
        previous_hash=row.previous_hash,
        hash=row.hash,
    )


def export(database: SqliteDatabase) -> dict[str, object]:
    """The whole trail as one JSON document, just as it stands in the file, be it right or wrong."""
    columns = (*_SEALED, "hash")
    rows = database.execute_sql(  # type: ignore[no-untyped-call]
        f"SELECT {', '.join(columns)} FROM audit ORDER BY number"  # noqa: S608 - our own constants
    )
    entries = [dict(zip(columns, row, strict=True)) for row in rows]
    for entry in entries:
        entry["detail"] = _parsed(entry["detail"])
    head = AuditHeadRow.select().get_or_none(database)
    return {
        "format": EXPORT_FORMAT,
        "version": EXPORT_VERSION,
        "count": head.count if head else 0,
        "head": head.hash if head else "",
        "entries": entries,
    }


def _parsed(detail: str) -> object:
    # As text it can't have the hash of what was there: for what somebody broke, or wrote in another way.
    try:
        value = json.loads(detail)
        return value if canonical_json(value) == detail else detail
    except (ValueError, RecursionError):
        return detail


def problems(document: Mapping[str, object], *, known_head: str = "") -> list[AuditProblem]:
    """Everything that does not hold in an exported trail; empty where nobody touched it.

    ``known_head`` is the head of an earlier export (empty: none), which must be among the hashes.
    """
    entries = document.get("entries")
    if not isinstance(entries, list):
        return [AuditProblem(0, "There are no entries.")]
    found: list[AuditProblem] = []
    last, previous = 0, ""
    hashes: set[str] = set()
    for entry in entries:
        expected = last + 1
        if not _is_entry(entry):
            found.append(AuditProblem(expected, f"What follows entry {last} is no entry."))
            last = expected
            continue
        number = entry["number"]
        if number != expected:
            found.append(AuditProblem(expected, f"Entries are missing: after {last} comes {number}."))
        if entry["previous_hash"] != previous:
            found.append(AuditProblem(number, f"Entry {number} does not follow the one before it."))
        if seal(entry) != entry["hash"]:
            found.append(AuditProblem(number, f"Entry {number} was changed."))
        last, previous = number, entry["hash"]
        hashes.add(previous)
    count, head = document.get("count"), document.get("head")
    if (last, previous) != (count, head):
        found.append(AuditProblem(0, f"The trail ends with entry {last}; it should end with {count}."))
    if known_head and known_head not in hashes:
        found.append(AuditProblem(0, "The head of the earlier export is not in the trail."))
    return found


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and entry.keys() == {*_SEALED, "hash"}
        and isinstance(entry["number"], int)
        and isinstance(entry["hash"], str)
    )
