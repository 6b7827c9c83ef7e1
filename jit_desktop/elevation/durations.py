# SPDX-License-Identifier: MIT
"""Durations in words and in the short form that files and commands take."""

from __future__ import annotations

import re

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_SHORT = re.compile(r"(?:(?P<d>\d{1,4})d)?(?:(?P<h>\d{1,6})h)?(?:(?P<m>\d{1,7})m)?(?:(?P<s>\d{1,9})s)?")


def duration_words(seconds: int) -> str:
    """A duration for people: ``2 hours``, ``1 hour 30 minutes``, ``45 seconds``."""
    days, rest = divmod(int(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, secs = divmod(rest, 60)
    parts = [
        f"{count} {unit}{'' if count == 1 else 's'}"
        for count, unit in ((days, "day"), (hours, "hour"), (minutes, "minute"), (secs, "second"))
        if count
    ]
    return " ".join(parts) or "0 seconds"


def short_duration(seconds: int) -> str:
    """The short form: ``2h``, ``1h30m``, ``45s``; :func:`parse_duration` reads it back."""
    text = ""
    for unit, size in _UNITS.items():
        count, seconds = divmod(seconds, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def parse_duration(text: str) -> int:
    """The seconds that ``2h``, ``90m``, ``1h30m`` or ``7200s`` mean; :class:`ValueError` for anything else.

    A number without a unit is refused: it could mean seconds as well as minutes.
    """
    text = text.strip().lower().replace(" ", "")
    match = _SHORT.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"{text!r} is not a duration; write it like 2h, 90m, 1h30m or 7200s")
    return sum(int(count) * _UNITS[unit] for unit, count in match.groupdict().items() if count)
