# SPDX-License-Identifier: MIT
"""A grant is read back by its effect, and what is said of one that failed is what was read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jit_desktop.directory.demo import Fault, Operation
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.errors import (
    AccessDenied,
    AlreadyMember,
    Cancelled,
    ConcurrentChange,
    MissingRights,
    RejectedByDirectory,
    TooLateToExtend,
)
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import Step, StepReport, StepStatus
from jit_desktop.elevation.ports import Abilities, CancelToken, DirectoryEntry
from jit_desktop.elevation.settings import CheckoutPolicy
from tests.unit.elevation.helpers import Recorder, visible
from tests.unit.elevation.world import World

TARGET = "Remote Desktop Manager Admins"
DESK = "Remote Desktop Manager Service Desk"
UNIVERSAL = "Remote Desktop Manager Admins - Universal"
NOTHING = "Nothing is left granted."


@pytest.fixture
def world() -> World:
    return World()


def roll_back_words(world: World) -> list[str]:
    return [
        s.message
        for s in world.recorder.steps
        if s.step is Step.ROLL_BACK and s.status is not StepStatus.RUNNING
    ]


# --- read back ----------------------------------------------------------------------------------------------


def test_that_a_grant_without_effect_is_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the target is no security group any more: nested well, and no right comes of it."""
    target = world.privilege(DESK)
    with world.connector.connect(world.provider.connection) as directory:
        sid = directory.read(target).sid
    real = DemoDirectory.token_groups
    monkeypatch.setattr(DemoDirectory, "token_groups", lambda d, what: real(d, what) - {sid})
    with pytest.raises(
        RejectedByDirectory, match="did not become a member of Remote Desktop Manager Service"
    ):
        world.check_out(TARGET, DESK)
    monkeypatch.undo()
    assert world.nothing_left()


def test_that_a_target_whose_sid_cannot_be_read_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = world.privilege(DESK)
    real = DemoDirectory.read

    def read(directory: DemoDirectory, what: ObjectGuid | DistinguishedName) -> DirectoryEntry:
        found = real(directory, what)
        return replace(found, sid=None) if found.guid == target else found

    monkeypatch.setattr(DemoDirectory, "read", read)
    with pytest.raises(MissingRights, match="SID of Remote Desktop Manager Service Desk"):
        world.check_out(TARGET, DESK)
    monkeypatch.undo()
    assert Event.CHECKED not in [t.event for t in world.store.moves]
    assert world.nothing_left()


def test_that_a_member_that_somebody_adds_meanwhile_is_noticed(world: World) -> None:
    class Meddler(Recorder):
        def on_step(self, report: StepReport) -> None:
            if (report.step, report.status) == (Step.NEST_GROUP, StepStatus.DONE):
                (name,) = world.groups_there()
                assert world.provider.jit.location is not None
                group = child_dn("CN", name, world.provider.jit.location.dn)
                world.console.add_member(group, world.account("_sqladmin02"))

    with pytest.raises(RejectedByDirectory, match="other members"):
        world.service.check_out(world.request(), Meddler())
    assert world.nothing_left()
    assert world.nothing_left("_sqladmin02")


def test_that_a_nesting_which_is_gone_is_noticed_where_the_right_was_held_before(world: World) -> None:
    class Meddler(Recorder):
        def on_step(self, report: StepReport) -> None:
            if (report.step, report.status) == (Step.READ_BACK, StepStatus.RUNNING):
                (name,) = world.groups_there()
                assert world.provider.jit.location is not None
                world.console.remove_member(
                    world.privilege(), child_dn("CN", name, world.provider.jit.location.dn)
                )

    request = world.request(TARGET, UNIVERSAL, DESK, account="_permanent01")
    with pytest.raises(RejectedByDirectory, match="did not become a member of Remote Desktop Manager Admins"):
        world.service.check_out(request, Meddler())
    assert world.groups_there() == []


