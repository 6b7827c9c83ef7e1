# SPDX-License-Identifier: MIT
"""What the windows of one running program share: the board, the heartbeat and the errands."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject, Signal

from jit_desktop.elevation.dn import domain_name
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.bridge import Scope
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.errands import Errand, Errands
from jit_desktop.ui.heartbeat import Heartbeat
from jit_desktop.ui.models.board import Board
from jit_desktop.ui.provider_watch import ProviderWatch
from jit_desktop.ui.schedule_watch import ScheduleWatch


class Desk(QObject):
    """Made once by ``app.py``; outlives every window."""

    idle = Signal()
    """Nothing that was asked for is under way any more."""
    session_failed = Signal(object)
    """A :class:`JitError`: the session's program did not start."""

    def __init__(self, context: UiContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self._scope = Scope(self)
        service = context.service
        self.board = Board(
            self.now,
            service.is_unconfirmed,
            self,
            is_called_out=service.is_lasting_alarm,
            is_time_read=lambda key: service.clock_difference(key) is not None,
        )
        self.heartbeat = Heartbeat(context, self.board, self)
        self.errands = Errands(context, self.board, self)
        self.watch = ProviderWatch(context, self.board, self.heartbeat, self)
        self.schedule = ScheduleWatch(context, self)
        self.heartbeat.ticked.connect(self.board.recheck)
        self.heartbeat.ticked.connect(self.schedule.on_ticked)
        self.heartbeat.swept.connect(self.board.take_sweep)
        self.errands.ended.connect(self._on_errands_ended)

    def start(self) -> None:
        """Read the store, end what is due, sweep, and go on until :meth:`stop`."""
        self.heartbeat.start()
        self.schedule.look()

    def stop(self) -> None:
        """Begin nothing more; what is being written is finished by its worker."""
        self.heartbeat.stop()
        self.watch.stop()
        self.schedule.stop()

    def reload(self) -> None:
        """Settings were changed: read them again and look at the domains they are about."""
        self.board.doubt_providers()
        self.heartbeat.tick_now()

    def now(self, provider_id: ProviderId) -> datetime:
        """UTC on the clock by which a provider's deadlines count; never blocks."""
        return self.context.service.domain_now(provider_id)

    def provider_of(self, elevation: Elevation) -> DomainProvider | None:
        """The provider of an elevation, ``None`` where it was removed since."""
        return self.board.provider(elevation.provider_id)

    def room_to_extend(self, elevation: Elevation) -> int:
        """By how many seconds an elevation may still be extended; 0 where it may not be at all."""
        provider = self.provider_of(elevation)
        if provider is None or not provider.policy.extension_allowed:
            return 0
        if not elevation.is_granted:
            return 0
        if self.now(elevation.provider_id) >= elevation.deadline:
            return 0
        begun = elevation.granted_at or elevation.requested_at
        granted = int((elevation.deadline - begun).total_seconds())
        return max(provider.policy.maximum_seconds - granted, 0)

    def open_session(self, elevation: Elevation) -> None:
        """Start the program that the policy names for working under the account; or ``session_failed``."""
        provider = self.provider_of(elevation)
        command = provider.policy.session_command if provider is not None else ()
        info = self.board.status(elevation.provider_id).info
        domain = info.netbios_name if info is not None else domain_name(elevation.account.dn)
        sessions, account = self.context.sessions, elevation.account.name
        self.context.workers["session"].submit(
            lambda _control: sessions.start(command, account=account, domain=domain),
            scope=self._scope,
            on_error=self._on_session_failed,
        )

    def _on_session_failed(self, error: BaseException) -> None:
        if not isinstance(error, JitError):
            error = JitError(
                self.tr("The session could not be opened because of a fault in the program."),
                remedy=self.tr("The log file says more."),
            )
        self.session_failed.emit(error)

    def _on_errands_ended(self, errand: Errand) -> None:
        elevation = self.board.elevation(errand.elevation_id) if errand.elevation_id is not None else None
        if elevation is not None and elevation.state is State.OVERDUE:
            # An end that was not confirmed says in words only whether the domain was silent.
            self.watch.look(elevation.provider_id)
        if not self.errands.open:
            self.idle.emit()
