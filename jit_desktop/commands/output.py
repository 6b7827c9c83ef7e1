# SPDX-License-Identifier: MIT
"""What commands print: for people, or one JSON document for scripts."""

from __future__ import annotations

import codecs
import json
import logging
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TextIO

from jit_desktop.commands.streams import let_go_of
from jit_desktop.elevation.assurance import Assurance, promise
from jit_desktop.elevation.durations import duration_words
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ObjectRef
from jit_desktop.elevation.model import (
    Elevation,
    Seen,
    Sight,
    StepReport,
    StepStatus,
    SweepReport,
    TimeSource,
)
from jit_desktop.elevation.outcome import clock_words, not_confirmed, still_has, was_found_ended, way_words
from jit_desktop.elevation.sighting import last_sight

_LOG = logging.getLogger(__name__)

_MARKS = {
    StepStatus.RUNNING: "…",
    StepStatus.DONE: "✓",
    StepStatus.WARNING: "!",
    StepStatus.FAILED: "✗",
    StepStatus.SKIPPED: "-",
}

_SEEN = {
    Seen.AS_GRANTED: "As it was granted",
    Seen.CHANGED: "Changed by somebody",
    Seen.NOT_VISIBLE: "Can't be seen",
}

_COMMANDS_TO_TERMINALS = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
"""Control characters but the end of a line, and those that turn the direction of text."""


@dataclass(slots=True)
class Output:
    """Results go to ``results`` (one JSON document, or lines for people), all else to ``messages``.

    To say something is no part of doing it: a stream whose reader has left, or whose disk is full, becomes
    none, and nothing else comes of that.
    """

    as_json: bool = False
    results: TextIO | None = field(default_factory=lambda: sys.stdout)
    messages: TextIO | None = field(default_factory=lambda: sys.stderr)

    def result(self, document: Any, lines: Iterable[str]) -> None:
        """Print the result of a command."""
        if self.as_json:
            self._print(self._json(document, indent=2))
        else:
            for line in lines:
                self._print(line)

    def event(self, document: Any, line: str) -> None:
        """Print one of many results, each on a line of its own."""
        self._print(self._json(document) if self.as_json else line)

    def note(self, text: str) -> None:
        """Say something beside the result."""
        self._say(text)

    def error(self, error: JitError) -> None:
        """Say what went wrong and what to do; with JSON also as the result."""
        self.complain(error)
        if self.as_json:
            self._print(self._json({"error": error_document(error)}, indent=2))

    def complain(self, error: JitError) -> None:
        """Say what went wrong and what to do, beside the result."""
        self._say(f"jit-desktop: {error.message}" + (f"\n  {error.remedy}" if error.remedy else ""))

    def _print(self, text: str) -> None:
        self.results = _write(self.results, text)

    def _say(self, text: str) -> None:
        self.messages = _write(self.messages, text)

    def _json(self, document: Any, indent: int | None = None) -> str:
        # What reads a pipe on Windows takes it for one code page or another: of those, ASCII means the same.
        encoding = (self.results.encoding if self.results is not None else None) or "utf-8"
        is_utf8 = codecs.lookup(encoding).name == "utf-8"
        return json.dumps(document, ensure_ascii=not is_utf8, indent=indent)

    # Listener: the steps as they happen

    def on_step(self, report: StepReport) -> None:
        """Print a step."""
        self.note(f"{_MARKS[report.status]} {report.message}")

    def on_elevation(self, elevation: Elevation) -> None:
        """States are printed with the result."""


def _write(stream: TextIO | None, text: str) -> TextIO | None:
    """Write a line; the stream, or ``None`` where it is of no more use."""
    if stream is None:
        return None  # a program without a console has neither standard output nor standard error
    # Names come from the directory, and a terminal obeys what it is told: to it they are text only.
    text = _COMMANDS_TO_TERMINALS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    try:
        encoding = stream.encoding or "utf-8"
        # A console of an old code page can't print every name; the result must come out all the same.
        stream.write(text.encode(encoding, errors="backslashreplace").decode(encoding) + "\n")
        stream.flush()
    except (OSError, ValueError) as error:  # the latter: it was closed
        _LOG.info("Nothing more is printed on %s: %s", getattr(stream, "name", "a stream"), error)
        let_go_of(stream)
        return None
    return stream


def error_document(error: JitError) -> dict[str, str]:
    """What went wrong, for scripts."""
    return {
        "code": error.code,
        "message": error.message,
        "subject": error.subject,
        "remedy": error.remedy,
    }


