# SPDX-License-Identifier: MIT
"""Opens what can be opened: the database, the database for reading only, or the copies of the settings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, cast

from jit_desktop.elevation.errors import StoreDamaged, StoreError, StoreSilent
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.patience import Patience, Unanswered
from jit_desktop.elevation.ports import Store
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.store.settings_copies import SettingsCopies
from jit_desktop.store.sqlite_store import FILE_NAME, SqliteStore

_LOG = logging.getLogger(__name__)

OPENING_SECONDS = 15.0
"""So long it may take to open the database: to wait for another program, and to look through it."""


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
    """Why it can't be written, or what is gone from it; ``None`` where it is whole."""
    providers: Sequence[DomainProvider] = ()
    """The settings by their copies, where the database can't be read or has lost them."""
    missing: Collection[ProviderId] = frozenset()
    """Which of these the database lacks altogether, as far as it can be asked."""
    reopen: Callable[[], SqliteStore | None] | None = None
    """Tries once more to open it for writing; never waits and makes nothing."""


def open_for_ending(data_dir: Path, copies: SettingsCopies, patience: Patience | None = None) -> Opened:
    """The most that can be had: to end what is due no database is needed. Where there is not even a copy of
    the settings, what went wrong first is raised.

    A folder or a file that is gone is not made anew while a copy says that there was one. ``patience`` is
    that with the disk: where it does not answer, the copies count, and what is opened in the end is what
    ``reopen`` gives.
    """
    late: list[Opened] = []
    try:
        return (patience or Patience()).ask(
            lambda: _opened(data_dir, copies), seconds=OPENING_SECONDS, late=late.append
        )
    except Unanswered:
        problem = StoreSilent(subject=str(data_dir / FILE_NAME))
    return _by_the_copies(copies, problem, lambda: _again(data_dir, copies, late))


def open_as_usual(data_dir: Path, copies: SettingsCopies, patience: Patience) -> Opened:
    """For what needs the database, and makes one where there is none. Raises :class:`StoreError` where it
    can't be used."""

    def opened() -> Opened:
        store = SqliteStore(data_dir, copies=copies)
        return Opened(store, store)

    return _in_time(opened, data_dir, patience)


def open_what_is_there(data_dir: Path, copies: SettingsCopies, patience: Patience) -> Opened:
    """The database for what needs it, to read and to write; of what is gone from it nothing is taken from the
    copies. Raises :class:`StoreError` where it can't be used, and where it is gone: one is made only where no
    copy says that there was one."""

    def opened() -> Opened:
        if (gone := _gone(data_dir / FILE_NAME, copies)) is not None:
            raise gone
        return replace(_as_usual(data_dir, copies), providers=())

    return _in_time(opened, data_dir, patience)


def _in_time(opened: Callable[[], Opened], data_dir: Path, patience: Patience) -> Opened:
    try:
        return patience.ask(opened, seconds=OPENING_SECONDS, late=lambda late: late.store.close())
    except Unanswered:
        raise StoreSilent(subject=str(data_dir / FILE_NAME)) from None


def _opened(data_dir: Path, copies: SettingsCopies) -> Opened:
    file = data_dir / FILE_NAME
    if (gone := _gone(file, copies)) is not None:
        problem = gone
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
            providers = _settings_of(readable, copies, problem)
            missing = _missing(readable, providers)
            return Opened(readable, readable, problem, providers, missing, lambda: _again(data_dir, copies))
    return _by_the_copies(copies, problem, lambda: _again(data_dir, copies))


def _by_the_copies(
    copies: SettingsCopies, problem: StoreError, reopen: Callable[[], SqliteStore | None]
) -> Opened:
    providers = copies.read()
    if not providers:
        raise problem
    return Opened(cast("Store", _Closed(problem)), None, problem, providers, _ids(providers), reopen)


def _gone(file: Path, copies: SettingsCopies) -> StoreError | None:
    """What to say where there is no database although a copy of the settings says that there was one."""
    try:
        if file.exists() or not copies.read():
            return None
    except OSError:
        return None  # it can't be looked at: opening says why
    return StoreError(
        f"The database “{file}” is gone.",
        subject=str(file),
        remedy=(
            "Put it back, or mount the disk that it is on. "
            "If it is lost, import your settings (settings import): a new one is made then."
        ),
    )


def _settings_of(
    readable: SqliteStore, copies: SettingsCopies, problem: StoreError
) -> Sequence[DomainProvider]:
    """What is to be taken for the settings besides those that ``readable`` gives: none where it gives all.
    Where a setting in it can't be read, all the others, and the copies for what is missing."""
    try:
        readable.providers()
        return readable.lost_providers(copies)
    except StoreError as error:
        _LOG.warning("The settings in the database can't be read, their copies are used: %s", error)
    known = {provider.id: provider for provider in copies.read()}
    with suppress(StoreError):
        known |= {provider.id: provider for provider in readable.readable_providers()}
    if not known:
        readable.close()
        raise problem
    return list(known.values())


def _missing(readable: SqliteStore, providers: Iterable[DomainProvider]) -> Collection[ProviderId]:
    try:
        return _ids(provider for provider in providers if not readable.has_provider(provider.id))
    except StoreError:
        return frozenset()


def _ids(providers: Iterable[DomainProvider]) -> Collection[ProviderId]:
    return frozenset(provider.id for provider in providers)


def _as_usual(data_dir: Path, copies: SettingsCopies) -> Opened:
    store = SqliteStore(data_dir, copies=copies)
    lost = store.lost_providers(copies)
    if not lost:
        return Opened(store, store)
    names = ", ".join(provider.name for provider in lost)
    problem = StoreDamaged(
        f"The settings of {names} are gone from the database, and what was lent by them may be too.",
        subject=str(store.file),
        remedy="Import your settings again, or delete what is not used any more once nothing of it is open.",
    )
    return Opened(store, store, problem, lost, _ids(lost))


def _again(data_dir: Path, copies: SettingsCopies, late: Sequence[Opened] = ()) -> SqliteStore | None:
    for opened in late:
        if opened.database is not None and opened.database.is_writable:
            return opened.database
    if not (data_dir / FILE_NAME).is_file():
        return None
    return SqliteStore(data_dir, copies=copies, opening_seconds=0.0)
