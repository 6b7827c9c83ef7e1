# SPDX-License-Identifier: MIT
"""The domain controller's clock, which a test may put forward instead of waiting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class ShiftedClock:
    """The machine's clock and what it was moved by."""

    def __init__(self) -> None:
        self.offset = timedelta(0)
        self.listeners: list[Callable[[], None]] = []
        self._stands_at: datetime | None = None

    def now(self) -> datetime:
        """UTC."""
        return (self._stands_at or datetime.now(UTC)) + self.offset

    def stop(self) -> None:
        """Let it stand, but for :meth:`advance`: so that seconds left can be told exactly."""
        self._stands_at = datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        """Put the clock forward (or back); what is due then has ended when this returns."""
        self.offset += timedelta(seconds=seconds)
        for listener in self.listeners:
            listener()
