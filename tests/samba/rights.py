# SPDX-License-Identifier: MIT
"""Delegates rights on directory objects as an administrator would by the program's own list, so that tests
bind with exactly what the script for administrators grants.
"""

import enum
import struct
import uuid
from collections.abc import Sequence
from typing import Any, Final

from ldap3 import BASE, MODIFY_REPLACE, Connection
from ldap3.protocol.microsoft import security_descriptor_control

from jit_desktop.directory.provenance import OWNER_SECURITY_INFORMATION, descriptor_of
from jit_desktop.elevation.delegation import DESCRIPTION, INFO, LOCATION_ENTRIES, TARGET_ENTRIES, AccessEntry
from jit_desktop.elevation.identity import SecurityId

TOKEN_GROUPS: Final = uuid.UUID("b7c69e6d-2cc7-11d2-854e-00a0c983f608")
"""``schemaIDGUID`` of ``tokenGroups`` ([MS-ADA3] 2.318)."""
MEMBER: Final = uuid.UUID("bf9679c0-0de6-11d0-a285-00aa003049e2")
ATTRIBUTES: Final = {
    "info": uuid.UUID("bf96793e-0de6-11d0-a285-00aa003049e2"),
    "memberOf": uuid.UUID("bf967991-0de6-11d0-a285-00aa003049e2"),
    "objectClass": uuid.UUID("bf9679e5-0de6-11d0-a285-00aa003049e2"),
    "objectGUID": uuid.UUID("bf9679e7-0de6-11d0-a285-00aa003049e2"),
    "objectSid": uuid.UUID("bf9679e8-0de6-11d0-a285-00aa003049e2"),
    "whenCreated": uuid.UUID("bf967a78-0de6-11d0-a285-00aa003049e2"),
    "primaryGroupID": uuid.UUID("bf967a00-0de6-11d0-a285-00aa003049e2"),
    "replPropertyMetaData": uuid.UUID("281416c0-1968-11d0-a28f-00aa003049e2"),
}
"""``schemaIDGUID`` of ``member`` ([MS-ADA2] 2.41)."""
TEXTS: Final = {
    "info": INFO.guid,
    "description": DESCRIPTION.guid,
    "name": uuid.UUID("bf967a0e-0de6-11d0-a285-00aa003049e2"),
}
_SHOW_DELETED: Final = ("1.2.840.113556.1.4.417", True, None)
"""LDAP_SERVER_SHOW_DELETED_OID ([MS-ADTS] 3.1.1.3.4.1.14)."""
_ACCESS_ALLOWED: Final = 0x0
_ACCESS_DENIED: Final = 0x1
_ACCESS_DENIED_OBJECT: Final = 0x6
_CONTAINER_INHERIT: Final = 0x2
_OBJECT_TYPE_PRESENT: Final = 0x1
_ADMINISTRATORS: Final = SecurityId("S-1-5-32-544")
_DACL_ONLY: Final = 0x4
_DACL_OFFSET_FIELD: Final = 16


class Access(enum.IntFlag):
    """Rights that a test takes away ([MS-ADTS] 5.1.3.2)."""

    CREATE_CHILD = 0x1
    DELETE_CHILD = 0x2
    LIST_CHILDREN = 0x4
    READ_PROPERTY = 0x10
    WRITE_PROPERTY = 0x20
    DELETE_TREE = 0x40
    LIST_OBJECT = 0x80
    DELETE = 0x1_0000
    READ_CONTROL = 0x2_0000

    SEE = READ_PROPERTY | LIST_CHILDREN | LIST_OBJECT | READ_CONTROL
    CHANGE = CREATE_CHILD | DELETE_CHILD | WRITE_PROPERTY | DELETE | DELETE_TREE


def delegate_creation(administrator: Connection, ou_dn: str, sid: bytes) -> None:
    """Let `sid` create and delete groups in the OU, and write members and record of the groups in it."""
    delegate(administrator, ou_dn, LOCATION_ENTRIES, sid)


def delegate_membership(administrator: Connection, group_dn: str, sid: bytes) -> None:
    """Let `sid` write the members of this one group."""
    delegate(administrator, group_dn, TARGET_ENTRIES, sid)


def delegate(administrator: Connection, dn: str, entries: Sequence[AccessEntry], sid: bytes) -> None:
    """Put the entries at the head of the object's own access control list ([MS-DTYP] 2.4.5, 2.4.6)."""
    _add(administrator, dn, [entry.binary(sid) for entry in entries])


def deny(
    administrator: Connection,
    dn: str,
    access: Access,
    sid: bytes,
    *,
    below_too: bool = False,
    what: uuid.UUID | None = None,
) -> bytes:
    """Take rights away from `sid`; returns the access control list before, for `put_back`.

    `below_too`: on everything below as well. `what`: of this attribute only.
    """
    flags = _CONTAINER_INHERIT if below_too else 0
    if what is None:
        kind, body = _ACCESS_DENIED, struct.pack("<I", int(access)) + sid
    else:
        kind = _ACCESS_DENIED_OBJECT
        body = struct.pack("<II", int(access), _OBJECT_TYPE_PRESENT) + what.bytes_le + sid
    return _add(administrator, dn, [struct.pack("<BBH", kind, flags, 4 + len(body)) + body])


def allow_deleted(administrator: Connection, dn: str, sid: bytes) -> bytes:
    """Let `sid` list and read the container of deleted objects; returns what `put_back` needs."""
    # Not even administrators may read who may read it, unless they own it.
    owner = descriptor_of(_ADMINISTRATORS)
    administrator.modify(
        dn,
        {"nTSecurityDescriptor": [(MODIFY_REPLACE, [owner])]},
        controls=[*security_descriptor_control(sdflags=OWNER_SECURITY_INFORMATION), _SHOW_DELETED],
    )
    body = struct.pack("<I", int(Access.LIST_CHILDREN | Access.READ_PROPERTY)) + sid
    ace = struct.pack("<BBH", _ACCESS_ALLOWED, 0, 4 + len(body)) + body
    return _add(administrator, dn, [ace], deleted=True)


def put_back(administrator: Connection, dn: str, descriptor: bytes, *, deleted: bool = False) -> None:
    """Give an object the access control list that it had; `deleted`: that container."""
    administrator.modify(
        dn, {"nTSecurityDescriptor": [(MODIFY_REPLACE, [descriptor])]}, controls=_controls(deleted=deleted)
    )


def _controls(*, deleted: bool) -> list[Any]:
    return [*security_descriptor_control(sdflags=_DACL_ONLY), *([_SHOW_DELETED] if deleted else [])]


def _add(administrator: Connection, dn: str, added: Sequence[bytes], *, deleted: bool = False) -> bytes:
    control = _controls(deleted=deleted)
    administrator.search(dn, "(objectClass=*)", BASE, attributes=["nTSecurityDescriptor"], controls=control)
    response: Any = administrator.response
    descriptor: bytes = response[0]["raw_attributes"]["nTSecurityDescriptor"][0]
    (offset,) = struct.unpack_from("<I", descriptor, _DACL_OFFSET_FIELD)
    revision, _, size, count, _ = struct.unpack_from("<BBHHH", descriptor, offset)
    new, own = b"".join(added), descriptor[offset + 8 : offset + size]
    acl = struct.pack("<BBHHH", max(revision, 4), 0, size + len(new), count + len(added), 0) + new + own
    (control_flags,) = struct.unpack_from("<H", descriptor, 2)
    relative = struct.pack("<BBHIIII", 1, 0, control_flags, 0, 0, 0, 20) + acl
    put_back(administrator, dn, relative, deleted=deleted)
    return descriptor
