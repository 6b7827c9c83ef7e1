# SPDX-License-Identifier: MIT
"""The whole program over the demo domain and a real store, with a clock that stands until it is moved."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QWidget

from jit_desktop.directory.demo import DEMO_PROVIDER_ID, DemoConsole, FaultPlan, demo_factory, demo_provider
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.examiner import Examiner
from jit_desktop.elevation.identity import ObjectGuid, ProviderId
from jit_desktop.elevation.model import CheckoutRequest, Elevation, StepReport
from jit_desktop.elevation.ports import Abilities, FoundDomain
from jit_desktop.elevation.scheduling import AuditedSchedule, RememberedLogonStart
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.service import ElevationService
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.store import SqliteStore
from jit_desktop.tour.pretending import PretendedLogonStart, PretendedSchedule
from jit_desktop.ui.bridge import Workers
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.main_window import MainWindow
from tests.ui.main_window.inspections import PlayedExaminer

START = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
ACTOR = "CORP\\anna.lindqvist"
TIMEOUT_MS = 10_000

W = TypeVar("W", bound=QObject)


class StandingClock:
    """Wall and monotonic clock that only move when they are told to."""

    def __init__(self, start: datetime = START) -> None:
        self._wall = start
        self._monotonic = 1000.0

    def utc_now(self) -> datetime:
        return self._wall

    def monotonic(self) -> float:
        return self._monotonic

    def boot_id(self) -> str:
        return "boot-1"

    def sleep(self, seconds: float) -> None:
        self.pass_seconds(seconds)

    def pass_seconds(self, seconds: float) -> None:
        self._monotonic += seconds
        self._wall += timedelta(seconds=seconds)

    def set_wall_clock_ahead(self, seconds: float) -> None:
        """Somebody sets the computer's clock: nothing has passed."""
        self._wall += timedelta(seconds=seconds)


class Passwords:
    """Secrets in memory that tell what was remembered and how."""

    def __init__(self, *, can_keep: bool = True) -> None:
        self.can_keep = can_keep
        self.kept: dict[ProviderId, bool] = {}
        self._values: dict[ProviderId, Secret] = {}

    def password(self, provider_id: ProviderId) -> Secret | None:
        return self._values.get(provider_id)

    def remember(self, provider_id: ProviderId, password: Secret, *, keep: bool) -> None:
        self._values[provider_id] = password
        self.kept[provider_id] = keep

    def forget(self, provider_id: ProviderId) -> None:
        self._values.pop(provider_id, None)


class Sessions:
    """Remembers what would have been started."""

    def __init__(self) -> None:
        self.started: list[tuple[tuple[str, ...], str, str]] = []
        self.error: JitError | None = None

    def start(self, command: Sequence[str], *, account: str, domain: str) -> int:
        if self.error is not None:
            raise self.error
        self.started.append((tuple(command), account, domain))
        return 4711


class Nobody:
    """A listener that does not listen."""

    def on_step(self, report: StepReport) -> None: ...

    def on_elevation(self, elevation: Elevation) -> None: ...


class Gate:
    """Where work of a worker waits until it is let through."""

    def __init__(self) -> None:
        self._reached, self._opened = threading.Event(), threading.Event()

    def pass_through(self) -> None:
        """The worker's side."""
        self._reached.set()
        assert self._opened.wait(TIMEOUT_MS / 1000)

    def wait_until_reached(self) -> None:
        """The test's side: work that only waits for its thread would be dropped, not finished, at an end."""
        assert self._reached.wait(TIMEOUT_MS / 1000)

    def open(self) -> None:
        """Let the work go on."""
        self._opened.set()


