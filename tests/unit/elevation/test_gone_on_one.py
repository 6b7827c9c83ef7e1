# SPDX-License-Identifier: MIT
"""One domain controller has forgotten a grant (it went back to a snapshot, or was restored from a backup),
and others still have it: that is no end before its time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from jit_desktop.directory.demo import Fault
from jit_desktop.elevation.ending import PATIENCE_SECONDS
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation, Seen, Sight, Step, StepStatus
from jit_desktop.elevation.service import LOOK_SECONDS
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.world import World

DC1, DC2, RODC = "dc1.corp.example.test", "dc2.corp.example.test", "rodc1.corp.example.test"
HOUR = 3600
TARGET = "Remote Desktop Manager Admins"
FEW = PATIENCE_SECONDS // LOOK_SECONDS // 2
"""Looks within the patience."""


@pytest.fixture
def world() -> World:
    return World()


def granted(world: World, seconds: int = 2 * HOUR) -> Elevation:
    """One of which every domain controller has heard."""
    elevation = world.check_out(TARGET, seconds=seconds)
    world.settle()
    return world.stored(elevation)


def looks(world: World, count: int = 1) -> None:
    for _ in range(count):
        world.clock.advance(LOOK_SECONDS)
        world.tick()


def swept_by_programs_of_their_own(world: World, count: int) -> None:
    for _ in range(count):
        world.clock.advance(LOOK_SECONDS)
        world.another_copy(world.store).sweep(world.provider.id, Recorder())


def held_by(world: World) -> dict[str, bool]:
    return {host: world.holds(TARGET, server=host) for host in (DC1, DC2, RODC)}


def group_of(world: World) -> ObjectGuid:
    guid = world.only().group_guid
    assert guid is not None
    return guid


def sight_of(world: World, elevation: Elevation) -> Sight:
    sight = world.stored(elevation).sight
    assert sight is not None
    return sight


@pytest.fixture
def forgotten(world: World, monkeypatch: pytest.MonkeyPatch) -> Elevation:
    """A grant that dc1, which took it, does not know any more."""
    since = world.connector.domain.now()
    elevation = granted(world)
    world.go_back(monkeypatch, DC1, since)
    assert held_by(world) == {DC1: False, DC2: True, RODC: True}
    return elevation


# --- it is not over ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("come_back", [looks, swept_by_programs_of_their_own])
def test_that_what_one_has_forgotten_is_not_over_while_others_have_it(
    world: World, forgotten: Elevation, come_back: Callable[[World, int], None]
) -> None:
    come_back(world, FEW)
    assert world.stored(forgotten).state is State.ACTIVE
    assert held_by(world) == {DC1: False, DC2: True, RODC: True}


def test_that_it_is_noted_which_one_shows_what(world: World, forgotten: Elevation) -> None:
    looks(world)
    sight = sight_of(world, forgotten)
    assert sight.seen is Seen.NOT_VISIBLE
    assert f"{DC1} does not show it any more" in sight.words
    assert f"{DC2} still shows the right" in sight.words


def test_that_it_is_no_alarm(world: World, forgotten: Elevation) -> None:
    world.clock.advance(LOOK_SECONDS)
    report = world.service.sweep(forgotten.provider_id, world.recorder)
    assert (report.ended, report.ending, report.overdue, report.suspects) == ((), (), (), ())


def test_that_it_is_told_once(world: World, forgotten: Elevation) -> None:
    looks(world, FEW)
    told = [s.message for s in world.store.steps(forgotten.id) if "does not show it any more" in s.message]
    assert len(told) == 1


def test_that_an_extension_of_it_is_refused_and_ends_nothing(world: World, forgotten: Elevation) -> None:
    with pytest.raises(JitError):
        world.service.extend(forgotten.id, HOUR, world.recorder)
    looks(world, FEW)
    assert world.stored(forgotten).state is State.ACTIVE
    assert world.holds(TARGET, server=DC2)


def test_that_what_another_one_hides_does_not_bear_it_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = world.connector.domain.now()
    elevation = granted(world)
    for host in (DC2, RODC):
        world.console.hide(elevation.account.guid, host)
        world.console.hide(group_of(world), host)
        world.console.hide_members(world.privilege(TARGET), host)
    world.go_back(monkeypatch, DC1, since)
    looks(world, 2)
    assert world.stored(elevation).state is State.ACTIVE
    assert f"{DC2} does not show" in sight_of(world, elevation).words


def test_that_one_alone_does_not_end_it_while_no_other_can_be_asked(
    world: World, forgotten: Elevation
) -> None:
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=RODC)
    looks(world, FEW // 2)
    assert world.stored(forgotten).state is State.ACTIVE
    assert f"{DC2} can't be asked" in sight_of(world, forgotten).words
    world.faults.clear()
    looks(world, FEW // 2)
    assert world.stored(forgotten).state is State.ACTIVE
    assert world.holds(TARGET, server=DC2)


def test_that_one_that_is_being_restored_does_not_bear_it_out(world: World, forgotten: Elevation) -> None:
    for host in (DC2, RODC):
        world.console.set_synchronized(host, synchronized=False)
    looks(world, 2)
    assert world.stored(forgotten).state is State.ACTIVE


def test_that_one_that_was_granted_elsewhere_is_not_over_while_a_third_one_has_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.check_out(account=world.provider.accounts[0].account.name)  # looks go to dc1 first
    world.settle()
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    elevation = world.check_out(TARGET, account=world.provider.accounts[1].account.name)
    world.faults.clear()
    assert elevation.domain_controller == DC2
    world.clock.advance(70)
    world.settle()
    world.stop_replication(monkeypatch, RODC)
    group = world.stored(elevation).group_guid
    assert group is not None
    world.console.delete(group)
    looks(world, 2)
    assert world.stored(elevation).state is State.ACTIVE
    monkeypatch.undo()
    looks(world)
    assert world.stored(elevation).state is State.ENDED


def test_that_what_went_back_to_before_an_extension_is_not_over_at_the_earlier_deadline(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = granted(world, HOUR)
    since = world.connector.domain.now()
    world.service.extend(elevation.id, HOUR, world.recorder)
    world.settle()
    world.go_back(monkeypatch, DC1, since)
    world.clock.advance(HOUR)
    looks(world, 3)
    assert world.stored(elevation).state is State.ACTIVE
    assert world.holds(TARGET, server=DC2)


# --- it is over -------------------------------------------------------------------------------------------


def test_that_it_ends_at_its_deadline_everywhere(world: World, forgotten: Elevation) -> None:
    looks(world, 2)
    left = (forgotten.deadline - world.service.domain_now(forgotten.provider_id)).total_seconds()
    world.clock.advance(left + 1)
    for _ in range(120):
        world.clock.advance(1)
        world.tick()
    ended = world.stored(forgotten)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.DEADLINE)
    assert not any(held_by(world).values())


@pytest.mark.parametrize("come_back", [looks, swept_by_programs_of_their_own])
def test_that_it_is_over_when_replication_has_had_its_time(
    world: World, forgotten: Elevation, come_back: Callable[[World, int], None]
) -> None:
    come_back(world, PATIENCE_SECONDS // LOOK_SECONDS - 1)
    assert world.stored(forgotten).state is State.ACTIVE
    come_back(world, 15)
    ended = world.stored(forgotten)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.REMOVED_ELSEWHERE)
    assert not any(held_by(world).values())


def test_that_replication_has_as_long_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(latency_seconds=HOUR)
    since = world.connector.domain.now()
    elevation = granted(world, 4 * HOUR)
    world.clock.advance(HOUR)
    world.tick()
    world.go_back(monkeypatch, DC1, since)
    looks(world)
    world.clock.advance(HOUR - 2 * LOOK_SECONDS)
    looks(world)
    assert world.stored(elevation).is_granted
    looks(world, 2)
    assert not world.stored(elevation).is_granted


def test_that_what_is_forgotten_once_more_is_given_time_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = world.connector.domain.now()
    elevation = granted(world)
    with monkeypatch.context() as patch:
        world.go_back(patch, DC1, since)
        looks(world, FEW)
    looks(world)
    assert sight_of(world, elevation).seen is Seen.AS_GRANTED
    world.go_back(monkeypatch, DC1, since)
    looks(world, FEW + 10)
    assert world.stored(elevation).state is State.ACTIVE


def test_that_a_deletion_is_an_end_as_soon_as_all_have_heard_of_it(world: World) -> None:
    elevation = granted(world)
    world.console.delete(group_of(world))
    world.service.sweep(elevation.provider_id, world.recorder)
    assert world.stored(elevation).state is State.ACTIVE
    looks(world)
    ended = world.stored(elevation)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.REMOVED_ELSEWHERE)


def test_that_a_tombstone_is_an_end_whoever_has_not_heard_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = granted(world)
    world.console.show_deleted()
    world.stop_replication(monkeypatch, DC2)
    world.console.delete(group_of(world))
    looks(world)
    assert world.stored(elevation).state is State.ENDING
    looks(world, 10)
    assert not any(held_by(world).values())


def test_that_one_that_can_not_be_asked_keeps_nothing_that_another_one_bears_out(world: World) -> None:
    elevation = granted(world)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    world.console.delete(group_of(world))
    looks(world)
    ended = world.stored(elevation)
    assert (ended.state, ended.unconfirmed_on) == (State.ENDED, (DC2,))


def test_that_a_check_in_of_it_ends_it_everywhere(world: World, forgotten: Elevation) -> None:
    looks(world)
    world.service.check_in(forgotten.id, world.recorder)
    looks(world, 15)
    assert world.stored(forgotten).state is State.ENDED
    assert not any(held_by(world).values())


def test_that_what_is_told_is_told_since_then(world: World) -> None:
    elevation = world.check_out()
    store = MemoryStore()
    journal = Journal(store, Recorder(), "alice", world.clock.utc_now)

    def said(text: str) -> datetime:
        world.clock.advance(1)
        return journal.step_if_news(elevation, Step.READ_BACK, StepStatus.WARNING, text, DC1)

    first = said("gone")
    assert said("gone") == first
    assert said("there") == first + timedelta(seconds=2)
    assert said("gone") == first + timedelta(seconds=3)
