# SPDX-License-Identifier: MIT
"""sweep: all providers at the same time, once; or again and again as a service."""

from __future__ import annotations

import logging
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from jit_desktop.app import Application
from jit_desktop.commands.choosing import choose_provider
from jit_desktop.commands.exit_codes import ExitCode, sweep_exit_code
from jit_desktop.commands.leaving import FAULT, carry_out
from jit_desktop.commands.news import Printer
from jit_desktop.commands.output import Output, sweep_document
from jit_desktop.commands.passwords import use_password
from jit_desktop.commands.serving import Service
from jit_desktop.commands.sweep_words import left_out_lines, sweep_lines
from jit_desktop.commands.wording import listed
from jit_desktop.elevation.errors import DirectoryUnavailable, JitError, Refused
from jit_desktop.elevation.model import Elevation, StepReport, SweepReport
from jit_desktop.elevation.reaching import PASS_SECONDS
from jit_desktop.elevation.settings import DomainProvider

_LOG = logging.getLogger(__name__)

BUDGET_SECONDS: Final = 300
"""So long a sweep waits for its slowest provider; then it says how far the others are, and leaves."""
STOP_SECONDS: Final = 2
"""So long it waits for one that was told to stop."""
_TICK_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.5
"""A wait that is longer does not hear Ctrl+C on Windows."""


