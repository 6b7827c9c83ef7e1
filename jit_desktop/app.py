# SPDX-License-Identifier: MIT
"""Builds the objects and hands them to each other; nothing else does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.directory.demo import FaultPlan, demo_factory, demo_provider
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.examiner import Examiner
from jit_desktop.elevation.ports import Clock, Secrets, StartAtLogon, SweepSchedule
from jit_desktop.elevation.scheduling import AuditedSchedule
from jit_desktop.elevation.service import ElevationService
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.platform.clock import SystemClock
from jit_desktop.platform.identity import current_user
from jit_desktop.platform.logging_setup import Redactor, start_logging, stop_logging
from jit_desktop.platform.paths import default_data_dir
from jit_desktop.platform.schedule import NoSchedule, system_schedule
from jit_desktop.platform.secrets import KeyringSecrets, system_credential_store
from jit_desktop.platform.start_at_logon import NoLogonStart, system_logon_start
from jit_desktop.store import SqliteStore

_LOG = logging.getLogger(__name__)

DEMO_FILE = "demo-domain.json"
DEMO_FOLDER = "demo"


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that a window or a command works with."""

    data_dir: Path
    store: SqliteStore
    connector: DirectoryConnector
    secrets: Secrets
    clock: Clock
    service: ElevationService
    examiner: Examiner
    schedule: SweepSchedule
    logon: StartAtLogon
    actor: str
    demo_provider: Callable[[], DomainProvider]


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
) -> Iterator[Application]:
    """The objects on the state in ``data_dir``, until the block is left.

    ``demo`` makes sure that the provider of the demo domain is there. ``clock`` and ``actor`` are the
    system's clock and the person who is logged on, unless others are given; ``faults`` are those of the
    demo domain, for whoever shows what becomes of them. Raises
    :class:`~jit_desktop.elevation.errors.StoreError` where the database can't be used.
    """
    redactor = Redactor()
    log_handler = start_logging(data_dir, redactor)
    try:
        clock = clock or SystemClock()
        with SqliteStore(data_dir) as store:
            demo_connector = demo_factory(data_dir / DEMO_FILE, clock, faults=faults)
            connector = DirectoryConnector(demo_connector)
            secrets = KeyringSecrets(system_credential_store(), on_use=redactor.add)
            actor = actor or current_user()
            service = ElevationService(
                store=store, connector=connector, secrets=secrets, clock=clock, actor=actor
            )
            schedule = AuditedSchedule(
                NoSchedule("The demo leaves nothing on a computer.") if demo else system_schedule(data_dir),
                store=store,
                clock=clock,
                actor=actor,
            )
            logon = NoLogonStart() if demo else system_logon_start(data_dir)
            examiner = Examiner(store=store, reach=service.reach, clock=clock, actor=actor, schedule=schedule)
            if demo and not any(p.is_demo for p in store.providers()):
                store.save_provider(demo_provider(), at=clock.utc_now(), actor=actor)
            yield Application(
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
            )
    except (JitError, OSError):
        _LOG.debug("Leaving because of an error", exc_info=True)
        raise
    except Exception:
        _LOG.critical("A fault of the program", exc_info=True)
        raise
    finally:
        stop_logging(log_handler)
