# SPDX-License-Identifier: MIT
"""The one timer of the program: it moves the clocks on screen and has what is due done, on a worker.

There is never a timer per elevation and never a long one: a timer that was armed for two hours would not
survive sleep, a changed clock or an overflow. Every second a comparison in memory decides whether a tick of
the core is wanted; the core and the store are touched only then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from jit_desktop.elevation.errors import JitError, StoreError
from jit_desktop.elevation.identity import ElevationId, ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, StepReport, SweepReport
from jit_desktop.elevation.moments import moments_of
from jit_desktop.elevation.service import TickReport
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.bridge import Control, Scope
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.models.board import Board

_logger = logging.getLogger("jit_desktop.ui")

WORKER: Final = "heartbeat"
"""Ticks and sweeps run here, one after the other and apart from what a person has asked for."""

VIEW_MILLISECONDS: Final = 1000
TICK_SECONDS: Final = 15
WATCHING_SECONDS: Final = 3
"""Between ticks while a grant is replicating or an end is under way: somebody is looking at it."""
SWEEP_SECONDS: Final = 300
LONG_PAUSE_SECONDS: Final = 60
"""Without a view tick for this long the machine slept, or the window was not served."""
CLOCK_JUMP_SECONDS: Final = 5
"""Wall and monotonic clock that disagree by more than this: somebody set the clock, or the machine slept."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one tick brought back from the worker."""

    report: TickReport | None
    providers: tuple[DomainProvider, ...]
    elevations: tuple[Elevation, ...]
    """All open ones, and those that were open before and are not any more."""
    trouble: StoreError | None = None
    """Why nothing can be recorded, or read, although the tick was done."""


