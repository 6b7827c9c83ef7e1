# SPDX-License-Identifier: MIT
"""What a temporary group gives is what the tokens of the accounts say, whatever way leads into it and out of
it, and on whichever domain controller."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from jit_desktop.directory.demo import Operation
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation import prolonging
from jit_desktop.elevation.dn import parent_dn
from jit_desktop.elevation.errors import AccountCheckedOut
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectGuid
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import GroupScope, NotVisible, TemporaryGroup
from jit_desktop.elevation.remaining import look
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.test_adopting import HOUR, directory_of, group_of, guid_of, moved, renamed, sweep
from tests.unit.elevation.test_forged import wiped
from tests.unit.elevation.world import World

DC2 = "dc2.corp.example.test"


def made_between(world: World) -> ObjectGuid:
    """A group of somebody's own."""
    assert world.provider.jit.location is not None
    place = parent_dn(world.provider.jit.location.dn)
    return world.console.guid(world.console.create_group("Between", place, GroupScope.GLOBAL))


def comes_in_between(world: World, elevation: Elevation) -> None:
    between = made_between(world)
    world.console.add_member(between, elevation.account.guid)
    world.console.add_member(guid_of(elevation), between)
    world.console.remove_member(guid_of(elevation), elevation.account.guid)


def gives_in_between(world: World, elevation: Elevation) -> None:
    between = made_between(world)
    world.console.add_member(between, guid_of(elevation))
    world.console.add_member(world.privilege(), between)
    world.console.remove_member(world.privilege(), guid_of(elevation))


def is_primary(world: World, elevation: Elevation) -> None:
    world.console.make_primary(guid_of(elevation), elevation.account.guid)


