# SPDX-License-Identifier: MIT
"""How states, moments and durations are said to people, so that every window says them in the same words."""

from __future__ import annotations

import enum
import html
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale

from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation, Guarantee, Step
from jit_desktop.ui.theme import Token

_CONTEXT: Final = "Wording"


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate(_CONTEXT, text, None, number)


@dataclass(frozen=True, slots=True)
class StateLook:
    """A state as it is shown: always an icon *and* a word, the colour only adds to them."""

    word: str
    icon: str
    token: Token


def state_look(state: State) -> StateLook:
    """How `state` is shown everywhere."""
    match state:
        case State.GRANTING:
            return StateLook(_tr("Granting"), "wait", Token.INFO)
        case State.PROPAGATING:
            return StateLook(_tr("Propagating"), "wait", Token.INFO)
        case State.ACTIVE:
            return StateLook(_tr("Active"), "shield-check", Token.SUCCESS)
        case State.ENDING:
            return StateLook(_tr("Ending"), "wait", Token.INFO)
        case State.ENDED:
            return StateLook(_tr("Ended"), "check", Token.TEXT_MUTED)
        case State.FAILED:
            return StateLook(_tr("Failed"), "error", Token.DANGER)
        case State.OVERDUE:
            return StateLook(_tr("Overdue"), "overdue", Token.DANGER)


def end_reason_words(reason: EndReason | None) -> str:
    """Why it ended, in a few words; empty where it is not known."""
    match reason:
        case None:
            return ""
        case EndReason.DEADLINE:
            return _tr("Its time was up")
        case EndReason.CHECK_IN:
            return _tr("Checked in")
        case EndReason.CANCELLED:
            return _tr("Cancelled")
        case EndReason.GRANT_FAILED:
            return _tr("The grant failed")
        case EndReason.INTERRUPTED:
            return _tr("Interrupted")
        case EndReason.REMOVED_ELSEWHERE:
            return _tr("Removed elsewhere")


def guarantee_words(guarantee: Guarantee) -> str:
    """Who ends the elevation if nothing of ours runs any more: a sentence."""
    if guarantee is Guarantee.DIRECTORY:
        return _tr("Active Directory ends it")
    return _tr("Ends only while this program or a sweep runs")


def guarantee_short(guarantee: Guarantee) -> str:
    """The same for a narrow column."""
    return _tr("Active Directory") if guarantee is Guarantee.DIRECTORY else _tr("Program or sweep")


def step_words(step: Step) -> str:
    """What is done in a step, as its heading."""
    words = {
        Step.RECORD_INTENT: _tr("Record what is meant"),
        Step.CHECK_TARGETS: _tr("Check the groups"),
        Step.CHECK_ACCOUNT: _tr("Check the account"),
        Step.CHECK_RIGHTS: _tr("Check the rights"),
        Step.CREATE_GROUP: _tr("Create the temporary group"),
        Step.NEST_GROUP: _tr("Grant the privileges"),
        Step.READ_BACK: _tr("Read the membership back"),
        Step.REPLICATION: _tr("Wait for replication"),
        Step.ROLL_BACK: _tr("Take everything back"),
        Step.EXTEND: _tr("Extend"),
        Step.EMPTY_GROUP: _tr("Empty the temporary group"),
        Step.DELETE_GROUP: _tr("Delete the temporary group"),
        Step.CONFIRM_END: _tr("Confirm the end"),
    }
    return words[step]


# --- durations and moments -------------------------------------------------------------------------------


