# SPDX-License-Identifier: MIT
"""The writes of a grant, with the times to live that the directory takes and without those it refuses."""

from __future__ import annotations

from dataclasses import replace

from jit_desktop.elevation import assurance
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.errors import DirectoryError
from jit_desktop.elevation.gate import Gate
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.model import Elevation, Step, StepStatus
from jit_desktop.elevation.ports import CancelToken, Directory, DirectoryEntry, NewGroup, TemporaryGroup


class TimedWrites:
    """Makes and nests the temporary group of one grant. A time to live that is refused is left out, and that
    is said; a write whose outcome is not known is never followed by another one.
    """

    def __init__(
        self,
        directory: Directory,
        clock: DomainClock,
        journal: Journal,
        cancel: CancelToken,
        gate: Gate,
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._journal = journal
        self._cancel = cancel
        self._gate = gate
        self._links = False
        """Whether memberships get a TTL."""

    def create(self, elevation: Elevation, new: NewGroup) -> TemporaryGroup:
        """Make ``new`` so that it ends with ``elevation``, as far as the directory can do that."""
        refusal: DirectoryError | None = None
        for way in assurance.ways(self._directory.info.abilities):
            self._cancel.raise_if_cancelled()
            try:
                group = self._gate.create(elevation, self._directory, self._timed(elevation, new, way))
            except DirectoryError as error:
                if way.is_ordinary or not assurance.is_refusal(error):
                    raise
                refusal = refusal or error
                continue
            self._links = way.links
            if refusal is not None:
                self._warn(elevation, refusal, group.dn)
            return group
        raise AssertionError("the ordinary way comes last and returns or raises")

    def nest(self, elevation: Elevation, target: DirectoryEntry, group: TemporaryGroup) -> None:
        """Make ``group`` a member of ``target`` for as long as ``elevation`` lasts."""
        if not self._links:
            self._gate.add(elevation, self._directory, target.guid, group.dn)
            return
        seconds = assurance.link_seconds(elevation.deadline, self._clock.now())
        try:
            self._gate.add(elevation, self._directory, target.guid, group.dn, lifetime_seconds=seconds)
        except DirectoryError as error:
            if not assurance.is_refusal(error):
                raise
            # The account's own membership of the temporary group ends all the same.
            self._gate.add(elevation, self._directory, target.guid, group.dn)
            self._warn(elevation, error, target.dn)

    def _timed(self, elevation: Elevation, new: NewGroup, way: assurance.Way) -> NewGroup:
        now, abilities = self._clock.now(), self._directory.info.abilities
        life = assurance.group_seconds(elevation.deadline, now, abilities, links=way.links)
        return replace(
            new,
            lifetime_seconds=life if way.group else None,
            member_lifetime_seconds=assurance.link_seconds(elevation.deadline, now) if way.links else None,
        )

    def _warn(self, elevation: Elevation, refusal: DirectoryError, subject: str) -> None:
        self._journal.step(
            elevation,
            Step.GUARANTEE,
            StepStatus.WARNING,
            f"Active Directory did not take every time to live: {refusal.message}",
            subject,
        )
