# SPDX-License-Identifier: MIT
"""Levels and entries made by hand, for tests of the models and the pickers."""

from __future__ import annotations

import uuid

from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import DirectoryEntry, DomainInfo, EntryKind, GroupScope

BASE = DistinguishedName("DC=corp,DC=example,DC=test")

INFO = DomainInfo(
    dns_name="corp.example.test",
    base_dn=BASE,
    netbios_name="CORP",
    controller="dc1.corp.example.test",
    identity="CORP\\svc",
    encryption="none",
)


def guid_of(dn: str) -> ObjectGuid:
    """A GUID that belongs to that DN for ever."""
    return ObjectGuid(str(uuid.uuid5(uuid.NAMESPACE_X500, dn)))


def ou(name: str, parent: str = BASE, *, has_children: bool = True) -> DirectoryEntry:
    """An organisational unit."""
    dn = child_dn("OU", name, parent)
    return DirectoryEntry(guid_of(dn), dn, name, EntryKind.OU, has_children=has_children)


def group(
    name: str,
    parent: str = BASE,
    *,
    scope: GroupScope = GroupScope.GLOBAL,
    protected: bool = False,
    security_enabled: bool = True,
) -> DirectoryEntry:
    """A group."""
    dn = child_dn("CN", name, parent)
    return DirectoryEntry(
        guid_of(dn),
        dn,
        name,
        EntryKind.GROUP,
        scope=scope,
        protected=protected,
        security_enabled=security_enabled,
        logon_name=name,
    )
