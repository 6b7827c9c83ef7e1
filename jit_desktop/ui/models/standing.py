# SPDX-License-Identifier: MIT
"""How an elevation stands right now: what is known of it, how old that is, and whether it is an alarm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QCoreApplication

from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Seen, Sight
from jit_desktop.elevation.outcome import clock_words, in_a_row, still_has, was_found_ended, way_words
from jit_desktop.elevation.sighting import last_sight
from jit_desktop.ui.models.board import Board
from jit_desktop.ui.models.wording import StateLook, state_look
from jit_desktop.ui.theme import Token
from jit_desktop.ui.widgets import Severity, format_moment

FRESH: Final = timedelta(seconds=75)
"""A look that is not older is the present: a minute, and the time that asking takes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An elevation as it is shown."""

    look: StateLook
    caption: str = ""
    """How sure the state is: ``as of 14:32``; empty where it is the present."""
    explanation: str = ""
    """What there is to say about it, in a sentence or two."""

    @property
    def words(self) -> str:
        """Word and caption in a row."""
        return f"{self.look.word}, {self.caption}" if self.caption else self.look.word


def _tr(text: str) -> str:
    return QCoreApplication.translate("Standing", text)


def failure_beside(standing: Standing, elevation: Elevation) -> str:
    """What went wrong last, where ``standing`` does not say it."""
    return "" if elevation.failure in standing.explanation else elevation.failure


def is_past(elevation: Elevation, now: datetime) -> bool:
    """Whether its deadline has come at ``now``."""
    return now >= elevation.deadline


def standing_on(board: Board, elevation: Elevation) -> Standing:
    """How ``elevation`` stands at this moment, by what the board knows."""
    key = elevation.provider_id
    return standing_of(
        elevation,
        board.now(key),
        is_alarm=board.is_alarm(elevation),
        is_time_read=board.is_time_read(key),
    )


def standing_of(
    elevation: Elevation, now: datetime, *, is_alarm: bool, is_time_read: bool = True
) -> Standing:
    """How ``elevation`` stands at ``now`` (UTC) where it raises the alarm or not, as the core judges;
    without ``is_time_read`` that is this computer's clock."""
    if not elevation.is_open:
        return Standing(_ended_look(elevation))
    by_clock = "" if is_time_read else _tr("by this computer's clock")
    as_of = as_of_words(elevation, now)
    if is_alarm:
        words = _alarm_words(elevation, by_clock, is_over=is_past(elevation, now))
        unconfirmed = _tr("not confirmed yet") if elevation.ends_late(now) else ""
        return Standing(state_look(State.OVERDUE), by_clock or unconfirmed or as_of, words)
    if not elevation.is_granted:
        return Standing(state_look(elevation.state))
    if is_past(elevation, now):
        look = StateLook(_tr("Due"), "wait", Token.WARNING, Severity.WARNING)
        return Standing(look, by_clock, _tr("Its deadline has come: it is being ended."))
    sight = last_sight(elevation)
    if sight is not None and sight.seen is not Seen.AS_GRANTED:
        return Standing(_warning(_seen_words(sight)), as_of, sight.words or _seen_sentence(sight))
    if elevation.suspicion:
        return Standing(_warning(_tr("Altered")), as_of)
    return Standing(state_look(elevation.state), as_of)


def as_of_words(elevation: Elevation, now: datetime) -> str:
    """How old what is shown of an open elevation is: ``as of 14:32``; empty where it is the present."""
    sight = last_sight(elevation)
    if sight is None:
        return _tr("not looked at yet")
    if abs(now - sight.at) <= FRESH:
        return ""
    return _tr("as of {time}").format(time=format_moment(sight.at, now))


def ended_words(elevation: Elevation, now: datetime) -> str:
    """When it ended; *found ended by* where somebody else had ended it before that was noticed."""
    if elevation.ended_at is None:
        return ""
    when = format_moment(elevation.ended_at, now)
    when = _tr("found ended by {time}").format(time=when) if was_found_ended(elevation) else when
    guess = clock_words(elevation.ended_clock)
    return f"{when} ({guess})" if guess else when


def remains_words(elevation: Elevation) -> str:
    """What the account still has after the end and by which ways, in sentences; empty where nothing is."""
    if elevation.is_open or not elevation.remains:
        return ""
    what, how = still_has(elevation), state_look(elevation.state).word
    ways = [right for right in elevation.remains if right.ways]
    if len(elevation.remains) == len(ways) == 1:
        text = _tr("{how}; {what}, through {ways}.").format(how=how, what=what, ways=in_a_row(ways[0].ways))
    else:
        text = _tr("{how}; {what}.").format(how=how, what=what)
        if ways:
            text += " " + _tr("It has {ways}.").format(ways="; ".join(map(way_words, ways)))
    if all(right.by_elevation for right in elevation.remains):
        return text
    return text + " " + _tr("Nothing ends that; take it away in Active Directory if it is not meant to stay.")


def _ended_look(elevation: Elevation) -> StateLook:
    look = state_look(elevation.state)
    return _warning(_tr("{how}, rights remain").format(how=look.word)) if elevation.remains else look


def _warning(word: str) -> StateLook:
    return StateLook(word, "warning", Token.WARNING, Severity.WARNING)


def _seen_words(sight: Sight) -> str:
    return _tr("Changed by somebody") if sight.seen is Seen.CHANGED else _tr("Can't be seen")


def _seen_sentence(sight: Sight) -> str:
    if sight.seen is Seen.CHANGED:
        return _tr("Somebody has changed its temporary group, the memberships or the record.")
    return _tr("Its temporary group is gone, or the account that signs in may not see it.")


def _alarm_words(elevation: Elevation, by_clock: str, *, is_over: bool) -> str:
    if elevation.state is State.OVERDUE:
        return ""
    if not is_over:
        return _tr("The clocks do not agree, and by one of them its deadline has passed.")
    if elevation.state is State.ENDING:
        text = _tr("Its deadline has passed and its end is not confirmed yet.")
        text = f"{text} {elevation.failure}".rstrip()
    else:
        text = _tr("Its deadline has passed and its end is not confirmed.")
    if by_clock:
        text += " " + _tr("That is so by this computer's clock; the domain's was not read yet.")
    return text
