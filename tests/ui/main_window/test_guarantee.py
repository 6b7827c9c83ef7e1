# SPDX-License-Identifier: MIT
"""The windows say truthfully who ends an elevation, and offer what is missing for it to be kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QWidget

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation, Mechanism, SweepReport
from jit_desktop.elevation.ports import Abilities, GroupScope, ScheduleState
from jit_desktop.ui.models import wording
from tests.ui.main_window.world import World

DC2 = "dc2.corp.example.test"

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def by_directory(elevation: Elevation, *, late_by: int = 0, links: bool = False) -> Elevation:
    """The same, ended by Active Directory itself, so many seconds after its deadline."""
    return replace(
        elevation,
        mechanism=Mechanism.TTL_LINKS if links else Mechanism.DYNAMIC_GROUP,
        directory_ends_at=elevation.deadline + timedelta(seconds=late_by),
    )


def by_program(elevation: Elevation) -> Elevation:
    return replace(elevation, mechanism=Mechanism.NONE, directory_ends_at=None)


@pytest.fixture
def shown(world: World) -> Callable[..., Elevation]:
    """Opens the window without its clockwork and puts one elevation into it."""

    def show(change: Callable[[Elevation], Elevation] = by_program, **changes: object) -> Elevation:
        elevation = replace(change(world.lend()), **changes)  # type: ignore[arg-type]
        world.open(start=False)
        world.desk.board.set_providers(world.store.providers())
        world.desk.schedule.look()
        world.show(elevation)
        world.settle()
        if elevation.is_open:
            world.select_row("elevations.table")
            world.settle()
        return elevation

    return show


def fact(world: World, key: str) -> str:
    return world.find(QLabel, f"fact.{key}").text()


def status(world: World) -> str:
    return world.find(QLabel, "status.guarantee.text").text()


def test_that_a_directory_that_ends_it_on_time_is_named_with_the_moment(
    world: World, shown: Callable[..., Elevation]
) -> None:
    elevation = shown(by_directory)
    moment = elevation.deadline.astimezone()
    assert fact(world, "guarantee") == f"Active Directory ends it at {moment:%H:%M}"
    assert fact(world, "mechanism").startswith("Dynamic temporary group")
    assert "Active Directory" in world.cells("elevations.table")[0]
    assert status(world) == "Active Directory ends it"
    assert not world.is_there("status.promise")


def test_that_a_directory_that_ends_it_late_is_not_called_on_time(
    world: World, shown: Callable[..., Elevation]
) -> None:
    elevation = shown(lambda e: by_directory(e, late_by=900))
    moment = (elevation.deadline + timedelta(seconds=900)).astimezone()
    assert fact(world, "guarantee") == (
        f"This program ends it on time; Active Directory at the latest at {moment:%H:%M}"
    )
    assert f"AD at {moment:%H:%M}" in world.cells("elevations.table")[0]
    assert status(world) == "This program ends them on time; Active Directory later"


def test_that_the_program_is_not_said_to_be_on_time_when_it_was_not(
    world: World, shown: Callable[..., Elevation]
) -> None:
    elevation = shown(lambda e: by_directory(e, late_by=900), state=State.OVERDUE)
    moment = (elevation.deadline + timedelta(seconds=900)).astimezone()
    assert fact(world, "guarantee") == f"Active Directory ends it at the latest at {moment:%H:%M}"
    assert status(world) == "1 overdue, tried again until the end is confirmed"


def test_that_a_directory_that_did_not_end_it_is_not_said_to_do_so(
    world: World, shown: Callable[..., Elevation]
) -> None:
    elevation = shown(by_directory)
    later = elevation.deadline + timedelta(seconds=1)
    assert wording.guarantee_of(elevation, later).startswith("Active Directory was to end it")


def test_that_memberships_with_a_ttl_are_called_so(world: World, shown: Callable[..., Elevation]) -> None:
    shown(lambda e: by_directory(e, links=True))
    assert fact(world, "mechanism") == "Memberships with a time to live (TTL)"


def test_that_an_extension_under_way_is_shown(world: World, shown: Callable[..., Elevation]) -> None:
    elevation = world.lend("_sqladmin02")
    later = elevation.deadline + timedelta(hours=1)
    shown(extending_to=later)
    assert fact(world, "extending") == f"Under way: to {later.astimezone():%H:%M}"


def test_that_a_promise_that_only_the_program_keeps_offers_the_sweep(
    world: World, shown: Callable[..., Elevation]
) -> None:
    shown()
    assert fact(world, "guarantee") == "Ends only while this program or a sweep runs"
    assert status(world) == "Ends only while this program or a sweep runs"
    asked = []
    world.window.promise_requested.connect(lambda: asked.append(True))
    world.click("status.promise")
    assert asked == [True]


def test_that_nothing_is_offered_that_is_set_up_already(
    world: World, shown: Callable[..., Elevation]
) -> None:
    world.schedule.install(60)
    shown()
    assert not world.is_there("status.promise")
    assert status(world) == "Ends while this program or the sweep every minute runs"
    world.window.close()
    words = world.find(QLabel, "decision.text").text()
    assert "The sweep that runs every minute on this computer ends 1 of them." in words
    dialog = world.find(QWidget, "decision")
    assert dialog.findChild(QPushButton, "decision.promise") is None
    world.click("decision.cancel")


def test_that_a_system_without_schedules_is_offered_none(
    world: World, shown: Callable[..., Elevation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.schedule, "state", lambda: ScheduleState(kind=""))
    shown()
    assert not world.is_there("status.promise")


def test_that_a_schedule_that_can_not_be_read_claims_nothing(
    world: World, shown: Callable[..., Elevation], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> ScheduleState:
        raise JitError("systemctl did not answer.")

    monkeypatch.setattr(world.schedule, "state", refuse)
    shown()
    assert status(world) == "Ends only while this program or a sweep runs"
    assert not world.is_there("status.promise")


def test_that_quitting_leads_to_the_sweep_where_it_would_help(
    world: World, shown: Callable[..., Elevation]
) -> None:
    shown()
    asked = []
    world.window.promise_requested.connect(lambda: asked.append(True))
    world.window.close()
    world.click("decision.promise")
    assert asked == [True]
    assert world.window.isVisible()


def test_that_quitting_names_what_the_directory_ends_too_late(
    world: World, shown: Callable[..., Elevation]
) -> None:
    shown(lambda e: by_directory(e, late_by=900))
    world.window.close()
    words = world.find(QLabel, "decision.text").text()
    assert "but not on time: at the latest at" in words
    assert world.is_there("decision.promise")
    assert world.is_there("status.promise")
    world.click("decision.cancel")


def test_that_a_sweep_that_is_set_up_counts_as_on_time(world: World, shown: Callable[..., Elevation]) -> None:
    world.schedule.install(60)
    shown(lambda e: by_directory(e, late_by=900))
    world.window.close()
    words = world.find(QLabel, "decision.text").text()
    assert "The sweep that runs every minute on this computer ends 1 of them on time" in words
    assert not world.is_there("decision.promise")
    world.click("decision.cancel")


def test_that_the_question_before_quitting_follows_what_ends_meanwhile(
    world: World, shown: Callable[..., Elevation]
) -> None:
    elevation = shown()
    world.window.close()
    assert world.find(QLabel, "decision.title").text() == "1 elevation is open"
    world.desk.board.take(
        replace(
            elevation, state=State.ENDED, ended_at=world.clock.utc_now(), revision=elevation.revision + 60
        )
    )
    assert world.find(QLabel, "decision.title").text() == "None is known any more", "nobody has looked"
    world.click("decision.cancel")


def test_that_the_question_before_quitting_says_that_all_has_ended_where_that_was_read(
    world: World, shown: Callable[..., Elevation]
) -> None:
    elevation = shown()
    world.desk.board.take_sweep(SweepReport(elevation.provider_id, world.desk.now(elevation.provider_id)))
    world.window.close()
    world.desk.board.take(ended(elevation, world, revision=60))
    assert world.find(QLabel, "decision.title").text() == "Nothing is elevated any more"
    world.click("decision.cancel")


def ended(elevation: Elevation, world: World, *hosts: str, revision: int) -> Elevation:
    return replace(
        elevation,
        state=State.ENDED,
        ended_at=world.clock.utc_now(),
        end_reason=EndReason.DEADLINE,
        unconfirmed_on=hosts,
        revision=elevation.revision + revision,
    )


def test_that_a_controller_that_could_not_be_asked_about_the_end_is_named_until_it_was(
    world: World, shown: Callable[..., Elevation]
) -> None:
    elevation = shown()
    world.desk.board.take(ended(elevation, world, DC2, revision=60))
    world.settle()
    line = world.find(QWidget, "details.unconfirmed")
    label = line.findChild(QLabel)
    assert label is not None
    assert line.isVisible()
    assert label.text() == (
        f"Ended; not confirmed at {DC2}, which could not be asked and will be when it is back."
    )
    world.desk.board.take(ended(elevation, world, revision=61))
    world.settle()
    assert not line.isVisible()


def test_that_the_history_names_it_too_and_follows(world: World, shown: Callable[..., Elevation]) -> None:
    elevation = shown()
    world.window.show_place("history")
    world.settle()
    world.desk.board.take(ended(elevation, world, DC2, revision=60))
    world.settle()
    assert "Deadline reached; not confirmed at dc2" in world.cells("history.table")[0]
    world.desk.board.take(ended(elevation, world, revision=61))
    world.settle()
    assert "Deadline reached" in world.cells("history.table")[0]


def test_that_the_sweep_counts_what_is_ending(world: World, shown: Callable[..., Elevation]) -> None:
    shown(state=State.ENDING)
    world.desk.heartbeat.sweep_now(world.provider.id)
    world.settle()
    world.show(replace(world.lend("_sqladmin02"), state=State.ENDING))
    world.settle()
    assert world.find(QLabel, "status.sweep.text").text().endswith(" ending")


def test_that_groups_that_are_not_ours_are_counted_and_named(world: World) -> None:
    world.open()
    assert not world.is_there("status.left_alone")
    location = world.provider.jit.location
    assert location is not None
    for name in ("Printers <b>of</b> Leeds", "RDM_JIT_by hand"):
        world.console.create_group(name, location.guid, GroupScope.GLOBAL)
    world.desk.heartbeat.sweep_now(world.provider.id)
    world.settle()
    assert world.find(QPushButton, "status.left_alone").text() == "2 groups left alone…"
    world.click("status.left_alone")
    text = world.find(QPlainTextEdit, "left_alone.groups").toPlainText()
    assert "Printers <b>of</b> Leeds\nIt carries no record." in text
    assert "RDM_JIT_by hand\nIt carries no record." in text
    world.click("left_alone.close")
    world.settle()
    assert not world.is_there("left_alone")


@pytest.mark.parametrize(
    ("abilities", "seconds", "words"),
    [
        (Abilities(), 7200, "It ends only while this program or a sweep runs."),
        (
            Abilities(dynamic_objects=True),
            7200,
            "Active Directory ends it, even if nothing of this program runs any more.",
        ),
        (
            Abilities(dynamic_objects=True),
            600,
            "This program ends it on time; Active Directory by itself after 15 min at the latest.",
        ),
        (
            Abilities(dynamic_objects=True, ttl_links=True),
            600,
            "Active Directory ends it, even if nothing of this program runs any more.",
        ),
    ],
)
def test_that_a_checkout_says_beforehand_who_will_end_it(
    abilities: Abilities, seconds: int, words: str
) -> None:
    assert wording.promise_words(abilities, seconds) == words
