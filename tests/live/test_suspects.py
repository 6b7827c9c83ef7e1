# SPDX-License-Identifier: MIT
"""Temporary groups that somebody altered, on the real domain, looked at over a second connection: what an
empty copy of the program makes of them past their deadline, and of a deadline that somebody else wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from time import sleep

import pytest

from jit_desktop.elevation.model import Elevation, SweepReport
from tests.faults.live_world import LiveWorld
from tests.faults.proxy import LdapProxy
from tests.samba.arena import Arena
from tests.samba.server import SambaDomain
from tests.unit.elevation.helpers import MemoryStore, Recorder

SECONDS = 4


@pytest.fixture
def world(samba_domain: SambaDomain, arena: Arena, ldap_proxy: LdapProxy) -> LiveWorld:
    return LiveWorld(samba_domain, arena, ldap_proxy, MemoryStore())  # type: ignore[arg-type]


def dn_of(world: LiveWorld, elevation: Elevation) -> str:
    return f"CN={elevation.group_name},{world.arena.creation_ou}"


def sweep(world: LiveWorld, store: MemoryStore) -> SweepReport:
    store.kept_providers = {world.provider.id: world.provider}
    copy = world.another_copy(store)  # type: ignore[arg-type]
    return copy.sweep(world.provider.id, Recorder())


def write_note(world: LiveWorld, elevation: Elevation) -> None:
    world.arena.verifier.set_attribute(dn_of(world, elevation), "info", "note of the auditor")


def add_somebody(world: LiveWorld, elevation: Elevation) -> None:
    other = world.arena.add_account("Somebody Else")
    world.arena.verifier.add_members(dn_of(world, elevation), [other])


def rename(world: LiveWorld, elevation: Elevation) -> None:
    world.arena.verifier.rename(dn_of(world, elevation), "Printers of Leeds")


def move(world: LiveWorld, elevation: Elevation) -> None:
    parent = world.arena.creation_ou.partition(",")[2]
    world.arena.verifier.move(dn_of(world, elevation), parent)


def prolong(world: LiveWorld, elevation: Elevation, by: timedelta) -> None:
    dn = dn_of(world, elevation)
    text = world.arena.verifier.text(dn, "info")
    assert text is not None
    later = (elevation.deadline + by).strftime("%Y-%m-%dT%H:%M:%SZ")
    changed = json.dumps(json.loads(text) | {"end": later}, separators=(",", ":"))
    world.arena.verifier.set_attribute(dn, "info", changed)


def wait(elevation: Elevation, world: LiveWorld) -> None:
    now = world.service.domain_now(elevation.provider_id)
    sleep(max(elevation.remaining(now).total_seconds(), 0) + 1)


@pytest.mark.parametrize("alter", [write_note, add_somebody, rename, move])
def test_that_an_empty_copy_takes_back_what_was_altered(
    world: LiveWorld, alter: Callable[[LiveWorld, Elevation], None]
) -> None:
    elevation = world.check_out(seconds=SECONDS)
    alter(world, elevation)
    assert world.holds_all()
    wait(elevation, world)
    report = sweep(world, MemoryStore())
    assert report.is_alarm
    assert report.problem == ""
    assert world.holds_none()


def test_that_a_later_end_written_by_somebody_else_prolongs_nothing(world: LiveWorld) -> None:
    elevation = world.check_out(seconds=SECONDS)
    prolong(world, elevation, timedelta(hours=7))
    wait(elevation, world)
    world.service.sweep(world.provider.id, world.recorder)
    assert world.holds_none()
    assert "elevation.record-prolonged" in world.store.audited  # type: ignore[attr-defined]


def test_that_an_extension_by_another_copy_is_proven_by_its_marker(world: LiveWorld) -> None:
    elevation = world.check_out(seconds=SECONDS)
    store = MemoryStore()
    sweep(world, store)
    other = world.another_copy(store)  # type: ignore[arg-type]
    other.extend(elevation.id, 5, Recorder())
    wait(elevation, world)
    world.service.tick(world.recorder)
    assert world.holds_all()
    sleep(5)
    world.service.tick(world.recorder)
    assert world.nothing_left(), "the marker goes with it"


def test_that_a_shorter_policy_elsewhere_ends_nothing(world: LiveWorld) -> None:
    world.check_out(seconds=600)
    shorter = replace(world.provider.policy, minimum_seconds=1, default_seconds=1, maximum_seconds=1)
    granted_under = world.provider
    world.provider = replace(world.provider, policy=shorter)
    store = MemoryStore()
    sleep(2)
    report = sweep(world, store)
    world.provider = granted_under
    assert len(report.adopted) == 1
    assert report.ended == ()
    assert world.holds_all()
