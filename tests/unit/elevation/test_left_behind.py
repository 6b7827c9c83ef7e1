# SPDX-License-Identifier: MIT
"""A temporary group that could not be deleted gave nothing when its elevation ended, and may at any time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jit_desktop.directory.demo import Operation
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, SweepReport
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.test_adopting import HOUR, guid_of, moved
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
