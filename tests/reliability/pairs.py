# SPDX-License-Identifier: MIT
"""Two real domain controllers: latency measured, the writer lost in mid-grant, an end while one is away."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Step, StepReport, StepStatus
from tests.reliability.children import Child
from tests.reliability.flows import confirmed_replication
from tests.reliability.outcome import Finding, Outcome
from tests.reliability.scene import Place, Program, Shift, place_in
from tests.samba.names import BASE_DN
from tests.samba.pair import TwoControllers, seconds_until
from tests.samba.server import SambaDomain
from tests.unit.elevation.helpers import Recorder

_TIMEOUT_SECONDS = 3
_SETTINGS_OF_DC2 = (
    f"CN=NTDS Settings,CN=DC2,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,{BASE_DN}"
)


class _Stopping(Recorder):
    """Takes the writer away when it has made the group."""

    def __init__(self, pair: TwoControllers, *, replicated: bool) -> None:
        super().__init__()
        self._pair, self._replicated = pair, replicated

    def on_step(self, report: StepReport) -> None:
        super().on_step(report)
        if (report.step, report.status) == (Step.CREATE_GROUP, StepStatus.DONE):
            if self._replicated:
                self._pair.await_replication()
            self._pair.stop(self._pair.dc1)


def _left(place: Place, domain: SambaDomain) -> bool:
    with domain.verifier() as verifier:
        return bool(verifier.groups_in(place.arena.creation_ou)) or any(
            verifier.is_effective_member(place.arena.account, dn) for dn in place.arena.targets
        )


def _latency(pair: TwoControllers, place: Place) -> float:
    """Seconds from the end of a checkout on one until the other one shows the rights."""
    with Program(place, place.empty_database()) as program:
        elevation = program.check_out()
        with pair.dc2.verifier() as there:
            seconds = seconds_until(
                lambda: all(there.is_effective_member(place.arena.account, dn) for dn in place.arena.targets)
            )
        program.service.check_in(elevation.id, program.recorder)
    pair.await_replication()
    return seconds


def _gone(program: Program, pair: TwoControllers, place: Place) -> list[Finding]:
    """Ticks with time put forward until it is over; then both are looked at."""
    findings: list[Finding] = []
    for Shift.seconds in range(130, 1600, 130):
        program.tick()
        if not program.store.open_elevations():
            break
        pair.await_replication()
    if program.store.open_elevations():
        findings.append(("false_alarms", f"still {program.the_open().state.value}"))
    pair.await_replication()
    program.tick()
    findings += [("outlived_deadline", domain.host) for domain in pair.domains if _left(place, domain)]
    findings += [("wrong", f"audit: {p.message}") for p in program.store.verify_audit()]
    Shift.reset()
    return findings


def _writer_lost(pair: TwoControllers, place: Place, *, replicated: bool) -> list[Finding]:
    Shift.reset()
    with Program(place, place.empty_database()) as program:
        with suppress(JitError):
            program.service.check_out(program.request(), _Stopping(pair, replicated=replicated))
        Shift.seconds = 130
        program.tick()
        findings: list[Finding] = []
        rows = program.store.open_elevations()
        if not rows:
            findings.append(("outlived_deadline", "called over while the one that took the grant was away"))
        elif rows[0].state is not State.OVERDUE:
            findings.append(
                ("wrong", f"no alarm while the one that took the grant was away: {rows[0].state}")
            )
        pair.restore()
        return [*findings, *_gone(program, pair, place)]


def _deaf(pair: TwoControllers, *, deaf: bool) -> None:
    """Whether dc2 hears of nothing new ([MS-ADTS] 6.1.1.2.2.1.2.1.1, options of NTDS Settings)."""
    with pair.dc2.verifier() as verifier:
        verifier.set_attribute(_SETTINGS_OF_DC2, "options", 2 if deaf else 0)


def _comes_back_with_it(pair: TwoControllers, place: Place) -> list[Finding]:
    """One that was away at the end is back and has not heard of it: it is removed there, and audited."""
    Shift.reset()
    findings: list[Finding] = []
    with Program(place, place.empty_database()) as program:
        elevation = program.check_out()
        pair.await_replication()
        _deaf(pair, deaf=True)
        pair.stop(pair.dc2)
        program.service.check_in(elevation.id, program.recorder)
        pair.start(pair.dc2)
        try:
            if not _left(place, pair.dc2):
                findings.append(("wrong", "dc2 had heard of it"))
            for Shift.seconds in (400, 800, 1200):
                program.tick()
            ended = program.store.elevation(elevation.id)
            if _left(place, pair.dc2):
                findings.append(("outlived_deadline", "dc2 still shows it"))
            if ended.unconfirmed_on:
                findings.append(("wrong", f"not confirmed by {ended.unconfirmed_on}"))
            if not any(entry.action == "elevation.removed-again" for entry in program.store.audit()):
                findings.append(("lost", "that it was removed there is not audited"))
        finally:
            _deaf(pair, deaf=False)
        pair.restore()
        return findings + _gone(program, pair, place)


def _active_when_both_have_it(pair: TwoControllers, place: Place) -> list[Finding]:
    """Confirmed replication: not active while dc2 does not have it, and active as soon as it has."""
    Shift.reset()
    findings: list[Finding] = []
    with Program(place, place.empty_database(confirmed_replication)) as program:
        _deaf(pair, deaf=True)
        try:
            elevation = program.check_out()
            program.tick()
            state = program.store.elevation(elevation.id).state
            if state is not State.PROPAGATING:
                findings.append(("wrong", f"{state.value} although dc2 does not have it"))
        finally:
            _deaf(pair, deaf=False)
        pair.await_replication()

        def active() -> bool:
            program.tick()
            return program.store.elevation(elevation.id).state is State.ACTIVE

        try:
            seconds_until(active, at_most=20)
        except TimeoutError:
            findings.append(("wrong", "not active although both have it"))
        program.service.check_in(elevation.id, program.recorder)
        return findings + _gone(program, pair, place)


def _ended_while_away(pair: TwoControllers, place: Place) -> list[Finding]:
    Shift.reset()
    findings: list[Finding] = []
    with Program(place, place.empty_database()) as program:
        elevation = program.check_out()
        pair.await_replication()
        pair.stop(pair.dc2)
        ended = program.service.check_in(elevation.id, program.recorder)
        if ended.state is not State.ENDED or pair.dc2.host not in ended.unconfirmed_on:
            findings.append(("wrong", f"{ended.state.value}, unconfirmed on {ended.unconfirmed_on}"))
        if _left(place, pair.dc1):
            findings.append(("outlived_deadline", pair.dc1.host))
        pair.restore()
        for Shift.seconds in (400, 800, 1200):
            program.tick()
        if program.store.elevation(elevation.id).unconfirmed_on:
            findings.append(("wrong", "it was not confirmed when the other one was back"))
        return findings + _gone(program, pair, place)


def _all(pair: TwoControllers) -> object:
    with place_in(pair.dc1) as place:
        place.provider = replace(
            place.provider,
            connection=replace(
                place.provider.connection,
                connect_timeout_seconds=_TIMEOUT_SECONDS,
                request_timeout_seconds=_TIMEOUT_SECONDS,
            ),
        )
        pair.await_replication()
        latency = [_latency(pair, place) for _ in range(3)]
        cases = {
            "the writer lost in mid-grant": _writer_lost(pair, place, replicated=False),
            "the writer lost in mid-grant, replicated": _writer_lost(pair, place, replicated=True),
            "ended while the other one is away": _ended_while_away(pair, place),
            "away at the end, and back without having heard of it": _comes_back_with_it(pair, place),
            "active when both have it": _active_when_both_have_it(pair, place),
        }
        pair.restore()
    return {"latency": latency, "cases": cases}


def pair_series(pair: TwoControllers) -> Outcome:
    """Both have to run."""
    outcome = Outcome("two domain controllers")
    found = Child(lambda: _all(pair), seconds=400).result()
    for name, findings in found["cases"].items():
        outcome.add(name, findings)
    outcome.figures = {
        "tried": list(found["cases"]),
        "latency_seconds_from_granted_to_shown_by_the_other": [round(s, 2) for s in found["latency"]],
    }
    return outcome.done()
