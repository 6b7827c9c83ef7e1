# SPDX-License-Identifier: MIT
"""What a sweep makes of groups that were altered behind its back, in a copy that knows them and in one that
does not, before their deadline and past it; and who may prolong what."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jit_desktop.directory.demo import Operation
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation import prolonging, record, rehearsal_groups
from jit_desktop.elevation.dn import parent_dn
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectGuid
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, SweepReport, Transition
from jit_desktop.elevation.ports import Directory, DirectoryEntry, GroupScope, NewGroup, TemporaryGroup
from tests.unit.elevation.helpers import MemoryStore, Recorder, visible
from tests.unit.elevation.world import World

HOUR = 3600


def directory_of(world: World) -> Directory:
    return world.connector.connect(world.provider.connection)


def group_of(world: World, elevation: Elevation) -> TemporaryGroup:
    assert elevation.group_guid is not None
    with directory_of(world) as directory:
        shown = visible(directory.temporary_group(elevation.group_guid))
    assert shown is not None
    return shown


def guid_of(elevation: Elevation) -> ObjectGuid:
    assert elevation.group_guid is not None
    return elevation.group_guid


def write(world: World, elevation: Elevation, info: str, description: str = "") -> None:
    with directory_of(world) as directory:
        directory.write_record(guid_of(elevation), info, description)


def wiped(world: World, elevation: Elevation) -> None:
    write(world, elevation, "", group_of(world, elevation).description)


def note_of_the_auditor(world: World, elevation: Elevation) -> None:
    write(world, elevation, "note of the auditor", group_of(world, elevation).description)


def cut_off(world: World, elevation: Elevation) -> None:
    group = group_of(world, elevation)
    write(world, elevation, group.info[:-20], group.description)


def one_more_member(world: World, elevation: Elevation) -> None:
    world.console.add_member(guid_of(elevation), world.account("_sqladmin02"))


def renamed(world: World, elevation: Elevation) -> None:
    world.console.rename(guid_of(elevation), "Printers of Leeds")


def moved(world: World, elevation: Elevation) -> None:
    world.console.move(guid_of(elevation), parent_dn(elevation.location.dn))


def nested_elsewhere(world: World, elevation: Elevation) -> None:
    other = next(
        p.group.guid
        for p in world.provider.jit.privileges
        if p.group.guid not in {q.group.guid for q in elevation.privileges}
    )
    world.console.add_member(other, guid_of(elevation))


def prolonged(world: World, elevation: Elevation) -> None:
    raw = json.loads(group_of(world, elevation).info)
    later = elevation.deadline + timedelta(hours=6)
    write(
        world,
        elevation,
        json.dumps(raw | {"end": later.strftime("%Y-%m-%dT%H:%M:%SZ")}, separators=(",", ":")),
    )


Alter = Callable[[World, Elevation], None]
CONTRADICTIONS = [
    wiped,
    note_of_the_auditor,
    cut_off,
    one_more_member,
    renamed,
    moved,
    nested_elsewhere,
]
ALTERED = pytest.mark.parametrize("alter", CONTRADICTIONS)


def sweep(world: World, store: MemoryStore) -> SweepReport:
    return world.another_copy(store).sweep(world.provider.id, Recorder())


@ALTERED
def test_that_an_empty_copy_takes_back_what_was_altered_and_is_past_its_end(alter: Alter) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    alter(world, elevation)
    world.clock.advance(HOUR + 5)
    store = MemoryStore()
    report = sweep(world, store)
    assert report.is_alarm
    assert [s.is_alarm for s in report.suspects] == [True]
    assert not world.holds()
    world.clock.advance(7)
    again = sweep(world, store)
    assert not again.is_alarm, "it gives nothing any more"
    assert again.adopted == ()


@ALTERED
def test_that_an_empty_copy_lets_what_was_altered_be_until_its_deadline_and_ends_it_then(
    alter: Alter,
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    alter(world, elevation)
    store = MemoryStore()
    report = sweep(world, store)
    assert not report.is_alarm
    assert [s.is_alarm for s in report.suspects] == [False]
    assert world.holds()
    assert [bool(e.suspicion) for e in report.adopted] == [True]
    assert [s.elevation for s in report.suspects] == [elevation.id]
    assert report.giving == (), "the elevation says what it gives"
    world.clock.advance(HOUR)
    world.another_copy(store).tick(Recorder())
    assert not world.holds()


@ALTERED
def test_that_the_copy_that_granted_ends_what_was_altered_on_time(alter: Alter) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    alter(world, elevation)
    before = world.service.sweep(world.provider.id, world.recorder)
    assert not before.is_alarm
    assert [s.name for s in before.suspects] == [group_of(world, elevation).name]
    assert before.giving == (), "the elevation says what it gives"
    assert world.holds()
    world.clock.advance(HOUR)
    report = world.service.sweep(world.provider.id, world.recorder)
    assert not report.is_alarm
    assert not world.holds()


def logged(monkeypatch: pytest.MonkeyPatch, store: MemoryStore) -> list[tuple[str, object]]:
    """What is emptied and what is stored as new, in the order in which it is."""
    done: list[tuple[str, object]] = []
    empty, begin = DemoDirectory.empty_group, store.begin

    def emptied(directory: DemoDirectory, group: ObjectGuid) -> None:
        done.append(("empty", group))
        empty(directory, group)

    def begun(elevation: Elevation, transition: Transition, *, wait: bool = True) -> Elevation:
        done.append(("begin", elevation.group_guid))
        return begin(elevation, transition, wait=wait)

    monkeypatch.setattr(DemoDirectory, "empty_group", emptied)
    monkeypatch.setattr(store, "begin", begun)
    return done


def test_that_what_is_found_past_its_end_waits_for_no_other_group_and_no_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    names = [a.account.name for a in world.provider.accounts][:4]
    lent = {world.check_out(account=name, seconds=HOUR).group_guid for name in names}
    world.clock.advance(HOUR + 5)
    store = MemoryStore()
    done = logged(monkeypatch, store)
    sweep(world, store)
    assert {group for _, group in done[:8]} == lent
    assert [what for what, _ in done[:8]] == ["empty", "begin"] * 4
    assert all(first[1] == second[1] for first, second in zip(done[:8:2], done[1:8:2], strict=True))
    assert world.groups_there() == []


def test_that_what_becomes_due_while_groups_are_taken_over_loses_its_rights_in_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    store = MemoryStore()
    copy = world.another_copy(store)
    own, *others = [a.account.name for a in world.provider.accounts][:4]
    mine = copy.check_out(world.request(account=own, seconds=HOUR), Recorder())
    accounts = {world.check_out(account=name, seconds=2 * HOUR).account.guid for name in others}
    world.clock.advance(HOUR - 10)
    done = logged(monkeypatch, store)
    real = DemoDirectory.read

    def slow(directory: DemoDirectory, what: ObjectGuid | DistinguishedName) -> DirectoryEntry:
        world.clock.advance(6 if what in accounts else 0)
        return real(directory, what)

    monkeypatch.setattr(DemoDirectory, "read", slow)
    copy.sweep(world.provider.id, Recorder())
    assert [what for what, _ in done] == ["begin", "begin", "empty", "begin"]
    assert done[2] == ("empty", mine.group_guid)


def test_that_a_hidden_account_of_what_is_found_past_its_end_is_not_taken_for_deleted() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.console.hide(elevation.account.guid)
    world.clock.advance(HOUR + 5)
    store = MemoryStore()
    assert [e.id for e in sweep(world, store).overdue] == [elevation.id]
    assert not world.console.exists(guid_of(elevation))


def test_that_others_who_were_put_into_a_group_stay_in_it_and_lose_the_chosen_groups() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    one_more_member(world, elevation)
    world.clock.advance(HOUR)
    sweep(world, MemoryStore())
    assert world.console.exists(guid_of(elevation))
    assert world.console.members(guid_of(elevation)) == {
        a.account.dn for a in world.provider.accounts if a.account.name == "_sqladmin02"
    }
    assert not world.holds(account="_sqladmin02")


def test_that_a_wiped_record_that_says_nothing_at_all_is_an_alarm_at_once() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    write(world, elevation, "")
    report = sweep(world, MemoryStore())
    (suspect,) = report.suspects
    assert suspect.is_alarm
    assert suspect.gives == (elevation.privileges[0].label,)


# --- what gives nothing ------------------------------------------------------------------------------------


def forged(world: World, name: str, *, member: bool = True) -> record.Record:
    """A group with a whole record for an account, made by the account that signs in, that gives nothing."""
    account = next(a.account for a in world.provider.accounts if a.account.name == "_backupoperator15")
    location = world.provider.jit.location
    assert location is not None
    entry = record.Record(
        id=ElevationId("11111111-2222-4333-8444-555555555555"),
        account=account.guid,
        targets=(world.privilege(),),
        granted_at=world.clock.wall,
        deadline=world.clock.wall + timedelta(hours=1),
        requested_by="CORP\\the-boss",
    )
    with directory_of(world) as directory:
        directory.create_group(
            NewGroup(
                name,
                location.dn,
                GroupScope.GLOBAL,
                account.dn if member else DistinguishedName(""),
                record.encode(entry),
                "",
            )
        )
    return entry


def test_that_a_record_that_gives_nothing_is_told_and_not_shown_as_active() -> None:
    world = World()
    forged(world, "RDM_JIT_11111111-2222-4333-8444-555555555555")
    store = MemoryStore()
    assert sweep(world, store).suspects == (), "a grant that is under way gives nothing yet"
    world.clock.advance(301)
    report = sweep(world, store)
    assert store.kept == {}
    assert [(s.reason, s.is_alarm) for s in report.suspects] == [("it gives nothing", False)]
    world.clock.advance(HOUR)
    assert sweep(world, store).suspects == ()
    assert world.groups_there() == [], "it was provably ours, and is over"


def test_that_hundreds_of_groups_of_others_are_one_line() -> None:
    world = World()
    location = world.provider.jit.location
    assert location is not None
    for number in range(300):
        world.console.create_group(f"Other {number}", location.dn, GroupScope.GLOBAL)
    report = sweep(world, MemoryStore())
    assert [g.name for g in report.foreign] == ["300 groups"]
    assert report.suspects == ()


# --- where rights come from --------------------------------------------------------------------------------


def test_that_what_gives_a_privilege_and_can_not_be_seen_is_an_alarm() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.console.hide(guid_of(elevation))
    report = sweep(world, MemoryStore())
    (suspect,) = report.suspects
    assert suspect.is_alarm
    assert suspect.name == elevation.group_name
    assert suspect.gives == (elevation.privileges[0].label,)


@pytest.mark.parametrize("hosts", [("",), ("dc2", "rodc1")], ids=["everywhere", "where it is"])
def test_that_what_can_not_be_seen_is_an_alarm_whatever_its_name_is_and_wherever_it_stands(
    hosts: tuple[str, ...],
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    renamed(world, elevation)
    moved(world, elevation)
    if hosts != ("",):
        world.clock.advance(10)
        world.console.remove_member(world.privilege(), guid_of(elevation))
    for host in hosts:
        world.console.hide(guid_of(elevation), host)
    (suspect,) = (s for s in sweep(world, MemoryStore()).suspects if s.gives)
    assert suspect.is_alarm
    assert (suspect.name, suspect.gives) == ("Printers of Leeds", (elevation.privileges[0].label,))


def test_that_who_can_be_seen_is_no_alarm_in_a_chosen_group() -> None:
    world = World()
    world.console.add_member(world.privilege(), world.account("_sqladmin02"))
    assert sweep(world, MemoryStore()).suspects == ()


def test_that_a_location_that_shows_nothing_although_something_is_in_it_is_said_and_ends_nothing() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.console.hide_contents(elevation.location.guid)
    report = world.service.sweep(world.provider.id, world.recorder)
    assert "shows nothing" in report.problem
    assert world.stored(elevation).state is State.ACTIVE
    assert world.holds()


def test_that_what_was_made_in_an_earlier_location_is_looked_at() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    place = world.console.create_ou("Elsewhere", parent_dn(elevation.location.dn))
    with directory_of(world) as directory:
        entry = directory.read(place)
    location = replace(elevation.location, guid=entry.guid, dn=entry.dn, name=entry.name)
    world.change(replace(world.provider, jit=replace(world.provider.jit, location=location)))
    world.clock.advance(HOUR)
    report = sweep(world, MemoryStore())
    assert [e.id for e in report.adopted] == [elevation.id]
    assert not world.holds()


def test_that_what_was_renamed_and_moved_is_found_by_its_record_in_what_it_gives() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    moved(world, elevation)
    renamed(world, elevation)
    world.clock.advance(HOUR)
    assert sweep(world, MemoryStore()).is_alarm
    assert not world.holds()


def test_that_an_earlier_location_is_still_cleared_up() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    info = group_of(world, elevation).info
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    place = world.console.create_ou("Elsewhere", parent_dn(elevation.location.dn))
    with directory_of(world) as directory:
        entry = directory.read(place)
        # Restored from the recycle bin, without what it gave.
        name, dn, member = elevation.group_name, elevation.location.dn, elevation.account.dn
        directory.create_group(NewGroup(name, dn, GroupScope.GLOBAL, member, info, ""))
    location = replace(elevation.location, guid=entry.guid, dn=entry.dn, name=entry.name)
    world.change(replace(world.provider, jit=replace(world.provider.jit, location=location)))
    world.service.sweep(world.provider.id, world.recorder)
    assert "elevation.removed-again" in world.store.audited


def test_that_an_ended_elevation_whose_group_can_not_be_deleted_is_counted_once() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.console.deny(guid_of(elevation), Operation.DELETE_GROUP)
    world.clock.advance(HOUR + 5)
    counts = []
    for _ in range(4):
        counts.append(len(world.service.sweep(world.provider.id, Recorder()).ended))
        world.clock.advance(20)
    assert sum(counts) == 1, counts
    assert "elevation.removed-again" not in world.store.audited
    world.console.add_member(guid_of(elevation), elevation.account.guid)
    world.console.add_member(world.privilege(), guid_of(elevation))
    assert [e.id for e in world.service.sweep(world.provider.id, Recorder()).ended] == [elevation.id]
    assert not world.holds()
    assert world.store.audited.count("elevation.removed-again") == 1


# --- who may prolong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("empty", [False, True])
def test_that_a_later_end_that_somebody_wrote_into_the_record_prolongs_nothing(empty: bool) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    if empty:
        store = MemoryStore()
        copy = world.another_copy(store)
        copy.sweep(world.provider.id, Recorder())
    else:
        store, copy = world.store, world.service
    prolonged(world, elevation)
    world.clock.advance(HOUR)
    copy.tick(Recorder())
    assert not world.holds()
    assert "elevation.record-prolonged" in store.audited
    assert any("nothing shows that a" in s.message for s in store.kept_steps)


def test_that_a_shorter_policy_elsewhere_ends_nothing_before_its_time() -> None:
    world = World()
    elevation = world.check_out(seconds=2 * HOUR)
    policy = replace(world.provider.policy, maximum_seconds=60)
    world.change(replace(world.provider, policy=policy))
    store = MemoryStore()
    copy = world.another_copy(store)
    (adopted,) = copy.sweep(world.provider.id, Recorder()).adopted
    assert adopted.deadline == elevation.deadline.replace(microsecond=0)
    assert any("longer than the checkout policy of this copy" in s.message for s in store.kept_steps)
    world.clock.advance(HOUR)
    copy.tick(Recorder())
    assert world.holds()


def test_that_a_marker_that_was_written_again_proves_nothing() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    other = world.another_copy(MemoryStore())
    other.sweep(world.provider.id, Recorder())
    other.extend(elevation.id, 600, Recorder())
    with directory_of(world) as directory:
        later = elevation.deadline + timedelta(hours=5)
        text = prolonging.encode(prolonging.Marker(elevation.id, guid_of(elevation), later, "eve"))
        for marker in prolonging.find(elevation, directory):
            directory.write_record(marker.guid, text, "")
    prolonged(world, elevation)
    world.clock.advance(HOUR)
    world.tick()
    assert not world.holds()


def test_that_a_marker_for_another_elevation_proves_nothing() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    other = world.check_out(account="_sqladmin02", seconds=HOUR)
    world.service.extend(other.id, HOUR, world.recorder)
    prolonged(world, elevation)
    world.clock.advance(HOUR)
    world.tick()
    assert not world.holds()
    assert world.holds(account="_sqladmin02")
    with directory_of(world) as directory:
        markers = prolonging.find(other, directory)
        own = directory.own_sid()
    assert own is not None
    assert set(prolonging.proven(markers, {own})) == {other.group_guid}


def test_that_markers_of_what_is_over_are_removed_by_a_sweep() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    with directory_of(world) as directory:
        prolonging.create(elevation, elevation.deadline, "bob", directory)
    world.clock.advance(HOUR)
    world.settle()
    assert len(world.groups_there()) == 1
    world.service.sweep(world.provider.id, world.recorder)
    assert world.groups_there() == []
    assert "marker.removed" in world.store.audited


def test_that_a_marker_in_which_somebody_may_be_is_not_removed() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    with directory_of(world) as directory:
        prolonging.create(elevation, elevation.deadline, "bob", directory)
        (marker,) = prolonging.find(elevation, directory)
        world.console.hide_members(marker.guid)
        assert prolonging.delete([marker], directory) == ()
        world.console.show(marker.guid)
        assert prolonging.delete([marker], directory) == (marker.name,)


def test_that_a_marker_that_was_put_to_use_is_judged_as_any_group() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    name = "RDM_JIT_11111111-2222-4333-8444-555555555555"
    text = prolonging.encode(prolonging.Marker(elevation.id, guid_of(elevation), elevation.deadline, "eve"))
    member = next(a.account.dn for a in world.provider.accounts if a.account.name == "_sqladmin02")
    with directory_of(world) as directory:
        made = directory.create_group(
            NewGroup(name, elevation.location.dn, GroupScope.GLOBAL, member, text, "")
        )
    world.console.add_member(world.privilege(), made.guid)
    report = sweep(world, MemoryStore())
    assert made.dn in [s.dn for s in report.suspects]


@pytest.mark.parametrize("is_deleted", [False, True])
def test_that_a_chosen_group_which_can_not_be_read_is_a_problem_of_the_sweep(is_deleted: bool) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    moved(world, elevation)
    (world.console.delete if is_deleted else world.console.hide)(world.privilege())
    world.clock.advance(HOUR + 5)
    report = sweep(world, MemoryStore())
    assert f"{elevation.privileges[0].label} can't be read" in report.problem


def test_that_what_one_of_the_others_does_not_show_or_nobody_offers_is_no_problem() -> None:
    world = World()
    world.check_out(seconds=HOUR)
    world.settle()
    world.console.hide(world.privilege(), "dc2")
    assert sweep(world, world.store).problem == ""
    left = tuple(p for p in world.provider.jit.privileges if p.group.guid != world.privilege())
    hidden = world.privilege()
    world.change(replace(world.provider, jit=replace(world.provider.jit, privileges=left)))
    world.console.hide(hidden)
    assert "can't be read" not in sweep(world, world.store).problem


def test_that_a_chosen_group_that_only_a_record_names_is_no_alarm_for_ever() -> None:
    world = World()
    other = next(p for p in world.provider.jit.privileges if p.group.guid != world.privilege())
    elevation = world.check_out("Remote Desktop Manager Admins", other.group.name, seconds=HOUR)
    world.console.delete(other.group.guid)
    left = tuple(p for p in world.provider.jit.privileges if p != other)
    world.change(replace(world.provider, jit=replace(world.provider.jit, privileges=left)))
    world.clock.advance(HOUR + 5)
    store = MemoryStore()
    for _ in range(2):
        sweep(world, store)
        world.clock.advance(30)
    assert not sweep(world, store).is_alarm
    assert store.kept[elevation.id].state is State.ENDED


@pytest.mark.parametrize("text", ["marker", "mark"])
def test_that_a_permanent_group_of_somebody_is_not_deleted_whatever_it_says(text: str) -> None:
    world = World()
    assert world.provider.jit.location is not None
    place = world.provider.jit.location.dn
    past = datetime(2020, 1, 1, tzinfo=UTC)
    names = ElevationId("11111111-2222-4333-8444-555555555555")
    says = {
        "marker": prolonging.encode(prolonging.Marker(names, ObjectGuid(names), past, "x")),
        "mark": rehearsal_groups.encode(rehearsal_groups.Mark("0123456789ab", past)),
    }
    group = world.console.create_group("X_REHEARSAL_0123456789ab_GROUP", place, GroupScope.GLOBAL)
    world.console.add_member(group, world.account())
    world.console.hide_members(group)
    with directory_of(world) as directory:
        directory.write_record(group, says[text], "")
    sweep(world, MemoryStore())
    assert world.console.exists(group)
