# SPDX-License-Identifier: MIT
"""Takes the program at its word: what it says is done has to be so when it says it."""

from __future__ import annotations

from jit_desktop.elevation.model import Step, StepReport, StepStatus
from tests.reliability.scene import Place
from tests.unit.elevation.helpers import Recorder


class Watching(Recorder):
    """Looks on a second connection whenever a write is said to be done; `untrue` is what was not so."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.untrue: list[str] = []
        self._place = place

    def on_step(self, report: StepReport) -> None:
        super().on_step(report)
        if report.status is StepStatus.DONE and not self._is_true(report):
            self.untrue.append(f"“{report.message}” was said, and it was not so")

    def _is_true(self, report: StepReport) -> bool:
        arena = self._place.arena
        there = set(self._place.groups())
        match report.step:
            case Step.CREATE_GROUP:
                return bool(there)
            case Step.NEST_GROUP:
                return bool(arena.verifier.members(report.subject) & there)
            case Step.EMPTY_GROUP:
                return not any(arena.verifier.members(dn) for dn in there)
            case Step.DELETE_GROUP:
                return not there
            case Step.CONFIRM_END:
                return not self._place.held()
            case _:
                return True
