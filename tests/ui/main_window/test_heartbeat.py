# SPDX-License-Identifier: MIT
"""The heartbeat: at the right moment, one at a time, whatever the clocks do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.directory.demo import EVERYTHING, Fault
from jit_desktop.elevation.errors import JitError, StoreDamaged, StoreLocked
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Seen, Sight
from jit_desktop.elevation.pacing import PAUSE_SECONDS, RETRY_SECONDS, TICK_SECONDS, WATCHING_SECONDS
from jit_desktop.elevation.reaching import PASS_SECONDS
from jit_desktop.elevation.service import TickReport
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.heartbeat import SWEEP_SECONDS
from jit_desktop.ui.provider_watch import AGAIN_SECONDS
from tests.ui.main_window.world import World


class Spy:
    """Counts what the heartbeat asks of the service, and can hold it up."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ticks = 0
        self.sweeps: list[ProviderId] = []
        self.at_once = 0
        self.most_at_once = 0
        self.go_on = threading.Event()
        self.go_on.set()
        for name in ("tick", "sweep"):
            monkeypatch.setattr(world.service, name, self._spied(name, getattr(world.service, name)))

    def _spied(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            if name == "tick":
                self.ticks += 1
            else:
                self.sweeps.append(ProviderId(str(arguments[0])))
            self.go_on.wait(10)
            try:
                return real(*arguments)
            finally:
                self.at_once -= 1

        return call


@pytest.fixture
def spy(world: World, monkeypatch: pytest.MonkeyPatch) -> Spy:
    return Spy(world, monkeypatch)


def start(world: World, spy: Spy) -> None:
    """Start the program and forget what it did for that."""
    world.desk.start()
    world.settle()
    spy.ticks = 0
    spy.sweeps.clear()


def test_that_the_program_begins_with_a_tick_and_a_sweep_of_every_domain(world: World, spy: Spy) -> None:
    world.desk.start()
    world.settle()
    assert spy.ticks == 1
    assert spy.sweeps == [world.provider.id]


def test_that_nothing_is_asked_of_the_core_between_two_ticks(world: World, spy: Spy) -> None:
    start(world, spy)
    world.pass_seconds(TICK_SECONDS - 1, beats=TICK_SECONDS - 1)
    assert spy.ticks == 0
    world.pass_seconds(1)
    assert spy.ticks == 1


def test_that_a_deadline_is_kept_the_second_it_comes(world: World, spy: Spy) -> None:
    world.lend(seconds=600)
    world.activate()
    start(world, spy)
    deadline = world.desk.board.elevations[0].deadline
    left = (deadline - world.desk.now(world.provider.id)).total_seconds()
    world.pass_seconds(left - 5, beats=3)
    before = spy.ticks
    world.pass_seconds(4, beats=4)
    assert spy.ticks == before
    world.pass_seconds(1)
    assert spy.ticks == before + 1
    assert world.desk.board.elevations[0].state in (State.ENDING, State.ENDED)


def test_that_what_stays_overdue_is_not_hammered(world: World, spy: Spy) -> None:
    world.lend(seconds=600)
    world.activate()
    start(world, spy)
    world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
    world.pass_seconds(600)
    before = spy.ticks
    world.pass_seconds(3, beats=3)
    assert spy.ticks - before <= 1
    assert world.desk.board.elevations[0].state is State.OVERDUE


def test_that_there_are_never_two_at_a_time(world: World, spy: Spy) -> None:
    start(world, spy)
    spy.go_on.clear()
    world.desk.heartbeat.tick_now()
    world.desk.heartbeat.sweep_now()
    for _ in range(40):
        world.clock.pass_seconds(10)
        world.desk.heartbeat.beat()
    spy.go_on.set()
    world.settle()
    assert spy.most_at_once == 1
    assert (spy.ticks, len(spy.sweeps)) == (1, 1), "those that became due meanwhile are one"


def test_that_a_sweep_is_repeated_every_few_minutes(world: World, spy: Spy) -> None:
    start(world, spy)
    world.pass_seconds(SWEEP_SECONDS - TICK_SECONDS, beats=57)
    assert spy.sweeps == []
    world.pass_seconds(TICK_SECONDS)
    assert spy.sweeps == [world.provider.id]


def test_that_waking_up_after_sleep_ends_and_sweeps_at_once(world: World, spy: Spy) -> None:
    start(world, spy)
    world.clock.pass_seconds(PAUSE_SECONDS + 1)
    world.desk.heartbeat.on_window_activated()
    world.settle()
    assert (spy.ticks, spy.sweeps) == (1, [world.provider.id])


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_that_a_changed_clock_is_noticed_and_told(world: World, spy: Spy, seconds: int) -> None:
    start(world, spy)
    jumps: list[float] = []
    world.desk.heartbeat.clock_jumped.connect(jumps.append)
    world.clock.set_wall_clock_ahead(seconds)
    world.pass_seconds(1)
    assert jumps == [pytest.approx(seconds)]
    assert (spy.ticks, spy.sweeps) == (1, [world.provider.id])


def test_that_activating_the_window_without_a_pause_does_nothing(world: World, spy: Spy) -> None:
    start(world, spy)
    world.desk.heartbeat.on_window_activated()
    world.settle()
    assert (spy.ticks, spy.sweeps) == (0, [])


def test_that_a_wrong_clock_of_the_pc_does_not_lengthen_an_elevation(world: World) -> None:
    world.lend(seconds=600)
    world.activate()
    world.desk.start()
    world.settle()
    world.clock.set_wall_clock_ahead(-7200)
    world.pass_seconds(600)
    world.pass_seconds(30, beats=3)
    assert world.desk.board.elevations == ()


def test_that_a_tick_that_cannot_be_done_is_told_and_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.desk.start()
    world.settle()
    failures: list[JitError] = []
    recovered: list[bool] = []
    world.desk.heartbeat.tick_failed.connect(failures.append)
    world.desk.heartbeat.tick_succeeded.connect(lambda: recovered.append(True))

    def locked() -> list[object]:
        raise StoreLocked("Another program holds the database.")

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "providers", locked)
        world.pass_seconds(TICK_SECONDS)
    assert [str(f) for f in failures] == ["Another program holds the database."]
    world.pass_seconds(TICK_SECONDS)
    assert recovered == [True]


