# SPDX-License-Identifier: MIT
"""What goes wrong with a checkout on the real domain: each fault has its words, and nothing stays granted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jit_desktop.elevation.errors import (
    AccountCheckedOut,
    AccountDisabled,
    AlreadyMember,
    ConcurrentChange,
    DirectoryError,
    DirectoryUnavailable,
    JitError,
    MissingRights,
    NoSuchObject,
    OutcomeUnknown,
)
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Step, StepReport, StepStatus
from jit_desktop.store import SqliteStore
from tests.faults.live_world import LiveWorld, live_world
from tests.faults.proxy import LdapProxy
from tests.samba.arena import Arena
from tests.samba.server import SambaDomain
from tests.unit.elevation.helpers import Recorder

STRANGE = [
    "Sales, EMEA",
    "C++ builders",
    'The "A" team',
    "back\\slash",
    "<b>bold</b>",
    "semi;colon",
    "a=b",
    "#1 admins",
    " leading blank",
    "Größe & Übermut",
    "管理者グループ",
    "🔑 keys",
]


@pytest.fixture
def world(
    samba_domain: SambaDomain, arena: Arena, ldap_proxy: LdapProxy, tmp_path: Path
) -> Iterator[LiveWorld]:
    with live_world(samba_domain, arena, ldap_proxy, tmp_path / "data") as made:
        yield made


def refused(world: LiveWorld, kind: type[JitError], words: str) -> JitError:
    with pytest.raises(kind, match=words) as raised:
        world.check_out()
    assert world.arena.temporary_groups() == frozenset()
    assert raised.value.remedy
    return raised.value


def test_that_a_checkout_and_its_end_show_on_the_second_connection(world: LiveWorld) -> None:
    elevation = world.check_out()
    assert elevation.state is State.ACTIVE
    assert world.holds_all()
    ended = world.service.check_in(elevation.id, world.recorder)
    assert ended.state is State.ENDED
    assert world.nothing_left()


def test_that_the_deadline_is_kept_on_the_domain_controllers_clock(world: LiveWorld) -> None:
    elevation = world.check_out(seconds=2)
    assert world.holds_all()
    finished = threading.Event()
    while world.store.elevation(elevation.id).is_open and not finished.wait(0.1):
        world.service.tick(world.recorder)
        late = -elevation.remaining(world.service.domain_now(world.provider.id)).total_seconds()
        assert late < 10, "it was not ended"
    ended = world.store.elevation(elevation.id)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.DEADLINE)
    assert ended.ended_at is not None
    assert ended.ended_at >= ended.deadline
    assert world.nothing_left()


@pytest.mark.parametrize("name", STRANGE)
def test_that_strange_names_of_group_account_and_place_do_no_harm(world: LiveWorld, name: str) -> None:
    world.offer(world.arena.add_target(name), world.arena.add_target(f"{name} (local)", "domain local"))
    world.lend_to(world.arena.add_account(f"{name} account"))
    world.create_in(world.arena.add_creation_ou(f"{name} ou"))
    elevation = world.check_out()
    assert elevation.state is State.ACTIVE
    assert world.holds_all()
    assert world.service.check_in(elevation.id, world.recorder).state is State.ENDED
    assert world.holds_none()


def test_that_a_group_that_was_renamed_is_found_by_its_guid(world: LiveWorld) -> None:
    new = world.arena.verifier.rename(world.arena.global_target, "Renamed, since")
    elevation = world.check_out()
    assert elevation.privileges[0].group.dn == new
    assert world.arena.verifier.is_effective_member(world.arena.account, new)
    assert any("renamed or moved" in s.message for s in world.recorder.steps)


def test_that_a_group_that_was_moved_is_found_by_its_guid(world: LiveWorld) -> None:
    elsewhere = world.arena.verifier.create_ou("Elsewhere", world.arena.ou)
    new = world.arena.verifier.move(world.arena.global_target, elsewhere)
    elevation = world.check_out()
    assert elevation.privileges[0].group.dn == new
    assert world.arena.verifier.is_effective_member(world.arena.account, new)


def test_that_a_group_that_was_deleted_is_named(world: LiveWorld) -> None:
    world.arena.verifier.delete(world.arena.global_target)
    refused(world, NoSuchObject, "does not exist any more")


def test_that_a_creation_location_that_was_deleted_is_named(world: LiveWorld) -> None:
    world.arena.verifier.delete(world.arena.creation_ou)
    with pytest.raises(NoSuchObject, match="creation location Temporary Groups does not exist"):
        world.check_out()
    assert world.holds_none()


def test_that_a_disabled_account_is_refused(world: LiveWorld) -> None:
    world.arena.verifier.set_enabled(world.arena.account, enabled=False)
    refused(world, AccountDisabled, "is disabled")


def test_that_a_permanent_member_of_everything_is_refused(world: LiveWorld) -> None:
    for target in world.arena.targets:
        world.arena.verifier.add_members(target, [world.arena.account])
    refused(world, AlreadyMember, "already a permanent member")
    assert world.holds_all(), "what was permanent stays"


def test_that_an_account_that_somebody_else_checked_out_is_refused(world: LiveWorld, tmp_path: Path) -> None:
    world.check_out()
    with SqliteStore(tmp_path / "other") as store:
        store.save_provider(world.provider, at=world.clock.utc_now(), actor="CORP\\bob")
        bob = world.another_copy(store, "CORP\\bob")
        with pytest.raises(AccountCheckedOut, match="alice"):
            bob.check_out(world.request(), Recorder())
    assert len(world.arena.temporary_groups()) == 1


def test_that_no_right_to_create_in_the_location_is_found_out_before_anything_is_written(
    world: LiveWorld,
) -> None:
    world.create_in(world.arena.verifier.create_ou("Not ours", world.arena.ou))
    error = refused(world, MissingRights, "create groups in Not ours")
    assert "Delegate" in error.remedy


def test_that_no_right_to_write_a_targets_members_is_found_out_before_anything_is_written(
    world: LiveWorld,
) -> None:
    world.offer(world.arena.global_target, world.arena.foreign_target)
    refused(world, MissingRights, "write the members of Foreign Target")


# --- the domain controller goes away -----------------------------------------------------------------------


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("way", ["cut_before", "cut_after"])
def test_that_a_connection_cut_at_any_membership_leaves_nothing_granted(
    world: LiveWorld, way: str, nth: int
) -> None:
    getattr(world.proxy, way)("modify", nth)
    with pytest.raises(OutcomeUnknown):
        world.check_out()
    assert world.proxy.struck.is_set()
    assert world.nothing_left()
    assert world.the_one().state is State.FAILED


@pytest.mark.parametrize("way", ["cut_before", "cut_after", "hang_after"])
def test_that_a_creation_without_an_answer_leaves_nothing_behind(world: LiveWorld, way: str) -> None:
    getattr(world.proxy, way)("add")
    with pytest.raises(DirectoryError):
        world.check_out()
    assert world.nothing_left()
    assert world.the_one().state is State.FAILED


def test_that_a_domain_controller_gone_in_mid_grant_is_an_alarm_until_it_is_back(world: LiveWorld) -> None:
    class Pulls(Recorder):
        """Takes the domain controller away once the first membership is written."""

        def on_step(self, report: StepReport) -> None:
            if report.step == "nest-group" and report.status is StepStatus.DONE and not self.steps:
                self.steps.append(report)
                world.proxy.refuse()

    with pytest.raises(DirectoryUnavailable):
        world.check_out(listener=Pulls())
    half = world.the_one()
    assert half.state is State.OVERDUE
    assert len(world.arena.temporary_groups()) == 1
    world.proxy.mend()
    waiting = threading.Event()
    while world.the_one().is_open and not waiting.wait(0.2):
        world.service.tick(world.recorder)
        assert world.the_one().attempts < 5
    assert world.the_one().state is State.FAILED
    assert world.nothing_left()


@pytest.mark.parametrize("operation", ["modify", "delete"])
@pytest.mark.parametrize("way", ["cut_before", "cut_after"])
def test_that_an_end_without_an_answer_is_read_and_tried_again(
    world: LiveWorld, way: str, operation: str
) -> None:
    elevation = world.check_out()
    getattr(world.proxy, way)(operation)
    ended = world.service.check_in(elevation.id, world.recorder)
    assert ended.state in (State.ENDED, State.ENDING)
    events = [t.event for t in world.store.transitions(elevation.id)]
    assert Event.END_UNCONFIRMED not in events, "one cut is no alarm"
    waiting = threading.Event()
    while world.the_one().is_open and not waiting.wait(0.2):
        world.service.tick(world.recorder)
        assert world.the_one().attempts < 5
    assert world.the_one().state is State.ENDED
    assert world.nothing_left()


def test_that_another_copy_with_an_empty_database_ends_what_this_one_left(
    world: LiveWorld, tmp_path: Path
) -> None:
    elevation = world.check_out()
    with SqliteStore(tmp_path / "other") as store:
        store.save_provider(world.provider, at=world.clock.utc_now(), actor="CORP\\bob")
        bob = world.another_copy(store, "CORP\\bob")
        (adopted,) = bob.sweep(world.provider.id, Recorder()).adopted
        assert (adopted.id, adopted.deadline) == (elevation.id, elevation.deadline)
        assert bob.check_in(elevation.id, Recorder()).state is State.ENDED
    assert world.nothing_left()
    world.service.sweep(world.provider.id, world.recorder)
    assert world.the_one().end_reason is EndReason.REMOVED_ELSEWHERE


def test_that_an_extension_is_written_where_other_copies_see_it(world: LiveWorld) -> None:
    elevation = world.check_out(seconds=600)
    extended = world.service.extend(elevation.id, 600, world.recorder)
    # Beside it is the marker that proves who has extended it.
    (group,) = [dn for dn in world.arena.temporary_groups() if elevation.id in dn]
    assert f"{extended.deadline:%Y-%m-%dT%H:%M:%SZ}" in (world.arena.verifier.text(group, "info") or "")
    assert (extended.deadline - elevation.deadline).total_seconds() == 600


@pytest.mark.parametrize("status", [StepStatus.RUNNING, StepStatus.DONE])
def test_that_a_check_in_while_the_group_is_being_created_leaves_nothing(
    world: LiveWorld, status: StepStatus
) -> None:
    bob = world.another_copy(world.store, "CORP\\bob")

    class Bob(Recorder):
        def on_step(self, report: StepReport) -> None:
            super().on_step(report)
            if (report.step, report.status) == (Step.CREATE_GROUP, status):
                bob.check_in(report.elevation_id, Recorder())

    listener = Bob()
    with pytest.raises((ConcurrentChange, DirectoryError)):
        world.check_out(listener=listener)
    assert world.nothing_left()
    assert world.the_one().end_reason is EndReason.CHECK_IN
