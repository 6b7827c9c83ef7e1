# SPDX-License-Identifier: MIT
"""A temporary group that could not be deleted, and gives when its elevation is over."""

from __future__ import annotations

import time

from tests.attacks.doings import ARRIVED, FEW, add_guest, put_between, then
from tests.attacks.field import NOTHING_SAID, Broken, Field
from tests.attacks.registry import attack
from tests.attacks.tokens import put_middle

_KIND = "a group that was left behind gives again"
_DISTRIBUTION = 2
"""groupType of a global distribution group ([MS-ADTS] 2.2.12): it is in nobody's token."""


@attack(_KIND, "to a guest, through a group of somebody's own")
def to_a_guest(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    group = field.group(elevation)
    guest = add_guest(field)
    field.admin.add_members(group, [guest])
    field.admin.remove_members(group, [field.arena.account])
    put_middle(field, group)
    field.admin.move(group, field.arena.ou)
    then(field, elevation)
    said = NOTHING_SAID
    for _ in range(3):
        said = copy.sweep()
        time.sleep(ARRIVED)
    held = field.held(guest)
    if any(held.values()) and not said.is_alarm:
        raise Broken("outlived_deadline", f"a guest keeps {held} by it, exit code {said.code}: {said.words}")


@attack(_KIND, "after it was a distribution group while it was ended")
def distribution(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    group = field.group(elevation)
    put_between(field, group)
    put_middle(field, group)
    group = field.admin.move(group, field.arena.ou)
    before = int(field.admin.text(group, "groupType") or 0)
    field.admin.set_attribute(group, "groupType", _DISTRIBUTION)
    then(field, elevation)
    for _ in range(2):
        copy.sweep()
        time.sleep(ARRIVED)
    field.admin.set_attribute(group, "groupType", before)
    field.pair.await_replication()
    said = NOTHING_SAID
    for _ in range(2):
        again = field.copy(folder=copy.folder, provider=copy.provider, new=False)
        said = again.sweep()
        time.sleep(ARRIVED)
    if field.is_held() and not said.is_alarm:
        raise Broken("outlived_deadline", f"exit code {said.code}, and held {field.held()}: {said.words}")
