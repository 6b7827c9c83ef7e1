# SPDX-License-Identifier: MIT
"""The search asks one question at a time, and only the answer to the newest text counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from jit_desktop.elevation.errors import DirectoryUnavailable
from jit_desktop.elevation.ports import DirectoryEntry, EntryKind
from jit_desktop.ui.pickers.directory_search import SEARCH_LIMIT, DirectorySearch
from tests.ui.pickers.directory_fakes import group


class SlowLookup:
    """Keeps questions until the test answers them."""

    def __init__(self) -> None:
        self.open: list[tuple[str, Callable[[Any], None], Callable[[BaseException], None]]] = []

    def ask(
        self,
        question: Callable[[Any], object],
        *,
        on_done: Callable[[Any], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        question(self)
        self.open.append((self._text, on_done, on_error))

    def search(self, text: str, kinds: frozenset[EntryKind], *, limit: int) -> Sequence[DirectoryEntry]:
        assert limit == SEARCH_LIMIT + 1
        self._text = text
        return ()


@pytest.fixture
def lookup() -> SlowLookup:
    return SlowLookup()


class Heard:
    """Keeps what the search told."""

    def __init__(self, search: DirectorySearch) -> None:
        self.found: list[tuple[str, list[str]]] = []
        self.failed: list[str] = []
        search.found.connect(lambda text, entries: self.found.append((text, [e.name for e in entries])))
        search.failed.connect(lambda text, error: self.failed.append(text))


@pytest.fixture
def search(qapp: QApplication, lookup: SlowLookup) -> DirectorySearch:
    return DirectorySearch(lookup, frozenset({EntryKind.GROUP}))  # type: ignore[arg-type]


@pytest.fixture
def heard(search: DirectorySearch) -> Heard:
    return Heard(search)


def test_that_what_is_typed_meanwhile_waits_and_only_the_newest_is_asked(
    search: DirectorySearch, lookup: SlowLookup, heard: Heard
) -> None:
    for text in ("a", "ad", "adm"):
        search.look_for(text)
    assert [text for text, _, _ in lookup.open] == ["a"]
    lookup.open.pop()[1]([group("Apes")])
    assert heard.found == [], "the answer to an older text is of no use"
    assert [text for text, _, _ in lookup.open] == ["adm"]
    lookup.open.pop()[1]([group("Admins")])
    assert heard.found == [("adm", ["Admins"])]


def test_that_a_cleared_search_drops_the_answer_under_way(
    search: DirectorySearch, lookup: SlowLookup, heard: Heard
) -> None:
    search.look_for("a")
    search.look_for("")
    lookup.open.pop()[1]([group("Apes")])
    assert heard.found == []
    assert lookup.open == []


def test_that_an_older_failure_is_dropped_and_a_current_one_told(
    search: DirectorySearch, lookup: SlowLookup, heard: Heard
) -> None:
    search.look_for("a")
    search.look_for("b")
    lookup.open.pop()[2](DirectoryUnavailable("gone"))
    assert heard.failed == []
    lookup.open.pop()[2](DirectoryUnavailable("gone"))
    assert heard.failed == ["b"]
