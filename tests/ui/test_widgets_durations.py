# SPDX-License-Identifier: MIT
"""Durations and moments in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jit_desktop.ui.widgets.durations import (
    DAY,
    HOUR,
    format_absolute,
    format_duration,
    format_moment,
    format_relative,
    format_time_left,
    parse_duration,
)
from jit_desktop.ui.widgets.wall_clock import resolve_wall_time, to_wall_time

NOW = datetime(2026, 11, 23, 15, 43, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (250, "4 min 10 s"),
        (3600, "1 h"),
        (4320, "1 h 12 min"),
        (4359, "1 h 12 min"),
        (3601, "1 h"),
        (86400, "1 d"),
        (97200, "1 d 3 h"),
    ],
)
def test_that_a_duration_is_told_in_its_two_largest_units(seconds: int, words: str) -> None:
    assert format_duration(seconds) == words


def test_that_seconds_tick_in_the_last_ten_minutes_only() -> None:
    assert format_time_left(671) == "11 min"
    assert format_time_left(600) == "10 min"
    assert format_time_left(599) == "9 min 59 s"
    assert format_time_left(-5) == "0 s"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1 h 30 min", 5400),
        ("1h30m", 5400),
        ("1:30", 5400),
        ("1.5h", 5400),
        ("1,5 hours", 5400),
        ("90", 5400),
        ("45 min", 2700),
        ("1 d", 86400),
        (" 20 s ", 20),
        ("", None),
        ("soon", None),
        ("1 h and a bit", None),
        ("-5 min", None),
        ("1:75", None),
        ("h", None),
    ],
)
def test_that_durations_are_understood_as_people_write_them(text: str, seconds: int | None) -> None:
    assert parse_duration(text) == seconds


@given(st.integers(0, 3 * DAY))
def test_that_what_was_written_can_be_read_back(seconds: int) -> None:
    written = format_duration(seconds)
    read = parse_duration(written)
    assert read is not None
    assert 0 <= seconds - read < HOUR
    assert format_duration(read) == written


@given(st.text(max_size=20))
def test_that_no_text_upsets_the_reader(text: str) -> None:
    read = parse_duration(text)
    assert read is None or read >= 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (4, "just now"),
        (-4, "just now"),
        (300, "in 5 min"),
        (310, "in 5 min"),
        (-180, "3 min ago"),
        (4320, "in 1 h 12 min"),
        (-45, "45 s ago"),
        (-90000, "1 d 1 h ago"),
    ],
)
def test_that_times_are_told_from_here(seconds: int, words: str) -> None:
    assert format_relative(NOW + timedelta(seconds=seconds), NOW) == words


def test_that_far_away_times_are_told_by_their_date() -> None:
    assert "3 Dec" in format_relative(NOW + timedelta(days=10), NOW)


def test_that_a_clock_time_has_as_much_date_as_it_needs() -> None:
    assert format_moment(NOW, NOW, BERLIN) == "16:43"
    assert format_moment(NOW + timedelta(hours=8), NOW, BERLIN) == "tomorrow 00:43"
    assert format_moment(NOW - timedelta(days=1), NOW, BERLIN) == "yesterday 16:43"
    assert format_moment(NOW + timedelta(days=3), NOW, BERLIN) == "26 Nov 16:43"
    assert format_moment(NOW + timedelta(days=60), NOW, BERLIN) == "22 Jan 2027 16:43"


def test_that_the_tooltip_tells_the_whole_time_in_both_zones() -> None:
    told = format_absolute(NOW, BERLIN)
    assert told == "Mon 23 Nov 2026 16:43:00 (UTC+01:00)\n2026-11-23 15:43:00 UTC"
    assert "(UTC-03:30)" in format_absolute(NOW, ZoneInfo("America/St_Johns"))


def test_that_a_wall_time_means_its_moment() -> None:
    resolved = resolve_wall_time(datetime.fromisoformat("2026-07-01T12:00"), NOW, BERLIN)
    assert resolved.moment == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
    assert not resolved.is_missing
    assert not resolved.is_twofold


def test_that_a_time_the_clocks_jump_over_is_found_out() -> None:
    assert resolve_wall_time(datetime.fromisoformat("2026-03-29T02:30"), NOW, BERLIN).is_missing
    assert not resolve_wall_time(datetime.fromisoformat("2026-03-29T03:00"), NOW, BERLIN).is_missing


def test_that_of_two_equal_wall_times_the_earlier_one_to_come_is_meant() -> None:
    shown = datetime.fromisoformat("2026-10-25T02:30")
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    before = resolve_wall_time(shown, first - timedelta(hours=1), BERLIN)
    between = resolve_wall_time(shown, first + timedelta(minutes=5), BERLIN)
    assert (before.moment, before.is_twofold) == (first, True)
    assert (between.moment, between.is_twofold) == (second, True)


@given(
    st.datetimes(
        datetime.fromisoformat("2020-01-01T00:00"),
        datetime.fromisoformat("2030-01-01T00:00"),
        timezones=st.just(UTC),
    )
)
def test_that_a_shown_moment_is_never_lengthened_by_reading_it_back(moment: datetime) -> None:
    resolved = resolve_wall_time(to_wall_time(moment, BERLIN), moment - timedelta(days=1), BERLIN)
    assert not resolved.is_missing
    assert resolved.moment <= moment
    assert resolved.moment == moment or resolved.is_twofold
