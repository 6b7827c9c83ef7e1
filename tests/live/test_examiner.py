# SPDX-License-Identifier: MIT
"""Checks and rehearsals on the real domain, as the plain service account; the script's list of rights is
what makes it work.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jit_desktop.elevation import delegation
from jit_desktop.elevation.delegation import (
    DESCRIPTION,
    GROUP,
    INFO,
    LOCATION_ENTRIES,
    MEMBER,
    AccessEntry,
    SchemaItem,
)
from jit_desktop.elevation.domain_check import DomainCheck, RehearsalReport, RehearsalStep, Topic, Verdict
from jit_desktop.elevation.examiner import Examiner
from jit_desktop.elevation.inspection import AdviceKind
from jit_desktop.elevation.lifecycle import State
from jit_desktop.store import SqliteStore
from tests.faults.live_world import PERSON, LiveWorld, live_world
from tests.faults.proxy import LdapProxy
from tests.samba.arena import Arena
from tests.samba.arena import arena as make_arena
from tests.samba.names import SERVICE
from tests.samba.pair import TwoControllers
from tests.samba.rights import delegate
from tests.samba.server import SambaDomain
from tests.samba.windows_like import WindowsLikeProxy

NASTY_NAMES = (
    "Tier 0, \"quoted\" & 'single' $(calc) `x`",
    "京都 ’curly’ + <angle>; #hash = \\back/",
    " leading blank, trailing blank ",
)


@pytest.fixture
def world(
    samba_domain: SambaDomain, arena: Arena, ldap_proxy: LdapProxy, tmp_path: Path
) -> Iterator[LiveWorld]:
    with live_world(samba_domain, arena, ldap_proxy, tmp_path) as made:
        yield made


def examiner(world: LiveWorld) -> Examiner:
    return Examiner(store=world.store, reach=world.service.reach, clock=world.clock, actor=PERSON)


def check(world: LiveWorld) -> DomainCheck:
    return examiner(world).check_domain(world.provider.id)


def rehearse(world: LiveWorld) -> RehearsalReport:
    return examiner(world).rehearse(world.provider.id)


def bad(found: DomainCheck, topic: Topic) -> list[str]:
    return [f.message for f in found.findings if f.topic is topic and f.verdict is Verdict.BAD]


def apply(world: LiveWorld, *delegations: delegation.Delegation) -> None:
    """What an administrator does by running the script."""
    verifier = world.arena.verifier
    for one in delegations:
        delegate(verifier.connection, one.on.dn, one.entries, verifier.sid(SERVICE.dn))


def test_that_the_bound_account_is_no_administrator(world: LiveWorld) -> None:
    account = world.arena.verifier.read(SERVICE.dn, "memberOf", "adminCount", "primaryGroupID")
    assert account["memberOf"] == []
    assert account["adminCount"] == []
    assert account["primaryGroupID"] == [b"513"]


def test_that_missing_rights_are_found_and_the_script_s_list_makes_all_of_it_work(world: LiveWorld) -> None:
    verifier = world.arena.verifier
    closed = verifier.create_ou(NASTY_NAMES[0], world.arena.ou)
    groups = [verifier.create_group(name, world.arena.ou) for name in NASTY_NAMES]
    world.create_in(closed)
    world.offer(*groups)
    before = check(world)
    assert len(bad(before, Topic.RIGHTS)) == 1 + len(groups)
    assert before.script == before.whole_script
    for dn in (closed, *groups):
        assert uuid.UUID(bytes_le=verifier.guid(dn)).bytes_le.hex() in before.script
    assert "calc" in before.script
    assert "$(" not in before.script.replace("$(if", "")

    apply(world, *delegation.needed(world.provider))

    after = check(world)
    assert bad(after, Topic.RIGHTS) == []
    assert after.script == ""
    assert rehearse(world).problem == ""
    elevation = world.check_out(seconds=600)
    assert world.holds_all()
    elevation = world.service.extend(elevation.id, 600, world.recorder)
    world.service.check_in(elevation.id, world.recorder)
    assert world.store.elevation(elevation.id).state is State.ENDED
    assert world.holds_none()
    assert verifier.groups_in(closed) == frozenset()


def test_that_the_script_grants_just_the_one_right_that_is_missing(world: LiveWorld) -> None:
    world.offer(world.arena.global_target, world.arena.foreign_target)
    found = check(world)
    (message,) = bad(found, Topic.RIGHTS)
    assert "Foreign Target" in message
    assert found.script.count("\nGrant '") == 1
    (only,) = [d for d in delegation.needed(world.provider) if d.on.dn == world.arena.foreign_target]
    apply(world, only)
    assert bad(check(world), Topic.RIGHTS) == []


@pytest.mark.parametrize(
    ("without", "step"),
    [
        (GROUP, RehearsalStep.CREATE),
        (MEMBER, RehearsalStep.NEST),
        (INFO, RehearsalStep.EXTEND),
        (DESCRIPTION, RehearsalStep.EXTEND),
    ],
    ids=lambda value: value.name,
)
def test_that_each_right_in_the_location_is_needed(
    world: LiveWorld, without: SchemaItem, step: RehearsalStep
) -> None:
    verifier = world.arena.verifier
    place = verifier.create_ou("one right short", world.arena.ou)
    entries: list[AccessEntry] = [e for e in LOCATION_ENTRIES if e.what is not without]
    delegate(verifier.connection, place, entries, verifier.sid(SERVICE.dn))
    world.create_in(place)
    report = rehearse(world)
    failed = [s for s in report.steps if s.verdict is Verdict.BAD]
    assert [s.step for s in failed] == [step]
    assert report.problem
    assert report.leftovers == ()
    assert verifier.groups_in(place) == frozenset()


def test_that_rights_reach_no_further_than_the_groups_directly_in_the_location(world: LiveWorld) -> None:
    verifier = world.arena.verifier
    inner = verifier.create_ou("inner", world.arena.creation_ou)
    world.create_in(inner)
    assert len(bad(check(world), Topic.RIGHTS)) == 1
    assert rehearse(world).problem


def test_that_a_rehearsal_on_one_domain_controller_goes_through(world: LiveWorld) -> None:
    report = rehearse(world)
    assert report.problem == ""
    assert report.proposed_latency_seconds == 0
    assert {s.verdict for s in report.steps} == {Verdict.GOOD, Verdict.NOTE}
    assert world.arena.temporary_groups() == frozenset()


def test_that_check_now_tells_the_truth_of_the_real_directory(world: LiveWorld) -> None:
    elevation = world.check_out(seconds=600)
    found = examiner(world).check_now(elevation.id)
    (truth,) = found.controllers
    assert truth.holds
    assert all(t.nested and t.in_token and not t.permanent_through for t in truth.targets)
    assert [a.kind for a in found.advice] == [AdviceKind.NEW_LOGON]
    world.arena.verifier.add_members(world.arena.foreign_target, [world.arena.account])
    world.arena.verifier.add_members(world.arena.domain_local_target, [world.arena.foreign_target])
    again = examiner(world).check_now(elevation.id)
    (through,) = [t.permanent_through for t in again.controllers[0].targets if t.permanent_through]
    assert through[0].startswith("Foreign Target")
    world.service.check_in(elevation.id, world.recorder)
    ended = examiner(world).check_now(elevation.id)
    assert not ended.controllers[0].group_there
    assert not any(a.is_alarm for a in ended.advice)
    assert [e.action for e in world.store.audit()].count("elevation.inspected") == 3


@pytest.mark.parametrize("ttl_links", [False, True], ids=["dynamic group", "memberships with a TTL too"])
def test_that_a_rehearsal_reads_back_what_ends_by_itself(
    samba_domain: SambaDomain, arena: Arena, windows_like: WindowsLikeProxy, tmp_path: Path, ttl_links: bool
) -> None:
    windows_like.forest.ttl_links = ttl_links
    with live_world(samba_domain, arena, windows_like, tmp_path) as world:
        report = rehearse(world)
        assert report.problem == ""
        steps = {s.step: s for s in report.steps if not s.subject}
        by_itself = steps[RehearsalStep.ENDS_BY_ITSELF]
        assert by_itself.verdict is Verdict.GOOD
        assert ("its membership in" in by_itself.message) == ttl_links
        assert steps[RehearsalStep.EXTEND].verdict is Verdict.GOOD
        assert arena.temporary_groups() == frozenset()


def test_that_the_replication_between_two_real_domain_controllers_is_measured(
    two_controllers: TwoControllers, tmp_path: Path
) -> None:
    domain = two_controllers.dc1
    with (
        make_arena(domain) as arena,
        SqliteStore(tmp_path) as store,
        LdapProxy.in_front_of(domain) as proxy,
    ):
        world = LiveWorld(domain, arena, proxy, store)
        world.save(replace(world.provider, connection=replace(world.provider.connection, port=0)))
        two_controllers.await_replication()
        found = check(world)
        assert [c.host for c in found.controllers] == [two_controllers.dc1.host, two_controllers.dc2.host]
        assert found.worst is Verdict.WARNING
        report = rehearse(world)
        assert report.problem == ""
        first, second = report.latencies
        assert (first.host, second.host) == (two_controllers.dc1.host, two_controllers.dc2.host)
        assert second.appeared_seconds is not None
        assert second.gone_seconds is not None
        assert report.proposed_latency_seconds is not None
        assert report.proposed_latency_seconds >= 2 * max(second.appeared_seconds, second.gone_seconds)
        two_controllers.await_replication()  # of the two groups that were removed last
        for controller in two_controllers.domains:
            with controller.verifier() as verifier:
                assert verifier.groups_in(arena.creation_ou) == frozenset()
