# SPDX-License-Identifier: MIT
"""What attackers and administrators do in several attacks."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from jit_desktop.elevation.model import Elevation
from tests.attacks.field import NOTHING_SAID, Copy, Field
from tests.faults.liar import LyingProxy
from tests.samba.names import SERVICE
from tests.samba.rights import Access
from tests.samba.verifier import sid_text

FEW = 8
ARRIVED = 6
DOMAIN_USERS = 513
_DISTRIBUTION = 2
"""``groupType`` of a global group that gives no rights ([MS-ADTS] 2.2.12)."""


class _Clock(Protocol):
    seconds: int


def pass_on(seconds: int, clock: _Clock, proxies: Iterable[LyingProxy]) -> None:
    """Let that much time pass at a computer and in the domain behind ``proxies``."""
    clock.seconds += seconds
    for proxy in proxies:
        proxy.lies.clock_seconds += seconds


def swept(field: Field, copy: Copy, times: int = 3) -> None:
    """What is still held when all has arrived everywhere is an alarm at each sweep."""
    said = NOTHING_SAID
    for number in range(times):
        if number:
            time.sleep(ARRIVED)
        said = copy.sweep()
    field.require_not_silent(said)


def swept_and_open(field: Field, copy: Copy, elevation: Elevation, times: int = 3) -> None:
    """As :func:`swept`, by the copy that granted it; and no sweep calls it over while it is held."""
    said = NOTHING_SAID
    for number in range(times):
        if number:
            time.sleep(ARRIVED)
        said = copy.sweep()
        if field.is_held():
            field.require_open(copy, elevation, f"held {field.held()}")
    field.require_not_silent(said)


def dark_folder(field: Field) -> str:
    """Where nothing is shown to the account that signs in."""
    dark = field.admin.create_ou(f"Dark {field.arena.tag}", field.arena.ou)
    field.admin.deny(dark, SERVICE.dn, Access.SEE, below_too=True)
    return dark


def move_account(field: Field, folder: str) -> None:
    """The field finds it there from then on."""
    field.arena = replace(field.arena, account=field.admin.move(field.arena.account, folder))


def make_primary(field: Field, who: str, group: str) -> None:
    def undo() -> None:
        place = field.arena.account if who == before else who
        field.admin.set_attribute(place, "primaryGroupID", DOMAIN_USERS)

    before = field.arena.account
    field.stack.callback(undo)
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


def end_while_it_gives_nothing(field: Field, copy: Copy, elevation: Elevation, group: str) -> None:
    """Let ``copy`` end it while ``group``, by which it is given, is no security group; it is one again
    afterwards."""
    before = int(field.admin.text(group, "groupType") or 0)
    field.admin.set_attribute(group, "groupType", _DISTRIBUTION)
    then(field, elevation)
    for _ in range(2):
        copy.sweep()
        time.sleep(ARRIVED)
    field.admin.set_attribute(group, "groupType", before)
    field.pair.await_replication()
