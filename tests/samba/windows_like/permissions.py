# SPDX-License-Identifier: MIT
"""Whether a client may write `entryTTL`: Samba can't be asked, since to it nobody may."""

from __future__ import annotations

import struct
import uuid
from typing import Any, Final

from ldap3 import BASE, SUBTREE
from ldap3.protocol.microsoft import security_descriptor_control
from ldap3.utils.conv import escape_filter_chars

from tests.samba.names import BASE_DN
from tests.samba.verifier import Verifier, sid_text

ENTRY_TTL: Final = uuid.UUID("d213decc-d81a-4384-aac2-dcfcfd631cf8")
"""schemaIDGUID of entryTTL ([MS-ADA1] 2.223)."""
_WRITE_PROPERTY: Final = 0x20
_INHERIT_ONLY: Final = 0x8
_ALLOWED, _ALLOWED_OBJECT = 0x0, 0x5
_EVERYBODY: Final = {"S-1-1-0", "S-1-5-11"}
_DACL_ONLY: Final = 0x4


def may_write_time(verifier: Verifier, who: str, what: str) -> bool:
    """Whether the account `who`, as it signed in (UPN or down-level name), is granted the right on `what`.

    Denying entries do not count ([MS-ADTS] 5.1.3.3.3, [MS-DTYP] 2.4.4).
    """
    sids = _sids(verifier, who)
    return any(sid in sids for sid in _granted(_dacl(verifier, what)))


def _sids(verifier: Verifier, who: str) -> set[str]:
    plain = escape_filter_chars(who.rpartition("\\")[2].partition("@")[0])
    where = f"(sAMAccountName={plain})"
    verifier.connection.search(BASE_DN, where, SUBTREE, attributes=["objectSid"])
    response: Any = verifier.connection.response
    row = next(row for row in response if row["type"] == "searchResEntry")
    own = sid_text(row["raw_attributes"]["objectSid"][0])
    return {own, *verifier.token_groups(row["dn"]), *_EVERYBODY}


def _dacl(verifier: Verifier, what: str) -> bytes:
    verifier.connection.search(
        what,
        "(objectClass=*)",
        BASE,
        attributes=["nTSecurityDescriptor"],
        controls=security_descriptor_control(sdflags=_DACL_ONLY),
    )
    response: Any = verifier.connection.response
    descriptor: bytes = response[0]["raw_attributes"]["nTSecurityDescriptor"][0]
    (offset,) = struct.unpack_from("<I", descriptor, 16)
    return descriptor[offset:]


def _granted(acl: bytes) -> list[str]:
    """The SIDs that an access control list allows to write the attribute."""
    (count,) = struct.unpack_from("<H", acl, 4)
    found, position = [], 8
    for _ in range(count):
        kind, flags, size, mask = struct.unpack_from("<BBHI", acl, position)
        body, position = acl[position + 8 : position + size], position + size
        if flags & _INHERIT_ONLY or not mask & _WRITE_PROPERTY:
            continue
        if kind == _ALLOWED:
            found.append(sid_text(body))
        elif kind == _ALLOWED_OBJECT:
            (present,) = struct.unpack_from("<I", body)
            types = [body[4 + 16 * i : 20 + 16 * i] for i in range(present.bit_count())]
            if not present & 1 or types[0] == ENTRY_TTL.bytes_le:
                found.append(sid_text(body[4 + 16 * len(types) :]))
    return found
