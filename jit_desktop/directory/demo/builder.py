# SPDX-License-Identifier: MIT
"""Puts objects together for the example content: gives each its GUID, its SID and its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jit_desktop.directory.demo.objects import (
    DNS_NAME,
    DOMAIN_SID,
    NOWHERE,
    ROOT_GUID,
    DemoObject,
    guid_for,
)
from jit_desktop.elevation.identity import ObjectGuid, SecurityId
from jit_desktop.elevation.ports import EntryKind, GroupScope

FIRST_RID = 1103
"""Where the identifiers of one's own objects begin; the ones below 1000 are AD's ([MS-DTYP] 2.4.2.4)."""
_BORN = datetime(2019, 3, 4, 8, 0, tzinfo=UTC)


class Builder:
    """Collects objects; who asks for one that is there already gets that one."""

    def __init__(self) -> None:
        self._objects: dict[ObjectGuid, DemoObject] = {}
        self._paths: dict[ObjectGuid, str] = {ROOT_GUID: DNS_NAME}
        self._folders: dict[str, ObjectGuid] = {}
        self._principals: dict[str, ObjectGuid] = {}
        self._members: dict[ObjectGuid, list[ObjectGuid]] = {}
        self._rid = FIRST_RID
        self.domain_users = NOWHERE
        root = DemoObject(ROOT_GUID, NOWHERE, DNS_NAME.partition(".")[0], EntryKind.DOMAIN, critical=True)
        self._objects[ROOT_GUID] = replace(root, sid=SecurityId(DOMAIN_SID), delegated=True, created=_BORN)

    def objects(self) -> Iterable[DemoObject]:
        """Everything that was built, groups with their members."""
        for guid, thing in self._objects.items():
            members = self._members.get(guid)
            yield replace(thing, members=tuple(members)) if members else thing

    def folder(self, name: str) -> ObjectGuid:
        """The folder directly below the domain with this name."""
        return self._folders[name]

    def principal(self, name: str) -> ObjectGuid:
        """The account or group with this name."""
        return self._principals[name]

    def add_member(self, group: ObjectGuid | str, member: ObjectGuid | str) -> None:
        """Make ``member`` a member of ``group``; both by GUID or by name."""
        guid = self._principals.get(group, ObjectGuid(group))
        self._members.setdefault(guid, []).append(self._principals.get(member, ObjectGuid(member)))

    def ou(self, name: str, parent: ObjectGuid = ROOT_GUID, **more: Any) -> ObjectGuid:
        """An organisational unit."""
        return self._add(name, parent, EntryKind.OU, **more)

    def container(self, name: str, parent: ObjectGuid = ROOT_GUID, **more: Any) -> ObjectGuid:
        """A container, one of AD's own."""
        return self._add(name, parent, EntryKind.CONTAINER, critical=True, **more)

    def other(self, name: str, parent: ObjectGuid, **more: Any) -> ObjectGuid:
        """Something that no picker knows, such as a computer."""
        return self._add(name, parent, EntryKind.OTHER, **more)

    def group(
        self, name: str, parent: ObjectGuid, scope: GroupScope, *, rid: int = 0, sid: str = "", **more: Any
    ) -> ObjectGuid:
        """A group; ``rid`` or ``sid`` for those that have a well-known one."""
        more.setdefault("logon_name", name)
        return self._add(name, parent, EntryKind.GROUP, sid=self._sid(rid, sid), scope=scope, **more)

    def account(self, name: str, parent: ObjectGuid, *, rid: int = 0, **more: Any) -> ObjectGuid:
        """A user account."""
        more.setdefault("logon_name", name)
        more.setdefault("primary_group", self.domain_users)
        return self._add(name, parent, EntryKind.ACCOUNT, sid=self._sid(rid, ""), **more)

    def _sid(self, rid: int, sid: str) -> SecurityId:
        if sid:
            return SecurityId(sid)
        if not rid:
            rid = self._rid
            self._rid += 1
        return SecurityId(f"{DOMAIN_SID}-{rid}")

    def _add(self, name: str, parent: ObjectGuid, kind: EntryKind, **more: Any) -> ObjectGuid:
        path = f"{self._paths[parent]}/{name}"
        guid = guid_for(path)
        if guid not in self._objects:
            self._paths[guid] = path
            born = _BORN + timedelta(minutes=len(self._objects))
            self._objects[guid] = DemoObject(guid, parent, name, kind, created=born, **more)
            if kind in (EntryKind.GROUP, EntryKind.ACCOUNT):
                self._principals[name] = guid
            elif parent == ROOT_GUID:
                self._folders[name] = guid
        return guid
