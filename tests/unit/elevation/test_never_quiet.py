# SPDX-License-Identifier: MIT
"""No state in which a right may be held past its deadline is quiet, and none lasts for ever for no reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.commands.exit_codes import ExitCode, sweep_exit_code
from jit_desktop.directory.demo import Fault, Operation
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.directory.demo.faults import EVERYTHING
from jit_desktop.elevation.errors import ConcurrentChange, StoreError, StoreFull, StoreLocked
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import Elevation, Transition
from tests.unit.elevation import test_replication_stops
from tests.unit.elevation.test_failover import DC2
from tests.unit.elevation.test_proof import TARGET, at_deadline, granted, group_of
from tests.unit.elevation.world import World

deafen = test_replication_stops.deafen


@pytest.fixture
def world() -> World:
    return World()


def held_on(world: World, host: str, elevation: Elevation) -> bool:
    with world.connector.connect(world.provider.connection, server=host) as directory:
        sid = directory.read(elevation.privileges[0].group.guid).sid
        return sid in directory.token_groups(elevation.account.guid)


def another(world: World) -> Elevation:
    """An elevation of another account, of a privilege that it may have."""
    name = next(a.account.name for a in world.provider.accounts if a.account.name != "_backupoperator15")
    offered = world.provider.privileges_for(world.account(name))[0].group.name
    return world.check_out(offered, account=name)


def test_that_a_group_that_cannot_be_deleted_still_ends_where_replication_does_not_bring_it(
    world: World, deafen: Callable[[World, str], None]
) -> None:
    elevation = granted(world, TARGET)
    world.console.deny(group_of(elevation), Operation.DELETE_GROUP)
    world.clock.advance(1)
    deafen(world, DC2)
    at_deadline(world)
    for _ in range(300):
        world.tick()
        world.clock.advance(2)
    assert not held_on(world, DC2, elevation)
    assert world.stored(elevation).state is State.ENDED


def test_that_ends_whose_reading_is_always_cut_are_alarms(world: World) -> None:
    both = [granted(world, TARGET), another(world)]
    world.settle()
    for elevation in both:
        world.console.deny(group_of(world.stored(elevation)))
        for privilege in elevation.privileges:
            world.console.deny(privilege.group.guid)
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.TOKEN_GROUPS)
    at_deadline(world)
    for _ in range(60):
        world.clock.advance(2)
        world.tick()
    assert {world.stored(elevation).state for elevation in both} == {State.OVERDUE}


@pytest.mark.parametrize("others_have_heard", [True, False])
def test_that_ends_whose_reading_is_cut_in_each_process_are_alarms(
    world: World, deafen: Callable[[World, str], None], others_have_heard: bool
) -> None:
    """Each sweep is a program of its own, and is cut at another one of them: none knows of the one before."""
    both = [granted(world, TARGET), another(world)]
    world.settle()
    if not others_have_heard:
        deafen(world, DC2)
    at_deadline(world)
    if not others_have_heard:
        assert not world.another_copy(world.store).sweep(world.provider.id, world.recorder).is_alarm
        assert {world.stored(e).attempts for e in both} == {1}
        world.clock.advance(60)
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.TOKEN_GROUPS)
    for host in (DC2, "rodc1.corp.example.test"):  # or the end would be concluded at another one
        world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    for _ in range(3):
        world.another_copy(world.store).sweep(world.provider.id, world.recorder)
        world.clock.advance(300)
    report = world.another_copy(world.store).sweep(world.provider.id, world.recorder)
    assert sweep_exit_code([report]) is ExitCode.NOT_ENDED
    assert {e.id for e in report.overdue} == {e.id for e in both}


def test_that_what_a_sweep_could_not_confirm_is_an_alarm_whatever_the_row_says(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else has moved the row meanwhile."""
    elevation = granted(world, TARGET)
    world.settle()
    world.console.deny(group_of(world.stored(elevation)))
    world.console.deny(elevation.privileges[0].group.guid)
    real = world.store.advance_all

    def moved_meanwhile(moves: Sequence[tuple[Elevation, Transition]], **options: bool) -> Sequence[object]:
        changed = ConcurrentChange("Changed meanwhile.")
        unconfirmed = Event.END_UNCONFIRMED
        return [changed if m[1].event is unconfirmed else real([m], **options)[0] for m in moves]

    monkeypatch.setattr(world.store, "advance_all", moved_meanwhile)
    at_deadline(world)
    report = world.another_copy(world.store).sweep(world.provider.id, world.recorder)
    assert world.stored(elevation).state is State.ENDING
    assert sweep_exit_code([report]) is ExitCode.NOT_ENDED


