# SPDX-License-Identifier: MIT
"""Domain controllers that were away when an elevation ended: named, asked again, and cleaned when back."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from jit_desktop.directory.demo import DemoConnector, Fault, Operation
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation import remaining
from jit_desktop.elevation.confirming import LONGEST_PAUSE_SECONDS
from jit_desktop.elevation.controllers import FORGOTTEN_AFTER, OTHERS
from jit_desktop.elevation.errors import AccessDenied, DirectoryError, DirectoryUnavailable
from jit_desktop.elevation.examiner import Examiner
from jit_desktop.elevation.identity import ObjectGuid, SecurityId
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import Elevation, Step
from jit_desktop.elevation.ports import Directory, DomainController, GroupScope, TemporaryGroup
from jit_desktop.elevation.settings import ReplicationMode
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.world import ALICE, TAKING_BACK, World

DC1, DC2, RODC = "dc1.corp.example.test", "dc2.corp.example.test", "rodc1.corp.example.test"


@pytest.fixture
def world() -> World:
    return World()


def ended_without(world: World, *hosts: str) -> Elevation:
    """An elevation that all have heard of and that ended while ``hosts`` were away."""
    elevation = world.check_out()
    world.settle()
    for host in hosts:
        world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    ended = world.stored(elevation)
    assert (ended.state, ended.unconfirmed_on) == (State.ENDED, hosts)
    return ended


def said(world: World, host: str) -> list[str]:
    return [s.message for s in world.recorder.steps if s.step is Step.CONFIRM_END and s.subject == host]


def moves(world: World) -> list[Event]:
    return [t.event for t in world.store.moves]


def test_that_it_is_confirmed_by_a_tick_when_the_controller_is_back(world: World) -> None:
    elevation = ended_without(world, RODC)
    world.faults.clear()
    world.clock.advance(60)
    report = world.service.tick(world.recorder)
    assert [e.id for e in report.changed] == [elevation.id]
    assert world.stored(elevation).unconfirmed_on == ()
    assert moves(world)[-1] is Event.CONFIRMED_LATER
    assert "is back and shows that it has ended" in said(world, RODC)[-1]


def test_that_a_restarted_program_or_a_sweep_asks_at_once(world: World) -> None:
    elevation = ended_without(world, RODC)
    world.faults.clear()
    report = world.another_copy(world.store).sweep(elevation.provider_id, Recorder())
    assert report.problem == ""
    assert world.stored(elevation).unconfirmed_on == ()


def test_that_each_controller_is_confirmed_for_itself(world: World) -> None:
    elevation = ended_without(world, DC2, RODC)
    world.faults.clear()
    world.faults.fail_always(Fault.UNAVAILABLE, controller=RODC)
    world.clock.advance(60)
    world.tick()
    assert world.stored(elevation).unconfirmed_on == (RODC,)


def test_that_nothing_is_recorded_while_nothing_changes_and_the_pauses_grow_to_an_hour(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended_without(world, RODC)
    moved, steps = len(world.store.moves), len(world.store.kept_steps)
    asked: list[float] = []
    connect = world.connector.connect

    def noted(*arguments: object, server: str = "", **_: object) -> Directory:
        if server == RODC:
            asked.append(world.clock.ticks)
        return connect(*arguments, server=server)  # type: ignore[arg-type]

    monkeypatch.setattr(world.connector, "connect", noted)
    for _ in range(4 * 3600 // 15):
        world.clock.advance(15)
        world.tick()
    assert (len(world.store.moves), len(world.store.kept_steps)) == (moved, steps)
    pauses = [b - a for a, b in itertools.pairwise(asked)]
    assert pauses[0] <= 60
    assert pauses == sorted(pauses)
    assert LONGEST_PAUSE_SECONDS <= pauses[-1] <= LONGEST_PAUSE_SECONDS + 15


def test_that_what_a_controller_still_shows_when_it_is_back_is_removed_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = ended_without(world, DC1)
    assert elevation.group_guid is not None
    assert elevation.domain_controller == DC1
    world.faults.clear()
    group = _shown_again(world, elevation, monkeypatch, DC1)
    world.clock.advance(60)
    world.tick()
    assert group == ["deleted"]
    assert world.stored(elevation).unconfirmed_on == ()
    assert "elevation.removed-again" in world.store.audited
    assert f"{DC1} is back and still shows it." in said(world, DC1)


def test_that_what_the_account_has_besides_is_told_when_one_that_was_away_is_back(world: World) -> None:
    """Whoever had the right there could give it to himself for good meanwhile."""
    elevation = ended_without(world, DC2)
    target = elevation.privileges[0]
    world.console.add_member(target.group.guid, elevation.account.guid)
    world.settle()
    world.faults.clear()
    world.clock.advance(60)
    report = world.service.sweep(world.provider.id, world.recorder)
    (told,) = report.ended
    assert [(right.label, right.ways) for right in told.remains] == [(target.label, ("a direct membership",))]
    assert world.stored(elevation).remains == told.remains
    assert said(world, DC2)[-1] == (
        f"{DC2} is back and shows that it has ended. {elevation.account.name} still has {target.label} "
        "permanently, through a direct membership, since during this elevation."
    )
    world.clock.advance(LONGEST_PAUSE_SECONDS)
    assert world.service.sweep(world.provider.id, world.recorder).ended == (), "it is told once"


def test_that_what_gives_a_right_there_is_removed_though_it_is_not_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = ended_without(world, DC1)
    world.faults.clear()
    removed: list[str] = []
    held, sid = DemoDirectory.token_groups, elevation.privileges[0].sid
    assert sid is not None

    def holds(directory: DemoDirectory, account: ObjectGuid) -> frozenset[SecurityId]:
        still = {sid} if directory.info.controller == DC1 and not removed else set()
        return held(directory, account) | still

    monkeypatch.setattr(DemoDirectory, "token_groups", holds)
    monkeypatch.setattr(DemoDirectory, "empty_group", lambda *_: None)
    monkeypatch.setattr(DemoDirectory, "delete_group", lambda d, _: removed.append(d.info.controller))
    world.clock.advance(60)
    world.tick()
    assert removed == [DC1]
    assert world.stored(elevation).unconfirmed_on == ()


def test_that_a_read_only_controller_is_not_written_but_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = ended_without(world, RODC)
    world.faults.clear()
    with monkeypatch.context() as still:
        group = _shown_again(world, elevation, still, RODC)
        world.clock.advance(60)
        world.tick()
        assert group == []
        assert world.stored(elevation).unconfirmed_on == (RODC,)
        assert said(world, RODC)[-1] == f"{RODC} still shows the temporary group."
    world.clock.advance(3600)
    world.tick()
    assert world.stored(elevation).unconfirmed_on == ()


def test_that_a_controller_that_refuses_the_removal_is_a_problem(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = ended_without(world, DC1)
    world.faults.clear()
    _shown_again(world, elevation, monkeypatch, DC1)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK)
    world.clock.advance(60)
    report = world.service.tick(world.recorder)
    assert elevation.provider_id in report.problems
    assert world.stored(elevation).unconfirmed_on == (DC1,)


def test_that_one_that_left_the_list_while_it_was_away_is_asked_until_it_can_not_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be hidden, or be switched on again after its traces were cleaned up."""
    elevation = ended_without(world, RODC)
    leave_out(monkeypatch, RODC)
    for _ in range(3):
        world.clock.advance(7200)
        world.tick()
        assert world.stored(elevation).unconfirmed_on == (RODC,)
    assert said(world, RODC)[-1].startswith(f"{RODC} left the list of domain controllers")
    world.clock.advance(FORGOTTEN_AFTER.total_seconds())
    world.tick()
    assert world.stored(elevation).unconfirmed_on == ()
    assert said(world, RODC)[-1] == f"{RODC} is no domain controller any more."


