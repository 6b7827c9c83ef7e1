# SPDX-License-Identifier: MIT
"""The account's token has it, and the group that gives it shows nothing of that."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from jit_desktop.elevation import prolonging
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ElevationId, ObjectGuid
from jit_desktop.elevation.settings import PrivilegedAccount
from tests.attacks.doings import ARRIVED, FEW, add_guest, make_primary, put_between, retell, swept, then
from tests.attacks.field import NOTHING_SAID, Broken, Field
from tests.attacks.registry import attack
from tests.attacks.rewritten import wipe
from tests.samba.names import SERVICE
from tests.samba.rights import ATTRIBUTES, MEMBER, Access

MARKER = prolonging.Marker(
    ElevationId("11111111-2222-4333-8444-555555555555"),
    ObjectGuid("22222222-2222-4333-8444-555555555555"),
    datetime(2099, 1, 1, tzinfo=UTC),
    "x",
)
_WIPED = "a group of ours without any text of ours"
_THROUGH = "a way through a group of somebody's own"
_PRIMARY = "a membership that stands in no member attribute"
_TWICE = "one account is lent twice"
_ELSEWHERE = "one domain controller decides for all"


def put_middle(field: Field, group: str) -> str:
    """It is in the chosen groups through a group of somebody's own, and not directly any more; that group."""
    middle = field.admin.create_group(f"Middle {field.arena.tag}", field.arena.ou)
    for target in field.arena.targets:
        field.admin.add_members(target, [middle])
        field.admin.remove_members(target, [group])
    field.admin.add_members(middle, [group])
    return middle


def _deny_reading(field: Field, dn: str, attribute: str) -> None:
    field.admin.deny(dn, SERVICE.dn, Access.READ_PROPERTY, what=ATTRIBUTES[attribute])


@attack(_WIPED, "and the account comes in through another group; an empty copy sweeps")
def wiped_and_between(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    put_between(field, wipe(field, field.group(elevation)))
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"), 2)


@attack(_WIPED, "and it is the account's primary group; an empty copy sweeps")
def wiped_and_primary(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    make_primary(field, field.arena.account, wipe(field, field.group(elevation)))
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"), 2)


@attack(_WIPED, "and how often it was written may not be read; an empty copy sweeps")
def wiped_without_versions(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    _deny_reading(field, wipe(field, field.group(elevation)), "replPropertyMetaData")
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"), 2)


@attack(_WIPED, "and moved, and the account was renamed since the settings were saved; an empty copy sweeps")
def wiped_and_renamed_account(field: Field) -> None:
    copy = field.copy()
    provider = copy.provider
    elevation = copy.check_out(FEW)
    field.admin.move(wipe(field, field.group(elevation)), field.arena.ou)
    account = field.admin.rename(field.arena.account, f"renamed {field.arena.tag}")
    field.stack.callback(lambda: field.admin.rename(account, field.arena.account_name))
    then(field, elevation)
    bob = field.copy("CORP\\bob", provider=provider)
    said = NOTHING_SAID
    for _ in range(2):
        said = bob.sweep()
        time.sleep(ARRIVED)
    held = {sid for verifier in field.verifiers.values() for sid in verifier.token_groups(account)}
    if held & set(field._sids) and not said.is_alarm:
        raise Broken("outlived_deadline", f"the renamed account keeps it, exit code {said.code}")


@attack(
    _WIPED, "it says that it marks an extension, and its links may not be read; an empty copy", short=True
)
def disguised_as_a_marker(field: Field) -> None:
    _disguise(field, "")


@attack(_WIPED, "it says that it marks an extension, and neither links nor sentence are shown; an empty copy")
def disguised_without_a_sentence(field: Field) -> None:
    _disguise(field, "description")


def _disguise(field: Field, removed: str) -> None:
    elevation = field.copy().check_out(FEW)
    group = field.group(elevation)
    field.admin.set_attribute(group, "info", prolonging.encode(MARKER))
    if removed:
        field.admin.set_attribute(group, removed)
    _deny_reading(field, group, "memberOf")
    field.admin.deny(group, SERVICE.dn, Access.READ_PROPERTY, what=MEMBER)
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_THROUGH, "chosen groups whose members may not be read, and it is hidden; an empty copy sweeps")
def members_unread_and_hidden(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    for target in field.arena.targets:
        field.admin.deny(target, SERVICE.dn, Access.READ_PROPERTY, what=MEMBER)
    dark = field.admin.create_ou(f"Dark {field.arena.tag}", field.arena.ou)
    field.admin.deny(dark, SERVICE.dn, Access.SEE, below_too=True)
    field.admin.deny(field.admin.move(field.group(elevation), dark), SERVICE.dn, Access.SEE)
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"), 2)


@attack(_THROUGH, "between the chosen groups and an untouched one of ours; an empty copy sweeps")
def untouched_and_middle(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    put_middle(field, field.group(elevation))
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"), 2)


@attack(_THROUGH, "into one that does not show what it is in; delegations taken; its own copy")
def between_and_member_of(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    group = field.group(elevation)
    put_between(field, group)
    field.admin.deny(field.arena.creation_ou, SERVICE.dn, Access.CHANGE, below_too=True)
    _deny_reading(field, group, "memberOf")
    field.admin.deny(field.arena.domain_local_target, SERVICE.dn, Access.WRITE_PROPERTY)
    then(field, elevation)
    swept(field, copy)


@attack(_THROUGH, "the group of somebody else's elevation; its own copy")
def in_another_elevation(field: Field) -> None:
    provider = field.provider()
    guest = PrivilegedAccount(field.ref(add_guest(field)))
    copy = field.copy(provider=replace(provider, accounts=(*provider.accounts, guest)))
    request = replace(copy.request(600), account=guest.account.guid)
    other = copy.app.service.check_out(request, copy.recorder)
    elevation = copy.check_out(FEW)
    field.admin.add_members(field.group(other), [field.arena.account])
    then(field, elevation)
    swept(field, copy)


@attack(_PRIMARY, "which may not be read, and the record was written again; an empty copy sweeps")
def primary_that_is_hidden(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    group = field.group(elevation)
    make_primary(field, field.arena.account, group)
    retell(field, group, by="x")
    _deny_reading(field, field.arena.account, "primaryGroupID")
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"), 2)


@attack(_ELSEWHERE, "a renamed group was taken out by hand at dc1, and dc2 has not heard; an empty copy")
def taken_out_at_one(field: Field) -> None:
    elevation = field.copy().check_out(FEW)
    group = field.admin.rename(field.group(elevation), f"RDM_JIT_old {field.arena.tag}")
    field.pair.await_replication()
    with field.no_replication_to_dc2():
        for target in field.arena.targets:
            field.admin.remove_members(target, [group])
        field.wait_past(elevation)
        swept(field, field.copy("CORP\\bob"), 2)


def _checked_out_twice(field: Field, change: Callable[[str], object]) -> None:
    alice, bob = field.copy(), field.copy("CORP\\bob")
    change(field.group(alice.check_out(600)))
    field.pair.await_replication()
    try:
        second = bob.app.service.check_out(bob.request(600), bob.recorder)
    except JitError:
        return
    raise Broken("doubled", f"checked out twice: {second.group_name} besides the first one")


@attack(_TWICE, "the first one gives through another group")
def twice_through_another(field: Field) -> None:
    _checked_out_twice(field, lambda group: put_middle(field, group))


@attack(_TWICE, "the first one was wiped, and the account is in it through another group", short=True)
def twice_wiped(field: Field) -> None:
    _checked_out_twice(field, lambda group: put_between(field, wipe(field, group)))
