# SPDX-License-Identifier: MIT
"""How states, moments and durations are said to people, so that every window says them in the same words."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QCoreApplication

from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Elevation, Guarantee, Mechanism, Step
from jit_desktop.elevation.outcome import not_confirmed
from jit_desktop.elevation.ports import Abilities, ScheduleState
from jit_desktop.elevation.settings import PrivilegedAccount
from jit_desktop.ui.theme import Token
from jit_desktop.ui.widgets import Severity, TimeLeft, format_duration, format_moment

_CONTEXT: Final = "Wording"


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)


@dataclass(frozen=True, slots=True)
class StateLook:
    """A state as it is shown: always an icon *and* a word, the colour only adds to them."""

    word: str
    icon: str
    token: Token
    severity: Severity


def state_look(state: State) -> StateLook:
    """How `state` is shown everywhere."""
    match state:
        case State.GRANTING:
            return StateLook(_tr("Granting"), "wait", Token.INFO, Severity.INFO)
        case State.PROPAGATING:
            return StateLook(_tr("Propagating"), "wait", Token.INFO, Severity.INFO)
        case State.ACTIVE:
            return StateLook(_tr("Active"), "shield-check", Token.SUCCESS, Severity.SUCCESS)
        case State.ENDING:
            return StateLook(_tr("Ending"), "wait", Token.INFO, Severity.INFO)
        case State.ENDED:
            return StateLook(_tr("Ended"), "check", Token.TEXT_MUTED, Severity.INFO)
        case State.FAILED:
            return StateLook(_tr("Failed"), "error", Token.DANGER, Severity.ERROR)
        case State.OVERDUE:
            return StateLook(_tr("Overdue"), "overdue", Token.DANGER, Severity.ERROR)


def account_words(account: PrivilegedAccount) -> str:
    """Both names: people know an account under one of them, and the directory under the other."""
    label, logon_name = account.label, account.account.name
    return label if label == logon_name else f"{label} ({logon_name})"


def wait_result_words(*, confirmed: bool) -> str:
    """How the wait for replication came out."""
    return _tr("Every domain controller has it.") if confirmed else _tr("The wait of the settings is over.")


def end_reason_words(reason: EndReason | None) -> str:
    """Why it ended, in a few words; empty where it is not known."""
    match reason:
        case None:
            return ""
        case EndReason.DEADLINE:
            return _tr("Deadline reached")
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
        case EndReason.DIRECTORY:
            return _tr("By Active Directory")


def guarantee_words(guarantee: Guarantee) -> str:
    """Who ends the elevation if nothing of ours runs any more: a sentence."""
    if guarantee is Guarantee.DIRECTORY:
        return _tr("Active Directory ends it")
    return _tr("Ends only while this program or a sweep runs")


def ends_late(elevation: Elevation) -> bool:
    """Whether Active Directory ends it, but noticeably later than its deadline."""
    ends_at = elevation.directory_ends_at
    return ends_at is not None and ends_at - elevation.deadline > ON_TIME


def needs_us(elevation: Elevation) -> bool:
    """Whether it ends on time only while this program or a sweep runs."""
    return elevation.directory_ends_at is None or ends_late(elevation)


def guarantee_of(elevation: Elevation, now: datetime) -> str:
    """Who ends this elevation, and when the directory does where it does: a sentence without its stop."""
    if elevation.directory_ends_at is None:
        return guarantee_words(Guarantee.PROGRAM)
    when = at_moment(elevation.directory_ends_at, now)
    if now >= elevation.directory_ends_at:
        return _tr("Active Directory was to end it {when}").format(when=when)
    if ends_late(elevation) and (elevation.is_alarm(now) or now >= elevation.deadline):
        return _tr("Active Directory ends it at the latest {when}").format(when=when)
    if ends_late(elevation):
        return _tr("This program ends it on time; Active Directory at the latest {when}").format(when=when)
    return _tr("Active Directory ends it {when}").format(when=when)


def guarantee_short(elevation: Elevation, now: datetime) -> str:
    """The same for a narrow column."""
    if elevation.directory_ends_at is None:
        return _tr("Program or sweep")
    if ends_late(elevation):
        return _tr("AD {when}").format(when=at_moment(elevation.directory_ends_at, now))
    return _tr("Active Directory")


def at_moment(moment: datetime, now: datetime) -> str:
    """A moment as part of a sentence: “at 17:43”, “tomorrow 09:10”, “on 2 Dec 09:10”."""
    words = format_moment(moment, now)
    days = abs((moment.astimezone().date() - now.astimezone().date()).days)
    if days == 0:
        return _tr("at {}").format(words)
    return words if days == 1 else _tr("on {}").format(words)


def mechanism_words(mechanism: Mechanism) -> str:
    """By what the directory ends an elevation by itself, as an administrator would say it."""
    match mechanism:
        case Mechanism.NONE:
            return _tr("Ordinary group, which Active Directory keeps until somebody deletes it")
        case Mechanism.DYNAMIC_GROUP:
            return _tr("Dynamic temporary group, which goes when its time to live is over")
        case Mechanism.TTL_LINKS:
            return _tr("Memberships with a time to live (TTL)")


def promise_words(abilities: Abilities, seconds: int) -> str:
    """Who will end an elevation of ``seconds`` that is not granted yet, by what the domain can do."""
    if not abilities.ends_by_itself:
        return _tr("It ends only while this program or a sweep runs.")
    if not abilities.ttl_links and seconds < abilities.minimum_ttl_seconds:
        return _tr(
            "This program ends it on time; Active Directory by itself after {time} at the latest."
        ).format(time=format_duration(abilities.minimum_ttl_seconds))
    return _tr("Active Directory ends it, even if nothing of this program runs any more.")


def every_words(seconds: int) -> str:
    """A period after “every”: “minute”, “5 min”."""
    return _tr("minute") if seconds == 60 else format_duration(seconds)


def schedule_words(state: ScheduleState) -> str:
    """How the operating system keeps the promise, in a sentence."""
    if state.installed:
        return _tr("A sweep runs every {time} on this computer, also while the program is closed.").format(
            time=every_words(state.every_seconds)
        )
    if state.kind:
        return _tr("Nothing is set up: while the program is closed, this computer ends nothing.")
    return _tr("This program can't set anything up on this system.")


def unconfirmed_words(elevation: Elevation) -> str:
    """Which domain controllers could not be asked about the end; empty where all that are known were."""
    what = not_confirmed(elevation)
    if not what:
        return ""
    text = (
        _tr("{how}; {what}, which could not be asked and will be when it is back.")
        if len(elevation.unconfirmed_on) == 1
        else _tr("{how}; {what}, which could not be asked and will be when they are back.")
    )
    return text.format(how=state_look(elevation.state).word, what=what)


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
        Step.GUARANTEE: _tr("Read who ends it"),
        Step.REPLICATION: _tr("Wait for replication"),
        Step.ROLL_BACK: _tr("Take everything back"),
        Step.EXTEND: _tr("Extend"),
        Step.UNNEST_GROUP: _tr("Take the privileges back"),
        Step.EMPTY_GROUP: _tr("Empty the temporary group"),
        Step.DELETE_GROUP: _tr("Delete the temporary group"),
        Step.CONFIRM_END: _tr("Confirm the end"),
    }
    return words[step]


def answer_words(*, has_it: bool, is_end: bool, is_shell: bool = False) -> str:
    """What a domain controller said of an elevation, after its name."""
    if is_shell:
        return _tr("Still shows the temporary group, which gives nothing.")
    if is_end:
        return _tr("Still shows the rights.") if has_it else _tr("Shows that it has ended.")
    return _tr("Has it.") if has_it else _tr("Does not show all of it.")


def not_asked_words(problem: str) -> str:
    """Why a domain controller could not be asked."""
    return _tr("Could not be asked: {why}").format(why=problem)


def breakable(text: str) -> str:
    """``text`` with places where long names such as that of a temporary group may be broken: a hyphen
    before a digit is none by itself (Unicode line breaking, class HY before NU)."""
    return " ".join(
        re.sub(r"([-_\\/,])(?=.)", "\\1\u200b", word) if len(word) > LONG_WORD else word
        for word in text.split(" ")
    )


def event_words(event: Event) -> str:
    """What happened to an elevation, in a word or two."""
    words = {
        Event.REQUESTED: _tr("Requested"),
        Event.ADOPTED: _tr("Found in the directory"),
        Event.CHECKED: _tr("Checked"),
        Event.CREATED: _tr("Temporary group created"),
        Event.GRANTED: _tr("Granted"),
        Event.REFUSED: _tr("Refused"),
        Event.REPLICATED: _tr("Active"),
        Event.EXTENDING: _tr("Extension begun"),
        Event.EXTENDED: _tr("Extended"),
        Event.EXTENSION_FAILED: _tr("Extension failed"),
        Event.END_STARTED: _tr("End begun"),
        Event.ROLLBACK_STARTED: _tr("Taking back"),
        Event.END_CONFIRMED: _tr("End confirmed"),
        Event.ROLLBACK_CONFIRMED: _tr("Taken back"),
        Event.END_REPLICATING: _tr("Waiting for the other controllers"),
        Event.END_UNCONFIRMED: _tr("End not confirmed"),
        Event.GONE: _tr("Gone from the directory"),
        Event.CONFIRMED_LATER: _tr("Confirmed by the controllers that were away"),
    }
    return words[event]


# --- time ----------------------------------------------------------------------------------------------

LONG_WORD: Final = 24
ON_TIME: Final = timedelta(seconds=60)
"""Ending by so much after the deadline is on time: an ``entryTTL`` counts whole seconds and takes a while."""
WARNING_SECONDS: Final = 300
"""How long before the end the tray warns; for short elevations the last tenth."""


def warning_seconds(elevation: Elevation) -> int:
    """How long before its deadline an end is announced: five minutes, or the last tenth of a short one."""
    return min(WARNING_SECONDS, max(elevation.duration_seconds // 10, 1))


def time_left(elevation: Elevation, now: datetime, *, is_alarm: bool) -> TimeLeft | None:
    """The bar to draw for an elevation at ``now`` (UTC on its domain controller's clock) that raises the
    alarm or not, ``None`` where words say it better."""
    seconds = math.ceil(elevation.remaining(now).total_seconds())
    if is_alarm:
        return TimeLeft(elevation.duration_seconds, min(seconds, 0))
    # At its deadline an elevation is about to be ended, not late: that is an alarm only when it stays.
    if not elevation.is_granted or seconds <= 0:
        return None
    return TimeLeft(elevation.duration_seconds, seconds)


def time_left_words(elevation: Elevation, now: datetime, *, is_alarm: bool) -> str:
    """The time left in words, whatever the state."""
    left = time_left(elevation, now, is_alarm=is_alarm)
    if left is not None:
        return left.text
    match elevation.state:
        case State.GRANTING:
            return _tr("Starting")
        case State.ENDED | State.FAILED:
            return state_look(elevation.state).word
        case _:
            return _tr("Ending now")


def clock_difference_words(difference: timedelta) -> str:
    """How far the controller's clock is from the PC's: “+3 s”, “−2 min 10 s”, “same time”."""
    seconds = round(difference.total_seconds())
    if seconds == 0:
        return _tr("same time")
    return ("+" if seconds > 0 else "−") + format_duration(abs(seconds))
