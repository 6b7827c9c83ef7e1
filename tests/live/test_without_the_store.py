# SPDX-License-Identifier: MIT
"""A sweep as a process of its own on a real domain; its data folder is full, locked, damaged or gone."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.store import FILE_NAME
from tests.samba import names
from tests.samba.server import SambaDomain
from tests.samba.shell import Shell
from tests.samba.verifier import Verifier
from tests.waiting import until


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """The folder as it is on a disk of its own without any room."""
    kept = shutil.copytree(folder, folder.with_name("kept"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=True)
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        dd = ["dd", "if=/dev/zero", f"of={folder / 'filler'}", "bs=4k"]
        subprocess.run(dd, check=False, stderr=subprocess.DEVNULL)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def damaged(folder: Path) -> Iterator[None]:
    (folder / FILE_NAME).write_bytes(os.urandom(20_000))
    yield


@contextmanager
def gone(folder: Path) -> Iterator[None]:
    folder.rename(folder.with_name("elsewhere"))
    yield
    assert not folder.exists()


@pytest.mark.parametrize("trouble", [full, locked, damaged, gone])
def test_that_a_sweep_ends_what_is_due_and_says_that_it_could_not_be_recorded(
    samba_domain: SambaDomain,
    verifier: Verifier,
    tmp_path: Path,
    trouble: Callable[[Path], AbstractContextManager[None]],
) -> None:
    if trouble is full and os.geteuid() != 0:
        pytest.skip("only root mounts file systems")

    def is_admin() -> bool:
        return verifier.is_effective_member(names.ACCOUNT_BACKUP, names.GROUP_ADMINS)

    with Shell(samba_domain, tmp_path / "data") as shell:
        shell.import_settings(tmp_path / "settings.json")
        shell.json(
            "checkout", "_backupoperator15", "--privilege", "Remote Desktop Manager Admins", "--for", "1m"
        )
        assert is_admin()
        codes: list[int] = []
        with trouble(tmp_path / "data"):

            def has_ended() -> bool:
                password = samba_domain.service.password
                answer = shell.run("sweep", "--password-stdin", password=password)
                codes.append(answer.returncode)
                what = "What can still be found" if trouble in (damaged, gone) else "What is due"
                assert f"{what} is ended all the same" in answer.stderr, answer.stderr
                return not is_admin()

            until(has_ended, seconds=120)
        assert set(codes) == {ExitCode.LOCAL}
        assert verifier.groups_in(names.OU_INTERNAL) == frozenset()
