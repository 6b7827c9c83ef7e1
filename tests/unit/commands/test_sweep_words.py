# SPDX-License-Identifier: MIT
"""What a sweep says to people, and what its exit code says to scripts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.commands.exit_codes import ExitCode, sweep_exit_code
from jit_desktop.commands.output import sweep_document
from jit_desktop.commands.sweep_words import A_HANDFUL, sweep_lines
from jit_desktop.elevation.errors import DirectoryUnavailable, JitError, SignInFailed, StoreLocked
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import (
    ForeignGroup,
    RemainingRight,
    SuspectGroup,
    SweepReport,
    TimeSource,
)
from tests.unit.store import values

NOTHING = SweepReport(ProviderId("p"), values.NOW)
ENDED = values.elevation(state=State.ENDED)
SUSPECT = SuspectGroup("RDM_JIT_x", "CN=RDM_JIT_x", "its record is damaged", ("Admins",), is_alarm=True)


def strangers(number: int) -> SweepReport:
    return replace(
        NOTHING, foreign=tuple(ForeignGroup(f"G{n}", f"CN=G{n}", "it is none") for n in range(number))
    )


def test_that_a_handful_of_strangers_is_named_and_more_are_counted() -> None:
    assert len(sweep_lines(strangers(A_HANDFUL), "corp")) == 1 + A_HANDFUL
    many = sweep_lines(strangers(1000), "corp")
    assert len(many) == 2
    assert "1000 groups" in many[1]


def test_that_it_says_whose_elevations_ended() -> None:
    names = [f"a{number}" for number in range(A_HANDFUL + 2)]
    ended = tuple(replace(ENDED, account=replace(ENDED.account, name=name)) for name in names)
    (one,) = sweep_lines(replace(NOTHING, ended=ended[:1]), "corp")
    assert "1 ended (a0)," in one
    (many,) = sweep_lines(replace(NOTHING, ended=ended), "corp")
    assert "7 ended (a0, a1, a2, a3, a4 and 2 more)," in many


def test_that_what_an_end_left_is_told_in_the_headline_and_below() -> None:
    right = RemainingRight(ENDED.privileges[0].group.guid, "Admins", ("a direct membership",), False)
    kept = replace(ENDED, remains=(right,), leftover="The temporary group is still there.")
    others = tuple(
        replace(ENDED, account=replace(ENDED.account, name=f"a{n}"), remains=()) for n in range(A_HANDFUL + 1)
    )
    headline, ways, left = sweep_lines(replace(NOTHING, ended=(*others, kept)), "corp")
    name = ENDED.account.name
    assert f"7 ended ({name} still has Admins permanently, since during this elevation; a0;" in headline
    assert ways == f"  {name} still has Admins through a direct membership"
    assert left == f"  left over: {name}: The temporary group is still there."


def test_that_an_end_that_is_not_confirmed_past_its_deadline_is_named_and_no_alarm() -> None:
    why = "Removed; dc2 has not heard of it yet."
    late = replace(values.elevation(state=State.ENDING), deadline=values.NOW, failure=why)
    early = replace(late, deadline=values.NOW + timedelta(minutes=5))
    report = replace(NOTHING, ending=(late, early))
    _, line = sweep_lines(report, "corp")
    name = late.account.name
    assert line == f"  past its deadline, not confirmed yet: {name}: {why}"
    assert sweep_exit_code([report]) is ExitCode.DONE


def test_that_a_report_says_whose_clock_its_times_are_of() -> None:
    by_guess = replace(NOTHING, overdue=(ENDED,), clock=TimeSource.COMPUTER)
    document = sweep_document(by_guess, "corp")
    assert (document["clock"], document["overdue"][0]["clock"]) == ("computer", "computer")
    assert sweep_document(NOTHING, "corp")["clock"] == "domain"


def test_that_suspects_and_what_was_not_recorded_are_lines_too() -> None:
    report = replace(NOTHING, suspects=(SUSPECT, replace(SUSPECT, is_alarm=False)), unrecorded=(ENDED,))
    _, alarm, suspect, unrecorded = sweep_lines(report, "corp")
    assert alarm.strip() == "ALARM: RDM_JIT_x: its record is damaged; it gives Admins"
    assert suspect.strip().startswith("suspect: RDM_JIT_x")
    assert "not recorded" in unrecorded


def failed(error: JitError | None) -> SweepReport:
    return replace(NOTHING, problem="It failed.", error=error)


@pytest.mark.parametrize(
    ("reports", "code"),
    [
        ([], ExitCode.DONE),
        ([NOTHING, strangers(3)], ExitCode.DONE),
        ([failed(None)], ExitCode.FAULT),
        ([failed(DirectoryUnavailable("x")), NOTHING], ExitCode.DIRECTORY),
        ([failed(DirectoryUnavailable("x")), failed(SignInFailed("x"))], ExitCode.SIGN_IN),
        ([failed(StoreLocked("x")), failed(None)], ExitCode.LOCAL),
        ([failed(StoreLocked("x")), replace(NOTHING, overdue=(ENDED,))], ExitCode.NOT_ENDED),
        ([replace(NOTHING, suspects=(SUSPECT,)), failed(SignInFailed("x"))], ExitCode.NOT_ENDED),
        ([replace(NOTHING, suspects=(replace(SUSPECT, is_alarm=False),))], ExitCode.DONE),
        ([replace(NOTHING, unrecorded=(ENDED,))], ExitCode.LOCAL),
    ],
)
def test_that_an_alarm_goes_before_everything_in_the_exit_code(
    reports: list[SweepReport], code: ExitCode
) -> None:
    assert sweep_exit_code(reports) is code


def test_that_who_was_not_searched_is_told() -> None:
    report = replace(NOTHING, unsearched=(("dc2.corp.example.test", "It does not answer."),))
    assert "  not searched: dc2.corp.example.test: It does not answer." in sweep_lines(report, "corp")
    told = sweep_document(report, "corp")["unsearched"]
    assert told == [{"host": "dc2.corp.example.test", "reason": "It does not answer."}]


def test_that_an_alarm_of_clocks_that_do_not_agree_says_so() -> None:
    doubt = "The clocks of the domain went back by 1 hour."
    due = replace(
        values.elevation(state=State.ACTIVE), failure="", deadline=values.NOW + timedelta(minutes=1)
    )
    report = replace(NOTHING, overdue=(due,), doubt=doubt)
    *_, alarm, clocks = sweep_lines(report, "corp")
    assert alarm.endswith(": it may be over: the clocks do not agree")
    assert clocks == f"  clocks: {doubt}"
    assert sweep_document(report, "corp")["doubt"] == doubt
    (past,) = sweep_lines(replace(report, at=due.deadline, problem="It is away.", doubt=""), "corp")[1:-1]
    assert past.endswith(": It is away.")