def elevation_document(
    elevation: Elevation,
    now: datetime,
    provider_name: str,
    clock: TimeSource = TimeSource.DOMAIN,
    *,
    is_time_lost: bool = False,
) -> dict[str, Any]:
    """An elevation as JSON; times are UTC in ISO 8601, durations in seconds.

    ``clock`` says whose clock ``now`` is of: by the computer's, the seconds that remain are a guess, and with
    ``is_time_lost`` not even that (``None``). ``ended_clock`` says whose clock the time of the end is of.
    """
    left = int(elevation.remaining(now).total_seconds()) if elevation.is_open else 0
    return {
        "id": elevation.id,
        "provider": {"id": elevation.provider_id, "name": provider_name},
        "account": _reference(elevation.account),
        "privileges": [{**_reference(p.group), "display_name": p.display_name} for p in elevation.privileges],
        "state": elevation.state.value,
        "requested_by": elevation.requested_by,
        "requested_at": _time(elevation.requested_at),
        "granted_at": _time(elevation.granted_at),
        "ready_at": _time(elevation.ready_at),
        "deadline": _time(elevation.deadline),
        "remaining_seconds": None if is_time_lost and elevation.is_open and left > 0 else left,
        "clock": clock.value,
        "ended_at": _time(elevation.ended_at),
        "ended_clock": elevation.ended_clock.value if elevation.ended_clock else None,
        "end_reason": elevation.end_reason.value if elevation.end_reason else None,
        "guarantee": elevation.guarantee.value,
        "mechanism": elevation.mechanism.value,
        "directory_ends_at": _time(elevation.directory_ends_at),
        "reason": elevation.reason,
        "ticket": elevation.ticket,
        "failure": elevation.failure,
        "attempts": elevation.attempts,
        "unconfirmed_on": list(elevation.unconfirmed_on),
        "remains": [
            {
                "guid": r.group,
                "name": r.label,
                "ways": list(r.ways),
                "since_before": r.since_before,
                "by_elevation": r.by_elevation,
            }
            for r in elevation.remains
        ],
        "leftover": elevation.leftover,
        "suspicion": elevation.suspicion,
        "sight": _sight(last_sight(elevation)),
        "adopted": elevation.adopted,
        "domain_controller": elevation.domain_controller,
        "temporary_group": {
            "name": elevation.group_name,
            "guid": elevation.group_guid,
            "location": elevation.location.dn,
        },
    }


def sweep_document(report: SweepReport, provider_name: str) -> dict[str, Any]:
    """What a sweep did, as JSON."""

    def all_of(elevations: Sequence[Elevation]) -> list[dict[str, Any]]:
        return [
            elevation_document(e, report.at, provider_name, report.clock, is_time_lost=report.is_time_lost)
            for e in elevations
        ]

    return {
        "provider": {"id": report.provider_id, "name": provider_name},
        "at": _time(report.at),
        "clock": report.clock.value,
        "ended": all_of(report.ended),
        "ending": all_of(report.ending),
        "overdue": all_of(report.overdue),
        "unconfirmed": all_of(report.unconfirmed),
        "adopted": all_of(report.adopted),
        "foreign": [{"name": g.name, "dn": g.dn, "reason": g.reason} for g in report.foreign],
        "suspects": [
            {"name": g.name, "dn": g.dn, "reason": g.reason, "gives": list(g.gives), "is_alarm": g.is_alarm}
            for g in report.suspects
        ],
        "unrecorded": all_of(report.unrecorded),
        "unsearched": [{"host": host, "reason": why} for host, why in report.unsearched],
        "problem": report.problem,
        "doubt": report.doubt,
    }


def elevation_line(elevation: Elevation, now: datetime, *, is_time_lost: bool = False) -> str:
    """An elevation for people, in a line or two: how it stands, and who ends it. ``is_time_lost``: nobody
    knows how much later than ``now`` it is."""
    if elevation.is_open:
        left = int(elevation.remaining(now).total_seconds())
        when = f"{duration_words(left)} left" if left > 0 else "past its deadline"
        if left > 0 and is_time_lost:
            when = "the time left is not known"
        if left > 0 and elevation.is_alarm(now):
            when = "should have ended"
        when += f", ends {elevation.deadline:%Y-%m-%d %H:%M:%S} UTC"
        sight = last_sight(elevation)
        seen = f"as of {sight.at:%Y-%m-%d %H:%M:%S} UTC" if sight is not None else "not looked at yet"
        when += f"; {seen}"
    else:
        at = elevation.ended_at or elevation.deadline
        when = f"{at:%Y-%m-%d %H:%M:%S} UTC"
        when = f"found ended by {when}" if was_found_ended(elevation) else when
        if guess := clock_words(elevation.ended_clock):
            when += f" {guess}"
        when += f", {elevation.end_reason.value}" if elevation.end_reason else ""
    unasked = not_confirmed(elevation)
    line = f"{elevation.id}  {elevation.state.value:<11} {elevation.account.name}: {elevation.label} ({when})"
    if unasked:
        state = f"{elevation.state.value}; {unasked}"
        line = f"{elevation.id}  {state}  {elevation.account.name}: {elevation.label} ({when})"
    if elevation.remains:
        kept = "; ".join(part for part in (still_has(elevation), unasked) if part)
        line = f"{elevation.id}  {elevation.state.value}; {kept}  {elevation.account.name} ({when})"
        line += "".join(f"\n    {way_words(right)}" for right in elevation.remains if right.ways)
    if elevation.is_granted:
        assured = Assurance(elevation.mechanism, elevation.directory_ends_at)
        line += f"\n    {promise(assured, elevation.deadline)}"
    sight = last_sight(elevation)
    if elevation.is_open and sight is not None and sight.seen is not Seen.AS_GRANTED:
        line += f"\n    ! {_SEEN[sight.seen]} as of {sight.at:%Y-%m-%d %H:%M:%S} UTC. {sight.words}".rstrip()
    if elevation.is_open and elevation.suspicion:
        line += f"\n    ! Its temporary group is not as it was made: {elevation.suspicion}"
    if elevation.leftover:
        line += f"\n    ! {elevation.leftover}"
    return f"{line}\n    {elevation.failure}" if elevation.failure else line


def _sight(sight: Sight | None) -> dict[str, Any] | None:
    return None if sight is None else {"at": _time(sight.at), "seen": sight.seen.value, "words": sight.words}


def _reference(ref: ObjectRef) -> dict[str, Any]:
    return {"name": ref.name, "dn": ref.dn, "guid": ref.guid}


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
