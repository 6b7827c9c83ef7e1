# SPDX-License-Identifier: MIT
"""The lease of a grant: what lives is not taken over, and what was taken over or could not say that it lives
does not go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.directory.demo import DemoDirectory
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.errors import ConcurrentChange, StoreLocked
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lease import GRANT_LEASE_SECONDS, Lease
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import NewGroup, TemporaryGroup
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.world import ALICE, World

LONGER_THAN_HALF = GRANT_LEASE_SECONDS / 2 + 1


@pytest.fixture
def world() -> World:
    return World()


def grant_under_way(world: World) -> Elevation:
    """As it stands in the store once its deadline is fixed."""
    made = world.check_out(seconds=7200)
    now = world.clock.utc_now()
    until = now + timedelta(seconds=GRANT_LEASE_SECONDS)
    world.store.kept[made.id] = replace(made, state=State.GRANTING, granted_at=now, next_attempt_at=until)
    return world.stored(made)


def lease_of(world: World, elevation: Elevation) -> Lease:
    journal = Journal(world.store, Recorder(), ALICE, world.clock.utc_now)
    return Lease(DomainClock(world.clock), journal, elevation)


def test_that_a_lease_is_renewed_when_half_of_it_is_over(world: World) -> None:
    elevation = grant_under_way(world)
    lease = lease_of(world, elevation)
    assert lease.keep() == elevation
    world.clock.advance(LONGER_THAN_HALF)
    renewed = lease.keep()
    assert renewed.next_attempt_at == world.clock.utc_now() + timedelta(seconds=GRANT_LEASE_SECONDS)
    assert world.stored(elevation) == renewed


def test_that_a_lease_which_others_have_taken_over_is_not_kept(world: World) -> None:
    elevation = grant_under_way(world)
    lease = lease_of(world, elevation)
    taken = replace(elevation, state=State.ENDING, revision=elevation.revision + 1)
    world.store.kept[elevation.id] = taken
    world.clock.advance(LONGER_THAN_HALF)
    with pytest.raises(ConcurrentChange):
        lease.keep()
    assert world.stored(elevation) == taken


def test_that_a_grant_goes_on_without_the_store_only_as_long_as_its_lease_lasts(world: World) -> None:
    elevation = grant_under_way(world)
    lease = lease_of(world, elevation)
    world.store.fail_writes_with = StoreLocked("The database is locked.")
    world.clock.advance(LONGER_THAN_HALF)
    assert lease.keep() == elevation
    world.clock.advance(GRANT_LEASE_SECONDS)
    with pytest.raises(StoreLocked):
        lease.keep()


def test_that_the_deadline_counts_as_soon_as_it_is_fixed_whatever_the_lease_says(world: World) -> None:
    elevation = grant_under_way(world)
    assert elevation.granted_at is not None
    short = replace(elevation, deadline=elevation.granted_at + timedelta(seconds=60))
    assert not short.is_due(short.deadline - timedelta(seconds=1))
    assert short.is_due(short.deadline)
    unfixed = replace(short, granted_at=None)
    assert not unfixed.is_due(short.deadline)


def test_that_a_group_which_is_made_after_another_copy_has_ended_it_is_removed_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = DemoDirectory.create_group

    def late(directory: DemoDirectory, new: NewGroup) -> TemporaryGroup:
        world.another_copy(world.store).check_in(world.only().id, Recorder())
        return real(directory, new)

    monkeypatch.setattr(DemoDirectory, "create_group", late)
    with pytest.raises(ConcurrentChange):
        world.check_out()
    assert world.groups_there() == []
