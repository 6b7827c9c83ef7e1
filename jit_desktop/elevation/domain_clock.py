# SPDX-License-Identifier: MIT
"""The domain controller's clock, read once in a while and carried on by the PC's monotonic one in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from jit_desktop.elevation.ports import Clock, Directory

GAP_SECONDS = 5
"""If the PC's two clocks have moved that much apart since a reading, one of them lies: the wall clock was
set, or the monotonic one stood still while the computer slept."""


@dataclass(frozen=True, slots=True)
class _Reading:
    domain_time: datetime
    wall: datetime
    monotonic: float


class DomainClock:
    """Tells the time of one domain.

    The PC's wall clock is used only before the first reading; afterwards it may be wrong by a day or jump and
    nothing here changes. One reading replaces another in a single assignment, so any thread may ask.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._reading: _Reading | None = None

    @property
    def is_known(self) -> bool:
        """Whether the domain controller's clock has been read in this run."""
        return self._reading is not None

    def read(self, directory: Directory) -> datetime:
        """Ask ``directory`` for its time (UTC) and carry on from there; raises what the directory raises."""
        # Taken before the question: the time on the way counts as passed, so a deadline is never seen late.
        monotonic, wall = self._clock.monotonic(), self._clock.utc_now()
        time = directory.current_time()
        self._reading = _Reading(time, wall, monotonic)
        return time

    def now(self) -> datetime:
        """UTC on the domain controller's clock, as far as known; never blocks."""
        reading = self._reading
        if reading is None:
            return self._clock.utc_now()
        return reading.domain_time + timedelta(seconds=self._clock.monotonic() - reading.monotonic)

    def age_seconds(self) -> float:
        """Seconds since the last reading; infinite before the first one, and where nobody can say because
        the PC's clocks have moved apart: then it has to be read again."""
        reading = self._reading
        if reading is None:
            return float("inf")
        passed = self._clock.monotonic() - reading.monotonic
        by_wall = (self._clock.utc_now() - reading.wall).total_seconds()
        return float("inf") if abs(by_wall - passed) > GAP_SECONDS else passed

    def difference(self) -> timedelta | None:
        """Domain controller's clock minus the PC's at this moment; ``None`` before the first reading."""
        return None if self._reading is None else self.now() - self._clock.utc_now()
