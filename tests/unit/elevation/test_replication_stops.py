# SPDX-License-Identifier: MIT
"""A domain controller answers and goes on showing what was ended, because nothing reaches it any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from jit_desktop.directory.demo import Fault
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import Elevation, Transition
from tests.unit.elevation.test_failover import DC2, RODC
from tests.unit.elevation.world import TAKING_BACK, World

MINUTE = 60


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def deafen(monkeypatch: pytest.MonkeyPatch) -> Callable[[World, str], None]:
    """Let nothing that is written from now on reach one domain controller."""
    return lambda world, host: world.stop_replication(monkeypatch, host)


def shown_by(world: World, host: str) -> bool:
    location = world.provider.jit.location
    assert location is not None
    with world.connector.connect(world.provider.connection, server=host) as directory:
        return bool(directory.temporary_groups(location.dn, ""))


def ticks(world: World, seconds: float) -> None:
    for _ in range(int(seconds)):
        world.clock.advance(1)
        world.tick()


def checked_in(world: World, deafen: Callable[[World, str], None], host: str) -> Elevation:
    elevation = world.check_out()
    world.settle()
    world.clock.advance(1)
    deafen(world, host)
    world.service.check_in(elevation.id, world.recorder)
    assert world.stored(elevation).state is State.ENDING
    return elevation


def test_that_it_is_removed_where_replication_does_not_bring_the_end(
    world: World, deafen: Callable[[World, str], None]
) -> None:
    elevation = checked_in(world, deafen, DC2)
    assert shown_by(world, DC2)
    ticks(world, 3 * MINUTE)
    assert not shown_by(world, DC2)
    assert world.stored(elevation).state is State.ENDED
    assert State.OVERDUE not in [move.to_state for move in world.store.moves]


def test_that_replication_is_given_time_before_anything_is_written_elsewhere(
    world: World, deafen: Callable[[World, str], None]
) -> None:
    checked_in(world, deafen, DC2)
    ticks(world, MINUTE - 15)
    assert shown_by(world, DC2)


def test_that_what_a_read_only_controller_shows_for_long_is_an_alarm_until_it_does_not(
    world: World, deafen: Callable[[World, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = checked_in(world, deafen, RODC)
    ticks(world, 15 * MINUTE)
    assert world.stored(elevation).state is State.ENDING
    ticks(world, 10 * MINUTE)
    overdue = world.stored(elevation)
    assert overdue.state is State.OVERDUE
    assert RODC in overdue.failure
    report = world.service.sweep(elevation.provider_id, world.recorder)
    assert [e.id for e in report.overdue] == [elevation.id]
    ticks(world, 60 * MINUTE)
    assert world.stored(elevation).state is State.OVERDUE
    monkeypatch.undo()
    ticks(world, 6 * MINUTE)
    assert world.stored(elevation).state is State.ENDED


def test_that_no_alarm_is_raised_within_the_replication_latency_of_the_settings(
    deafen: Callable[[World, str], None],
) -> None:
    world = World(latency_seconds=7200)
    elevation = world.check_out(seconds=4 * 3600)
    world.settle()
    world.clock.advance(1)
    deafen(world, RODC)
    world.service.check_in(elevation.id, world.recorder)
    ticks(world, 115 * MINUTE)
    assert world.stored(elevation).state is State.ENDING
    ticks(world, 20 * MINUTE)
    assert world.stored(elevation).state is State.OVERDUE


def test_that_a_controller_that_does_not_let_it_be_removed_is_an_alarm_too(
    world: World, deafen: Callable[[World, str], None]
) -> None:
    elevation = checked_in(world, deafen, DC2)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK, controller=DC2)
    ticks(world, 25 * MINUTE)
    overdue = world.stored(elevation)
    assert overdue.state is State.OVERDUE
    assert DC2 in overdue.failure


def test_that_looks_at_who_has_not_heard_of_it_pause_longer_and_longer(
    world: World, deafen: Callable[[World, str], None]
) -> None:
    elevation = checked_in(world, deafen, RODC)
    ticks(world, 60 * MINUTE)
    looks = [m.at for m in world.store.moves if m.event in (Event.END_REPLICATING, Event.END_UNCONFIRMED)]
    pauses = [later - earlier for earlier, later in pairwise(looks)]
    assert pauses[0] < timedelta(seconds=5)
    assert pauses[-1] >= timedelta(seconds=300)
    assert len(looks) < 30
    assert world.stored(elevation).is_open


def test_that_a_sweep_that_comes_seldom_removes_it_where_replication_does_not_bring_the_end(
    world: World, deafen: Callable[[World, str], None]
) -> None:
    elevation = checked_in(world, deafen, DC2)
    world.clock.advance(60 * MINUTE)
    world.service.sweep(elevation.provider_id, world.recorder)
    assert not shown_by(world, DC2)
    assert world.stored(elevation).state is State.ENDED


def test_that_a_sweep_that_comes_seldom_is_no_more_patient_than_one_that_comes_often(
    world: World, deafen: Callable[[World, str], None]
) -> None:
    elevation = checked_in(world, deafen, RODC)
    world.clock.advance(60 * MINUTE)
    report = world.service.sweep(elevation.provider_id, world.recorder)
    assert [e.id for e in report.overdue] == [elevation.id]


def test_that_a_time_of_a_clock_that_was_wrong_makes_no_end_wait(
    world: World, deafen: Callable[[World, str], None]
) -> None:
    elevation = checked_in(world, deafen, RODC)
    ahead = timedelta(days=1)
    world.store.moves = [replace(m, at=m.at + ahead) for m in world.store.moves]
    ticks(world, 25 * MINUTE)
    assert world.stored(elevation).state is State.OVERDUE


def test_that_what_was_removed_anew_is_given_time_anew(world: World) -> None:
    elevation = world.check_out()
    journal = Journal(world.store, world.recorder, "alice", world.clock.utc_now)
    now = world.clock.utc_now()
    for event in (Event.END_REPLICATING, Event.END_UNCONFIRMED, Event.END_REPLICATING):
        now += timedelta(minutes=1)
        world.store.moves.append(Transition(elevation.id, now, event, State.ENDING, State.ENDING, "alice"))
    assert journal.replicating_since(elevation, 3) == now - timedelta(minutes=2)
    assert journal.replicating_since(elevation, 2) == now
    assert journal.replicating_since(elevation, 0) is None
