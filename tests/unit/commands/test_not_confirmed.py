# SPDX-License-Identifier: MIT
"""What has ended, or ends past its deadline, and is not confirmed everywhere: a service, a sweep and the list
name who could not be asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jit_desktop import app as app_module
from jit_desktop.app import Application
from jit_desktop.commands.exit_codes import ExitCode, sweep_exit_code
from jit_desktop.commands.output import elevation_line, sweep_document
from jit_desktop.commands.sweep_words import A_HANDFUL, sweep_lines, unconfirmed_lines
from jit_desktop.directory.demo import Fault, FaultPlan, demo_factory
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import RemainingRight, SweepReport
from jit_desktop.elevation.outcome import not_confirmed
from jit_desktop.elevation.ports import Clock
from jit_desktop.elevation.service import ElevationService
from jit_desktop.store import SqliteStore
from tests.unit.commands import test_sweeping as sweeping
from tests.unit.commands.test_commands import Shell
from tests.unit.commands.test_sweeping import Watched, lend, serve, terminate
from tests.unit.store import values

clock, in_step, shell = sweeping.clock, sweeping.in_step, sweeping.shell

DC2 = "dc2.corp.example.test"
OTHER = "rodc1.corp.example.test"
NAME = "_backupoperator15"
NOTHING = SweepReport(ProviderId("p"), values.NOW)
ENDED = replace(
    values.elevation(state=State.ENDED), ended_at=values.NOW, end_reason=EndReason.DEADLINE, remains=()
)
UNASKED = replace(ENDED, unconfirmed_on=(DC2,))


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> FaultPlan:
    """What goes wrong with the demo domain."""
    plan, real = FaultPlan(), demo_factory

    def made(file: Path, clock: Clock, **options: Any) -> object:
        return real(file, clock, **{**options, "faults": plan})

    monkeypatch.setattr(app_module, "demo_factory", made)
    return plan


def away(faults: FaultPlan, host: str = DC2) -> Callable[[], None]:
    return lambda: faults.fail_always(Fault.UNAVAILABLE, controller=host)


def lines_of(news: list[Any], key: str) -> list[Any]:
    return [d[key] for d in news if key in d]


# --- words ------------------------------------------------------------------------------------------------


def test_that_one_function_names_who_could_not_be_asked() -> None:
    assert not_confirmed(UNASKED) == f"not confirmed at {DC2}"
    assert not_confirmed(replace(UNASKED, unconfirmed_on=(DC2, OTHER)), short=True) == (
        "not confirmed at dc2 and rodc1"
    )
    assert not_confirmed(ENDED) == ""
    assert not_confirmed(replace(UNASKED, state=State.ENDING)) == "", "it has not ended anywhere yet"


def test_that_the_line_of_one_that_has_ended_names_who_could_not_be_asked() -> None:
    line = elevation_line(UNASKED, values.NOW)
    assert f"  ended; not confirmed at {DC2}  {UNASKED.account.name}: {UNASKED.label} (" in line
    right = RemainingRight(values.guid(1), "T", (), since_before=True)
    kept = elevation_line(replace(UNASKED, remains=(right,)), values.NOW)
    assert f"ended; still has T permanently, as before this elevation; not confirmed at {DC2}  " in kept
    assert "not confirmed" not in elevation_line(ENDED, values.NOW)


def test_that_a_sweep_names_whom_it_could_not_ask_and_that_is_no_alarm() -> None:
    report = replace(NOTHING, ended=(UNASKED,), unconfirmed=(UNASKED,))
    headline, line = sweep_lines(report, "corp")
    assert f"1 ended ({UNASKED.account.name} not confirmed at {DC2})," in headline
    assert line == (
        f"  ended; not confirmed at {DC2}: {UNASKED.account.name}: what could not be asked may still give it"
    )
    assert sweep_exit_code([report]) is ExitCode.DONE
    assert [e["unconfirmed_on"] for e in sweep_document(report, "corp")["unconfirmed"]] == [[DC2]]


def test_that_one_that_failed_is_not_said_to_have_ended() -> None:
    failed = replace(UNASKED, state=State.FAILED, end_reason=EndReason.GRANT_FAILED)
    lines = unconfirmed_lines([UNASKED, failed])
    assert [line.partition(";")[0].strip() for line in lines] == ["ended", "failed"]
    assert f"  failed; not confirmed at {DC2}  " in elevation_line(failed, values.NOW)


def test_that_many_that_one_controller_has_not_confirmed_are_one_line() -> None:
    many = [replace(UNASKED, account=replace(ENDED.account, name=f"a{n}")) for n in range(A_HANDFUL + 2)]
    other = replace(UNASKED, unconfirmed_on=(DC2, OTHER))
    _, first, second = sweep_lines(replace(NOTHING, unconfirmed=(*many, other)), "corp")
    assert "a0, a1, a2, a3, a4 and 2 more: " in first
    assert f"not confirmed at {DC2} and {OTHER}: " in second


# --- commands ---------------------------------------------------------------------------------------------


def test_that_each_sweep_and_the_list_say_who_has_not_confirmed_an_end(
    shell: Shell, clock: Watched, faults: FaultPlan
) -> None:
    lend(shell)
    clock.advance(601)
    away(faults)()
    shell.run("sweep")
    clock.advance(20)  # the slower ones have heard of it
    assert shell.run("sweep") == ExitCode.DONE
    assert f"1 ended ({NAME} not confirmed at {DC2})" in shell.out
    shell.run("sweep")
    assert f"ended; not confirmed at {DC2}: {NAME}: " in shell.out, "as long as it is so"
    assert shell.run("list") == ExitCode.DONE
    assert f"ended; not confirmed at {DC2}: {NAME}: " in shell.out
    listed = shell.json("list")
    assert (listed["elevations"], [e["unconfirmed_on"] for e in listed["unconfirmed"]]) == ([], [[DC2]])
    shell.run("list", "--all")
    assert f"ended; not confirmed at {DC2}  {NAME}" in shell.out
    faults.clear()
    clock.advance(4000)
    shell.run("sweep")
    assert "not confirmed" not in shell.out
    shell.run("list")
    assert "not confirmed" not in shell.out


def test_that_a_service_says_who_has_not_confirmed_an_end_and_when_that_is_over(
    shell: Shell, clock: Watched, faults: FaultPlan
) -> None:
    lend(shell)
    clock.advance(590)
    clock.events[5] = away(faults)
    clock.events[60] = faults.clear
    clock.events[400] = terminate
    news = serve(shell)
    (elevation_id,) = {e["id"] for d in news for e in d.get("ended", ())}
    told = [[e["unconfirmed_on"] for e in d["unconfirmed"]] for d in news if "unconfirmed" in d]
    assert [one for one in told if one] == [[[DC2]]], "said once"
    assert told[-1] == []
    assert [one for one in lines_of(news, "confirmed") if one] == [[elevation_id]]
    assert sum(len(one) for one in lines_of(news, "ended")) == 1, "confirmed later is not ended again"
    assert lines_of(news, "left_unconfirmed") == []


def test_that_a_service_says_when_one_of_several_has_confirmed_an_end(
    shell: Shell, clock: Watched, faults: FaultPlan
) -> None:
    def one_is_back() -> None:
        faults.clear()
        away(faults, OTHER)()

    lend(shell)
    clock.advance(590)
    for number, host in enumerate((DC2, OTHER)):
        clock.events[4 + number] = away(faults, host)
    clock.events[60] = one_is_back
    clock.events[400] = terminate
    told = [d["unconfirmed"] for d in serve(shell) if "unconfirmed" in d]
    hosts = [sorted(e["unconfirmed_on"]) for unconfirmed in told for e in unconfirmed]
    assert hosts == [[DC2, OTHER], [OTHER]]


def test_that_what_is_not_named_any_more_is_not_called_confirmed(
    shell: Shell, clock: Watched, faults: FaultPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(shell)
    clock.advance(590)
    clock.events[5] = away(faults)
    clock.events[60] = lambda: monkeypatch.setattr(ElevationService, "not_confirmed", lambda *_: ())
    clock.events[100] = terminate
    news = serve(shell)
    assert [len(d["unconfirmed"]) for d in news if "unconfirmed" in d][-2:] == [1, 0]
    assert all(one == [] for one in lines_of(news, "confirmed"))


def test_that_a_service_keeps_what_it_could_not_record_while_it_runs(
    shell: Shell, clock: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Application] = []
    monkeypatch.setattr(Application, "keep_unrecorded", lambda app, *_: kept.append(app))
    clock.events[20] = terminate
    serve(shell)
    assert len(kept) > 2


def test_that_a_service_that_stops_names_what_is_not_confirmed(
    shell: Shell, clock: Watched, faults: FaultPlan
) -> None:
    lend(shell)
    clock.advance(590)
    clock.events[5] = away(faults)
    clock.events[100] = terminate
    news = serve(shell, code=ExitCode.DONE)
    assert [len(one) for one in lines_of(news, "left_unconfirmed")] == [1]
    assert lines_of(news, "left") == [[]]


# --- past its deadline, and its end is under way ------------------------------------------------------------


def test_that_a_service_says_once_what_is_past_its_deadline_and_not_confirmed(
    shell: Shell, clock: Watched
) -> None:
    lend(shell)
    clock.advance(590)
    clock.events[100] = terminate
    news = serve(shell)
    (late,) = lines_of(news, "ending_late")
    with SqliteStore(shell.data_dir) as store:
        (elevation,) = store.history()
    assert late == [elevation.id]
    assert lines_of(news, "left") == []


def test_that_a_moment_that_each_end_takes_is_not_told(shell: Shell, clock: Watched) -> None:
    lend(shell)
    clock.advance(590)
    clock.events[13] = terminate
    news = serve(shell, code=ExitCode.NOT_ENDED)
    assert lines_of(news, "ending_late") == []


def test_that_a_service_that_stops_while_an_end_is_not_confirmed_is_no_success(
    shell: Shell, clock: Watched
) -> None:
    deadline = lend(shell)
    clock.advance(590)
    clock.events[15] = terminate
    news = serve(shell, code=ExitCode.NOT_ENDED)
    assert clock.utc_now() - deadline < timedelta(seconds=15)
    with SqliteStore(shell.data_dir) as store:
        (elevation,) = store.open_elevations()
    assert elevation.state is State.ENDING
    assert lines_of(news, "left") == [[elevation.id]]


def test_that_a_check_in_that_is_not_confirmed_before_the_deadline_is_no_alarm_of_a_service(
    shell: Shell, clock: Watched
) -> None:
    lend(shell)
    shell.run("checkin", NAME, "--wait", "1s")
    clock.events[3] = terminate
    assert lines_of(serve(shell, code=ExitCode.DONE), "left") == []
