# SPDX-License-Identifier: MIT
"""The computer's clocks, of which the monotonic one has to go on while the computer sleeps."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from jit_desktop.platform.boot import boot_id

if sys.platform == "win32":
    import ctypes

    _tick_count = ctypes.windll.kernel32.GetTickCount64
    _tick_count.restype = ctypes.c_ulonglong

    def _seconds_with_sleep() -> float:
        # Counts sleep and hibernation ([MS] GetTickCount64). Python's own clock is QueryPerformanceCounter
        # from 3.13 on, of which that is not promised.
        return float(_tick_count()) / 1000

elif sys.platform == "linux":

    def _seconds_with_sleep() -> float:
        # CLOCK_MONOTONIC stands still while Linux is suspended (clock_gettime(2)).
        return time.clock_gettime(time.CLOCK_BOOTTIME)

else:

    def _seconds_with_sleep() -> float:
        # On macOS this one counts sleep; time.monotonic() does not (clock_gettime(3) there).
        return time.clock_gettime(time.CLOCK_MONOTONIC)


class SystemClock:
    """The clocks of this computer; see :class:`~jit_desktop.elevation.ports.Clock`."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._boot_id: str | None = None

    def utc_now(self) -> datetime:
        """Wall clock, UTC; may be wrong and may jump."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since the computer was started; never jumps and counts the time asleep."""
        return _seconds_with_sleep()

    def boot_id(self) -> str:
        """An identifier of that start; empty where there is none."""
        if self._boot_id is None:
            self._boot_id = boot_id()
        return self._boot_id

    def sleep(self, seconds: float) -> None:
        """Wait; only the commands use it."""
        self._sleep(seconds)
