# SPDX-License-Identifier: MIT
"""One connection to the embedded demo domain: the ``Directory`` of the core without a network."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from jit_desktop.directory.demo import changes, rules
from jit_desktop.directory.demo.access import Access
from jit_desktop.directory.demo.domain import CONTROLLERS, Decide, DemoController, DemoDomain
from jit_desktop.directory.demo.faults import FaultPlan, Operation, error_for
from jit_desktop.directory.demo.line import Line
from jit_desktop.directory.demo.lookup import (
    find,
    find_account,
    in_order,
    matches,
    owner_of,
    require,
    seconds_left,
    to_entry,
    to_temporary_group,
)
from jit_desktop.directory.demo.objects import (
    BASE_DN,
    DNS_NAME,
    DOMAIN_SID,
    NETBIOS_NAME,
    DemoObject,
)
from jit_desktop.directory.demo.tree import Tree
from jit_desktop.elevation.dn import parent_dn
from jit_desktop.elevation.errors import (
    OutcomeUnknown,
    RejectedByDirectory,
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

FUNCTIONAL_LEVEL = 7
"""Windows Server 2016 ([MS-ADTS] msDS-Behavior-Version)."""


class DemoDirectory:
    """Does what :class:`~jit_desktop.elevation.ports.Directory` says, on what one controller has."""

    def __init__(
        self,
        domain: DemoDomain,
        controller: DemoController,
        logon_name: str,
        *,
        sid: SecurityId,
        faults: FaultPlan,
        latency_seconds: float,
        timeout_seconds: float,
    ) -> None:
        self._domain = domain
        self._controller = controller
        self._sid = sid
        self._access = Access(domain, controller, rules.power_of(logon_name))
        self._line = Line(
            controller.host, faults, latency_seconds=latency_seconds, timeout_seconds=timeout_seconds
        )
        self._info = DomainInfo(
            dns_name=DNS_NAME,
            base_dn=BASE_DN,
            netbios_name=NETBIOS_NAME,
            controller=controller.host,
            identity=f"{NETBIOS_NAME}\\{logon_name}",
            encryption="Embedded demo domain, no network",
            functional_level=FUNCTIONAL_LEVEL,
            abilities=domain.abilities,
            synchronized=controller.host not in domain.restrictions.unsynchronized,
            domain_sid=SecurityId(DOMAIN_SID),
        )

    @property
    def info(self) -> DomainInfo:
        return self._info

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._line.close()

    @property
    def is_usable(self) -> bool:
        return self._line.is_usable

    def work_until(self, monotonic: float | None) -> None:
        self._line.work_until = monotonic

    def cancel(self) -> None:
        self._line.cancel()

    def current_time(self) -> datetime:
        self._read(Operation.CURRENT_TIME)
        return self._domain.clock_of(self._controller)

    def own_sid(self) -> SecurityId | None:
        self._read(Operation.OWN_SID)
        return self._sid

    def domain_controllers(self) -> Sequence[DomainController]:
        self._read(Operation.DOMAIN_CONTROLLERS)
        return sorted((c.as_port for c in CONTROLLERS), key=lambda c: c.host)

    # reading

    def children(
        self, parent: DistinguishedName, kinds: frozenset[EntryKind], *, limit: int = 0
    ) -> Sequence[DirectoryEntry]:
        tree = self._read(Operation.CHILDREN)
        found = in_order(c for c in self._access.children(tree, parent) if c.kind in kinds)
        return self._entries(tree, found[: limit or None])

    def search(self, text: str, kinds: frozenset[EntryKind], *, limit: int = 200) -> Sequence[DirectoryEntry]:
        tree = self._read(Operation.SEARCH)
        if not text.strip():
            return ()
        wanted = (thing for thing in tree if thing.kind in kinds and matches(thing, text))
        found = in_order(thing for thing in wanted if not self._access.is_hidden(tree, thing))
        return self._entries(tree, found[: limit or None])

    def read(self, what: ObjectGuid | DistinguishedName) -> DirectoryEntry:
        tree = self._read(Operation.READ)
        return to_entry(tree, self._access.require(tree, what), self._domain.now())

    def find_account(self, name: str) -> DirectoryEntry:
        tree = self._read(Operation.FIND_ACCOUNT)
        thing = find_account(tree, name)
        if thing is None or self._access.is_hidden(tree, thing):
            raise rules.no_such_object(name)
        return to_entry(tree, thing, self._domain.now())

    def members(self, group: ObjectGuid | DistinguishedName) -> Sequence[DistinguishedName]:
        tree = self._read(Operation.MEMBERS)
        return [
            tree.dn(member)
            for member in _existing(tree, self._access.members(self._access.require(tree, group)))
        ]

    def token_groups(self, account: ObjectGuid | DistinguishedName) -> frozenset[SecurityId]:
        tree = self._read(Operation.TOKEN_GROUPS)
        groups = tree.all_groups_of(self._access.require(tree, account))
        return frozenset(g.sid for g in groups if g.sid is not None and g.security_enabled)

    def rights(self, location: DistinguishedName, targets: Iterable[ObjectGuid]) -> Rights:
        tree = self._read(Operation.RIGHTS)

        def may(what: ObjectGuid | DistinguishedName, write: Operation) -> bool:
            thing = self._access.require(tree, what)
            return self._access.may_write(tree, thing) and not self._access.refuses(thing, write)

        return Rights(
            can_create_groups=may(location, Operation.CREATE_GROUP),
            can_write_members={guid: may(guid, Operation.ADD_MEMBER) for guid in targets},
        )

    def can_list(self, location: DistinguishedName) -> bool:
        tree = self._read(Operation.CAN_LIST)
        folder = find(tree, location)
        if folder is None or self._access.is_hidden(tree, folder):
            return False
        return self._access.can_list(folder)

    def was_deleted(self, what: ObjectGuid) -> bool:
        tree = self._read(Operation.WAS_DELETED)
        return self._access.shows_deleted and tree.was_deleted(what)

    def has_left(self, what: ObjectGuid, folder: DistinguishedName) -> bool:
        tree = self._read(Operation.HAS_LEFT)
        thing, place = tree.get(what), folder
        while place and find(tree, place) is None:
            place = parent_dn(place)  # the folder itself has left its place
        where = self._access.find(tree, place) if place else None
        if place and (where is None or not self._access.can_list(where)):
            return False
        home = None if thing is None else tree.get(thing.parent)
        # Of what was moved to where nothing may be seen not even its place is shown.
        return home is None or self._access.is_hidden(tree, home) or not self._access.can_list(home)

    def temporary_groups(
        self, location: ObjectGuid | DistinguishedName, prefix: str, *, info: str = ""
    ) -> Sequence[TemporaryGroup]:
        tree = self._read(Operation.TEMPORARY_GROUPS)
        groups = [c for c in self._access.children(tree, location) if c.kind is EntryKind.GROUP]
        wanted = [
            g
            for g in groups
            if g.name.casefold().startswith(prefix.casefold())
            and g.info.casefold().startswith(info.casefold())
        ]
        return [self._shown(tree, group) for group in in_order(wanted)]

    def temporary_group(self, what: ObjectGuid | DistinguishedName) -> TemporaryGroup | NotVisible:
        tree = self._read(Operation.TEMPORARY_GROUP)
        thing = find(tree, what)
        if thing is None or thing.scope is None or self._access.is_hidden(tree, thing):
            return NotVisible(rules.no_such_object(what).message)
        return self._shown(tree, thing)

    def member_links(self, group: ObjectGuid | DistinguishedName) -> Sequence[MemberLink]:
        tree = self._read(Operation.MEMBER_LINKS)
        there = _existing(tree, self._access.members(self._access.require(tree, group)))
        return [MemberLink(member.guid, tree.dn(member)) for member in there]

    def unseen(
        self, group: ObjectGuid | DistinguishedName, links: Iterable[MemberLink]
    ) -> Sequence[MemberLink]:
        tree = self._read(Operation.UNSEEN)
        there = self._access.members(self._access.require(tree, group))
        return [link for link in links if link.guid in there and self._access.find(tree, link.guid) is None]

    def has_members(self, group: ObjectGuid | DistinguishedName) -> bool | None:
        tree = self._read(Operation.HAS_MEMBERS)
        thing = self._access.find(tree, group)
        if thing is None:
            return None
        accounts = (t for t in tree if t.primary_group == thing.guid)
        if self._access.members(thing) or any(not self._access.is_hidden(tree, a) for a in accounts):
            return True
        return False if self._access.can_read_members(thing) else None

    def shows_members(self, group: ObjectGuid | DistinguishedName) -> bool:
        tree = self._read(Operation.SHOWS_MEMBERS)
        thing = self._access.find(tree, group)
        return thing is not None and self._access.can_read_members(thing)

    def groups_in(self, target: ObjectGuid | DistinguishedName) -> Sequence[TemporaryGroup]:
        tree = self._read(Operation.GROUPS_IN)
        container = self._access.require(tree, target)
        is_listed = self._access.can_read_members(container)
        groups = [
            member
            for member in _existing(tree, container.members)
            if member.kind is EntryKind.GROUP
            and not self._access.is_hidden(tree, member)
            and (is_listed or self._access.can_read_memberships(member))
        ]
        return [self._shown(tree, group) for group in in_order(groups)]

    def membership(
        self, group: ObjectGuid | DistinguishedName, member: ObjectGuid | DistinguishedName
    ) -> Membership | None:
        tree = self._read(Operation.MEMBERSHIP)
        target, joined = self._access.find(tree, group), self._access.find(tree, member)
        if target is None or joined is None or joined.guid not in target.members:
            return None
        return Membership(seconds_left(target.link_ends_at(joined.guid), self._domain.now()))

    def is_member_of(
        self, member: ObjectGuid | DistinguishedName, group: ObjectGuid | DistinguishedName
    ) -> bool:
        tree = self._read(Operation.IS_MEMBER_OF)
        target, joined = self._access.find(tree, group), find(tree, member)
        if target is None or joined is None:
            return False
        # It is followed with the rights of who asks: it ends at what keeps who is in it.
        found, waiting = set[ObjectGuid](), [joined.guid]
        while waiting:
            one = waiting.pop()
            there = (t for t in _existing(tree, tree.groups_of(one)) if t.guid not in found)
            shown = [t.guid for t in there if one in self._access.members(t)]
            shown = [guid for guid in shown if self._access.find(tree, guid) is not None]
            found.update(shown)
            waiting += shown
        return target.guid in found

    def groups_of(
        self, account: ObjectGuid | DistinguishedName, *, nested: bool = False
    ) -> Sequence[DirectoryEntry]:
        tree = self._read(Operation.GROUPS_OF)
        member = self._access.require(tree, account)
        direct = [t for t in tree if member.guid in self._access.members(t) or t.guid == member.primary_group]
        held = tree.all_groups_of(member) if nested else direct
        shown = in_order(t for t in held if not self._access.is_hidden(tree, t))
        entries = self._entries(tree, shown)
        return [replace(e, owner=owner_of(t)) for e, t in zip(entries, shown, strict=True)]

    # writing

    def create_group(self, group: NewGroup) -> TemporaryGroup:
        guid = ObjectGuid(str(uuid.uuid4()))

        def decide(tree: Tree) -> Sequence[changes.Change]:
            location = require(tree, group.location)
            if not location.is_folder:
                raise RejectedByDirectory(
                    f"Nothing can be made below {location.name}.", subject=group.location
                )
            self._access.require_write(tree, location, Operation.CREATE_GROUP, "create groups in")
            rules.require_free_name(tree, location, group.name)
            rules.require_fitting_texts(group.name, group.info, group.description)
            member = require(tree, group.member) if group.member else None
            until = self._link_end(group.name, group.member_lifetime_seconds)
            made = DemoObject(
                guid=guid,
                parent=location.guid,
                name=group.name,
                kind=EntryKind.GROUP,
                sid=SecurityId(f"{DOMAIN_SID}-{self._domain.next_rid(self._controller)}"),
                logon_name=group.name,
                description=group.description,
                info=group.info,
                scope=group.scope,
                created=self._domain.clock_of(self._controller).replace(microsecond=0),
                dies_at=self._death(group.name, group.lifetime_seconds),
                owner=self._sid,
                info_version=1 if group.info else 0,
                description_version=1 if group.description else 0,
            )
            if member is None:
                return [changes.created(made)]
            rules.require_nestable(tree, made, member)
            return [changes.created(made), changes.member_added(guid, member.guid, until)]

        tree = self._write(Operation.CREATE_GROUP, decide)
        made = require(tree, guid)
        if self._access.is_hidden(tree, made):
            raise OutcomeUnknown(
                "The temporary group was created, but the directory does not show it.", subject=tree.dn(made)
            )
        return self._shown(tree, made)

    def add_member(
        self,
        group: ObjectGuid | DistinguishedName,
        member: DistinguishedName,
        *,
        lifetime_seconds: int | None = None,
    ) -> None:
        def decide(tree: Tree) -> Sequence[changes.Change]:
            target = self._access.writable_group(tree, group, Operation.ADD_MEMBER)
            joining = require(tree, member)
            rules.require_nestable(tree, target, joining)
            until = self._link_end(target.name, lifetime_seconds)
            return [changes.member_added(target.guid, joining.guid, until)]

        self._write(Operation.ADD_MEMBER, decide)

    def renew_member(
        self, group: ObjectGuid | DistinguishedName, member: DistinguishedName, lifetime_seconds: int
    ) -> None:
        def decide(tree: Tree) -> Sequence[changes.Change]:
            target = self._access.writable_group(tree, group, Operation.RENEW_MEMBER)
            until = self._link_end(target.name, lifetime_seconds)
            staying = find(tree, member)
            if staying is None or staying.guid not in target.members:
                raise rules.not_a_member(tree, target, member)
            return [changes.member_added(target.guid, staying.guid, until)]

        self._write(Operation.RENEW_MEMBER, decide)

    def remove_member(self, group: ObjectGuid | DistinguishedName, member: DistinguishedName) -> None:
        def decide(tree: Tree) -> Sequence[changes.Change]:
            target = self._access.writable_group(tree, group, Operation.REMOVE_MEMBER)
            leaving = find(tree, member)
            if leaving is None or leaving.guid not in target.members:
                raise rules.not_a_member(tree, target, member)
            return [changes.member_removed(target.guid, leaving.guid)]

        self._write(Operation.REMOVE_MEMBER, decide)

    def take_out(self, group: ObjectGuid | DistinguishedName, member: ObjectGuid) -> bool:
        was_one = False

        def decide(tree: Tree) -> Sequence[changes.Change]:
            nonlocal was_one
            if find(tree, group) is None:
                return []
            target = self._access.writable_group(tree, group, Operation.TAKE_OUT)
            was_one = member in target.members
            return [changes.member_removed(target.guid, member)] if was_one else []

        self._write(Operation.TAKE_OUT, decide)
        return was_one

    def empty_group(self, group: ObjectGuid | DistinguishedName) -> None:
        def decide(tree: Tree) -> Sequence[changes.Change]:
            target = self._access.writable_group(tree, group, Operation.EMPTY_GROUP)
            return [changes.member_removed(target.guid, member) for member in target.members]

        self._write(Operation.EMPTY_GROUP, decide)

    def delete_group(self, group: ObjectGuid | DistinguishedName) -> None:
        def decide(tree: Tree) -> Sequence[changes.Change]:
            target = require(tree, group)
            rules.require_group(tree, target)
            # The right to delete the children of its folder suffices ([MS-ADTS] 3.1.1.5.5).
            folder = tree.get(target.parent)
            if folder is None or not self._access.may_write(tree, folder):
                rules.require_write(tree, target, self._access.power, "delete")
            self._access.require_not_refused(tree, target, Operation.DELETE_GROUP, "delete")
            rules.require_deletable(tree, target)
            return [changes.deleted(target.guid)]

        self._write(Operation.DELETE_GROUP, decide)

    def write_record(
        self,
        group: ObjectGuid | DistinguishedName,
        info: str,
        description: str,
        *,
        lifetime_seconds: int | None = None,
    ) -> None:
        def decide(tree: Tree) -> Sequence[changes.Change]:
            target = self._access.writable_group(tree, group, Operation.WRITE_RECORD, "write the record of")
            rules.require_fitting_texts(target.name, info, description)
            values: dict[str, str] = {"info": info, "description": description}
            if lifetime_seconds is not None:
                if target.dies_at is None:
                    raise RejectedByDirectory(f"{target.name} is no dynamic object.", subject=tree.dn(target))
                dies_at = self._death(target.name, lifetime_seconds)
                assert dies_at is not None
                values["dies_at"] = dies_at.isoformat()
            return [changes.fields_set(target.guid, **values)]

        self._write(Operation.WRITE_RECORD, decide)

    # how every request goes

    def _read(self, operation: Operation) -> Tree:
        fault = self._line.ask(operation)
        if fault is not None:
            raise error_for(fault, operation, self._controller.host)
        return self._domain.view(self._controller)

    def _write(self, operation: Operation, decide: Decide) -> Tree:
        fault = self._line.ask(operation)
        if fault is not None and not fault.is_after:
            raise error_for(fault, operation, self._controller.host)
        if not self._controller.writable:
            raise RejectedByDirectory(
                f"{self._controller.host} is a read-only domain controller.",
                subject=self._controller.host,
                remedy="Connect to a writable domain controller.",
            )
        tree = self._domain.write(self._controller, decide)
        if fault is not None:
            raise error_for(fault, operation, self._controller.host)
        return tree

    def _death(self, group: str, lifetime_seconds: int | None) -> datetime | None:
        """``msDS-Entry-Time-To-Die`` of a group that is to live so long; ``None`` for an ordinary one."""
        if lifetime_seconds is None:
            return None
        seconds = rules.group_lifetime(group, lifetime_seconds, self._domain.abilities)
        return self._domain.now() + timedelta(seconds=seconds)

    def _link_end(self, group: str, lifetime_seconds: int | None) -> datetime | None:
        """When a membership with this TTL ends; ``None`` for a permanent one."""
        if lifetime_seconds is None:
            return None
        rules.require_link_ttl(group, lifetime_seconds, self._domain.abilities)
        return self._domain.now() + timedelta(seconds=lifetime_seconds)

    def _shown(self, tree: Tree, group: DemoObject) -> TemporaryGroup:
        shown = to_temporary_group(tree, group, self._access.members(group), self._domain.now())
        return shown if self._access.can_read_memberships(group) else replace(shown, member_of=())

    def _entries(self, tree: Tree, things: Iterable[DemoObject]) -> Sequence[DirectoryEntry]:
        now = self._domain.now()
        return [to_entry(tree, thing, now) for thing in things]


def _existing(tree: Tree, guids: Iterable[ObjectGuid]) -> Iterable[DemoObject]:
    return (thing for thing in map(tree.get, guids) if thing is not None)
