# SPDX-License-Identifier: MIT
"""What is written down together: whole, in its order, and without going through all of it for each one."""

from __future__ import annotations

from dataclasses import replace

from typing_extensions import override

from jit_desktop.elevation.identity import ElevationId
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.model import Elevation, Step, StepStatus
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.world import ALICE, World

MANY = 50


class Counted(str):
    """An identifier that counts how often it is compared with another one."""

    __slots__ = ()
    compared = 0

    @override
    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def many() -> tuple[Journal, MemoryStore, list[Elevation]]:
    world = World()
    elevation = world.check_out()
    store = MemoryStore()
    journal = Journal(store, Recorder(), ALICE, world.clock.utc_now)
    return journal, store, [replace(elevation, id=ElevationId(Counted(number))) for number in range(MANY)]


def say(journal: Journal, elevation: Elevation, message: str) -> None:
    journal.step_if_news(elevation, Step.CONFIRM_END, StepStatus.DONE, message, "dc1")


def test_that_what_is_said_of_one_is_not_looked_for_among_all_others() -> None:
    journal, _, elevations = many()
    Counted.compared = 0
    with journal.collected():
        for elevation in elevations:
            say(journal, elevation, "It is gone.")
            assert journal.has_told(elevation, Step.CONFIRM_END)
            assert not journal.has_told(elevation, Step.EXTEND)
        assert Counted.compared < 10 * MANY


def test_that_what_is_kept_together_is_kept_in_the_order_in_which_it_was_said() -> None:
    journal, store, (one, other, *_) = many()
    with journal.collected():
        for elevation, message in ((one, "1"), (other, "2"), (other, "2"), (one, "3"), (one, "3")):
            say(journal, elevation, message)
        assert store.kept_steps == []
    assert [s.message for s in store.kept_steps] == ["1", "2", "3"]
    say(journal, one, "3")
    say(journal, one, "4")
    assert [s.message for s in store.kept_steps] == ["1", "2", "3", "4"]
