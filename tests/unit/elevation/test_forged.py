# SPDX-License-Identifier: MIT
"""What whoever may write a group can forge into it takes no right away and blocks nobody; and what is wiped
of one of ours, and put elsewhere, hides nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.directory.demo import Fault, Operation
from jit_desktop.directory.demo.changes import fields_set
from jit_desktop.directory.demo.domain import CONTROLLERS
from jit_desktop.elevation import prolonging, record
from jit_desktop.elevation.dn import parent_dn
from jit_desktop.elevation.errors import AccountCheckedOut, AlreadyMember, Refused
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectGuid, SecurityId
from jit_desktop.elevation.judging import Judge
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Step
from jit_desktop.elevation.ports import GroupScope, NewGroup, TemporaryGroup
from jit_desktop.elevation.service import ElevationService
from jit_desktop.elevation.sweeping import Sweeper
from jit_desktop.elevation.verdict import Verdict
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.test_adopting import HOUR, directory_of, group_of, guid_of, moved, renamed, sweep
from tests.unit.elevation.world import World

DC2 = "dc2.corp.example.test"
FORGED = ElevationId("11111111-2222-4333-8444-555555555555")


def wiped(world: World, elevation: Elevation) -> None:
    with directory_of(world) as directory:
        directory.write_record(guid_of(elevation), "", "")


def offering(world: World, *names: str) -> MemoryStore:
    """The store of a copy that offers nothing else, in the same location."""
    chosen = tuple(p for p in world.provider.jit.privileges if p.group.name in names)
    provider = replace(world.provider, jit=replace(world.provider.jit, privileges=chosen))
    store = MemoryStore()
    store.kept_providers = {provider.id: provider}
    return store


@pytest.mark.parametrize("is_named", [True, False], ids=["by its name", "renamed"])
def test_that_what_is_not_offered_here_and_has_no_deadline_is_an_alarm(is_named: bool) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    wiped(world, elevation)
    if not is_named:
        renamed(world, elevation)
    world.clock.advance(HOUR + 5)
    store = offering(world, "Remote Desktop Manager Service Desk")
    report = sweep(world, store)
    assert report.is_alarm
    (suspect,) = report.suspects
    assert suspect.gives == ("Remote Desktop Manager Admins",)
    assert world.holds() is not is_named, "what is known by its name is taken back"


@pytest.mark.parametrize("also_moved", [False, True], ids=["in its place", "moved away"])
def test_that_a_group_of_ours_is_an_alarm_whatever_is_wiped_of_it(also_moved: bool) -> None:
    """That it once had a record, and who made it, can't be taken off it."""
    world = World()
    elevation = world.check_out(seconds=HOUR)
    wiped(world, elevation)
    renamed(world, elevation)
    if also_moved:
        moved(world, elevation)
    world.clock.advance(HOUR + 5)
    report = sweep(world, MemoryStore())
    assert report.is_alarm
    assert [(s.name, s.is_alarm) for s in report.suspects] == [("Printers of Leeds", True)]
    assert world.holds(), "nothing says any more what to take back: a person has to look"


