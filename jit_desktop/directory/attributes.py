# SPDX-License-Identifier: MIT
"""Turns what an LDAP server sends, which is bytes, into values, so that nobody else handles raw
attributes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, SecurityId

_FILETIME_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER: Final = 0x7FFF_FFFF_FFFF_FFFF
_TTL_BEFORE: Final = re.compile(r"<TTL=(\d+)>,(.*)", re.DOTALL)
_TTL_AROUND: Final = re.compile(r"<TTL=(\d+),(.*)>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of a search result; attribute names are in lower case, options such as ``;range=`` kept."""

    dn: DistinguishedName
    attributes: Mapping[str, Sequence[bytes]]

    def values(self, name: str) -> Sequence[bytes]:
        """All values of an attribute; empty where the server sent none."""
        return self.attributes.get(name.lower(), ())

    def texts(self, name: str) -> list[str]:
        """All values as text."""
        return [text(value) for value in self.values(name)]

    def text(self, name: str) -> str:
        """The first value as text, empty where there is none."""
        values = self.values(name)
        return text(values[0]) if values else ""

    def integer(self, name: str) -> int:
        """The first value as a number, 0 where there is none."""
        values = self.values(name)
        return int(values[0]) if values else 0

    def seconds(self, name: str) -> int | None:
        """The first value as a number of seconds, ``None`` where there is none: 0 says something else."""
        return self.integer(name) if self.values(name) else None

    def guid(self) -> ObjectGuid:
        """``objectGUID``, which every object has; :class:`KeyError` where it was not asked for."""
        return guid_text(self.attributes["objectguid"][0])

    def time(self, name: str) -> datetime | None:
        """The first value of a GeneralizedTime attribute, UTC."""
        values = self.values(name)
        return generalized_time(values[0]) if values else None


def text(value: bytes) -> str:
    """Directory strings are UTF-8 (RFC 4511 4.1.2); what is not is shown with replacement characters."""
    return value.decode("utf-8", errors="replace")


def guid_text(raw: bytes) -> ObjectGuid:
    """An ``objectGUID`` value as text; its first three fields are little-endian ([MS-DTYP] 2.3.4.2)."""
    return ObjectGuid(str(uuid.UUID(bytes_le=bytes(raw))))


def is_guid(what: str) -> bool:
    """Whether ``what`` is a GUID in its usual form and not a distinguished name."""
    try:
        return str(uuid.UUID(what)) == what.lower()
    except ValueError:
        return False


def sid_text(raw: bytes) -> SecurityId:
    """``S-1-5-…`` from the binary form ([MS-DTYP] 2.4.2.2)."""
    count = raw[1]
    authority = int.from_bytes(raw[2:8], "big")
    parts = [int.from_bytes(raw[8 + 4 * i : 12 + 4 * i], "little") for i in range(count)]
    return SecurityId("-".join(["S", str(raw[0]), str(authority), *map(str, parts)]))


def generalized_time(raw: bytes) -> datetime:
    """``20261123175451.0Z`` (RFC 4517 3.3.13) in UTC; Active Directory sends no other zone."""
    return datetime.strptime(text(raw)[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def filetime(value: int) -> datetime | None:
    """A count of 100 ns since 1601 ([MS-ADTS] 3.1.1.2.2.2.12) in UTC; ``None`` for 0 and for *never*."""
    if value in (0, _NEVER):
        return None
    try:
        return _FILETIME_EPOCH + timedelta(microseconds=value // 10)
    except OverflowError:
        return None


def extended_dn(raw: bytes) -> tuple[ObjectGuid | None, DistinguishedName]:
    """A DN as LDAP_SERVER_EXTENDED_DN_OID sends it, ``<GUID=…>;<SID=…>;CN=…`` ([MS-ADTS] 3.1.1.3.4.1.5)."""
    parts, dn = _extended(raw)
    guid = parts.get("GUID")
    return (None if guid is None else ObjectGuid(guid.lower())), dn


def extended_sid(raw: bytes) -> SecurityId | None:
    """The SID in a DN as :func:`extended_dn` reads it; ``None`` for what has none."""
    sid = _extended(raw)[0].get("SID")
    return None if sid is None else SecurityId(sid)


def _extended(raw: bytes) -> tuple[dict[str, str], DistinguishedName]:
    whole, parts = text(raw), dict[str, str]()
    while whole.startswith("<"):
        part, _, whole = whole.partition(";")
        name, _, value = part[1:-1].partition("=")
        parts[name] = value
    return parts, DistinguishedName(whole)


def ttl_dn(raw: bytes) -> tuple[int | None, DistinguishedName]:
    """A link value as LDAP_SERVER_LINK_TTL_OID shows it ([MS-ADTS] 3.1.1.3.4.1.36): the seconds it has left,
    ``None`` for one without an end, and its DN.

    Windows Server shows ``<TTL=6987>,CN=…``, and takes ``<TTL=6987,CN=…>``; both are read.
    """
    whole = text(raw)
    match = _TTL_BEFORE.fullmatch(whole) or _TTL_AROUND.fullmatch(whole)
    return (int(match[1]), DistinguishedName(match[2])) if match else (None, DistinguishedName(whole))
