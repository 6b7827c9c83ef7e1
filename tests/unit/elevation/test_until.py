# SPDX-License-Identifier: MIT
"""The moment that was named for the end is kept, however long the checks took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation.errors import DurationNotAllowed
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import CheckoutRequest
from jit_desktop.elevation.ports import Rights
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.world import World


def _until(world: World, seconds: float, *, lasts: int | None = None) -> CheckoutRequest:
    """Until so many seconds from now, which is what the shell made of it."""
    until = world.connector.domain.now() + timedelta(seconds=seconds)
    return world.request(
        seconds=int(seconds) if lasts is None else lasts, change=lambda r: replace(r, until=until)
    )


@pytest.fixture
def slow(world: World, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """So many seconds the last of the checks takes."""
    takes = [0.0]
    real = DemoDirectory.rights

    def rights(directory: DemoDirectory, location: DistinguishedName, groups: Iterable[ObjectGuid]) -> Rights:
        world.clock.advance(takes[0])
        return real(directory, location, groups)

    monkeypatch.setattr(DemoDirectory, "rights", rights)
    return takes


@pytest.fixture
def world() -> World:
    return World()


def test_that_slow_checks_do_not_lend_past_the_moment(world: World, slow: list[float]) -> None:
    request = _until(world, 300.7)
    slow[0] = 100
    elevation = world.service.check_out(request, world.recorder)
    assert request.until is not None
    assert elevation.deadline == request.until.replace(microsecond=0) <= request.until
    assert elevation.remaining(world.connector.domain.now()) <= timedelta(seconds=201)


def test_that_a_duration_counts_from_the_grant_as_ever(world: World, slow: list[float]) -> None:
    slow[0] = 100
    elevation = world.check_out(seconds=300)
    assert elevation.granted_at is not None
    assert elevation.deadline - elevation.granted_at == timedelta(seconds=300)


def test_that_the_shorter_duration_counts_before_a_later_moment(world: World) -> None:
    elevation = world.service.check_out(_until(world, 900, lasts=120), world.recorder)
    assert elevation.granted_at is not None
    assert elevation.deadline - elevation.granted_at == timedelta(seconds=120)


def test_that_the_intent_does_not_name_a_later_deadline_either(world: World) -> None:
    request = _until(world, 300.7, lasts=900)
    world.service.check_out(request, world.recorder)
    assert request.until is not None
    assert {e.deadline for e in world.recorder.elevations} == {request.until.replace(microsecond=0)}


@pytest.mark.parametrize("seconds", [241.0, 300.0, 500.0])
def test_that_checks_that_took_what_was_left_are_refused_before_anything_is_written(
    world: World, slow: list[float], seconds: float
) -> None:
    slow[0] = seconds
    with pytest.raises(DurationNotAllowed, match=r"is over|seconds away"):
        world.service.check_out(_until(world, 300), world.recorder)
    assert world.nothing_left()
    assert [t.event for t in world.store.moves] == [Event.REQUESTED, Event.REFUSED]
    assert world.only().state is State.FAILED


def test_that_the_shortest_duration_that_is_left_is_lent(world: World, slow: list[float]) -> None:
    slow[0] = 240
    elevation = world.service.check_out(_until(world, 300), world.recorder)
    assert elevation.remaining(world.connector.domain.now()) == timedelta(seconds=60)


def test_that_a_moment_that_is_over_when_it_is_asked_for_is_not_even_recorded(world: World) -> None:
    request = _until(world, 300)
    world.clock.advance(400)
    with pytest.raises(DurationNotAllowed, match="is over by the domain controller's clock"):
        world.service.check_out(request, world.recorder)
    assert world.store.moves == []


def test_that_the_moment_is_one_of_the_domains_clock(world: World) -> None:
    world.clock.set_wall(world.clock.wall - timedelta(seconds=200))
    request = _until(world, 300)
    elevation = world.service.check_out(request, world.recorder)
    assert elevation.deadline == request.until


def test_that_an_extension_to_a_moment_is_not_counted_from_what_another_copy_added(world: World) -> None:
    elevation = world.check_out(seconds=600)
    until = elevation.deadline + timedelta(seconds=300)
    other = MemoryStore()
    copy = world.another_copy(other)
    copy.sweep(world.provider.id, Recorder())
    copy.extend(elevation.id, 200, Recorder())
    assert world.service.extend(elevation.id, 300, world.recorder, until=until).deadline == until
    with pytest.raises(DurationNotAllowed, match="Somebody else"):
        world.service.extend(elevation.id, 300, world.recorder, until=until)
    assert world.stored(elevation).deadline == until
