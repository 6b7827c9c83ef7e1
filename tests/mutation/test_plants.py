# SPDX-License-Identifier: MIT
"""That the plants do not rot: each can still be planted, and names tests and series that there are."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.mutation.attacking import first_attacks
from tests.mutation.plant import ROOT, Plant
from tests.mutation.plants import PLANTS


@pytest.mark.parametrize("plant", PLANTS, ids=[plant.words for plant in PLANTS])
def test_that_a_plant_can_still_be_planted(plant: Plant) -> None:
    assert plant.occurrences() == 1, f"adapt its text to {plant.file}"
    source = (ROOT / plant.file).read_text(encoding="utf-8").replace(plant.old, plant.new)
    ast.parse(source)
    assert plant.new != plant.old


def test_that_each_plant_has_a_name_of_its_own() -> None:
    assert [words for words, count in Counter(plant.words for plant in PLANTS).items() if count > 1] == []


def test_that_there_are_enough_and_enough_that_the_series_have_to_notice() -> None:
    assert len(PLANTS) >= 60


def test_that_what_is_run_against_them_is_there() -> None:
    missing = {test for plant in PLANTS for test in plant.tests if not (ROOT / test.split("::")[0]).exists()}
    assert missing == set()


def test_that_the_series_are_there() -> None:
    runner = pytest.importorskip("tests.reliability.run", reason="Samba runs on Linux")
    assert {name for plant in PLANTS for name in plant.series} <= set(runner.NAMES)


def test_that_the_attacks_that_are_played_first_are_there() -> None:
    registry = pytest.importorskip("tests.attacks.registry", reason="Samba runs on Linux")
    played = [f"{attack.kind}: {attack.name}" for attack in registry.all_attacks()]
    words = {word for plant in PLANTS for word in first_attacks(plant)}
    assert {word for word in words if not any(word in one for one in played)} == set()
