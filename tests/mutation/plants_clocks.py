# SPDX-License-Identifier: MIT
"""Safeguards against this computer's clock, and what is carried from one program to the next."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/elevation/"
_UNIT = "tests/unit/elevation"
_WITNESSES = (f"{_UNIT}/test_witnesses.py",)
_CLOCK = (f"{_UNIT}/test_domain_clock.py",)
_WORLD = (f"{_UNIT}/test_set_clocks.py",)
_COMMANDS = ("tests/unit/commands/test_commands.py",)
_BOOT = ("tests/unit/platform/test_boot.py",)
_STORE = ("tests/unit/store/test_proof_of_the_end.py",)
_ATTACKS = ("attacks",)

CLOCKS = (
    # --- nobody is supported by another -------------------------------------------------------------------
    Plant(
        "this computer's clock alone ends what is due by it",
        _HERE + "witnesses.py",
        "    return sorted(possible)[(len(possible) - 1) // 2]\n",
        "    return max(possible)\n",
        _WITNESSES,
        _ATTACKS,
    ),
    Plant(
        "the earliest of three clocks counts",
        _HERE + "witnesses.py",
        "    return sorted(possible)[(len(possible) - 1) // 2]\n",
        "    return min(possible)\n",
        _WITNESSES,
    ),
    Plant(
        "a domain controller that nobody supports is counted with",
        _HERE + "witnesses.py",
        "    return sorted(possible)[(len(possible) - 1) // 2]\n",
        "    return possible[0]\n",
        _WITNESSES,
        ("clocks", "apart"),
    ),
    Plant(
        "this computer's clock ends what a domain controller below the floor does not",
        _HERE + "witnesses.py",
        "    if not possible:\n        return witnesses.main.time if floor is None else floor\n",
        "",
        _WITNESSES,
        _ATTACKS,
    ),
    Plant(
        "a clock that is proven wrong is heard",
        _HERE + "witnesses.py",
        "    possible = [time for time in said if not is_below_floor(time, floor)]\n",
        "    possible = list(said)\n",
        _WITNESSES,
    ),
    Plant(
        "this computer's clock that is proven wrong is heard",
        _HERE + "witnesses.py",
        "    if is_heard and not is_below_floor(wall, floor):\n",
        "    if is_heard:\n",
        _WITNESSES,
    ),
    Plant(
        "what this computer's clock alone calls past is no alarm",
        _HERE + "witnesses.py",
        "            latest=latest if latest is not None and latest > time else None,\n",
        "            latest=None,\n",
        _WITNESSES,
        _ATTACKS,
    ),
    Plant(
        "one clock against two of this computer is an alarm",
        _HERE + "witnesses.py",
        "    if witnesses.carried is not None and any(agree(witnesses.carried, t) for t in here):\n",
        "    if witnesses.carried is not None and not here:\n",
        (*_WITNESSES, *_CLOCK),
    ),
    Plant(
        "where all clocks are below the floor the time is known",
        _HERE + "witnesses.py",
        "            is_lost=all(is_below_floor(t, witnesses.floor) for t in _candidates(witnesses)),\n",
        "",
        _WITNESSES,
    ),
    # --- from one program to the next ---------------------------------------------------------------------
    Plant(
        "nothing is carried from one program to the next",
        _HERE + "domain_clock.py",
        "                carried = carried_over(kept, self._clock)\n",
        "                carried: datetime | None = None\n",
        _CLOCK,
        _ATTACKS,
    ),
    Plant(
        "what is carried over is no witness",
        _HERE + "domain_clock.py",
        "                    established=carried,\n",
        "                    established=None,\n",
        _CLOCK,
        _ATTACKS,
    ),
    Plant(
        "the floor stands still between two programs",
        _HERE + "domain_clock.py",
        "                    floor=max(kept.domain_time, carried or kept.domain_time),\n",
        "                    floor=kept.domain_time,\n",
        _CLOCK,
        _ATTACKS,
    ),
    Plant(
        "oscillators are not followed by programs that are started for each sweep",
        _HERE + "domain_clock.py",
        "            established = moved(judgement.base, time, state.moved_at)\n",
        "            established = moved(judgement.base, time, state.floor)\n",
        _CLOCK,
    ),
    Plant(
        "what another start of the computer kept is carried on",
        _HERE + "since_boot.py",
        "    if not boot or kept.boot != boot or kept.booted_at is None:\n",
        "    if not boot or kept.booted_at is None:\n",
        _CLOCK,
        _ATTACKS,
    ),
    Plant(
        "a computer that does not tell its starts carries on",
        _HERE + "domain_clock.py",
        "            start = booted_at(established, monotonic) if boot and established else None\n",
        "            start = booted_at(established, monotonic) if established else None\n",
        _CLOCK,
    ),
    Plant(
        "a start after what was kept in it is believed",
        _HERE + "since_boot.py",
        "    if is_below_floor(kept.domain_time, kept.booted_at):\n",
        "    if False:\n",
        _CLOCK,
    ),
    Plant(
        "what is carried on may be earlier than what was kept",
        _HERE + "since_boot.py",
        "    return None if is_below_floor(time, kept.domain_time) else time\n",
        "    return time\n",
        _CLOCK,
    ),
    Plant(
        "a start at the end of the calendar is a fault",
        _HERE + "since_boot.py",
        "    if is_below_floor(kept.domain_time, kept.booted_at):\n"
        "        return None  # kept before the start\n"
        "    try:\n"
        "        time = kept.booted_at + timedelta(seconds=clock.monotonic())\n"
        "    except OverflowError:\n"
        "        return None\n",
        "    time = kept.booted_at + timedelta(seconds=clock.monotonic())\n"
        "    if is_below_floor(kept.domain_time, kept.booted_at):\n"
        "        return None  # kept before the start\n",
        _CLOCK,
    ),
    # --- before anybody was asked -------------------------------------------------------------------------
    Plant(
        "before the first reading a clock that was set ahead is counted with",
        _HERE + "domain_clock.py",
        "        return floor if state.is_carried_over else max(computer, floor)\n",
        "        return max(computer, floor)\n",
        _CLOCK,
    ),
    Plant(
        "where nobody knows the time nothing is an alarm",
        _HERE + "domain_clock.py",
        "        return (is_open or self.is_lost or self._is_ahead(state)) and",
        "        return (is_open or self._is_ahead(state)) and",
        _CLOCK,
        _ATTACKS,
    ),
    Plant(
        "before the first reading what is over by a clock that was set is no alarm",
        _HERE + "domain_clock.py",
        "        if state.counting is None and not state.is_carried_over:\n",
        "        if state.counting is None:\n",
        _CLOCK,
    ),
    Plant(
        "what is over by a clock that was set meanwhile is no alarm",
        _HERE + "domain_clock.py",
        '        return state.counting is None or self.age_seconds() == float("inf")\n',
        "        return state.counting is None\n",
        _CLOCK,
    ),
    Plant(
        "what is over by what is carried on is an alarm before its end could begin",
        _HERE + "domain_clock.py",
        "        return self._is_to_be_asked(state) and self._corrected(state) - self.now() > NEAR\n",
        "        return self._is_to_be_asked(state)\n",
        _CLOCK,
    ),
    Plant(
        "where nobody knows the time a deadline is not past",
        _HERE + "domain_clock.py",
        "        return self.is_lost or max(said) >= moment\n",
        "        return max(said) >= moment\n",
        _CLOCK,
    ),
    Plant(
        "after a reading that knows nothing the time is known",
        _HERE + "domain_clock.py",
        "            is_lost=judgement.is_lost,\n",
        "",
        _CLOCK,
    ),
    Plant(
        "a clock that fell back is no proof that the time is not known",
        _HERE + "domain_clock.py",
        "        return state.established is None and is_below_floor(self._corrected(state), state.floor)\n",
        "        return False\n",
        _CLOCK,
        _ATTACKS,
    ),
    Plant(
        "nobody is told that the time is not known",
        _HERE + "domain_clock.py",
        "        if state.doubt or not self.is_lost or state.floor is None:\n",
        "        if state.doubt or True:\n",
        _CLOCK,
    ),
    Plant(
        "what is over by what is carried on is no alarm where the domain can't be reached",
        _HERE + "domain_clock.py",
        "        return self._state.counting is not None or self._loaded().established is not None\n",
        "        return self._state.counting is not None\n",
        _WORLD,
    ),
    Plant(
        "a tick raises no alarm where nobody knows the time",
        _HERE + "service.py",
        "        return clock.is_known or clock.is_lost\n",
        "        return clock.is_known\n",
        _WORLD,
    ),
    Plant(
        "a list shows seconds left where nobody knows the time",
        "jit_desktop/commands/output.py",
        "        if left > 0 and is_time_lost:\n",
        "        if False:\n",
        _COMMANDS,
        _ATTACKS,
    ),
    Plant(
        "scripts are told seconds left where nobody knows the time",
        "jit_desktop/commands/output.py",
        '        "remaining_seconds": None if is_time_lost and elevation.is_open and left > 0 else left,\n',
        '        "remaining_seconds": left,\n',
        _COMMANDS,
    ),
    Plant(
        "a sweep tells scripts seconds left where nobody knows the time",
        _HERE + "service.py",
        "            is_time_lost=self.is_time_lost(provider_id),\n",
        "",
        _COMMANDS,
    ),
    # --- which start this is ------------------------------------------------------------------------------
    Plant(
        "two computers that were started as often have one clock",
        "jit_desktop/platform/boot.py",
        '    return f"{machine.casefold()}/{name.casefold()}/{count}"\n',
        "    return str(count)\n",
        _BOOT,
    ),
    Plant(
        "a start that Windows does not count is one",
        "jit_desktop/platform/boot.py",
        "    if not isinstance(count, int) or not isinstance(machine, str) or not machine or not name:\n",
        "    if not isinstance(machine, str):\n",
        _BOOT,
    ),
    Plant(
        "other settings forget when the computer was started",
        "jit_desktop/store/provider_rows.py",
        '            "booted_at": row.booted_at,\n',
        "",
        _STORE,
    ),
    Plant(
        "a start that can't be read loses the time",
        "jit_desktop/store/fields.py",
        "    except (ValueError, OverflowError):\n        return None\n",
        "    except OverflowError:\n        return None\n",
        _STORE,
    ),
)
