# SPDX-License-Identifier: MIT
"""Who made an object and how often an attribute of it was written: from what the directory itself keeps,
which no client can write."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import Final

from jit_desktop.directory.attributes import sid_text
from jit_desktop.elevation.identity import SecurityId

OWNER_SECURITY_INFORMATION: Final = 0x1
"""Of LDAP_SERVER_SD_FLAGS_OID ([MS-ADTS] 3.1.1.3.4.1.11): gives the owner alone, which needs no privilege."""
INFO_ATTRIBUTE: Final = 0x20051
"""``ATTRTYP`` of ``info``, 1.2.840.113556.1.2.81: the prefix of 1.2.840.113556.1.2 has the number 2 in every
forest ([MS-DRSR] 5.16.4)."""
DESCRIPTION_ATTRIBUTE: Final = 0xD
"""``ATTRTYP`` of ``description``, 2.5.4.13: the prefix of 2.5.4 has the number 0."""
_DESCRIPTOR: Final = struct.Struct("<BBHI")
"""Revision, Sbz1, Control and OffsetOwner of a self-relative descriptor ([MS-DTYP] 2.4.6)."""
_SELF_RELATIVE: Final = 0x8000
_OWNER_AT: Final = 20
"""The head of a descriptor has as many bytes."""
_ADMINISTRATORS: Final = SecurityId("S-1-5-32-544")
_OF_ADMINISTRATORS: Final = frozenset({"512", "519"})
"""DOMAIN_GROUP_RID_ADMINS, DOMAIN_GROUP_RID_ENTERPRISE_ADMINS ([MS-SAMR] 2.2.1.14)."""
_SID_HEAD: Final = 8
"""Revision, count of sub-authorities and authority ([MS-DTYP] 2.4.2.2)."""
_METADATA_HEAD: Final = struct.Struct("<IIII")
"""Version, reserved, count, reserved; as of PROPERTY_META_DATA_EXT_VECTOR ([MS-DRSR] 5.161), version 1."""
_METADATA_ENTRY: Final = struct.Struct("<IIQ16sQQ")
"""ATTRTYP, version, time, DSA, USN there, USN here; the time is a DSTIME ([MS-DRSR] 5.41)."""
_MAKING_TAKES: Final = 5
"""Seconds; all that an object is made with is written at one time."""
_BEGINNING: Final = datetime(1601, 1, 1, tzinfo=UTC)
"""From then on a DSTIME counts seconds."""


def owner_of(descriptor: bytes) -> SecurityId | None:
    """The owner in an ``nTSecurityDescriptor``; ``None`` where it has none, or is no descriptor."""
    if len(descriptor) < _DESCRIPTOR.size:
        return None
    _, _, control, offset = _DESCRIPTOR.unpack_from(descriptor)
    if not control & _SELF_RELATIVE or offset == 0 or offset + _SID_HEAD > len(descriptor):
        return None
    end = offset + _SID_HEAD + 4 * descriptor[offset + 1]
    return sid_text(descriptor[offset:end]) if end <= len(descriptor) else None


def descriptor_of(owner: SecurityId) -> bytes:
    """A self-relative descriptor that has an owner and nothing else ([MS-DTYP] 2.4.6), to be written with
    :data:`OWNER_SECURITY_INFORMATION`."""
    _, revision, authority, *rest = owner.split("-")
    head = struct.pack("<BB", int(revision), len(rest)) + int(authority).to_bytes(6, "big")
    sid = head + struct.pack(f"<{len(rest)}I", *map(int, rest))
    return _DESCRIPTOR.pack(1, 0, _SELF_RELATIVE, _OWNER_AT) + bytes(_OWNER_AT - _DESCRIPTOR.size) + sid


def is_administrators(owner: SecurityId) -> bool:
    """Whether what a member makes belongs to this group and not to the member: *Domain Admins*, *Enterprise
    Admins* and *Administrators* ([MS-ADTS] 5.1.3, the default owner)."""
    return owner == _ADMINISTRATORS or owner.rpartition("-")[2] in _OF_ADMINISTRATORS


def version_of(metadata: bytes, attribute: int) -> int | None:
    """How often ``attribute`` was written by a ``replPropertyMetaData`` value: 0 where it never was, ``None``
    where that is not what it says.

    A write of the value that is there already does not count ([MS-ADTS] 3.1.1.1.9).
    """
    entries = _entries_of(metadata)
    return None if entries is None else next((e[1] for e in entries if e[0] == attribute), 0)


def text_version(metadata: bytes, attribute: int) -> int | None:
    """How often a text was written, as :func:`version_of` says; one more where the object was made without
    it: what was written into it later is no text that it was made with."""
    version = version_of(metadata, attribute)
    entries = _entries_of(metadata) or ()
    written = next((e[2] for e in entries if e[0] == attribute), 0)
    was_later = written > min((e[2] for e in entries), default=0) + _MAKING_TAKES
    return version + 1 if version and was_later else version


def made_at(metadata: bytes) -> datetime | None:
    """When an object was made by a ``replPropertyMetaData`` value, UTC: the first time at which one of its
    attributes was written, since some are never written again. ``None`` where that is not what it says."""
    entries = _entries_of(metadata)
    first = min((e[2] for e in entries or ()), default=0)
    try:
        return _BEGINNING + timedelta(seconds=first) if first else None
    except OverflowError:
        return None


def _entries_of(metadata: bytes) -> list[tuple[int, int, int, bytes, int, int]] | None:
    if len(metadata) < _METADATA_HEAD.size:
        return None
    version, _, count, _ = _METADATA_HEAD.unpack_from(metadata)
    entries = metadata[_METADATA_HEAD.size :]
    if version != 1 or len(entries) != count * _METADATA_ENTRY.size:
        return None
    return list(_METADATA_ENTRY.iter_unpack(entries))
