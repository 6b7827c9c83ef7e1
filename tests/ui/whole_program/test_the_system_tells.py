# SPDX-License-Identifier: MIT
"""The computer wakes up, its clock is set, the session ends: what the program makes of it."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable, Iterator
from ctypes import wintypes

import pytest
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from jit_desktop import window
from jit_desktop.elevation.lifecycle import State
from jit_desktop.platform.system_events import (
    PBT_APMRESUMEAUTOMATIC,
    WM_POWERBROADCAST,
    WM_TIMECHANGE,
    SystemEvents,
)
from jit_desktop.ui.shell import Shell
from tests.ui.main_window.world import World
from tests.ui.whole_program.conftest import LOGON_NAME


@pytest.fixture
def shell(world: World, open_shell: Callable[[World], Shell]) -> Shell:
    return open_shell(world)


@pytest.fixture
def events(shell: Shell) -> Iterator[SystemEvents]:
    with window.hearing_the_system(shell) as events:
        yield events
    # What ends the program here ends no loop, as none runs, but Qt remembers it until one did: every other
    # loop, such as those in which later tests wait, would return at once.
    QTimer.singleShot(0, QApplication.exit)
    QApplication.exec()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The reasons for which Windows was asked to wait and need not any more."""
    reasons: list[str] = []
    monkeypatch.setattr(window, "hold_shutdown", lambda _window, reason: reasons.append(reason))
    monkeypatch.setattr(window, "release_shutdown", lambda _window: reasons.clear())
    return reasons


def pass_seconds(world: World, shell: Shell, seconds: float) -> None:
    world.clock.pass_seconds(seconds)
    shell.desk.heartbeat.beat()
    world.settle()


@pytest.mark.parametrize("what", ["resumed", "clock_set"])
def test_that_what_came_due_is_ended_at_once(
    world: World, events: SystemEvents, shell: Shell, what: str
) -> None:
    world.lend(LOGON_NAME, seconds=600)
    world.activate()
    swept: list[object] = []
    shell.desk.heartbeat.swept.connect(swept.append)
    shell.desk.heartbeat._timer.stop()  # it may be the last to wake up
    world.clock.pass_seconds(601)
    getattr(events, what).emit()
    world.settle()
    world.clock.pass_seconds(60)
    world.service.tick(world.nobody)
    assert world.store.open_elevations() == []
    assert len(swept) == 1


@pytest.mark.skipif(sys.platform != "win32", reason="the messages of Windows")
def test_that_messages_of_windows_arrive_at_the_window_also_while_it_is_hidden(
    events: SystemEvents, shell: Shell, qtbot: QtBot
) -> None:
    if QApplication.platformName() != "windows":
        pytest.skip("what is drawn off screen has no window of Windows")
    send = ctypes.WinDLL("user32").SendMessageW  # type: ignore[attr-defined]
    send.argtypes = [wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM]
    shell.main.hide()
    with qtbot.waitSignal(events.clock_set):
        send(shell.native_handle, WM_TIMECHANGE, 0, 0)
    with qtbot.waitSignal(events.resumed):
        send(shell.native_handle, WM_POWERBROADCAST, PBT_APMRESUMEAUTOMATIC, 0)


def test_that_a_window_that_is_not_shown_hears_it_too(bare_world: World) -> None:
    shell = Shell(bare_world.context)
    assert shell.native_handle
    assert not shell.main.isVisible()
    shell.main.tray.menu.deleteLater()
    shell.main.deleteLater()


def test_that_the_session_may_end_and_the_program_goes_on_until_it_does(
    world: World, events: SystemEvents, shell: Shell, held: list[str]
) -> None:
    events.session_end_asked.emit()
    assert held == []
    assert shell.main.isVisible()
    world.lend(LOGON_NAME, seconds=600)
    events.session_end_called_off.emit()
    pass_seconds(world, shell, 60)
    assert len(shell.desk.board.elevations) == 1


def test_that_a_write_that_is_under_way_is_finished_before_the_session_ends(
    world: World, events: SystemEvents, shell: Shell, held: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.lend(LOGON_NAME, seconds=600)
    world.activate()
    gate = world.hold("tick", monkeypatch)
    world.clock.pass_seconds(601)
    shell.desk.heartbeat.beat()
    gate.wait_until_reached()
    events.session_end_asked.emit()
    assert held == ["Elevations are being written."]
    threading.Timer(0.2, gate.open).start()
    events.session_ends.emit()
    [elevation] = world.store.open_elevations()
    assert elevation.state is State.ENDING
    assert held == []


@pytest.mark.expects_log("Still at work when the session ended: heartbeat")
@pytest.mark.expects_log("did not end within")
def test_that_a_session_that_ends_is_not_held_up_for_longer_than_windows_waits(
    world: World, events: SystemEvents, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "SESSION_END_SECONDS", 0.1)
    gate = world.hold("tick", monkeypatch)
    world.clock.pass_seconds(60)
    shell.desk.heartbeat.beat()
    gate.wait_until_reached()
    events.session_ends.emit()
    gate.open()


def test_that_nobody_is_asked_when_the_session_ends(world: World, events: SystemEvents, shell: Shell) -> None:
    world.lend(LOGON_NAME, seconds=600)
    pass_seconds(world, shell, 20)
    assert shell.desk.board.elevations
    shell.main.settings_requested.emit("")
    world.settle()
    events.session_ends.emit()
    assert shell.main.close()
    QCoreApplication.processEvents()
    assert [w.objectName() for w in QApplication.topLevelWidgets() if w.isVisible()] == []


def test_that_nothing_new_is_begun_when_the_session_ends(
    world: World, events: SystemEvents, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    events.session_ends.emit()
    monkeypatch.setattr(world.service, "tick", None)
    world.clock.pass_seconds(600)
    shell.desk.heartbeat.beat()
    events.resumed.emit()
    assert not shell.is_writing
