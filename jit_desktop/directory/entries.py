# SPDX-License-Identifier: MIT
"""What a picker shows of an object, made from its attributes; and the filters that find each kind of
object."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from ldap3.protocol.rfc4511 import Filter

from jit_desktop.directory.attributes import Found, extended_dn, filetime, sid_text
from jit_desktop.directory.filters import all_of, any_of, equals, none_of
from jit_desktop.directory.provenance import (
    DESCRIPTION_ATTRIBUTE,
    INFO_ATTRIBUTE,
    made_at,
    owner_of,
    text_version,
)
from jit_desktop.elevation.dn import split_dn
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import DirectoryEntry, EntryKind, GroupScope, TemporaryGroup

# [MS-ADTS] 2.2.12 groupType.
_CREATED_BY_SYSTEM: Final = 0x1
_GLOBAL: Final = 0x2
_DOMAIN_LOCAL: Final = 0x4
_UNIVERSAL: Final = 0x8
_SECURITY: Final = 0x8000_0000
# [MS-ADTS] 2.2.16 userAccountControl.
_ACCOUNT_DISABLED: Final = 0x2
_NORMAL_USER: Final = "805306368"
"""sAMAccountType of user accounts, as opposed to computers and trusts ([MS-SAMR] 2.2.1.9)."""

_SCOPES: Final = {
    GroupScope.GLOBAL: _GLOBAL,
    GroupScope.DOMAIN_LOCAL: _DOMAIN_LOCAL,
    GroupScope.UNIVERSAL: _UNIVERSAL,
}
_FOLDERS: Final = frozenset({EntryKind.DOMAIN, EntryKind.OU, EntryKind.CONTAINER})

ENTRY_ATTRIBUTES: Final = (
    "objectGUID",
    "objectClass",
    "objectSid",
    "name",
    "description",
    "sAMAccountName",
    "sAMAccountType",
    "groupType",
    "adminCount",
    "userAccountControl",
    "accountExpires",
)
GROUP_ATTRIBUTES: Final = (
    "objectGUID",
    "info",
    "description",
    "groupType",
    "member",
    "memberOf",
    "whenCreated",
    "entryTTL",
    "nTSecurityDescriptor",
    "replPropertyMetaData",
    "objectSid",
)


def group_type(scope: GroupScope) -> str:
    """``groupType`` of a security group of this scope: a signed number of 32 bits."""
    return str((_SECURITY | _SCOPES[scope]) - 0x1_0000_0000)


def kinds_filter(kinds: Collection[EntryKind]) -> Filter | None:
    """Finds objects of these kinds; ``None`` where every kind is wanted. ``kinds`` is not empty."""
    if EntryKind.OTHER in kinds:
        return None
    return any_of(*(_KIND_FILTERS[kind] for kind in sorted(kinds)))


_KIND_FILTERS: Final = {
    EntryKind.DOMAIN: equals("objectClass", "domainDNS"),
    EntryKind.OU: equals("objectClass", "organizationalUnit"),
    # What Active Directory keeps for itself (System, Program Data, …) its own tools hide as well.
    EntryKind.CONTAINER: all_of(
        any_of(equals("objectClass", "container"), equals("objectClass", "builtinDomain")),
        none_of(equals("showInAdvancedViewOnly", "TRUE")),
    ),
    EntryKind.GROUP: equals("objectClass", "group"),
    EntryKind.ACCOUNT: equals("sAMAccountType", _NORMAL_USER),
}


def user_filter(logon: Filter) -> Filter:
    """User accounts that ``logon`` fits as well."""
    return all_of(equals("sAMAccountType", _NORMAL_USER), logon)


def entry_from(found: Found, now: datetime) -> DirectoryEntry:
    """An object with :data:`ENTRY_ATTRIBUTES` as pickers show it; ``now`` is the domain controller's time,
    UTC."""
    kind = kind_of(found)
    kind_bits = found.integer("groupType")
    is_group = kind is EntryKind.GROUP
    expires = filetime(found.integer("accountExpires"))
    sid, descriptor = found.values("objectSid"), found.values("nTSecurityDescriptor")
    return DirectoryEntry(
        guid=found.guid(),
        dn=found.dn,
        name=found.text("name") or _name_in(found.dn),
        kind=kind,
        description=found.text("description"),
        sid=sid_text(sid[0]) if sid else None,
        scope=scope_of(kind_bits) if is_group else None,
        security_enabled=bool(kind_bits & _SECURITY) if is_group else True,
        builtin=is_group and bool(kind_bits & _CREATED_BY_SYSTEM),
        protected=found.integer("adminCount") == 1,
        enabled=not found.integer("userAccountControl") & _ACCOUNT_DISABLED,
        expired=expires is not None and expires <= now,
        logon_name=found.text("sAMAccountName"),
        has_children=kind in _FOLDERS,
        owner=owner_of(descriptor[0]) if descriptor else None,
    )


def is_shown(found: Found) -> bool:
    """Whether the directory shows of an object with :data:`ENTRY_ATTRIBUTES` what it has in any case: Samba
    gives the bare name of one that may not be read."""
    if not found.values("objectGUID"):
        return False
    return kind_of(found) not in (EntryKind.GROUP, EntryKind.ACCOUNT) or bool(found.values("objectSid"))


def shown_guid(found: Found) -> ObjectGuid | None:
    """The GUID of an object that was read with extended DNs, whose DN shows it also where the attribute is
    hidden; ``None`` of one that may not be read, of which Samba gives the bare name."""
    if found.values("objectGUID"):
        return found.guid()
    guid, _ = extended_dn(found.dn.encode())
    return guid if found.values("objectSid") else None


def in_tree_order(entries: Collection[DirectoryEntry]) -> list[DirectoryEntry]:
    """Folders first, then by name."""
    return sorted(entries, key=lambda e: (e.kind not in _FOLDERS, e.name.casefold(), e.name))


def temporary_group_from(
    found: Found, members: Collection[bytes], member_of: Collection[bytes]
) -> TemporaryGroup:
    """A group with :data:`GROUP_ATTRIBUTES` that is shown, read with its owner, and with extended DNs so that
    the links carry GUIDs."""
    guid = shown_guid(found)
    assert guid is not None
    _, dn = extended_dn(found.dn.encode())
    names = ("nTSecurityDescriptor", "replPropertyMetaData", "objectSid")
    descriptor, metadata, sid = map(found.values, names)
    return TemporaryGroup(
        guid=guid,
        dn=dn,
        name=_name_in(dn),
        info=found.text("info"),
        description=found.text("description"),
        scope=scope_of(found.integer("groupType")),
        members=_guids(members),
        member_of=_guids(member_of),
        created_at=found.time("whenCreated") or (made_at(metadata[0]) if metadata else None),
        sid=sid_text(sid[0]) if sid else None,
        ends_in_seconds=found.seconds("entryTTL"),
        owner=owner_of(descriptor[0]) if descriptor else None,
        record_version=text_version(metadata[0], INFO_ATTRIBUTE) if metadata else None,
        description_version=text_version(metadata[0], DESCRIPTION_ATTRIBUTE) if metadata else None,
    )


def scope_of(kind_bits: int) -> GroupScope | None:
    """The scope in a ``groupType``."""
    return next((scope for scope, bit in _SCOPES.items() if kind_bits & bit), None)


def _name_in(dn: DistinguishedName) -> str:
    """``name`` of an object, which its DN shows also where the attribute is hidden ([MS-ADTS] 3.1.1.1.4)."""
    parts = split_dn(dn)
    return parts[0][1] if parts else ""


def _guids(links: Collection[bytes]) -> tuple[ObjectGuid, ...]:
    return tuple(guid for guid, _ in map(extended_dn, links) if guid is not None)


def kind_of(found: Found) -> EntryKind:
    """What it is, from ``objectClass`` and ``sAMAccountType``."""
    classes = {name.lower() for name in found.texts("objectClass")}
    if "group" in classes:
        return EntryKind.GROUP
    if found.text("sAMAccountType") == _NORMAL_USER:
        return EntryKind.ACCOUNT
    if "organizationalunit" in classes:
        return EntryKind.OU
    if "domaindns" in classes:
        return EntryKind.DOMAIN
    if classes & {"container", "builtindomain"}:
        return EntryKind.CONTAINER
    return EntryKind.OTHER
