# SPDX-License-Identifier: MIT
"""The hand with which the imitated Windows looks into the real domain and deletes there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from ldap3 import BASE, MODIFY_DELETE
from ldap3.core.exceptions import (
    LDAPException,
    LDAPInvalidDNSyntaxResult,
    LDAPNoSuchObjectResult,
    LDAPOperationResult,
)

from tests.samba.server import SambaDomain
from tests.samba.verifier import Verifier
from tests.samba.windows_like.permissions import may_write_time

_Result = TypeVar("_Result")


class Administrator:
    """One connection past the proxy, opened anew when the domain controller was away."""

    def __init__(self, domain: SambaDomain) -> None:
        self._domain = domain
        self._verifier: Verifier | None = None

    def close(self) -> None:
        if self._verifier is not None:
            self._verifier.close()
            self._verifier = None

    def find(self, name: str) -> tuple[uuid.UUID, str] | None:
        """GUID and DN of an object by any form of its name; None where there is none."""

        def look(verifier: Verifier) -> tuple[uuid.UUID, str] | None:
            try:
                connection = verifier.connection
                connection.search(name, "(objectClass=*)", BASE, attributes=["objectGUID"])
            except (LDAPNoSuchObjectResult, LDAPInvalidDNSyntaxResult):
                return None
            response: Any = connection.response
            (guid,) = response[0]["raw_attributes"]["objectGUID"]
            return uuid.UUID(bytes_le=guid), response[0]["dn"]

        return self._with(look)

    def is_member(self, group: uuid.UUID, member_dn: str) -> bool:
        """Whether it is a direct member; `member_dn` is spelled as the directory spells it."""

        def look(verifier: Verifier) -> bool:
            try:
                return member_dn in verifier.members(f"<GUID={group}>")
            except LDAPNoSuchObjectResult:
                return False

        return self._with(look)

    def may_write_time(self, who: str, what: uuid.UUID) -> bool:
        """Whether the account that signed in so may write `entryTTL` of an object."""
        return self._with(lambda verifier: may_write_time(verifier, who, f"<GUID={what}>"))

    def delete(self, guid: uuid.UUID) -> None:
        """Delete an object; one that is gone is no error."""

        def delete(verifier: Verifier) -> None:
            try:
                verifier.delete(f"<GUID={guid}>")
            except LDAPNoSuchObjectResult:
                return

        self._with(delete)

    def remove_member(self, group: uuid.UUID, member: uuid.UUID) -> None:
        """Take a member out; one that is gone is no error."""
        if (found := self.find(f"<GUID={member}>")) is None or not self.is_member(group, found[1]):
            return
        self._with(
            lambda v: v.connection.modify(f"<GUID={group}>", {"member": [(MODIFY_DELETE, [found[1]])]})
        )

    def _with(self, do: Callable[[Verifier], _Result]) -> _Result:
        if self._verifier is not None:
            try:
                return do(self._verifier)
            except LDAPOperationResult:
                raise
            except (LDAPException, OSError):
                self.close()
        self._verifier = self._domain.verifier()
        return do(self._verifier)
