# SPDX-License-Identifier: MIT
"""What a sweep found, in lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from jit_desktop.commands.wording import counted, listed
from jit_desktop.elevation.model import Elevation, SuspectGroup, SweepReport
from jit_desktop.elevation.outcome import still_has, way_words

A_HANDFUL: Final = 5
"""More than so many are counted and not named."""


def sweep_lines(report: SweepReport, name: str) -> list[str]:
    """The counts of one provider called ``name``, and a line for whatever a person should know besides."""
    alone = sum(group.count for group in report.foreign)
    counts = (
        f"{name}: {len(report.ended)} ended{_whose(report.ended)}, {len(report.ending)} ending, "
        f"{len(report.overdue)} overdue, "
        f"{len(report.adopted)} found in the directory, {counted(alone, 'group')} left alone"
    )
    lines = [counts, *_left(report.ended), *_strangers(report)]
    lines += [_suspect(group) for group in report.suspects]
    lines += [
        f"  not recorded: {_name(e)}: {e.failure or 'the store can not be used'}" for e in report.unrecorded
    ]
    lines += [
        f"  past its deadline, not confirmed yet: {_name(e)}: {e.failure or 'its end is under way'}"
        for e in report.ending
        if e.ends_late(report.at)
    ]
    lines += [f"  not searched: {host}: {why}" for host, why in report.unsearched]
    lines += [f"  OVERDUE: {_name(e)}: {_why(e, report)}" for e in report.overdue]
    if report.doubt:
        lines.append(f"  clocks: {report.doubt}")
    return lines + ([f"  not swept: {report.problem}"] if report.problem else [])


def left_out_lines(elevations: Sequence[Elevation]) -> list[str]:
    """A line for each that should have ended and whose provider nobody sweeps."""
    return [f"OVERDUE: {_name(e)}: its provider was not swept, or is gone" for e in elevations]


def hanging_lines(elevations: Sequence[Elevation]) -> list[str]:
    """A line for each that should have ended while the sweep of its provider does not come to its end."""
    return [f"OVERDUE: {_name(e)}: its sweep has not come to its end" for e in elevations]


def _why(elevation: Elevation, report: SweepReport) -> str:
    by_a_clock = "it may be over: the clocks do not agree" if report.at < elevation.deadline else ""
    return elevation.failure or report.problem or by_a_clock


def _whose(elevations: Sequence[Elevation]) -> str:
    # Who keeps something comes first: the others are counted where they are many.
    names = list(dict.fromkeys(_outcome(e) for e in sorted(elevations, key=lambda e: not e.remains)))
    if not names:
        return ""
    more = len(names) - A_HANDFUL
    return f" ({listed(names[:A_HANDFUL])}{f' and {more} more' if more > 0 else ''})"


def _outcome(elevation: Elevation) -> str:
    """The name, and what the account still has after the end."""
    kept = "" if elevation.is_open else still_has(elevation)
    return f"{_name(elevation)} {kept}" if kept else _name(elevation)


def _left(ended: Sequence[Elevation]) -> Iterable[str]:
    """What an end left: rights by other ways, and what could not be deleted."""
    for elevation in ended:
        if ways := [way_words(right) for right in elevation.remains if right.ways]:
            yield f"  {_name(elevation)} still has {listed(ways)}"
        if elevation.leftover:
            yield f"  left over: {_name(elevation)}: {elevation.leftover}"


def _strangers(report: SweepReport) -> Iterable[str]:
    if len(report.foreign) > A_HANDFUL:
        yield f"  left alone: {len(report.foreign)} groups that are not ours"
        return
    for group in report.foreign:
        yield f"  left alone: {group.name}: {group.reason}"


def _suspect(group: SuspectGroup) -> str:
    gives = f"; it gives {listed(group.gives)}" if group.gives else ""
    return f"  {'ALARM' if group.is_alarm else 'suspect'}: {group.name}: {group.reason}{gives}"


def _name(elevation: Elevation) -> str:
    return elevation.account.name
