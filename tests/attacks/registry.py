# SPDX-License-Identifier: MIT
"""The list of attacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tests.attacks.field import Field

Play: TypeAlias = Callable[[Field], None]


@dataclass(frozen=True, slots=True)
class Attack:
    """One attempt; `play` raises where the promise did not hold."""

    name: str
    kind: str
    play: Play
    short: bool
    """Whether it is part of the normal suite."""


_ALL: list[Attack] = []


def attack(kind: str, name: str, *, short: bool = False) -> Callable[[Play], Play]:
    """Add a function to the list."""

    def add(play: Play) -> Play:
        _ALL.append(Attack(name, kind, play, short))
        return play

    return add


def all_attacks() -> tuple[Attack, ...]:
    """Every attack, in the order of their kinds."""
    from tests.attacks import (  # noqa: F401 - they add themselves
        alarms,
        altered,
        another_domain,
        claimed_clocks,
        computer_clocks,
        each_controller,
        extensions,
        grants,
        left_over,
        means,
        memory,
        no_write,
        own_row,
        rewritten,
        roaming,
        sight,
        stalled_disk,
        taken_name,
        texts_again,
        tokens,
        told,
        two_locations,
        two_signers,
        unlisted_controllers,
        unlisted_members,
        unsaid,
        unshown,
        waiting,
        ways,
    )

    return tuple(_ALL)
