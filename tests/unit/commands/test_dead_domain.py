# SPDX-License-Identifier: MIT
"""Two providers in one database, one of them behind a server that accepts and never answers: the other one's
elevation ends on time, and a signal is heard."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from typing_extensions import override

from jit_desktop.app import Application, application
from jit_desktop.commands import sweeping
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.commands.output import Output
from jit_desktop.directory.demo import demo_provider
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import CheckoutRequest, Elevation, StepReport, SweepReport
from jit_desktop.elevation.ports import Listener
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.service import TickReport
from jit_desktop.elevation.settings import ConnectionMethod, ConnectionSettings, SignIn
from jit_desktop.platform.clock import SystemClock

DEAD = ProviderId("00000000-dead-4000-8000-000000000000")
SILENT_SECONDS = 60
"""How long the dead one is waited for: who waits with it is as late as that."""
AT_ONCE = timedelta(seconds=10)
"""Far from that, and more than a busy machine needs. The series `providers` measures how late exactly."""


class Ahead(SystemClock):
    """The computer's clocks, which a test may put forward."""

    seconds = 0.0

    @override
    def utc_now(self) -> datetime:
        return super().utc_now() + timedelta(seconds=self.seconds)

    @override
    def monotonic(self) -> float:
        return super().monotonic() + self.seconds


class Nobody:
    def on_step(self, report: StepReport) -> None: ...

    def on_elevation(self, elevation: Elevation) -> None: ...


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Somebody who takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken: list[socket.socket] = []

        def serve() -> None:
            with suppress(OSError):
                while True:
                    taken.append(listening.accept()[0])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        # On Linux this wakes who waits there, on Windows the closing does.
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
        for client in taken:
            client.close()


@pytest.fixture
def app(tmp_path: Path, clock: Ahead, silent_port: int) -> Iterator[Application]:
    connection = ConnectionSettings(
        method=ConnectionMethod.LDAPS,
        server="127.0.0.1",
        port=silent_port,
        sign_in=SignIn.PASSWORD,
        bind_as="CORP\\svc-jit",
        connect_timeout_seconds=SILENT_SECONDS,
    )
    with application(tmp_path, demo=True, clock=clock) as app:
        dead = replace(demo_provider(), id=DEAD, name="A dead domain", connection=connection)
        app.store.save_provider(dead, at=clock.utc_now(), actor="test")
        app.secrets.remember(DEAD, Secret("pass"), keep=False)
        yield app


def lend(app: Application, clock: Ahead, left: float) -> Elevation:
    """A minute on the healthy domain, of which ``left`` seconds are left."""
    (provider,) = (p for p in app.store.providers() if p.is_demo)
    group = provider.jit.privileges[0].group.guid
    account = next(a.account.guid for a in provider.accounts if a.account.name == "_backupoperator15")
    lent = app.service.check_out(CheckoutRequest(provider.id, account, (group,), 60, "test"), Nobody())
    clock.seconds += (lent.deadline - app.service.domain_now(provider.id)).total_seconds() - left
    return lent


def words(every: float | None) -> Namespace:
    return Namespace(password_stdin=False, provider="", every=every)


def how_late(app: Application, lent: Elevation) -> timedelta:
    begun, *_ = (t.at for t in app.store.transitions(lent.id) if t.event is Event.END_STARTED)
    return begun - lent.deadline


def is_confirmed(app: Application, lent: Elevation) -> bool:
    return app.store.elevation(lent.id).state is State.ENDED


def serve_until(
    app: Application, is_enough: Callable[[], bool], seconds: float = 45
) -> tuple[int, float, list[dict[str, object]]]:
    """Let the service run until it ``is_enough``, or for so long, and end it with SIGTERM: its code, how long
    that took, what it said."""
    told_at = 0.0
    has_left = threading.Event()

    def terminate() -> None:
        nonlocal told_at
        stop = time.monotonic() + seconds
        while time.monotonic() < stop and not is_enough():
            has_left.wait(0.1)
        told_at = time.monotonic()
        if not has_left.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    timer = threading.Thread(target=terminate)
    timer.start()
    said = io.StringIO()
    try:
        code = sweeping.sweep(app, words(60.0), Output(as_json=True, results=said, messages=None))
    finally:
        has_left.set()
        timer.join()
    took = time.monotonic() - told_at
    return code, took, [json.loads(line) for line in said.getvalue().splitlines()]


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill would end the process")
def test_that_a_dead_domain_delays_no_other_in_a_service_and_a_signal_is_heard(
    app: Application, clock: Ahead
) -> None:
    lent = lend(app, clock, left=2)
    code, took, _ = serve_until(app, lambda: is_confirmed(app, lent))
    assert is_confirmed(app, lent)
    assert how_late(app, lent) <= AT_ONCE
    assert took < SILENT_SECONDS / 2
    assert not [t.name for t in threading.enumerate() if t.name.startswith("sweep of")], "broken off"
    assert code == ExitCode.DONE


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill would end the process")
def test_that_what_hangs_past_its_deadline_is_in_the_exit_code_of_a_service(
    app: Application, clock: Ahead
) -> None:
    lent = lend(app, clock, left=1)
    (healthy,) = (p for p in app.store.providers() if p.is_demo)
    dead = app.store.provider(DEAD)
    app.secrets.remember(healthy.id, Secret("pass"), keep=False)
    app.store.save_provider(replace(healthy, connection=dead.connection), at=clock.utc_now(), actor="test")
    code, took, _ = serve_until(app, lambda: False, seconds=3)
    assert app.store.elevation(lent.id).state is not State.OVERDUE, "its sweep hangs"
    assert code == ExitCode.NOT_ENDED
    assert took < SILENT_SECONDS / 2


