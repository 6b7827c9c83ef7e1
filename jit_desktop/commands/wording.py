# SPDX-License-Identifier: MIT
"""How commands put numbers and names into a sentence."""

from __future__ import annotations

from collections.abc import Iterable


def counted(number: int, one: str) -> str:
    """``1 account``, ``2 accounts``; ``one`` is a word that takes an s."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def listed(names: Iterable[str]) -> str:
    """The names in order, told apart: by semicolons where a name has a comma in it."""
    in_order = sorted(names)
    return ("; " if any("," in name for name in in_order) else ", ").join(in_order)
