# SPDX-License-Identifier: MIT
"""Steps as they happen, and time as it runs out."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import QModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QImage, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QListView, QWidget
from pytestqt.qtbot import QtBot

from jit_desktop.ui.theme import SchemePreference, Token, apply_theme, theme
from jit_desktop.ui.theme.tokens import DARK, LIGHT
from jit_desktop.ui.widgets import (
    TIME_LEFT_ROW_HEIGHT,
    StepList,
    StepState,
    TimeLeft,
    TimeLeftBar,
    TimeLeftDelegate,
    Urgency,
)


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def steps(qtbot: QtBot, watch: Stopwatch) -> StepList:
    steps = StepList(monotonic=watch)
    qtbot.addWidget(steps)
    steps.set_steps([("check", "Check the account"), ("create", "Create the temporary group")])
    steps.resize(400, 300)
    steps.show()
    return steps


def test_that_steps_begin_pending_in_their_order(steps: StepList) -> None:
    assert steps.keys() == ["check", "create"]
    assert {steps.state("check"), steps.state("create")} == {StepState.PENDING}
    assert steps.elapsed("check") == ""


def test_that_a_step_tells_how_long_it_runs_and_how_long_it_took(
    steps: StepList, watch: Stopwatch, qtbot: QtBot
) -> None:
    steps.update_step("check", StepState.RUNNING)
    watch.seconds += 72
    qtbot.waitUntil(lambda: steps.elapsed("check") == "1 min 12 s")
    watch.seconds += 1
    steps.update_step("check", StepState.DONE, "It may be checked out.")
    assert steps.elapsed("check") == "1 min 13 s"
    assert steps.detail("check") == "It may be checked out."
    watch.seconds += 50
    steps.update_step("create", StepState.RUNNING)
    assert steps.elapsed("check") == "1 min 13 s"
    assert steps.elapsed("create") == "0 s"


def test_that_a_time_measured_elsewhere_is_believed(steps: StepList) -> None:
    steps.update_step("check", StepState.FAILED, "Access is denied.", elapsed_seconds=7.9)
    assert steps.elapsed("check") == "7 s"


def test_that_a_new_sentence_does_not_restart_the_clock(steps: StepList, watch: Stopwatch) -> None:
    steps.update_step("check", StepState.RUNNING, "dc1 has it")
    watch.seconds += 5
    steps.update_step("check", StepState.RUNNING, "dc1 and dc2 have it")
    assert steps.elapsed("check") == "5 s"


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (StepState.RUNNING, "under way"),
        (StepState.DONE, "done"),
        (StepState.WARNING, "done with a warning"),
        (StepState.FAILED, "failed"),
        (StepState.SKIPPED, "not needed"),
    ],
)
def test_that_a_state_is_spoken_and_looks_different(steps: StepList, state: StepState, word: str) -> None:
    before = steps.grab().toImage()
    steps.update_step("create", state, "dc1")
    row = steps.findChild(QWidget, "step-create")
    assert isinstance(row, QWidget)
    assert row.accessibleName() == f"Create the temporary group, {word}, dc1"
    assert steps.grab().toImage() != before


def test_that_other_steps_replace_the_old_ones(steps: StepList, qtbot: QtBot) -> None:
    steps.update_step("check", StepState.RUNNING)
    steps.set_steps([("empty", "Empty the group")])
    assert steps.keys() == ["empty"]
    with pytest.raises(KeyError):
        steps.update_step("check", StepState.DONE)
    qtbot.waitUntil(lambda: steps.findChild(QWidget, "step-check") is None)


def test_that_long_sentences_are_not_cut_off_in_a_narrow_pane(steps: StepList, qtbot: QtBot) -> None:
    sentence = "Active Directory cannot end it itself, because the lifetime is shorter than it allows."
    steps.add_step("nest", "Make the temporary group a member of every group that was chosen")
    steps.update_step("check", StepState.WARNING, sentence)
    steps.resize(180, 400)
    assert steps.width() == 180
    for row in steps.findChildren(QWidget):
        if row.hasHeightForWidth():
            qtbot.waitUntil(partial(_is_high_enough, row))


def _is_high_enough(row: QWidget) -> bool:
    return row.height() >= row.heightForWidth(row.width())


@pytest.mark.parametrize(
    ("total", "left", "urgency", "text"),
    [
        (7200, 4320, Urgency.CALM, "1 h 12 min"),
        (7200, 601, Urgency.CALM, "10 min"),
        (7200, 600, Urgency.SOON, "10 min"),
        (7200, 250, Urgency.SOON, "4 min 10 s"),
        (900, 226, Urgency.CALM, "3 min 46 s"),
        (900, 225, Urgency.SOON, "3 min 45 s"),
        (60, 14, Urgency.SOON, "14 s"),
        (7200, 0, Urgency.OVERDUE, "Overdue"),
        (7200, -59, Urgency.OVERDUE, "Overdue"),
        (7200, -900, Urgency.OVERDUE, "Overdue 15 min"),
    ],
)
def test_that_time_left_says_how_urgent_it_is(total: int, left: int, urgency: Urgency, text: str) -> None:
    shown = TimeLeft(total, left)
    assert (shown.urgency, shown.text) == (urgency, text)


def test_that_the_full_part_never_leaves_the_bar() -> None:
    assert TimeLeft(100, 50).fraction == 0.5
    assert TimeLeft(100, 150).fraction == 1.0
    assert TimeLeft(100, -5).fraction == 0.0
    assert TimeLeft(0, 5).fraction == 1.0


def test_that_the_bar_drains_and_takes_its_colour(qtbot: QtBot) -> None:
    bar = TimeLeftBar()
    qtbot.addWidget(bar)
    bar.resize(400, bar.sizeHint().height())
    bar.show()
    widths = []
    for left, token in ((7200, Token.FILL), (3600, Token.FILL), (300, Token.WARNING), (-1, Token.DANGER)):
        bar.set_time_left(TimeLeft(7200, left))
        widths.append(_painted(bar.grab().toImage(), theme().color(token)))
    assert widths[0] > widths[1] > widths[2]
    assert widths[3] == widths[0], "an overdue bar is full, in red"
    assert bar.accessibleName() == "Time left: Overdue"


def test_that_the_bar_follows_the_scheme(qtbot: QtBot, qapp: QApplication) -> None:
    bar = TimeLeftBar()
    qtbot.addWidget(bar)
    bar.resize(400, bar.sizeHint().height())
    bar.set_time_left(TimeLeft(100, 100))
    bar.show()
    assert _painted(bar.grab().toImage(), QColor(LIGHT[Token.FILL])) > 300
    apply_theme(qapp, SchemePreference.DARK)
    assert _painted(bar.grab().toImage(), QColor(DARK[Token.FILL])) > 300


def _painted(image: QImage, colour: QColor) -> int:
    """How many pixels of the bar's middle line have `colour`."""
    y = image.height() - 3
    return sum(image.pixelColor(x, y) == colour for x in range(image.width()))


