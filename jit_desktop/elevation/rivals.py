# SPDX-License-Identifier: MIT
"""Other checkouts of the same account by other copies, looked for on every domain controller.

Two copies with a database each can't see each other but in the directory. Each one makes its temporary
group, looks (1), nests it, looks again (2), and only then is it granted.

Why two can never both stay: let both, A and B, have nested, and each have looked once more after that, on the
domain controller that the other one writes to as well. If neither look showed the other one nested, then A
looked before B nested, B nested before it looked, B looked before A nested, and A nested before it looked: a
circle, so that cannot be. So at least one look (2) shows the other one nested, and whoever sees that goes on
only when it has seen the other one go. If that other one stays, this one gives way; if it goes, it does not
stay. The order by (created, GUID) is not needed for that: it lets one of them stay where both would give way.
Nor is the look (1): it keeps a right from being given twice for a moment. Replication plays no part, since
each one's own domain controller is asked; one that can't be asked is where this may fail, and that is said.

A group that is not shown is seen by what it gives: each look ends with what the account's token has of the
chosen groups at each other domain controller, as the checks before ask the main one. What nothing explains
there that is shown is lent, perhaps.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from jit_desktop.elevation.controllers import NOT_SHOWN, OTHERS, Controllers
from jit_desktop.elevation.errors import (
    AccountCheckedOut,
    DirectoryError,
    DirectoryUnavailable,
    NoSuchObject,
    Refused,
)
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, SecurityId
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.judging import Judge, Tokens, with_all_that_it_gives
from jit_desktop.elevation.model import Elevation, Step, StepStatus
from jit_desktop.elevation.ports import Directory, NotVisible, TemporaryGroup
from jit_desktop.elevation.verdict import Kind, Verdict, is_named_as_one
from jit_desktop.elevation.ways import permanent_through

POLL_SECONDS = 0.5
POLLS = 10
"""So often a younger one that is nested already is looked at, whether it gives way; that far apart."""
UNNESTED_FOR = timedelta(minutes=5)
"""A group that gave nothing for so long belongs to no living grant, and keeps nobody waiting. Should its
grant live all the same, it sees by its own second look that it has to give way."""
_LAST = datetime.max.replace(tzinfo=UTC)


def refuse_checked_out(
    directory: Directory,
    elevation: Elevation,
    location: DistinguishedName,
    judge: Judge,
    keep: Callable[[], object],
) -> list[Rival]:
    """:class:`AccountCheckedOut` where another temporary group gives the account something: one that gives
    nothing keeps nobody from a checkout. Looked for in the location and in all that is lent.

    Returns what else gives the account something and is no group of others, so that nothing of that is
    permanent. ``keep`` keeps the lease of the grant.
    """
    found = {g.guid: g for g in directory.temporary_groups(location, "")}
    for target in judge.offered():
        keep()
        with contextlib.suppress(NoSuchObject):
            for group in directory.groups_in(target):
                found.setdefault(group.guid, group)
    doubtful = []
    judge.note_markers(found.values())
    keep()
    tokens = Tokens(directory, [elevation.account.guid])
    for group in _with_account(found.values(), elevation, directory, judge.offered(), tokens):
        other = _another_in(group, elevation, judge)
        if other is None or not other.is_nested:
            continue
        if other.blocks(elevation):
            raise _checked_out(elevation, other)
        doubtful.append(other)
    return doubtful


def refuse_not_permanent(
    directory: Directory,
    elevation: Elevation,
    already: Mapping[ObjectGuid, str],
    doubtful: Iterable[Rival],
    held: Collection[SecurityId],
    *,
    host: str = "",
) -> None:
    """:class:`Refused` where the account has one of ``already``, groups by GUID with their names, and it is
    not proven that it stays: it has it through one of ``doubtful``, or by a way that is not seen.

    ``held``: its token. ``host``: whose answers these are where it is not the main domain controller.
    """
    for other in doubtful:
        given = ", ".join(name for guid, name in already.items() if guid in other.group.member_of)
        if given:
            why = other.verdict.reason or "it is a temporary group"
            who = _who(elevation, host)
            raise Refused(
                f"{who} has {given} through {other.group.name}, and not permanently: {why}.",
                subject=other.group.dn,
                remedy="Let a sweep end it, or let a person look at that group.",
            )
    account = elevation.account.guid
    direct = directory.groups_of(account)
    unseen = [
        name
        for guid, name in already.items()
        if not permanent_through(directory, account, guid, direct, held)
    ]
    if unseen:
        raise _by_unseen_ways(elevation, unseen, host)


def _by_unseen_ways(elevation: Elevation, names: Iterable[str], host: str) -> Refused:
    return Refused(
        f"{_who(elevation, host)} has {', '.join(names)} by a way that can't be seen: perhaps it is lent to "
        "it already, and the end of this elevation could not be proven.",
        subject=elevation.account.dn,
        remedy="Let the account that signs in read the groups that it is in.",
    )


def _who(elevation: Elevation, host: str) -> str:
    return f"By {host} {elevation.account.name}" if host else elevation.account.name


@dataclass(frozen=True, slots=True)
class Rival:
    """Another checkout of the account, as one domain controller shows it."""

    verdict: Verdict
    group: TemporaryGroup

    @property
    def is_nested(self) -> bool:
        """Whether it gives something."""
        return bool(self.group.member_of)

    def blocks(self, elevation: Elevation) -> bool:
        """Whether the account of ``elevation`` is checked out by it."""
        return self.verdict.checks_out(elevation.account.guid)

    @property
    def key(self) -> tuple[datetime, ObjectGuid]:
        """The order in which they come: the smallest one stays."""
        return _key(self.group)


def rival_in(group: TemporaryGroup, elevation: Elevation, judge: Judge) -> Rival | None:
    """The other checkout of the account of ``elevation`` that ``group`` is; ``None`` where it is none: a
    stranger's, the elevation's own, one that the account is not in, or one that blocks no checkout."""
    other = _another_in(group, elevation, judge)
    return other if other is not None and other.blocks(elevation) else None


def _another_in(group: TemporaryGroup, elevation: Elevation, judge: Judge) -> Rival | None:
    if elevation.account.guid not in group.members:
        return None
    verdict = judge.on(group)
    is_one = verdict.kind is not Kind.STRANGER or elevation.account.guid in verdict.lent_to
    return Rival(verdict, group) if is_one and verdict.claim.id != elevation.id else None


@dataclass(frozen=True, slots=True)
class _Held:
    """What the account has of the chosen groups at another domain controller, and not by the grant itself."""

    already: Mapping[ObjectGuid, str]
    """By GUID, with their names."""
    groups: Collection[TemporaryGroup]
    """What that one shows."""


class Rivals:
    """The look of one grant at the others."""

    def __init__(
        self,
        controllers: Controllers,
        journal: Journal,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        keep: Callable[[], Elevation],
        judge_in: Callable[[DistinguishedName], Judge],
    ) -> None:
        """``keep`` keeps the lease of the grant and gives the elevation as stored last; ``judge_in`` gives
        who says what groups are, from where the creation location is now."""
        self._judge_in = judge_in
        self._controllers = controllers
        self._journal = journal
        self._now = now
        self._sleep = sleep
        self._keep = keep
        self._told: set[ObjectGuid] = set()
        self._unasked: set[str] = set()
        self._held: dict[str, _Held] = {}
        """As the last look has found it, by domain controller."""

    def give_way(
        self,
        elevation: Elevation,
        own: TemporaryGroup,
        location: DistinguishedName,
        held: Collection[SecurityId],
    ) -> None:
        """:class:`AccountCheckedOut`, naming the other person, where another checkout of the account comes
        first. One that comes later is said in a step. :class:`Refused` where another domain controller shows
        that the account has a chosen group, and nothing by which that stays.

        ``held``: what the account had at the main one before the grant (``tokenGroups``).
        """
        is_unseen = False
        for poll in range(POLLS + 1):
            waiting: list[Rival] = []
            for rival in self._rivals(elevation, own, location, held):
                if rival.key < _key(own):
                    raise _checked_out(elevation, rival)
                self._tell(elevation, rival)
                if rival.is_nested:
                    waiting.append(rival)
            refusal = None if waiting else self._refusal(elevation, own, self._judge_in(location))
            if refusal is not None and (is_unseen or poll == POLLS):
                raise refusal
            # Twice: what was nested after the groups were read is shown by then.
            is_unseen = refusal is not None
            if not waiting and not is_unseen:
                return
            if poll == POLLS:
                raise _checked_out(elevation, waiting[0])
            self._sleep(POLL_SECONDS)

    def _rivals(
        self,
        elevation: Elevation,
        own: TemporaryGroup,
        location: DistinguishedName,
        held: Collection[SecurityId],
    ) -> Iterator[Rival]:
        self._held.clear()
        judge = self._judge_in(location)
        hosts = self._controllers.hosts()
        shown = [g for host in hosts for g in self._groups_on(elevation, own, host, location, judge, held)]
        # Of all of them: an extension is proven wherever its marker is shown.
        judge.note_markers(shown)
        for group in shown:
            rival = None if group.guid == own.guid else rival_in(group, elevation, judge)
            if rival is None:
                continue
            if rival.is_nested or self._now() - (group.created_at or self._now()) < UNNESTED_FOR:
                yield rival
        if not self._controllers.is_whole:
            self._tell_unasked(elevation, OTHERS, NOT_SHOWN)

    def _groups_on(
        self,
        elevation: Elevation,
        own: TemporaryGroup,
        host: str,
        location: DistinguishedName,
        judge: Judge,
        held: Collection[SecurityId],
    ) -> list[TemporaryGroup]:
        self._keep()
        trusted = judge.trusted_owners()
        try:
            directory = self._controllers.at(host)
            groups = _groups(directory, elevation.account.guid, location, trusted)
            tokens = Tokens(directory, [elevation.account.guid])
            found = list(_with_account(groups, elevation, directory, judge.offered(), tokens))
            if not self._controllers.is_main(host):
                self._note_held(elevation, own, host, found, tokens, held)
        except DirectoryError as error:
            if self._controllers.is_main(host):
                raise
            self._tell_unasked(elevation, host, error.message)
            return []
        self._keep()
        return found

    def _note_held(
        self,
        elevation: Elevation,
        own: TemporaryGroup,
        host: str,
        groups: Collection[TemporaryGroup],
        tokens: Tokens,
        held: Collection[SecurityId],
    ) -> None:
        """What the account has of the chosen groups at ``host``, and not through ``own`` as that shows it."""
        account = elevation.account.guid
        # Everybody is in a primary group: one who is in none of those that he is in is not shown there.
        if not any(tokens.holds(account, sid) for sid in held):
            why = f"It does not show which groups {elevation.account.name} is in."
            self._tell_unasked(elevation, host, why if tokens.problem is None else tokens.problem.message)
            return
        ours = {target for group in groups if group.guid == own.guid for target in group.member_of}
        chosen = {p.group.guid: p for p in elevation.privileges if p.group.guid not in ours}
        already = {guid: p.group.name for guid, p in chosen.items() if tokens.holds(account, p.sid)}
        if already:
            self._held[host] = _Held(already, groups)

    def _refusal(self, elevation: Elevation, own: TemporaryGroup, judge: Judge) -> Refused | None:
        """Why nothing may be given, where another domain controller has shown that the account has a chosen
        group, and not by which way it stays. One that can't be asked is told."""
        for host, found in self._held.items():
            self._keep()
            already = found.already
            try:
                directory = self._controllers.at(host)
                already = {
                    guid: name for guid, name in already.items() if not _is_in(own.guid, guid, directory)
                }
                if not already:
                    continue
                others = (_another_in(group, elevation, judge) for group in found.groups)
                doubtful = [other for other in others if other is not None]
                token = directory.token_groups(elevation.account.guid)
                refuse_not_permanent(directory, elevation, already, doubtful, token, host=host)
            except Refused as refusal:
                return refusal
            except DirectoryUnavailable as error:
                self._tell_unasked(elevation, host, error.message)
            except DirectoryError:
                return _by_unseen_ways(elevation, already.values(), host)
        return None

    def _tell_unasked(self, elevation: Elevation, host: str, why: str) -> None:
        if host not in self._unasked:
            self._unasked.add(host)
            self._journal.step(
                elevation,
                Step.CHECK_ACCOUNT,
                StepStatus.WARNING,
                f"{host} could not be asked whether the account is checked out there: {why}",
                host,
            )

    def _tell(self, elevation: Elevation, rival: Rival) -> None:
        if rival.group.guid in self._told:
            return
        self._told.add(rival.group.guid)
        self._journal.step(
            elevation,
            Step.CHECK_ACCOUNT,
            StepStatus.WARNING,
            f"{elevation.account.name} was also asked for at the same time by {_person(rival)}, which gives "
            "way.",
            rival.group.name,
        )


