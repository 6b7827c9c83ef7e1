# SPDX-License-Identifier: MIT
"""Check now: what each domain controller shows of an elevation, and what a person is told to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jit_desktop.directory.demo import Fault
from jit_desktop.elevation.advising import Facts, advice_for
from jit_desktop.elevation.errors import DirectoryError
from jit_desktop.elevation.examiner import Examiner
from jit_desktop.elevation.inspection import AdviceKind, Inspection
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Elevation, Seen
from jit_desktop.elevation.ports import GroupScope
from jit_desktop.elevation.settings import ReplicationMode
from tests.unit.elevation.helpers import guid, visible
from tests.unit.elevation.world import ALICE, World

DC1, DC2, RODC = (f"{h}.corp.example.test" for h in ("dc1", "dc2", "rodc1"))
DESK = "Remote Desktop Manager Service Desk"


def examine(world: World, elevation: Elevation) -> Inspection:
    examiner = Examiner(store=world.store, reach=world.service.reach, clock=world.clock, actor=ALICE)
    return examiner.check_now(elevation.id)


def kinds(inspection: Inspection) -> list[AdviceKind]:
    return [a.kind for a in inspection.advice]


def test_that_an_active_elevation_is_seen_on_every_domain_controller() -> None:
    world = World()
    elevation = world.check_out()
    world.settle()
    found = examine(world, elevation)
    assert [(c.host, c.group_there, c.account_in_group) for c in found.controllers] == [
        (DC1, True, True),
        (DC2, True, True),
        (RODC, True, True),
    ]
    assert all(
        t.nested and t.in_token and not t.permanent_through for c in found.controllers for t in c.targets
    )
    assert kinds(found) == [AdviceKind.NEW_LOGON]
    assert "by every domain controller" in found.in_words
    assert world.store.audited[-1] == "elevation.inspected"


def test_that_who_has_not_heard_of_it_yet_is_named_and_is_no_alarm() -> None:
    world = World(latency_seconds=30, mode=ReplicationMode.CONFIRMED)
    elevation = world.check_out()
    world.clock.advance(2.5)
    found = examine(world, elevation)
    assert [c.holds for c in found.controllers] == [True, False, False]
    (wait,) = [a for a in found.advice if a.kind is AdviceKind.WAIT_FOR_REPLICATION]
    assert wait.text.startswith(f"{DC2} and {RODC} have not heard")
    assert not any(a.is_alarm for a in found.advice)


def test_that_a_domain_local_group_needs_new_tickets_only() -> None:
    world = World()
    elevation = world.check_out(DESK)
    world.settle()
    (advice,) = examine(world, elevation).advice
    assert advice.kind is AdviceKind.PURGE_TICKETS
    assert "klist purge" in advice.text
    assert advice.text.startswith("To get it")


def test_that_an_ended_elevation_is_checked_with_the_words_for_its_end() -> None:
    world = World()
    elevation = world.check_out(DESK)
    world.settle()
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    assert world.stored(elevation).state is State.ENDED
    found = examine(world, elevation)
    assert not any(c.group_there or c.holds for c in found.controllers)
    (advice,) = found.advice
    assert advice.kind is AdviceKind.PURGE_TICKETS
    assert advice.text.startswith("To lose it")
    assert found.in_words == "Nothing of it is left by every domain controller."


def test_that_a_membership_taken_away_by_somebody_is_an_alarm() -> None:
    world = World()
    elevation = world.check_out()
    world.settle()
    with world.connector.connect(world.provider.connection) as directory:
        group = visible(
            directory.temporary_group(world.stored(elevation).group_guid or elevation.location.guid)
        )
        assert group is not None
        directory.remove_member(world.privilege(), group.dn)
        directory.add_member(world.privilege(DESK), elevation.account.dn)
    world.clock.advance(10)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=RODC)
    found = examine(world, elevation)
    assert not any(c.holds for c in found.controllers)
    assert found.advice[0].kind is AdviceKind.NOT_GRANTED
    assert found.advice[0].is_alarm
    assert "should have" in found.in_words


def test_that_what_outlived_its_end_is_an_alarm_with_the_group_named() -> None:
    world = World()
    elevation = world.check_out()
    world.settle()
    stored = world.stored(elevation)
    started = stored.after(Event.END_STARTED, end_reason=EndReason.DEADLINE)
    world.store.kept[elevation.id] = started.after(Event.END_CONFIRMED)
    found = examine(world, elevation)
    assert found.advice[0].kind is AdviceKind.STILL_GRANTED
    assert found.advice[0].is_alarm
    assert elevation.group_name in found.advice[0].text
    assert f"{DC1}, {DC2} and {RODC} still show it" in found.in_words


def test_that_an_active_one_past_its_deadline_should_be_over() -> None:
    world = World()
    elevation = world.check_out(seconds=600)
    world.settle()
    world.clock.advance(700)
    found = examine(world, elevation)
    assert found.advice[0].kind is AdviceKind.STILL_GRANTED
    assert found.advice[0].is_alarm


def test_that_an_end_that_has_not_reached_everybody_is_no_alarm() -> None:
    world = World()
    elevation = world.check_out()
    world.settle()
    world.service.check_in(elevation.id, world.recorder)
    assert world.stored(elevation).state is State.ENDING
    found = examine(world, elevation)
    assert [c.holds for c in found.controllers] == [False, True, True]
    assert AdviceKind.WAIT_FOR_REPLICATION in kinds(found)
    assert not any(a.is_alarm for a in found.advice)


def test_that_a_permanent_membership_is_told_apart_from_the_elevation() -> None:
    world = World()
    elevation = world.check_out()
    world.settle()
    with world.connector.connect(world.provider.connection) as directory:
        directory.add_member(world.privilege(), elevation.account.dn)
    world.clock.advance(10)
    found = examine(world, elevation)
    assert found.controllers[0].targets[0].permanent_through == ("Remote Desktop Manager Admins",)
    (advice,) = [a for a in found.advice if a.kind is AdviceKind.PERMANENT_MEMBERSHIP]
    assert "through a direct membership" in advice.text


def test_that_another_elevation_of_the_account_is_not_called_permanent() -> None:
    world = World()
    first = world.check_out()
    world.settle()
    world.service.check_in(first.id, world.recorder)
    world.settle()
    second = world.check_out()
    world.settle()
    found = examine(world, first)
    assert found.controllers[0].targets[0].in_token
    assert AdviceKind.PERMANENT_MEMBERSHIP not in kinds(found)
    assert not any(a.is_alarm for a in found.advice)
    assert f"by another elevation, {second.group_name} until {second.deadline:%Y-%m-%d}" in found.in_words


def test_that_a_group_of_ours_with_a_forged_record_does_not_count_as_permanent() -> None:
    world = World()
    first = world.check_out()
    world.settle()
    world.service.check_in(first.id, world.recorder)
    world.settle()
    second = world.check_out()
    world.settle()
    group = world.stored(second).group_guid
    assert group is not None
    with world.connector.connect(world.provider.connection) as directory:
        shown = visible(directory.temporary_group(group))
        assert shown is not None
        forged = shown.info.replace(second.id.replace("-", ""), first.id.replace("-", "")).replace(
            second.id, first.id
        )
        assert forged != shown.info
        directory.write_record(group, forged, "")
    found = examine(world, first)
    assert found.controllers[0].targets[0].permanent_through == ()


def test_that_a_domain_controller_that_can_not_be_asked_is_named() -> None:
    world = World()
    elevation = world.check_out()
    world.settle()
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    found = examine(world, elevation)
    assert [bool(c.problem) for c in found.controllers] == [False, True, False]
    assert kinds(found) == [AdviceKind.NEW_LOGON, AdviceKind.UNREACHABLE]
    assert "every one that could be asked" in found.in_words


def test_that_one_that_is_being_restored_is_named_and_not_believed() -> None:
    world = World()
    elevation = world.check_out()
    world.settle()
    world.console.set_synchronized(DC2, synchronized=False)
    world.service.check_in(elevation.id, world.recorder)
    found = examine(world, elevation)
    assert [c.host for c in found.controllers if c.problem] == [DC2]
    assert "every domain controller" not in found.in_words
    world.console.set_synchronized(DC1, synchronized=False)
    assert [c.host for c in examine(world, elevation).controllers if c.problem] == [DC1, DC2]


def test_that_no_domain_controller_at_all_is_an_error() -> None:
    world = World()
    elevation = world.check_out()
    world.faults.fail_always(Fault.UNAVAILABLE)
    with pytest.raises(DirectoryError):
        examine(world, elevation)
    assert "elevation.inspected" not in world.store.audited


def test_that_admin_count_left_behind_is_said_with_what_to_do() -> None:
    world = World()
    elevation = replace(world.check_out(), state=State.ENDED)
    facts = Facts(GroupScope.GLOBAL, account_protected=True)
    ended = advice_for(elevation, [], facts, world.clock.utc_now())
    active = advice_for(replace(elevation, state=State.ACTIVE), [], facts, world.clock.utc_now())
    (after,) = [a.text for a in ended if a.kind is AdviceKind.ADMIN_COUNT]
    (before,) = [a.text for a in active if a.kind is AdviceKind.ADMIN_COUNT]
    assert "clear adminCount" in after
    assert "stay after the end" in before


def test_that_its_own_group_is_never_called_permanent_whatever_its_record_says() -> None:
    world = World()
    elevation = world.check_out()
    world.settle()
    group = world.stored(elevation).group_guid
    assert group is not None
    with world.connector.connect(world.provider.connection) as directory:
        directory.write_record(group, "damaged", "")
    found = examine(world, elevation)
    assert found.controllers[0].targets[0].permanent_through == ()


def test_that_an_active_one_that_somebody_has_not_heard_of_is_waited_for() -> None:
    world = World()
    elevation = world.check_out()
    world.tick()
    assert world.stored(elevation).state is State.ACTIVE
    found = examine(world, elevation)
    assert kinds(found) == [AdviceKind.WAIT_FOR_REPLICATION, AdviceKind.NEW_LOGON]


def test_that_a_group_that_gives_nothing_is_told_of_without_alarm() -> None:
    world = World()
    elevation = world.check_out()
    world.settle()
    stored = world.stored(elevation)
    group = stored.group_guid
    assert group is not None
    with world.connector.connect(world.provider.connection) as directory:
        directory.empty_group(group)
    world.clock.advance(10)
    started = stored.after(Event.END_STARTED, end_reason=EndReason.DEADLINE)
    world.store.kept[elevation.id] = started.after(Event.END_CONFIRMED)
    found = examine(world, elevation)
    (shell,) = [a for a in found.advice if a.kind is AdviceKind.STILL_GRANTED]
    assert not shell.is_alarm
    assert "gives nothing" in shell.text


def test_that_an_account_and_a_group_that_were_deleted_hold_nothing() -> None:
    world = World()
    elevation = world.check_out()
    world.settle()
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    stored = world.stored(elevation)
    gone = replace(stored.account, guid=guid())
    privileges = tuple(replace(p, group=replace(p.group, guid=guid())) for p in stored.privileges)
    world.store.kept[elevation.id] = replace(stored, account=gone, privileges=privileges)
    found = examine(world, elevation)
    assert [c.problem for c in found.controllers] == ["", "", ""]
    assert not any(c.holds for c in found.controllers)


def test_that_what_the_writing_domain_controller_lost_meanwhile_does_not_come_by_waiting() -> None:
    world = World(latency_seconds=600)
    elevation = world.check_out()
    with world.connector.connect(world.provider.connection) as directory:
        group = visible(
            directory.temporary_group(world.stored(elevation).group_guid or elevation.location.guid)
        )
        assert group is not None
        world.clock.advance(10)
        directory.remove_member(world.privilege(), group.dn)
    found = examine(world, elevation)
    assert world.stored(elevation).state is State.PROPAGATING
    assert [c.holds for c in found.controllers] == [False, True, True]
    assert found.advice[0].kind is AdviceKind.NOT_GRANTED
    assert found.advice[0].is_alarm


def test_that_it_is_waited_for_while_the_writing_domain_controller_can_not_be_asked() -> None:
    world = World(latency_seconds=600)
    elevation = world.check_out()
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    found = examine(world, elevation)
    assert AdviceKind.WAIT_FOR_REPLICATION in kinds(found)
    assert not any(a.is_alarm for a in found.advice)


@pytest.mark.parametrize("how", ["a member more", "a group more"])
def test_that_check_now_and_a_tick_say_the_same_of_what_somebody_changed(how: str) -> None:
    world = World()
    elevation = world.check_out()
    world.settle()
    group = world.stored(elevation).group_guid
    assert group is not None
    if how == "a member more":
        other = next(a.account for a in world.provider.accounts if a.account.guid != elevation.account.guid)
        world.console.add_member(group, other.guid)
        words = "The temporary group has members that it was not made with."
    else:
        world.console.add_member(world.privilege(DESK), group)
        words = "The temporary group is in groups that were not chosen."
    world.clock.advance(70)  # all domain controllers have heard of it
    world.tick()
    by_tick = world.stored(elevation).sight
    assert by_tick is not None
    found = examine(world, elevation)
    by_check = world.stored(elevation).sight
    assert by_check is not None
    assert by_tick.seen is by_check.seen is Seen.CHANGED
    assert words in by_tick.words
    assert words in by_check.words
    assert words in found.in_words
    (alarm, *_) = found.advice
    assert (alarm.kind, alarm.is_alarm) == (AdviceKind.NOT_AS_MADE, True)
    assert words in alarm.text
