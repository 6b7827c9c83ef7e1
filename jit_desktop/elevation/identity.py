# SPDX-License-Identifier: MIT
"""Names for the identifiers that travel between the rooms, so that a DN is never passed for a GUID."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

DistinguishedName = NewType("DistinguishedName", str)
"""A distinguished name in its string form, escaped as RFC 4514 asks."""

ObjectGuid = NewType("ObjectGuid", str)
"""An ``objectGUID`` in its usual form: 36 lower-case characters with hyphens."""

SecurityId = NewType("SecurityId", str)
"""A security identifier in its string form, ``S-1-5-…`` ([MS-DTYP] 2.4.2.1)."""

ProviderId = NewType("ProviderId", str)
"""Identifies a domain provider in this program; a random UUID in its usual form."""

ElevationId = NewType("ElevationId", str)
"""Identifies one elevation everywhere (store, directory record, audit); a random UUID in its usual form."""

PrivilegeSetId = NewType("PrivilegeSetId", str)
"""Identifies a privilege set of a provider; a random UUID in its usual form."""


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """Points at one object of the directory.

    ``guid`` is what identifies it: it survives a rename and a move. ``dn`` and ``name`` are what was last
    seen and are only for people and for finding an object again whose GUID is not known yet.
    """

    guid: ObjectGuid
    dn: DistinguishedName
    name: str

    def __str__(self) -> str:
        return self.name
