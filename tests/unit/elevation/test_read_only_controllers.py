# SPDX-License-Identifier: MIT
"""A read-only domain controller signs people in as any other: what it gives past its end is found there, and
taken back where that can be written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jit_desktop.commands.exit_codes import ExitCode, sweep_exit_code
from jit_desktop.directory.demo import Fault
from jit_desktop.elevation.ending import PATIENCE_SECONDS
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import SweepReport
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.test_adopting import renamed, wiped
from tests.unit.elevation.test_back_and_still_shown import RODC, back_again
from tests.unit.elevation.world import World

HOUR = 3600


def swept(world: World, store: MemoryStore, seconds: int = 60) -> SweepReport:
    """A sweep of another copy, each one a program of its own."""
    world.clock.advance(seconds)
    return world.another_copy(store, "CORP\\bob").sweep(world.provider.id, Recorder())


def test_that_a_right_that_only_a_read_only_one_gives_is_found_and_is_an_alarm_when_it_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, store = World(), MemoryStore()
    ended = back_again(world, RODC, monkeypatch)
    first = swept(world, store)
    assert [e.id for e in first.adopted] == [ended.id]
    assert world.holds(server=RODC)
    (row,) = store.kept.values()
    assert (row.state, row.domain_controller) == (State.ENDING, "dc1.corp.example.test")
    world.clock.advance(PATIENCE_SECONDS)
    for _ in range(3):
        assert sweep_exit_code([swept(world, store)]) is ExitCode.NOT_ENDED
    assert f"{RODC} still shows" in store.kept[row.id].failure


def test_that_it_is_over_when_the_read_only_one_has_heard_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world, store = World(), MemoryStore()
    with monkeypatch.context() as stopped:
        ended = back_again(world, RODC, stopped)
        swept(world, store)
    assert not swept(world, store).is_alarm
    assert store.kept[ended.id].state is State.ENDED


def test_that_what_a_read_only_one_shows_without_its_record_is_an_alarm_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    wiped(world, elevation)
    renamed(world, elevation)
    world.settle()
    world.stop_replication(monkeypatch, RODC)
    world.clock.advance(HOUR + 5)
    world.tick()
    assert not world.holds()
    assert sweep_exit_code([swept(world, MemoryStore())]) is ExitCode.NOT_ENDED


def test_that_a_read_only_one_that_is_away_was_not_searched() -> None:
    world = World()
    world.faults.fail_always(Fault.UNAVAILABLE, controller=RODC)
    report = swept(world, MemoryStore())
    assert [host for host, _ in report.unsearched] == [RODC]
    assert not report.is_alarm


def test_that_one_that_came_back_on_a_read_only_one_alone_waits_for_it_and_is_an_alarm_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    ended = back_again(world, RODC, monkeypatch)
    store = MemoryStore()
    store.kept = {ended.id: replace(ended, unconfirmed_on=())}  # it was over everywhere
    assert not swept(world, store).is_alarm
    assert store.kept[ended.id].is_open
    world.clock.advance(PATIENCE_SECONDS)
    assert sweep_exit_code([swept(world, store)]) is ExitCode.NOT_ENDED


def test_that_what_has_its_time_on_a_read_only_one_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    world, store = World(), MemoryStore()
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    world.stop_replication(monkeypatch, RODC)
    world.service.check_in(elevation.id, world.recorder)
    assert world.holds(server=RODC)
    report = swept(world, store)
    assert (report.adopted, report.is_alarm, store.kept) == ((), False, {})
