# SPDX-License-Identifier: MIT
"""Stopped beyond the later deadline too, or while others went on: nothing is left, and what was is said."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from jit_desktop.directory.demo import Fault, Operation
from jit_desktop.elevation.errors import DeadlinePassed, DirectoryUnavailable, JitError
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Step, StepReport, StepStatus
from jit_desktop.elevation.ports import Abilities
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.test_gate import (
    BOTH,
    DESK,
    LENT_SECONDS,
    NOTHING,
    STOPPED_SECONDS,
    TARGET,
    expect_nothing_expired,
    lending,
    stopping,
)
from tests.unit.elevation.world import World

LINKS = Abilities(ttl_links=True)
_either = pytest.mark.parametrize("abilities", [NOTHING, BOTH], ids=["ordinary", "times to live"])


@dataclass
class StopsAt(Recorder):
    """Stands still for longer than the elevation lasts when this step is told, and lets another copy look."""

    world: World = field(default_factory=World)
    step: Step = Step.READ_BACK
    status: StepStatus = StepStatus.RUNNING
    another_looks: bool = False

    def on_step(self, report: StepReport) -> None:
        super().on_step(report)
        if (report.step, report.status) == (self.step, self.status):
            self.world.clock.advance(STOPPED_SECONDS)
            if self.another_looks:
                another = self.world.another_copy(self.world.store)
                for _ in range(3):
                    another.tick(Recorder())
                    self.world.clock.advance(7)


def lent(abilities: Abilities) -> tuple[World, Elevation]:
    """An elevation that has half as long to last as the program is going to be stopped."""
    world = lending(abilities)
    elevation = world.check_out(TARGET, DESK, seconds=7200)
    world.settle()
    world.clock.advance(7200 - STOPPED_SECONDS / 2)
    return world, elevation


@_either
def test_that_an_extension_which_is_stopped_beyond_the_later_deadline_leaves_nothing(
    abilities: Abilities,
) -> None:
    at, stopped, outcomes = 0, True, set[str]()
    while stopped:
        at += 1
        world, elevation = lent(abilities)
        with stopping(world, at) as stops:
            try:
                world.service.extend(elevation.id, 900, world.recorder)
                outcome = "extended"
            except JitError as error:
                outcome = error.code
            stops.on = False
            stopped = stops.stopped_at != ""
        expect_nothing_expired(world, f"{at}: {stops.stopped_at}: {outcome}")
        if stopped:
            outcomes.add(outcome)
    assert "deadline-passed" in outcomes
    assert "extended" not in outcomes
    assert at > 15


@pytest.mark.expects_log("is found out later")
@_either
def test_that_a_pass_which_is_stopped_while_it_settles_an_extension_has_no_fault(
    abilities: Abilities,
) -> None:
    at, stopped = 0, True
    while stopped:
        at += 1
        world, elevation = lent(abilities)
        # Cut off when the record says the later deadline, and nothing else does yet.
        world.faults.fail_next(Fault.LOST_ANSWER, Operation.WRITE_RECORD)
        for nth in range(2, 10):
            world.faults.fail_next(Fault.UNAVAILABLE, Operation.CONNECT, nth=nth)
        with pytest.raises(DirectoryUnavailable):
            world.service.extend(elevation.id, 900, world.recorder)
        world.faults.clear()
        assert world.only().extending_to is not None
        world.clock.advance(70)
        with stopping(world, at) as stops:
            report = world.another_copy(world.store).tick(world.recorder)
            stops.on = False
            stopped = stops.stopped_at != ""
        assert not report.problems, f"{at}: {stops.stopped_at}"
        if stopped:
            world.tick()
            expect_nothing_expired(world, f"{at}: {stops.stopped_at}")
    assert at > 10


@_either
def test_that_a_pass_which_is_stopped_while_it_catches_up_has_no_fault(abilities: Abilities) -> None:
    at, stopped = 0, True
    while stopped:
        at += 1
        world, elevation = lent(abilities)
        before = dict(world.store.kept)
        world.service.extend(elevation.id, 900, world.recorder)
        world.settle()
        # This copy has not heard of the extension.
        world.store.kept = before
        with stopping(world, at) as stops:
            report = world.another_copy(world.store).tick(world.recorder)
            stops.on = False
            stopped = stops.stopped_at != ""
        assert not report.problems, f"{at}: {stops.stopped_at}"
        if stopped:
            world.tick()
            expect_nothing_expired(world, f"{at}: {stops.stopped_at}")
    assert at > 10


def test_that_a_grant_that_others_ended_at_its_deadline_is_said_to_be_over() -> None:
    world = lending(NOTHING)
    listener = StopsAt(world=world, step=Step.REPLICATION, status=StepStatus.SKIPPED, another_looks=True)
    with pytest.raises(DeadlinePassed):
        world.service.check_out(world.request(seconds=LENT_SECONDS), listener)
    world.settle()
    assert world.only().state is State.ENDED
    assert world.nothing_left()


@pytest.mark.parametrize("abilities", [LINKS, BOTH], ids=["memberships", "group too"])
def test_that_what_the_directory_ended_meanwhile_is_not_said_to_be_removed_by_somebody(
    abilities: Abilities,
) -> None:
    world = lending(abilities)
    with pytest.raises(DeadlinePassed):
        world.service.check_out(world.request(TARGET, DESK, seconds=LENT_SECONDS), StopsAt(world=world))
    world.settle()
    assert world.only().state is State.FAILED
    assert world.nothing_left()
