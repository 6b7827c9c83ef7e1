# SPDX-License-Identifier: MIT
"""Extensions at a domain controller of which another one has not heard, or at two of them at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest

from jit_desktop.directory.demo import DemoDirectory, Fault, Operation
from jit_desktop.elevation import prolonging, record
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.dn import parent_dn
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.errors import AccessDenied, DeadlinePassed, DirectoryUnavailable, NoSuchObject
from jit_desktop.elevation.extending import EXTENSION_LEASE_SECONDS
from jit_desktop.elevation.identity import ObjectGuid, ObjectRef
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Abilities, Directory, DomainController
from jit_desktop.elevation.service import ElevationService
from jit_desktop.elevation.sweeping import Found, Sweeper
from tests.unit.elevation.helpers import ManualClock, MemoryStore, Recorder, visible
from tests.unit.elevation.test_extending import (
    BOTH,
    DYNAMIC,
    LINKS,
    granted_in,
    in_record,
    require_held_until,
)
from tests.unit.elevation.world import ALICE, World

DC1, DC2 = "dc1.corp.example.test", "dc2.corp.example.test"
HOUR = 3600


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> Callable[[World], None]:
    """Let no domain controller hear any more of what another one is told."""
    return lambda world: world.stop_replication(monkeypatch)


def at_dc2(world: World) -> tuple[ElevationService, MemoryStore]:
    """A colleague's copy that works at the second domain controller, and has taken over what is lent."""
    store = MemoryStore()
    provider = world.provider
    connection = replace(provider.connection, server=DC2)
    store.kept_providers = {provider.id: replace(provider, connection=connection)}
    copy = world.another_copy(store, "CORP\\bob")
    copy.sweep(provider.id, Recorder())
    return copy, store


def lent(world: World) -> Elevation:
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    return world.stored(elevation)


def test_that_a_copy_where_an_extension_has_not_arrived_does_not_end_it(
    world: World, apart: Callable[[World], None]
) -> None:
    elevation = lent(world)
    bob, store = at_dc2(world)
    apart(world)
    extended = world.service.extend(elevation.id, HOUR, Recorder())
    world.clock.advance(HOUR)
    bob.sweep(world.provider.id, Recorder())
    assert world.holds(server=DC1)
    assert world.holds(server=DC2)
    assert store.kept[elevation.id].deadline == extended.deadline
    world.clock.advance(HOUR)
    bob.sweep(world.provider.id, Recorder())
    assert not world.holds(server=DC2)


def test_that_who_can_not_be_asked_for_an_extension_delays_no_end(world: World) -> None:
    elevation = lent(world)
    bob, store = at_dc2(world)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    world.clock.advance(HOUR)
    bob.tick(Recorder())
    assert not world.holds(server=DC2)
    assert store.kept[elevation.id].state is not State.ACTIVE


