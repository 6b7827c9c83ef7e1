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
_TWICE: Final = "one account"
_CLOCKS_A_LITTLE: Final = "one clock is believed a little at a time"
_WIPED: Final = "a group of ours without any text of ours"
_NAMES: Final = "a record that names somebody or something else"
_TOKENS: Final = "a way through a group of somebody's own"
_UNLISTED: Final = "a membership that stands in no member attribute"
_KEPT: Final = "what a group keeps to itself"
_ONE_DECIDES: Final = "one domain controller decides for all"
_EXPLAINED: Final = "a way that is not permanent explains what is left"
_NOBODY_ASKS: Final = "a domain controller that nobody asks"
_EARLY: Final = "another copy ends it early"
_NAMESAKE: Final = "the settings lead to another domain of the name"
_OWN_ROW: Final = "one value in the own database"
_LEFT: Final = "what is left over gives again"

_FIRST: Final = {
    "remaining.py": (_EXPLAINED, _UNLISTED, _SIGHT, _WORDS),
    "inspection.py": (_WORDS,),
    "ending.py": (_MEANS, _GONE, _EXPLAINED, _SIGHT, _ALTERED),
    "confirming.py": (_LEFT, _GONE, _NOBODY_ASKS),
    "left_over.py": (_LEFT,),
    "controllers.py": (_NOBODY_ASKS, _GONE, _SIGHT),
    "verdict.py": (_WIPED, _NAMES, _RULES, _STRANGERS, _TOKENS, _ALTERED, _KEPT),
    "judging.py": (_ONE_DECIDES, _TOKENS, _UNLISTED, _WIPED),
    "surveying.py": (_UNLISTED, _KEPT, _TOKENS, _SIGHT, _WIPED, _ALTERED, _STORE),
    "adopting.py": (_NAMES, _WIPED, _STRANGERS, _RULES, _ALTERED, _EARLY),
    "record.py": (_ALTERED,),
    "sweeping.py": (_OWN_ROW, _SIGHT, _ALARMS, _GONE),
    "service.py": (_ALARMS, _WAITING, _OWN_ROW, _LATE),
    "lifecycle.py": (_GONE,),
    "gate.py": (_LATE,),
    "granting.py": (_LATE, _TWICE, _CLOCKS),
    "lease.py": (_LATE,),
    "rivals.py": (_TWICE,),
    "extending.py": (_EARLY, _RULES, _ALTERED),
    "prolonging.py": (_EARLY, _ALTERED),
    "witnesses.py": (_CLOCKS, _CLOCKS_A_LITTLE),
    "domain_clock.py": (_CLOCKS, _CLOCKS_A_LITTLE),
    "reaching.py": (_NAMESAKE, _WAITING),
    "domain.py": (_NAMESAKE,),
    "punctual.py": (_WAITING,),
    "connector.py": (_WAITING,),
    "tls.py": (_WAITING,),
    "session.py": (_MEANS, _SIGHT),
    "ldap_directory.py": (_UNLISTED, _KEPT, _SIGHT),
    "memberships.py": (_UNLISTED, _KEPT, _SIGHT),
    "pacing.py": (_STORE, _WAITING),
    "serving.py": (_STORE, _WAITING),
    "exit_codes.py": (_SIGHT,),
    "model.py": (_OWN_ROW, _ALTERED),
    "fields.py": (_OWN_ROW, _STORE),
    "memory.py": (_STORE,),
    "database.py": (_STORE,),
    "opening.py": (_STORE,),
    "choosing.py": (_STORE,),
    "settings_copies.py": (_STORE,),
    "app.py": (_STORE,),
    "run.py": (_STORE,),
    "sqlite_store.py": (_STORE, _OWN_ROW),
}


def first_attacks(plant: Plant) -> tuple[str, ...]:
    """Kinds of attacks to be played first; empty where none is known to be nearer than others."""
    return _FIRST.get(PurePath(plant.file).name, (_SIGHT,))
