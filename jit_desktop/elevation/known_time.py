# SPDX-License-Identifier: MIT
"""What is known of the time of a domain, and how it goes on by the PC's monotonic clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from jit_desktop.elevation.witnesses import Reading

_RATE_AFTER_A_STEP_BACK = 0.99
"""So fast time passes, by the monotonic clock, until a domain whose clock was put back within the tolerance
has caught up. Nothing that was lent before gets longer by more than a hundredth, and a difference of five
minutes is gone after eight hours and a half."""

_DRIFT = 1e-4
"""So fast, in seconds a second, one domain controller alone may move the time that is carried on here: no
more than what the oscillator of a computer differs by. Anything faster needs a second one."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A time, and where the PC's clocks stood then."""

    time: datetime
    wall: datetime
    monotonic: float
    not_before: datetime
    """What had been said before; time does not run backwards to what it was."""

    def at(self, monotonic: float) -> datetime:
        """The same when the PC's monotonic clock stands at ``monotonic`` seconds (UTC)."""
        passed = monotonic - self.monotonic
        return max(
            self.time + timedelta(seconds=passed),
            self.not_before + timedelta(seconds=passed * _RATE_AFTER_A_STEP_BACK),
        )


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known, replaced in a single assignment, so that any thread may ask."""

    counting: Carried | None = None
    """What is counted with since the last reading."""
    trusted: Carried | None = None
    established: datetime | None = None
    """The time that two witnesses established since this computer was started, as it is at ``at_monotonic``.
    Nobody's reading alone moves it: it is a witness against each of them."""
    moved_at: datetime | None = None
    """When a reading last moved it (the time of the domain), in an earlier run too."""
    floor: datetime | None = None
    """The highest time ever trusted as it is at ``at_monotonic``."""
    at_monotonic: float = 0.0
    ahead: timedelta | None = None
    """How far the domain is ahead of this computer, as two witnesses established it."""
    confirmed: datetime | None = None
    """What two domain controllers last said together in this run, as it was at ``confirmed_monotonic``."""
    confirmed_monotonic: float = float("-inf")
    later: datetime | None = None
    """What a clock said at the last reading that was ahead of what is counted with, and that was not
    refuted."""
    latest: Reading | None = None
    """What the domain controller itself said at the last reading, believed or not."""
    read_wall: datetime | None = None
    read_monotonic: float = 0.0
    doubt: str = ""
    went_back: bool = False
    """Whether the domain's clocks went back together, and this computer knows a later time."""
    is_lost: bool = False
    """Whether each clock was earlier at the last reading than the highest time ever trusted."""
    is_loaded: bool = False

    @property
    def is_carried_over(self) -> bool:
        """Whether nothing was read yet, and the time is known from an earlier run."""
        return self.counting is None and self.established is not None


def carried_on(time: datetime | None, state: Known, monotonic: float) -> datetime | None:
    """``time`` as it was at ``state.at_monotonic``, as it is at ``monotonic`` (UTC)."""
    if time is None:
        return None
    return time + timedelta(seconds=max(0.0, monotonic - state.at_monotonic))


def since_reading(time: datetime, state: Known, monotonic: float) -> datetime:
    """``time`` as it was at the last reading, as it is at ``monotonic`` (UTC)."""
    return time + timedelta(seconds=monotonic - state.read_monotonic)


def moved(base: datetime, towards: datetime, since: datetime | None) -> datetime:
    """``base``, and as much further ``towards`` the reading as oscillators drift in the time ``since``."""
    bound = _DRIFT * max(timedelta(0), base - (since or base))
    return base + min(max(towards - base, -bound), bound)
