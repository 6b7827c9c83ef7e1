# SPDX-License-Identifier: MIT
"""Finds what may give the offered privileges: by what is in them, and in the creation locations, on every
domain controller that can be asked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from jit_desktop.elevation import record
from jit_desktop.elevation.controllers import NOT_SHOWN, OTHERS, Controllers, is_lost
from jit_desktop.elevation.dn import is_within, split_dn
from jit_desktop.elevation.errors import DirectoryError, JitError, NoSuchObject
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, SecurityId
from jit_desktop.elevation.judging import Tokens, with_all_that_it_gives
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory, MemberLink, NotVisible, TemporaryGroup
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.elevation.verdict import name_is_ours

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Sighted:
    """A group as the first domain controller that shows it shows it, and all that show it."""

    group: TemporaryGroup
    directory: Directory
    host: str
    others: list[Sighted]
    """As the other domain controllers show it."""


class Survey:
    """One look at all domain controllers; few requests a privilege and one a location, each."""

    def __init__(
        self,
        provider: DomainProvider,
        controllers: Controllers,
        location_dn: DistinguishedName,
        elevations_of: Callable[[Collection[ObjectGuid]], Mapping[ObjectGuid, Elevation]],
        trusted_owners: Collection[SecurityId],
    ) -> None:
        """``location_dn``: where the main domain controller has shown the creation location a moment ago;
        ``elevations_of``: elevations by the GUIDs of their temporary groups, those that have ended included;
        ``trusted_owners``: the account that signs in."""
        self._trusted_owners = trusted_owners
        self._provider = provider
        self._controllers = controllers
        self._location_dn = location_dn
        self._elevations_of = elevations_of
        self._open_groups: set[ObjectGuid | None] = set()
        self._left_behind: set[ObjectGuid] = set()
        """Temporary groups that could not be deleted. They gave nothing then, and may at any time."""
        self._lent: set[tuple[ObjectGuid, ObjectGuid]] = set()
        self.unexplained: dict[ObjectGuid, list[ObjectGuid]] = {}
        """Accounts that have chosen groups that do not show who is in them, and that nobody lent them."""
        self.unexplained_on: dict[ObjectGuid, str] = {}
        """The first domain controller that shows so of each."""
        self.seen: dict[ObjectGuid, Sighted] = {}
        self.hidden: dict[ObjectGuid, tuple[MemberLink, list[ObjectGuid], list[Directory]]] = {}
        """Links to what may not be read: each with the chosen groups that hold it, and where they do."""
        self.problem: JitError | None = None
        self._former: frozenset[ObjectGuid] = frozenset()
        """Groups that were lent, and are neither offered any more nor needed by anything that is known."""
        self.location_dns: set[DistinguishedName] = set()
        """Where the creation locations are, the used ones included."""
        self.unsearched: dict[str, str] = {}
        """Domain controllers that could not be searched, and why."""

    def run(
        self,
        rows: Sequence[Elevation],
        used_locations: Collection[ObjectGuid],
        used_targets: Collection[ObjectGuid] = (),
    ) -> None:
        """Look; ``rows`` are elevations that may have something left in the directory, ``used_locations``
        the creation locations of all that the store knows, and ``used_targets`` groups that were lent: what
        is ours in those is looked for too, and nothing that is not shown of them is told."""
        assert self._provider.jit.location is not None
        locations = {self._provider.jit.location.guid, *used_locations} | {e.location.guid for e in rows}
        self._open_groups = {e.group_guid for e in rows if e.is_open}
        self._left_behind = {e.group_guid for e in rows if not e.is_open and e.leftover and e.group_guid}
        self._lent = {(e.account.guid, p.group.guid) for e in rows if e.is_open for p in e.privileges}
        targets = set(self._provider.jit.offered)
        targets |= {p.group.guid for e in rows if e.is_open for p in e.privileges}
        self._former = frozenset(used_targets) - targets
        for host in self._controllers.hosts():
            is_main = self._controllers.is_main(host)
            try:
                directory = self._controllers.at(host, proof=False)
                self._survey_one(directory, host, locations, targets, is_main=is_main)
            except DirectoryError as error:
                if is_main and is_lost(self._controllers.main, error):
                    raise
                self._note_unsearched(host, error, is_main=is_main)
        if not self._controllers.is_whole:
            self.unsearched[OTHERS] = NOT_SHOWN
        self._say_unread(rows)

    def _survey_one(
        self,
        directory: Directory,
        host: str,
        locations: Iterable[ObjectGuid],
        targets: Collection[ObjectGuid],
        *,
        is_main: bool,
    ) -> None:
        assert self._provider.jit.location is not None
        here: dict[ObjectGuid, TemporaryGroup] = {}
        listed: dict[ObjectGuid, list[ObjectGuid]] = {}
        tokens = Tokens(directory, [account.account.guid for account in self._provider.accounts])
        lent = {*targets, *self._former}
        for guid in locations:
            try:
                is_read = is_main and guid == self._provider.jit.location.guid
                dn = self._location_dn if is_read else directory.read(guid).dn
                self.location_dns.add(dn)
                groups = directory.temporary_groups(dn, "")
                here |= {group.guid: group for group in groups}
                if not groups and not directory.can_list(dn):
                    what = f"{dn} may not be listed by the account that signs in."
                    self.unsearched.setdefault(host, what)
            except DirectoryError as error:
                if is_lost(directory, error):
                    raise
                # One that the settings had before may be gone.
                if is_main and guid == self._provider.jit.location.guid:
                    self.problem = error
                _LOG.info("A creation location could not be read on %s: %s", host, error)
        for target in targets:
            try:
                self._survey_target(target, directory, tokens, here, listed, is_main=is_main)
            except NoSuchObject as error:
                self._say_unread_target(target, host, is_main=is_main)
                _LOG.info("A chosen group is not shown by %s: %s", host, error)
            except DirectoryError as error:
                if is_lost(directory, error):
                    raise
                self._note_unsearched(host, error, is_main=is_main)  # what else is seen counts all the same
        self._survey_former(directory, host, here, listed)
        for guid in self._left_behind.difference(here):
            left = directory.temporary_group(guid)
            if not isinstance(left, NotVisible):
                here[guid] = left
        for guid, group in here.items():
            # A marker too: what it says of itself, and does not show, proves nothing.
            if guid not in self._open_groups and self._may_be_ours(group):
                try:
                    group = with_all_that_it_gives(  # noqa: PLW2901
                        group, directory, lent, tokens, in_lists_of=listed.get(guid, ())
                    )
                except DirectoryError as error:
                    if is_lost(directory, error):
                        raise
                    self._note_unsearched(host, error, is_main=is_main)
                    group = replace(group, maybe_members=not group.members)  # noqa: PLW2901
            sighted = Sighted(group, directory, host, [])
            if guid in self.seen:
                self.seen[guid].others.append(sighted)
            else:
                self.seen[guid] = sighted
        if tokens.problem is not None:
            self._note_unsearched(host, tokens.problem, is_main=is_main)

    def _survey_former(
        self,
        directory: Directory,
        host: str,
        here: dict[ObjectGuid, TemporaryGroup],
        listed: dict[ObjectGuid, list[ObjectGuid]],
    ) -> None:
        """Look for what is ours in the groups that were lent before. Who is in them for good is nobody's
        business here."""
        for target in self._former:
            try:
                self._groups_in(target, directory, here, listed)
            except NoSuchObject as error:
                _LOG.info("A group that was lent before is not shown by %s: %s", host, error)
            except DirectoryError as error:
                if is_lost(directory, error):
                    raise
                self._note_unsearched(host, error, is_main=False)

    def _note_unsearched(self, host: str, error: DirectoryError, *, is_main: bool) -> None:
        """Something can't be read there."""
        if is_main:
            self.problem = error
        self.unsearched.setdefault(host, error.message)
        _LOG.info("%s was not searched to the end: %s", host, error)

    def _survey_target(
        self,
        target: ObjectGuid,
        directory: Directory,
        tokens: Tokens,
        here: dict[ObjectGuid, TemporaryGroup],
        listed: dict[ObjectGuid, list[ObjectGuid]],
        *,
        is_main: bool,
    ) -> None:
        """What is in a chosen group: into ``here`` what may be ours, into ``listed`` whatever it lists."""
        links, nested = self._groups_in(target, directory, here, listed)
        if not links:  # what shows itself in it, or has it for a primary group, need not be all
            self._look_at_accounts(target, nested, directory, tokens, is_main=is_main)
        # Whatever its name is, and wherever it stands: both can be changed.
        unread = [link for link in links if link.guid not in here]
        for link in directory.unseen(target, unread) if unread else ():
            _, given, where = self.hidden.setdefault(link.guid, (link, [], []))
            given.append(target)
            where.append(directory)

    def _groups_in(
        self,
        target: ObjectGuid,
        directory: Directory,
        here: dict[ObjectGuid, TemporaryGroup],
        listed: dict[ObjectGuid, list[ObjectGuid]],
    ) -> tuple[Sequence[MemberLink], Sequence[TemporaryGroup]]:
        """What a group lists, and the groups in it; into ``here`` what may be ours of them."""
        links = directory.member_links(target)
        for link in links:
            listed.setdefault(link.guid, []).append(target)
        nested = directory.groups_in(target)
        for group in nested:
            # What others put into a group for good has nothing to do with us.
            if self._may_be_ours(group):
                here.setdefault(group.guid, group)
        known = self._elevations_of([link.guid for link in links if link.guid not in here])
        for link in links:
            if link.guid in here or not (link.guid in known or self._is_of_interest(link)):
                continue
            shown = directory.temporary_group(link.guid)
            if not isinstance(shown, NotVisible):
                here[shown.guid] = shown
        return links, nested

    def _look_at_accounts(
        self,
        target: ObjectGuid,
        nested: Collection[TemporaryGroup],
        directory: Directory,
        tokens: Tokens,
        *,
        is_main: bool,
    ) -> None:
        """Where it is not shown who is in a chosen group, ask the accounts' tokens who has it. ``nested`` are
        the groups in it that show themselves: they are judged, or permanent."""
        anybody = directory.has_members(target)
        if anybody is False:
            return
        if anybody is None:
            self._say_unread_target(target, directory.info.controller, is_main=is_main)
        sid = directory.read(target).sid
        for account in self._provider.accounts:
            guid = account.account.guid
            if sid is None or (guid, target) in self._lent or not tokens.holds(guid, sid):
                continue
            is_shown = any(tokens.holds(guid, group.sid) for group in nested)
            if not is_shown and not _is_primary(target, guid, directory):
                self.unexplained.setdefault(guid, []).append(target)
                self.unexplained_on.setdefault(guid, directory.info.controller)

    def _may_be_ours(self, group: TemporaryGroup) -> bool:
        return (
            record.is_begun(group.info)
            or group.owner is None
            or group.owner in self._trusted_owners
            or bool(name_is_ours(group.name, self._provider))
        )

    def _is_of_interest(self, link: MemberLink) -> bool:
        return bool(name_is_ours(rdn(link.dn), self._provider)) or is_within(link.dn, self._location_dn)

    def _say_unread_target(self, target: ObjectGuid, host: str, *, is_main: bool) -> None:
        """What an elevation that is open was given, and is not offered any more, may well be gone."""
        for privilege in self._provider.jit.privileges:
            if privilege.group.guid == target:
                error = DirectoryError(
                    f"{privilege.label} can't be read: what gives it was not looked for.",
                    subject=privilege.group.name,
                    remedy="Let the account that signs in read it, or remove it from the settings where it "
                    "was deleted.",
                )
                if is_main:
                    self.problem = error
                else:
                    self._note_unsearched(host, error, is_main=False)

    def _say_unread(self, rows: Sequence[Elevation]) -> None:
        """A creation location that shows nothing although something has to be in it could not be read."""
        there = [e for e in rows if e.is_granted and e.group_guid is not None]
        unseen = [e for e in there if e.group_guid not in self.seen]
        if not there or len(unseen) < len(there) or self.problem is not None:
            return
        if any(is_within(s.group.dn, self._location_dn) for s in self.seen.values()):
            return
        if not self._controllers.is_main(there[0].domain_controller):
            return  # it may not have heard of them yet
        if self._controllers.main.can_list(self._location_dn):
            return  # others have ended them since the rows were read
        self.problem = DirectoryError(
            f"{self._location_dn} shows nothing, although temporary groups have to be in it.",
            subject=self._location_dn,
            remedy="Check whether the account that signs in may still read it.",
        )


def _is_primary(group: ObjectGuid, account: ObjectGuid, directory: Directory) -> bool:
    """Whether ``account`` shows that it has ``group``, whose list does not show it, by itself."""
    try:
        return group in {entry.guid for entry in directory.groups_of(account)}
    except DirectoryError as error:
        if is_lost(directory, error):
            raise
        return False


def rdn(dn: DistinguishedName) -> str:
    """The value of the first part of a name."""
    parts = split_dn(dn)
    return parts[0][1] if parts else dn
