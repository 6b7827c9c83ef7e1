# SPDX-License-Identifier: MIT
"""A domain controller that signs us in and answers each question, and does not do the writes of an end: the
others are written in the same pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from jit_desktop.commands.exit_codes import ExitCode, sweep_exit_code
from jit_desktop.directory.demo import Fault, Operation
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.directory.demo.faults import READS
from jit_desktop.elevation.ending import PATIENCE_SECONDS
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory
from jit_desktop.elevation.reaching import OTHERS_SECONDS
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.test_failover import DC1, DC2, RODC, know, use
from tests.unit.elevation.world import TAKING_BACK, World

NOT_DONE = (Fault.BUSY, Fault.ACCESS_DENIED, Fault.LOST_REQUEST)


def tick(world: World, _: Elevation) -> None:
    world.tick()


def sweep(world: World, _: Elevation) -> None:
    world.another_copy(world.store).sweep(world.provider.id, Recorder())


def check_in(world: World, elevation: Elevation) -> None:
    world.service.check_in(elevation.id, world.recorder)


WAYS = (tick, sweep, check_in)


@pytest.fixture
def world() -> World:
    return World()


def lent(world: World, *names: str, accounts: Sequence[str] = ("_backupoperator15",)) -> list[Elevation]:
    """One for each account, due now, of which every domain controller has heard."""
    elevations = [world.check_out(*names, account=account, seconds=600) for account in accounts]
    world.settle()
    world.clock.advance(580)
    assert all(e.is_due(world.service.domain_now(world.provider.id)) for e in elevations)
    return elevations


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", NOT_DONE)
def test_that_the_others_are_written_in_the_same_pass(
    world: World, fault: Fault, way: Callable[[World, Elevation], None]
) -> None:
    (elevation,) = lent(world)
    world.faults.fail_always(fault, *TAKING_BACK, controller=DC1)
    way(world, elevation)
    assert not world.holds(server=DC2)
    # One that is cut may be anybody's fault, and has not refused anything.
    is_told = fault is not Fault.LOST_REQUEST
    assert (world.stored(elevation).state is State.OVERDUE) == is_told
    assert ("could not be taken out" in world.stored(elevation).failure) == is_told
    world.settle()
    assert (world.stored(elevation).state, world.stored(elevation).unconfirmed_on) == (State.ENDED, ())


@pytest.mark.parametrize("way", WAYS)
def test_that_the_others_are_written_where_one_is_busy_for_questions_too(
    world: World, way: Callable[[World, Elevation], None]
) -> None:
    (elevation,) = lent(world)
    for operation in (*(READS - {Operation.CURRENT_TIME, Operation.DOMAIN_CONTROLLERS}), *TAKING_BACK):
        world.faults.fail_always(Fault.BUSY, operation, controller=DC1)
    way(world, elevation)
    world.faults.clear()
    assert not world.holds(server=DC2)
    assert world.stored(elevation).state is State.OVERDUE


@pytest.mark.parametrize("fault", [*NOT_DONE, None], ids=str)
def test_that_all_that_is_due_loses_its_rights_there_before_anything_is_tidied_up(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Fault | None
) -> None:
    """Without a fault it does the writes, but is being restored."""
    accounts = [a.account.name for a in world.provider.accounts][:3]
    lent(world, accounts=accounts)
    if fault is None:
        world.console.set_synchronized(DC1, synchronized=False)
    else:
        world.faults.fail_always(fault, *TAKING_BACK, controller=DC1)
    written: list[str] = []
    for name in ("empty_group", "delete_group"):
        real = getattr(DemoDirectory, name)

        def noted(
            directory: DemoDirectory,
            group: ObjectGuid,
            real: Callable[[DemoDirectory, ObjectGuid], None] = real,
            name: str = name,
        ) -> None:
            if directory.info.controller == DC2:
                written.append(name)
            real(directory, group)

        monkeypatch.setattr(DemoDirectory, name, noted)
    world.tick()
    assert written[:3] == ["empty_group"] * 3
    assert not any(world.holds(account=account, server=DC2) for account in accounts)


@pytest.mark.parametrize("lives_on", [DC1, DC2])
@pytest.mark.parametrize("way", WAYS)
def test_that_one_that_was_cut_for_a_moment_loses_the_right_in_the_same_pass(
    world: World, monkeypatch: pytest.MonkeyPatch, way: Callable[[World, Elevation], None], lives_on: str
) -> None:
    (elevation,) = lent(world)
    world.stop_replication(monkeypatch)
    world.faults.fail_next(Fault.LOST_REQUEST, *TAKING_BACK, controller=DC1)
    way(world, elevation)
    assert not world.holds(server=lives_on)


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.ACCESS_DENIED])
def test_that_one_chosen_group_keeps_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    names = [p.group.name for p in world.provider.jit.privileges][:2]
    (elevation,) = lent(world, *names)
    assert elevation.group_guid is not None
    world.console.deny(elevation.group_guid, Operation.EMPTY_GROUP, Operation.DELETE_GROUP)
    real, first = DemoDirectory.take_out, elevation.privileges[0].group

    def take_out(directory: DemoDirectory, group: ObjectGuid, member: ObjectGuid) -> bool:
        if group == first.guid:
            world.faults.fail_next(fault, Operation.TAKE_OUT)
        return real(directory, group, member)

    monkeypatch.setattr(DemoDirectory, "take_out", take_out)
    world.tick()
    other = next(name for name in names if name != first.name)
    assert [world.holds(name, server=DC1) for name in (first.name, other)] == [True, False]
    stored = world.stored(elevation)
    assert stored.state is State.OVERDUE
    assert f"It could not be taken out of {elevation.privileges[0].label}: dc1" in stored.failure


def test_that_one_that_is_being_restored_does_not_keep_it_at_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = world.connector.domain.now()
    world.clock.advance(1)
    elevation = world.check_out(seconds=600)
    world.clock.advance(5)
    world.go_back(monkeypatch, DC1, since)
    world.console.set_synchronized(DC1, synchronized=False)
    world.clock.advance((elevation.deadline - world.service.domain_now(world.provider.id)).total_seconds())
    assert world.holds(server=DC2)
    world.tick()
    assert not world.holds(server=DC2)
    assert "is being promoted or restored" in world.stored(elevation).failure


def test_that_what_a_busy_one_has_not_heard_of_is_taken_where_it_was_granted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(world, DC2)
    world.stop_replication(monkeypatch)
    (elevation,) = lent(world)
    assert elevation.domain_controller == DC2
    use(world, DC1)
    know(world, DC1, DC2)
    world.faults.fail_always(Fault.BUSY, *TAKING_BACK, controller=DC1)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    sweep(world, elevation)
    assert world.stored(elevation).state is State.OVERDUE, "it proves nothing"
    world.faults.clear()
    world.faults.fail_always(Fault.BUSY, *TAKING_BACK, controller=DC1)
    world.clock.advance(60)
    sweep(world, elevation)
    assert not world.holds(server=DC2)


@pytest.mark.parametrize("count", [1, 3])
def test_that_one_that_loses_each_write_is_asked_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    accounts = [a.account.name for a in world.provider.accounts][:count]
    elevations = lent(world, accounts=accounts)
    world.faults.fail_always(Fault.LOST_REQUEST, *TAKING_BACK, controller=DC1)
    world.stop_replication(monkeypatch, DC1)
    for _ in range(2):
        for _ in range(4):
            world.tick()
            assert all(world.holds(account=account, server=DC1) for account in accounts)
            assert not any(world.holds(account=account, server=DC2) for account in accounts)
            assert all(world.stored(e).is_open for e in elevations), "it answers, and still gives it"
            world.clock.advance(60)
        world.clock.advance(PATIENCE_SECONDS)
    assert all(world.stored(e).state is State.OVERDUE for e in elevations)


def test_that_one_that_is_back_and_loses_each_write_is_an_alarm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elevation,) = lent(world)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    world.stop_replication(monkeypatch, DC2)
    world.tick()
    world.settle()
    assert world.stored(elevation).unconfirmed_on == (DC2,)
    world.faults.clear()
    world.faults.fail_always(Fault.LOST_REQUEST, *TAKING_BACK, controller=DC2)
    for _ in range(2):
        world.clock.advance(60)
        report = world.another_copy(world.store).sweep(world.provider.id, Recorder())
        assert sweep_exit_code([report]) is ExitCode.NOT_ENDED
        assert [(s.host, s.is_alarm) for s in report.suspects] == [(DC2, True)]
        assert world.stored(elevation).unconfirmed_on == (DC2,)


@pytest.fixture
def tried(world: World, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """Whom the program connects to, in turn, and in how many seconds; the settings' server leads to DC1."""
    hosts: list[tuple[str, object]] = []
    real = world.connector.connect

    def connect(
        *arguments: Any, server: str = "", within_seconds: object = None, **options: Any
    ) -> Directory:
        hosts.append((server, within_seconds))
        return real(*arguments, server=server or DC1, **options)

    monkeypatch.setattr(world.connector, "connect", connect)
    return hosts


