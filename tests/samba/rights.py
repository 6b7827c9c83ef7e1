# SPDX-License-Identifier: MIT
"""Delegates rights on directory objects as an administrator would by the program's own list, so that tests
bind with exactly what the script for administrators grants.
"""

import struct
from collections.abc import Sequence
from typing import Any, Final

from ldap3 import BASE, MODIFY_REPLACE, Connection
from ldap3.protocol.microsoft import security_descriptor_control

from jit_desktop.elevation.delegation import LOCATION_ENTRIES, TARGET_ENTRIES, AccessEntry

_DACL_ONLY: Final = 0x4
_DACL_OFFSET_FIELD: Final = 16
_ACCESS_DENIED: Final = 1
_CONTAINER_INHERIT: Final = 2
LIST_CONTENTS: Final = 0x4
READ_PROPERTY: Final = 0x10
LIST_OBJECT: Final = 0x80
READ_CONTROL: Final = 0x20000
ALL_SIGHT: Final = LIST_CONTENTS | READ_PROPERTY | LIST_OBJECT | READ_CONTROL
"""All that lets an object and what is in it be seen ([MS-ADTS] 5.1.3.2)."""


def delegate_creation(administrator: Connection, ou_dn: str, sid: bytes) -> None:
    """Let `sid` create and delete groups in the OU, and write members and record of the groups in it."""
    delegate(administrator, ou_dn, LOCATION_ENTRIES, sid)


def delegate_membership(administrator: Connection, group_dn: str, sid: bytes) -> None:
    """Let `sid` write the members of this one group."""
    delegate(administrator, group_dn, TARGET_ENTRIES, sid)


def delegate(administrator: Connection, dn: str, entries: Sequence[AccessEntry], sid: bytes) -> None:
    """Put the entries at the head of the object's own access control list ([MS-DTYP] 2.4.5, 2.4.6)."""
    _put_first(administrator, dn, [entry.binary(sid) for entry in entries])


def deny(administrator: Connection, dn: str, sid: bytes, mask: int, *, inherited: bool) -> None:
    """Deny the rights of `mask` ([MS-ADTS] 5.1.3.2) on the object and, where `inherited`, on all below it."""
    flags = _CONTAINER_INHERIT if inherited else 0
    entry = struct.pack("<BBHI", _ACCESS_DENIED, flags, 8 + len(sid), mask) + sid
    _put_first(administrator, dn, [entry])


def _put_first(administrator: Connection, dn: str, entries: Sequence[bytes]) -> None:
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
