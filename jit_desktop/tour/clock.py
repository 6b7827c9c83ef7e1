# SPDX-License-Identifier: MIT
"""A clock that runs like every other and can be moved on, so that two hours pass in a moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from jit_desktop.platform.clock import SystemClock


class TourClock:
    """The system's clock plus the time that was skipped."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self._skipped = 0.0

    def utc_now(self) -> datetime:
        """Wall clock, UTC."""
        return self._system.utc_now() + timedelta(seconds=self._skipped)

    def monotonic(self) -> float:
        """Seconds from an arbitrary start."""
        return self._system.monotonic() + self._skipped

    def boot_id(self) -> str:
        """None: what was skipped is known to this program only."""
        return ""

    def sleep(self, seconds: float) -> None:
        """Let ``seconds`` have passed, at once."""
        self.skip(seconds)

    def skip(self, seconds: float) -> None:
        """Let ``seconds`` have passed, on both clocks."""
        self._skipped += seconds
