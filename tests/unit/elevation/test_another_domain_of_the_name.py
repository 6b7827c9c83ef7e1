# SPDX-License-Identifier: MIT
"""The settings lead to another domain of the same name: a lab, a copy for tests, one that was built anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.directory.demo import DemoConsole, demo_factory
from jit_desktop.directory.demo.objects import DOMAIN_SID
from jit_desktop.elevation import prolonging
from jit_desktop.elevation.controllers import FORGOTTEN_AFTER
from jit_desktop.elevation.errors import DirectoryError
from jit_desktop.elevation.identity import DistinguishedName, SecurityId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory, GroupScope, NewGroup
from jit_desktop.elevation.remaining import require_home
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.world import World

LAB_SID = SecurityId("S-1-5-21-1-2-3")
TWO_HOURS = 7200


class Lab:
    """A second domain whose names and contents are those of the first one."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch, sid: SecurityId | None) -> None:
        self.connector = demo_factory(None, world.clock, latency_seconds=0, abilities=world.abilities)
        self.console = DemoConsole(self.connector.domain)
        self._sid = sid
        self._world, self._patch = world, monkeypatch

    def directory(self, server: str = "") -> Directory:
        made = self.connector.connect(self._world.provider.connection, None, server=server)
        made._info = replace(made.info, domain_sid=self._sid)
        return made

    def takes_the_place(self) -> None:
        self._patch.setattr(
            self._world.connector, "connect", lambda *_, server="", **__: self.directory(server)
        )

    def goes(self) -> None:
        self._patch.undo()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def lab(world: World, monkeypatch: pytest.MonkeyPatch) -> Lab:
    return Lab(world, monkeypatch, LAB_SID)


def with_sids(
    world: World, elevation: Elevation, change: Callable[[SecurityId | None], SecurityId | None]
) -> None:
    privileges = tuple(replace(p, sid=change(p.sid)) for p in elevation.privileges)
    world.store.kept[elevation.id] = replace(world.stored(elevation), privileges=privileges)


def test_that_no_end_is_confirmed_there(world: World, lab: Lab) -> None:
    elevation = world.check_out(seconds=TWO_HOURS)
    lab.takes_the_place()
    world.clock.advance(TWO_HOURS)
    report = world.service.sweep(elevation.provider_id, world.recorder)
    stored = world.stored(elevation)
    assert (stored.state, [e.id for e in report.overdue]) == (State.OVERDUE, [elevation.id])
    assert "another domain that is called corp.example.test too" in stored.failure
    assert "CA file" in stored.failure
    lab.goes()
    assert world.holds()
    world.clock.advance(300)
    world.settle()
    assert world.stored(elevation).state is State.ENDED
    assert world.nothing_left()


def test_that_a_domain_that_does_not_say_which_it_is_confirms_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out(seconds=TWO_HOURS)
    Lab(world, monkeypatch, None).takes_the_place()
    world.clock.advance(TWO_HOURS)
    world.tick()
    assert world.stored(elevation).state is State.OVERDUE
    assert "Let the account that signs in read the objectSid of DC=corp" in world.stored(elevation).failure


@pytest.mark.parametrize("sid", [None, "S-1-5-32-551"])
def test_that_a_row_that_does_not_know_its_domain_goes_by_the_name(
    world: World, monkeypatch: pytest.MonkeyPatch, sid: SecurityId | None
) -> None:
    elevation = world.check_out(seconds=TWO_HOURS)
    home = world.connector.connect
    with_sids(world, elevation, lambda _: sid)

    def connect(*arguments: object, **options: object) -> Directory:
        made = home(*arguments, **options)  # type: ignore[arg-type]
        made._info = replace(made.info, domain_sid=None)
        return made

    monkeypatch.setattr(world.connector, "connect", connect)
    world.clock.advance(TWO_HOURS)
    world.settle()
    assert world.stored(elevation).state is State.ENDED
    assert world.nothing_left()


def test_that_a_chosen_group_of_another_domain_of_the_forest_says_nothing_of_this_one(world: World) -> None:
    elevation = world.check_out(seconds=TWO_HOURS)
    (own,) = elevation.privileges
    dn = DistinguishedName(own.group.dn.replace("DC=corp,", "DC=other,"))
    foreign = replace(own, group=replace(own.group, dn=dn), sid=SecurityId("S-1-5-21-7-8-9-1105"))
    for privileges in ((foreign,), (foreign, own)):
        world.store.kept[elevation.id] = replace(world.stored(elevation), privileges=privileges)
        with world.connector.connect(world.provider.connection) as directory:
            require_home(world.stored(elevation), directory)


def test_that_a_built_in_group_that_is_not_there_was_not_deleted(world: World, lab: Lab) -> None:
    elevation = world.check_out(seconds=TWO_HOURS)
    with_sids(world, elevation, lambda _: SecurityId("S-1-5-32-551"))
    lab.console.delete(world.privilege())
    lab.console.delete(world.account())
    lab.takes_the_place()
    world.clock.advance(TWO_HOURS)
    world.tick()
    assert world.stored(elevation).state is State.OVERDUE


