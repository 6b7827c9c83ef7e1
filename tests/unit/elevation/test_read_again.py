# SPDX-License-Identifier: MIT
"""An end is never concluded from what was listed before: what is past its end by that is read again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jit_desktop.directory.demo import Fault, Operation
from jit_desktop.elevation import prolonging
from jit_desktop.elevation.errors import AccessDenied
from jit_desktop.elevation.extending import Extension
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Step, StepReport
from jit_desktop.elevation.surveying import Survey
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.test_adopting import HOUR
from tests.unit.elevation.test_extending import killed_at_write
from tests.unit.elevation.test_own_row import edited
from tests.unit.elevation.test_prolonged_elsewhere import at_dc2
from tests.unit.elevation.world import World

YEAR = timedelta(days=365)


@pytest.fixture
def world() -> World:
    return World()


def after_the_list(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen when a sweep has listed what there is."""
    whole = Survey.run

    def run(survey: Survey, *arguments: Any) -> None:
        whole(survey, *arguments)
        happens()

    monkeypatch.setattr(Survey, "run", run)


@pytest.mark.parametrize("is_known", [False, True], ids=["an empty copy", "a row that names a pause"])
def test_that_what_was_extended_since_it_was_listed_is_not_ended(
    world: World, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    world.clock.advance(HOUR - 21 - 2)
    bob = MemoryStore()
    if is_known:
        bob.kept[elevation.id] = replace(
            world.stored(elevation),
            state=State.ENDING,
            attempts=1,
            next_attempt_at=elevation.deadline + timedelta(minutes=9),
        )

    def extended() -> None:
        world.service.extend(elevation.id, HOUR, Recorder())
        world.clock.advance(60)

    after_the_list(monkeypatch, extended)
    report = world.another_copy(bob, "CORP\\bob").sweep(world.provider.id, Recorder())
    assert world.holds()
    assert not report.suspects
    if not is_known:
        assert [e.deadline for e in report.adopted] == [world.stored(elevation).deadline]


def test_that_what_was_listed_counts_where_it_can_not_be_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.check_out(seconds=HOUR)
    world.settle()
    world.clock.advance(HOUR)

    def refused() -> None:
        world.faults.fail_always(Fault.ACCESS_DENIED, Operation.TEMPORARY_GROUP)

    after_the_list(monkeypatch, refused)
    world.another_copy(MemoryStore(), "CORP\\bob").sweep(world.provider.id, Recorder())
    assert not world.holds()


def test_that_the_markers_are_listed_once_for_all_that_was_past_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [a.account.name for a in world.provider.accounts][:3]
    for name in names:
        world.check_out(account=name, seconds=HOUR)
    world.settle()
    world.clock.advance(2 * HOUR)
    asked: list[object] = []
    real = prolonging.Elsewhere.all_in

    def noted(elsewhere: prolonging.Elsewhere, location: ObjectGuid) -> object:
        asked.append(location)
        return real(elsewhere, location)

    monkeypatch.setattr(prolonging.Elsewhere, "all_in", noted)
    world.another_copy(MemoryStore(), "CORP\\bob").sweep(world.provider.id, Recorder())
    assert len(asked) == 1
    assert not any(world.holds(account=name) for name in names)


def test_that_a_row_is_not_judged_by_markers_that_were_listed_before_it_was_read(world: World) -> None:
    """The window extends it while the pass, which has listed the markers, ends another one."""
    first_name, second_name = [a.account.name for a in world.provider.accounts][:2]
    first = world.check_out(account=first_name, seconds=HOUR)
    held = world.check_out(account=second_name, seconds=HOUR - 600)
    held = world.service.extend(held.id, 600 + 4, world.recorder)
    world.settle()
    extended: list[Elevation] = []

    class Slow(Recorder):
        def on_step(self, report: StepReport) -> None:
            super().on_step(report)
            if report.elevation_id == first.id and report.step is Step.CONFIRM_END and not extended:
                extended.append(world.another_copy(world.store).extend(held.id, HOUR, Recorder()))
                world.clock.advance(5)

    now = world.service.domain_now(world.provider.id)
    world.clock.advance((first.deadline - now).total_seconds() + 1)
    world.service.tick(Slow())
    assert extended
    assert world.service.domain_now(world.provider.id) > held.deadline
    assert world.stored(held).state is State.ACTIVE
    assert world.holds(account=second_name)


def test_that_what_becomes_due_during_a_pass_is_not_ended_by_markers_that_were_listed_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colleague extends it at another domain controller while the pass, which has listed the markers, ends
    the first one."""
    first_name, second_name = [a.account.name for a in world.provider.accounts][:2]
    first = world.check_out(account=first_name, seconds=HOUR)
    second = world.check_out(account=second_name, seconds=HOUR + 5)
    world.settle()
    bob, _ = at_dc2(world)
    world.stop_replication(monkeypatch)
    extended: list[Elevation] = []

    class Slow(Recorder):
        def on_step(self, report: StepReport) -> None:
            super().on_step(report)
            if report.elevation_id == first.id and report.step is Step.CONFIRM_END and not extended:
                extended.append(bob.extend(second.id, HOUR, Recorder()))
                world.clock.advance(6)

    now = world.service.domain_now(world.provider.id)
    world.clock.advance((first.deadline - now).total_seconds() + 1)
    world.service.tick(Slow())
    assert extended
    assert world.service.domain_now(world.provider.id) > second.deadline
    assert world.holds(account=second_name)
    assert not world.holds(account=first_name)
    assert world.stored(second).deadline == extended[0].deadline


# --- an extension that hangs --------------------------------------------------------------------------------


def hanging(world: World, *, of_another_domain: bool = False, later: timedelta = YEAR) -> None:
    elevation = world.only()
    place = elevation.location
    if of_another_domain:
        place = replace(place, dn=DistinguishedName("OU=x,DC=other,DC=test"))
    deadline = elevation.deadline + later
    edited(
        world,
        elevation,
        location=place,
        deadline=deadline,
        extending_to=deadline + YEAR,
        next_attempt_at=None,
    )


@pytest.mark.parametrize("of_another_domain", [True, False])
@pytest.mark.parametrize("is_refused", [True, False])
def test_that_an_extension_that_hangs_keeps_nothing_past_the_end_that_the_directory_shows(
    world: World, monkeypatch: pytest.MonkeyPatch, is_refused: bool, of_another_domain: bool
) -> None:
    world.check_out(seconds=HOUR)
    world.settle()
    hanging(world, of_another_domain=of_another_domain)
    if is_refused:
        monkeypatch.setattr(Extension, "settle", refuse)
    world.clock.advance(HOUR)
    world.another_copy(world.store).sweep(world.provider.id, Recorder())
    assert not world.holds()
    for _ in range(3):
        world.clock.advance(7)
        world.another_copy(world.store).sweep(world.provider.id, Recorder())
    assert world.nothing_left()


def test_that_a_service_ends_it_without_a_sweep(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.check_out(seconds=HOUR)
    world.settle()
    hanging(world)
    monkeypatch.setattr(Extension, "settle", refuse)
    world.clock.advance(HOUR)
    world.tick()
    assert not world.holds()


def refuse(*_: object) -> None:
    raise AccessDenied("It may not be read.")


def test_that_an_extension_of_which_nothing_can_be_found_out_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.check_out(seconds=2 * HOUR)
    world.settle()
    hanging(world, later=timedelta())
    monkeypatch.setattr(Extension, "settle", refuse)
    report = world.service.sweep(world.provider.id, Recorder())
    assert "may not be read" in report.problem
    assert world.only().state is State.ACTIVE
    assert world.holds()


def test_that_a_row_whose_extension_could_not_be_settled_is_not_left_to_this_pass(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.check_out(seconds=HOUR)
    world.settle()
    hanging(world)
    monkeypatch.setattr(Extension, "settle", refuse)
    monkeypatch.setattr("jit_desktop.elevation.own_row.is_past_its_shown_end", lambda *_, **__: False)
    world.clock.advance(HOUR)
    world.another_copy(world.store).sweep(world.provider.id, Recorder())
    assert not world.holds()


@pytest.mark.parametrize("is_refused", [True, False])
def test_that_an_extension_that_hangs_does_not_hide_that_of_a_colleague_elsewhere(
    world: World, monkeypatch: pytest.MonkeyPatch, is_refused: bool
) -> None:
    """The program died before it wrote anything of its own; the colleague's has not arrived here."""
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    bob, _ = at_dc2(world)
    with killed_at_write(monkeypatch, 1, after=False):
        world.service.extend(elevation.id, 60, Recorder())
    world.stop_replication(monkeypatch)
    extended = bob.extend(elevation.id, HOUR, Recorder())
    if is_refused:
        monkeypatch.setattr(Extension, "settle", refuse)
    now = world.service.domain_now(world.provider.id)
    world.clock.advance((elevation.deadline - now).total_seconds() + 1)
    world.another_copy(world.store).sweep(world.provider.id, Recorder())
    assert world.holds()
    stored = world.stored(elevation)
    assert (stored.deadline, stored.extending_to) == (extended.deadline, None)
    now = world.service.domain_now(world.provider.id)
    world.clock.advance((extended.deadline - now).total_seconds() + 1)
    world.another_copy(world.store).sweep(world.provider.id, Recorder())
    assert not world.holds()
