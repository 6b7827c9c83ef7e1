"""Durations in the short form of files and commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jit_desktop.elevation.durations import parse_duration, short_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2h", 7200),
        ("90m", 5400),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("7200s", 7200),
        ("1D2H", 93600),
        ("0s", 0),
    ],
)
def test_that_the_short_form_is_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "7200", "h", "-2h", "2h-1m", "1.5h", "30m2h", "two hours", "2h!"])
def test_that_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 2h"):
        parse_duration(text)


@given(st.integers(0, 400 * 86400))
def test_that_what_is_written_is_read_back(seconds: int) -> None:
    assert parse_duration(short_duration(seconds)) == seconds
