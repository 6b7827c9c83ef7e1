# SPDX-License-Identifier: MIT
"""Builds the objects and hands them to each other; nothing else does."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.directory.demo import FaultPlan, demo_factory, demo_provider
from jit_desktop.elevation.errors import JitError, StoreDamaged, StoreError, StoreSilent
from jit_desktop.elevation.examiner import Examiner
from jit_desktop.elevation.memory import RememberingStore
from jit_desktop.elevation.patience import Patience, Unanswered
from jit_desktop.elevation.ports import Clock, KeptSchedule, KeptStartAtLogon, Secrets, Store
from jit_desktop.elevation.scheduling import AuditedSchedule, RememberedLogonStart
from jit_desktop.elevation.service import ElevationService
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.platform.clock import SystemClock
from jit_desktop.platform.computer import computer_id
from jit_desktop.platform.disk_probe import touch_apart
from jit_desktop.platform.identity import current_user
from jit_desktop.platform.logging_setup import (
    FLUSH_SECONDS,
    Redactor,
    start_logging,
    stop_logging,
    without_logging,
)
from jit_desktop.platform.paths import default_data_dir, settings_copies_dir
from jit_desktop.platform.schedule import NoSchedule, system_schedule
from jit_desktop.platform.secrets import KeyringSecrets, system_credential_store
from jit_desktop.platform.start_at_logon import NoLogonStart, system_logon_start
from jit_desktop.store import (
    FILE_NAME,
    Opened,
    SettingsCopies,
    SqliteStore,
    UnrecordedFile,
    open_as_usual,
    open_for_ending,
    open_what_is_there,
)

_LOG = logging.getLogger(__name__)

DEMO_FILE = "demo-domain.json"
DEMO_FOLDER = "demo"
KEEPING_SECONDS: Final = 2.0
"""So long is waited for a disk that has to keep what could not be recorded."""
_CLOSING_SECONDS = 0.1
"""And so long at least for the database, whatever the other took."""
_LOG_SECONDS = 5.0
"""So long the disk of the data folder is waited for at first; one that is silent then is not asked again."""
_LAST_LINES_SECONDS = 0.1
"""What the log still has to say is waited for no longer where its disk does not answer."""


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that a window or a command works with."""

    data_dir: Path
    store: Store
    """Goes on where the database fails."""
    connector: DirectoryConnector
    secrets: Secrets
    clock: Clock
    service: ElevationService
    examiner: Examiner
    schedule: KeptSchedule
    logon: KeptStartAtLogon
    actor: str
    demo_provider: Callable[[], DomainProvider]
    database: SqliteStore | None = None
    """The database that was opened, for what only that can do; ``None`` where there is none."""
    store_problem: StoreError | None = None
    """Why it can't be written, or not even be read; ``None`` where it can."""
    unrecorded: UnrecordedFile = field(default_factory=lambda: UnrecordedFile(None))
    """What was done and could not be recorded, by whatever program on this folder."""
    close_within: Callable[[float], bool] = lambda _: True
    """Keeps what could not be recorded and closes the store, in so many seconds; whether that was done in
    time."""
    _keeping: Patience = field(default_factory=Patience)

    def unread(self) -> StoreError | None:
        """Why what was read just now may not be all that is kept; ``None`` where it is. What can only not be
        written is read whole."""
        trouble = self.store.trouble()
        if trouble is not None and trouble is not self.store_problem:
            return trouble
        # That it can be written says nothing of what is gone from it, or was never in it.
        if isinstance(self.store_problem, StoreDamaged):
            return self.store_problem
        return self.database.read_in_part if self.database is not None else trouble

    def keep_unrecorded(self, seconds: float = KEEPING_SECONDS) -> None:
        """Keep outside of the data folder what was done and could not be recorded, for what others say of it.
        It is waited for so many seconds, and where it can't be written nothing comes of that."""

        def keep() -> None:
            waiting = self.store.unrecorded()
            rows = None
            if self.store.trouble() is None:
                rows = {e.id: e.revision for e in self.store.open_elevations()}
            self.unrecorded.keep(waiting, at=self.clock.utc_now(), rows=rows)

        if self.unrecorded.file is None:
            return
        try:
            self._keeping.ask(keep, seconds=min(seconds, KEEPING_SECONDS))
        except Unanswered:
            _LOG.info("What could not be recorded could not be kept elsewhere either: it takes too long")
        except (JitError, OSError) as error:
            _LOG.info("What could not be recorded could not be kept elsewhere either: %r", error)


def data_dir_for(chosen: Path | None, *, demo: bool) -> Path:
    """The folder for all state; the demo has one of its own, so that it never mixes with real domains."""
    if chosen is not None:
        return chosen.absolute()
    return default_data_dir() / DEMO_FOLDER if demo else default_data_dir()