def test_that_one_that_left_the_list_while_it_was_away_loses_the_right_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = ended_without(world, DC1)
    leave_out(monkeypatch, DC1)
    world.change(
        replace(world.provider, connection=replace(world.provider.connection, server=DC2)),
    )
    world.clock.advance(60)
    world.tick()
    world.faults.clear()
    group = _shown_again(world, elevation, monkeypatch, DC1)
    again = world.another_copy(world.store)  # in a new process
    again.sweep(elevation.provider_id, world.recorder)
    assert group == ["deleted"]


def test_that_who_answers_under_the_name_of_another_one_is_not_that_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where an address is stale and one certificate is valid for all of them."""
    elevation = world.check_out()
    world.settle()
    connect = DemoConnector.connect

    def astray(self: DemoConnector, *arguments: Any, server: str = "", **options: Any) -> Directory:
        return connect(self, *arguments, server=DC1 if server == DC2 else server, **options)

    monkeypatch.setattr(DemoConnector, "connect", astray)
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    ended = world.stored(elevation)
    assert (ended.state, ended.unconfirmed_on) == (State.ENDED, (DC2,))
    assert f"{DC1} answers under the name of {DC2}." in said(world, DC2)[-1]


def test_that_no_host_of_the_store_alone_is_asked_that_is_not_in_the_domain(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = ended_without(world, RODC)
    elsewhere = "dc1.elsewhere.test"
    world.store.kept[elevation.id] = replace(elevation, unconfirmed_on=(elsewhere,))
    asked: list[str] = []
    connect = DemoConnector.connect

    def noted(self: DemoConnector, *arguments: Any, server: str = "", **options: Any) -> Directory:
        asked.append(server)
        return connect(self, *arguments, server=server, **options)

    monkeypatch.setattr(DemoConnector, "connect", noted)
    world.clock.advance(60)
    world.tick()
    assert asked
    assert elsewhere not in asked
    assert world.stored(elevation).unconfirmed_on == (elsewhere,)


def test_that_one_that_is_back_and_being_restored_confirms_nothing(world: World) -> None:
    elevation = world.check_out()
    world.settle()
    world.console.set_synchronized(DC2, synchronized=False)
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    for _ in range(3):
        world.clock.advance(300)
        world.tick()
        assert world.stored(elevation).unconfirmed_on == (DC2,)
    assert said(world, DC2) == [f"{DC2} could not be asked: {DC2} is being promoted or restored."]
    world.console.set_synchronized(DC2, synchronized=True)
    world.clock.advance(3600)
    world.tick()
    assert world.stored(elevation).unconfirmed_on == ()


def test_that_what_one_shows_while_it_is_restored_is_removed_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = ended_without(world, DC1)
    world.faults.clear()
    world.console.set_synchronized(DC1, synchronized=False)
    group = _shown_again(world, elevation, monkeypatch, DC1)
    world.change(
        replace(world.provider, connection=replace(world.provider.connection, server=DC2)),
    )
    world.clock.advance(60)
    world.tick()
    assert group == ["deleted"]
    assert world.stored(elevation).unconfirmed_on == (DC1,)


def hide_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """The account that signs in may not read the sites any more."""
    monkeypatch.setattr(
        DemoDirectory,
        "domain_controllers",
        lambda self: (DomainController(self.info.controller, is_listed=False),),
    )


def test_that_a_list_that_is_not_shown_proves_nobody_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = ended_without(world, DC2)
    hide_the_list(monkeypatch)
    for _ in range(3):
        world.clock.advance(3600)
        world.service.sweep(elevation.provider_id, world.recorder)
        world.tick()
        assert world.stored(elevation).unconfirmed_on == (DC2,)
    assert world.store.known_controllers(elevation.provider_id) == (DC1, DC2, RODC)
    world.faults.clear()
    world.clock.advance(3600)
    world.tick()
    assert world.stored(elevation).unconfirmed_on == ()
    assert said(world, DC2)[-1] == f"{DC2} is back and shows that it has ended."


def test_that_those_of_the_last_list_are_asked_where_it_is_not_shown_any_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    world.settle()
    hide_the_list(monkeypatch)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    assert world.stored(elevation).unconfirmed_on == (DC2, OTHERS)
    assert said(world, RODC)[-1] == f"{RODC} shows that it has ended."


@pytest.mark.parametrize("are_back", [True, False])
def test_that_only_those_are_said_to_have_confirmed_it_that_have(
    world: World, monkeypatch: pytest.MonkeyPatch, are_back: bool
) -> None:
    """The list was not shown when it ended, and is now: those that it names are still to be asked."""
    elevation = world.check_out()
    world.settle()
    with monkeypatch.context() as patch:
        hide_the_list(patch)
        world.store.kept_controllers.clear()
        world.service.check_in(elevation.id, world.recorder)
        world.settle()
    assert world.stored(elevation).unconfirmed_on == (OTHERS,)
    away = () if are_back else (DC2, RODC)
    for host in away:
        world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    world.clock.advance(3600)
    world.tick()
    assert world.stored(elevation).unconfirmed_on == away
    confirmed = [host for host in (DC1, DC2, RODC) if host not in away]
    assert world.store.moves[-1].detail == f"Confirmed for {', '.join(confirmed)}."


@pytest.mark.parametrize("mode", list(ReplicationMode))
def test_that_a_domain_whose_list_is_not_shown_is_worked_with_and_not_called_all_of_it(
    mode: ReplicationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_the_list(monkeypatch)
    world = World(mode=mode, latency_seconds=30)
    elevation = world.check_out()
    warned = [
        s.subject for s in world.recorder.steps if s.step is Step.CHECK_ACCOUNT and "asked" in s.message
    ]
    assert warned == [OTHERS], "it may be checked out by a copy at one of those"
    world.clock.advance(31)
    world.tick()
    assert world.stored(elevation).state is State.ACTIVE
    assert "every domain controller" not in "".join(t.detail for t in world.store.moves)
    examiner = Examiner(store=world.store, reach=world.service.reach, clock=world.clock, actor=ALICE)
    assert "every domain controller" not in examiner.check_now(elevation.id).in_words
    world.clock.advance(7200)
    world.tick()
    ended = world.stored(elevation)
    assert (ended.state, ended.unconfirmed_on) == (State.ENDED, (OTHERS,))
    assert world.nothing_left()
    assert world.store.moves[-1].detail == f"Could not be asked: {OTHERS}."
    assert f"{OTHERS} could not be asked" in said(world, OTHERS)[-1]
    for _ in range(2):
        world.clock.advance(3600)
        world.tick()
        assert world.stored(elevation).unconfirmed_on == (OTHERS,)
    monkeypatch.undo()
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    world.clock.advance(3600)
    world.tick()
    assert world.stored(elevation).unconfirmed_on == (DC2,), (
        "the list is shown now, and the others have answered"
    )


def leave_out(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """As where it may not be seen, neither in the sites nor as a computer."""
    real = DemoDirectory.domain_controllers
    monkeypatch.setattr(
        DemoDirectory, "domain_controllers", lambda self: [c for c in real(self) if c.host != host]
    )


def test_that_of_a_group_that_is_only_not_shown_nobody_says_that_it_is_gone(world: World) -> None:
    elevation = world.check_out()
    world.settle()
    assert elevation.group_guid is not None
    world.console.deny(elevation.group_guid, Operation.DELETE_GROUP)
    world.console.hide(elevation.group_guid)
    world.clock.advance(7200)
    world.settle()
    told = {s.step: s.message for s in world.recorder.steps if s.elevation_id == elevation.id}
    assert "gone" not in told[Step.DELETE_GROUP]
    assert told[Step.EMPTY_GROUP] == "The account has nothing by it any more."


def test_that_one_that_left_the_list_and_answers_is_asked_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    world.settle()
    leave_out(monkeypatch, DC2)
    world.stop_replication(monkeypatch, DC2)
    world.clock.advance(7200)
    world.tick()
    assert world.stored(elevation).is_open
    for _ in range(10):
        world.clock.advance(30)
        world.tick()
    assert not world.holds(server=DC2)
    assert world.stored(elevation).state is State.ENDED
    assert DC2 in world.store.known_controllers(elevation.provider_id)


def test_that_one_that_answers_and_hides_a_part_is_no_one_that_could_not_be_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was hidden there matters only where the right is still there."""
    elevation = world.check_out()
    world.settle()
    world.stop_replication(monkeypatch, DC2)
    real = DemoDirectory.groups_of

    def hidden(self: DemoDirectory, *args: Any, **options: Any) -> Any:
        if self.info.controller == DC2:
            raise AccessDenied("The object may not be seen by the account that signs in.")
        return real(self, *args, **options)

    monkeypatch.setattr(DemoDirectory, "groups_of", hidden)
    world.clock.advance(7200)
    world.tick()
    assert world.stored(elevation).is_open
    assert world.stored(elevation).unconfirmed_on == ()
    for _ in range(10):
        world.clock.advance(30)
        world.tick()
    assert not world.holds(server=DC2)
    assert world.stored(elevation).state is State.ENDED


