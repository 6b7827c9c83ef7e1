# SPDX-License-Identifier: MIT
"""What an account still has is explained by a way that is none."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.attacks.doings import (
    ARRIVED,
    FEW,
    add_guest,
    dark_folder,
    guid_hex,
    move_account,
    put_between,
    retell,
    swept,
    swept_and_open,
    then,
)
from tests.attacks.each_controller import _put_into, beside_a_guest
from tests.attacks.field import Broken, Field
from tests.attacks.registry import attack
from tests.attacks.tokens import put_middle
from tests.samba.names import SERVICE
from tests.samba.rights import ATTRIBUTES, MEMBER, Access

_KEEPS = "a group of somebody's own between keeps who is in it"
_MAILS = "a mailing list leads to the chosen groups"
_LENT = "what is lent to somebody else is called permanent, or the account's"
_PLAIN = "a plain permanent way is no alarm"
_DISTRIBUTION = 2
"""``groupType`` of a global group that gives no rights ([MS-ADTS] 2.2.12)."""


def _keep(field: Field, dn: str, *names: str) -> None:
    for name in names:
        what = MEMBER if name == "member" else ATTRIBUTES[name]
        field.admin.deny(dn, SERVICE.dn, Access.READ_PROPERTY, what=what)


def _into_the_dark(field: Field, group: str) -> str:
    """Moved to where nothing is shown, and hidden itself; the folder."""
    moved = field.admin.move(group, dark_folder(field))
    field.admin.deny(moved, SERVICE.dn, Access.SEE)
    return moved.partition(",")[2]


def _refuse_writes(field: Field, group: str) -> None:
    field.admin.deny(group, SERVICE.dn, Access.CHANGE)
    field.admin.deny(field.arena.creation_ou, SERVICE.dn, Access.DELETE_CHILD)


def _put_second(field: Field, group: str, middle: str) -> None:
    """Another one before ``middle``, that is not shown at all."""
    second = field.admin.create_group(f"Second {field.arena.tag}", field.arena.ou)
    field.admin.add_members(middle, [second])
    field.admin.add_members(second, [group])
    field.admin.remove_members(middle, [group])
    field.admin.deny(second, SERVICE.dn, Access.SEE)


def _both_in_the_dark(field: Field, seconds: int, hide: Callable[[str, str], None]) -> None:
    """``hide`` gets the group, and the one through which it gives."""
    copy = field.copy()
    elevation = copy.check_out(seconds)
    group = field.group(elevation)
    hide(group, put_middle(field, group))
    move_account(field, _into_the_dark(field, group))
    then(field, elevation)
    swept_and_open(field, copy, elevation)


@attack(_KEEPS, "group and account are where nothing is shown; its own copy", short=True)
def both_in_the_dark(field: Field) -> None:
    _both_in_the_dark(field, FEW + 8, lambda _, middle: _keep(field, middle, "member"))


@attack(_KEEPS, "and is not shown at all, behind another one; its own copy")
def both_in_the_dark_behind_two(field: Field) -> None:
    _both_in_the_dark(field, FEW + 10, lambda group, middle: _put_second(field, group, middle))


@attack(_KEEPS, "the group may not be written, the account is in it through another one; its own copy")
def kept_where_it_stands(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 10)
    group = field.group(elevation)
    put_between(field, group)
    _keep(field, put_middle(field, group), "member")
    _keep(field, group, "memberOf")
    _refuse_writes(field, group)
    move_account(field, dark_folder(field))
    then(field, elevation)
    swept_and_open(field, copy, elevation)


@attack(_KEEPS, "the record was written again, the group keeps what it is in; an empty copy", short=True)
def kept_from_an_empty_copy(field: Field) -> None:
    elevation = field.copy().check_out(FEW + 6)
    group = field.group(elevation)
    middle = put_middle(field, group)
    retell(field, group, by="x")
    _keep(field, group, "memberOf")
    _keep(field, middle, "member")
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_KEEPS, "and the account is where nothing is shown; an empty copy")
def kept_from_an_empty_copy_with_the_account(field: Field) -> None:
    elevation = field.copy().check_out(FEW + 8)
    group = field.group(elevation)
    middle = put_middle(field, group)
    retell(field, group, by="x")
    _keep(field, group, "memberOf")
    _keep(field, middle, "member")
    move_account(field, dark_folder(field))
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(
    _MAILS,
    "the group is in the dark, behind one that keeps who is in it; its own copy",
    short=True,
)
def mailing_list(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 8)
    group = field.group(elevation)
    middle = put_middle(field, group)
    mails = field.admin.create_group(
        f"Mails {field.arena.tag}", field.arena.ou, attributes={"groupType": _DISTRIBUTION}
    )
    field.admin.add_members(mails, [field.arena.account])
    for target in field.arena.targets:
        field.admin.add_members(target, [mails])
    _keep(field, middle, "member")
    _into_the_dark(field, group)
    then(field, elevation)
    swept_and_open(field, copy, elevation)


@attack(_LENT, "its group is renamed, the account is put into it; its own copy", short=True)
def guests_group_renamed(field: Field) -> None:
    copy, guests, elevation = beside_a_guest(field)
    group = field.admin.rename(field.group(guests), f"Printers {field.arena.tag}")
    field.admin.add_members(group, [field.arena.account])
    then(field, elevation)
    swept_and_open(field, copy, elevation)


@attack(_LENT, "its group is renamed, the account comes in through another one; its own copy")
def guests_group_renamed_and_between(field: Field) -> None:
    copy, guests, elevation = beside_a_guest(field)
    _put_into(field, guests)
    field.admin.rename(field.group(guests), f"Printers {field.arena.tag}")
    then(field, elevation)
    swept_and_open(field, copy, elevation)


@attack(_LENT, "the record in its group is written again, for the account; its own copy")
def guests_group_retold(field: Field) -> None:
    copy, guests, elevation = beside_a_guest(field)
    group = field.group(guests)
    guest = next(m for m in field.admin.members(group))
    field.admin.add_members(group, [field.arena.account])
    field.admin.remove_members(group, [guest])
    retell(field, group, acc=guid_hex(field, field.arena.account))
    then(field, elevation)
    swept_and_open(field, copy, elevation)


def _kept_beside_a_guest(field: Field, name: str) -> None:
    copy, guests, elevation = beside_a_guest(field)
    _put_into(field, guests)
    _keep(field, field.group(guests), name)
    then(field, elevation)
    swept_and_open(field, copy, elevation)


@attack(_LENT, "its group keeps its GUID, another one is between; its own copy")
def guests_group_keeps_its_guid(field: Field) -> None:
    _kept_beside_a_guest(field, "objectGUID")


@attack(_LENT, "its group keeps its class, another one is between; its own copy", short=True)
def guests_group_keeps_its_class(field: Field) -> None:
    _kept_beside_a_guest(field, "objectClass")


@attack(_PLAIN, "directly, and through groups that show who is in them; its own copy", short=True)
def plain_ways(field: Field) -> None:
    """What is told then is the truth, and no alarm."""
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    upper = field.admin.create_group(f"Upper {field.arena.tag}", field.arena.ou)
    lower = field.admin.create_group(f"Lower {field.arena.tag}", field.arena.ou)
    field.admin.add_members(upper, [lower])
    field.admin.add_members(lower, [field.arena.account, add_guest(field, "staff")])
    first, *rest = field.arena.targets
    field.admin.add_members(first, [field.arena.account])
    for target in rest:
        field.admin.add_members(target, [upper])
    then(field, elevation)
    said, row = copy.sweep(), copy.row(elevation)
    for _ in range(8):
        if row.is_open:  # dc2 has not heard of it
            time.sleep(ARRIVED)
            said, row = copy.sweep(), copy.row(elevation)
    if said.code or row.is_open or len(row.remains) != len(field.arena.targets):
        raise Broken("false_alarms", f"called {row.state}, {row.remains}: {said.words[-200:]}")
