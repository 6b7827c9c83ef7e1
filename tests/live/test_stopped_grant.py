# SPDX-License-Identifier: MIT
"""A checkout that is really stopped (SIGSTOP) for longer than the elevation lasts leaves nothing behind."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.elevation.lifecycle import State
from tests.reliability.scene import Place, Program
from tests.samba.arena import Arena
from tests.samba.server import SambaDomain

_LENT_SECONDS = 6
_STOPPED_SECONDS = 8


@pytest.fixture
def place(samba_domain: SambaDomain, arena: Arena) -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="jit-stopped-"))
    try:
        yield Place(samba_domain, arena, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(place: Place, data_dir: Path) -> subprocess.Popen[str]:
    """``jit-desktop checkout`` of the account with all three targets, its password given."""
    (account,), privileges = place.provider.accounts, place.provider.jit.privileges
    chosen = [word for p in privileges for word in ("--privilege", p.group.guid)]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jit_desktop", "--data-dir", str(data_dir)),
            *("checkout", account.account.guid, *chosen, "--for", f"{_LENT_SECONDS}s", "--password-stdin"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env={**place.domain.environment, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PATH": "/usr/bin:/bin"},
    )
    assert process.stdin is not None
    process.stdin.write(place.domain.service.password + "\n")
    process.stdin.close()
    process.stdin = None
    return process


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "step",
    ["Creating the temporary group", "Making it a member of", "Reading the membership back"],
)
def test_that_a_checkout_stopped_beyond_its_deadline_takes_everything_back(place: Place, step: str) -> None:
    data_dir = place.empty_database()
    process = start(place, data_dir)
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if step in line:
            process.send_signal(signal.SIGSTOP)
            break
    assert step in said[-1], "".join(said)
    time.sleep(_STOPPED_SECONDS)
    process.send_signal(signal.SIGCONT)
    rest, _ = process.communicate(timeout=60)
    whole = "".join(said) + rest
    assert process.returncode not in (ExitCode.DONE, ExitCode.NOT_ENDED), whole
    assert place.held() == 0, whole
    assert place.groups() == [], whole
    with Program(place, data_dir) as program:
        assert not program.store.open_elevations(), whole
        (failed,) = program.store.history()
        assert failed.state is State.FAILED
        assert "deadline" in failed.failure
        program.tick()
    assert place.held() == 0
