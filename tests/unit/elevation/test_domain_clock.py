"""The domain controller's clock decides; the PC's may be as wrong as it likes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

import pytest

from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.ports import Directory
from tests.unit.elevation.helpers import START, ManualClock
from tests.unit.elevation.world import World


class Controller:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def current_time(self) -> datetime:
        return self.now


def read(clock: DomainClock, now: datetime) -> None:
    clock.read(cast("Directory", Controller(now)))


def test_that_before_the_first_reading_only_the_pcs_clock_is_there() -> None:
    clock = DomainClock(ManualClock())
    assert not clock.is_known
    assert clock.now() == START
    assert clock.difference() is None
    assert clock.age_seconds() == float("inf")


@pytest.mark.parametrize("wrong", [timedelta(days=1), timedelta(days=-1), timedelta(seconds=-3)])
def test_that_a_wrong_pc_clock_does_not_matter_after_a_reading(wrong: timedelta) -> None:
    pc = ManualClock(wall=START + wrong)
    clock = DomainClock(pc)
    read(clock, START)
    pc.advance(90)
    assert clock.now() == START + timedelta(seconds=90)
    assert clock.difference() == -wrong


def test_that_a_pc_clock_that_jumps_while_running_does_not_matter() -> None:
    pc = ManualClock()
    clock = DomainClock(pc)
    read(clock, START)
    pc.advance(10)
    pc.set_wall(START - timedelta(days=300))
    assert clock.now() == START + timedelta(seconds=10)


def test_that_a_later_reading_replaces_an_earlier_one() -> None:
    pc = ManualClock()
    clock = DomainClock(pc)
    read(clock, START)
    pc.advance(100)
    assert clock.age_seconds() == 100
    read(clock, START + timedelta(seconds=130))
    assert clock.age_seconds() == 0
    assert clock.now() == START + timedelta(seconds=130)


@pytest.mark.parametrize("gap", [timedelta(hours=8), timedelta(hours=-1), timedelta(seconds=6)])
def test_that_a_reading_is_of_no_use_when_the_pcs_clocks_have_moved_apart(gap: timedelta) -> None:
    pc = ManualClock()
    clock = DomainClock(pc)
    read(clock, START)
    pc.advance(10)
    assert clock.age_seconds() == 10
    pc.set_wall(pc.utc_now() + gap)
    assert clock.age_seconds() == float("inf")
    read(clock, START + timedelta(hours=8))
    assert clock.age_seconds() == 0


def test_that_clocks_that_drift_a_little_need_no_new_reading() -> None:
    pc = ManualClock()
    clock = DomainClock(pc)
    read(clock, START)
    pc.advance(10)
    pc.set_wall(pc.utc_now() + timedelta(seconds=4))
    assert clock.age_seconds() == 10


def test_that_what_ended_while_the_computer_slept_is_gone_with_the_first_tick() -> None:
    world = World()
    world.check_out(seconds=3600)
    world.tick()
    # A monotonic clock that stood still: the domain's went on.
    world.connector.domain._anchor += timedelta(hours=8)
    world.clock.set_wall(world.clock.utc_now() + timedelta(hours=8))
    world.tick()
    assert world.nothing_left()
