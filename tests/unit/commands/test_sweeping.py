# SPDX-License-Identifier: MIT
"""sweep --every as a service, schedule, and what the exit code of sweep says."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from typing_extensions import override

from jit_desktop import app as app_module
from jit_desktop.__main__ import main
from jit_desktop.commands import schedule, serving
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.commands.serving import Service
from jit_desktop.directory.demo import DemoConnector
from jit_desktop.elevation.errors import (
    DirectoryUnavailable,
    JitError,
    ScheduleRefused,
    SignInFailed,
    StoreLocked,
)
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import Event
from jit_desktop.elevation.memory import RememberingStore
from jit_desktop.elevation.model import SuspectGroup, SweepReport, Transition
from jit_desktop.elevation.pacing import LOOK_SECONDS
from jit_desktop.elevation.ports import Listener
from jit_desktop.elevation.reaching import PASS_SECONDS
from jit_desktop.elevation.service import ElevationService
from jit_desktop.platform.schedule import Found
from jit_desktop.platform.service_manager import tell_service_manager
from jit_desktop.store import SqliteStore
from tests.unit.commands.test_commands import ADMINS, Shell
from tests.unit.elevation.helpers import ManualClock

needs_unix_sockets = pytest.mark.skipif(sys.platform == "win32", reason="systemd is Linux' own")
CONNECT = "jit_desktop.directory.connector.DirectoryConnector.connect"


class Watched(ManualClock):
    """A clock on which a service lives: sleeping lets time pass, and things happen at chosen seconds."""

    def __init__(self) -> None:
        super().__init__(wall=datetime.now(UTC).replace(microsecond=0))
        self.slept: list[float] = []
        self.events: dict[int, Callable[[], object]] = {}
        self.every_second: Callable[[], object] = lambda: None

    @override
    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)
        self.every_second()
        self.events.pop(len(self.slept), lambda: None)()


def terminate() -> None:
    signal.raise_signal(signal.SIGTERM)  # os.kill would end the process on Windows


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Watched:
    clock = Watched()
    monkeypatch.setattr(app_module, "SystemClock", lambda: clock)
    return clock


@pytest.fixture(autouse=True)
def in_step(clock: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """No second passes before every thread of the service has looked at the one before it."""

    def pause(service: Service) -> None:
        end = time.monotonic() + 20
        while not service.is_idle and time.monotonic() < end:
            time.sleep(0.0005)
        clock.sleep(LOOK_SECONDS)

    monkeypatch.setattr(Service, "_pause", pause)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], clock: Watched) -> Shell:
    return Shell(tmp_path / "data", capsys, clock)


def serve(shell: Shell, *words: str, code: int = ExitCode.DONE) -> list[Any]:
    """Run the service until something stops it; the documents that it printed."""
    clock = cast("Watched", shell.clock)
    clock.slept.clear()
    assert shell.run("sweep", "--every", "60s", "--json", *words) == code, shell.err
    return [json.loads(line) for line in shell.out.splitlines()]


def lend(shell: Shell, duration: str = "10m") -> datetime:
    done = shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", duration, "--no-wait")
    return datetime.fromisoformat(done["deadline"])


def test_that_a_service_that_finds_nothing_says_nothing(shell: Shell, clock: Watched) -> None:
    clock.events[130] = terminate
    assert serve(shell) == []
    assert max(clock.slept) <= 1


def test_that_a_deadline_does_not_wait_for_the_next_sweep(shell: Shell, clock: Watched) -> None:
    deadline = lend(shell, "608s")
    clock.advance(570)  # so that it comes at no multiple of the pause between ticks
    clock.events[60] = terminate
    news = serve(shell)
    with SqliteStore(shell.data_dir) as store:
        (elevation,) = store.history()
        begun, *_ = (t.at for t in store.transitions(elevation.id) if t.event is Event.END_STARTED)
    assert timedelta(0) <= begun - deadline <= timedelta(seconds=2)
    assert [e["state"] for d in news for e in d.get("ended", ())] == ["ended"]


def test_that_an_interrupt_ends_it_with_its_own_code(shell: Shell, clock: Watched) -> None:
    before = signal.getsignal(signal.SIGINT)
    clock.events[3] = lambda: signal.raise_signal(signal.SIGINT)
    serve(shell, code=ExitCode.INTERRUPTED)
    assert signal.getsignal(signal.SIGINT) is before


def test_that_the_alarm_is_in_the_last_exit_code(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(shell)
    fail = raising(DirectoryUnavailable("The domain controller does not answer."))
    clock.advance(530)  # one sweep more before the deadline
    clock.events[10] = lambda: monkeypatch.setattr(CONNECT, fail)
    clock.events[100] = terminate
    news = serve(shell, code=ExitCode.NOT_ENDED)
    assert [len(d["overdue"]) for d in news if "overdue" in d] == [0, 1], "each said once"
    assert [len(d["left"]) for d in news if "left" in d] == [1], "and when it stops"


def test_that_a_suspect_that_gives_rights_is_in_the_last_exit_code(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(shell)
    suspect = SuspectGroup("JIT_x", "CN=JIT_x", "it was altered", (ADMINS,), is_alarm=True)
    real = ElevationService.sweep

    def found(service: ElevationService, provider_id: ProviderId, listener: Listener) -> SweepReport:
        return replace(real(service, provider_id, listener), suspects=(suspect,))

    monkeypatch.setattr(ElevationService, "sweep", found)
    clock.events[40] = terminate  # ticks came after the sweep
    serve(shell, code=ExitCode.NOT_ENDED)


@pytest.mark.parametrize("in_which", [1, 2])
def test_that_a_suspect_is_remembered_whatever_else_is_wrong_with_the_sweeps(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch, in_which: int
) -> None:
    lend(shell)
    suspect = SuspectGroup("JIT_x", "CN=JIT_x", "it was altered", (ADMINS,), is_alarm=True)
    problem = "One of the domain controllers could not be searched."
    real = ElevationService.sweep
    sweeps = 0

    def found(service: ElevationService, provider_id: ProviderId, listener: Listener) -> SweepReport:
        nonlocal sweeps
        sweeps += 1
        suspects = (suspect,) if sweeps == in_which else ()
        return replace(real(service, provider_id, listener), suspects=suspects, problem=problem)

    monkeypatch.setattr(ElevationService, "sweep", found)
    clock.events[18] = terminate  # ticks came after the sweeps, and a sweep that missed it
    serve(shell, code=ExitCode.NOT_ENDED)
    assert sweeps >= 3


def test_that_it_survives_a_locked_database_and_tells_once(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run("list")
    real = SqliteStore.providers
    fail = raising(StoreLocked("Another program holds the database."))
    clock.events[50] = lambda: monkeypatch.setattr(SqliteStore, "providers", fail)
    clock.events[100] = lambda: monkeypatch.setattr(SqliteStore, "providers", real)
    clock.events[200] = terminate
    assert [d["code"] for d in serve(shell)] == ["store-locked", ""]


@pytest.mark.expects_log("could not record 0 elevations")
def test_that_a_service_ends_what_is_due_while_the_database_is_locked_at_its_start(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadline = lend(shell)
    monkeypatch.setattr("jit_desktop.store.database.BUSY_SECONDS", 0.1)
    holder = sqlite3.connect(shell.data_dir / "jit-desktop.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert shell.run("sweep") == ExitCode.LOCAL
    assert "what is due is ended all the same" in shell.err.lower()
    clock.advance(570)
    clock.events[60] = holder.close
    clock.events[90] = terminate
    news = serve(shell)
    assert "store-locked" in {d.get("code") for d in news}
    assert any(e["state"] == "ended" for d in news for e in d.get("ended", ()))
    with SqliteStore(shell.data_dir) as store:
        (elevation,) = store.history()
        begun = next(t.at for t in store.transitions(elevation.id) if t.event is Event.END_STARTED)
    assert timedelta(0) <= begun - deadline <= timedelta(seconds=2)


@pytest.mark.expects_log("A fault of the program")
def test_that_it_survives_a_fault_of_the_program(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run("list")
    fail = raising(ZeroDivisionError())
    clock.events[50] = lambda: monkeypatch.setattr(SqliteStore, "providers", fail)
    clock.events[80] = terminate
    said = [d["code"] for d in serve(shell, "--provider", "")]
    assert said == ["fault", "fault"], "each said once: by who reads the settings, and by who ends"


def test_that_a_suspended_computer_sweeps_as_soon_as_it_wakes(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(shell, "1h")
    sweeps = count_sweeps(shell, clock, monkeypatch)
    clock.events[10] = lambda: clock.advance(20)
    clock.events[12] = terminate
    serve(shell)
    assert sweeps == [0, 10]


@pytest.mark.parametrize("hours", [24, -24])
def test_that_a_clock_that_is_set_calls_for_a_sweep_and_moves_no_deadline(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    lend(shell, "1h")
    sweeps = count_sweeps(shell, clock, monkeypatch)

    def jump() -> None:
        clock.wall += timedelta(hours=hours)

    clock.events[10] = jump
    clock.events[12] = terminate
    serve(shell)
    assert sweeps == [0, 10]


def test_that_a_service_that_has_nothing_to_watch_says_so_and_waits_for_something(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = SqliteStore.providers
    monkeypatch.setattr(SqliteStore, "providers", lambda _store: [])
    clock.events[100] = lambda: monkeypatch.setattr(SqliteStore, "providers", real)
    clock.events[200] = terminate
    nothing, something = serve(shell)
    assert nothing["code"] == "refused"
    assert "watches nothing" in nothing["problem"]
    assert something["code"] == ""


def test_that_what_others_have_ended_since_the_last_look_is_no_alarm(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a sweep beside it does, between its last look and the signal."""

    def ended_by_others() -> None:
        with SqliteStore(shell.data_dir) as store:
            (running,) = store.open_elevations()
            over = running.after(Event.END_STARTED)
            over = store.advance(
                over, Transition(over.id, clock.utc_now(), Event.END_STARTED, running.state, over.state, "x")
            )
            ended = over.after(Event.END_CONFIRMED, ended_at=clock.utc_now())
            store.advance(
                ended,
                Transition(ended.id, clock.utc_now(), Event.END_CONFIRMED, over.state, ended.state, "x"),
            )
        clock.advance(120)
        terminate()

    lend(shell)
    clock.advance(540)
    clock.events[5] = ended_by_others
    serve(shell, code=ExitCode.DONE)


