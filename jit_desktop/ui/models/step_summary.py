# SPDX-License-Identifier: MIT
"""Turns the reports of one elevation into the lines that a person follows and what each controller said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from jit_desktop.elevation.advising import should_hold
from jit_desktop.elevation.inspection import ControllerTruth, Inspection
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Step, StepReport, StepStatus
from jit_desktop.ui.models import wording
from jit_desktop.ui.widgets import StepState

GRANT_STEPS: Final = (
    Step.RECORD_INTENT,
    Step.CHECK_TARGETS,
    Step.CHECK_ACCOUNT,
    Step.CHECK_RIGHTS,
    Step.CREATE_GROUP,
    Step.NEST_GROUP,
    Step.READ_BACK,
    Step.GUARANTEE,
    Step.REPLICATION,
)
"""What a checkout goes through, so that all of it can be shown from the beginning."""

_ASKS_CONTROLLERS: Final = (Step.REPLICATION, Step.CONFIRM_END)


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step as it stands now."""

    step: Step
    state: StepState
    detail: str = ""
    began_at: datetime | None = None
    at: datetime | None = None
    warnings: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its key in a step list."""
        return self.step.value

    @property
    def title(self) -> str:
        """What is done, as a heading."""
        return wording.step_words(self.step)

    @property
    def elapsed_seconds(self) -> float | None:
        """How long it took, ``None`` while it runs or where its beginning is not known."""
        if self.state is StepState.RUNNING or self.began_at is None or self.at is None:
            return None
        return max((self.at - self.began_at).total_seconds(), 0.0)


@dataclass(frozen=True, slots=True)
class ControllerAnswer:
    """What one domain controller said last."""

    host: str
    state: StepState
    text: str
    step: Step = Step.REPLICATION
    """What it was asked about: whether it has the grant, or whether it still shows it at the end."""

    @property
    def words(self) -> str:
        """What it said, without its own name in front."""
        said = self.text.removeprefix(self.host).lstrip()
        return said[:1].upper() + said[1:]


@dataclass(slots=True)
class StepSummary:
    """Grows with the reports of one elevation."""

    _lines: dict[Step, StepLine] = field(default_factory=dict)
    _answers: dict[str, ControllerAnswer] = field(default_factory=dict)
    _is_ending: bool = False

    @classmethod
    def of(cls, reports: Iterable[StepReport]) -> StepSummary:
        """The summary of everything that was reported so far."""
        summary = cls()
        for report in reports:
            summary.add(report)
        return summary

    @property
    def lines(self) -> tuple[StepLine, ...]:
        """The steps in the order in which they began."""
        return tuple(self._lines.values())

    @property
    def answers(self) -> tuple[ControllerAnswer, ...]:
        """What each domain controller said last, in the order in which they were asked.

        Once the end has begun it says nothing any more that they had the grant.
        """
        return tuple(a for a in self._answers.values() if not self._is_ending or a.step is Step.CONFIRM_END)

    def take_inspection(self, inspection: Inspection) -> None:
        """Let what *Check now* was told be what each domain controller said last."""
        now, elevation = inspection.at, inspection.elevation
        step = Step.REPLICATION if should_hold(elevation, now) else Step.CONFIRM_END
        for truth in inspection.controllers:
            state, text = _answer(truth, elevation, now)
            self._answers[truth.host] = ControllerAnswer(truth.host, state, text, step)

    def add(self, report: StepReport) -> None:
        """Take one more report into account."""
        if report.step in _ASKS_CONTROLLERS and report.subject:
            state = StepState(report.status.value)
            self._answers[report.subject] = ControllerAnswer(
                report.subject, state, report.message, report.step
            )
            self._lines[report.step] = self._from_answers(self._lines.get(report.step), report)
        else:
            self._lines[report.step] = _after(self._lines.get(report.step), report)

    def settle(self, elevation: Elevation) -> None:
        """Let no step seem under way that the elevation has left behind: a wait that was confirmed or was
        cut short has no report of its own."""
        self._is_ending = elevation.state in (State.ENDING, State.ENDED, State.FAILED, State.OVERDUE)
        waiting = self._lines.get(Step.REPLICATION)
        if waiting is None or waiting.state is not StepState.RUNNING:
            return
        if elevation.state is State.ACTIVE:
            detail = wording.wait_result_words(
                confirmed=bool(self._answers) and all(a.state is StepState.DONE for a in self.answers)
            )
            self._lines[Step.REPLICATION] = replace(waiting, state=StepState.DONE, detail=detail)
        elif elevation.state is not State.PROPAGATING:
            self._lines[Step.REPLICATION] = replace(waiting, state=StepState.SKIPPED)

    def _from_answers(self, line: StepLine | None, report: StepReport) -> StepLine:
        if report.step is Step.REPLICATION:
            return line or StepLine(report.step, StepState.RUNNING, began_at=report.at)
        answers = [a for a in self._answers.values() if a.step is report.step]
        states = {answer.state for answer in answers}
        state = next(s for s in (StepState.RUNNING, StepState.WARNING, StepState.DONE) if s in states)
        texts = [a.text for a in answers if a.state is state]
        line = line or StepLine(report.step, state, began_at=report.at)
        return replace(line, state=state, detail="\n".join(texts), at=report.at)


def _answer(truth: ControllerTruth, elevation: Elevation, now: datetime) -> tuple[StepState, str]:
    """What one domain controller says of an elevation, good or bad for its state."""
    if truth.no_answer:
        text = wording.not_asked_words(truth.no_answer.removeprefix(truth.host).lstrip())
        return StepState.WARNING, text
    if not should_hold(elevation, now):
        if truth.holds:
            return StepState.FAILED, wording.answer_words(has_it=True, is_end=True)
        if truth.group_there:
            return StepState.WARNING, wording.answer_words(has_it=False, is_end=True, is_shell=True)
        return StepState.DONE, wording.answer_words(has_it=False, is_end=True)
    is_complete = truth.account_in_group and all(t.nested and t.in_token for t in truth.targets)
    if is_complete:
        return StepState.DONE, wording.answer_words(has_it=True, is_end=False)
    waits = elevation.state is State.PROPAGATING
    state = StepState.RUNNING if waits else StepState.FAILED
    return state, wording.answer_words(has_it=False, is_end=False)


def _after(line: StepLine | None, report: StepReport) -> StepLine:
    state = StepState(report.status.value)
    if line is None or (state is StepState.RUNNING and report.step is not Step.NEST_GROUP):
        line = StepLine(report.step, state, began_at=report.at)
    warnings = line.warnings
    if report.status is StepStatus.WARNING:
        warnings = (*warnings, report.message)
    detail = report.message
    if state is StepState.DONE and warnings:
        # What was warned of stays true when the step is done.
        state, detail = StepState.WARNING, "\n".join(warnings)
    elif report.step is Step.NEST_GROUP and report.status is StepStatus.DONE:
        # One group after the other: each result is kept.
        done = [*line.detail.split("\n"), detail] if line.state is StepState.DONE else [detail]
        detail = "\n".join(done)
    return replace(line, state=state, detail=detail, at=report.at, warnings=warnings)
