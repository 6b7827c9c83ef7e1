# SPDX-License-Identifier: MIT
"""Who is in a group without standing in its list, or behind what may not be read; and ways that explain
nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

from jit_desktop.elevation import prolonging
from jit_desktop.elevation.errors import AccountCheckedOut, AlreadyMember
from jit_desktop.elevation.model import Elevation
from tests.attacks.doings import (
    ARRIVED,
    FEW,
    add_guest,
    dark_folder,
    end_while_it_gives_nothing,
    make_primary,
    move_account,
    protect,
    put_between,
    retell,
    swept,
    swept_and_open,
    then,
)
from tests.attacks.field import NOTHING_SAID, Broken, Field
from tests.attacks.registry import attack
from tests.attacks.rewritten import wipe
from tests.attacks.tokens import MARKER, put_middle
from tests.samba.names import SERVICE
from tests.samba.rights import ATTRIBUTES, MEMBER, Access

_PRIMARY = "a membership that stands in no member attribute"
_THROUGH = "a way through a group of somebody's own"
_HIDDEN = "hidden after it was seen"
_KEPT = "what a group keeps to itself"
_EXPLAINED = "a way that is not permanent explains what is left"


def _deny_one_target(field: Field) -> None:
    field.admin.deny(field.arena.domain_local_target, SERVICE.dn, Access.WRITE_PROPERTY)


@attack(_PRIMARY, "the temporary group is the account's primary group; an empty copy sweeps", short=True)
def primary_and_another_copy(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    make_primary(field, field.arena.account, field.group(elevation))
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(
    _PRIMARY,
    "besides, the account is hidden and one chosen group's delegation taken; its own copy",
)
def primary_and_hidden(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    make_primary(field, field.arena.account, field.group(elevation))
    field.admin.deny(field.arena.account, SERVICE.dn, Access.SEE)
    _deny_one_target(field)
    then(field, elevation)
    swept(field, copy)


@attack(_PRIMARY, "the account is hidden, and the record was written again; an empty copy sweeps")
def primary_of_one_that_is_hidden(field: Field) -> None:
    _primary_and_hidden(field, lambda group: retell(field, group, by="x"))


@attack(_PRIMARY, "the account is hidden, and it was wiped and renamed; an empty copy sweeps")
def primary_of_one_that_is_hidden_and_wiped(field: Field) -> None:
    _primary_and_hidden(field, lambda group: wipe(field, group))


@attack(_PRIMARY, "the account is hidden, wiped, renamed, and through a group of somebody's; an empty copy")
def primary_of_one_that_is_hidden_and_middle(field: Field) -> None:
    _primary_and_hidden(field, lambda group: put_middle(field, wipe(field, group)))


def _primary_and_hidden(field: Field, alter: Callable[[str], object]) -> None:
    elevation = field.copy().check_out(FEW)
    group = field.group(elevation)
    make_primary(field, field.arena.account, group)
    alter(group)
    field.admin.deny(field.arena.account, SERVICE.dn, Access.SEE)
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_PRIMARY, "the account was moved to the dark, one delegation taken; its own copy")
def primary_of_one_in_the_dark(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    make_primary(field, field.arena.account, field.group(elevation))
    _deny_one_target(field)
    move_account(field, dark_folder(field))
    then(field, elevation)
    swept_and_open(field, copy, elevation)


@attack(
    _PRIMARY,
    "the account was moved to the dark, it elsewhere and through a group of somebody's; its own copy",
)
def primary_in_the_dark_through_another(field: Field) -> None:
    _in_the_dark_and_middle(field, field.arena.ou)


@attack(_PRIMARY, "the account and it were moved to the dark, through a group of somebody's; its own copy")
def both_in_the_dark_through_another(field: Field) -> None:
    _in_the_dark_and_middle(field, "")


def _in_the_dark_and_middle(field: Field, place: str) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    group, dark = field.group(elevation), dark_folder(field)
    make_primary(field, field.arena.account, group)
    put_middle(field, group)
    moved = field.admin.move(group, place or dark)
    if not place:
        field.admin.deny(moved, SERVICE.dn, Access.SEE)
    move_account(field, dark)
    then(field, elevation)
    swept_and_open(field, copy, elevation)


@attack(_PRIMARY, "somebody else has it for a primary group, and one chosen group's delegation is taken")
def primary_of_a_guest(field: Field) -> None:
    _primary_of_a_guest(field, lambda _: None)


@attack(_PRIMARY, "somebody else who is hidden has it for a primary group, and one delegation is taken")
def primary_of_a_hidden_guest(field: Field) -> None:
    _primary_of_a_guest(field, lambda guest: field.admin.deny(guest, SERVICE.dn, Access.SEE))


def _primary_of_a_guest(field: Field, hide: Callable[[str], object]) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    guest = add_guest(field)
    field.admin.add_members(field.group(elevation), [guest])
    make_primary(field, guest, field.group(elevation))
    hide(guest)
    _deny_one_target(field)
    then(field, elevation)
    said = NOTHING_SAID
    for _ in range(3):
        said = copy.sweep()
        time.sleep(ARRIVED)
    held = [sid for sid in field._sids if sid in field.admin.token_groups(guest)]
    if held and not said.is_alarm:
        raise Broken("outlived_deadline", f"a guest keeps a chosen group: {copy.row(elevation).leftover}")


@attack(_PRIMARY, "members may not be read, and it is protected; an empty copy sweeps")
def members_hidden_and_another_copy(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    group = field.group(elevation)
    field.admin.deny(group, SERVICE.dn, Access.READ_PROPERTY, what=MEMBER)
    protect(field, group)
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(
    _HIDDEN, "at dc2, which has not heard: the account, the location, the members of the groups", short=True
)
def hidden_while_replicating(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    at_dc2 = field.verifiers[field.pair.dc2.host]
    with field.no_replication_to_dc2():
        field.wait_past(elevation)
        copy.sweep()
        at_dc2.deny(field.arena.account, SERVICE.dn, Access.SEE)
        at_dc2.deny(field.arena.creation_ou, SERVICE.dn, Access.SEE, below_too=True)
        for target in field.arena.targets:
            at_dc2.deny(target, SERVICE.dn, Access.READ_PROPERTY, what=MEMBER)
        said = NOTHING_SAID
        for _ in range(3):
            time.sleep(5)
            said = copy.sweep()
            if field.is_held() and not said.is_alarm:
                field.require_open(copy, elevation, f"held {field.held()}")


@attack(_EXPLAINED, "the account comes in through another group; delegations taken; its own copy")
def explained_by_its_own_way(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    put_between(field, field.group(elevation))
    field.admin.deny(field.arena.creation_ou, SERVICE.dn, Access.CHANGE, below_too=True)
    _deny_one_target(field)
    then(field, elevation)
    swept(field, copy)


@attack(
    _EXPLAINED, "the account comes in through another group; one delegation taken; an empty copy", short=True
)
def explained_to_another_copy(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    put_between(field, field.group(elevation))
    _deny_one_target(field)
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_THROUGH, "a guest is in it instead, and it was moved; its own copy")
def guest_through_another(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    group, guest = field.group(elevation), add_guest(field)
    field.admin.add_members(group, [guest])
    field.admin.remove_members(group, [field.arena.account])
    put_middle(field, group)
    field.admin.move(group, field.arena.ou)
    then(field, elevation)
    said = NOTHING_SAID
    for _ in range(3):
        said = copy.sweep()
        time.sleep(ARRIVED)
    if any(field.held(guest).values()) and not said.is_alarm:
        raise Broken("outlived_deadline", f"a guest keeps it: {copy.row(elevation).leftover}")


@attack(_THROUGH, "it gave no rights for as long as it was ended, being no security group; its own copy")
def no_security_group_meanwhile(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    group = field.group(elevation)
    put_between(field, group)
    put_middle(field, group)
    group = field.admin.move(group, field.arena.ou)
    end_while_it_gives_nothing(field, copy, elevation, group)
    swept_and_open(field, copy, elevation)


@attack(_THROUGH, "it and the account were moved to the dark; its own copy", short=True)
def members_in_the_dark_through_another(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    group, dark = field.group(elevation), dark_folder(field)
    put_middle(field, group)
    move_account(field, dark)
    field.admin.move(group, dark)
    then(field, elevation)
    swept_and_open(field, copy, elevation)


@attack(_PRIMARY, "in the dark, one delegation taken, and it says that it marks an extension; its own copy")
def primary_in_the_dark_and_disguised(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    group = field.group(elevation)
    make_primary(field, field.arena.account, group)
    field.admin.set_attribute(group, "info", prolonging.encode(MARKER))
    field.admin.deny(group, SERVICE.dn, Access.READ_PROPERTY, what=ATTRIBUTES["memberOf"])
    _deny_one_target(field)
    move_account(field, dark_folder(field))
    then(field, elevation)
    swept_and_open(field, copy, elevation)


def _elsewhere(field: Field, elevation: Elevation, folder: str = "") -> str:
    group = field.admin.rename(field.group(elevation), f"Printers {field.arena.tag}")
    return field.admin.move(group, folder or field.arena.ou)


def _keeps(field: Field, group: str, *attributes: str) -> None:
    for attribute in attributes:
        field.admin.deny(group, SERVICE.dn, Access.READ_PROPERTY, what=ATTRIBUTES[attribute])


@attack(_KEPT, "what it is in; renamed and moved; an empty copy sweeps", short=True)
def keeps_what_it_is_in(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    _keeps(field, _elsewhere(field, elevation), "memberOf")
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_KEPT, "who is in it too, by a folder that hides memberships; an empty copy sweeps")
def keeps_all_memberships(field: Field) -> None:
    elevation = field.copy().check_out(FEW + 4)
    folder = field.admin.create_ou(f"Vault {field.arena.tag}", field.arena.ou)
    for what in (ATTRIBUTES["memberOf"], MEMBER):
        field.admin.deny(folder, SERVICE.dn, Access.READ_PROPERTY, what=what, below_too=True)
    _elsewhere(field, elevation, folder)
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_KEPT, "what it is in and that it is a group; renamed and moved; an empty copy sweeps")
def keeps_its_class(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    _keeps(field, _elsewhere(field, elevation), "memberOf", "objectClass")
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_KEPT, "its record and what it is in; its description was wiped; renamed and moved; an empty copy")
def keeps_its_record(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    group = _elsewhere(field, elevation)
    field.admin.set_attribute(group, "description")
    _keeps(field, group, "info", "memberOf")
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_KEPT, "what it is in; the chosen groups hide their lists and show another group; an empty copy")
def keeps_it_beside_another(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    _keeps(field, _elsewhere(field, elevation), "memberOf")
    other = field.admin.create_group(f"Night Shift {field.arena.tag}", field.arena.ou)
    for target in field.arena.targets:
        field.admin.add_members(target, [other])
        field.admin.deny(target, SERVICE.dn, Access.READ_PROPERTY, what=MEMBER)
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_KEPT, "what it is in; renamed and moved; another copy checks the account out")
def keeps_it_from_a_checkout(field: Field) -> None:
    elevation = field.copy().check_out(600)
    _keeps(field, _elsewhere(field, elevation), "memberOf")
    field.pair.await_replication()
    bob = field.copy("CORP\\bob")
    try:
        made = bob.app.service.check_out(bob.request(600), bob.recorder)
    except AccountCheckedOut:
        return
    except AlreadyMember as error:
        raise Broken("wrong", f"lent for ten minutes, and called permanent: {error}") from None
    raise Broken("doubled", f"the other one is {made.state}; held {field.held()}")
