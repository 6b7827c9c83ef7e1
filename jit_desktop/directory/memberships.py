# SPDX-License-Identifier: MIT
"""Who is in which group, for how long, and the writes that change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ldap3.protocol.rfc4511 import Filter

from jit_desktop.directory.attributes import Found, extended_dn, sid_text, text, ttl_dn
from jit_desktop.directory.entries import ENTRY_ATTRIBUTES, kind_of
from jit_desktop.directory.filters import all_of, any_of, equals, equals_guid, matches_in_chain
from jit_desktop.directory.lookups import address, all_values, first_missing
from jit_desktop.directory.provenance import OWNER_SECURITY_INFORMATION
from jit_desktop.directory.results import name_of, unreadable
from jit_desktop.directory.session import ADD, DELETE, OBJECT, REPLACE, LdapSession
from jit_desktop.elevation.dn import domain_dn, same_dn
from jit_desktop.elevation.errors import AlreadyExists, NoSuchObject, RejectedByDirectory
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import EntryKind, MemberLink, Membership

_AT_ONCE = 50
"""Of so many members is asked in one request what is shown of them."""
Name = ObjectGuid | DistinguishedName


class Memberships:
    """Reads and writes ``member`` over one connection; groups and members are named by GUID or DN."""

    def __init__(self, session: LdapSession, base_dn: DistinguishedName, *, ttl_links: bool) -> None:
        """``ttl_links``: whether the forest knows memberships with a TTL."""
        self._session = session
        self._base_dn = base_dn
        self._ttl_links = ttl_links

    def members(self, group: Name) -> Sequence[DistinguishedName]:
        """The direct members of a group, all of them however many."""
        found = self._session.read(address(group), ["member"], subject=group)
        values = all_values(self._session, found, address(group), "member", subject=group)
        return tuple(DistinguishedName(text(value)) for value in values)

    def membership(self, group: Name, member: Name) -> Membership | None:
        """The direct membership of ``member`` in ``group`` with its TTL in seconds; ``None`` where there is
        none, or one of the two is not there.

        The TTL is shown by LDAP_SERVER_LINK_TTL_OID ([MS-ADTS] 3.1.1.3.4.1.36), which is sent only where the
        forest has such memberships.
        """
        try:
            dn = self._session.read(address(member), ["objectGUID"], subject=member).dn
            if not self._is_direct_member(group, dn):
                return None
            if not self._ttl_links:
                return Membership()
            found = self._session.read(address(group), ["member"], subject=group, link_ttl=True)
            values = all_values(self._session, found, address(group), "member", subject=group, link_ttl=True)
        except NoSuchObject:
            return None
        links = [ttl_dn(value) for value in values]
        # The server spells a name in one way; the slow comparison is for one that does not.
        for ttl, value in links:
            if value == dn:
                return Membership(ttl)
        return next((Membership(ttl) for ttl, value in links if same_dn(value, dn)), None)

    def is_member_of(self, member: Name, group: Name) -> bool:
        """Whether ``member`` is in ``group``, directly or through groups in it; ``False`` where one of the
        two is not there. A member that is not shown is asked for by its GUID ([MS-ADTS] 3.1.1.3.1.2.4)."""
        try:
            dn = self._session.read(address(member), ["objectGUID"], subject=member).dn
        except NoSuchObject:
            dn = DistinguishedName(address(member))
        try:
            return self._holds(group, matches_in_chain("member", dn))
        except NoSuchObject:
            return False

    def groups_of(self, account: Name, *, nested: bool = False) -> list[Found]:
        """The groups with ``account`` as a direct member (or ``nested`` in them), and its primary group, with
        :data:`~jit_desktop.directory.entries.ENTRY_ATTRIBUTES` and their owners.

        The primary group stands in ``primaryGroupID`` as the last part of its SID and in no ``member``
        ([MS-ADTS] 3.1.1.4.5.18, [MS-SAMR] 3.1.1.8.2).
        """
        names = ["primaryGroupID", "objectSid", "objectClass", "sAMAccountType"]
        found = self._session.read(address(account), names, subject=account)
        holds = matches_in_chain if nested else equals
        where = all_of(equals("objectClass", "group"), holds("member", found.dn))
        shown, part = [*ENTRY_ATTRIBUTES, "nTSecurityDescriptor"], OWNER_SECURITY_INFORMATION
        groups = list(self._session.search(self._base_dn, where, shown, descriptor=part))
        sid, primary = found.values("objectSid"), found.text("primaryGroupID")
        if not sid or (not primary and kind_of(found) is not EntryKind.GROUP):
            raise unreadable(account)
        if primary:
            domain_sid = sid_text(sid[0]).rpartition("-")[0]
            groups.append(self._session.read(f"<SID={domain_sid}-{primary}>", shown, descriptor=part))
        return groups

    # writing

    def add(self, group: Name, member: DistinguishedName, lifetime_seconds: int | None) -> None:
        """Make ``member`` a member; ``lifetime_seconds`` needs a forest that has such memberships."""
        value = member if lifetime_seconds is None else self.with_ttl(member, lifetime_seconds)
        try:
            self._session.modify(address(group), {"member": (ADD, [value])}, subject=group)
        except AlreadyExists:
            raise AlreadyExists(
                f"{name_of(member)} is a member of the group already.", subject=member
            ) from None
        except NoSuchObject as error:
            raise first_missing(self._session, group, member) or error from None

    def renew(self, group: Name, member: DistinguishedName, lifetime_seconds: int) -> None:
        """Give a membership another TTL: the old value goes and the new one comes in one modify request,
        whose changes are done all or not at all (RFC 4511 4.6).

        Laid over a membership that is there, a TTL would be refused as existing already.
        """
        value = self.with_ttl(member, lifetime_seconds)
        self._require_member(group, member)
        try:
            self._session.swap(address(group), "member", member, value, subject=group)
        except NoSuchObject as error:
            raise first_missing(self._session, group, member) or error from None

    def remove(self, group: Name, member: DistinguishedName) -> None:
        """Take ``member`` out of ``group``; :class:`NoSuchObject` if it is none."""
        self._require_member(group, member)
        self._session.modify(address(group), {"member": (DELETE, [member])}, subject=group)

    def clear(self, group: Name) -> None:
        """Take all members out of a group; one that is empty already stays so."""
        self._session.modify(address(group), {"member": (REPLACE, [])}, subject=group)

    def with_ttl(self, member: DistinguishedName, lifetime_seconds: int) -> str:
        """A value of ``member`` that ends after so many seconds ([MS-ADTS] 3.1.1.9.2, TTL-DN).

        In a DN ``>`` is escaped (RFC 4514 2.4), so the closing one can't be taken for a part of it.
        :class:`RejectedByDirectory` where the forest has no such memberships.
        """
        if not self._ttl_links:
            raise RejectedByDirectory(
                "This directory ends no membership by itself.",
                subject=member,
                remedy="Go on without a time to live of the membership.",
            )
        return f"<TTL={lifetime_seconds},{member}>"

    def links(self, group: Name) -> Sequence[MemberLink]:
        """The direct members by GUID: the server keeps it in the link, so that a member shows which the
        account that signs in may not read ([MS-ADTS] 3.1.1.3.4.1.5, LDAP_SERVER_EXTENDED_DN_OID)."""
        found = self._session.read(address(group), ["member"], subject=group, extended_dn=True)
        values = all_values(self._session, found, address(group), "member", subject=group, extended_dn=True)
        links = map(extended_dn, values)
        return tuple(MemberLink(guid, dn) for guid, dn in links if guid is not None)

    def unseen(self, group: Name, links: Iterable[MemberLink]) -> Sequence[MemberLink]:
        """Those of ``links`` that are of this domain and are not shown. What is shown is asked for by
        ``objectGUID``, which everything has; ``memberOf`` may not be readable. What does not show its class
        may be a group, which no search for groups finds."""
        own = self._of_this_domain(links)
        shown: set[ObjectGuid] = set()
        for where in self.named(own):
            found = self._session.search(self._base_dn, where, ["objectGUID", "objectClass"])
            shown |= {one.guid() for one in found if one.values("objectGUID") and one.values("objectClass")}
        hidden = [link for link in own if link.guid not in shown]
        if not hidden:
            return ()
        # Whatever was deleted since the members were listed is none any more.
        still = {link.guid for link in self.links(group)}
        return tuple(link for link in hidden if link.guid in still)

    def named(self, links: Iterable[MemberLink]) -> Iterator[Filter]:
        """What finds ``links`` of this domain by their GUIDs, many at a time."""
        own = self._of_this_domain(links)
        for start in range(0, len(own), _AT_ONCE):
            yield any_of(*(equals_guid("objectGUID", one.guid) for one in own[start : start + _AT_ONCE]))

    def take_out(self, group: Name, member: ObjectGuid) -> bool:
        """Take ``member`` out of ``group`` without looking first; whether it was a member.

        By its GUID the server finds a member that the account that signs in may not see ([MS-ADTS]
        3.1.1.3.1.2.4). One that exists nowhere is no valid value to it.
        """
        try:
            self._session.modify(address(group), {"member": (DELETE, [address(member)])}, subject=group)
        except NoSuchObject:
            return False
        except RejectedByDirectory:
            if self._is_known(member) or self._holds(group, equals("member", address(member))):
                raise
            return False
        return True

    # how

    def _of_this_domain(self, links: Iterable[MemberLink]) -> list[MemberLink]:
        """Of another domain nothing is shown here ([MS-ADTS] 3.1.1.3.1.4)."""
        return [link for link in links if same_dn(domain_dn(link.dn), self._base_dn)]

    def _is_known(self, member: ObjectGuid) -> bool:
        try:
            self._session.read(address(member), ["objectGUID"], subject=member)
        except NoSuchObject:
            return False
        return True

    def _require_member(self, group: Name, member: DistinguishedName) -> None:
        """Not every server says by itself that there is none to remove (Samba answers *success*)."""
        if not self._is_direct_member(group, member):
            raise first_missing(self._session, group, member) or NoSuchObject(
                f"{name_of(member)} is no member of the group.", subject=member
            )

    def _is_direct_member(self, group: Name, member: DistinguishedName) -> bool:
        return self._holds(group, equals("member", member))

    def _holds(self, group: Name, where: Filter) -> bool:
        found = self._session.search(address(group), where, ["objectGUID"], scope=OBJECT, subject=group)
        return any(True for _ in found)
