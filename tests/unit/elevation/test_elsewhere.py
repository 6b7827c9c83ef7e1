# SPDX-License-Identifier: MIT
"""What another domain controller or another copy of the program knows better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from jit_desktop.directory.demo import Fault, Operation
from jit_desktop.directory.demo.objects import DOMAIN_SID
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.ending import End
from jit_desktop.elevation.errors import AccessDenied, DirectoryUnavailable, NoSuchObject
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Step, StepReport, StepStatus
from jit_desktop.elevation.ports import Abilities, Directory, DomainController, NotVisible, TemporaryGroup
from tests.unit.elevation.helpers import BASE, MemoryStore, Recorder
from tests.unit.elevation.world import ALICE, World

DC1, DC2, DC3, RODC = (f"{name}.corp.example.test" for name in ("dc1", "dc2", "dc3", "rodc1"))


def test_that_a_group_that_is_gone_elsewhere_than_it_was_written_is_not_taken_for_the_directorys_work() -> (
    None
):
    world = World(abilities=Abilities(dynamic_objects=True))
    world.store.kept_controllers[world.provider.id] = (DC1, DC2, RODC)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    elevation = world.check_out()
    assert elevation.domain_controller == DC2
    world.faults.clear()
    world.settle()
    world.clock.advance(7200)
    world.service.sweep(world.provider.id, world.recorder)  # on the first domain controller
    assert world.stored(elevation).end_reason is EndReason.DEADLINE


@pytest.mark.parametrize("longest", [False, True])
def test_that_a_deadline_within_the_policy_is_taken_over_without_a_word_about_it(longest: bool) -> None:
    world = World()
    granted = world.check_out(seconds=world.provider.policy.maximum_seconds if longest else 7200)
    recorder = Recorder()
    (adopted,) = world.another_copy(MemoryStore()).sweep(world.provider.id, recorder).adopted
    assert adopted.deadline == granted.deadline
    assert [s.message for s in recorder.steps if s.step is Step.GUARANTEE] == []


def test_that_a_rollback_that_another_copy_finishes_tells_why_the_grant_failed() -> None:
    world = World()
    another = world.another_copy(world.store)

    class Slow(Recorder):
        def on_step(self, report: StepReport) -> None:
            super().on_step(report)
            if (report.step, report.status) == (Step.DELETE_GROUP, StepStatus.DONE):
                world.clock.advance(61)
                another.tick(Recorder())

    slow = Slow()
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.ADD_MEMBER)
    with pytest.raises(AccessDenied):
        world.service.check_out(world.request(), slow)
    assert world.only().state is State.FAILED
    assert world.nothing_left()
    # Whoever finishes it says so; of what it came to nothing is claimed here.
    assert [s.status for s in slow.steps if s.step is Step.ROLL_BACK] == [StepStatus.RUNNING]


@dataclass
class OneController:
    """A domain controller that shows one temporary group, or none."""

    host: str
    group: TemporaryGroup | None
    writes: list[str] = field(default_factory=list)
    synchronized: bool = True

    @property
    def info(self) -> SimpleNamespace:
        return SimpleNamespace(
            controller=self.host, base_dn=BASE, synchronized=self.synchronized, domain_sid=DOMAIN_SID
        )

    @property
    def is_usable(self) -> bool:
        return True

    def temporary_group(self, _: ObjectGuid) -> TemporaryGroup | NotVisible:
        return self.group or NotVisible("It shows none.")

    def take_out(self, _: ObjectGuid, __: ObjectGuid) -> bool:
        if self.group is not None:
            self.writes.append("take out")
        return self.group is not None

    def empty_group(self, _: ObjectGuid) -> None:
        if self.group is None:
            raise NoSuchObject("It shows none.")
        self.writes.append("empty")

    def delete_group(self, _: ObjectGuid) -> None:
        if self.group is None:
            raise NoSuchObject("It shows none.")
        self.writes.append("delete")
        self.group = None

    def close(self) -> None: ...


def controllers_of(there: Mapping[str, OneController]) -> Controllers:
    def connect(host: str) -> Directory:
        if host not in there:
            raise DirectoryUnavailable(f"{host} does not answer.", subject=host)
        return cast("Directory", there[host])

    listed = [DomainController(host, writable=host != RODC) for host in (DC1, DC2, DC3, RODC)]
    return Controllers(connect(DC1), connect, listed=listed)


@pytest.mark.parametrize("synchronized", [True, False])
def test_that_the_rights_go_where_they_are_shown_while_the_one_that_took_the_grant_is_away(
    synchronized: bool,
) -> None:
    world = World()
    world.store.kept_controllers[world.provider.id] = (DC1, DC2, RODC)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    elevation = world.check_out()
    assert elevation.domain_controller == DC2
    assert elevation.group_guid is not None
    group = TemporaryGroup(elevation.group_guid, elevation.location.dn, elevation.group_name)
    there = {h: OneController(h, None if h == DC1 else group) for h in (DC1, DC3, RODC)}
    there[DC3].synchronized = synchronized
    journal = Journal(world.store, Recorder(), ALICE, world.clock.utc_now)
    end = End(DomainClock(world.clock), journal)
    ended = end.finish(end.start(elevation, EndReason.DEADLINE), controllers_of(there))
    assert (ended.state, ended.attempts) == (State.OVERDUE, 1)
    assert {host: dc.writes for host, dc in there.items()} == {
        DC1: [],
        DC3: ["take out", "empty", "delete"],
        RODC: [],
    }
