# SPDX-License-Identifier: MIT
"""What the main window has done when somebody asks for it: the windows that open, the questions before, the
errands after."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from jit_desktop.elevation.identity import ElevationId, ObjectGuid, ProviderId
from jit_desktop.elevation.model import Elevation
from jit_desktop.ui.check_now import CheckNowWindow
from jit_desktop.ui.checkout import CheckoutWindow, ExtendDialog
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.main_window.actions import ElevationActions
from jit_desktop.ui.main_window.decisions import ask_about_check_in
from jit_desktop.ui.main_window.left_alone_dialog import LeftAloneDialog
from jit_desktop.ui.main_window.password_dialog import PasswordDialog
from jit_desktop.ui.main_window.problems import Problems


class Deeds(QObject):
    """Carries out the actions about the selected elevation, and opens checkout windows."""

    elevation_requested = Signal(object)
    """Show the elevation with this id."""

    def __init__(self, desk: Desk, actions: ElevationActions, problems: Problems, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._actions = actions
        self._problems = problems
        self._window = window
        self._checkouts: set[CheckoutWindow] = set()
        self._checks: dict[ElevationId, CheckNowWindow] = {}
        actions.check_in.triggered.connect(self._on_check_in_triggered)
        actions.extend.triggered.connect(self._on_extend_triggered)
        actions.open_session.triggered.connect(self._on_open_session_triggered)
        problems.password_requested.connect(self.ask_password)

    def check_out(
        self, provider_id: ProviderId | None = None, account: ObjectGuid | None = None
    ) -> CheckoutWindow:
        """Open a checkout window, with an account chosen already where one is given."""
        self._problems.clear_report()
        window = CheckoutWindow(self._desk, self._window)
        window.session_requested.connect(self._desk.open_session)
        window.password_requested.connect(self.ask_password)
        window.closed.connect(self._checkouts.discard)
        if account is not None:
            window.choose_account(provider_id, account)
        self._checkouts.add(window)
        window.show()
        return window

    @Slot(object)
    def check_now(self, elevation: Elevation) -> None:
        """Open *Check now* on an elevation; if it is open already, ask anew there."""
        window = self._checks.get(elevation.id)
        if window is not None:
            window.raise_()
            window.activateWindow()
            window.check()
            return
        window = CheckNowWindow(self._desk.context, elevation, self._window)
        window.password_requested.connect(self.ask_password)
        window.inspected.connect(self._desk.board.take_inspection)
        window.failed.connect(lambda error: self._desk.board.domain_refused(elevation.provider_id, error))
        window.closed.connect(lambda _window: self._checks.pop(elevation.id, None))
        self._checks[elevation.id] = window
        window.show()

    @Slot(str)
    def show_left_alone(self, provider_id: str) -> None:
        """Name the groups that the last sweep of a provider found altered or left alone."""
        provider = self._desk.board.provider(ProviderId(provider_id))
        sweep = self._desk.board.status(ProviderId(provider_id)).last_sweep
        if provider is not None and sweep is not None:
            LeftAloneDialog(sweep.suspects, sweep.foreign, provider.name, self._window).open()

    def close_windows(self) -> None:
        """The program ends: close what was opened; what is under way has been finished."""
        for window in tuple(self._checkouts):
            window.close_without_asking()
        for check in tuple(self._checks.values()):
            check.close()

    @Slot(str)
    def ask_password(self, provider_id: str) -> None:
        """Ask for the password of a provider."""
        provider = self._desk.board.provider(ProviderId(provider_id))
        if provider is not None:
            dialog = PasswordDialog(self._desk.context, provider, self._window)
            dialog.signed_in.connect(self._on_password_signed_in)
            dialog.open()

    @Slot(str)
    def _on_password_signed_in(self, provider_id: str) -> None:
        self._desk.watch.look(ProviderId(provider_id))
        self._desk.heartbeat.tick_now()
        self._desk.heartbeat.sweep_now(ProviderId(provider_id))
        for window in tuple(self._checkouts):
            window.retry_after_sign_in(ProviderId(provider_id))
        for check in tuple(self._checks.values()):
            check.retry_after_sign_in(ProviderId(provider_id))

    @Slot()
    def _on_check_in_triggered(self) -> None:
        elevation = self._actions.elevation
        if elevation is not None:
            ask_about_check_in(elevation, self._desk, self._window, self._check_in)

    def _check_in(self, elevation_id: ElevationId) -> None:
        self._problems.clear_report()
        # It may have changed while the question stood there.
        elevation = self._desk.board.elevation(elevation_id)
        if elevation is not None and not self._desk.errands.is_busy_with(elevation_id):
            self._desk.errands.check_in(elevation).failed.connect(self._problems.report)

    @Slot()
    def _on_extend_triggered(self) -> None:
        elevation = self._actions.elevation
        if elevation is not None:
            self._problems.clear_report()
            ExtendDialog(self._desk, elevation, self._window).open()

    @Slot()
    def _on_open_session_triggered(self) -> None:
        elevation = self._actions.elevation
        if elevation is not None:
            self._problems.clear_report()
            self._desk.open_session(elevation)

    @Slot(object)
    def open_row(self, _elevation: Elevation) -> None:
        """A row was double-clicked: open a session where that is possible."""
        if self._actions.open_session.isEnabled():
            self._actions.open_session.trigger()

    @Slot(object)
    def extend_selected(self, elevation_id: ElevationId) -> None:
        """The warning before the end was clicked."""
        self.elevation_requested.emit(elevation_id)
        selected = self._actions.elevation
        if selected is not None and selected.id == elevation_id and self._actions.extend.isEnabled():
            self._actions.extend.trigger()
