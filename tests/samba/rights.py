# SPDX-License-Identifier: MIT
"""Delegates rights on directory objects as an administrator would, so that tests bind with the least."""

import struct
import uuid
from typing import Any, Final

from ldap3 import BASE, MODIFY_REPLACE, Connection
from ldap3.protocol.microsoft import security_descriptor_control

# schemaIDGUIDs: [MS-ADSC] class group, [MS-ADA2] member, [MS-ADA1] info and description.
CLASS_GROUP: Final = uuid.UUID("bf967a9c-0de6-11d0-a285-00aa003049e2")
MEMBER: Final = uuid.UUID("bf9679c0-0de6-11d0-a285-00aa003049e2")
INFO: Final = uuid.UUID("bf96793e-0de6-11d0-a285-00aa003049e2")
DESCRIPTION: Final = uuid.UUID("bf967950-0de6-11d0-a285-00aa003049e2")

# [MS-ADTS] 5.1.3.2 access rights, [MS-DTYP] 2.4.4.1 flags of an access control entry.
_CREATE_AND_DELETE_CHILD: Final = 0x1 | 0x2
_READ_AND_WRITE_PROPERTY: Final = 0x10 | 0x20
_INHERIT: Final = 0x2
_INHERIT_ONLY: Final = 0x8
_DACL_ONLY: Final = 0x4
_ACCESS_ALLOWED_OBJECT: Final = 0x5
_OBJECT_TYPE_PRESENT: Final = 0x1
_INHERITED_TYPE_PRESENT: Final = 0x2
_DACL_OFFSET_FIELD: Final = 16


def delegate_creation(administrator: Connection, ou_dn: str, sid: bytes) -> None:
    """Let `sid` create and delete groups in the OU, and write members and record of the groups in it."""
    entries = [_entry(_CREATE_AND_DELETE_CHILD, CLASS_GROUP, sid, flags=_INHERIT)]
    entries += [
        _entry(
            _READ_AND_WRITE_PROPERTY, attribute, sid, flags=_INHERIT | _INHERIT_ONLY, inherited_by=CLASS_GROUP
        )
        for attribute in (MEMBER, INFO, DESCRIPTION)
    ]
    _append(administrator, ou_dn, entries)


def delegate_membership(administrator: Connection, group_dn: str, sid: bytes) -> None:
    """Let `sid` write the members of this one group."""
    _append(administrator, group_dn, [_entry(_READ_AND_WRITE_PROPERTY, MEMBER, sid)])


def _entry(
    mask: int, object_type: uuid.UUID, sid: bytes, *, flags: int = 0, inherited_by: uuid.UUID | None = None
) -> bytes:
    """An ACCESS_ALLOWED_OBJECT_ACE ([MS-DTYP] 2.4.4.3)."""
    present = _OBJECT_TYPE_PRESENT | (_INHERITED_TYPE_PRESENT if inherited_by else 0)
    body = struct.pack("<II", mask, present) + object_type.bytes_le
    body += (inherited_by.bytes_le if inherited_by else b"") + sid
    return struct.pack("<BBH", _ACCESS_ALLOWED_OBJECT, flags, 4 + len(body)) + body


def _append(administrator: Connection, dn: str, entries: list[bytes]) -> None:
    """Put the entries at the head of the object's own access control list ([MS-DTYP] 2.4.5, 2.4.6)."""
    control = security_descriptor_control(sdflags=_DACL_ONLY)
    administrator.search(dn, "(objectClass=*)", BASE, attributes=["nTSecurityDescriptor"], controls=control)
    response: Any = administrator.response
    descriptor: bytes = response[0]["raw_attributes"]["nTSecurityDescriptor"][0]
    (offset,) = struct.unpack_from("<I", descriptor, _DACL_OFFSET_FIELD)
    revision, _, size, count, _ = struct.unpack_from("<BBHHH", descriptor, offset)
    added = b"".join(entries)
    own = descriptor[offset + 8 : offset + size]
    acl = struct.pack("<BBHHH", max(revision, 4), 0, size + len(added), count + len(entries), 0) + added + own
    (control_flags,) = struct.unpack_from("<H", descriptor, 2)
    relative = struct.pack("<BBHIIII", 1, 0, control_flags, 0, 0, 0, 20) + acl
    administrator.modify(dn, {"nTSecurityDescriptor": [(MODIFY_REPLACE, [relative])]}, controls=control)