def test_that_what_was_held_before_and_the_sids_are_kept(world: World) -> None:
    elevation = world.check_out(TARGET, UNIVERSAL, DESK, account="_permanent01")
    with world.connector.connect(world.provider.connection) as directory:
        sids = [directory.read(p.group.guid).sid for p in elevation.privileges]
    assert [p.sid for p in world.stored(elevation).privileges] == sids
    held = {p.group.name: p.held_before for p in elevation.privileges}
    assert held[TARGET] is True
    assert False in held.values()


def test_that_groups_keep_their_name_and_accounts_their_logon_name(world: World) -> None:
    made = world.console.create_group(
        "Long name of a group",
        DistinguishedName(_parent(world)),
        _scope(world),
        logon_name="LONGNAME",
    )
    with world.connector.connect(world.provider.connection) as directory:
        guid = directory.read(made).guid
    offered = world.provider.jit.privileges
    group = replace(offered[0].group, guid=guid, dn=made, name="Long name of a group")
    privileges = (*offered, replace(offered[0], group=group, display_name=""))
    world.change(replace(world.provider, jit=replace(world.provider.jit, privileges=privileges)))
    elevation = world.check_out("Long name of a group")
    assert elevation.privileges[0].group.name == "Long name of a group"
    assert elevation.account.name == "_backupoperator15"


def _parent(world: World) -> str:
    with world.connector.connect(world.provider.connection) as directory:
        return directory.read(world.privilege()).dn.split(",", 1)[1]


def _scope(world: World) -> Any:
    with world.connector.connect(world.provider.connection) as directory:
        return directory.read(world.privilege()).scope


# --- words --------------------------------------------------------------------------------------------------


def test_that_nothing_is_left_is_said_where_every_controller_has_shown_it(world: World) -> None:
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.CREATE_GROUP)
    with pytest.raises(AccessDenied):
        world.check_out()
    assert world.only().state is State.FAILED
    assert roll_back_words(world) == [NOTHING]


def test_that_what_another_controller_still_shows_is_said(world: World) -> None:
    token = CancelToken()

    class Impatient(Recorder):
        def on_step(self, report: StepReport) -> None:
            world.recorder.on_step(report)
            if (report.step, report.status) == (Step.NEST_GROUP, StepStatus.DONE):
                world.clock.advance(10)  # replicated
                token.cancel()

    with pytest.raises(Cancelled):
        world.service.check_out(world.request(), Impatient(), token)
    assert world.only().state is State.ENDING
    (said,) = roll_back_words(world)
    assert "Still shown by dc2.corp.example.test" in said
    assert "looked at again" in said
    assert NOTHING not in said


def test_that_a_controller_that_could_not_be_asked_is_said(world: World) -> None:
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.CONNECT, controller="dc2.corp.example.test")
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.CREATE_GROUP)
    with pytest.raises(AccessDenied):
        world.check_out()
    assert world.only().state is State.FAILED
    (said,) = roll_back_words(world)
    assert "Could not be asked: dc2.corp.example.test" in said
    assert NOTHING not in said


def test_that_what_another_copy_has_ended_is_said_as_far_as_it_was_read(world: World) -> None:
    other = world.another_copy(world.store, "CORP\\bob")
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.CONNECT, controller="dc2.corp.example.test")

    class Meddler(Recorder):
        def on_step(self, report: StepReport) -> None:
            world.recorder.on_step(report)
            if (report.step, report.status) == (Step.CREATE_GROUP, StepStatus.DONE):
                other.check_in(report.elevation_id, Recorder())

    with pytest.raises(ConcurrentChange):
        world.service.check_out(world.request(), Meddler())
    assert world.nothing_left()
    (said,) = roll_back_words(world)
    assert "Could not be asked: dc2.corp.example.test" in said
    assert NOTHING not in said


