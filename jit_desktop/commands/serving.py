# SPDX-License-Identifier: MIT
"""sweep --every: a service that nothing but a signal ends.

Each provider has a thread and a pace of its own, so that a domain that does not answer delays no other one.
The main thread only counts the seconds: it hears a signal at once, whatever the others are doing.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Any, Final

from jit_desktop.app import Application
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.commands.news import Printer
from jit_desktop.commands.output import Output, sweep_document
from jit_desktop.commands.sweep_words import (
    confirmed_lines,
    ending_lines,
    hanging_lines,
    left_out_lines,
    sweep_lines,
    unconfirmed_lines,
)
from jit_desktop.elevation.errors import JitError, Refused, StoreError, UnknownItem
from jit_desktop.elevation.identity import ElevationId, ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, StepReport, SweepReport, TimeSource
from jit_desktop.elevation.pacing import (
    HANGS_SECONDS,
    LATE_SECONDS,
    LOOK_SECONDS,
    Pace,
    Wanted,
    was_prevented,
)
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.platform.service_manager import tell_service_manager

_LOG = logging.getLogger(__name__)

SETTINGS_SECONDS: Final = 5
"""How often the settings are looked at for providers that came or went."""
GRACE_SECONDS: Final = 0.5
"""What is under way when a signal comes may finish by itself for so long; then it is broken off."""
STOP_SECONDS: Final = 1.5
"""So long is waited for all threads together, the grace included."""
PRINT_SECONDS: Final = 0.3
"""And then so long for the last words."""
CLOSE_SECONDS: Final = 0.1
"""And as long at least for the database, in which nothing waits to be recorded as a rule."""
_NAP_SECONDS: Final = 0.1
"""A signal is heard within that time."""


class _Thread:
    """Looks once whenever it is told to; told again while it looks, it looks again afterwards."""

    def __init__(self, name: str, look: Callable[[], None], monotonic: Callable[[], float]) -> None:
        self._look = look
        self._monotonic = monotonic
        self._looks_since: float | None = None
        self._goes_on_since = monotonic()
        self._changed = threading.Condition()
        self._is_told = self._is_looking = self._has_stopped = False
        # A daemon: what hangs beyond every limit must not keep the program from ending.
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def tell(self) -> None:
        """Have it look."""
        with self._changed:
            self._is_told = True
            self._changed.notify()

    def stop(self) -> None:
        """No further look."""
        with self._changed:
            self._has_stopped = True
            self._changed.notify()

    def join(self, seconds: float) -> None:
        """Wait for the end of its last look, but not longer than that."""
        self._thread.join(max(0.0, seconds))

    @property
    def is_idle(self) -> bool:
        """Whether it has looked as often as it was told to."""
        with self._changed:
            return not self._is_told and not self._is_looking

    def looks_for(self) -> float:
        """Seconds since its present look began; 0 where it does not look. Never blocks."""
        since = self._looks_since
        return 0.0 if since is None else self._monotonic() - since

    def hangs(self) -> bool:
        """Whether the part of its present look that is under way will not come to its end any more. Never
        blocks."""
        return self.looks_for() > 0 and self._monotonic() - self._goes_on_since > HANGS_SECONDS

    def goes_on(self) -> None:
        """A part of its present look has come to its end: what is next has all the time again."""
        self._goes_on_since = self._monotonic()

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._is_looking, self._looks_since = False, None
                while not self._is_told and not self._has_stopped:
                    self._changed.wait()
                if self._has_stopped:
                    return
                self._is_told, self._is_looking = False, True
                self._looks_since = self._goes_on_since = self._monotonic()
            self._look()


class _Watch:
    """One provider: what is open of it, what was said of it, and the thread that works on it."""

    def __init__(self, service: Service, app: Application, provider: DomainProvider, every: float) -> None:
        self._service = service
        self._app = app
        self.id = provider.id
        self.name = provider.name
        self._pace = Pace(
            app.clock,
            lambda: app.service.domain_now(provider.id),
            sweep_seconds=every,
            time_for=app.service.time_for,
        )
        self._open: dict[ElevationId, Elevation] = {}
        self._told: frozenset[ElevationId] = frozenset()
        self._unconfirmed: dict[ElevationId, Elevation] = {}
        """What is over while a domain controller could not be asked about it, as it was known last."""
        self._is_alarm = False
        self._has_suspects = False
        self._said: tuple[object, ...] = ()
        self._said_of_others: tuple[object, ...] = ()
        self.thread = _Thread(
            f"sweep of {provider.name}",
            lambda: service.guarded(provider.id, self._look),
            app.clock.monotonic,
        )

    # Listener: the steps of a service stand in the store; its output tells what came of them

    def on_step(self, report: StepReport) -> None:
        """Not printed."""

    def on_elevation(self, elevation: Elevation) -> None:
        """Remembered for the exit code, in case that this is stopped on the way."""
        known = dict(self._open)
        known.pop(elevation.id, None)
        self._open = {**known, elevation.id: elevation} if elevation.is_open else known

    @property
    def is_alarm(self) -> bool:
        """Whether something of it is overdue, as said last, or past its deadline and not confirmed by now."""
        return self._is_alarm or bool(self.unended())

    def late(self) -> Sequence[Elevation]:
        """What should have ended by the clock, and was not said to be overdue, while its own thread does not
        come back. From any thread."""
        if self.thread.looks_for() < LATE_SECONDS:
            return ()
        is_late = self._app.service.is_lasting_alarm
        return [e for e in self._open.values() if e.id not in self._told and is_late(e)]

    def ending_late(self) -> Sequence[Elevation]:
        """What is past its deadline while its end is not confirmed, and was not said to be overdue. From any
        thread."""
        service = self._app.service
        late = [e for e in self._open.values() if e.state is State.ENDING and service.is_unconfirmed(e)]
        return [e for e in late if e.id not in self._told]

    def unended(self) -> Sequence[Elevation]:
        """What of it is past its deadline, or an alarm, and not confirmed now. From any thread."""
        service = self._app.service
        return [e for e in self._open.values() if service.is_alarm(e) or e.ends_late(service.time_for(e))]

    @property
    def unconfirmed(self) -> Sequence[Elevation]:
        """What is over while a domain controller could not be asked about it, as it was known last."""
        return list(self._unconfirmed.values())

    # --- on its own thread --------------------------------------------------------------------------------

    def _look(self) -> None:
        for _ in (Wanted.TICK, Wanted.SWEEP):
            wanted = self._pace.wanted(self.read())
            if wanted is Wanted.NOTHING or self._service.is_stopping:
                return
            self._do(wanted)
            self.thread.goes_on()

    def read(self) -> Sequence[Elevation] | None:
        """What is open of it; ``None`` where the store can't say."""
        try:
            return self.take(self._app.store.open_elevations())
        except StoreError:
            return None

    def take(self, elevations: Sequence[Elevation]) -> Sequence[Elevation]:
        """What of these, which are all that are open, is of it."""
        read = [e for e in elevations if e.provider_id == self.id]
        self._open = {e.id: e for e in read}
        return read

    def _do(self, wanted: Wanted) -> None:
        self._pace.begin(wanted)
        prevented = True
        try:
            is_whole = wanted is Wanted.SWEEP
            report = self._app.service.sweep(self.id, self) if is_whole else self._tick()
            prevented = was_prevented(report)
        finally:
            self._pace.finish(prevented=prevented)
        self._service.is_well(self.id)
        if not self._service.is_stopping:
            self._tell(report, is_whole=is_whole)

    def _tick(self) -> SweepReport:
        service = self._app.service
        over = {e.id for e in service.not_confirmed(self.id)}
        ticked = service.tick(self, self.id)
        problem = ticked.problems.get(self.id)
        return SweepReport(
            self.id,
            service.domain_now(self.id),
            # What a domain controller that was away has confirmed meanwhile had ended before.
            ended=tuple(e for e in ticked.changed if not e.is_open and e.id not in over),
            overdue=ticked.overdue,
            unconfirmed=service.not_confirmed(self.id),
            problem="" if problem is None else str(problem),
            error=problem,
            clock=service.reach.domain_clock(self.id).source,
            doubt=service.reach.domain_clock(self.id).doubt,
            is_time_lost=service.is_time_lost(self.id),
        )

    # --- news only ----------------------------------------------------------------------------------------

    def _tell(self, report: SweepReport, *, is_whole: bool) -> None:
        has_suspects = any(suspect.is_alarm for suspect in report.suspects)
        if is_whole and (has_suspects or not report.problem):
            self._has_suspects = has_suspects  # a sweep with a problem may have missed some
        self._is_alarm = report.is_alarm or self._has_suspects
        told = frozenset(e.id for e in report.overdue)
        # What could not be looked at is not taken back by being left out.
        self._told = told | self._told if report.problem else told
        confirmed = self._take_unconfirmed(report.unconfirmed)
        standing: tuple[object, ...] = ()
        if report.problem or report.overdue or report.unconfirmed:
            unasked = sorted((e.id, *e.unconfirmed_on) for e in report.unconfirmed)
            standing = (bool(report.problem), *sorted(e.id for e in report.overdue), *unasked)
        has_news = bool(report.ended or report.adopted or report.unrecorded) or self._said != standing
        self._said = standing
        others = (
            *sorted(group.name for group in report.foreign),
            *sorted((group.name, group.reason, group.is_alarm) for group in report.suspects),
        )
        if is_whole and self._said_of_others != others:
            self._said_of_others = others
            has_news = True
        if has_news:
            text = "; ".join([*sweep_lines(report, self.name), *confirmed_lines(confirmed)])
            document = {**sweep_document(report, self.name), "confirmed": [e.id for e in confirmed]}
            self._service.say(report.at, text, document)

    def _take_unconfirmed(self, unconfirmed: Sequence[Elevation]) -> Sequence[Elevation]:
        """Those that were unconfirmed before and that every domain controller has confirmed since."""
        before, self._unconfirmed = self._unconfirmed, {e.id: e for e in unconfirmed}
        confirmed = []
        for key in before.keys() - self._unconfirmed.keys():
            try:
                now = self._app.store.elevation(key)
            except (StoreError, UnknownItem):
                continue  # that it can't be read confirms nothing
            if not now.is_open and not now.unconfirmed_on:
                confirmed.append(now)
        return confirmed


