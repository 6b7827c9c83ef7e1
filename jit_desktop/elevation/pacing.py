# SPDX-License-Identifier: MIT
"""When something is done about the elevations of one provider: the one rule of windows, service and sweep.

Nobody waits for a moment: a timer that was set for two hours would not survive sleep, a changed clock or an
overflow. Whoever runs asks a :class:`Pace` every second instead, which compares in memory.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final

from jit_desktop.elevation.errors import StoreError
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import ON_ITS_WAY, Elevation, SweepReport
from jit_desktop.elevation.ports import Clock
from jit_desktop.elevation.reaching import PASS_SECONDS

_LOG = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
"""Between two questions to a :class:`Pace`."""
TICK_SECONDS: Final = 15
"""Between two ticks where nothing calls for one earlier."""
WATCHING_SECONDS: Final = 3
"""Between ticks while a grant is replicating or an end is under way, or while the store can't be read."""
PAUSE_SECONDS: Final = 5
"""Asked again only after so long, or a wall clock that moved by so much more or less than the monotonic one:
the computer slept, or its clock was set."""
RETRY_SECONDS: Final = 5
"""Until what the store, or a fault of ours, did not let happen is tried again."""
LATE_SECONDS: Final = ON_ITS_WAY.total_seconds()
"""What was begun, lasts longer and has not come to its end is said of what should have ended meanwhile."""
HANGS_SECONDS: Final = 2 * PASS_SECONDS + 60
"""A tick or a sweep that has not come to its end after that never will: its pass was cut off, begun again and
cut off once more, and then domain controllers that were away were asked."""


class Wanted(enum.Enum):
    """What is to be done about a provider now."""

    NOTHING = "nothing"
    TICK = "tick"
    SWEEP = "sweep"


