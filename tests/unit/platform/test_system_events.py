# SPDX-License-Identifier: MIT
"""What Windows sends to a window is understood; everything but the sending is tried here."""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes

import pytest
from pytestqt.qtbot import QtBot

from jit_desktop.platform import system_events
from jit_desktop.platform.system_events import (
    WM_ENDSESSION,
    WM_POWERBROADCAST,
    WM_QUERYENDSESSION,
    WM_TIMECHANGE,
    SystemEvent,
    SystemEvents,
    event_of,
)

SUSPENDS, RESUMES_BY_ITSELF, RESUMES_FOR_SOMEBODY = 0x0004, 0x0012, 0x0007
WM_MOUSEMOVE = 0x0200


@pytest.mark.parametrize(
    ("message", "parameter", "event"),
    [
        (WM_POWERBROADCAST, RESUMES_BY_ITSELF, SystemEvent.RESUMED),
        (WM_POWERBROADCAST, RESUMES_FOR_SOMEBODY, SystemEvent.RESUMED),
        (WM_POWERBROADCAST, SUSPENDS, None),
        (WM_TIMECHANGE, 0, SystemEvent.CLOCK_SET),
        (WM_QUERYENDSESSION, 0, SystemEvent.SESSION_END_ASKED),
        (WM_ENDSESSION, 1, SystemEvent.SESSION_ENDS),
        (WM_ENDSESSION, 0, SystemEvent.SESSION_END_CALLED_OFF),
        (WM_MOUSEMOVE, 0x0012, None),
    ],
)
def test_that_messages_of_windows_are_understood(
    message: int, parameter: int, event: SystemEvent | None
) -> None:
    assert event_of(message, parameter) is event


def send(events: SystemEvents, message: int, parameter: int, kind: bytes = b"windows_generic_MSG") -> object:
    told = wintypes.MSG(message=message, wParam=parameter)
    return events.filter.nativeEventFilter(kind, ctypes.addressof(told))


@pytest.mark.parametrize("kind", [b"windows_generic_MSG", b"windows_dispatcher_MSG"])
def test_that_a_message_becomes_a_signal_and_goes_on_its_way(qtbot: QtBot, kind: bytes) -> None:
    events = SystemEvents()
    with qtbot.waitSignal(events.resumed, timeout=0):
        assert send(events, WM_POWERBROADCAST, RESUMES_BY_ITSELF, kind) == (False, 0)
    with qtbot.waitSignal(events.clock_set, timeout=0):
        send(events, WM_TIMECHANGE, 0, kind)
    with qtbot.waitSignal(events.session_end_asked, timeout=0):
        send(events, WM_QUERYENDSESSION, 0, kind)
    with qtbot.waitSignal(events.session_end_called_off, timeout=0):
        send(events, WM_ENDSESSION, 0, kind)
    with qtbot.waitSignal(events.session_ends, timeout=0):
        send(events, WM_ENDSESSION, 1, kind)


def test_that_events_of_another_system_are_not_read(qtbot: QtBot) -> None:
    events = SystemEvents()
    with qtbot.assertNotEmitted(events.clock_set):
        # Read as a message this address would bring the program down.
        assert events.filter.nativeEventFilter(b"xcb_generic_event_t", 1) == (False, 0)


def test_that_listening_can_begin_and_end_on_every_system(qtbot: QtBot) -> None:
    events = SystemEvents()
    events.start(0)
    events.stop()
    events.stop()
    system_events.hold_shutdown(0, "Elevations are being written.")
    system_events.release_shutdown(0)


@pytest.mark.skipif(sys.platform != "win32", reason="the function of Windows")
def test_that_a_windows_without_modern_standby_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(system_events, "_user32", object())
    events = SystemEvents()
    events.start(0)
    events.stop()