class Service:
    """Sweeps every so often, and in between ends what is due the second it is."""

    def __init__(
        self,
        app: Application,
        providers: Callable[[], Sequence[DomainProvider]],
        every: float,
        output: Output,
    ) -> None:
        """``providers`` reads those to be watched, ``every`` are the seconds between two sweeps."""
        self._app = app
        self._read_providers = providers
        self._every = every
        self._output = output
        self._signal = 0
        self._lock = threading.Lock()
        self._watches: dict[ProviderId, _Watch] = {}
        self._said: dict[str, tuple[object, ...]] = {}
        self._read_at = float("-inf")
        self._left_out: Sequence[Elevation] = ()
        self._printer = Printer()
        self._keeper = _Thread("settings", lambda: self.guarded("", self._keep), app.clock.monotonic)
        self._teller = _Thread("late", lambda: self.guarded("late", self._tell_late), app.clock.monotonic)

    @property
    def is_stopping(self) -> bool:
        """Whether a signal came."""
        return bool(self._signal)

    @property
    def is_idle(self) -> bool:
        """Whether every thread waits for the next second."""
        return all(thread.is_idle for thread in self._threads()) and self._printer.is_idle

    def stop(self) -> None:
        """As if SIGTERM had come; from any thread."""
        self._signal = signal.SIGTERM

    def run(self) -> ExitCode:
        """Until a signal: 130 for an interrupt, else 0, 7 while something is overdue or its end past its
        deadline is not confirmed, or 6 where it could not be read at the end what is open."""
        with self._signals():
            tell_service_manager("READY=1")
            while not self._signal:
                self._keeper.tell()
                for watch in self._watched():
                    watch.thread.tell()
                self._teller.tell()
                if not any(thread.hangs() for thread in self._threads()):
                    tell_service_manager("WATCHDOG=1")
                self._pause()
            tell_service_manager("STOPPING=1")
            end = time.monotonic() + STOP_SECONDS + PRINT_SECONDS
            self._stop()
            is_read = self._read_last(end)
            is_alarm = bool(self._left_out) or any(watch.is_alarm for watch in self._watched())
            self._say_what_is_left()
            # What is not known is no success.
            code = ExitCode.NOT_ENDED if is_alarm else ExitCode.DONE if is_read else ExitCode.LOCAL
            if self._signal == signal.SIGINT:
                code = ExitCode.INTERRUPTED
            if not self._app.close_within(max(CLOSE_SECONDS, end - time.monotonic())):
                text = "not all is recorded: the database is locked, or its disk does not answer"
                self.say(self._app.clock.utc_now(), text, {"problem": text})
            if not self._printer.stop(PRINT_SECONDS):
                # Nobody reads the output. The interpreter would wait for that, or abort.
                _LOG.info("Leaving although the output is not taken")
                logging.shutdown()
                os._exit(code)
        return code

    def _threads(self) -> Sequence[_Thread]:
        return [self._keeper, self._teller, *(w.thread for w in self._watched())]

    def _pause(self) -> None:
        # No event: a handler that sets one while this thread holds its lock would wait for ever.
        end = time.monotonic() + LOOK_SECONDS
        while not self._signal and time.monotonic() < end:
            time.sleep(_NAP_SECONDS)

    def _stop(self) -> None:
        threads = self._threads()
        for thread in threads:
            thread.stop()
        begun = time.monotonic()
        for seconds, then in ((GRACE_SECONDS, self._app.service.reach.cancel_all), (STOP_SECONDS, None)):
            for thread in threads:
                thread.join(begun + seconds - time.monotonic())
            if then is not None:
                then()

    def _read_last(self, end: float) -> bool:
        """Others may have ended what was open when each thread looked last. Whether the store said what is
        open now; it is not waited for after ``end`` (``time.monotonic()``)."""
        is_read = threading.Event()

        def read() -> None:
            found = self._app.store.open_elevations()
            for watch in self._watched():
                watch.take(found)
            self._look_at_others()
            is_read.set()

        try:
            thread = threading.Thread(
                target=lambda: self.guarded("last look", read), name="last look", daemon=True
            )
            thread.start()
        except RuntimeError:
            _LOG.exception("There is no thread for the last look")
            return False
        thread.join(max(0.0, end - time.monotonic()))
        return is_read.is_set()

    def _say_what_is_left(self) -> None:
        """What this program leaves behind as it ends: nothing of it looks at that any more."""
        for watch in self._watched():
            unended, unconfirmed = watch.unended(), watch.unconfirmed
            lines = [*ending_lines(unended), *unconfirmed_lines(unconfirmed)]
            if lines:
                now = self._app.clock.utc_now()
                document = {
                    "at": now.isoformat(timespec="seconds"),
                    "clock": TimeSource.COMPUTER.value,
                    "provider": watch.name,
                    "left": [e.id for e in unended],
                    "left_unconfirmed": [e.id for e in unconfirmed],
                }
                text = "; ".join(["this service stops; the next sweep goes on", *lines])
                self.say(now, f"{watch.name}: {text}", document)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def stop(number: int, _frame: FrameType | None) -> None:
            self._signal = number

        if threading.current_thread() is not threading.main_thread():
            yield  # signals come to the main thread only
            return
        names = ("SIGINT", "SIGTERM", "SIGBREAK")  # the last one is Windows', for a console that closes
        wanted = [getattr(signal, name) for name in names if hasattr(signal, name)]
        before = {number: signal.signal(number, stop) for number in wanted}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    # --- which providers ----------------------------------------------------------------------------------

    def _watched(self) -> Sequence[_Watch]:
        with self._lock:
            return list(self._watches.values())

    def _keep(self) -> None:
        """Notice providers that came or went; what can't be read leaves those that are known as they are."""
        now = self._app.clock.monotonic()
        if now - self._read_at < SETTINGS_SECONDS:
            return
        self._read_at = now
        try:
            self._watch_those_that_are_there()
        finally:
            self._look_at_others()
        self._app.keep_unrecorded()
        trouble = self._app.store.trouble()
        if trouble is None:
            self._say_standing("", "swept again", (), {"code": "", "problem": ""})
        else:
            document = {"code": trouble.code, "problem": str(trouble)}
            self._say_standing("", f"not recorded: {trouble}", (trouble.code, str(trouble)), document)

    def _watch_those_that_are_there(self) -> None:
        try:
            providers = {p.id: p for p in self._read_providers()}
        except Refused:
            # One that is gone has nothing open; one that was only renamed, or has got company, goes on.
            there = {p.id: p for p in self._app.store.providers()}
            with self._lock:
                watched = list(self._watches)
            self._watch_only({key: there[key] for key in watched if key in there})
            raise
        self._watch_only(providers)

    def _look_at_others(self) -> None:
        """What should have ended of a provider that nobody watches here is an alarm all the same."""
        try:
            self._app.store.open_elevations()
        except StoreError:
            return  # what can't be read takes nothing back
        with self._lock:
            watched = set(self._watches)
        self._left_out = left = self._app.service.left_out(watched)
        ids = sorted(e.id for e in left)
        text = "; ".join(left_out_lines(left)) or "nothing is left out any more"
        self._say_standing("left out", text, tuple(ids), {"left_out": ids})

    def _tell_late(self) -> None:
        """Say what is past its deadline while the thread of its provider does not come back, whatever that
        waits for."""
        for watch in self._watched():
            late = watch.late()
            ids = sorted(e.id for e in late)
            text = f"{watch.name}: " + ("; ".join(hanging_lines(late)) or "its sweep goes on")
            document = {"provider": watch.name, "late": ids, "problem": text if late else ""}
            self._say_standing(f"late {watch.id}", text, tuple(ids), document)
            self._tell_ending(watch)

    def _tell_ending(self, watch: _Watch) -> None:
        """Say whose end is under way past its deadline; that it is over, or overdue, is news of its own."""
        ending = watch.ending_late()
        key = f"ending {watch.id}"
        if not ending:
            self.is_well(key)
            return
        text = "; ".join([f"{watch.name}: {len(ending)} ending", *ending_lines(ending)])
        document = {"provider": watch.name, "ending_late": sorted(e.id for e in ending)}
        self._say_standing(key, text, tuple(sorted((e.id, e.failure) for e in ending)), document)

    def _watch_only(self, providers: dict[ProviderId, DomainProvider]) -> None:
        refused: RuntimeError | None = None
        with self._lock:
            gone = [self._watches.pop(key) for key in list(self._watches) if key not in providers]
            for key, provider in providers.items():
                if key in self._watches:
                    self._watches[key].name = provider.name
                elif not self._signal:
                    try:
                        self._watches[key] = watch = _Watch(self, self._app, provider, self._every)
                    except RuntimeError as error:  # no thread to be had, which may be otherwise for the next
                        refused = error
                    else:
                        watch.thread.tell()
        for watch in gone:
            watch.thread.stop()
        if refused is not None:
            raise refused

    # --- what the threads say -----------------------------------------------------------------------------

    def guarded(self, key: str, what: Callable[[], None]) -> None:
        """Do it; what goes wrong is said once, and tried again at the next second."""
        try:
            what()
        except JitError as error:
            if not self._signal:
                self._problem(key, error.code, str(error))
        except Exception:  # noqa: BLE001 - logged whole; the next look may do what this one could not
            _LOG.exception("A fault of the program in the sweep; it goes on")
            self._problem(key, "fault", "A fault of the program; the log has the details.")

    def is_well(self, key: str) -> None:
        """Work that :meth:`guarded` guards was done: the next problem is news again."""
        self._said.pop(key, None)

    def _problem(self, key: str, code: str, text: str) -> None:
        self._say_standing(key, f"not swept: {text}", (code, text), {"code": code, "problem": text})

    def _say_standing(
        self, key: str, text: str, standing: tuple[object, ...], document: dict[str, Any]
    ) -> None:
        if self._said.get(key, ()) != standing:
            self._said[key] = standing
            now = self._app.clock.utc_now()
            # Said first: nobody can tell what a log waits for.
            self.say(
                now,
                text,
                {**document, "at": now.isoformat(timespec="seconds"), "clock": TimeSource.COMPUTER.value},
            )
            _LOG.info("%s", text)

    def say(self, at: datetime, text: str, document: Any) -> None:
        """Print news, one line each; from any thread and without waiting for it."""
        line = f"{at:%Y-%m-%d %H:%M:%S} UTC {' '.join(text.split())}"
        self._printer.put(lambda: self._output.event(document, line))
