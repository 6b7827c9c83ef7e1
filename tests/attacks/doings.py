# SPDX-License-Identifier: MIT
"""What attackers and administrators do in several attacks."""

from __future__ import annotations

import json
import time
import uuid

from jit_desktop.elevation.model import Elevation
from tests.attacks.field import NOTHING_SAID, Copy, Field
from tests.samba.names import SERVICE
from tests.samba.rights import Access
from tests.samba.verifier import sid_text

FEW = 8
ARRIVED = 6
DOMAIN_USERS = 513


def swept(field: Field, copy: Copy, times: int = 3) -> None:
    """What is still held when all has arrived everywhere is an alarm at each sweep."""
    said = NOTHING_SAID
    for number in range(times):
        if number:
            time.sleep(ARRIVED)
        said = copy.sweep()
    field.require_not_silent(said)


def make_primary(field: Field, who: str, group: str) -> None:
    field.stack.callback(lambda: field.admin.set_attribute(who, "primaryGroupID", DOMAIN_USERS))
    rid = sid_text(field.admin.sid(group)).rpartition("-")[2]
    field.admin.set_attribute(who, "primaryGroupID", int(rid))


def add_guest(field: Field, name: str = "guest") -> str:
    return field.arena.add_account(f"{name}-{field.arena.tag}")


def guid_hex(field: Field, dn: str) -> str:
    return uuid.UUID(bytes_le=field.admin.guid(dn)).hex


def retell(field: Field, group: str, **changes: object) -> None:
    found = json.loads(field.admin.text(group, "info") or "{}") | changes
    field.admin.set_attribute(group, "info", json.dumps(found, separators=(",", ":")))


def put_between(field: Field, group: str) -> None:
    """The account is in it through a group of somebody's own, and not directly any more."""
    between = field.admin.create_group(f"Between {field.arena.tag}", field.arena.ou)
    field.admin.add_members(between, [field.arena.account])
    field.admin.add_members(group, [between])
    field.admin.remove_members(group, [field.arena.account])


def protect(field: Field, group: str) -> None:
    field.admin.deny(group, SERVICE.dn, Access.DELETE | Access.DELETE_TREE)
    field.admin.deny(field.arena.creation_ou, SERVICE.dn, Access.DELETE_CHILD)


def then(field: Field, elevation: Elevation) -> None:
    field.pair.await_replication()
    field.wait_past(elevation)
