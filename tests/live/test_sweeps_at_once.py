# SPDX-License-Identifier: MIT
"""Sweeps, services and windows that end the same elevations at the same moment, on the real domain."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from jit_desktop.app import Application, application
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import CheckoutRequest, Elevation, StepReport
from jit_desktop.elevation.secret import Secret
from tests.samba import names
from tests.samba.server import SambaDomain
from tests.samba.shell import Shell, write_settings
from tests.samba.verifier import Verifier

SECONDS = 60
"""The shortest duration that a policy may allow."""


class Nobody:
    """Listens as a window that is not looked at."""

    def on_step(self, report: StepReport) -> None: ...

    def on_elevation(self, elevation: Elevation) -> None: ...


class Copy:
    """One data folder: its window-like copy in this process, and the programs that are started on it."""

    def __init__(self, app: Application, domain: SambaDomain) -> None:
        self.app = app
        self.domain = domain
        (self.provider,) = app.store.providers()
        app.secrets.remember(self.provider.id, Secret(domain.service.password), keep=False)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A sweep, which has its password already."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jit_desktop", "--data-dir", str(self.app.data_dir)),
                *("sweep", *words, "--password-stdin", "--json"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**self.domain.environment, "PYTHONUTF8": "1", "PATH": "/usr/bin:/bin"},
        )
        assert process.stdin is not None
        process.stdin.write(self.domain.service.password + "\n")
        process.stdin.close()
        process.stdin = None  # else communicate() would flush it
        return process

    @contextmanager
    def service(self) -> Iterator[None]:
        """A service that sweeps every second, until SIGTERM; it must find nothing wrong."""
        process = self.start("--every", "1s")
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            expect_calm(process, is_service=True)

    @contextmanager
    def window(self) -> Iterator[None]:
        """Ticks without a pause, as a window would that beats too often."""
        stop, failures = threading.Event(), list[str]()

        def beat() -> None:
            while not stop.wait(0.1):
                report = self.app.service.tick(Nobody())
                failures.extend(f"overdue: {e.account.name}" for e in report.overdue)
                failures.extend(map(str, report.problems.values()))

        thread = threading.Thread(target=beat)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(60)
            assert failures == []

    def check_out(self) -> list[Elevation]:
        group = names.GROUP_ADMINS
        (privilege,) = (p.group.guid for p in self.provider.jit.privileges if p.group.dn == group)
        accounts = [a.account for a in self.provider.accounts if a.account.dn != names.ACCOUNT_PERMANENT]
        return [
            self.app.service.check_out(
                CheckoutRequest(self.provider.id, a.guid, (privilege,), SECONDS, self.app.actor), Nobody()
            )
            for a in accounts
        ]

    def is_over(self) -> bool:
        return not self.app.store.open_elevations()

    def assert_calm(self, elevations: list[Elevation]) -> None:
        """All have ended once and on time, and nothing was ever recorded that would alarm anybody."""
        for elevation in elevations:
            ended = self.app.store.elevation(elevation.id)
            assert ended.state is State.ENDED
            assert ended.ended_at is not None
            assert timedelta(0) <= ended.ended_at - ended.deadline <= timedelta(seconds=60)
            events = [t.event for t in self.app.store.transitions(elevation.id)]
            assert Event.END_UNCONFIRMED not in events
            assert len([e for e in events if e in (Event.END_CONFIRMED, Event.GONE)]) == 1, events
        actions = {entry.action for entry in self.app.store.audit(limit=10_000)}
        assert "elevation.removed-again" not in actions
        assert self.app.database is not None
        assert self.app.database.verify_audit() == []


def expect_calm(process: subprocess.Popen[str], *, is_service: bool = False) -> None:
    """That a sweep left with success and told of nothing overdue and of no problem."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == ExitCode.DONE, out + err
    assert not [line for line in err.splitlines() if line.startswith(("!", "✗", "jit-desktop:"))], err
    # A service prints its news a line, and nothing at all where the others were faster each time.
    for document in map(json.loads, out.splitlines() if is_service else [out]):
        for report in document.get("sweeps", [document]):
            # That an end past its deadline takes a while is no sweep's report.
            assert (report.get("overdue", []), report.get("problem", "")) == ([], ""), report


def wait_for(what: Callable[[], bool], seconds: float) -> None:
    end, gate = time.monotonic() + seconds, threading.Event()
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        gate.wait(0.1)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("folders", [1, 2])
def test_that_all_who_end_the_same_at_once_end_it_once_and_alarm_nobody(
    samba_domain: SambaDomain, verifier: Verifier, tmp_path: Path, folders: int
) -> None:
    file = str(write_settings(samba_domain, tmp_path / "settings.json"))
    with ExitStack() as stack:
        copies = []
        for number in range(folders):
            Shell(samba_domain, tmp_path / f"data{number}").json("settings", "import", file)
            app = stack.enter_context(application(tmp_path / f"data{number}"))
            copies.append(Copy(app, samba_domain))
        elevations = copies[0].check_out()
        assert len(elevations) == 4
        for copy in copies:
            stack.enter_context(copy.service())
        first = min(e.deadline for e in elevations)
        gate = threading.Event()
        while copies[0].app.service.domain_now(copies[0].provider.id) < first - timedelta(seconds=4):
            gate.wait(0.2)
        for copy in copies:
            stack.enter_context(copy.window())
        end = time.monotonic() + 120
        rounds = 0
        while rounds == 0 or not all(copy.is_over() for copy in copies):
            assert time.monotonic() < end
            for process in [copies[0].start(), copies[-1].start()]:
                expect_calm(process)
            rounds += 1
        wait_for(lambda: not verifier.groups_in(names.OU_INTERNAL), 30)
        for copy in copies:
            known = [e for e in elevations if copy is copies[0] or _has(copy, e)]
            copy.assert_calm(known)
    assert not verifier.is_effective_member(names.ACCOUNT_BACKUP, names.GROUP_ADMINS)


def _has(copy: Copy, elevation: Elevation) -> bool:
    return any(e.id == elevation.id for e in copy.app.store.history())
