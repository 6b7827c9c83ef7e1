# SPDX-License-Identifier: MIT
"""An account that is not shown was deleted, or is hidden: each domain controller proves which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from jit_desktop.directory.demo import Operation
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation.dn import parent_dn
from jit_desktop.elevation.ending import End
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.inspection import ControllerTruth
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import GroupScope
from jit_desktop.elevation.remaining import look
from tests.unit.elevation import test_replication_stops
from tests.unit.elevation.helpers import BASE, MemoryStore, Recorder, visible
from tests.unit.elevation.test_failover import DC2
from tests.unit.elevation.test_proof import DESK, TARGET, at_deadline, elsewhere, examine, granted, group_of
from tests.unit.elevation.world import World

deafen = test_replication_stops.deafen


@pytest.fixture
def world() -> World:
    return World()


def seen(world: World, elevation: Elevation, host: str = "") -> ControllerTruth:
    with world.connector.connect(world.provider.connection, server=host) as directory:
        return look(elevation, directory, directory.info.controller, account_deleted=True)


def test_that_an_account_that_was_deleted_holds_nothing(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.delete(elevation.account.guid)
    world.console.delete(group_of(elevation))
    world.settle()
    assert seen(world, elevation).is_over


def test_that_an_account_that_is_hidden_was_not_deleted(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.delete(group_of(elevation))
    world.console.hide(elevation.account.guid)
    assert "does not show which groups" in seen(world, elevation).unproven[0]


def test_that_an_account_whose_place_may_not_be_listed_is_not_known_to_be_deleted(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.delete(group_of(elevation))
    world.console.delete(elevation.account.guid)
    world.console.hide(world.console.guid(parent_dn(elevation.account.dn)))
    assert seen(world, elevation).unproven


def test_that_a_chosen_group_that_is_hidden_may_have_an_account_that_is_not_shown(world: World) -> None:
    world.console.show_deleted()
    elevation = granted(world, TARGET)
    world.console.delete(elevation.account.guid)
    world.console.delete(group_of(elevation))
    world.console.hide(world.privilege(TARGET))
    assert seen(world, elevation).unproven
    world.console.delete(world.privilege(TARGET))
    assert seen(world, elevation).is_over


def test_that_a_chosen_group_that_is_not_where_it_stood_was_moved_or_deleted(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.delete(elevation.account.guid)
    world.console.delete(world.privilege(TARGET))
    world.console.hide(group_of(elevation))
    assert seen(world, elevation).unproven
    world.console.show(group_of(elevation))
    with world.connector.connect(world.provider.connection) as directory:
        directory.delete_group(group_of(elevation))
        host = directory.info.controller
        assert look(elevation, directory, host, deleted=True, account_deleted=True).is_over


@pytest.mark.parametrize("are_gone", ["one chosen group", "all of them"])
@pytest.mark.parametrize("is_one", [True, False], ids=["one copy", "a program for each sweep"])
def test_that_an_account_and_chosen_groups_that_were_deleted_are_no_alarm_for_ever(
    world: World, are_gone: str, *, is_one: bool
) -> None:
    elevation = granted(world, TARGET, DESK)
    world.console.delete(elevation.account.guid)
    for name in (TARGET, DESK) if are_gone == "all of them" else (TARGET,):
        world.console.delete(world.privilege(name))
    world.settle()
    at_deadline(world)
    for _ in range(3):
        if not is_one:
            world.service = world.another_copy(world.store)
        world.service.sweep(elevation.provider_id, world.recorder)
        world.settle()
    assert not world.service.sweep(elevation.provider_id, world.recorder).is_alarm
    assert world.stored(elevation).state is State.ENDED
    assert not examine(world, elevation).is_not_ended


def test_that_a_deletion_that_was_answered_proves_nothing_of_one_that_has_not_heard_of_it(
    world: World,
) -> None:
    elevation = granted(world, TARGET)
    world.console.delete(elevation.account.guid)
    world.console.delete(world.privilege(TARGET))
    world.settle()
    world.console.hide(group_of(elevation))
    with world.connector.connect(world.provider.connection) as directory:
        truth = look(elevation, directory, "dc1", once_deleted=True, account_deleted=True)
    assert truth.unproven


def test_that_an_account_that_is_a_member_and_not_shown_is_hidden_wherever_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = granted(world, TARGET)
    world.console.hide(elevation.account.guid)
    monkeypatch.setattr(DemoDirectory, "has_left", lambda *_: True)
    world.console.remove_member(world.privilege(TARGET), group_of(elevation))
    assert seen(world, elevation).unproven
    world.console.delete(group_of(elevation))
    assert seen(world, elevation).is_over
    world.console.add_member(world.privilege(TARGET), elevation.account.dn)
    assert seen(world, elevation).unproven


def test_that_a_member_that_was_moved_to_where_nothing_may_be_seen_was_not_deleted(world: World) -> None:
    elevation = granted(world, TARGET)
    dark = world.console.create_ou("Dark", DistinguishedName(BASE))
    world.console.move(elevation.account.guid, dark)
    world.console.hide(dark)
    at_deadline(world)
    assert world.service.sweep(elevation.provider_id, world.recorder).is_alarm


def test_that_a_group_that_does_not_show_what_it_is_in_is_looked_for_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = granted(world, TARGET)
    world.console.delete(elevation.account.guid)
    real = DemoDirectory.temporary_group
    monkeypatch.setattr(DemoDirectory, "temporary_group", lambda *a: replace(visible(real(*a)), member_of=()))
    assert seen(world, elevation).targets[0].nested


def test_that_what_is_hidden_while_the_end_is_not_heard_of_is_no_end(
    world: World, deafen: Callable[[World, str], None]
) -> None:
    elevation = test_replication_stops.checked_in(world, deafen, DC2)
    world.console.hide_members(world.privilege(), "dc2")
    for hidden in (elevation.account.guid, elevation.location.guid):
        world.console.hide(hidden, "dc2")
    for _ in range(5):
        world.clock.advance(3)
        world.tick()
        assert world.stored(elevation).is_open


def test_that_a_deleted_account_is_no_alarm_to_two_copies(world: World) -> None:
    elevation = granted(world, TARGET)
    store = MemoryStore()
    bob = world.another_copy(store, "CORP\\bob")
    bob.sweep(elevation.provider_id, Recorder())
    assert elevation.id in store.kept
    world.console.delete(elevation.account.guid)
    at_deadline(world)
    for _ in range(2):
        for copy in (world.service, bob):
            assert not copy.sweep(elevation.provider_id, Recorder()).is_alarm
            world.clock.advance(5)
    assert store.kept[elevation.id].state is world.stored(elevation).state is State.ENDED


def test_that_an_account_deleted_within_its_end_is_no_alarm_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = granted(world, TARGET)
    concluded = End.concluded

    def meanwhile(self: End, *args: object, **kinds: object) -> object:
        if world.console.exists(elevation.account.guid):
            world.console.delete(elevation.account.guid)
        return concluded(self, *args, **kinds)  # type: ignore[arg-type]

    monkeypatch.setattr(End, "concluded", meanwhile)
    at_deadline(world)
    for _ in range(3):
        world.service.sweep(elevation.provider_id, world.recorder)
        world.clock.advance(15)
    assert world.stored(elevation).state is State.ENDED


@pytest.mark.parametrize("refused", [(), (Operation.DELETE_GROUP,)])
def test_that_what_one_shows_that_has_not_heard_of_the_end_is_waited_for(
    world: World,
    deafen: Callable[[World, str], None],
    monkeypatch: pytest.MonkeyPatch,
    refused: tuple[Operation, ...],
) -> None:
    elevation = granted(world, TARGET)
    world.settle()
    monkeypatch.setattr(End, "_remove_wherever_shown", lambda *_: None)
    deafen(world, DC2)
    world.console.hide(elevation.account.guid, "dc2")
    for write in refused:
        world.console.deny(group_of(elevation), write)
    at_deadline(world)
    world.service.sweep(elevation.provider_id, world.recorder)
    assert world.stored(elevation).state is State.ENDING
    world.clock.advance(3600)
    world.service.sweep(elevation.provider_id, world.recorder)
    assert world.stored(elevation).state is State.OVERDUE


def test_that_a_way_through_the_temporary_group_is_no_permanent_one(world: World) -> None:
    elevation = granted(world, TARGET)
    between(world, elevation)
    truth = seen(world, elevation).targets[0]
    assert (truth.by_elevation, truth.permanent_through) == (True, ())


def test_that_a_way_around_the_temporary_group_is_a_permanent_one(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.add_member(world.privilege(TARGET), between(world, elevation))
    world.console.remove_member(world.privilege(TARGET), group_of(elevation))
    truth = seen(world, elevation).targets[0]
    assert (truth.by_elevation, truth.permanent_through) == (False, ("Between",))


def between(world: World, elevation: Elevation) -> DistinguishedName:
    """A group through which the account is in the temporary one, and not directly any more."""
    group = world.console.create_group("Between", elsewhere(world), GroupScope.GLOBAL)
    world.console.add_member(group, elevation.account.dn)
    world.console.add_member(group_of(elevation), group)
    world.console.remove_member(group_of(elevation), elevation.account.dn)
    return group


def test_that_a_right_through_a_group_in_the_temporary_one_is_an_alarm_while_it_is_nested(
    world: World,
) -> None:
    elevation = granted(world, TARGET)
    between(world, elevation)
    world.console.deny(group_of(elevation))
    world.console.deny(world.privilege(TARGET))
    at_deadline(world)
    assert world.service.sweep(elevation.provider_id, world.recorder).is_alarm


def test_that_a_group_of_ours_whose_texts_were_taken_off_is_no_permanent_way(world: World) -> None:
    elevation = granted(world, TARGET)
    with world.connector.connect(world.provider.connection) as directory:
        directory.write_record(group_of(elevation), "", "")
    world.console.rename(group_of(elevation), "Printers")
    killed = replace(elevation, group_guid=None)
    truth = seen(world, killed)
    assert truth.targets[0].permanent_through == ()
    assert truth.unproven


# --- who else is in it --------------------------------------------------------------------------------------


def kept_in(world: World, elevation: Elevation, *writes: Operation) -> None:
    """Let the temporary group stay in the chosen one."""
    world.console.deny(world.privilege(TARGET))
    world.console.deny(group_of(elevation), Operation.DELETE_GROUP, *writes)


def test_that_who_has_the_temporary_group_for_the_primary_one_has_the_right_while_it_is_nested(
    world: World,
) -> None:
    elevation = granted(world, TARGET)
    world.console.make_primary(group_of(elevation), elevation.account.guid)
    kept_in(world, elevation)
    at_deadline(world)
    assert world.service.sweep(elevation.provider_id, world.recorder).is_alarm
    assert world.stored(elevation).failure.startswith(f"{elevation.account.name} still has")


def test_that_a_hidden_account_may_have_it_for_the_primary_group(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.make_primary(group_of(elevation), elevation.account.guid)
    world.console.hide(elevation.account.guid)
    assert seen(world, elevation).holds


@pytest.mark.parametrize("hidden", [False, True])
def test_that_what_is_nested_after_its_end_is_an_alarm_whoever_is_in_it(world: World, hidden: bool) -> None:
    elevation = granted(world, TARGET)
    guest = world.console.create_account("visitor", elsewhere(world))
    world.console.add_member(group_of(elevation), guest)
    world.console.make_primary(group_of(elevation), guest)
    if hidden:
        world.console.hide_members(group_of(elevation))
        world.console.hide(guest)
    kept_in(world, elevation)
    at_deadline(world)
    assert world.service.sweep(elevation.provider_id, world.recorder).is_alarm
    assert world.stored(elevation).failure.startswith("Others have, or may have,")


def test_that_what_is_not_shown_and_nested_after_its_end_is_an_alarm_whoever_is_in_it(world: World) -> None:
    elevation = granted(world, TARGET)
    guest = world.console.create_account("visitor", elsewhere(world))
    world.console.add_member(group_of(elevation), guest)
    world.console.make_primary(group_of(elevation), guest)
    world.console.hide(group_of(elevation))
    kept_in(world, elevation)
    at_deadline(world)
    world.service.sweep(elevation.provider_id, world.recorder)
    assert world.stored(elevation).failure.startswith("Others have, or may have,")


def test_that_what_is_nested_and_proven_to_be_empty_gives_nothing(world: World) -> None:
    elevation = granted(world, TARGET)
    kept_in(world, elevation)
    at_deadline(world)
    world.settle()
    ended = world.stored(elevation)
    assert ended.state is State.ENDED
    assert "and gives nothing" in ended.leftover


def test_that_a_group_that_gives_others_what_was_not_chosen_is_not_said_to_give_nothing(
    world: World,
) -> None:
    elevation = granted(world, TARGET)
    place = elsewhere(world)
    guest = world.console.create_account("visitor", place)
    foreign = world.console.create_group("Printer operators", place, GroupScope.GLOBAL)
    world.console.add_member(group_of(elevation), guest)
    world.console.make_primary(group_of(elevation), guest)
    world.console.add_member(foreign, group_of(elevation))
    world.console.deny(group_of(elevation), Operation.DELETE_GROUP)
    at_deadline(world)
    world.settle()
    ended = world.stored(elevation)
    assert ended.state is State.ENDED
    assert "and gives others Printer operators" in ended.leftover


def test_that_the_account_that_has_more_by_it_as_its_primary_group_is_an_alarm(world: World) -> None:
    elevation = granted(world, TARGET)
    foreign = world.console.create_group("Printer operators", elsewhere(world), GroupScope.GLOBAL)
    world.console.make_primary(group_of(elevation), elevation.account.guid)
    world.console.add_member(foreign, group_of(elevation))
    at_deadline(world)
    assert world.service.sweep(elevation.provider_id, world.recorder).is_alarm


# --- an account that was moved to where nothing is shown ----------------------------------------------------


def into_the_dark(world: World, elevation: Elevation) -> DistinguishedName:
    """The account has the temporary group for its primary one, and is moved to where nothing is shown."""
    world.console.make_primary(group_of(elevation), elevation.account.guid)
    dark = world.console.create_ou("Dark", DistinguishedName(BASE))
    world.console.hide(dark)
    world.console.move(elevation.account.guid, dark)
    return dark


def through_another(world: World, elevation: Elevation) -> None:
    """The temporary group gives the chosen one through a group of somebody's own."""
    middle = world.console.create_group("Middle", elsewhere(world), GroupScope.GLOBAL)
    world.console.add_member(world.privilege(TARGET), middle)
    world.console.add_member(middle, group_of(elevation))
    world.console.remove_member(world.privilege(TARGET), group_of(elevation))