def short_duration(seconds: int) -> str:
    """A duration (seconds) for a table: “2 d 04 h”, “1 h 42 min”, “9 min 05 s”, “42 s”."""
    days, rest = divmod(max(seconds, 0), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, secs = divmod(rest, 60)
    if days:
        return _tr("{d} d {h:02d} h").format(d=days, h=hours)
    if hours:
        return _tr("{h} h {m:02d} min").format(h=hours, m=minutes)
    if minutes >= 10:
        return _tr("{m} min").format(m=minutes)
    if minutes:
        return _tr("{m} min {s:02d} s").format(m=minutes, s=secs)
    return _tr("{s} s").format(s=secs)


def clock_time(moment: datetime, now: datetime) -> str:
    """A moment (UTC) on the local clock: “14:30”, with the day where it is not that of `now`."""
    local = _local(moment)
    time = QLocale().toString(local.time(), QLocale.FormatType.ShortFormat)
    days = _local(now).date().daysTo(local.date())
    if days == 0:
        return time
    if days == 1:
        return _tr("tomorrow {time}").format(time=time)
    if days == -1:
        return _tr("yesterday {time}").format(time=time)
    return f"{_day(local.date())}, {time}"


def absolute_time(moment: datetime) -> str:
    """A moment (UTC) in full, local and UTC, for a tooltip."""
    local = _local(moment)
    text = QLocale().toString(local, QLocale.FormatType.LongFormat)
    return _tr("{local}\n{utc} UTC").format(local=text, utc=f"{moment:%Y-%m-%d %H:%M:%S}")


def ago(moment: datetime, now: datetime) -> str:
    """How long ago a moment was: “just now”, “4 minutes ago”, then the clock time."""
    seconds = int((now - moment).total_seconds())
    if seconds < 60:
        return _tr("just now")
    if seconds < 3600:
        minutes = seconds // 60
        return _tr("1 minute ago") if minutes == 1 else _tr("{n} minutes ago").format(n=minutes)
    return clock_time(moment, now)


def clock_difference_words(difference: timedelta) -> str:
    """How far the controller's clock is from ours: “+3 s”, “−2 min 10 s”, “same time”."""
    seconds = round(difference.total_seconds())
    if seconds == 0:
        return _tr("same time")
    return ("+" if seconds > 0 else "−") + short_duration(abs(seconds))


def _local(moment: datetime) -> QDateTime:
    return QDateTime.fromMSecsSinceEpoch(round(moment.timestamp() * 1000))


def _day(date: QDate) -> str:
    return QLocale().toString(date, QLocale.FormatType.ShortFormat)


# --- time left -------------------------------------------------------------------------------------------

WARNING_SECONDS: Final = 300
"""The last minutes, in which the bar is amber and the tray warns; for short elevations the last tenth."""


def warning_seconds(elevation: Elevation) -> int:
    """How long before its deadline an elevation is in its last minutes: five, but never more than the
    last tenth of a short one."""
    return min(WARNING_SECONDS, max(elevation.duration_seconds // 10, 1))


def fraction_left(elevation: Elevation, now: datetime) -> float:
    """How much of its time an elevation has left at `now` (UTC), from 1.0 down to 0.0."""
    if elevation.duration_seconds <= 0:
        return 0.0
    return min(max(elevation.remaining(now).total_seconds() / elevation.duration_seconds, 0.0), 1.0)


class Urgency(enum.Enum):
    """How much the time left has to stand out."""

    CALM = "calm"
    SOON = "soon"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """The time left of one elevation as it is drawn: text, bar, urgency."""

    text: str
    fraction: float
    urgency: Urgency


def time_left(elevation: Elevation, now: datetime) -> TimeLeft:
    """What to show for an elevation at ``now`` (UTC on its domain controller's clock)."""
    seconds = math.ceil(elevation.remaining(now).total_seconds())
    fraction = fraction_left(elevation, now)
    if not elevation.is_open:
        return TimeLeft(state_look(elevation.state).word, 0.0, Urgency.CALM)
    if elevation.state is State.GRANTING:
        return TimeLeft(short_duration(elevation.duration_seconds), 1.0, Urgency.CALM)
    if elevation.state is State.OVERDUE or seconds <= -60:
        return TimeLeft(_tr("Overdue {time}").format(time=short_duration(-seconds)), 0.0, Urgency.PAST)
    if elevation.state is State.ENDING or seconds <= 0:
        return TimeLeft(_tr("Ending now"), 0.0, Urgency.SOON)
    urgency = Urgency.SOON if seconds <= warning_seconds(elevation) else Urgency.CALM
    return TimeLeft(short_duration(seconds), fraction, urgency)


def plain_tool_tip(text: str) -> str:
    """``text`` from the directory or a person as a tooltip that shows it as it is: Qt would read
    something like ``<b>`` as markup."""
    if "<" not in text:
        return text
    return f"<qt>{html.escape(text)}</qt>".replace("\n", "<br>")
