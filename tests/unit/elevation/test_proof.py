# SPDX-License-Identifier: MIT
"""An end is proven: by what the account has, on every domain controller, and never by what can't be seen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence

import pytest

from jit_desktop.directory.demo import Fault, Operation
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation.ending import End
from jit_desktop.elevation.errors import ConcurrentChange, StoreLocked
from jit_desktop.elevation.examiner import Examiner
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.inspection import AdviceKind, Inspection
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Elevation, Seen, Step, StepStatus, Transition
from jit_desktop.elevation.ports import GroupScope
from tests.unit.elevation.helpers import BASE, MemoryStore, Recorder
from tests.unit.elevation.world import ALICE, TAKING_BACK, World

DC1, DC2, RODC = (f"{h}.corp.example.test" for h in ("dc1", "dc2", "rodc1"))
TARGET = "Remote Desktop Manager Admins"
DESK = "Remote Desktop Manager Service Desk"
GUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


@pytest.fixture
def world() -> World:
    return World()


def granted(world: World, *names: str) -> Elevation:
    """An elevation of two hours that every domain controller has."""
    elevation = world.check_out(*names)
    world.settle()
    assert elevation.group_guid is not None
    return world.stored(elevation)


def group_of(elevation: Elevation) -> ObjectGuid:
    assert elevation.group_guid is not None
    return elevation.group_guid


def refuse_all(world: World, elevation: Elevation) -> None:
    """Let nothing of what takes it back be allowed."""
    world.console.deny(group_of(elevation))
    for privilege in elevation.privileges:
        world.console.deny(privilege.group.guid)


def elsewhere(world: World) -> DistinguishedName:
    """A unit that has nothing to do with us."""
    return world.console.create_ou("Elsewhere", DistinguishedName(BASE))


def at_deadline(world: World) -> None:
    world.clock.advance(7200)


def examine(world: World, elevation: Elevation) -> Inspection:
    examiner = Examiner(store=world.store, reach=world.service.reach, clock=world.clock, actor=ALICE)
    return examiner.check_now(elevation.id)


# --- what can't be seen proves nothing ----------------------------------------------------------------------


def test_that_a_group_which_is_hidden_loses_its_rights_all_the_same(world: World) -> None:
    elevation = granted(world, TARGET, DESK)
    world.console.hide(group_of(elevation))
    at_deadline(world)
    world.settle()
    assert not world.holds(TARGET)
    assert not world.holds(DESK)
    assert world.stored(elevation).state is State.ENDED


def test_that_a_hidden_group_which_gives_rights_is_an_alarm_and_no_end(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.hide(group_of(elevation))
    refuse_all(world, elevation)
    at_deadline(world)
    for _ in range(3):
        report = world.service.sweep(elevation.provider_id, world.recorder)
        assert [e.id for e in report.overdue] == [elevation.id]
        assert report.ended == ()
        world.clock.advance(300)
    assert world.holds(TARGET)
    assert not GUID.search(world.stored(elevation).failure.replace(elevation.group_name, ""))
    assert elevation.account.name in world.stored(elevation).failure
    found = examine(world, elevation)
    assert any(a.is_alarm for a in found.advice)
    assert "Nothing of it is left" not in found.in_words


def test_that_a_group_hidden_before_its_deadline_ends_nothing_and_is_told(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.hide(group_of(elevation))
    world.clock.advance(60)
    world.tick()
    stored = world.stored(elevation)
    assert stored.state is State.ACTIVE
    assert stored.sight is not None
    assert stored.sight.seen is Seen.NOT_VISIBLE
    assert world.holds(TARGET)


def test_that_a_target_that_is_hidden_is_left_and_that_is_proven(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.hide(elevation.privileges[0].group.guid)
    at_deadline(world)
    world.settle()
    assert not world.console.exists(group_of(elevation))
    assert world.stored(elevation).state is State.ENDED


def test_that_an_account_that_is_hidden_loses_the_right_and_is_an_alarm_until_it_is_seen(
    world: World,
) -> None:
    elevation = granted(world, TARGET)
    world.console.hide(elevation.account.guid)
    at_deadline(world)
    for _ in range(3):
        world.settle()
        assert world.stored(elevation).state is State.OVERDUE
        world.clock.advance(300)
    assert not world.console.exists(group_of(elevation))
    assert "does not show which groups" in world.stored(elevation).failure
    world.console.show(elevation.account.guid)
    world.clock.advance(300)
    world.settle()
    assert world.stored(elevation).state is State.ENDED


def test_that_an_account_that_was_deleted_meanwhile_is_no_alarm(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.delete(elevation.account.guid)
    world.settle()
    at_deadline(world)
    world.settle()
    assert world.stored(elevation).state is State.ENDED
    assert not [a for a in examine(world, elevation).advice if a.is_alarm]


def test_that_a_hidden_account_that_keeps_the_right_is_an_alarm(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.hide(elevation.account.guid)
    world.console.hide(group_of(elevation))
    refuse_all(world, elevation)
    at_deadline(world)
    world.tick()
    assert world.stored(elevation).state is State.OVERDUE


def test_that_a_right_by_a_way_that_cannot_be_seen_is_an_alarm(world: World) -> None:
    elevation = granted(world, TARGET)
    secret = world.console.create_group("Hidden helpers", elsewhere(world), GroupScope.GLOBAL)
    world.console.add_member(secret, elevation.account.dn)
    world.console.add_member(elevation.privileges[0].group.dn, secret)
    world.console.hide(secret)
    at_deadline(world)
    world.tick()
    overdue = world.stored(elevation)
    assert overdue.state is State.OVERDUE
    assert f"still has {elevation.privileges[0].label}, by a way that can't be seen" in overdue.failure
    world.settle()
    found = examine(world, elevation)
    assert AdviceKind.NOT_VISIBLE in [a.kind for a in found.advice]
    assert "is not proven" in found.in_words


# --- what stays is told -------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["direct", "group"])
def test_that_a_right_that_stays_by_another_way_is_stored_and_told(world: World, way: str) -> None:
    elevation = granted(world, TARGET)
    target = elevation.privileges[0].group.dn
    if way == "direct":
        world.console.add_member(target, elevation.account.dn)
    else:
        group = world.console.create_group("Old admins", elsewhere(world), GroupScope.GLOBAL)
        world.console.add_member(group, elevation.account.dn)
        world.console.add_member(target, group)
    world.settle()
    at_deadline(world)
    world.settle()
    ended = world.stored(elevation)
    assert ended.state is State.ENDED
    (right,) = ended.remains
    assert right.label == elevation.privileges[0].label
    assert right.ways == (("a direct membership",) if way == "direct" else ("Old admins",))
    (told,) = [t.detail for t in world.store.moves if t.event is Event.END_CONFIRMED]
    assert "permanently" in told
    assert "permanently" in examine(world, elevation).in_words


# --- two ways to end ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("allowed", TAKING_BACK)
def test_that_each_of_the_ways_to_end_suffices(world: World, allowed: Operation) -> None:
    elevation = granted(world, TARGET, DESK)
    world.faults.fail_always(Fault.ACCESS_DENIED, *(set(TAKING_BACK) - {allowed}))
    at_deadline(world)
    world.settle()
    assert not world.holds(TARGET)
    assert not world.holds(DESK)
    assert world.stored(elevation).state is State.ENDED


@pytest.mark.parametrize("allowed", TAKING_BACK)
def test_that_each_of_the_ways_to_end_suffices_for_a_check_in(world: World, allowed: Operation) -> None:
    elevation = granted(world, TARGET, DESK)
    world.faults.fail_always(Fault.ACCESS_DENIED, *(set(TAKING_BACK) - {allowed}))
    world.service.check_in(elevation.id, world.recorder)
    assert not world.holds(TARGET)
    assert not world.holds(DESK)


@pytest.mark.parametrize("refusing", [TARGET, DESK])
def test_that_a_chosen_group_that_refuses_keeps_no_other_right(world: World, refusing: str) -> None:
    elevation = granted(world, TARGET, DESK)
    world.console.deny(group_of(elevation))
    world.console.deny(world.privilege(refusing))
    at_deadline(world)
    world.tick()
    assert [name for name in (TARGET, DESK) if world.holds(name)] == [refusing]
    assert world.stored(elevation).state is State.OVERDUE


@pytest.mark.parametrize(("gone", "other"), [(TARGET, DESK), (DESK, TARGET)])
def test_that_a_chosen_group_that_is_gone_keeps_no_other_right(world: World, gone: str, other: str) -> None:
    elevation = granted(world, TARGET, DESK)
    world.console.deny(group_of(elevation))
    world.console.delete(world.privilege(gone))
    at_deadline(world)
    world.tick()
    assert not world.holds(other)


def test_that_a_right_through_a_group_that_was_put_elsewhere_too_is_an_alarm(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.add_member(world.privilege(DESK), group_of(elevation))
    world.console.deny(group_of(elevation), Operation.EMPTY_GROUP, Operation.DELETE_GROUP)
    at_deadline(world)
    world.settle()
    assert world.holds(DESK)
    assert world.stored(elevation).state is State.OVERDUE


def test_that_a_group_that_can_not_be_deleted_is_told_and_removed_later(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.deny(group_of(elevation), Operation.DELETE_GROUP)
    at_deadline(world)
    world.settle()
    ended = world.stored(elevation)
    assert ended.state is State.ENDED
    assert "and gives nothing" in ended.leftover
    assert world.groups_there() == [elevation.group_name]
    world.console.allow(group_of(elevation))
    world.clock.advance(7200)
    world.tick()
    assert world.groups_there() == []
    assert world.stored(elevation).leftover == ""


def test_that_a_step_is_said_as_it_was_read_back(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.deny(group_of(elevation), Operation.DELETE_GROUP, Operation.EMPTY_GROUP)
    at_deadline(world)
    world.settle()
    said = {s.step: s.status for s in world.recorder.steps if s.subject == elevation.group_name}
    assert said[Step.UNNEST_GROUP] is StepStatus.DONE
    assert said[Step.EMPTY_GROUP] is StepStatus.WARNING
    assert said[Step.DELETE_GROUP] is StepStatus.WARNING


# --- one way into ended -------------------------------------------------------------------------------------


def test_that_what_somebody_else_removed_is_ended_only_when_every_controller_says_so(
    world: World,
) -> None:
    elevation = granted(world, TARGET)
    world.console.delete(group_of(elevation))
    report = world.service.sweep(elevation.provider_id, world.recorder)
    assert (report.ended, report.ending) == ((), ())
    assert world.stored(elevation).state is State.ACTIVE
    world.settle()
    ended = world.stored(elevation)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.REMOVED_ELSEWHERE)


def test_that_an_end_which_died_before_its_deadline_is_done_at_the_deadline(world: World) -> None:
    elevation = granted(world, TARGET)
    clock = world.service.reach.domain_clock(elevation.provider_id)
    world.clock.advance(elevation.remaining(clock.now()).total_seconds() - 10)
    journal = Journal(world.store, Recorder(), ALICE, clock.now)
    End(clock, journal).start(elevation, EndReason.CHECK_IN)
    world.clock.advance(11)
    world.tick()
    assert not world.holds(TARGET)


def test_that_a_colleagues_check_in_shows_within_one_tick(world: World) -> None:
    elevation = granted(world, TARGET)
    colleague = world.another_copy(MemoryStore(), "CORP\\bob")
    colleague.sweep(elevation.provider_id, Recorder())
    colleague.check_in(elevation.id, Recorder())
    world.clock.advance(15)
    world.tick()
    world.settle()
    assert world.stored(elevation).state is State.ENDED


def test_that_what_somebody_changed_shows_within_one_tick(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.remove_member(elevation.privileges[0].group.dn, group_of(elevation))
    world.clock.advance(15)
    world.tick()
    sight = world.stored(elevation).sight
    assert sight is not None
    assert sight.seen is Seen.CHANGED
    assert "is not in" in sight.words


# --- nothing due waits for what is only told ----------------------------------------------------------------


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    done: list[str] = []
    for name in ("empty_group", "take_out", "delete_group"):
        real: Callable[..., object] = getattr(DemoDirectory, name)

        def noted(*args: object, _real: Callable[..., object] = real, _name: str = name) -> object:
            done.append(_name)
            return _real(*args)

        monkeypatch.setattr(DemoDirectory, name, noted)
    return done


def test_that_all_rights_go_before_anything_is_tidied_up(world: World, writes: list[str]) -> None:
    accounts = [a.account.name for a in world.provider.accounts][:3]
    for name in accounts:
        world.check_out(account=name)
    at_deadline(world)
    world.tick()
    assert writes[: len(accounts)] == ["empty_group"] * len(accounts)
    assert writes.count("delete_group") == len(accounts)


def test_that_rights_of_groups_which_can_not_be_emptied_go_before_anything_is_tidied_up(
    world: World, writes: list[str]
) -> None:
    accounts = [a.account.name for a in world.provider.accounts][:3]
    for name in accounts:
        world.check_out(account=name)
    at_deadline(world)
    world.faults.fail_always(Fault.ACCESS_DENIED, Operation.EMPTY_GROUP)
    world.tick()
    assert writes[: writes.index("delete_group")].count("take_out") >= len(accounts)


def test_that_what_becomes_due_while_others_are_confirmed_loses_its_rights_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [a.account.name for a in world.provider.accounts if "backup" not in a.account.name][:2]
    for name in (first, second):
        world.check_out(account=name)
    later = world.check_out(seconds=7210)
    at_deadline(world)
    real = DemoDirectory.delete_group

    def slow(directory: DemoDirectory, what: ObjectGuid) -> None:
        world.clock.advance(20)
        real(directory, what)

    monkeypatch.setattr(DemoDirectory, "delete_group", slow)
    world.tick()
    assert not world.holds(), "its deadline came while the others were tidied up"
    assert world.stored(later).state is State.ACTIVE, "the rest is for the next pass"


@pytest.mark.expects_log("store refused")
def test_that_a_locked_store_delays_no_end(world: World) -> None:
    accounts = [a.account.name for a in world.provider.accounts][:3]
    for name in accounts:
        world.check_out(account=name)
    at_deadline(world)
    world.store.fail_writes_with = StoreLocked("The database is locked.")
    report = world.service.sweep(world.provider.id, world.recorder)
    assert all(world.nothing_left(name) for name in accounts)
    assert len(report.unrecorded) == len(accounts)
    world.store.fail_writes_with = None
    world.clock.advance(60)
    world.settle()
    assert {e.state for e in world.store.kept.values()} == {State.ENDED}


def test_that_no_end_waits_for_a_store_that_somebody_else_has_locked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.check_out()
    at_deadline(world)
    waited: list[bool] = []
    real = MemoryStore.advance_all

    def noted(
        store: MemoryStore, moves: Sequence[tuple[Elevation, Transition]], *, wait: bool = True
    ) -> Sequence[Elevation | ConcurrentChange]:
        waited.append(wait)
        return real(store, moves, wait=wait)

    monkeypatch.setattr(MemoryStore, "advance_all", noted)
    world.tick()
    assert waited[0] is False


def test_that_one_cut_of_the_connection_is_no_alarm(world: World) -> None:
    accounts = [a.account.name for a in world.provider.accounts][:3]
    for name in accounts:
        world.check_out(account=name)
    at_deadline(world)
    world.faults.fail_next(Fault.LOST_ANSWER, Operation.DELETE_GROUP, nth=2)
    report = world.service.tick(world.recorder)
    assert report.overdue == ()
    assert Event.END_UNCONFIRMED not in [t.event for t in world.store.moves]
    world.settle()
    assert {e.state for e in world.store.kept.values()} == {State.ENDED}


def test_that_what_was_not_tried_over_a_cut_connection_is_tried_at_once_by_whoever_comes(
    world: World,
) -> None:
    accounts = [a.account.name for a in world.provider.accounts][:3]
    for name in accounts:
        world.check_out(account=name)
    at_deadline(world)
    world.faults.fail_next(Fault.LOST_ANSWER, Operation.DELETE_GROUP, nth=2)
    world.faults.fail_next(Fault.LOST_ANSWER, Operation.DELETE_GROUP, nth=3)
    world.tick()
    world.another_copy(world.store).tick(Recorder())
    assert all(world.nothing_left(name) for name in accounts)


def test_that_a_connection_that_is_always_cut_at_one_keeps_no_other_alive(world: World) -> None:
    first = world.check_out(account="_sqladmin02")
    other = world.check_out()
    at_deadline(world)
    world.console.deny(group_of(first))
    for nth in (1, 2):
        world.faults.fail_next(Fault.LOST_REQUEST, Operation.EMPTY_GROUP, nth=nth)
    world.tick()
    world.clock.advance(1)
    world.tick()
    assert not world.holds()
    assert other.id != first.id


def test_that_one_at_which_the_connection_was_cut_is_tried_after_all_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.check_out(account="_sqladmin02")
    world.check_out()
    at_deadline(world)
    real = DemoDirectory.empty_group

    def cut(directory: DemoDirectory, what: ObjectGuid) -> None:
        if what == first.group_guid:
            world.faults.fail_next(Fault.LOST_REQUEST, Operation.EMPTY_GROUP)
        real(directory, what)

    monkeypatch.setattr(DemoDirectory, "empty_group", cut)
    world.tick()
    assert not world.holds()


def test_that_one_cut_of_the_connection_does_not_fail_a_check_in(world: World) -> None:
    elevation = granted(world, TARGET)
    world.faults.fail_next(Fault.LOST_ANSWER, Operation.DELETE_GROUP)
    ended = world.service.check_in(elevation.id, world.recorder)
    assert ended.state is not State.OVERDUE
    assert not world.holds(TARGET)


def test_that_looks_are_counted_from_when_it_was_removed(world: World) -> None:
    elevation = granted(world, TARGET)
    refuse_all(world, elevation)
    at_deadline(world)
    for _ in range(9):
        world.tick()
        world.clock.advance(300)
    assert world.stored(elevation).attempts > 1
    world.console.allow(group_of(elevation))
    world.console.allow(world.privilege(TARGET))
    world.tick()
    stored = world.stored(elevation)
    assert (stored.state, stored.attempts) == (State.ENDING, 1)


def test_that_a_controller_that_is_being_restored_proves_nothing(world: World) -> None:
    elevation = granted(world, TARGET)
    world.console.set_synchronized(DC2, synchronized=False)
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    ended = world.stored(elevation)
    assert DC2 in ended.unconfirmed_on
    world.console.set_synchronized(DC2, synchronized=True)
    world.clock.advance(3600)
    world.tick()
    assert world.stored(elevation).unconfirmed_on == ()


def test_that_a_pass_that_is_broken_off_raises_no_alarm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = [world.check_out(account=name, seconds=600) for name in ("_backupoperator15", "_sqladmin02")]
    world.clock.advance(601)
    real = DemoDirectory.empty_group

    def broken_off(directory: DemoDirectory, what: ObjectGuid) -> None:
        real(directory, what)
        world.service.reach.cancel_all()

    monkeypatch.setattr(DemoDirectory, "empty_group", broken_off)
    world.service.tick(world.recorder)
    assert State.OVERDUE not in [world.stored(elevation).state for elevation in lent]


def test_that_a_connection_whose_time_is_over_is_of_no_more_use(world: World) -> None:
    with world.service.reach.controllers(world.provider) as controllers:
        assert controllers.main.is_usable
        controllers.main.work_until(time.monotonic() - 1)
        assert not controllers.main.is_usable
