# SPDX-License-Identifier: MIT
"""Prints what several threads have to say, one thing after the other and without any of them waiting."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

_LOG = logging.getLogger(__name__)


class Printer:
    """A thread that prints. Whoever reads the output and stops reading, or a terminal that was halted, holds
    up this thread alone and no end of an elevation."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._serve, name="printer", daemon=True)
        self._thread.start()

    def put(self, say: Callable[[], None]) -> None:
        """Call ``say`` as soon as everything before it was said; from any thread, and never blocking."""
        self._waiting.put(say)

    @property
    def is_idle(self) -> bool:
        """Whether everything was said."""
        return self._waiting.unfinished_tasks == 0

    def stop(self, within_seconds: float) -> bool:
        """Say what is still to be said; whether that was done in time."""
        self._waiting.put(None)
        self._thread.join(within_seconds)
        return not self._thread.is_alive()

    def _serve(self) -> None:
        while True:
            say = self._waiting.get()
            try:
                if say is None:
                    return
                say()
            except Exception:  # noqa: BLE001 - logged whole: what is said next may be said well
                _LOG.exception("A fault of the program while it printed")
            finally:
                self._waiting.task_done()