def require_overdue(world: World, elevation: Elevation) -> None:
    at_deadline(world)
    for _ in range(3):
        assert world.service.sweep(elevation.provider_id, world.recorder).is_alarm
        assert world.stored(elevation).state is State.OVERDUE
        world.clock.advance(30)


def test_that_an_account_in_the_dark_has_what_its_temporary_group_is_in(world: World) -> None:
    elevation = granted(world, TARGET)
    into_the_dark(world, elevation)
    world.console.deny(world.privilege(TARGET))
    require_overdue(world, elevation)


@pytest.mark.parametrize("is_shown", [True, False], ids=["shown", "not shown"])
def test_that_an_account_in_the_dark_has_what_its_temporary_group_gives_through_another(
    world: World, monkeypatch: pytest.MonkeyPatch, is_shown: bool
) -> None:
    elevation = granted(world, TARGET)
    into_the_dark(world, elevation)
    through_another(world, elevation)
    world.console.deny(group_of(elevation))
    if not is_shown:
        real = DemoDirectory.temporary_group
        hidden = lambda *a: replace(visible(real(*a)), member_of=())  # noqa: E731
        monkeypatch.setattr(DemoDirectory, "temporary_group", hidden)
    require_overdue(world, elevation)


def test_that_a_temporary_group_in_the_dark_is_looked_for_behind_other_groups(world: World) -> None:
    elevation = granted(world, TARGET)
    dark = into_the_dark(world, elevation)
    through_another(world, elevation)
    world.console.deny(group_of(elevation))
    world.console.move(group_of(elevation), dark)
    require_overdue(world, elevation)


