# SPDX-License-Identifier: MIT
"""What another domain controller shows that the account has, and by no group that is shown, is lent already,
perhaps: as at the main one, nothing is given then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from jit_desktop.directory.demo import Fault
from jit_desktop.directory.demo.console import DemoConsole
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.directory.demo.domain import CONTROLLERS
from jit_desktop.elevation.errors import AccessDenied, AccountCheckedOut, Refused
from jit_desktop.elevation.identity import ObjectGuid, SecurityId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Step, StepReport, StepStatus
from jit_desktop.elevation.ports import GroupScope
from tests.unit.elevation.helpers import MemoryStore, Recorder, guid
from tests.unit.elevation.test_rivals import DC1, DC2, copy_on, request_of
from tests.unit.elevation.world import World

UNSEEN = f"^By {DC2} _backupoperator15 has Remote Desktop Manager Admins by a way that can't be seen"


@pytest.fixture
def world() -> World:
    return World()


def console_at(world: World, host: str) -> DemoConsole:
    """Changes what ``host`` has, and no other one where replication is stopped."""
    return DemoConsole(world.connector.domain, next(c for c in CONTROLLERS if c.host == host))


def lent_at_dc2(world: World, monkeypatch: pytest.MonkeyPatch, *, is_hidden: bool = True) -> Elevation:
    """Bob's elevation of the account, of which DC1 has not heard, and whose group DC2 does not show."""
    world.stop_replication(monkeypatch)
    bob = copy_on(world, DC2, "CORP\\bob", MemoryStore())
    lent = bob.check_out(request_of(world, "CORP\\bob"), Recorder())
    assert lent.group_guid is not None
    if is_hidden:
        console_at(world, DC2).hide(lent.group_guid, controller=DC2)
    world.clock.advance(10)
    assert (world.holds(server=DC1), world.holds(server=DC2)) == (False, True)
    return lent


def steps_of(world: World) -> set[Step]:
    return {s.step for s in world.recorder.steps}


def warnings_of(world: World, host: str) -> list[str]:
    steps = world.recorder.steps
    return [s.message for s in steps if s.status is StepStatus.WARNING and s.subject == host]


