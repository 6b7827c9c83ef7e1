# SPDX-License-Identifier: MIT
"""Replication stands still, and nothing can be recorded; or the other one refuses the removal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jit_desktop.commands.exit_codes import ExitCode, sweep_exit_code
from jit_desktop.directory.demo import Fault
from jit_desktop.elevation.ending import STILL_SHOWN_SECONDS
from jit_desktop.elevation.errors import StoreError
from jit_desktop.elevation.identity import ElevationId
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import Elevation, SweepReport, Transition
from tests.unit.elevation import test_replication_stops
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.test_failover import DC2, RODC
from tests.unit.elevation.test_memory import FULL, around
from tests.unit.elevation.test_replication_stops import checked_in, shown_by, ticks
from tests.unit.elevation.world import TAKING_BACK, World

deafen = test_replication_stops.deafen
recorded_nowhere = pytest.mark.expects_log("Nothing can be recorded")
_Deafen = Callable[[World, str], None]


@pytest.fixture
def world() -> World:
    return World()


def seconds_left(world: World, elevation: Elevation) -> float:
    """By the clock of the domain, which is not that of this computer."""
    return (elevation.deadline - world.connector.domain.now()).total_seconds()


def at_deadline(world: World, deafen: _Deafen, host: str, *, late: float = 1) -> Elevation:
    """An elevation that is due, and ``host`` will hear of nothing that is written from now on."""
    elevation = world.check_out(seconds=3600)
    world.settle()
    world.clock.advance(seconds_left(world, elevation) + late)
    deafen(world, host)
    return elevation


def swept_anew(world: World, *, after: float = 0) -> SweepReport:
    """A sweep of a program that was started for it and remembers nothing."""
    world.clock.advance(after)
    service = world.another_copy(around(world.store, world.clock))
    return service.sweep(world.provider.id, Recorder())


@recorded_nowhere
def test_that_it_is_removed_elsewhere_though_no_program_could_record_that_it_waits(
    world: World, deafen: _Deafen
) -> None:
    at_deadline(world, deafen, DC2)
    world.store.fail_writes_with = FULL
    assert not swept_anew(world).is_alarm
    assert not swept_anew(world, after=40).is_alarm
    assert shown_by(world, DC2), "replication is given its time here too"
    assert not swept_anew(world, after=15).is_alarm
    assert not shown_by(world, DC2)


@recorded_nowhere
def test_that_it_is_an_alarm_though_no_program_could_record_that_it_waits(
    world: World, deafen: _Deafen
) -> None:
    elevation = at_deadline(world, deafen, RODC)
    world.store.fail_writes_with = FULL
    for _ in range(2):
        assert not swept_anew(world, after=60).is_alarm
    for _ in range(3):
        report = swept_anew(world, after=60)
        assert [e.id for e in report.overdue] == [elevation.id]
        assert sweep_exit_code([report]) is ExitCode.NOT_ENDED


@recorded_nowhere
def test_that_what_was_removed_just_now_is_given_time_however_late_it_is(
    world: World, deafen: _Deafen
) -> None:
    at_deadline(world, deafen, RODC, late=3600)
    world.store.fail_writes_with = FULL
    assert not swept_anew(world).is_alarm
    assert swept_anew(world, after=5).is_alarm, "nobody can say since when it waits"


@pytest.mark.parametrize("host", [DC2, RODC])
def test_that_an_end_that_comes_late_waits_from_when_it_was_removed(
    world: World, deafen: _Deafen, host: str
) -> None:
    elevation = at_deadline(world, deafen, host, late=3600)
    for _ in range(5):
        report = swept_anew(world, after=5)
        assert not report.is_alarm
        assert [e.id for e in report.ending] == [elevation.id] or not report.ending
        assert shown_by(world, host)
    assert world.stored(elevation).state is State.ENDING


@pytest.mark.parametrize("host", [DC2, RODC])
def test_that_what_somebody_else_has_ended_late_is_not_waited_for(
    world: World, deafen: _Deafen, host: str
) -> None:
    elevation = at_deadline(world, deafen, host, late=3600)
    group = world.stored(elevation).group_guid
    assert group is not None
    world.console.delete(group)
    # It outlived its deadline by an hour: a database that is put back again and again looks the same.
    report = swept_anew(world)
    assert not shown_by(world, host) if host == DC2 else report.is_alarm


@pytest.mark.parametrize("host", [DC2, RODC])
def test_that_what_somebody_else_has_ended_in_time_is_waited_for(
    world: World, deafen: _Deafen, host: str
) -> None:
    elevation = at_deadline(world, deafen, host, late=20)
    group = world.stored(elevation).group_guid
    assert group is not None
    world.console.delete(group)
    assert not swept_anew(world).is_alarm
    assert shown_by(world, host)
    assert world.stored(elevation).state is State.ENDING


@recorded_nowhere
def test_that_what_was_recorded_of_it_counts_though_no_more_can_be(world: World, deafen: _Deafen) -> None:
    at_deadline(world, deafen, RODC, late=3600)
    swept_anew(world)
    world.store.fail_writes_with = FULL
    assert not swept_anew(world, after=100).is_alarm
    assert swept_anew(world, after=STILL_SHOWN_SECONDS - 90).is_alarm


@recorded_nowhere
def test_that_a_check_in_of_which_only_the_beginning_is_recorded_waits_from_then(
    world: World, deafen: _Deafen
) -> None:
    elevation = world.check_out(seconds=7200)
    world.settle()
    world.clock.advance(1)
    deafen(world, DC2)
    world.store.fail_writes_with, world.store.fail_writes_after = FULL, 1
    world.another_copy(around(world.store, world.clock)).check_in(elevation.id, Recorder())
    assert world.stored(elevation).state is State.ENDING
    swept_anew(world, after=70)
    assert not shown_by(world, DC2)


@recorded_nowhere
def test_that_a_check_in_of_which_nothing_is_recorded_waits_from_the_deadline(
    world: World, deafen: _Deafen
) -> None:
    elevation = world.check_out(seconds=3600)
    world.settle()
    world.clock.advance(1)
    deafen(world, DC2)
    world.store.fail_writes_with = FULL
    world.another_copy(around(world.store, world.clock)).check_in(elevation.id, Recorder())
    assert world.stored(elevation).state is State.ACTIVE
    assert not swept_anew(world, after=600).is_alarm
    assert shown_by(world, DC2)
    swept_anew(world, after=seconds_left(world, elevation) + 55)
    assert not shown_by(world, DC2)


def test_that_an_alarm_comes_at_once_where_our_own_hands_are_refused(world: World, deafen: _Deafen) -> None:
    elevation = checked_in(world, deafen, DC2)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK, controller=DC2)
    ticks(world, 40)
    assert world.stored(elevation).state is State.ENDING, "nothing was to be written there yet"
    ticks(world, 60)
    overdue = world.stored(elevation)
    assert overdue.state is State.OVERDUE
    assert DC2 in overdue.failure
    assert "could not be deleted" in overdue.failure
    assert swept_anew(world).is_alarm
    ticks(world, 600)
    assert world.stored(elevation).state is State.OVERDUE
    world.faults.clear()
    ticks(world, 360)
    assert world.stored(elevation).state is State.ENDED


def test_that_a_refusal_that_leaves_nothing_is_no_alarm(world: World, deafen: _Deafen) -> None:
    elevation = checked_in(world, deafen, DC2)
    world.faults.fail_always(Fault.ACCESS_DENIED, TAKING_BACK[-1], controller=DC2)
    ticks(world, 300)
    assert State.OVERDUE not in [move.to_state for move in world.store.moves]
    assert world.stored(elevation).is_open


def test_that_what_cannot_be_read_is_no_record(world: World) -> None:
    class Unknown(MemoryStore):
        def transitions(self, elevation_id: ElevationId) -> list[Transition]:
            raise StoreError("It is gone.")

    elevation = world.check_out()
    journal = Journal(world.store, world.recorder, "alice", world.clock.utc_now)
    assert journal.ending_since(elevation) is None
    begun = world.clock.utc_now()
    ending = journal.advance(world.stored(elevation), Event.END_STARTED)
    world.clock.advance(5)
    journal.advance(ending, Event.END_STARTED)
    assert journal.ending_since(elevation) == begun
    unread = Journal(Unknown(), world.recorder, "alice", world.clock.utc_now)
    assert unread.ending_since(elevation) is None
