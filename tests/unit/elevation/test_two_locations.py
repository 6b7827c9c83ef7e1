# SPDX-License-Identifier: MIT
"""Copies that share chosen groups and have creation locations of their own: the temporary group and the
markers of its extensions stand where not everybody looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jit_desktop.elevation import prolonging
from jit_desktop.elevation.dn import parent_dn
from jit_desktop.elevation.errors import DeadlinePassed
from jit_desktop.elevation.identity import ElevationId, ObjectGuid, ObjectRef, SecurityId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory, NotVisible, TemporaryGroup
from jit_desktop.elevation.service import ElevationService
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.test_adopting import HOUR, directory_of, guid_of, prolonged
from tests.unit.elevation.test_forged import made_by
from tests.unit.elevation.test_prolonged_elsewhere import Slow
from tests.unit.elevation.world import World

BOB = SecurityId("S-1-5-21-1-2-3-4711")


@pytest.fixture
def world() -> World:
    return World()


def another_place(world: World, *, below: bool = False) -> ObjectRef:
    location = world.provider.jit.location
    assert location is not None
    dn = world.console.create_ou("Elsewhere", location.dn if below else parent_dn(location.dn))
    return ObjectRef(world.console.guid(dn), dn, "Elsewhere")


def copy_at(world: World, place: ObjectRef | None, store: MemoryStore | None = None) -> ElevationService:
    """A copy that has its creation location in ``place``, or where the first copy has it."""
    store, provider = MemoryStore() if store is None else store, world.provider
    if place is not None:
        provider = replace(provider, jit=replace(provider.jit, location=place))
    store.kept_providers = {provider.id: provider}
    return world.another_copy(store, "CORP\\bob")


def extended(world: World, elevation: Elevation) -> Elevation:
    told = world.service.extend(elevation.id, HOUR, Recorder())
    world.settle()
    return told


@pytest.mark.parametrize("below", [False, True], ids=["beside it", "below it"])
@pytest.mark.parametrize("late", [False, True], ids=["at once", "after the earlier deadline"])
def test_that_an_extension_counts_for_a_copy_that_never_heard_of_its_location(
    world: World, below: bool, late: bool
) -> None:
    place = another_place(world, below=below)
    elevation = world.check_out(seconds=HOUR)
    told = extended(world, elevation)
    if late:
        world.clock.advance(HOUR)
    recorder = Recorder()
    report = copy_at(world, place).sweep(world.provider.id, recorder)
    assert world.holds()
    assert not report.is_alarm
    assert [e.deadline for e in report.adopted] == [told.deadline]
    assert not any("longer than the checkout policy" in s.message for s in recorder.steps)
    world.clock.advance(2 * HOUR)
    copy_at(world, place).sweep(world.provider.id, Recorder())
    assert not world.holds()


def test_that_two_locations_that_are_not_known_are_both_looked_into(world: World) -> None:
    place, name = another_place(world), "Remote Desktop Manager Service Desk"
    first = world.check_out(seconds=HOUR)
    second = world.check_out(name, account="_sqladmin02", seconds=HOUR)
    extended(world, first)
    extended(world, second)
    new = world.console.create_ou("Third", parent_dn(place.dn))
    for group in (guid_of(second), *(m.guid for m in markers_of(world, second))):
        world.console.move(group, new)
    report = copy_at(world, place).sweep(world.provider.id, Recorder())
    assert not report.is_alarm
    assert world.holds()
    assert world.holds(name, "_sqladmin02")


def markers_of(world: World, elevation: Elevation) -> tuple[TemporaryGroup, ...]:
    with directory_of(world) as directory:
        return prolonging.find(elevation, directory)


def test_that_an_extension_of_another_maker_there_is_no_alarm(world: World) -> None:
    """Everybody signs in as himself."""
    place = another_place(world)
    elevation = world.check_out(seconds=HOUR)
    extended(world, elevation)
    for group in (guid_of(elevation), *(m.guid for m in markers_of(world, elevation))):
        made_by(world, group, BOB)
    report = copy_at(world, place).sweep(world.provider.id, Recorder())
    assert not report.is_alarm
    assert world.holds()
    world.clock.advance(2 * HOUR)
    assert copy_at(world, place).sweep(world.provider.id, Recorder()).is_alarm


def test_that_a_marker_in_a_place_of_ones_own_counts_as_far_as_the_policy_goes(world: World) -> None:
    """Whoever moves a group to where he may make others chooses where its markers are looked for."""
    place = another_place(world)
    elevation = world.check_out(seconds=HOUR)
    prolonged(world, elevation)
    with directory_of(world) as directory:
        marker = prolonging.create(elevation, elevation.deadline + timedelta(days=9), "bob", directory)
    made_by(world, marker.guid, BOB)
    report = copy_at(world, place).sweep(world.provider.id, Recorder())
    (adopted,) = report.adopted
    assert elevation.granted_at is not None
    longest = elevation.granted_at + timedelta(seconds=world.provider.policy.maximum_seconds)
    assert adopted.deadline <= longest


def test_that_the_elevated_account_prolongs_nothing_by_a_marker_in_a_place_of_its_own(world: World) -> None:
    place = another_place(world)
    elevation = world.check_out(seconds=HOUR)
    prolonged(world, elevation)
    with directory_of(world) as directory:
        own = directory.read(elevation.account.guid).sid
        marker = prolonging.create(elevation, elevation.deadline + timedelta(hours=2), "bob", directory)
    assert own is not None
    made_by(world, marker.guid, own)
    recorder = Recorder()
    world.clock.advance(HOUR)
    report = copy_at(world, place).sweep(world.provider.id, recorder)
    assert report.is_alarm
    assert not world.holds()
    assert any("nothing shows that a copy of the program set that end" in s.message for s in recorder.steps)


def test_that_a_place_that_can_not_be_listed_proves_no_later_end(world: World) -> None:
    place = another_place(world)
    elevation = world.check_out(seconds=HOUR)
    extended(world, elevation)
    world.console.hide_contents(elevation.location.dn)
    world.console.show(guid_of(elevation))
    report = copy_at(world, place).sweep(world.provider.id, Recorder())
    assert report.is_alarm, "it is told"


# --- the group and the markers in different places ---------------------------------------------------------


def taken_over_elsewhere(world: World, elevation: Elevation, store: MemoryStore) -> ObjectRef:
    """An administrator moves the group, and another copy takes it over there; the place."""
    place = another_place(world)
    world.console.move(guid_of(elevation), place.dn)
    world.settle()
    copy_at(world, None, store).sweep(world.provider.id, Recorder())
    assert store.kept[elevation.id].location.guid == place.guid
    return place


def past(world: World, elevation: Elevation) -> None:
    world.clock.advance((elevation.deadline - world.clock.utc_now()).total_seconds() + 5)


@pytest.mark.parametrize("how", ["tick", "sweep"])
def test_that_who_took_it_over_where_it_was_moved_to_hears_of_an_extension(world: World, how: str) -> None:
    elevation, store = world.check_out(seconds=HOUR), MemoryStore()
    taken_over_elsewhere(world, elevation, store)
    told = extended(world, elevation)
    past(world, elevation)
    copy = copy_at(world, None, store)
    if how == "tick":
        copy.tick(Recorder())
    else:
        copy.sweep(world.provider.id, Recorder())
    assert world.holds()
    assert store.kept[elevation.id].deadline == told.deadline
    past(world, told)
    copy_at(world, None, store).tick(Recorder())
    assert not world.holds()


def test_that_its_own_copy_hears_of_an_extension_by_who_took_it_over_there(world: World) -> None:
    elevation, store = world.check_out(seconds=HOUR), MemoryStore()
    taken_over_elsewhere(world, elevation, store)
    told = copy_at(world, None, store).extend(elevation.id, HOUR, Recorder())
    past(world, elevation)
    world.tick()
    assert world.holds()
    assert world.stored(elevation).deadline == told.deadline
    past(world, told)
    world.tick()
    for _ in range(2):
        world.settle()
        for copy in (copy_at(world, None, store), world.service):
            copy.sweep(world.provider.id, Recorder())
    assert world.nothing_left(), "the markers are removed in both places"


def test_that_a_creation_location_of_before_may_have_the_markers(world: World) -> None:
    store = MemoryStore()
    earlier = copy_at(world, None, store).check_out(world.request(account="_sqladmin02"), Recorder())
    elevation = world.check_out(seconds=HOUR)
    taken_over_elsewhere(world, elevation, store)
    told = extended(world, elevation)
    past(world, elevation)
    new = world.console.create_ou("New", parent_dn(earlier.location.dn))
    copy_at(world, ObjectRef(world.console.guid(new), new, "New"), store).tick(Recorder())
    assert world.holds()
    assert store.kept[elevation.id].deadline == told.deadline


def test_that_an_extension_that_came_too_late_leaves_no_marker_in_either_place(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation, store = world.check_out(seconds=HOUR), MemoryStore()
    taken_over_elsewhere(world, elevation, store)
    create, made = prolonging.create, list[ObjectGuid]()

    def asleep(placed: Elevation, deadline: datetime, actor: str, directory: Directory) -> TemporaryGroup:
        if len(made) == 2:  # the one of the earlier end, and the one at home
            past(world, elevation)
        marker = create(placed, deadline, actor, directory)
        made.append(marker.guid)
        return marker

    monkeypatch.setattr(prolonging, "create", asleep)
    with pytest.raises(DeadlinePassed):
        copy_at(world, None, store).extend(elevation.id, HOUR, Recorder())
    assert len(made) == 3
    with directory_of(world) as directory:
        there = [not isinstance(directory.temporary_group(guid), NotVisible) for guid in made]
    assert there == [True, False, False]


@pytest.mark.parametrize("is_own", [True, False], ids=["its own copy", "who took it over at home"])
def test_that_what_is_due_at_home_waits_for_no_other_place(
    world: World, monkeypatch: pytest.MonkeyPatch, is_own: bool
) -> None:
    elevation, store = world.check_out(seconds=HOUR), MemoryStore()
    copy = copy_at(world, None, store)
    copy.sweep(world.provider.id, Recorder())
    place = another_place(world)
    for one in (world.store, store):
        kept = one.kept[elevation.id]
        ended = replace(kept, id=ElevationId("of before"), location=place, state=State.ENDED, group_guid=None)
        one.kept[ended.id] = ended
    asked = set[ObjectGuid]()
    shown = prolonging.Elsewhere._shown

    def noted(elsewhere: prolonging.Elsewhere, location: ObjectGuid, host: str) -> object:
        asked.add(location)
        return shown(elsewhere, location, host)

    monkeypatch.setattr(prolonging.Elsewhere, "_shown", noted)
    past(world, elevation)
    (world.service if is_own else copy).tick(Recorder())
    assert not world.holds()
    assert asked == {elevation.location.guid}


def test_that_the_other_places_are_looked_into_only_while_there_is_time(world: World) -> None:
    elevation, store = world.check_out(seconds=HOUR), MemoryStore()
    taken_over_elsewhere(world, elevation, store)
    extended(world, elevation)
    slow = Slow(world, seconds=3)
    row = store.kept[elevation.id]
    assert slow.elsewhere.everywhere(row) == ()
    assert not slow.elsewhere.is_whole(row)
    slow = Slow(world, seconds=0)
    assert slow.elsewhere.everywhere(row)
