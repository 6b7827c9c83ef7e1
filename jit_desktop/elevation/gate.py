# SPDX-License-Identifier: MIT
"""The one way to every write that gives a right, or lets one live longer.

Nothing else in the program calls ``create_group``, ``add_member``, ``renew_member`` or ``write_record`` of a
directory (the rehearsal excepted: its group has no member). A process may be stopped between any two of its
instructions for longer than the elevation lasts, so that one look at the clock is none: it is looked at
before each write *and again after it*, and what was given too late is taken back by whoever made the flow.
"""

from __future__ import annotations

from datetime import datetime

from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.errors import DeadlinePassed
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory, NewGroup, TemporaryGroup


class Gate:
    """Lets giving writes through while there is time and while the elevation is still ours.

    ``elevation`` is always the elevation as it was stored last. ``until`` (UTC, the domain's clock) is the
    deadline that must not be over; the elevation's own where it is left out. Each method raises
    :class:`DeadlinePassed` where it is, before the write (nothing was written) or after it (it was), and
    ``ConcurrentChange`` where somebody else has moved the elevation.
    """

    def __init__(self, clock: DomainClock, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal

    def require_time(self, elevation: Elevation, until: datetime | None = None) -> None:
        """:class:`DeadlinePassed` where the time is over by any witness."""
        end = elevation.deadline if until is None else until
        if self._clock.time_for(elevation) >= end:
            raise DeadlinePassed(
                f"The deadline of {elevation.account.name} has passed ({end:%Y-%m-%d %H:%M:%S} UTC), and "
                "nothing is given after it.",
                subject=elevation.account.name,
                remedy="Check the account out again if it is still needed.",
            )

    def require_open(self, elevation: Elevation, until: datetime | None = None) -> None:
        """As :meth:`require_time`, and ``ConcurrentChange`` where somebody else has moved it."""
        self._journal.require_unmoved(elevation)
        # Last: to read the store takes its time.
        self.require_time(elevation, until)

    def create(self, elevation: Elevation, directory: Directory, group: NewGroup) -> TemporaryGroup:
        """Make the temporary group with its member."""
        self.require_open(elevation)
        made = directory.create_group(group)
        self.require_time(elevation)
        return made

    def add(
        self,
        elevation: Elevation,
        directory: Directory,
        group: ObjectGuid,
        member: DistinguishedName,
        *,
        lifetime_seconds: int | None = None,
    ) -> None:
        """Make ``member`` a member of ``group``."""
        self.require_open(elevation)
        directory.add_member(group, member, lifetime_seconds=lifetime_seconds)
        self.require_time(elevation)

    def renew(
        self,
        elevation: Elevation,
        directory: Directory,
        group: ObjectGuid,
        member: DistinguishedName,
        lifetime_seconds: int,
        *,
        until: datetime,
    ) -> None:
        """Let a membership end later."""
        self.require_open(elevation, until)
        directory.renew_member(group, member, lifetime_seconds)
        self.require_time(elevation, until)

    def record(
        self,
        elevation: Elevation,
        directory: Directory,
        group: ObjectGuid,
        texts: tuple[str, str],
        *,
        lifetime_seconds: int | None,
        until: datetime,
    ) -> None:
        """Write ``texts`` (``info`` and ``description``), which may say a later deadline, and a later
        ``entryTTL``."""
        self.require_open(elevation, until)
        directory.write_record(group, *texts, lifetime_seconds=lifetime_seconds)
        self.require_time(elevation, until)

    def shorten(
        self, directory: Directory, group: ObjectGuid, member: DistinguishedName, lifetime_seconds: int
    ) -> None:
        """Let a membership end earlier: nothing is given, so that no time is too late for it."""
        directory.renew_member(group, member, lifetime_seconds)

    def take_back_record(
        self,
        directory: Directory,
        group: ObjectGuid,
        texts: tuple[str, str],
        *,
        lifetime_seconds: int | None,
    ) -> None:
        """Write the earlier deadline again: as :meth:`shorten`."""
        directory.write_record(group, *texts, lifetime_seconds=lifetime_seconds)
