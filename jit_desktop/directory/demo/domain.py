# SPDX-License-Identifier: MIT
"""The demo domain as a whole: its domain controllers, its clock, and how changes reach them one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from jit_desktop.directory.demo.changes import Change, anything_expires, apply, let_expire
from jit_desktop.directory.demo.content import example_content
from jit_desktop.directory.demo.objects import DNS_NAME, DemoObject
from jit_desktop.directory.demo.restrictions import Restrictions
from jit_desktop.directory.demo.state import DemoState, Storage
from jit_desktop.directory.demo.tree import Tree
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.ports import Abilities, Clock, DomainController


@dataclass(frozen=True, slots=True)
class DemoController:
    """One domain controller; ``lag_seconds`` is how long it takes to learn what was written elsewhere."""

    host: str
    site: str
    writable: bool
    lag_seconds: float
    first_rid: int
    """Where its pool of relative identifiers begins; each controller has one, so that SIDs stay unique."""

    @property
    def as_port(self) -> DomainController:
        """How the core knows it."""
        return DomainController(self.host, self.site, self.writable)


CONTROLLERS: Final = (
    DemoController(f"dc1.{DNS_NAME}", "Zürich", writable=True, lag_seconds=2, first_rid=20_000),
    DemoController(f"dc2.{DNS_NAME}", "Montréal", writable=True, lag_seconds=3, first_rid=30_000),
    DemoController(f"rodc1.{DNS_NAME}", "Kyoto 京都", writable=False, lag_seconds=6, first_rid=0),
)
"""The first one answers where no particular one was asked for."""

CLOCK_OFFSET: Final = timedelta(seconds=90)
"""How far the domain's clock is ahead of the PC's, so that the difference can be seen."""

ABILITIES: Final = Abilities(dynamic_objects=True)
"""As a forest of Windows Server 2016 or later has them where nobody has changed anything: dynamic objects
with Microsoft's limits, and no PAM optional feature."""

Decide = Callable[[Tree], Sequence[Change]]


class DemoDomain:
    """What all connections of one process share; other processes share it through the storage."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        *,
        clock_offset: timedelta = CLOCK_OFFSET,
        abilities: Abilities = ABILITIES,
    ) -> None:
        self.abilities = abilities
        """What it ends by itself."""
        self._storage = storage
        self._clock = clock
        # Anchored once: a domain controller's clock does not jump when somebody sets the PC's.
        self._anchor = clock.utc_now() + clock_offset
        self._anchor_monotonic = clock.monotonic()
        self._lock = threading.Lock()
        self._settled: tuple[DemoState, Tree] | None = None
        self._last_read = DemoState()

    def now(self) -> datetime:
        """The clock of the domain controllers, UTC."""
        return self._anchor + timedelta(seconds=self._clock.monotonic() - self._anchor_monotonic)

    def clock_of(self, controller: DemoController) -> datetime:
        """The clock of one of them, which may be wrong."""
        return self.now() + timedelta(seconds=self.restrictions.clocks.get(controller.host, 0))

    @property
    def restrictions(self) -> Restrictions:
        """What is kept from who signs in, now."""
        return self._storage.load().restrictions

    def restrict(self, change: Callable[[Restrictions], Restrictions]) -> None:
        """Put what ``change`` makes of the restrictions in their place, on all domain controllers at once."""
        with self._storage.exclusive():
            state = self._storage.load()
            self._storage.save(replace(state, restrictions=change(state.restrictions)))

    @property
    def last_read(self) -> DemoState:
        """What the last :meth:`view` or :meth:`write` found. One request asks of thousands of objects whether
        they are shown: reading the file again for each would take seconds, and longer on Windows."""
        return self._last_read

    def view(self, controller: DemoController) -> Tree:
        """The domain as ``controller`` has it now; not to be changed."""
        self._last_read = self._storage.load()
        return self._view(self._last_read, controller)

    def write(self, controller: DemoController, decide: Decide) -> Tree:
        """Carry out on ``controller`` what ``decide`` makes of its present state, and return what came of it.

        Whatever ``decide`` raises leaves everything as it was.
        """
        with self._storage.exclusive():
            state = self._last_read = self._storage.load()
            tree = self._view(state, controller).copy()
            now = self.now()
            fresh = tuple(replace(c, controller=controller.host, at=now) for c in decide(tree))
            for change in fresh:
                apply(change, tree)
            issued = dict(state.issued_rids)
            issued[controller.host] = issued.get(controller.host, 0) + sum("sid" in c.values for c in fresh)
            self._storage.save(
                self._folded(replace(state, pending=state.pending + fresh, issued_rids=issued))
            )
            return tree

    def next_rid(self, controller: DemoController) -> int:
        """The relative identifier that the next security principal made on ``controller`` gets."""
        return controller.first_rid + self._storage.load().issued_rids.get(controller.host, 0)

    def _view(self, state: DemoState, controller: DemoController) -> Tree:
        now = self.now()
        seen = [change for change in state.pending if _has(controller, change, now)]
        settled = self._settled_tree(state)
        if not seen and not anything_expires(settled, now):
            return settled
        tree = settled.copy()
        for change in seen:
            apply(change, tree)
        let_expire(tree, now)
        return tree

    def _settled_tree(self, state: DemoState) -> Tree:
        with self._lock:
            if self._settled is not None and self._settled[0].settled is state.settled:
                return self._settled[1]
            tree = example_content()
            if state.settled:
                tree = tree.copy()
                for guid, thing in state.settled.items():
                    if thing is None:
                        tree.discard(guid)
                for thing in state.settled.values():
                    if thing is not None:
                        tree.put(thing)
            self._settled = (state, tree)
            return tree

    def _folded(self, state: DemoState) -> DemoState:
        """``state`` with what every domain controller has by now no longer listed as pending."""
        now = self.now()
        done = 0
        for change in state.pending:
            if not all(_has(controller, change, now) for controller in CONTROLLERS):
                break
            done += 1
        settled_tree = self._settled_tree(state)
        if not done and not anything_expires(settled_tree, now):
            return state
        tree = settled_tree.copy()
        settled: dict[ObjectGuid, DemoObject | None] = dict(state.settled)
        for change in state.pending[:done]:
            for guid in apply(change, tree):
                settled[guid] = tree.get(guid)
        for guid in let_expire(tree, now):
            settled[guid] = tree.get(guid)
        example = example_content()
        keeps_deleted = state.restrictions.shows_deleted
        differing = {
            guid: thing
            for guid, thing in settled.items()
            if thing != example.get(guid) or (thing is None and keeps_deleted)
        }
        return replace(state, settled=differing, pending=state.pending[done:])


def _has(controller: DemoController, change: Change, now: datetime) -> bool:
    """Whether ``change`` has reached ``controller``."""
    if change.controller == controller.host or change.at is None:
        return True
    return abs(now - change.at) >= timedelta(seconds=controller.lag_seconds)
