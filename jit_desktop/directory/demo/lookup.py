# SPDX-License-Identifier: MIT
"""Finding objects of the demo domain and showing them as the core knows them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from jit_desktop.directory.demo.objects import DNS_NAME, DOMAIN_ADMINS_SID, NETBIOS_NAME, DemoObject
from jit_desktop.directory.demo.rules import invalid_dn, no_such_object
from jit_desktop.directory.demo.tree import Tree
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, SecurityId
from jit_desktop.elevation.ports import DirectoryEntry, EntryKind, TemporaryGroup

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def find(tree: Tree, what: ObjectGuid | DistinguishedName) -> DemoObject | None:
    """The object that a GUID or a DN names; raises ``InvalidName`` for what is neither."""
    if _GUID.fullmatch(what):
        return tree.get(ObjectGuid(what.lower()))
    try:
        return tree.find_dn(what)
    except ValueError:
        raise invalid_dn(what) from None


def require(tree: Tree, what: ObjectGuid | DistinguishedName) -> DemoObject:
    """As :func:`find`; raises ``NoSuchObject`` where there is none."""
    thing = find(tree, what)
    if thing is None:
        raise no_such_object(what)
    return thing


def find_account(tree: Tree, name: str) -> DemoObject | None:
    """The account with this logon name, UPN or ``DOMAIN\\user``."""
    domain, backslash, logon = name.rpartition("\\")
    if backslash and domain.casefold() not in (NETBIOS_NAME.casefold(), DNS_NAME):
        return None
    user, at, suffix = logon.rpartition("@")
    if at:
        if suffix.casefold() != DNS_NAME:
            return None
        logon = user
    thing = tree.find_logon(logon)
    return thing if thing is not None and thing.kind is EntryKind.ACCOUNT else None


def matches(thing: DemoObject, text: str) -> bool:
    """Ambiguous name resolution ([MS-ADA1] aNR): some name begins with ``text``, or ``text`` is the
    beginnings of given name and surname in either order."""
    wanted = text.casefold().lstrip()
    names = (thing.name, thing.logon_name, thing.display_name, thing.given_name, thing.surname)
    if any(name.casefold().startswith(wanted) for name in names):
        return True
    first, blank, rest = wanted.partition(" ")
    if not blank or not thing.given_name:
        return False
    given, surname = thing.given_name.casefold(), thing.surname.casefold()
    return (given.startswith(first) and surname.startswith(rest)) or (
        given.startswith(rest) and surname.startswith(first)
    )


def in_order(things: Iterable[DemoObject]) -> list[DemoObject]:
    """Folders first, then by name."""
    return sorted(things, key=lambda thing: (not thing.is_folder, thing.name.casefold(), thing.name))


def to_entry(tree: Tree, thing: DemoObject, now: datetime) -> DirectoryEntry:
    """``thing`` as a picker shows it at ``now`` (UTC)."""
    return DirectoryEntry(
        guid=thing.guid,
        dn=tree.dn(thing),
        name=thing.name,
        kind=thing.kind,
        description=thing.description,
        sid=thing.sid,
        scope=thing.scope,
        security_enabled=thing.security_enabled,
        builtin=thing.builtin,
        protected=thing.protected,
        enabled=thing.enabled,
        expired=thing.expires is not None and thing.expires <= now,
        logon_name=thing.logon_name,
        has_children=thing.is_folder and tree.has_children(thing.guid),
    )


def owner_of(thing: DemoObject) -> SecurityId:
    """Who made a group."""
    return thing.owner or DOMAIN_ADMINS_SID


def seconds_left(until: datetime | None, now: datetime) -> int | None:
    """Whole seconds from ``now`` to ``until``, as ``entryTTL`` gives them; ``None`` where nothing ends."""
    return None if until is None else max(int((until - now).total_seconds()), 0)


def to_temporary_group(
    tree: Tree, thing: DemoObject, members: tuple[ObjectGuid, ...], now: datetime
) -> TemporaryGroup:
    """``thing``, a group, as the sweep sees it at ``now`` (UTC), with the members that are shown."""
    return TemporaryGroup(
        guid=thing.guid,
        dn=tree.dn(thing),
        name=thing.name,
        info=thing.info,
        description=thing.description,
        scope=thing.scope,
        members=members,
        member_of=tuple(sorted(tree.groups_of(thing.guid))),
        created_at=thing.created,
        sid=thing.sid,
        ends_in_seconds=seconds_left(thing.dies_at, now),
        owner=owner_of(thing),
        record_version=thing.info_version,
        description_version=thing.description_version,
    )
