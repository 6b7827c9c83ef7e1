"""Names of temporary groups."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jit_desktop.elevation.identity import ElevationId
from jit_desktop.elevation.naming import MAXIMUM_NAME, group_name, prefix_problem, utf16_length


@pytest.mark.parametrize(
    "prefix", ["RDM_JIT", "JIT", "a", "x" * 27, "Zeitlich begrenzt äö", "権限", "JIT-1.2"]
)
def test_that_a_prefix_active_directory_accepts_has_no_problem(prefix: str) -> None:
    assert prefix_problem(prefix) == ""


@pytest.mark.parametrize("char", list('"/\\[]:;|=,+*?<>'))
def test_that_each_character_active_directory_refuses_is_named(char: str) -> None:
    assert char in prefix_problem(f"JIT{char}X")


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("", "Give a prefix"),
        ("x" * 28, "at most 27"),
        ("😀" * 14, "28 characters"),
        (" JIT", "blank"),
        ("JIT ", "blank"),
        ("#JIT", "#"),
        ("JI\tT", "control"),
        ("JIT\x85", "control"),
    ],
)
def test_that_a_bad_prefix_is_refused_in_words(prefix: str, words: str) -> None:
    assert words in prefix_problem(prefix)


@given(st.text(max_size=40))
def test_that_every_accepted_prefix_gives_a_name_that_fits(prefix: str) -> None:
    new_id = ElevationId(str(uuid.uuid4()))
    if prefix_problem(prefix):
        with pytest.raises(ValueError, match=r"\w"):
            group_name(prefix, new_id)
    else:
        name = group_name(prefix, new_id)
        assert utf16_length(name) <= MAXIMUM_NAME
        assert name.endswith(f"_{new_id}")


def test_that_two_elevations_never_share_a_name() -> None:
    names = {group_name("RDM_JIT", ElevationId(str(uuid.uuid4()))) for _ in range(100)}
    assert len(names) == 100
