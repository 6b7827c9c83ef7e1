# SPDX-License-Identifier: MIT
"""Extensions that are refused half-way, found by somebody else, or late: what is taken back, what counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jit_desktop.directory.demo import DemoDirectory, Fault, Operation
from jit_desktop.elevation import record
from jit_desktop.elevation.errors import AccessDenied, ConcurrentChange
from jit_desktop.elevation.extending import EXTENSION_LEASE_SECONDS
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import Elevation, Mechanism, Step, StepReport, StepStatus
from jit_desktop.elevation.ports import Abilities, Directory
from jit_desktop.elevation.prolonging import decode, find
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import CheckoutPolicy, ConnectionSettings
from tests.unit.elevation.helpers import MemoryStore, Recorder, visible
from tests.unit.elevation.world import World

NOTHING = Abilities()
DYNAMIC = Abilities(dynamic_objects=True)
BOTH = Abilities(dynamic_objects=True, ttl_links=True)
ADMINS = "Remote Desktop Manager Admins"
SERVICE_DESK = "Remote Desktop Manager Service Desk"
HOUR = 3600


def granted_in(abilities: Abilities, *names: str) -> tuple[World, Elevation]:
    world = World(abilities=abilities)
    policy = replace(CheckoutPolicy(), maximum_seconds=8 * HOUR, extension_allowed=True)
    world.change(replace(world.provider, policy=policy))
    elevation = world.check_out(*names, seconds=HOUR)
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


def ttls(world: World, elevation: Elevation) -> list[int | None]:
    """Of the account's membership, and of those in the targets."""
    assert elevation.group_guid is not None
    directory = connect(world)
    links = [(elevation.group_guid, elevation.account.guid)]
    links += [(p.group.guid, elevation.group_guid) for p in elevation.privileges]
    found = [directory.membership(*link) for link in links]
    assert None not in found
    return [link.ends_in_seconds for link in found if link is not None]


def events(world: World) -> list[Event]:
    return [move.event for move in world.store.moves]


def requests(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Filled with whom the program connects to."""
    hosts: list[str] = []
    connect_to = world.connector.connect

    def noted(
        connection: ConnectionSettings, password: Secret | None = None, *, server: str = "", **_: object
    ) -> Directory:
        hosts.append(server)
        return connect_to(connection, password, server=server)

    monkeypatch.setattr(world.connector, "connect", noted)
    return hosts


class WhenWritten(Recorder):
    """Does something when the directory has taken an extension and before that is stored."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def on_step(self, report: StepReport) -> None:
        super().on_step(report)
        if (report.step, report.status) == (Step.EXTEND, StepStatus.DONE):
            self.deed()

    def deed(self) -> None:
        """Another copy on the same database settles it, since its lease is over."""
        self.world.clock.advance(EXTENSION_LEASE_SECONDS + 1)
        self.world.another_copy(self.world.store).tick(Recorder())


class Dies(BaseException):
    """The process is gone."""


def die_extending(
    world: World, elevation: Elevation, monkeypatch: pytest.MonkeyPatch, *, written: bool
) -> None:
    """The program dies before, or just after, it has written the record of an extension by an hour."""
    write = DemoDirectory.write_record

    def dying(self: DemoDirectory, *args: object, **options: object) -> None:
        if written:
            write(self, *args, **options)  # type: ignore[arg-type]
        raise Dies

    with monkeypatch.context() as patch:
        patch.setattr(DemoDirectory, "write_record", dying)
        with pytest.raises(Dies):
            world.service.extend(elevation.id, HOUR, world.recorder)
    assert world.stored(elevation).extending_to == elevation.deadline + timedelta(hours=1)


# --- taken back --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nth", [2, 3])
def test_that_memberships_that_were_lengthened_are_shortened_when_a_later_one_is_refused(nth: int) -> None:
    world, elevation = granted_in(BOTH, ADMINS, SERVICE_DESK)
    before = ttls(world, elevation)
    assert len(before) == 3
    lengthened: list[int | None] = []

    class Looking(Recorder):
        def on_step(self, report: StepReport) -> None:
            if (report.step, report.status) == (Step.EXTEND, StepStatus.FAILED):
                lengthened.extend(ttls(world, elevation))

    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.RENEW_MEMBER, nth=nth)
    with pytest.raises(AccessDenied):
        world.service.extend(elevation.id, HOUR, Looking())
    assert [ttl is not None and ttl > 2 * HOUR - 60 for ttl in lengthened] == [n < nth for n in (1, 2, 3)]
    assert ttls(world, elevation) == [pytest.approx(left(world, elevation.deadline), abs=2)] * 3
    assert in_record(world, elevation) == elevation.deadline


