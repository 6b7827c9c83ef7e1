# SPDX-License-Identifier: MIT
"""A domain controller that was away at the end, is back, and goes on showing the right: an alarm."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from jit_desktop.commands.exit_codes import ExitCode, sweep_exit_code
from jit_desktop.directory.demo import Fault
from jit_desktop.elevation import confirming
from jit_desktop.elevation.ending import STILL_SHOWN_SECONDS
from jit_desktop.elevation.identity import ElevationId, ObjectGuid
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Step, StepStatus, SweepReport
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.test_confirming import leave_out
from tests.unit.elevation.world import TAKING_BACK, World

DC2, RODC = "dc2.corp.example.test", "rodc1.corp.example.test"


@pytest.fixture
def world() -> World:
    return World()


def back_again(world: World, host: str, monkeypatch: pytest.MonkeyPatch) -> Elevation:
    """An elevation that ended while ``host`` was away, which is back and hears of nothing."""
    elevation = world.check_out(seconds=3600)
    world.settle()
    world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    world.stop_replication(monkeypatch, host)
    world.clock.advance(3605)
    world.tick()
    world.settle()
    ended = world.stored(elevation)
    assert (ended.state, ended.unconfirmed_on) == (State.ENDED, (host,))
    world.faults.clear()
    return ended


def swept_anew(world: World) -> SweepReport:
    """A sweep of a program that was started again, a minute later."""
    world.clock.advance(60)
    return world.another_copy(world.store).sweep(world.provider.id, Recorder())


def test_that_a_read_only_one_is_an_alarm_when_replication_has_had_its_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = back_again(world, RODC, monkeypatch)
    assert sweep_exit_code([swept_anew(world)]) is ExitCode.DONE
    world.clock.advance(STILL_SHOWN_SECONDS)
    for _ in range(2):
        report = swept_anew(world)
        assert sweep_exit_code([report]) is ExitCode.NOT_ENDED
        (told,) = report.suspects
        assert told.name == ended.group_name
        assert told.gives == ("RDM administrators",)
        assert f"but {RODC}, a read-only domain controller, is back and still shows the right" in told.reason


@pytest.mark.parametrize("host", [DC2, RODC])
def test_that_one_that_does_not_answer_again_is_the_alarm_that_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """That it can't be asked says nothing of what it gives."""
    back_again(world, host, monkeypatch)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK, controller=host)
    for _ in range(2):
        world.clock.advance(STILL_SHOWN_SECONDS)
        assert host == RODC or world.service.sweep(world.provider.id, Recorder()).is_alarm
        world.service.sweep(world.provider.id, Recorder())
    assert world.service.sweep(world.provider.id, Recorder()).is_alarm
    world.faults.clear()
    world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    for _ in range(3):
        world.clock.advance(7200)
        world.tick()
        assert world.service.sweep(world.provider.id, Recorder()).is_alarm
    monkeypatch.undo()
    world.faults.clear()
    world.clock.advance(7200)
    assert not world.service.sweep(world.provider.id, Recorder()).is_alarm


@pytest.mark.parametrize("host", [DC2, RODC])
def test_that_it_is_the_alarm_that_it_was_in_the_next_process_too(
    world: World, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    back_again(world, host, monkeypatch)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK, controller=host)
    swept_anew(world)
    world.clock.advance(STILL_SHOWN_SECONDS)
    assert swept_anew(world).is_alarm
    world.faults.clear()
    world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    for _ in range(3):
        report = swept_anew(world)
        assert sweep_exit_code([report]) is ExitCode.NOT_ENDED
        (told,) = report.suspects
        assert told.gives == ("RDM administrators",)
        assert told.reason.endswith(f"but {host} still showed the right when it answered last")
    monkeypatch.undo()
    world.faults.clear()
    assert not swept_anew(world).is_alarm
    world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    assert not swept_anew(world).is_alarm


