# SPDX-License-Identifier: MIT
"""One domain controller whose clock goes wrong a little at a time, so that it is never far from what it said
before: nothing lasts longer for it, and nothing ends sooner.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from jit_desktop.directory.demo import Fault
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.world import World

DC1, DC2, RODC = "dc1.corp.example.test", "dc2.corp.example.test", "rodc1.corp.example.test"
SLIGHT = 15
"""Seconds: what two clocks may be apart that say the same, and the steps of time here."""


@pytest.fixture
def world() -> World:
    """This computer's clock is right."""
    world = World()
    world.clock.set_wall(world.connector.domain.now())
    return world


def alone(world: World) -> None:
    for host in (DC2, RODC):
        world.faults.fail_always(Fault.UNAVAILABLE, controller=host)


def restart(world: World) -> None:
    world.service = world.another_copy(world.store)


def late(world: World, elevation: Elevation) -> float:
    return (world.connector.domain.now() - elevation.deadline).total_seconds()


def sweep(world: World) -> None:
    world.service.sweep(world.provider.id, Recorder())


@pytest.mark.parametrize("between", [45, 240])
@pytest.mark.parametrize("gains", [-1.0, -0.5, -0.1], ids=["stands still", "half as fast", "a tenth slower"])
@pytest.mark.parametrize("others", [True, False], ids=["with others", "alone"])
def test_that_sweeps_in_new_processes_are_not_late_by_a_slow_clock(
    world: World, between: int, gains: float, *, others: bool
) -> None:
    elevation = world.check_out(seconds=1200)
    if not others:
        alone(world)
    for passed in range(between, 4000, between):
        world.clock.advance(between)
        world.console.set_clock(DC1, gains * passed)
        restart(world)
        sweep(world)
        if not world.holds():
            break
        if late(world, elevation) > SLIGHT:
            assert not others
            assert world.service.is_alarm(world.stored(elevation)), f"late by {late(world, elevation):.0f} s"
    # A lone one within the tolerance is an alarm, and is not believed beyond it.
    assert -SLIGHT < late(world, elevation) < between + (0 if others else 300 / -gains)


@pytest.mark.parametrize("others", [True, False], ids=["with others", "alone"])
def test_that_a_service_is_not_late_by_a_clock_that_stands_still(world: World, *, others: bool) -> None:
    elevation = world.check_out(seconds=1200)
    if not others:
        alone(world)
    restart(world)  # what lent it counts by itself
    sweep(world)
    for passed in range(15, 1215, 15):
        world.clock.advance(15)
        world.console.set_clock(DC1, -passed)
        world.tick()
        if passed % 300 == 0:
            sweep(world)
    assert late(world, elevation) >= 0
    assert not world.holds()


@pytest.mark.parametrize("others", [True, False], ids=["with others", "alone"])
@pytest.mark.parametrize("fresh", [True, False], ids=["in new processes", "in one process"])
def test_that_a_clock_that_runs_fast_ends_nothing_early(world: World, *, fresh: bool, others: bool) -> None:
    elevation = world.check_out(seconds=1800)
    if not others:
        alone(world)
    for number in range(1, 10):
        world.clock.advance(60)
        world.console.set_clock(DC1, 240 * number)
        if fresh:
            restart(world)
        world.tick()
        sweep(world)
    assert world.holds()
    assert world.stored(elevation).state is State.ACTIVE
    if others or not fresh:  # else it may be this computer's that is wrong
        assert not world.service.is_alarm(world.stored(elevation))


def test_that_a_clock_that_is_put_back_twice_makes_no_grant_one_of_the_future(world: World) -> None:
    elevation = world.check_out(seconds=3600)
    for back in (240, 480):
        world.console.set_clock(DC1, -back)
        restart(world)
        sweep(world)
    assert world.holds()
    assert not world.service.is_alarm(world.stored(elevation))


@pytest.mark.parametrize("wrong", [-200, 200])
def test_that_a_computer_that_is_minutes_wrong_works_with_one_domain_controller(
    world: World, wrong: int
) -> None:
    world.clock.set_wall(world.clock.utc_now() + timedelta(seconds=wrong))
    alone(world)
    elevation = world.check_out(seconds=600)
    while late(world, elevation) < -15:
        world.clock.advance(15)
        restart(world)
        sweep(world)
        assert world.holds()
        assert not world.service.is_alarm(world.stored(elevation))
    world.clock.advance(16)
    restart(world)
    sweep(world)
    assert not world.holds()


def test_that_nothing_is_late_after_a_sleep_by_a_clock_that_stands_still(world: World) -> None:
    elevation = world.check_out(seconds=1200)
    restart(world)
    sweep(world)
    asleep = 1100
    world.clock.set_wall(
        world.clock.utc_now() + timedelta(seconds=asleep)
    )  # and the monotonic one stood still
    world.connector.domain._anchor += timedelta(seconds=asleep)
    world.console.set_clock(DC1, -asleep)
    world.tick()
    assert world.holds()
    world.clock.advance(110)
    world.console.set_clock(DC1, -asleep - 110)
    world.tick()
    assert not world.holds()
    assert late(world, elevation) < SLIGHT


def test_that_nobody_else_is_asked_while_all_clocks_agree(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    connect = world.connector.connect

    def counted(*arguments: object, server: str = "", **options: object) -> object:
        asked.append(server)
        return connect(*arguments, server=server, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(world.connector, "connect", counted)
    for _ in range(3):
        with world.service.reach.controllers(world.provider):
            pass
        world.clock.advance(60)
        restart(world)
    assert asked == ["", "", ""]
