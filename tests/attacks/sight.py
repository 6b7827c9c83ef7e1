# SPDX-License-Identifier: MIT
"""What the account that signs in can't see is neither gone nor an end."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace

from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.settings import PrivilegedAccount
from tests.attacks.doings import FEW, add_guest, dark_folder, move_account, swept_and_open, then
from tests.attacks.field import NOTHING_SAID, REPLICATED_SECONDS, Broken, Copy, Field
from tests.attacks.registry import attack
from tests.faults.liar import NO_SUCH_OBJECT, REFERRAL
from tests.samba.names import SERVICE
from tests.samba.rights import MEMBER, TOKEN_GROUPS, Access

_KIND = "not seen is taken for gone"
_FEW = 4
"""Seconds of an elevation that is to run out."""


def _hide_the_location(field: Field) -> None:
    field.admin.deny(field.arena.creation_ou, SERVICE.dn, Access.SEE, below_too=True)
    field.pair.await_replication()


@attack(_KIND, "the temporary group is hidden past the deadline", short=True)
def hidden_past_the_deadline(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    _hide_the_location(field)
    field.wait_past(elevation)
    said = copy.sweep()
    field.require_not_silent(said)
    field.require_gone(within=5)


@attack(_KIND, "the temporary group is hidden before the deadline")
def hidden_before_the_deadline(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(600)
    _hide_the_location(field)
    copy.sweep()
    copy.tick()
    if field.is_held():
        field.require_open(copy, elevation, "held, and said to be over")
    field.require_held("it ended before its deadline")


@attack(_KIND, "the temporary group is hidden from a copy with an empty database")
def hidden_from_another_copy(field: Field) -> None:
    copy, other = field.copy(), field.copy("CORP\\bob")
    elevation = copy.check_out(_FEW)
    _hide_the_location(field)
    field.wait_past(elevation)
    field.require_not_silent(other.sweep())


@attack(_KIND, "only listing the location is denied")
def listing_denied(field: Field) -> None:
    copy, other = field.copy(), field.copy("CORP\\bob")
    elevation = copy.check_out(_FEW)
    field.admin.deny(field.arena.creation_ou, SERVICE.dn, Access.LIST_CHILDREN)
    field.pair.await_replication()
    field.wait_past(elevation)
    field.require_not_silent(other.sweep(), "another copy:")
    field.require_not_silent(copy.sweep())
    field.require_gone(within=5)


@attack(_KIND, "a referral is given for the temporary group", short=True)
def referral_for_the_group(field: Field) -> None:
    _refused_for_the_group(field, REFERRAL)


@attack(_KIND, "“no such object” is said of the temporary group")
def no_such_group(field: Field) -> None:
    _refused_for_the_group(field, NO_SUCH_OBJECT)


def _refused_for_the_group(field: Field, code: int) -> None:
    proxies = field.lie()
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    group = copy.row(elevation).group_guid
    assert group is not None
    for proxy in proxies:
        for name in (f"<GUID={group}>", elevation.group_name):
            proxy.lies.refuses[name.encode()] = code
    field.wait_past(elevation)
    field.require_not_silent(copy.sweep())
    field.require_gone(within=5)


@attack(_KIND, "the temporary group is hidden by dc2 alone")
def hidden_on_the_other_one(field: Field) -> None:
    proxies = field.lie()
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    proxies[1].lies.hides.append(elevation.group_name.encode())
    field.wait_past(elevation)
    with field.no_replication_to_dc2():
        said = copy.sweep()
        if any(field.held().values()) and not said.is_alarm:
            field.require_open(copy, elevation, "held at dc2, and said to be over")
    field.until_over(copy, elevation, at_most=60)


@attack(_KIND, "the account may not be read")
def account_unreadable(field: Field) -> None:
    _not_to_be_confirmed(field, lambda: field.admin.deny(field.arena.account, SERVICE.dn, Access.SEE))


@attack(_KIND, "tokenGroups of the account may not be read")
def token_groups_unreadable(field: Field) -> None:
    _not_to_be_confirmed(
        field,
        lambda: field.admin.deny(field.arena.account, SERVICE.dn, Access.READ_PROPERTY, what=TOKEN_GROUPS),
    )


def _not_to_be_confirmed(field: Field, hide: object) -> None:
    """It loses its rights, and it is an alarm as long as nobody could see that."""
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    before = hide()  # type: ignore[operator]
    field.pair.await_replication()
    field.wait_past(elevation)
    _require_unconfirmed(field, copy, elevation)
    field.admin.allow_again(field.arena.account, before)
    field.pair.await_replication()
    field.until_over(copy, elevation)


def _require_unconfirmed(field: Field, copy: Copy, elevation: Elevation) -> None:
    """The rights are taken away, and nobody says that this was seen: that is an alarm, when dc2 has heard of
    it at the latest."""
    field.require_not_silent(copy.sweep())
    field.require_gone(within=REPLICATED_SECONDS)
    time.sleep(REPLICATED_SECONDS)
    said = copy.sweep()
    if not copy.row(elevation).is_open:
        raise Broken("wrong", "confirmed although the account could not be read")
    if not said.is_alarm:
        raise Broken("wrong", f"past its deadline and not confirmed, with exit code {said.code}")


@attack(_KIND, "a referral is given for the account")
def referral_for_the_account(field: Field) -> None:
    proxies = field.lie()
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    names = (f"<GUID={elevation.account.guid}>", field.arena.account)
    for proxy in proxies:
        for name in names:
            proxy.lies.refuses[name.encode()] = REFERRAL
    field.wait_past(elevation)
    _require_unconfirmed(field, copy, elevation)
    for proxy in proxies:
        proxy.lies.refuses.clear()
    field.until_over(copy, elevation)


@attack(_KIND, "the members of the chosen groups may not be read")
def members_unreadable(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    for target in field.arena.targets:
        field.admin.deny(target, SERVICE.dn, Access.READ_PROPERTY, what=MEMBER)
    field.pair.await_replication()
    field.wait_past(elevation)
    field.require_not_silent(copy.sweep())
    field.require_gone(within=5)


@attack(_KIND, "the chosen groups may not be seen at all")
def targets_hidden(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    for target in field.arena.targets:
        field.admin.deny(target, SERVICE.dn, Access.SEE)
    field.pair.await_replication()
    field.wait_past(elevation)
    field.require_not_silent(copy.sweep())
    field.require_gone(within=5)


@attack(_KIND, "a domain controller that is not synchronized says that nothing is there")
def unsynchronized(field: Field) -> None:
    proxies = field.lie()
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    proxies[1].lies.unsynchronized = True
    proxies[1].lies.hides.append(elevation.group_name.encode())
    field.wait_past(elevation)
    with field.no_replication_to_dc2():
        said = copy.sweep()
        if field.is_held() and not said.is_alarm:
            field.require_open(copy, elevation, "held at dc2, and said to be over")
    field.until_over(copy, elevation, at_most=60)


@attack(_KIND, "the account was put into a chosen group for good meanwhile", short=True)
def permanent_since(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    target = field.arena.global_target
    field.admin.add_members(target, [field.arena.account])
    field.pair.await_replication()
    field.wait_past(elevation)
    words, alarms = "", 0
    for _ in range(3):  # the first may have to wait for dc2
        said = copy.sweep()
        words, alarms = words + said.words, alarms + said.is_alarm
        field._wait(lambda: set(field.held().values()) == {1}, REPLICATED_SECONDS)
        if not copy.row(elevation).is_open:
            break
        time.sleep(REPLICATED_SECONDS)
    left = field.held()
    if set(left.values()) != {1}:
        raise Broken("wrong", f"of what was lent and of what is permanent: {left}")
    name = target.partition("=")[2].partition(",")[0]
    if f"still has {name}" not in words and not alarms:
        raise Broken("wrong", f"it still has {name}, and nobody was told: {' '.join(words.split())}")


_OPERATIONS_ERROR = 1
_ADMIN_LIMIT_EXCEEDED = 11
_BUSY = 51


@attack(_KIND, "one chosen group is answered with a limit of the directory; an empty copy sweeps")
def one_target_fails(field: Field) -> None:
    proxies = field.lie()
    elevation = field.copy().check_out(_FEW)
    field.wait_past(elevation)
    guid = uuid.UUID(bytes_le=field.admin.guid(field.arena.universal_target))
    for proxy in proxies:
        proxy.lies.refuses[str(guid).encode()] = _ADMIN_LIMIT_EXCEEDED
    _require_taken_or_told(field, field.copy("CORP\\bob"))


@attack(_KIND, "one chosen group is answered with “busy” by dc1 alone; an empty copy sweeps")
def one_target_is_busy(field: Field) -> None:
    _dc1_refuses(field, field.arena.universal_target, _BUSY)


@attack(_KIND, "the location is answered with an error by dc1 alone; an empty copy sweeps")
def the_location_fails(field: Field) -> None:
    _dc1_refuses(field, field.arena.creation_ou, _OPERATIONS_ERROR)


def _dc1_refuses(field: Field, dn: str, code: int) -> None:
    one, _ = field.lie()
    elevation = field.copy().check_out(_FEW)
    field.wait_past(elevation)
    one.lies.refuses[str(uuid.UUID(bytes_le=field.admin.guid(dn))).encode()] = code
    _require_taken_or_told(field, field.copy("CORP\\bob"))


@attack(_KIND, "the token of another account is answered with an error; an empty copy sweeps")
def one_token_fails(field: Field) -> None:
    proxies = field.lie()
    guest = field.ref(add_guest(field))
    provider = field.provider()
    provider = replace(provider, accounts=(*provider.accounts, PrivilegedAccount(guest)))
    elevation = field.copy(provider=provider).check_out(_FEW)
    field.wait_past(elevation)
    for proxy in proxies:
        proxy.lies.refuses[str(uuid.UUID(guest.guid)).encode()] = _OPERATIONS_ERROR
    _require_taken_or_told(field, field.copy("CORP\\bob", provider=provider))


def _require_taken_or_told(field: Field, copy: Copy) -> None:
    said = NOTHING_SAID
    for _ in range(3):
        said = copy.sweep()
        if not field.is_held():
            return
        time.sleep(REPLICATED_SECONDS)
    if not said.is_alarm:
        raise Broken("outlived_deadline", f"held {field.held()}, exit code {said.code}: {said.words}")


@attack(_KIND, "account, temporary group and chosen groups are moved to where nothing is shown")
def all_in_the_dark(field: Field) -> None:
    """As if all of it had been deleted; the rights are held there."""
    copy = field.copy()
    elevation = copy.check_out(FEW)
    dark = dark_folder(field)
    field.admin.move(field.group(elevation), dark)
    for target in field.arena.targets:
        field.admin.move(target, dark)
    move_account(field, dark)
    then(field, elevation)
    swept_and_open(field, copy, elevation)
