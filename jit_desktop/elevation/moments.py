# SPDX-License-Identifier: MIT
"""When something about an elevation becomes due, for whoever decides whether a tick is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation


def moments_of(elevation: Elevation) -> Iterator[datetime]:
    """The times, UTC on the domain controller's clock, at which the core has something to do."""
    if elevation.state is State.PROPAGATING and elevation.ready_at is not None:
        yield elevation.ready_at
    if elevation.next_attempt_at is not None:
        yield elevation.next_attempt_at
    yield elevation.deadline
