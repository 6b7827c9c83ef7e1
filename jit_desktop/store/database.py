# SPDX-License-Identifier: MIT
"""The database file: made for its owner alone, checked when it is opened, lent for one transaction at a time.

Every call gets a connection of its own and closes it again, whatever thread it comes from. So no connection
is ever shared, none outlives its thread, and Peewee's state per thread is empty between two calls. One more
connection stays open and idle: with the last one SQLite would put the write-ahead log away after every call.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

from peewee import SqliteDatabase

from jit_desktop.store import failures, migrations
from jit_desktop.store.fields import Connection
from jit_desktop.store.migration import bring_up_to_date, unknown_migrations

BUSY_SECONDS = 5.0
APPLICATION_ID = 0x4A495444
"""``JITD`` in the file's header (SQLite file format 1.3.16), so that we know our own file."""

_OWNER_ONLY_FILE = 0o600
_OWNER_ONLY_FOLDER = 0o700


class DatabaseFile:
    """An opened and up-to-date database file."""

    def __init__(
        self,
        file: Path,
        *,
        busy_seconds: float = BUSY_SECONDS,
        opening_seconds: float | None = None,
        steps: Sequence[ModuleType] = migrations.ALL,
    ) -> None:
        """Open ``file``, made where it is missing, and bring its tables up to date.

        Raises a :class:`~jit_desktop.elevation.errors.StoreError` of the kind that fits; a file that is
        damaged or newer is left as it is. ``busy_seconds`` is how long to wait for another program, and
        ``opening_seconds`` the same while it is opened, where that is given.
        """
        self.file = file
        self._busy_seconds = busy_seconds
        self._opening_seconds = busy_seconds if opening_seconds is None else opening_seconds
        with failures.in_words(file):
            failures.require_files(file)
            is_new = self._prepare_files()
            self._anchor = sqlite3.connect(
                self._uri,
                uri=True,
                timeout=self._opening_seconds,
                factory=Connection,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                if not is_new:
                    check(file, self._anchor, steps)
                self._use_write_ahead_log()
                bring_up_to_date(
                    file,
                    self._database(foreign_keys=False, busy_seconds=self._opening_seconds),
                    self._anchor,
                    steps,
                    application_id=APPLICATION_ID,
                )
                # Only after a read does it take part in the log and keep it from being put away.
                self._anchor.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except BaseException:
                self._anchor.close()
                raise
        self._lent = self._database(foreign_keys=True)
        self._impatient = self._database(foreign_keys=True, busy_seconds=0.0)

    def close(self) -> None:
        """Put the write-ahead log away; safe to call twice."""
        with failures.in_words(self.file):
            self._anchor.close()

    @contextmanager
    def reading(self) -> Iterator[SqliteDatabase]:
        """Everything read in this block is of one moment."""
        with self._guarded(), self._lent.connection_context(), self._lent.atomic():
            yield self._lent

    @contextmanager
    def writing(self, *, wait: bool = True) -> Iterator[SqliteDatabase]:
        """Everything written in this block is durable at its end, or none of it has happened.

        The lock is taken at the start (``IMMEDIATE``): what is read here can't have changed when it is
        written. With ``wait`` False one that another program holds is not waited for.
        """
        lent = self._lent if wait else self._impatient
        with self._guarded(), lent.connection_context(), lent.atomic("IMMEDIATE"):
            yield lent

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with failures.in_words(self.file):
            failures.require_files(self.file)
            yield

    @property
    def _uri(self) -> str:
        # mode=rw: a file that was deleted under us must not come back empty.
        return uri_of(self.file, "mode=rw")

    def _database(self, *, foreign_keys: bool, busy_seconds: float | None = None) -> SqliteDatabase:
        return SqliteDatabase(
            self._uri,
            uri=True,
            factory=Connection,
            timeout=self._busy_seconds if busy_seconds is None else busy_seconds,
            autoconnect=False,
            pragmas={"foreign_keys": int(foreign_keys), "synchronous": "FULL", "trusted_schema": 0},
        )

    def _prepare_files(self) -> bool:
        self.file.parent.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        try:
            os.close(os.open(self.file, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ONLY_FILE))
        except FileExistsError:
            if not self.file.is_file():
                raise failures.damaged(self.file, "it is not a file") from None
        else:
            return True
        if not failures.may_be_written(self.file):
            raise failures.read_only(self.file)
        for name in (self.file.name, f"{self.file.name}-wal", f"{self.file.name}-shm"):
            found = self.file.with_name(name)
            if os.name == "posix" and found.exists() and found.stat().st_mode & 0o077:
                found.chmod(_OWNER_ONLY_FILE)
        if self.file.stat().st_size:
            return False
        if any(failures.backup_folder(self.file).glob("*.db")):
            raise failures.damaged(self.file, "it is empty although there are copies of an earlier one")
        return True

    def _use_write_ahead_log(self) -> None:
        # SQLite does not wait here by itself: two copies that start at once would refuse each other.
        give_up_at = time.monotonic() + self._opening_seconds
        while True:
            try:
                self._anchor.execute("PRAGMA journal_mode = WAL").close()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                    raise
                time.sleep(0.02)
            else:
                return


def uri_of(file: Path, how: str) -> str:
    """``file`` for SQLite, to be opened as the query ``how`` says."""
    path = file.absolute().as_posix()
    slashes = "//" if path.startswith("/") else "///"
    return f"file:{slashes}{quote(path, safe='/:')}?{how}"


def check(file: Path, connection: sqlite3.Connection, steps: Sequence[ModuleType]) -> None:
    """Raise where ``file`` is not ours, newer than this program, or damaged."""
    with closing(connection.cursor()) as cursor:
        (tables,) = cursor.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (application_id,) = cursor.execute("PRAGMA application_id").fetchone()
        if tables and application_id != APPLICATION_ID:
            raise failures.damaged(file, "it is a database of another program")
        unknown = unknown_migrations(cursor, steps)
        if unknown:
            raise failures.newer(file, unknown[-1])
        found = [row[0] for row in cursor.execute("PRAGMA quick_check(1)")]
        if found != ["ok"]:
            raise failures.damaged(file, found[0].replace("\n", " "))