def shown_as(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """As the directory shows all groups to an account that may not read all of them."""
    for name in ("temporary_group", "temporary_groups", "groups_in"):
        real = getattr(DemoDirectory, name)

        def changed(self: DemoDirectory, *args: Any, of: Any = real, **more: Any) -> Any:
            found = of(self, *args, **more)
            if isinstance(found, TemporaryGroup):
                return replace(found, **changes)
            return found if isinstance(found, NotVisible) else [replace(group, **changes) for group in found]

        monkeypatch.setattr(DemoDirectory, name, changed)


@pytest.mark.parametrize("way", [comes_in_between, is_primary])
@pytest.mark.parametrize("also_moved", [False, True], ids=["in its place", "moved away"])
def test_that_a_wiped_group_of_ours_is_an_alarm_whatever_way_leads_into_it(
    way: Any, also_moved: bool
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    way(world, elevation)
    wiped(world, elevation)
    renamed(world, elevation)
    if also_moved:
        moved(world, elevation)
    assert world.holds()
    world.clock.advance(HOUR + 5)
    assert sweep(world, MemoryStore()).is_alarm


@pytest.mark.parametrize("unread", ["owner", "record_version"])
def test_that_a_wiped_group_is_an_alarm_where_it_can_not_be_read_who_made_it(
    unread: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    wiped(world, elevation)
    renamed(world, elevation)
    world.clock.advance(HOUR + 5)
    shown_as(monkeypatch, **{unread: None})
    assert sweep(world, MemoryStore()).is_alarm


def test_that_a_group_whose_texts_are_hidden_is_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    renamed(world, elevation)
    shown_as(monkeypatch, info="", description="")
    world.clock.advance(HOUR + 5)
    (suspect,) = sweep(world, MemoryStore()).suspects
    assert (suspect.is_alarm, suspect.name) == (True, "Printers of Leeds")
    assert suspect.reason == "its record may not be read by the account that signs in"
    with pytest.raises(AccountCheckedOut):
        world.another_copy(MemoryStore(), "CORP\\bob").check_out(world.request(), Recorder())


def test_that_what_is_given_through_another_group_is_taken_back() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    gives_in_between(world, elevation)
    assert world.holds()
    world.clock.advance(HOUR + 5)
    assert sweep(world, MemoryStore()).is_alarm
    assert not world.holds()


def test_that_whoever_may_not_read_a_primary_group_believes_the_token() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    is_primary(world, elevation)
    wiped(world, elevation)
    world.clock.advance(HOUR + 5)
    world.console.hide(elevation.account.guid)
    world.console.show(elevation.account.guid)
    assert sweep(world, MemoryStore()).is_alarm


def test_that_a_renamed_account_hides_nothing() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    wiped(world, elevation)
    renamed(world, elevation)
    moved(world, elevation)
    world.console.rename(elevation.account.guid, "Renamed")
    world.clock.advance(HOUR + 5)
    assert sweep(world, MemoryStore()).is_alarm


def test_that_a_group_that_gives_nothing_here_and_something_elsewhere_is_an_alarm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    renamed(world, elevation)
    world.settle()
    world.clock.advance(HOUR + 5)
    world.stop_replication(monkeypatch)
    world.console.remove_member(world.privilege(), guid_of(elevation))
    store = MemoryStore()
    sweep(world, store)
    assert not world.holds(server=DC2)


def test_that_what_a_group_is_in_is_not_believed_of_the_group_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    comes_in_between(world, elevation)
    for group in (guid_of(elevation), world.privilege()):
        world.console.deny(
            group,
            Operation.DELETE_GROUP,
            Operation.EMPTY_GROUP,
            Operation.TAKE_OUT,
            Operation.REMOVE_MEMBER,
        )
    real = DemoDirectory.is_member_of

    def by_member_of(self: DemoDirectory, member: ObjectGuid, group: ObjectGuid) -> bool:
        return member != guid_of(elevation) and real(self, member, group)

    shown_as(monkeypatch, member_of=())
    monkeypatch.setattr(DemoDirectory, "is_member_of", by_member_of)
    with directory_of(world) as directory:
        (target,) = look(elevation, directory, directory.info.controller).targets
    assert (target.nested, target.permanent_through) == (True, ())
    world.clock.advance(HOUR + 5)
    for _ in range(3):
        world.tick()
        world.clock.advance(30)
    assert world.holds()
    assert world.stored(elevation).state is State.OVERDUE
    assert not world.stored(elevation).remains


@pytest.mark.parametrize("way", [comes_in_between, gives_in_between, is_primary])
def test_that_an_account_is_checked_out_whatever_way_leads_to_it(way: Any) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    way(world, elevation)
    assert world.holds()
    other = world.another_copy(MemoryStore(), actor="CORP\\bob")
    with pytest.raises(AccountCheckedOut):
        other.check_out(world.request(), world.recorder)


def test_that_a_chosen_group_that_does_not_show_its_members_is_asked_of_the_tokens() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    dark = world.console.create_ou("Dark", parent_dn(elevation.location.dn))
    world.console.move(guid_of(elevation), dark)
    world.console.hide(dark)
    world.console.hide(guid_of(elevation))
    world.console.hide_members(world.privilege())
    store = MemoryStore()
    before = sweep(world, store)
    assert before.problem, "it says that the members can't be read"
    world.clock.advance(HOUR + 5)
    report = sweep(world, store)
    assert (elevation.account.name, True) in {(s.name, s.is_alarm) for s in report.suspects}


def test_that_a_chosen_group_that_nobody_has_and_that_shows_it_is_no_problem() -> None:
    world = World()
    report = sweep(world, MemoryStore())
    assert (report.problem, report.suspects) == ("", ())


# --- what says of itself that it is nothing ----------------------------------------------------------------


def disguised(world: World, elevation: Elevation, description: str) -> None:
    """As a marker of an extension, whatever it gives."""
    named = ElevationId(str(made_between(world)))
    text = prolonging.Marker(named, ObjectGuid(named), datetime(2099, 1, 1, tzinfo=UTC), "x")
    with directory_of(world) as directory:
        directory.write_record(guid_of(elevation), prolonging.encode(text), description)


@pytest.mark.parametrize("is_told", [True, False], ids=["with its sentence", "without"])
def test_that_a_group_that_says_that_it_is_a_marker_is_judged_by_what_it_gives(
    is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    disguised(world, elevation, group_of(world, elevation).description if is_told else "")
    shown_as(monkeypatch, members=(), member_of=())
    world.clock.advance(HOUR + 5)
    assert sweep(world, MemoryStore()).is_alarm


def test_that_a_marker_that_is_in_a_chosen_group_by_the_list_of_that_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    disguised(world, elevation, "")
    world.console.hide_members(guid_of(elevation))
    world.console.remove_member(guid_of(elevation), elevation.account.guid)
    world.console.add_member(guid_of(elevation), world.console.create_account("visitor", world_place(world)))
    shown_as(monkeypatch, members=(), member_of=())
    world.clock.advance(HOUR + 5)
    assert sweep(world, MemoryStore()).is_alarm, "nobody knows who is in it"


def world_place(world: World) -> DistinguishedName:
    assert world.provider.jit.location is not None
    return parent_dn(world.provider.jit.location.dn)


def test_that_what_was_made_a_marker_later_is_told_although_it_gives_nothing() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    disguised(world, elevation, "")
    world.console.remove_member(guid_of(elevation), elevation.account.guid)
    world.console.remove_member(world.privilege(), guid_of(elevation))
    report = sweep(world, MemoryStore())
    assert [(s.name, s.is_alarm) for s in report.suspects] == [(elevation.group_name, False)]


def test_that_markers_that_give_nothing_are_told_by_nobody() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.service.extend(elevation.id, HOUR, world.recorder)
    world.console.hide(world.account("_sqladmin02"))
    report = sweep(world, MemoryStore())
    assert (report.suspects, report.foreign, report.is_alarm) == ((), (), False)


# --- who is not shown --------------------------------------------------------------------------------------


def retold(world: World, elevation: Elevation) -> None:
    shown = group_of(world, elevation)
    changed = shown.info.replace('"by":"', '"by":"x')
    with directory_of(world) as directory:
        directory.write_record(shown.guid, changed, shown.description)


def wiped_and_renamed(world: World, elevation: Elevation) -> None:
    wiped(world, elevation)
    renamed(world, elevation)


def wiped_and_between(world: World, elevation: Elevation) -> None:
    wiped_and_renamed(world, elevation)
    gives_in_between(world, elevation)


def wiped_and_another_member(world: World, elevation: Elevation) -> None:
    world.console.add_member(guid_of(elevation), world.console.create_account("visitor", world_place(world)))
    wiped_and_renamed(world, elevation)


@pytest.mark.parametrize(
    "change", [retold, wiped_and_renamed, wiped_and_another_member], ids=lambda change: change.__name__
)
def test_that_an_account_that_is_not_shown_may_be_in_it(change: Any) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    is_primary(world, elevation)
    change(world, elevation)
    world.console.hide(elevation.account.guid)
    assert not sweep(world, MemoryStore()).is_alarm or change is not retold, "it is not past its end"
    world.clock.advance(HOUR + 5)
    assert sweep(world, MemoryStore()).is_alarm


def test_that_an_account_that_is_not_shown_may_have_it_through_another_group() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    is_primary(world, elevation)
    gives_in_between(world, elevation)
    retold(world, elevation)
    world.console.hide(elevation.account.guid)
    world.clock.advance(HOUR + 5)
    assert sweep(world, MemoryStore()).is_alarm


@pytest.mark.parametrize("gone", ["deleted", "hidden"])
def test_that_an_offered_account_that_is_not_shown_is_no_alarm_while_nothing_is_given(gone: str) -> None:
    world = World()
    other = world.account("_sqladmin02")
    (world.console.delete if gone == "deleted" else world.console.hide)(other)
    elevation = world.check_out(seconds=HOUR)
    store = MemoryStore()
    for seconds in (HOUR + 5, 30, 0):
        report = sweep(world, store)
        assert (report.is_alarm, report.suspects) == (False, ())
        world.clock.advance(seconds)
    assert store.kept[elevation.id].state is State.ENDED


def test_that_an_account_that_is_proven_to_be_deleted_is_in_nothing() -> None:
    world = World()
    world.console.show_deleted()
    elevation = world.check_out(seconds=HOUR)
    wiped_and_renamed(world, elevation)
    world.console.delete(elevation.account.guid)
    world.clock.advance(HOUR + 5)
    assert not sweep(world, MemoryStore()).is_alarm
