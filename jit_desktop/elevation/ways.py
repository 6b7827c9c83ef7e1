# SPDX-License-Identifier: MIT
"""By which ways somebody is in a group, on one domain controller.

A way explains a right only where it is proven group by group: each is shown as a security group, by the list
of the next one in it and by its SID in the account's token, and is lent to nobody. A directory follows
memberships with the rights of who asks, and ends quietly at a group that keeps who is in it: that it finds no
way proves that there is none only where each list on the way may be read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from jit_desktop.elevation.errors import NoSuchObject
from jit_desktop.elevation.identity import ObjectGuid, SecurityId
from jit_desktop.elevation.ports import Directory, DirectoryEntry, EntryKind, NotVisible, TemporaryGroup
from jit_desktop.elevation.verdict import may_be_lent


class Ways:
    """The ways of one account, upwards. What it reads of a group, it reads once."""

    def __init__(
        self,
        directory: Directory,
        token: Collection[SecurityId],
        is_lent: Callable[[TemporaryGroup], bool],
    ) -> None:
        """``token``: of the account; ``is_lent``: whether a group is the temporary one of an elevation, or
        may be."""
        self._directory = directory
        self._token = token
        self._is_lent = is_lent
        self._shown: dict[ObjectGuid, TemporaryGroup | NotVisible] = {}
        self._above: dict[ObjectGuid, Sequence[DirectoryEntry]] = {}

    def leading(self, groups: Iterable[DirectoryEntry], target: ObjectGuid) -> Sequence[DirectoryEntry]:
        """Those of ``groups`` that count for the account and seem to lead to ``target``."""
        return [g for g in groups if self._counts(g) and self._leads(g.guid, target)]

    def shown(self, group: ObjectGuid) -> TemporaryGroup | NotVisible:
        """A group with what tells whether it is lent."""
        if group not in self._shown:
            self._shown[group] = self._directory.temporary_group(group)
        return self._shown[group]

    def stays(self, group: ObjectGuid) -> bool:
        """Whether ``group`` shows itself, and is lent to nobody."""
        shown = self.shown(group)
        return not isinstance(shown, NotVisible) and not self._is_lent(shown)

    def goes_on(self, group: ObjectGuid, target: ObjectGuid) -> bool:
        """Whether it is proven that a way leads on from ``group`` to ``target`` through groups that stay."""
        todo, done = [group], {group}
        while todo:
            one = todo.pop()
            if one == target:
                return True
            for above in self.leading(self._groups_of(one), target):
                if above.guid not in done and (above.guid == target or self.stays(above.guid)):
                    done.add(above.guid)
                    todo.append(above.guid)
        return False

    def for_good(self, groups: Iterable[DirectoryEntry], target: ObjectGuid) -> tuple[str, ...]:
        """The names of those of ``groups``, which the account is in, that lead it to ``target`` for good."""
        leading = self.leading(groups, target)
        return tuple(
            g.name
            for g in leading
            if g.guid == target or (self.stays(g.guid) and self.goes_on(g.guid, target))
        )

    def _counts(self, group: DirectoryEntry) -> bool:
        """Whether ``group`` is one that gives rights, and the token has it. A mailing list has members as any
        other group, and gives nothing."""
        return group.kind is EntryKind.GROUP and group.security_enabled and group.sid in self._token

    def _leads(self, group: ObjectGuid, target: ObjectGuid) -> bool:
        return group == target or self._directory.is_member_of(group, target)

    def _groups_of(self, group: ObjectGuid) -> Sequence[DirectoryEntry]:
        if group not in self._above:
            self._above[group] = self._directory.groups_of(group)
        return self._above[group]


def permanent_through(
    directory: Directory,
    account: ObjectGuid,
    target: ObjectGuid,
    direct: Sequence[DirectoryEntry],
    token: Collection[SecurityId],
) -> tuple[str, ...]:
    """Names of those groups in ``direct``, the groups that ``account`` is a direct member of, that make it a
    member of ``target`` for good; ``token`` is its own."""
    own = directory.own_sid()
    return Ways(directory, token, lambda group: may_be_lent(group, own)).for_good(direct, target)


def leads_to(
    directory: Directory, group: ObjectGuid, target: ObjectGuid, accounts: Collection[ObjectGuid]
) -> bool | None:
    """Whether ``group`` is in ``target``, directly or through others; ``None``: no way is seen, and that
    there is none is not proven. ``accounts``: as in :func:`groups_inside`."""
    if directory.is_member_of(group, target):
        return True
    inside = groups_inside(directory, target, accounts)
    return None if inside is None else any(one.guid == group for one in inside)


def groups_inside(
    directory: Directory, target: ObjectGuid, accounts: Collection[ObjectGuid]
) -> Sequence[TemporaryGroup] | None:
    """All groups in ``target``, directly or through others; ``None`` where it is not proven that all of them
    are shown: one keeps who is in it, or something in it may be a group and is not shown. ``accounts``: known
    to be no groups."""
    todo, found = [target], dict[ObjectGuid, TemporaryGroup]()
    while todo:
        one = todo.pop()
        try:
            links = directory.member_links(one)
            if not links and not directory.shows_members(one):
                return None
            nested = directory.groups_in(one)
            there = {*accounts, *(group.guid for group in nested)}
            rest = [link for link in links if link.guid not in there]
            if rest and directory.unseen(one, rest):
                return None
        except NoSuchObject:
            return None
        todo += [group.guid for group in nested if group.guid not in found]
        found |= {group.guid: group for group in nested}
    return tuple(found.values())
