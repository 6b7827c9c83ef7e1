# SPDX-License-Identifier: MIT
"""Searches the directory as somebody types: one question at a time, and late answers are dropped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, Signal

from jit_desktop.elevation.ports import DirectoryEntry, EntryKind
from jit_desktop.ui.pickers.lookup import DirectoryLookup

SEARCH_LIMIT: Final = 200
"""More than a person reads; one more is asked for, to know whether there are more."""


class DirectorySearch(QObject):
    """Never queues questions: what is typed while one is under way replaces what waits."""

    found = Signal(str, object)
    """The text that was looked for, and a sequence of `DirectoryEntry`."""
    failed = Signal(str, object)
    """The text that was looked for, and the error."""

    def __init__(
        self, lookup: DirectoryLookup, kinds: frozenset[EntryKind], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._lookup = lookup
        self._kinds = kinds
        self._wanted = ""
        self._asked = ""

    @property
    def wanted(self) -> str:
        """What was typed last; empty for nothing."""
        return self._wanted

    def look_for(self, text: str) -> None:
        """Look for `text` (again); an empty one makes every answer void."""
        self._wanted = text
        if not self._asked:
            self._go_on()

    def _go_on(self) -> None:
        self._asked = text = self._wanted
        if not text:
            return
        kinds = self._kinds
        self._lookup.ask(
            lambda directory: directory.search(text, kinds, limit=SEARCH_LIMIT + 1),
            on_done=lambda entries: self._settle(text, entries, None),
            on_error=lambda error: self._settle(text, (), error),
        )

    def _settle(self, text: str, entries: Sequence[DirectoryEntry], error: BaseException | None) -> None:
        self._asked = ""
        if text != self._wanted:
            self._go_on()
        elif error is not None:
            self.failed.emit(text, error)
        else:
            self.found.emit(text, entries)
