# SPDX-License-Identifier: MIT
"""What is the matter, said over the list for as long as it is: alarms, silent domains, the store."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from jit_desktop.elevation.errors import JitError, PasswordNeeded, SignInFailed
from jit_desktop.elevation.identity import ElevationId, ProviderId
from jit_desktop.elevation.settings import DomainProvider, SignIn
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.main_window.banner_stack import BannerStack
from jit_desktop.ui.widgets import Severity

OVERDUE = "overdue"
STORE = "store"
NOTICE = "notice"
PROVIDER = "provider:"


class Problems(QObject):
    """Keeps the banners ``banner.overdue``, ``banner.store``, ``banner.notice`` and
    ``banner.provider:<provider id>`` in step with the desk."""

    password_requested = Signal(str)
    """The id of the provider whose password is to be entered."""
    overdue_requested = Signal(object)
    """The id of the first overdue elevation."""

    def __init__(self, desk: Desk, banners: BannerStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._banners = banners
        board = desk.board
        board.elevation_changed.connect(self._on_board_elevation_changed)
        board.elevation_ended.connect(self._on_board_elevation_changed)
        board.provider_status_changed.connect(self._on_board_provider_status_changed)
        board.providers_changed.connect(self._on_board_providers_changed)
        desk.heartbeat.tick_failed.connect(self._on_heartbeat_tick_failed)
        desk.heartbeat.tick_succeeded.connect(self._on_heartbeat_tick_succeeded)
        desk.session_failed.connect(self.report)
        banners.action_requested.connect(self._on_banners_action_requested)

    @Slot(object)
    def report(self, error: JitError) -> None:
        """Say that something that was asked for did not work; it stays until it is dismissed or replaced."""
        self._banners.show_message(NOTICE, in_words(error), Severity.ERROR)

    def clear_report(self) -> None:
        """Something else was asked for: what failed before is no longer of interest."""
        self._banners.clear(NOTICE)

    @property
    def overdue_ids(self) -> tuple[ElevationId, ...]:
        """The elevations that the alarm is about."""
        return tuple(e.id for e in self._desk.board.overdue)

    @Slot(object)
    def _on_board_elevation_changed(self, _elevation: object) -> None:
        overdue = self._desk.board.overdue
        if not overdue:
            self._banners.clear(OVERDUE)
            return
        if len(overdue) == 1:
            text = self.tr("{account} could not be ended and may still hold {privileges}.").format(
                account=overdue[0].account.name, privileges=overdue[0].label
            )
        else:
            names = ", ".join(e.account.name for e in overdue[:3])
            text = self.tr("{n} elevations could not be ended and may still be in force: {names}.").format(
                n=len(overdue), names=names
            )
        why = overdue[0].failure
        text = " ".join(
            part for part in (text, why, self.tr("It is tried again until it is confirmed.")) if part
        )
        self._banners.show_message(
            OVERDUE,
            text,
            Severity.ERROR,
            action=self.tr("Try now"),
            dismissible=False,
            is_first=True,
        )

    @Slot(str)
    def _on_board_provider_status_changed(self, provider_id: str) -> None:
        key = PROVIDER + provider_id
        provider = self._desk.board.provider(ProviderId(provider_id))
        problem = self._desk.board.status(ProviderId(provider_id)).problem
        if provider is None or problem is None:
            self._banners.clear(key)
            return
        text = f"{provider.name}: {in_words(problem)}"
        severity = Severity.WARNING if isinstance(problem, PasswordNeeded) else Severity.ERROR
        self._banners.show_message(key, text, severity, action=self._action(provider, problem))

    def _action(self, provider: DomainProvider, problem: JitError) -> str:
        if isinstance(problem, SignInFailed) and provider.connection.sign_in is SignIn.PASSWORD:
            return self.tr("Enter password…")
        return self.tr("Try again")

    @Slot()
    def _on_board_providers_changed(self) -> None:
        known = {provider.id for provider in self._desk.board.providers}
        for key in self._banners.shown_keys():
            if key.startswith(PROVIDER) and key.removeprefix(PROVIDER) not in known:
                self._banners.clear(key)

    @Slot(object)
    def _on_heartbeat_tick_failed(self, error: JitError) -> None:
        self._banners.show_message(
            STORE, in_words(error), Severity.ERROR, action=self.tr("Try again"), dismissible=False
        )

    @Slot()
    def _on_heartbeat_tick_succeeded(self) -> None:
        self._banners.clear(STORE)

    @Slot(str)
    def _on_banners_action_requested(self, key: str) -> None:
        if key == OVERDUE:
            overdue = self._desk.board.overdue
            for provider_id in dict.fromkeys(e.provider_id for e in overdue):
                self._desk.heartbeat.sweep_now(provider_id)
            if overdue:
                self.overdue_requested.emit(overdue[0].id)
        elif key.startswith(PROVIDER):
            provider_id = ProviderId(key.removeprefix(PROVIDER))
            provider = self._desk.board.provider(provider_id)
            problem = self._desk.board.status(provider_id).problem
            if provider is None or problem is None:
                return
            if isinstance(problem, SignInFailed) and provider.connection.sign_in is SignIn.PASSWORD:
                self.password_requested.emit(provider_id)
            else:
                self._desk.watch.look(provider_id)
                self._desk.heartbeat.tick_now()
        else:
            self._desk.heartbeat.tick_now()


def in_words(error: JitError) -> str:
    """What happened, to which object, and what can be done, for a banner."""
    parts = [error.message]
    if error.subject and error.subject not in error.message:
        parts.append(f"({error.subject})")
    if error.remedy:
        parts.append(error.remedy)
    return " ".join(parts)
