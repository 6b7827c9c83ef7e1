# SPDX-License-Identifier: MIT
"""Brings the tables up to date, all steps or none, with a copy of the file made first."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from peewee import SqliteDatabase
from playhouse.migrations import Migration, Runner  # type: ignore[import-untyped]

from jit_desktop.elevation.errors import StoreError
from jit_desktop.store import failures
from jit_desktop.store.fields import utc_text

KEPT_BACKUPS = 5
_HISTORY = "schema_migration"


def _name(step: ModuleType) -> str:
    return step.__name__.rpartition(".")[2]


def unknown_migrations(cursor: sqlite3.Cursor, steps: Sequence[ModuleType]) -> list[str]:
    """Steps that the file has taken and that this program does not know: a newer one has taken them."""
    tables = cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (_HISTORY,))
    if tables.fetchone() is None:
        return []
    known = {_name(step) for step in steps}
    names = [row[0] for row in cursor.execute(f"SELECT name FROM {_HISTORY} ORDER BY id")]  # noqa: S608
    return [name for name in names if name not in known]


def is_up_to_date(cursor: sqlite3.Cursor, steps: Sequence[ModuleType]) -> bool:
    """Whether the file has taken all ``steps``."""
    tables = cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (_HISTORY,))
    if tables.fetchone() is None:
        return False
    taken = {row[0] for row in cursor.execute(f"SELECT name FROM {_HISTORY}")}  # noqa: S608
    return all(_name(step) in taken for step in steps)


class _PackagedRunner(Runner):  # type: ignore[misc]
    """Peewee's runner over modules that are imported, instead of over a folder, which a frozen program does
    not have; and with UTC in its history."""

    def __init__(self, database: SqliteDatabase, steps: Sequence[ModuleType]) -> None:
        super().__init__(database, directory="", table_name=_HISTORY)
        self._steps = steps
        self.History.applied.default = lambda: utc_text(datetime.now(UTC))

    def migrations(self) -> list[Migration]:
        return [
            _PackagedMigration(number, _name(step), step, None) for number, step in enumerate(self._steps, 1)
        ]


class _PackagedMigration(Migration):  # type: ignore[misc]
    __slots__ = ()

    def load(self) -> ModuleType:
        module: ModuleType = self.path
        return module


def bring_up_to_date(
    file: Path,
    database: SqliteDatabase,
    source: sqlite3.Connection,
    steps: Sequence[ModuleType],
    *,
    application_id: int,
) -> None:
    """Run the steps that ``file`` lacks, in one transaction.

    ``database`` does not enforce foreign keys (SQLite asks for that while tables are rebuilt; they are
    checked at the end). ``source`` is another connection to the same file; the copy is made from it. Two
    programs that start at once are put in line by the lock, and the second finds nothing to do.

    Raises :class:`StoreError` where a step fails; the file is then as it was.
    """
    with database.connection_context(), database.atomic("IMMEDIATE"):
        runner = _PackagedRunner(database, steps)
        applied = runner.applied()
        if all(_name(step) in applied for step in steps):
            # Touches no row but needs the right to write: better told now than at the first checkout.
            runner.History.delete().where(runner.History.id < 0).execute(database)
            return
        backup = _back_up(file, source, len(applied)) if applied else None
        try:
            runner.up()
            broken = database.execute_sql("PRAGMA foreign_key_check").fetchall()  # type: ignore[no-untyped-call]
            if broken:
                raise ValueError(f"rows without what they refer to: {broken[:3]}")
            database.pragma("application_id", application_id)
        except Exception as error:
            if (translated := failures.from_database(error, file)) is not None:
                raise translated from error
            raise StoreError(
                f"The database could not be brought up to date: {error}.",
                subject=str(file),
                remedy="It is as it was; go on with the version of JIT Desktop that you had."
                + (f" A copy is “{backup}”." if backup else ""),
            ) from error


def _back_up(file: Path, source: sqlite3.Connection, version: int) -> Path:
    folder = failures.backup_folder(file)
    folder.mkdir(mode=0o700, exist_ok=True)
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = folder / f"{file.stem}-{moment}-v{version:04d}.db"
    unfinished = copy.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(unfinished, isolation_level=None)) as target:
        source.backup(target)
        # One file without a log beside it: that is what people copy back.
        target.execute("PRAGMA journal_mode = DELETE").close()
    unfinished.replace(copy)
    for old in sorted(folder.glob(f"{file.stem}-*.db"))[:-KEPT_BACKUPS]:
        old.unlink()
    return copy
