# SPDX-License-Identifier: MIT
"""The store is not needed to end: full, read-only, gone, locked, older, before and after the start."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from jit_desktop.app import application
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import DomainProvider, ProviderPrivilege
from jit_desktop.store.sqlite_store import FILE_NAME, SqliteStore
from tests.attacks.claimed_clocks import Later
from tests.attacks.doings import pass_on
from tests.attacks.field import Broken, Copy, Field, Said
from tests.attacks.registry import attack
from tests.samba.names import SERVICE

_KIND = "ending depends on the store"
_FEW = 5
_FULL = ("prlimit", "--fsize=0", "--")
"""No file of the process may grow: what it writes fails as on a full disk."""


def _granted_by_a_dead_program(field: Field) -> tuple[Copy, object]:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    field.wait_past(elevation)
    return copy, elevation


def _require_end(field: Field, said: Said, *, seconds: float = 5) -> None:
    field.require_not_silent(said)
    field.require_gone(within=seconds)


@attack(_KIND, "a sweep that starts with a full disk", short=True)
def full_at_the_start(field: Field) -> None:
    copy, _ = _granted_by_a_dead_program(field)
    _require_end(field, copy.command("sweep", prefix=_FULL))


@attack(_KIND, "a sweep that starts with a read-only folder")
def read_only_at_the_start(field: Field) -> None:
    copy, _ = _granted_by_a_dead_program(field)
    with read_only(copy.folder):
        said = copy.command("sweep")
    _require_end(field, said)


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """For root a mount; for everybody else the modes."""
    if os.geteuid() == 0:
        subprocess.run(["mount", "--bind", folder, folder], check=True)
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
        return
    folder.chmod(0o500)
    for file in folder.iterdir():
        file.chmod(0o400)
    try:
        yield
    finally:
        folder.chmod(0o700)
        for file in folder.iterdir():
            file.chmod(0o600)


@attack(_KIND, "a sweep that starts without the database")
def without_the_database(field: Field) -> None:
    copy, _ = _granted_by_a_dead_program(field)
    copy.app.store.close()
    for file in copy.folder.glob(f"{FILE_NAME}*"):
        file.unlink()
    _require_end(field, copy.command("sweep"))


@attack(_KIND, "a sweep that starts with a damaged database")
def damaged_database(field: Field) -> None:
    copy, _ = _granted_by_a_dead_program(field)
    copy.app.store.close()
    for file in copy.folder.glob(f"{FILE_NAME}-*"):
        file.unlink()
    (copy.folder / FILE_NAME).write_bytes(b"no database" * 1000)
    _require_end(field, copy.command("sweep"))


@attack(_KIND, "a sweep that starts with an older copy of the database")
def older_database(field: Field) -> None:
    copy = field.copy()
    older = Path(tempfile.mkdtemp(dir=field.folder))
    with (
        contextlib.closing(sqlite3.connect(copy.folder / FILE_NAME)) as source,
        contextlib.closing(sqlite3.connect(older / FILE_NAME)) as target,
    ):
        source.backup(target)
    elevation = copy.check_out(_FEW)
    field.wait_past(elevation)
    _require_end(field, copy.command("sweep", folder=older))


@attack(_KIND, "another program has locked the database when the sweep starts", short=True)
def locked_at_the_start(field: Field) -> None:
    copy, _ = _granted_by_a_dead_program(field)
    with _locked(copy.folder):
        began = time.monotonic()
        process = start_command(copy, "sweep")
        try:
            field.require_gone(within=25)
            took = time.monotonic() - began
        finally:
            process.kill()
            process.communicate()
    if took > 20:
        raise Broken("outlived_deadline", f"it waited {took:.0f} s for a lock")


@contextlib.contextmanager
def _locked(folder: Path, how: str = "EXCLUSIVE") -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as other:
        other.execute(f"BEGIN {how}")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


def start_command(copy: Copy, *words: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        copy.words(*words),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=copy.environment,
    )
    assert process.stdin is not None
    process.stdin.write(copy.ground.pair.dc1.service.password + "\n")
    process.stdin.close()
    process.stdin = None
    return process


@attack(_KIND, "eight are due while another program has the write lock")
def locked_with_eight_due(field: Field) -> None:
    from tests.attacks.many import due_at_once

    copy = field.copy()
    elevations = due_at_once(field, copy, 8)
    field.wait_past(elevations[0], 1)
    with _locked(copy.folder, "IMMEDIATE"):
        began = time.monotonic()
        with contextlib.suppress(JitError):
            copy.tick()
        took = time.monotonic() - began
        field.require_gone()
    if took > 20:
        raise Broken("outlived_deadline", f"a locked database held the tick for {took:.0f} s")
    copy.sweep()
    field.require_no_alarm(copy)


@attack(_KIND, "a service whose folder goes away before the deadline", short=True)
def service_loses_its_folder(field: Field) -> None:
    granting = field.copy()
    elevation = granting.check_out(15)
    service = start_command(granting, "sweep", "--every", "2s")
    try:
        time.sleep(6)
        granting.folder.rename(granting.folder.with_name("elsewhere"))
        field.wait_past(elevation, 0)
        field.require_gone(within=12)
        service.send_signal(signal.SIGTERM)
        service.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        raise Broken("wrong", "SIGTERM was not heard") from None
    finally:
        service.kill()
        service.communicate()


@attack(_KIND, "a running program loses its folder, having swept and ticked")
def program_loses_its_folder(field: Field) -> None:
    granting = field.copy()
    elevation = granting.check_out(8)
    copy = field.copy(folder=granting.folder, provider=granting.provider, new=False)
    copy.sweep()
    copy.tick()
    copy.folder.rename(copy.folder.with_name("elsewhere"))
    try:
        field.wait_past(elevation, 2)
        for _ in range(2):
            with contextlib.suppress(JitError):
                copy.tick()
        field.require_gone()
    finally:
        copy.folder.with_name("elsewhere").rename(copy.folder)


@attack(_KIND, "a running service on a disk that is full calls nothing overdue that has ended")
def full_disk_is_no_alarm(field: Field) -> None:
    granting = field.copy()
    elevation = granting.check_out(12)
    process = start_command(granting, "sweep", "--every", "1s")
    try:
        time.sleep(4)
        subprocess.run(["prlimit", f"--pid={process.pid}", "--fsize=0"], check=True)
        field.wait_past(elevation, 1)
        field.require_gone(within=8)
        time.sleep(4)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    if "OVERDUE" in out:
        raise Broken("false_alarms", out[-400:])


def change_rows(copy: Copy, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(copy.folder / FILE_NAME)) as database:
        database.execute("pragma foreign_keys = off")
        database.execute("pragma ignore_check_constraints = on")
        database.execute(statement)
        database.commit()


def _end_although(field: Field, statement: str) -> None:
    copy, _ = _granted_by_a_dead_program(field)
    copy.app.store.close()
    change_rows(copy, statement)
    said = copy.command("sweep")
    _require_end(field, said)
    if said.code != ExitCode.LOCAL:
        raise Broken("wrong", f"what is wrong with the settings is not told: {said.code}")


@attack(_KIND, "the settings in the database can't be read when the sweep starts")
def settings_unreadable(field: Field) -> None:
    _end_although(field, "delete from policy")


@attack(_KIND, "a setting in the database is of no version when the sweep starts")
def setting_of_no_version(field: Field) -> None:
    _end_although(field, "update provider set method = 'foo'")


@attack(_KIND, "no provider is left in the database when the sweep starts")
def no_provider_left(field: Field) -> None:
    _end_although(field, "delete from provider")


def _end_in_a_service(field: Field, statement: str, *, is_running: bool) -> None:
    copy = field.copy()
    elevation = copy.check_out(20)
    if not is_running:
        change_rows(copy, statement)
    process = start_command(copy, "sweep", "--every", "2s")
    try:
        time.sleep(8)
        if is_running:
            change_rows(copy, statement)
        field.wait_past(elevation, 0)
        field.require_gone(within=12)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()


@attack(_KIND, "a service starts while the settings in the database can't be read")
def service_starts_without_settings(field: Field) -> None:
    _end_in_a_service(field, "delete from policy", is_running=False)


@attack(_KIND, "the settings in the database can't be read since the service runs")
def service_loses_its_settings(field: Field) -> None:
    _end_in_a_service(field, "update provider set method = 'foo'", is_running=True)


@attack(_KIND, "no provider is left in the database since the service runs")
def service_loses_its_provider(field: Field) -> None:
    _end_in_a_service(field, "delete from provider", is_running=True)


@attack(_KIND, "two facts: not recorded, and not ended")
def not_recorded_is_not_overdue(field: Field) -> None:
    copy, _ = _granted_by_a_dead_program(field)
    said = copy.command("sweep", prefix=_FULL)
    _require_end(field, said)
    again = copy.command("sweep", prefix=_FULL)
    if again.code == ExitCode.NOT_ENDED:
        raise Broken("false_alarms", f"nothing is held: {again.words[-300:]}")


@attack(_KIND, "the folder is copied away and the original deleted in mid-elevation")
def folder_moved_by_its_owner(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    other = copy.folder.with_name("moved")
    shutil.copytree(copy.folder, other)
    copy.app.store.close()
    shutil.rmtree(copy.folder)
    field.wait_past(elevation)
    _require_end(field, copy.command("sweep", folder=other))


@attack(_KIND, "a read-only folder, replication to dc2 stands still, and each sweep is a program of its own")
def unrecorded_and_not_heard(field: Field) -> None:
    """Nobody can record that it waits; it is written at dc2 all the same when replication had its time."""
    proxies, clock = field.lie(), Later()
    copy = field.copy(clock=clock)
    elevation = copy.check_out(_FEW)
    field.until_held()
    said = []
    with field.no_replication_to_dc2():
        field.wait_past(elevation, 2)
        copy.app.store.close()
        with read_only(copy.folder):
            for _ in range(3):
                with application(copy.folder, actor="x", clock=clock, for_ending=True) as app:
                    app.secrets.remember(copy.provider.id, Secret(SERVICE.password), keep=False)
                    said.append(Copy(field, copy.folder, copy.provider, app).sweep())
                pass_on(60, clock, proxies)
        if field.is_held():
            raise Broken("outlived_deadline", f"{[s.code for s in said]}, held {field.held()}")
    if any(s.code != ExitCode.LOCAL for s in said):
        raise Broken("wrong", f"not told as not recorded: {[(s.code, s.words[-200:]) for s in said]}")


# --- the settings were changed while something was lent, and the database is lost after that --------------


def _changed_settings(field: Field, copy: Copy, elevation: Elevation, what: str) -> DomainProvider:
    """Another creation location, other chosen groups (then the temporary one is moved away too, so that only
    the former ones lead to it), or both."""
    jit = copy.provider.jit
    if what != "other groups":
        jit = replace(jit, location=field.ref(field.arena.add_creation_ou(f"New Place {field.arena.tag}")))
    if what != "another location":
        target = field.arena.add_target(f"New Target {field.arena.tag}")
        jit = replace(jit, privileges=(ProviderPrivilege(field.ref(target)),))
        field.admin.move(field.group(elevation), field.arena.ou)
    field.pair.await_replication()
    return replace(copy.provider, jit=jit)


def _lost_after_a_change(field: Field, what: str) -> tuple[Copy, DomainProvider]:
    copy = field.copy()
    elevation = copy.check_out(_FEW + 10)
    provider = _changed_settings(field, copy, elevation, what)
    copy.app.store.save_provider(provider, at=datetime.now(UTC), actor=copy.app.actor)
    copy.app.store.close()
    _lose_the_database(copy)
    field.wait_past(elevation)
    return copy, provider


def _lose_the_database(copy: Copy) -> None:
    for file in copy.folder.glob(f"{FILE_NAME}*"):
        file.unlink()


def _require_no_claim(said: Said) -> None:
    if "What is due is ended" in said.words:
        raise Broken("wrong", f"it claims more than it knows: {said.words[-300:]}")


def _lost(what: str) -> None:
    def play(field: Field) -> None:
        copy, _ = _lost_after_a_change(field, what)
        said = copy.command("sweep")
        _require_end(field, said)
        _require_no_claim(said)

    attack(_KIND, f"{what} in the settings, then the database is lost")(play)


def _made_anew(what: str) -> None:
    def play(field: Field) -> None:
        copy, _ = _lost_after_a_change(field, what)
        SqliteStore(copy.folder).close()
        said = copy.command("sweep")
        _require_end(field, said)
        if said.code == ExitCode.DONE:
            raise Broken("wrong", f"that the settings are lost is not told: {said.words[-300:]}")
        _require_no_claim(said)

    attack(_KIND, f"{what} in the settings, then an empty database stands in its place")(play)


def _set_up_again(what: str) -> None:
    def play(field: Field) -> None:
        copy, provider = _lost_after_a_change(field, what)
        again = replace(provider, id=ProviderId(str(uuid.uuid4())))
        _require_end(field, field.copy(folder=copy.folder, provider=again).sweep())

    attack(_KIND, f"{what} in the settings, then the database is lost and all is set up again")(play)


for _what in ("another location", "other groups", "both"):
    _lost(_what)
    _made_anew(_what)
    _set_up_again(_what)