@pytest.mark.parametrize("host", ["", DC2], ids=["nobody answers", "who shows it does not"])
def test_that_an_alarm_stays_one_while_nobody_can_look_again(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """That it is not seen says nothing of it."""
    world = World()
    elevation = world.check_out(seconds=HOUR)
    wiped(world, elevation)
    renamed(world, elevation)
    world.settle()
    if host:
        world.stop_replication(monkeypatch, host)
        with directory_of(world) as directory:
            directory.delete_group(guid_of(elevation))
    world.clock.advance(HOUR + 5)
    other = world.another_copy(MemoryStore())

    def looked() -> list[tuple[bool, bool]]:
        report = other.sweep(world.provider.id, Recorder())
        return [("as last seen" in s.reason, s.is_alarm) for s in report.suspects]

    assert looked() == [(False, True)]
    world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    for _ in range(2):
        world.clock.advance(60)
        assert looked() == [(True, True)]
    world.faults.clear()
    world.clock.advance(60)
    assert looked() == [(False, True)]
    with world.connector.connect(world.provider.connection, server=host) as directory:
        directory.delete_group(guid_of(elevation))
    world.clock.advance(60)
    assert looked() == []


def test_that_what_was_taken_back_is_no_alarm_while_nobody_can_look_again() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    wiped(world, elevation)
    other = world.another_copy(MemoryStore())
    assert other.sweep(world.provider.id, Recorder()).is_alarm
    world.faults.fail_always(Fault.UNAVAILABLE)
    world.clock.advance(60)
    assert not other.sweep(world.provider.id, Recorder()).suspects


def test_that_a_group_of_ours_without_an_end_that_can_be_read_is_taken_back() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    wiped(world, elevation)
    report = sweep(world, MemoryStore())
    assert report.is_alarm
    assert not world.holds()


def made_by(world: World, group: ObjectGuid, owner: SecurityId) -> None:
    """As if a copy that signs in with another account had made it."""
    world.connector.domain.write(CONTROLLERS[0], lambda _: [fields_set(group, owner=owner)])
    world.clock.advance(10)


def test_that_what_gives_something_and_nobody_takes_over_is_told_as_given_besides() -> None:
    """A person has to look at it; until then nobody may say that nothing is elevated."""
    world = World()
    elevation = world.check_out(seconds=HOUR)
    group = group_of(world, elevation)
    with directory_of(world) as directory:
        directory.write_record(group.guid, "", group.description)
        directory.write_record(group.guid, group.info, group.description)
    world.console.add_member(group.guid, world.account("_sqladmin02"))
    made_by(world, group.guid, SecurityId("S-1-5-21-1-2-3-9999"))
    store = MemoryStore()
    report = sweep(world, store)
    (suspect,) = report.giving
    assert (suspect.name, suspect.is_alarm, suspect.elevation) == (group.name, False, None)
    assert suspect.gives == (elevation.privileges[0].label,)
    assert report.adopted == ()
    assert store.kept == {}
    assert world.holds()
    world.clock.advance(HOUR)
    assert [s.is_alarm for s in sweep(world, store).giving] == [True], "past its end it is an alarm"


def permanent_group(world: World, member: ObjectGuid) -> ObjectGuid:
    """A group of the administrators' that has been in a chosen group for a month."""
    assert world.provider.jit.location is not None
    outside = parent_dn(world.provider.jit.location.dn)
    world.console.create_group("Helpdesk", outside, GroupScope.GLOBAL)
    with directory_of(world) as directory:
        group = directory.read(DistinguishedName(f"CN=Helpdesk,{outside}")).guid
    world.console.add_member(group, member)
    world.console.add_member(world.privilege(), group)
    world.clock.advance(30 * 24 * HOUR)
    return group


def forge_record(world: World, group: ObjectGuid, account: ObjectGuid, elevation_id: ElevationId) -> None:
    now = world.clock.utc_now()
    entry = record.Record(elevation_id, account, (world.privilege(),), now, now + timedelta(hours=1), "x")
    with directory_of(world) as directory:
        directory.write_record(group, record.encode(entry), "")


def test_that_a_permanent_group_that_is_given_our_name_too_keeps_what_it_gives() -> None:
    world = World()
    group = permanent_group(world, world.account())
    world.console.add_member(group, world.account("_sqladmin02"))
    forge_record(world, group, world.account(), FORGED)
    world.console.rename(group, f"{world.provider.jit.group_prefix}_{FORGED}")
    world.clock.advance(2 * HOUR)
    for _ in range(2):
        report = sweep(world, MemoryStore())
        assert report.is_alarm
    assert world.holds(account="_sqladmin02")


@pytest.mark.parametrize("named", ["its member", "somebody else"])
def test_that_a_record_forged_into_a_permanent_group_takes_nothing_away(named: str) -> None:
    world = World()
    others = world.account("_sqladmin02")
    group = permanent_group(world, others)
    forge_record(world, group, others if named == "its member" else world.account(), FORGED)
    store = MemoryStore()
    report = sweep(world, store)
    assert [s.is_alarm for s in report.suspects] == [True]
    assert world.holds(account="_sqladmin02")
    assert store.kept == {}


def test_that_a_record_of_an_ended_elevation_forged_into_a_permanent_group_takes_nothing_away() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.clock.advance(HOUR + 5)
    world.tick()
    world.settle()
    assert world.stored(elevation).state is State.ENDED
    group = permanent_group(world, elevation.account.guid)
    forge_record(world, group, elevation.account.guid, elevation.id)
    report = world.service.sweep(world.provider.id, Recorder())
    assert [s.is_alarm for s in report.suspects] == [True]
    assert world.holds()


def test_that_a_forged_record_checks_out_nobody_that_its_group_gives_nothing() -> None:
    world = World()
    group = permanent_group(world, world.account("_sqladmin02"))
    forge_record(world, group, world.account(), FORGED)
    world.service.sweep(world.provider.id, Recorder())
    assert world.check_out(seconds=HOUR).state is State.ACTIVE


@pytest.mark.expects_log("A fault of the program with the group Helpdesk")
def test_that_a_fault_with_one_group_keeps_no_other_from_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    foreign = permanent_group(world, world.account("_sqladmin02"))
    forge_record(world, foreign, world.account(), FORGED)
    world.clock.advance(HOUR + 5)
    real = Judge.on

    def on(judge: Judge, group: TemporaryGroup, **options: Elevation | None) -> Verdict:
        if group.guid == foreign:
            raise OverflowError
        return real(judge, group, **options)

    monkeypatch.setattr(Judge, "on", on)
    report = sweep(world, MemoryStore())
    assert "A fault of the program with the group Helpdesk" in report.problem
    assert not world.holds(account=elevation.account.name)


# --- what is taken back is what is given, whatever the record says ----------------------------------------

OTHER = "Remote Desktop Manager Admins - Universal"


def retell(world: World, elevation: Elevation, **changes: object) -> None:
    with directory_of(world) as directory:
        shown = directory.temporary_group(guid_of(elevation))
        assert isinstance(shown, TemporaryGroup)
        text = json.dumps(json.loads(shown.info) | changes, separators=(",", ":"))
        directory.write_record(shown.guid, text, shown.description)


def foreign_group(world: World) -> ObjectGuid:
    assert world.provider.jit.location is not None
    outside = parent_dn(world.provider.jit.location.dn)
    return world.console.guid(world.console.create_group("Foreign", outside, GroupScope.GLOBAL))


def in_through_another(world: World, elevation: Elevation) -> None:
    assert world.provider.jit.location is not None
    outside = parent_dn(world.provider.jit.location.dn)
    between = world.console.guid(world.console.create_group("Between", outside, GroupScope.GLOBAL))
    world.console.add_member(between, elevation.account.guid)
    world.console.add_member(guid_of(elevation), between)
    world.console.remove_member(guid_of(elevation), elevation.account.guid)


def somebody_and_something_else(world: World, elevation: Elevation) -> None:
    retell(world, elevation, acc=world.account("_sqladmin02"), tgt=[foreign_group(world)])


def fewer_groups(world: World, elevation: Elevation) -> None:
    in_through_another(world, elevation)
    retell(world, elevation, tgt=[world.privilege(OTHER)])


@pytest.mark.parametrize("forge", [somebody_and_something_else, fewer_groups])
def test_that_all_that_a_group_of_ours_gives_is_taken_back_whatever_its_record_names(
    forge: Callable[[World, Elevation], None],
) -> None:
    world = World()
    elevation = world.check_out("Remote Desktop Manager Admins", OTHER, seconds=HOUR)
    forge(world, elevation)
    world.clock.advance(HOUR + 5)
    store = MemoryStore()
    assert sweep(world, store).is_alarm
    assert not world.holds()
    assert not world.holds(OTHER)
    world.clock.advance(7)
    assert not sweep(world, store).is_alarm


def test_that_who_is_in_a_group_is_whom_it_is_lent_to() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    retell(world, elevation, acc=foreign_group(world))
    (adopted,) = sweep(world, MemoryStore()).adopted
    assert adopted.account.guid == elevation.account.guid


def test_that_the_id_of_an_ended_elevation_hides_no_other_one_and_overwrites_nothing() -> None:
    world = World()
    store = MemoryStore()
    bob = world.another_copy(store)
    old = bob.check_out(world.request(account="_sqladmin02"), Recorder())
    bob.check_in(old.id, Recorder())
    world.clock.advance(10)
    bob.tick(Recorder())
    assert store.kept[old.id].state is State.ENDED
    elevation = world.check_out(seconds=HOUR)
    retell(world, elevation, id=old.id)
    world.clock.advance(HOUR + 5)
    assert bob.sweep(world.provider.id, Recorder()).is_alarm
    assert not world.holds()
    assert store.kept[old.id].account == old.account
    assert len(store.kept) == 2


def test_that_what_others_still_have_by_a_group_that_could_not_be_taken_back_is_an_alarm_each_time() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    retell(world, elevation, acc=world.account("_webadmin03"))
    world.console.add_member(guid_of(elevation), world.account("_sqladmin02"))
    world.console.deny(world.privilege(), Operation.TAKE_OUT)
    world.clock.advance(HOUR + 5)
    store = MemoryStore()
    for _ in range(3):
        report = sweep(world, store)
        assert world.holds()
        assert report.is_alarm
        world.clock.advance(700)
    world.console.allow(world.privilege())
    sweep(world, store)
    assert not world.holds()


def ended_with_its_group(world: World) -> Elevation:
    """An elevation that has ended, and whose group could not be deleted."""
    elevation = world.check_out(seconds=HOUR)
    world.console.deny(guid_of(elevation), Operation.DELETE_GROUP)
    world.clock.advance(HOUR + 5)
    world.tick()
    world.settle()
    return elevation


def test_that_a_group_of_an_ended_elevation_that_is_hidden_and_gives_more_gives_it_no_more() -> None:
    world = World()
    elevation = ended_with_its_group(world)
    assert world.stored(elevation).state is State.ENDED
    world.console.add_member(guid_of(elevation), world.account("_sqladmin02"))
    world.console.add_member(world.privilege(OTHER), guid_of(elevation))
    world.console.hide(guid_of(elevation))
    world.console.deny(guid_of(elevation), Operation.EMPTY_GROUP, Operation.DELETE_GROUP)
    world.clock.advance(7)
    report = world.service.sweep(world.provider.id, Recorder())
    assert [e.id for e in report.ended] == [elevation.id], "once, on however many controllers"
    assert not world.holds(OTHER, "_sqladmin02")


@pytest.mark.expects_log("is there again and could not be removed")
def test_that_what_others_have_again_by_a_hidden_group_that_can_not_be_taken_back_is_an_alarm() -> None:
    world = World()
    elevation = ended_with_its_group(world)
    world.console.add_member(guid_of(elevation), world.account("_sqladmin02"))
    world.console.add_member(world.privilege(), guid_of(elevation))
    world.console.hide(guid_of(elevation))
    world.console.deny(guid_of(elevation))
    world.console.deny(world.privilege())
    assert world.service.sweep(world.provider.id, Recorder()).is_alarm
    assert world.holds(account="_sqladmin02")


# --- an account that is lent already is lent to nobody else, whatever is made of its group ----------------


def another_member(world: World, elevation: Elevation) -> None:
    world.console.add_member(guid_of(elevation), world.account("_sqladmin02"))


def for_the_primary_group(world: World, elevation: Elevation) -> None:
    world.console.make_primary(guid_of(elevation), elevation.account.guid)


def renamed_and_moved(world: World, elevation: Elevation) -> None:
    renamed(world, elevation)
    moved(world, elevation)


def another_account(world: World, elevation: Elevation) -> None:
    retell(world, elevation, acc=world.account("_webadmin03"))


def note_of_the_auditor(world: World, elevation: Elevation) -> None:
    with directory_of(world) as directory:
        directory.write_record(guid_of(elevation), "note of the auditor", "")


ALTERED = [
    another_member,
    for_the_primary_group,
    in_through_another,
    renamed_and_moved,
    another_account,
    note_of_the_auditor,
]


@pytest.mark.parametrize("alter", ALTERED)
@pytest.mark.parametrize("privilege", ["Remote Desktop Manager Admins", OTHER])
def test_that_an_account_whose_group_was_altered_is_still_checked_out(
    alter: Callable[[World, Elevation], None], privilege: str
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    alter(world, elevation)
    store = MemoryStore()
    with pytest.raises(AccountCheckedOut):
        world.another_copy(store).check_out(world.request(privilege), Recorder())


def of_other_groups(world: World, *, folder: bool = False) -> ElevationService:
    """Another copy that signs in with the same account and lends another group, perhaps in another place."""
    store = MemoryStore()
    jit = world.provider.jit
    assert jit.location is not None
    privileges = tuple(p for p in jit.privileges if p.group.name == OTHER)
    location = jit.location
    if folder:
        place = world.console.create_ou("Elsewhere", parent_dn(location.dn))
        with directory_of(world) as directory:
            location = replace(location, guid=directory.read(place).guid, dn=place)
    jit = replace(jit, privileges=privileges, privilege_sets_enabled=False, location=location)
    other = replace(world.provider, jit=jit)
    store.kept_providers = {other.id: other}
    return world.another_copy(store, "CORP\\bob")


def extended(world: World, elevation: Elevation) -> None:
    world.service.extend(elevation.id, 60, Recorder())


def extended_and_overwritten(world: World, elevation: Elevation) -> None:
    extended(world, elevation)
    note_of_the_auditor(world, elevation)


def without_a_marker(world: World, elevation: Elevation) -> None:
    extended(world, elevation)
    with directory_of(world) as directory:
        for marker in prolonging.find(elevation, directory):
            directory.delete_group(marker.guid)


def wiped_and_renamed(world: World, elevation: Elevation) -> None:
    wiped(world, elevation)
    renamed(world, elevation)


def wiped_renamed_and_moved(world: World, elevation: Elevation) -> None:
    wiped(world, elevation)
    renamed_and_moved(world, elevation)


WAYS_TO_LOOK_LIKE_NOTHING = [
    extended,
    extended_and_overwritten,
    without_a_marker,
    wiped,
    wiped_and_renamed,
    wiped_renamed_and_moved,
]


@pytest.mark.parametrize("alter", [*WAYS_TO_LOOK_LIKE_NOTHING, *ALTERED])
@pytest.mark.parametrize("folder", [False, True], ids=["in its place", "in another place"])
def test_that_it_is_checked_out_for_copies_too_that_lend_other_groups(
    alter: Callable[[World, Elevation], None], folder: bool
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    alter(world, elevation)
    with pytest.raises(AccountCheckedOut):
        of_other_groups(world, folder=folder).check_out(world.request(OTHER), Recorder())
    assert not world.holds(OTHER)


def test_that_the_end_that_was_prolonged_is_said_to_who_is_refused() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    later = world.service.extend(elevation.id, HOUR, Recorder()).deadline
    with pytest.raises(AccountCheckedOut) as refused:
        of_other_groups(world).check_out(world.request(OTHER), Recorder())
    assert (refused.value.by, refused.value.until) == (elevation.requested_by, later)


@pytest.mark.parametrize("marked_by", ["own", "its maker"])
def test_that_what_a_colleagues_account_made_is_checked_out_after_an_extension_too(marked_by: str) -> None:
    """Whoever extended it: a copy that signs in as we do, or as the colleague does."""
    world = World()
    colleague = SecurityId("S-1-5-21-1-2-3-4711")
    elevation = world.check_out(seconds=HOUR)
    extended(world, elevation)
    with directory_of(world) as directory:
        marker = prolonging.find(elevation, directory)[0].guid
    made_by(world, guid_of(elevation), colleague)
    if marked_by == "its maker":
        made_by(world, marker, colleague)
    refused = Recorder()
    with pytest.raises(AccountCheckedOut):
        of_other_groups(world).check_out(world.request(OTHER), refused)
    assert Step.CREATE_GROUP not in {report.step for report in refused.steps}


def test_that_a_marker_counts_for_a_checkout_wherever_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    extended(world, elevation)
    made_by(world, guid_of(elevation), SecurityId("S-1-5-21-1-2-3-4711"))
    world.stop_replication(monkeypatch)
    with directory_of(world) as directory:
        directory.delete_group(prolonging.find(elevation, directory)[0].guid)
    with pytest.raises(AccountCheckedOut):
        of_other_groups(world).check_out(world.request(OTHER), Recorder())


def test_that_what_is_left_of_one_that_was_extended_is_removed_too() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    extended(world, elevation)
    with directory_of(world) as directory:
        directory.empty_group(guid_of(elevation))
    world.clock.advance(HOUR + 70)
    store = MemoryStore()
    for _ in range(2):
        sweep(world, store)
        world.clock.advance(10)
    assert world.nothing_left()


@pytest.mark.parametrize("forged", ["by somebody else", "written again"])
def test_that_a_forged_extension_of_a_group_of_others_blocks_nobody(forged: str) -> None:
    """Whoever may write the group is not who made it: neither his own marker proves anything of it, nor what
    he writes into another's."""
    world = World()
    maker = SecurityId("S-1-5-21-1-2-3-4711")
    elevation = world.check_out(seconds=HOUR)
    extended(world, elevation)
    with directory_of(world) as directory:
        markers = prolonging.find(elevation, directory)
        for marker in markers if forged == "written again" else ():
            text = marker.info.replace('"by":"CORP', '"by":"X')
            directory.write_record(marker.guid, text, "")
    made_by(world, guid_of(elevation), maker)
    is_makers = forged == "written again"
    for marker in markers:
        made_by(world, marker.guid, maker if is_makers else SecurityId("S-1-5-21-1-2-3-6666"))
    elevated = of_other_groups(world).check_out(world.request(OTHER), Recorder())
    assert elevated.state is State.ACTIVE


def test_that_a_group_of_ours_that_gives_nothing_or_not_to_the_account_blocks_nobody() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    extended(world, elevation)
    with directory_of(world) as directory:
        directory.take_out(world.privilege(), guid_of(elevation))
    world.clock.advance(301)
    copy = of_other_groups(world)
    ended = copy.check_out(world.request(OTHER), Recorder())
    copy.check_in(ended.id, Recorder())
    world.clock.advance(10)
    with directory_of(world) as directory:
        directory.add_member(world.privilege(), group_of(world, elevation).dn)
        directory.empty_group(guid_of(elevation))
    world.clock.advance(10)
    assert copy.check_out(world.request(OTHER), Recorder()).state is State.ACTIVE


def test_that_a_permanent_group_that_the_account_that_signs_in_made_blocks_nobody() -> None:
    """It never had a record: it is no temporary group of ours."""
    world = World()
    assert world.provider.jit.location is not None
    with directory_of(world) as directory:
        account = directory.read(world.account()).dn
        new = NewGroup("Helpdesk", world.provider.jit.location.dn, GroupScope.GLOBAL, account, "", "")
        made = directory.create_group(new)
        directory.add_member(world.privilege(), made.dn)
    world.clock.advance(10)
    copy = of_other_groups(world)
    assert copy.check_out(world.request(OTHER), Recorder()).state is State.ACTIVE


def test_that_what_a_suspect_group_gives_is_never_called_permanent() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    made_by(world, guid_of(elevation), SecurityId("S-1-5-21-1-2-3-4711"))
    another_member(world, elevation)
    another_account(world, elevation)
    store = MemoryStore()
    with pytest.raises(Refused, match="and not permanently: it has members") as raised:
        world.another_copy(store).check_out(world.request("Remote Desktop Manager Admins", OTHER), Recorder())
    assert not isinstance(raised.value, AlreadyMember)


def test_that_what_a_group_of_others_gives_is_still_called_permanent() -> None:
    world = World()
    permanent_group(world, world.account())
    with pytest.raises(AlreadyMember):
        world.check_out(seconds=HOUR)


def test_that_a_later_end_that_was_written_into_the_own_row_counts_for_nothing() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    stored = world.stored(elevation)
    world.store.kept[elevation.id] = replace(stored, deadline=stored.deadline + timedelta(hours=3))
    world.service.sweep(world.provider.id, Recorder())
    assert world.holds(), "its time is not over"
    world.clock.advance(HOUR)
    world.service.sweep(world.provider.id, Recorder())
    assert not world.holds()


def test_that_a_later_end_of_an_extension_counts_where_the_record_has_not_arrived() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    before = group_of(world, elevation)
    world.service.extend(elevation.id, HOUR, Recorder())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Sweeper, "_shown", lambda _, them: {e.id: before for e in them})
        world.clock.advance(HOUR + 60)
        world.service.sweep(world.provider.id, Recorder())
    assert world.holds()