def test_that_an_alarm_is_over_with_the_provider_that_it_was_for(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_away() -> None:  # as somebody else may when nothing of it is open any more
        with SqliteStore(shell.data_dir) as store:
            (overdue,) = store.open_elevations()
            over = overdue.after(Event.END_CONFIRMED, ended_at=clock.utc_now())
            moved = Transition(over.id, clock.utc_now(), Event.END_CONFIRMED, overdue.state, over.state, "x")
            store.advance(over, moved)
        monkeypatch.setattr(SqliteStore, "providers", lambda _store: [])

    lend(shell)
    clock.advance(530)
    fail = raising(DirectoryUnavailable("The domain controller does not answer."))
    clock.events[10] = lambda: monkeypatch.setattr(CONNECT, fail)
    clock.events[100] = take_away
    clock.events[200] = terminate
    news = serve(shell, code=ExitCode.DONE)
    assert [len(d["overdue"]) for d in news if "overdue" in d][:2] == [0, 1]


def test_that_what_should_have_ended_of_a_provider_that_is_gone_is_an_alarm_of_a_service_too(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(shell)
    clock.advance(700)
    monkeypatch.setattr(SqliteStore, "providers", lambda _store: [])
    clock.events[130] = terminate
    news = serve(shell, code=ExitCode.NOT_ENDED)
    with SqliteStore(shell.data_dir) as store:
        (running,) = store.open_elevations()
    assert [d["left_out"] for d in news if "left_out" in d] == [[running.id]]


def test_that_what_was_left_out_is_no_alarm_any_more_when_its_provider_is_swept_again(
    shell: Shell, clock: Watched
) -> None:
    lend(shell)
    clock.advance(700)
    with pytest.MonkeyPatch.context() as gone:
        gone.setattr(SqliteStore, "providers", lambda _store: [])
        clock.events[10] = gone.undo
        clock.events[130] = terminate
        news = serve(shell)
    assert [len(d["left_out"]) for d in news if "left_out" in d] == [1, 0]


def test_that_a_provider_that_is_taken_away_meanwhile_is_said_and_survived(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run("list")
    name = shell.json("sweep")["sweeps"][0]["provider"]["name"]
    clock.events[10] = lambda: monkeypatch.setattr(SqliteStore, "providers", lambda _store: [])
    clock.events[130] = terminate
    assert [d["code"] for d in serve(shell, "--provider", name)] == ["unknown-item"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DirectoryUnavailable("It does not answer."), ExitCode.DIRECTORY),
        (SignInFailed("The password is not accepted."), ExitCode.SIGN_IN),
    ],
)
def test_that_the_exit_code_of_a_sweep_says_what_failed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, error: JitError, code: ExitCode
) -> None:
    shell.json("sweep", code=ExitCode.DONE)
    monkeypatch.setattr(CONNECT, raising(error))
    shell.json("sweep", code=code)


