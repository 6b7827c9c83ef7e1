# SPDX-License-Identifier: MIT
"""A row names its group by GUID, and is believed no further than what stands there may be its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.own_group import by_guid
from jit_desktop.elevation.ports import GroupScope, TemporaryGroup
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.test_adopting import write
from tests.unit.elevation.world import World

HOUR = 3600
DAY = 24 * HOUR


def rewrite(world: World, elevation: Elevation, **changes: object) -> None:
    """As anybody with the file may do."""
    world.store.kept[elevation.id] = replace(world.store.kept[elevation.id], **changes)  # type: ignore[arg-type]


def permanent(world: World, elevation: Elevation, name: str = "Staff") -> tuple[ObjectGuid, ObjectGuid]:
    """A group of somebody else's in the location, with somebody in it, that is in a chosen group for good."""
    group = world.console.create_group(name, elevation.location.dn, GroupScope.GLOBAL)
    staff = world.console.create_account("Somebody", elevation.location.dn, logon_name="somebody")
    world.console.add_member(group, staff)
    world.console.add_member(elevation.privileges[0].group.guid, group)
    return world.console.guid(group), world.console.guid(staff)


def after_a_permanent_one(world: World) -> tuple[Elevation, ObjectGuid, ObjectGuid]:
    """An elevation of an hour, and a group as :func:`permanent` makes it that is a day older."""
    probe = world.check_out(seconds=60)
    group, staff = permanent(world, probe)
    world.service.check_in(probe.id, Recorder())
    world.clock.advance(DAY)
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    return elevation, group, staff


def members(world: World, group: ObjectGuid) -> set[ObjectGuid]:
    with world.connector.connect(world.provider.connection) as directory:
        return {link.guid for link in directory.member_links(group)}


def swept_until_over(world: World, elevation: Elevation) -> None:
    world.clock.advance(HOUR + 5)
    for _ in range(4):
        world.service.sweep(elevation.provider_id, Recorder())
        world.clock.advance(60)


@pytest.mark.parametrize("state", [State.ACTIVE, State.ENDING])
def test_that_a_chosen_group_in_its_place_keeps_who_is_in_it(world: World, state: State) -> None:
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    target = elevation.privileges[0].group.guid
    staff = world.console.create_account("Somebody", elevation.location.dn, logon_name="somebody")
    world.console.add_member(target, staff)
    rewrite(world, elevation, group_guid=target, state=state)
    swept_until_over(world, elevation)
    assert world.console.guid(staff) in members(world, target)
    assert not world.holds()
    assert world.nothing_left()


def test_that_a_permanent_group_in_its_place_keeps_what_it_is_and_has(world: World) -> None:
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    group, staff = permanent(world, elevation)
    rewrite(world, elevation, group_guid=group)
    swept_until_over(world, elevation)
    assert members(world, group) == {staff}
    assert group in members(world, elevation.privileges[0].group.guid)
    assert not world.holds()


@pytest.mark.parametrize("told", ["record", "name"])
def test_that_an_older_group_of_others_is_none_whatever_it_says_of_itself(world: World, told: str) -> None:
    elevation, group, staff = after_a_permanent_one(world)
    assert elevation.group_guid is not None
    if told == "record":
        write(world, replace(elevation, group_guid=group), f'{{"jit": 1, "id": "{elevation.id}"}}')
    else:
        world.console.rename(elevation.group_guid, "Printers")
        world.console.rename(group, elevation.group_name)
    rewrite(world, elevation, group_guid=group)
    swept_until_over(world, elevation)
    assert members(world, group) == {staff}


def test_that_an_older_group_of_others_is_none_although_its_own_was_renamed(world: World) -> None:
    elevation, group, staff = after_a_permanent_one(world)
    assert elevation.group_guid is not None
    world.console.rename(elevation.group_guid, "Printers")
    rewrite(world, elevation, group_guid=group)
    swept_until_over(world, elevation)
    assert members(world, group) == {staff}


def test_that_its_own_group_is_known_by_its_guid_whatever_became_of_name_and_texts(world: World) -> None:
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    assert elevation.group_guid is not None
    dark = world.console.create_ou("Elsewhere", elevation.location.dn)
    write(world, elevation, "")
    world.console.rename(elevation.group_guid, "Printers")
    world.console.move(elevation.group_guid, dark)
    world.clock.advance(HOUR + 5)
    world.tick()
    assert not world.holds()


def retold(world: World, elevation: Elevation) -> None:
    """Its own group with another name, and the record of an elevation that there is not."""
    assert elevation.group_guid is not None
    with world.connector.connect(world.provider.connection) as directory:
        shown = directory.temporary_group(elevation.group_guid)
    assert isinstance(shown, TemporaryGroup)
    write(world, elevation, shown.info.replace(elevation.id, "0" * len(elevation.id)))
    world.console.rename(elevation.group_guid, "RDM_JIT_0000")


@pytest.mark.parametrize("earlier", [True, False])
def test_that_another_one_of_ours_that_was_given_its_name_is_not_its_own(world: World, earlier: bool) -> None:
    """The group of a colleague, renamed: who may rename groups must not have one ended in the place of
    another one."""
    name = next(a.account.name for a in world.provider.accounts if a.account.name != "_backupoperator15")
    offered = world.provider.privileges_for(world.account(name))[0].group.name

    def guest() -> Elevation:
        return world.check_out(offered, account=name, seconds=7 * HOUR)

    before = guest() if earlier else None
    world.clock.advance(60)
    elevation = world.check_out(seconds=HOUR)
    world.clock.advance(60)
    other = before or guest()
    world.settle()
    retold(world, elevation)
    assert other.group_guid is not None
    write(world, other, "")
    world.console.rename(other.group_guid, elevation.group_name)
    world.clock.advance(HOUR)
    world.tick()
    assert not world.holds()
    assert world.holds(offered, account=name)


@pytest.mark.parametrize("is_hidden", [False, True])
def test_that_a_permanent_group_that_was_given_the_name_is_not_that_of_a_grant_that_broke_off(
    world: World, is_hidden: bool
) -> None:
    """The program died before the GUID of its group was recorded: the name alone leads to it."""
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    assert elevation.group_guid is not None
    world.clock.advance(60)
    group, staff = permanent(world, elevation)
    world.console.rename(elevation.group_guid, "Printers")
    world.console.rename(group, elevation.group_name)
    if is_hidden:
        write(world, elevation, "")
    rewrite(world, elevation, group_guid=None, state=State.GRANTING)
    swept_until_over(world, elevation)
    assert members(world, group) == {staff}
    assert group in members(world, elevation.privileges[0].group.guid)
    assert is_hidden or not world.holds()
    assert not is_hidden or world.service.sweep(elevation.provider_id, Recorder()).is_alarm


def test_that_who_signs_in_is_not_asked_before_the_first_write_of_an_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    with world.connector.connect(world.provider.connection) as directory:
        monkeypatch.setattr(DemoDirectory, "own_sid", lambda _: pytest.fail("it takes a request"))
        shown = by_guid(elevation, directory)
    assert isinstance(shown, TemporaryGroup)
    assert shown.guid == elevation.group_guid


@pytest.fixture
def world() -> World:
    return World()