def test_that_what_another_domain_controller_hides_and_gives_is_lent_already(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent_at_dc2(world, monkeypatch)
    with pytest.raises(Refused, match=UNSEEN):
        world.check_out()
    assert Step.NEST_GROUP not in steps_of(world), "nothing may be given before that"
    assert not world.holds(server=DC1)


class Meanwhile(Recorder):
    """Does something once, when a step is told."""

    def __init__(self, step: Step, status: StepStatus, act: Callable[[], object]) -> None:
        super().__init__()
        self.step, self.status, self.act, self.is_done = step, status, act, False

    def on_step(self, report: StepReport) -> None:
        super().on_step(report)
        if (report.step, report.status) == (self.step, self.status) and not self.is_done:
            self.is_done = True
            self.act()


def test_that_it_is_looked_for_after_the_grant_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.stop_replication(monkeypatch)
    world.recorder = Meanwhile(Step.NEST_GROUP, StepStatus.RUNNING, lambda: hidden_way(world))
    with pytest.raises(Refused, match=UNSEEN):
        world.check_out()
    assert not world.holds(server=DC1)


def hidden_way(world: World) -> None:
    """Made at DC2, and not shown there."""
    console = console_at(world, DC2)
    assert world.provider.jit.location is not None
    group = console.create_group("Hidden", world.provider.jit.location.guid, GroupScope.GLOBAL)
    console.add_member(group, world.account())
    console.add_member(world.privilege(), group)
    console.hide(console.guid(group), controller=DC2)


@pytest.mark.parametrize("way", ["directly", "through a group"])
def test_that_what_stays_at_another_domain_controller_is_not_lent(
    world: World, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    world.stop_replication(monkeypatch)
    console, inside = console_at(world, DC2), world.account()
    if way == "through a group":
        assert world.provider.jit.location is not None
        group = console.create_group("Operators", world.provider.jit.location.guid, GroupScope.GLOBAL)
        console.add_member(group, inside)
        inside = console.guid(group)
    console.add_member(world.privilege(), inside)
    assert world.holds(server=DC2)
    assert world.check_out().state is State.ACTIVE
    assert warnings_of(world, DC2) == []


@pytest.mark.parametrize("hidden", ["nothing", "the location"])
def test_that_the_grant_itself_is_no_other_one_where_it_has_arrived(world: World, hidden: str) -> None:
    if hidden == "the location":
        assert world.provider.jit.location is not None
        world.console.hide_contents(world.provider.jit.location.guid, controller=DC2)
    world.recorder = Meanwhile(Step.NEST_GROUP, StepStatus.DONE, lambda: world.clock.advance(5))
    assert world.check_out().state is State.ACTIVE
    assert world.holds(server=DC2)
    assert warnings_of(world, DC2) == []


def test_that_one_which_does_not_show_what_the_account_is_in_is_told_and_keeps_nobody_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = DemoDirectory.token_groups

    def nothing_at_dc2(directory: DemoDirectory, account: ObjectGuid) -> frozenset[SecurityId]:
        return frozenset() if directory.info.controller == DC2 else real(directory, account)

    monkeypatch.setattr(DemoDirectory, "token_groups", nothing_at_dc2)
    assert world.check_out().state is State.ACTIVE
    (told,) = warnings_of(world, DC2)
    assert "could not be asked whether the account is checked out there" in told
    assert "does not show which groups _backupoperator15 is in" in told


def test_that_one_which_answers_no_more_keeps_nobody_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent_at_dc2(world, monkeypatch)
    real = DemoDirectory.member_links

    def silent(directory: DemoDirectory, group: ObjectGuid) -> object:
        if directory.info.controller == DC2:
            world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
        return real(directory, group)

    monkeypatch.setattr(DemoDirectory, "member_links", silent)
    assert world.check_out().state is State.ACTIVE
    assert len(warnings_of(world, DC2)) == 1


@pytest.mark.parametrize("hidden", ["the chosen group", "its members"])
def test_that_a_chosen_group_that_is_not_shown_there_explains_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    lent_at_dc2(world, monkeypatch)
    if hidden == "the chosen group":
        world.console.hide(world.privilege(), controller=DC2)
    else:
        world.console.hide_members(world.privilege(), controller=DC2)
    with pytest.raises(Refused, match=UNSEEN):
        world.check_out()


def test_that_what_is_answered_with_an_error_there_explains_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent_at_dc2(world, monkeypatch)
    real = DemoDirectory.member_links

    def refused(directory: DemoDirectory, group: ObjectGuid) -> object:
        if directory.info.controller == DC2:
            raise AccessDenied("It may not be read.")
        return real(directory, group)

    monkeypatch.setattr(DemoDirectory, "member_links", refused)
    with pytest.raises(Refused, match=UNSEEN):
        world.check_out()


def test_that_one_that_is_shown_a_moment_later_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was nested after the groups were read, and before the token was."""
    world.stop_replication(monkeypatch)
    bob = copy_on(world, DC2, "CORP\\bob", MemoryStore())
    real = DemoDirectory.token_groups

    def late(directory: DemoDirectory, account: ObjectGuid) -> frozenset[SecurityId]:
        if directory.info.controller == DC2:
            monkeypatch.setattr(DemoDirectory, "token_groups", real)
            monkeypatch.setattr(
                "jit_desktop.elevation.rivals.Rivals.give_way", lambda *_: None
            )  # his own look is not what is tried here
            bob.check_out(request_of(world, "CORP\\bob"), Recorder())
        return real(directory, account)

    monkeypatch.setattr(DemoDirectory, "token_groups", late)
    with pytest.raises(AccountCheckedOut) as refused:
        world.check_out()
    assert refused.value.by == "CORP\\bob"


def test_that_a_suspect_group_that_another_domain_controller_shows_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else made it, and its record is of another account: it checks out nobody, and does not stay
    either."""
    lent = lent_at_dc2(world, monkeypatch, is_hidden=False)
    assert lent.group_guid is not None
    real = DemoDirectory.temporary_groups

    def of_others(directory: DemoDirectory, *args: object, **options: object) -> object:
        found = real(directory, *args, **options)  # type: ignore[arg-type]
        if directory.info.controller != DC2:
            return found
        somebody, made_by = guid(), SecurityId("S-1-5-21-1-2-3-4711")
        own, other = (one.replace("-", "") for one in (world.account(), somebody))
        return [
            replace(g, owner=made_by, members=(*g.members, somebody), info=g.info.replace(own, other))
            for g in found
        ]

    monkeypatch.setattr(DemoDirectory, "temporary_groups", of_others)
    with pytest.raises(Refused, match=f"through {lent.group_name}, and not permanently"):
        world.check_out()


def test_that_a_look_asks_for_the_token_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = DemoDirectory.token_groups

    def count(directory: DemoDirectory, account: ObjectGuid) -> frozenset[SecurityId]:
        asked.append(directory.info.controller)
        return real(directory, account)

    monkeypatch.setattr(DemoDirectory, "token_groups", count)
    world.check_out()
    assert asked.count(DC2) == 2, "one before and one after"
