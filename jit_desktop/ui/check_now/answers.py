# SPDX-License-Identifier: MIT
"""Turns an inspection into questions with each domain controller's answer, each good or bad for its state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from jit_desktop.elevation.advising import should_be_over, should_hold
from jit_desktop.elevation.inspection import AdviceKind, ControllerTruth, Inspection, TargetTruth
from jit_desktop.elevation.lifecycle import State
from jit_desktop.ui.widgets import Severity, format_absolute, format_time_left


@dataclass(frozen=True, slots=True)
class Cell:
    """What one domain controller says to one question; without a severity it says nothing."""

    word: str
    severity: Severity | None = None
    tool_tip: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One row: what was asked, and the answers in the order of the domain controllers; none for a heading."""

    title: str
    cells: tuple[Cell, ...] = ()

    @property
    def is_heading(self) -> bool:
        """Whether the questions below it are about what it names."""
        return not self.cells


@dataclass(frozen=True, slots=True)
class _Expected:
    """How serious it is that something is there, or is not."""

    there: Severity
    missing: Severity


def questions(inspection: Inspection) -> tuple[Question, ...]:
    """All rows of the table."""
    expected = _expected(inspection)

    def row(title: str, answer: Callable[[ControllerTruth], Cell]) -> Question:
        return Question(
            title, tuple(_silent(t) if t.no_answer else answer(t) for t in inspection.controllers)
        )

    rows = [
        row(_tr("Temporary group"), _seen(lambda t: _group(t, expected))),
        row(
            _tr("Account in it"),
            _seen(
                lambda t: _yes_no(_tr("In it"), _tr("Not in it"), yes=t.account_in_group, expected=expected)
            ),
        ),
    ]
    for position, privilege in enumerate(inspection.elevation.privileges):
        rows.append(Question(privilege.label))

        def of(
            answer: Callable[[TargetTruth], Cell], at: int = position
        ) -> Callable[[ControllerTruth], Cell]:
            return lambda t: answer(t.targets[at]) if at < len(t.targets) else Cell(_tr("Not asked"))

        rows.append(row(_tr("Temporary group nested"), _seen(of(lambda t: _nested(t, expected)))))
        rows.append(row(_tr("Token shows it"), of(lambda t: _token(t, expected))))
        rows.append(row(_tr("Permanent through"), of(_permanent)))
    return tuple(rows)


def severity_of(inspection: Inspection) -> Severity:
    """How serious the whole of it is."""
    if any(a.is_alarm for a in inspection.advice):
        return Severity.ERROR
    kinds = {a.kind for a in inspection.advice}
    if inspection.ends_late and kinds & {AdviceKind.UNREACHABLE, AdviceKind.WAIT_FOR_REPLICATION}:
        return Severity.ERROR
    doubts = {AdviceKind.UNREACHABLE, AdviceKind.WAIT_FOR_REPLICATION, AdviceKind.STILL_GRANTED}
    if kinds & doubts or all(t.no_answer for t in inspection.controllers):
        return Severity.WARNING
    return Severity.SUCCESS


def as_text(inspection: Inspection) -> str:
    """The whole answer as plain text, for a ticket or a message."""
    elevation = inspection.elevation
    lines = [
        f"{elevation.account.name}: {elevation.label}",
        " · ".join(
            (elevation.state.value, elevation.group_name, *format_absolute(inspection.at).split("\n")[1:])
        ),
        inspection.in_words,
        "",
    ]
    lines += [("! " if a.is_alarm else "- ") + a.text for a in inspection.advice]
    rows = questions(inspection)
    for column, truth in enumerate(inspection.controllers):
        lines += ["", truth.host]
        if truth.no_answer:
            lines.append(f"  {truth.no_answer}")
            continue
        for question in rows:
            is_below = question.is_heading
            lines.append(
                f"  {question.title}" if is_below else f"  {question.title}: {question.cells[column].word}"
            )
    return "\n".join(lines) + "\n"


def _expected(inspection: Inspection) -> _Expected:
    elevation, at = inspection.elevation, inspection.at
    if should_hold(elevation, at):
        is_spreading = elevation.state is State.PROPAGATING
        return _Expected(Severity.SUCCESS, Severity.WARNING if is_spreading else Severity.ERROR)
    if should_be_over(elevation, at):
        is_ending = elevation.state is State.ENDING and not inspection.ends_late
        return _Expected(Severity.WARNING if is_ending else Severity.ERROR, Severity.SUCCESS)
    return _Expected(Severity.INFO, Severity.INFO)


def _seen(answer: Callable[[ControllerTruth], Cell]) -> Callable[[ControllerTruth], Cell]:
    """``answer`` about a temporary group that is there or proven to be gone; one that is only not shown is
    neither."""
    return lambda t: answer(t) if t.group_there or t.group_gone else _hidden()


def _hidden() -> Cell:
    return Cell(_tr("Can't be seen"), Severity.WARNING)


def _silent(truth: ControllerTruth) -> Cell:
    return Cell(_tr("No answer"), Severity.WARNING, truth.no_answer)


def _yes_no(there: str, missing: str, *, yes: bool, expected: _Expected) -> Cell:
    return Cell(there, expected.there) if yes else Cell(missing, expected.missing)


def _group(truth: ControllerTruth, expected: _Expected) -> Cell:
    there = _with_time(_tr("There"), truth.group_ends_in_seconds)
    cell = _yes_no(there, _tr("Not there"), yes=truth.group_there, expected=expected)
    if truth.group_there and expected.there is Severity.ERROR and not truth.holds:
        return Cell(there, Severity.WARNING)  # a shell that gives nothing
    return cell


def _nested(target: TargetTruth, expected: _Expected) -> Cell:
    there = _with_time(_tr("Nested"), target.ends_in_seconds)
    return _yes_no(there, _tr("Not nested"), yes=target.nested, expected=expected)


def _token(target: TargetTruth, expected: _Expected) -> Cell:
    if target.in_token and not target.nested:
        # Another way into the group: that is for the advice to judge.
        return Cell(
            _tr("Shown, not by this"), Severity.WARNING if target.permanent_through else Severity.INFO
        )
    if target.in_token is None:
        return _hidden()
    return _yes_no(_tr("Shown"), _tr("Not shown"), yes=target.in_token, expected=expected)


def _permanent(target: TargetTruth) -> Cell:
    if not target.permanent_through:
        return Cell(_tr("Nothing"), Severity.SUCCESS)
    own = target.privilege.group.name
    names = ", ".join(_tr("itself") if n == own else n for n in target.permanent_through)
    return Cell(names, Severity.WARNING, names)


def _with_time(word: str, seconds: int | None) -> str:
    if seconds is None:
        return word
    return _tr("{word}, {time} left").format(word=word, time=format_time_left(seconds))


def _tr(text: str) -> str:
    return QCoreApplication.translate("CheckNow", text)
