# SPDX-License-Identifier: MIT
"""Copies that share chosen groups and have creation locations of their own: the temporary group and the
markers of its extensions stand where not everybody looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.elevation import prolonging
from jit_desktop.elevation.dn import parent_dn
from jit_desktop.elevation.identity import ObjectRef, SecurityId
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import TemporaryGroup
from jit_desktop.elevation.service import ElevationService
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.test_adopting import HOUR, directory_of, guid_of, prolonged
from tests.unit.elevation.test_forged import made_by
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
    assert any("which nothing proves" in s.message for s in recorder.steps)


def test_that_a_place_that_can_not_be_listed_proves_no_later_end(world: World) -> None:
    place = another_place(world)
    elevation = world.check_out(seconds=HOUR)
    extended(world, elevation)
    world.console.hide_contents(elevation.location.dn)
    world.console.show(guid_of(elevation))
    report = copy_at(world, place).sweep(world.provider.id, Recorder())
    assert report.is_alarm, "it is told"
