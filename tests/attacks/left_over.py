# SPDX-License-Identifier: MIT
"""What could not be deleted gives again, where it is not looked for, or not shown; and what one domain
controller keeps to itself is lent a second time at another one."""

from __future__ import annotations

import time
from dataclasses import replace

from jit_desktop.elevation.errors import Refused
from jit_desktop.elevation.model import Elevation
from tests.attacks.doings import (
    ARRIVED,
    FEW,
    add_guest,
    dark_folder,
    move_account,
    protect,
    swept,
    then,
)
from tests.attacks.field import Broken, Copy, Field
from tests.attacks.registry import attack
from tests.samba.names import SERVICE
from tests.samba.rights import MEMBER, Access
from tests.samba.verifier import Verifier

_AGAIN = "what is left over gives again"
_FALSE = "a false alarm"
_TWICE = "one account is lent twice, of which one domain controller keeps one to itself"


def _left_over(field: Field) -> tuple[Copy, Elevation, str]:
    """An elevation whose group can't be deleted, and gives nothing; the copy that granted it."""
    copy = field.copy()
    elevation = copy.check_out(FEW + 2)
    group = field.group(elevation)
    protect(field, group)
    then(field, elevation)
    for _ in range(3):
        copy.sweep()
        time.sleep(ARRIVED)
    row = copy.row(elevation)
    if field.is_held() or row.is_open or not row.leftover:
        raise RuntimeError(f"Nothing was left over: {row.state}, {row.leftover!r}, held {field.held()}")
    # Something else that is shown in the location, as there always is.
    field.admin.create_group(f"Role {field.arena.tag}", field.arena.creation_ou)
    return copy, elevation, group


def _fresh(field: Field, copy: Copy) -> Copy:
    return field.copy(folder=copy.folder, provider=copy.provider, new=False)


def _give_through_middle(field: Field, there: Verifier, group: str) -> str:
    middle = there.create_group(f"Middle {field.arena.tag}", field.arena.ou)
    for target in field.arena.targets:
        there.add_members(target, [middle])
    there.add_members(middle, [group])
    there.add_members(group, [field.arena.account])
    return middle


def _both_deaf(field: Field) -> Verifier:
    """They hear nothing of each other any more; whoever changes dc2."""
    field.pair.await_replication()
    for one in field.pair.domains:
        field.let_hear(one, False)
        field.stack.callback(field.let_hear, one, True)
    time.sleep(1)
    return field.verifiers[field.pair.dc2.host]


def _at_dc2_alone(field: Field, hidden: Access) -> Copy:
    copy, _, group = _left_over(field)
    there = _both_deaf(field)
    _give_through_middle(field, there, group)
    there.deny(group, SERVICE.dn, hidden)
    if field.held() != {field.pair.dc1.host: 0, field.pair.dc2.host: 3}:
        raise RuntimeError(f"It was to be given at dc2 alone: {field.held()}")
    return copy


@attack(_AGAIN, "at dc2 alone, where it may not be read, through another group; a fresh program")
def at_dc2_alone(field: Field) -> None:
    swept(field, _fresh(field, _at_dc2_alone(field, Access.SEE)))


@attack(_AGAIN, "at dc2 alone, where it may be neither read nor written; a program that goes on")
def at_dc2_alone_and_for_long(field: Field) -> None:
    """It has looked a few times by then, and pauses."""
    copy = _at_dc2_alone(field, Access.SEE | Access.CHANGE)
    for _ in range(2):
        said = copy.sweep()
        if not said.is_alarm:
            raise Broken("outlived_deadline", f"held {field.held()}: {' '.join(said.words.split())[-300:]}")


def _in_the_dark(field: Field) -> Copy:
    copy, _, group = _left_over(field)
    middle = _give_through_middle(field, field.admin, group)
    field.admin.deny(middle, SERVICE.dn, Access.READ_PROPERTY, what=MEMBER)
    field.admin.deny(group, SERVICE.dn, Access.SEE | Access.CHANGE)
    move_account(field, dark_folder(field))
    field.pair.await_replication()
    return copy


@attack(_AGAIN, "neither it nor the account is shown, through a group that keeps its members; fresh")
def in_the_dark(field: Field) -> None:
    swept(field, _fresh(field, _in_the_dark(field)))


