"""How elevations end: on time, early, by another copy, against faults; and what is left alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.directory.demo import Fault, Operation
from jit_desktop.elevation import record
from jit_desktop.elevation.adopting import Adoption
from jit_desktop.elevation.ending import pause_seconds
from jit_desktop.elevation.errors import (
    AccessDenied,
    DeadlinePassed,
    DirectoryUnavailable,
    DurationNotAllowed,
    NotAllowed,
    PasswordNeeded,
    StoreDamaged,
    WrongState,
)
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectGuid
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation, Step, StepStatus
from jit_desktop.elevation.ports import Directory, GroupScope, NewGroup
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionMethod, ConnectionSettings
from jit_desktop.elevation.sweeping import Found, Sweeper
from tests.unit.elevation.helpers import MemoryStore, Recorder, visible
from tests.unit.elevation.world import TAKING_BACK, World

DC1, DC2, RODC = "dc1.corp.example.test", "dc2.corp.example.test", "rodc1.corp.example.test"


@pytest.fixture
def world() -> World:
    return World()


def until_deadline(world: World, elevation: Elevation, *, late_seconds: float = 0) -> None:
    left = world.stored(elevation).deadline - world.service.domain_now(elevation.provider_id)
    world.clock.advance(left.total_seconds() + late_seconds)


def test_that_the_deadline_ends_it_and_nothing_is_left(world: World) -> None:
    elevation = world.check_out()
    until_deadline(world, elevation, late_seconds=-1)
    world.tick()
    assert world.holds()
    world.clock.advance(1)
    world.tick()
    assert world.nothing_left()
    world.settle()
    ended = world.stored(elevation)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.DEADLINE)


def test_that_it_is_ended_only_when_every_domain_controller_says_so(world: World) -> None:
    elevation = world.check_out()
    world.clock.advance(20)
    world.service.check_in(elevation.id, world.recorder)
    waiting = world.stored(elevation)
    assert waiting.state is State.ENDING
    assert DC2 in waiting.failure
    world.settle()
    ended = world.stored(elevation)
    assert (ended.state, ended.end_reason, ended.failure) == (State.ENDED, EndReason.CHECK_IN, "")


def test_that_a_domain_controller_that_cannot_be_asked_is_named_and_not_waited_for(world: World) -> None:
    elevation = world.check_out()
    world.clock.advance(20)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=RODC)
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    assert world.stored(elevation).state is State.ENDED
    named = [s for s in world.recorder.steps if s.step is Step.CONFIRM_END and s.subject == RODC]
    assert named
    assert all(s.status is StepStatus.WARNING for s in named)


def test_that_checking_in_twice_says_that_it_has_ended(world: World) -> None:
    elevation = world.check_out()
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    with pytest.raises(WrongState, match="has ended already"):
        world.service.check_in(elevation.id, world.recorder)


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.LOST_REQUEST, Fault.UNAVAILABLE])
@pytest.mark.parametrize("operation", [Operation.EMPTY_GROUP, Operation.DELETE_GROUP, Operation.CONNECT])
def test_that_an_end_that_cannot_be_confirmed_is_an_alarm_and_is_retried_until_it_is(
    world: World, fault: Fault, operation: Operation
) -> None:
    elevation = world.check_out()
    until_deadline(world, elevation)
    world.faults.fail_always(fault, operation)
    report = world.service.tick(world.recorder)
    assert [e.id for e in report.overdue] == [elevation.id]
    assert world.stored(elevation).failure
    world.faults.clear()
    world.settle()
    assert world.nothing_left()
    assert world.stored(elevation).state is State.ENDED


def test_that_the_group_is_deleted_even_if_it_cannot_be_emptied(world: World) -> None:
    elevation = world.check_out()
    world.faults.fail_always(Fault.ACCESS_DENIED, Operation.EMPTY_GROUP)
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    assert world.nothing_left()
    assert world.stored(elevation).state is State.ENDED


def test_that_retries_pause_longer_and_longer_but_never_stop(world: World) -> None:
    assert [pause_seconds(n) for n in (0, 1, 2, 6, 100)] == [5, 10, 20, 300, 300]
    elevation = world.check_out()
    until_deadline(world, elevation)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK)
    for _ in range(50):
        world.tick()
        world.clock.advance(300)
    assert world.stored(elevation).state is State.OVERDUE
    assert world.stored(elevation).attempts == 50
    world.faults.clear()
    world.tick()
    assert world.nothing_left()


def test_that_one_elevation_that_cannot_end_does_not_keep_the_others(world: World) -> None:
    stuck = world.check_out(account="_sqladmin02")
    other = world.check_out()
    until_deadline(world, other)
    # Of the first one every write there, of the other one none: each is emptied first, then all the rest of
    # each.
    for operation, nth in (
        (Operation.EMPTY_GROUP, 1),
        (Operation.EMPTY_GROUP, 3),
        (Operation.TAKE_OUT, 1),
        (Operation.TAKE_OUT, 2),
        (Operation.DELETE_GROUP, 1),
    ):
        world.faults.fail_next(Fault.ACCESS_DENIED, operation, nth=nth, controller="dc1.corp.example.test")
    world.tick()
    assert world.stored(stuck).state is State.OVERDUE
    assert not world.holds()


@pytest.mark.expects_log("go(es)? on although the store refused")
@pytest.mark.expects_log("could not be recorded")
def test_that_a_damaged_database_does_not_keep_rights_alive(world: World) -> None:
    elevation = world.check_out()
    world.tick()
    until_deadline(world, elevation)
    world.store.fail_with = StoreDamaged("The database is damaged.")
    report = world.service.tick(world.recorder)
    world.store.fail_with = None
    assert world.nothing_left()
    assert isinstance(report.problems[elevation.provider_id], StoreDamaged)


def test_that_a_domain_that_cannot_be_reached_is_a_problem_and_its_due_elevations_an_alarm(
    world: World,
) -> None:
    elevation = world.check_out()
    until_deadline(world, elevation)
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.CONNECT)
    report = world.service.tick(world.recorder)
    assert isinstance(report.problems[elevation.provider_id], DirectoryUnavailable)
    assert world.stored(elevation).state is State.OVERDUE


def test_that_without_any_reading_of_the_domains_clock_no_false_alarm_is_raised(world: World) -> None:
    elevation = world.check_out()
    restarted = world.another_copy(world.store)
    world.clock.set_wall(world.clock.wall + timedelta(days=1))
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.CONNECT)
    report = restarted.tick(Recorder())
    assert elevation.provider_id in report.problems
    assert world.stored(elevation).state is State.ACTIVE


@pytest.mark.parametrize("wrong", [timedelta(days=1), timedelta(days=-1)])
def test_that_a_pc_clock_that_is_wrong_by_a_day_ends_nothing_early_and_nothing_late(
    world: World, wrong: timedelta
) -> None:
    elevation = world.check_out()
    restarted = world.another_copy(world.store)
    world.clock.set_wall(world.clock.wall + wrong)
    restarted.tick(Recorder())
    assert world.holds()
    until_deadline(world, elevation)
    restarted.tick(Recorder())
    assert world.nothing_left()


def test_that_a_tick_with_nothing_due_does_not_trouble_the_directory(world: World) -> None:
    world.check_out()
    world.faults.fail_always(Fault.UNAVAILABLE)
    assert world.service.tick(world.recorder).problems == {}


# --- extension ---------------------------------------------------------------------------------------------


def test_that_an_extension_moves_the_deadline_here_and_in_the_directory(world: World) -> None:
    elevation = world.check_out(seconds=3600)
    extended = world.service.extend(elevation.id, 1800, world.recorder)
    assert extended.deadline == elevation.deadline + timedelta(seconds=1800)
    with world.connector.connect(world.provider.connection) as directory:
        assert extended.group_guid is not None
        group = visible(directory.temporary_group(extended.group_guid))
    assert group is not None
    assert record.decode(group.info).deadline == extended.deadline
    world.clock.advance(3700)
    world.tick()
    assert world.holds()
    until_deadline(world, extended)
    world.tick()
    assert world.nothing_left()


def test_that_an_extension_cannot_go_beyond_the_longest_duration_in_all(world: World) -> None:
    elevation = world.check_out(seconds=7 * 3600)
    with pytest.raises(DurationNotAllowed, match="8 hours in all") as raised:
        world.service.extend(elevation.id, 3601, world.recorder)
    assert raised.value.remedy == "Extend by at most 1 hour."
    world.service.extend(elevation.id, 3600, world.recorder)
    with pytest.raises(DurationNotAllowed):
        world.service.extend(elevation.id, 1, world.recorder)


def test_that_a_policy_without_extensions_is_kept(world: World) -> None:
    policy = replace(world.provider.policy, extension_allowed=False)
    world.change(replace(world.provider, policy=policy))
    elevation = world.check_out()
    with pytest.raises(NotAllowed, match="does not allow extensions"):
        world.service.extend(elevation.id, 600, world.recorder)


def test_that_an_extension_the_directory_refuses_leaves_the_deadline_as_it_was(world: World) -> None:
    elevation = world.check_out()
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.WRITE_RECORD)
    with pytest.raises(AccessDenied):
        world.service.extend(elevation.id, 600, world.recorder)
    assert world.stored(elevation).deadline == elevation.deadline


def test_that_what_has_passed_its_deadline_is_not_extended(world: World) -> None:
    elevation = world.check_out()
    until_deadline(world, elevation)
    with pytest.raises(DeadlinePassed, match="has passed"):
        world.service.extend(elevation.id, 600, world.recorder)


# --- another copy of the program ---------------------------------------------------------------------------


def test_that_a_copy_with_an_empty_database_finds_and_ends_it(world: World) -> None:
    elevation = world.check_out()
    other_store = MemoryStore()
    other = world.another_copy(other_store, "CORP\\bob")
    report = other.sweep(elevation.provider_id, Recorder())
    (adopted,) = report.adopted
    assert (adopted.id, adopted.deadline, adopted.requested_by) == (
        elevation.id,
        elevation.deadline,
        elevation.requested_by,
    )
    assert adopted.label == "RDM administrators"
    assert adopted.account.name == "_backupoperator15"
    until_deadline(world, elevation)
    other.sweep(elevation.provider_id, Recorder())
    assert world.nothing_left()
    for _ in range(3):
        world.clock.advance(7)
        other.tick(Recorder())
    assert other_store.kept[elevation.id].state is State.ENDED


def test_that_the_copy_that_made_it_notices_that_another_one_ended_it(world: World) -> None:
    elevation = world.check_out()
    other = world.another_copy(MemoryStore(), "CORP\\bob")
    other.sweep(elevation.provider_id, Recorder())
    other.check_in(elevation.id, Recorder())
    report = world.service.sweep(elevation.provider_id, world.recorder)
    gone = world.stored(elevation)
    assert (gone.state, gone.end_reason) == (State.ENDED, EndReason.REMOVED_ELSEWHERE)
    assert report.overdue == ()


def test_that_two_copies_ending_at_the_same_time_do_no_harm(world: World) -> None:
    elevation = world.check_out()
    other_store = MemoryStore()
    other = world.another_copy(other_store)
    other.sweep(elevation.provider_id, Recorder())
    until_deadline(world, elevation)

    class MeanwhileTheOther(Recorder):
        def on_step(self, report: object) -> None:
            if not self.steps:
                self.steps.append(report)  # type: ignore[arg-type]
                other.tick(Recorder())

    report = world.service.tick(MeanwhileTheOther())
    assert report.overdue == ()
    world.settle()
    other.tick(Recorder())
    assert {world.stored(elevation).state, other_store.kept[elevation.id].state} == {State.ENDED}


def test_that_an_extension_by_another_copy_is_honoured(world: World) -> None:
    elevation = world.check_out(seconds=3600)
    other = world.another_copy(MemoryStore(), "CORP\\bob")
    other.sweep(elevation.provider_id, Recorder())
    other.extend(elevation.id, 1800, Recorder())
    world.clock.advance(3601)
    world.tick()
    assert world.holds()
    world.clock.advance(1800)
    world.tick()
    assert world.nothing_left()


def test_that_a_forged_extension_beyond_the_policy_is_not_honoured(world: World) -> None:
    elevation = world.check_out(seconds=3600)
    forged = record.record_of(elevation, world.clock.wall, elevation.deadline + timedelta(days=30))
    with world.connector.connect(world.provider.connection) as directory:
        assert elevation.group_guid is not None
        directory.write_record(elevation.group_guid, record.encode(forged), "forged")
    until_deadline(world, elevation)
    world.tick()
    assert world.nothing_left()


def foreign(world: World, name: str, info: str) -> None:
    location = world.provider.jit.location
    assert location is not None
    member = next(a.account.dn for a in world.provider.accounts if a.account.name == "_backupoperator15")
    with world.connector.connect(world.provider.connection) as directory:
        directory.create_group(NewGroup(name, location.dn, GroupScope.GLOBAL, member, info, ""))


def test_that_groups_that_are_not_ours_are_shown_and_left_alone(world: World) -> None:
    elevation = world.check_out(seconds=600)
    with world.connector.connect(world.provider.connection) as directory:
        assert elevation.group_guid is not None
        good = visible(directory.temporary_group(elevation.group_guid))
    assert good is not None
    newer = json.dumps(json.loads(good.info) | {"jit": 2})
    foreign(world, "Printers of Leeds", "")
    foreign(world, "OTHER_newer", newer)
    foreign(world, f"TWIN_{elevation.id}", good.info)
    foreign(world, "RDM_JIT_by hand", "")
    foreign(world, "RDM_JIT_newer", newer)
    foreign(world, "RDM_JIT_copied", good.info)
    report = world.service.sweep(elevation.provider_id, world.recorder)
    assert {group.name for group in report.foreign} == {"Printers of Leeds", "RDM_JIT_by hand"}
    assert {group.count for group in report.foreign} == {1}
    reasons = {g.name: g.reason for g in report.suspects}
    twin = f"TWIN_{elevation.id}"
    assert "newer version" in reasons.pop("RDM_JIT_newer")
    assert "newer version" in reasons.pop("OTHER_newer")
    assert "different elevations" in reasons.pop("RDM_JIT_copied")
    assert "another temporary group" in reasons.pop(twin)
    assert reasons == {}
    assert not report.is_alarm, "none of them gives anything"
    others = set(world.groups_there()) - {elevation.group_name}
    until_deadline(world, elevation, late_seconds=60)
    world.service.sweep(elevation.provider_id, world.recorder)
    assert set(world.groups_there()) == others
    world.settle()
    assert world.stored(elevation).state is State.ENDED
    world.service.sweep(elevation.provider_id, world.recorder)
    assert set(world.groups_there()) == others - {twin}, "it gave what has ended"


def test_that_a_sweep_that_cannot_reach_the_domain_says_why(world: World) -> None:
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.CONNECT)
    report = world.service.sweep(world.provider.id, world.recorder)
    assert "does not answer" in report.problem


def test_that_a_group_not_seen_on_another_controller_is_not_taken_for_gone(world: World) -> None:
    elevation = world.check_out()
    world.change(replace(world.provider, connection=replace(world.provider.connection, server=DC2)))
    world.service.sweep(elevation.provider_id, world.recorder)
    assert world.stored(elevation).state is State.ACTIVE
    world.service.check_in(elevation.id, world.recorder)
    assert world.nothing_left()


def test_that_a_fresh_group_is_ended_where_it_was_written_even_if_that_is_not_the_usual_controller(
    world: World,
) -> None:
    elevation = world.check_out()
    world.change(replace(world.provider, connection=replace(world.provider.connection, server=DC2)))
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    world.service.check_in(elevation.id, world.recorder)
    assert world.stored(elevation).state is State.OVERDUE, "nobody who knew of it was asked"
    world.faults.clear()
    world.settle()
    assert world.stored(elevation).state is State.ENDED
    assert world.nothing_left()


def test_that_a_temporary_group_that_was_moved_is_found_by_its_guid(world: World) -> None:
    elevation = world.check_out()
    assert elevation.group_guid is not None
    elsewhere = DistinguishedName("OU=Vaults,OU=Domain Groups,DC=corp,DC=example,DC=test")
    world.console.move(elevation.group_guid, elsewhere)
    world.service.check_in(elevation.id, world.recorder)
    assert not world.holds()
    assert not world.console.exists(elevation.group_guid)


def test_that_an_end_whose_connection_is_cut_is_read_back_over_another_one(world: World) -> None:
    elevation = world.check_out()
    world.faults.fail_next(Fault.UNAVAILABLE, Operation.TEMPORARY_GROUP, nth=2, controller=DC1)
    world.service.check_in(elevation.id, world.recorder)
    assert world.stored(elevation).state in (State.ENDED, State.ENDING)
    world.settle()
    assert world.stored(elevation).state is State.ENDED


def test_that_an_end_that_can_never_be_read_back_is_unconfirmed(world: World) -> None:
    elevation = world.check_out()
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.TOKEN_GROUPS)
    world.service.check_in(elevation.id, world.recorder)
    assert world.stored(elevation).state is State.OVERDUE
    world.faults.clear()
    world.settle()
    assert world.stored(elevation).state is State.ENDED


def test_that_an_end_keeps_the_reason_for_which_it_was_begun(world: World) -> None:
    elevation = world.check_out(seconds=600)
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.DELETE_GROUP)
    world.service.check_in(elevation.id, world.recorder)
    world.clock.advance(700)
    world.settle()
    ended = world.stored(elevation)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.CHECK_IN)


def test_that_a_sweep_does_not_adopt_what_is_its_own(world: World) -> None:
    elevation = world.check_out()
    report = world.service.sweep(elevation.provider_id, world.recorder)
    assert (report.adopted, report.foreign, report.problem) == ((), (), "")


def test_that_what_is_found_overdue_is_ended_by_the_same_sweep(world: World) -> None:
    elevation = world.check_out(seconds=600)
    world.clock.advance(700)
    world.another_copy(MemoryStore()).sweep(elevation.provider_id, Recorder())
    assert world.nothing_left()


def test_that_a_group_that_somebody_restored_after_the_end_is_removed_again(world: World) -> None:
    elevation = world.check_out(seconds=600)
    assert elevation.group_guid is not None
    with world.connector.connect(world.provider.connection) as directory:
        shown = visible(directory.temporary_group(elevation.group_guid))
    assert shown is not None
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    foreign(world, shown.name, shown.info)
    report = world.service.sweep(elevation.provider_id, world.recorder)
    assert [e.id for e in report.ended] == [elevation.id]
    assert world.groups_there() == []
    assert world.store.audited == ["elevation.removed-again"]


def test_that_what_becomes_due_while_a_sweep_looks_on_is_no_alarm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out(seconds=600)
    world.clock.advance(595)
    real = Sweeper.look_in_location

    def slow(sweeper: Sweeper, found: Found) -> None:
        real(sweeper, found)
        world.clock.advance(10)

    monkeypatch.setattr(Sweeper, "look_in_location", slow)
    report = world.service.sweep(elevation.provider_id, world.recorder)
    assert (report.overdue, report.problem) == ((), "")


def test_that_a_group_that_another_copy_ends_while_a_sweep_looks_on_was_not_there_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out(seconds=600)
    real = Adoption._known

    def ended_meanwhile(
        adoption: Adoption, elevation_id: ElevationId, last: Elevation | None = None
    ) -> Elevation | None:
        world.service.check_in(elevation.id, world.recorder)
        world.settle()
        return real(adoption, elevation_id, last)

    monkeypatch.setattr(Adoption, "_known", ended_meanwhile)
    report = world.service.sweep(elevation.provider_id, world.recorder)
    assert (report.ended, report.problem) == ((), "")
    assert "elevation.removed-again" not in world.store.audited


def test_that_only_what_is_due_becomes_an_alarm_when_the_domain_is_away(world: World) -> None:
    early = world.check_out(seconds=600)
    late = world.check_out(account="_sqladmin02", seconds=7200)
    world.clock.advance(601)
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.CONNECT)
    world.tick()
    assert world.stored(early).state is State.OVERDUE
    assert world.stored(late).state is State.ACTIVE


def test_that_a_dead_controller_is_waited_for_once_and_not_for_each_elevation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_backupoperator15", "_sqladmin02", "_webadmin03"):
        world.check_out(account=name, seconds=600)
    world.clock.advance(601)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=RODC)
    tried: list[str] = []
    connect = world.connector.connect

    def counted(
        connection: ConnectionSettings, password: Secret | None = None, *, server: str = "", **_: object
    ) -> Directory:
        tried.append(server)
        return connect(connection, password, server=server)

    monkeypatch.setattr(world.connector, "connect", counted)
    world.tick()
    assert tried.count(RODC) == 1


def test_that_a_password_that_is_not_at_hand_is_asked_for(world: World) -> None:
    connection = ConnectionSettings(
        server="corp.example.test", method=ConnectionMethod.LDAPS, bind_as="svc@corp.example.test"
    )
    with pytest.raises(PasswordNeeded, match=r"svc@corp\.example\.test"):
        world.service.open_directory(replace(world.provider, connection=connection))


def test_that_a_group_whose_objects_are_unknown_keeps_their_guids_as_names(world: World) -> None:
    elevation = world.check_out()
    world.change(replace(world.provider, jit=replace(world.provider.jit, privileges=())))
    other_store = MemoryStore()
    report = world.another_copy(other_store).sweep(elevation.provider_id, Recorder())
    (adopted,) = report.adopted
    assert adopted.label == "Remote Desktop Manager Admins"
    assert ObjectGuid(adopted.privileges[0].group.guid) == elevation.privileges[0].group.guid