def test_that_who_was_to_be_asked_later_still_is_where_the_list_is_not_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    world.settle()
    world.store.kept[elevation.id] = replace(world.stored(elevation), unconfirmed_on=(DC2,))
    world.store.kept_controllers.clear()
    hide_the_list(monkeypatch)
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    assert set(world.stored(elevation).unconfirmed_on) == {DC2, OTHERS}


def ended_with_a_leftover(world: World, *, shown: bool) -> tuple[Elevation, ObjectGuid]:
    """An elevation whose group could not be deleted, and the group."""
    elevation = world.check_out()
    world.settle()
    group = world.stored(elevation).group_guid
    assert group is not None
    world.console.deny(group, Operation.DELETE_GROUP)
    if not shown:
        world.console.hide_contents(elevation.location.guid)
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    ended = world.stored(elevation)
    assert ended.state is State.ENDED
    assert ended.leftover
    return ended, group


def test_that_a_group_that_can_not_be_deleted_or_seen_is_not_said_to_be_gone(world: World) -> None:
    ended, group = ended_with_a_leftover(world, shown=False)
    assert "can't be seen" in ended.leftover
    told = [s.message for s in world.recorder.steps if s.step is Step.DELETE_GROUP]
    assert told
    assert not any("is gone" in message for message in told)
    assert world.console.exists(group)