def test_that_a_row_with_time_left_is_painted_by_the_delegate_and_others_as_usual(qtbot: QtBot) -> None:
    model = QStandardItemModel()
    timed, plain = QStandardItem("never shown"), QStandardItem("Waits for replication")
    timed.setData(TimeLeft(7200, 3600), TimeLeftDelegate.ROLE)
    model.appendRow(timed)
    model.appendRow(plain)
    view = QListView()
    qtbot.addWidget(view)
    view.setModel(model)
    view.setItemDelegate(TimeLeftDelegate(view))
    view.resize(400, 200)
    view.show()
    assert view.sizeHintForRow(0) >= TIME_LEFT_ROW_HEIGHT
    before = _row(view, 0)
    model.setData(model.index(0, 0), "still never shown", Qt.ItemDataRole.DisplayRole)
    assert _row(view, 0) == before
    model.setData(model.index(0, 0), TimeLeft(7200, 300), TimeLeftDelegate.ROLE)
    assert _row(view, 0) != before
    usual = _row(view, 1)
    model.setData(model.index(1, 0), "Active", Qt.ItemDataRole.DisplayRole)
    assert _row(view, 1) != usual


def _row(view: QListView, row: int) -> QImage:
    area = view.visualRect(view.model().index(row, 0, QModelIndex()))
    assert area.size() != QSize()
    return view.viewport().grab(area).toImage()
