# SPDX-License-Identifier: MIT
"""Two domain controllers whose clocks differ: one of them is right, and so is this computer. The right one's
time is that of this process; the other one's is told wrongly to the program.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Final

from jit_desktop.elevation.errors import JitError
from tests.reliability.checks import deadline_of, judged, over
from tests.reliability.children import Child
from tests.reliability.model import AT_ONCE, Model
from tests.reliability.outcome import Finding, Kind, Outcome, is_enough, spread
from tests.reliability.scene import SECONDS, Place, Program, Shift, place_in
from tests.samba.pair import TwoControllers, seconds_until

OFF: Final = (-86_400, -3_600, -360, 360, 3_600, 86_400)
"""Seconds; five minutes are what Kerberos bears."""
WHEN: Final = ("before the grant", "after the grant", "before a restart")
_ROUND = timedelta(seconds=5)
"""By how much a deadline may differ: whole seconds, and the way."""


def _played(pair: TwoControllers, place: Place, host: str, off: int, when: str) -> list[Finding]:
    Shift.reset()
    findings: list[Finding] = []
    folder = place.empty_database()
    began = Shift.now()
    try:
        with Program(place, folder) as program:
            if when == "before the grant":
                Shift.of_host[host] = off
            try:
                program.check_out()
            except JitError as error:
                if when != "before the grant":
                    return [("wrong", f"it was refused: {error}")]
                if place.held():
                    findings.append(("outlived_deadline", f"refused, and {place.held()} rights are held"))
                return findings
            Shift.of_host[host] = off
            wanted = began + timedelta(seconds=SECONDS)
            if abs(program.the_open().deadline - wanted) > _ROUND:
                kind: Kind = "outlived_deadline" if program.the_open().deadline > wanted else "wrong"
                findings.append((kind, f"its deadline is {program.the_open().deadline - wanted} off"))
            if when != "before a restart":
                findings += _to_the_end(pair, place, program, wanted)
        if when == "before a restart":
            with Program(place, folder) as program:
                findings += _to_the_end(pair, place, program, wanted)
    finally:
        Shift.reset()
        place.tidy()
        pair.await_replication()
    return findings


def _to_the_end(pair: TwoControllers, place: Place, program: Program, wanted: datetime) -> list[Finding]:
    findings: list[Finding] = []
    deadline = deadline_of(place, program)
    Shift.hold_at(min(deadline, wanted) - timedelta(seconds=30))
    program.tick()
    program.sweep()
    if place.held() != 3:
        findings.append(("wrong", "one clock ended it early"))
        return findings
    Shift.hold_at(wanted + AT_ONCE)
    program.tick()
    findings += judged(place, program, Model(wanted))
    Shift.hold_at(Shift.now() + timedelta(seconds=70))
    for _ in range(20):
        program.tick()
        if not program.store.open_elevations():
            break
        time.sleep(0.3)
        Shift.hold_at(Shift.now() + timedelta(seconds=10))
    findings += over(place, program, "a minute later")
    with pair.dc2.verifier() as other:
        try:
            seconds_until(
                lambda: (
                    not any(other.is_effective_member(place.arena.account, t) for t in place.arena.targets)
                ),
                at_most=10,
            )
        except TimeoutError:
            findings.append(("outlived_deadline", "dc2 still shows it"))
    return findings


def apart_series(pair: TwoControllers, *, how_many: int = 0) -> Outcome:
    """Each difference, at each of the two, at each moment; `how_many` of them where it is not 0."""
    outcome = Outcome("domain controllers whose clocks differ")
    every = [(host.host, off, when) for host in pair.domains for off in OFF for when in WHEN]
    chosen = [every[n - 1] for n in spread(len(every), how_many and how_many * len(WHEN))]

    def work() -> object:
        with place_in(pair.dc1) as place:
            pair.await_replication()
            cases: list[tuple[str, list[Finding]]] = []
            for host, off, when in chosen:
                cases.append((f"{host} {off:+} s, {when}", _played(pair, place, host, off, when)))
                if is_enough(cases):
                    break
            return cases

    for name, findings in Child(work, seconds=1800).result():
        outcome.add(name, findings)
    outcome.figures = {"seconds_off": list(OFF), "since": list(WHEN)}
    return outcome.done()
