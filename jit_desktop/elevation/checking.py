# SPDX-License-Identifier: MIT
"""Finds out what a domain can do, what the bound account may do there, and what is missing."""

from __future__ import annotations

from jit_desktop.elevation.domain_check import DomainCheck
from jit_desktop.elevation.ports import ScheduleState
from jit_desktop.elevation.reaching import Reach
from jit_desktop.elevation.settings import DomainProvider


class DomainChecker:
    """Reads, and writes nothing."""

    def __init__(self, reach: Reach, schedule: ScheduleState | None = None) -> None:
        self._reach = reach
        self._schedule = schedule

    def check(self, provider: DomainProvider) -> DomainCheck:
        """All findings about the domain of ``provider``."""
        with self._reach.controllers(provider) as controllers:
            now = self._reach.domain_clock(provider.id).now()
            return DomainCheck(provider.id, now, controllers.main.info)