def damaged(*_: object) -> list[Elevation]:
    raise StoreDamaged("The database holds a value that can't be read.")


@pytest.mark.expects_log("Not all can be read or recorded")
def test_that_a_damaged_row_at_the_start_keeps_no_domain_from_being_watched(
    world: World, monkeypatch: pytest.MonkeyPatch, spy: Spy
) -> None:
    failures: list[JitError] = []
    world.desk.heartbeat.tick_failed.connect(failures.append)
    monkeypatch.setattr(world.store, "open_elevations", damaged)
    world.desk.start()
    world.settle()
    assert [p.id for p in world.desk.board.providers] == [world.provider.id]
    assert spy.ticks > 0
    assert spy.sweeps == [world.provider.id]
    assert {str(f) for f in failures} == {"The database holds a value that can't be read."}


@pytest.mark.expects_log("Not all can be read or recorded")
def test_that_what_the_store_can_say_again_is_shown_within_seconds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = world.lend()
    world.activate()
    recovered: list[bool] = []
    world.desk.heartbeat.tick_succeeded.connect(lambda: recovered.append(True))
    with monkeypatch.context() as patch:
        patch.setattr(world.store, "open_elevations", damaged)
        world.desk.start()
        world.settle()
        assert recovered == []
    world.pass_seconds(WATCHING_SECONDS)
    assert [e.id for e in world.desk.board.elevations] == [lent.id]
    assert recovered != []


