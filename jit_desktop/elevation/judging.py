# SPDX-License-Identifier: MIT
"""The verdict on a group (:mod:`.verdict`), with what has to be read for it: who signs in, and what the
account of its record may have made itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime

from jit_desktop.elevation import prolonging, record
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectGuid, SecurityId
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory, TemporaryGroup
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.elevation.verdict import Verdict, verdict_on


def with_who_is_in_it(
    group: TemporaryGroup, directory: Directory, offered: Collection[ObjectGuid]
) -> TemporaryGroup:
    """``group`` with whether somebody may be in it whom it does not show: that is asked only where it is in
    one of ``offered`` and shows nobody."""
    if group.members or set(offered).isdisjoint(group.member_of):
        return group
    return replace(group, maybe_members=directory.has_members(group.guid) is not False)


class Judge:
    """What groups are to this copy of the program: asked by the sweep, the adoption and the checkout. What it
    reads, it reads once."""

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
        self._trusted: frozenset[SecurityId] | None = None
        self._proven: dict[ElevationId, datetime] = {}
        self._hands: dict[ObjectGuid, frozenset[SecurityId]] = {}

    def trusted_owners(self) -> frozenset[SecurityId]:
        """The account that signs in; empty where its SID is not shown. Raises :class:`DirectoryError`."""
        if self._trusted is None:
            self._trusted = prolonging.trusted_owners(self._directory)
        return self._trusted

    def offered(self) -> tuple[ObjectGuid, ...]:
        """The groups that this copy lends."""
        return self._provider.jit.offered

    def note_markers(self, groups: Iterable[TemporaryGroup]) -> None:
        """Let extensions count that markers among ``groups`` prove. Raises :class:`DirectoryError`."""
        self._proven = prolonging.proven(groups, self.trusted_owners())

    def on(self, group: TemporaryGroup, *, known: Elevation | None = None) -> Verdict:
        """The verdict on ``group``; ``known`` is the elevation that this copy knows it by. Raises
        :class:`DirectoryError`."""
        entry = record.read(group.info)
        trusted = self.trusted_owners()
        hands = frozenset[SecurityId]()
        if entry is not None and group.owner not in trusted:
            hands = self._hands_of(entry.account)
        return verdict_on(
            group,
            provider=self._provider,
            location_dn=self._location_dn,
            known=known,
            trusted_owners=trusted,
            now=self._now(),
            account_sids=hands,
            proven_until=None if entry is None else self._proven.get(entry.id),
        )

    def _hands_of(self, account: ObjectGuid) -> frozenset[SecurityId]:
        """Its SID and those of all groups that it is in: what it may have made itself."""
        if account not in self._hands:
            self._hands[account] = prolonging.sids_of(account, self._directory)
        return self._hands[account]
