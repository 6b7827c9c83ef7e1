# SPDX-License-Identifier: MIT
"""Turns the signals that end a program into a call in its event loop, so that it can end in order."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from PySide6.QtCore import QTimer

# Ctrl+C, kill, a terminal that is closed. SIGBREAK is what the C library of Windows makes of a console that
# is closed and of a session that ends ([MS] signal).
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@contextmanager
def ends_by_signal(end: Callable[[], None]) -> Iterator[None]:
    """Call ``end`` in the event loop of the main thread when the program is asked to end, until the block is
    left.

    Python handles a signal when it runs the next time; the second's timer of the heartbeat sees to that.
    """

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        # Not here: any code whatever may be half way.
        QTimer.singleShot(0, end)

    known = [number for number in (getattr(signal, name, None) for name in _NAMES) if number is not None]
    # One that is ignored stays so: nohup wants the program to outlive its terminal. One that was not set from
    # Python could not be put back.
    numbers = [n for n in known if signal.getsignal(n) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
