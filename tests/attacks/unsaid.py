# SPDX-License-Identifier: MIT
"""What a domain controller goes on giving, or may be giving, and what the service, `list` and the exit codes
say of it meanwhile.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from jit_desktop.commands.exit_codes import ExitCode
from tests.attacks.field import Broken, Copy, Field, Said
from tests.attacks.memory import start_command
from tests.attacks.registry import attack

_KIND = "what is held and nobody says"
_DC2 = "dc2.corp.example.test"
_SOON = 25
"""Seconds from the grant to its deadline, in which programs of their own can start."""


def _require(is_so: bool, why: str, said: Said) -> None:
    if not is_so:
        raise Broken("unsaid", f"{why}; exit code {said.code}: {' '.join(said.words.split())[-400:]}")


def _listed(copy: Copy, *words: str, folder: Path | None = None) -> Said:
    program = [word for word in copy.words("list", *words, folder=folder) if word != "--password-stdin"]
    done = subprocess.run(
        program, capture_output=True, text=True, timeout=60, env=copy.environment, check=False
    )
    return Said(done.returncode, done.stdout + done.stderr)


def _stopped(service: subprocess.Popen[str]) -> Said:
    service.send_signal(signal.SIGTERM)
    words, _ = service.communicate(timeout=30)
    return Said(service.returncode, words)


@contextlib.contextmanager
def _service(copy: Copy) -> Iterator[subprocess.Popen[str]]:
    service = start_command(copy, "sweep", "--every", "2s")
    try:
        yield service
    finally:
        if service.poll() is None:
            service.kill()
            service.communicate()


@attack(_KIND, "the line to dc2 is down at the end: the service, the list and a sweep name it", short=True)
def a_branch_office(field: Field) -> None:
    _, two = field.lie()
    copy = field.copy()
    elevation = copy.check_out(_SOON)
    copy.app.store.close()
    with _service(copy) as service, field.no_replication_to_dc2():
        time.sleep(_SOON / 3)
        two.refuse()
        field.wait_past(elevation, 20)
        if not field.held()[_DC2]:
            raise Broken("wrong", "dc2 gives nothing: the attack proves nothing")
        swept, listed, history = copy.command("sweep"), _listed(copy), _listed(copy, "--all")
        stopped = _stopped(service)
        two.mend()
    for said, who in (
        (swept, "a sweep"),
        (listed, "list"),
        (history, "list --all"),
        (stopped, "the service"),
    ):
        _require(f"not confirmed at {_DC2}" in said.words, f"{who} does not name dc2", said)
        _require(said.code in (ExitCode.DONE, ExitCode.DIRECTORY), f"{who} calls it otherwise", said)
    copy.command("sweep")
    field.require_gone(within=20)


@attack(_KIND, "dc2 hears nothing, and the service is stopped right after the deadline", short=True)
def stopped_before_it_is_confirmed(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_SOON)
    copy.app.store.close()
    with _service(copy) as service, field.no_replication_to_dc2():
        field.wait_past(elevation, 10)
        if not field.held()[_DC2]:
            raise Broken("wrong", "dc2 gives nothing: the attack proves nothing")
        said = _stopped(service)
    _require(said.code == ExitCode.NOT_ENDED, "it leaves with success", said)
    _require("past its deadline, not confirmed yet" in said.words, "it says nothing of it", said)
    _require("this service stops" in said.words, "it leaves without a word", said)
    copy.command("sweep")
    field.require_gone(within=20)
