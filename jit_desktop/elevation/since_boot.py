# SPDX-License-Identifier: MIT
"""The time of a domain, carried from one program to the next by the clock that counts since the computer was
started. Nobody sets that one, so it is a witness against the computer's clock on the wall.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from jit_desktop.elevation.ports import Clock, KeptTime
from jit_desktop.elevation.witnesses import is_below_floor


def booted_at(established: datetime, at_monotonic: float) -> datetime | None:
    """What time it was when the clock since the start stood at 0, where it stood at ``at_monotonic`` seconds
    at ``established`` (UTC); ``None`` where that is before all calendars."""
    try:
        return established - timedelta(seconds=at_monotonic)
    except OverflowError:
        return None


def carried_over(kept: KeptTime, clock: Clock) -> datetime | None:
    """What time it is now in the domain by what an earlier program of this start of the computer kept (UTC).

    ``None`` where it was kept in another start, or nobody knows in which, and where it can't be right:
    anybody may have written it. It never runs ahead of the truth: such a clock may have stood still (a
    machine that was paused), and counts too little where two starts have one identifier.
    """
    boot = clock.boot_id()
    if not boot or kept.boot != boot or kept.booted_at is None:
        return None
    if is_below_floor(kept.domain_time, kept.booted_at):
        return None  # kept before the start
    try:
        time = kept.booted_at + timedelta(seconds=clock.monotonic())
    except OverflowError:
        return None
    return None if is_below_floor(time, kept.domain_time) else time
