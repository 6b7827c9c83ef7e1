# SPDX-License-Identifier: MIT
"""Who is in a chosen group is known by the list of that: what a member shows of itself, and what it keeps to
itself, hides nothing of what it gives. Where the list is not shown, what shows itself in it is not all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation.dn import parent_dn
from jit_desktop.elevation.errors import AccountCheckedOut, NoSuchObject
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import GroupScope, TemporaryGroup
from jit_desktop.elevation.verdict import has_lost_its_record
from tests.unit.elevation.helpers import MemoryStore
from tests.unit.elevation.test_adopting import HOUR, guid_of, sweep, write
from tests.unit.elevation.test_verdict import GROUP
from tests.unit.elevation.world import World


def elsewhere(world: World, elevation: Elevation) -> None:
    """It was renamed and moved, and does not show what it is in."""
    world.console.rename(guid_of(elevation), "Printers of Leeds")
    world.console.move(guid_of(elevation), parent_dn(elevation.location.dn))
    world.console.hide_memberships(guid_of(elevation))


def permanent(world: World, name: str = "Night Shift") -> ObjectGuid:
    """Another group in the chosen one, which shows itself."""
    dn = world.console.create_group(name, parent_dn(world.only().location.dn), GroupScope.GLOBAL)
    world.console.add_member(world.privilege(), dn)
    return world.console.guid(dn)


def test_that_a_group_that_does_not_show_what_it_is_in_is_found_by_the_list_of_that() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    elsewhere(world, elevation)
    store = MemoryStore()
    report = sweep(world, store)
    assert [(e.id, bool(e.suspicion)) for e in report.adopted] == [(elevation.id, True)]
    assert not report.is_alarm
    world.clock.advance(HOUR)
    world.another_copy(store).tick(world.recorder)
    assert not world.holds()


def test_that_what_it_gives_past_its_end_is_taken_back_by_an_empty_copy() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    elsewhere(world, elevation)
    world.clock.advance(HOUR + 5)
    report = sweep(world, MemoryStore())
    assert report.is_alarm
    assert not world.holds()


def test_that_it_checks_its_account_out() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    elsewhere(world, elevation)
    with pytest.raises(AccountCheckedOut):
        world.another_copy(MemoryStore(), "CORP\\bob").check_out(world.request(), world.recorder)


def without_permanent_members() -> World:
    """And so for every domain controller."""
    world = World()
    world.console.remove_member(world.privilege(), world.account("_permanent01"))
    world.settle()
    return world


def hide_the_list(world: World) -> None:
    world.console.hide_members(world.privilege())


def decoy(world: World) -> None:
    hide_the_list(world)
    permanent(world)


def primary_decoy(world: World) -> None:
    """Somebody else has the chosen group for the primary one."""
    world.console.add_member(world.privilege(), world.account("_sqladmin02"))
    world.console.make_primary(world.privilege(), world.account("_sqladmin02"))
    hide_the_list(world)


@pytest.mark.parametrize("hide", [hide_the_list, decoy, primary_decoy])
def test_that_what_shows_itself_in_a_chosen_group_does_not_stand_for_its_list(
    hide: Callable[[World], None],
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    elsewhere(world, elevation)
    hide(world)
    world.clock.advance(HOUR + 5)
    report = sweep(world, MemoryStore())
    told = {s.name for s in report.suspects if s.is_alarm}
    assert told == {elevation.account.name, "_permanent01"}, "whoever has it and does not show by what"
    assert world.holds()


def test_that_a_permanent_way_that_is_shown_is_no_alarm_where_a_list_is_not() -> None:
    world = without_permanent_members()
    elevation = world.check_out(seconds=HOUR)
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    world.console.add_member(permanent(world), elevation.account.guid)
    hide_the_list(world)
    assert world.holds()
    assert not sweep(world, MemoryStore()).is_alarm


def test_that_a_primary_group_that_is_shown_is_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    world = without_permanent_members()
    world.console.add_member(world.privilege(), world.account())
    world.console.make_primary(world.privilege(), world.account())
    assert world.holds()
    report = sweep(world, MemoryStore())
    assert not report.is_alarm
    assert not report.problem

    def unreadable(_: DemoDirectory, what: ObjectGuid) -> object:
        raise NoSuchObject("It is not shown.", subject=what)

    monkeypatch.setattr(DemoDirectory, "groups_of", unreadable)
    assert sweep(world, MemoryStore()).is_alarm, "nothing shows that it is one"


def test_that_an_elevation_is_no_alarm_where_a_list_is_not_shown() -> None:
    world = without_permanent_members()
    elevation = world.check_out(seconds=HOUR)
    hide_the_list(world)
    report = sweep(world, MemoryStore())
    assert [e.id for e in report.adopted] == [elevation.id]
    assert not report.is_alarm


@pytest.mark.parametrize(
    ("info", "version", "is_lost"),
    [
        ("", 0, False),
        ("", 1, True),
        ("", None, True),
        ("note", 1, False),
        ("note", 2, True),
        ("note", 0, False),
    ],
)
def test_that_a_text_that_was_written_and_is_not_shown_is_none_that_never_was(
    info: str, version: int | None, is_lost: bool
) -> None:
    assert has_lost_its_record(replace(GROUP, info=info, record_version=version)) is is_lost
    assert not has_lost_its_record(replace(GROUP, record_version=version))


def test_that_a_group_of_ours_that_shows_no_text_is_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    write(world, elevation, "x", "")
    elsewhere(world, elevation)
    real = DemoDirectory._shown

    def shown(self: DemoDirectory, *args: object) -> TemporaryGroup:
        group = real(self, *args)  # type: ignore[arg-type]
        return replace(group, info="", record_version=1) if group.guid == elevation.group_guid else group

    monkeypatch.setattr(DemoDirectory, "_shown", shown)
    assert sweep(world, MemoryStore()).is_alarm
