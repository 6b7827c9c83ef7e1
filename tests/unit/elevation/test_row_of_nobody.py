# SPDX-License-Identifier: MIT
"""A row that says that its end is somebody's work, and is not: it keeps nothing past the end that the
directory shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.elevation.identity import DistinguishedName, ProviderId, SecurityId
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.test_adopting import HOUR
from tests.unit.elevation.test_own_row import edited
from tests.unit.elevation.world import World

YEAR = timedelta(days=365)
LAB = ProviderId("6b8c3c86-4f0e-4c52-9e5b-0b3f6f0d8a11")


@pytest.fixture
def world() -> World:
    return World()


def sweep(world: World) -> None:
    """Of the one provider, by a process of its own."""
    world.another_copy(world.store).sweep(world.provider.id, Recorder())


def of_another_provider(world: World, elevation: Elevation) -> None:
    lab = replace(world.provider, id=LAB, name="zz lab")
    world.change(lab)
    edited(world, elevation, deadline=elevation.deadline + YEAR, provider_id=LAB)


def of_another_domain(world: World, elevation: Elevation) -> None:
    place = replace(elevation.location, dn=DistinguishedName("OU=x,DC=other,DC=test"))
    edited(world, elevation, deadline=elevation.deadline + YEAR, location=place)


def of_a_domain_with_another_sid(world: World, elevation: Elevation) -> None:
    strange = tuple(replace(p, sid=SecurityId("S-1-5-21-1-2-3-1105")) for p in elevation.privileges)
    edited(world, elevation, deadline=elevation.deadline + YEAR, privileges=strange)


def with_a_pause(world: World, elevation: Elevation) -> None:
    edited(
        world,
        elevation,
        state=State.ENDING,
        end_reason=EndReason.CHECK_IN,
        attempts=1,
        next_attempt_at=elevation.deadline + timedelta(minutes=9),
    )


WAYS = [of_another_provider, of_another_domain, of_a_domain_with_another_sid, with_a_pause]


@pytest.mark.parametrize("way", WAYS)
def test_that_it_keeps_nothing_past_the_end_that_the_directory_shows(world: World, way: object) -> None:
    elevation = world.check_out(seconds=HOUR)
    way(world, elevation)  # type: ignore[operator]
    world.clock.advance(HOUR + 25)
    sweep(world)
    assert not world.holds()
    for _ in range(3):
        world.clock.advance(7)
        sweep(world)
    assert world.nothing_left()


@pytest.mark.parametrize("way", WAYS)
def test_that_it_ends_nothing_before_its_time(world: World, way: object) -> None:
    elevation = world.check_out(seconds=HOUR)
    way(world, elevation)  # type: ignore[operator]
    world.clock.advance(HOUR - 5)
    sweep(world)
    assert world.holds()


def test_that_an_end_that_another_process_has_just_begun_is_left_to_it(world: World) -> None:
    elevation = world.check_out(seconds=HOUR)
    lease = elevation.deadline + timedelta(seconds=10)
    edited(
        world, elevation, state=State.ENDING, end_reason=EndReason.DEADLINE, attempts=0, next_attempt_at=lease
    )
    world.clock.advance(HOUR + 6)
    sweep(world)
    assert list(world.store.kept) == [elevation.id]
