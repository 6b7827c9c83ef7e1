# SPDX-License-Identifier: MIT
"""The objects of the demo domain and how they stand in a file."""

from __future__ import annotations

import uuid
from collections.abc import Container, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, SecurityId
from jit_desktop.elevation.ports import EntryKind, GroupScope

DNS_NAME = "corp.example.test"
NETBIOS_NAME = "CORP"
BASE_DN = DistinguishedName("DC=corp,DC=example,DC=test")
DOMAIN_SID = "S-1-5-21-3623811015-3361044348-30300820"
DOMAIN_ADMINS_SID = SecurityId(f"{DOMAIN_SID}-512")
"""Owns what administrators make ([MS-DTYP] 2.4.2.4)."""

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, DNS_NAME)
NOWHERE = ObjectGuid("")
"""Stands for "no object": the parent of the domain itself, the primary group of what has none."""


def guid_for(path: str) -> ObjectGuid:
    """The ``objectGUID`` of what the example content has at ``path``: the same in every copy of it."""
    return ObjectGuid(str(uuid.uuid5(_NAMESPACE, path)))


ROOT_GUID = guid_for(DNS_NAME)


@dataclass(frozen=True, slots=True)
class DemoObject:
    """One object as the demo domain keeps it; what depends on others (DN, ``memberOf``) is not kept."""

    guid: ObjectGuid
    parent: ObjectGuid
    name: str
    kind: EntryKind
    sid: SecurityId | None = None
    logon_name: str = ""
    display_name: str = ""
    given_name: str = ""
    surname: str = ""
    description: str = ""
    info: str = ""
    scope: GroupScope | None = None
    security_enabled: bool = True
    builtin: bool = False
    critical: bool = False
    """``isCriticalSystemObject``: may not be deleted ([MS-ADTS] 3.1.1.5.5)."""
    protected: bool = False
    enabled: bool = True
    expires: datetime | None = None
    """``accountExpires``, UTC."""
    members: tuple[ObjectGuid, ...] = ()
    primary_group: ObjectGuid = NOWHERE
    created: datetime | None = None
    delegated: bool | None = None
    """Whether a delegated account may write here and below; ``None``: as the parent says."""
    dies_at: datetime | None = None
    """``msDS-Entry-Time-To-Die`` of a dynamic object, UTC; ``None`` for an ordinary one."""
    link_ends: tuple[tuple[ObjectGuid, datetime], ...] = ()
    """When the memberships in it that have a TTL end, UTC."""
    owner: SecurityId | None = None
    """Who made it; ``None``: an administrator."""
    info_version: int = 0
    """How often ``info`` was changed, its first time included."""
    description_version: int = 0
    """Likewise of ``description``."""

    @property
    def rdn(self) -> tuple[str, str]:
        """Attribute type and value by which its parent tells it from its other children."""
        return ("OU" if self.kind is EntryKind.OU else "CN"), self.name

    @property
    def is_folder(self) -> bool:
        """Whether other objects can lie below it."""
        return self.kind in (EntryKind.DOMAIN, EntryKind.OU, EntryKind.CONTAINER)

    @property
    def is_mortal(self) -> bool:
        """Whether time alone changes it."""
        return self.dies_at is not None or bool(self.link_ends)

    def link_ends_at(self, member: ObjectGuid) -> datetime | None:
        """When the membership of ``member`` ends; ``None`` for a permanent one."""
        return dict(self.link_ends).get(member)

    def with_member(self, member: ObjectGuid, ends_at: datetime | None) -> DemoObject:
        """A copy in which ``member`` is the last member, until ``ends_at`` where given."""
        other = self.without_members({member})
        links = other.link_ends if ends_at is None else (*other.link_ends, (member, ends_at))
        return replace(other, members=(*other.members, member), link_ends=links)

    def without_members(self, members: Container[ObjectGuid]) -> DemoObject:
        """A copy without these members."""
        return replace(
            self,
            members=tuple(m for m in self.members if m not in members),
            link_ends=tuple(link for link in self.link_ends if link[0] not in members),
        )

    def with_fields(self, values: Mapping[str, Any]) -> DemoObject:
        """A copy with some fields as :func:`to_record` gives them replaced."""
        return replace(self, **_parsed(values))


_DEFAULTS = {f.name: f.default for f in fields(DemoObject)}


def to_record(thing: DemoObject) -> dict[str, Any]:
    """``thing`` as JSON can hold it; what has its default value is left out."""
    record: dict[str, Any] = {}
    for name, default in _DEFAULTS.items():
        value = getattr(thing, name)
        if value != default:
            record[name] = value.isoformat() if isinstance(value, datetime) else value
    if thing.link_ends:
        record["link_ends"] = [[guid, at.isoformat()] for guid, at in thing.link_ends]
    return record


def from_record(record: Mapping[str, Any]) -> DemoObject:
    """The reverse of :func:`to_record`; raises ``ValueError`` or ``TypeError`` for what is none."""
    return DemoObject(**_parsed(record))


def _parsed(record: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(record)
    if "kind" in values:
        values["kind"] = EntryKind(values["kind"])
    if values.get("scope") is not None:
        values["scope"] = GroupScope(values["scope"])
    for name in ("expires", "created", "dies_at"):
        if values.get(name) is not None:
            values[name] = datetime.fromisoformat(values[name])
    if "members" in values:
        values["members"] = tuple(values["members"])
    if "link_ends" in values:
        values["link_ends"] = tuple(
            (ObjectGuid(guid), datetime.fromisoformat(at)) for guid, at in values["link_ends"]
        )
    return values
