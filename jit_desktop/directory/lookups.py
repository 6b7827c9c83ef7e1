# SPDX-License-Identifier: MIT
"""Small reads that the adapter's files share: how an object is addressed, all values of a long attribute."""

from __future__ import annotations

from typing import Final

from jit_desktop.directory.attributes import Found, is_guid
from jit_desktop.directory.results import with_name
from jit_desktop.directory.session import LdapSession
from jit_desktop.elevation.errors import DirectoryError, NoSuchObject, ReferredElsewhere
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid

_RANGE: Final = ";range="


def address(what: ObjectGuid | DistinguishedName) -> str:
    """The search base or DN under which an object is found ([MS-ADTS] 3.1.1.3.1.2.4 for GUIDs)."""
    return f"<GUID={what}>" if is_guid(what) else what


def all_values(
    session: LdapSession,
    found: Found,
    where: str,
    name: str,
    *,
    subject: str,
    extended_dn: bool = False,
    link_ttl: bool = False,
) -> list[bytes]:
    """All values of an attribute of which ``found`` may have only the first range.

    The server gives at most MaxValRange (1,500) values at a time ([MS-ADTS] 3.1.1.3.1.3.3); the rest is asked
    for at ``where``, with the same controls as the first.
    """
    values: list[bytes] = list(found.values(name))
    is_first = True
    while True:
        ranged = next((a for a in found.attributes if a.startswith(name.lower() + _RANGE)), "")
        if not ranged and is_first:
            return values
        if not ranged:
            raise DirectoryError(
                with_name(f"{session.peer} gives only a part of a long list of {{name}}.", subject),
                subject=subject,
                remedy="Try again: it may have been changed meanwhile.",
            )
        is_first = False
        values += found.values(ranged)
        last = ranged.rpartition("-")[2]
        if last == "*":
            return values
        asked = f"{name}{_RANGE}{int(last) + 1}-*"
        found = session.read(where, [asked], subject=subject, extended_dn=extended_dn, link_ttl=link_ttl)


def first_missing(session: LdapSession, *objects: ObjectGuid | DistinguishedName) -> NoSuchObject | None:
    """Which of several objects is not there, the first of them: an answer to a write does not say it."""
    for what in objects:
        try:
            session.read(address(what), ["objectGUID"], subject=what)
        except NoSuchObject as missing:
            return missing
        except ReferredElsewhere:
            continue
    return None
