# SPDX-License-Identifier: MIT
"""What an account still has of an elevation on one domain controller, and by which ways.

An end is confirmed by this look, *Check now* shows it, and what stays after the end is told from it. It reads
the *right* (``tokenGroups`` of the account, [MS-ADTS] 3.1.1.4.5.19) and not the temporary group alone: that a
group is not shown proves nothing, because the account that signs in may not be allowed to see it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from jit_desktop.elevation import own_group
from jit_desktop.elevation.dn import child_dn, domain_dn, domain_name, parent_dn, same_dn
from jit_desktop.elevation.errors import DirectoryError, DirectoryUnavailable, NoSuchObject
from jit_desktop.elevation.identity import ObjectGuid, ObjectRef, SecurityId
from jit_desktop.elevation.inspection import ControllerTruth, TargetTruth
from jit_desktop.elevation.model import Elevation, GrantedPrivilege, RemainingRight
from jit_desktop.elevation.outcome import in_a_row
from jit_desktop.elevation.ports import Directory, DirectoryEntry, NotVisible, TemporaryGroup
from jit_desktop.elevation.unhurried import in_one_go
from jit_desktop.elevation.verdict import Others, may_be_lent
from jit_desktop.elevation.ways import Ways, groups_inside, leads_to

DIRECT = "a direct membership"
_IN_A_DOMAIN = re.compile(r"(S-1-5-21-\d+-\d+-\d+)-\d+")
_BUILT_IN = "S-1-5-32-"
"""How the SIDs of the groups begin that are in every domain ([MS-DTYP] 2.4.2.4)."""


def find_group(elevation: Elevation, directory: Directory) -> TemporaryGroup | NotVisible:
    """The temporary group of an elevation as ``directory`` shows it.

    By GUID where that is known, as far as what it leads to may be that of the elevation; else by its name.
    Raises what :func:`require_home` raises.
    """
    require_home(elevation, directory)
    if elevation.group_guid is None:
        return own_group.by_name(elevation, directory)
    return own_group.by_guid(elevation, directory)


def require_home(elevation: Elevation, directory: Directory) -> None:
    """:class:`DirectoryError` where ``directory`` is another domain, or one of the same name (a lab, one that
    was built anew), or is not shown to be the same: what that does not show proves nothing.

    The SID of its domain is known of an elevation by those of its chosen groups. Where it has none of a group
    of the domain, as of built-in ones alone, it goes by the name.
    """
    home = domain_dn(elevation.location.dn)
    again = f"Let the provider lead to {domain_name(home)} again until the elevation has ended."
    if not same_dn(home, directory.info.base_dn):
        raise DirectoryError(
            f"The elevation was granted in {domain_name(home)}, but the provider's settings lead to "
            f"{directory.info.dns_name} now.",
            subject=elevation.group_name,
            remedy=again,
        )
    known, shown = _domain_sids(elevation), directory.info.domain_sid
    if not known or shown in known:
        return
    host = directory.info.controller
    if shown is None:
        raise DirectoryError(
            f"{host} does not show whether it is of the domain in which the elevation was granted.",
            subject=elevation.group_name,
            remedy=f"Let the account that signs in read the objectSid of {directory.info.base_dn}.",
        )
    raise DirectoryError(
        f"{host} is of another domain that is called {domain_name(home)} too, not of the one in which the "
        "elevation was granted.",
        subject=elevation.group_name,
        remedy=f"{again} Check the server, the CA file, and where the name leads on this computer.",
    )


def _domain_sids(elevation: Elevation) -> frozenset[str]:
    """The SID of the domain of ``elevation``, ``S-1-5-21-a-b-c``, by each chosen group that is in it."""
    home = domain_dn(elevation.location.dn)
    sids = (p.sid for p in elevation.privileges if p.sid and same_dn(domain_dn(p.group.dn), home))
    found = (_IN_A_DOMAIN.fullmatch(sid) for sid in sids)
    return frozenset(match[1] for match in found if match is not None)


def look(
    elevation: Elevation,
    directory: Directory,
    host: str,
    *,
    deleted: bool = False,
    once_deleted: bool = False,
    account_deleted: bool = False,
    account_once_deleted: bool = False,
    has_somebody: bool = False,
    others: Others | None = None,
) -> ControllerTruth:
    """How ``elevation`` stands on the domain controller that ``directory`` is a connection to.

    ``deleted``: this domain controller has just acknowledged that it deleted the temporary group;
    ``once_deleted``: one has, now or before (:func:`.journal.deletion_was_answered`).
    ``account_deleted``: an account that is not shown may be taken for one that was deleted, where this domain
    controller proves that; else it is hidden, and may have a chosen group by any way.
    ``account_once_deleted``: the end has proven that (:func:`.journal.account_was_deleted`).
    ``has_somebody``: a domain controller has said that the temporary group is somebody's primary group.
    ``others``: what is known of other elevations; without it none of them explains what the account has.
    Writes nothing. Raises :class:`DirectoryUnavailable` where it does not answer.
    """
    directory = in_one_go(directory)
    # Before the account: replication that arrives in between then shows too much, never too little.
    group = find_group(elevation, directory)
    found = _Look(
        elevation,
        directory,
        host,
        group,
        others,
        deleted=deleted,
        once_deleted=once_deleted,
        account_deleted=account_deleted,
        account_once_deleted=account_once_deleted,
    )
    return found.truth(has_somebody=has_somebody)


def remains(truths: Iterable[ControllerTruth]) -> tuple[RemainingRight, ...]:
    """What the account still has of the chosen groups, by ways that are not ours, then by other elevations,
    as all of them show it."""
    found: dict[tuple[bool, ObjectGuid], RemainingRight] = {}
    for truth in truths:
        for target in truth.targets:
            privilege = target.privilege
            for lent, ways in ((False, _ways_in_words(target)), (True, target.other_elevations)):
                if target.in_token and ways:
                    key = (lent, privilege.group.guid)
                    known = found[key].ways if key in found else ()
                    found[key] = RemainingRight(
                        privilege.group.guid,
                        privilege.label,
                        tuple(dict.fromkeys([*known, *ways])),
                        None if lent else privilege.held_before,
                        lent,
                    )
    return tuple(sorted(found.values(), key=lambda right: right.by_elevation))


def with_more(known: Sequence[RemainingRight], seen: Sequence[RemainingRight]) -> tuple[RemainingRight, ...]:
    """``known``, what is recorded as left, and what of ``seen`` is not: another group, or another way."""
    found = {(right.by_elevation, right.group): right for right in known}
    for right in seen:
        before = found.get((right.by_elevation, right.group))
        ways = () if before is None else before.ways
        found[right.by_elevation, right.group] = replace(
            before or right, ways=tuple(dict.fromkeys([*ways, *right.ways]))
        )
    return tuple(sorted(found.values(), key=lambda right: right.by_elevation))


def remains_in_words(rights: Iterable[RemainingRight]) -> str:
    """What is left, as it is told: ``still has T permanently, through a direct membership, since during this
    elevation``, or ``T by another elevation, X until …``; empty where nothing is."""
    told = []
    for right in rights:
        if right.by_elevation:
            told.append(f"{right.label} by another elevation, {in_a_row(right.ways)}")
            continue
        since = {True: ", as before this elevation", False: ", since during this elevation", None: ""}
        told.append(f"{right.label} permanently, through {in_a_row(right.ways)}{since[right.since_before]}")
    return f"still has {'; '.join(told)}" if told else ""


class _Look:
    """One look at one domain controller; reads no more than it needs."""

    def __init__(
        self,
        elevation: Elevation,
        directory: Directory,
        host: str,
        group: TemporaryGroup | NotVisible,
        others: Others | None,
        *,
        deleted: bool,
        once_deleted: bool,
        account_deleted: bool,
        account_once_deleted: bool,
    ) -> None:
        self._elevation = elevation
        self._directory = directory
        self._host = host
        self._group = group
        self._others = others
        self._deleted = deleted
        self._once_deleted = once_deleted
        self._account_deleted = account_deleted
        self._account_once_deleted = account_once_deleted
        self._account = elevation.account.guid
        self._direct: Sequence[DirectoryEntry] | None = None
        self._unproven: list[str] = []
        self._in_group: bool | None = None
        self._somebody: bool | None = None
        self._left: bool | None = None
        self._deleted_account: bool | None = None
        self._found_ways: Ways | None = None

    def truth(self, *, has_somebody: bool) -> ControllerTruth:
        """All that this domain controller shows."""
        self._somebody = has_somebody or None
        group = None if isinstance(self._group, NotVisible) else self._group
        token = self._token()
        targets = tuple(self._target(p, token) for p in self._elevation.privileges)
        inside = group is not None and self._is_inside(group, token)
        chosen = {p.group.guid for p in self._elevation.privileges}
        foreign = [g for g in group.member_of if g not in chosen] if group is not None else []
        is_for_others = group is not None and bool(foreign) and not inside and self._has_members(group)
        return ControllerTruth(
            host=self._host,
            group_there=group is not None,
            group_ends_in_seconds=group.ends_in_seconds if group is not None else None,
            account_in_group=inside,
            targets=targets,
            extra=tuple(self._name(guid) for guid in foreign if inside),
            to_others=self._given_to_others(targets),
            foreign_to_others=tuple(self._name(guid) for guid in foreign if is_for_others),
            unproven=tuple(dict.fromkeys(self._unproven)),
            account_deleted=bool(self._deleted_account),
        )

    def _token(self) -> frozenset[SecurityId] | None:
        try:
            held = self._directory.token_groups(self._account)
        except DirectoryUnavailable:
            raise
        except DirectoryError:
            return None
        # Everybody is in a primary group: an empty answer is one that may not be given.
        return held or None

    def _target(self, privilege: GrantedPrivilege, token: frozenset[SecurityId] | None) -> TargetTruth:
        sid = privilege.sid or self._sid(privilege)
        in_token = None if token is None or sid is None else sid in token
        nested, seconds = self._nesting(privilege, in_token=in_token)
        inside = isinstance(self._group, NotVisible) or self._is_inside(self._group, token)
        truth = TargetTruth(
            privilege,
            nested=bool(nested),
            ends_in_seconds=seconds,
            in_token=in_token,
            # What tokenGroups does not show gives nothing, whatever hangs together.
            by_elevation=bool(nested) and inside and in_token is not False,
        )
        if token is not None and in_token:
            return self._explained(truth, token)
        if token is None and not self._is_gone_from(privilege):
            self._unproven.append(self._why_unproven(privilege))
        elif nested is None and not self._deleted:
            self._unproven.append(self._why_it_may_give(privilege, token, in_token=in_token))
        return truth

    def _why_unproven(self, privilege: GrantedPrivilege) -> str:
        """Why it can't be told what an account that is not shown has of a target, and what a person can do.

        Where account, temporary group and target were all deleted by others, nothing is shown of any of them;
        nor is it where all three were moved to where nothing may be listed, and there they give what they
        gave. Only tombstones tell one from the other.
        """
        who, own = self._elevation.account.name, self._elevation.group_guid
        is_all_out_of_sight = (
            isinstance(self._group, NotVisible)
            and own is not None
            and self._has_left()
            and self._directory.has_left(privilege.group.guid, parent_dn(privilege.group.dn))
            and self._directory.has_left(own, self._elevation.location.dn)
        )
        if not is_all_out_of_sight:
            return f"{self._host} does not show which groups {who} is in to the account that signs in."
        bin_dn = child_dn("CN", "Deleted Objects", self._directory.info.base_dn)
        return (
            f"{self._host} shows nothing any more of {who}, of {self._elevation.group_name} and of what was "
            "chosen: all of it was deleted, or moved to where nothing is shown. If it was deleted, let the "
            f"account that signs in list and read {bin_dn}: that proves it and ends this."
        )

    def _why_it_may_give(
        self, privilege: GrantedPrivilege, token: frozenset[SecurityId] | None, *, in_token: bool | None
    ) -> str:
        if in_token is False:
            return (
                f"{self._host} does not show all that is in {privilege.label}: "
                f"{self._elevation.group_name} may give it to somebody else."
            )
        what = self._elevation.account.name if token is None else privilege.label
        return f"{self._host} does not show {what} to the account that signs in."

    def _is_inside(self, group: TemporaryGroup, token: frozenset[SecurityId] | None) -> bool:
        """Whether the account is in the temporary group, or may be: also through a group of somebody's own in
        it, or as its primary group, which stands in no list of members."""
        if self._account in group.members:
            return True
        if self._in_group is None:
            try:
                sid = self._directory.read(group.guid).sid
            except NoSuchObject:
                sid = None
            # That nobody is shown to have it for the primary group says nothing of one who is not shown.
            self._in_group = sid in token if token is not None and sid else not self._is_deleted()
        return self._in_group

    def _has_members(self, group: TemporaryGroup) -> bool:
        """Whether anybody is in the temporary group, or may be."""
        if self._somebody is None:
            self._somebody = bool(group.members) or self._directory.has_members(group.guid) is not False
        return self._somebody

    def _may_have_others(self) -> bool:
        """Whether somebody else than the account is in the temporary group, or may be."""
        if isinstance(self._group, NotVisible):
            return False
        return self._has_members(self._group) and set(self._group.members) != {self._account}

    def _given_to_others(self, targets: Sequence[TargetTruth]) -> tuple[str, ...]:
        """What the temporary group still is in while the account is not in it, or has nothing by that."""
        given = [t.privilege.label for t in targets if t.nested and not t.by_elevation]
        if not given or isinstance(self._group, NotVisible) or not self._has_members(self._group):
            return ()
        return tuple(given)

    def _is_gone_from(self, privilege: GrantedPrivilege) -> bool:
        """Whether an account that is not shown is proven to have nothing of a target by the elevation: it
        is not where it stood, and that does not list it. It was deleted, or moved to where it can't be seen:
        then it still is in its groups, and has what its temporary group is in."""
        links = self._links(privilege)
        return links is not None and self._account not in links and self._has_left()

    def _has_left(self) -> bool:
        """Whether the account is not where it stood: deleted, or moved."""
        if self._left is None:
            account, group = self._elevation.account, self._group
            in_group = not isinstance(group, NotVisible) and account.guid in group.members
            self._left = (
                self._account_deleted
                and not in_group
                and self._directory.has_left(account.guid, parent_dn(account.dn))
            )
        return self._left

    def _is_deleted(self) -> bool:
        """Whether the account was deleted, which takes it out of all groups: proven by its tombstone alone.
        Of one that was moved to where it can't be seen just as little is shown."""
        if self._deleted_account is None:
            once = self._account_once_deleted
            self._deleted_account = self._has_left() and (once or self._directory.was_deleted(self._account))
        return self._deleted_account

    def _explained(self, truth: TargetTruth, token: frozenset[SecurityId]) -> TargetTruth:
        target, ways = truth.privilege.group.guid, self._ways(token)
        direct = self._groups_of_the_account()
        permanent, elevations = ways.for_good(direct, target), self._other_elevations(ways, direct, target)
        explained = TargetTruth(
            truth.privilege,
            nested=truth.nested,
            ends_in_seconds=truth.ends_in_seconds,
            in_token=True,
            permanent_through=permanent,
            other_elevations=elevations,
            by_elevation=truth.by_elevation,
        )
        if explained.is_unexplained:
            self._unproven.append(
                f"By {self._host} {self._elevation.account.name} still has {truth.privilege.label}, by a way "
                "that can't be seen."
            )
        return explained

    def _ways(self, token: frozenset[SecurityId]) -> Ways:
        if self._found_ways is None:
            self._found_ways = Ways(self._directory, token, self._is_lent)
        return self._found_ways

    def _other_elevations(
        self, ways: Ways, direct: Sequence[DirectoryEntry], target: ObjectGuid
    ) -> tuple[str, ...]:
        """The temporary groups of other elevations of the account in ``direct`` that lead to ``target``, by
        name and end."""
        if self._others is None:
            return ()
        told = []
        for group in ways.leading(direct, target):
            shown = ways.shown(group.guid)
            if isinstance(shown, NotVisible) or self._is_own(shown) or not self._is_lent(shown):
                continue
            end = self._others.lent_until(shown, self._account, self._directory)
            if end is not None and ways.goes_on(group.guid, target):
                told.append(f"{group.name} until {end:%Y-%m-%d %H:%M:%S} UTC")
        return tuple(told)

    def _is_lent(self, group: TemporaryGroup) -> bool:
        """Whether a group is the temporary one of any elevation, or may be: no way through it stays."""
        is_known = self._others is not None and self._others.row_of(group.guid) is not None
        return self._is_own(group) or is_known or may_be_lent(group, self._directory.own_sid())

    def _may_be_its_own(self, group: TemporaryGroup) -> bool:
        """Whether a group of whatever name may be the temporary one of a grant that broke off."""
        row = None if self._others is None else self._others.row_of(group.guid)
        is_of_another = row is not None and row.id != self._elevation.id
        return not is_of_another and may_be_lent(group, self._directory.own_sid())

    def _is_own(self, group: TemporaryGroup) -> bool:
        own = None if isinstance(self._group, NotVisible) else self._group.guid
        return group.guid in (own, self._elevation.group_guid)

    def _nesting(
        self, privilege: GrantedPrivilege, *, in_token: bool | None
    ) -> tuple[bool | None, int | None]:
        """Whether the temporary group is in the target, with its TTL; ``None``: that can't be told."""
        target = privilege.group.guid
        if not isinstance(self._group, NotVisible):
            if target not in self._group.member_of:
                # It may not show what it is in; whoever has the target, has it by the list of that.
                links = self._links(privilege) if in_token is not False and not self._deleted else frozenset()
                if links is not None and self._group.guid not in links:
                    return self._leads_to(target, self._group.guid, in_token=in_token), None
                return (None if links is None else True), None
            link = self._directory.membership(target, self._group.guid)
            return True, link.ends_in_seconds if link is not None else None
        if in_token is False or self._deleted:
            return False, None
        guid = self._elevation.group_guid
        if guid is None:
            # A grant that broke off: its group has a name, which the link shows where it may not be read.
            return self._linked_by_name(target, in_token=in_token), None
        links = self._links(privilege)
        if links is None or guid in links:
            return (None if links is None else True), None
        return self._leads_to(target, guid, in_token=in_token), None

    def _leads_to(self, target: ObjectGuid, group: ObjectGuid, *, in_token: bool | None) -> bool | None:
        """Whether the temporary group is in a target through groups of somebody's own; ``None``: that is not
        shown, and it matters. It does where nothing else shows whether the account, or somebody else who is
        in the temporary group, has the target by it."""
        is_unread = in_token is None and not (self._is_deleted() or self._is_deleted_group())
        if is_unread or (not in_token and self._may_have_others()):
            return leads_to(self._directory, group, target, [self._account])
        return self._directory.is_member_of(group, target)

    def _linked_by_name(self, target: ObjectGuid, *, in_token: bool | None) -> bool | None:
        try:
            links = self._directory.member_links(target)
        except NoSuchObject:
            return None
        front = f"CN={self._elevation.group_name},".casefold()
        if any(link.dn.casefold().startswith(front) for link in links):
            return True
        if in_token is None and not self._is_deleted():
            # It may stand in a group of somebody's own, by another name.
            groups = groups_inside(self._directory, target, [self._account])
            return None if groups is None or any(map(self._may_be_its_own, groups)) else False
        return False if links or self._directory.has_members(target) is False else None

    def _links(self, privilege: GrantedPrivilege) -> frozenset[ObjectGuid] | None:
        return links_of(privilege, self._directory, lambda: self._deleted or self._is_deleted_group())

    def _is_deleted_group(self) -> bool:
        """Whether the temporary group was deleted on another domain controller, or earlier, and this one has
        heard of it. What was answered to the deletion then is worth as much in every look that follows."""
        own = self._elevation.group_guid
        if own is None:
            return False
        has_heard = self._once_deleted and self._directory.has_left(own, self._elevation.location.dn)
        return has_heard or self._directory.was_deleted(own)

    def _groups_of_the_account(self) -> Sequence[DirectoryEntry]:
        if self._direct is None:
            own = self._elevation.group_guid
            if not isinstance(self._group, NotVisible):
                own = self._group.guid
            found = self._directory.groups_of(self._account)
            self._direct = [g for g in found if g.guid != own]
        return self._direct

    def _sid(self, privilege: GrantedPrivilege) -> SecurityId | None:
        try:
            return self._directory.read(privilege.group.guid).sid
        except NoSuchObject:
            return None

    def _name(self, guid: ObjectGuid) -> str:
        try:
            return self._directory.read(guid).name
        except NoSuchObject:
            return "a group that can't be seen"


