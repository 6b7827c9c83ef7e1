# SPDX-License-Identifier: MIT
"""Waits for what another process does, or the domain's clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def until(what: Callable[[], bool], *, seconds: float) -> None:
    """Ask again and again, and fail when it does not come in time."""
    end = time.monotonic() + seconds
    gate = threading.Event()
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        gate.wait(0.5)