def test_that_what_ends_it_is_read_again_after_an_extension_that_failed() -> None:
    world, elevation = granted_in(DYNAMIC)
    # As after it was taken over while that could not be read.
    unread = replace(elevation, mechanism=Mechanism.NONE, directory_ends_at=None)
    world.store.kept[elevation.id] = unread
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.WRITE_RECORD)
    with pytest.raises(AccessDenied):
        world.service.extend(elevation.id, HOUR, world.recorder)
    after = world.stored(elevation)
    assert (after.mechanism, after.directory_ends_at) == (
        Mechanism.DYNAMIC_GROUP,
        elevation.directory_ends_at,
    )


def test_that_an_extension_whose_later_deadline_is_past_is_not_written_on_before_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, elevation = granted_in(NOTHING)
    die_extending(world, elevation, monkeypatch, written=True)
    world.clock.advance(left(world, in_record(world, elevation)) + 60)
    monkeypatch.setattr(DemoDirectory, "write_record", lambda *_, **__: pytest.fail("written"))
    world.recorder.steps.clear()
    world.tick()
    assert world.groups_there() == []
    assert not [r for r in world.recorder.steps if r.status in (StepStatus.WARNING, StepStatus.FAILED)]


# --- with others -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [0, 60])
def test_that_a_later_deadline_that_is_past_already_is_not_honoured(late: int) -> None:
    world, elevation = granted_in(NOTHING)
    copy = world.another_copy(MemoryStore())
    copy.sweep(world.provider.id, Recorder())
    copy.extend(elevation.id, HOUR, Recorder())
    world.clock.advance(left(world, in_record(world, elevation)) + late)
    world.tick()
    assert world.groups_there() == []
    assert Event.EXTENDED not in events(world)


def test_that_what_another_copy_has_stored_of_the_same_extension_is_returned() -> None:
    world, elevation = granted_in(BOTH)
    extended = world.service.extend(elevation.id, HOUR, WhenWritten(world))
    assert extended == world.stored(elevation)
    assert extended.deadline == elevation.deadline + timedelta(hours=1)
    assert events(world).count(Event.EXTENDED) == 1


def test_that_an_extension_that_was_stored_and_then_checked_in_is_no_success() -> None:
    world, elevation = granted_in(BOTH)

    class ThenCheckedIn(WhenWritten):
        def deed(self) -> None:
            super().deed()
            assert world.stored(elevation).deadline > elevation.deadline
            world.another_copy(world.store).check_in(elevation.id, Recorder())

    with pytest.raises(ConcurrentChange):
        world.service.extend(elevation.id, HOUR, ThenCheckedIn(world))
    assert world.stored(elevation).state is State.ENDING


def test_that_a_host_that_is_no_domain_controller_any_more_is_not_asked_what_became_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, elevation = granted_in(NOTHING)
    gone = "dc9.corp.example.test"
    world.store.kept[elevation.id] = replace(
        elevation, domain_controller=gone, extending_to=elevation.deadline + timedelta(hours=1)
    )
    tried = requests(world, monkeypatch)
    world.service.sweep(world.provider.id, world.recorder)
    assert world.stored(elevation).extending_to is None
    assert tried
    assert gone not in tried


@pytest.mark.parametrize("written", [False, True])
def test_that_who_extends_finds_out_first_what_became_of_an_extension_that_hangs(
    monkeypatch: pytest.MonkeyPatch, written: bool
) -> None:
    world, elevation = granted_in(BOTH)
    die_extending(world, elevation, monkeypatch, written=written)
    world.clock.advance(EXTENSION_LEASE_SECONDS)
    extended = world.service.extend(elevation.id, 60, world.recorder)
    assert extended.deadline == elevation.deadline + timedelta(hours=1 if written else 0, seconds=60)
    assert extended.extending_to is None


