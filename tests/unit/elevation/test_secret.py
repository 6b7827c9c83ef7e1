"""A password does not show itself."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest

from jit_desktop.elevation.secret import Secret

CANARY = "Canary-4711-Passw0rd"


def test_that_no_way_of_printing_shows_it() -> None:
    secret = Secret(CANARY)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>40}",
        format(secret),
        f"{[secret]} {(secret,)}",
    ]
    assert not [text for text in shown if CANARY in text]


def test_that_it_can_be_neither_pickled_nor_copied_into_a_file() -> None:
    for way in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            way(Secret(CANARY))


def test_that_a_traceback_that_shows_local_variables_does_not_show_it() -> None:
    def failing(password: Secret) -> None:
        raise RuntimeError(f"could not use {password}")

    with pytest.raises(RuntimeError) as raised:
        failing(Secret(CANARY))
    shown = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    text = "".join(shown.format())
    assert "could not use Secret" in text
    assert CANARY not in text


def test_that_only_reveal_gives_it_out() -> None:
    assert Secret(CANARY).reveal() == CANARY
    assert not Secret("")