@pytest.mark.expects_log("Unexpected fault")
def test_that_a_fault_of_the_program_does_not_stop_the_heartbeat(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.desk.start()
    world.settle()
    failures: list[JitError] = []
    world.desk.heartbeat.tick_failed.connect(failures.append)

    def broken(*_: object) -> object:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(world.service, "tick", broken)
        world.pass_seconds(TICK_SECONDS)
    assert len(failures) == 1
    assert isinstance(failures[0], JitError)
    world.lend()
    world.pass_seconds(TICK_SECONDS)
    assert len(world.desk.board.elevations) == 1


@pytest.mark.expects_log("There is no thread for the worker")
def test_that_a_thread_that_can_not_be_had_once_keeps_no_domain_from_being_worked_on(
    world: World, spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[JitError] = []
    world.desk.heartbeat.tick_failed.connect(failures.append)

    real = threading.Thread.start
    refused: list[str] = []

    def refuse_once(thread: threading.Thread) -> None:
        if thread.name == f"jit-heartbeat:{world.provider.id}" and not refused:
            refused.append(thread.name)
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr("jit_desktop.ui.bridge.worker.threading.Thread.start", refuse_once)
    world.desk.start()
    world.settle()
    assert refused != []
    assert len(failures) == 1
    assert spy.sweeps == [world.provider.id], "what failed does not hold up what comes next"
    world.pass_seconds(RETRY_SECONDS)
    world.pass_seconds(TICK_SECONDS)
    assert spy.ticks >= 1
    assert not world.desk.heartbeat.is_working


def test_that_what_another_copy_does_is_seen_with_the_next_tick(world: World) -> None:
    lent = world.lend()
    world.activate()
    world.desk.start()
    world.settle()
    ended: list[Elevation] = []
    world.desk.heartbeat.elevation_ended.connect(ended.append)
    assert [e.id for e in world.desk.board.elevations] == [lent.id]
    world.service.check_in(lent.id, world.nobody)
    world.pass_seconds(10)
    world.service.tick(world.nobody)
    world.pass_seconds(TICK_SECONDS)
    assert [e.id for e in ended] == [lent.id]
    assert world.desk.board.elevations == ()


def test_that_nothing_begins_after_stop(world: World, spy: Spy) -> None:
    start(world, spy)
    world.desk.stop()
    world.settle()
    assert not world.desk.heartbeat.is_working
    assert spy.ticks == 0


def test_that_a_domain_that_answers_again_is_noticed_soon(world: World) -> None:
    world.desk.start()
    world.settle()
    world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
    world.pass_seconds(SWEEP_SECONDS)
    assert world.desk.board.status(world.provider.id).problem is not None
    world.faults.clear()
    world.pass_seconds(31)
    assert world.desk.board.status(world.provider.id).problem is None


class Look:
    """Holds up the looks of the window at its domain, each until it is let go."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = 0
        self.within: list[float | None] = []
        self.until: list[float | None] = []
        self.held = threading.Event()
        self.let_go = threading.Event()
        real = world.service.reach.open_directory

        def open_directory(
            provider: DomainProvider, *, within_seconds: float | None = None, **words: object
        ) -> object:
            directory = real(provider, within_seconds=within_seconds, **words)  # type: ignore[arg-type]
            if threading.current_thread().name == f"jit-watch:{world.provider.id}":
                self.begun += 1
                self.within.append(within_seconds)
                monkeypatch.setattr(directory, "work_until", self.until.append)
                self.held.set()
                assert self.let_go.wait(20)
            return directory

        monkeypatch.setattr(world.service.reach, "open_directory", open_directory)


@pytest.fixture
def look(world: World, monkeypatch: pytest.MonkeyPatch) -> Look:
    return Look(world, monkeypatch)


def test_that_a_look_at_a_domain_has_a_limit(world: World, look: Look) -> None:
    look.let_go.set()
    begun = time.monotonic()
    world.desk.start()
    world.settle()
    assert set(look.within) == {PASS_SECONDS}
    assert len(look.until) == look.begun
    assert all(begun < until <= time.monotonic() + PASS_SECONDS for until in look.until if until is not None)
    assert None not in look.until


def test_that_no_second_look_waits_behind_one_that_lasts(world: World, look: Look) -> None:
    world.desk.board.set_providers(world.store.providers())
    world.wait_until(look.held.is_set)
    for _ in range(10):
        world.desk.watch.look(world.provider.id)
    for _ in range(5):
        world.clock.pass_seconds(AGAIN_SECONDS)
        world.desk.heartbeat.ticked.emit()
    look.let_go.set()
    world.settle()
    assert look.begun == 2, "the one that was under way, and the last one that was asked for"
    assert world.desk.board.status(world.provider.id).info is not None


def test_that_a_look_that_lasts_is_not_begun_anew_every_half_minute(world: World, look: Look) -> None:
    world.desk.board.set_providers(world.store.providers())
    world.wait_until(look.held.is_set)
    for _ in range(5):
        world.clock.pass_seconds(AGAIN_SECONDS)
        world.desk.heartbeat.ticked.emit()
    look.let_go.set()
    world.settle()
    assert look.begun == 1
    assert world.desk.board.status(world.provider.id).info is not None


def test_that_a_domain_that_does_not_answer_delays_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = ProviderId("00000000-dead-4000-8000-000000000000")
    world.store.save_provider(
        replace(world.provider, id=dead, name="A dead domain"), at=world.clock.utc_now(), actor="test"
    )
    lent = world.lend(seconds=600)
    world.activate()
    world.desk.start()
    world.settle()
    hangs, go_on = threading.Event(), threading.Event()

    def hanging(real: Callable[..., object], position: int) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            if arguments[position] == dead:
                hangs.set()
                go_on.wait(30)
            return real(*arguments)

        return call

    monkeypatch.setattr(world.service, "tick", hanging(world.service.tick, 1))
    monkeypatch.setattr(world.service, "sweep", hanging(world.service.sweep, 0))
    try:
        world.desk.heartbeat.tick_now()
        assert hangs.wait(10)
        world.wait_until(lambda: not world.workers[f"heartbeat:{world.provider.id}"].is_busy)
        world.clock.pass_seconds(601)
        begun = time.monotonic()
        world.desk.heartbeat.beat()
        world.wait_until(lambda: world.desk.board.elevation(lent.id) is None or is_ending(world))
        assert time.monotonic() - begun < 20, "it waited for the dead one"
        assert world.desk.heartbeat.is_working, "the dead one hangs still"
    finally:
        go_on.set()
    world.settle()


def is_ending(world: World) -> bool:
    return all(e.state is State.ENDING for e in world.desk.board.elevations)


def test_that_a_later_look_of_another_copy_reaches_the_board(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = world.lend(seconds=7200)
    world.activate()
    world.desk.start()
    world.settle()
    known = world.desk.board.elevation(lent.id)
    assert known is not None
    seen = Sight(world.desk.now(world.provider.id) + timedelta(hours=1), Seen.CHANGED, "By somebody.")
    monkeypatch.setattr(world.service, "tick", lambda *_: TickReport(world.clock.utc_now()))
    world.store.note_sights({lent.id: seen})
    world.pass_seconds(TICK_SECONDS, beats=TICK_SECONDS)
    shown = world.desk.board.elevation(lent.id)
    assert shown is not None
    assert shown.sight == seen
