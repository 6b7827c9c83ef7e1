# SPDX-License-Identifier: MIT
"""One signed-in connection to a domain controller as the core knows it:
:class:`~jit_desktop.elevation.ports.Directory`."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from ldap3.protocol.rfc4511 import Filter

from jit_desktop.directory import domain
from jit_desktop.directory.attributes import Found, sid_text
from jit_desktop.directory.domain import RootDse
from jit_desktop.directory.entries import (
    ENTRY_ATTRIBUTES,
    GROUP_ATTRIBUTES,
    entry_from,
    group_type,
    in_tree_order,
    is_shown,
    kinds_filter,
    shown_guid,
    temporary_group_from,
    user_filter,
)
from jit_desktop.directory.filters import ANYTHING, all_of, any_of, begins, equals
from jit_desktop.directory.lookups import address, all_values, first_missing
from jit_desktop.directory.memberships import Memberships
from jit_desktop.directory.provenance import (
    OWNER_SECURITY_INFORMATION,
    descriptor_of,
    is_administrators,
)
from jit_desktop.directory.results import unreadable, with_name
from jit_desktop.directory.session import ONE_LEVEL, REPLACE, LdapSession
from jit_desktop.directory.sight import DACL_SECURITY_INFORMATION, EVERYBODY, may_list, may_read_members
from jit_desktop.elevation.dn import child_dn, parent_dn, same_dn
from jit_desktop.elevation.errors import (
    AccessDenied,
    AmbiguousName,
    Cancelled,
    DirectoryError,
    DirectoryUnavailable,
    NoSuchObject,
    OutcomeUnknown,
    ReferredElsewhere,
)
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, SecurityId
from jit_desktop.elevation.ports import (
    DirectoryEntry,
    DomainController,
    DomainInfo,
    EntryKind,
    MemberLink,
    Membership,
    NewGroup,
    NotVisible,
    Rights,
    TemporaryGroup,
)

_LOG = logging.getLogger(__name__)
_DYNAMIC: Final = "dynamicObject"
"""The class of what the directory deletes when its time is over ([MS-ADSC] 2.49)."""


class LdapDirectory:
    """Implements the core's ``Directory``; made by
    :class:`~jit_desktop.directory.connector.DirectoryConnector`."""

    def __init__(self, session: LdapSession, root: RootDse, info: DomainInfo) -> None:
        self._session = session
        self._root = root
        self._info = info
        self._read_at = time.monotonic()
        self._own_sid: SecurityId | None = None
        self._memberships = Memberships(session, root.base_dn, ttl_links=info.abilities.ttl_links)

    @property
    def info(self) -> DomainInfo:
        """What was learnt when the connection was made."""
        return self._info

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection; safe to call twice, raises nothing."""
        self._session.close()

    @property
    def is_usable(self) -> bool:
        """Whether anything more can be asked over this connection."""
        return self._session.is_usable

    def work_until(self, monotonic: float | None) -> None:
        """No request may take longer than until then, by ``time.monotonic``."""
        self._session.work_until(monotonic)

    def cancel(self) -> None:
        """Break off the request that is running, from any thread.

        A read raises :class:`Cancelled`; a write that is under way :class:`OutcomeUnknown`, because nobody
        can know then whether it was done.
        """
        self._session.cancel()

    def current_time(self) -> datetime:
        """The domain controller's clock (rootDSE ``currentTime``), UTC."""
        return domain.current_time(self._session)

    def own_sid(self) -> SecurityId | None:
        """The SID of the account that signed in, read once."""
        if self._own_sid is None:
            self._own_sid = domain.own_sid(self._session, self._root, self._info)
        return self._own_sid

    def domain_controllers(self) -> Sequence[DomainController]:
        """The domain controllers of this domain, the one that answers included, sorted by host."""
        return domain.domain_controllers(self._session, self._root)

    # reading

    def children(
        self, parent: DistinguishedName, kinds: frozenset[EntryKind], *, limit: int = 0
    ) -> Sequence[DirectoryEntry]:
        """One level below ``parent``, folders first, then by name."""
        if not kinds:
            return ()
        where = kinds_filter(kinds) or ANYTHING
        found = self._session.search(parent, where, ENTRY_ATTRIBUTES, scope=ONE_LEVEL, limit=limit)
        return tuple(in_tree_order(self._entries(found)))

    def search(self, text: str, kinds: frozenset[EntryKind], *, limit: int = 200) -> Sequence[DirectoryEntry]:
        """Entries that ambiguous name resolution finds for ``text`` ([MS-ADTS] 3.1.1.3.1.3.3), by name."""
        words = text.strip()
        if not words or not kinds:
            return ()
        where = equals("anr", words)
        if (of_kind := kinds_filter(kinds)) is not None:
            where = all_of(where, of_kind)
        found = self._session.search(self._root.base_dn, where, ENTRY_ATTRIBUTES, limit=limit)
        return tuple(sorted(self._entries(found), key=lambda entry: (entry.name.casefold(), entry.name)))

    def read(self, what: ObjectGuid | DistinguishedName) -> DirectoryEntry:
        """One object by GUID (found again after a rename or move) or by DN."""
        found = self._session.read(address(what), ENTRY_ATTRIBUTES, subject=what)
        if not is_shown(found):
            raise unreadable(what)
        return entry_from(found, self._now())

    def find_account(self, name: str) -> DirectoryEntry:
        """A user account by logon name, UPN or ``DOMAIN\\user``.

        A UPN is looked for as it is and, in this domain, as *logon name* @ *DNS name of the domain*, which
        every account has without it being stored ([MS-ADTS] 5.1.1.1.1). Raises :class:`AmbiguousName` if
        these differ.
        """
        found = self._entries(self._matching(name.strip()))
        if not found:
            raise NoSuchObject(
                f"There is no account {name} in {self._info.dns_name}.",
                subject=name,
                remedy="Check the spelling of the logon name.",
            )
        if len(found) > 1:
            raise AmbiguousName(
                f"{name} fits more than one account.",
                subject=name,
                remedy="Name it as "
                + " or ".join(f"{self._info.netbios_name}\\{e.logon_name}" for e in found),
            )
        return found[0]

    def members(self, group: ObjectGuid | DistinguishedName) -> Sequence[DistinguishedName]:
        """The direct members of a group, all of them however many."""
        return self._memberships.members(group)

    def token_groups(self, account: ObjectGuid | DistinguishedName) -> frozenset[SecurityId]:
        """SIDs of all groups that the account is in, nested ones included ([MS-ADTS] 3.1.1.4.5.19).

        Every account has a primary group at least, so that none at all is no answer: :class:`NoSuchObject`.
        """
        groups = self._session.read(address(account), ["tokenGroups"], subject=account).values("tokenGroups")
        if not groups:
            raise NoSuchObject(
                with_name("{name} does not show its groups to the account that signs in.", account),
                subject=account,
                remedy="Let that account read all properties of it.",
            )
        return frozenset(map(sid_text, groups))

    def rights(self, location: DistinguishedName, targets: Iterable[ObjectGuid]) -> Rights:
        """What the bound account may do, as the server computes it ([MS-ADTS] 3.1.1.4.5.4 and .6)."""
        place = self._session.read(location, ["allowedChildClassesEffective"], subject=location)
        classes = {name.lower() for name in place.texts("allowedChildClassesEffective")}
        may_write = {}
        for target in targets:
            found = self._session.read(address(target), ["allowedAttributesEffective"], subject=target)
            names = {name.lower() for name in found.texts("allowedAttributesEffective")}
            may_write[target] = "member" in names
        return Rights("group" in classes, may_write)

    def can_list(self, location: DistinguishedName) -> bool:
        """Whether it is proven that the account that signs in may list ``location``.

        The proof is the descriptor of ``location`` and the token of who signed in. Where the descriptor may
        not be read, that something in it is shown is one too. Something of which nothing but its place is
        shown is proof of the contrary.
        """
        try:
            place = self._session.read(
                location, ["objectGUID", "nTSecurityDescriptor"], descriptor=DACL_SECURITY_INFORMATION
            )
            inside = list(
                self._session.search(location, ANYTHING, ["objectGUID"], scope=ONE_LEVEL, whole=True)
            )
        except (NoSuchObject, AccessDenied, ReferredElsewhere):
            return False
        if not all(one.values("objectGUID") for one in (place, *inside)):
            return False
        if descriptor := place.values("nTSecurityDescriptor"):
            return may_list(descriptor[0], self._token() | EVERYBODY)
        return bool(inside)

    def was_deleted(self, what: ObjectGuid) -> bool:
        """Whether its tombstone is shown ([MS-ADTS] 3.1.1.3.4.1.14, LDAP_SERVER_SHOW_DELETED_OID), as it is
        to administrators."""
        try:
            found = self._session.read(address(what), ["isDeleted"], subject=what, deleted=True)
        except (NoSuchObject, AccessDenied, ReferredElsewhere):
            return False
        return found.text("isDeleted").upper() == "TRUE"

    def has_left(self, what: ObjectGuid, folder: DistinguishedName) -> bool:
        """Whether it is proven that an object which stood in ``folder`` does not stand there any more.

        Of one that is hidden by itself its place is shown to whoever may list that ([MS-ADTS] 5.1.3.3.6). Of
        one that was moved to where nothing may be listed nothing is shown, as of one that was deleted. A
        folder that has left its own place, by another name too, does not have it there either.
        """
        try:
            self._session.read(address(what), ["objectGUID"], subject=what)
        except NoSuchObject:
            pass
        except (AccessDenied, ReferredElsewhere):
            return False
        else:
            return False
        return self._is_not_in(folder) or self.was_deleted(what)

    def temporary_groups(
        self, location: ObjectGuid | DistinguishedName, prefix: str, *, info: str = ""
    ) -> Sequence[TemporaryGroup]:
        """The groups directly in ``location`` whose name and ``info`` begin like this, by name."""
        # Only what is asked for: a group that hides its name is not found by that it has one.
        texts = [begins(name, text) for name, text in (("name", prefix), ("info", info)) if text]
        where = all_of(equals("objectClass", "group"), *texts)
        # The whole list first: a group with very many members needs requests of its own.
        found = list(
            self._session.search(
                address(location),
                where,
                GROUP_ATTRIBUTES,
                subject=location,
                scope=ONE_LEVEL,
                whole=True,
                extended_dn=True,
                descriptor=OWNER_SECURITY_INFORMATION,
            )
        )
        groups = (self._temporary_group(one) for one in found if shown_guid(one) is not None)
        return tuple(sorted(groups, key=lambda group: group.name.casefold()))

    def temporary_group(self, what: ObjectGuid | DistinguishedName) -> TemporaryGroup | NotVisible:
        """One temporary group as it is now; a server that hides it answers as one that has none."""
        try:
            found = self._session.read(
                address(what),
                GROUP_ATTRIBUTES,
                subject=what,
                extended_dn=True,
                descriptor=OWNER_SECURITY_INFORMATION,
            )
        except (NoSuchObject, ReferredElsewhere) as error:
            return NotVisible(error.message)
        if shown_guid(found) is None:
            return NotVisible(unreadable(what).message)
        return self._temporary_group(found)

    def member_links(self, group: ObjectGuid | DistinguishedName) -> Sequence[MemberLink]:
        """The direct members of a group by GUID; an empty answer proves nothing."""
        return self._memberships.links(group)

    def unseen(
        self, group: ObjectGuid | DistinguishedName, links: Iterable[MemberLink]
    ) -> Sequence[MemberLink]:
        """Those of ``links`` that are of this domain and are not shown; one request for many of them."""
        return self._memberships.unseen(group, links)

    def has_members(self, group: ObjectGuid | DistinguishedName) -> bool | None:
        """Whether anybody is in a group. That its members may be read is proven by its descriptor and the
        token of who signed in: the answer for an empty group and for a hidden list is the same."""
        names = ["member", "objectSid", "nTSecurityDescriptor"]
        try:
            found = self._session.read(
                address(group), names, subject=group, descriptor=DACL_SECURITY_INFORMATION
            )
        except (NoSuchObject, AccessDenied, ReferredElsewhere):
            return None
        if all_values(self._session, found, address(group), "member", subject=group):
            return True
        sid, descriptor = found.values("objectSid"), found.values("nTSecurityDescriptor")
        if not sid:
            return None
        primary = equals("primaryGroupID", sid_text(sid[0]).rpartition("-")[2])
        if any(True for _ in self._session.search(self._root.base_dn, primary, ["objectGUID"], limit=1)):
            return True
        return False if self._may_read_members(descriptor) else None

    def shows_members(self, group: ObjectGuid | DistinguishedName) -> bool:
        """Whether it is proven by its descriptor that who is in a group may be read."""
        descriptor = self._descriptor(group)
        return self._may_read_members([descriptor] if descriptor else [])

    def groups_in(self, target: ObjectGuid | DistinguishedName) -> Sequence[TemporaryGroup]:
        """The groups that are direct members of ``target`` and that are shown, whosever they are: by what
        they are in, and, since that may not be shown, by the list of ``target``."""
        dn = self._session.read(address(target), ["objectGUID"], subject=target).dn
        groups = self._groups(equals("memberOf", dn), target)
        unsaid = [link for link in self._memberships.links(target) if link.guid not in groups]
        for where in self._memberships.named(unsaid):
            groups |= self._groups(where, target)
        return tuple(groups.values())

    # writing

    def create_group(self, group: NewGroup) -> TemporaryGroup:
        """Make a temporary group in one write and read it back, with the ``entryTTL`` that the directory gave
        it.

        A connection that is lost between the two raises :class:`OutcomeUnknown` too: the group is there.
        """
        dn = child_dn("CN", group.name, group.location)
        attributes: dict[str, list[str]] = {
            "objectClass": ["top", "group"],
            "cn": [group.name],
            # Without it the directory makes up a name ([MS-SAMR] 3.1.1.8.4).
            "sAMAccountName": [group.name],
            "groupType": [group_type(group.scope)],
            "member": [self._first_member(group)],
            "info": [group.info],
            "description": [group.description],
        }
        if group.lifetime_seconds is not None:
            attributes["objectClass"].append(_DYNAMIC)
            attributes["entryTTL"] = [str(group.lifetime_seconds)]
        try:
            self._session.add(dn, {name: values for name, values in attributes.items() if values[0]})
        except NoSuchObject as error:
            named = [dn for dn in (group.location, group.member) if dn]
            raise first_missing(self._session, *named) or error from None
        try:
            made = self.temporary_group(dn)
        except (DirectoryUnavailable, Cancelled) as error:
            raise OutcomeUnknown(
                "The temporary group was created, but could not be read back.",
                subject=dn,
                remedy="Nothing is repeated blindly: what became of it is read first.",
            ) from error
        if isinstance(made, NotVisible):
            raise OutcomeUnknown(
                "The temporary group was created, but the directory does not show it.",
                subject=dn,
                remedy="Check whether it was deleted, and whether the account that signs in may read it.",
            )
        return self._made_own(made)

    def _made_own(self, made: TemporaryGroup) -> TemporaryGroup:
        """A group that was just made, as this account's own: of a domain administrator it would be the
        administrators', to whom the account that is elevated may belong, and prove nothing."""
        if made.owner is None or not is_administrators(made.owner):
            return made
        try:
            own = self.own_sid()
            if own is None:
                return made
            descriptor = descriptor_of(own)
            self._session.replace_descriptor(
                made.dn, descriptor, OWNER_SECURITY_INFORMATION, subject=made.name
            )
            shown = self.temporary_group(made.guid)
        except (DirectoryUnavailable, Cancelled) as error:
            raise OutcomeUnknown(
                "The temporary group was created, but not made this account's own.",
                subject=made.dn,
                remedy="Nothing is repeated blindly: what became of it is read first.",
            ) from error
        except DirectoryError as error:
            _LOG.info("%s stays the administrators': %s", made.name, error)
            return made
        return made if isinstance(shown, NotVisible) else shown

    def membership(
        self, group: ObjectGuid | DistinguishedName, member: ObjectGuid | DistinguishedName
    ) -> Membership | None:
        """The direct membership of ``member`` in ``group`` with its TTL."""
        return self._memberships.membership(group, member)

    def is_member_of(
        self, member: ObjectGuid | DistinguishedName, group: ObjectGuid | DistinguishedName
    ) -> bool:
        """Whether ``member`` is in ``group``, directly or through groups in it."""
        return self._memberships.is_member_of(member, group)

    def groups_of(
        self, account: ObjectGuid | DistinguishedName, *, nested: bool = False
    ) -> Sequence[DirectoryEntry]:
        """The groups of this domain that ``account`` is a direct member of, its primary group included; with
        ``nested`` also those that it is in through them."""
        groups = self._entries(self._memberships.groups_of(account, nested=nested))
        return tuple(sorted(groups, key=lambda entry: (entry.name.casefold(), entry.name)))

    def add_member(
        self,
        group: ObjectGuid | DistinguishedName,
        member: DistinguishedName,
        *,
        lifetime_seconds: int | None = None,
    ) -> None:
        """Make ``member`` a member of ``group``, with a TTL where given; :class:`RejectedByDirectory` for a
        TTL that this forest does not know."""
        self._memberships.add(group, member, lifetime_seconds)

    def renew_member(
        self, group: ObjectGuid | DistinguishedName, member: DistinguishedName, lifetime_seconds: int
    ) -> None:
        """Give the membership of ``member`` another TTL, in one write."""
        self._memberships.renew(group, member, lifetime_seconds)

    def remove_member(self, group: ObjectGuid | DistinguishedName, member: DistinguishedName) -> None:
        """Take ``member`` out of ``group``; :class:`NoSuchObject` if it is none."""
        self._memberships.remove(group, member)

    def take_out(self, group: ObjectGuid | DistinguishedName, member: ObjectGuid) -> bool:
        """Take a member out of a group in one write, by GUID; whether it was one."""
        return self._memberships.take_out(group, member)

    def empty_group(self, group: ObjectGuid | DistinguishedName) -> None:
        """Take all members out of a group; one that is empty already stays so."""
        self._memberships.clear(group)

    def delete_group(self, group: ObjectGuid | DistinguishedName) -> None:
        """Delete a group."""
        self._session.delete(address(group), subject=group)

    def write_record(
        self,
        group: ObjectGuid | DistinguishedName,
        info: str,
        description: str,
        *,
        lifetime_seconds: int | None = None,
    ) -> None:
        """Replace our record in a temporary group; an empty text removes it.

        ``lifetime_seconds`` refreshes a dynamic object in the same write (Microsoft, *Refreshing a dynamic
        object*: by ``entryTTL`` or the extended operation of RFC 2589).
        """
        changes = {
            name: (REPLACE, [value] if value else [])
            for name, value in (("info", info), ("description", description))
        }
        if lifetime_seconds is not None:
            changes["entryTTL"] = (REPLACE, [str(lifetime_seconds)])
        self._session.modify(address(group), changes, subject=group)

    # how

    def _now(self) -> datetime:
        return self._root.time + timedelta(seconds=time.monotonic() - self._read_at)

    def _entries(self, found: Iterable[Found]) -> list[DirectoryEntry]:
        now = self._now()
        return [entry_from(one, now) for one in found if is_shown(one)]

    def _descriptor(self, what: ObjectGuid | DistinguishedName) -> bytes:
        """What of its security descriptor may be read; empty where nothing may."""
        names = ["objectGUID", "nTSecurityDescriptor"]
        try:
            found = self._session.read(address(what), names, descriptor=DACL_SECURITY_INFORMATION)
        except (NoSuchObject, AccessDenied, ReferredElsewhere):
            return b""
        return next(iter(found.values("nTSecurityDescriptor")), b"")

    def _may_read_members(self, descriptor: Sequence[bytes]) -> bool:
        return bool(descriptor) and may_read_members(descriptor[0], self._token() | EVERYBODY)

    def _is_not_in(self, folder: DistinguishedName) -> bool:
        """Whether what is not shown is not in ``folder``: that may be listed, or is not there itself."""
        place = folder
        while place and not same_dn(place, self._root.base_dn):
            try:
                self._session.read(place, ["objectGUID"])
            except NoSuchObject:
                place = parent_dn(place)
            except (AccessDenied, ReferredElsewhere):
                return False
            else:
                break
        return not place or may_list(self._descriptor(place), self._token() | EVERYBODY)

    def _token(self) -> frozenset[SecurityId]:
        """The SIDs by which the directory judges who signed in ([MS-ADTS] 3.1.1.3.2.32)."""
        token = self._session.read("", ["tokenGroups"], subject=self._session.peer)
        return frozenset(map(sid_text, token.values("tokenGroups")))

    def _matching(self, name: str) -> Iterator[Found]:
        user, at, suffix = name.rpartition("@")
        domain_part, backslash, plain = name.partition("\\")
        if at:
            where = equals("userPrincipalName", name)
            if suffix.lower() == self._info.dns_name.lower():
                where = any_of(where, equals("sAMAccountName", user))
        elif backslash:
            if domain_part.lower() not in {self._info.netbios_name.lower(), self._info.dns_name.lower()}:
                return
            where = equals("sAMAccountName", plain)
        else:
            where = equals("sAMAccountName", name)
        if not (user if at else plain if backslash else name):
            return
        yield from self._session.search(self._root.base_dn, user_filter(where), ENTRY_ATTRIBUTES)

    def _first_member(self, group: NewGroup) -> str:
        if group.member_lifetime_seconds is None or not group.member:
            return group.member
        return self._memberships.with_ttl(group.member, group.member_lifetime_seconds)

    def _groups(
        self, where: Filter, subject: ObjectGuid | DistinguishedName
    ) -> dict[ObjectGuid, TemporaryGroup]:
        # The whole list first: a group with very many members needs requests of its own.
        found = list(
            self._session.search(
                self._root.base_dn,
                all_of(equals("objectClass", "group"), where),
                GROUP_ATTRIBUTES,
                subject=subject,
                extended_dn=True,
                descriptor=OWNER_SECURITY_INFORMATION,
            )
        )
        shown = [(shown_guid(one), one) for one in found]
        return {guid: self._temporary_group(one) for guid, one in shown if guid is not None}

    def _temporary_group(self, found: Found) -> TemporaryGroup:
        guid = shown_guid(found)
        assert guid is not None
        where = address(guid)
        members, member_of = (
            all_values(self._session, found, where, name, subject=found.dn, extended_dn=True)
            for name in ("member", "memberOf")
        )
        return temporary_group_from(found, members, member_of)
