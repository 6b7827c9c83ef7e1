# SPDX-License-Identifier: MIT
"""What a person asks for - check out, check in, extend - carried out on a worker and outliving the window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from jit_desktop.elevation.errors import Cancelled, JitError
from jit_desktop.elevation.identity import ElevationId, ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import CheckoutRequest, Elevation, StepReport
from jit_desktop.elevation.ports import CancelToken, Listener
from jit_desktop.ui.bridge import Control, Scope, Ticket
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.heartbeat import ProgressListener
from jit_desktop.ui.models.board import Board


class Kind(StrEnum):
    """What was asked for."""

    CHECK_OUT = "check-out"
    CHECK_IN = "check-in"
    EXTEND = "extend"


def _worker_of(kind: Kind) -> str:
    """To take a right back waits for nothing that gives one: a checkout waits for slow domain controllers."""
    return "taking-back" if kind is Kind.CHECK_IN else "directory"


class Errand(QObject):
    """One thing that was asked for; exactly one of ``finished`` and ``failed`` comes, once."""

    step_reported = Signal(object)
    """A :class:`StepReport` of this errand."""
    elevation_changed = Signal(object)
    """The :class:`Elevation` that this errand is about."""
    finished = Signal(object)
    """The :class:`Elevation` as it stands now."""
    failed = Signal(object)
    """A :class:`JitError`; :class:`Cancelled` where the person stopped it."""

    def __init__(self, kind: Kind, elevation_id: ElevationId | None, parent: QObject) -> None:
        super().__init__(parent)
        self.kind = kind
        self.elevation_id = elevation_id
        """``None`` until a checkout has its elevation."""
        self.ticket: Ticket | None = None

    @property
    def is_open(self) -> bool:
        """Whether its result is still to come."""
        return self.ticket is not None and self.ticket.is_open

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody asked it to stop and it has not stopped yet."""
        return self.ticket is not None and self.ticket.cancel_requested

    def cancel(self) -> None:
        """Ask it to stop at the next safe place; what was granted by then is taken back."""
        if self.ticket is not None:
            self.ticket.cancel()


class Errands(QObject):
    """Sends errands off and tells the board what comes of them."""

    began = Signal(object)
    """An :class:`Errand` was sent off."""
    ended = Signal(object)
    """An :class:`Errand` has its result."""

    def __init__(self, context: UiContext, board: Board, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._board = board
        self._open: list[Errand] = []

    @property
    def open(self) -> tuple[Errand, ...]:
        """Those whose result is still to come."""
        return tuple(self._open)

    def is_busy_with(self, elevation_id: ElevationId) -> bool:
        """Whether something is being done about an elevation right now."""
        return any(errand.elevation_id == elevation_id for errand in self._open)

    def check_out(self, request: CheckoutRequest) -> Errand:
        """Ask for a checkout."""
        token = CancelToken()
        service = self._context.service
        return self._send(
            Errand(Kind.CHECK_OUT, None, self),
            request.provider_id,
            lambda listener: service.check_out(request, listener, token),
            cancel_hook=token.cancel,
        )

    def check_in(self, elevation: Elevation) -> Errand:
        """End an elevation before its time."""
        service = self._context.service
        return self._send(
            Errand(Kind.CHECK_IN, elevation.id, self),
            elevation.provider_id,
            lambda listener: service.check_in(elevation.id, listener),
        )

    def extend(self, elevation: Elevation, extra_seconds: int, until: datetime | None = None) -> Errand:
        """Let an elevation last ``extra_seconds`` longer, and not past ``until`` (UTC)."""
        service = self._context.service
        return self._send(
            Errand(Kind.EXTEND, elevation.id, self),
            elevation.provider_id,
            lambda listener: service.extend(elevation.id, extra_seconds, listener, until=until),
        )

    def _send(
        self,
        errand: Errand,
        provider_id: ProviderId,
        ask: Callable[[Listener], Elevation],
        cancel_hook: Callable[[], None] | None = None,
    ) -> Errand:
        def work(control: Control) -> Elevation:
            return ask(ProgressListener(control))

        def on_progress(report: object) -> None:
            self._on_worker_reported(errand, report)

        def on_done(elevation: Elevation) -> None:
            self._board.take(elevation)
            self._tell_of_domain(provider_id, elevation)
            self._close(errand)
            errand.finished.emit(elevation)

        def on_error(error: BaseException) -> None:
            self._board.domain_refused(provider_id, error)
            self._close(errand)
            errand.failed.emit(self._in_words(error))

        self._open.append(errand)
        errand.ticket = self._context.workers[f"{_worker_of(errand.kind)}:{provider_id}"].submit(
            work,
            scope=Scope(errand),
            on_done=on_done,
            on_error=on_error,
            on_progress=on_progress,
            on_cancelled=lambda: on_error(Cancelled()),
            cancel_hook=cancel_hook,
        )
        self.began.emit(errand)
        return errand

    def _tell_of_domain(self, provider_id: ProviderId, elevation: Elevation) -> None:
        # An end that could not be confirmed is no failure of the errand, and no word of the domain either.
        if elevation.state is not State.OVERDUE:
            self._board.domain_answered(provider_id)

    def _on_worker_reported(self, errand: Errand, report: object) -> None:
        if isinstance(report, Elevation):
            errand.elevation_id = report.id
            self._board.take(report)
            errand.elevation_changed.emit(report)
        elif isinstance(report, StepReport):
            self._board.report_step(report)
            errand.step_reported.emit(report)

    def _close(self, errand: Errand) -> None:
        self._open.remove(errand)
        self.ended.emit(errand)
        errand.deleteLater()

    def _in_words(self, error: BaseException) -> JitError:
        if isinstance(error, JitError):
            return error
        return JitError(
            self.tr("A fault in the program stopped it."),
            remedy=self.tr("The log file says more; a sweep takes back whatever was left."),
        )
