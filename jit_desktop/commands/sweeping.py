# SPDX-License-Identifier: MIT
"""sweep: once, or again and again as a service that nothing but a signal ends."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Any, Final

from jit_desktop.app import Application
from jit_desktop.commands.choosing import choose_provider
from jit_desktop.commands.exit_codes import ExitCode, sweep_exit_code
from jit_desktop.commands.output import Output, sweep_document
from jit_desktop.commands.passwords import use_password
from jit_desktop.commands.wording import counted
from jit_desktop.elevation.errors import JitError, Refused, StoreError
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, StepReport, SweepReport
from jit_desktop.elevation.moments import moments_of
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.platform.service_manager import tell_service_manager

_LOG = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
"""Never sleeps longer: a long sleep would not notice that the computer was suspended meanwhile."""
TICK_SECONDS: Final = 15
WATCHING_SECONDS: Final = 3
"""Between ticks while a grant is replicating or an end is under way."""
PAUSE_SECONDS: Final = 5
"""A pause that took longer, or a clock that moved by more: the computer slept, or the clock was set."""
RETRY_SECONDS: Final = 5
"""Until a sweep is tried again that the store, or a fault of ours, did not let happen."""


def sweep(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Sweep one provider, or all of them; with ``--every`` until a signal comes."""
    if args.password_stdin:
        use_password(app, choose_provider(app.store, args.provider), args)
    if args.every is not None:
        return _Service(app, args, output).run()
    documents, lines, reports = [], [], []
    for provider in _providers(app, args):
        report = app.service.sweep(provider.id, output)
        reports.append(report)
        documents.append(sweep_document(report, provider.name))
        lines += _lines(report, provider.name)
    if any(report.unrecorded for report in reports):
        output.note("What was done could not be recorded; the next sweep finds it done.")
    output.result({"sweeps": documents}, lines)
    return sweep_exit_code(reports)


def _providers(app: Application, args: Namespace) -> Sequence[DomainProvider]:
    if args.provider or args.password_stdin:
        return [choose_provider(app.store, args.provider)]
    providers = app.store.providers()
    if not providers:
        # Of a sweep on a wrong folder, or as somebody else, this is the only sign.
        raise Refused(
            f"No provider is set up in {app.data_dir}, so this sweep watches nothing.",
            subject=str(app.data_dir),
            remedy="Import a settings file there, or name the right folder with --data-dir.",
        )
    return providers


def _lines(report: SweepReport, name: str) -> list[str]:
    counts = (
        f"{name}: {len(report.ended)} ended, {len(report.ending)} ending, "
        f"{len(report.overdue)} overdue, "
        f"{len(report.adopted)} found in the directory, {counted(len(report.foreign), 'group')} left alone"
    )
    lines = [counts]
    lines += [f"  left alone: {g.name}: {g.reason}" for g in report.foreign]
    lines += [f"  OVERDUE: {e.account.name}: {e.failure or report.problem}" for e in report.overdue]
    return lines + ([f"  not swept: {report.problem}"] if report.problem else [])


class _Quiet:
    """The steps of a service stand in the store; its output tells what came of them."""

    def on_step(self, report: StepReport) -> None:
        """Not printed."""

    def on_elevation(self, elevation: Elevation) -> None:
        """Not printed."""


