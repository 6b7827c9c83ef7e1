# SPDX-License-Identifier: MIT
"""A way explains what an account still has only where it is proven group by group; that no way is seen proves
something only where the lists on it may be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jit_desktop.directory.demo import DemoDirectory
from jit_desktop.elevation import remaining
from jit_desktop.elevation.dn import parent_dn
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectGuid
from jit_desktop.elevation.inspection import ControllerTruth
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, RemainingRight
from jit_desktop.elevation.ports import GroupScope, MemberLink
from jit_desktop.elevation.remaining import look
from jit_desktop.elevation.verdict import Others
from jit_desktop.elevation.ways import groups_inside, leads_to, permanent_through
from tests.unit.elevation.helpers import BASE, MemoryStore, guid, visible
from tests.unit.elevation.test_account_gone import require_overdue, through_another
from tests.unit.elevation.test_adopting import HOUR, sweep, write
from tests.unit.elevation.test_proof import TARGET, at_deadline, granted, group_of
from tests.unit.elevation.world import TAKING_BACK, World

GUEST = "_sqladmin02"


@pytest.fixture
def world() -> World:
    return World()


def made(world: World, name: str, *members: ObjectGuid, security: bool = True) -> ObjectGuid:
    """A group of somebody's own with these members."""
    place = parent_dn(world.console.dn(world.privilege(TARGET)))
    dn = world.console.create_group(name, place, GroupScope.GLOBAL, security=security)
    for member in members:
        world.console.add_member(dn, member)
    return world.console.guid(dn)


def beside_a_guest(world: World) -> tuple[ObjectGuid, Elevation]:
    """The temporary group of a guest, who has it for a day, and the elevation that is looked at."""
    guests = world.check_out(TARGET, account=GUEST, seconds=8 * HOUR)
    elevation = granted(world, TARGET)
    return group_of(world.stored(guests)), elevation


def remainder(world: World, elevation: Elevation) -> tuple[RemainingRight, ...]:
    """What it leaves once it is over, which it is."""
    at_deadline(world)
    assert not world.service.sweep(elevation.provider_id, world.recorder).is_alarm
    world.settle()
    over = world.stored(elevation)
    assert over.state is State.ENDED
    return over.remains


# --- ways that are none ------------------------------------------------------------------------------------


def test_that_a_mailing_list_is_no_way(world: World) -> None:
    elevation = granted(world, TARGET)
    mails = made(world, "Mails", elevation.account.guid, security=False)
    world.console.add_member(world.privilege(TARGET), mails)
    require_overdue(world, elevation)