@contextmanager
def application(
    data_dir: Path,
    *,
    demo: bool = False,
    clock: Clock | None = None,
    actor: str = "",
    faults: FaultPlan | None = None,
    for_ending: bool = False,
    anew: bool = True,
    touches_apart: bool = False,
    copies_dir: Path | None = None,
) -> Iterator[Application]:
    """The objects on the state in ``data_dir``, until the block is left.

    ``demo`` makes sure that the provider of the demo domain is there. ``clock`` and ``actor`` are the
    system's clock and the person who is logged on, unless others are given; ``faults`` are those of the
    demo domain, for whoever shows what becomes of them. Copies of the settings are kept in ``copies_dir``,
    the user's own folder unless another one is given.

    Raises :class:`~jit_desktop.elevation.errors.StoreError` where the database can't be used, and without
    ``anew`` also where it is gone: none is made while a copy of the settings says that there was one.
    ``for_ending`` comes up without it wherever anything says what has to be ended, and makes none either.
    With ``touches_apart`` another process writes to the disk first: where that gets no answer, this one
    writes nothing there, and can leave.
    """
    anew = anew and not for_ending
    redactor = Redactor()
    outside = None if demo else copies_dir or settings_copies_dir()
    copies = SettingsCopies(data_dir, outside, computer=computer_id())
    disk = Patience()
    log_handlers, is_over, is_hurried = list[logging.Handler](), threading.Event(), threading.Event()
    is_kept = threading.Event()
    try:
        _start_logging(
            data_dir,
            redactor,
            copies,
            disk,
            log_handlers,
            is_over,
            for_ending=for_ending,
            anew=anew,
            touches_apart=touches_apart,
        )
        if outside is None and not demo:
            _LOG.warning("No copy of the settings is kept outside: nothing says where this user's files are")
        clock = clock or SystemClock()
        actor = actor or current_user()
        opened = _opened(data_dir, copies, disk, for_ending=for_ending, anew=anew)
        with closing(_remembering(opened, copies, disk, clock, actor)) as store:
            demo_connector = demo_factory(data_dir / DEMO_FILE, clock, faults=faults)
            connector = DirectoryConnector(demo_connector)
            secrets = KeyringSecrets(system_credential_store(), on_use=redactor.add)
            service = ElevationService(
                store=store, connector=connector, secrets=secrets, clock=clock, actor=actor
            )
            schedule = AuditedSchedule(
                NoSchedule("The demo leaves nothing on a computer.") if demo else system_schedule(data_dir),
                store=store,
                clock=clock,
                actor=actor,
            )
            logon = RememberedLogonStart(
                NoLogonStart() if demo else system_logon_start(data_dir), store=store
            )
            examiner = Examiner(store=store, reach=service.reach, clock=clock, actor=actor, schedule=schedule)
            if demo and opened.problem is None and not any(p.is_demo for p in store.providers()):
                store.save_provider(demo_provider(), at=clock.utc_now(), actor=actor)

            def closed_within(seconds: float) -> bool:
                end = time.monotonic() + seconds
                app.keep_unrecorded(seconds)
                is_kept.set()
                if not store.close_within(max(_CLOSING_SECONDS, end - time.monotonic())):
                    is_hurried.set()
                return not is_hurried.is_set()

            app = Application(
                data_dir,
                store,
                connector,
                secrets,
                clock,
                service,
                examiner,
                schedule,
                logon,
                actor,
                demo_provider,
                opened.database,
                opened.problem,
                copies.unrecorded,
                closed_within,
            )
            try:
                yield app
            finally:
                if not is_kept.is_set():
                    app.keep_unrecorded()
    except (JitError, OSError):
        _LOG.debug("Leaving because of an error", exc_info=True)
        raise
    except Exception:
        _LOG.critical("A fault of the program", exc_info=True)
        raise
    finally:
        is_over.set()
        for handler in log_handlers:
            is_late = is_hurried.is_set() or disk.is_silent
            stop_logging(handler, _LAST_LINES_SECONDS if is_late else FLUSH_SECONDS)


def _start_logging(
    data_dir: Path,
    redactor: Redactor,
    copies: SettingsCopies,
    disk: Patience,
    handlers: list[logging.Handler],
    is_over: threading.Event,
    *,
    for_ending: bool,
    anew: bool,
    touches_apart: bool,
) -> None:
    """Put the handler of the log file into ``handlers``, later where the disk does not answer. Where there
    can be no file, nothing is kept from ending for it."""

    def started() -> logging.Handler:
        if touches_apart:
            touch_apart(data_dir / FILE_NAME)
        if not anew and not data_dir.exists() and copies.read():
            return without_logging()
        return start_logging(data_dir, redactor)

    def came_late(handler: logging.Handler) -> None:
        if is_over.is_set():
            stop_logging(handler)
        else:
            handlers.append(handler)

    try:
        handlers.append(disk.ask(started, seconds=_LOG_SECONDS, late=came_late))
    except Unanswered:
        if not for_ending:
            raise StoreSilent(subject=str(data_dir / FILE_NAME)) from None
        handlers.append(without_logging())
    except StoreError:
        if not for_ending:
            raise
        handlers.append(without_logging())


def _opened(
    data_dir: Path, copies: SettingsCopies, disk: Patience, *, for_ending: bool, anew: bool
) -> Opened:
    if for_ending:
        return open_for_ending(data_dir, copies, disk)
    return (open_as_usual if anew else open_what_is_there)(data_dir, copies, disk)


def _remembering(
    opened: Opened, copies: SettingsCopies, disk: Patience, clock: Clock, actor: str
) -> RememberingStore:
    return RememberingStore(
        opened.store,
        now=clock.utc_now,
        monotonic=clock.monotonic,
        actor=actor,
        reopen=opened.reopen,
        # What is only gone from it keeps nothing from being recorded.
        problem=opened.problem if opened.reopen is not None else None,
        providers=opened.providers,
        missing=opened.missing,
        used=copies.used,
        patience=disk,
    )
