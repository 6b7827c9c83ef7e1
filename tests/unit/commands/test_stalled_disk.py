# SPDX-License-Identifier: MIT
"""Commands and the service on a disk that does not answer."""

# ruff: noqa: F811 - fixtures of another file are asked for by their names

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jit_desktop import __main__ as program
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.elevation import patience
from jit_desktop.elevation.lifecycle import Event
from jit_desktop.platform import logging_setup
from jit_desktop.platform.disk_probe import touch_apart
from jit_desktop.store import SqliteStore, opening
from tests.unit.commands.test_commands import Shell
from tests.unit.commands.test_sweeping import (  # noqa: F401 - fixtures
    Watched,
    clock,
    in_step,
    lend,
    serve,
    shell,
    terminate,
)
from tests.waiting import until

_SOON = 0.3


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Cleared, the database does not answer."""
    gate = threading.Event()
    gate.set()

    def waiting(real: Callable[..., Any]) -> Callable[..., Any]:
        def method(*given: Any, **named: Any) -> Any:
            assert gate.wait(120)
            return real(*given, **named)

        return method

    monkeypatch.setattr(patience, "ANSWER_SECONDS", _SOON)
    for name in ("_reading", "_writing"):
        monkeypatch.setattr(SqliteStore, name, waiting(getattr(SqliteStore, name)))
    yield gate
    gate.set()
    until(lambda: not patience.is_anything_left_behind(), seconds=60)


def test_that_a_service_ends_what_is_due_while_the_disk_does_not_answer(
    shell: Shell,
    clock: Watched,
    answers: threading.Event,
) -> None:
    deadline = lend(shell)
    clock.advance(570)
    clock.events[10] = answers.clear
    clock.events[60] = answers.set
    clock.events[100] = terminate
    news = serve(shell)
    assert "store-silent" in {d.get("code") for d in news}
    assert any(e["state"] == "ended" for d in news for e in d.get("ended", ()))
    with SqliteStore(shell.data_dir) as store:
        (elevation,) = store.history()
        moves = store.transitions(elevation.id)
    begun = [t.at for t in moves if t.event is Event.END_STARTED]
    assert timedelta(0) <= begun[0] - deadline <= timedelta(seconds=2)
    assert len({(t.event, t.at) for t in moves}) == len(moves)


@pytest.mark.expects_log("could not record 1 elevations")
def test_that_a_signal_is_heard_while_the_disk_does_not_answer(
    shell: Shell,
    clock: Watched,
    answers: threading.Event,
) -> None:
    lend(shell)
    clock.advance(570)
    told: list[float] = []

    def stop() -> None:
        told.append(time.monotonic())
        terminate()

    clock.events[10] = answers.clear
    clock.events[60] = stop
    news = serve(shell, code=ExitCode.DONE)
    assert time.monotonic() - told[0] < 5
    assert any("not all is recorded" in d.get("problem", "") for d in news)


def test_that_a_command_that_needs_the_database_leaves(
    shell: Shell,
    answers: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shell.run("list")
    monkeypatch.setattr(opening, "OPENING_SECONDS", _SOON)
    answers.clear()
    assert shell.run("settings", "export", "nowhere.json") == ExitCode.LOCAL
    assert "does not answer" in shell.err


def test_that_a_log_that_can_not_be_opened_delays_no_command(
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = threading.Event()
    real = logging_setup._owner_only

    def waiting(path: str, flags: int) -> int:
        assert gate.wait(120)
        return real(path, flags)

    shell.run("list")
    monkeypatch.setattr("jit_desktop.app._LOG_SECONDS", _SOON)
    monkeypatch.setattr(logging_setup, "_owner_only", waiting)
    try:
        assert shell.run("list") == ExitCode.LOCAL
        assert "does not answer" in shell.err
    finally:
        gate.set()
        until(lambda: not patience.is_anything_left_behind(), seconds=60)


def test_that_a_disk_that_another_process_gets_no_answer_from_is_left_alone(
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate, touched = threading.Event(), list[str]()
    monkeypatch.setattr("jit_desktop.app._LOG_SECONDS", _SOON)
    monkeypatch.setattr("jit_desktop.app.touch_apart", lambda _: gate.wait(120))
    monkeypatch.setattr("jit_desktop.app.start_logging", lambda *_: touched.append("log"))
    monkeypatch.setattr(SqliteStore, "__init__", lambda *_: touched.append("database"))
    try:
        assert shell.run("sweep") == ExitCode.LOCAL
        assert touched == []
    finally:
        monkeypatch.undo()
        gate.set()
        until(lambda: not patience.is_anything_left_behind(), seconds=60)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such program")
def test_that_another_process_writes_to_a_file_that_is_there_and_makes_none(tmp_path: Path) -> None:
    file = tmp_path / "file"
    touch_apart(file)
    assert not file.exists()
    file.touch()
    os.utime(file, (0, 0))
    touch_apart(file)
    assert file.stat().st_atime > 0


def test_that_without_another_process_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    touch_apart(tmp_path / "file")


@pytest.mark.parametrize("is_left", [True, False])
def test_that_a_program_with_a_thread_that_waits_for_the_disk_leaves_at_once(
    monkeypatch: pytest.MonkeyPatch, *, is_left: bool
) -> None:
    left: list[int] = []
    monkeypatch.setattr(program, "main", lambda: 6)
    monkeypatch.setattr(program, "is_anything_left_behind", lambda: is_left)
    monkeypatch.setattr(os, "_exit", left.append)
    with pytest.raises(SystemExit) as caught:
        program.start()
    assert (left, caught.value.code) == ([6] if is_left else [], 6)
