# SPDX-License-Identifier: MIT
"""Whoever reads the output may leave, and a disk may be full: what was done is done, and is said by the exit
code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jit_desktop.commands.exit_codes import ExitCode
from tests.unit.commands.test_commands import ADMINS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and /dev/full")
CHECKOUT = ("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "1h", "--no-wait")


def nobody() -> Iterator[int]:
    """A pipe whose reader has left."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.fixture
def dead() -> Iterator[int]:
    yield from nobody()


def start(data_dir: Path, *words: str, to: int) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-m", "jit_desktop", "--data-dir", str(data_dir), "--demo", *words]
    return subprocess.Popen(program, stdout=to, stderr=to, stdin=subprocess.DEVNULL)


def run(data_dir: Path, *words: str, to: int) -> int:
    return start(data_dir, *words, to=to).wait(60)


def test_that_every_command_does_its_work_and_says_so_by_its_exit_code(tmp_path: Path, dead: int) -> None:
    data = tmp_path / "data"
    assert run(data, *CHECKOUT, to=dead) == ExitCode.DONE
    for words in (
        ["list", "--all"],
        ["list", "--json"],
        ["extend", "_backupoperator15", "--for", "1m"],
        ["sweep"],
        ["check"],
        ["checkin", "_backupoperator15"],
        ["settings", "export", str(tmp_path / "settings.json")],
        ["audit", "verify"],
        ["audit", "export", str(tmp_path / "audit.json")],
        ["schedule", "show"],
        ["--help"],
    ):
        assert run(data, *words, to=dead) == ExitCode.DONE, words
    assert run(data, "checkout", "nobody", "--for", "1h", to=dead) == ExitCode.REFUSED
    log = (data / "jit-desktop.log").read_text(encoding="utf-8")
    assert "Nothing more is printed" in log
    assert "fault of the program" not in log


def test_that_a_full_disk_changes_nothing_either(tmp_path: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        assert run(tmp_path / "data", *CHECKOUT, to=full) == ExitCode.DONE
        assert run(tmp_path / "data", "sweep", "--json", to=full) == ExitCode.DONE
    finally:
        os.close(full)


def test_that_a_service_goes_on(tmp_path: Path, dead: int) -> None:
    data = tmp_path / "data"
    service = start(data, "sweep", "--every", "1s", to=dead)
    wait_until((data / "jit-desktop.db").exists)
    time.sleep(2)
    assert run(data, *CHECKOUT, to=dead) == ExitCode.DONE
    assert run(data, "checkin", "_backupoperator15", to=dead) == ExitCode.DONE
    time.sleep(2)
    assert service.poll() is None
    service.send_signal(signal.SIGTERM)
    assert service.wait(10) == ExitCode.DONE


def test_that_a_fault_of_the_program_keeps_its_exit_code(tmp_path: Path, dead: int) -> None:
    broken = (
        "import sys; from jit_desktop.commands import elevations, run;"
        "run._COMMANDS['list'] = lambda *_: 1 / 0;"
        "from jit_desktop.__main__ import main;"
        f"sys.exit(main(['--data-dir', {str(tmp_path / 'data')!r}, '--demo', 'list']))"
    )
    done = subprocess.run([sys.executable, "-c", broken], stdout=dead, stderr=dead, timeout=60, check=False)
    assert done.returncode == ExitCode.FAULT


def test_that_a_reader_that_stops_reading_holds_up_no_end_of_a_service(tmp_path: Path) -> None:
    """A pipe that is full, as behind a pager that was halted."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, bytes(4096))
    except BlockingIOError:
        os.set_blocking(writing, True)
    data = tmp_path / "data"
    service = start(data, "sweep", "--every", "1s", "--provider", "none of that name", to=writing)
    # It is logged after it was to be printed.
    wait_until(lambda: "not swept" in logged(data))
    service.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    assert service.wait(10) == ExitCode.DONE
    assert time.monotonic() - begun < 8
    os.close(reading)
    os.close(writing)


def logged(data_dir: Path) -> str:
    log = data_dir / "jit-desktop.log"
    return log.read_text(encoding="utf-8") if log.exists() else ""


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
