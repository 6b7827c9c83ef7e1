# SPDX-License-Identifier: MIT
"""What an account may see, worked out from a security descriptor: the one proof that nothing was left out of
a list.

A directory answers a list of a folder that may not be listed with *success* and nothing, also where the
folder itself is shown whole: what is in it needs the right to list its contents ([MS-ADTS] 5.1.3.2 and
5.1.3.3.6).
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from jit_desktop.directory.attributes import sid_text
from jit_desktop.elevation.identity import SecurityId

DACL_SECURITY_INFORMATION: Final = 0x4
"""Of LDAP_SERVER_SD_FLAGS_OID ([MS-ADTS] 3.1.1.3.4.1.11)."""
EVERYBODY: Final = frozenset({SecurityId("S-1-1-0"), SecurityId("S-1-5-11")})
"""Everyone and Authenticated Users, which whoever has signed in belongs to ([MS-DTYP] 2.4.2.4)."""

# Access rights ([MS-ADTS] 5.1.3.2).
_LIST_CONTENTS: Final = 0x4
_READ_PROPERTY: Final = 0x10
_GENERIC_READ: Final = 0x8000_0000
_GENERIC_ALL: Final = 0x1000_0000
_GENERIC: Final = _GENERIC_READ | _GENERIC_ALL
# Kinds of entries and their flags ([MS-DTYP] 2.4.4.1).
_ALLOWED: Final = 0x0
_ALLOWED_OF_A_PART: Final = 0x5
_DENIED: Final = frozenset({0x1, 0x6, 0xA, 0xC})
"""Also the conditional ones: whether their condition holds is not worked out, so that they count."""
_OF_A_PART: Final = frozenset({0x5, 0x6, 0xB, 0xC})
"""Entries that may name an attribute, a set of them or a class."""
_CONTAINER_INHERIT: Final = 0x2
_INHERIT_ONLY: Final = 0x8
_HAS_OBJECT_TYPE: Final = 0x1
_HAS_INHERITED_TYPE: Final = 0x2
_GROUP_CLASS: Final = uuid.UUID("bf967a9c-0de6-11d0-a285-00aa003049e2")
"""``schemaIDGUID`` of ``group`` ([MS-ADSC] 2.60)."""
_PUBLIC_INFORMATION: Final = uuid.UUID("e48d0154-bcf8-11d1-8702-00c04fb96050")
"""The property set with ``objectClass`` and the names ([MS-ADTS] 3.1.1.2.3.3)."""
_MEMBER: Final = uuid.UUID("bf9679c0-0de6-11d0-a285-00aa003049e2")
"""``schemaIDGUID`` of ``member`` ([MS-ADA2] 2.41)."""
_MEMBERSHIP: Final = uuid.UUID("bc0ac240-79a9-11d0-9020-00c04fc2d4cf")
"""The property set with ``member`` and ``memberOf`` ([MS-ADTS] 3.1.1.2.3.3)."""
_OWNER_RIGHTS: Final = SecurityId("S-1-3-4")
"""Whoever owns the object ([MS-DTYP] 2.4.2.4); who that is, is not looked at."""
_DESCRIPTOR: Final = struct.Struct("<BBHIIII")
_ACL: Final = struct.Struct("<BBHHH")
_ENTRY: Final = struct.Struct("<BBHI")
_DACL_PRESENT: Final = 0x4


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: int
    flags: int
    mask: int
    object_type: uuid.UUID | None
    inherited_type: uuid.UUID | None
    sid: SecurityId

    @property
    def holds_here(self) -> bool:
        return not self.flags & _INHERIT_ONLY

    @property
    def holds_for_groups_below(self) -> bool:
        return bool(self.flags & _CONTAINER_INHERIT) and self.inherited_type in (None, _GROUP_CLASS)


def may_list(descriptor: bytes, own: Collection[SecurityId]) -> bool:
    """Whether who has the SIDs ``own`` in its token may list what is in the folder with this descriptor, and
    nothing there is kept from it by an entry of the folder.

    What a descriptor of a single object below it denies by itself can't be seen here. ``False`` also for what
    is no descriptor with a list of entries.
    """
    try:
        entries = [entry for entry in _entries(descriptor) if entry.sid in own]
    except (struct.error, ValueError, IndexError):
        return False
    return _grants_listing(entries) and not any(map(_hides_groups_below, entries))


def may_read_members(descriptor: bytes, own: Collection[SecurityId]) -> bool:
    """Whether who has the SIDs ``own`` in its token may read the members of the group with this descriptor:
    the first entry that says anything about it decides ([MS-DTYP] 2.5.3.2)."""
    try:
        entries = list(_entries(descriptor))
    except (struct.error, ValueError, IndexError):
        return False
    for entry in entries:
        concerns = entry.object_type in (None, _MEMBER, _MEMBERSHIP)
        if not (entry.holds_here and concerns and entry.mask & (_READ_PROPERTY | _GENERIC)):
            continue
        if entry.kind in _DENIED and (entry.sid in own or entry.sid == _OWNER_RIGHTS):
            return False
        if entry.kind in (_ALLOWED, _ALLOWED_OF_A_PART) and entry.sid in own:
            return True
    return False


def _grants_listing(entries: list[_Entry]) -> bool:
    """The first entry that says anything about it decides ([MS-DTYP] 2.5.3.2)."""
    for entry in entries:
        if not entry.holds_here or not entry.mask & (_LIST_CONTENTS | _GENERIC):
            continue
        if entry.kind in _DENIED:
            return False
        if entry.kind == _ALLOWED:
            return True
    return False


def _hides_groups_below(entry: _Entry) -> bool:
    concerns_all = entry.object_type in (None, _PUBLIC_INFORMATION)
    hides = bool(entry.mask & (_READ_PROPERTY | _GENERIC)) and concerns_all
    return entry.kind in _DENIED and entry.holds_for_groups_below and hides


def _entries(descriptor: bytes) -> Iterator[_Entry]:
    _, _, control, _, _, _, start = _DESCRIPTOR.unpack_from(descriptor)
    if not control & _DACL_PRESENT or not start:
        raise ValueError("no list of entries")
    _, _, size, count, _ = _ACL.unpack_from(descriptor, start)
    acl = descriptor[start : start + size]
    place = _ACL.size
    for _ in range(count):
        kind, flags, length, mask = _ENTRY.unpack_from(acl, place)
        if length < _ENTRY.size or place + length > len(acl):
            raise ValueError("an entry that goes on behind the list")
        yield _entry(kind, flags, mask, acl[place + _ENTRY.size : place + length])
        place += length


def _entry(kind: int, flags: int, mask: int, rest: bytes) -> _Entry:
    types: dict[int, uuid.UUID] = {}
    if kind in _OF_A_PART:
        (present,) = struct.unpack_from("<I", rest)
        rest = rest[4:]
        for bit in (_HAS_OBJECT_TYPE, _HAS_INHERITED_TYPE):
            if present & bit:
                types[bit], rest = uuid.UUID(bytes_le=rest[:16]), rest[16:]
    object_type, inherited_type = types.get(_HAS_OBJECT_TYPE), types.get(_HAS_INHERITED_TYPE)
    return _Entry(kind, flags, mask, object_type, inherited_type, sid_text(rest))
