# SPDX-License-Identifier: MIT
"""What lies between a connection to the demo domain and its domain controller: time, failures, a way to break
off."""

from __future__ import annotations

import threading
import time
from typing import NoReturn

from jit_desktop.directory.demo.faults import WRITES, Fault, FaultPlan, Operation
from jit_desktop.elevation.errors import Cancelled, DirectoryUnavailable, OutcomeUnknown


class Line:
    """Lets each request take its time, and fail as :class:`~.faults.FaultPlan` says."""

    def __init__(
        self, controller: str, faults: FaultPlan, *, latency_seconds: float, timeout_seconds: float
    ) -> None:
        self._controller = controller
        self._faults = faults
        self._latency = latency_seconds
        self._timeout = timeout_seconds
        self._stop = threading.Event()
        self._closed = False
        self.work_until: float | None = None
        """No request takes longer than until then, by ``time.monotonic``; ``None``: its time-out alone."""

    @property
    def is_usable(self) -> bool:
        """Whether anything more can be asked."""
        return not self._closed and not self._stop.is_set() and self._left() > 0

    def close(self) -> None:
        """Nothing more will be asked."""
        self._closed = True

    def cancel(self) -> None:
        """Break off what is going on, from any thread."""
        self._stop.set()

    def ask(self, operation: Operation) -> Fault | None:
        """Let the request take its time; returns what goes wrong with it."""
        if self._stop.is_set():
            raise Cancelled
        if self._closed:
            raise DirectoryUnavailable(
                f"The connection to {self._controller} is closed.",
                subject=self._controller,
                remedy="Connect again.",
            )
        if self.work_until is not None and self._left() <= 0:
            raise self._no_answer_in_time()
        fault = self._faults.next_fault(operation, self._controller)
        self._closed = fault is not None and fault.breaks_the_connection
        if fault is Fault.HANG:
            self._hang(operation)
        if self._stop.wait(self._latency):
            raise Cancelled
        return fault

    def _hang(self, operation: Operation) -> NoReturn:
        """Wait for an answer that does not come; a write that is broken off may have been carried out."""
        cancelled = self._stop.wait(self._left())
        if operation in WRITES:
            raise OutcomeUnknown(
                f"{self._controller} did not answer a write; it may have been carried out.",
                subject=self._controller,
                remedy="Nothing is repeated blindly: what became of it is read first.",
            )
        if cancelled:
            raise Cancelled
        raise self._no_answer_in_time()

    def _left(self) -> float:
        """How long a request may take that begins now, in seconds."""
        if self.work_until is None:
            return self._timeout
        return min(self._timeout, self.work_until - time.monotonic())

    def _no_answer_in_time(self) -> DirectoryUnavailable:
        return DirectoryUnavailable(
            f"{self._controller} did not answer within {self._timeout:g} seconds.", subject=self._controller
        )
