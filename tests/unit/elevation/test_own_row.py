# SPDX-License-Identifier: MIT
"""A row that names a later end than the directory shows is not believed: whoever owns the file writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jit_desktop.directory.demo import DemoDirectory, Fault
from jit_desktop.elevation import own_row
from jit_desktop.elevation.identity import ElevationId, ProviderId
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import GroupScope, KeptTime, TemporaryGroup
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.test_adopting import HOUR, directory_of, group_of, guid_of
from tests.unit.elevation.world import World

OTHER_ID = ElevationId("11111111-2222-4333-8444-555555555555")
DC1, DC2 = "dc1.corp.example.test", "dc2.corp.example.test"
YEAR = timedelta(days=365)


def edited(world: World, elevation: Elevation, **changes: object) -> None:
    """As anybody with the file may do."""
    row = replace(world.store.kept.pop(elevation.id), **changes)  # type: ignore[arg-type]
    world.store.kept[row.id] = row


def sweep(world: World) -> None:
    world.service.sweep(world.provider.id, Recorder())


def deadline_in(world: World, seconds: int) -> datetime:
    return world.clock.utc_now() + timedelta(seconds=seconds)


@pytest.mark.parametrize("changes", [{}, {"id": OTHER_ID}, {"adopted": True}], ids=["", "its id", "adopted"])
@pytest.mark.parametrize("extended", [0, 60])
def test_that_a_later_end_in_the_row_lengthens_nothing(changes: dict[str, object], extended: int) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    if extended:
        elevation = world.service.extend(elevation.id, extended, world.recorder)
    edited(world, elevation, deadline=elevation.deadline + YEAR, **changes)
    world.clock.advance(HOUR + extended - 5)
    sweep(world)
    assert world.holds()
    world.clock.advance(10)
    sweep(world)
    assert not world.holds()
    world.settle()
    sweep(world)
    assert world.nothing_left()
    (row,) = world.store.kept.values()
    assert (row.state, row.end_reason) == (State.ENDED, EndReason.DEADLINE)


@pytest.mark.parametrize("answers", [True, False], ids=["dc1 answers", "dc1 is away"])
def test_that_an_extension_that_the_asked_controller_has_not_heard_of_is_believed(
    answers: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    world.clock.advance(60)
    world.stop_replication(monkeypatch)
    extended = world.service.extend(elevation.id, HOUR, world.recorder)
    world.clock.advance(HOUR)
    elsewhere = replace(world.provider, connection=replace(world.provider.connection, server=DC2))
    world.change(elsewhere)
    edited(world, extended, domain_controller=DC2)
    if not answers:
        world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    asked: list[str] = []
    monkeypatch.setattr(own_row, "_shown", noting(asked, own_row._shown))
    sweep(world)
    assert asked, "the row names a later end than what is shown here"
    assert world.stored(elevation).state is State.ACTIVE
    assert world.holds()


def noting(asked: list[str], real: Callable[..., object]) -> Callable[..., object]:
    def noted(elevation: Elevation, *more: object) -> object:
        asked.append(elevation.id)
        return real(elevation, *more)

    return noted


def test_that_the_policy_decides_where_nothing_proves_an_end_any_more() -> None:
    """The record was written again, by whoever may, and no marker shows that a copy of ours did so."""
    world = World()
    longest = world.provider.policy.maximum_seconds
    elevation = world.check_out(seconds=HOUR)
    with directory_of(world) as directory:
        group = group_of(world, elevation)
        directory.write_record(guid_of(elevation), group.info + " ", group.description)
    edited(world, elevation, deadline=elevation.deadline + YEAR)
    world.clock.advance(longest - 60)
    sweep(world)
    assert world.holds()
    world.clock.advance(120)
    sweep(world)
    assert world.nothing_left()


def test_that_a_later_end_of_a_group_that_is_not_shown_is_an_alarm_past_the_longest_duration() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    later = elevation.deadline + YEAR
    edited(world, world.stored(elevation), deadline=later)
    world.console.hide(guid_of(elevation))
    world.clock.advance(world.provider.policy.maximum_seconds - 60)
    assert not world.service.sweep(world.provider.id, Recorder()).is_alarm
    world.clock.advance(120)
    report = world.service.sweep(world.provider.id, Recorder())
    assert report.is_alarm
    (suspect,) = report.suspects
    assert f"until {later:%Y-%m-%d %H:%M:%S} UTC" in suspect.reason
    assert suspect.gives == (elevation.label,)


def test_that_a_later_end_of_a_group_that_is_not_shown_is_none_where_a_marker_proves_it() -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.service.extend(elevation.id, 2 * HOUR, Recorder())
    world.change(replace(world.provider, policy=replace(world.provider.policy, maximum_seconds=HOUR)))
    world.console.hide(guid_of(elevation))
    world.clock.advance(2 * HOUR)
    assert not world.service.sweep(world.provider.id, Recorder()).is_alarm
    assert world.holds()


def test_that_a_marker_of_another_elevation_ends_nothing_before_its_time() -> None:
    world = World()
    elevation = world.check_out(seconds=2 * HOUR)
    with directory_of(world) as directory:
        group = group_of(world, elevation)
        forged = group.info.replace(elevation.id, OTHER_ID)
        assert forged != group.info
        directory.write_record(guid_of(elevation), forged, group.description)
    world.clock.advance(HOUR)
    sweep(world)
    assert world.holds()


@pytest.mark.parametrize("is_past", [False, True])
def test_that_a_row_whose_provider_is_gone_is_taken_over_by_the_provider_that_sees_its_group(
    is_past: bool,
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    edited(world, elevation, provider_id=ProviderId("gone"))
    world.clock.advance(HOUR + 5 if is_past else 5)
    sweep(world)
    assert world.stored(elevation).provider_id == world.provider.id
    world.clock.advance(HOUR)
    world.settle()
    assert world.nothing_left()
    assert world.stored(elevation).state is State.ENDED


def test_that_what_another_provider_of_the_same_domain_lends_is_left_to_it() -> None:
    world = World()
    second = replace(world.provider, id=ProviderId("22222222-2222-4222-8222-222222222222"), name="Second")
    elevation = world.check_out(seconds=HOUR)
    world.change(second)
    world.service.sweep(second.id, Recorder())
    assert world.stored(elevation).provider_id != second.id


@pytest.mark.parametrize(
    "kept",
    [
        KeptTime(datetime.max.replace(tzinfo=UTC), 0.0),
        KeptTime(datetime(2026, 11, 23, tzinfo=UTC), 1e300),
        KeptTime(datetime(2026, 11, 23, tzinfo=UTC), float("nan")),
    ],
)
def test_that_a_kept_time_beyond_the_calendar_keeps_nothing_from_ending(kept: KeptTime) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    world.store.kept_times[world.provider.id] = kept
    world.clock.advance(HOUR + 5)
    service = world.another_copy(world.store)
    for _ in range(3):
        assert not service.sweep(world.provider.id, Recorder()).problem
        world.clock.advance(7)
    assert world.nothing_left()
    assert world.stored(elevation).state is State.ENDED


def hide_when_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = DemoDirectory._shown
    monkeypatch.setattr(DemoDirectory, "_shown", lambda *args: replace(shown(*args), created_at=None))


@pytest.mark.parametrize("known_as", ["its own", "another provider's"])
def test_that_a_later_end_counts_no_more_where_when_the_group_was_made_is_hidden(
    known_as: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    hide_when_it_was_made(monkeypatch)
    nobody = ProviderId("33333333-3333-4333-8333-333333333333")
    changes = {} if known_as == "its own" else {"provider_id": nobody}
    edited(world, elevation, deadline=elevation.deadline + YEAR, **changes)
    world.clock.advance(HOUR + 200)
    sweep(world)
    world.settle()
    sweep(world)
    assert not world.holds()


@pytest.mark.parametrize("granted", [timedelta(0), YEAR], ids=["as it was", "in time to come"])
def test_that_where_nothing_proves_an_end_the_row_lends_by_the_policy_at_most(
    granted: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    elevation = world.check_out(seconds=HOUR)
    hide_when_it_was_made(monkeypatch)
    group = guid_of(elevation)
    directory_of(world).write_record(group, "", "")
    assert elevation.granted_at is not None
    edited(
        world,
        elevation,
        deadline=elevation.deadline + 2 * YEAR,
        granted_at=elevation.granted_at + granted,
    )
    if not granted:
        world.clock.advance(world.provider.policy.maximum_seconds - 60)
        sweep(world)
        assert world.holds()
    world.clock.advance(120)
    sweep(world)
    assert not world.holds()


def test_that_a_grant_in_time_to_come_lends_nothing() -> None:
    world = World()
    elevation, now = world.check_out(seconds=HOUR), world.clock.utc_now()
    group = directory_of(world).temporary_group(guid_of(elevation))
    assert isinstance(group, TemporaryGroup)
    assert group.created_at is not None
    hidden, later = replace(group, created_at=None), replace(elevation, granted_at=now + YEAR)
    assert own_row.latest_by_policy(later, hidden, HOUR, now) == now
    assert own_row.latest_by_policy(later, group, HOUR, now) == group.created_at + timedelta(seconds=HOUR)


@pytest.mark.parametrize("passed", [60, 0])
def test_that_a_later_end_of_a_group_that_nothing_shows_is_an_alarm_when_the_policy_is_over(
    passed: int,
) -> None:
    """It is in the chosen group through one of somebody's own, and shown nowhere."""
    world = World()
    elevation = world.check_out(seconds=HOUR)
    group = guid_of(elevation)
    middle = world.console.create_group("Middle", elevation.location.guid, GroupScope.GLOBAL)
    world.console.add_member(middle, group)
    world.console.add_member(world.privilege(), middle)
    world.console.remove_member(world.privilege(), group)
    world.console.hide(group)
    edited(world, elevation, deadline=elevation.deadline + YEAR)
    world.clock.advance(world.provider.policy.maximum_seconds - 30 + passed)
    report = world.service.sweep(world.provider.id, Recorder())
    assert world.holds()
    alarms = [s.name for s in report.suspects if s.is_alarm]
    assert alarms == ([elevation.group_name] if passed else [])
