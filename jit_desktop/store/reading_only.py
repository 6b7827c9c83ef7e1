# SPDX-License-Identifier: MIT
"""A database file that can't be written, read as it is."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

from peewee import SqliteDatabase

from jit_desktop.elevation.errors import StoreError, StoreLocked
from jit_desktop.store import failures, migrations
from jit_desktop.store.database import check, uri_of
from jit_desktop.store.fields import Connection
from jit_desktop.store.migration import is_up_to_date

_LOG = logging.getLogger(__name__)

_BUSY_SECONDS = 1.0
_LOG_END: Final = "-wal"
_Stamp: TypeAlias = tuple[tuple[int, int] | None, ...]


class ReadOnlyFile:
    """An opened database file that is left as it is. Each write raises why it can't be written.

    In this order: as it is (``mode=ro``), which needs the index of the write-ahead log, or a folder in which
    that can be made; a copy of file and log, in memory, where there is anything in the log; the file alone
    (``immutable=1``), which needs no file beside it, and so neither a folder that can be written nor room on
    any disk, and does not see what stands in the log only (SQLite, URI filenames).
    """

    def __init__(self, file: Path, problem: StoreError) -> None:
        """Raises :class:`StoreError` where ``file`` can't be read, or its tables are older or newer than this
        program's."""
        self.file = file
        self._problem = problem
        self._lock = threading.Lock()
        self._copy: sqlite3.Connection | None = None
        """Keeps the copy in memory there; ``None`` where none is read."""
        self._copied: _Stamp = ()
        """How file and log stood when they were copied."""
        self.read_in_part: StoreError | None = None
        """Why not all of it can be read; ``None`` where all can."""
        self._lent = self._opened()

    def _opened(self) -> SqliteDatabase:
        failed: StoreError | None = None
        self.read_in_part = None
        ways: tuple[Callable[[], SqliteDatabase | None], ...] = (
            self._as_it_is,
            self._copied_whole,
            self._alone,
        )
        for way in ways:
            try:
                with failures.in_words(self.file):
                    failures.require_files(self.file)
                    lent = way()
            except StoreLocked:
                raise  # somebody writes: what is read past the lock may be half of it
            except StoreError as error:
                _LOG.info("The database can't be read (%s): %s", way.__name__, error)
                failed = failed or error
            else:
                if lent is not None:
                    return lent
        assert failed is not None
        raise failed

    def _as_it_is(self) -> SqliteDatabase:
        return self._tried(uri_of(self.file, "mode=ro"))

    def _copied_whole(self) -> SqliteDatabase | None:
        """A copy with what stands in the log; ``None`` where nothing does. No file of it is left."""
        if not self._has_log():
            return None
        stamp = self._stamp()
        uri = f"file:jit-desktop-{uuid.uuid4()}?mode=memory&cache=shared"
        with TemporaryDirectory(prefix="jit-desktop-") as folder:  # its owner's alone
            copy = Path(folder, self.file.name)
            for end in ("", _LOG_END):
                shutil.copyfile(f"{self.file}{end}", f"{copy}{end}")
            if self._stamp() != stamp:
                raise StoreError("The database was written while it was copied.", subject=str(self.file))
            kept = sqlite3.connect(uri, uri=True, check_same_thread=False)
            try:
                with closing(sqlite3.connect(uri_of(copy, "mode=rw"), uri=True)) as source:
                    source.execute("PRAGMA journal_mode = DELETE").close()  # the log goes into the file
                    source.backup(kept)
                lent = self._tried(uri)
            except BaseException:
                kept.close()
                raise
        self.close()
        self._copy, self._copied = kept, stamp
        return lent

    def _alone(self) -> SqliteDatabase:
        lent = self._tried(uri_of(self.file, "mode=ro&immutable=1"))
        if self._has_log():
            self.read_in_part = StoreError(
                "What was written last stands in the log beside the database, which can't be read.",
                subject=str(self.file),
                remedy=f"Make the folder “{self.file.parent}” writable, or the one for temporary files.",
            )
        return lent

    def _tried(self, uri: str) -> SqliteDatabase:
        with closing(sqlite3.connect(uri, uri=True, factory=Connection, timeout=_BUSY_SECONDS)) as connection:
            check(self.file, connection, migrations.ALL)
            with closing(connection.cursor()) as cursor:
                if not is_up_to_date(cursor, migrations.ALL):
                    raise StoreError("The database is of an older version.", subject=str(self.file))
        return SqliteDatabase(
            uri,
            uri=True,
            factory=Connection,
            timeout=_BUSY_SECONDS,
            autoconnect=False,
            pragmas={"trusted_schema": 0},
        )

    def _has_log(self) -> bool:
        log = self.file.with_name(self.file.name + _LOG_END)
        return log.exists() and log.stat().st_size > 0

    def _stamp(self) -> _Stamp:
        found: list[tuple[int, int] | None] = []
        for end in ("", _LOG_END):
            path = self.file.with_name(self.file.name + end)
            stat = path.stat() if path.exists() else None
            found.append(None if stat is None else (stat.st_mtime_ns, stat.st_size))
        return tuple(found)

    def close(self) -> None:
        """Nothing but a copy in memory stays open between two calls."""
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    @contextmanager
    def reading(self) -> Iterator[SqliteDatabase]:
        """Everything read in this block is of one moment."""
        with failures.in_words(self.file):
            failures.require_files(self.file)
            with self._lock:
                if self._copy is not None and self._stamp() != self._copied:
                    self._lent = self._opened()
                lent = self._lent
            with lent.connection_context(), lent.atomic():
                yield lent

    def writing(self, *, wait: bool = True) -> AbstractContextManager[SqliteDatabase]:
        """Never possible."""
        problem = self._problem
        raise type(problem)(problem.message, subject=problem.subject, remedy=problem.remedy)
