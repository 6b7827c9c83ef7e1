# SPDX-License-Identifier: MIT
"""What one domain controller proves of an elevation to an account that may not see everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.directory.demo import DemoDirectory, Fault, Operation
from jit_desktop.elevation import record
from jit_desktop.elevation.dn import parent_dn
from jit_desktop.elevation.errors import StoreError
from jit_desktop.elevation.identity import ElevationId, ObjectGuid, ProviderId
from jit_desktop.elevation.inspection import ControllerTruth
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.outcome import still_has
from jit_desktop.elevation.ports import GroupScope, NewGroup
from jit_desktop.elevation.remaining import look
from jit_desktop.elevation.verdict import Others
from tests.unit.elevation.helpers import MemoryStore, Recorder, guid, visible
from tests.unit.elevation.world import TAKING_BACK, World

TARGET = "Remote Desktop Manager Admins"
DC1, DC2 = "dc1.corp.example.test", "dc2.corp.example.test"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def elevation(world: World) -> Elevation:
    made = world.check_out(TARGET)
    world.settle()
    return world.stored(made)


def group_of(elevation: Elevation) -> ObjectGuid:
    assert elevation.group_guid is not None
    return elevation.group_guid


def seen(world: World, elevation: Elevation) -> ControllerTruth:
    """By who takes an account that is not shown for one that was deleted."""
    with world.connector.connect(world.provider.connection) as directory:
        return look(elevation, directory, directory.info.controller, account_deleted=True)


def hide_all_but_the_target(world: World, elevation: Elevation) -> None:
    world.console.hide(group_of(elevation))
    world.console.hide(elevation.account.guid)


def test_that_an_account_that_is_in_no_group_at_all_was_not_read(
    world: World, elevation: Elevation, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.console.delete(group_of(elevation))
    monkeypatch.setattr(DemoDirectory, "token_groups", lambda *_: frozenset())
    with world.connector.connect(world.provider.connection) as directory:
        truth = look(elevation, directory, directory.info.controller)
    assert not truth.is_over
    assert "does not show which groups" in truth.unproven[0]


def test_that_members_which_may_not_be_read_are_not_none(world: World, elevation: Elevation) -> None:
    hide_all_but_the_target(world, elevation)
    assert seen(world, elevation).holds
    world.console.delete(elevation.account.guid)
    world.console.delete(group_of(elevation))
    assert seen(world, elevation).is_over
    world.console.hide_members(world.privilege(TARGET))
    assert seen(world, elevation).unproven, "who may write the members may not read them for that"


def test_that_a_chosen_group_that_is_hidden_with_all_else_proves_nothing(
    world: World, elevation: Elevation
) -> None:
    hide_all_but_the_target(world, elevation)
    world.console.hide(elevation.privileges[0].group.guid)
    world.console.hide(elevation.location.guid)
    assert seen(world, elevation).unproven


def test_that_a_grant_that_broke_off_is_found_by_the_name_of_its_group(
    world: World, elevation: Elevation
) -> None:
    broken_off = replace(elevation, group_guid=None)
    hide_all_but_the_target(world, elevation)
    assert seen(world, broken_off).holds


def test_that_a_location_that_may_not_be_listed_is_a_problem_of_the_sweep(
    world: World, elevation: Elevation
) -> None:
    world.faults.fail_always(Fault.ACCESS_DENIED, Operation.TEMPORARY_GROUPS)
    assert world.service.sweep(elevation.provider_id, world.recorder).problem


def test_that_what_only_another_controller_shows_is_nobodys_elevation_yet() -> None:
    world = World()
    world.check_out(TARGET)
    world.change(replace(world.provider, connection=replace(world.provider.connection, server=DC2)))
    report = world.another_copy(MemoryStore()).sweep(world.provider.id, Recorder())
    assert report.adopted == ()
    world.clock.advance(60)
    report = world.another_copy(MemoryStore()).sweep(world.provider.id, Recorder())
    assert len(report.adopted) == 1


def test_that_a_controller_which_has_not_heard_of_a_group_yet_ends_nothing() -> None:
    world = World()
    elevation = world.check_out(TARGET)
    world.change(replace(world.provider, connection=replace(world.provider.connection, server=DC2)))
    world.service.sweep(world.provider.id, world.recorder)
    assert world.stored(elevation).state is State.ACTIVE
    world.settle()
    assert world.holds(TARGET)


def test_that_what_a_stranger_named_after_ours_is_told_and_not_taken_over(world: World) -> None:
    location = world.provider.jit.location
    assert location is not None
    name = f"{world.provider.jit.group_prefix}_11111111-2222-4333-8444-555555555555"
    group = world.console.create_group(name, location.dn, GroupScope.GLOBAL)
    past = world.clock.utc_now() - timedelta(hours=1)
    text = f"Temporary group of JIT Desktop: eve has it until {past:%Y-%m-%d %H:%M:%S} UTC"
    with world.connector.connect(world.provider.connection) as directory:
        directory.write_record(world.console.guid(group), "", text)
    world.console.add_member(group, world.account())
    world.console.add_member(world.privilege(TARGET), group)
    world.clock.advance(60)
    report = world.service.sweep(world.provider.id, world.recorder)
    assert report.adopted == ()
    assert [(s.name, s.is_alarm) for s in report.suspects] == [(name, True)]
    assert world.holds(TARGET)


def beside(world: World, elevation: Elevation, *, days: int, by_us: bool = False) -> str:
    """A group as that of another elevation of the account, with a whole record; its name."""
    other = ElevationId("11111111-2222-4333-8444-555555555555")
    name, place, now = f"X_{other}", parent_dn(elevation.location.dn), world.clock.utc_now()
    begun, end = now - timedelta(days=2), now + timedelta(days=days)
    entry = replace(record.record_of(elevation, begun, end), id=other)
    with world.connector.connect(world.provider.connection) as directory:
        if by_us:
            location, member = elevation.location.dn, elevation.account.dn
            made = NewGroup(name, location, GroupScope.GLOBAL, member, record.encode(entry), "")
            group = directory.create_group(made).guid
        else:
            group = world.console.guid(world.console.create_group(name, place, GroupScope.GLOBAL))
            world.console.add_member(group, world.account())
            directory.write_record(group, record.encode(entry), "")
    world.console.add_member(world.privilege(TARGET), group)
    return name


def ended(world: World, elevation: Elevation) -> Elevation:
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    stored = world.stored(elevation)
    assert stored.state is State.ENDED
    return stored


def test_that_what_only_looks_like_another_elevation_is_told_as_permanent(
    world: World, elevation: Elevation
) -> None:
    name = beside(world, elevation, days=3000)
    over = ended(world, elevation)
    assert world.holds(TARGET)
    assert [(r.ways, r.by_elevation) for r in over.remains] == [((name,), False)]
    assert "permanently, since during this elevation" in still_has(over)


def test_that_what_another_elevation_gives_is_told_with_its_end(world: World, elevation: Elevation) -> None:
    name = beside(world, elevation, days=1, by_us=True)
    over = ended(world, elevation)
    (right,) = over.remains
    assert right.by_elevation
    assert right.ways[0].startswith(f"{name} until {world.clock.utc_now() + timedelta(days=1):%Y-%m-%d}")
    assert still_has(over) == f"still has {right.label} by another elevation"
    assert "by another elevation" in world.store.moves[-1].detail


def test_that_another_elevation_that_is_past_its_end_does_not_end(world: World, elevation: Elevation) -> None:
    name = beside(world, elevation, days=-1, by_us=True)
    with world.connector.connect(world.provider.connection) as directory:
        others = Others(world.store, elevation.provider_id, world.clock.utc_now())
        truth = look(elevation, directory, directory.info.controller, others=others)
    target = truth.targets[0]
    assert name not in target.permanent_through, "we made it: it is there for nothing permanent"
    assert not any(words.startswith(name) for words in target.other_elevations)


def others_of(world: World, elevation: Elevation) -> Others:
    return Others(world.store, elevation.provider_id, world.clock.utc_now())


def test_that_a_group_which_the_store_knows_is_what_its_row_says(world: World, elevation: Elevation) -> None:
    with world.connector.connect(world.provider.connection) as directory:
        shown = visible(directory.temporary_group(group_of(elevation)))
        renamed, account = replace(shown, owner=None, name="Printers", info=""), elevation.account.guid
        others = others_of(world, elevation)
        assert others.lent_until(renamed, account, directory) == elevation.deadline
        assert others.lent_until(renamed, world.account("_sqladmin02"), directory) is None
        assert replace(others, now=elevation.deadline).lent_until(renamed, account, directory) is None
        elsewhere = replace(others, provider_id=ProviderId(guid()))
        assert elsewhere.lent_until(renamed, account, directory) == elevation.deadline, "of whatever provider"
        world.store.kept[elevation.id] = replace(elevation, state=State.ENDED)
        assert others.lent_until(shown, account, directory) is None, "its row goes before its record"


def test_that_a_record_is_believed_only_as_the_group_was_made_with_it(
    world: World, elevation: Elevation
) -> None:
    del world.store.kept[elevation.id]
    others, account = others_of(world, elevation), elevation.account.guid
    with world.connector.connect(world.provider.connection) as directory:
        shown = visible(directory.temporary_group(group_of(elevation)))
        assert others.lent_until(shown, account, directory) == elevation.deadline
        assert others.lent_until(replace(shown, record_version=2), account, directory) is None
        assert others.lent_until(replace(shown, owner=None), account, directory) is None
        world.store.fail_with = StoreError("locked")
        assert others.lent_until(shown, account, directory) == elevation.deadline
        world.store.fail_with = None


def restored(world: World, elevation: Elevation, target: str = TARGET) -> None:
    """Ended, and brought back from the recycle bin with all that it gave."""
    with world.connector.connect(world.provider.connection) as directory:
        info, _ = world.console.texts(group_of(elevation))
        world.service.check_in(elevation.id, world.recorder)
        world.settle()
        assert world.nothing_left()
        name, dn, member = elevation.group_name, elevation.location.dn, elevation.account.dn
        group = directory.create_group(NewGroup(name, dn, GroupScope.GLOBAL, member, info, ""))
        world.console.add_member(world.privilege(target), group.guid)
    world.clock.advance(7200)
    assert world.holds(target)


@pytest.mark.expects_log("could not be removed")
def test_that_what_came_back_and_can_not_be_removed_is_an_alarm_until_it_is(
    world: World, elevation: Elevation
) -> None:
    restored(world, elevation)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK)
    report = world.service.sweep(world.provider.id, world.recorder)
    assert report.is_alarm
    assert [e.id for e in report.adopted] == [elevation.id]
    world.faults.clear()
    world.clock.advance(300)
    world.tick()
    assert not world.holds(TARGET)


@pytest.mark.expects_log("could not be removed")
def test_that_what_came_back_is_gone_only_when_that_was_read(
    world: World, elevation: Elevation, monkeypatch: pytest.MonkeyPatch
) -> None:
    restored(world, elevation)
    for write in TAKING_BACK:
        monkeypatch.setattr(DemoDirectory, write.value, lambda *_: True)
    assert world.service.sweep(world.provider.id, world.recorder).is_alarm


def test_that_what_came_back_everywhere_is_removed_at_each_that_shows_it(
    world: World, elevation: Elevation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looks again at what has ended before the next sweep: no removal waits for replication."""
    restored(world, elevation)
    world.stop_replication(monkeypatch, DC2)
    report = world.service.sweep(world.provider.id, world.recorder)
    assert not world.holds(TARGET, server=DC2)
    assert [e.id for e in report.ended] == [elevation.id]


