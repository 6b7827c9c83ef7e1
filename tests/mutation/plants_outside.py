# SPDX-License-Identifier: MIT
"""Safeguards against what is around the program: connections that are cut, domain controllers that come
back, a credential store or a log that hangs."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/elevation/"
_UNIT = "tests/unit/elevation"
_CUT = (f"{_UNIT}/test_cut_while_looking.py", _UNIT)

OUTSIDE = (
    # --- connections that are cut -------------------------------------------------------------------------
    Plant(
        "a look whose connection is cut is not begun again",
        _HERE + "service.py",
        "                        if is_last or not controllers.is_cut:\n",
        "                        if True:\n",
        _CUT,
    ),
    Plant(
        "only a cut of the main connection begins a pass again",
        _HERE + "controllers.py",
        "        return not all(directory.is_usable for directory in (self._main, *self._open.values()))\n",
        "        return not self._main.is_usable\n",
        _CUT,
    ),
    Plant(
        "what was found before a cut is told twice",
        _HERE + "service.py",
        "        found.begin_to_look()\n",
        "",
        _CUT,
    ),
)
