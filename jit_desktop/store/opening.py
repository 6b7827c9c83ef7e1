# SPDX-License-Identifier: MIT
"""Opens what can be opened: the database, the database for reading only, or the copies of the settings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast

from jit_desktop.elevation.errors import StoreError
from jit_desktop.elevation.ports import Store
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.store.settings_copies import SettingsCopies
from jit_desktop.store.sqlite_store import FILE_NAME, SqliteStore

_LOG = logging.getLogger(__name__)


class _Closed:
    """In the place of a store that can't be opened: whatever is asked of it raises why."""

    def __init__(self, problem: StoreError) -> None:
        self._problem = problem

    def close(self) -> None:
        """Nothing is open."""

    def __getattr__(self, name: str) -> Any:
        problem = self._problem

        def refuse(*_: object, **__: object) -> NoReturn:
            raise type(problem)(problem.message, subject=problem.subject, remedy=problem.remedy)

        return refuse


@dataclass(frozen=True, slots=True)
class Opened:
    """What could be opened of a data folder, and why not more."""

    store: Store
    database: SqliteStore | None
    """The store where it is a database that can at least be read."""
    problem: StoreError | None = None
    """Why it can't be written; ``None`` where it can."""
    providers: Sequence[DomainProvider] = ()
    """The settings by their copies, where the database can't be read."""
    reopen: Callable[[], SqliteStore | None] | None = None
    """Tries once more to open it for writing; never waits and makes nothing."""


def open_for_ending(data_dir: Path, copies: SettingsCopies) -> Opened:
    """The most that can be had: to end what is due no database is needed. Where there is not even a copy of
    the settings, what went wrong first is raised.

    A folder or a file that is gone is not made anew while a copy says that there was one.
    """
    file = data_dir / FILE_NAME
    try:
        is_there = file.exists()
    except OSError:
        is_there = True  # it can't be looked at: opening says why
    if not is_there and copies.read():
        problem = StoreError(
            f"The database “{file}” is gone.",
            subject=str(file),
            remedy="Put it back. If it is lost, import your settings: a new one is made then.",
        )
    else:
        try:
            return _as_usual(data_dir, copies)
        except StoreError as error:
            problem = error
        except OSError as error:
            problem = StoreError(
                f"The database can't be used: {error.strerror or error}.", subject=str(file), remedy=""
            )
        try:
            readable = SqliteStore.for_reading(data_dir, problem)
        except (StoreError, OSError) as error:
            _LOG.info("The database can't be read either: %s", error)
        else:
            return Opened(readable, readable, problem, reopen=lambda: _again(data_dir, copies))
    providers = copies.read()
    if not providers:
        raise problem
    closed = cast("Store", _Closed(problem))
    return Opened(closed, None, problem, providers, lambda: _again(data_dir, copies))


def _as_usual(data_dir: Path, copies: SettingsCopies) -> Opened:
    store = SqliteStore(data_dir, copies=copies)
    return Opened(store, store)


def _again(data_dir: Path, copies: SettingsCopies) -> SqliteStore | None:
    if not (data_dir / FILE_NAME).is_file():
        return None
    return SqliteStore(data_dir, copies=copies, opening_seconds=0.0)