def test_that_one_that_left_the_list_meanwhile_is_the_alarm_that_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_again(world, DC2, monkeypatch)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK, controller=DC2)
    assert swept_anew(world).is_alarm
    world.faults.clear()
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    leave_out(monkeypatch, DC2)
    for _ in range(2):
        assert swept_anew(world).is_alarm


def test_that_what_is_seen_to_be_back_is_asked_about_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hundreds may wait for a domain controller that was away for a weekend, and a pass has its time."""
    ended = back_again(world, DC2, monkeypatch)
    del world.store.kept[ended.id]
    for number in range(3):
        guid = ObjectGuid(str(uuid.UUID(int=number + 1)))
        other = replace(ended, id=ElevationId(str(uuid.UUID(int=number + 1))), group_guid=guid)
        world.store.kept[other.id] = replace(other, group_name=f"RDM_JIT_{number}")
    world.store.kept[ended.id] = ended
    asked: list[ElevationId] = []
    real: Callable[..., object] = getattr(confirming, "look")  # noqa: B009

    def looked(elevation: Elevation, *arguments: Any, **options: Any) -> object:
        asked.append(elevation.id)
        return real(elevation, *arguments, **options)

    monkeypatch.setattr(confirming, "look", looked)
    swept_anew(world)
    assert asked[0] == ended.id
    assert len(set(asked)) == 4


def test_that_the_settings_may_know_of_a_slower_replication(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(latency_seconds=2 * STILL_SHOWN_SECONDS)
    back_again(world, RODC, monkeypatch)
    swept_anew(world)
    world.clock.advance(STILL_SHOWN_SECONDS)
    assert not swept_anew(world).is_alarm
    world.clock.advance(STILL_SHOWN_SECONDS)
    assert swept_anew(world).is_alarm


def test_that_one_that_refuses_the_removal_is_an_alarm_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_again(world, DC2, monkeypatch)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK, controller=DC2)
    report = swept_anew(world)
    assert sweep_exit_code([report]) is ExitCode.NOT_ENDED
    assert f"but {DC2} is back and still shows the right" in report.suspects[0].reason
    assert report.problem


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.BUSY])
def test_that_one_that_answers_no_write_is_an_alarm_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """It was asked, and showed the right: it is not one that could not be asked."""
    back_again(world, DC2, monkeypatch)
    world.faults.fail_always(fault, *TAKING_BACK, controller=DC2)
    for _ in range(2):
        report = swept_anew(world)
        assert sweep_exit_code([report]) is ExitCode.NOT_ENDED
        assert f"but {DC2} is back and still shows the right" in report.suspects[0].reason


def test_that_it_is_an_alarm_between_the_looks_too_and_over_when_it_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = back_again(world, DC2, monkeypatch)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK, controller=DC2)
    for _ in range(10):
        world.clock.advance(60)
        world.tick()
        assert world.service.sweep(world.provider.id, Recorder()).is_alarm
    world.faults.clear()
    world.clock.advance(3600)
    world.tick()
    assert world.stored(ended).unconfirmed_on == ()
    assert not world.service.sweep(world.provider.id, Recorder()).is_alarm


def test_that_it_is_said_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    back_again(world, DC2, monkeypatch)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK, controller=DC2)
    for _ in range(3):
        swept_anew(world)
    of_host = [s for s in world.store.kept_steps if (s.step, s.subject) == (Step.CONFIRM_END, DC2)]
    assert [s.status for s in of_host[-2:]] == [StepStatus.RUNNING, StepStatus.FAILED]
    assert len([s for s in of_host if "is back and still shows it" in s.message]) == 1
    assert "elevation.removed-again" not in world.store.audited


def test_that_one_that_removes_it_is_no_alarm(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = back_again(world, DC2, monkeypatch)
    report = swept_anew(world)
    assert sweep_exit_code([report]) is ExitCode.DONE
    assert world.stored(ended).unconfirmed_on == ()