def test_that_what_came_back_twice_is_counted_once(world: World, elevation: Elevation) -> None:
    info, _ = world.console.texts(group_of(elevation))
    restored(world, elevation)
    name, dn, member = f"{elevation.group_name}-2", elevation.location.dn, elevation.account.dn
    with world.connector.connect(world.provider.connection) as directory:
        group = directory.create_group(NewGroup(name, dn, GroupScope.GLOBAL, member, info, ""))
        world.console.add_member(world.privilege(TARGET), group.guid)
    report = world.service.sweep(world.provider.id, world.recorder)
    assert world.nothing_left()
    assert [e.id for e in report.ended] == [elevation.id]


@pytest.mark.expects_log("could not be removed")
@pytest.mark.parametrize("refusing", [DC1, DC2])
def test_that_what_came_back_is_over_only_where_each_that_shows_it_says_so(
    world: World, elevation: Elevation, monkeypatch: pytest.MonkeyPatch, refusing: str
) -> None:
    restored(world, elevation)
    world.stop_replication(monkeypatch)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK, controller=refusing)
    report = world.service.sweep(world.provider.id, world.recorder)
    assert report.is_alarm
    assert not report.ended
    other = DC1 if refusing == DC2 else DC2
    assert not world.holds(TARGET, server=other)
    world.faults.clear()
    for _ in range(3):
        world.clock.advance(300)
        world.tick()
    assert not world.holds(TARGET, server=refusing)


def test_that_what_came_back_is_removed_where_only_the_list_of_a_chosen_group_shows_it(
    world: World, elevation: Elevation, monkeypatch: pytest.MonkeyPatch
) -> None:
    restored(world, elevation)
    (name,) = world.groups_there()
    with world.connector.connect(world.provider.connection) as directory:
        (again,) = directory.temporary_groups(elevation.location.dn, name)
    world.store.kept[elevation.id] = replace(world.stored(elevation), group_guid=again.guid)
    world.console.hide(again.guid, "dc2")
    world.stop_replication(monkeypatch, DC2)
    world.service.sweep(world.provider.id, world.recorder)
    assert not world.holds(TARGET, server=DC2)


def test_that_what_is_past_and_shown_by_another_controller_alone_is_taken_over_and_ended(
    world: World, elevation: Elevation
) -> None:
    world.console.hide(group_of(elevation), "dc1")
    world.clock.advance(7205)
    report = world.another_copy(MemoryStore()).sweep(world.provider.id, Recorder())
    assert [e.id for e in report.adopted] == [elevation.id]
    assert not world.holds(TARGET)
