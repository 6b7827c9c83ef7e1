# SPDX-License-Identifier: MIT
"""A temporary group that could not be deleted gave nothing when its elevation ended, and may at any time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jit_desktop.directory.demo import Operation
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, SweepReport
from jit_desktop.elevation.tracing import still_in
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.test_adopting import HOUR, guid_of, moved
from tests.unit.elevation.test_remaining import restored
from tests.unit.elevation.test_what_it_gives import gives_in_between, made_between
from tests.unit.elevation.world import TAKING_BACK, World


@pytest.fixture
def world() -> World:
    return World()


def guest(world: World) -> ObjectGuid:
    """An account that nothing is offered to."""
    assert world.provider.jit.location is not None
    place = world.provider.jit.location.guid
    return world.console.guid(world.console.create_account("Guest of theirs", place))


def left_behind(world: World, before: Callable[[Elevation], None] = lambda _: None) -> Elevation:
    """One that has ended, and whose group was moved to where it can't be changed; ``before``: what somebody
    does to it meanwhile."""
    elevation = world.check_out(seconds=HOUR)
    before(elevation)
    moved(world, elevation)
    world.console.deny(guid_of(elevation), *TAKING_BACK, Operation.DELETE_GROUP)
    world.clock.advance(HOUR + 5)
    world.settle()
    return elevation


def swept(world: World) -> SweepReport:
    """As a scheduled sweep does it: by a process of its own."""
    return world.another_copy(world.store).sweep(world.provider.id, Recorder())


def test_that_what_it_gives_others_through_another_group_is_an_alarm(world: World) -> None:
    def to_others(elevation: Elevation) -> None:
        world.console.add_member(guid_of(elevation), guest(world))
        world.console.remove_member(guid_of(elevation), elevation.account.guid)
        gives_in_between(world, elevation)

    left_behind(world, to_others)
    for _ in range(2):
        world.clock.advance(60)
        assert swept(world).is_alarm


@pytest.mark.expects_log("is there again and could not be removed")
def test_that_one_that_begins_to_give_again_is_an_alarm(world: World) -> None:
    elevation = left_behind(world, lambda e: world.console.remove_member(guid_of(e), e.account.guid))
    ended = world.stored(elevation)
    assert (ended.state, bool(ended.leftover)) == (State.ENDED, True)
    assert not swept(world).is_alarm
    between = made_between(world)
    world.console.add_member(guid_of(elevation), elevation.account.guid)
    world.console.add_member(between, guid_of(elevation))
    world.console.add_member(world.privilege(), between)
    world.console.deny(world.privilege(), Operation.TAKE_OUT)
    assert world.holds()
    for _ in range(2):
        world.clock.advance(60)
        assert swept(world).is_alarm


@pytest.mark.expects_log("is there again and could not be removed")
def test_that_one_that_begins_to_give_others_through_another_group_is_an_alarm(world: World) -> None:
    elevation = left_behind(world, lambda e: world.console.remove_member(guid_of(e), e.account.guid))
    assert not swept(world).is_alarm
    between = made_between(world)
    world.console.add_member(guid_of(elevation), guest(world))
    world.console.add_member(between, guid_of(elevation))
    world.console.add_member(world.privilege(), between)
    for _ in range(2):
        world.clock.advance(60)
        assert swept(world).is_alarm


@pytest.mark.parametrize("unread", ["its members", "itself"])
def test_that_a_group_that_nobody_shows_in_or_out_of_a_chosen_one_is_overdue(
    world: World, unread: str
) -> None:
    """Somebody else is in it, and nothing of it could be taken back: a list that can't be read looks like one
    without it."""
    elevation = world.check_out(seconds=HOUR)
    world.console.add_member(guid_of(elevation), guest(world))
    world.console.remove_member(guid_of(elevation), elevation.account.guid)
    world.console.deny(guid_of(elevation), *TAKING_BACK)
    world.console.deny(world.privilege(), Operation.TAKE_OUT)
    world.console.hide(guid_of(elevation))
    if unread == "its members":
        world.console.hide_members(world.privilege())
    else:
        world.console.hide(world.privilege())
    world.settle()
    world.clock.advance(HOUR)
    for _ in range(2):
        world.clock.advance(60)
        assert swept(world).is_alarm
        assert world.stored(elevation).state is State.OVERDUE


@pytest.mark.parametrize("hidden", [False, True])
def test_that_an_empty_list_is_none_without_it_only_where_it_may_be_read(world: World, hidden: bool) -> None:
    elevation = world.check_out(seconds=HOUR)
    world.console.remove_member(world.privilege(), guid_of(elevation))
    for member in world.console.members(world.privilege()):
        world.console.remove_member(world.privilege(), member)
    if hidden:
        world.console.hide_members(world.privilege())
    with world.connector.connect(world.provider.connection) as directory:
        assert bool(still_in(elevation, directory)) == hidden


def test_that_what_came_back_and_was_deleted_again_is_no_alarm_where_no_list_can_be_read(
    world: World,
) -> None:
    elevation = world.check_out(seconds=HOUR)
    restored(world, elevation, "Remote Desktop Manager Admins")
    world.console.hide_members(world.privilege())
    report = swept(world)
    assert world.nothing_left()
    assert [suspect for suspect in report.suspects if suspect.name == elevation.group_name] == []
