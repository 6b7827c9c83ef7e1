# SPDX-License-Identifier: MIT
"""Choosing how long: both ways of saying it tell the same, and the limits speak."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QDate, QDateTime, Qt, QTime, QTimeZone
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDateTimeEdit, QLabel, QPushButton, QRadioButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from jit_desktop.ui.widgets import DurationPicker

Found = TypeVar("Found", bound=QWidget)
BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 23, 15, 43, tzinfo=UTC)


class Clock:
    """The present, as the test wants it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Page:
    """The picker as a user finds it."""

    def __init__(self, picker: DurationPicker) -> None:
        self.picker = picker
        self.hours = self._find(QSpinBox, "duration-hours")
        self.minutes = self._find(QSpinBox, "duration-minutes")
        self.until = self._find(QDateTimeEdit, "duration-end")
        self.by_duration = self._find(QRadioButton, "duration-for")
        self.by_end = self._find(QRadioButton, "duration-until")
        self.heard: list[int] = []
        picker.duration_changed.connect(self.heard.append)

    def _find(self, kind: type[Found], name: str) -> Found:
        found = self.picker.findChild(kind, name)
        assert isinstance(found, kind), name
        return found

    @property
    def message(self) -> str:
        return self._find(QLabel, "message").text()

    @property
    def presets(self) -> list[QPushButton]:
        return self.picker.findChildren(QPushButton)

    @property
    def shown_end(self) -> str:
        return self.until.dateTime().toString("yyyy-MM-dd HH:mm")

    def preset(self, seconds: int) -> QPushButton:
        return self._find(QPushButton, f"preset-{seconds}")

    def type_end(self, year: int, month: int, day: int, hour: int, minute: int) -> None:
        self.until.setDateTime(QDateTime(QDate(year, month, day), QTime(hour, minute), QTimeZone.utc()))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def page(qtbot: QtBot, clock: Clock) -> Page:
    picker = DurationPicker(900, 8 * 3600, 2 * 3600, clock, zone=BERLIN)
    qtbot.addWidget(picker)
    picker.show()
    return Page(picker)


def test_that_it_begins_with_the_default_said_in_every_way(page: Page) -> None:
    assert page.picker.duration_seconds() == 7200
    assert (page.hours.value(), page.minutes.value()) == (2, 0)
    assert page.shown_end == "2026-11-23 18:43"
    assert page.preset(7200).isChecked()
    assert page.message == "Ends 18:43 if it starts now."
    assert page.picker.problem() is None


def test_that_presets_keep_to_the_limits(qtbot: QtBot, clock: Clock) -> None:
    picker = DurationPicker(60, 3600, 900, clock)
    qtbot.addWidget(picker)
    assert [b.text() for b in picker.findChildren(QPushButton) if not b.isHidden()] == [
        "1 min",
        "5 min",
        "15 min",
        "30 min",
        "1 h",
    ]


def test_that_a_preset_sets_hours_minutes_and_end(page: Page) -> None:
    QTest.mouseClick(page.preset(1800), Qt.MouseButton.LeftButton)
    assert (page.hours.value(), page.minutes.value()) == (0, 30)
    assert page.shown_end == "2026-11-23 17:13"
    assert page.heard == [1800]
    assert [button.text() for button in page.presets if button.isChecked()] == ["30 min"]


def test_that_typed_numbers_move_the_end(page: Page) -> None:
    page.hours.selectAll()
    QTest.keyClicks(page.hours, "1")
    page.minutes.selectAll()
    QTest.keyClicks(page.minutes, "25")
    assert page.picker.duration_seconds() == 5100
    assert page.shown_end == "2026-11-23 18:08"
    assert not any(button.isChecked() for button in page.presets)


def test_that_a_chosen_end_tells_its_duration(page: Page) -> None:
    page.type_end(2026, 11, 23, 17, 0)
    assert page.by_end.isChecked()
    assert page.picker.duration_seconds() == 17 * 60
    assert (page.hours.value(), page.minutes.value()) == (0, 17)
    assert page.message == "17 min if it starts now."
    assert not any(button.isChecked() for button in page.presets)


