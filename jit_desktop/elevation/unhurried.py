# SPDX-License-Identifier: MIT
"""A connection over which is asked what is only told: what has become due goes before each request."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self, cast

from jit_desktop.elevation.ports import Directory

_NO_REQUESTS: Final = frozenset({"cancel", "close", "work_until"})


class Unhurried:
    """A :class:`~jit_desktop.elevation.ports.Directory`; ``first`` is called before each request over it."""

    def __init__(self, directory: Directory, first: Callable[[], None]) -> None:
        self.directory = directory
        self.first = first

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.directory.close()

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self.directory, name)
        if name in _NO_REQUESTS or not callable(asked):
            return asked

        def ask(*values: Any, **options: Any) -> Any:
            self.first()
            return asked(*values, **options)

        return ask


def unhurried(directory: Directory, first: Callable[[], None]) -> Directory:
    """``directory``, with ``first`` called before each request over it."""
    return cast("Directory", Unhurried(directory, first))


def in_one_go(directory: Directory) -> Directory:
    """``directory`` for requests whose answers belong together: what is due goes before all of them, and not
    in between. Else a right that we take meanwhile would be in the one answer and not in the next."""
    if not isinstance(directory, Unhurried):
        return directory
    directory.first()
    return directory.directory