@pytest.mark.parametrize("hidden", ["location", "group in a chosen one"])
def test_that_what_is_left_over_is_not_gone_because_it_is_not_shown_any_more(
    world: World, hidden: str
) -> None:
    ended, group = ended_with_a_leftover(world, shown=True)
    if hidden == "location":
        world.console.hide_contents(ended.location.guid)
    else:
        world.console.hide(group)
        world.console.add_member(world.privilege(), group)
        world.console.deny(world.privilege(), Operation.TAKE_OUT)
    world.clock.advance(3600)
    world.tick()
    assert world.stored(ended).leftover == ended.leftover
    world.console.allow(world.privilege())
    world.console.show(ended.location.guid)
    world.console.delete(group)
    world.clock.advance(3600)
    world.tick()
    assert world.stored(ended).leftover == ""


def test_that_the_second_copy_finds_it_confirmed(world: World) -> None:
    elevation = ended_without(world, RODC)
    world.faults.clear()
    other = world.another_copy(MemoryStore())
    other.sweep(elevation.provider_id, Recorder())
    world.clock.advance(60)
    world.tick()
    assert moves(world).count(Event.CONFIRMED_LATER) == 1


def _shown_again(world: World, elevation: Elevation, monkeypatch: pytest.MonkeyPatch, host: str) -> list[str]:
    """Let ``host`` show the group until it is deleted there; returns what happens to it."""
    happened: list[str] = []
    read, delete = DemoDirectory.temporary_group, DemoDirectory.delete_group

    def shows(directory: DemoDirectory, what: object) -> object:
        if directory.info.controller == host and what == elevation.group_guid and not happened:
            assert elevation.group_guid is not None
            return TemporaryGroup(elevation.group_guid, elevation.location.dn, elevation.group_name)
        return read(directory, what)  # type: ignore[arg-type]

    def deletes(directory: DemoDirectory, what: object) -> None:
        world_fault = world.faults.next_fault(Operation.DELETE_GROUP, host)
        if world_fault is not None:
            delete(directory, what)  # type: ignore[arg-type]
        happened.append("deleted")

    monkeypatch.setattr(DemoDirectory, "temporary_group", shows)
    monkeypatch.setattr(DemoDirectory, "delete_group", deletes)
    monkeypatch.setattr(DemoDirectory, "empty_group", lambda *_: None)
    return happened


