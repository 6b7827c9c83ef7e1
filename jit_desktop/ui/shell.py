# SPDX-License-Identifier: MIT
"""The windows together: main window, settings and first start, and what passes between them."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Signal, Slot

from jit_desktop.elevation.identity import ProviderId
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.first_start import FirstStart
from jit_desktop.ui.main_window import MainWindow
from jit_desktop.ui.settings import SettingsDialog

_SIZE = QSize(1200, 760)
"""Of the main window at first, where the screen has room for it."""


class Shell(QObject):
    """Everything that is on screen; made once, lives as long as the program."""

    quit_requested = Signal()
    """Everything is finished or handed over: the application may end."""

    def __init__(self, context: UiContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._settings: SettingsDialog | None = None
        self._first_start: FirstStart | None = None
        self.desk = Desk(context)
        self.main = MainWindow(self.desk)
        self.main.settings_requested.connect(self._on_main_settings_requested)
        self.main.promise_requested.connect(self._on_main_promise_requested)
        self.main.setup_requested.connect(self._on_main_setup_requested)
        self.main.quit_requested.connect(self.quit_requested)

    @property
    def settings(self) -> SettingsDialog | None:
        """The settings dialog while it is open."""
        return self._settings

    @property
    def native_handle(self) -> int:
        """Of the main window, for the operating system, which sends what it has to tell to top-level windows
        only; there is one even if the window was never shown."""
        return int(self.main.winId())

    @property
    def is_writing(self) -> bool:
        """Whether something is under way that should be finished before the program ends."""
        return bool(self.desk.errands.open) or self.desk.heartbeat.is_working

    def open(self, *, in_background: bool = False) -> None:
        """Show the main window and begin to end what is due; in the background the tray icon is enough, and
        the window minimised where there is no tray."""
        room = self.main.screen().availableSize()
        self.main.resize(_SIZE.boundedTo(room))
        if not in_background:
            self.main.show()
        elif not self.main.tray.is_available:
            self.main.showMinimized()
        self.desk.start()

    @Slot()
    def end_without_asking(self) -> None:
        """The session ends, or somebody ends the program: begin nothing more and ask nothing."""
        self.desk.stop()
        self.main.leave_without_asking()
        for window in (self._settings, self._first_start):
            if window is not None:
                window.hide()

    def finish(self, seconds: float) -> list[str]:
        """Let what the workers are at be finished, for at most so long; the names of those that were not."""
        return self._context.workers.shutdown(seconds)

    def close(self) -> None:
        """Take everything off the screen; begins nothing more."""
        self.desk.stop()
        for window in (self._settings, self._first_start):
            if window is not None:
                window.close()
        self.main.tray.close()
        self.main.hide()

    @Slot()
    def come_to_front(self) -> None:
        """Another copy was started and would rather see this one."""
        self.main.bring_to_front()

    @Slot(str)
    def _on_main_settings_requested(self, provider_id: str) -> None:
        if self._settings is not None:
            self._settings.raise_()
            self._settings.activateWindow()
            return
        wanted = ProviderId(provider_id) if provider_id else None
        self._settings = SettingsDialog(self._context, provider_id=wanted, parent=self.main)
        self._settings.saved.connect(self.desk.reload)
        self._settings.schedule_changed.connect(self.desk.schedule.take)
        self._settings.finished.connect(self._on_settings_finished)
        self._settings.open()

    @Slot()
    def _on_main_promise_requested(self) -> None:
        self._on_main_settings_requested("")
        if self._settings is not None:
            self._settings.show_promise()

    @Slot()
    def _on_settings_finished(self) -> None:
        if self._settings is not None:
            self._settings.deleteLater()
        self._settings = None
        self.desk.schedule.look()

    @Slot()
    def _on_main_setup_requested(self) -> None:
        if self._first_start is not None:
            self._first_start.raise_()
            self._first_start.activateWindow()
            return
        self._first_start = FirstStart(self._context, parent=self.main)
        self._first_start.saved.connect(self.desk.reload)
        self._first_start.finished.connect(self._on_first_start_finished)
        self._first_start.open()

    @Slot()
    def _on_first_start_finished(self) -> None:
        if self._first_start is not None:
            self._first_start.deleteLater()
        self._first_start = None
        self.desk.schedule.look()
