# SPDX-License-Identifier: MIT
"""Safeguards against what is around the program: connections that are cut, domain controllers that come
back, a credential store or a log that hangs."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/elevation/"
_UNIT = "tests/unit/elevation"
_COLLEAGUE = (f"{_UNIT}/test_ended_by_a_colleague.py", _UNIT)
_FORGOTTEN = (f"{_UNIT}/test_gone_on_one.py", _UNIT)
_LOCK = (f"{_UNIT}/test_check_in_and_the_lock.py", _UNIT)
_BACK = (f"{_UNIT}/test_back_and_still_shown.py", _UNIT)
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
    # --- domain controllers that come back ----------------------------------------------------------------
    Plant(
        "one that is back and goes on giving what has ended is no alarm",
        _HERE + "confirming.py",
        "            is_alarm = not truth.is_over and self._is_alarm(elevation, truth)\n",
        "            is_alarm = False\n",
        _BACK,
        ("attacks",),
    ),
    Plant(
        "one that is back and refuses the removal is given time",
        _HERE + "confirming.py",
        "        if truth.gives and self._controllers.is_writable(truth.host):\n",
        "        if False:\n",
        _BACK,
        ("attacks",),
    ),
    Plant(
        "a read-only one that is back is waited for without end",
        _HERE + "confirming.py",
        "        return since is None or (self._clock.now() - since).total_seconds() >= patience\n",
        "        return since is None\n",
        _BACK,
    ),
    Plant(
        "one that is back is an alarm before replication had its time",
        _HERE + "confirming.py",
        "self._end = End(clock, journal, latency_seconds=latency_seconds)\n",
        "self._end = End(clock, journal)\n",
        _BACK,
    ),
    Plant(
        "what one that is back gives is forgotten until it is asked again",
        _HERE + "service.py",
        "suspects=(*self._suspects(provider_id, found), *self._still_given.get(provider_id, ())),\n",
        "suspects=self._suspects(provider_id, found),\n",
        _BACK,
    ),
    Plant(
        "one that was back and does not answer again is no alarm any more",
        _HERE + "service.py",
        "        self._still_given[provider.id] = (*confirmation.alarms, *unseen)\n",
        "        self._still_given[provider.id] = tuple(confirmation.alarms)\n",
        _BACK,
    ),
    Plant(
        "an alarm is none any more where nobody could look again",
        _HERE + "service.py",
        "        return (*found.suspects, *as_it_was)\n",
        "        return tuple(found.suspects)\n",
        ("tests/unit/elevation/test_forged.py",),
    ),
    Plant(
        "what was taken back is an alarm where nobody could look again",
        _HERE + "service.py",
        " if s.is_alarm and s.elevation is None]\n",
        " if s.is_alarm]\n",
        ("tests/unit/elevation/test_forged.py",),
    ),
    # --- domain controllers that have not heard of it -----------------------------------------------------
    Plant(
        "what the main one does not show is over, wherever it was granted",
        _HERE + "sweeping.py",
        "                if not self._is_gone_where_written(elevation):\n",
        "                if False:\n",
        _COLLEAGUE,
        ("attacks",),
    ),
    Plant(
        "what is not shown where it was granted is over, whatever the account has there",
        _HERE + "sweeping.py",
        "NotVisible) and self._is_proven_over(elevation, where)\n",
        "NotVisible)\n",
        _COLLEAGUE,
    ),
    Plant(
        "what the main one does not show is over, whatever the account has there",
        _HERE + "sweeping.py",
        "        if self._is_proven_over(elevation, self._directory):\n",
        "        if True:\n",
        _COLLEAGUE,
    ),
    Plant(
        "a look is as granted for ever where nobody can be asked who has heard of it",
        _HERE + "sweeping.py",
        "                if age < self._end.patience_seconds:\n",
        "                if True:\n",
        _COLLEAGUE,
    ),
    Plant(
        "one of which the main one can't have heard yet is told as not visible",
        _HERE + "sweeping.py",
        "                if age < self._end.patience_seconds:\n",
        "                if False:\n",
        _COLLEAGUE,
    ),
    # --- domain controllers that have forgotten it --------------------------------------------------------
    Plant(
        "what one domain controller has forgotten is taken away at the others",
        _HERE + "sweeping.py",
        "            if not doubt:\n",
        "            if True:\n",
        _FORGOTTEN,
        ("attacks",),
    ),
    Plant(
        "one alone is believed that it is over while no other can be asked",
        _HERE + "sweeping.py",
        "        if is_borne_out and all(t.problem for t in in_doubt):\n",
        "        if all(t.problem for t in in_doubt):\n",
        _FORGOTTEN,
        ("attacks",),
    ),
    Plant(
        "two are believed that it is over while a third one has it",
        _HERE + "sweeping.py",
        "        if is_borne_out and all(t.problem for t in in_doubt):\n",
        "        if is_borne_out:\n",
        _FORGOTTEN,
    ),
    Plant(
        "a tombstone proves nothing while another one has not heard of it",
        _HERE + "sweeping.py",
        "        if guid is not None and self._directory.was_deleted(guid):\n",
        "        if False:\n",
        _FORGOTTEN,
    ),
    Plant(
        "what was deleted at one waits for broken replication until its deadline",
        _HERE + "sweeping.py",
        "        if (self._clock.now() - since).total_seconds() >= self._end.patience_seconds:\n",
        "        if False:\n",
        _FORGOTTEN,
    ),
    Plant(
        "each program counts anew for how long one has forgotten it",
        _HERE + "journal.py",
        "            return said[-1].at\n",
        "            return self._now()\n",
        _FORGOTTEN,
    ),
    Plant(
        "what is forgotten once more is given no time",
        _HERE + "sweeping.py",
        "            self._tell_shown_again(elevation)\n",
        "            pass\n",
        _FORGOTTEN,
    ),
    # --- what is on this computer -------------------------------------------------------------------------
    Plant(
        "a check-in waits for a locked database before the rights are gone",
        _HERE + "service.py",
        "        try:\n            started = end.start(elevation, EndReason.CHECK_IN, wait=False)\n",
        "        try:\n            started = end.start(elevation, EndReason.CHECK_IN)\n",
        _LOCK,
    ),
    Plant(
        "whatever stands in the place of the log is written to",
        "jit_desktop/platform/logging_setup.py",
        "    if not stat.S_ISREG(os.fstat(opened).st_mode):\n",
        "    if False:\n",
        ("tests/unit/platform/test_logging_setup.py",),
    ),
)
