# SPDX-License-Identifier: MIT
"""The verdict on a group (:mod:`.verdict`), with what has to be read for it: who signs in, and what the
account of its record may have made itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime

from jit_desktop.elevation import prolonging, record
from jit_desktop.elevation.comparing import differences, with_reason
from jit_desktop.elevation.controllers import is_lost
from jit_desktop.elevation.dn import is_within, parent_dn, same_dn
from jit_desktop.elevation.errors import DirectoryError, NoSuchObject
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, SecurityId
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory, TemporaryGroup
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.elevation.verdict import Verdict, claim_in, latest_by_policy, verdict_on
from jit_desktop.elevation.ways import leads_to, permanent_through

_LOG = logging.getLogger(__name__)


def token_of(account: ObjectGuid, directory: Directory) -> frozenset[SecurityId] | None:
    """The groups that an account is in by its token: none where it is proven deleted, and ``None`` where that
    is not shown. Raises :class:`DirectoryError`."""
    try:
        # Everybody is in a primary group: an empty answer is one that was not given.
        return directory.token_groups(account) or None
    except NoSuchObject:
        return frozenset() if directory.was_deleted(account) else None


class Tokens:
    """The groups that accounts are in by their tokens, on one domain controller: by whatever way, the primary
    group included ([MS-ADTS] 3.1.1.4.5.19). Each is read once, when something depends on it, and by a request
    of its own: the directory works a token out for one account at a time, and nothing else shows who is in a
    group that hides it."""

    def __init__(self, directory: Directory, accounts: Iterable[ObjectGuid]) -> None:
        self._directory = directory
        self._accounts = frozenset(accounts)
        self._held: dict[ObjectGuid, frozenset[SecurityId] | None] = {}
        self.problem: DirectoryError | None = None
        """What a domain controller answered that could not read a token; whose it is may be in anything."""

    def insiders(self, group: TemporaryGroup) -> frozenset[ObjectGuid]:
        """Those accounts, and the one that its record names, that are shown to be in ``group``."""
        return frozenset(a for a in self._asked(group) if self.holds(a, group.sid))

    def unshown(self, group: TemporaryGroup) -> frozenset[ObjectGuid]:
        """Those that may be in ``group``: their tokens are not shown, and nothing proves them deleted; all,
        where the group does not show by which SID it stands in a token."""
        return frozenset(a for a in self._asked(group) if group.sid is None or self._of(a) is None)

    def holds(self, account: ObjectGuid, group: SecurityId | None) -> bool:
        """Whether ``account`` is shown to be in ``group``; False where its token is not shown."""
        return group in (self._of(account) or ())

    def may_have_by(self, group: TemporaryGroup, target: ObjectGuid, who: Iterable[ObjectGuid]) -> bool:
        """Whether one of ``who``, which are in ``group`` or may be, has ``target`` by a way that is not seen
        and may be through ``group``."""
        try:
            sid = self._directory.read(target).sid
        except NoSuchObject:
            return False  # a target that can't be looked into is told for itself
        return any(self._may_be_unexplained(one, target, sid) for one in who) and (
            leads_to(self._directory, group.guid, target, self._accounts) is None
        )

    def _may_be_unexplained(self, account: ObjectGuid, target: ObjectGuid, sid: SecurityId | None) -> bool:
        token = self._of(account)
        if token is None:
            return True
        if sid not in token:
            return False
        direct = self._directory.groups_of(account)
        return not permanent_through(self._directory, account, target, direct, token)

    def _asked(self, group: TemporaryGroup) -> frozenset[ObjectGuid]:
        claimed = claim_in(group.info).account
        return self._accounts if claimed is None else self._accounts | {claimed}

    def _of(self, account: ObjectGuid) -> frozenset[SecurityId] | None:
        if account not in self._held:
            try:
                self._held[account] = token_of(account, self._directory)
            except DirectoryError as error:
                if is_lost(self._directory, error):
                    raise
                # One token that can't be read keeps nobody else's group from being judged.
                self.problem = error
                self._held[account] = None
        return self._held[account]


def with_all_that_it_gives(
    group: TemporaryGroup,
    directory: Directory,
    offered: Collection[ObjectGuid],
    tokens: Tokens,
    *,
    in_lists_of: Collection[ObjectGuid] = (),
) -> TemporaryGroup:
    """``group`` with the accounts that are in it, or may be, by a way that it does not show, what it is in of
    ``offered`` by the lists of those (``in_lists_of``) and through groups of somebody's own, and whether
    somebody else may be in it where it shows nobody."""
    hidden = tokens.insiders(group).difference(group.members)
    members = (*group.members, *sorted(hidden))
    unshown = tuple(sorted(tokens.unshown(group).difference(members)))
    listed = tuple(target for target in in_lists_of if target not in group.member_of)
    direct = (*group.member_of, *listed)
    further: tuple[ObjectGuid, ...] = ()
    if members or unshown:
        away = [target for target in offered if target not in direct]
        given = [target for target in direct if target in offered]
        claimed = claim_in(group.info).account
        who = {*members, *(account for account in unshown if account == claimed)}
        further = tuple(
            target
            for target in away
            if (directory.is_member_of(group.guid, target) or tokens.may_have_by(group, target, who))
            # What an offered group is in goes with that: it is no way of its own.
            and not any(directory.is_member_of(one, target) for one in given)
        )
    whole = replace(group, members=members, member_of=(*direct, *further), unshown=unshown)
    if members or not whole.member_of:
        return whole
    maybe = bool(unshown) or directory.has_members(group.guid) is not False
    return replace(whole, maybe_members=maybe)


class Judge:
    """What groups are to this copy of the program: asked by ticks, the sweep, the adoption, the checkout and
    *Check now*. What it reads, it reads once."""

    def __init__(
        self,
        provider: DomainProvider,
        directory: Directory,
        location_dn: DistinguishedName,
        now: Callable[[], datetime],
    ) -> None:
        """``location_dn``: where the creation location is now; ``now``: UTC, on the domain's clock."""
        self._provider = provider
        self._directory = directory
        self._location_dn = location_dn
        self._now = now
        self._used_dns: frozenset[DistinguishedName] = frozenset()
        self._trusted: frozenset[SecurityId] | None = None
        self._marked: dict[ObjectGuid, dict[SecurityId, datetime]] = {}
        """The latest ends that markers name, by their temporary group and by who made them."""
        self._hands: dict[ObjectGuid, frozenset[SecurityId]] = {}
        self._homes: dict[ObjectGuid, DistinguishedName | None] = {}

    def trusted_owners(self) -> frozenset[SecurityId]:
        """The account that signs in; empty where its SID is not shown. Raises :class:`DirectoryError`."""
        if self._trusted is None:
            self._trusted = prolonging.trusted_owners(self._directory)
        return self._trusted

    def offered(self) -> tuple[ObjectGuid, ...]:
        """The groups that this copy lends."""
        return self._provider.jit.offered

    def note_markers(self, groups: Iterable[TemporaryGroup]) -> None:
        """Let extensions count that markers among ``groups`` prove."""
        self._marked = prolonging.by_maker(groups)

    def note_used(self, location_dns: Iterable[DistinguishedName]) -> None:
        """Let what stands in the creation locations of before count as made there."""
        self._used_dns = frozenset(location_dns)

    def on(self, group: TemporaryGroup, *, known: Elevation | None = None) -> Verdict:
        """The verdict on ``group``; ``known`` is the elevation that this copy knows it by. Raises
        :class:`DirectoryError`."""
        entry = record.read(group.info)
        trusted = self.trusted_owners()
        hands = shown_hands = frozenset[SecurityId]()
        marked = self._marked.get(group.guid, {})
        if entry is not None and (group.owner not in trusted or not trusted.issuperset(marked)):
            hands = self._hands_of(entry.account)
            # Whoever writes another name into the record is no other one by that.
            whose = {entry.account, *group.members, *(() if known is None else (known.account.guid,))}
            if hands and len(whose) == 1:
                lent = () if known is None else (p.sid for p in known.privileges)
                shown_hands = hands.union(sid for sid in lent if sid is not None)
        believed = [
            end for maker, end in marked.items() if maker == group.owner or _is_none_of(maker, shown_hands)
        ]
        now = self._now()
        granted_at = None if entry is None else entry.granted_at
        return verdict_on(
            group,
            provider=self._provider,
            location_dn=self._location_dn,
            known=None if known is None else self._at_home(known, group),
            trusted_owners=trusted,
            now=now,
            account_sids=hands,
            proven_until=prolonging.proven_of(marked, trusted),
            believed_until=prolonging.believed_of(
                marked,
                own=trusted,
                hands=shown_hands,
                longest=latest_by_policy(group, self._provider, granted_at, now),
            ),
            used_dns=self._used_dns,
            is_marked=group.owner in marked,
            marked_until=max(believed, default=None),
        )

    def wrong_with(self, elevation: Elevation, group: TemporaryGroup) -> str:
        """How ``group`` differs from what was granted, and what makes it suspect, in sentences; empty where
        nothing does. One answer for ticks, sweeps and *Check now*. What was wrong when it was taken over
        stays: its end goes by that. Raises :class:`DirectoryError` where the connection is lost."""
        words = differences(elevation, group)
        try:
            reason = self.on(group, known=elevation).reason
        except DirectoryError as error:
            if is_lost(self._directory, error):
                raise
            _LOG.info("%s could not be judged: %s", group.name, error)
            reason = ""
        return with_reason(words, reason or elevation.suspicion)

    def _at_home(self, known: Elevation, group: TemporaryGroup) -> Elevation:
        """``known`` with its creation location as that is called now: it may have been renamed, which moves
        no group out of it. Asked where the group does not stand where it was made."""
        home, guid = known.location.dn, known.location.guid
        if not home or is_within(group.dn, home) or same_dn(parent_dn(group.dn), self._location_dn):
            return known
        if guid not in self._homes:
            self._homes[guid] = self._dn_of(guid)
        now = self._homes[guid]
        return known if now is None else replace(known, location=replace(known.location, dn=now))

    def _dn_of(self, location: ObjectGuid) -> DistinguishedName | None:
        try:
            return self._directory.read(location).dn
        except DirectoryError as error:
            if is_lost(self._directory, error):
                raise
            return None

    def _hands_of(self, account: ObjectGuid) -> frozenset[SecurityId]:
        """Its SID and those of all groups that it is in: what it may have made itself."""
        if account not in self._hands:
            self._hands[account] = prolonging.sids_of(account, self._directory)
        return self._hands[account]


def _is_none_of(maker: SecurityId, hands: Collection[SecurityId]) -> bool:
    """Whether ``maker`` is not the elevated account, nor a group that it is in; False where these are not
    known."""
    return bool(hands) and maker not in hands
