# SPDX-License-Identifier: MIT
"""Somebody alters the temporary group: by accident, or to keep what was lent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from jit_desktop.elevation import prolonging, rehearsal_groups
from tests.attacks.field import Broken, Copy, Field, changed
from tests.attacks.registry import attack
from tests.attacks.tokens import MARKER
from tests.samba.names import SERVICE
from tests.samba.rights import ATTRIBUTES, MEMBER, Access

_KIND = "an altered group talks a copy out of ending it"
_FEW = 4


def _note(field: Field, group: str) -> None:
    field.admin.set_attribute(group, "info", "note of the auditor")


def _no_record(field: Field, group: str) -> None:
    field.admin.set_attribute(group, "info")


def _member(field: Field, group: str) -> None:
    field.admin.add_members(group, [field.arena.add_account(f"guest-{field.arena.tag}")])


def _renamed(field: Field, group: str) -> None:
    field.admin.rename(group, f"Printers {field.arena.tag}")


def _moved(field: Field, group: str) -> None:
    field.admin.move(group, field.arena.ou)


def _renamed_and_moved(field: Field, group: str) -> None:
    field.admin.move(field.admin.rename(group, f"Printers {field.arena.tag}"), field.arena.ou)


def _nested_elsewhere(field: Field, group: str) -> None:
    field.admin.add_members(field.arena.foreign_target, [group])


def _into_another(field: Field, group: str) -> None:
    """Its member is taken out and comes in again through a group of somebody's own."""
    between = field.admin.create_group(f"Between {field.arena.tag}", field.arena.ou)
    field.admin.add_members(between, [field.arena.account])
    field.admin.add_members(group, [between])


def _copied_record(field: Field, group: str) -> None:
    """The record of another elevation, which ends tomorrow."""
    found = json.loads(field.admin.text(group, "info") or "{}")
    found["id"] = "0" * 31 + "1"
    found["end"] = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    field.admin.set_attribute(group, "info", json.dumps(found, separators=(",", ":")))


_WAYS = {
    "its record is overwritten": _note,
    "its record is removed": _no_record,
    "it gets another member": _member,
    "it is renamed": _renamed,
    "it is moved": _moved,
    "it is renamed and moved": _renamed_and_moved,
    "it is nested elsewhere too": _nested_elsewhere,
    "its account comes in through another group": _into_another,
    "its record is that of another elevation": _copied_record,
}
_SHORT = ("its record is overwritten", "it is moved")
_READABLE = ("it gets another member", "it is renamed", "it is moved", "it is renamed and moved")


def _altered(field: Field, way: str) -> tuple[Copy, object]:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    _WAYS[way](field, field.group(elevation))
    field.pair.await_replication()
    field.wait_past(elevation)
    return copy, elevation


def _own(way: str) -> None:
    def play(field: Field) -> None:
        copy, _ = _altered(field, way)
        field.require_not_silent(copy.sweep())
        _require_lent_gone(field)

    attack(_KIND, f"{way}; its own copy sweeps")(play)


def _others(way: str) -> None:
    def play(field: Field) -> None:
        _altered(field, way)
        other = field.copy("CORP\\bob")
        said = other.sweep()
        field.require_not_silent(said, "another copy:")
        if way in _READABLE:
            _require_lent_gone(field)

    attack(_KIND, f"{way}; a copy with an empty database sweeps", short=way in _SHORT)(play)


def _require_lent_gone(field: Field) -> None:
    field._wait(lambda: not field.is_held(), 5)
    if field.is_held():
        raise Broken("outlived_deadline", f"rights held past the deadline: {field.held()}")


for _way in _WAYS:
    _own(_way)
    _others(_way)


def _prolong(field: Field, group: str, seconds: int) -> None:
    found = json.loads(field.admin.text(group, "info") or "{}")
    end = datetime.fromisoformat(found["end"]) + timedelta(seconds=seconds)
    found["end"] = f"{end:%Y-%m-%dT%H:%M:%SZ}"
    field.admin.set_attribute(group, "info", json.dumps(found, separators=(",", ":")))