def leave_when(app: Application, monkeypatch: pytest.MonkeyPatch, is_enough: Callable[[], bool]) -> None:
    """The budget of a sweep is over when the healthy domain was swept, and when it ``is_enough``."""
    swept = threading.Event()
    real, begun = app.service.sweep, time.monotonic()

    def noting(provider_id: ProviderId, listener: Listener) -> SweepReport:
        report = real(provider_id, listener)
        if provider_id != DEAD:
            swept.set()
        return report

    def clock() -> float:
        is_over = swept.is_set() and is_enough()
        return begun + (sweeping.BUDGET_SECONDS if is_over else 0) + time.monotonic() / 1e6

    monkeypatch.setattr(app.service, "sweep", noting)
    monkeypatch.setattr(sweeping, "time", SimpleNamespace(monotonic=clock))


def test_that_what_becomes_due_while_a_dead_domain_is_waited_for_is_ended_on_time(
    app: Application, clock: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other sweep begins before this one has left."""
    lent = lend(app, clock, left=3)
    stop = time.monotonic() + 30
    leave_when(app, monkeypatch, lambda: is_confirmed(app, lent) or time.monotonic() > stop)
    said = io.StringIO()
    sweeping.sweep(app, words(None), Output(as_json=True, results=said, messages=None))
    assert is_confirmed(app, lent)
    assert how_late(app, lent) <= AT_ONCE
    _, healthy = json.loads(said.getvalue())["sweeps"]
    assert [e["id"] for e in healthy["ended"]] == [lent.id]


def test_that_what_is_ended_as_a_sweep_leaves_a_dead_domain_is_told(
    app: Application, clock: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = lend(app, clock, left=3)
    stop, asked, is_leaving = time.monotonic() + 30, 0, threading.Event()

    def is_enough() -> bool:
        nonlocal asked
        is_there = is_confirmed(app, lent) or time.monotonic() > stop
        asked += is_there
        if asked > 2:  # by the waits for both domains; then by the wait for the pass under way
            is_leaving.set()
        return is_there

    leave_when(app, monkeypatch, is_enough)
    tick = app.service.tick

    def slow(listener: Listener, provider_id: ProviderId) -> TickReport:
        report = tick(listener, provider_id)
        if any(not e.is_open for e in report.changed):
            is_leaving.wait(30)
        return report

    monkeypatch.setattr(app.service, "tick", slow)
    said = io.StringIO()
    sweeping.sweep(app, words(None), Output(as_json=True, results=said, messages=None))
    _, healthy = json.loads(said.getvalue())["sweeps"]
    assert [e["id"] for e in healthy["ended"]] == [lent.id]


def test_that_a_dead_domain_delays_no_other_in_a_sweep_which_leaves_after_its_budget(
    app: Application, clock: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = lend(app, clock, left=0)
    begun = time.monotonic()
    leave_when(app, monkeypatch, lambda: True)
    said = io.StringIO()
    code = sweeping.sweep(app, words(None), Output(as_json=True, results=said, messages=None))
    assert time.monotonic() - begun < SILENT_SECONDS / 2
    assert how_late(app, lent) <= AT_ONCE
    dead, healthy = json.loads(said.getvalue())["sweeps"]
    assert dead["provider"]["name"] < healthy["provider"]["name"]
    assert "longer than 300 seconds" in dead["problem"]
    assert healthy["problem"] == ""
    assert len(healthy["ended"]) + len(healthy["ending"]) == 1
    assert code == ExitCode.DIRECTORY


def test_that_a_domain_that_hangs_past_a_deadline_is_an_alarm_of_the_sweep(
    app: Application, clock: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BUDGET_SECONDS", 1)
    lend(app, clock, left=0)
    (healthy,) = (p for p in app.store.providers() if p.is_demo)
    dead = app.store.provider(DEAD)
    app.secrets.remember(healthy.id, Secret("pass"), keep=False)
    app.store.save_provider(replace(healthy, connection=dead.connection), at=clock.utc_now(), actor="test")
    code = sweeping.sweep(app, words(None), Output(results=None, messages=None))
    assert code == ExitCode.NOT_ENDED


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill would end the process")
def test_that_providers_that_come_are_noticed_by_a_running_service(app: Application, clock: Ahead) -> None:
    lent = lend(app, clock, left=1)
    (healthy,) = (p for p in app.store.providers() if p.is_demo)
    real, hidden = app.store.providers, True

    def providers() -> list[object]:
        return [p for p in real() if not (hidden and p.is_demo)]

    def show() -> None:
        nonlocal hidden
        hidden = False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app.store, "providers", providers)
        timer = threading.Timer(1, show)
        timer.start()
        serve_until(app, lambda: is_confirmed(app, lent))
        timer.join()
    assert healthy.id == lent.provider_id
    assert how_late(app, lent) <= timedelta(seconds=15)
