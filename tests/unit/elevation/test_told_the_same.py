# SPDX-License-Identifier: MIT
"""Sweep, tick, *Check now* and the list say the same of an elevation that this copy knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.elevation import prolonging, record
from jit_desktop.elevation.dn import parent_dn
from jit_desktop.elevation.errors import DirectoryError
from jit_desktop.elevation.identity import ObjectRef, SecurityId
from jit_desktop.elevation.inspection import AdviceKind, Inspection
from jit_desktop.elevation.model import Elevation, Seen, Sight, SweepReport
from jit_desktop.elevation.ports import Directory
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.test_adopting import HOUR, directory_of, guid_of, write
from tests.unit.elevation.test_forged import made_by
from tests.unit.elevation.test_inspecting import DC1, DC2, examine
from tests.unit.elevation.world import World

LATER_END = "Its record names a later end than a copy of the program is known to have written."
MOVED = "It was moved out of the creation location."
COLLEAGUE = SecurityId("S-1-5-21-1-2-3-4711")


@pytest.fixture
def world() -> World:
    return World()


def lent(world: World) -> Elevation:
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    return world.stored(elevation)


def record_until(elevation: Elevation, hours: float) -> str:
    assert elevation.granted_at is not None
    end = elevation.deadline + timedelta(hours=hours)
    return record.encode(record.record_of(elevation, elevation.granted_at, end))


def spoil(world: World, elevation: Elevation, how: str) -> str:
    """Change its group as somebody else may; what that is called."""
    if how == "moved":
        world.console.move(
            guid_of(elevation), world.console.create_ou("Elsewhere", parent_dn(elevation.location.dn))
        )
    else:
        write(world, elevation, record_until(elevation, 7))
    world.clock.advance(70)  # all domain controllers have heard of it
    return MOVED if how == "moved" else LATER_END


def sweep(world: World) -> SweepReport:
    return world.service.sweep(world.provider.id, world.recorder)


def sight(world: World, elevation: Elevation) -> Sight:
    found = world.stored(elevation).sight
    assert found is not None
    return found


def alarms(found: Inspection) -> list[str]:
    return [a.text for a in found.advice if a.is_alarm]


@pytest.mark.parametrize("how", ["a later end", "moved"])
@pytest.mark.parametrize("who", ["sweep", "tick", "check"])
def test_that_what_is_suspect_is_told_by_each_of_them(world: World, how: str, who: str) -> None:
    elevation = lent(world)
    words = spoil(world, elevation, how)
    if who == "sweep":
        (suspect,) = sweep(world).suspects
        assert suspect.reason == words[0].lower() + words[1:-1]
    elif who == "tick":
        world.tick()
    else:
        found = examine(world, elevation)
        assert AdviceKind.NOT_AS_MADE in [a.kind for a in found.advice]
        assert words in alarms(found)[0]
        assert words in found.in_words
    assert sight(world, elevation).seen is Seen.CHANGED
    assert words in sight(world, elevation).words


@pytest.mark.parametrize("who", ["sweep", "tick", "check"])
def test_that_it_goes_away_when_it_is_mended(world: World, who: str) -> None:
    elevation = lent(world)
    spoil(world, elevation, "a later end")
    sweep(world)
    write(world, elevation, record_until(elevation, 0))
    world.clock.advance(70)
    if who == "sweep":
        assert not sweep(world).suspects
    elif who == "tick":
        world.tick()
    else:
        assert not alarms(examine(world, elevation))
    assert sight(world, elevation).seen is Seen.AS_GRANTED


def test_that_the_list_follows_the_sweep_which_sees_the_markers_of_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look before it sees those of one domain controller, which may not have heard of all."""
    elevation = lent(world)
    write(world, elevation, record_until(elevation, 0.5))
    world.clock.advance(70)
    world.stop_replication(monkeypatch, DC1)
    with world.connector.connect(world.provider.connection, server=DC2) as directory:
        prolonging.create(elevation, elevation.deadline + timedelta(minutes=30), "bob", directory)
    assert not sweep(world).suspects
    assert sight(world, elevation).seen is Seen.AS_GRANTED


