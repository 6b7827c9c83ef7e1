# SPDX-License-Identifier: MIT
"""Durations and moments in the words people use, and back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QTime

if TYPE_CHECKING:
    from datetime import tzinfo

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
_SHOW_SECONDS_BELOW: Final = 10 * MINUTE

_UNIT_SECONDS: Final = {"d": DAY, "h": HOUR, "m": MINUTE, "s": 1}
_PART: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*(d|h|m|s)[a-z]*\.?", re.IGNORECASE)
_CLOCK: Final = re.compile(r"(\d{1,3}):([0-5]\d)")


def _tr(text: str) -> str:
    return QCoreApplication.translate("durations", text)


def format_duration(seconds: int) -> str:
    """`seconds` (0 or more) in its two largest units, rounded down: `1 h 12 min`, `4 min 10 s`, `0 s`."""
    units = (
        (_tr("{} d"), seconds // DAY),
        (_tr("{} h"), seconds % DAY // HOUR),
        (_tr("{} min"), seconds % HOUR // MINUTE),
        (_tr("{} s"), seconds % MINUTE),
    )
    largest = next((position for position, (_, count) in enumerate(units) if count), len(units) - 1)
    shown = units[largest : largest + 2]
    return " ".join(unit.format(count) for unit, count in shown if count or unit is shown[0][0])


def format_time_left(seconds: int) -> str:
    """Like `format_duration`, but with seconds only in the last ten minutes: a row must not fidget."""
    if seconds >= _SHOW_SECONDS_BELOW:
        seconds -= seconds % MINUTE
    return format_duration(max(seconds, 0))


def parse_duration(text: str) -> int | None:
    """The seconds meant by `1 h 30 min`, `1:30` (hours), `1.5h`, `90` (minutes); None for anything else."""
    text = text.strip()
    if text.isdecimal():
        return int(text) * MINUTE
    if clock := _CLOCK.fullmatch(text):
        return int(clock[1]) * HOUR + int(clock[2]) * MINUTE
    if not text or _PART.sub("", text).strip(" ,"):
        return None
    parts = _PART.findall(text)
    return round(sum(float(count.replace(",", ".")) * _UNIT_SECONDS[unit.lower()] for count, unit in parts))


def format_relative(moment: datetime, now: datetime) -> str:
    """How far `moment` is from `now`: `in 5 min`, `just now`, `3 h ago`; the date beyond two days."""
    seconds = round((moment - now).total_seconds())
    if abs(seconds) < 10:
        return _tr("just now")
    if abs(seconds) >= 2 * DAY:
        return format_moment(moment, now)
    # One unit is enough for orientation; the tooltip has the whole truth.
    distance = format_duration(abs(seconds)).split(" ")
    rough = " ".join(distance[:2]) if abs(seconds) < HOUR else format_time_left(abs(seconds))
    return (_tr("in {}") if seconds > 0 else _tr("{} ago")).format(rough)


def format_moment(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """`moment` on a local clock with as much date as it needs: `17:43`, `tomorrow 09:10`, `2 Dec 09:10`."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    clock = QLocale().toString(QTime(local.hour, local.minute), QLocale.FormatType.ShortFormat)
    distance_days = (local.date() - today).days
    if distance_days == 0:
        return clock
    if distance_days == 1:
        return _tr("tomorrow {}").format(clock)
    if distance_days == -1:
        return _tr("yesterday {}").format(clock)
    pattern = "d MMM" if local.year == today.year else "d MMM yyyy"
    return f"{QLocale().toString(QDate(local.year, local.month, local.day), pattern)} {clock}"


def format_absolute(moment: datetime, zone: tzinfo | None = None) -> str:
    """`moment` whole, for tooltips: local date and time to the second with its offset, and in UTC."""
    local, utc = moment.astimezone(zone), moment.astimezone(UTC)
    offset = local.utcoffset() or timedelta(0)
    sign = "-" if offset < timedelta(0) else "+"
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    day = QLocale().toString(QDate(local.year, local.month, local.day), "ddd d MMM yyyy")
    return f"{day} {local:%H:%M:%S} (UTC{sign}{hours:02}:{minutes:02})\n{utc:%Y-%m-%d %H:%M:%S} UTC"
