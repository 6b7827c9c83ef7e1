# SPDX-License-Identifier: MIT
"""This computer's clock is set, or falls back, between two programs: alone it ends nothing, and time does not
stand still by it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from jit_desktop.directory.demo import Fault
from jit_desktop.directory.demo.faults import EVERYTHING
from jit_desktop.elevation.lifecycle import EndReason, State
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.world import World

DC2, RODC = "dc2.corp.example.test", "rodc1.corp.example.test"
DAY = 86_400
STARTS = pytest.mark.parametrize("is_new_start", [False, True], ids=["same start", "new start"])


@pytest.fixture
def world() -> World:
    """This computer's clock is right."""
    world = World()
    world.clock.set_wall(world.connector.domain.now())
    return world


def restart(world: World, *, is_new_start: bool) -> None:
    if is_new_start:
        world.clock.boot += " and another one"
    world.service = world.another_copy(world.store)


def away(world: World) -> None:
    world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)


@STARTS
@pytest.mark.parametrize("ahead", [420, 3600, DAY])
def test_that_a_clock_that_was_set_ahead_ends_nothing_early_beside_one_controller(
    world: World, ahead: int, *, is_new_start: bool
) -> None:
    elevation = world.check_out(seconds=400)
    world.service.sweep(world.provider.id, Recorder())
    for host in (DC2, RODC):
        world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    world.clock.set_wall(world.clock.utc_now() + timedelta(seconds=ahead))
    for _ in range(2):
        restart(world, is_new_start=is_new_start)
        report = world.service.sweep(world.provider.id, Recorder())
        ticked = world.service.tick(Recorder())
        assert world.holds()
        assert world.stored(elevation).state is State.ACTIVE
        # Alone after a new start it is one against one: an alarm.
        told = [elevation.id] if is_new_start else []
        assert [e.id for e in report.overdue] == [e.id for e in ticked.overdue] == told
        assert bool(report.doubt) == is_new_start
    world.clock.advance(400)
    restart(world, is_new_start=is_new_start)
    world.service.sweep(world.provider.id, Recorder())
    assert not world.holds()
    assert world.stored(elevation).end_reason is EndReason.DEADLINE


@STARTS
def test_that_one_controller_that_is_behind_lengthens_nothing_in_silence(
    world: World, *, is_new_start: bool
) -> None:
    elevation = world.check_out(seconds=400)
    world.service.sweep(world.provider.id, Recorder())
    for host in (DC2, RODC):
        world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    world.console.set_clock("dc1.corp.example.test", -DAY)
    world.clock.advance(410)
    restart(world, is_new_start=is_new_start)
    report = world.service.sweep(world.provider.id, Recorder())
    assert world.holds() == is_new_start
    assert [e.id for e in report.overdue] == ([elevation.id] if world.holds() else [])


@pytest.mark.parametrize("by", ["sweep", "tick"])
def test_that_a_clock_that_fell_back_stops_no_time_while_the_domain_is_away(world: World, by: str) -> None:
    elevation = world.check_out(seconds=400)
    world.service.sweep(world.provider.id, Recorder())
    away(world)
    world.clock.set_wall(world.clock.utc_now() - timedelta(days=3))
    for late in (-300, -100, 100):
        world.clock.advance(200 if late > -300 else 100)
        restart(world, is_new_start=False)
        if by == "sweep":
            report = world.service.sweep(world.provider.id, Recorder())
            overdue, is_lost = report.overdue, report.is_time_lost
        else:
            overdue, is_lost = world.service.tick(Recorder()).overdue, False
        assert [e.id for e in overdue] == ([elevation.id] if late > 0 else [])
        assert not is_lost
        # Nothing was tried: what is recorded would keep the next program from trying, or from catching up.
        stored = world.stored(elevation)
        assert (stored.is_granted, stored.next_attempt_at) == (True, None)
    world.faults.clear()
    world.clock.advance(1000)
    restart(world, is_new_start=False)
    world.service.sweep(world.provider.id, Recorder())
    assert not world.holds()


def test_that_after_a_new_start_a_clock_that_fell_back_makes_an_alarm_of_everything(world: World) -> None:
    elevation = world.check_out(seconds=4000)
    world.service.sweep(world.provider.id, Recorder())
    away(world)
    world.clock.set_wall(world.clock.utc_now() - timedelta(days=3))
    for _ in range(2):
        world.clock.advance(60)
        restart(world, is_new_start=True)
        report = world.service.sweep(world.provider.id, Recorder())
        assert [e.id for e in report.overdue] == [elevation.id]
        assert report.is_time_lost
        assert report.doubt.startswith("This computer's clock is 2 days 23 hours")
        assert [e.id for e in world.service.tick(Recorder()).overdue] == [elevation.id]
        assert world.stored(elevation).state is State.ACTIVE, "nothing says that it is over"
    world.faults.clear()
    restart(world, is_new_start=True)
    report = world.service.sweep(world.provider.id, Recorder())
    assert (report.overdue, report.is_time_lost) == ((), False)
    assert world.holds()
