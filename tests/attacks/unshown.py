# SPDX-License-Identifier: MIT
"""What would tell the end may not be read: when the group was made, how often its record was written, where
it is; and what was left over of one gives again."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from jit_desktop.elevation.errors import Refused
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.settings import CheckoutPolicy
from tests.attacks.doings import ARRIVED, FEW, dark_folder, end_while_it_gives_nothing, retell, swept, then
from tests.attacks.field import NOTHING_SAID, Broken, Copy, Field
from tests.attacks.own_row import name_a_later_end
from tests.attacks.registry import attack
from tests.attacks.tokens import put_middle
from tests.samba.names import SERVICE
from tests.samba.rights import ATTRIBUTES, MEMBER, Access

_KIND = "what would tell it may not be read"
_SHORT = CheckoutPolicy(minimum_seconds=1, default_seconds=8, maximum_seconds=12)
_POLICY_SECONDS = 40


def _hide(field: Field, group: str, *attributes: str) -> None:
    for name in attributes:
        field.admin.deny(group, SERVICE.dn, Access.READ_PROPERTY, what=ATTRIBUTES[name])


def _swept_as_scheduled(field: Field, copy: Copy) -> None:
    said = NOTHING_SAID
    for number in range(3):
        if number:
            time.sleep(ARRIVED)
        said = copy.command("sweep")
    field.require_not_silent(said)


def _with_a_later_end(field: Field) -> tuple[Copy, Elevation]:
    copy = field.copy(provider=field.provider(policy=_SHORT))
    return copy, copy.check_out(FEW)


def _past_the_policy(field: Field, copy: Copy, elevation: Elevation) -> None:
    field.pair.await_replication()
    name_a_later_end(copy, elevation)
    field.wait_past(elevation, _SHORT.maximum_seconds)
    _swept_as_scheduled(field, copy)


@attack(_KIND, "when it was made; a later end in the own row", short=True)
def made_and_a_later_row(field: Field) -> None:
    copy, elevation = _with_a_later_end(field)
    _hide(field, field.group(elevation), "whenCreated", "replPropertyMetaData")
    _past_the_policy(field, copy, elevation)


@attack(_KIND, "the group, behind another one; a later end in the own row")
def behind_another_and_a_later_row(field: Field) -> None:
    copy, elevation = _with_a_later_end(field)
    put_middle(field, field.group(elevation))
    field.admin.deny(field.group(elevation), SERVICE.dn, Access.SEE)
    _past_the_policy(field, copy, elevation)


@attack(_KIND, "the group, and who is in the chosen ones; a later end in the own row")
def members_and_a_later_row(field: Field) -> None:
    copy, elevation = _with_a_later_end(field)
    for target in field.arena.targets:
        field.admin.deny(target, SERVICE.dn, Access.READ_PROPERTY, what=MEMBER)
    field.admin.deny(field.group(elevation), SERVICE.dn, Access.SEE)
    _past_the_policy(field, copy, elevation)


def _written_from_now_on(field: Field, *hidden: str) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    group = field.group(elevation)
    _hide(field, group, *hidden)
    copy.app.store.close()
    then(field, elevation)
    time.sleep(_POLICY_SECONDS / 2)
    now = datetime.now(UTC)
    end = now + timedelta(seconds=_POLICY_SECONDS - 1)
    retell(field, group, **{"from": f"{now:%Y-%m-%dT%H:%M:%SZ}", "end": f"{end:%Y-%m-%dT%H:%M:%SZ}"})
    said = field.admin.text(group, "description") or ""
    was = f"{elevation.deadline:%Y-%m-%d %H:%M:%S}"
    field.admin.set_attribute(group, "description", said.replace(was, f"{end:%Y-%m-%d %H:%M:%S}"))
    field.pair.await_replication()
    allowed = elevation.deadline - timedelta(seconds=FEW) + timedelta(seconds=_POLICY_SECONDS)
    time.sleep(max(0.0, (allowed - datetime.now(UTC)).total_seconds()) + 2)
    policy = CheckoutPolicy(minimum_seconds=1, default_seconds=8, maximum_seconds=_POLICY_SECONDS)
    swept(field, field.copy("CORP\\bob", provider=field.provider(policy=policy)))


@attack(_KIND, "when it was made; its record begins later; an empty copy")
def made_and_a_later_record(field: Field) -> None:
    _written_from_now_on(field, "whenCreated")


@attack(_KIND, "when it was made and how often its record was written, which begins later; an empty copy")
def made_and_written(field: Field) -> None:
    _written_from_now_on(field, "whenCreated", "replPropertyMetaData")


@attack(_KIND, "how often its record was written; a later end within the policy; an empty copy")
def written_and_a_later_record(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    group = field.group(elevation)
    _hide(field, group, "replPropertyMetaData")
    copy.app.store.close()
    later = elevation.deadline + timedelta(hours=5)
    retell(field, group, end=f"{later:%Y-%m-%dT%H:%M:%SZ}")
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


def _ended_out_of_sight(field: Field, *, moved: bool) -> None:
    """Behind a group that gives nothing while it is ended, and gives again afterwards."""
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    group = field.group(elevation)
    middle = put_middle(field, group)
    if moved:
        field.admin.move(group, dark_folder(field))
    else:
        field.admin.deny(group, SERVICE.dn, Access.SEE | Access.CHANGE)
        field.admin.deny(field.arena.creation_ou, SERVICE.dn, Access.DELETE_CHILD)
    end_while_it_gives_nothing(field, copy, elevation, middle)
    swept(field, copy)
    _swept_as_scheduled(field, copy)


@attack(_KIND, "the group, moved, behind one that is no security group while it is ended")
def moved_behind_a_distribution_group(field: Field) -> None:
    _ended_out_of_sight(field, moved=True)


@attack(_KIND, "the group, where it was made, behind one that is no security group while it is ended")
def hidden_behind_a_distribution_group(field: Field) -> None:
    _ended_out_of_sight(field, moved=False)


@attack(_KIND, "the group that lends one privilege, while another copy lends all")
def lent_twice(field: Field) -> None:
    copy = field.copy()
    one = copy.provider.jit.privileges[0].group.guid
    lent = copy.app.service.check_out(replace(copy.request(600), privileges=(one,)), copy.recorder)
    field.pair.await_replication()
    field.admin.move(field.group(lent), dark_folder(field))
    field.pair.await_replication()
    bob = field.copy("CORP\\bob")
    try:
        bob.app.service.check_out(bob.request(600), bob.recorder)
    except Refused:
        return
    raise Broken("doubled", f"what is lent until {lent.deadline} was called permanent")


@attack(_KIND, "its GUID, behind another group; an empty copy")
def guid_and_behind_another(field: Field) -> None:
    elevation = field.copy().check_out(FEW + 3)
    put_middle(field, field.group(elevation))
    _hide(field, field.group(elevation), "objectGUID")
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_KIND, "its GUID, SID and class; own copy")
def nothing_that_names_it(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 3)
    _hide(field, field.group(elevation), "objectGUID", "objectSid", "objectClass")
    then(field, elevation)
    swept(field, copy)
