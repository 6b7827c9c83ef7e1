# SPDX-License-Identifier: MIT
"""Safeguards of what is said: who has not confirmed an end."""

from __future__ import annotations

from tests.mutation.plant import Plant

_COMMANDS = "jit_desktop/commands/"
_UNCONFIRMED = ("tests/unit/commands/test_not_confirmed.py",)

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
)
