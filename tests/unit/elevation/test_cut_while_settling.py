# SPDX-License-Identifier: MIT
"""A connection that is cut while it is found out what became of an extension that hangs at its deadline: the
pass is begun again once, and nothing is concluded from that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.ending import End
from jit_desktop.elevation.errors import DirectoryUnavailable
from jit_desktop.elevation.extending import Extension
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Elevation, SweepReport
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.test_extending import MARKER, killed_at_write
from tests.unit.elevation.world import World

HOUR = 3600


@pytest.fixture
def world() -> World:
    return World()


def lent(world: World, number: int) -> Elevation:
    name = world.provider.accounts[number].account.name
    return world.check_out(account=name, seconds=HOUR)


def hang(world: World, elevation: Elevation, monkeypatch: pytest.MonkeyPatch, *, is_done: bool) -> None:
    """The program dies before it has written anything of an extension, or when it has written all of it."""
    with killed_at_write(monkeypatch, MARKER if is_done else 1, after=is_done):
        world.service.extend(elevation.id, HOUR, Recorder())
    assert world.stored(elevation).extending_to is not None


def cut_once(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> list[str]:
    """Let the connection be cut the first time that ``name`` is called; filled when it was."""
    real, cut = getattr(owner, name), list[str]()

    def cutting(self: Any, elevation: Elevation, there: Any) -> Any:
        if cut:
            return real(self, elevation, there)
        cut.append(name)
        (there.main if isinstance(there, Controllers) else there).cancel()
        raise DirectoryUnavailable("The connection is closed.")

    monkeypatch.setattr(owner, name, cutting)
    return cut


def swept(world: World) -> SweepReport:
    """A sweep by a program of its own, just past the deadline."""
    deadline = min(e.deadline for e in world.store.kept.values())
    now = world.service.domain_now(world.provider.id)
    world.clock.advance((deadline - now).total_seconds() + 1)
    return world.another_copy(world.store).sweep(world.provider.id, Recorder())


def last_move(world: World, elevation: Elevation) -> Event:
    return world.store.transitions(elevation.id)[-1].event


def test_that_an_extension_that_is_proven_is_not_ended_because_the_look_at_it_was_cut(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = lent(world, 0)
    world.settle()
    hang(world, elevation, monkeypatch, is_done=True)
    cut = cut_once(monkeypatch, Extension, "settle")
    report = swept(world)
    assert cut
    stored = world.stored(elevation)
    assert (stored.state, stored.deadline) == (State.ACTIVE, elevation.deadline + timedelta(hours=1))
    assert world.holds(account=elevation.account.name)
    assert report.problem == ""


def test_that_ends_that_wait_for_the_look_are_concluded_over_the_next_connection(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    due, hanging = lent(world, 0), lent(world, 1)
    world.settle()
    hang(world, hanging, monkeypatch, is_done=False)
    cut = cut_once(monkeypatch, Extension, "settle")
    report = swept(world)
    assert cut
    assert report.problem == ""
    for elevation in (due, hanging):
        assert last_move(world, elevation) in (Event.END_REPLICATING, Event.END_CONFIRMED)
        assert not world.holds(account=elevation.account.name)


def test_that_abandoned_grants_are_concluded_over_the_next_connection(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    grants = [lent(world, number) for number in (0, 1)]
    world.settle()
    for elevation in grants:
        kept = world.stored(elevation)
        world.store.kept[elevation.id] = _abandoned(kept)
    cut = cut_once(monkeypatch, End, "take_rights")
    world.another_copy(world.store).sweep(world.provider.id, Recorder())
    assert cut
    for elevation in grants:
        assert world.stored(elevation).end_reason is EndReason.INTERRUPTED
        assert last_move(world, elevation) in (Event.END_REPLICATING, Event.ROLLBACK_CONFIRMED)
        assert not world.holds(account=elevation.account.name)


def _abandoned(elevation: Elevation) -> Elevation:
    """As if the program had died before it could record that it was granted."""
    return replace(elevation, state=State.GRANTING, next_attempt_at=elevation.granted_at, ready_at=None)
