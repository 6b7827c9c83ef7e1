# SPDX-License-Identifier: MIT
"""Safeguards of what another domain controller keeps to itself."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/elevation/"
_UNIT = "tests/unit/elevation"
_LENT = (f"{_UNIT}/test_lent_elsewhere.py",)

LEFT = (
    Plant(
        "what another domain controller shows that the account has is not looked at",
        _HERE + "rivals.py",
        "            if not self._controllers.is_main(host):\n                self._note_held(",
        "            if False:\n                self._note_held(",
        _LENT,
        ("attacks",),
    ),
    Plant(
        "one that does not show what the account is in is not told",
        _HERE + "rivals.py",
        "        if not any(tokens.holds(account, sid) for sid in held):\n",
        "        if False:\n",
        _LENT,
    ),
    Plant(
        "a grant that has arrived at another domain controller is another one",
        _HERE + "rivals.py",
        " for guid, name in already.items() if not _is_in(own.guid, guid, directory)\n",
        " for guid, name in already.items()\n",
        _LENT,
    ),
    Plant(
        "what was nested between two answers is a way that can't be seen",
        _HERE + "rivals.py",
        "            if refusal is not None and (is_unseen or poll == POLLS):\n",
        "            if refusal is not None:\n",
        _LENT,
    ),
    Plant(
        "a chosen group that is answered with an error at another domain controller explains what is there",
        _HERE + "rivals.py",
        "                return _by_unseen_ways(elevation, already.values(), host)\n",
        "                continue\n",
        _LENT,
    ),
    Plant(
        "what a suspect group gives at another domain controller is for good",
        _HERE + "rivals.py",
        "                doubtful = [other for other in others if other is not None]\n",
        "                doubtful = [other for other in others if other is None]\n",
        _LENT,
    ),
    Plant(
        "one that answers no more while it is asked by which way keeps a checkout",
        _HERE + "rivals.py",
        "            except DirectoryUnavailable as error:\n                self._tell_unasked(",
        "            except Cancelled as error:\n                self._tell_unasked(",
        _LENT,
    ),
)
