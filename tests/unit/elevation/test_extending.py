# SPDX-License-Identifier: MIT
"""Extensions that fail or die in the middle: not below the old deadline, not beyond the new."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from jit_desktop.directory.demo import WRITES, DemoDirectory, Fault, Operation
from jit_desktop.elevation import extending, record
from jit_desktop.elevation.errors import (
    AccessDenied,
    ConcurrentChange,
    DirectoryError,
    JitError,
    NoSuchObject,
    OutcomeUnknown,
    StoreDamaged,
    WrongState,
)
from jit_desktop.elevation.extending import EXTENSION_LEASE_SECONDS
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Elevation, Mechanism, Step, StepReport, StepStatus, Transition
from jit_desktop.elevation.ports import Abilities, Membership
from jit_desktop.elevation.settings import CheckoutPolicy
from tests.unit.elevation.helpers import MemoryStore, Recorder, visible
from tests.unit.elevation.world import World

NOTHING = Abilities()
DYNAMIC = Abilities(dynamic_objects=True)
LINKS = Abilities(ttl_links=True)
BOTH = Abilities(dynamic_objects=True, ttl_links=True)
ALL = pytest.mark.parametrize("abilities", [NOTHING, DYNAMIC, LINKS, BOTH])
SECOND = timedelta(seconds=1)
HOUR = 3600


def granted_in(abilities: Abilities, seconds: int = HOUR) -> tuple[World, Elevation]:
    world = World(abilities=abilities)
    policy = replace(CheckoutPolicy(), maximum_seconds=8 * HOUR, extension_allowed=True)
    world.change(replace(world.provider, policy=policy))
    elevation = world.check_out(seconds=seconds)
    world.settle()
    return world, world.stored(elevation)


def connect(world: World) -> DemoDirectory:
    return world.connector.connect(world.provider.connection)


def left(world: World, until: datetime) -> float:
    return (until - connect(world).current_time()).total_seconds()


def in_record(world: World, elevation: Elevation) -> datetime:
    assert elevation.group_guid is not None
    group = visible(connect(world).temporary_group(elevation.group_guid))
    assert group is not None
    return record.decode(group.info).deadline


def events(world: World) -> list[Event]:
    return [move.event for move in world.store.moves]


def require_held_until(world: World, deadline: datetime, *, program: bool = True) -> None:
    """The rights are there until the last second before `deadline` and gone at it."""
    if program:
        world.tick()
    world.clock.advance(left(world, deadline) - 1.01)
    if program:
        world.tick()
    assert world.holds()
    world.clock.advance(1.01)
    if program:
        world.tick()
    assert not world.holds()


# --- as it should go ---------------------------------------------------------------------------------------


@ALL
def test_that_everything_that_ends_it_ends_later(abilities: Abilities) -> None:
    world, elevation = granted_in(abilities)
    world.clock.advance(600)
    extended = world.service.extend(elevation.id, HOUR, world.recorder)
    assert extended.deadline == elevation.deadline + timedelta(hours=1)
    assert (extended.extending_to, extended.next_attempt_at) == (None, None)
    assert extended.mechanism is elevation.mechanism
    if abilities.ends_by_itself:
        assert extended.directory_ends_at is not None
        assert timedelta(0) <= extended.deadline - extended.directory_ends_at <= SECOND
    else:
        assert extended.directory_ends_at is None
    assert in_record(world, elevation) == extended.deadline
    require_held_until(world, extended.deadline)


@pytest.mark.parametrize("abilities", [DYNAMIC, LINKS, BOTH])
def test_that_the_directory_alone_ends_what_was_extended(abilities: Abilities) -> None:
    world, elevation = granted_in(abilities)
    extended = world.service.extend(elevation.id, HOUR, world.recorder)
    require_held_until(world, extended.deadline, program=False)


def test_that_the_group_survives_extended_memberships_a_little() -> None:
    world, elevation = granted_in(BOTH)
    extended = world.service.extend(elevation.id, HOUR, world.recorder)
    assert extended.group_guid is not None
    group = visible(connect(world).temporary_group(extended.group_guid))
    assert group is not None
    assert group.ends_in_seconds is not None
    assert 299 <= group.ends_in_seconds - left(world, extended.deadline) <= 300


def test_that_record_and_time_to_live_of_a_dynamic_group_are_one_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, elevation = granted_in(DYNAMIC)
    written: list[int | None] = []
    write = DemoDirectory.write_record

    def counting(
        self: DemoDirectory, group: str, info: str, text: str, *, lifetime_seconds: int | None = None
    ) -> None:
        written.append(lifetime_seconds)
        write(self, group, info, text, lifetime_seconds=lifetime_seconds)  # type: ignore[arg-type]

    monkeypatch.setattr(DemoDirectory, "write_record", counting)
    extended = world.service.extend(elevation.id, HOUR, world.recorder)
    assert written == [pytest.approx(left(world, extended.deadline), abs=1)]


def test_that_the_intent_is_recorded_before_the_directory_is_written() -> None:
    world, elevation = granted_in(BOTH)
    meant: list[Elevation] = []

    class Watching(Recorder):
        def on_step(self, report: StepReport) -> None:
            if report.step is Step.EXTEND and report.status is StepStatus.RUNNING:
                meant.append(world.stored(elevation))
                assert in_record(world, elevation) == elevation.deadline

    world.service.extend(elevation.id, HOUR, Watching())
    (one,) = meant
    assert one.deadline == elevation.deadline
    assert one.extending_to == elevation.deadline + timedelta(hours=1)
    assert one.next_attempt_at is not None
    assert left(world, one.next_attempt_at) == pytest.approx(EXTENSION_LEASE_SECONDS, abs=1)


def test_that_a_membership_that_somebody_made_permanent_gets_no_end() -> None:
    world, elevation = granted_in(BOTH)
    assert elevation.group_guid is not None
    admins = elevation.privileges[0].group.guid
    world.console.remove_member(admins, elevation.group_guid)
    world.console.add_member(admins, elevation.group_guid)
    extended = world.service.extend(elevation.id, HOUR, world.recorder)
    assert connect(world).membership(admins, elevation.group_guid) == Membership(None)
    assert extended.directory_ends_at is not None  # by the account's membership of the temporary group
    require_held_until(world, extended.deadline, program=False)


# --- refused by the directory ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("abilities", "operation", "nth"),
    [
        (NOTHING, Operation.WRITE_RECORD, 1),
        (DYNAMIC, Operation.WRITE_RECORD, 1),
        (BOTH, Operation.WRITE_RECORD, 1),
        (BOTH, Operation.RENEW_MEMBER, 1),
        (BOTH, Operation.RENEW_MEMBER, 2),
        (LINKS, Operation.RENEW_MEMBER, 2),
    ],
)
def test_that_a_refused_extension_leaves_the_earlier_deadline_everywhere(
    abilities: Abilities, operation: Operation, nth: int
) -> None:
    world, elevation = granted_in(abilities)
    world.faults.fail_next(Fault.ACCESS_DENIED, operation, nth=nth)
    with pytest.raises(AccessDenied):
        world.service.extend(elevation.id, HOUR, world.recorder)
    after = world.stored(elevation)
    assert (after.deadline, after.extending_to, after.next_attempt_at) == (elevation.deadline, None, None)
    assert events(world)[-1] is Event.EXTENSION_FAILED
    assert in_record(world, elevation) == elevation.deadline
    if after.directory_ends_at is not None:
        assert elevation.deadline - 2 * SECOND <= after.directory_ends_at <= elevation.deadline
    require_held_until(world, elevation.deadline)


def test_that_an_extension_that_can_be_neither_finished_nor_taken_back_ends_at_the_earlier_deadline() -> None:
    world, elevation = granted_in(BOTH)
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.WRITE_RECORD, nth=2)
    world.faults.fail_always(Fault.ACCESS_DENIED, Operation.RENEW_MEMBER)
    with pytest.raises(AccessDenied):
        world.service.extend(elevation.id, HOUR, world.recorder)
    assert world.stored(elevation).extending_to is not None
    world.faults.fail_always(Fault.ACCESS_DENIED, Operation.WRITE_RECORD)
    world.clock.advance(left(world, elevation.deadline))
    world.tick()
    world.settle()
    assert world.nothing_left()
    assert world.stored(elevation).state is State.ENDED


def test_that_a_group_that_is_gone_can_not_be_extended() -> None:
    world, elevation = granted_in(BOTH)
    assert elevation.group_guid is not None
    world.console.delete(elevation.group_guid)
    with pytest.raises(NoSuchObject):
        world.service.extend(elevation.id, HOUR, world.recorder)
    assert world.stored(elevation).extending_to is None


# --- the program or the connection dies in the middle ------------------------------------------------------


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def killed_at_write(
    monkeypatch: pytest.MonkeyPatch, number: int, *, after: bool
) -> Iterator[list[Operation]]:
    """Everything dies at the directory write of this number, before or after it is carried out."""
    done: list[Operation] = []
    original = DemoDirectory._write

    def dying(self: DemoDirectory, operation: Operation, decide: object) -> object:
        done.append(operation)
        if len(done) == number and not after:
            raise Killed
        result = original(self, operation, decide)  # type: ignore[arg-type]
        if len(done) == number:
            raise Killed
        return result

    with monkeypatch.context() as patch:
        patch.setattr(DemoDirectory, "_write", dying)
        with suppress(Killed):
            yield done


RECORD = 2
"""Which write the record is: the marker of the earlier end comes first, that of the extension last."""
MARKER = 3
"""Which write that is where there are no times to live."""
POINTS = [(abilities, n) for abilities, n in ((NOTHING, 3), (DYNAMIC, 3), (LINKS, 5), (BOTH, 5))]
KILLS = pytest.mark.parametrize(
    ("abilities", "number", "after"),
    [
        (abilities, n, after)
        for abilities, last in POINTS
        for n in range(1, last + 1)
        for after in (False, True)
    ],
)


def test_that_the_kill_points_are_all_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for abilities, last in POINTS:
        world, elevation = granted_in(abilities)
        with killed_at_write(monkeypatch, 99, after=False) as done:
            world.service.extend(elevation.id, HOUR, world.recorder)
        assert len(done) == last


def kill(world: World, elevation: Elevation, monkeypatch: pytest.MonkeyPatch, n: int, *, after: bool) -> None:
    with killed_at_write(monkeypatch, n, after=after):
        world.service.extend(elevation.id, HOUR, world.recorder)
    assert world.stored(elevation).extending_to == elevation.deadline + timedelta(hours=1)


@KILLS
def test_that_a_killed_extension_is_finished_or_dropped_by_the_next_start(
    monkeypatch: pytest.MonkeyPatch, abilities: Abilities, number: int, after: bool
) -> None:
    world, elevation = granted_in(abilities)
    kill(world, elevation, monkeypatch, number, after=after)
    written = number > RECORD or (number == RECORD and after)
    world.service = world.another_copy(world.store)
    world.tick()
    assert world.stored(elevation).extending_to is not None  # its lease is not over
    world.clock.advance(EXTENSION_LEASE_SECONDS)
    world.tick()
    settled = world.stored(elevation)
    assert (settled.extending_to, settled.next_attempt_at) == (None, None)
    assert settled.deadline == elevation.deadline + timedelta(hours=1 if written else 0)
    if abilities.ends_by_itself:
        assert settled.directory_ends_at is not None
        assert timedelta(0) <= settled.deadline - settled.directory_ends_at <= 2 * SECOND
    require_held_until(world, settled.deadline)


@KILLS
def test_that_a_killed_extension_is_never_shorter_and_never_longer_if_nobody_comes(
    monkeypatch: pytest.MonkeyPatch, abilities: Abilities, number: int, after: bool
) -> None:
    world, elevation = granted_in(abilities)
    kill(world, elevation, monkeypatch, number, after=after)
    world.clock.advance(left(world, elevation.deadline) - 1.01)
    assert world.holds()
    world.clock.advance(HOUR + 1.01)
    if abilities.ends_by_itself:
        assert not world.holds()


@KILLS
def test_that_a_copy_with_an_empty_database_ends_a_killed_extension_on_time(
    monkeypatch: pytest.MonkeyPatch, abilities: Abilities, number: int, after: bool
) -> None:
    world, elevation = granted_in(abilities)
    kill(world, elevation, monkeypatch, number, after=after)
    store = MemoryStore()
    copy = world.another_copy(store)
    copy.sweep(world.provider.id, world.recorder)
    # What stands in the record proves nothing to it: the marker of the extension comes last.
    is_marked = after and (abilities, number) in POINTS
    deadline = elevation.deadline + timedelta(hours=1 if is_marked else 0)
    assert [e.deadline for e in store.kept.values()] == [deadline]
    world.clock.advance(left(world, deadline))
    copy.tick(world.recorder)
    assert world.nothing_left()


@KILLS
def test_that_who_comes_only_at_the_earlier_deadline_decides_by_the_record(
    monkeypatch: pytest.MonkeyPatch, abilities: Abilities, number: int, after: bool
) -> None:
    world, elevation = granted_in(abilities)
    kill(world, elevation, monkeypatch, number, after=after)
    world.clock.advance(left(world, elevation.deadline) - 2)
    world.tick()
    world.clock.advance(2)
    world.tick()
    if number > RECORD or (number == RECORD and after):
        require_held_until(world, elevation.deadline + timedelta(hours=1))
    else:
        assert not world.holds()


@ALL
@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.LOST_REQUEST, Fault.UNAVAILABLE])
@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5])
def test_that_a_write_without_an_answer_is_looked_up_over_a_fresh_connection(
    abilities: Abilities, fault: Fault, nth: int
) -> None:
    world, elevation = granted_in(abilities)
    world.faults.fail_next(fault, *WRITES, nth=nth)
    failed = False
    try:
        world.service.extend(elevation.id, HOUR, world.recorder)
    except DirectoryError:
        failed = True
    world.faults.clear()
    after = world.stored(elevation)
    assert after.extending_to is None
    assert failed is (nth < RECORD or (nth == RECORD and fault is not Fault.LOST_ANSWER))
    assert after.deadline == elevation.deadline + timedelta(hours=0 if failed else 1)
    assert in_record(world, elevation) == after.deadline
    require_held_until(world, after.deadline)


@pytest.mark.expects_log("What became of the extension of .* is found out later")
def test_that_an_extension_of_which_nothing_can_be_found_out_hangs_until_it_can() -> None:
    world, elevation = granted_in(BOTH)

    class NetworkFails(Recorder):
        def on_step(self, report: StepReport) -> None:
            if report.step is Step.EXTEND and report.status is StepStatus.RUNNING:
                world.faults.fail_next(Fault.LOST_ANSWER, Operation.WRITE_RECORD)
                world.faults.fail_always(Fault.UNAVAILABLE, Operation.CONNECT)

    with pytest.raises(OutcomeUnknown):
        world.service.extend(elevation.id, HOUR, NetworkFails())
    world.faults.clear()
    assert world.stored(elevation).extending_to is not None
    with pytest.raises(WrongState, match="under way"):
        world.service.extend(elevation.id, HOUR, world.recorder)
    world.clock.advance(EXTENSION_LEASE_SECONDS)
    world.tick()
    assert world.stored(elevation).deadline == elevation.deadline + timedelta(hours=1)


@ALL
@pytest.mark.parametrize("writes", [0, 1])
def test_that_a_store_that_fails_in_the_middle_is_caught_up_with(
    monkeypatch: pytest.MonkeyPatch, abilities: Abilities, writes: int
) -> None:
    world, elevation = granted_in(abilities)
    advance, left_over = world.store.advance, [writes]

    def failing(elevation: Elevation, transition: Transition) -> Elevation:
        left_over[0] -= 1
        if left_over[0] < 0:
            raise StoreDamaged("Broken.")
        return advance(elevation, transition)

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "advance", failing)
        with pytest.raises(StoreDamaged):
            world.service.extend(elevation.id, HOUR, world.recorder)
    world.clock.advance(EXTENSION_LEASE_SECONDS + 1)
    world.tick()
    after = world.stored(elevation)
    assert after.deadline == elevation.deadline + timedelta(hours=writes)
    require_held_until(world, after.deadline)


# --- with others ------------------------------------------------------------------------------------------


def test_that_the_end_wins_at_the_deadline_where_the_record_shows_nothing_later() -> None:
    world, elevation = granted_in(NOTHING)
    hanging = replace(
        elevation,
        extending_to=elevation.deadline + timedelta(hours=1),
        next_attempt_at=elevation.deadline + timedelta(seconds=30),
    )
    world.store.kept[elevation.id] = hanging
    world.clock.advance(left(world, elevation.deadline))
    world.tick()
    assert world.nothing_left()
    world.settle()
    ended = world.stored(elevation)
    assert (ended.state, ended.end_reason, ended.extending_to) == (State.ENDED, EndReason.DEADLINE, None)


def test_that_a_check_in_ends_an_extension_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    world, elevation = granted_in(BOTH)
    kill(world, elevation, monkeypatch, 2, after=False)
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    ended = world.stored(elevation)
    assert (ended.state, ended.extending_to) == (State.ENDED, None)
    assert world.nothing_left()


def test_that_a_policy_that_has_become_stricter_takes_back_no_extension_that_was_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, elevation = granted_in(NOTHING)
    kill(world, elevation, monkeypatch, MARKER, after=True)
    policy = replace(world.provider.policy, extension_allowed=False)
    world.change(replace(world.provider, policy=policy))
    world.clock.advance(EXTENSION_LEASE_SECONDS)
    world.tick()
    settled = world.stored(elevation)
    assert (settled.deadline, settled.extending_to) == (elevation.deadline + timedelta(hours=1), None)
    assert Event.EXTENSION_FAILED not in events(world)
    require_held_until(world, settled.deadline)


def test_that_an_elevation_that_becomes_active_meanwhile_is_extended_all_the_same() -> None:
    world = World(abilities=BOTH, latency_seconds=30)
    elevation = world.check_out(seconds=HOUR)
    another = world.another_copy(world.store)

    class Meanwhile(Recorder):
        def on_step(self, report: StepReport) -> None:
            if report.step is Step.EXTEND and report.status is StepStatus.RUNNING:
                world.clock.advance(31)
                another.tick(Recorder())
                assert world.stored(elevation).state is State.ACTIVE

    extended = world.service.extend(elevation.id, HOUR, Meanwhile())
    assert extended.state is State.ACTIVE
    assert extended.deadline == elevation.deadline + timedelta(hours=1)


def test_that_a_check_in_during_an_extension_wins() -> None:
    world, elevation = granted_in(BOTH)
    another = world.another_copy(world.store)

    class Meanwhile(Recorder):
        def on_step(self, report: StepReport) -> None:
            if report.step is Step.EXTEND and report.status is StepStatus.RUNNING:
                another.check_in(elevation.id, Recorder())

    with pytest.raises((ConcurrentChange, JitError)):
        world.service.extend(elevation.id, HOUR, Meanwhile())
    world.settle()
    assert world.nothing_left()
    assert world.stored(elevation).state is State.ENDED


@pytest.mark.parametrize("abilities", [NOTHING, DYNAMIC, BOTH])
def test_that_another_copy_catches_up_with_the_deadline_and_what_ends_it(abilities: Abilities) -> None:
    world, elevation = granted_in(abilities)
    store = MemoryStore()
    copy = world.another_copy(store)
    copy.sweep(world.provider.id, world.recorder)
    extended = world.service.extend(elevation.id, HOUR, world.recorder)
    world.clock.advance(left(world, elevation.deadline))
    copy.tick(world.recorder)
    theirs = store.kept[elevation.id]
    assert theirs.deadline == extended.deadline
    assert theirs.mechanism is extended.mechanism
    if extended.directory_ends_at is not None:
        assert theirs.directory_ends_at is not None
        assert abs(theirs.directory_ends_at - extended.directory_ends_at) <= SECOND
    assert world.holds()


def overwrite_times_to_live(world: World, elevation: Elevation) -> None:
    """As a write at another domain controller does, which had not heard of the extension."""
    assert elevation.group_guid is not None
    directory, seconds = connect(world), int(left(world, elevation.deadline))
    directory.renew_member(elevation.group_guid, elevation.account.dn, seconds)
    for privilege in elevation.privileges:
        group = visible(directory.temporary_group(elevation.group_guid))
        directory.renew_member(privilege.group.guid, group.dn, seconds)


def test_that_another_copy_renews_what_was_overwritten_with_the_earlier_end() -> None:
    world, elevation = granted_in(BOTH)
    store = MemoryStore()
    copy = world.another_copy(store)
    copy.sweep(world.provider.id, world.recorder)
    world.service.extend(elevation.id, HOUR, world.recorder)
    overwrite_times_to_live(world, elevation)
    world.clock.advance(left(world, elevation.deadline) - 30)
    copy.extend(elevation.id, 60, world.recorder)
    theirs = store.kept[elevation.id]
    assert theirs.deadline == elevation.deadline + timedelta(hours=1, seconds=60)
    assert theirs.mechanism is Mechanism.TTL_LINKS
    require_held_until(world, theirs.deadline, program=False)


def test_that_another_copy_that_may_not_renew_says_what_the_directory_shows() -> None:
    world, elevation = granted_in(BOTH)
    store = MemoryStore()
    copy = world.another_copy(store)
    copy.sweep(world.provider.id, world.recorder)
    world.service.extend(elevation.id, HOUR, world.recorder)
    overwrite_times_to_live(world, elevation)
    world.faults.fail_always(Fault.ACCESS_DENIED, Operation.RENEW_MEMBER)
    world.clock.advance(left(world, elevation.deadline))
    recorder = Recorder()
    copy.tick(recorder)
    theirs = store.kept[elevation.id]
    assert theirs.deadline == elevation.deadline + timedelta(hours=1)
    # The memberships are over; only the group is left to be ended.
    assert theirs.mechanism is Mechanism.DYNAMIC_GROUP
    assert [s.status for s in recorder.steps if s.step is Step.EXTEND] == [StepStatus.WARNING]


def test_that_what_another_controller_extended_is_not_gone_because_the_first_had_not_heard_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extending, "UNKNOWN_REPLICATION_SECONDS", 0)  # and it is slower than that
    world, elevation = granted_in(DYNAMIC)
    first, second = elevation.domain_controller, "dc2.corp.example.test"
    assert first != second
    world.clock.advance(left(world, elevation.deadline) - 1.8)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=first)
    extended = world.service.extend(elevation.id, HOUR, world.recorder)
    world.faults.clear()
    world.clock.advance(1.9)  # the first one's copy has died before the later time to live arrived
    world.service.sweep(elevation.provider_id, world.recorder)
    assert world.stored(elevation).state is State.ACTIVE
    assert Event.GONE not in events(world)
    assert extended.domain_controller == second


def test_that_an_extension_without_an_answer_is_looked_up_where_it_was_written() -> None:
    world, elevation = granted_in(NOTHING)
    first, second = elevation.domain_controller, "dc2.corp.example.test"
    world.change(replace(world.provider, connection=replace(world.provider.connection, server=second)))
    world.faults.fail_next(Fault.UNAVAILABLE, Operation.CONNECT, controller=first)
    world.faults.fail_next(Fault.LOST_ANSWER, Operation.WRITE_RECORD)
    extended = world.service.extend(elevation.id, HOUR, world.recorder)
    assert extended.deadline == elevation.deadline + timedelta(hours=1)
    assert Event.EXTENSION_FAILED not in events(world)


def test_that_an_extension_where_the_group_is_not_known_moves_nothing() -> None:
    world = World()
    policy = replace(CheckoutPolicy(), maximum_seconds=8 * HOUR, extension_allowed=True)
    world.change(replace(world.provider, policy=policy))
    elevation = world.check_out(seconds=HOUR)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=elevation.domain_controller)
    with pytest.raises(NoSuchObject):
        world.service.extend(elevation.id, HOUR, world.recorder)
    world.faults.clear()
    assert world.stored(elevation).domain_controller == elevation.domain_controller


def test_that_an_extension_of_which_nothing_was_heard_is_not_believed_to_be_over_at_the_earlier_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extending, "UNKNOWN_REPLICATION_SECONDS", 0)  # and it is slower than that
    world, elevation = granted_in(DYNAMIC)
    first = elevation.domain_controller
    world.clock.advance(left(world, elevation.deadline) - 2.5)
    world.faults.fail_next(Fault.LOST_ANSWER, Operation.WRITE_RECORD)
    connecting = world.connector.connect
    calls = 0

    def dies(*args: Any, **options: Any) -> DemoDirectory:
        nonlocal calls
        calls += 1
        if calls == 3:  # it is looked up over fresh connections
            world.faults.fail_always(Fault.UNAVAILABLE, controller=first)
        return connecting(*args, **options)

    world.connector.connect = dies  # type: ignore[method-assign]
    with pytest.raises(OutcomeUnknown):
        world.service.extend(elevation.id, HOUR, world.recorder)
    world.clock.advance(2.5)  # the other one's copy has died; the first one's lives on, as it was told to
    world.tick()
    assert world.stored(elevation).state is State.OVERDUE
    world.faults.clear()
    world.clock.advance(60)
    world.tick()
    world.settle()
    assert world.stored(elevation).state is State.ENDED
    assert world.nothing_left()


def test_that_an_extension_is_refused_while_only_a_read_only_controller_answers() -> None:
    world, elevation = granted_in(NOTHING)
    for host in ("dc1.corp.example.test", "dc2.corp.example.test"):
        world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    with pytest.raises(DirectoryError, match="read-only"):
        world.service.extend(elevation.id, HOUR, world.recorder)
    assert Event.EXTENDING not in events(world)
