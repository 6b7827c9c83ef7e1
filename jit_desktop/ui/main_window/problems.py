# SPDX-License-Identifier: MIT
"""What is the matter, said over the list for as long as it is: alarms, silent domains, the store."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from jit_desktop.elevation.errors import JitError, PasswordNeeded, SignInFailed
from jit_desktop.elevation.identity import ElevationId, ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.outcome import in_a_row
from jit_desktop.elevation.settings import DomainProvider, SignIn
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.main_window.banner_stack import BannerStack
from jit_desktop.ui.models import wording
from jit_desktop.ui.widgets import Severity, format_moment

OVERDUE = "overdue"
STORE = "store"
NOTICE = "notice"
ANOTHER = "another"
SCHEDULE = "schedule"
LOGON = "logon"
PROVIDER = "provider:"
SUSPECTS = "suspects:"
UNRECORDED = "unrecorded:"
_OF_PROVIDERS = (PROVIDER, SUSPECTS, UNRECORDED)
_MOST_NAMED = 3


class Problems(QObject):
    """Keeps the banners ``banner.overdue``, ``banner.store``, ``banner.notice``, ``banner.another``,
    ``banner.schedule``, ``banner.logon`` and, each with a provider's id behind it, ``banner.provider:``,
    ``banner.suspects:`` and ``banner.unrecorded:`` in step with the desk."""

    password_requested = Signal(str)
    """The id of the provider whose password is to be entered."""
    overdue_requested = Signal(object)
    """The id of the first overdue elevation."""
    suspects_requested = Signal(str)
    """The id of the provider whose altered groups are to be named."""
    promise_requested = Signal()
    """The sweep while the program is closed is to be set up."""

    def __init__(self, desk: Desk, banners: BannerStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._banners = banners
        board = desk.board
        board.elevation_changed.connect(self._on_board_elevation_changed)
        board.elevation_ended.connect(self._on_board_elevation_changed)
        board.alarms_changed.connect(self._on_board_alarms_changed)
        board.provider_status_changed.connect(self._on_board_provider_status_changed)
        board.providers_changed.connect(self._on_board_providers_changed)
        desk.heartbeat.tick_failed.connect(self._on_heartbeat_tick_failed)
        desk.heartbeat.late_changed.connect(self._show_overdue)
        desk.heartbeat.tick_succeeded.connect(self._on_heartbeat_tick_succeeded)
        desk.session_failed.connect(self.report)
        desk.schedule.changed.connect(self._on_schedule_changed)
        banners.action_requested.connect(self._on_banners_action_requested)
        banners.dismissed.connect(self._on_banners_dismissed)

    @Slot(object)
    def report(self, error: JitError) -> None:
        """Say that something that was asked for did not work; it stays until it is dismissed or replaced."""
        self._banners.show_message(NOTICE, in_words(error), Severity.ERROR)

    def tell_of_another(self, text: str) -> None:
        """Say what is the matter with another window on this data folder; it stays until it is dismissed."""
        self._banners.show_message(ANOTHER, text, Severity.WARNING)

    def clear_report(self) -> None:
        """Something else was asked for: what failed before is no longer of interest."""
        self._banners.clear(NOTICE)

    @property
    def overdue_ids(self) -> tuple[ElevationId, ...]:
        """The elevations that the alarm is about."""
        return tuple(e.id for e in self._desk.board.overdue)

    @Slot(object)
    def _on_board_elevation_changed(self, _elevation: object) -> None:
        self._show_overdue()

    @Slot()
    def _on_board_alarms_changed(self) -> None:
        self._show_overdue()
        for provider in self._desk.board.providers:
            self._show_provider(provider)

    @Slot()
    def _show_overdue(self) -> None:
        overdue = self._desk.board.overdue
        if not overdue:
            self._banners.clear(OVERDUE)
            return
        password = self._lacks_password(overdue[0].provider_id)
        self._banners.show_message(
            OVERDUE,
            self._overdue_words(overdue),
            Severity.ERROR,
            action=self.tr("Enter password…") if password else self.tr("Try now"),
            dismissible=False,
            rank=0,
        )

    def _overdue_words(self, overdue: Sequence[Elevation]) -> str:
        first, board = overdue[0], self._desk.board
        was_tried = all(e.state is State.OVERDUE for e in overdue)
        by_clock = any(not board.is_time_read(e.provider_id) for e in overdue)
        clock = self.tr(" by this computer's clock") if by_clock else ""
        if any(board.now(e.provider_id) < e.deadline for e in overdue):
            clock = self.tr(" by one of the clocks, which do not agree,")
        if len(overdue) == 1:
            text = (
                self.tr("{account} could not be ended and may still hold {privileges}.")
                if was_tried
                else self.tr(
                    "{account} is past its deadline{clock}, its end is not confirmed, and it may still hold "
                    "{privileges}."
                )
            ).format(account=first.account.name, privileges=first.label, clock=clock)
        else:
            text = (
                self.tr("{n} elevations could not be ended and may still be in force: {names}.")
                if was_tried
                else self.tr(
                    "{n} elevations are past their deadline{clock}, not confirmed, and may still be in "
                    "force: {names}."
                )
            ).format(n=len(overdue), names=_names(overdue), clock=clock)
        parts = [text, first.failure]
        if any(e.provider_id in self._desk.heartbeat.late for e in overdue):
            parts.append(self.tr("The sweep has not come to its end."))
        elif board.status(first.provider_id).trouble is None:  # else its own message says what is wrong
            parts.append(self.tr("It is tried again until it is confirmed."))
        return " ".join(part for part in parts if part)

    def _lacks_password(self, provider_id: ProviderId) -> bool:
        provider = self._desk.board.provider(provider_id)
        problem = self._desk.board.status(provider_id).problem
        return provider is not None and problem is not None and _wants_password(provider, problem)

    @Slot(str)
    def _on_board_provider_status_changed(self, provider_id: str) -> None:
        provider = self._desk.board.provider(ProviderId(provider_id))
        if provider is None:
            for prefix in _OF_PROVIDERS:
                self._banners.clear(prefix + provider_id)
            return
        self._show_overdue()
        self._show_provider(provider)
        self._show_suspects(provider)
        self._show_unrecorded(provider)

    def _show_provider(self, provider: DomainProvider) -> None:
        key, board = PROVIDER + provider.id, self._desk.board
        problem = board.status(provider.id).trouble
        if problem is None:
            self._banners.clear(key)
            return
        text = f"{provider.name}: {in_words(problem)}"
        severity = Severity.WARNING if isinstance(problem, PasswordNeeded) else Severity.ERROR
        waiting = [e for e in board.overdue if e.provider_id == provider.id]
        if waiting:
            text += " " + self.tr("Nothing is being ended there: {names} should have ended.").format(
                names=_names(waiting)
            )
            severity = Severity.ERROR
        action = self.tr("Enter password…") if _wants_password(provider, problem) else self.tr("Try again")
        self._banners.show_message(key, text, severity, action=action, dismissible=not waiting)

    def _show_suspects(self, provider: DomainProvider) -> None:
        key = SUSPECTS + provider.id
        alarms = [group for group in self._desk.board.suspects.get(provider.id, ()) if group.is_alarm]
        if not alarms:
            self._banners.clear(key)
            return
        first = alarms[0]
        if len(alarms) == 1:
            text = self.tr("{name} was altered ({reason}) and still gives {gives}.").format(
                name=first.name, reason=first.reason, gives=in_a_row(first.gives) or self.tr("rights")
            )
        else:
            names = ", ".join(group.name for group in alarms[:_MOST_NAMED])
            text = self.tr("{n} temporary groups were altered and still give rights: {names}.").format(
                n=len(alarms), names=names + (", …" if len(alarms) > _MOST_NAMED else "")
            )
        text = f"{provider.name}: {text} " + self.tr("This may be an elevation that outlives its deadline.")
        self._banners.show_message(
            key,
            wording.breakable(text),
            Severity.ERROR,
            action=self.tr("Show…"),
            dismissible=False,
            rank=1,
        )

    def _show_unrecorded(self, provider: DomainProvider) -> None:
        key, sweep = UNRECORDED + provider.id, self._desk.board.status(provider.id).last_sweep
        if sweep is None or not sweep.unrecorded:
            self._banners.clear(key)
            return
        text = self.tr("Ended, but it could not be written down: {names}.").format(
            names=_names(sweep.unrecorded)
        )
        self._banners.show_message(key, text, Severity.WARNING)

    @Slot()
    def _on_board_providers_changed(self) -> None:
        known = {provider.id for provider in self._desk.board.providers}
        for key in self._banners.shown_keys():
            prefix = next((prefix for prefix in _OF_PROVIDERS if key.startswith(prefix)), None)
            if prefix is not None and key.removeprefix(prefix) not in known:
                self._banners.clear(key)

    @Slot()
    def _on_schedule_changed(self) -> None:
        swept = self.tr(
            "The sweep of this computer was removed or does not run any more: while this program is closed, "
            "nothing here ends elevations."
        )
        started = self.tr(
            "The start at sign-in was removed: nobody is warned of an end here until this program is opened."
        )
        watch = self._desk.schedule
        if watch.as_of is not None:
            # Nobody knows whether it was set up again meanwhile.
            when = format_moment(watch.as_of, self._desk.context.clock.utc_now())
            swept += " " + self.tr("As of {time}; the system does not answer now.").format(time=when)
        for key, is_missed, text, action in (
            (SCHEDULE, watch.is_removed, swept, self.tr("Set up a sweep…")),
            (LOGON, watch.is_logon_removed, started, self.tr("Set it up…")),
        ):
            if is_missed:
                self._banners.show_message(key, text, Severity.WARNING, action=action)
            else:
                self._banners.clear(key)

    @Slot(str)
    def _on_banners_dismissed(self, key: str) -> None:
        if key == SCHEDULE:
            self._desk.schedule.take_note()
        elif key == LOGON:
            self._desk.schedule.take_note_of_logon()

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
        if key in (SCHEDULE, LOGON):
            self.promise_requested.emit()
        elif key.startswith(SUSPECTS):
            self.suspects_requested.emit(key.removeprefix(SUSPECTS))
        elif key == OVERDUE:
            overdue = self._desk.board.overdue
            if overdue and self._lacks_password(overdue[0].provider_id):
                self.password_requested.emit(overdue[0].provider_id)
                return
            for provider_id in dict.fromkeys(e.provider_id for e in overdue):
                self._desk.heartbeat.sweep_now(provider_id)
            if overdue:
                self.overdue_requested.emit(overdue[0].id)
        elif key.startswith(PROVIDER):
            provider_id = ProviderId(key.removeprefix(PROVIDER))
            provider = self._desk.board.provider(provider_id)
            problem = self._desk.board.status(provider_id).trouble
            if provider is None or problem is None:
                return
            if _wants_password(provider, problem):
                self.password_requested.emit(provider_id)
            else:
                self._desk.watch.look(provider_id)
                self._desk.heartbeat.tick_now()
                self._desk.heartbeat.sweep_now(provider_id)
        else:
            self._desk.heartbeat.tick_now()


def _wants_password(provider: DomainProvider, problem: JitError) -> bool:
    return isinstance(problem, SignInFailed) and provider.connection.sign_in is SignIn.PASSWORD


def _names(elevations: Sequence[Elevation]) -> str:
    names = ", ".join(e.account.name for e in elevations[:_MOST_NAMED])
    return names + (", …" if len(elevations) > _MOST_NAMED else "")


def in_words(error: JitError) -> str:
    """What happened, to which object, and what can be done, for a banner."""
    parts = [error.message]
    if error.subject and error.subject not in error.message:
        parts.append(f"({error.subject})")
    if error.remedy:
        parts.append(error.remedy)
    return " ".join(parts)