@attack(_KIND, "whoever may write the group prolongs it, and its own copy sweeps", short=True)
def prolonged_by_somebody(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    _prolong(field, field.group(elevation), 3600)
    field.pair.await_replication()
    field.wait_past(elevation)
    field.require_not_silent(copy.sweep())


@attack(_KIND, "whoever may write the group prolongs it again and again")
def prolonged_twice(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    for _ in range(2):
        _prolong(field, field.group(elevation), 1800)
        copy.sweep()
    field.pair.await_replication()
    field.wait_past(elevation)
    field.require_not_silent(copy.sweep())


@attack("another copy's rules end it early", "a copy with a shorter policy", short=True)
def shorter_policy(field: Field) -> None:
    copy = field.copy()
    other = field.copy("CORP\\bob", provider=changed(copy.provider, maximum_seconds=2, default_seconds=2))
    elevation = copy.check_out(3600)
    other.sweep()
    for row in other.rows():
        if row.deadline < elevation.deadline:  # the shorter policy counted
            field.wait_past(row, 3)
    other.sweep()
    field.require_held("a shorter policy elsewhere ended it an hour early")


@attack("another copy's rules end it early", "a copy whose settings know neither account nor groups")
def older_settings(field: Field) -> None:
    from jit_desktop.elevation.settings import PrivilegedAccount, ProviderPrivilege

    copy = field.copy()
    stranger = field.ref(field.arena.add_account(f"other-{field.arena.tag}"))
    provider = replace(
        copy.provider,
        accounts=(PrivilegedAccount(stranger),),
        jit=replace(
            copy.provider.jit, privileges=(ProviderPrivilege(field.ref(field.arena.foreign_target)),)
        ),
    )
    other = field.copy("CORP\\bob", provider=provider)
    copy.check_out(3600)
    other.sweep()
    other.tick()
    field.require_held("settings of another copy ended it an hour early")


@attack("another copy's rules end it early", "a domain controller that has not heard of the group yet")
def not_heard_of_yet(field: Field) -> None:
    with field.no_replication_to_dc2():
        copy = field.copy()
        elevation = copy.app.service.check_out(copy.request(3600), copy.recorder)
        other = field.copy(folder=copy.folder, provider=copy.provider, new=False)
        at_dc2 = replace(
            copy.provider, connection=replace(copy.provider.connection, server=field.pair.dc2.host)
        )
        other.app.store.save_provider(at_dc2, at=datetime.now(UTC), actor="CORP\\alice")
        other.sweep()
        field.require_open(copy, elevation, "dc2 had not heard of it")
        if field.held()[field.pair.dc1.host] != 3:
            raise Broken("wrong", "it was ended because dc2 had not heard of it")


@attack("what is not ours is left alone", "a group of somebody else with a record that was copied")
def stranger(field: Field) -> None:
    """A sweep may take the account out of it; it may neither delete it nor touch its other members."""
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    record = field.admin.text(field.group(elevation), "info") or ""
    staff = [field.arena.add_account(f"staff-{n}-{field.arena.tag}") for n in range(2)]
    helpdesk = field.admin.create_group(f"Helpdesk {field.arena.tag}", field.arena.creation_ou)
    field.admin.set_attribute(helpdesk, "info", record)
    field.admin.add_members(helpdesk, staff)
    field.pair.await_replication()
    field.wait_past(elevation)
    for who in (copy, field.copy("CORP\\bob")):
        who.sweep()
    if not field.admin.exists(helpdesk) or not set(staff) <= field.admin.members(helpdesk):
        raise Broken("wrong", "a group of somebody else was changed")


@attack(_KIND, "an administrator makes a group with a record that ends in years")
def forged(field: Field) -> None:
    """Whatever it is taken for: what it gives past the longest duration is taken back, or an alarm."""
    copy = field.copy(provider=changed(field.provider(), maximum_seconds=5, default_seconds=5))
    mine = copy.check_out(3)
    record = json.loads(field.admin.text(field.group(mine), "info") or "{}")
    field.wait_past(mine)
    copy.sweep()
    made = "11111111-2222-4333-8444-555555555555"
    record |= {"id": made.replace("-", ""), "end": "2033-01-01T00:00:00Z"}
    name = f"RDM_JIT_{made}"
    group = field.admin.create_group(name, field.arena.creation_ou, attributes={"sAMAccountName": name})
    field.admin.set_attribute(group, "info", json.dumps(record, separators=(",", ":")))
    field.admin.add_members(group, [field.arena.account])
    for target in field.arena.targets:
        field.admin.add_members(target, [group])
    field.pair.await_replication()
    copy.sweep()
    field.wait_past(mine, 8)
    field.require_not_silent(copy.sweep())


@attack("what is not ours is left alone", "a group of somebody else that is named as one of ours")
def named_as_ours(field: Field) -> None:
    """Its record, its name and a chosen group fit, and its members are somebody's staff."""
    copy = field.copy()
    mine = copy.check_out(3)
    record = json.loads(field.admin.text(field.group(mine), "info") or "{}")
    field.wait_past(mine)
    copy.sweep()
    made = "11111111-2222-4333-8444-666666666666"
    record["id"] = made.replace("-", "")
    name = f"RDM_JIT_{made}"
    staff = [field.arena.add_account(f"staff-{n}-{field.arena.tag}") for n in range(2)]
    group = field.admin.create_group(name, field.arena.creation_ou, attributes={"sAMAccountName": name})
    field.admin.set_attribute(group, "info", json.dumps(record, separators=(",", ":")))
    field.admin.add_members(group, staff)
    field.pair.await_replication()
    for who in (copy, field.copy("CORP\\bob")):
        who.sweep()
        who.tick()
    if not field.admin.exists(group) or not set(staff) <= field.admin.members(group):
        raise Broken("wrong", "a group of somebody else was changed")


@attack("what is not ours is left alone", "a permanent group that says it marks an extension", short=True)
def named_as_a_marker(field: Field) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC)
    _permanent(field, f"Staff {field.arena.tag}", prolonging.encode(replace(MARKER, end=past)))


@attack("what is not ours is left alone", "a permanent group that is named and marked as a rehearsal's")
def named_as_a_rehearsal(field: Field) -> None:
    mark = rehearsal_groups.Mark("0123456789ab", datetime(2020, 1, 1, tzinfo=UTC))
    _permanent(field, "X_REHEARSAL_0123456789ab_GROUP", rehearsal_groups.encode(mark))


def _permanent(field: Field, name: str, text: str) -> None:
    """It does not show by what a guest has something for good."""
    guest = field.arena.add_account(f"guest-{field.arena.tag}")
    group = field.admin.create_group(name, field.arena.creation_ou)
    field.admin.add_members(group, [guest])
    field.admin.add_members(field.arena.foreign_target, [group])
    field.admin.deny(group, SERVICE.dn, Access.READ_PROPERTY, what=MEMBER)
    field.admin.deny(group, SERVICE.dn, Access.READ_PROPERTY, what=ATTRIBUTES["memberOf"])
    field.admin.set_attribute(group, "info", text)
    field.pair.await_replication()
    field.copy().sweep()
    if not field.admin.exists(group):
        raise Broken("permanent_right_taken", "a permanent group of somebody was deleted")