class ProgressListener:
    """Hands what the core reports in the worker's thread over to the window's thread."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def on_step(self, report: StepReport) -> None:
        """A step began or has its result."""
        self._control.report(report)

    def on_elevation(self, elevation: Elevation) -> None:
        """An elevation is new or has changed."""
        self._control.report(elevation)


class Heartbeat(QObject):
    """Ticks while the program runs, and keeps the board in step with the store."""

    ticked = Signal()
    """A second has passed: whatever shows time left draws it anew."""
    elevation_changed = Signal(object)
    elevation_ended = Signal(object)
    overdue_found = Signal(object)
    """An :class:`Elevation` each, as the board tells it."""
    tick_failed = Signal(object)
    """A :class:`JitError`: the tick itself could not be done (the store); it is tried again."""
    tick_succeeded = Signal()
    swept = Signal(object)
    """A :class:`SweepReport`."""
    clock_jumped = Signal(float)
    """Seconds by which the wall clock moved more than the monotonic one."""

    def __init__(self, context: UiContext, board: Board, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._board = board
        self._scope = Scope(self)
        self._is_running = False
        self._has_stopped = False
        self._tick_wanted = False
        self._sweeps_wanted: list[ProviderId] = []
        self._ticked_at: float | None = None
        self._compared_at: dict[ProviderId, datetime] = {}
        self._swept_at = context.clock.monotonic()
        self._seen_monotonic = context.clock.monotonic()
        self._seen_wall = context.clock.utc_now()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(VIEW_MILLISECONDS)
        self._timer.timeout.connect(self.beat)
        board.elevation_changed.connect(self.elevation_changed)
        board.elevation_ended.connect(self.elevation_ended)
        board.overdue_found.connect(self.overdue_found)

    # --- from outside ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Read everything, end what is due, sweep, and go on until :meth:`stop`."""
        self._has_stopped = False
        self._timer.start()
        self._sweep_soon()
        self.tick_now()

    def stop(self) -> None:
        """No more ticks; what the worker is doing is finished there."""
        self._has_stopped = True
        self._timer.stop()
        self._tick_wanted = False
        self._sweeps_wanted.clear()

    @property
    def is_working(self) -> bool:
        """Whether a tick or a sweep is under way in the worker."""
        return self._is_running

    def tick_now(self) -> None:
        """Have everything done that is due, as soon as the worker is free."""
        self._tick_wanted = True
        self._begin_next()

    def sweep_now(self, provider_id: ProviderId | None = None) -> None:
        """Sweep one provider, or all of them, as soon as the worker is free."""
        if provider_id is None:
            self._sweep_soon()
        else:
            self._want_sweeps([provider_id])
        self._begin_next()

    @Slot()
    def on_window_activated(self) -> None:
        """Somebody looks again: check the clocks now instead of at the next second."""
        self._notice_pause()

    @Slot()
    def on_system_changed(self) -> None:
        """The computer woke up or its clock was set, as the operating system tells: look and sweep now."""
        self._notice_pause()
        self._sweep_soon()
        self.tick_now()

    # --- every second ----------------------------------------------------------------------------------

    @Slot()
    def beat(self) -> None:
        """One second of the timer: draw, compare, and start the worker where something is wanted."""
        self._notice_pause()
        if self._is_tick_wanted():
            self._tick_wanted = True
        if self._context.clock.monotonic() - self._swept_at >= SWEEP_SECONDS:
            self._sweep_soon()
        self._begin_next()
        self.ticked.emit()

    def _notice_pause(self) -> None:
        monotonic, wall = self._context.clock.monotonic(), self._context.clock.utc_now()
        passed = monotonic - self._seen_monotonic
        jump = (wall - self._seen_wall).total_seconds() - passed
        self._seen_monotonic, self._seen_wall = monotonic, wall
        if abs(jump) > CLOCK_JUMP_SECONDS:
            _logger.info("The clock moved by %.0f s", jump)
            self.clock_jumped.emit(jump)
        elif passed <= LONG_PAUSE_SECONDS:
            return
        self._sweep_soon()
        self.tick_now()

    def _is_tick_wanted(self) -> bool:
        if self._ticked_at is None:
            return True
        passed = self._context.clock.monotonic() - self._ticked_at
        interval = TICK_SECONDS
        for elevation in self._board.elevations:
            now = self._context.service.domain_now(elevation.provider_id)
            before = self._compared_at.get(elevation.provider_id, now)
            # Only a moment that came since the last tick calls for one: what is still due after it is the
            # core's to retry, at the moment that it names.
            if any(before < moment <= now for moment in moments_of(elevation)):
                return True
            if elevation.state in (State.PROPAGATING, State.ENDING):
                interval = WATCHING_SECONDS
        return passed >= interval

    # --- one thing at a time ---------------------------------------------------------------------------

    def _want_sweeps(self, provider_ids: Iterable[ProviderId]) -> None:
        self._sweeps_wanted += [p for p in provider_ids if p not in self._sweeps_wanted]

    def _sweep_soon(self) -> None:
        self._swept_at = self._context.clock.monotonic()
        self._want_sweeps(p.id for p in self._board.providers)

    def _begin_next(self) -> None:
        if self._is_running or self._has_stopped:
            return
        if self._tick_wanted:
            self._begin_tick()
        elif self._sweeps_wanted:
            self._begin_sweep(self._sweeps_wanted.pop(0))

    def _submit(self, work: Callable[[Control], object], on_done: Callable[[object], None]) -> None:
        self._is_running = True
        self._context.workers[WORKER].submit(
            work,
            scope=self._scope,
            on_done=on_done,
            on_error=self._on_worker_failed,
            on_progress=self._on_worker_reported,
        )

    def _begin_tick(self) -> None:
        self._tick_wanted = False
        self._ticked_at = self._context.clock.monotonic()
        service, store = self._context.service, self._context.store
        self._compared_at = {p.id: service.domain_now(p.id) for p in self._board.providers}
        known = self._board.open_ids

        def work(control: Control) -> _Reading:
            report = service.tick(ProgressListener(control))
            elevations = list(store.open_elevations())
            gone: frozenset[ElevationId] = known - {e.id for e in elevations}
            elevations += [store.elevation(elevation_id) for elevation_id in sorted(gone)]
            return _Reading(report, tuple(store.providers()), tuple(elevations), store.trouble())

        self._submit(work, self._on_tick_done)

    def _begin_sweep(self, provider_id: ProviderId) -> None:
        service = self._context.service
        self._submit(
            lambda control: service.sweep(provider_id, ProgressListener(control)), self._on_sweep_done
        )

    # --- answers, in the window's thread ---------------------------------------------------------------

    def _on_tick_done(self, reading: object) -> None:
        assert isinstance(reading, _Reading)
        self._is_running = False
        # Before the domain controller's clock was first read, that of the PC may have been ahead.
        now = self._context.service.domain_now
        self._compared_at = {p: min(at, now(p)) for p, at in self._compared_at.items()}
        is_first = not self._board.providers_are_known
        self._board.set_providers(reading.providers)
        for elevation in reading.elevations:
            self._board.take(elevation)
        if reading.report is not None:
            for provider_id, problem in reading.report.problems.items():
                status = self._board.status(provider_id)
                self._board.set_status(provider_id, replace(status, problem=problem))
        if reading.trouble is None:
            self.tick_succeeded.emit()
        else:
            # What is due is ended all the same; that nothing can be recorded is shown as what it is.
            self.tick_failed.emit(reading.trouble)
        if is_first and self._timer.isActive():
            self._sweep_soon()
        self._begin_next()

    def _on_sweep_done(self, report: object) -> None:
        assert isinstance(report, SweepReport)
        self._is_running = False
        for elevation in (*report.adopted, *report.ended, *report.overdue):
            self._board.take(elevation)
        status = self._board.status(report.provider_id)
        self._board.set_status(report.provider_id, replace(status, last_sweep=report))
        self.swept.emit(report)
        self._begin_next()

    def _on_worker_reported(self, report: object) -> None:
        if isinstance(report, Elevation):
            self._board.take(report)
        elif isinstance(report, StepReport):
            self._board.report_step(report)

    def _on_worker_failed(self, error: BaseException) -> None:
        self._is_running = False
        if not isinstance(error, JitError):
            # The worker has logged it whole; the person still has to know that nothing is being watched.
            error = JitError(
                self.tr("Elevations could not be checked because of a fault in the program."),
                remedy=self.tr("It is tried again in a few seconds; the log file says more."),
            )
        self.tick_failed.emit(error)
        # A tick that failed does not hold up the sweeps, nor they the next tick.
        self._begin_next()
