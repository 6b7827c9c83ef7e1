# SPDX-License-Identifier: MIT
"""What is left over of an elevation is looked at in each sweep, at every domain controller: it gave nothing
at the end, and may give again by a way that was not open then, or that is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from jit_desktop.directory.demo import Fault, Operation
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation.confirming import Confirmation
from jit_desktop.elevation.errors import AccessDenied
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectGuid
from jit_desktop.elevation.model import Elevation, SuspectGroup
from jit_desktop.elevation.ports import GroupScope
from jit_desktop.elevation.service import ElevationService
from tests.unit.elevation.helpers import BASE, MemoryStore, Recorder, guid
from tests.unit.elevation.test_confirming import ended_with_a_leftover
from tests.unit.elevation.test_departed import gone
from tests.unit.elevation.test_lent_elsewhere import console_at
from tests.unit.elevation.test_rivals import DC1, DC2, RODC
from tests.unit.elevation.world import World


@dataclass
class Left:
    """A world in which something is left over, and the program that granted it, which has looked at it a few
    times and pauses for long."""

    world: World
    ended: Elevation
    group: ObjectGuid

    @property
    def now(self) -> Elevation:
        return self.world.stored(self.ended)

    def give_again(self, host: str = DC1) -> ObjectGuid:
        """Through a group of somebody's own, which is returned."""
        console = console_at(self.world, host)
        middle = console.guid(console.create_group("Middle", self.ended.location.guid, GroupScope.GLOBAL))
        console.add_member(self.world.privilege(), middle)
        console.add_member(middle, self.group)
        console.add_member(self.group, self.ended.account.guid)
        return middle

    def hide_all(self, middle: ObjectGuid) -> None:
        """Neither the group nor the account is shown, nor who is in the group between; no write is done."""
        console = self.world.console
        console.hide_members(middle)
        console.hide(self.group)
        console.deny(self.group)
        dark = console.create_ou("Dark", DistinguishedName(BASE))
        console.move(self.ended.account.guid, dark)
        console.hide_contents(dark)

    def alarms(self, service: ElevationService | None = None) -> list[SuspectGroup]:
        """By a sweep of a program that goes on, or of ``service``."""
        self.world.clock.advance(10)
        report = (service or self.world.service).sweep(self.ended.provider_id, Recorder())
        return [suspect for suspect in report.suspects if suspect.is_alarm]

    def fresh(self) -> ElevationService:
        return self.world.another_copy(self.world.store)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def left(world: World) -> Left:
    ended, group = ended_with_a_leftover(world, shown=True)
    found = Left(world, ended, group)
    for _ in range(4):
        world.clock.advance(300)
        assert found.alarms() == []
    assert found.now.leftover
    return found


