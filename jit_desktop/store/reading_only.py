# SPDX-License-Identifier: MIT
"""A database file that can't be written, read as it is."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from peewee import SqliteDatabase

from jit_desktop.elevation.errors import StoreError, StoreLocked
from jit_desktop.store import failures, migrations
from jit_desktop.store.database import check, uri_of
from jit_desktop.store.fields import Connection
from jit_desktop.store.migration import is_up_to_date

_LOG = logging.getLogger(__name__)

_BUSY_SECONDS = 1.0
_WAYS = ("mode=ro", "mode=ro&immutable=1")
"""The second one needs no file beside the database, and so neither a folder that can be written nor room on
the disk; what stands in the write-ahead log only is not seen by it (SQLite, URI filenames)."""


class ReadOnlyFile:
    """An opened database file that is left as it is. Each write raises why it can't be written."""

    def __init__(self, file: Path, problem: StoreError) -> None:
        """Raises :class:`StoreError` where ``file`` can't be read, or its tables are older or newer than this
        program's."""
        self.file = file
        self._problem = problem
        self._lent = self._opened()

    def _opened(self) -> SqliteDatabase:
        failed: StoreError | None = None
        for way in _WAYS:
            uri = uri_of(self.file, way)
            try:
                with failures.in_words(self.file):
                    failures.require_files(self.file)
                    self._try(uri)
            except StoreLocked:
                raise  # somebody writes: what is read past the lock may be half of it
            except StoreError as error:
                _LOG.info("The database can't be read with %s: %s", way, error)
                failed = failed or error
            else:
                return SqliteDatabase(
                    uri,
                    uri=True,
                    factory=Connection,
                    timeout=_BUSY_SECONDS,
                    autoconnect=False,
                    pragmas={"trusted_schema": 0},
                )
        assert failed is not None
        raise failed

    def _try(self, uri: str) -> None:
        with closing(sqlite3.connect(uri, uri=True, factory=Connection, timeout=_BUSY_SECONDS)) as connection:
            check(self.file, connection, migrations.ALL)
            with closing(connection.cursor()) as cursor:
                if not is_up_to_date(cursor, migrations.ALL):
                    raise StoreError("The database is of an older version.", subject=str(self.file))

    def close(self) -> None:
        """Nothing stays open between two calls."""

    @contextmanager
    def reading(self) -> Iterator[SqliteDatabase]:
        """Everything read in this block is of one moment."""
        with failures.in_words(self.file):
            failures.require_files(self.file)
            with self._lent.connection_context(), self._lent.atomic():
                yield self._lent

    def writing(self, *, wait: bool = True) -> AbstractContextManager[SqliteDatabase]:
        """Never possible."""
        problem = self._problem
        raise type(problem)(problem.message, subject=problem.subject, remedy=problem.remedy)
