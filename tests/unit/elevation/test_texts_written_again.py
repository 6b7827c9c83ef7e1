# SPDX-License-Identifier: MIT
"""What ends an elevation for a copy that does not know it, whose group's texts were written again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.elevation import prolonging, record
from jit_desktop.elevation.identity import SecurityId
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.test_adopting import HOUR, directory_of, group_of, guid_of, prolonged, sweep, write
from tests.unit.elevation.test_extending import killed_at_write
from tests.unit.elevation.test_forged import made_by
from tests.unit.elevation.world import World


def test_that_a_later_end_that_others_have_marked_counts_only_as_far_as_the_policy_goes() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    made_by(world, guid_of(elevation), SecurityId("S-1-5-21-1-2-3-4711"))
    later = elevation.deadline + timedelta(days=9)
    with directory_of(world) as directory:
        marker = prolonging.create(elevation, later, "bob", directory)
    made_by(world, marker.guid, SecurityId("S-1-5-21-1-2-3-4711"))
    prolonged(world, elevation)
    report = sweep(world, MemoryStore())
    (adopted,) = report.adopted
    longest = timedelta(seconds=world.provider.policy.maximum_seconds)
    assert adopted.granted_at is not None
    assert adopted.deadline == adopted.granted_at + longest


@pytest.mark.parametrize("sentence", ["", "later"])
@pytest.mark.parametrize("info", ["", "later"])
def test_that_a_copy_that_knew_nothing_believes_no_end_in_texts_that_were_all_written_again(
    info: str, sentence: str
) -> None:
    """Whoever may write the texts of the group would give it any end."""
    world = World()
    elevation = world.check_out(seconds=HOUR)
    later = replace(elevation, deadline=elevation.deadline + timedelta(hours=6))
    assert later.granted_at is not None
    text = record.encode(record.record_of(later, later.granted_at, later.deadline))
    said = record.sentence(later, later.deadline)
    write(world, elevation, text if info else "", said if sentence else "")
    world.clock.advance(HOUR - 10)
    report = sweep(world, MemoryStore())
    assert report.is_alarm or report.ended
    assert not world.holds()


@pytest.mark.parametrize("hours", [6, -2])
def test_that_the_sentence_that_a_group_was_made_with_proves_its_end(hours: int) -> None:
    """Neither does a later end in its record count, nor an earlier one: who writes that could delete it."""
    world = World()
    elevation = world.check_out(seconds=HOUR)
    later = replace(elevation, deadline=elevation.deadline + timedelta(hours=hours))
    assert later.granted_at is not None
    text = record.encode(record.record_of(later, later.granted_at, later.deadline))
    write(world, elevation, text, group_of(world, elevation).description)
    store = MemoryStore()
    (adopted,) = sweep(world, store).adopted
    assert adopted.deadline == elevation.deadline
    world.clock.advance(HOUR)
    world.another_copy(store).tick(Recorder())
    assert not world.holds()


@pytest.mark.parametrize("dies_at", [1, 2, 3])
def test_that_an_extension_that_breaks_off_takes_no_right_before_the_earlier_end(
    monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    """For a copy that knows nothing of the elevation: the record, which was written again, proves nothing any
    more, and a marker of the earlier end does."""
    world = World()
    elevation = world.check_out(seconds=HOUR)
    with killed_at_write(monkeypatch, dies_at, after=False) as done:
        world.service.extend(elevation.id, 600, Recorder())
    assert len(done) == dies_at
    store = MemoryStore()
    sweep(world, store)
    assert world.holds()
    world.clock.advance(HOUR - 10)
    world.another_copy(store).tick(Recorder())
    assert world.holds()
    world.clock.advance(10)
    world.another_copy(store).tick(Recorder())
    assert not world.holds()


def test_that_no_marker_of_the_elevated_account_says_when_its_elevation_ends() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    later = replace(elevation, deadline=elevation.deadline + timedelta(hours=6))
    assert later.granted_at is not None
    with directory_of(world) as directory:
        marker = prolonging.create(elevation, later.deadline, "eve", directory)
        own = directory.read(elevation.account.guid).sid
    assert own is not None
    made_by(world, marker.guid, own)
    text = record.encode(record.record_of(later, later.granted_at, later.deadline))
    write(world, elevation, text, record.sentence(later, later.deadline))
    report = sweep(world, MemoryStore())
    assert report.is_alarm or report.ended
    assert not world.holds()