class _Service:
    """Sweeps every so often, and in between ends what is due the second it is."""

    def __init__(self, app: Application, args: Namespace, output: Output) -> None:
        self._app = app
        self._args = args
        self._output = output
        self._listener = _Quiet()
        self._signal = 0
        self._told: dict[str, tuple[object, ...]] = {}
        self._names: dict[ProviderId, str] = {}
        self._alarms: set[ProviderId] = set()
        self._swept_at = self._ticked_at = float("-inf")
        self._compared_at: dict[ProviderId, datetime] = {}

    def run(self) -> ExitCode:
        """Until a signal: 130 for an interrupt, else 0, or 7 while something is overdue."""
        clock = self._app.clock
        with self._signals():
            tell_service_manager("READY=1")
            while not self._signal:
                self._guarded(self._look)
                tell_service_manager("WATCHDOG=1")
                monotonic, wall = clock.monotonic(), clock.utc_now()
                if not self._signal:
                    clock.sleep(LOOK_SECONDS)
                passed = clock.monotonic() - monotonic
                jump = (clock.utc_now() - wall).total_seconds() - passed
                if passed > PAUSE_SECONDS or abs(jump) > PAUSE_SECONDS:
                    _LOG.info("The computer slept, or its clock was set: sweeping now")
                    self._swept_at = float("-inf")
            tell_service_manager("STOPPING=1")
        if self._signal == signal.SIGINT:
            return ExitCode.INTERRUPTED
        return ExitCode.NOT_ENDED if self._alarms else ExitCode.DONE

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

    def _guarded(self, what: Any) -> None:
        try:
            what()
        except JitError as error:
            _LOG.info("The sweep could not be done and is tried again: %s", error)
            self._problem(error.code, str(error))
        except Exception:  # noqa: BLE001 - logged whole; the next look may do what this one could not
            _LOG.exception("A fault of the program in the sweep; it goes on")
            self._problem("fault", "A fault of the program; the log has the details.")

    def _problem(self, code: str, text: str) -> None:
        self._say("", f"not swept: {text}", (code, text), {"code": code, "problem": text})

    # --- one look a second --------------------------------------------------------------------------------

    def _look(self) -> None:
        monotonic = self._app.clock.monotonic()
        if monotonic - self._swept_at >= self._args.every:
            self._swept_at = monotonic - max(0, self._args.every - RETRY_SECONDS)
            self._sweep_all()
            self._swept_at = monotonic
            trouble = self._app.store.trouble()
            if trouble is None:
                self._say("", "swept again", (), {"code": "", "problem": ""})
            else:
                document = {"code": trouble.code, "problem": str(trouble)}
                self._say("", f"not recorded: {trouble}", (trouble.code, str(trouble)), document)
        elif self._is_tick_wanted(monotonic):
            self._tick()

    def _sweep_all(self) -> None:
        try:
            providers = _providers(self._app, self._args)
        except StoreError:
            self._tick()  # what this run knows of is ended without the store
            raise
        except Refused:
            self._names, self._alarms = {}, set()  # a provider that is gone has nothing open
            raise
        self._names = {p.id: p.name for p in providers}
        self._alarms &= set(self._names)
        service, failed = self._app.service, None
        for provider in providers:
            if self._signal:
                return
            before = service.domain_now(provider.id)
            try:
                self._tell(service.sweep(provider.id, self._listener))
            except JitError as error:
                failed = error  # keeps no other provider back
            # Before the domain controller's clock was first read, that of the PC may have been ahead.
            self._compared_at[provider.id] = min(before, service.domain_now(provider.id))
        if failed is not None:
            raise failed

    def _is_tick_wanted(self, monotonic: float) -> bool:
        interval = TICK_SECONDS
        try:
            elevations = self._app.store.open_elevations()
        except StoreError:
            return monotonic - self._ticked_at >= WATCHING_SECONDS
        for elevation in elevations:
            now = self._app.service.domain_now(elevation.provider_id)
            before = self._compared_at.setdefault(elevation.provider_id, now)
            # What stays due after a tick is the core's to retry, at the moment that it names.
            if any(before < moment <= now for moment in moments_of(elevation)):
                return True
            if elevation.state in (State.PROPAGATING, State.ENDING):
                interval = WATCHING_SECONDS
        return monotonic - self._ticked_at >= interval

    def _tick(self) -> None:
        service = self._app.service
        self._ticked_at = self._app.clock.monotonic()
        before = {p: service.domain_now(p) for p in {*self._names, *self._compared_at}}
        report = service.tick(self._listener)
        self._compared_at = {p: min(at, service.domain_now(p)) for p, at in before.items()}
        for provider_id in {e.provider_id for e in report.changed} | set(report.problems):
            self._tell(
                SweepReport(
                    provider_id,
                    service.domain_now(provider_id),
                    ended=tuple(e for e in report.changed if e.provider_id == provider_id and not e.is_open),
                    overdue=tuple(e for e in report.overdue if e.provider_id == provider_id),
                    problem=str(report.problems.get(provider_id, "")),
                ),
                is_whole=False,
            )

    # --- news only ----------------------------------------------------------------------------------------

    def _tell(self, report: SweepReport, *, is_whole: bool = True) -> None:
        name = self._names.get(report.provider_id, report.provider_id)
        (self._alarms.add if report.overdue else self._alarms.discard)(report.provider_id)
        standing: tuple[object, ...] = ()
        if report.problem or report.overdue:
            standing = (bool(report.problem), *sorted(e.id for e in report.overdue))
        has_news = bool(report.ended or report.adopted) or self._told.get(report.provider_id, ()) != standing
        self._told[report.provider_id] = standing
        foreign = tuple(sorted(g.name for g in report.foreign))
        if is_whole and self._told.get(f"foreign {report.provider_id}", ()) != foreign:
            self._told[f"foreign {report.provider_id}"] = foreign
            has_news = True
        if has_news:
            self._print(report.at, "; ".join(_lines(report, name)), sweep_document(report, name))

    def _say(self, key: str, text: str, standing: tuple[object, ...], document: dict[str, Any]) -> None:
        if self._told.get(key, ()) != standing:
            self._told[key] = standing
            now = self._app.clock.utc_now()
            self._print(now, text, {**document, "at": now.isoformat(timespec="seconds")})

    def _print(self, at: datetime, text: str, document: Any) -> None:
        self._output.event(document, f"{at:%Y-%m-%d %H:%M:%S} UTC {' '.join(text.split())}")
