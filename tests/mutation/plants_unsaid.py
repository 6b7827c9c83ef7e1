# SPDX-License-Identifier: MIT
"""Safeguards of what is said: who has not confirmed an end, and that not all is known."""

from __future__ import annotations

from tests.mutation.plant import Plant

_COMMANDS = "jit_desktop/commands/"
_STORE = "jit_desktop/store/"
_UNCONFIRMED = ("tests/unit/commands/test_not_confirmed.py",)
_LOST = ("tests/unit/commands/test_lost_database.py",)
_READING = ("tests/unit/store/test_reading_only.py",)

UNSAID = (
    Plant(
        "a line of one that has ended does not name who could not be asked",
        _COMMANDS + "output.py",
        "    unasked = not_confirmed(elevation)\n",
        '    unasked = ""\n',
        _UNCONFIRMED,
        ("attacks",),
    ),
    Plant(
        "a sweep does not name whom it could not ask about what has ended",
        _COMMANDS + "sweep_words.py",
        "    lines += unconfirmed_lines(report.unconfirmed)\n",
        "",
        _UNCONFIRMED,
    ),
    Plant(
        "a sweep forgets what earlier ones could not ask about",
        "jit_desktop/elevation/service.py",
        "            unconfirmed=self.not_confirmed(provider_id),\n",
        "",
        _UNCONFIRMED,
    ),
    Plant(
        "the list does not name who could not be asked",
        _COMMANDS + "elevations.py",
        ", *unconfirmed_lines(unconfirmed)]",
        "]",
        _UNCONFIRMED,
        ("attacks",),
    ),
    Plant(
        "a service does not say when who was away has confirmed",
        _COMMANDS + "serving.py",
        "        if report.problem or report.overdue or report.unconfirmed:\n",
        "        if report.problem or report.overdue:\n",
        _UNCONFIRMED,
    ),
    Plant(
        "a service does not say when one of several that were away has confirmed",
        _COMMANDS + "serving.py",
        "*sorted(e.id for e in report.overdue), *unasked)\n",
        "*sorted(e.id for e in report.overdue))\n",
        _UNCONFIRMED,
    ),
    Plant(
        "what is confirmed later ends once more for a service",
        _COMMANDS + "serving.py",
        "if not e.is_open and e.id not in over)",
        "if not e.is_open)",
        _UNCONFIRMED,
    ),
    Plant(
        "a service calls confirmed what is only not named any more",
        _COMMANDS + "serving.py",
        "            if not now.is_open and not now.unconfirmed_on:\n",
        "            if True:\n",
        _UNCONFIRMED,
    ),
    Plant(
        "a service says nothing of an end that is under way past its deadline",
        _COMMANDS + "serving.py",
        "            self._tell_ending(watch)\n",
        "",
        _UNCONFIRMED,
    ),
    Plant(
        "a service calls each end late in its first moment",
        _COMMANDS + "serving.py",
        "if e.state is State.ENDING and service.is_unconfirmed(e)]",
        "if e.state is State.ENDING]",
        _UNCONFIRMED,
    ),
    Plant(
        "a service that stops while an end is not confirmed leaves with success",
        _COMMANDS + "serving.py",
        " or e.ends_late(service.time_for(e))]",
        "]",
        _UNCONFIRMED,
        ("attacks",),
    ),
    Plant(
        "a service that stops does not say what it leaves",
        _COMMANDS + "serving.py",
        "            self._say_what_is_left()\n",
        "",
        _UNCONFIRMED,
        ("attacks",),
    ),
    Plant(
        "a list of a database that has lost its settings calls itself whole",
        "jit_desktop/app.py",
        "        if isinstance(self.store_problem, StoreDamaged):\n",
        "        if False:\n",
        _LOST,
        ("attacks",),
    ),
    Plant(
        "a list that is not whole says that nothing is known",
        _COMMANDS + "elevations.py",
        "[_NONE if unread is None else _UNKNOWN]",
        "[_NONE]",
        _LOST,
        ("attacks",),
    ),
    Plant(
        "each command makes a database anew where one is gone",
        _COMMANDS + "run.py",
        "anew=name in _MAKING",
        "anew=True",
        _LOST,
        ("attacks",),
    ),
    Plant(
        "a folder that is gone is made anew for its log",
        "jit_desktop/app.py",
        "    if not anew and not data_dir.exists() and copies.read():\n",
        "    if for_ending and not data_dir.exists() and copies.read():\n",
        _LOST,
    ),
    Plant(
        "what is lent goes by settings that are gone from the database",
        _STORE + "opening.py",
        "    return replace(_as_usual(data_dir, copies), providers=())\n",
        "    return _as_usual(data_dir, copies)\n",
        _LOST,
    ),
    Plant(
        "an audit trail that began anew is called whole",
        _COMMANDS + "audit.py",
        "    if (unread := app.unread()) is not None:\n",
        "    if (unread := None) is not None:\n",
        _LOST,
    ),
    Plant(
        "what stands in the log of a database that can't be written is not read",
        _STORE + "reading_only.py",
        "            self._copied_whole,\n",
        "",
        _READING,
        ("attacks",),
    ),
    Plant(
        "a database that was read without its log calls itself read",
        _STORE + "reading_only.py",
        "        if self._has_log():\n            self.read_in_part",
        "        if False:\n            self.read_in_part",
        _READING,
    ),
    Plant(
        "a copy of a database that was written meanwhile is believed",
        _STORE + "reading_only.py",
        "            if self._stamp() != stamp:\n",
        "            if False:\n",
        _READING,
    ),
    Plant(
        "a copy of a database that can't be written stays as old as it was",
        _STORE + "reading_only.py",
        "                if self._copy is not None and self._stamp() != self._copied:\n",
        "                if False:\n",
        _READING,
    ),
)
