# SPDX-License-Identifier: MIT
"""The one timer of the program: it moves the clocks on screen and has what is due done, on workers.

There is never a timer per elevation and never a long one. Every second the :class:`Pace` of each provider
says whether a tick or a sweep is wanted; core and store are touched only then, on a worker of that
provider, so that a domain that does not answer delays no other one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from jit_desktop.elevation.errors import JitError, StoreError, StoreLocked
from jit_desktop.elevation.identity import ElevationId, ProviderId
from jit_desktop.elevation.model import Elevation, StepReport, SweepReport
from jit_desktop.elevation.pacing import LOOK_SECONDS, TICK_SECONDS, ClockWatch, Pace, Wanted, was_prevented
from jit_desktop.elevation.service import TickReport
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.bridge import Control, Scope
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.models.board import Board

_LOG = logging.getLogger(__name__)

WORKER: Final = "heartbeat"
"""Ticks and sweeps run on the worker of this name and the provider's id, apart from what a person has asked
for; on the one of this name alone the store is read as long as no provider is known."""

VIEW_MILLISECONDS: Final = round(1000 * LOOK_SECONDS)
SWEEP_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one tick brought back from the worker."""

    report: TickReport | None
    providers: tuple[DomainProvider, ...]
    elevations: tuple[Elevation, ...] | None
    """All open ones with the last look at each, and those that were open before and are not any more.
    ``None`` where the store can't say."""
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
    late_changed = Signal()
    """What :attr:`late` gives is another than a moment ago."""
    clock_jumped = Signal(float)
    """Seconds by which the wall clock moved more than the monotonic one."""

    def __init__(self, context: UiContext, board: Board, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._board = board
        self._scope = Scope(self)
        self._has_stopped = False
        self._is_reading = False
        self._read_at = float("-inf")
        self._paces: dict[ProviderId, Pace] = {}
        self._failing: set[ProviderId] = set()
        self._late: frozenset[ProviderId] = frozenset()
        self._is_unread = False
        """Whether the store could not say last what is open."""
        self._said = ""
        self._watch = ClockWatch(context.clock)
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
        self.tick_now()
        self.sweep_now()

    def stop(self) -> None:
        """No more ticks; what the workers are doing is finished there."""
        self._has_stopped = True
        self._timer.stop()

    @property
    def is_working(self) -> bool:
        """Whether a tick or a sweep is under way in a worker."""
        return self._is_reading or any(pace.is_working for pace in self._paces.values())

    @property
    def late(self) -> frozenset[ProviderId]:
        """The providers whose tick or sweep should have come to its end by now."""
        return self._late

    def tick_now(self) -> None:
        """Have everything done that is due, as soon as the workers are free."""
        self._ask_for(Wanted.TICK)

    def sweep_now(self, provider_id: ProviderId | None = None) -> None:
        """Sweep one provider, or all of them, as soon as their workers are free."""
        self._ask_for(Wanted.SWEEP, provider_id)

    @Slot()
    def on_window_activated(self) -> None:
        """Somebody looks again: check the clocks now instead of at the next second."""
        if self._timer.isActive():
            self._look()

    @Slot()
    def on_system_changed(self) -> None:
        """The computer woke up or its clock was set, as the operating system tells: look and sweep now."""
        self._look()
        self.tick_now()
        self.sweep_now()

    # --- every second ----------------------------------------------------------------------------------

    @Slot()
    def beat(self) -> None:
        """One second of the timer: draw, compare, and start the workers where something is wanted."""
        self._look()
        self.ticked.emit()

    def _look(self) -> None:
        jump = self._watch.jump()
        if jump:
            self.clock_jumped.emit(jump)
        self._begin_what_is_wanted()
        late = frozenset(key for key, pace in self._paces.items() if pace.is_late())
        if late != self._late:
            self._late = late
            self.late_changed.emit()

    def _ask_for(self, wanted: Wanted, provider_id: ProviderId | None = None) -> None:
        self._read_at = float("-inf")
        for key, pace in self._known_paces().items():
            if provider_id in (None, key):
                pace.ask_for(wanted)
        self._begin_what_is_wanted()

    def _known_paces(self) -> dict[ProviderId, Pace]:
        """One for each provider on the board; a new one wants everything at once."""
        service, clock = self._context.service, self._context.clock
        known = [p.id for p in self._board.providers]
        self._failing &= set(known)
        for gone in [key for key, pace in self._paces.items() if key not in known and not pace.is_working]:
            del self._paces[gone]
        for key in known:
            if key not in self._paces:
                now_of = _now_of(service.domain_now, key)
                self._paces[key] = pace = Pace(
                    clock, now_of, sweep_seconds=SWEEP_SECONDS, time_for=self._context.service.time_for
                )
                pace.ask_for(Wanted.TICK)
        return {key: self._paces[key] for key in known}

    # --- one thing at a time for each provider ---------------------------------------------------------

    def _begin_what_is_wanted(self) -> None:
        if self._has_stopped:
            return
        paces = self._known_paces()
        for key, pace in paces.items():
            known = [e for e in self._board.elevations if e.provider_id == key]
            wanted = pace.wanted(None if self._is_unread and not known else known)
            if wanted is Wanted.TICK:
                self._begin(key, wanted, self._tick_work(key), self._on_tick_done)
            elif wanted is Wanted.SWEEP:
                self._begin(key, wanted, self._sweep_work(key), self._on_sweep_done)
        if not paces and not self._is_reading:
            self._begin_reading()

    def _begin(
        self,
        provider_id: ProviderId,
        what: Wanted,
        work: Callable[[Control], object],
        on_done: Callable[[ProviderId, object], None],
    ) -> None:
        self._paces[provider_id].begin(what)
        self._context.workers[f"{WORKER}:{provider_id}"].submit(
            work,
            scope=self._scope,
            on_done=lambda answer: on_done(provider_id, answer),
            on_error=lambda error: self._on_work_failed(provider_id, error),
            on_progress=self._on_worker_reported,
        )

    def _begin_reading(self) -> None:
        """No provider is known (yet): see whether the store has some."""
        now = self._context.clock.monotonic()
        if now - self._read_at < TICK_SECONDS:
            return
        self._is_reading, self._read_at = True, now
        read = self._reader()
        self._context.workers[WORKER].submit(
            lambda control: read(None),
            scope=self._scope,
            on_done=self._on_reading_done,
            on_error=self._on_reading_failed,
        )

    def _tick_work(self, provider_id: ProviderId) -> Callable[[Control], object]:
        service, read = self._context.service, self._reader(provider_id)
        return lambda control: read(service.tick(ProgressListener(control), provider_id))

    def _sweep_work(self, provider_id: ProviderId) -> Callable[[Control], object]:
        service = self._context.service
        return lambda control: service.sweep(provider_id, ProgressListener(control))

    def _reader(self, provider_id: ProviderId | None = None) -> Callable[[TickReport | None], _Reading]:
        """Reads in a worker what the store has of one provider, or of all of them."""
        store, board = self._context.store, self._board
        known = {e.id for e in board.elevations if provider_id in (None, e.provider_id)}

        def read(report: TickReport | None) -> _Reading:
            # Whom to watch is known whatever became of the elevations: a sweep finds them without the store.
            providers = tuple(store.providers())
            try:
                elevations = [e for e in store.open_elevations() if provider_id in (None, e.provider_id)]
                trouble = store.trouble()
                gone: set[ElevationId] = known - {e.id for e in elevations}
                elevations += [store.elevation(elevation_id) for elevation_id in sorted(gone)]
            except StoreError as error:
                return _Reading(report, providers, None, error)
            return _Reading(report, providers, tuple(elevations), trouble)

        return read

    # --- answers, in the window's thread ---------------------------------------------------------------

    def _on_reading_done(self, reading: object) -> None:
        assert isinstance(reading, _Reading)
        self._is_reading = False
        self._take(reading)
        self._tell_trouble(reading)
        self._begin_what_is_wanted()

    def _on_reading_failed(self, error: BaseException) -> None:
        self._is_reading = False
        self._tell_failed(error)

    def _on_tick_done(self, provider_id: ProviderId, reading: object) -> None:
        assert isinstance(reading, _Reading)
        self._paces[provider_id].finish()
        self._take(reading)
        if reading.report is not None and self._board.provider(provider_id) is not None:
            problem = reading.report.problems.get(provider_id)
            if problem is not None:
                status = self._board.status(provider_id)
                self._board.set_status(provider_id, replace(status, problem=problem))
        self._failing.discard(provider_id)
        if not self._failing:
            self._tell_trouble(reading)
        self._begin_what_is_wanted()

    def _on_sweep_done(self, provider_id: ProviderId, report: object) -> None:
        assert isinstance(report, SweepReport)
        self._paces[provider_id].finish(prevented=was_prevented(report))
        for elevation in (*report.adopted, *report.ended, *report.overdue):
            self._board.take(elevation)
        if self._board.provider(provider_id) is not None:
            status = self._board.status(provider_id)
            self._board.set_status(provider_id, replace(status, last_sweep=report))
        self.swept.emit(report)
        self._begin_what_is_wanted()

    def _tell_trouble(self, reading: _Reading) -> None:
        if reading.trouble is None:
            self._said = ""
            self.tick_succeeded.emit()
        else:
            # What is due is ended all the same; that nothing can be recorded is shown as what it is.
            self._tell_failed(reading.trouble)

    def _tell_failed(self, error: BaseException) -> None:
        words = self._in_words(error)
        if words is error and str(words) != self._said:  # a fault of ours was logged whole by the worker
            self._said = str(words)
            # A lock is mostly another copy that is writing.
            level = logging.INFO if isinstance(error, StoreLocked) else logging.ERROR
            _LOG.log(level, "Not all can be read or recorded; what is due is ended all the same: %s", words)
        self.tick_failed.emit(words)

    def _take(self, reading: _Reading) -> None:
        self._board.set_providers(reading.providers)
        self._is_unread = reading.elevations is None
        for elevation in reading.elevations or ():
            self._board.take(elevation)

    def _on_worker_reported(self, report: object) -> None:
        if isinstance(report, Elevation):
            self._board.take(report)
        elif isinstance(report, StepReport):
            self._board.report_step(report)

    def _on_work_failed(self, provider_id: ProviderId, error: BaseException) -> None:
        self._paces[provider_id].finish(prevented=True)
        self._failing.add(provider_id)
        self._tell_failed(error)
        # A tick that failed does not hold up the sweeps, nor they the next tick.
        self._begin_what_is_wanted()

    def _in_words(self, error: BaseException) -> JitError:
        if isinstance(error, JitError):
            return error
        # The worker has logged it whole; the person still has to know that nothing is being watched.
        return JitError(
            self.tr("Elevations could not be checked because of a fault in the program."),
            remedy=self.tr("It is tried again in a few seconds; the log file says more."),
        )


def _now_of(domain_now: Callable[[ProviderId], datetime], key: ProviderId) -> Callable[[], datetime]:
    return lambda: domain_now(key)
