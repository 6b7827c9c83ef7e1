# SPDX-License-Identifier: MIT
"""What can happen to the demo domain, as values that travel from one domain controller to the others."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from jit_desktop.directory.demo.objects import DemoObject, from_record, to_record
from jit_desktop.directory.demo.tree import Tree
from jit_desktop.elevation.identity import ObjectGuid


class Action(enum.StrEnum):
    """Kinds of change; a membership is one of its own, so that two do not undo each other."""

    CREATE = "create"
    DELETE = "delete"
    ADD_MEMBER = "add-member"
    REMOVE_MEMBER = "remove-member"
    SET = "set"


@dataclass(frozen=True, slots=True)
class Change:
    """One originating write: to which object, on which domain controller, when (UTC, the domain's clock)."""

    action: Action
    guid: ObjectGuid
    values: Mapping[str, Any] = field(default_factory=dict)
    """The whole object for ``CREATE``, the changed fields for ``SET``, ``member`` for the membership ones."""
    controller: str = ""
    at: datetime | None = None


def created(thing: DemoObject) -> Change:
    """``thing`` comes into being."""
    return Change(Action.CREATE, thing.guid, to_record(thing))


def deleted(guid: ObjectGuid) -> Change:
    """The object is gone, and with it every link to it."""
    return Change(Action.DELETE, guid)


def member_added(group: ObjectGuid, member: ObjectGuid, ends_at: datetime | None = None) -> Change:
    """``member`` joins ``group``, or stays in it, until ``ends_at`` (UTC) where given."""
    until = {} if ends_at is None else {"ends_at": ends_at.isoformat()}
    return Change(Action.ADD_MEMBER, group, {"member": member, **until})


def member_removed(group: ObjectGuid, member: ObjectGuid) -> Change:
    """``member`` leaves ``group``."""
    return Change(Action.REMOVE_MEMBER, group, {"member": member})


def fields_set(guid: ObjectGuid, **values: Any) -> Change:
    """Fields of the object get new values (as :func:`~.objects.to_record` writes them)."""
    return Change(Action.SET, guid, values)


def apply(change: Change, tree: Tree) -> set[ObjectGuid]:
    """Do ``change`` in ``tree``; returns which objects are other than before.

    Does nothing where its object is not there (any more): another domain controller may have deleted it
    meanwhile, and a deletion wins.
    """
    if change.action is Action.CREATE:
        return _create(from_record(change.values), tree)
    thing = tree.get(change.guid)
    if thing is None:
        return set()
    if change.action is Action.DELETE:
        return _delete(thing, tree)
    if change.action is Action.SET:
        tree.put(_with_texts_counted(thing, thing.with_fields(change.values)))
        return {thing.guid}
    member = ObjectGuid(change.values["member"])
    if change.action is Action.ADD_MEMBER and member in tree:
        until = change.values.get("ends_at")
        tree.put(thing.with_member(member, None if until is None else datetime.fromisoformat(until)))
    else:
        tree.put(thing.without_members({member}))
    return {thing.guid}


def let_expire(tree: Tree, now: datetime) -> set[ObjectGuid]:
    """Take out of ``tree`` what has ended by itself at ``now``; returns which objects are other than before.

    Each domain controller deletes its own copy of a dynamic object and leaves no tombstone ([MS-ADTS]
    6.1.7); a membership with a TTL is gone at its time ([MS-ADTS] 3.1.1.9.2).
    """
    touched: set[ObjectGuid] = set()
    for thing in tree.mortals():
        if thing.dies_at is not None and thing.dies_at <= now:
            touched |= _delete(thing, tree, leaves_tombstone=False)
    for thing in tree.mortals():
        ended = {member for member, at in thing.link_ends if at <= now}
        if ended:
            tree.put(thing.without_members(ended))
            touched.add(thing.guid)
    return touched


def anything_expires(tree: Tree, now: datetime) -> bool:
    """Whether :func:`let_expire` would change anything."""
    return any(
        (thing.dies_at is not None and thing.dies_at <= now) or any(at <= now for _, at in thing.link_ends)
        for thing in tree.mortals()
    )


def _with_texts_counted(before: DemoObject, after: DemoObject) -> DemoObject:
    return replace(
        after,
        info_version=before.info_version + (after.info != before.info),
        description_version=before.description_version + (after.description != before.description),
    )


def _create(thing: DemoObject, tree: Tree) -> set[ObjectGuid]:
    taken = tree.sibling(thing.parent, thing.rdn)
    if taken is not None and taken.guid != thing.guid:
        # Two controllers made the same name: the later one is renamed, as Active Directory does.
        thing = replace(
            thing, name=f"{thing.name}\nCNF:{thing.guid}", logon_name=f"$DUPLICATE-{thing.guid[:8]}"
        )
    if thing.parent not in tree:
        return set()
    tree.put(thing.without_members({m for m in thing.members if m not in tree}))
    return {thing.guid}


def _delete(thing: DemoObject, tree: Tree, *, leaves_tombstone: bool = True) -> set[ObjectGuid]:
    touched = {thing.guid}
    for guid in tree.groups_of(thing.guid):
        group = tree.get(guid)
        if group is not None:
            tree.put(group.without_members({thing.guid}))
            touched.add(guid)
    tree.discard(thing.guid, leaves_tombstone=leaves_tombstone)
    return touched


def change_to_record(change: Change) -> dict[str, Any]:
    """``change`` as JSON can hold it."""
    return {
        "action": change.action,
        "guid": change.guid,
        "values": dict(change.values),
        "controller": change.controller,
        "at": change.at.isoformat() if change.at else "",
    }


def change_from_record(record: Mapping[str, Any]) -> Change:
    """The reverse of :func:`change_to_record`."""
    return Change(
        Action(record["action"]),
        ObjectGuid(record["guid"]),
        dict(record["values"]),
        str(record["controller"]),
        datetime.fromisoformat(record["at"]),
    )