@pytest.mark.parametrize(
    ("account", "kind"), [("_backupoperator15", ConcurrentChange), ("_permanent01", AlreadyMember)]
)
def test_that_a_check_in_during_the_checks_is_said_and_hides_no_refusal(
    world: World, account: str, kind: type[Exception]
) -> None:
    other = world.another_copy(world.store, "CORP\\bob")

    class Meddler(Recorder):
        def on_step(self, report: StepReport) -> None:
            if (report.step, report.status) == (Step.CHECK_TARGETS, StepStatus.DONE):
                other.check_in(report.elevation_id, Recorder())

    with pytest.raises(kind, match=r"was checked in by another copy|permanent member"):
        world.service.check_out(world.request(account=account), Meddler())
    assert world.groups_there() == []


# --- extended too late --------------------------------------------------------------------------------------


@pytest.mark.parametrize("abilities", [Abilities(dynamic_objects=True), Abilities(ttl_links=True)])
@pytest.mark.parametrize(("latency", "left"), [(0, 65), (0, 899), (30, 59), (300, 299)])
def test_that_an_extension_which_replication_could_miss_is_refused_and_writes_nothing(
    abilities: Abilities, latency: int, left: int
) -> None:
    world = World(abilities=abilities, latency_seconds=latency)
    policy = replace(CheckoutPolicy(), maximum_seconds=8 * 3600, extension_allowed=True)
    world.change(replace(world.provider, policy=policy))
    elevation = world.check_out(seconds=7200)
    world.settle()
    world.clock.advance(7200 - 21 - left)
    assert elevation.group_guid is not None
    with world.connector.connect(world.provider.connection) as directory:
        before = visible(directory.temporary_group(elevation.group_guid)).info
        with pytest.raises(TooLateToExtend, match="another domain controller may hear") as refused:
            world.service.extend(elevation.id, 600, world.recorder)
        assert ("Set the replication latency" in refused.value.remedy) is (latency == 0)
        assert visible(directory.temporary_group(elevation.group_guid)).info == before
    assert Event.EXTENDING not in [t.event for t in world.store.moves]


def test_that_what_is_extended_is_not_ended_by_one_that_hears_of_it_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two minutes behind, which nobody has set: either it is refused, or the right stays everywhere."""
    world = World(abilities=Abilities(dynamic_objects=True))
    policy = replace(CheckoutPolicy(), maximum_seconds=8 * 3600, extension_allowed=True)
    world.change(replace(world.provider, policy=policy))
    elevation = world.check_out(seconds=7200)
    world.settle()
    world.clock.advance(7200 - 21 - 65)
    world.stop_replication(monkeypatch, "dc2.corp.example.test")
    try:
        deadline = world.service.extend(elevation.id, 600, world.recorder).deadline
    except TooLateToExtend:
        return
    world.clock.advance(120)
    guid = elevation.group_guid
    assert guid is not None
    with world.connector.connect(world.provider.connection, server="dc2.corp.example.test") as directory:
        assert visible(directory.temporary_group(guid)) is not None, f"it is to last until {deadline}"


@pytest.mark.parametrize(("latency", "left"), [(0, 905), (30, 65)])
def test_that_an_extension_in_time_is_not_refused(latency: int, left: int) -> None:
    world = World(abilities=Abilities(dynamic_objects=True), latency_seconds=latency)
    policy = replace(CheckoutPolicy(), maximum_seconds=8 * 3600, extension_allowed=True)
    world.change(replace(world.provider, policy=policy))
    elevation = world.check_out(seconds=7200)
    world.settle()
    world.clock.advance(7200 - 21 - left)
    assert world.service.extend(elevation.id, 600, world.recorder).deadline > elevation.deadline


def test_that_a_late_extension_is_done_where_the_directory_ends_nothing_by_itself() -> None:
    world = World()
    policy = replace(CheckoutPolicy(), maximum_seconds=8 * 3600, extension_allowed=True)
    world.change(replace(world.provider, policy=policy))
    elevation = world.check_out(seconds=7200)
    world.settle()
    world.clock.advance(7200 - 21 - 5)
    assert world.service.extend(elevation.id, 600, world.recorder).deadline > elevation.deadline
