# SPDX-License-Identifier: MIT
"""Who is in a temporary group and stands in no list of its members: by the primary group, or kept from the
account that signs in. What is in a chosen group gives it, unless it is proven that nobody is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.directory.demo import Operation
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation import judging
from jit_desktop.elevation.identity import ObjectGuid, SecurityId
from jit_desktop.elevation.model import Elevation
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.test_adopting import HOUR, guid_of, moved, sweep
from tests.unit.elevation.test_verdict import GROUP, judge
from tests.unit.elevation.world import World


def primary(world: World, elevation: Elevation) -> None:
    world.console.make_primary(guid_of(elevation), elevation.account.guid)


def protect(world: World, elevation: Elevation) -> None:
    world.console.deny(guid_of(elevation), Operation.DELETE_GROUP)


def test_that_what_a_primary_group_gives_is_taken_back() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    primary(world, elevation)
    assert world.holds()
    assert world.console.members(guid_of(elevation)) == set()
    world.clock.advance(HOUR + 5)
    report = sweep(world, MemoryStore())
    assert [e.id for e in report.adopted] == [elevation.id]
    assert not world.holds()


def test_that_what_a_group_gives_whose_members_may_not_be_read_is_taken_back() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.console.hide_members(guid_of(elevation))
    protect(world, elevation)
    world.clock.advance(HOUR + 5)
    report = sweep(world, MemoryStore())
    assert [e.id for e in report.adopted] == [elevation.id]
    assert not world.holds()


def test_that_what_is_altered_and_nobody_shows_in_is_an_alarm() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    moved(world, elevation)
    primary(world, elevation)
    world.console.deny(world.privilege(), Operation.TAKE_OUT)
    world.clock.advance(HOUR + 5)
    store = MemoryStore()
    for _ in range(2):
        assert sweep(world, store).is_alarm
        world.clock.advance(700)


def test_that_what_stays_in_a_chosen_group_after_its_end_is_an_alarm_whoever_has_it() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    primary(world, elevation)
    world.console.hide(elevation.account.guid)
    world.console.deny(world.privilege(), Operation.TAKE_OUT)
    world.clock.advance(HOUR + 5)
    for _ in range(2):
        assert world.service.sweep(world.provider.id, Recorder()).is_alarm
        world.clock.advance(700)
    world.console.allow(world.privilege())
    world.console.show(elevation.account.guid)
    world.service.sweep(world.provider.id, Recorder())
    assert not world.holds()


def test_that_an_empty_group_leaves_the_chosen_groups_before_it_is_deleted() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.console.remove_member(guid_of(elevation), elevation.account.guid)
    protect(world, elevation)
    world.clock.advance(HOUR + 5)
    store = MemoryStore()
    report = sweep(world, store)
    assert not report.is_alarm
    # Whoever comes into it later has nothing of that.
    world.console.add_member(guid_of(elevation), elevation.account.guid)
    assert not world.holds()


def test_that_an_empty_group_that_stays_in_a_chosen_group_past_its_end_is_an_alarm() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.console.remove_member(guid_of(elevation), elevation.account.guid)
    world.console.deny(world.privilege(), Operation.TAKE_OUT)
    world.clock.advance(HOUR + 5)
    report = sweep(world, MemoryStore())
    assert [(s.gives, s.is_alarm) for s in report.suspects] == [((elevation.privileges[0].label,), True)]


@pytest.mark.parametrize(("is_anybody", "gives"), [(True, True), (None, True), (False, False)])
def test_that_a_group_that_shows_nobody_gives_unless_it_is_proven_to_be_empty(
    is_anybody: bool | None, gives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    asked: list[ObjectGuid] = []

    def has_members(_: DemoDirectory, group: ObjectGuid) -> bool | None:
        asked.append(group)
        return is_anybody

    monkeypatch.setattr(DemoDirectory, "has_members", has_members)
    group = replace(GROUP, sid=SecurityId("S-1-5-21-1-2-3-4444"))
    empty = replace(group, members=())
    with world.connector.connect(world.provider.connection) as directory:
        tokens = judging.Tokens(directory, [])
        shown = judging.with_all_that_it_gives(empty, directory, GROUP.member_of, tokens)
        assert bool(judge(shown).gives) is gives
        assert judge(shown, late=True).is_alarm is gives
        assert judge(shown).nested == GROUP.member_of
        for other in (group, replace(empty, member_of=())):
            assert judging.with_all_that_it_gives(other, directory, GROUP.member_of, tokens) == other
        assert asked == [GROUP.guid], "nothing is asked that does not matter"
        # What is not offered here is given all the same.
        assert judging.with_all_that_it_gives(empty, directory, (), tokens) == shown


def test_that_a_grant_of_another_copy_that_is_under_way_is_left_alone() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.console.remove_member(world.privilege(), guid_of(elevation))
    world.clock.advance(timedelta(seconds=20).total_seconds())
    store = MemoryStore()
    assert sweep(world, store).suspects == ()
    assert store.kept == {}
