# SPDX-License-Identifier: MIT
"""The console executable lends rights in a real domain and takes them back: under Wine, against Samba."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from typing_extensions import override

from tests.packaging.wine import Wine, windows_path
from tests.samba import names
from tests.samba.server import SambaDomain
from tests.samba.shell import Answer, Shell
from tests.samba.verifier import Verifier
from tests.waiting import until

pytestmark = pytest.mark.timeout(600)


class WindowsShell(Shell):
    """The commands of ``jit-desktop.exe``."""

    def __init__(self, domain: SambaDomain, data_dir: Path, wine: Wine, program: Path) -> None:
        super().__init__(domain, data_dir)
        self._wine = wine
        self._program = program

    @override
    def start(self, words: tuple[str, ...], given: str, environment: Mapping[str, str]) -> Answer:
        done = self._wine.run(self._program, *words, given=given, environment=environment)
        return Answer(done.code, done.out, done.err)

    @override
    def called(self, file: Path) -> str:
        return windows_path(file)


@pytest.fixture
def shell(samba_domain: SambaDomain, wine: Wine, bundle: Path, tmp_path: Path) -> Iterator[WindowsShell]:
    with WindowsShell(samba_domain, tmp_path / "data", wine, bundle / "jit-desktop.exe") as shell:
        yield shell


def is_admin(verifier: Verifier) -> bool:
    return verifier.is_effective_member(names.ACCOUNT_BACKUP, names.GROUP_ADMINS)


def test_that_a_checkout_and_a_sweep_do_their_job(
    shell: WindowsShell, samba_domain: SambaDomain, verifier: Verifier, tmp_path: Path
) -> None:
    shell.import_settings(tmp_path / "settings.json")
    assert not is_admin(verifier)
    done = shell.json(
        "checkout", "_backupoperator15", "--privilege", "Remote Desktop Manager Admins", "--for", "1m"
    )
    assert done["state"] == "active"
    assert is_admin(verifier)
    (early,) = shell.json("sweep")["sweeps"]
    assert early["ended"] == []
    assert is_admin(verifier)
    until(lambda: bool(shell.json("sweep")["sweeps"][0]["ended"]), seconds=120)
    assert not is_admin(verifier)
    assert verifier.groups_in(names.OU_INTERNAL) == frozenset()
    (ended,) = shell.json("list", "--all", asks=False)["elevations"]
    assert (ended["state"], ended["end_reason"]) == ("ended", "deadline")
