# SPDX-License-Identifier: MIT
"""The lease of a grant: a slow domain controller must not make a living grant look abandoned."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TypeVar

from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.errors import ConcurrentChange, StoreError
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.model import Elevation

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")

GRANT_LEASE_SECONDS = 120
"""How long nobody else takes a grant for abandoned that has not said that it lives."""


class Lease:
    """Keeps one grant from being taken over while it works; it is renewed before it is half over.

    To be asked between all requests that may take long: half of the lease has to last for what lies between
    two such questions. Nothing runs beside the grant for it, so that a grant that is stopped does lose it.
    """

    def __init__(self, clock: DomainClock, journal: Journal, elevation: Elevation) -> None:
        self._clock = clock
        self._journal = journal
        self.elevation = elevation
        """As it was stored last."""

    def keep(self) -> Elevation:
        """The elevation as stored last, its lease renewed where half of it was over. ``ConcurrentChange``
        where somebody else has moved it meanwhile."""
        until, now = self.elevation.next_attempt_at, self._clock.now()
        if until is None or until - now > timedelta(seconds=GRANT_LEASE_SECONDS / 2):
            return self.elevation
        try:
            self.elevation = self._journal.renew_lease(
                self.elevation, now + timedelta(seconds=GRANT_LEASE_SECONDS)
            )
        except ConcurrentChange:
            self._journal.require_unmoved(self.elevation)
            raise
        except StoreError as error:
            if now >= until:
                raise
            _LOG.info("The lease of %s could not be renewed yet: %s", self.elevation.id, error)
        return self.elevation

    def between(self, items: Iterable[_T]) -> Iterator[_T]:
        """``items`` one by one, with the lease kept before each."""
        for item in items:
            self.keep()
            yield item
