# SPDX-License-Identifier: MIT
"""A row that says that its end is somebody's work, and is not: it keeps nothing past the end that the
directory shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.directory.demo import Fault
from jit_desktop.directory.demo.faults import WRITES, Operation
from jit_desktop.elevation import prolonging
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, ProviderId, SecurityId
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.test_adopting import HOUR, directory_of, guid_of
from tests.unit.elevation.test_forged import made_by, retell
from tests.unit.elevation.test_own_row import edited
from tests.unit.elevation.world import World

YEAR = timedelta(days=365)
LAB = ProviderId("6b8c3c86-4f0e-4c52-9e5b-0b3f6f0d8a11")


@pytest.fixture
def world() -> World:
    return World()


def sweep(world: World) -> None:
    """Of the one provider, by a process of its own."""
    world.another_copy(world.store).sweep(world.provider.id, Recorder())


def of_another_provider(world: World, elevation: Elevation) -> None:
    lab = replace(world.provider, id=LAB, name="zz lab")
    world.change(lab)
    edited(world, elevation, deadline=elevation.deadline + YEAR, provider_id=LAB)


def of_another_domain(world: World, elevation: Elevation) -> None:
    place = replace(elevation.location, dn=DistinguishedName("OU=x,DC=other,DC=test"))
    edited(world, elevation, deadline=elevation.deadline + YEAR, location=place)


def of_a_domain_with_another_sid(world: World, elevation: Elevation) -> None:
    strange = tuple(replace(p, sid=SecurityId("S-1-5-21-1-2-3-1105")) for p in elevation.privileges)
    edited(world, elevation, deadline=elevation.deadline + YEAR, privileges=strange)


def with_a_pause(world: World, elevation: Elevation) -> None:
    edited(
        world,
        elevation,
        state=State.ENDING,
        end_reason=EndReason.CHECK_IN,
        attempts=1,
        next_attempt_at=elevation.deadline + timedelta(minutes=9),
    )


WAYS = [of_another_provider, of_another_domain, of_a_domain_with_another_sid, with_a_pause]
MORE = 600


@pytest.mark.parametrize("extended", [0, MORE])
@pytest.mark.parametrize("way", WAYS)
def test_that_it_keeps_nothing_past_the_end_that_the_directory_shows(
    world: World, way: object, extended: int
) -> None:
    elevation = world.check_out(seconds=HOUR)
    if extended:
        elevation = world.service.extend(elevation.id, extended, world.recorder)
    way(world, elevation)  # type: ignore[operator]
    world.clock.advance(HOUR + extended + 25)
    sweep(world)
    assert not world.holds()
    for _ in range(3):
        world.clock.advance(7)
        sweep(world)
    assert world.nothing_left()


@pytest.mark.parametrize("extended", [0, MORE])
@pytest.mark.parametrize("way", WAYS)
def test_that_it_ends_nothing_before_its_time(world: World, way: object, extended: int) -> None:
    elevation = world.check_out(seconds=HOUR)
    if extended:
        elevation = world.service.extend(elevation.id, extended, world.recorder)
    way(world, elevation)  # type: ignore[operator]
    world.clock.advance(HOUR + extended - 5)
    sweep(world)
    assert world.holds()


def record_written_again(world: World, elevation: Elevation) -> None:
    retell(world, elevation, end=f"{elevation.deadline + YEAR:%Y-%m-%dT%H:%M:%SZ}")


def record_removed(world: World, elevation: Elevation) -> None:
    with directory_of(world) as directory:
        directory.write_record(guid_of(elevation), "", "")


def marker_removed(world: World, elevation: Elevation) -> None:
    with directory_of(world) as directory:
        for marker in prolonging.find(elevation, directory):
            directory.delete_group(marker.guid)
    record_written_again(world, elevation)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("alter", [record_written_again, record_removed, marker_removed])
def test_that_where_nothing_proves_an_end_the_policy_decides(
    world: World, way: object, alter: Callable[[World, Elevation], None]
) -> None:
    elevation = world.check_out(seconds=HOUR)
    if alter is marker_removed:
        elevation = world.service.extend(elevation.id, MORE, world.recorder)
    alter(world, elevation)
    way(world, elevation)  # type: ignore[operator]
    world.clock.advance(world.provider.policy.maximum_seconds - 5)
    if way is not with_a_pause:  # that one is due
        sweep(world)
        assert world.holds()
    world.clock.advance(30)
    sweep(world)
    assert not world.holds()


def test_that_another_provider_that_allows_longer_loses_nothing(world: World) -> None:
    """Its own account made the group, so that nothing is proven to this one."""
    elevation = world.check_out(seconds=HOUR)
    longer = world.provider.policy.maximum_seconds + 2 * HOUR
    policy = replace(world.provider.policy, maximum_seconds=longer)
    world.change(replace(world.provider, id=LAB, name="zz lab", policy=policy))
    edited(world, elevation, deadline=elevation.deadline + YEAR, provider_id=LAB)
    made_by(world, guid_of(elevation), SecurityId("S-1-5-21-1-2-3-4711"))
    world.clock.advance(longer - 30)
    sweep(world)
    assert world.holds()
    world.clock.advance(60)
    sweep(world)
    assert not world.holds()


def test_that_an_end_that_another_process_has_just_begun_is_left_to_it(world: World) -> None:
    elevation = world.check_out(seconds=HOUR)
    lease = elevation.deadline + timedelta(seconds=10)
    edited(
        world, elevation, state=State.ENDING, end_reason=EndReason.DEADLINE, attempts=0, next_attempt_at=lease
    )
    world.clock.advance(HOUR + 6)
    sweep(world)
    assert list(world.store.kept) == [elevation.id]


# --- what waits to be tried again --------------------------------------------------------------------------


def overdue_and_refused(world: World, *, sweeps: int = 8) -> Elevation:
    elevation = world.check_out(seconds=HOUR)
    world.faults.fail_always(Fault.ACCESS_DENIED, *WRITES)
    world.clock.advance(HOUR + 1)
    for _ in range(sweeps):
        sweep(world)
        assert [(e.id, e.state) for e in world.store.kept.values()] == [(elevation.id, State.OVERDUE)]
        world.clock.advance(20)
    return elevation


def test_that_one_that_can_not_be_taken_back_stays_one_row_however_often_it_is_looked_at(
    world: World,
) -> None:
    elevation = overdue_and_refused(world)
    assert world.holds()
    world.faults.clear()
    sweep(world)
    assert not world.holds(), "it does not wait until its pause is over"
    world.settle()
    sweep(world)
    assert world.nothing_left()
    assert [(e.id, e.state) for e in world.store.kept.values()] == [(elevation.id, State.ENDED)]


@pytest.mark.parametrize("state", [State.ENDING, State.OVERDUE])
def test_that_a_pause_that_somebody_wrote_keeps_nothing(world: World, state: State) -> None:
    elevation = world.check_out(seconds=HOUR)
    pause = elevation.deadline + timedelta(minutes=5)
    edited(world, elevation, state=state, end_reason=EndReason.DEADLINE, attempts=9, next_attempt_at=pause)
    world.clock.advance(HOUR + 65)
    sweep(world)
    assert not world.holds()
    world.settle()
    sweep(world)
    assert world.nothing_left()
    assert [(e.id, e.state) for e in world.store.kept.values()] == [(elevation.id, State.ENDED)]


def of_a_later_end(elevation: Elevation) -> dict[str, object]:
    return {"deadline": elevation.deadline + YEAR}


def of_nothing_lent(elevation: Elevation) -> dict[str, object]:
    return {"privileges": ()}


def of_another_account(elevation: Elevation) -> dict[str, object]:
    strange = replace(elevation.account, guid=ObjectGuid("99999999-9999-4999-8999-999999999999"))
    return {"account": strange, "suspicion": "it was moved"}


@pytest.mark.parametrize("refused", [(), (Operation.EMPTY_GROUP,)])
@pytest.mark.parametrize("change", [of_a_later_end, of_nothing_lent, of_another_account])
def test_that_a_row_that_waits_and_says_something_else_than_its_group_keeps_nothing(
    world: World, change: Callable[[Elevation], dict[str, object]], refused: tuple[Operation, ...]
) -> None:
    elevation = world.check_out(seconds=HOUR)
    pause = elevation.deadline + timedelta(minutes=5)
    changes = change(elevation)
    edited(world, elevation, state=State.OVERDUE, attempts=9, next_attempt_at=pause, **changes)
    if refused:
        world.faults.fail_always(Fault.ACCESS_DENIED, *refused)
    world.clock.advance(HOUR + 65)
    sweep(world)
    assert not world.holds()


def test_that_an_end_that_is_refused_in_its_pause_is_an_alarm_at_once(world: World) -> None:
    elevation = world.check_out(seconds=HOUR)
    pause = elevation.deadline + timedelta(minutes=5)
    edited(
        world,
        elevation,
        state=State.ENDING,
        end_reason=EndReason.DEADLINE,
        attempts=9,
        next_attempt_at=pause,
    )
    world.faults.fail_always(Fault.ACCESS_DENIED, *WRITES)
    world.clock.advance(HOUR + 65)
    report = world.another_copy(world.store).sweep(world.provider.id, Recorder())
    assert world.holds()
    assert report.is_alarm