def test_that_what_gives_again_at_another_one_alone_is_taken_back_there(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    left.world.stop_replication(monkeypatch)
    left.give_again(DC2)
    console_at(left.world, DC2).hide(left.group, controller=DC2)
    assert (left.world.holds(server=DC1), left.world.holds(server=DC2)) == (False, True)
    assert left.alarms() == []
    assert not left.world.holds(server=DC2)
    assert "elevation.removed-again" in left.world.store.audited


@pytest.mark.parametrize("is_fresh", [True, False])
def test_that_what_gives_again_at_another_one_alone_and_refuses_is_an_alarm_of_that(
    left: Left, monkeypatch: pytest.MonkeyPatch, is_fresh: bool
) -> None:
    left.world.stop_replication(monkeypatch)
    left.give_again(DC2)
    console = console_at(left.world, DC2)
    console.hide(left.group, controller=DC2)
    console.deny(left.group, controller=DC2)
    for _ in range(2):
        (alarm,) = left.alarms(left.fresh() if is_fresh else None)
        assert (alarm.name, alarm.host) == (left.ended.group_name, DC2)
        assert f"{DC2} shows the right again" in alarm.reason
    # Nobody can look again: it stays what it was.
    left.world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    left.world.clock.advance(300)
    (alarm,) = left.alarms(left.fresh() if is_fresh else None)
    assert alarm.host == DC2
    left.world.faults.clear()
    left.world.clock.advance(300)
    console.allow(left.group)
    console.deny(left.group, Operation.DELETE_GROUP)
    assert left.alarms(left.fresh() if is_fresh else None) == []
    assert not left.world.holds(server=DC2)
    left.world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    left.world.clock.advance(300)
    assert left.alarms(left.fresh()) == [], "it gave nothing when it answered last"


@pytest.mark.parametrize("is_fresh", [True, False])
def test_that_an_alarm_of_one_that_left_the_list_and_does_not_answer_stays_one(
    left: Left, monkeypatch: pytest.MonkeyPatch, is_fresh: bool
) -> None:
    left.world.stop_replication(monkeypatch)
    left.give_again(DC2)
    console = console_at(left.world, DC2)
    console.hide(left.group, controller=DC2)
    console.deny(left.group, controller=DC2)
    assert left.alarms()
    gone(left.world, monkeypatch, DC2)
    (alarm,) = left.alarms(left.fresh() if is_fresh else None)
    assert alarm.host == DC2


@pytest.mark.parametrize("is_fresh", [True, False])
def test_that_what_is_not_shown_any_more_to_give_nothing_is_an_alarm(left: Left, is_fresh: bool) -> None:
    left.hide_all(left.give_again())
    for _ in range(2):
        alarms = left.alarms(left.fresh() if is_fresh else None)
        assert {alarm.name for alarm in alarms} == {left.ended.group_name}
        assert {alarm.host for alarm in alarms} >= {DC1, DC2}
        assert "does not show any more that it is gone" in alarms[0].reason
    assert left.now.leftover


def test_that_what_is_answered_with_an_error_is_not_shown(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    left.give_again()
    left.world.console.hide(left.group)
    left.world.console.deny(left.group)
    left.world.clock.advance(10)
    real = DemoDirectory.groups_of

    def refused(self: DemoDirectory, *args: Any, **options: Any) -> Any:
        if self.info.controller == DC2:
            raise AccessDenied("It may not be read.")
        return real(self, *args, **options)

    monkeypatch.setattr(DemoDirectory, "groups_of", refused)
    assert DC2 in {alarm.host for alarm in left.alarms()}


@pytest.mark.parametrize("deleted", ["nothing", "the account", "the account, and shows that"])
def test_that_what_is_hidden_and_gives_nothing_is_no_alarm(left: Left, deleted: str) -> None:
    """Nothing has changed of what proved that at the end; or its account is gone."""
    left.world.console.hide(left.group)
    left.world.console.deny(left.group)
    if deleted != "nothing":
        left.world.console.delete(left.ended.account.guid)
    if deleted.endswith("that"):
        left.world.console.show_deleted()
    left.world.clock.advance(10)
    for _ in range(3):
        assert left.alarms() == []
        assert left.alarms(left.fresh()) == []
    assert left.now.leftover


def asked_in(monkeypatch: pytest.MonkeyPatch) -> list[list[ElevationId]]:
    """Of which elevations each run of a confirmation asks."""
    asked: list[list[ElevationId]] = []
    real = Confirmation.run

    def run(self: Confirmation, elevations: Sequence[Elevation]) -> list[Elevation]:
        asked.append([elevation.id for elevation in elevations])
        return real(self, elevations)

    monkeypatch.setattr(Confirmation, "run", run)
    return asked


def test_that_no_other_end_is_asked_about_for_what_is_left_over(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These are many, and wait for their pause."""
    world = left.world
    other = world.check_out(account=world.provider.accounts[1].account.name)
    world.settle()
    world.faults.fail_always(Fault.UNAVAILABLE, controller=RODC)
    world.service.check_in(other.id, world.recorder)
    for _ in range(6):
        world.clock.advance(600)
        left.alarms()
    assert world.stored(other).unconfirmed_on == (RODC,)
    asked = asked_in(monkeypatch)
    world.clock.advance(60)
    left.alarms()
    assert asked == [], "what is shown everywhere is judged by that"
    left.hide_all(left.give_again())
    assert left.alarms()
    assert left.alarms()
    assert asked == [[left.ended.id], [left.ended.id]]


def test_that_an_alarm_is_over_as_soon_as_it_gives_nothing_whatever_the_pause(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    left.world.stop_replication(monkeypatch)
    left.give_again(DC2)
    console = console_at(left.world, DC2)
    console.hide(left.group, controller=DC2)
    console.deny(left.group, controller=DC2)
    assert left.alarms()
    console.remove_member(left.group, left.ended.account.guid)
    assert left.alarms() == []


def test_that_what_another_one_goes_on_giving_is_left_over_although_the_main_one_has_deleted_it(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    left.world.stop_replication(monkeypatch)
    left.give_again(DC2)
    console = console_at(left.world, DC2)
    console.deny(left.group, controller=DC2)
    left.world.console.delete(left.group)
    console.hide(left.group)
    assert [alarm.host for alarm in left.alarms()] == [DC2]
    assert left.now.leftover
    console.allow(left.group)
    assert left.alarms() == []
    left.world.clock.advance(4000)
    left.alarms()
    assert left.now.leftover == ""


def test_that_a_read_only_one_that_has_not_heard_of_it_yet_is_no_alarm_at_once(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    left.give_again()
    left.world.console.hide(left.group)
    left.world.clock.advance(10)
    assert left.world.holds(server=RODC)
    left.world.stop_replication(monkeypatch, RODC)
    assert left.alarms() == []
    assert (left.world.holds(), left.world.holds(server=RODC)) == (False, True)
    left.world.clock.advance(1000)
    (alarm,) = left.alarms()
    assert alarm.host == RODC


def test_that_one_that_is_promoted_or_restored_proves_nothing(left: Left) -> None:
    left.hide_all(left.give_again())
    left.world.console.set_synchronized(DC2, synchronized=False)
    assert {alarm.host for alarm in left.alarms()} == {DC1}, "and a read-only one has its time"


def test_that_each_token_is_read_once(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many things are left over of an account."""
    left.world.console.hide(left.group)
    another = ElevationId(guid())
    left.world.store.kept[another] = replace(left.now, id=another, group_guid=guid())
    asked: list[str] = []
    real = DemoDirectory.token_groups

    def count(directory: DemoDirectory, account: ObjectGuid) -> Any:
        asked.append(directory.info.controller)
        return real(directory, account)

    monkeypatch.setattr(DemoDirectory, "token_groups", count)
    assert left.alarms() == []
    assert {asked.count(host) for host in (DC1, DC2, RODC)} == {1}


def kept_by_a_group_inside(world: World) -> None:
    """What is in the chosen group is not proven any more where its account is not shown."""
    assert world.provider.jit.location is not None
    inside = world.console.create_group("Inside", world.provider.jit.location.guid, GroupScope.GLOBAL)
    world.console.add_member(world.privilege(), inside)
    world.console.hide_members(inside)


@pytest.mark.parametrize("is_shown", [True, False])
def test_that_an_account_that_was_proven_to_be_deleted_at_the_end_stays_so(
    world: World, monkeypatch: pytest.MonkeyPatch, is_shown: bool
) -> None:
    """A tombstone is not kept for ever, and the right to read it may be for the end alone."""
    kept_by_a_group_inside(world)
    elevation = world.check_out()
    world.settle()
    group = world.stored(elevation).group_guid
    assert group is not None
    world.console.deny(group, Operation.DELETE_GROUP)
    if is_shown:
        world.console.delete(elevation.account.guid)
        world.console.show_deleted()
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    left = Left(world, world.stored(elevation), group)
    assert not left.now.is_open
    assert left.now.leftover
    if not is_shown:
        world.console.delete(elevation.account.guid)
    world.console.hide(group)
    world.console.deny(group)
    monkeypatch.setattr(DemoDirectory, "was_deleted", lambda *_: False)
    world.clock.advance(10)
    for _ in range(2):
        assert bool(left.alarms()) == (not is_shown)
        assert bool(left.alarms(left.fresh())) == (not is_shown)


@pytest.mark.parametrize("is_known", [True, False])
def test_that_another_elevation_that_has_ended_and_of_which_one_has_not_heard_is_no_alarm_of_it(
    left: Left, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    world = left.world
    world.console.hide(left.group)
    copy = world.service if is_known else world.another_copy(MemoryStore(), "CORP\\bob")
    second = copy.check_out(world.request(seconds=3600), Recorder())
    world.clock.advance(20)
    assert left.alarms() == []
    world.stop_replication(monkeypatch, DC2)
    if is_known:
        world.clock.advance(3600)
    else:
        copy.check_in(second.id, Recorder())
    assert left.alarms() == []
    assert left.alarms(left.fresh()) == []
    assert (world.holds(), world.holds(server=DC2)) == (False, True)