class World:
    """One program, its domain and its user's hands."""

    def __init__(
        self, folder: Path, *, provider: DomainProvider | None = None, latency_seconds: float = 0.0
    ) -> None:
        self.clock = StandingClock()
        self.faults = FaultPlan()
        # What these tests look at ends only by the program; what the windows say otherwise has its own tests.
        self.connector = demo_factory(
            None,
            self.clock,
            faults=self.faults,
            latency_seconds=latency_seconds,
            abilities=Abilities(),
        )
        self.console = DemoConsole(self.connector.domain)
        self.store = SqliteStore(folder)
        self.secrets = Passwords()
        self.sessions = Sessions()
        self.service = ElevationService(
            store=self.store,
            connector=self.connector,
            secrets=self.secrets,
            clock=self.clock,
            actor=ACTOR,
        )
        self.examiner = Examiner(store=self.store, reach=self.service.reach, clock=self.clock, actor=ACTOR)
        self.schedule = PretendedSchedule()
        """The operating system's, which others can change too."""
        self.logon = PretendedLogonStart()
        """The same."""
        self.found_domain = FoundDomain()
        self.provider = provider or demo_provider()
        self.workers = Workers(expected_errors=(JitError,))
        self.context = UiContext(
            service=self.service,
            examiner=self.examiner,
            schedule=AuditedSchedule(self.schedule, store=self.store, clock=self.clock, actor=ACTOR),
            logon=RememberedLogonStart(self.logon, store=self.store),
            store=self.store,
            secrets=self.secrets,
            connector=self.connector,
            clock=self.clock,
            sessions=self.sessions,
            workers=self.workers,
            data_dir=folder,
            actor=ACTOR,
            find_domain=lambda: self.found_domain,
            demo_provider=demo_provider,
        )
        self.nobody = Nobody()
        self.desk = Desk(self.context)
        self._window: MainWindow | None = None

    # --- before the window opens ---

    def save_provider(self, provider: DomainProvider | None = None, /, **policy: object) -> DomainProvider:
        """Set up the domain provider, with other terms of the checkout policy where they are given."""
        provider = provider or self.provider
        if policy:
            provider = replace(provider, policy=replace(provider.policy, **policy))  # type: ignore[arg-type]
        self.provider = provider
        self.store.save_provider(provider, at=self.clock.utc_now(), actor=ACTOR)
        return provider

    def account(self, logon_name: str) -> ObjectGuid:
        return next(a.account.guid for a in self.provider.accounts if a.account.name == logon_name)

    def lend(
        self,
        logon_name: str = "_backupoperator15",
        *,
        seconds: int = 7200,
        privileges: int = 1,
        reason: str = "",
        by: str = ACTOR,
        ticket: str = "",
    ) -> Elevation:
        """Check out without a window."""
        groups = tuple(p.group.guid for p in self.provider.jit.privileges[:privileges])
        request = CheckoutRequest(
            DEMO_PROVIDER_ID, self.account(logon_name), groups, seconds, by, reason, ticket
        )
        return self.service.check_out(request, self.nobody)

    def activate(self) -> None:
        """Let replication get through without a window."""
        self.clock.pass_seconds(self.provider.jit.replication_latency_seconds + 1)
        self.service.tick(self.nobody)

    def play_examiner(self) -> PlayedExaminer:
        """From now on nothing is looked at; what is found is what the examiner was told."""
        played = PlayedExaminer(self.provider.id, self.clock.utc_now())
        object.__setattr__(self.context, "examiner", played)
        return played

    def show(self, elevation: Elevation) -> None:
        """Put an elevation onto the board that the directory would not make."""
        self.desk.board.take(replace(elevation, revision=elevation.revision + 50))

    # --- the window ---

    @property
    def window(self) -> MainWindow:
        assert self._window is not None
        return self._window

    def open(self, *, start: bool = True) -> MainWindow:
        """Open the main window and let it read what there is."""
        self._window = MainWindow(self.desk)
        self._window.show()
        if start:
            self.desk.start()
            self.settle()
        return self._window

    def wait_until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Serve the windows until something is so."""
        end = time.monotonic() + TIMEOUT_MS / 1000
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain for {what or condition}")
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.001)  # or this loop holds the interpreter, which the workers wait for

    def settle(self) -> None:
        """Wait until no worker is busy any more."""
        self.wait_until(lambda: not self.is_busy(), "the workers")
        for _ in range(3):  # layouts within layouts settle one after the other
            QCoreApplication.processEvents()

    def is_busy(self) -> bool:
        return self.desk.heartbeat.is_working or any(w.is_busy for w in self.workers._workers.values())

    def pass_seconds(self, seconds: float, *, beats: int = 1) -> None:
        """Let time pass while the program runs: as many seconds as the timer would see, in few beats."""
        for _ in range(beats):
            self.clock.pass_seconds(seconds / beats)
            self.desk.heartbeat.beat()
            self.settle()

    def hold(self, what: str, monkeypatch: pytest.MonkeyPatch) -> Gate:
        """Let a call of the service wait in its worker until the gate is opened."""
        gate, real = Gate(), getattr(self.service, what)

        def held(*arguments: object) -> object:
            gate.pass_through()
            return real(*arguments)

        monkeypatch.setattr(self.service, what, held)
        return gate

    # --- hands ---

    def find(self, kind: type[W], name: str, parent: QWidget | None = None) -> W:
        """The widget of that object name, in any window."""
        roots = [parent] if parent is not None else QApplication.topLevelWidgets()
        for root in roots:
            if isinstance(root, kind) and root.objectName() == name:
                return root
            found = root.findChild(kind, name)
            if isinstance(found, kind):
                return found
        raise AssertionError(f"no {kind.__name__} named {name!r}")

    def is_there(self, name: str) -> bool:
        """Whether a widget of that object name can be seen."""
        windows = QApplication.topLevelWidgets()
        found = [w for root in windows for w in (root, *root.findChildren(QWidget, name))]
        return any(w.objectName() == name and w.isVisible() for w in found)

    def click(self, name: str, parent: QWidget | None = None) -> None:
        """Click a button that can be seen and used."""
        button = self.find(QAbstractButton, name, parent)
        assert button.isVisible(), f"{name} is not visible"
        assert button.isEnabled(), f"{name} is not enabled: {button.toolTip()}"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def select_row(self, table_name: str, row: int = 0) -> None:
        """Select a row of a table."""
        table = self.find(QAbstractItemView, table_name)
        table.setCurrentIndex(table.model().index(row, 0))

    def cells(self, table_name: str) -> list[list[str]]:
        """What a table shows."""
        model = self.find(QAbstractItemView, table_name).model()
        return [
            [str(model.index(row, column).data() or "") for column in range(model.columnCount())]
            for row in range(model.rowCount())
        ]

    def close(self) -> None:
        """Everything goes; the workers have to end."""
        self.desk.stop()
        for window in QApplication.topLevelWidgets():
            window.hide()
        assert self.workers.shutdown(timeout_seconds=10) == []
        if self._window is not None:
            self._window.tray.close()
            self._window.tray.menu.deleteLater()
            self._window.deleteLater()
        self.desk.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.store.close()
