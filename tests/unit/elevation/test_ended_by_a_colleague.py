# SPDX-License-Identifier: MIT
"""A colleague's check-in of what another domain controller than the main one has granted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jit_desktop.directory.demo import Fault
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation.ending import PATIENCE_SECONDS
from jit_desktop.elevation.identity import ObjectGuid, SecurityId
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation, Seen
from jit_desktop.elevation.ports import DomainController
from jit_desktop.elevation.service import LOOK_SECONDS
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.world import World

DC1, DC2, RODC = "dc1.corp.example.test", "dc2.corp.example.test", "rodc1.corp.example.test"


@pytest.fixture
def world() -> World:
    """A look goes to dc1 first, since another elevation was granted there."""
    world = World()
    world.check_out(account=world.provider.accounts[0].account.name)
    world.settle()
    return world


def granted_at_dc2(world: World) -> Elevation:
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    elevation = world.check_out(account=world.provider.accounts[1].account.name)
    world.faults.clear()
    assert elevation.domain_controller == DC2
    return elevation


def heard_of_by_all(world: World) -> Elevation:
    elevation = granted_at_dc2(world)
    world.clock.advance(70)
    world.settle()
    return elevation


def checked_in_by_bob(world: World, elevation: Elevation) -> None:
    other = world.another_copy(MemoryStore(), "CORP\\bob")
    found = other.sweep(world.provider.id, Recorder()).adopted
    (his,) = [e for e in found if e.account.guid == elevation.account.guid]
    assert not other.check_in(his.id, Recorder()).is_granted


def looked(world: World) -> None:
    world.clock.advance(LOOK_SECONDS)
    world.tick()


def test_that_it_shows_within_one_look(world: World) -> None:
    elevation = heard_of_by_all(world)
    checked_in_by_bob(world, elevation)
    looked(world)
    over = world.stored(elevation)
    assert (over.state, over.end_reason) == (State.ENDED, EndReason.REMOVED_ELSEWHERE)


def test_that_one_of_which_the_main_one_has_not_heard_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.stop_replication(monkeypatch, DC1)
    elevation = granted_at_dc2(world)
    for _ in range(2 * PATIENCE_SECONDS // LOOK_SECONDS):
        looked(world)
    assert world.stored(elevation).state is State.ACTIVE
    with world.connector.connect(world.provider.connection, server=DC2) as directory:
        assert elevation.privileges[0].sid in directory.token_groups(elevation.account.guid)


def test_that_one_that_is_still_shown_where_it_was_granted_is_not_over_yet(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = heard_of_by_all(world)
    world.stop_replication(monkeypatch, DC2)
    group = world.stored(elevation).group_guid
    assert group is not None
    world.console.delete(group)
    looked(world)
    assert world.stored(elevation).state is State.ACTIVE
    monkeypatch.undo()
    looked(world)
    assert world.stored(elevation).state is State.ENDED


def test_that_it_is_not_known_while_nobody_can_be_asked_who_has_heard_of_it(world: World) -> None:
    elevation = heard_of_by_all(world)
    checked_in_by_bob(world, elevation)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    looked(world)
    before = world.stored(elevation)
    assert before.state is State.ACTIVE  # made a moment ago: dc1 may not have heard of it
    assert before.sight is not None
    assert before.sight.seen is Seen.AS_GRANTED
    world.clock.advance(PATIENCE_SECONDS)
    world.tick()
    now = world.stored(elevation)
    assert now.state is State.ACTIVE
    assert now.sight is not None
    assert now.sight.seen is Seen.NOT_VISIBLE
    assert f"{DC2}, where it was granted, can't be asked" in now.sight.words


@pytest.mark.parametrize("is_synchronized", [True, False])
def test_that_it_is_over_only_where_it_is_proven(world: World, *, is_synchronized: bool) -> None:
    elevation = heard_of_by_all(world)
    world.console.set_synchronized(DC2, synchronized=is_synchronized)
    checked_in_by_bob(world, elevation)
    looked(world)
    assert world.stored(elevation).is_granted is not is_synchronized


def test_that_a_right_that_the_main_one_still_shows_is_not_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = heard_of_by_all(world)
    checked_in_by_bob(world, elevation)
    still_shown(world, elevation, monkeypatch, DC1)
    looked(world)
    now = world.stored(elevation)
    assert now.state is State.ACTIVE
    assert now.sight is not None
    assert now.sight.seen is Seen.NOT_VISIBLE


def test_that_a_right_that_is_still_shown_where_it_was_granted_is_not_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = heard_of_by_all(world)
    checked_in_by_bob(world, elevation)
    still_shown(world, elevation, monkeypatch, DC2)
    looked(world)
    assert world.stored(elevation).state is State.ACTIVE


def test_that_one_that_is_no_domain_controller_any_more_is_not_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = heard_of_by_all(world)
    checked_in_by_bob(world, elevation)
    left = [DomainController(DC1), DomainController(RODC, writable=False)]
    monkeypatch.setattr(DemoDirectory, "domain_controllers", lambda _: left)
    looked(world)
    assert world.stored(elevation).state is State.ENDED


def still_shown(world: World, elevation: Elevation, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Let a logon at ``host`` have the right."""
    held: Callable[[DemoDirectory, ObjectGuid], frozenset[SecurityId]] = DemoDirectory.token_groups
    sid = elevation.privileges[0].sid
    assert sid is not None

    def holds(directory: DemoDirectory, account: ObjectGuid) -> frozenset[SecurityId]:
        still = {sid} if directory.info.controller == host and account == elevation.account.guid else set()
        return held(directory, account) | still

    monkeypatch.setattr(DemoDirectory, "token_groups", holds)
