# SPDX-License-Identifier: MIT
"""What has to be said of one elevation, by what is known of it from outside: which alarm must be up, and
which must not.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.reliability.outcome import Finding

AT_ONCE = timedelta(seconds=2)
"""So long after its deadline the rights are gone, where the directory is there and a program ticks."""
TAKEN_OVER = timedelta(seconds=62)
"""So long after it everything of it is gone, recorded and confirmed, also what a program that died had begun:
its lease on an end is a minute."""


class Alarm(enum.Enum):
    """Whether an elevation has to be an alarm."""

    MUST = "must"
    MUST_NOT = "must not"
    MAY = "may"


class Fact(enum.Enum):
    """What happened to one elevation, or to what is around it."""

    ASKED_TO_END = enum.auto()
    DIRECTORY_GONE = enum.auto()
    DIRECTORY_BACK = enum.auto()
    REFUSED = enum.auto()
    """The directory answers, and does not let anything be taken back."""
    ALLOWED = enum.auto()
    CLOCK_READ = enum.auto()
    """A program that ticks has read the domain's clock in its run."""
    STARTED_AGAIN = enum.auto()


@dataclass(frozen=True, slots=True)
class Model:
    """The state of the machine; `after` moves it, `alarm` says what follows from it."""

    deadline: datetime
    reachable: bool = True
    obeys: bool = True
    clock_read: bool = True
    asked_to_end: bool = False

    def after(self, fact: Fact) -> Model:
        """The machine after ``fact``."""
        match fact:
            case Fact.ASKED_TO_END:
                return replace(self, asked_to_end=True)
            case Fact.DIRECTORY_GONE:
                return replace(self, reachable=False)
            case Fact.DIRECTORY_BACK:
                return replace(self, reachable=True, clock_read=True)
            case Fact.REFUSED:
                return replace(self, obeys=False)
            case Fact.ALLOWED:
                return replace(self, obeys=True)
            case Fact.CLOCK_READ:
                return replace(self, clock_read=True)
            case Fact.STARTED_AGAIN:
                return replace(self, clock_read=self.reachable)

    def is_due(self, now: datetime) -> bool:
        """Whether it has to be over."""
        return self.asked_to_end or now >= self.deadline

    def alarm(self, now: datetime, *, held: bool) -> Alarm:
        """Whether a pass that was just made has to call it overdue."""
        if not self.is_due(now):
            return Alarm.MUST_NOT
        if self.reachable and self.obeys:
            return Alarm.MUST_NOT
        if held and self.clock_read:
            return Alarm.MUST
        return Alarm.MAY

    def may_be_held(self, now: datetime) -> bool:
        """Whether the account may still have the rights, a pass having been made."""
        return not self.is_due(now) or not (self.reachable and self.obeys)

    def judged(self, now: datetime, *, held: bool, overdue: bool, known: bool) -> Iterator[Finding]:
        """What does not fit, after a pass at ``now``; ``known``: whether a database has it open."""
        expected = self.alarm(now, held=held)
        if expected is Alarm.MUST and not overdue:
            yield "wrong", f"no alarm although it is held {now - self.deadline} after its deadline"
        if expected is Alarm.MUST_NOT and overdue:
            yield "false_alarms", f"overdue {now - self.deadline} from its deadline"
        if held and not self.may_be_held(now):
            yield "outlived_deadline", f"held {now - self.deadline} after its deadline"
        if held and not known:
            yield "lost", "held, and no database has it open"
