# SPDX-License-Identifier: MIT
"""The main job with commands alone, each a process of its own, as the least-rights account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jit_desktop.commands.exit_codes import ExitCode
from tests.samba import names
from tests.samba.server import SambaDomain
from tests.samba.shell import Shell, write_settings
from tests.samba.verifier import Verifier
from tests.waiting import until


@pytest.fixture
def shell(samba_domain: SambaDomain, tmp_path: Path) -> Iterator[Shell]:
    with Shell(samba_domain, tmp_path / "data") as shell:
        yield shell


def is_admin(verifier: Verifier) -> bool:
    return verifier.is_effective_member(names.ACCOUNT_BACKUP, names.GROUP_ADMINS)


def test_that_the_main_job_can_be_done_with_commands_alone(
    shell: Shell, samba_domain: SambaDomain, verifier: Verifier, tmp_path: Path
) -> None:
    imported = shell.import_settings(tmp_path / "settings.json")
    assert [p["name"] for p in imported["providers"]] == ["corp.example.test"]
    assert not is_admin(verifier)

    done = shell.json(
        "checkout", "_backupoperator15", "--privilege", "Remote Desktop Manager Admins", "--for", "1m"
    )
    assert done["state"] == "active"
    assert done["domain_controller"] == names.DC1
    assert is_admin(verifier)
    (group,) = verifier.groups_in(names.OU_INTERNAL)
    assert group == f"CN={done['temporary_group']['name']},{names.OU_INTERNAL}"
    assert verifier.members(group) == {names.ACCOUNT_BACKUP}
    assert done["id"] in (verifier.text(group, "info") or "")
    assert "_backupoperator15 has Remote Desktop Manager Admins until" in (
        verifier.text(group, "description") or ""
    )

    (listed,) = shell.json("list", asks=False)["elevations"]
    assert (listed["id"], listed["state"]) == (done["id"], "active")
    (early,) = shell.json("sweep")["sweeps"]
    assert early["ended"] == []
    assert is_admin(verifier)

    until(lambda: bool(shell.json("sweep")["sweeps"][0]["ended"]), seconds=90)
    assert not is_admin(verifier)
    assert verifier.groups_in(names.OU_INTERNAL) == frozenset()
    assert shell.json("list", asks=False)["elevations"] == []
    (ended,) = shell.json("list", "--all", asks=False)["elevations"]
    assert (ended["state"], ended["end_reason"]) == ("ended", "deadline")


def test_that_checking_in_by_command_takes_the_membership_away_at_once(
    shell: Shell, samba_domain: SambaDomain, verifier: Verifier, tmp_path: Path
) -> None:
    shell.import_settings(tmp_path / "settings.json")
    privileges = [
        "Remote Desktop Manager Admins",
        "Remote Desktop Manager Service Desk",
        "Remote Desktop Manager Admins - Universal",
    ]
    chosen = [word for name in privileges for word in ("--privilege", name)]
    done = shell.json("checkout", "_backupoperator15", *chosen, "--for", "2h")
    assert 7100 < done["remaining_seconds"] <= 7200
    targets = (names.GROUP_ADMINS, names.GROUP_SERVICE_DESK, names.GROUP_ADMINS_UNIVERSAL)
    assert all(verifier.is_effective_member(names.ACCOUNT_BACKUP, t) for t in targets)

    refused = shell.json("checkout", "_backupoperator15", *chosen, "--for", "1h", code=ExitCode.REFUSED)
    assert refused["error"]["code"] == "account-checked-out"

    ended = shell.json("checkin", "_backupoperator15")
    assert (ended["state"], ended["end_reason"]) == ("ended", "check-in")
    assert not any(verifier.is_effective_member(names.ACCOUNT_BACKUP, t) for t in targets)
    assert verifier.groups_in(names.OU_INTERNAL) == frozenset()


def test_that_a_wrong_password_and_no_password_have_their_own_exit_code(
    shell: Shell, samba_domain: SambaDomain, tmp_path: Path
) -> None:
    file = str(write_settings(samba_domain, tmp_path / "settings.json"))
    wrong = shell.run("settings", "import", file, "--password-stdin", password="Wrong-4711-canary")
    assert wrong.returncode == ExitCode.SIGN_IN
    assert "Wrong-4711-canary" not in wrong.stdout + wrong.stderr
    none = shell.run("settings", "import", file)
    assert none.returncode == ExitCode.SIGN_IN
    assert "--password-stdin" in none.stderr
    for written in shell.data_dir.rglob("*"):
        if written.is_file():
            assert b"Wrong-4711-canary" not in written.read_bytes()


def test_that_a_permanent_member_is_refused_on_the_real_domain(
    shell: Shell, samba_domain: SambaDomain, verifier: Verifier, tmp_path: Path
) -> None:
    shell.import_settings(tmp_path / "settings.json")
    refused = shell.json(
        "checkout", "_permanent01", "--privilege", "Remote Desktop Manager Admins", code=ExitCode.REFUSED
    )
    assert refused["error"]["code"] == "already-member"
    assert verifier.is_member(names.ACCOUNT_PERMANENT, names.GROUP_ADMINS)
    assert verifier.groups_in(names.OU_INTERNAL) == frozenset()
