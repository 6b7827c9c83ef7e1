# SPDX-License-Identifier: MIT
"""How an elevation came out, in the words that the windows and the commands share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jit_desktop.elevation.lifecycle import EndReason
from jit_desktop.elevation.model import Elevation, RemainingRight, TimeSource

FOUND_ENDED: Final = frozenset({EndReason.REMOVED_ELSEWHERE, EndReason.DIRECTORY})
"""Reasons of ends that were done by somebody else: ``ended_at`` is when that was found out."""


def was_found_ended(elevation: Elevation) -> bool:
    """Whether it had ended already when that was noticed, so that it ended *by* ``ended_at`` and not *at*."""
    return elevation.end_reason in FOUND_ENDED


def clock_words(clock: TimeSource | None) -> str:
    """What is to be said beside a time of the past that is of ``clock``; empty where it is the domain's."""
    if clock is TimeSource.COMPUTER:
        return "by this computer's clock, a guess"
    if clock is TimeSource.PUT_AFTER:
        return "or before: the clock said an earlier time than that of what was recorded last"
    return ""


def still_has(elevation: Elevation) -> str:
    """What the account still has after the end, to follow ``ended;`` or ``failed;``: ``still has T
    permanently, since during this elevation`` or ``still has T by another elevation``. Empty where it has
    nothing."""
    groups = (
        (False, ", since during this elevation"),
        (True, ", as before this elevation"),
        (None, ""),
    )
    parts = []
    permanent = [right for right in elevation.remains if not right.by_elevation]
    for since_before, since in groups:
        labels = [right.label for right in permanent if right.since_before is since_before]
        if labels:
            parts.append(f"still has {in_a_row(labels)} permanently{since}")
    if labels := [right.label for right in elevation.remains if right.by_elevation]:
        parts.append(f"still has {in_a_row(labels)} by another elevation")
    return "; ".join(parts)


def not_confirmed(elevation: Elevation, *, short: bool = False) -> str:
    """Who could not be asked about the end, to follow ``ended;`` or ``failed;``: ``not confirmed at
    dc2.corp.example.test``. Such a one may still give what was lent. ``short``: without the name of the
    domain. Empty where all that are known were asked, and of what is open."""
    if elevation.is_open or not elevation.unconfirmed_on:
        return ""
    hosts = elevation.unconfirmed_on
    return f"not confirmed at {in_a_row([host.partition('.')[0] if short else host for host in hosts])}"


def way_words(right: RemainingRight) -> str:
    """Through what the account has it: ``T through a direct membership``."""
    return f"{right.label} through {in_a_row(right.ways)}" if right.ways else right.label


def in_a_row(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
