# SPDX-License-Identifier: MIT
"""From what a wall clock shows to the moment meant, through the nights when the clocks are changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo


@dataclass(frozen=True, slots=True)
class WallTime:
    """The moment a local time means."""

    moment: datetime
    """Aware, in UTC."""
    is_missing: bool = False
    """The clocks jump over this time: nobody's clock ever shows it."""
    is_twofold: bool = False
    """The clocks show this time twice; `moment` is the earlier one that is still to come."""


def resolve_wall_time(shown: datetime, now: datetime, zone: tzinfo | None = None) -> WallTime:
    """What the naive `shown` means in `zone` (None: the computer's own), seen from the aware `now`.

    Of two moments the earlier one is taken unless it has passed: an elevation rather ends too early.
    """
    first, second = (_to_utc(shown.replace(fold=fold), zone) for fold in (0, 1))
    if first == second:
        return WallTime(first)
    is_missing = first.astimezone(zone).replace(tzinfo=None) != shown.replace(fold=0)
    if is_missing:
        return WallTime(min(first, second), is_missing=True)
    return WallTime(first if first > now else second, is_twofold=True)


def to_wall_time(moment: datetime, zone: tzinfo | None = None) -> datetime:
    """What a wall clock shows at the aware `moment`, naive."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _to_utc(shown: datetime, zone: tzinfo | None) -> datetime:
    # Without a zone, `astimezone` reads a naive time as the computer's own and honours `fold` (PEP 495).
    local = shown if zone is None else shown.replace(tzinfo=zone)
    return local.astimezone(UTC)