def test_that_the_demo_sets_nothing_up(shell: Shell) -> None:
    assert shell.json("schedule", "show")["schedule"]["installed"] is False
    assert shell.run("schedule", "install") == ExitCode.REFUSED
    assert "leaves nothing" in shell.err


def found(data_dir: Path, *, problem: JitError | None = None) -> Found:
    command = ("JIT Desktop.exe", "--data-dir", str(data_dir), "sweep")
    return Found("JIT Desktop sweep 0", command, removed=problem is None, problem=problem)


def test_that_all_sweeps_are_removed_without_a_data_folder_being_made(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "remove_every_schedule", lambda folder: (found(tmp_path / "gone"),))
    assert shell.run("schedule", "remove", "--all", "--json", demo=False) == ExitCode.DONE, shell.err
    [told] = json.loads(shell.out)["schedules"]
    assert told["removed"]
    assert list(tmp_path.iterdir()) == []


def test_that_the_audit_trail_says_that_the_sweep_of_its_folder_was_removed(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.json("list")
    monkeypatch.setattr(schedule, "remove_every_schedule", lambda folder: (found(tmp_path / "data"),))
    monkeypatch.setattr(schedule, "default_data_dir", lambda: tmp_path / "usual")
    assert shell.run("schedule", "remove", "--all", demo=False) == ExitCode.DONE, shell.err
    with SqliteStore(tmp_path / "data") as store:
        assert store.audit(limit=1)[0].action == "schedule.removed"


def test_that_removing_all_sweeps_opens_no_folder_of_somebody_else(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.json("list")
    outside = tmp_path / "me" / ".." / "data"
    for folder in (tmp_path / "data", outside, Path("data")):
        monkeypatch.setattr(schedule, "remove_every_schedule", lambda _, folder=folder: (found(folder),))
        monkeypatch.setattr(schedule, "default_data_dir", lambda: tmp_path / "me" / "usual")
        assert shell.run("schedule", "remove", "--all", demo=False) == ExitCode.DONE, shell.err
    with SqliteStore(tmp_path / "data") as store:
        assert "schedule.removed" not in {entry.action for entry in store.audit()}


def test_that_a_sweep_that_stays_is_said_by_the_exit_code(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = found(tmp_path, problem=ScheduleRefused("It refused.", remedy="Ask again."))
    monkeypatch.setattr(schedule, "remove_every_schedule", lambda folder: (refused,))
    assert shell.run("schedule", "remove", "--all", demo=False) == ExitCode.LOCAL
    assert "Ask again." in shell.err


@needs_unix_sockets
def test_that_the_service_manager_hears_the_service_begin_live_and_stop(
    shell: Shell, clock: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.events[3] = terminate
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "s"))
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "s"))
        serve(shell)
        heard = [manager.recv(100) for _ in range(5)]
        manager.setblocking(False)
        with pytest.raises(BlockingIOError):
            manager.recv(100)
    assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"WATCHDOG=1", b"STOPPING=1"]


