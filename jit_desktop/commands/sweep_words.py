# SPDX-License-Identifier: MIT
"""What a sweep found, in lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from jit_desktop.commands.wording import counted, listed
from jit_desktop.elevation.model import Elevation, SuspectGroup, SweepReport
from jit_desktop.elevation.outcome import not_confirmed, still_has, way_words

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
    lines += ending_lines([e for e in report.ending if e.ends_late(report.at)])
    lines += unconfirmed_lines(report.unconfirmed)
    lines += [f"  not searched: {host}: {why}" for host, why in report.unsearched]
    lines += [f"  OVERDUE: {_name(e)}: {_why(e, report)}" for e in report.overdue]
    if report.doubt:
        lines.append(f"  clocks: {report.doubt}")
    return lines + ([f"  not swept: {report.problem}"] if report.problem else [])


def unconfirmed_lines(elevations: Sequence[Elevation]) -> list[str]:
    """A line for all that have ended, or failed, and whose end the same domain controllers could not be asked
    about."""
    by_hosts: dict[str, list[str]] = {}
    for elevation in elevations:
        how = f"{elevation.state.value}; {not_confirmed(elevation)}"
        by_hosts.setdefault(how, []).append(_name(elevation))
    return [
        f"  {how}: {_some(names)}: what could not be asked may still give it"
        for how, names in by_hosts.items()
    ]


def confirmed_lines(elevations: Sequence[Elevation]) -> list[str]:
    """A line for all that had ended and that every domain controller has confirmed by now."""
    names = [_name(e) for e in elevations]
    return [f"  confirmed at every domain controller now: {_some(names)}"] if names else []


def ending_lines(elevations: Sequence[Elevation]) -> list[str]:
    """A line for each that is past its deadline while its end is under way."""
    return [
        f"  past its deadline, not confirmed yet: {_name(e)}: {e.failure or 'its end is under way'}"
        for e in elevations
    ]


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
    first = sorted(elevations, key=lambda e: (not e.remains, not e.unconfirmed_on))
    names = [_outcome(e) for e in first]
    return f" ({_some(names)})" if names else ""


def _some(names: Iterable[str]) -> str:
    """A handful of them, each once, and how many more there are."""
    once = list(dict.fromkeys(names))
    more = len(once) - A_HANDFUL
    return f"{listed(once[:A_HANDFUL])}{f' and {more} more' if more > 0 else ''}"


def _outcome(elevation: Elevation) -> str:
    """The name, what the account still has after the end, and who could not be asked about that."""
    kept = "" if elevation.is_open else still_has(elevation)
    return " ".join(part for part in (_name(elevation), kept, not_confirmed(elevation)) if part)


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