def prolong_record(world: World, elevation: Elevation) -> None:
    """As the elevated account may do: its record names a later end."""
    assert elevation.group_guid is not None
    directory = connect(world)
    entry = record.decode(visible(directory.temporary_group(elevation.group_guid)).info)
    later = replace(entry, deadline=entry.deadline + timedelta(hours=6))
    directory.write_record(elevation.group_guid, record.encode(later), "")


def test_that_an_extension_that_was_dropped_proves_nothing_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, elevation = granted_in(NOTHING)
    die_extending(world, elevation, monkeypatch, written=False)
    world.clock.advance(EXTENSION_LEASE_SECONDS)
    world.tick()
    assert world.stored(elevation).extending_to is None
    (group,) = find(elevation, connect(world))
    marker = decode(group.info)
    assert marker is not None
    assert marker.end == elevation.deadline, "no other than the earlier end is proven"
    prolong_record(world, elevation)
    world.clock.advance(left(world, elevation.deadline))
    world.tick()
    assert world.groups_there() == []


# --- while nothing can be found out ------------------------------------------------------------------------


@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("operation", [Operation.CONNECT, Operation.TEMPORARY_GROUP])
def test_that_looks_at_an_extension_of_which_nothing_can_be_found_out_pause_longer_and_longer(
    monkeypatch: pytest.MonkeyPatch, operation: Operation, written: bool
) -> None:
    world, elevation = granted_in(BOTH)
    die_extending(world, elevation, monkeypatch, written=written)
    world.faults.fail_always(Fault.UNAVAILABLE, operation)
    world.clock.advance(EXTENSION_LEASE_SECONDS)
    for attempt, pause in enumerate((5, 10, 20), start=1):
        world.tick()
        waiting = world.stored(elevation)
        assert (waiting.attempts, waiting.state, waiting.failure) == (attempt, State.ACTIVE, "")
        assert waiting.next_attempt_at is not None
        now = world.service.domain_now(elevation.provider_id)
        assert (waiting.next_attempt_at - now).total_seconds() == pytest.approx(pause, abs=0.01)
        with monkeypatch.context() as patch:
            asked = requests(world, patch)
            world.clock.advance(pause - 1)
            world.tick()
            assert asked == []
        world.clock.advance(1)
    world.faults.clear()
    world.tick()
    after = world.stored(elevation)
    assert after.deadline == elevation.deadline + timedelta(hours=1 if written else 0)
    assert (after.attempts, after.extending_to, after.next_attempt_at) == (0, None, None)


def test_that_an_extension_that_can_not_be_taken_back_is_not_tried_at_every_tick() -> None:
    world, elevation = granted_in(BOTH)
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.WRITE_RECORD, nth=2)
    world.faults.fail_always(Fault.ACCESS_DENIED, Operation.RENEW_MEMBER)
    with pytest.raises(AccessDenied):
        world.service.extend(elevation.id, HOUR, world.recorder)
    world.faults.fail_always(Fault.ACCESS_DENIED, Operation.WRITE_RECORD)
    world.clock.advance(EXTENSION_LEASE_SECONDS)
    recorder = Recorder()
    for _ in range(4):
        world.service.tick(recorder)
        world.clock.advance(1)
    assert [s.message.split(":")[0] for s in recorder.steps] == ["Could not be taken back"]


@pytest.mark.parametrize("operations", [(), (Operation.TEMPORARY_GROUP,)])
def test_that_pauses_of_an_extension_that_hangs_delay_no_end(
    monkeypatch: pytest.MonkeyPatch, operations: tuple[Operation, ...]
) -> None:
    world, elevation = granted_in(NOTHING)
    die_extending(world, elevation, monkeypatch, written=False)
    world.store.kept[elevation.id] = replace(
        world.stored(elevation), attempts=6, next_attempt_at=elevation.deadline + timedelta(seconds=200)
    )
    world.clock.advance(left(world, elevation.deadline))
    world.faults.fail_always(Fault.UNAVAILABLE, *operations)
    world.tick()
    overdue = world.stored(elevation)
    assert (overdue.state, overdue.attempts) == (State.OVERDUE, 1)
    assert overdue.next_attempt_at is not None
    assert overdue.next_attempt_at <= elevation.deadline + timedelta(seconds=5.01)
    world.faults.clear()
    world.clock.advance(5.01)
    world.tick()
    assert world.groups_there() == []
