# SPDX-License-Identifier: MIT
"""Finds out how one elevation really stands on each domain controller, and what follows from that."""

from __future__ import annotations

from jit_desktop.elevation.inspection import Inspection
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.reaching import Reach
from jit_desktop.elevation.settings import DomainProvider


class Inspector:
    """Reads, and writes nothing."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def inspect(self, provider: DomainProvider, elevation: Elevation) -> Inspection:
        """How ``elevation`` stands; :class:`DirectoryError` where no domain controller can be reached."""
        with self._reach.controllers(provider, elevation.domain_controller):
            return Inspection(elevation, self._reach.domain_clock(provider.id).now(), ())