def sweep(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Sweep one provider, or all of them; with ``--every`` until a signal comes.

    Whatever keeps it from sweeping, what should have ended is said and is the exit code.
    """
    return carry_out(
        lambda: _swept(app, args, output),
        output,
        alarms=app.service.alarms,
        in_words=lambda left: ({"sweeps": [], "left_out": [e.id for e in left]}, left_out_lines(left)),
    )


def _swept(app: Application, args: Namespace, output: Output) -> ExitCode:
    if args.password_stdin:
        _take_password(app, args, output)
    if args.every is not None:
        return Service(app, lambda: _providers(app, args), args.every, output).run()
    providers = _providers(app, args)
    reports = _all_at_once(app, providers, output)
    left = app.service.left_out({provider.id for provider in providers})
    documents = [sweep_document(r, p.name) for r, p in zip(reports, providers, strict=True)]
    lines = [line for r, p in zip(reports, providers, strict=True) for line in sweep_lines(r, p.name)]
    if any(report.unrecorded for report in reports):
        output.note("What was done could not be recorded; the next sweep finds it done.")
    lines += left_out_lines(left)
    output.result({"sweeps": documents, "left_out": [e.id for e in left]}, lines)
    return ExitCode.NOT_ENDED if left else sweep_exit_code(reports)


def _take_password(app: Application, args: Namespace, output: Output) -> None:
    """Use the password from standard input for the provider that it is of, and for no other; say of which it
    is not."""
    owner = _owner_of_password(app, args)
    if owner is not None:
        use_password(app, owner, args)
    others = [p for p in _providers(app, args) if owner is None or p.id != owner.id]
    if not others:
        return
    names = listed(p.name for p in others)
    whose = f"is that of {owner.name}" if owner is not None else "may be that of any of them, and is not used"
    remedy = "; ".join(f"{p.name}: jit-desktop sweep --provider {p.id} --password-stdin" for p in others)
    output.note(
        f"! Of {names} only a copy of the settings is left. The password from standard input {whose}; what "
        f"needs another one is not swept.\n  To sweep it by itself: {remedy}"
    )


def _owner_of_password(app: Application, args: Namespace) -> DomainProvider | None:
    """The provider that the password is of; ``None`` where all are lost, and nobody knows which was meant."""
    providers = app.store.providers()
    missing = app.store.missing_providers()
    if not args.provider and len(providers) > 1 and all(p.id in missing for p in providers):
        return None
    return choose_provider(app.store, args.provider)


def _providers(app: Application, args: Namespace) -> Sequence[DomainProvider]:
    if args.provider:
        return [choose_provider(app.store, args.provider)]
    providers = app.store.providers()
    if args.password_stdin:
        owner = _owner_of_password(app, args)
        # What only a copy knows keeps nobody from sweeping, and is no less lent for that.
        missing = app.store.missing_providers()
        return [p for p in providers if owner is None or p.id == owner.id or p.id in missing]
    if not providers:
        # Of a sweep on a wrong folder, or as somebody else, this is the only sign.
        raise Refused(
            f"No provider is set up in {app.data_dir}, so this sweep watches nothing.",
            subject=str(app.data_dir),
            remedy="Import a settings file there, or name the right folder with --data-dir.",
        )
    return providers


class _Sweep:
    """The sweep of one provider, on a thread of its own: no provider waits for another one. Until all are
    over it goes on ending what becomes due meanwhile: the next sweep begins when this one has left."""

    def __init__(
        self,
        app: Application,
        provider: DomainProvider,
        say: Callable[[StepReport], None],
        all_over: threading.Event,
    ) -> None:
        self._app = app
        self._provider = provider
        self._say = say
        self._report: SweepReport | None = None
        self._ended: list[Elevation] = []
        self._is_over = threading.Event()
        self._all_over = all_over
        # A daemon: a domain that never answers must not keep the program from leaving.
        self._thread = threading.Thread(target=self._run, name=f"sweep of {provider.name}", daemon=True)
        self._thread.start()

    def on_step(self, report: StepReport) -> None:
        """Printed as it happens."""
        self._say(report)

    def on_elevation(self, elevation: Elevation) -> None:
        """States are printed with the result."""

    @property
    def is_over(self) -> bool:
        """Whether it was swept; what becomes due is ended from then on until it leaves."""
        return self._is_over.is_set()

    def is_over_by(self, end: float) -> bool:
        """Wait until ``end`` (``time.monotonic()``) at most."""
        while not self._is_over.is_set() and time.monotonic() < end:
            self._is_over.wait(max(0.0, min(_LOOK_SECONDS, end - time.monotonic())))
        return self.is_over

    def has_left_by(self, end: float) -> bool:
        """Wait until its thread has left, until ``end`` at most."""
        while self._thread.is_alive() and time.monotonic() < end:
            self._thread.join(max(0.0, min(_LOOK_SECONDS, end - time.monotonic())))
        return not self._thread.is_alive()

    def report(self) -> SweepReport:
        """What it found, or that it took too long and what is overdue by that."""
        if self._report is not None:
            # As it is now: some may have become due, or have ended, since it was swept. What became due a
            # moment ago is for the next one, and no alarm.
            service = self._app.service
            here = (e for e in service.alarms() if e.provider_id == self._provider.id)
            known = {e.id: e for e in (*self._report.overdue, *filter(service.is_lasting_alarm, here))}
            ended = {e.id: e for e in (*self._report.ended, *self._ended)}
            left = tuple(e for key, e in known.items() if key not in ended)
            return replace(self._report, ended=tuple(ended.values()), overdue=left)
        text = f"It took longer than {BUDGET_SECONDS} seconds and was not waited for."
        return self._failed(DirectoryUnavailable(text, subject=self._provider.name))

    def _run(self) -> None:
        try:
            self._report = self._app.service.sweep(self._provider.id, self)
        except JitError as error:
            _LOG.info("%s could not be swept: %s", self._provider.name, error)
            self._report = self._failed(error)
        except Exception:  # noqa: BLE001 - logged whole, and said in the report
            _LOG.exception("A fault of the program in the sweep of %s", self._provider.name)
            self._report = self._failed(None)
        finally:
            self._is_over.set()
        while not self._all_over.wait(_TICK_SECONDS):
            report = self._app.service.tick(self, self._provider.id)
            self._ended += [e for e in report.changed if not e.is_open]

    def _failed(self, error: JitError | None) -> SweepReport:
        service = self._app.service
        return SweepReport(
            self._provider.id,
            service.domain_now(self._provider.id),
            overdue=tuple(e for e in service.alarms() if e.provider_id == self._provider.id),
            unconfirmed=service.not_confirmed(self._provider.id),
            problem=FAULT if error is None else str(error),
            error=error,
            clock=service.reach.domain_clock(self._provider.id).source,
            doubt=service.reach.domain_clock(self._provider.id).doubt,
            is_time_lost=service.is_time_lost(self._provider.id),
        )


def _all_at_once(
    app: Application, providers: Sequence[DomainProvider], output: Output
) -> Sequence[SweepReport]:
    """What became of each, in the same order."""
    printer = Printer()
    all_over = threading.Event()
    try:
        end = time.monotonic() + BUDGET_SECONDS

        def say(step: StepReport) -> None:
            printer.put(lambda: output.on_step(step))

        running = [_Sweep(app, provider, say, all_over) for provider in providers]
        is_complete = all(sweep.is_over_by(end) for sweep in running)
        all_over.set()
        # What is being ended as it leaves is told too: by those that are over, where one is not.
        stop = time.monotonic() + (PASS_SECONDS if is_complete else STOP_SECONDS)
        has_left = [sweep.has_left_by(stop) for sweep in running if sweep.is_over]
        is_complete = is_complete and all(has_left)
        reports = [sweep.report() for sweep in running]
        if not is_complete:
            app.service.reach.cancel_all()
            stop = time.monotonic() + STOP_SECONDS
            for sweep in running:
                sweep.has_left_by(stop)
    except BaseException:
        app.service.reach.cancel_all()
        raise
    finally:
        all_over.set()
        printer.stop(STOP_SECONDS)
    return reports
