# SPDX-License-Identifier: MIT
"""Hears from Windows that the computer woke up, that the clock was set, and that the session ends.

Linux tells the first two through logind on D-Bus only, and QtDBus is left out of the program: the heartbeat
notices the pause itself within a second (``ui/heartbeat.py``). That a session ends it tells by a signal
(``platform/termination.py``).
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from ctypes import wintypes
from enum import Enum, auto

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication, QObject, Signal
from typing_extensions import override

WM_QUERYENDSESSION = 0x0011
WM_ENDSESSION = 0x0016
WM_TIMECHANGE = 0x001E
WM_POWERBROADCAST = 0x0218
PBT_APMRESUMECRITICAL = 0x0006
PBT_APMRESUMESUSPEND = 0x0007
PBT_APMRESUMEAUTOMATIC = 0x0012

_MESSAGE_KINDS = (b"windows_generic_MSG", b"windows_dispatcher_MSG")
_DEVICE_NOTIFY_WINDOW_HANDLE = 0


class SystemEvent(Enum):
    """What Windows tells a program that concerns this one."""

    RESUMED = auto()
    CLOCK_SET = auto()
    SESSION_END_ASKED = auto()
    """May the session end? It may; what is being written has a few seconds, or more if it says why."""
    SESSION_END_CALLED_OFF = auto()
    SESSION_ENDS = auto()
    """After this message was answered the process may be ended at any moment."""


def event_of(message: int, parameter: int) -> SystemEvent | None:
    """What a window message means ([MS] WM_POWERBROADCAST, WM_TIMECHANGE, WM_QUERYENDSESSION,
    WM_ENDSESSION); ``parameter`` is its wParam. ``None`` for all others."""
    if message == WM_POWERBROADCAST:
        # "Automatic" comes with every resume, the other one only where somebody is there.
        resumes = (PBT_APMRESUMEAUTOMATIC, PBT_APMRESUMESUSPEND, PBT_APMRESUMECRITICAL)
        return SystemEvent.RESUMED if parameter in resumes else None
    if message == WM_TIMECHANGE:
        return SystemEvent.CLOCK_SET
    if message == WM_QUERYENDSESSION:
        return SystemEvent.SESSION_END_ASKED
    if message == WM_ENDSESSION:
        return SystemEvent.SESSION_ENDS if parameter else SystemEvent.SESSION_END_CALLED_OFF
    return None


class _Filter(QAbstractNativeEventFilter):
    """Looks at every message of the UI thread and keeps none."""

    def __init__(self, hear: Callable[[SystemEvent], None]) -> None:
        super().__init__()
        self._hear = hear

    @override
    def nativeEventFilter(
        self, event_type: QByteArray | bytes | bytearray | memoryview, message: int, /
    ) -> object:
        if bytes(event_type) in _MESSAGE_KINDS:  # type: ignore[arg-type]  # a QByteArray has bytes
            told = wintypes.MSG.from_address(int(message))
            event = event_of(told.message, told.wParam or 0)
            if event is not None:
                self._hear(event)
        return False, 0


class SystemEvents(QObject):
    """Tells what Windows sends to the top-level windows of this program; nothing on other systems."""

    resumed = Signal()
    """The computer woke up. Comes once or twice, and for each window."""
    clock_set = Signal()
    """Somebody set the clock or the time zone."""
    session_end_asked = Signal()
    session_end_called_off = Signal()
    session_ends = Signal()
    """Whoever hears it has to be ready when it returns."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        signals = {
            SystemEvent.RESUMED: self.resumed,
            SystemEvent.CLOCK_SET: self.clock_set,
            SystemEvent.SESSION_END_ASKED: self.session_end_asked,
            SystemEvent.SESSION_END_CALLED_OFF: self.session_end_called_off,
            SystemEvent.SESSION_ENDS: self.session_ends,
        }
        # Before Qt hears it: Qt answers the end of a session by closing windows, which may ask questions.
        self.filter = _Filter(lambda event: signals[event].emit())
        self._registration: int | None = None

    def start(self, window: int) -> None:
        """Listen; ``window`` is the native handle of a top-level window, which need not be visible."""
        if sys.platform == "win32":
            app = QCoreApplication.instance()
            assert app is not None
            app.installNativeEventFilter(self.filter)
            self._registration = register_for_resume(window)

    def stop(self) -> None:
        """Listen no more; safe to call twice."""
        if sys.platform == "win32":
            app = QCoreApplication.instance()
            if app is not None:
                app.removeNativeEventFilter(self.filter)
            unregister_for_resume(self._registration)
            self._registration = None


if sys.platform == "win32":
    _user32 = ctypes.WinDLL("user32")

    def register_for_resume(window: int) -> int | None:
        """Have the computer's sleep told to ``window`` on computers with Modern Standby too, where it is not
        broadcast ([MS] RegisterSuspendResumeNotification); ``None`` where there is no such function."""
        try:
            register = _user32.RegisterSuspendResumeNotification
        except AttributeError:
            return None
        register.restype = ctypes.c_void_p
        register.argtypes = [wintypes.HANDLE, wintypes.DWORD]
        handle: int | None = register(window, _DEVICE_NOTIFY_WINDOW_HANDLE)
        return handle or None

    def unregister_for_resume(registration: int | None) -> None:
        """Undo it ([MS] UnregisterSuspendResumeNotification)."""
        if registration is not None:
            unregister = _user32.UnregisterSuspendResumeNotification
            unregister.argtypes = [ctypes.c_void_p]
            unregister(registration)

    def hold_shutdown(window: int, reason: str) -> None:
        """Have Windows wait for this program and show ``reason`` ([MS] ShutdownBlockReasonCreate)."""
        _user32.ShutdownBlockReasonCreate(wintypes.HWND(window), ctypes.c_wchar_p(reason))

    def release_shutdown(window: int) -> None:
        """It need not wait any more ([MS] ShutdownBlockReasonDestroy); safe without a hold."""
        _user32.ShutdownBlockReasonDestroy(wintypes.HWND(window))

else:

    def hold_shutdown(window: int, reason: str) -> None:
        """Nothing of the kind here: who ends a session waits for its programs."""

    def release_shutdown(window: int) -> None:
        """See :func:`hold_shutdown`."""
