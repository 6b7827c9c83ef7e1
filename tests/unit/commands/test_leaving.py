# SPDX-License-Identifier: MIT
"""A command that breaks off says what it leaves behind, and that is its exit code."""

from __future__ import annotations

from typing import Any

import pytest

from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.directory.demo import Fault, FaultPlan, Operation
from jit_desktop.elevation.errors import DirectoryUnavailable
from jit_desktop.elevation.ports import ScheduleState
from jit_desktop.elevation.scheduling import AuditedSchedule
from jit_desktop.elevation.service import ElevationService
from tests.unit.commands import test_commands, test_not_confirmed
from tests.unit.commands.test_commands import ADMINS, Shell

faults, shell = test_not_confirmed.faults, test_commands.shell

NAME, OTHER = "_backupoperator15", "_sqladmin02"
CHECK_OUT = ("checkout", NAME, "--privilege", ADMINS, "--for", "1h")
TWO = (*CHECK_OUT, "--privilege", "Remote Desktop Manager Service Desk")
REMOVALS = (
    Operation.REMOVE_MEMBER,
    Operation.TAKE_OUT,
    Operation.EMPTY_GROUP,
    Operation.DELETE_GROUP,
)
STILL_HELD = "! What should have ended may still be held; every sweep tries again:"


def refuse_the_second_group(faults: FaultPlan) -> None:
    faults.fail_next(Fault.ACCESS_DENIED, Operation.ADD_MEMBER, nth=2)


def test_that_a_checkout_that_fails_and_leaves_a_right_says_so_and_is_an_alarm(
    shell: Shell, faults: FaultPlan
) -> None:
    refuse_the_second_group(faults)
    faults.fail_always(Fault.ACCESS_DENIED, *REMOVALS)
    assert shell.run(*TWO, "--no-wait") == ExitCode.NOT_ENDED
    assert STILL_HELD in shell.err
    held = shell.out
    assert "overdue" in held
    assert f"{NAME}: " in held
    assert shell.run("list") == ExitCode.NOT_ENDED
    assert held.split()[:2] == shell.out.split()[:2], "the list tells of the same one"


def test_that_a_script_reads_both_what_went_wrong_and_what_is_left(shell: Shell, faults: FaultPlan) -> None:
    refuse_the_second_group(faults)
    faults.fail_always(Fault.ACCESS_DENIED, *REMOVALS)
    document = shell.json(*TWO, "--no-wait", code=ExitCode.NOT_ENDED)
    assert document["error"]["code"] == "access-denied"
    assert [(e["account"]["name"], e["state"]) for e in document["elevations"]] == [(NAME, "overdue")]


def test_that_a_checkout_that_fails_and_leaves_nothing_has_the_exit_code_of_its_error(
    shell: Shell, faults: FaultPlan
) -> None:
    refuse_the_second_group(faults)
    document = shell.json(*TWO, "--no-wait", code=ExitCode.DIRECTORY)
    assert set(document) == {"error"}
    assert STILL_HELD not in shell.err


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (DirectoryUnavailable("dc1 does not answer."), "dc1 does not answer."),
        pytest.param(
            RuntimeError("a fault"),
            "A fault of the program; the log has the details.",
            marks=pytest.mark.expects_log("A fault of the program broke it off"),
        ),
        (KeyboardInterrupt(), "Stopped."),
    ],
    ids=["an error", "a fault", "Ctrl+C"],
)
@pytest.mark.parametrize("what", ["check_out", "extend", "check_in", "sweep"])
def test_that_whatever_breaks_a_command_off_what_should_have_ended_is_said(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, what: str, error: BaseException, says: str
) -> None:
    assert shell.run(*CHECK_OUT, "--no-wait") == ExitCode.DONE
    shell.clock.advance(3700)

    def broken(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(ElevationService, what, broken)
    monkeypatch.setattr("jit_desktop.commands.sweeping._all_at_once", broken)
    words = {
        "check_out": CHECK_OUT,
        "extend": ("extend", NAME, "--for", "1h"),
        "check_in": ("checkin", NAME),
        "sweep": ("sweep",),
    }[what]
    assert shell.run(*words) == ExitCode.NOT_ENDED
    assert says in shell.err
    assert NAME in shell.out


@pytest.mark.parametrize("words", [("extend", OTHER, "--for", "1h"), ("checkin", OTHER)])
def test_that_what_another_account_holds_is_no_outcome_of_this_command(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    assert shell.run(*CHECK_OUT, "--no-wait") == ExitCode.DONE
    assert shell.run("checkout", OTHER, "--privilege", ADMINS, "--for", "2h", "--no-wait") == ExitCode.DONE
    shell.clock.advance(3700)

    def broken(*_: Any, **__: Any) -> Any:
        raise DirectoryUnavailable("dc1 does not answer.")

    for name in ("extend", "check_in"):
        monkeypatch.setattr(ElevationService, name, broken)
    assert shell.run(*words) == ExitCode.DIRECTORY
    assert NAME not in shell.out


@pytest.mark.parametrize("was_removed", [True, False])
def test_that_show_and_check_say_that_the_sweep_was_removed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, was_removed: bool
) -> None:
    state = ScheduleState("systemd timer", was_removed=was_removed)
    monkeypatch.setattr(AuditedSchedule, "state", lambda _: state)
    assert shell.json("schedule", "show")["schedule"]["was_removed"] is was_removed
    shell.run("schedule", "show")
    assert ("it was removed" in shell.out) is was_removed
    shell.run("check")
    assert ("it was removed" in shell.out) is was_removed
