# SPDX-License-Identifier: MIT
"""One signed-in connection to a domain controller as the core knows it:
:class:`~jit_desktop.elevation.ports.Directory`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from jit_desktop.directory import domain
from jit_desktop.directory.attributes import Found, is_guid, sid_text, text
from jit_desktop.directory.domain import RootDse
from jit_desktop.directory.entries import (
    ENTRY_ATTRIBUTES,
    GROUP_ATTRIBUTES,
    entry_from,
    group_type,
    in_tree_order,
    kinds_filter,
    temporary_group_from,
    user_filter,
)
from jit_desktop.directory.filters import ANYTHING, all_of, any_of, begins, equals, matches_in_chain
from jit_desktop.directory.results import name_of
from jit_desktop.directory.session import ADD, DELETE, OBJECT, ONE_LEVEL, REPLACE, LdapSession
from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.errors import (
    AlreadyExists,
    AmbiguousName,
    Cancelled,
    DirectoryUnavailable,
    NoSuchObject,
    OutcomeUnknown,
    RejectedByDirectory,
)
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, SecurityId
from jit_desktop.elevation.ports import (
    DirectoryEntry,
    DomainController,
    DomainInfo,
    EntryKind,
    Membership,
    NewGroup,
    Rights,
    TemporaryGroup,
)

_RANGE: Final = ";range="


class LdapDirectory:
    """Implements the core's ``Directory``; made by
    :class:`~jit_desktop.directory.connector.DirectoryConnector`."""

    def __init__(self, session: LdapSession, root: RootDse, info: DomainInfo) -> None:
        self._session = session
        self._root = root
        self._info = info
        self._read_at = time.monotonic()

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

    def cancel(self) -> None:
        """Break off the request that is running, from any thread.

        A read raises :class:`Cancelled`; a write that is under way :class:`OutcomeUnknown`, because nobody
        can know then whether it was done.
        """
        self._session.cancel()

    def current_time(self) -> datetime:
        """The domain controller's clock (rootDSE ``currentTime``), UTC."""
        return domain.current_time(self._session)

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
        found = self._session.read(_address(what), ENTRY_ATTRIBUTES, subject=what)
        return entry_from(found, self._now())

    def find_account(self, name: str) -> DirectoryEntry:
        """A user account by logon name, UPN or ``DOMAIN\\user``.

        A UPN is looked for as it is and, in this domain, as *logon name* @ *DNS name of the domain*, which
        every account has without it being stored ([MS-ADTS] 5.1.1.1.1). Raises :class:`AmbiguousName` if
        these differ.
        """
        found = [entry_from(one, self._now()) for one in self._matching(name.strip())]
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
        """The direct members of a group, all of them however many.

        The server gives at most MaxValRange (1,500) values at a time ([MS-ADTS] 3.1.1.3.1.3.3); the rest is
        asked for in ranges.
        """
        found = self._session.read(_address(group), ["member"], subject=group)
        values = self._all_values(found, _address(group), "member", group)
        return tuple(DistinguishedName(text(value)) for value in values)

    def token_groups(self, account: ObjectGuid | DistinguishedName) -> frozenset[SecurityId]:
        """SIDs of all groups that the account is in, nested ones included ([MS-ADTS] 3.1.1.4.5.19)."""
        found = self._session.read(_address(account), ["tokenGroups"], subject=account)
        return frozenset(map(sid_text, found.values("tokenGroups")))

    def rights(self, location: DistinguishedName, targets: Iterable[ObjectGuid]) -> Rights:
        """What the bound account may do, as the server computes it ([MS-ADTS] 3.1.1.4.5.4 and .6)."""
        place = self._session.read(location, ["allowedChildClassesEffective"], subject=location)
        classes = {name.lower() for name in place.texts("allowedChildClassesEffective")}
        may_write = {}
        for target in targets:
            found = self._session.read(_address(target), ["allowedAttributesEffective"], subject=target)
            names = {name.lower() for name in found.texts("allowedAttributesEffective")}
            may_write[target] = "member" in names
        return Rights("group" in classes, may_write)

    def temporary_groups(self, location: DistinguishedName, prefix: str) -> Sequence[TemporaryGroup]:
        """The groups directly in ``location`` whose name begins with ``prefix``, by name."""
        where = all_of(equals("objectClass", "group"), begins("name", prefix))
        # The whole list first: a group with very many members needs requests of its own.
        found = list(
            self._session.search(location, where, GROUP_ATTRIBUTES, scope=ONE_LEVEL, extended_dn=True)
        )
        groups = (self._temporary_group(one) for one in found)
        return tuple(sorted(groups, key=lambda group: group.name.casefold()))

    def temporary_group(self, what: ObjectGuid | DistinguishedName) -> TemporaryGroup | None:
        """One temporary group as it is now, ``None`` where the directory says that it does not exist."""
        try:
            found = self._session.read(_address(what), GROUP_ATTRIBUTES, subject=what, extended_dn=True)
        except NoSuchObject:
            return None
        return self._temporary_group(found)

    # writing

    def create_group(self, group: NewGroup) -> TemporaryGroup:
        """Make a temporary group in one write and read it back.

        A connection that is lost between the two raises :class:`OutcomeUnknown` too: the group is there.
        """
        dn = child_dn("CN", group.name, group.location)
        attributes: dict[str, list[str]] = {
            "objectClass": ["top", "group"],
            "cn": [group.name],
            # Without it the directory makes up a name ([MS-SAMR] 3.1.1.8.4).
            "sAMAccountName": [group.name],
            "groupType": [group_type(group.scope)],
            "member": [group.member],
            "info": [group.info],
            "description": [group.description],
        }
        try:
            self._session.add(dn, {name: values for name, values in attributes.items() if values[0]})
        except NoSuchObject as error:
            raise self._missing(group.location, group.member) or error from None
        try:
            made = self.temporary_group(dn)
        except (DirectoryUnavailable, Cancelled) as error:
            raise OutcomeUnknown(
                "The temporary group was created, but could not be read back.",
                subject=dn,
                remedy="Nothing is repeated blindly: what became of it is read first.",
            ) from error
        if made is None:
            raise OutcomeUnknown(
                "The temporary group was created, but the directory does not show it.",
                subject=dn,
                remedy="Check whether it was deleted, and whether the account that signs in may read it.",
            )
        return made

    def membership(
        self, group: ObjectGuid | DistinguishedName, member: ObjectGuid | DistinguishedName
    ) -> Membership | None:
        """The direct membership of ``member`` in ``group``."""
        where = equals("member", _address(member))
        try:
            found = list(
                self._session.search(_address(group), where, ["objectGUID"], scope=OBJECT, subject=group)
            )
        except NoSuchObject:
            return None
        return Membership() if found else None

    def is_member_of(
        self, member: ObjectGuid | DistinguishedName, group: ObjectGuid | DistinguishedName
    ) -> bool:
        """Whether ``member`` is in ``group``, directly or through groups in it."""
        try:
            dn = self.read(member).dn
            where = matches_in_chain("member", dn)
            found = self._session.search(_address(group), where, ["objectGUID"], scope=OBJECT, subject=group)
            return any(found)
        except NoSuchObject:
            return False

    def groups_of(self, account: ObjectGuid | DistinguishedName) -> Sequence[DirectoryEntry]:
        """The groups that ``account`` is a direct member of, by name."""
        found = self._session.read(_address(account), ["memberOf"], subject=account)
        values = self._all_values(found, _address(account), "memberOf", account)
        groups = [self.read(DistinguishedName(text(value))) for value in values]
        return tuple(sorted(groups, key=lambda entry: entry.name.casefold()))

    def add_member(
        self,
        group: ObjectGuid | DistinguishedName,
        member: DistinguishedName,
        *,
        lifetime_seconds: int | None = None,
    ) -> None:
        """Make ``member`` a member of ``group``."""
        try:
            self._session.modify(_address(group), {"member": (ADD, [member])}, subject=group)
        except AlreadyExists:
            raise AlreadyExists(
                f"{name_of(member)} is a member of the group already.", subject=member
            ) from None
        except NoSuchObject as error:
            raise self._missing(group, member) or error from None

    def renew_member(
        self, group: ObjectGuid | DistinguishedName, member: DistinguishedName, lifetime_seconds: int
    ) -> None:
        """Give the membership of ``member`` another TTL, in one write."""
        raise RejectedByDirectory(
            "This directory ends no membership by itself.", subject=group, remedy="Extend without a TTL."
        )

    def remove_member(self, group: ObjectGuid | DistinguishedName, member: DistinguishedName) -> None:
        """Take ``member`` out of ``group``; :class:`NoSuchObject` if it is none.

        Not every server says so by itself (Samba answers *success*), so it is asked for first.
        """
        where = equals("member", member)
        if not any(self._session.search(_address(group), where, ["objectGUID"], scope=OBJECT, subject=group)):
            raise self._missing(group, member) or NoSuchObject(
                f"{name_of(member)} is no member of the group.", subject=member
            )
        self._session.modify(_address(group), {"member": (DELETE, [member])}, subject=group)

    def empty_group(self, group: ObjectGuid | DistinguishedName) -> None:
        """Take all members out of a group; one that is empty already stays so."""
        self._session.modify(_address(group), {"member": (REPLACE, [])}, subject=group)

    def delete_group(self, group: ObjectGuid | DistinguishedName) -> None:
        """Delete a group."""
        self._session.delete(_address(group), subject=group)

    def write_record(
        self,
        group: ObjectGuid | DistinguishedName,
        info: str,
        description: str,
        *,
        lifetime_seconds: int | None = None,
    ) -> None:
        """Replace our record in a temporary group; an empty text removes it."""
        changes = {
            name: (REPLACE, [value] if value else [])
            for name, value in (("info", info), ("description", description))
        }
        self._session.modify(_address(group), changes, subject=group)

    # how

    def _now(self) -> datetime:
        return self._root.time + timedelta(seconds=time.monotonic() - self._read_at)

    def _entries(self, found: Iterable[Found]) -> list[DirectoryEntry]:
        now = self._now()
        return [entry_from(one, now) for one in found]

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

    def _temporary_group(self, found: Found) -> TemporaryGroup:
        address = _address(found.guid())
        members = self._all_values(found, address, "member", found.dn)
        member_of = self._all_values(found, address, "memberOf", found.dn)
        return temporary_group_from(found, members, member_of)

    def _all_values(self, found: Found, address: str, name: str, subject: str) -> list[bytes]:
        """All values of an attribute of which ``found`` may have only the first range."""
        extended = found.dn.startswith("<")
        values: list[bytes] = list(found.values(name))
        while True:
            ranged = next((a for a in found.attributes if a.startswith(name.lower() + _RANGE)), "")
            if not ranged:
                return values
            values += found.values(ranged)
            last = ranged.rpartition("-")[2]
            if last == "*":
                return values
            asked = f"{name}{_RANGE}{int(last) + 1}-*"
            found = self._session.read(address, [asked], subject=subject, extended_dn=extended)

    def _missing(self, *objects: ObjectGuid | DistinguishedName) -> NoSuchObject | None:
        """Which of several objects is not there, the first of them: an answer to a write does not say it."""
        for what in objects:
            try:
                self._session.read(_address(what), ["objectGUID"], subject=what)
            except NoSuchObject as missing:
                return missing
        return None


def _address(what: ObjectGuid | DistinguishedName) -> str:
    """The search base or DN under which an object is found ([MS-ADTS] 3.1.1.3.1.2.4 for GUIDs)."""
    return f"<GUID={what}>" if is_guid(what) else what