def test_that_two_extensions_at_two_domain_controllers_do_not_shorten_each_other(
    world: World, apart: Callable[[World], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = lent(world)
    bob, store = at_dc2(world)
    with monkeypatch.context() as patch:
        patch.setattr(prolonging.Elsewhere, "everywhere", lambda self, e, **_: self.here(e))
        apart(world)
        told = bob.extend(elevation.id, HOUR, Recorder()).deadline
        world.clock.advance(1)
        own = world.service.extend(elevation.id, 60, Recorder()).deadline
    monkeypatch.undo()
    assert own < told
    world.clock.advance(60)
    assert elevation.group_guid is not None
    with world.connector.connect(world.provider.connection) as directory:
        written = record.decode(visible(directory.temporary_group(elevation.group_guid)).info)
    assert written.deadline < told, "the later write to the record stays"
    world.service.sweep(world.provider.id, Recorder())
    bob.sweep(world.provider.id, Recorder())
    assert world.stored(elevation).deadline == store.kept[elevation.id].deadline == told


def test_that_a_copy_hears_of_an_extension_before_the_earlier_deadline(world: World) -> None:
    elevation = lent(world)
    bob, store = at_dc2(world)
    told = world.service.extend(elevation.id, HOUR, Recorder()).deadline
    world.clock.advance(60)
    bob.sweep(world.provider.id, Recorder())
    assert store.kept[elevation.id].deadline == told


def test_that_an_extension_counts_from_what_another_domain_controller_shows(
    world: World, apart: Callable[[World], None]
) -> None:
    elevation = lent(world)
    bob, _ = at_dc2(world)
    apart(world)
    told = bob.extend(elevation.id, HOUR, Recorder()).deadline
    assert world.service.extend(elevation.id, 60, Recorder()).deadline == told + timedelta(seconds=60)


def test_that_an_extension_that_is_being_written_is_not_told_as_somebody_elses_doing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = lent(world)
    store = MemoryStore()
    bob = world.another_copy(store, "CORP\\bob")
    bob.sweep(world.provider.id, Recorder())
    create = prolonging.create

    def looked_at(*args: object) -> object:
        world.clock.advance(60)
        bob.sweep(world.provider.id, Recorder())
        return create(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(prolonging, "create", looked_at)
    world.service.extend(elevation.id, HOUR, Recorder())
    assert "elevation.record-prolonged" not in store.audited


def test_that_a_copy_with_another_creation_location_hears_of_an_extension(world: World) -> None:
    elevation = lent(world)
    place = world.console.create_ou("Elsewhere", parent_dn(elevation.location.dn))
    elsewhere = ObjectRef(world.console.guid(place), place, "Elsewhere")
    store = MemoryStore()
    bob = world.another_copy(store, "CORP\\bob")
    jit = replace(world.provider.jit, location=elsewhere)
    store.kept_providers = {world.provider.id: replace(world.provider, jit=jit)}
    bob.sweep(world.provider.id, Recorder())
    extended = world.service.extend(elevation.id, HOUR, Recorder())
    world.clock.advance((elevation.deadline - world.clock.utc_now()).total_seconds() + 5)
    bob.tick(Recorder())
    bob.sweep(world.provider.id, Recorder())
    assert world.holds()
    assert store.kept[elevation.id].deadline == extended.deadline
    assert "elevation.record-prolonged" not in store.audited


def test_that_a_marker_that_was_made_after_the_deadline_proves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The computer sleeps between the question whether there is time left and the write."""
    elevation = lent(world)
    create = prolonging.create

    def asleep(*args: object) -> object:
        world.clock.advance((elevation.deadline - world.clock.utc_now()).total_seconds() + 20)
        return create(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(prolonging, "create", asleep)
    with pytest.raises(DeadlinePassed):
        world.service.extend(elevation.id, HOUR, Recorder())
    assert markers(world, elevation) == 0
    world.another_copy(MemoryStore()).sweep(world.provider.id, Recorder())
    world.tick()
    assert not world.holds()


def markers(world: World, elevation: Elevation) -> int:
    """How many markers of a later end than it was granted there are."""
    with world.connector.connect(world.provider.connection) as directory:
        found = [prolonging.decode(marker.info) for marker in prolonging.find(elevation, directory)]
    return sum(marker is not None and marker.end > elevation.deadline for marker in found)


def test_that_an_extension_that_was_interrupted_is_proven_when_it_is_finished(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = lent(world)
    create = prolonging.create

    def dying(elevation: Elevation, deadline: datetime, actor: str, directory: Directory) -> object:
        if deadline > elevation.deadline:
            raise KeyboardInterrupt
        return create(elevation, deadline, actor, directory)

    with monkeypatch.context() as patch:
        patch.setattr(prolonging, "create", dying)
        with pytest.raises(KeyboardInterrupt):
            world.service.extend(elevation.id, HOUR, Recorder())
    assert markers(world, elevation) == 0
    world.clock.advance(EXTENSION_LEASE_SECONDS)
    world.tick()
    assert world.stored(elevation).deadline == elevation.deadline + timedelta(hours=1)
    assert markers(world, elevation) == 1


def test_that_an_extension_that_is_given_up_leaves_what_proves_that_of_somebody_else(world: World) -> None:
    elevation = lent(world)
    bob, _ = at_dc2(world)
    bob.extend(elevation.id, HOUR, Recorder())
    world.settle()
    assert markers(world, elevation) == 1
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.WRITE_RECORD)
    with pytest.raises(AccessDenied):
        world.service.extend(elevation.id, 60, Recorder())
    assert markers(world, elevation) == 1


def test_that_an_extension_that_is_given_up_leaves_what_proves_the_same_one_of_another_copy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One person, at two computers at once, by the same time: the second one is refused its marker."""
    elevation = lent(world)
    store = MemoryStore()
    second = world.another_copy(store)
    second.sweep(world.provider.id, Recorder())
    write, told = DemoDirectory.write_record, list[Elevation]()

    def overtaken(self: DemoDirectory, *args: object, **options: object) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(DemoDirectory, "write_record", write)
            if not told:
                told.append(world.service.extend(elevation.id, HOUR, Recorder()))
                world.faults.fail_next(Fault.ACCESS_DENIED, Operation.CREATE_GROUP)
        write(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(DemoDirectory, "write_record", overtaken)
    with pytest.raises(AccessDenied):
        second.extend(elevation.id, HOUR, Recorder())
    assert markers(world, elevation) == 1
    world.clock.advance(HOUR)
    second.tick(Recorder())
    assert world.holds()
    assert store.kept[elevation.id].deadline == told[0].deadline


def test_that_a_marker_that_comes_after_others_have_ended_it_gives_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = lent(world)
    bob = world.another_copy(MemoryStore(), "CORP\\bob")
    bob.sweep(world.provider.id, Recorder())
    create = prolonging.create

    def stopped(*args: object) -> object:
        world.clock.advance(HOUR)
        bob.tick(Recorder())
        return create(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(prolonging, "create", stopped)
    with pytest.raises((DeadlinePassed, NoSuchObject)):
        world.service.extend(elevation.id, 2 * HOUR, Recorder())
    assert Event.EXTENDED not in [move.event for move in world.store.moves]
    world.settle()
    assert not world.holds()


# --- what the directory ends by itself ----------------------------------------------------------------------


def extended_for_less(world: World, elevation: Elevation) -> Elevation:
    """Extended by an hour here, and then by a minute by a colleague who could not ask this one."""
    bob, _ = at_dc2(world)
    extended = world.service.extend(elevation.id, HOUR, Recorder())
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    bob.extend(elevation.id, 60, Recorder())
    world.faults.clear()
    return extended


@pytest.mark.parametrize("abilities", [DYNAMIC, LINKS, BOTH])
def test_that_a_shorter_extension_elsewhere_does_not_let_the_directory_end_it(abilities: Abilities) -> None:
    world, elevation = granted_in(abilities)
    extended = extended_for_less(world, elevation)
    world.clock.advance(61)
    world.tick()
    assert in_record(world, elevation) == extended.deadline
    require_held_until(world, extended.deadline, program=False)


def test_that_an_earlier_end_that_can_not_be_replaced_is_told_once() -> None:
    world, elevation = granted_in(BOTH)
    extended = extended_for_less(world, elevation)
    world.faults.fail_always(Fault.ACCESS_DENIED, Operation.WRITE_RECORD)
    for _ in range(3):
        world.clock.advance(61)
        world.tick()
    stored = world.stored(elevation)
    assert stored.deadline == extended.deadline
    assert stored.directory_ends_at is not None
    assert stored.directory_ends_at <= elevation.deadline + timedelta(seconds=60)
    told = [s.message for s in world.recorder.steps if "could not be replaced" in s.message]
    assert len(told) == 1
    assert [m.event for m in world.store.moves].count(Event.EXTENDED) == 2


def test_that_a_row_that_names_a_later_end_writes_none_that_is_not_proven() -> None:
    world, elevation = granted_in(BOTH)
    later = elevation.deadline + timedelta(hours=1)
    world.store.kept[elevation.id] = replace(elevation, deadline=later)
    for _ in range(3):
        world.clock.advance(61)
        world.tick()
    assert in_record(world, elevation) == elevation.deadline


# --- how long it is looked for ------------------------------------------------------------------------------


class Slow:
    """Domain controllers of which each takes its time."""

    def __init__(self, world: World, seconds: float) -> None:
        self.asked: list[str] = []
        self.clock = ManualClock()
        self._world = world
        self._seconds = seconds
        listed = [DomainController(f"dc{n}.corp.example.test", writable=n != 3) for n in range(1, 7)]
        self.controllers = Controllers(cast("Directory", self._connect(DC1)), self._connect, listed=listed)
        self.asked.clear()
        self.elsewhere = prolonging.Elsewhere(
            self.controllers, self.clock.monotonic, world.provider, world.store
        )

    def _connect(self, host: str) -> DemoDirectory:
        self.asked.append(host[:3])
        if host not in (DC1, DC2):
            self.clock.advance(self._seconds)
            raise DirectoryUnavailable(f"{host} does not answer.", subject=host)
        return self._world.connector.connect(self._world.provider.connection, server=host)


def test_that_only_so_many_are_asked_as_there_is_time_for_and_no_read_only_one(world: World) -> None:
    elevation = lent(world)
    slow = Slow(world, seconds=3)
    slow.elsewhere.everywhere(elevation)
    assert slow.asked == ["dc2", "dc4", "dc5"]
    slow.elsewhere.everywhere(elevation)
    assert slow.asked == ["dc2", "dc4", "dc5"]


def test_that_what_was_shown_a_while_ago_is_asked_for_again(world: World) -> None:
    elevation = lent(world)
    slow = Slow(world, seconds=0)
    assert slow.elsewhere.everywhere(elevation) == ()
    with world.connector.connect(world.provider.connection) as directory:
        prolonging.create(elevation, elevation.deadline + timedelta(hours=1), "bob", directory)
    assert slow.elsewhere.everywhere(elevation) == ()
    slow.clock.advance(10)
    assert len(slow.elsewhere.everywhere(elevation)) == 1


def test_that_half_of_the_answers_decide_nothing(world: World) -> None:
    first = lent(world)
    second = world.check_out(account="_sqladmin02", seconds=HOUR + 3)
    world.clock.advance(HOUR)
    journal = Journal(world.store, Recorder(), ALICE, world.clock.utc_now)
    main = world.connector.connect(world.provider.connection)
    ended: list[ObjectGuid] = []

    def connect(host: str) -> Directory:
        world.clock.advance(5)
        sweeper.take_newly_due(found)
        ended.extend(e.account.guid for e in (first, second) if not world.holds(account=e.account.name))
        return world.connector.connect(world.provider.connection, server=host)

    listed = [DomainController(DC1), DomainController(DC2)]
    clock, found = DomainClock(world.clock), Found()
    clock.read(main)
    controllers = Controllers(main, connect, listed=listed)
    sweeper = Sweeper(world.provider, controllers, world.store, clock, journal)
    controllers.between = lambda: sweeper.take_newly_due(found)
    sweeper.pass_over([world.stored(first)], found)
    assert ended == []
    assert not world.holds(account="_sqladmin02")
