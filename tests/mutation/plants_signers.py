# SPDX-License-Identifier: MIT
"""Safeguards where those who extend one elevation sign in differently, and where its end waits to be tried
again."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/elevation/"
_UNIT = "tests/unit/elevation"
_SIGNERS = (f"{_UNIT}/test_two_signers.py",)
_ROWS = (f"{_UNIT}/test_row_of_nobody.py",)

SIGNERS = (
    # --- one end, whoever extended last ---------------------------------------------------------------------
    Plant(
        "an empty copy goes by the markers of its own account alone where there are some",
        _HERE + "judging.py",
        "                marked,\n                own=trusted,\n",
        "                {maker: marked[maker] for maker in marked if maker in trusted},\n"
        "                own=trusted,\n",
        _SIGNERS,
        ("attacks",),
    ),
    Plant(
        "somebody else's marker counts in full for an empty copy",
        _HERE + "judging.py",
        "                longest=latest_by_policy(group, self._provider, granted_at, now),\n",
        "                longest=now.replace(year=9999),\n",
        _SIGNERS,
    ),
    Plant(
        "whoever writes another name into the record lengthens it by a marker of their own",
        _HERE + "judging.py",
        "            if hands and len(whose) == 1:\n",
        "            if hands:\n",
        _SIGNERS,
    ),
    Plant(
        "what ends early because nothing proves more is said to be longer than the policy allows",
        _HERE + "adopting.py",
        "            is_cut = adopted.deadline == latest_by_policy(",
        "            is_cut = adopted is not None or latest_by_policy(",
        _SIGNERS,
    ),
    Plant(
        "what ends early by the policy is not said to",
        _HERE + "adopting.py",
        "            is_cut = adopted.deadline == latest_by_policy(",
        "            is_cut = adopted is None and latest_by_policy(",
        _SIGNERS,
    ),
    # --- one row, however often its end is tried ------------------------------------------------------------
    Plant(
        "what waits to be tried again becomes a second row",
        _HERE + "adopting.py",
        "                    if self._goes_on(known, shown, again, found):\n",
        "                    if False:\n",
        _ROWS,
        ("attacks",),
    ),
    Plant(
        "a pause that somebody wrote is waited for",
        _HERE + "adopting.py",
        "        if self._has_lost_rights(resumed, seen, found):\n",
        "        if False:\n",
        _ROWS,
    ),
    Plant(
        "what lost its rights in its pause is concluded when that is over",
        _HERE + "service.py",
        "        sweeper.pass_over([*found.adopted, *found.resumed], found)\n",
        "        sweeper.pass_over(found.adopted, found)\n",
        _ROWS,
    ),
    Plant(
        "a row that waits is gone by, whatever account it names",
        _HERE + "adopting.py",
        "        if not (is_waiting and is_same):\n",
        "        if not is_waiting:\n",
        _ROWS,
    ),
    Plant(
        "a row that waits is gone by, however little it was lent",
        _HERE + "adopting.py",
        "        if not {p.group.guid for p in known.privileges}.issuperset(shown.gives):\n",
        "        if False:\n",
        _ROWS,
    ),
    Plant(
        "an end that is refused in its pause is no alarm before that is over",
        _HERE + "adopting.py",
        "        return known.state is State.OVERDUE\n\n    def _is_past_shown_end(",
        "        return True\n\n    def _is_past_shown_end(",
        _ROWS,
    ),
)
