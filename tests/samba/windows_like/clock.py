# SPDX-License-Identifier: MIT
"""Clocks that a test may put forward instead of waiting: the domain controller's, and the PC's with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from jit_desktop.platform.clock import SystemClock


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


class MovedClock(SystemClock):
    """A PC's clocks that pass the time that the domain's clock is put forward by."""

    def __init__(self, domain: ShiftedClock) -> None:
        super().__init__()
        self._domain = domain

    def utc_now(self) -> datetime:
        return super().utc_now() + self._domain.offset

    def monotonic(self) -> float:
        return super().monotonic() + self._domain.offset.total_seconds()