def test_that_a_sweep_says_which_domain_controllers_it_could_not_search(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something may be shown by these alone."""
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    report = world.service.sweep(world.provider.id, world.recorder)
    assert [host for host, _ in report.unsearched] == [DC2]
    world.faults.clear()
    hide_the_list(monkeypatch)
    world.clock.advance(60)
    report = world.service.sweep(world.provider.id, world.recorder)
    assert OTHERS in [host for host, _ in report.unsearched]


@pytest.mark.expects_log("A fault of the program with the elevation of")
def test_that_a_fault_with_one_keeps_no_other_from_being_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [a.account.name for a in world.provider.accounts][:2]
    first, second = (world.check_out(account=name) for name in names)
    world.settle()
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    world.stop_replication(monkeypatch, DC2)
    for elevation in (first, second):
        world.service.check_in(elevation.id, world.recorder)
    world.settle()
    world.faults.clear()

    def odd(elevation: Elevation, *args: Any, **options: Any) -> Any:
        if elevation.id == first.id:
            raise ValueError("Nobody has thought of that.")
        return remaining.look(elevation, *args, **options)

    monkeypatch.setattr("jit_desktop.elevation.confirming.look", odd)
    report = world.another_copy(world.store).sweep(world.provider.id, Recorder())
    assert not world.holds(account=names[1], server=DC2)
    assert world.stored(second).unconfirmed_on == ()
    assert world.stored(first).unconfirmed_on == (DC2,)
    assert names[0] in report.problem


def test_that_one_that_is_back_with_the_right_is_asked_at_once_whatever_the_pause(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service has paused for up to an hour by then, and its sweeps see the group."""
    elevation = world.check_out()
    world.settle()
    world.stop_replication(monkeypatch, DC2)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    for _ in range(8):
        world.clock.advance(3600)
        world.service.sweep(elevation.provider_id, world.recorder)
    assert world.stored(elevation).unconfirmed_on == (DC2,)
    world.faults.clear()
    world.clock.advance(60)
    world.service.sweep(elevation.provider_id, world.recorder)
    assert not world.holds(server=DC2)
    assert world.stored(elevation).unconfirmed_on == ()


@pytest.mark.parametrize(
    "error", [AccessDenied("It may not be listed."), DirectoryUnavailable("The domain controller is busy.")]
)
def test_that_a_list_of_domain_controllers_that_is_refused_keeps_no_right_alive(
    world: World, monkeypatch: pytest.MonkeyPatch, error: DirectoryError
) -> None:
    elevation = world.check_out()

    def refuse(_: DemoDirectory) -> Sequence[DomainController]:
        raise error

    monkeypatch.setattr(DemoDirectory, "domain_controllers", refuse)
    world.clock.advance(7200)
    world.tick()
    assert not world.holds()
    world.settle()
    assert world.stored(elevation).state is State.ENDED
    assert world.stored(elevation).unconfirmed_on == (OTHERS,)


def test_that_a_write_that_is_refused_shows_that_what_is_not_shown_is_there(world: World) -> None:
    """No chosen group has it as a member, and its location, which may be listed, does not show it."""
    ended, group = ended_with_a_leftover(world, shown=True)
    world.console.hide(group)
    world.clock.advance(3600)
    world.tick()
    assert world.stored(ended).leftover == ended.leftover


def test_that_what_is_left_over_and_gives_again_is_an_alarm_at_once(world: World) -> None:
    elevation = world.check_out()
    world.settle()
    group = world.stored(elevation).group_guid
    assert group is not None
    middle = world.console.create_group("Middle", elevation.location.guid, GroupScope.GLOBAL)
    world.console.add_member(middle, group)
    world.console.remove_member(world.privilege(), group)
    world.console.deny(group)
    world.console.hide(group)
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    ended = world.stored(elevation)
    assert (ended.state, bool(ended.leftover)) == (State.ENDED, True)
    service = world.another_copy(world.store)
    assert not [s for s in service.sweep(elevation.provider_id, Recorder()).suspects if s.is_alarm]
    world.clock.advance(1)
    world.console.add_member(world.privilege(), middle)
    assert world.holds()
    alarms = [s for s in service.sweep(elevation.provider_id, Recorder()).suspects if s.is_alarm]
    assert [alarm.name for alarm in alarms] == [elevation.group_name]
    assert "shows the right again" in alarms[0].reason
