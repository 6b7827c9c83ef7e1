# SPDX-License-Identifier: MIT
"""Numbers and names in the sentences of commands."""

from __future__ import annotations

import pytest

from jit_desktop.commands.wording import counted, listed


@pytest.mark.parametrize(("number", "text"), [(0, "0 groups"), (1, "1 group"), (2, "2 groups")])
def test_that_a_number_and_its_word_agree(number: int, text: str) -> None:
    assert counted(number, "group") == text


def test_that_names_are_listed_in_order() -> None:
    assert listed(["b", "a"]) == "a, b"


def test_that_a_name_with_a_comma_is_told_from_two_names() -> None:
    assert listed(["Ops, Berlin", "Admins"]) == "Admins; Ops, Berlin"