def test_that_a_chosen_end_stays_while_time_passes(page: Page, clock: Clock) -> None:
    page.type_end(2026, 11, 23, 17, 0)
    clock.now += timedelta(seconds=90)
    page.picker.refresh()
    assert page.shown_end == "2026-11-23 17:00"
    assert page.picker.duration_seconds() == 17 * 60 - 90
    assert page.heard[-1] == 17 * 60 - 90
    assert page.minutes.value() == 15


def test_that_a_chosen_duration_stays_while_time_passes(page: Page, clock: Clock) -> None:
    clock.now += timedelta(minutes=10)
    page.picker.refresh()
    assert page.picker.duration_seconds() == 7200
    assert page.shown_end == "2026-11-23 18:53"
    assert page.heard == []


@pytest.mark.parametrize(
    ("seconds", "problem"),
    [
        (8 * 3600, None),
        (8 * 3600 + 60, "At most 8 h by the checkout policy."),
        (900, None),
        (840, "At least 15 min by the checkout policy."),
        (0, "At least 15 min by the checkout policy."),
    ],
)
def test_that_the_limits_speak(page: Page, seconds: int, problem: str | None) -> None:
    page.picker.set_duration(seconds)
    assert page.picker.problem() == problem
    if problem:
        assert page.message == problem


def test_that_an_end_beyond_the_limit_is_told_as_such(page: Page) -> None:
    page.type_end(2026, 11, 24, 2, 43)
    assert page.picker.problem() == "At most 8 h by the checkout policy."
    assert page.hours.value() == 10


def test_that_an_end_in_the_past_is_told_as_such(page: Page) -> None:
    page.type_end(2026, 11, 23, 16, 0)
    assert page.picker.problem() == "This moment has passed: choose a later one."


def test_that_an_end_on_the_other_side_of_a_clock_change_counts_real_hours(page: Page, clock: Clock) -> None:
    clock.now = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # midnight in Berlin, the night of the change
    page.type_end(2026, 10, 25, 4, 0)
    assert page.picker.duration_seconds() == 5 * 3600
    page.picker.set_duration(5 * 3600)
    assert page.shown_end == "2026-10-25 04:00"


def test_that_an_end_that_no_clock_will_show_is_refused(page: Page, clock: Clock) -> None:
    clock.now = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    page.type_end(2026, 3, 29, 2, 30)
    assert page.picker.problem() == "The clocks go forward over this time: choose one before or after it."


def test_that_of_an_end_that_comes_twice_the_earlier_is_taken_and_told(page: Page, clock: Clock) -> None:
    clock.now = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    page.type_end(2026, 10, 25, 2, 30)
    assert page.picker.duration_seconds() == 2 * 3600 + 1800
    assert page.picker.problem() is None
    assert "twice" in page.message


def test_that_its_owner_may_say_what_the_duration_means(qtbot: QtBot, clock: Clock) -> None:
    picker = DurationPicker(900, 7200, 1800, clock, zone=BERLIN, say=lambda seconds: f"{seconds} s more.")
    qtbot.addWidget(picker)
    page = Page(picker)
    assert page.message == "1800 s more."
    picker.set_duration(9000)
    assert page.message == "At most 2 h by the checkout policy."
    clock.now = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    page.type_end(2026, 10, 25, 2, 30)
    assert "twice" in page.message


def test_that_changing_to_the_end_never_falls_below_the_shortest(qtbot: QtBot, clock: Clock) -> None:
    clock.now += timedelta(seconds=40)
    picker = DurationPicker(60, 3600, 60, clock, zone=BERLIN)
    qtbot.addWidget(picker)
    page = Page(picker)
    page.by_end.setChecked(True)
    assert picker.problem() is None
    assert 60 <= picker.duration_seconds() < 120


def test_that_changing_back_to_the_duration_keeps_what_was_shown(page: Page) -> None:
    page.type_end(2026, 11, 23, 17, 0)
    page.by_duration.setChecked(True)
    assert page.picker.duration_seconds() == 17 * 60


def test_that_minutes_step_finely_where_the_shortest_is_short(page: Page) -> None:
    assert page.minutes.singleStep() == 5
    page.picker.set_limits(60, 600, 60)
    assert page.minutes.singleStep() == 1
    assert page.picker.duration_seconds() == 60
    assert page.preset(60).isChecked()


def test_that_every_part_has_a_name_for_screen_readers(page: Page) -> None:
    for part in (page.hours, page.minutes, page.until):
        assert part.accessibleName()
