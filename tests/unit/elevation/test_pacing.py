# SPDX-License-Identifier: MIT
"""When something is done about a provider: the rule that windows and service share."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import jit_desktop
from jit_desktop.elevation import service
from jit_desktop.elevation.errors import DirectoryUnavailable, JitError, StoreLocked
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, SweepReport
from jit_desktop.elevation.pacing import (
    HANGS_SECONDS,
    LATE_SECONDS,
    LOOK_SECONDS,
    PAUSE_SECONDS,
    RETRY_SECONDS,
    TICK_SECONDS,
    WATCHING_SECONDS,
    ClockWatch,
    Pace,
    Wanted,
    was_prevented,
)
from jit_desktop.elevation.reaching import PASS_SECONDS
from tests.unit.elevation.helpers import ManualClock
from tests.unit.store import values

SWEEP_SECONDS = 300


class Provider:
    """One provider, whose clock goes ``ahead`` of the PC's and is told to the second."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.ahead = timedelta()
        self.open: list[Elevation] | None = []
        self.pace = Pace(self.clock, self.now, sweep_seconds=SWEEP_SECONDS)

    def now(self) -> datetime:
        return self.clock.wall + self.ahead

    def do(self, what: Wanted, seconds: float = 0, *, prevented: bool = False) -> None:
        self.pace.begin(what)
        self.clock.advance(seconds)
        self.pace.finish(prevented=prevented)

    def lend(self, seconds: float, state: State = State.ACTIVE) -> None:
        assert self.open is not None
        deadline = self.now() + timedelta(seconds=seconds)
        self.open.append(
            replace(values.elevation(state=state), deadline=deadline, ready_at=None, next_attempt_at=None)
        )

    def seconds(self, seconds: int) -> dict[int, Wanted]:
        """What was wanted (and at once done) in the next ``seconds``, by when."""
        found: dict[int, Wanted] = {}
        for second in range(1, seconds + 1):
            self.clock.advance(1)
            wanted = self.pace.wanted(self.open)
            if wanted is not Wanted.NOTHING:
                found[second] = wanted
                self.do(wanted)
        return found


@pytest.fixture
def provider() -> Provider:
    """A provider that was swept a moment ago."""
    made = Provider()
    assert made.pace.wanted(made.open) is Wanted.SWEEP, "at once, without being asked"
    made.do(Wanted.SWEEP)
    return made


def test_that_ticks_and_sweeps_come_at_their_intervals(provider: Provider) -> None:
    found = provider.seconds(SWEEP_SECONDS)
    assert [s for s, what in found.items() if what is Wanted.SWEEP] == [SWEEP_SECONDS]
    ticks = [s for s, what in found.items() if what is Wanted.TICK]
    assert ticks == list(range(TICK_SECONDS, SWEEP_SECONDS, TICK_SECONDS))


@pytest.mark.parametrize("state", [State.PROPAGATING, State.ENDING])
def test_that_what_somebody_looks_at_is_ticked_every_few_seconds(provider: Provider, state: State) -> None:
    provider.lend(3600, state)
    assert list(provider.seconds(10)) == [WATCHING_SECONDS, 2 * WATCHING_SECONDS, 3 * WATCHING_SECONDS]


def test_that_a_store_that_cannot_be_read_is_tried_every_few_seconds(provider: Provider) -> None:
    provider.open = None
    assert list(provider.seconds(7)) == [WATCHING_SECONDS, 2 * WATCHING_SECONDS]


@pytest.mark.parametrize("field", ["deadline", "next_attempt_at", "ready_at"])
def test_that_a_moment_is_kept_the_second_it_comes_and_once(provider: Provider, field: str) -> None:
    provider.lend(3600, State.PROPAGATING if field == "ready_at" else State.ACTIVE)
    assert provider.open is not None
    moment = provider.now() + timedelta(seconds=2)
    (known,) = provider.open
    provider.open = [replace(known, **{field: moment})]  # type: ignore[arg-type]
    assert list(provider.seconds(WATCHING_SECONDS))[:1] == [2]
    assert list(provider.seconds(1)) == []


def test_that_a_moment_which_comes_during_a_tick_is_not_lost(provider: Provider) -> None:
    provider.lend(4)
    provider.do(Wanted.TICK, seconds=4.5)
    assert provider.pace.wanted(provider.open) is Wanted.TICK


def test_that_what_another_witness_calls_due_is_begun_the_second_it_does(provider: Provider) -> None:
    provider.lend(3600)
    is_due = False
    provider.pace = Pace(
        provider.clock,
        provider.now,
        sweep_seconds=SWEEP_SECONDS,
        time_for=lambda e: e.deadline if is_due else provider.now(),
    )
    provider.pace.wanted(provider.open)
    provider.do(Wanted.SWEEP)
    assert provider.seconds(2) == {}
    is_due = True
    assert provider.seconds(1) == {1: Wanted.TICK}


def test_that_nobody_waits_longer_than_is_promised() -> None:
    assert (LOOK_SECONDS, WATCHING_SECONDS, TICK_SECONDS, RETRY_SECONDS) == (1, 3, 15, 5)


def test_that_a_deadline_goes_before_a_sweep(provider: Provider) -> None:
    provider.lend(2)
    provider.clock.advance(2)
    provider.pace.ask_for(Wanted.SWEEP)
    assert provider.pace.wanted(provider.open) is Wanted.TICK
    provider.do(Wanted.TICK)
    assert provider.pace.wanted(provider.open) is Wanted.SWEEP


def test_that_a_clock_of_the_pc_that_was_ahead_skips_no_deadline(provider: Provider) -> None:
    provider.lend(10)
    provider.ahead = timedelta(hours=1)  # the PC's, as long as no domain controller's was read
    provider.pace.begin(Wanted.TICK)
    provider.ahead = timedelta()
    provider.pace.finish()
    assert list(provider.seconds(12)) == [10]


