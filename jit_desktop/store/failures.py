# SPDX-License-Identifier: MIT
"""Turns what SQLite and the file system say into the store's errors: which file, and what to do."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jit_desktop.elevation.errors import (
    JitError,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreNewer,
    StoreReadOnly,
)
from jit_desktop.store.fields import UnreadableRow

_READ_ONLY_ERRNOS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT})
_LEAST_ROOM = 64 * 1024
"""Bytes: the index of the log alone takes 32 KiB (SQLite, WAL-mode file format)."""
_LOG = logging.getLogger(__name__)
_DAMAGED_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_READ_ONLY_CODES = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH})
_BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})


def locked(file: Path) -> StoreLocked:
    """Another program holds the database."""
    return StoreLocked(
        "The database is in use by another program.",
        subject=str(file),
        remedy=f"Close whatever else has “{file}” open (a second copy, a backup, a viewer), then try again.",
    )


def read_only(file: Path) -> StoreReadOnly:
    """The database or its folder can't be written."""
    return StoreReadOnly(
        "The database can't be written.",
        subject=str(file),
        remedy=f"Give your account the right to write “{file}” and its folder, or choose another --data-dir.",
    )


def full(file: Path) -> StoreFull:
    """There is no room for what has to be recorded."""
    return StoreFull(
        "The disk is full: nothing can be recorded.",
        subject=str(file),
        remedy=f"Make room on the disk that holds “{file.parent}”, then try again.",
    )


def damaged(file: Path, what: str) -> StoreDamaged:
    """The file can't be used as it is; ``what`` is a clause that says why."""
    return StoreDamaged(
        f"The database is damaged: {what}.",
        subject=str(file),
        remedy=(
            f"Move “{file}” away, put the newest copy from “{backup_folder(file)}” in its place if there is "
            "one, and sweep: open elevations are found again in the directory."
        ),
    )


def unreadable(file: Path, error: Exception) -> StoreDamaged:
    """The file holds a value that can't be read; what could be read besides it comes along."""
    found = damaged(file, f"it holds what can't be read ({error})")
    if isinstance(error, UnreadableRow):
        found.readable = error.readable
    return found


def newer(file: Path, unknown: str) -> StoreNewer:
    """A newer version of the program has changed the tables; ``unknown`` names the change."""
    return StoreNewer(
        f"The database was written by a newer version of JIT Desktop (it has “{unknown}”).",
        subject=str(file),
        remedy="Update JIT Desktop; the file was left as it is.",
    )


def backup_folder(file: Path) -> Path:
    """Where copies of ``file`` are put before its tables change."""
    return file.parent / "backups"


def _from_os(error: OSError, file: Path) -> StoreError:
    if error.errno in _READ_ONLY_ERRNOS:
        return read_only(file)
    if error.errno in _FULL_ERRNOS:
        return full(file)
    return StoreError(
        f"The database can't be used: {error.strerror or error}.",
        subject=str(file),
        remedy=f"Check the folder “{file.parent}”.",
    )


def may_be_written(file: Path) -> bool:
    """Whether ``file`` and the log beside it can be written, as far as the system tells beforehand."""
    return all(
        os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
        for path in (file, file.parent)
        if path.exists()
    )


def require_files(file: Path) -> None:
    """:class:`StoreDamaged` where what is no file (a pipe) stands in the place of ``file``, or of one that
    SQLite opens beside it: it would be waited for, for ever."""
    for end in ("", "-wal", "-shm", "-journal"):
        path = file.with_name(file.name + end)
        if path.exists() and not path.is_file():
            raise damaged(file, f"{path.name} is not a file")


def _has_no_room(folder: Path) -> bool:
    """Whether nothing more fits there: SQLite then fails in many ways, as when it makes room for its log."""
    try:
        return shutil.disk_usage(folder).free < _LEAST_ROOM
    except OSError:
        return False


def from_sqlite(error: sqlite3.Error, file: Path) -> StoreError | None:
    """The store's error for one of SQLite's; ``None`` where the fault is the program's."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    kind = code & 0xFF
    if kind in _BUSY_CODES:
        return locked(file)
    if kind in _READ_ONLY_CODES or (kind == sqlite3.SQLITE_CANTOPEN and not may_be_written(file)):
        return read_only(file)
    if kind == sqlite3.SQLITE_FULL:
        return full(file)
    if kind in _DAMAGED_CODES:
        return damaged(file, str(error))
    if kind == sqlite3.SQLITE_CONSTRAINT:
        # A fault of ours, or a value that somebody has changed: what is due ends in both cases.
        _LOG.error("The tables refuse what is written", exc_info=error)
        return damaged(file, f"it does not hold together ({error})")
    if kind == sqlite3.SQLITE_ERROR and str(error).startswith(("no such table", "no such column")):
        return damaged(file, f"it is not as this program left it ({error})")
    if kind in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        if _has_no_room(file.parent):
            return full(file)
        return StoreError(
            f"The database can't be used: {error}.",
            subject=str(file),
            remedy=f"Check the disk and the folder “{file.parent}”, then try again.",
        )
    return None


def from_database(error: BaseException | None, file: Path) -> StoreError | None:
    """The store's error for what Peewee or SQLite raised; ``None`` where the fault is the program's.

    On a full disk, for one, SQLite ends the transaction itself; Peewee then fails to roll back, and what
    happened is only in the context of that failure.
    """
    while error is not None:
        original = getattr(error, "orig", error)
        if isinstance(original, sqlite3.Error) and (translated := from_sqlite(original, file)) is not None:
            return translated
        error = error.__context__
    return None


@contextmanager
def in_words(file: Path) -> Iterator[None]:
    """Whatever goes wrong with ``file`` in this block is raised as a
    :class:`~jit_desktop.elevation.errors.StoreError`, or as another :class:`JitError` that was meant.

    A fault of ours (a wrong statement, a row that has to be there and is not) counts as damage and is logged
    whole: who ends what is due goes on without the database, and can't go on without knowing why it failed.
    """
    try:
        yield
    except JitError:
        raise
    except UnreadableRow as error:
        raise unreadable(file, error) from error
    except OSError as error:
        raise _from_os(error, file) from error
    except Exception as error:
        translated = from_database(error, file)
        if translated is None:
            _LOG.exception("A fault of the program with the database, or of what somebody has changed in it")
            translated = StoreDamaged(
                f"The database can't be used for this ({type(error).__name__}: {error}).",
                subject=str(file),
                remedy="The log file says more; it is tried again.",
            )
        raise translated from error