def _groups(
    directory: Directory,
    account: ObjectGuid,
    location: DistinguishedName,
    trusted: Collection[SecurityId],
) -> list[TemporaryGroup]:
    """Those in the location, and wherever else the account is in one: another copy's settings may differ, and
    one of ours may have been moved and have any name by now."""
    found = {g.guid: g for g in directory.temporary_groups(location, "")}
    for entry in directory.groups_of(account, nested=True):
        if entry.guid not in found and (is_named_as_one(entry.name) or entry.owner in trusted):
            shown = directory.temporary_group(entry.guid)
            if not isinstance(shown, NotVisible):
                found[shown.guid] = shown
    return list(found.values())


def _with_account(
    groups: Iterable[TemporaryGroup],
    elevation: Elevation,
    directory: Directory,
    offered: Collection[ObjectGuid],
    tokens: Tokens,
) -> Iterator[TemporaryGroup]:
    """``groups``, with the account among the members of those that it is in by another group, or as its
    primary group, and with what they give of ``offered`` through others: by that it has it as well.
    ``tokens``: the account's, there."""
    for group in groups:
        is_in = elevation.account.guid in {*group.members, *tokens.insiders(group)}
        is_own = group.name == elevation.group_name
        yield with_all_that_it_gives(group, directory, offered, tokens) if is_in and not is_own else group


def _is_in(group: ObjectGuid, target: ObjectGuid, directory: Directory) -> bool:
    """Whether ``target`` lists ``group``, which need not be shown itself."""
    try:
        return group in {link.guid for link in directory.member_links(target)}
    except NoSuchObject:
        return False


def _key(group: TemporaryGroup) -> tuple[datetime, ObjectGuid]:
    return group.created_at or _LAST, group.guid


def _person(rival: Rival) -> str:
    return rival.verdict.claim.requested_by or "somebody"


def _checked_out(elevation: Elevation, rival: Rival) -> AccountCheckedOut:
    verdict = rival.verdict
    return AccountCheckedOut(elevation.account.name, verdict.claim.requested_by, verdict.deadline)
