# SPDX-License-Identifier: MIT
"""*Keep the promise when the program is closed*: what is set up, changed and removed, and what refuses."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QListWidget, QPlainTextEdit, QSpinBox

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.ports import LogonStart, ScheduleState
from jit_desktop.ui.widgets import Banner, StatusPill
from tests.ui.main_window.world import World
from tests.ui.settings.conftest import SettingsDriver


@pytest.fixture
def page(settings: SettingsDriver, world: World) -> SettingsDriver:
    """The settings at the promise."""
    world.click("settings.promise")
    world.settle()
    return settings


def state(world: World) -> str:
    return world.find(StatusPill, "settings.promise-state").word


def sentence(world: World) -> str:
    return world.find(QLabel, "settings.promise-sentence").text()


def test_that_it_says_that_nothing_is_set_up(page: SettingsDriver, world: World) -> None:
    assert state(world) == "Not set up"
    assert "this computer ends nothing" in sentence(world)
    assert world.find(QSpinBox, "settings.promise-interval").value() == 1
    assert not world.is_there("settings.promise-remove")
    assert not world.is_there("settings.promise-command")
    assert world.find(QLabel, "settings.promise-note").text().startswith("The demo only pretends")


def test_that_it_is_installed_changed_and_removed(page: SettingsDriver, world: World) -> None:
    told: list[ScheduleState] = []
    page.dialog.schedule_changed.connect(told.append)
    world.click("settings.promise-install")
    world.settle()
    assert world.schedule.state().every_seconds == 60
    assert state(world) == "Set up"
    assert sentence(world).startswith("A sweep runs every minute")
    assert world.find(QPlainTextEdit, "settings.promise-command").toPlainText() == "jit-desktop sweep"
    install = world.find(QAbstractButton, "settings.promise-install")
    assert install.text() == "&Change"
    assert not install.isEnabled(), "nothing was changed yet"
    world.find(QSpinBox, "settings.promise-interval").setValue(5)
    world.click("settings.promise-install")
    world.settle()
    assert world.schedule.state().every_seconds == 300
    assert sentence(world).startswith("A sweep runs every 5 min")
    world.click("settings.promise-remove")
    world.settle()
    assert not world.schedule.state().installed
    assert state(world) == "Not set up"
    assert [s.every_seconds for s in told] == [60, 300, 0]


def test_that_what_was_set_up_before_is_shown(settings: SettingsDriver, world: World) -> None:
    world.schedule.install(600)
    world.click("settings.promise")
    world.settle()
    assert world.find(QSpinBox, "settings.promise-interval").value() == 10
    assert state(world) == "Set up"


def test_that_a_refusal_stands_in_its_place_and_changes_nothing(
    page: SettingsDriver, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_seconds: int) -> ScheduleState:
        raise JitError("systemctl refused.", remedy="Log in with a session of your own.")

    monkeypatch.setattr(world.schedule, "install", refuse)
    world.click("settings.promise-install")
    world.settle()
    banner = world.find(Banner, "settings.promise-banner")
    assert banner.isVisible()
    assert banner.text == "systemctl refused. Log in with a session of your own."
    assert state(world) == "Not set up"
    assert world.find(QAbstractButton, "settings.promise-install").isEnabled()


def test_that_a_state_that_can_not_be_read_is_not_made_up(
    settings: SettingsDriver, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> ScheduleState:
        raise JitError("The task scheduler does not answer.")

    monkeypatch.setattr(world.schedule, "state", refuse)
    world.click("settings.promise")
    world.settle()
    assert state(world) == "Not known"
    assert world.find(Banner, "settings.promise-banner").text == "The task scheduler does not answer."


def test_that_a_system_without_schedules_says_so(
    settings: SettingsDriver, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.schedule, "state", lambda: ScheduleState("", note="Run it as a service."))
    world.click("settings.promise")
    world.settle()
    assert state(world) == "Not available"
    assert not world.is_there("settings.promise-install")
    assert world.find(QLabel, "settings.promise-note").text() == "Run it as a service."


def test_that_choosing_a_provider_leads_back(page: SettingsDriver, world: World) -> None:
    providers = world.find(QListWidget, "settings.providers")
    assert providers.selectedItems() == []
    assert world.find(QAbstractButton, "settings.promise").isChecked()
    providers.setCurrentRow(0)
    providers.item(0).setSelected(True)
    assert world.is_there("settings.page-connection")
    assert not world.is_there("settings.page-promise")
    assert not world.find(QAbstractButton, "settings.promise").isChecked()


def test_that_the_start_at_sign_in_is_set_up_and_undone_at_once(page: SettingsDriver, world: World) -> None:
    box = world.find(QCheckBox, "settings.start-at-logon")
    assert not box.isChecked()
    world.click("settings.start-at-logon")
    world.settle()
    assert world.logon.state().enabled
    assert box.isChecked()
    world.click("settings.start-at-logon")
    world.settle()
    assert not world.logon.state().enabled


def test_that_a_start_at_sign_in_that_is_refused_is_said_and_not_shown_as_set_up(
    page: SettingsDriver, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> LogonStart:
        raise JitError("A policy forbids it.", remedy="Ask for it.")

    monkeypatch.setattr(world.logon, "enable", refuse)
    world.click("settings.start-at-logon")
    world.settle()
    assert not world.find(QCheckBox, "settings.start-at-logon").isChecked()
    assert any("A policy forbids it." in label.text() for label in page.dialog.findChildren(QLabel))
    monkeypatch.undo()
    world.click("settings.start-at-logon")
    world.settle()
    assert not any("A policy forbids it." in label.text() for label in page.dialog.findChildren(QLabel))


@pytest.mark.parametrize(
    ("state", "shown", "usable"),
    [
        (LogonStart(offered=False), False, False),
        (LogonStart(offered=True, enabled=True, changeable=False, note="For everybody."), True, False),
    ],
)
def test_that_a_start_at_sign_in_is_offered_only_where_it_can_be_changed(
    settings: SettingsDriver, world: World, monkeypatch: pytest.MonkeyPatch, state: LogonStart,
    shown: bool, usable: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(world.logon, "state", lambda: state)
    world.click("settings.promise")
    world.settle()
    assert world.is_there("settings.start-at-logon") is shown
    assert world.find(QCheckBox, "settings.start-at-logon").isEnabled() is usable or not shown
