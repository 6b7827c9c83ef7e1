# SPDX-License-Identifier: MIT
"""A schedule and a start at sign-in that only pretend: neither the demo nor the tour may leave anything on a
computer."""

from __future__ import annotations

from jit_desktop.elevation.ports import LogonStart, ScheduleState

_KIND = "pretended timer"
_NOTE = "The demo only pretends: nothing is set up on this computer."


class PretendedSchedule:
    """Remembers what would have been set up, for as long as the program runs."""

    def __init__(self) -> None:
        self._every_seconds = 0

    def state(self) -> ScheduleState:
        """How it would stand now."""
        command = ("jit-desktop", "sweep") if self._every_seconds else ()
        return ScheduleState(_KIND, bool(self._every_seconds), self._every_seconds, command, _NOTE)

    def install(self, every_seconds: int) -> ScheduleState:
        """Pretend to set it up."""
        self._every_seconds = every_seconds
        return self.state()

    def remove(self) -> ScheduleState:
        """Pretend to take it away."""
        self._every_seconds = 0
        return self.state()

    def take_note(self) -> ScheduleState:
        """Nobody but the person here takes it away."""
        return self.state()


class PretendedLogonStart:
    """The same for the start at sign-in."""

    def __init__(self) -> None:
        self._enabled = False

    def state(self) -> LogonStart:
        """How it would stand now."""
        return LogonStart(offered=True, enabled=self._enabled)

    def enable(self) -> LogonStart:
        """Pretend to set it up."""
        self._enabled = True
        return self.state()

    def disable(self) -> LogonStart:
        """Pretend to take it away."""
        self._enabled = False
        return self.state()

    def take_note(self) -> LogonStart:
        """Nobody but the person here takes it away."""
        return self.state()
