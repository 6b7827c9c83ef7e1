# SPDX-License-Identifier: MIT
"""Safeguards of time: whose clock is believed, and when something is looked at."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/elevation/"
_UNIT = "tests/unit/elevation"
_WITNESSES = (f"{_UNIT}/test_witnesses.py", f"{_UNIT}/test_domain_clock.py", f"{_UNIT}/test_wrong_clocks.py")
_SLOW = (f"{_UNIT}/test_slow_clocks.py", f"{_UNIT}/test_domain_clock.py", f"{_UNIT}/test_witnesses.py")
_CLOCK = (f"{_UNIT}/test_domain_clock.py", f"{_UNIT}/test_wrong_clocks.py", _UNIT)
_PACING = (f"{_UNIT}/test_pacing.py",)
_LIMITS = (f"{_UNIT}/test_reach_limits.py", f"{_UNIT}/test_failover.py", _UNIT)

TIME = (
    # --- witnesses ----------------------------------------------------------------------------------------
    Plant(
        "the highest domain time ever trusted is no witness",
        _HERE + "witnesses.py",
        "    return floor is not None and floor - time > TOLERANCE\n",
        "    return False\n",
        _WITNESSES,
        ("clocks", "apart"),
    ),
    Plant(
        "another domain controller is no witness",
        _HERE + "witnesses.py",
        "    of_controllers = sum(agree(time, r.time) for r in witnesses.controllers)\n",
        "    of_controllers = int(agree(time, witnesses.main.time))\n",
        _WITNESSES,
        ("clocks", "apart"),
    ),
    Plant(
        "what this computer knows is no witness",
        _HERE + "witnesses.py",
        "    return of_controllers + (_local_support(time, witnesses) is not _Local.NOT)\n",
        "    return of_controllers\n",
        _WITNESSES,
        ("clocks", "apart"),
    ),
    Plant(
        "one clock alone is believed",
        _HERE + "witnesses.py",
        "    is_trusted = _votes(best, witnesses) >= 2\n",
        "    is_trusted = True\n",
        _WITNESSES,
        ("clocks", "apart", "attacks"),
    ),
    Plant(
        "a tie is not decided by what was carried on",
        _HERE + "witnesses.py",
        "    return _votes(time, witnesses), above, _local_support(time, witnesses)\n",
        "    return _votes(time, witnesses), above, 0\n",
        _WITNESSES,
        ("clocks",),
    ),
    Plant(
        "a tie is not decided by the highest time",
        _HERE + "witnesses.py",
        "    return _votes(time, witnesses), above, _local_support(time, witnesses)\n",
        "    _ = above\n    return _votes(time, witnesses), True, _local_support(time, witnesses)\n",
        _WITNESSES,
        ("clocks",),
    ),
    Plant(
        "a domain controller that nobody supports is counted with",
        _HERE + "witnesses.py",
        "    for time in (max(known, default=None), witnesses.main.time, witnesses.floor):\n",
        "    for time in (witnesses.main.time, max(known, default=None), witnesses.floor):\n",
        _WITNESSES,
        ("clocks", "apart"),
    ),
    Plant(
        "a grant from the future lasts as long as a wrong clock said",
        _HERE + "witnesses.py",
        "    if granted_at is None or not is_from_the_future(granted_at, now):\n",
        "    if True:\n",
        (*_WITNESSES, _UNIT),
        ("apart",),
    ),
    Plant(
        "a grant from the future is due by a clock that nobody supports",
        _HERE + "witnesses.py",
        "    lent = timedelta(0) if is_trusted else max(deadline - granted_at, timedelta(0))\n",
        "    lent = timedelta(0)\n",
        (*_WITNESSES, _UNIT),
        ("apart",),
    ),
    # --- a little at a time -------------------------------------------------------------------------------
    Plant(
        "one domain controller moves what is known here",
        _HERE + "witnesses.py",
        "    if is_confirmed or not known:\n",
        "    if True:\n",
        _SLOW,
        ("attacks",),
    ),
    Plant(
        "one domain controller moves what is known here as fast as it likes",
        _HERE + "domain_clock.py",
        "_DRIFT = 1e-4\n",
        "_DRIFT = 1.0\n",
        _SLOW,
    ),
    Plant(
        "what oscillators differ by is not followed",
        _HERE + "domain_clock.py",
        "_DRIFT = 1e-4\n",
        "_DRIFT = 0.0\n",
        _SLOW,
    ),
    Plant(
        "one domain controller is counted with within the tolerance",
        _HERE + "witnesses.py",
        "        time = sorted([*controllers, *known])[-2]\n",
        "        time = witnesses.main.time\n",
        _SLOW,
        ("attacks",),
    ),
    Plant(
        "the latest clock is counted with within the tolerance",
        _HERE + "witnesses.py",
        "        time = sorted([*controllers, *known])[-2]\n",
        "        time = max([*controllers, *known])\n",
        _SLOW,
        ("attacks",),
    ),
    Plant(
        "two that agree within seconds do not decide",
        _HERE + "witnesses.py",
        "    is_close = support(chosen) >= 2\n",
        "    is_close = False\n",
        _SLOW,
        ("attacks",),
    ),
    Plant(
        "one alone decides within the tolerance",
        _HERE + "witnesses.py",
        "    is_close = support(chosen) >= 2\n",
        "    is_close = True\n",
        _SLOW,
        ("attacks",),
    ),
    Plant(
        "what one clock calls over within the tolerance is no alarm",
        _HERE + "witnesses.py",
        "        latest=None if is_close or latest == time else latest,\n",
        "        latest=None,\n",
        _SLOW,
        ("attacks",),
    ),
    Plant(
        "nobody else is asked within the tolerance",
        _HERE + "domain_clock.py",
        "        if not judgement.is_close or not all(is_near(main, t) for t in known):\n",
        "        if not (judgement.main_agrees and judgement.is_trusted):\n",
        _SLOW,
        ("attacks",),
    ),
    Plant(
        "nobody else is asked where the clocks here differ",
        _HERE + "domain_clock.py",
        "        if not judgement.is_close or not all(is_near(main, t) for t in known):\n",
        "        _ = known\n        if not judgement.is_close:\n",
        _SLOW,
    ),
    Plant(
        "a correction that nobody confirmed is for ever",
        _HERE + "domain_clock.py",
        "        return not is_near(main, witnesses.computer) and not is_confirmed\n",
        "        _ = is_confirmed\n        return False\n",
        _SLOW,
    ),
    Plant(
        "what was read last is carried on as a witness",
        _HERE + "domain_clock.py",
        "            carried=_carried_on(state.established, state, monotonic),\n",
        "            carried=None if state.trusted is None else state.trusted.at(monotonic),\n",
        _SLOW,
    ),
    # --- the clock of a domain ----------------------------------------------------------------------------
    Plant(
        "what this process lent is no witness of its end",
        _HERE + "domain_clock.py",
        "            return max(now, elevation.deadline) if left <= 0 else now\n",
        "            return now\n",
        (f"{_UNIT}/test_gate.py", *_CLOCK),
        ("apart", "attacks"),
    ),
    Plant(
        "a clock that is not believed may grant",
        _HERE + "domain_clock.py",
        "        if state.doubt or state.trusted is None:\n",
        "        if False:\n",
        (f"{_UNIT}/test_gate.py", *_CLOCK),
        ("apart", "attacks"),
    ),
    Plant(
        "a clock that goes wrong during the checks may grant",
        _HERE + "granting.py",
        "        self._clock.require_trusted()\n",
        "",
        (f"{_UNIT}/test_gate.py", *_CLOCK),
        ("apart", "attacks"),
    ),
    Plant(
        "a deadline that is over by a clock nobody supports is no alarm",
        _HERE + "domain_clock.py",
        "        is_open = self._state.later is not None or (bool(self.doubt) and not self.is_trusted)\n",
        "        is_open = self._state.later is not None\n",
        _CLOCK,
        ("apart",),
    ),
    Plant(
        "a grant from the future is no alarm",
        _HERE + "domain_clock.py",
        "        if elevation.granted_at is not None and "
        "is_from_the_future(elevation.granted_at, self.now()):\n"
        "            return True\n",
        "",
        _CLOCK,
        ("apart",),
    ),
    Plant(
        "time runs backwards to what it was",
        _HERE + "domain_clock.py",
        "        carried = _Carried(time, wall, monotonic, max(before, time))\n",
        "        carried = _Carried(time, wall, monotonic, time)\n        _ = before\n",
        _CLOCK,
        ("clocks",),
    ),
    Plant(
        "the highest time is forgotten with the process",
        _HERE + "domain_clock.py",
        "            self._keeper.save(kept)\n",
        "            pass\n",
        _CLOCK,
        ("apart",),
    ),
    Plant(
        "the way of the question counts for the domain",
        _HERE + "domain_clock.py",
        "                asked.append(Reading(other.host, other.time - passed))\n",
        "                asked.append(Reading(other.host, other.time))\n                _ = passed\n",
        _CLOCK,
    ),
    Plant(
        "before the first reading it may be earlier than it has been",
        _HERE + "domain_clock.py",
        "        return computer if floor is None else max(computer, floor)\n",
        "        return computer\n",
        _CLOCK,
        ("apart",),
    ),
    # --- limits -------------------------------------------------------------------------------------------
    Plant(
        "a pass has no budget of time",
        _HERE + "service.py",
        "                with self._reach.controllers(provider, preferred, within_seconds=PASS_SECONDS) "
        "as controllers:\n                    sweeper",
        "                with self._reach.controllers(provider, preferred) as controllers:\n"
        "                    sweeper",
        _LIMITS,
        ("late", "attacks"),
    ),
    Plant(
        "the budget of a pass does not reach the requests",
        _HERE + "reaching.py",
        "            directory.work_until(time.monotonic() + max(0.0, until - self._clock.monotonic()))\n",
        "            _ = time\n",
        _LIMITS,
        ("late",),
    ),
    Plant(
        "one that can't be reached is tried again at once in the next pass",
        _HERE + "reaching.py",
        "            self._unreachable[key] = (self._clock.monotonic() + "
        "UNREACHABLE_SECONDS, error.message)\n",
        "            _ = error\n",
        _LIMITS,
        ("late",),
    ),
    Plant(
        "one candidate may take all the time of a pass",
        _HERE + "reaching.py",
        "                bounded = attempt.until is not None and not is_last\n",
        "                bounded = False\n                _ = is_last\n",
        _LIMITS,
        ("late",),
    ),
    Plant(
        "what is under way is not broken off",
        _HERE + "reaching.py",
        "        for directory in handed_out:\n            directory.cancel()\n",
        "        _ = handed_out\n",
        (*_LIMITS, "tests/unit/commands/test_dead_domain.py"),
        ("attacks",),
    ),
    Plant(
        "a connection that is being made is not broken off",
        _HERE + "reaching.py",
        "        for token in connecting:\n            token.cancel()\n",
        "        _ = connecting\n",
        (*_LIMITS, "tests/unit/commands/test_dead_domain.py"),
        ("attacks",),
    ),
    # --- when something is looked at ----------------------------------------------------------------------
    Plant(
        "no look every 3 s while something is under way",
        _HERE + "pacing.py",
        "            if elevation.state in (State.PROPAGATING, State.ENDING):\n",
        "            if False:\n",
        _PACING,
    ),
    Plant(
        "a minute between two ticks",
        _HERE + "pacing.py",
        "TICK_SECONDS: Final = 15\n",
        "TICK_SECONDS: Final = 60\n",
        (*_PACING, "tests/ui/main_window/test_heartbeat.py"),
    ),
    Plant(
        "a deadline that comes waits for the next tick",
        _HERE + "pacing.py",
        "        if self._is_tick_asked or has_come:\n",
        "        if self._is_tick_asked:\n",
        _PACING,
        ("late", "attacks"),
    ),
    Plant(
        "what became due during a tick is forgotten",
        _HERE + "pacing.py",
        "            self._compared_at = min(self._begun_at, self._domain_now())\n",
        "            self._compared_at = self._domain_now()\n",
        _PACING,
        ("late",),
    ),
    Plant(
        "what another witness calls due waits for the next tick",
        _HERE + "pacing.py",
        "            by = max(now, self._time_for(elevation))\n",
        "            by = now\n",
        _PACING,
    ),
    Plant(
        "a sleep of the computer is not noticed",
        _HERE + "pacing.py",
        "            self._is_tick_asked = self._is_sweep_asked = True\n",
        "            pass\n",
        _PACING,
    ),
    Plant(
        "what the store prevented is tried again at the next tick only",
        _HERE + "pacing.py",
        "            self._retry_at = now + RETRY_SECONDS\n",
        "",
        _PACING,
    ),
    Plant(
        "a sweep goes before what is due",
        _HERE + "pacing.py",
        "            return Wanted.TICK  # what is due does not wait for what a sweep looks for besides\n",
        "            return Wanted.SWEEP if self._is_sweep_asked else Wanted.TICK\n",
        _PACING,
    ),
    # --- times to live ------------------------------------------------------------------------------------
    Plant(
        "an extension leaves the memberships their time to live",
        _HERE + "extending.py",
        "        if not directory.info.abilities.ttl_links:\n"
        "            return\n"
        "        account = directory.read",
        "        if True:\n            return\n        account = directory.read",
        (f"{_UNIT}/test_extending.py",),
        ("directory",),
    ),
    Plant(
        "a membership lives a minute longer than its elevation",
        _HERE + "assurance.py",
        "    return max(math.ceil((deadline - now).total_seconds()) - 1, 1)\n",
        "    return max(math.ceil((deadline - now).total_seconds()) + 59, 1)\n",
        (f"{_UNIT}/test_what_ends_it.py",),
        ("directory",),
    ),
    Plant(
        "what the directory has promised to end is no alarm",
        _HERE + "service.py",
        "            due = elevation.is_due(clock.time_for(elevation))\n            if not due and",
        "            due = elevation.is_due(clock.time_for(elevation))\n"
        "            if elevation.directory_ends_at is not None:\n"
        "                continue\n"
        "            if not due and",
        (f"{_UNIT}/test_directory_ends_it.py",),
        ("directory",),
    ),
    Plant(
        "what the directory has promised to end is left to it",
        _HERE + "sweeping.py",
        "        return elevation.is_due(self._clock.time_for(elevation))\n",
        "        at = self._clock.time_for(elevation)\n"
        "        return elevation.directory_ends_at is None and elevation.is_due(at)\n",
        (f"{_UNIT}/test_extending.py",),
        ("directory",),
    ),
)
