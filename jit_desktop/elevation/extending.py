# SPDX-License-Identifier: MIT
"""Extending: the later deadline is meant, written into the directory, and only then true."""

from __future__ import annotations

from datetime import timedelta

from jit_desktop.elevation import record
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.durations import duration_words
from jit_desktop.elevation.errors import DurationNotAllowed, NotAllowed, WrongState
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import Elevation, Step
from jit_desktop.elevation.settings import DomainProvider


class Extension:
    """Moves deadlines of one provider's elevations.

    The directory's record is written before ours: what dies in between is found at the earlier deadline,
    where the record is read again.
    """

    def __init__(self, provider: DomainProvider, clock: DomainClock, journal: Journal) -> None:
        self._provider = provider
        self._clock = clock
        self._journal = journal

    def run(self, elevation: Elevation, extra_seconds: int, controllers: Controllers) -> Elevation:
        """Extend by ``extra_seconds``; returns the elevation with its later deadline."""
        if self._clock.now() >= elevation.deadline:
            raise WrongState("The deadline has passed; check the account out again.")
        self.refuse(elevation, extra_seconds)
        deadline = elevation.deadline + timedelta(seconds=extra_seconds)
        elevation = self._journal.advance(
            elevation, Event.EXTENDING, f"Until {deadline:%Y-%m-%d %H:%M:%S} UTC."
        )
        granted = elevation.granted_at or elevation.requested_at
        what = elevation.group_guid
        if what is None:
            raise WrongState("The temporary group is not known.")
        with self._journal.running(
            elevation,
            Step.EXTEND,
            "Writing the new deadline.",
            f"Ends {duration_words(extra_seconds)} later.",
        ):
            controllers.main.write_record(
                what,
                record.encode(record.record_of(elevation, granted, deadline)),
                record.sentence(elevation, deadline),
            )
        return self._journal.advance(elevation, Event.EXTENDED, deadline=deadline)

    def refuse(self, elevation: Elevation, extra_seconds: int) -> None:
        """Raise what speaks against it: its state, the policy, the longest duration."""
        if elevation.state not in (State.PROPAGATING, State.ACTIVE):
            raise WrongState(f"An elevation that is {elevation.state.value} can't be extended.")
        if not self._provider.policy.extension_allowed:
            raise NotAllowed("The checkout policy does not allow extensions.", subject=self._provider.name)
        if extra_seconds <= 0:
            raise DurationNotAllowed("An extension is longer than nothing.")
        granted = elevation.granted_at or elevation.requested_at
        total = int((elevation.deadline - granted).total_seconds()) + extra_seconds
        if total > self._provider.policy.maximum_seconds:
            left = self._provider.policy.maximum_seconds - (total - extra_seconds)
            raise DurationNotAllowed(
                f"The checkout policy allows {duration_words(self._provider.policy.maximum_seconds)} in all.",
                remedy=f"Extend by at most {duration_words(max(left, 0))}." if left > 0 else "",
            )