def test_that_a_settings_server_that_may_be_any_of_them_is_not_gone_to_again(
    world: World, tried: list[tuple[str, object]]
) -> None:
    lent(world)
    use(world, "corp.example.test")
    world.faults.fail_always(Fault.LOST_REQUEST, *TAKING_BACK, controller=DC1)
    tried.clear()
    world.service.sweep(world.provider.id, world.recorder)
    assert tried[0][0] == "", "the settings' server goes first"
    assert not world.holds(server=DC2)


def test_that_a_dead_one_is_waited_for_only_for_a_moment_before_going_back(
    world: World, tried: list[tuple[str, object]]
) -> None:
    (elevation,) = lent(world)
    know(world, DC1, DC2, RODC)
    world.faults.fail_next(Fault.LOST_REQUEST, *TAKING_BACK, controller=DC1)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    tried.clear()
    world.service.check_in(elevation.id, world.recorder)
    first = next(n for n, (host, _) in enumerate(tried) if host == DC2)
    assert tried[first] == (DC2, OTHERS_SECONDS)
    assert tried[first + 1][0] in ("", DC1, RODC)
    assert not world.holds(server=DC1)


def test_that_one_that_did_not_answer_a_moment_ago_is_not_waited_for_before_going_back(
    world: World, tried: list[tuple[str, object]]
) -> None:
    lent(world)
    world.clock.advance(-5)
    know(world, DC1, DC2)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=RODC)
    world.service.sweep(world.provider.id, world.recorder)
    world.clock.advance(10)
    world.faults.fail_next(Fault.LOST_REQUEST, *TAKING_BACK, controller=DC1)
    tried.clear()
    world.tick()
    assert DC2 not in dict(tried)
    assert not world.holds(server=DC1)