def test_that_nothing_is_wanted_while_something_is_under_way(provider: Provider) -> None:
    provider.lend(1)
    provider.pace.begin(Wanted.TICK)
    provider.clock.advance(600)
    assert provider.pace.is_working
    assert provider.pace.wanted(provider.open) is Wanted.NOTHING
    provider.pace.finish()
    assert not provider.pace.is_working


def test_that_a_pause_calls_for_a_tick_and_a_sweep(provider: Provider) -> None:
    provider.clock.advance(PAUSE_SECONDS + 1)
    assert provider.seconds(2) == {1: Wanted.TICK, 2: Wanted.SWEEP}


def test_that_work_which_takes_long_is_no_pause(provider: Provider) -> None:
    provider.do(Wanted.TICK, seconds=PAUSE_SECONDS * 2)
    assert provider.seconds(2) == {}


@pytest.mark.parametrize("seconds", [PAUSE_SECONDS + 1, -PAUSE_SECONDS - 1])
@pytest.mark.parametrize("is_working", [True, False])
def test_that_a_clock_that_is_set_calls_for_both(provider: Provider, seconds: int, is_working: bool) -> None:
    if is_working:
        provider.pace.begin(Wanted.TICK)
    provider.clock.wall += timedelta(seconds=seconds)
    if is_working:
        provider.pace.finish()
    assert provider.seconds(2) == {1: Wanted.TICK, 2: Wanted.SWEEP}


def test_that_a_clock_that_is_corrected_a_little_is_no_jump() -> None:
    clock = ManualClock()
    watch = ClockWatch(clock)
    clock.wall += timedelta(seconds=PAUSE_SECONDS - 1)
    assert watch.jump() == 0
    clock.wall += timedelta(seconds=3600)
    assert watch.jump() == 3600
    assert watch.jump() == 0


@pytest.mark.parametrize("what", [Wanted.TICK, Wanted.SWEEP])
def test_that_what_was_prevented_is_tried_again_soon(provider: Provider, what: Wanted) -> None:
    provider.do(what, prevented=True)
    assert provider.seconds(RETRY_SECONDS + 1) == {RETRY_SECONDS: what}


def test_that_a_short_interval_of_sweeps_is_not_made_longer_by_that() -> None:
    clock = ManualClock()
    pace = Pace(clock, clock.utc_now, sweep_seconds=2)
    pace.begin(Wanted.SWEEP)
    pace.finish(prevented=True)
    clock.advance(2)
    assert pace.wanted([]) is Wanted.SWEEP


@pytest.mark.parametrize(
    ("problem", "error", "expected"),
    [
        ("", None, False),
        ("A fault of the program.", None, True),
        ("It is locked.", StoreLocked("It is locked."), True),
        ("It does not answer.", DirectoryUnavailable("It does not answer."), False),
    ],
)
def test_that_only_the_store_and_faults_prevent_a_sweep(
    problem: str, error: JitError | None, *, expected: bool
) -> None:
    report = SweepReport(ProviderId("p"), values.NOW, problem=problem, error=error)
    assert was_prevented(report) is expected


def test_that_no_shell_has_a_rule_of_its_own() -> None:
    root = Path(jit_desktop.__file__).parent
    for shell in ("ui", "commands"):
        for file in (root / shell).rglob("*.py"):
            assert not {"_moments_of", "moments_of"} & _names_of(file), file
    assert not (root / "elevation" / "moments.py").exists()
    for name in ("ui/heartbeat.py", "commands/serving.py"):
        assert "Pace" in _names_of(root / name), name
    for name in ("ui/heartbeat.py", "commands/serving.py", "commands/sweeping.py"):
        assert not {"is_due", "next_attempt_at", "deadline"} & _names_of(root / name), name


def _names_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {name for node in ast.walk(tree) for name in _names_in(node)}


def _names_in(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.ImportFrom):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.Name):
        yield node.id
    if isinstance(node, ast.Attribute):
        yield node.attr


def test_that_a_deadline_is_kept_though_somebody_else_read_the_domains_clock() -> None:
    clock = ManualClock()
    ahead = timedelta()
    elevation = replace(
        values.elevation(state=State.ACTIVE),
        deadline=clock.utc_now() - timedelta(seconds=593),
        next_attempt_at=None,
        ready_at=None,
    )
    pace = Pace(clock, lambda: clock.utc_now() + ahead, sweep_seconds=300)

    def wanted() -> bool:
        asked = False
        while (what := pace.wanted([elevation])) is not Wanted.NOTHING:
            asked = True
            pace.begin(what)
            pace.finish()
        return asked

    wanted()
    ahead = timedelta(seconds=-600)  # the PC's clock was ahead, and another worker has found out
    for second in range(1, 8):
        clock.advance(1)
        was_asked = wanted()
        assert was_asked or second != 7


def test_that_what_was_begun_and_lasts_longer_than_an_end_takes_is_late(provider: Provider) -> None:
    assert not provider.pace.is_late()
    provider.pace.begin(Wanted.SWEEP)
    provider.clock.advance(LATE_SECONDS - 1)
    assert not provider.pace.is_late()
    provider.clock.advance(1)
    assert provider.pace.is_late()
    assert provider.pace.works_for() == LATE_SECONDS
    provider.pace.finish()
    assert not provider.pace.is_late()
    assert provider.pace.works_for() == 0


def test_that_a_tick_or_a_sweep_that_is_begun_again_still_comes_to_its_end_in_time() -> None:
    assert HANGS_SECONDS > 2 * PASS_SECONDS + service._LATER_SECONDS