class ClockWatch:
    """Notices that the computer slept, or that its clock was set."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen_at = clock.monotonic()
        self._wall = clock.utc_now()
        self._monotonic = self._seen_at

    def jump(self) -> float:
        """Seconds by which the wall clock moved against the monotonic one since this was asked last; 0 where
        they agree."""
        monotonic, wall = self._clock.monotonic(), self._clock.utc_now()
        moved = (wall - self._wall).total_seconds() - (monotonic - self._monotonic)
        self._monotonic, self._wall = monotonic, wall
        return moved if abs(moved) > PAUSE_SECONDS else 0.0

    def has_paused(self) -> bool:
        """Whether nobody asked for so long that the computer must have slept."""
        passed = self._clock.monotonic() - self._seen_at
        self.is_awake()
        return passed > PAUSE_SECONDS

    def is_awake(self) -> None:
        """Something was going on until now, which is why nobody asked."""
        self._seen_at = self._clock.monotonic()


class Pace:
    """Says what is wanted of one provider now. It starts nothing, blocks nobody and knows no thread: whoever
    asks it also tells it what was begun and what came of that.
    """

    def __init__(
        self,
        clock: Clock,
        domain_now: Callable[[], datetime],
        *,
        sweep_seconds: float,
        time_for: Callable[[Elevation], datetime] | None = None,
    ) -> None:
        """``domain_now``: the present time on the provider's clock, UTC, without blocking; ``time_for``: that
        by which one elevation is judged, where another witness calls it due. A sweep is wanted at once, and
        every ``sweep_seconds`` from then on."""
        self._time_for = time_for or (lambda _: domain_now())
        self._clock = clock
        self._domain_now = domain_now
        self._sweep_seconds = sweep_seconds
        self._watch = ClockWatch(clock)
        self._ticked_at = float("-inf")
        self._swept_at = float("-inf")
        self._retry_at: float | None = None
        self._compared_at: datetime | None = None
        """Up to which moment (domain's clock) everything was handed to the core."""
        self._begun_at: datetime | None = None
        self._is_tick_asked = False
        self._is_sweep_asked = False
        self._doing = Wanted.NOTHING

    @property
    def is_working(self) -> bool:
        """Whether something was begun and has not finished."""
        return self._doing is not Wanted.NOTHING

    def works_for(self) -> float:
        """Seconds since what is under way was begun; 0 where nothing is."""
        return self._clock.monotonic() - self._ticked_at if self.is_working else 0.0

    def is_late(self) -> bool:
        """Whether what was begun should have come to its end by now."""
        return self.works_for() >= LATE_SECONDS

    def ask_for(self, wanted: Wanted) -> None:
        """Somebody wants it now, whatever the intervals say."""
        self._is_tick_asked |= wanted is Wanted.TICK
        self._is_sweep_asked |= wanted is Wanted.SWEEP

    def wanted(self, elevations: Iterable[Elevation] | None) -> Wanted:
        """What to begin now; ``elevations`` are the provider's open ones as far as they are known, ``None``
        where the store can't be read."""
        self._notice_pause()
        if self.is_working:
            return Wanted.NOTHING
        now = self._clock.monotonic()
        interval, has_come = self._of(elevations)
        if self._is_tick_asked or has_come:
            return Wanted.TICK  # what is due does not wait for what a sweep looks for besides
        if self._is_sweep_asked or now - self._swept_at >= self._sweep_seconds:
            return Wanted.SWEEP
        if self._retry_at is not None and now >= self._retry_at:
            return Wanted.TICK
        return Wanted.TICK if now - self._ticked_at >= interval else Wanted.NOTHING

    def begin(self, what: Wanted) -> None:
        """A tick or a sweep is begun; a sweep does all that a tick does."""
        self._doing = what
        self._begun_at = self._domain_now()
        self._ticked_at = self._clock.monotonic()
        self._is_tick_asked = False
        self._retry_at = None
        if what is Wanted.SWEEP:
            self._is_sweep_asked = False
            self._swept_at = self._ticked_at

    def finish(self, *, prevented: bool = False) -> None:
        """It is over; ``prevented``: the store, or a fault of the program, did not let it happen."""
        if self._begun_at is not None:
            # Before the domain controller's clock was first read, that of the PC may have been ahead.
            self._compared_at = min(self._begun_at, self._domain_now())
        if prevented:
            now = self._clock.monotonic()
            self._retry_at = now + RETRY_SECONDS
            if self._doing is Wanted.SWEEP:
                self._swept_at = now - max(0, self._sweep_seconds - RETRY_SECONDS)
        self._doing = Wanted.NOTHING
        self._watch.is_awake()

    def _notice_pause(self) -> None:
        jump, has_paused = self._watch.jump(), self._watch.has_paused()
        if jump or (has_paused and not self.is_working):
            _LOG.info("The computer slept, or its clock was set (by %.0f s): sweeping now", jump)
            self._is_tick_asked = self._is_sweep_asked = True

    def _of(self, elevations: Iterable[Elevation] | None) -> tuple[int, bool]:
        """The pause between ticks, and whether a moment has come since the last one."""
        if elevations is None:
            return WATCHING_SECONDS, False
        now = self._domain_now()
        # Before the domain controller's clock was read, that of the PC may have been ahead.
        self._compared_at = now if self._compared_at is None else min(self._compared_at, now)
        interval, has_come = TICK_SECONDS, False
        for elevation in elevations:
            # What stays due after a tick is the core's to retry, at the moment that it names.
            by = max(now, self._time_for(elevation))
            has_come |= any(self._compared_at < moment <= by for moment in _moments_of(elevation))
            if elevation.state in (State.PROPAGATING, State.ENDING):
                interval = WATCHING_SECONDS
        return interval, has_come


def was_prevented(report: SweepReport) -> bool:
    """Whether the store, or a fault of the program, kept a sweep from being done."""
    return bool(report.problem) and (report.error is None or isinstance(report.error, StoreError))


def _moments_of(elevation: Elevation) -> Iterator[datetime]:
    """The times, UTC on the domain controller's clock, at which the core has something to do."""
    if elevation.state is State.PROPAGATING and elevation.ready_at is not None:
        yield elevation.ready_at
    if elevation.next_attempt_at is not None:
        yield elevation.next_attempt_at
    yield elevation.deadline
