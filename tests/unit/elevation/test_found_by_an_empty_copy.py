# SPDX-License-Identifier: MIT
"""What a copy that does not know an elevation makes of its temporary group, where others have changed what
hangs together around it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jit_desktop.directory.demo import Fault
from jit_desktop.elevation.identity import SecurityId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import GroupScope
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.test_adopting import HOUR, guid_of, sweep
from tests.unit.elevation.test_forged import made_by
from tests.unit.elevation.test_prolonged_elsewhere import at_dc2
from tests.unit.elevation.world import World

SOMEBODY = SecurityId("S-1-5-21-1-2-3-512")


def made_permanent(world: World, elevation: Elevation) -> None:
    for privilege in elevation.privileges:
        world.console.add_member(privilege.group.guid, elevation.account.guid)


@pytest.mark.parametrize("is_emptied", [False, True])
def test_that_what_gives_nothing_any_more_is_told_where_its_account_has_the_right(is_emptied: bool) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    made_permanent(world, elevation)
    if is_emptied:
        world.console.remove_member(guid_of(elevation), elevation.account.guid)
    else:
        for privilege in elevation.privileges:
            world.console.remove_member(privilege.group.guid, guid_of(elevation))
    world.clock.advance(HOUR)
    store = MemoryStore()
    copy = world.another_copy(store)
    copy.sweep(world.provider.id, Recorder())
    world.settle()
    copy.sweep(world.provider.id, Recorder())
    (ended,) = store.kept.values()
    assert ended.state is State.ENDED
    assert [right.label for right in ended.remains] == [p.label for p in elevation.privileges]
    assert world.groups_there() == []


def test_that_what_gives_nothing_any_more_goes_without_a_word_where_its_account_has_nothing() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.console.remove_member(guid_of(elevation), elevation.account.guid)
    world.clock.advance(HOUR)
    store = MemoryStore()
    report = sweep(world, store)
    assert (report.suspects, report.ended, dict(store.kept)) == ((), (), {})
    assert world.groups_there() == []


def test_that_what_gives_nothing_any_more_is_not_removed_unsaid_where_its_account_is_not_shown() -> None:
    """Nobody knows what the account has: it is no proof that it has nothing."""
    world = World()
    elevation = world.check_out(seconds=HOUR)
    made_permanent(world, elevation)
    for privilege in elevation.privileges:
        world.console.remove_member(privilege.group.guid, guid_of(elevation))
    world.console.hide(elevation.account.guid)
    world.clock.advance(HOUR)
    store = MemoryStore()
    report = sweep(world, store)
    (taken,) = store.kept.values()
    assert taken.account.guid == elevation.account.guid
    assert report.is_alarm or taken.remains, "what it has is not shown"


def test_that_what_gives_nothing_any_more_goes_without_a_word_where_its_account_is_proven_deleted() -> None:
    world = World()
    world.console.show_deleted()
    elevation = world.check_out(seconds=HOUR)
    world.console.delete(elevation.account.guid)
    world.clock.advance(HOUR)
    store = MemoryStore()
    report = sweep(world, store)
    assert (report.suspects, report.is_alarm, dict(store.kept)) == ((), False, {})
    assert world.groups_there() == []


def test_that_one_offered_group_in_another_one_makes_no_suspect() -> None:
    """What the chosen group is in goes when that goes: tiers of groups are nested everywhere."""
    world = World()
    chosen, other = (privilege.group for privilege in world.provider.jit.privileges[:2])
    world.console.add_member(other.guid, chosen.guid)
    elevation = world.check_out(seconds=HOUR, change=lambda r: replace(r, privileges=(chosen.guid,)))
    store = MemoryStore()
    report = sweep(world, store)
    assert report.suspects == ()
    (adopted,) = report.adopted
    assert not adopted.suspicion
    assert [p.group.guid for p in adopted.privileges] == [chosen.guid]
    world.clock.advance(HOUR)
    later = sweep(world, MemoryStore())
    assert (later.suspects, later.is_alarm) == ((), False)
    assert not world.holds()
    assert elevation.group_guid is not None


def test_that_a_group_of_somebody_elses_between_is_a_way_of_its_own() -> None:
    world = World()
    chosen, other = (privilege.group for privilege in world.provider.jit.privileges[:2])
    elevation = world.check_out(seconds=HOUR, change=lambda r: replace(r, privileges=(chosen.guid,)))
    between = world.console.create_group("Between", elevation.location.dn, GroupScope.GLOBAL)
    world.console.add_member(other.guid, between)
    world.console.add_member(between, guid_of(elevation))
    report = sweep(world, MemoryStore())
    assert other.guid in {p.group.guid for e in report.adopted for p in e.privileges}


def test_that_a_row_that_says_what_the_record_was_made_with_has_its_time_whoever_owns_the_group() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    made_by(world, guid_of(elevation), SOMEBODY)
    policy = replace(world.provider.policy, maximum_seconds=15, default_seconds=15)
    world.change(replace(world.provider, policy=policy))
    world.clock.advance(60)
    world.service.sweep(world.provider.id, Recorder())
    world.tick()
    assert world.holds()
    world.clock.advance(HOUR)
    world.tick()
    assert not world.holds()


def test_that_what_is_refused_at_each_sweep_ends_once() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    for privilege in elevation.privileges:
        world.console.remove_member(privilege.group.guid, guid_of(elevation))
    world.console.set_delegated(elevation.location.dn, delegated=False)
    world.clock.advance(HOUR)
    for _ in range(3):
        world.service.sweep(world.provider.id, Recorder())
        world.settle()
    assert world.stored(elevation).state is State.ENDED
    reports = [world.service.sweep(world.provider.id, Recorder()) for _ in range(3)]
    assert [report.ended for report in reports] == [(), (), ()]
    assert world.store.audited.count("elevation.removed-again") == 0


def test_that_an_account_that_two_sites_have_lent_is_told_when_they_hear_of_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    with monkeypatch.context() as cut_off:
        world.stop_replication(cut_off)
        first = world.check_out(seconds=HOUR)
        world.faults.fail_always(Fault.UNAVAILABLE, controller=first.domain_controller)
        bob, _ = at_dc2(world)
        second = bob.check_out(world.request(seconds=HOUR), Recorder())
    world.faults.clear()
    world.settle()
    for copy in (world.service, bob):
        copy.sweep(world.provider.id, Recorder())
        report = copy.sweep(world.provider.id, Recorder())
        (told,) = [s for s in report.suspects if "at the same time" in s.reason]
        assert not told.is_alarm
        assert all(e.group_name in f"{told.name} {told.reason}" for e in (first, second))
    bob.check_in(second.id, Recorder())
    world.settle()
    world.settle()
    assert world.service.sweep(world.provider.id, Recorder()).suspects == ()
