# SPDX-License-Identifier: MIT
"""Every row of an audit trail is altered, removed, moved and cut off, by somebody who has taken the triggers
away; `audit verify` has to find it.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from jit_desktop.store import SqliteStore
from tests.reliability.outcome import Outcome, spread
from tests.unit.store.values import ACTOR, NOW, ended

_COLUMNS = ("at", "actor", "action", "subject", "detail", "previous_hash", "hash")


def _tampering(rows: int, chosen: list[int]) -> Iterator[tuple[str, list[str]]]:
    for n in chosen:
        for column in _COLUMNS:
            yield (
                f"alter {column} of {n}",
                [f"UPDATE audit SET {column} = {column} || ' ' WHERE number = {n}"],
            )
        yield f"remove {n}", [f"DELETE FROM audit WHERE number = {n}"]
        yield (
            f"remove {n} and close the gap",
            [
                f"DELETE FROM audit WHERE number = {n}",
                f"UPDATE audit SET number = -number WHERE number > {n}",
                "UPDATE audit SET number = -number - 1 WHERE number < 0",
                f"UPDATE audit_head SET count = {rows - 1}",
            ],
        )
        if n < rows:
            yield (
                f"swap {n} and {n + 1}",
                [
                    f"UPDATE audit SET number = -1 WHERE number = {n}",
                    f"UPDATE audit SET number = {n} WHERE number = {n + 1}",
                    f"UPDATE audit SET number = {n + 1} WHERE number = -1",
                ],
            )
        yield f"truncate from {n}", [f"DELETE FROM audit WHERE number >= {n}"]
        yield (
            f"add a copy of {n}",
            [
                (
                    "INSERT INTO audit SELECT (SELECT max(number) + 1 FROM audit), at, actor, action, "
                    f"subject, detail, previous_hash, hash FROM audit WHERE number = {n}"
                ),
            ],
        )


def _cut_with_head(n: int) -> list[str]:
    """The end is cut off and the head computed to fit: only who kept an earlier head can know."""
    return [
        f"DELETE FROM audit WHERE number >= {n}",
        (
            f"UPDATE audit_head SET count = {n - 1}, "
            f"hash = coalesce((SELECT hash FROM audit WHERE number = {n - 1}), '')"
        ),
    ]


def _do(file: Path, statements: list[str]) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("PRAGMA ignore_check_constraints = 1")
        for statement in statements:
            connection.execute(statement)


def audit_series(*, how_many: int = 0) -> Outcome:
    """`how_many` rows (0: every one) of a trail, in every way."""
    outcome = Outcome("audit")
    base = Path(tempfile.mkdtemp(prefix="jit-audit-"))
    try:
        original = base / "original"
        with SqliteStore(original) as store:
            for number in (200, 300, 400):
                ended(store, number)
            store.add_audit(at=NOW, actor=ACTOR, action="sweep", subject="Corp", detail={"ended": 1})
            rows, head = len(store.audit()), str(store.export_audit()["head"])
            if store.verify_audit(known_head=head):
                outcome.add("untouched", [("false_alarms", "an untouched trail has problems")])
        chosen = spread(rows, how_many)
        for name, statements in _tampering(rows, chosen):
            problems, _ = _tampered(base, original, statements, head)
            outcome.add(name, [] if problems else [("wrong", "it was not found")])
        unseen = 0
        for n in chosen:
            without, with_head = _tampered(base, original, _cut_with_head(n), head)
            unseen += not without
            outcome.add(
                f"cut from {n} with its head",
                [] if with_head else [("wrong", "it was not found although the earlier head was known")],
            )
        outcome.figures = {
            "rows": rows,
            "cut_with_its_head": len(chosen),
            "of_these_seen_only_by_who_kept_the_head": unseen,
        }
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return outcome.done()


def _tampered(base: Path, original: Path, statements: list[str], head: str) -> tuple[int, int]:
    """How many problems `audit verify` finds without and with the head of an earlier export."""
    folder = base / "tampered"
    shutil.copytree(original, folder)
    try:
        with SqliteStore(folder) as store:
            _do(store.file, statements)
            return len(store.verify_audit()), len(store.verify_audit(known_head=head))
    finally:
        shutil.rmtree(folder)
