# SPDX-License-Identifier: MIT
"""Everything that the program does to an elevation, each as what has to be there before and what is done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.model import Step, StepReport, StepStatus
from jit_desktop.elevation.ports import CancelToken
from tests.reliability.scene import LONGER, SECONDS, Place, Program
from tests.unit.elevation.helpers import Recorder


@dataclass
class Case:
    """One case: a database, and another one that only the flow of the other copy uses."""

    place: Place
    folder: Path
    other: Path


@dataclass(frozen=True)
class Flow:
    """`prepare` is never disturbed; `act` is. Both open what they need and close it."""

    name: str
    prepare: Callable[[Case], None]
    act: Callable[[Program], None]
    elsewhere: bool = False
    """Whether another copy with its own database acts."""
    shift: float = 0
    """How far the clocks are when it acts."""
    keeps: bool = False
    """Whether the elevation goes on whatever becomes of the flow."""


class _CancelAtSecondNesting(Recorder):
    def __init__(self) -> None:
        super().__init__()
        self.token = CancelToken()
        self._seen = 0

    def on_step(self, report: StepReport) -> None:
        super().on_step(report)
        if (report.step, report.status) == (Step.NEST_GROUP, StepStatus.RUNNING):
            self._seen += 1
            if self._seen == 2:
                self.token.cancel()


def _nothing(case: Case) -> None:
    """There is nothing."""


def _granted(case: Case) -> None:
    with Program(case.place, case.folder) as program:
        program.check_out()


def _cancelled(program: Program) -> None:
    listener = _CancelAtSecondNesting()
    with suppress(JitError):
        program.service.check_out(program.request(), listener, listener.token)


def _extend(program: Program) -> None:
    with suppress(JitError):
        program.service.extend(program.the_open().id, LONGER, program.recorder)


def _check_out(program: Program) -> None:
    with suppress(JitError):
        program.check_out()


def _check_in(program: Program) -> None:
    with suppress(JitError):
        program.service.check_in(program.the_open().id, program.recorder)


FLOWS = (
    Flow("checkout", _nothing, _check_out),
    Flow("rollback", _nothing, _cancelled),
    Flow("extension", _granted, _extend, keeps=True),
    Flow("check-in", _granted, _check_in),
    Flow("expiry", _granted, lambda program: program.tick(), shift=SECONDS + 60),
    Flow("adoption", _granted, lambda program: program.sweep(), elsewhere=True, keeps=True),
    Flow("sweep", _granted, lambda program: program.sweep(), elsewhere=True, shift=SECONDS + 60),
)