@pytest.fixture
def older_copy(world: World, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The domain itself as it was before the account, the group and the location were made."""
    return Lab(world, monkeypatch, SecurityId(DOMAIN_SID))


def test_that_a_copy_from_before_all_of_it_was_made_confirms_nothing(world: World, older_copy: Lab) -> None:
    elevation = world.check_out(seconds=TWO_HOURS)
    for guid in (world.privilege(), world.account(), elevation.location.guid):
        older_copy.console.delete(guid)
    older_copy.takes_the_place()
    world.clock.advance(TWO_HOURS)
    world.tick()
    assert world.stored(elevation).state is State.OVERDUE


@pytest.mark.parametrize("kept", ["group", "location"])
def test_that_what_was_deleted_is_no_alarm_while_something_is_left(
    world: World, older_copy: Lab, kept: str
) -> None:
    elevation = world.check_out(seconds=TWO_HOURS)
    older_copy.console.show_deleted()
    older_copy.console.delete(world.account())
    older_copy.console.delete(world.privilege() if kept == "location" else elevation.location.guid)
    older_copy.takes_the_place()
    world.clock.advance(TWO_HOURS)
    world.settle()
    assert world.stored(elevation).state is State.ENDED


def test_that_what_is_not_there_was_not_ended_by_somebody_else(world: World, lab: Lab) -> None:
    elevation = world.check_out(seconds=TWO_HOURS)
    lab.takes_the_place()
    report = world.service.sweep(elevation.provider_id, world.recorder)
    assert world.stored(elevation).state is State.ACTIVE
    assert report.problem


def test_that_it_is_neither_checked_in_nor_extended_there(world: World, lab: Lab) -> None:
    elevation = world.check_out(seconds=TWO_HOURS)
    lab.takes_the_place()
    with pytest.raises(DirectoryError, match="another domain"):
        world.service.extend(elevation.id, 60, world.recorder)
    assert world.stored(elevation).deadline == elevation.deadline
    assert world.service.check_in(elevation.id, world.recorder).is_open


def test_that_a_domain_controller_that_is_none_there_is_still_asked_later(world: World, lab: Lab) -> None:
    elevation = world.check_out(seconds=TWO_HOURS)
    ended = world.service.check_in(elevation.id, world.recorder)
    away = "dc7.corp.example.test"
    world.store.kept[elevation.id] = replace(ended, unconfirmed_on=(away,))
    lab.takes_the_place()
    world.clock.advance(TWO_HOURS)
    world.service.sweep(elevation.provider_id, world.recorder)
    assert world.stored(elevation).unconfirmed_on == (away,)
    lab.goes()
    world.clock.advance(FORGOTTEN_AFTER.total_seconds())
    world.service.sweep(elevation.provider_id, world.recorder)
    assert world.stored(elevation).unconfirmed_on == ()


def test_that_a_row_that_names_a_wrong_domain_does_not_keep_the_right(world: World) -> None:
    elevation = world.check_out(seconds=TWO_HOURS)
    with_sids(world, elevation, lambda _: SecurityId("S-1-5-21-7-8-9-1105"))
    world.clock.advance(TWO_HOURS)
    world.tick()
    assert not world.holds()
    assert world.stored(elevation).state is State.OVERDUE


def test_that_a_grant_that_died_does_not_take_a_group_there_for_its_own(world: World, lab: Lab) -> None:
    elevation = world.check_out(seconds=TWO_HOURS)
    dead = replace(world.stored(elevation), group_guid=None, state=State.OVERDUE)
    world.store.kept[elevation.id] = dead
    with world.connector.connect(world.provider.connection) as home, lab.directory() as there:
        shown = home.temporary_groups(elevation.location.dn, "")[0]
        made = there.create_group(
            NewGroup(
                shown.name,
                elevation.location.dn,
                GroupScope.GLOBAL,
                elevation.account.dn,
                shown.info,
                shown.description,
            )
        )
    lab.console.add_member(world.privilege(), made.guid)
    lab.takes_the_place()
    world.service.sweep(elevation.provider_id, world.recorder)
    assert world.stored(elevation).group_guid is None


@pytest.mark.parametrize("is_hanging", [False, True])
def test_that_no_marker_there_prolongs_it(world: World, lab: Lab, is_hanging: bool) -> None:
    elevation = world.check_out(seconds=TWO_HOURS)
    later = elevation.deadline + timedelta(hours=1)
    if is_hanging:
        hangs = replace(world.stored(elevation), extending_to=later, next_attempt_at=elevation.deadline)
        world.store.kept[elevation.id] = hangs
    with lab.directory() as there:
        prolonging.create(elevation, later, "CORP\\alice", there)
    lab.takes_the_place()
    world.clock.advance(TWO_HOURS + 1)
    world.tick()
    stored = world.stored(elevation)
    assert (stored.deadline, stored.state) == (elevation.deadline, State.OVERDUE)


def test_that_what_is_taken_over_knows_its_domain(world: World) -> None:
    world.check_out(seconds=TWO_HOURS)
    (adopted,) = world.another_copy(MemoryStore()).sweep(world.provider.id, Recorder()).adopted
    with world.connector.connect(world.provider.connection) as directory:
        assert [p.sid for p in adopted.privileges] == [directory.read(world.privilege()).sid]