def test_that_a_mailing_list_is_no_way_whatever_the_token_says(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = granted(world, TARGET)
    mails = made(world, "Mails", elevation.account.guid, security=False)
    world.console.add_member(world.privilege(TARGET), mails)
    with world.connector.connect(world.provider.connection) as directory:
        sid = directory.read(mails).sid
    real = DemoDirectory.token_groups
    monkeypatch.setattr(DemoDirectory, "token_groups", lambda *a: real(*a) | {sid})
    require_overdue(world, elevation)


def test_that_what_is_lent_to_an_account_is_not_what_it_has_for_good(world: World) -> None:
    elevation = granted(world, TARGET)
    account, target = elevation.account.guid, world.privilege(TARGET)
    with world.connector.connect(world.provider.connection) as directory:
        direct, token = directory.groups_of(account), directory.token_groups(account)
        assert permanent_through(directory, account, target, direct, token) == ()
        world.console.add_member(target, made(world, "Shift", account))
        direct, token = directory.groups_of(account), directory.token_groups(account)
        assert permanent_through(directory, account, target, direct, token) == ("Shift",)


def test_that_a_mailing_list_further_up_is_no_way(world: World) -> None:
    elevation = granted(world, TARGET)
    mails = made(world, "Mails", made(world, "Night Shift", elevation.account.guid), security=False)
    world.console.add_member(world.privilege(TARGET), mails)
    require_overdue(world, elevation)


def test_that_a_group_which_the_token_does_not_have_is_no_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = granted(world, TARGET)
    shift = made(world, "Night Shift", elevation.account.guid)
    world.console.add_member(world.privilege(TARGET), shift)
    with world.connector.connect(world.provider.connection) as directory:
        sid = directory.read(shift).sid
    real = DemoDirectory.token_groups
    monkeypatch.setattr(DemoDirectory, "token_groups", lambda *a: real(*a) - {sid})
    require_overdue(world, elevation)


def test_that_the_group_of_a_guest_is_no_way_by_another_name(world: World) -> None:
    guests, elevation = beside_a_guest(world)
    world.console.rename(guests, "Printers")
    world.console.add_member(guests, elevation.account.guid)
    require_overdue(world, elevation)


def test_that_the_group_of_a_guest_is_no_way_whoever_made_it_by_now(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store knows it by its GUID, and nothing else that it shows counts."""
    guests, elevation = beside_a_guest(world)
    world.console.rename(guests, "Printers")
    world.console.add_member(guests, elevation.account.guid)
    real = DemoDirectory.temporary_group
    with world.connector.connect(world.provider.connection) as directory:
        somebody = directory.read(world.privilege(TARGET)).sid

    def of_others(directory: DemoDirectory, what: ObjectGuid | DistinguishedName) -> object:
        shown = real(directory, what)
        return replace(visible(shown), owner=somebody, info="") if what == guests else shown

    monkeypatch.setattr(DemoDirectory, "temporary_group", of_others)
    at_deadline(world)
    world.service.sweep(elevation.provider_id, world.recorder)
    assert world.stored(elevation).state is State.OVERDUE


def test_that_the_group_of_a_guest_is_not_lent_to_who_its_record_names_by_now(world: World) -> None:
    guests, elevation = beside_a_guest(world)
    info, _ = world.console.texts(guests)
    world.console.add_member(guests, elevation.account.guid)
    world.console.remove_member(guests, world.account(GUEST))
    write(
        world,
        replace(elevation, group_guid=guests),
        info.replace(world.account(GUEST).replace("-", ""), elevation.account.guid.replace("-", "")),
    )
    require_overdue(world, elevation)


@pytest.mark.parametrize("name", ["", "Printers"])
def test_that_the_group_of_a_guest_is_no_way_behind_another_one(world: World, name: str) -> None:
    guests, elevation = beside_a_guest(world)
    world.console.add_member(guests, made(world, "Between", elevation.account.guid))
    if name:
        world.console.rename(guests, name)
    require_overdue(world, elevation)


def test_that_a_way_through_what_does_not_show_itself_is_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps its class, so that no search for groups finds it."""
    guests, elevation = beside_a_guest(world)
    world.console.add_member(guests, made(world, "Between", elevation.account.guid))
    real = DemoDirectory.groups_of
    monkeypatch.setattr(
        DemoDirectory, "groups_of", lambda *a, **k: [g for g in real(*a, **k) if g.guid != guests]
    )
    require_overdue(world, elevation)


def test_that_the_group_that_its_own_row_names_is_no_other_elevation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although it is open by that row, and another group was taken for its own."""
    elevation = granted(world, TARGET)
    another = made(world, "Another")
    with world.connector.connect(world.provider.connection) as directory:
        shown = directory.temporary_group(another)
        monkeypatch.setattr(remaining, "find_group", lambda *_: shown)
        others = Others(world.store, elevation.provider_id, world.clock.utc_now())
        (target,) = look(elevation, directory, directory.info.controller, others=others).targets
    assert target.is_unexplained


# --- ways that are ------------------------------------------------------------------------------------------


def direct(world: World, elevation: Elevation) -> None:
    world.console.add_member(world.privilege(TARGET), elevation.account.guid)


def through_two(world: World, elevation: Elevation) -> None:
    upper = made(world, "Upper", made(world, "Lower", elevation.account.guid))
    world.console.add_member(world.privilege(TARGET), upper)


def as_primary(world: World, elevation: Elevation) -> None:
    shift = made(world, "Shift", elevation.account.guid)
    world.console.make_primary(shift, elevation.account.guid)
    world.console.add_member(world.privilege(TARGET), shift)


def around_a_guests(world: World, elevation: Elevation) -> None:
    """A group that is in that of a guest, and in the chosen one for good besides."""
    guests = world.check_out(TARGET, account=GUEST, seconds=8 * HOUR)
    between = made(world, "Between", elevation.account.guid)
    world.console.add_member(group_of(world.stored(guests)), between)
    world.console.add_member(world.privilege(TARGET), between)


@pytest.mark.parametrize(
    ("open_way", "name"),
    [
        (direct, "a direct membership"),
        (through_two, "Lower"),
        (as_primary, "Shift"),
        (around_a_guests, "Between"),
    ],
)
def test_that_a_plain_way_stays_and_is_no_alarm(world: World, open_way: object, name: str) -> None:
    elevation = granted(world, TARGET)
    open_way(world, elevation)  # type: ignore[operator]
    (right,) = remainder(world, elevation)
    assert right.ways == (name,)
    assert not right.by_elevation


# --- ways that are not seen ---------------------------------------------------------------------------------


def into_the_dark(world: World, elevation: Elevation, *others: ObjectGuid) -> None:
    dark = world.console.create_ou("Dark", DistinguishedName(BASE))
    world.console.hide(dark)
    for one in (elevation.account.guid, *others):
        world.console.move(one, dark)


def middle_of(world: World) -> ObjectGuid:
    return world.console.guid(DistinguishedName(f"CN=Middle,OU=Elsewhere,{BASE}"))


def test_that_a_group_between_that_keeps_who_is_in_it_proves_nothing(world: World) -> None:
    elevation = granted(world, TARGET)
    through_another(world, elevation)
    world.console.hide_members(middle_of(world))
    world.console.deny(group_of(elevation))
    into_the_dark(world, elevation, group_of(elevation))
    require_overdue(world, elevation)


def test_that_one_that_is_hidden_behind_it_proves_nothing(world: World) -> None:
    elevation = granted(world, TARGET)
    through_another(world, elevation)
    second = made(world, "Second", group_of(elevation))
    world.console.add_member(middle_of(world), second)
    world.console.remove_member(middle_of(world), group_of(elevation))
    world.console.hide(second)
    world.console.deny(group_of(elevation))
    into_the_dark(world, elevation, group_of(elevation))
    require_overdue(world, elevation)


def test_that_a_group_that_stands_where_it_was_and_refuses_gives_what_is_not_seen(world: World) -> None:
    elevation = granted(world, TARGET)
    through_another(world, elevation)
    world.console.hide_members(middle_of(world))
    world.console.add_member(group_of(elevation), made(world, "Between", elevation.account.guid))
    world.console.remove_member(group_of(elevation), elevation.account.guid)
    world.console.hide_memberships(group_of(elevation))
    world.console.deny(group_of(elevation), *TAKING_BACK)
    into_the_dark(world, elevation)
    require_overdue(world, elevation)


def test_that_a_guest_may_have_by_it_what_is_not_seen(world: World) -> None:
    elevation = granted(world, TARGET)
    through_another(world, elevation)
    world.console.hide_members(middle_of(world))
    world.console.add_member(group_of(elevation), world.account(GUEST))
    world.console.remove_member(group_of(elevation), elevation.account.guid)
    world.console.hide_memberships(group_of(elevation))
    world.console.deny(group_of(elevation), *TAKING_BACK)
    require_overdue(world, elevation)


def test_that_a_broken_grant_may_give_by_another_name_what_is_not_seen(world: World) -> None:
    elevation = granted(world, TARGET)
    through_another(world, elevation)
    world.console.rename(group_of(elevation), "Printers")
    world.console.move(group_of(elevation), DistinguishedName(f"OU=Elsewhere,{BASE}"))
    into_the_dark(world, elevation)
    broken_off = replace(elevation, group_guid=None)

    def seen() -> ControllerTruth:
        others = Others(world.store, elevation.provider_id, world.clock.utc_now())
        with world.connector.connect(world.provider.connection) as directory:
            host = directory.info.controller
            return look(broken_off, directory, host, account_deleted=True, others=others)

    assert seen().unproven
    world.store.kept[elevation.id] = replace(elevation, id=ElevationId(guid()))
    assert seen().is_over, "the only group of ours in there is known to be another one's"
    world.console.hide_members(middle_of(world))
    assert seen().unproven


@pytest.mark.parametrize("is_dark", [False, True], ids=["the account is shown", "and not"])
def test_that_an_empty_copy_tells_what_may_be_given_and_is_not_seen(world: World, is_dark: bool) -> None:
    elevation = world.check_out(seconds=HOUR)
    through_another(world, elevation)
    info, _ = world.console.texts(group_of(elevation))
    write(world, elevation, info.replace("alice", "x"))
    world.console.hide_memberships(group_of(elevation))
    world.console.hide_members(middle_of(world))
    if is_dark:
        into_the_dark(world, elevation)
    world.clock.advance(HOUR + 5)
    assert sweep(world, MemoryStore()).is_alarm


def test_that_a_right_that_stays_makes_nothing_of_it_for_an_empty_copy(world: World) -> None:
    """What is left of an elevation, and gives nothing, is no alarm for a right that the account has for good,
    whatever else is in the chosen group."""
    elevation = world.check_out(seconds=HOUR)
    world.console.add_member(world.privilege(TARGET), elevation.account.guid)
    kept = made(world, "Kept", world.account(GUEST))
    world.console.add_member(world.privilege(TARGET), kept)
    world.console.hide_members(kept)
    world.console.remove_member(world.privilege(TARGET), group_of(elevation))
    world.clock.advance(HOUR + 5)
    assert not sweep(world, MemoryStore()).is_alarm


def test_that_a_deleted_account_is_no_alarm_beside_what_is_not_seen(world: World) -> None:
    """Once the temporary group is deleted nobody has anything by it, wherever the account is."""
    elevation = granted(world, TARGET)
    kept = made(world, "Kept", world.account(GUEST))
    world.console.add_member(world.privilege(TARGET), kept)
    world.console.hide_members(kept)
    world.console.delete(elevation.account.guid)
    at_deadline(world)
    world.service.sweep(elevation.provider_id, world.recorder)
    world.settle()
    assert world.stored(elevation).state is State.ENDED


def test_that_all_that_is_in_a_group_is_known_only_where_each_list_may_be_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = granted(world, TARGET)
    target, group = world.privilege(TARGET), group_of(elevation)
    lower = made(world, "Lower")
    upper = made(world, "Upper", lower)
    world.console.add_member(target, upper)
    stranger = made(world, "Stranger")
    with world.connector.connect(world.provider.connection) as directory:
        inside = groups_inside(directory, target, ())
        assert inside is not None
        assert {one.guid for one in inside} >= {upper, lower, group}
        assert leads_to(directory, lower, target, ())
        assert leads_to(directory, stranger, target, ()) is False
        world.console.hide_members(lower)
        assert groups_inside(directory, target, ()) is None, "an empty list that may not be read is none"
        world.console.show(lower)
        monkeypatch.setattr(
            DemoDirectory, "unseen", lambda *_: [MemberLink(lower, DistinguishedName("CN=Lower"))]
        )
        assert groups_inside(directory, target, ()) is None, "what is not shown may be a group"