def test_that_what_was_suspect_when_it_was_taken_over_stays_so(world: World) -> None:
    elevation = lent(world)
    world.store.kept[elevation.id] = replace(elevation, suspicion="the account may have made it")
    found = examine(world, elevation)
    assert "The account may have made it." in alarms(found)[0]
    world.tick()
    assert sight(world, elevation).seen is Seen.CHANGED


def test_that_an_extension_is_no_suspect(world: World) -> None:
    """Neither one of this copy nor one of another copy that the row does not know of yet."""
    elevation = lent(world)
    elevation = world.service.extend(elevation.id, 600, world.recorder)
    assert not alarms(examine(world, elevation))
    other = MemoryStore()
    copy = world.another_copy(other)
    copy.sweep(world.provider.id, Recorder())
    copy.extend(elevation.id, 600, Recorder())
    assert world.stored(elevation).deadline == elevation.deadline
    assert not alarms(examine(world, elevation))
    assert sight(world, elevation).seen is Seen.AS_GRANTED


def test_that_an_extension_of_a_colleague_is_no_suspect(world: World) -> None:
    """Who signs in as somebody else, and whose marker counts as far as the policy goes."""
    elevation = lent(world)
    write(world, elevation, record_until(elevation, 0.5))
    with directory_of(world) as directory:
        later = elevation.deadline + timedelta(minutes=30)
        made_by(world, prolonging.create(elevation, later, "bob", directory).guid, COLLEAGUE)
    assert not alarms(examine(world, elevation))


def test_that_an_extension_that_is_just_written_is_given_a_moment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = lent(world)
    write(world, elevation, record_until(elevation, 0.5))
    real = world.clock.sleep

    def sleep(seconds: float) -> None:
        real(seconds)
        with directory_of(world) as directory:
            prolonging.create(elevation, elevation.deadline + timedelta(minutes=30), "bob", directory)

    monkeypatch.setattr(world.clock, "sleep", sleep)
    assert not alarms(examine(world, elevation))


def test_that_an_extension_of_this_copy_meanwhile_is_no_suspect(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = lent(world)
    real = world.service.reach.controllers
    done: list[Elevation] = []

    def controllers(*arguments: object, **options: object) -> object:
        if not done:
            done.append(elevation)
            done.append(world.service.extend(elevation.id, 600, world.recorder))
            forget_markers(world, elevation)
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(world.service.reach, "controllers", controllers)
    assert not alarms(examine(world, elevation))
    assert done[-1].deadline > elevation.deadline


def forget_markers(world: World, elevation: Elevation) -> None:
    """As a domain controller has it that has heard of the record and of no marker yet."""
    with directory_of(world) as directory:
        for marker in prolonging.find(elevation, directory):
            world.console.delete(marker.guid)


def test_that_a_creation_location_that_was_renamed_makes_nothing_suspect(world: World) -> None:
    elevation = lent(world)
    elsewhere = world.console.create_ou("Later", parent_dn(elevation.location.dn))
    with directory_of(world) as directory:
        place = directory.read(elsewhere)
    jit = replace(world.provider.jit, location=ObjectRef(place.guid, place.dn, place.name))
    world.change(replace(world.provider, jit=jit))
    world.console.rename(elevation.location.guid, "Renamed")
    world.clock.advance(70)
    assert not alarms(examine(world, elevation))
    assert not sweep(world).suspects
    assert sight(world, elevation).seen is Seen.AS_GRANTED


def test_that_a_refused_question_hides_nothing_of_what_can_be_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = lent(world)
    other = next(a.account for a in world.provider.accounts if a.account.guid != elevation.account.guid)
    world.console.add_member(guid_of(elevation), other.guid)

    def refused(_: Directory) -> object:
        raise DirectoryError("It is not shown who signs in.")

    with directory_of(world) as directory:
        monkeypatch.setattr(type(directory), "own_sid", refused)
    assert "members that it was not made with" in alarms(examine(world, elevation))[0]
    world.tick()
    assert sight(world, elevation).seen is Seen.CHANGED
