# SPDX-License-Identifier: MIT
"""What the demo domain ends by itself: dynamic groups and memberships with a TTL, as in Active Directory."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jit_desktop.directory.demo import DemoConnector, DemoConsole, DemoDirectory, demo_factory, demo_provider
from jit_desktop.directory.demo.objects import ROOT_GUID, DemoObject, guid_for
from jit_desktop.directory.demo.tree import Tree
from jit_desktop.elevation.errors import AlreadyExists, NoSuchObject, RejectedByDirectory
from jit_desktop.elevation.ports import Abilities, EntryKind, Membership, NotVisible, TemporaryGroup
from tests.unit.demo.helpers import ACCOUNT, ADMINS, INTERNAL, new_group
from tests.unit.elevation.helpers import START, ManualClock, visible

EVERYTHING = Abilities(dynamic_objects=True, ttl_links=True)
HOUR = 3600


def _open(path: Path | None, clock: ManualClock, abilities: Abilities = EVERYTHING) -> DemoConnector:
    return demo_factory(path, clock, latency_seconds=0, abilities=abilities)


@pytest.fixture
def domain(clock: ManualClock) -> DemoConnector:
    return _open(None, clock)


@pytest.fixture
def here(domain: DemoConnector) -> Iterator[DemoDirectory]:
    with domain.connect(demo_provider().connection) as connection:
        yield connection


def test_that_the_demo_domain_has_dynamic_objects_and_no_memberships_with_a_ttl(
    directory: DemoDirectory,
) -> None:
    assert directory.info.abilities == Abilities(
        dynamic_objects=True, ttl_links=False, default_ttl_seconds=86_400, minimum_ttl_seconds=900
    )


def test_that_a_dynamic_group_counts_down_and_goes(clock: ManualClock, here: DemoDirectory) -> None:
    made = here.create_group(replace(new_group(), lifetime_seconds=HOUR))
    assert made.ends_in_seconds == HOUR
    here.add_member(ADMINS, made.dn)
    clock.advance(HOUR - 0.5)
    left = visible(here.temporary_group(made.guid))
    assert left is not None
    assert left.ends_in_seconds == 0
    clock.advance(0.5)
    assert isinstance(here.temporary_group(made.guid), NotVisible)
    assert here.temporary_groups(INTERNAL, "") == []
    assert made.dn not in here.members(ADMINS)


def test_that_an_ordinary_group_stays(clock: ManualClock, here: DemoDirectory) -> None:
    made = here.create_group(new_group())
    assert made.ends_in_seconds is None
    clock.advance(40_000_000)
    assert isinstance(here.temporary_group(made.guid), TemporaryGroup)


def test_that_every_controller_deletes_its_own_copy(clock: ManualClock, domain: DemoConnector) -> None:
    connection = demo_provider().connection
    made = domain.connect(connection).create_group(replace(new_group(), lifetime_seconds=HOUR))
    clock.advance(10)
    elsewhere = domain.connect(connection, server="dc2")
    assert isinstance(elsewhere.temporary_group(made.guid), TemporaryGroup)
    clock.advance(HOUR - 10)
    assert isinstance(elsewhere.temporary_group(made.guid), NotVisible)


def test_that_a_short_entry_ttl_is_raised_to_the_minimum(here: DemoDirectory) -> None:
    made = here.create_group(replace(new_group(), lifetime_seconds=60))
    assert made.ends_in_seconds == 900


@pytest.mark.parametrize("seconds", [0, -1, 31_557_601])
def test_that_an_entry_ttl_out_of_range_is_refused(here: DemoDirectory, seconds: int) -> None:
    with pytest.raises(RejectedByDirectory):
        here.create_group(replace(new_group(), lifetime_seconds=seconds))
    assert not here.temporary_groups(INTERNAL, "")


def test_that_a_record_and_a_later_end_are_one_write(clock: ManualClock, here: DemoDirectory) -> None:
    made = here.create_group(replace(new_group(), lifetime_seconds=HOUR))
    clock.advance(HOUR - 60)
    here.write_record(made.guid, "later", "Later", lifetime_seconds=2 * HOUR)
    clock.advance(7000)
    shown = visible(here.temporary_group(made.guid))
    assert shown is not None
    assert (shown.info, shown.ends_in_seconds) == ("later", 200)
    clock.advance(200)
    assert isinstance(here.temporary_group(made.guid), NotVisible)


def test_that_a_record_without_a_time_to_live_leaves_the_one_that_is_there(here: DemoDirectory) -> None:
    made = here.create_group(replace(new_group(), lifetime_seconds=HOUR))
    here.write_record(made.guid, "text", "Text")
    shown = visible(here.temporary_group(made.guid))
    assert shown is not None
    assert shown.ends_in_seconds == HOUR


def test_that_an_ordinary_group_can_not_be_made_to_end(here: DemoDirectory) -> None:
    made = here.create_group(new_group())
    with pytest.raises(RejectedByDirectory):
        here.write_record(made.guid, "later", "Later", lifetime_seconds=HOUR)
    shown = visible(here.temporary_group(made.guid))
    assert shown is not None
    assert shown.info == made.info


def test_that_a_membership_with_a_ttl_counts_down_and_goes_on_every_controller_at_once(
    clock: ManualClock, domain: DemoConnector, here: DemoDirectory
) -> None:
    made = here.create_group(replace(new_group(), member_lifetime_seconds=HOUR))
    here.add_member(ADMINS, made.dn, lifetime_seconds=HOUR + 5)
    clock.advance(10)
    elsewhere = domain.connect(demo_provider().connection, server="dc2")
    for directory in (here, elsewhere):
        assert directory.membership(made.guid, ACCOUNT) == Membership(HOUR - 10)
        assert directory.membership(ADMINS, made.guid) == Membership(HOUR - 5)
    clock.advance(HOUR - 10)
    for directory in (here, elsewhere):
        assert directory.membership(made.guid, ACCOUNT) is None
        assert directory.membership(ADMINS, made.guid) == Membership(5)
    clock.advance(5)
    shown = visible(here.temporary_group(made.guid))
    assert shown is not None
    assert (shown.members, shown.member_of) == ((), ())


def test_that_the_other_members_stay_when_one_membership_ends(
    clock: ManualClock, domain: DemoConnector, here: DemoDirectory
) -> None:
    made = here.create_group(new_group())
    before = list(here.members(ADMINS))
    here.add_member(ADMINS, made.dn, lifetime_seconds=HOUR)
    assert here.membership(made.guid, ACCOUNT) == Membership(None)
    clock.advance(HOUR)
    assert list(here.members(ADMINS)) == before
    assert made.dn not in DemoConsole(domain.domain).members(ADMINS)


def test_that_a_ttl_is_not_laid_over_a_permanent_membership(clock: ManualClock, here: DemoDirectory) -> None:
    made = here.create_group(new_group())
    here.add_member(ADMINS, made.dn)
    with pytest.raises(AlreadyExists):
        here.add_member(ADMINS, made.dn, lifetime_seconds=60)
    clock.advance(61)
    assert made.dn in here.members(ADMINS)


def test_that_a_renewed_membership_has_its_new_end_and_is_there_once(
    clock: ManualClock, here: DemoDirectory
) -> None:
    made = here.create_group(new_group())
    here.add_member(ADMINS, made.dn, lifetime_seconds=60)
    here.renew_member(ADMINS, made.dn, 120)
    assert list(here.members(ADMINS)).count(made.dn) == 1
    clock.advance(119)
    assert here.membership(ADMINS, made.guid) == Membership(1)
    clock.advance(1)
    assert here.membership(ADMINS, made.guid) is None


def test_that_who_is_no_member_can_not_be_renewed(here: DemoDirectory) -> None:
    made = here.create_group(new_group())
    with pytest.raises(NoSuchObject):
        here.renew_member(ADMINS, made.dn, 120)
    assert made.dn not in here.members(ADMINS)


def test_that_a_member_that_is_taken_out_and_put_back_stays(clock: ManualClock, here: DemoDirectory) -> None:
    made = here.create_group(new_group())
    here.add_member(ADMINS, made.dn, lifetime_seconds=60)
    here.remove_member(ADMINS, made.dn)
    here.add_member(ADMINS, made.dn)
    clock.advance(61)
    assert made.dn in here.members(ADMINS)


def test_that_what_the_domain_does_not_have_is_refused(clock: ManualClock) -> None:
    neither = _open(None, clock, Abilities()).connect(demo_provider().connection)
    for new in (
        replace(new_group(), lifetime_seconds=HOUR),
        replace(new_group(), member_lifetime_seconds=HOUR),
    ):
        with pytest.raises(RejectedByDirectory):
            neither.create_group(new)
    assert not neither.temporary_groups(INTERNAL, "")
    made = neither.create_group(new_group())
    with pytest.raises(RejectedByDirectory):
        neither.add_member(ADMINS, made.dn, lifetime_seconds=HOUR)
    neither.add_member(ADMINS, made.dn)
    with pytest.raises(RejectedByDirectory):
        neither.renew_member(ADMINS, made.dn, HOUR)
    with pytest.raises(RejectedByDirectory):
        neither.write_record(made.guid, "", "", lifetime_seconds=HOUR)


def test_that_a_membership_of_no_seconds_is_refused(here: DemoDirectory) -> None:
    made = here.create_group(new_group())
    with pytest.raises(RejectedByDirectory):
        here.add_member(ADMINS, made.dn, lifetime_seconds=0)


def test_that_what_ends_is_kept_in_the_file_and_ends_in_another_process(
    clock: ManualClock, tmp_path: Path
) -> None:
    path = tmp_path / "demo-domain.json"
    connection = demo_provider().connection
    made = _open(path, clock).connect(connection).create_group(replace(new_group(), lifetime_seconds=HOUR))
    _open(path, clock).connect(connection).add_member(ADMINS, made.dn, lifetime_seconds=60)
    clock.advance(30)
    # A write after every controller knows of it folds it into what is settled.
    _open(path, clock).connect(connection).create_group(new_group("RDM_JIT_2"))
    other = _open(path, clock).connect(connection)
    assert other.membership(ADMINS, made.guid) == Membership(30)
    shown = visible(other.temporary_group(made.guid))
    assert shown is not None
    assert shown.ends_in_seconds == HOUR - 30
    clock.advance(HOUR)
    other = _open(path, clock).connect(connection)
    assert [g.name for g in other.temporary_groups(INTERNAL, "")] == ["RDM_JIT_2"]
    other.create_group(new_group("RDM_JIT_3"))
    assert made.guid not in path.read_text(encoding="utf-8")


# --- what is kept of it ------------------------------------------------------------------------------------


def _object(name: str, **fields: object) -> DemoObject:
    return replace(DemoObject(guid_for(name), ROOT_GUID, name, EntryKind.GROUP), **fields)  # type: ignore[arg-type]


def test_that_a_tree_made_of_many_objects_at_once_knows_which_of_them_end() -> None:
    member = guid_for("member")
    dynamic = _object("dynamic", dies_at=START)
    linked = _object("linked", members=(member,), link_ends=((member, START),))
    tree = Tree.of([_object("ordinary", members=(member,)), dynamic, linked])
    assert sorted(t.name for t in tree.mortals()) == ["dynamic", "linked"]
    assert sorted(t.name for t in tree.copy().mortals()) == ["dynamic", "linked"]


def test_that_a_member_without_an_end_has_none_whatever_it_had() -> None:
    first, second = guid_for("first"), guid_for("second")
    group = _object("group").with_member(first, START).with_member(second, START)
    permanent = group.with_member(first, None)
    assert permanent.members == (second, first)
    assert permanent.link_ends == ((second, START),)
    assert _object("group").with_member(first, None).link_ends == ()
