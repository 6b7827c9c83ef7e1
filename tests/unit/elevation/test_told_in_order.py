# SPDX-License-Identifier: MIT
"""A check-in while this computer's clock is wrong: what is told of it is in order, and no guess is called a
time of the domain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import TimeSource
from jit_desktop.store import SqliteStore
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.world import ALICE, World

_SLACK = timedelta(seconds=1)
"""Clocks of the domain count whole seconds."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path) as kept:
        yield kept


@pytest.mark.parametrize("seconds", [240, -240])
def test_that_a_check_in_by_a_wrong_clock_is_told_in_order(store: SqliteStore, seconds: int) -> None:
    world = World()
    store.save_provider(world.provider, at=world.clock.utc_now(), actor=ALICE)
    first = world.another_copy(store)
    elevation = first.check_out(world.request(), Recorder())
    first.sweep(world.provider.id, Recorder())
    world.clock.advance(70)
    true = world.connector.domain.now() - world.clock.utc_now()
    world.clock.set_wall(world.clock.wall + timedelta(seconds=seconds))
    service = world.another_copy(store)
    service.check_in(elevation.id, Recorder())
    world.clock.advance(10)
    service.tick(Recorder())
    now = world.clock.utc_now() - timedelta(seconds=seconds) + true
    ended = store.elevation(elevation.id)
    assert ended.state is State.ENDED
    moves, steps = store.transitions(elevation.id), store.steps(elevation.id)
    begun = next(m.at for m in moves if m.event is Event.END_STARTED)
    assert ended.ended_at is not None
    assert begun <= ended.ended_at
    for told in ([(m.at, m.clock) for m in moves], [(s.at, s.clock) for s in steps]):
        assert all(one <= other for (one, _), (other, _) in pairwise(told))
        assert all(at <= now + _SLACK for at, clock in told if clock is TimeSource.DOMAIN)