def test_that_an_end_that_is_killed_each_time_before_it_is_concluded_is_an_alarm(world: World) -> None:
    """Each one that comes takes the lease anew."""
    elevation = granted(world, TARGET)
    at = elevation.deadline + timedelta(minutes=3)
    left = replace(elevation, state=State.ENDING, next_attempt_at=at + timedelta(seconds=60))
    assert left.is_alarm(at)
    assert not left.is_alarm(elevation.deadline + timedelta(seconds=60))
    assert not replace(left, attempts=1).is_alarm(at)  # other domain controllers have not heard of it


def test_that_an_end_that_nobody_goes_on_with_is_an_alarm(world: World) -> None:
    elevation = granted(world, TARGET)
    left = replace(elevation, state=State.ENDING, next_attempt_at=elevation.deadline)
    assert not left.is_alarm(elevation.deadline + timedelta(seconds=60))
    assert left.is_alarm(elevation.deadline + timedelta(seconds=121))
    waiting = replace(left, attempts=4)
    assert not waiting.is_alarm(elevation.deadline + timedelta(seconds=121))
    assert waiting.is_alarm(elevation.deadline + timedelta(seconds=601))


def test_that_a_tick_goes_on_saying_what_is_overdue_where_no_clock_was_read_since_the_start(
    world: World,
) -> None:
    elevation = granted(world, TARGET)
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.CONNECT)
    at_deadline(world)
    world.tick()
    world.clock.boot = "boot-2"
    started = world.another_copy(world.store)
    swept = started.sweep(elevation.provider_id, world.recorder)
    world.clock.advance(15)
    ticked = started.tick(world.recorder, elevation.provider_id)
    assert [e.id for e in swept.overdue] == [e.id for e in ticked.overdue] == [elevation.id]


def test_that_an_account_deleted_while_its_end_is_overdue_is_no_alarm_for_ever(world: World) -> None:
    elevation = granted(world, TARGET)
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.CONNECT)
    at_deadline(world)
    world.tick()
    assert world.stored(elevation).state is State.OVERDUE
    world.console.delete(elevation.account.guid)
    world.settle()
    world.faults.clear()
    for _ in range(10):
        world.clock.advance(300)
        world.tick()
    assert world.stored(elevation).state is State.ENDED


def test_that_an_account_that_left_its_group_and_hides_a_direct_membership_is_an_alarm(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.remove_member(group_of(elevation), elevation.account.dn)
    world.console.add_member(elevation.privileges[0].group.dn, elevation.account.dn)
    world.console.hide(elevation.account.guid)
    world.settle()
    at_deadline(world)
    world.settle()
    assert world.stored(elevation).state is State.OVERDUE


def test_that_a_slow_domain_controller_that_is_searched_delays_no_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = granted(world, TARGET)
    late: list[timedelta] = []
    real, take = DemoDirectory.member_links, DemoDirectory.empty_group

    def slow(directory: DemoDirectory, target: ObjectGuid) -> object:
        if directory.info.controller == DC2:
            world.clock.advance(10)
        found: object = real(directory, target)
        return found

    def noted(directory: DemoDirectory, group: ObjectGuid) -> None:
        late.append(world.clock.utc_now() - world.stored(elevation).deadline)
        take(directory, group)

    monkeypatch.setattr(DemoDirectory, "member_links", slow)
    monkeypatch.setattr(DemoDirectory, "empty_group", noted)
    left = world.stored(elevation).deadline - world.clock.utc_now()
    world.clock.advance(left.total_seconds() - 5)
    world.service.sweep(elevation.provider_id, world.recorder)
    assert late, "its deadline came while others were searched"
    assert late[0] <= timedelta(seconds=12), "no more than one answer"


@pytest.mark.expects_log("The alarm for|goes on although the store refused")
@pytest.mark.parametrize("kind", [StoreFull, StoreLocked])
def test_that_an_alarm_that_can_not_be_recorded_is_told_all_the_same(
    world: World, kind: type[StoreError]
) -> None:
    elevation = granted(world, TARGET)
    world.settle()
    world.tick()
    world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
    world.store.fail_writes_with = kind("Nothing can be recorded.")
    at_deadline(world)
    world.clock.advance(2)
    report = world.service.tick(world.recorder)
    assert [e.id for e in report.overdue] == [elevation.id]
    assert world.stored(elevation).state is State.ACTIVE