def links_of(
    privilege: GrantedPrivilege, directory: Directory, is_group_deleted: Callable[[], bool]
) -> frozenset[ObjectGuid] | None:
    """The members of a target by GUID; ``None`` where they can't be read. ``is_group_deleted``: whether the
    temporary group of the elevation is proven to be deleted."""
    target = privilege.group
    try:
        links = directory.member_links(target.guid)
    except NoSuchObject:
        if (privilege.sid or "").startswith(_BUILT_IN):
            return None  # nobody can delete it: it is hidden, or this is another domain
        return frozenset() if _is_gone(target, directory, is_group_deleted) else None
    if links or directory.has_members(target.guid) is False:
        return frozenset(link.guid for link in links)
    return None


def _is_gone(target: ObjectRef, directory: Directory, is_group_deleted: Callable[[], bool]) -> bool:
    """Whether a target that is not shown gives nothing by the elevation: it was deleted, or the temporary
    group was, so that wherever the target was moved to does not matter."""
    if directory.was_deleted(target.guid):
        return True
    return is_group_deleted() and directory.has_left(target.guid, parent_dn(target.dn))


def _ways_in_words(target: TargetTruth) -> Sequence[str]:
    own = target.privilege.group.name
    return [DIRECT if name == own else name for name in target.permanent_through]
