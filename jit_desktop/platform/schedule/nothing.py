# SPDX-License-Identifier: MIT
"""The schedule of a system that has none, and of the demo, which must leave nothing on a computer."""

from __future__ import annotations

from jit_desktop.elevation.errors import Refused
from jit_desktop.elevation.ports import ScheduleState


class NoSchedule:
    """Says why there is none; see :class:`~jit_desktop.elevation.ports.SweepSchedule`."""

    def __init__(self, note: str) -> None:
        self._note = note

    def every(self) -> tuple[()]:
        """There is none of any data folder."""
        return ()

    def state(self) -> ScheduleState:
        """Nothing, and why."""
        return ScheduleState(kind="", note=self._note)

    def install(self, every_seconds: int) -> ScheduleState:
        """Always refused with :class:`~jit_desktop.elevation.errors.Refused`."""
        raise Refused(f"A sweep every {every_seconds} s can't be set up here.", remedy=self._note)

    def remove(self) -> ScheduleState:
        """There is nothing to take away."""
        return self.state()
