# SPDX-License-Identifier: MIT
"""The tray: the next deadline first, a warning before each end, and nothing lost where there is no tray."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSystemTrayIcon

from jit_desktop.directory.demo import EVERYTHING, Fault
from jit_desktop.elevation.model import Elevation
from jit_desktop.ui.main_window.tray import Tray
from tests.ui.main_window.world import World

# Said by Qt's offscreen platform when a window is brought to the front, and when an icon is shown.
pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support raise", "No such signal QPlatformNativeInterface", extend=True
)


def lines(tray: Tray) -> list[str]:
    tray.menu.aboutToShow.emit()
    return [action.text() for action in tray.menu.actions() if not action.isSeparator()]


def action(tray: Tray, name: str) -> QAction:
    tray.menu.aboutToShow.emit()
    return next(a for a in tray.menu.actions() if a.objectName() == name)


def test_that_the_next_deadline_stands_first(world: World) -> None:
    world.lend("_sqladmin02", seconds=7200)
    world.lend("_webadmin03", seconds=900)
    world.activate()
    tray = world.open().tray
    assert lines(tray)[:2] == ["_webadmin03 · 14 min", "_sqladmin02 · 1 h 59 min"]
    assert "_webadmin03" in tray.tool_tip


def test_that_before_the_store_was_read_nobody_says_that_nothing_is_open(world: World) -> None:
    tray = world.open(start=False).tray
    tray.tick()
    assert tray.tool_tip == "JIT Desktop\nNot known"
    assert lines(tray)[0] == "Not known"
    world.desk.board.set_providers([])
    tray.tick()
    assert tray.tool_tip == "JIT Desktop\nNo open elevations"


def test_that_an_overdue_elevation_stands_before_every_deadline(world: World) -> None:
    world.lend("_sqladmin02", seconds=600)
    world.lend("_webadmin03", seconds=7200)
    world.activate()
    tray = world.open().tray
    world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
    world.pass_seconds(700)
    assert lines(tray)[0].startswith("_sqladmin02 · Overdue")
    assert "Overdue: _sqladmin02" in tray.tool_tip


@pytest.mark.parametrize(("seconds", "warned_at"), [(7200, 300), (600, 60)])
def test_that_an_end_is_announced_once_in_its_last_minutes(
    world: World, seconds: int, warned_at: int
) -> None:
    world.lend(seconds=seconds)
    world.activate()
    tray = world.open().tray
    announced: list[Elevation] = []
    tray.end_announced.connect(announced.append)
    elevation = world.desk.board.elevations[0]
    left = elevation.remaining(world.desk.now(elevation.provider_id)).total_seconds()
    world.pass_seconds(left - warned_at - 1)
    assert announced == []
    world.pass_seconds(2, beats=2)
    world.pass_seconds(10, beats=5)
    assert [e.id for e in announced] == [elevation.id]


def test_that_an_extended_elevation_is_announced_again(world: World) -> None:
    world.lend(seconds=600)
    world.activate()
    tray = world.open().tray
    announced: list[Elevation] = []
    tray.end_announced.connect(announced.append)
    world.pass_seconds(545)
    assert len(announced) == 1
    world.service.extend(announced[0].id, 600, world.nobody)
    world.pass_seconds(15)
    assert len(announced) == 1
    world.pass_seconds(580)
    assert len(announced) == 2


def test_that_an_elevation_in_the_menu_leads_to_it(world: World) -> None:
    world.lend()
    world.activate()
    window = world.open()
    window.show_place("history")
    action(window.tray, "tray.elevation").trigger()
    assert window.deeds._actions.elevation == world.desk.board.elevations[0]


def test_that_an_ampersand_in_a_name_is_shown_and_not_taken_for_a_key(world: World) -> None:
    provider = world.provider
    world.console.rename(world.account("_helpdesk04"), "R&D")
    world.lend("_helpdesk04")
    tray = world.open().tray
    assert provider.id == world.provider.id
    name = world.desk.board.elevations[0].account.name
    assert lines(tray)[0].startswith(name.replace("&", "&&"))


def test_that_the_program_can_be_quit_from_the_tray(world: World) -> None:
    window = world.open()
    left: list[bool] = []
    window.quit_requested.connect(lambda: left.append(True))
    action(window.tray, "tray.quit").trigger()
    assert left == [True]


def test_that_the_icon_waits_for_a_tray_that_comes_up_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.lend()
    world.activate()
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    window = world.open()
    icon = window.tray.findChild(QSystemTrayIcon)
    assert isinstance(icon, QSystemTrayIcon)
    found = [window.tray.is_available]
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    found.append(window.tray.is_available)
    world.pass_seconds(1)
    assert icon.isVisible()
    found.append(window.tray.is_available)
    assert found == [False, False, True], "not before the icon is in it"
    window.close()
    world.click("decision.stay")
    assert window.isHidden()


def test_that_the_window_is_hidden_only_where_the_icon_is_in_a_tray(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.lend()
    world.activate()
    window = world.open()
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    window.tray.close()
    assert not window.tray.is_available
    window.close()
    world.click("decision.stay")
    assert window.isMinimized()
    assert not window.isHidden()
