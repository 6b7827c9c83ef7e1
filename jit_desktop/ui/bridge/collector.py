# SPDX-License-Identifier: MIT
"""Keeps Python's cyclic collector in the UI thread.

The collector runs in whichever thread happens to allocate. When a window is part of a cycle, a worker would
destroy it from its own thread, and Qt's widgets and timers do not survive that.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer, Slot

_INTERVAL_MS: Final = 1000


class UiThreadCollector(QObject):
    """Collects by the usual thresholds, but only here; the automatic collector is off until `stop`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.timeout.connect(self.collect_if_due)
        self._timer.start()

    def stop(self) -> None:
        """Let Python collect by itself again; call it when the last worker has stopped."""
        self._timer.stop()
        gc.enable()

    @Slot()
    def collect_if_due(self) -> None:
        """Collect the oldest generation whose threshold is passed."""
        due = [
            generation
            for generation, (count, threshold) in enumerate(
                zip(gc.get_count(), gc.get_threshold(), strict=True)
            )
            if 0 < threshold < count
        ]
        if due:
            gc.collect(due[-1])
