"""A checkout: what is checked first, what is written in which order, and what is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.directory.demo import WRITES, Fault, Operation
from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.errors import (
    AccessDenied,
    AccountCheckedOut,
    AccountDisabled,
    AlreadyMember,
    Cancelled,
    DirectoryUnavailable,
    DurationNotAllowed,
    JitError,
    MissingRights,
    NoSuchObject,
    NotAllowed,
    OutcomeUnknown,
    ReasonRequired,
    Refused,
    RejectedByDirectory,
    StoreReadOnly,
    UnknownItem,
)
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Step, StepReport, StepStatus
from jit_desktop.elevation.ports import CancelToken, GroupScope
from jit_desktop.elevation.settings import FieldMode, ReplicationMode
from tests.unit.elevation.helpers import MemoryStore, Recorder, visible
from tests.unit.elevation.world import World

ADMINS = "Remote Desktop Manager Admins"
DESK = "Remote Desktop Manager Service Desk"
UNIVERSAL = "Remote Desktop Manager Admins - Universal"


DC1 = "dc1.corp.example.test"


@pytest.fixture
def world() -> World:
    return World()


def test_that_a_checkout_gives_the_account_all_chosen_groups(world: World) -> None:
    elevation = world.check_out(ADMINS, DESK, UNIVERSAL)
    assert elevation.state is State.ACTIVE
    assert all(world.holds(name) for name in (ADMINS, DESK, UNIVERSAL))
    assert world.groups_there() == [f"RDM_JIT_{elevation.id}"]


def test_that_the_deadline_is_counted_on_the_domains_clock(world: World) -> None:
    elevation = world.check_out(seconds=7200)
    with world.connector.connect(world.provider.connection) as directory:
        assert elevation.deadline == directory.current_time() + timedelta(seconds=7200)


def test_that_the_intent_is_recorded_before_the_directory_is_touched(world: World) -> None:
    world.check_out()
    assert [t.event for t in world.store.moves] == [
        Event.REQUESTED,
        Event.CHECKED,
        Event.CREATED,
        Event.GRANTED,
        Event.REPLICATED,
    ]
    steps = [s.step for s in world.recorder.steps]
    assert steps[0] is Step.RECORD_INTENT
    assert steps.index(Step.CREATE_GROUP) < steps.index(Step.NEST_GROUP) < steps.index(Step.READ_BACK)


def test_that_a_store_that_cannot_be_written_stops_a_checkout_before_the_directory_is_touched(
    world: World,
) -> None:
    request = world.request()
    world.store.fail_writes_with = StoreReadOnly("The database can't be written.")
    with pytest.raises(StoreReadOnly):
        world.service.check_out(request, world.recorder)
    assert world.groups_there() == []


def test_that_the_temporary_group_tells_people_and_other_copies_what_it_is(world: World) -> None:
    elevation = world.check_out()
    with world.connector.connect(world.provider.connection) as directory:
        assert elevation.group_guid is not None
        group = visible(directory.temporary_group(elevation.group_guid))
    assert group is not None
    assert elevation.id in group.info
    assert "_backupoperator15 has RDM administrators until" in group.description
    assert elevation.requested_by in group.description


# --- waiting for replication ---------------------------------------------------------------------------


def test_that_a_fixed_latency_is_waited_for_before_it_is_active() -> None:
    world = World(latency_seconds=8)
    elevation = world.check_out()
    assert elevation.state is State.PROPAGATING
    world.clock.advance(7)
    world.tick()
    assert world.stored(elevation).state is State.PROPAGATING
    world.clock.advance(1)
    world.tick()
    assert world.stored(elevation).state is State.ACTIVE


def test_that_waiting_for_every_controller_ends_when_the_last_one_has_it() -> None:
    world = World(latency_seconds=60, mode=ReplicationMode.CONFIRMED)
    elevation = world.check_out()
    world.clock.advance(4)
    world.tick()
    assert world.stored(elevation).state is State.PROPAGATING
    waiting = [s.subject for s in world.recorder.steps if s.status is StepStatus.RUNNING]
    assert "rodc1.corp.example.test" in waiting
    world.clock.advance(3)
    world.tick()
    assert world.stored(elevation).state is State.ACTIVE


def test_that_asking_again_and_again_is_reported_only_when_the_answer_changes() -> None:
    world = World(latency_seconds=60, mode=ReplicationMode.CONFIRMED)
    world.check_out()
    for _ in range(10):
        world.clock.advance(1)
        world.tick()
    said = [(s.subject, s.status) for s in world.store.kept_steps if s.step is Step.REPLICATION and s.subject]
    assert len(said) == len(set(said)) == 5  # at once on the first controller, not yet and then on the others


def test_that_waiting_for_controllers_stops_at_the_configured_time_and_names_who_has_not_got_it() -> None:
    world = World(latency_seconds=4, mode=ReplicationMode.CONFIRMED)
    elevation = world.check_out()
    world.clock.advance(4)
    world.tick()
    assert world.stored(elevation).state is State.ACTIVE
    assert "rodc1" in world.store.moves[-1].detail


# --- refused before anything is written ----------------------------------------------------------------


def refused(world: World, kind: type[JitError], words: str, **options: object) -> JitError:
    with pytest.raises(kind, match=words) as raised:
        world.check_out(**options)  # type: ignore[arg-type]
    assert world.groups_there() == []
    assert all(not e.is_open for e in world.store.kept.values())
    return raised.value


def test_that_a_disabled_account_is_refused(world: World) -> None:
    refused(world, AccountDisabled, "_disabled01 is disabled", account="_disabled01")
    failed = world.only()
    assert failed.state is State.FAILED
    assert "disabled" in failed.failure


def test_that_an_account_with_a_permanent_membership_of_all_groups_is_told_so(world: World) -> None:
    error = refused(world, AlreadyMember, "already a permanent member", account="_permanent01")
    assert "Take the account out" in error.remedy


def test_that_a_permanent_membership_of_one_of_several_groups_is_a_warning(world: World) -> None:
    elevation = world.check_out(ADMINS, UNIVERSAL, DESK, account="_permanent01")
    warnings = [s.message for s in world.recorder.steps if s.status is StepStatus.WARNING]
    assert elevation.state is State.ACTIVE
    assert any("stays so after the end" in w for w in warnings)


def test_that_an_account_that_is_checked_out_here_is_refused_with_the_name_and_time(world: World) -> None:
    first = world.check_out()
    with pytest.raises(AccountCheckedOut, match="CORP") as raised:
        world.check_out(DESK)
    assert raised.value.until == first.deadline
    assert not world.holds(DESK)


def test_that_an_account_that_is_checked_out_by_another_copy_is_refused(world: World) -> None:
    world.check_out()
    other = world.another_copy(MemoryStore(), "CORP\\bob")
    with pytest.raises(AccountCheckedOut, match="alice") as raised:
        other.check_out(world.request(DESK), Recorder())
    assert raised.value.until == world.only().deadline


def test_that_a_creation_location_that_was_deleted_is_named(world: World) -> None:
    location = world.provider.jit.location
    assert location is not None
    gone = replace(location, guid=ObjectGuid("00000000-0000-4000-8000-000000000000"))
    world.change(replace(world.provider, jit=replace(world.provider.jit, location=gone)))
    with pytest.raises(NoSuchObject, match="creation location Internal does not exist") as raised:
        world.check_out()
    assert "settings" in raised.value.remedy
    assert world.only().state is State.FAILED


def test_that_a_group_that_was_deleted_is_named(world: World) -> None:
    world.console.delete(world.privilege())
    with pytest.raises(NoSuchObject, match="Remote Desktop Manager Admins does not exist any more"):
        world.check_out()
    assert world.groups_there() == []


def test_that_a_group_that_was_renamed_is_found_again_and_shown_under_its_new_name(world: World) -> None:
    world.console.rename(world.privilege(), "RDM Admins (new)")
    elevation = world.check_out()
    assert elevation.state is State.ACTIVE
    assert "RDM Admins (new)" in elevation.privileges[0].group.dn
    assert any("renamed or moved" in s.message for s in world.recorder.steps)


def test_that_missing_rights_are_named_before_anything_is_written(world: World) -> None:
    connection = replace(world.provider.connection, bind_as="CORP\\nobody01")
    world.change(replace(world.provider, connection=connection))
    error = refused(world, MissingRights, "may not create groups in Internal")
    assert "write the members of Remote Desktop Manager Admins" in error.message


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (DurationNotAllowed, {"seconds": 59}),
        (DurationNotAllowed, {"seconds": 8 * 3600 + 1}),
        (UnknownItem, {"change": lambda r: replace(r, account=ObjectGuid("x"))}),
        (NotAllowed, {"change": lambda r: replace(r, privileges=(ObjectGuid("x"),))}),
    ],
)
def test_that_what_the_settings_forbid_is_refused_without_a_connection(
    world: World, kind: type[JitError], options: dict[str, object]
) -> None:
    world.faults.fail_always(Fault.UNAVAILABLE)
    with pytest.raises(kind):
        world.check_out(**options)  # type: ignore[arg-type]


def test_that_a_missing_reason_is_refused_when_the_policy_asks_for_one(world: World) -> None:
    policy = replace(world.provider.policy, reason=FieldMode.REQUIRED)
    world.change(replace(world.provider, policy=policy))
    with pytest.raises(ReasonRequired):
        world.check_out(change=lambda r: replace(r, reason=" "))


def test_that_no_connection_means_no_elevation(world: World) -> None:
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.CONNECT)
    with pytest.raises(DirectoryUnavailable):
        world.check_out()
    assert not world.store.kept


# --- taken back ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.ACCESS_DENIED, AccessDenied),
        (Fault.UNAVAILABLE, DirectoryUnavailable),
        (Fault.LOST_ANSWER, OutcomeUnknown),
        (Fault.LOST_REQUEST, OutcomeUnknown),
    ],
)
def test_that_a_write_that_fails_takes_everything_back(
    world: World, nth: int, fault: Fault, kind: type[JitError]
) -> None:
    world.faults.fail_next(fault, *WRITES, nth=nth)
    with pytest.raises(kind):
        world.check_out(ADMINS, DESK, UNIVERSAL)
    assert world.nothing_left()
    failed = world.only()
    assert failed.state is State.FAILED
    assert failed.end_reason is EndReason.GRANT_FAILED
    assert failed.failure


@pytest.mark.parametrize("write", [Operation.CREATE_GROUP, Operation.ADD_MEMBER])
def test_that_a_controller_that_dies_in_the_middle_is_an_alarm_until_it_is_back(
    world: World, write: Operation
) -> None:
    world.faults.fail_next(Fault.LOST_ANSWER, write)
    world.faults.fail_next(Fault.UNAVAILABLE, Operation.CONNECT, nth=2, controller=DC1)
    world.faults.fail_next(Fault.UNAVAILABLE, Operation.CONNECT, nth=3, controller=DC1)
    with pytest.raises(OutcomeUnknown):
        world.check_out()
    assert world.only().state is State.OVERDUE
    assert world.groups_there() == [world.only().group_name]
    world.clock.advance(5)
    world.tick()
    assert world.nothing_left()
    world.settle()
    assert world.only().state is State.FAILED


@pytest.mark.expects_log("goes on although the store refused it")
def test_that_a_store_that_fails_after_the_writes_leaves_nothing_granted(world: World) -> None:
    world.store.fail_writes_with = StoreReadOnly("The disk went away.")
    world.store.fail_writes_after = 3
    with pytest.raises(StoreReadOnly):
        world.check_out()
    assert world.nothing_left()
    world.store.fail_writes_with = None
    world.clock.advance(121)
    world.tick()
    world.settle()
    assert world.only().state is State.FAILED


def test_that_cancelling_between_two_writes_takes_everything_back(world: World) -> None:
    token = CancelToken()

    class Impatient(Recorder):
        def on_step(self, report: StepReport) -> None:
            if (report.step, report.status) == (Step.CREATE_GROUP, StepStatus.DONE):
                token.cancel()

    with pytest.raises(Cancelled):
        world.service.check_out(world.request(), Impatient(), token)
    assert world.nothing_left()
    assert world.only().end_reason is EndReason.CANCELLED
    assert Step.NEST_GROUP not in [s.step for s in world.store.kept_steps], (
        "it must not be granted even briefly"
    )


@pytest.mark.parametrize("what", ["account", "target"])
def test_that_a_membership_that_somebody_takes_away_meanwhile_is_noticed(world: World, what: str) -> None:
    class Meddler(Recorder):
        def on_step(self, report: StepReport) -> None:
            if (report.step, report.status) == (Step.NEST_GROUP, StepStatus.DONE):
                (name,) = world.groups_there()
                location = world.provider.jit.location
                assert location is not None
                group = child_dn("CN", name, location.dn)
                if what == "account":
                    world.console.remove_member(group, world.account())
                else:
                    world.console.remove_member(world.privilege(), group)

    with pytest.raises(RejectedByDirectory):
        world.service.check_out(world.request(), Meddler())
    assert world.nothing_left()
    assert world.only().state is State.FAILED


def test_that_a_fault_of_our_own_takes_everything_back_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = world.store.add_step

    def broken(report: StepReport) -> None:
        if (report.step, report.status) == (Step.NEST_GROUP, StepStatus.DONE):
            raise ZeroDivisionError
        keep(report)

    monkeypatch.setattr(world.store, "add_step", broken)
    with pytest.raises(ZeroDivisionError):
        world.check_out()
    assert world.nothing_left()
    assert world.only().state is State.FAILED


def test_that_a_grant_whose_program_died_is_ended_when_its_lease_is_over(world: World) -> None:
    class Killed(BaseException):
        """Nothing of the program runs after this: no rollback, no record."""

    class Killer(Recorder):
        def on_step(self, report: StepReport) -> None:
            if (report.step, report.status) == (Step.NEST_GROUP, StepStatus.DONE):
                world.faults.fail_always(Fault.UNAVAILABLE)
                world.store.fail_writes_with = Killed()
                raise Killed

    with pytest.raises(Killed):
        world.service.check_out(world.request(), Killer())
    world.faults.clear()
    world.store.fail_writes_with = None
    assert world.only().state is State.GRANTING
    assert world.holds()

    restarted = world.another_copy(world.store)
    world.clock.advance(119)
    restarted.tick(Recorder())
    assert world.holds(), "it might have been at work still"
    world.clock.advance(2)
    restarted.tick(Recorder())
    assert world.nothing_left()
    world.settle()
    assert world.only().state is State.FAILED
    assert world.only().end_reason is EndReason.INTERRUPTED
    assert world.only().failure == "The program stopped in the middle of the grant."


def test_that_what_an_account_has_by_a_way_that_can_not_be_seen_is_not_called_permanent(world: World) -> None:
    """It may be lent to it already, by a group that was moved out of sight."""
    location = world.provider.jit.location
    assert location is not None
    hidden = world.console.create_group("Hidden", location.guid, GroupScope.GLOBAL)
    world.console.add_member(hidden, world.account())
    world.console.add_member(world.privilege(ADMINS), hidden)
    world.console.hide(hidden)
    for chosen in ((ADMINS,), (ADMINS, DESK)):
        with pytest.raises(Refused, match="by a way that can't be seen") as raised:
            world.check_out(*chosen)
        assert not isinstance(raised.value, AlreadyMember)
        assert "read the groups" in raised.value.remedy
    world.console.show(hidden)
    assert world.check_out(ADMINS, DESK).state is State.ACTIVE