@needs_unix_sockets
def test_that_a_sweep_that_hangs_is_said_and_is_not_well(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(shell)
    clock.advance(590)
    released, hangs = threading.Event(), threading.Event()
    told: list[str] = []

    def hang(*_: object) -> None:
        hangs.set()
        released.wait()
        raise DirectoryUnavailable("It came back.")

    def pause(service: Service) -> None:
        """The thread that hangs is not waited for."""
        assert hangs.wait(20)
        others = (service._keeper, service._teller)
        end = time.monotonic() + 20
        while not all(thread.is_idle for thread in others) and time.monotonic() < end:
            time.sleep(0.0005)
        clock.sleep(LOOK_SECONDS)

    monkeypatch.setattr(ElevationService, "sweep", hang)
    monkeypatch.setattr(ElevationService, "tick", hang)
    monkeypatch.setattr(Service, "_pause", pause)
    monkeypatch.setattr(serving, "tell_service_manager", told.append)
    clock.events[400] = terminate
    try:
        news = serve(shell, code=ExitCode.NOT_ENDED)
    finally:
        released.set()
    late, left = news
    assert left["left"] == late["late"]
    assert "OVERDUE: _backupoperator15: its sweep has not come to its end" in late["problem"]
    assert len(late["late"]) == 1
    assert 295 < told.count("WATCHDOG=1") < 310, "no more of it when it has hung for five minutes"


@needs_unix_sockets
def test_that_a_sweep_and_a_tick_that_each_take_as_long_as_they_may_do_not_hang(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run("list")
    told: list[str] = []
    released = {"sweep": threading.Event(), "tick": threading.Event()}
    began = {"sweep": threading.Event(), "tick": threading.Event()}

    def held(name: str) -> Callable[..., Any]:
        real = getattr(ElevationService, name)

        def call(*args: Any) -> Any:
            began[name].set()
            assert released[name].wait(60)
            return real(*args)

        return call

    def pause(service: Service) -> None:
        """Each of them takes two passes, one after the other."""
        if len(clock.slept) == 2 * PASS_SECONDS:
            released["sweep"].set()
            assert began["tick"].wait(20)
        assert began["sweep"].wait(20)
        end = time.monotonic() + 20
        while not (service._keeper.is_idle and service._teller.is_idle) and time.monotonic() < end:
            time.sleep(0.0005)
        clock.sleep(LOOK_SECONDS)

    for name in released:
        monkeypatch.setattr(ElevationService, name, held(name))
    monkeypatch.setattr(Service, "_pause", pause)
    monkeypatch.setattr(serving, "tell_service_manager", told.append)
    clock.events[4 * PASS_SECONDS] = terminate
    try:
        serve(shell, "--every", "1h")
    finally:
        released["tick"].set()
    assert told.count("WATCHDOG=1") == 4 * PASS_SECONDS


def refuse_threads(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    """The system gives no thread of a name that begins so any more."""
    real = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        if thread.name.startswith(wanted):
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)


@pytest.mark.expects_log("A fault of the program in the sweep")
def test_that_what_should_have_ended_is_an_alarm_where_its_provider_gets_no_thread(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(shell)
    clock.advance(700)
    refuse_threads(monkeypatch, "sweep of")
    clock.events[20] = terminate
    news = serve(shell, code=ExitCode.NOT_ENDED)
    (left,) = [d for d in news if "left_out" in d]
    assert len(left["left_out"]) == 1
    assert datetime.fromisoformat(left["at"]) < clock.wall - timedelta(seconds=10), "not only as it leaves"
    assert "fault" in {d.get("code") for d in news}


@pytest.mark.expects_log("A fault of the program in the sweep")
def test_that_a_provider_that_gets_no_thread_keeps_no_other_from_being_swept(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(shell)
    with SqliteStore(shell.data_dir) as store:
        (provider,) = store.providers()
        first = replace(provider, id=ProviderId("00000000-dead-4000-8000-000000000000"), name="A first one")
        store.save_provider(first, at=clock.utc_now(), actor="x")
        assert store.providers()[0].name == "A first one"
    clock.advance(590)
    refuse_threads(monkeypatch, "sweep of A first one")
    clock.events[40] = terminate
    news = serve(shell)
    assert [e["state"] for d in news for e in d.get("ended", ())] == ["ended"]


def test_that_a_service_that_can_not_read_at_its_end_what_is_open_does_not_leave_with_success(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(shell)
    clock.advance(700)
    fail = raising(StoreLocked("Another program holds the database."))
    monkeypatch.setattr(SqliteStore, "open_elevations", fail)
    monkeypatch.setattr(ElevationService, "sweep", fail)  # it would find it without the store
    clock.events[3] = terminate
    serve(shell, code=ExitCode.LOCAL)


def test_that_what_was_left_out_stays_an_alarm_while_nobody_can_read_it(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(shell)
    clock.advance(700)
    monkeypatch.setattr(SqliteStore, "providers", lambda _store: [])
    fail = raising(StoreLocked("Another program holds the database."))
    clock.events[20] = lambda: monkeypatch.setattr(RememberingStore, "open_elevations", fail)
    clock.events[60] = terminate
    news = serve(shell, code=ExitCode.NOT_ENDED)
    assert [len(d["left_out"]) for d in news if "left_out" in d] == [1]


def test_that_a_sweep_that_comes_to_its_end_with_a_problem_does_not_hang(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise DirectoryUnavailable("Nobody answers.")

    lend(shell)
    clock.advance(590)
    monkeypatch.setattr(DemoConnector, "connect", refuse)
    clock.events[200] = terminate
    news = serve(shell, code=ExitCode.NOT_ENDED)
    assert {d["problem"] for d in news if "left" not in d} == {"Nobody answers."}


@needs_unix_sockets
def test_that_no_problem_is_left_of_a_sweep_that_came_back(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(shell)
    clock.advance(590)
    released, hangs, real = threading.Event(), threading.Event(), ElevationService.sweep

    def hang(self: ElevationService, *args: Any) -> Any:
        hangs.set()
        assert released.wait(20)
        return real(self, *args)

    def pause(service: Service) -> None:
        assert hangs.wait(20)
        if clock.monotonic() - begun > 60:
            released.set()
        end = time.monotonic() + 20
        others = (service._keeper, service._teller)
        while not (service.is_idle if released.is_set() else all(t.is_idle for t in others)):
            assert time.monotonic() < end
            time.sleep(0.0005)
        clock.sleep(LOOK_SECONDS)

    begun = clock.monotonic()
    monkeypatch.setattr(ElevationService, "sweep", hang)
    monkeypatch.setattr(Service, "_pause", pause)
    clock.events[90] = terminate
    said = [d for d in serve(shell) if "late" in d]
    assert [bool(d["late"]) for d in said] == [True, False]
    assert [bool(d["problem"]) for d in said] == [True, False]


def test_that_an_interval_of_nothing_is_a_wrong_command_line() -> None:
    with pytest.raises(SystemExit) as left:
        main(["sweep", "--every", "0s"])
    assert left.value.code == ExitCode.USAGE


@needs_unix_sockets
def test_that_a_service_manager_hears_how_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "s"))
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "s"))
        tell_service_manager("READY=1")
        assert manager.recv(100) == b"READY=1"
    tell_service_manager("WATCHDOG=1")  # nobody listens any more


def raising(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def count_sweeps(shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """At which seconds of the service it swept."""
    from jit_desktop.elevation.service import ElevationService

    real, found = ElevationService.sweep, list[int]()

    def sweep(self: ElevationService, *arguments: Any) -> object:
        found.append(len(clock.slept))
        return real(self, *arguments)

    monkeypatch.setattr(ElevationService, "sweep", sweep)
    return found
