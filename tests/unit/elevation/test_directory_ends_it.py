# SPDX-License-Identifier: MIT
"""What Active Directory ends by itself: granted with a time to live, read back, and gone without us."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.directory.demo import DemoDirectory, Fault, Operation
from jit_desktop.directory.demo.faults import EVERYTHING
from jit_desktop.elevation import assurance
from jit_desktop.elevation.errors import AccessDenied, DirectoryUnavailable, OutcomeUnknown
from jit_desktop.elevation.identity import SecurityId
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation, Guarantee, Mechanism, Step, StepStatus
from jit_desktop.elevation.ports import Abilities, Membership, NewGroup, TemporaryGroup
from tests.unit.elevation.helpers import START, MemoryStore, visible
from tests.unit.elevation.test_forged import made_by
from tests.unit.elevation.world import World

NOTHING = Abilities()
DYNAMIC = Abilities(dynamic_objects=True)
LINKS = Abilities(ttl_links=True)
BOTH = Abilities(dynamic_objects=True, ttl_links=True)
ADMINS = "Remote Desktop Manager Admins"
SERVICE_DESK = "Remote Desktop Manager Service Desk"
HOUR = 3600


def world_with(abilities: Abilities) -> World:
    return World(abilities=abilities)


def connect(world: World, server: str = "") -> DemoDirectory:
    return world.connector.connect(world.provider.connection, server=server)


def group_of(world: World, elevation: Elevation) -> TemporaryGroup:
    assert elevation.group_guid is not None
    group = visible(connect(world).temporary_group(elevation.group_guid))
    assert group is not None
    return group


def link(world: World, elevation: Elevation, name: str = ADMINS) -> Membership | None:
    assert elevation.group_guid is not None
    return connect(world).membership(world.privilege(name), elevation.group_guid)


def guarantee_steps(world: World) -> list[tuple[StepStatus, str]]:
    return [(s.status, s.message) for s in world.recorder.steps if s.step is Step.GUARANTEE]


# --- granting ----------------------------------------------------------------------------------------------


def test_that_a_dynamic_group_ends_with_the_elevation() -> None:
    world = world_with(DYNAMIC)
    granted = world.check_out(seconds=7200)
    assert granted.mechanism is Mechanism.DYNAMIC_GROUP
    assert granted.guarantee is Guarantee.DIRECTORY
    assert granted.directory_ends_at is not None
    assert timedelta(0) <= granted.deadline - granted.directory_ends_at <= timedelta(seconds=1)
    assert group_of(world, granted).ends_in_seconds == 7199
    assert link(world, granted) == Membership(None)
    assert guarantee_steps(world)[-1] == (
        StepStatus.DONE,
        f"Active Directory ends it by itself at {granted.directory_ends_at:%Y-%m-%d %H:%M:%S} UTC.",
    )


def test_that_an_elevation_shorter_than_the_forests_minimum_is_ended_by_the_program_on_time() -> None:
    world = world_with(DYNAMIC)
    granted = world.check_out(seconds=600)
    assert granted.mechanism is Mechanism.DYNAMIC_GROUP
    assert granted.directory_ends_at is not None
    assert granted.directory_ends_at - granted.deadline == timedelta(seconds=300)
    (status, message) = guarantee_steps(world)[-1]
    assert status is StepStatus.DONE
    assert message.startswith("This program ends it on time; Active Directory at the latest at ")
    world.clock.advance(600)
    world.tick()
    assert world.nothing_left()
    world.settle()
    assert world.stored(granted).end_reason is EndReason.DEADLINE


def test_that_memberships_with_a_ttl_end_with_the_elevation_and_the_record_survives_them_a_little() -> None:
    world = world_with(BOTH)
    granted = world.check_out(ADMINS, SERVICE_DESK)
    group = group_of(world, granted)
    assert granted.mechanism is Mechanism.TTL_LINKS
    assert granted.directory_ends_at is not None
    assert timedelta(0) < granted.deadline - granted.directory_ends_at <= timedelta(seconds=1)
    assert connect(world).membership(group.guid, granted.account.guid) == Membership(7199)
    assert {link(world, granted, n) for n in (ADMINS, SERVICE_DESK)} == {Membership(7199)}
    assert group.ends_in_seconds == 7199 + assurance.RECORD_SURVIVES_SECONDS


def test_that_memberships_with_a_ttl_do_without_dynamic_objects() -> None:
    world = world_with(LINKS)
    granted = world.check_out(seconds=600)
    assert granted.mechanism is Mechanism.TTL_LINKS
    assert group_of(world, granted).ends_in_seconds is None
    assert link(world, granted) == Membership(599)


def test_that_without_either_the_program_says_that_only_it_ends_the_elevation() -> None:
    world = world_with(NOTHING)
    granted = world.check_out()
    assert (granted.mechanism, granted.directory_ends_at) == (Mechanism.NONE, None)
    assert granted.guarantee is Guarantee.PROGRAM
    assert guarantee_steps(world) == [
        (StepStatus.WARNING, "It ends only while this program or a sweep runs.")
    ]


def test_that_what_is_not_shown_afterwards_is_not_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_with(DYNAMIC)
    create = DemoDirectory.create_group
    monkeypatch.setattr(
        DemoDirectory,
        "create_group",
        lambda self, group: create(self, replace(group, lifetime_seconds=None)),
    )
    granted = world.check_out()
    assert (granted.mechanism, granted.directory_ends_at) == (Mechanism.NONE, None)
    assert guarantee_steps(world)[-1][0] is StepStatus.WARNING


def test_that_the_mechanism_is_stored_with_the_event_that_it_was_granted() -> None:
    world = world_with(DYNAMIC)
    granted = world.check_out()
    first = next(e for e in world.recorder.elevations if e.state is State.PROPAGATING)
    assert first.mechanism is Mechanism.DYNAMIC_GROUP
    assert first.directory_ends_at == granted.directory_ends_at
    assert world.stored(granted).directory_ends_at == granted.directory_ends_at


@pytest.mark.parametrize(
    ("refused", "mechanism"),
    [
        ({"links": True, "group": True}, Mechanism.NONE),
        ({"links": False, "group": True}, Mechanism.TTL_LINKS),
        ({"links": True, "group": False}, Mechanism.DYNAMIC_GROUP),
    ],
)
def test_that_a_refused_time_to_live_is_left_out_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, refused: dict[str, bool], mechanism: Mechanism
) -> None:
    world = world_with(BOTH)
    create = DemoDirectory.create_group

    def refusing_create(self: DemoDirectory, group: NewGroup) -> object:
        if (group.lifetime_seconds and refused["group"]) or (
            group.member_lifetime_seconds and refused["links"]
        ):
            raise AccessDenied("No times to live here.")
        return create(self, group)

    monkeypatch.setattr(DemoDirectory, "create_group", refusing_create)
    granted = world.check_out()
    assert granted.mechanism is mechanism
    assert world.holds()
    assert len(world.groups_there()) == 1
    warnings = [message for status, message in guarantee_steps(world) if status is StepStatus.WARNING]
    assert "Active Directory did not take every time to live: No times to live here." in warnings
    if mechanism is Mechanism.DYNAMIC_GROUP:
        assert granted.directory_ends_at is not None
        assert granted.directory_ends_at <= granted.deadline


def test_that_a_target_that_refuses_a_ttl_is_granted_and_the_accounts_membership_ends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = world_with(BOTH)
    add = DemoDirectory.add_member

    def refusing(
        self: DemoDirectory, group: str, member: str, *, lifetime_seconds: int | None = None
    ) -> None:
        if lifetime_seconds is not None:
            raise AccessDenied("No times to live here.")
        add(self, group, member)  # type: ignore[arg-type]

    monkeypatch.setattr(DemoDirectory, "add_member", refusing)
    granted = world.check_out()
    assert granted.mechanism is Mechanism.TTL_LINKS
    assert link(world, granted) == Membership(None)
    assert granted.directory_ends_at is not None
    assert granted.directory_ends_at <= granted.deadline
    world.clock.advance(7200)
    assert not world.holds()


def test_that_a_refusal_of_everything_fails_with_its_reason_and_without_a_word_of_times_to_live() -> None:
    world = world_with(BOTH)
    world.faults.fail_always(Fault.ACCESS_DENIED, Operation.CREATE_GROUP)
    with pytest.raises(AccessDenied):
        world.check_out()
    assert guarantee_steps(world) == []
    world.faults.clear()
    assert world.nothing_left()
    assert world.only().state is State.FAILED


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.LOST_REQUEST])
@pytest.mark.parametrize("operation", [Operation.CREATE_GROUP, Operation.ADD_MEMBER])
def test_that_a_write_without_an_answer_is_followed_by_no_other_way(
    fault: Fault, operation: Operation
) -> None:
    world = world_with(BOTH)
    world.faults.fail_next(fault, operation)
    with pytest.raises(OutcomeUnknown):
        world.check_out()
    assert not [s for s in world.recorder.steps if s.step is Step.GUARANTEE]
    assert world.nothing_left()


def test_that_a_permanent_membership_gets_no_end_from_an_elevation() -> None:
    world = world_with(BOTH)
    account, admins = world.account(), world.privilege(ADMINS)
    world.console.add_member(admins, account)
    world.check_out(ADMINS, SERVICE_DESK)
    world.clock.advance(7200)
    world.tick()
    assert connect(world).membership(admins, account) == Membership(None)
    assert not world.holds(SERVICE_DESK)


@pytest.mark.parametrize("abilities", [DYNAMIC, LINKS, BOTH])
@pytest.mark.parametrize("offset", [0.0, 0.25, 0.999])
def test_that_the_directory_alone_ends_it_in_the_last_second_before_the_deadline(
    abilities: Abilities, offset: float
) -> None:
    world = world_with(abilities)
    world.clock.advance(offset)
    granted = world.check_out(ADMINS, SERVICE_DESK, seconds=1800)
    left = (granted.deadline - connect(world).current_time()).total_seconds()
    world.clock.advance(left - 1.01)
    assert world.holds(ADMINS)
    assert world.holds(SERVICE_DESK)
    world.clock.advance(1.01)
    assert not world.holds(ADMINS)
    assert not world.holds(SERVICE_DESK)


@pytest.mark.parametrize(
    ("left", "seconds"), [(100.0, 99), (100.25, 100), (99.999, 99), (1.0, 1), (0.2, 1), (-5.0, 1)]
)
def test_that_a_ttl_is_below_the_time_that_is_left(left: float, seconds: int) -> None:
    assert assurance.link_seconds(START + timedelta(seconds=left), START) == seconds


# --- ended by the directory --------------------------------------------------------------------------------


def test_that_a_tick_at_the_deadline_says_that_the_directory_has_ended_it() -> None:
    world = world_with(DYNAMIC)
    granted = world.check_out()
    world.settle()
    world.clock.advance(7200)
    world.tick()
    ended = world.stored(granted)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.DIRECTORY)


def test_that_a_sweep_just_before_the_deadline_says_so_too() -> None:
    world = world_with(DYNAMIC)
    granted = world.check_out()
    world.settle()
    left = granted.deadline - connect(world).current_time()
    world.clock.advance(left.total_seconds() - 0.5)
    world.service.sweep(world.provider.id, world.recorder)
    ended = world.stored(granted)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.DIRECTORY)


def test_that_a_group_that_somebody_removed_early_was_removed_elsewhere() -> None:
    world = world_with(DYNAMIC)
    granted = world.check_out()
    assert granted.group_guid is not None
    world.console.delete(granted.group_guid)
    world.settle()
    world.service.sweep(world.provider.id, world.recorder)
    assert world.stored(granted).end_reason is EndReason.REMOVED_ELSEWHERE


def test_that_an_ordinary_group_that_is_gone_at_the_deadline_was_not_ended_by_the_directory() -> None:
    world = world_with(NOTHING)
    granted = world.check_out()
    assert granted.group_guid is not None
    world.settle()
    world.console.delete(granted.group_guid)
    world.clock.advance(7200)
    world.tick()
    assert world.stored(granted).end_reason is EndReason.DEADLINE


@pytest.mark.parametrize("abilities", [DYNAMIC, LINKS, BOTH])
def test_that_a_promise_of_a_directory_that_can_not_be_asked_silences_no_alarm(abilities: Abilities) -> None:
    world = world_with(abilities)
    granted = world.check_out()
    world.settle()
    world.tick()
    world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
    world.clock.advance(7202)
    world.tick()
    assert world.stored(granted).state is State.OVERDUE
    world.faults.clear()
    world.clock.advance(600)
    world.tick()
    world.settle()
    assert world.stored(granted).state is State.ENDED


def test_that_what_ttl_links_have_ended_is_tidied_up_as_usual() -> None:
    world = world_with(BOTH)
    granted = world.check_out()
    world.settle()
    world.clock.advance(7190)
    assert not world.holds()
    assert world.groups_there() == [granted.group_name]
    world.tick()
    world.settle()
    assert world.groups_there() == []
    assert world.stored(granted).end_reason is EndReason.DEADLINE


# --- taken over from another copy --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("abilities", "mechanism"),
    [(NOTHING, Mechanism.NONE), (DYNAMIC, Mechanism.DYNAMIC_GROUP), (BOTH, Mechanism.TTL_LINKS)],
)
def test_that_an_adopted_elevation_has_what_the_directory_shows(
    abilities: Abilities, mechanism: Mechanism
) -> None:
    world = world_with(abilities)
    granted = world.check_out()
    store = MemoryStore()
    (adopted,) = world.another_copy(store).sweep(world.provider.id, world.recorder).adopted
    assert adopted.mechanism is mechanism
    assert adopted.directory_ends_at == granted.directory_ends_at
    assert adopted.deadline == granted.deadline


def test_that_an_elevation_is_taken_over_although_what_ends_it_can_not_be_read() -> None:
    world = world_with(BOTH)
    world.check_out()
    world.faults.fail_always(Fault.ACCESS_DENIED, Operation.MEMBERSHIP)
    (adopted,) = world.another_copy(MemoryStore()).sweep(world.provider.id, world.recorder).adopted
    assert (adopted.mechanism, adopted.directory_ends_at) == (Mechanism.NONE, None)


def forge(world: World, elevation: Elevation, sentence: str | None = None, **changes: str) -> None:
    """Write parts of its record again; its description stays, or becomes ``sentence``."""
    group = group_of(world, elevation)
    raw = json.loads(group.info) | changes
    description = group.description if sentence is None else sentence
    connect(world).write_record(group.guid, json.dumps(raw, separators=(",", ":")), description)


def test_that_an_end_of_another_maker_is_taken_over_with_the_policys_longest_one_and_ended_then() -> None:
    world = world_with(NOTHING)
    granted = world.check_out()
    made_by(world, group_of(world, granted).guid, SecurityId("S-1-5-21-1-2-3-4711"))
    longest = granted.duration_seconds // 2
    world.change(replace(world.provider, policy=replace(world.provider.policy, maximum_seconds=longest)))
    copy = world.another_copy(MemoryStore())
    (adopted,) = copy.sweep(world.provider.id, world.recorder).adopted
    assert granted.granted_at is not None
    assert adopted.deadline == granted.granted_at.replace(microsecond=0) + timedelta(seconds=longest)
    assert adopted.duration_seconds == longest
    (step,) = [s for s in world.recorder.steps if "longer than the checkout policy allows" in s.message]
    assert (step.step, step.status) == (Step.GUARANTEE, StepStatus.WARNING)
    left = (adopted.deadline - connect(world).current_time()).total_seconds()
    world.clock.advance(left - 10)
    copy.tick(world.recorder)
    assert world.holds()
    world.clock.advance(10)
    copy.tick(world.recorder)
    assert world.nothing_left()


@pytest.mark.parametrize("start", ["2026-11-23T12:00:00Z", "2031-01-01T00:00:00Z"])
def test_that_a_forged_deadline_is_none_where_all_texts_were_written_again(start: str) -> None:
    world = world_with(NOTHING)
    granted = world.check_out()
    forge(world, granted, "", **{"from": start, "end": "2031-01-01T01:00:00Z"})
    world.clock.advance(600)
    copy = world.another_copy(MemoryStore())
    report = copy.sweep(world.provider.id, world.recorder)
    assert [s.reason for s in report.suspects] == ["until when it may give anything can't be told"]
    assert not world.holds()


def test_that_a_group_whose_record_names_somebody_else_is_suspect_and_ends_all_the_same() -> None:
    world = world_with(NOTHING)
    granted = world.check_out()
    forge(world, granted, acc="0" * 32)
    copy = world.another_copy(MemoryStore())
    report = copy.sweep(world.provider.id, world.recorder)
    assert [(s.name, s.is_alarm) for s in report.suspects] == [(granted.group_name, False)]
    assert [bool(e.suspicion) for e in report.adopted] == [True]
    assert world.holds()
    world.clock.advance(granted.remaining(world.clock.wall).total_seconds())
    copy.tick(world.recorder)
    assert not world.holds()


def test_that_a_directory_that_does_not_answer_is_no_refusal() -> None:
    assert not assurance.is_refusal(DirectoryUnavailable("No answer."))
    assert not assurance.is_refusal(OutcomeUnknown("No answer."))
    assert assurance.is_refusal(AccessDenied("No."))


@pytest.mark.parametrize(("into_the_second", "whole"), [(0.0, 900), (0.001, 901), (0.999, 901)])
def test_that_an_end_is_not_claimed_earlier_than_the_directory_shows_it(
    into_the_second: float, whole: int
) -> None:
    world = world_with(DYNAMIC)
    group = replace(group_of(world, world.check_out()), ends_in_seconds=900)
    read_at = START + timedelta(seconds=into_the_second)
    found = assurance.shown(connect(world), read_at, group, world.account(), ())
    assert found.ends_at == START + timedelta(seconds=whole)
