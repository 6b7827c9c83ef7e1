# SPDX-License-Identifier: MIT
"""Waiting for another process without a fixed pause."""

import threading
import time
from collections.abc import Callable

import pytest


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Waits until something is so; fails after twenty seconds."""

    def wait(is_so: Callable[[], bool]) -> None:
        give_up_at = time.monotonic() + 20
        tick = threading.Event()
        while not is_so():
            assert time.monotonic() < give_up_at, "it did not come about"
            tick.wait(0.01)

    return wait
