# SPDX-License-Identifier: MIT
"""Which attacks are played first against a plant, by the file that it is in: only a few meet what was taken
away, and the others are played only where those few notice nothing."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from tests.mutation.plant import Plant

_SIGHT: Final = "not seen is taken for gone"
_GONE: Final = "“gone” is believed of one domain controller"
_MEANS: Final = "the end has one means only"
_ALTERED: Final = "an altered group talks a copy out of ending it"
_RULES: Final = "another copy's rules end it early"
_STRANGERS: Final = "what is not ours is left alone"
_ALARMS: Final = "a false alarm"
_WORDS: Final = "words that are not true"
_WAITING: Final = "what is due waits for something else"
_STORE: Final = "ending depends on the store"
_CLOCKS: Final = "one clock is believed alone"
_LATE: Final = "a right is given after its deadline"
_TWICE: Final = "one account, twice"

_FIRST: Final = {
    "remaining.py": (_SIGHT, _WORDS),
    "ending.py": (_MEANS, _GONE, _SIGHT, _ALTERED),
    "controllers.py": (_GONE, _SIGHT),
    "verdict.py": (_ALTERED, _RULES, _STRANGERS),
    "surveying.py": (_ALTERED, _GONE, _SIGHT),
    "adopting.py": (_ALTERED, _STRANGERS, _RULES),
    "record.py": (_ALTERED,),
    "sweeping.py": (_SIGHT, _ALARMS, _GONE),
    "service.py": (_ALARMS, _WAITING, _LATE),
    "lifecycle.py": (_GONE,),
    "gate.py": (_LATE,),
    "granting.py": (_TWICE, _CLOCKS, _LATE),
    "lease.py": (_LATE,),
    "rivals.py": (_TWICE,),
    "extending.py": (_ALTERED, _RULES),
    "prolonging.py": (_ALTERED,),
    "witnesses.py": (_CLOCKS,),
    "domain_clock.py": (_CLOCKS,),
    "reaching.py": (_WAITING,),
    "punctual.py": (_WAITING,),
    "connector.py": (_WAITING,),
    "tls.py": (_WAITING,),
    "session.py": (_MEANS, _SIGHT),
    "pacing.py": (_STORE, _WAITING),
    "serving.py": (_STORE, _WAITING),
    "exit_codes.py": (_SIGHT,),
    "model.py": (_ALTERED,),
    "memory.py": (_STORE,),
    "database.py": (_STORE,),
}


def first_attacks(plant: Plant) -> tuple[str, ...]:
    """Kinds of attacks to be played first; empty where none is known to be nearer than others."""
    return _FIRST.get(PurePath(plant.file).name, (_SIGHT,))
