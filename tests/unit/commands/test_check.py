# SPDX-License-Identifier: MIT
"""The command check on the demo domain: its words, documents, files and exit codes."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jit_desktop import app as app_module
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.directory.demo import DemoDirectory, demo_factory
from jit_desktop.elevation.errors import AccessDenied
from jit_desktop.elevation.identity import SecurityId
from jit_desktop.elevation.ports import NotVisible, Rights
from tests.unit.commands.test_commands import ADMINS, Shell, shell

__all__ = ["shell"]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request to the demo domain takes no time here: many are made."""
    monkeypatch.setattr(app_module, "demo_factory", partial(demo_factory, latency_seconds=0))


def checked_out(shell: Shell) -> dict[str, Any]:
    made: dict[str, Any] = shell.json(
        "checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "10m", "--no-wait"
    )
    shell.clock.advance(10)
    return made


def test_that_a_domain_is_checked_in_words_and_as_a_document(shell: Shell) -> None:
    assert shell.run("check") == ExitCode.DONE
    assert "✓ dc2.corp.example.test (Montréal) answers" in shell.out
    document = shell.json("check")
    assert document["worst"] == "warning"
    assert document["script"] == ""
    assert document["rehearsal"] is None
    assert {f["topic"] for f in document["findings"]} >= {"connection", "rights", "program"}


def test_that_a_rehearsal_proposes_the_latency(shell: Shell) -> None:
    document = shell.json("check", "--rehearse")
    assert document["rehearsal"]["proposed_latency_seconds"] == 15
    assert document["rehearsal"]["problem"] == ""
    assert "… Creating three throw-away groups." in shell.err
    assert shell.run("check", "--rehearse") == ExitCode.DONE
    assert "rodc1.corp.example.test: showed it after 6.0 s, its end after 6.0 s" in shell.out
    assert "Replication latency to set: 15 s" in shell.out


def test_that_a_rehearsal_that_fails_has_an_exit_code(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AccessDenied("No.")

    monkeypatch.setattr(DemoDirectory, "write_record", refuse)
    assert shell.run("check", "--rehearse") == ExitCode.REFUSED
    assert "broken off: No." in shell.out


def test_that_missing_rights_have_an_exit_code_and_a_script(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = DemoDirectory.rights

    def missing_two(self: DemoDirectory, location: Any, targets: Any) -> Rights:
        known = right(self, location, targets).can_write_members
        first = next(iter(known))
        return Rights(False, {guid: guid != first for guid in known})

    monkeypatch.setattr(DemoDirectory, "rights", missing_two)
    file = tmp_path / "rights.ps1"
    assert shell.run("check", "--script", str(file)) == ExitCode.REFUSED
    assert "may not create groups in Internal" in shell.out
    script = file.read_text("ascii")
    assert script.count("\nGrant '") == 2
    assert shell.run("check", "--script", str(file)) == ExitCode.REFUSED
    assert "exists already" in shell.err
    assert shell.run("check", "--script", str(file), "--force") == ExitCode.REFUSED
    assert "exists already" not in shell.err


def test_that_the_script_alone_goes_to_standard_output(shell: Shell) -> None:
    assert shell.run("check", "--script", "-") == ExitCode.DONE
    assert shell.out.startswith("#Requires -Version 5.1\n")
    assert shell.out.isascii()
    assert "answers" in shell.err


def test_that_an_elevation_is_checked_while_it_lasts(shell: Shell) -> None:
    made = checked_out(shell)
    document = shell.json("check", "--elevation", made["id"][:8])
    assert document["elevation"] == made["id"]
    assert [c["holds"] for c in document["controllers"]] == [True, True, True]
    assert [a["kind"] for a in document["advice"]] == ["new-logon"]
    assert shell.run("check", "--elevation", "_backupoperator15") == ExitCode.DONE
    assert "account in it; RDM administrators: nested, in tokenGroups" in shell.out


def test_that_a_right_that_somebody_took_away_is_no_end_that_was_missed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = checked_out(shell)
    assert shell.run("sweep") == ExitCode.DONE
    users = frozenset({SecurityId("S-1-5-32-545")})
    monkeypatch.setattr(DemoDirectory, "token_groups", lambda *_: users)
    assert shell.run("check", "--elevation", made["id"]) == ExitCode.REFUSED
    assert "although it was granted" in shell.out


def test_that_an_elevation_past_its_deadline_is_an_alarm_and_an_ended_one_is_found(shell: Shell) -> None:
    made = checked_out(shell)
    shell.clock.advance(700)
    assert shell.run("check", "--elevation", made["id"]) == ExitCode.NOT_ENDED
    assert "✗ By dc1.corp.example.test" in shell.out
    assert shell.run("sweep") == ExitCode.DONE
    shell.clock.advance(10)
    assert shell.run("sweep") == ExitCode.DONE
    assert shell.run("check", "--elevation", made["id"]) == ExitCode.DONE
    assert "Nothing of it is left" in shell.out
    assert shell.run("check", "--elevation", "ffffffff") == ExitCode.REFUSED


def test_that_what_can_not_be_seen_past_its_deadline_is_an_alarm_and_told_as_unknown(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = checked_out(shell)
    shell.clock.advance(700)
    monkeypatch.setattr(DemoDirectory, "temporary_group", lambda *_: NotVisible("It is not shown."))
    monkeypatch.setattr(DemoDirectory, "can_list", lambda *_: False)
    monkeypatch.setattr(DemoDirectory, "token_groups", unreadable)
    monkeypatch.setattr(DemoDirectory, "member_links", lambda *_: ())
    code = shell.run("check", "--elevation", made["id"])
    assert code == ExitCode.NOT_ENDED, shell.out
    assert (
        "temporary group not shown; RDM administrators: not known whether nested, tokenGroups can't be read"
    ) in shell.out
    assert shell.run("check", "--elevation", made["id"], "--json") == ExitCode.NOT_ENDED
    first = json.loads(shell.out)["controllers"][0]
    assert (first["group_there"], first["group_gone"]) == (False, False)
    assert first["unproven"]
    assert (first["extra"], first["to_others"], first["foreign_to_others"]) == ([], [], [])
    assert first["targets"][0]["in_token"] is None
    assert first["targets"][0]["other_elevations"] == []
    assert first["targets"][0]["by_elevation"] is False


def test_that_past_its_deadline_an_answer_of_nobody_is_an_alarm(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = checked_out(shell)
    monkeypatch.setattr(DemoDirectory, "temporary_group", unreadable)
    assert shell.run("check", "--elevation", made["id"]) == ExitCode.DONE
    assert "No domain controller could say how it stands" in shell.out
    assert ": does not show all of it" in shell.out
    assert "temporary group" not in shell.out, "whether it is there is what nobody shows"
    shell.clock.advance(700)
    assert shell.run("check", "--elevation", made["id"]) == ExitCode.NOT_ENDED


def unreadable(*_: object) -> None:
    raise AccessDenied("It may not be read.")
