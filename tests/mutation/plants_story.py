# SPDX-License-Identifier: MIT
"""Safeguards of moments that were named, of what is told and in which order, and of a window that hangs."""

from __future__ import annotations

from tests.mutation.plant import Plant

_UNTIL = ("tests/unit/elevation/test_until.py",)
_STORY = ("tests/unit/store/test_story.py", "tests/unit/elevation/test_told_in_order.py")
_INSTANCE = ("tests/unit/platform/test_single_instance.py",)
_PROGRAM = ("tests/ui/test_program.py",)

STORY = (
    # --- the moment that was named for the end ------------------------------------------------------------
    Plant(
        "the moment that was named for the end is counted from the grant",
        "jit_desktop/elevation/rules.py",
        "    return min(deadline, until)\n",
        "    return deadline\n",
        _UNTIL,
        ("attacks",),
    ),
    Plant(
        "a moment that is over when the checks are done is lent until all the same",
        "jit_desktop/elevation/rules.py",
        "    if left < provider.policy.minimum_seconds:\n",
        "    if False:\n",
        _UNTIL,
        ("attacks",),
    ),
    Plant(
        "that the moment is over is noticed when the first write is recorded",
        "jit_desktop/elevation/granting.py",
        "        deadline_for(self._provider, self._request, now)\n        return now\n",
        "        return now\n",
        _UNTIL,
    ),
    Plant(
        "a second that has begun is lent whole",
        "jit_desktop/elevation/rules.py",
        "    until = request.until.replace(microsecond=0)\n",
        "    until = (request.until + timedelta(seconds=0.999999)).replace(microsecond=0)\n",
        _UNTIL,
    ),
    Plant(
        "the command forgets the moment once it is a duration",
        "jit_desktop/commands/elevations.py",
        "        until=None if args.until is None else args.until.astimezone(UTC),\n",
        "        until=None,\n",
        ("tests/unit/commands/test_commands.py",),
        ("attacks",),
    ),
    Plant(
        "the window forgets the moment once it is a duration",
        "jit_desktop/ui/checkout/form.py",
        "            until=self._duration.end(),\n",
        "            until=None,\n",
        ("tests/ui/checkout/test_form.py",),
    ),
    Plant(
        "an extension until a moment is added to what another copy has added",
        "jit_desktop/elevation/rules.py",
        "    return min(extra_seconds, left)\n",
        "    return extra_seconds\n",
        _UNTIL,
    ),
    # --- a window that hangs ------------------------------------------------------------------------------
    Plant(
        "a window that hangs keeps every other one from opening",
        "jit_desktop/platform/single_instance.py",
        "            if left <= 0:\n                return False\n",
        "            if left <= 0:\n                return True\n",
        (*_INSTANCE, *_PROGRAM),
    ),
    Plant(
        "in the background a window that hangs counts as one that works",
        "jit_desktop/window.py",
        "        if args.background and ask_first_to_answer(data_dir):\n",
        "        if args.background:\n",
        _PROGRAM,
    ),
    Plant(
        "a window that opens beside one that hangs does not say so",
        "jit_desktop/window.py",
        "                shell.main.tell_of_another(ANOTHER_HANGS)\n",
        "                pass\n",
        _PROGRAM,
    ),
    Plant(
        "a window that opens beside one that hangs is deaf",
        "jit_desktop/platform/single_instance.py",
        "            return cls(None, requests if requests.exists() else None)\n",
        "            return cls()\n",
        (*_INSTANCE, *_PROGRAM),
    ),
    Plant(
        "a window that is still starting is given no more time than one that is open",
        "jit_desktop/platform/single_instance.py",
        "        left = ANSWER_SECONDS if before else START_SECONDS\n",
        "        left = ANSWER_SECONDS\n",
        _INSTANCE,
    ),
    Plant(
        "where the system watches no file no request is heard",
        "jit_desktop/platform/single_instance.py",
        "                self._look.start()\n",
        "                pass\n",
        _INSTANCE,
    ),
    # --- what is told, in its order -----------------------------------------------------------------------
    Plant(
        "a time that no clock said is called the domain's",
        "jit_desktop/store/story.py",
        "else (last, TimeSource.PUT_AFTER)\n",
        "else (last, clock)\n",
        _STORY,
    ),
    Plant(
        "an elevation has ended before its end was begun",
        "jit_desktop/store/story.py",
        "        ended_at, ended_clock = in_order(elevation.ended_at, clock, last)\n",
        "        ended_at, ended_clock = elevation.ended_at, clock\n",
        _STORY,
    ),
    Plant(
        "each later move is told for the end",
        "jit_desktop/store/story.py",
        "    if transition.event in elevation_rows.CLOSING_EVENTS and elevation.ended_at is not None:\n",
        "    if elevation.ended_at is not None:\n",
        _STORY,
    ),
    Plant(
        "steps run backwards between two programs",
        "jit_desktop/store/story.py",
        "    at, clock = in_order(report.at, report.clock, last)\n",
        "    at, clock = report.at, report.clock\n",
        _STORY,
    ),
    Plant(
        "what else is audited of an elevation runs backwards",
        "jit_desktop/store/story.py",
        "    put_at, put_clock = in_order(at, clock, last)\n",
        "    put_at, put_clock = at, clock\n",
        _STORY,
    ),
    Plant(
        "a move by the domain's clock is told before what was audited since the last one",
        "jit_desktop/store/story.py",
        "    at, clock = in_order(kept.at, kept.clock, last)\n",
        "    at, clock = kept.at, kept.clock\n",
        _STORY,
    ),
    Plant(
        "what the clock said of a time that is no clock's is not kept",
        "jit_desktop/store/story.py",
        "if put_at != at else {}\n",
        "if False else {}\n",
        _STORY,
    ),
    Plant(
        "a time in the audit trail that somebody has damaged keeps ends from being recorded",
        "jit_desktop/store/audit_trail.py",
        "    except (ValueError, OverflowError):\n        return None  # what",
        "    except OverflowError:\n        return None  # what",
        _STORY,
    ),
    Plant(
        "a clock that nobody knows hides the elevation",
        "jit_desktop/store/elevation_rows.py",
        " for row in rows if row.clock in _CLOCKS}\n",
        " for row in rows}\n",
        _STORY,
    ),
    Plant(
        "a list does not say that the time of an end is a guess",
        "jit_desktop/commands/output.py",
        "        if guess := clock_words(elevation.ended_clock):\n",
        '        if guess := "":\n',
        ("tests/unit/commands/test_output.py",),
    ),
    Plant(
        "the window does not say that the time of an end is a guess",
        "jit_desktop/ui/models/standing.py",
        '    return f"{when} ({guess})" if guess else when\n',
        "    return when\n",
        ("tests/ui/main_window/test_after_the_end.py",),
    ),
    Plant(
        "the window does not say that a move is told by a guess",
        "jit_desktop/ui/main_window/details_pane.py",
        "            guess = clock_words(transition.clock)\n",
        '            guess = ""\n',
        ("tests/ui/main_window/test_after_the_end.py",),
    ),
)
