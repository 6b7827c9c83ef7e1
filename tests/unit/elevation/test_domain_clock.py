"""The domain controller's clock decides; the PC's may be as wrong as it likes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

import pytest

from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.ports import Directory
from tests.unit.elevation.helpers import START, ManualClock


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