@attack(_AGAIN, "neither it nor the account is shown, through a group that keeps its members; goes on")
def in_the_dark_for_long(field: Field) -> None:
    swept(field, _in_the_dark(field))


def _require_quiet(field: Field, copy: Copy) -> None:
    for one in (copy, _fresh(field, copy)):
        for _ in range(2):
            said = one.sweep()
            if said.is_alarm:
                words = " ".join(said.words.split())
                raise Broken("false_alarms", f"it gives nothing, held {field.held()}: {words[-300:]}")
            time.sleep(ARRIVED)


@attack(_FALSE, "what is left over is hidden, and gives nothing")
def hidden_and_gives_nothing(field: Field) -> None:
    copy, _, group = _left_over(field)
    field.admin.deny(group, SERVICE.dn, Access.SEE | Access.CHANGE)
    field.pair.await_replication()
    _require_quiet(field, copy)


@attack(_FALSE, "what is left over is hidden, and its account is deleted afterwards")
def hidden_and_the_account_deleted(field: Field) -> None:
    copy, _, group = _left_over(field)
    field.admin.deny(group, SERVICE.dn, Access.SEE | Access.CHANGE)
    field.admin.delete(field.arena.account)
    field.arena = replace(field.arena, account=add_guest(field))
    field.pair.await_replication()
    _require_quiet(field, copy)


@attack(_FALSE, "what is left over is shown, and its account has a chosen group for good")
def for_good_afterwards(field: Field) -> None:
    copy, _, _ = _left_over(field)
    for target in field.arena.targets:
        field.admin.add_members(target, [field.arena.account])
    field.pair.await_replication()
    _require_quiet(field, copy)


@attack(_FALSE, "what is left over is hidden, and dc2 has not heard that another elevation has ended")
def another_one_has_ended(field: Field) -> None:
    copy, _, group = _left_over(field)
    field.admin.deny(group, SERVICE.dn, Access.SEE | Access.CHANGE)
    field.pair.await_replication()
    second = copy.check_out(FEW + 8)
    _both_deaf(field)
    field.wait_past(second)
    for one in (copy, _fresh(field, copy)):
        said, held = one.sweep(), field.held()
        if held != {field.pair.dc1.host: 0, field.pair.dc2.host: 3}:
            raise RuntimeError(f"It was to be given at dc2 alone: {held}")
        if said.is_alarm:
            raise Broken("false_alarms", f"it is not left over: {' '.join(said.words.split())[-300:]}")


def _lent_at_dc2(field: Field) -> None:
    """By another copy; dc1 has not heard of it."""
    field.pair.await_replication()
    field.let_hear(field.pair.dc1, False)
    field.stack.callback(field.let_hear, field.pair.dc1, True)
    time.sleep(1)
    alice = field.copy(provider=field.provider(at=field.pair.dc2))
    lent = alice.app.service.check_out(alice.request(600), alice.recorder)
    field.verifiers[field.pair.dc2.host].deny(field.group(lent), SERVICE.dn, Access.SEE)


@attack(_TWICE, "its group is hidden at dc2, and dc1 has not heard of it", short=True)
def hidden_at_dc2(field: Field) -> None:
    _lent_at_dc2(field)
    bob = field.copy("CORP\\bob")
    try:
        bob.app.service.check_out(bob.request(600), bob.recorder)
    except Refused:
        if any(count > 3 for count in field.held().values()):
            raise Broken("doubled", f"refused, and held {field.held()}") from None
        if field.held()[field.pair.dc1.host]:
            raise Broken("wrong", f"refused, and given: {field.held()}") from None
        return
    raise Broken("doubled", f"both lend it: {field.held()}")


@attack(_FALSE, "a checkout is refused for what dc2 has heard of it alone")
def refused_for_nothing(field: Field) -> None:
    """A permanent membership of which dc1 has not heard, and another checkout that follows an end."""
    copy = field.copy()
    checked_in = copy.app.service.check_in(copy.check_out(600).id, copy.recorder)
    field.pair.await_replication()
    # It is looked at again a few seconds after it was removed.
    field.until_over(copy, checked_in)
    there = _both_deaf(field)
    there.add_members(field.arena.global_target, [field.arena.account])
    time.sleep(1)
    copy.app.service.check_out(copy.request(600), copy.recorder)
