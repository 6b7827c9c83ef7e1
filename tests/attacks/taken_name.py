# SPDX-License-Identifier: MIT
"""A group is given the name of a temporary group: it is not that one, and does not end in its place."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jit_desktop.elevation.model import Elevation
from tests.attacks.doings import ARRIVED, FEW, add_guest, retell, swept, then
from tests.attacks.each_controller import beside_a_guest
from tests.attacks.field import Broken, Copy, Field
from tests.attacks.registry import attack
from tests.samba.names import SERVICE

_KIND = "a group is given the name of a temporary group"


def _told_to_be_another(field: Field, group: str) -> str:
    """With the name and the record of an elevation that there is not, which has hours."""
    other = str(uuid.uuid4())
    end = datetime.now(UTC) + timedelta(hours=7)
    retell(field, group, id=other.replace("-", ""), end=f"{end:%Y-%m-%dT%H:%M:%SZ}")
    field.admin.set_attribute(group, "description")
    return field.admin.rename(group, f"RDM_JIT_{other}")


@attack(_KIND, "the group of a guest, without texts; its own is told to be another; its own copy", short=True)
def of_a_guest(field: Field) -> None:
    copy, guests, elevation = beside_a_guest(field)
    _told_to_be_another(field, field.group(elevation))
    field.admin.set_attribute(field.group(guests), "info")
    field.admin.rename(field.group(guests), elevation.group_name)
    then(field, elevation)
    swept(field, copy)


@attack(_KIND, "the marker of its extension, without texts; its own is told to be another; its own copy")
def of_its_marker(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 16)
    copy.app.service.extend(elevation.id, 5, copy.recorder)
    elevation = copy.row(elevation)
    group = field.group(elevation)
    (marker,) = set(field.admin.groups_in(field.arena.creation_ou)) - {group}
    _told_to_be_another(field, group)
    field.admin.set_attribute(marker, "info")
    field.admin.set_attribute(marker, "description")
    field.admin.rename(marker, elevation.group_name)
    then(field, elevation)
    swept(field, copy)


def _killed_early(field: Field) -> tuple[Copy, Elevation]:
    """A grant that was killed when its group was made, before its row says which that is."""
    copy = field.copy()
    program = Path(__file__).with_name("killed_grant.py")
    words = [sys.executable, str(program), str(copy.folder), SERVICE.password, "10", "create-group", "done"]
    subprocess.run(words, env=dict(copy.environment), check=False)
    field.pair.await_replication()
    (row,) = copy.rows()
    return copy, row


@attack(_KIND, "a permanent one, of a grant that was killed before it was recorded which it is; its own copy")
def of_a_killed_grant(field: Field) -> None:
    staff = add_guest(field, "staff")
    group = field.admin.create_group(f"Staff {field.arena.tag}", field.arena.ou)
    field.admin.add_members(group, [staff])
    field.admin.add_members(field.arena.global_target, [group])
    copy, elevation = _killed_early(field)
    field.admin.move(field.admin.rename(field.group(elevation), f"Old {field.arena.tag}"), field.arena.ou)
    group = field.admin.move(field.admin.rename(group, elevation.group_name), field.arena.creation_ou)
    then(field, elevation)
    for _ in range(3):
        copy.sweep()
        time.sleep(ARRIVED)
    there = field.admin.exists(group) and staff in field.admin.members(group)
    if not there or not field.admin.is_member(group, field.arena.global_target):
        raise Broken("took_permanent", f"{group} is not what it was")
