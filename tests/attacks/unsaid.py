# SPDX-License-Identifier: MIT
"""What a domain controller goes on giving, or may be giving, and what the service, `list` and the exit codes
say of it meanwhile.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.store.sqlite_store import FILE_NAME, SqliteStore
from tests.attacks.field import Broken, Copy, Field, Said
from tests.attacks.memory import read_only, start_command
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


@attack(_KIND, "the disk with the data folder is not mounted, and a checkout is tried there", short=True)
def not_mounted(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_SOON)
    copy.app.store.close()
    aside = copy.folder.with_name("unmounted")
    copy.folder.rename(aside)
    copy.folder.mkdir(mode=0o700)
    request = copy.request(60)
    tried = copy.command("checkout", request.account, "--privilege", request.privileges[0], "--for", "60s")
    _require(tried.code == ExitCode.LOCAL, "a checkout goes on without the database", tried)
    _require(not (copy.folder / FILE_NAME).exists(), "it has made a database", tried)
    SqliteStore(copy.folder).close()  # as an older version left one there
    field.wait_past(elevation, 1)
    for words in ((), ("--all",)):
        said = _listed(copy, *words)
        _require(said.code == ExitCode.LOCAL and "None known" not in said.words, "list says none", said)
    said = _listed(copy, "--json")
    _require('"incomplete": true' in said.words, "the document calls itself whole", said)
    swept = copy.command("sweep")
    _require(swept.code == ExitCode.LOCAL, "a sweep calls it well", swept)
    field.require_gone(within=20)
    shutil.rmtree(copy.folder)
    aside.rename(copy.folder)


@attack(_KIND, "the grant stands in the log of a database that can't be written, without its index")
def in_the_log_only(field: Field) -> None:
    copy = field.copy()
    with contextlib.closing(sqlite3.connect(copy.folder / FILE_NAME)) as holder:
        holder.execute("pragma wal_checkpoint(truncate)").fetchall()
        elevation = copy.check_out(_SOON)
        holder.execute("begin")
        holder.execute("select count(*) from elevation").fetchall()
        snapshot = copy.folder.with_name("snapshot")
        shutil.copytree(copy.folder, snapshot)
        (snapshot / f"{FILE_NAME}-shm").unlink()
    copy.app.store.close()
    field.wait_past(elevation, 1)
    with read_only(snapshot):
        said = _listed(copy, folder=snapshot)
        _require(said.code == ExitCode.NOT_ENDED, "list does not know it", said)
        checked_in = copy.command("checkin", elevation.id[:8], folder=snapshot)
    _require(checked_in.code == ExitCode.LOCAL, "it can't be checked in", checked_in)
    field.require_gone(within=20)


@attack(_KIND, "a read-only folder: the list says what sweeps have found")
def list_of_a_read_only_folder(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_SOON)
    copy.app.store.close()
    with read_only(copy.folder):
        field.wait_past(elevation, 2)
        before = _listed(copy)
        _require(before.code == ExitCode.NOT_ENDED, "nobody has ended it yet", before)
        for _ in range(2):
            copy.command("sweep")
            time.sleep(6)
        field.require_gone(within=20)
        said = _listed(copy)
        _require(said.code == ExitCode.LOCAL and "Not recorded" in said.words, "list says otherwise", said)
        _require("past its deadline" not in said.words, "list calls it past its deadline", said)
    for _ in range(2):
        said = _listed(copy)
        _require(said.code == ExitCode.LOCAL and "Not recorded" in said.words, "nobody has recorded it", said)
    copy.command("sweep")
    said = _listed(copy)
    _require(said.code == ExitCode.DONE and "None known" in said.words, "it is recorded now", said)
