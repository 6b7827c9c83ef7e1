# SPDX-License-Identifier: MIT
"""What is due loses its rights by the first write of its end, and that waits for nothing that can wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jit_desktop.directory.demo import Fault
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.directory.demo.domain import CONTROLLERS
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation, Step, StepReport, StepStatus
from tests.unit.elevation.helpers import BASE, MemoryStore, Recorder
from tests.unit.elevation.world import World

HOUR = 3600
REQUESTS = (
    "read",
    "temporary_group",
    "temporary_groups",
    "token_groups",
    "membership",
    "take_out",
    "empty_group",
    "delete_group",
    "write_record",
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """What the domain controllers were asked, and of what, in the order in which it was."""
    asked: list[tuple[str, object]] = []
    for name in REQUESTS:
        real = getattr(DemoDirectory, name)

        def noted(self: DemoDirectory, what: object, *args: Any, of: Any = (name, real), **more: Any) -> Any:
            asked.append((of[0], what))
            return of[1](self, what, *args, **more)

        monkeypatch.setattr(DemoDirectory, name, noted)
    return asked


def names(world: World) -> list[str]:
    return [a.account.name for a in world.provider.accounts][:4]


def before(requests: list[tuple[str, object]], elevation: Elevation) -> list[str]:
    """What was asked before the group of ``elevation`` was emptied."""
    return [name for name, _ in requests[: requests.index(("empty_group", elevation.group_guid))]]


def ending(world: World, elevation: Elevation) -> None:
    """One that was begun to be ended, and whose time to be tried again has come."""
    world.store.kept[elevation.id] = replace(
        world.stored(elevation),
        state=State.ENDING,
        end_reason=EndReason.DEADLINE,
        attempts=3,
        next_attempt_at=world.clock.wall,
    )


def test_that_what_is_due_does_not_wait_until_other_copies_are_caught_up_with(
    world: World, requests: list[tuple[str, object]]
) -> None:
    lent = [world.check_out(account=name, seconds=HOUR) for name in names(world)]
    store = MemoryStore()
    elsewhere = world.another_copy(store)
    elsewhere.sweep(world.provider.id, Recorder())
    for elevation in lent[:-1]:
        elsewhere.extend(elevation.id, HOUR, Recorder())
    world.clock.advance(HOUR + 1)
    requests.clear()
    world.tick()
    # The groups here; then the markers there, and here.
    assert before(requests, lent[-1]) == ["temporary_groups"] * 3
    assert [world.stored(e).deadline for e in lent[:-1]] == [store.kept[e.id].deadline for e in lent[:-1]]
    assert {world.stored(e).state for e in lent[:-1]} == {State.ACTIVE}


def test_that_what_is_due_does_not_wait_for_what_is_deleted_already(
    world: World, requests: list[tuple[str, object]]
) -> None:
    *ended, last = (world.check_out(account=name, seconds=HOUR) for name in names(world))
    world.clock.advance(HOUR - 1)
    for elevation in ended:
        assert elevation.group_guid is not None
        world.console.delete(elevation.group_guid)
        ending(world, elevation)
    world.clock.advance(2)
    requests.clear()
    world.tick()
    assert before(requests, last) == ["temporary_group", "temporary_groups", "temporary_groups"]


def test_that_what_was_said_to_be_emptied_is_read_once_before_what_is_tried_again_with_it(
    world: World, requests: list[tuple[str, object]]
) -> None:
    gone, last = (world.check_out(account=name, seconds=HOUR) for name in names(world)[:2])
    for elevation in (gone, last):
        ending(world, elevation)
    assert gone.group_guid is not None
    world.console.delete(gone.group_guid)
    told = StepReport(gone.id, world.clock.wall, Step.EMPTY_GROUP, StepStatus.DONE, "", gone.group_name)
    world.store.add_step(told)
    world.clock.advance(2)
    requests.clear()
    world.tick()
    # That each row names its own group, and no permanent one, is seen by each before it is written to.
    assert before(requests, last) == ["temporary_group", "temporary_group", "empty_group"]


@pytest.mark.parametrize("is_moved", [False, True], ids=["in its place", "moved to the dark"])
def test_that_a_hidden_account_that_our_own_first_write_took_out_is_not_taken_for_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch, *, is_moved: bool
) -> None:
    elevation = world.check_out(seconds=HOUR)
    dark = world.console.create_ou("Dark", DistinguishedName(BASE))
    if is_moved:
        world.console.move(elevation.account.guid, dark)
        world.console.hide(dark)
    world.console.hide(elevation.account.guid)
    real = DemoDirectory.empty_group

    def cut_once(directory: DemoDirectory, group: ObjectGuid) -> None:
        real(directory, group)
        monkeypatch.setattr(DemoDirectory, "empty_group", real)
        world.faults.fail_next(Fault.UNAVAILABLE)

    monkeypatch.setattr(DemoDirectory, "empty_group", cut_once)
    world.clock.advance(HOUR)
    world.tick()
    assert world.stored(elevation).state is State.OVERDUE


def test_that_what_becomes_due_while_others_are_tidied_up_does_not_wait_where_one_controller_is_all(
    world: World, requests: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With others it is looked for before each of them is asked; with one that never happens."""
    monkeypatch.setattr("jit_desktop.directory.demo.directory.CONTROLLERS", CONTROLLERS[:1])
    first, second, last = (world.check_out(account=name, seconds=HOUR) for name in names(world)[:3])
    world.store.kept[last.id] = replace(world.stored(last), deadline=last.deadline + timedelta(minutes=1))
    real = DemoDirectory.delete_group

    def slowly(directory: DemoDirectory, group: ObjectGuid) -> None:
        real(directory, group)
        world.clock.advance(60)

    monkeypatch.setattr(DemoDirectory, "delete_group", slowly)
    world.clock.advance(HOUR)
    requests.clear()
    world.tick()
    assert ("delete_group", second.group_guid) not in requests[
        : requests.index(("empty_group", last.group_guid))
    ]
    assert before(requests, last).count("empty_group") == 2
    assert {world.stored(e).state for e in (first, second)} == {State.ENDED}