@pytest.mark.parametrize("is_shown", [True, False], ids=["tombstones are shown", "and not"])
def test_that_only_a_tombstone_proves_that_nobody_has_what_stays_nested(world: World, is_shown: bool) -> None:
    if is_shown:
        world.console.show_deleted()
    elevation = granted(world, TARGET)
    kept_in(world, elevation)
    world.console.delete(elevation.account.guid)
    at_deadline(world)
    world.settle()
    assert world.stored(elevation).state is (State.ENDED if is_shown else State.OVERDUE)


def test_that_a_deleted_account_is_no_alarm_where_its_group_is_kept_in_nothing(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.delete(elevation.account.guid)
    world.console.deny(group_of(elevation), Operation.DELETE_GROUP)
    at_deadline(world)
    world.settle()
    assert world.stored(elevation).state is State.ENDED
    assert "and gives nothing" in world.stored(elevation).leftover


def test_that_a_guest_has_what_a_temporary_group_gives_through_another(world: World) -> None:
    elevation = granted(world, TARGET)
    guest = world.console.create_account("visitor", DistinguishedName(BASE))
    world.console.add_member(group_of(elevation), guest)
    world.console.remove_member(group_of(elevation), elevation.account.dn)
    through_another(world, elevation)
    world.console.deny(group_of(elevation))
    require_overdue(world, elevation)


def test_that_a_guest_who_is_not_shown_keeps_what_the_temporary_group_is_in(world: World) -> None:
    elevation = granted(world, TARGET)
    guest = world.console.create_account("visitor", DistinguishedName(BASE))
    world.console.add_member(group_of(elevation), guest)
    world.console.make_primary(group_of(elevation), guest)
    world.console.hide(guest)
    world.console.deny(world.privilege(TARGET))
    require_overdue(world, elevation)
    assert world.stored(elevation).failure.startswith("Others have, or may have,")


def test_that_a_deleted_account_is_no_alarm_where_its_unit_was_renamed_before(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.rename(world.console.guid(parent_dn(elevation.account.dn)), "Renamed")
    world.console.delete(elevation.account.guid)
    at_deadline(world)
    world.settle()
    assert world.stored(elevation).state is State.ENDED


@pytest.mark.parametrize("is_past", [False, True], ids=["before its end", "past it"])
def test_that_a_deleted_account_is_no_alarm_to_a_copy_that_did_not_know_it(
    world: World, is_past: bool
) -> None:
    elevation = granted(world, TARGET)
    world.console.delete(elevation.account.guid)
    copies = [world.another_copy(MemoryStore(), "CORP\\bob")]
    if is_past:
        at_deadline(world)
    for _ in range(4):
        for copy in copies:
            assert not copy.sweep(elevation.provider_id, Recorder()).is_alarm
        world.clock.advance(20 if is_past else 3600)
    assert not world.groups_there()


# --- all of it is out of sight ------------------------------------------------------------------------------


def test_that_what_was_all_deleted_by_others_is_an_alarm_until_that_is_proven(world: World) -> None:
    elevation = granted(world, TARGET, DESK)
    for what in (group_of(elevation), elevation.account.guid, world.privilege(TARGET), world.privilege(DESK)):
        world.console.delete(what)
    world.settle()
    require_overdue(world, elevation)
    failure = world.stored(elevation).failure
    assert f"shows nothing any more of {elevation.account.name}, of {elevation.group_name} and of" in failure
    assert "let the account that signs in list and read CN=Deleted Objects,DC=corp" in failure
    world.console.show_deleted()
    world.settle()
    world.service.sweep(elevation.provider_id, world.recorder)
    assert world.stored(elevation).state is State.ENDED


@pytest.mark.parametrize("is_shown", [False, True], ids=["tombstones are not shown", "they are shown"])
def test_that_what_was_all_moved_to_where_nothing_is_shown_is_held_there(
    world: World, is_shown: bool
) -> None:
    """As it looks where it was deleted."""
    if is_shown:
        world.console.show_deleted()
    elevation = granted(world, TARGET)
    dark = into_the_dark(world, elevation)
    for what in (group_of(elevation), world.privilege(TARGET)):
        world.console.deny(what)
        world.console.move(what, dark)
    require_overdue(world, elevation)
    assert "or moved to where nothing is shown" in world.stored(elevation).failure


@pytest.mark.parametrize("left", ["account", "group", "target"])
def test_that_what_is_hidden_where_it_stood_is_not_said_to_be_out_of_sight(world: World, left: str) -> None:
    elevation = granted(world, TARGET)
    there = {
        "account": elevation.account.guid,
        "group": group_of(elevation),
        "target": world.privilege(TARGET),
    }
    for name, what in there.items():
        (world.console.hide if name == left else world.console.delete)(what)
    world.settle()
    words = " ".join(seen(world, elevation).unproven)
    assert words
    assert "shows nothing any more" not in words
