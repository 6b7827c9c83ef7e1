# SPDX-License-Identifier: MIT
"""The attacks of `tests/attacks`, or a share of them, one after the other on two domain controllers."""

from __future__ import annotations

import logging

from tests.attacks.field import Broken, field_on
from tests.attacks.registry import Attack, all_attacks
from tests.reliability.children import Child
from tests.reliability.outcome import Finding, Outcome, Patience
from tests.samba.pair import TwoControllers

_LONGEST_SECONDS = 420
CHOSEN: list[str] = []
"""Words of those that are played; empty: all of them."""
SHARE = [1, 1]
"""Which share of them, of how many."""


def _played(pair: TwoControllers, attack: Attack) -> list[Finding]:
    logging.getLogger().handlers = [logging.NullHandler()]
    with field_on(pair) as field:
        try:
            attack.play(field)
        except Broken as broken:
            return [(broken.kind, str(broken))]  # type: ignore[list-item]
    return []


def is_chosen(attack: Attack) -> bool:
    """Whether an attack is one of those that are to be played."""
    return not CHOSEN or any(words in f"{attack.kind}: {attack.name}" for words in CHOSEN)


def chosen_attacks(*, short: bool, share: tuple[int, int] = (1, 1)) -> list[Attack]:
    """Those that are to be played. A share (which, of how many) has as many as another, or one more."""
    which, shares = share
    return [one for one in all_attacks() if (one.short or not short) and is_chosen(one)][which - 1 :: shares]


def attack_series(pair: TwoControllers, *, short: bool = False) -> Outcome:
    """All of them, or those of the short form; of either the share that was asked for."""
    outcome = Outcome("attacks")
    chosen = chosen_attacks(short=short, share=(SHARE[0], SHARE[1]))
    for attack in chosen:
        try:
            found = Child(lambda attack=attack: _played(pair, attack), seconds=_LONGEST_SECONDS).result()  # type: ignore[misc]
        except Exception as error:  # noqa: BLE001 - a finding; the next one is played all the same
            found = [("wrong", f"it could not be played to its end: {error}")]
        outcome.add(f"{attack.kind}: {attack.name}", [(kind, text) for kind, text in found])
        if Patience.stop_at_first and outcome.failures:
            break
        pair.restore()
    outcome.figures = {"kinds": sorted({one.kind for one in chosen})}
    return outcome.done()
