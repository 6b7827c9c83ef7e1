# SPDX-License-Identifier: MIT
"""Every request of every flow goes wrong in every way that a network knows; then all is well again."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Final, Literal, TypeAlias

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.model import LONGEST_PAUSE
from tests.faults.proxy import FAULTS, Fault, LdapProxy
from tests.reliability import ledger
from tests.reliability.checks import deadline_of, judged, over, recovered
from tests.reliability.children import Child
from tests.reliability.flows import FLOWS, Case, Flow, case_of
from tests.reliability.model import AT_ONCE, TAKEN_OVER, Fact, Model
from tests.reliability.outcome import Finding, Outcome, is_enough, played, spread
from tests.reliability.scene import Place, Program, Shift, place_in
from tests.reliability.watching import Watching
from tests.samba.server import SambaDomain

LONGEST_SECONDS = 3600
_TIMEOUT_SECONDS = 1
GONE_TOO_LONG: Final = "gone past the deadline"
Trouble: TypeAlias = Fault | Literal["gone past the deadline"]
TROUBLES: Final[tuple[Trouble, ...]] = (*FAULTS, GONE_TOO_LONG)


def _operations(place: Place, proxy: LdapProxy, flow: Flow) -> list[str]:
    """The requests of a flow as a recording run shows them."""
    case = _prepared(place, flow)
    before = len(proxy.seen)
    with Program(place, case.other if flow.elsewhere else case.folder) as program:
        flow.act(program)
        seen: list[str] = list(proxy.seen[before:])
    Shift.reset()
    place.tidy()
    return [operation for operation in seen if operation != "unbind"]


def chosen_faults(seen: list[str], how_many: int, *, first: int) -> list[tuple[Trouble, int]]:
    """Which faults at which requests. A short form (0: each at each) takes the writes, whose answers are what
    matters, and the kinds of faults in turn from number `first` on, so that the flows together meet all."""
    every = range(1, len(seen) + 1)
    if not how_many:
        return [(fault, nth) for nth in every for fault in TROUBLES]
    among = [nth for nth in every if seen[nth - 1] in ("add", "modify", "delete")] or list(every)
    kinds = (TROUBLES[(first + number) % len(TROUBLES)] for number in range(how_many))
    return [(fault, among[n - 1]) for fault, n in zip(kinds, spread(len(among), how_many), strict=False)]


def _prepared(place: Place, flow: Flow) -> Case:
    Shift.reset()
    case = case_of(place, flow)
    flow.prepare(case)
    Shift.seconds = flow.shift
    return case


def _struck(place: Place, proxy: LdapProxy, flow: Flow, trouble: Trouble, nth: int) -> list[Finding]:
    case = _prepared(place, flow)
    fault: Fault = "refuse from" if trouble == GONE_TOO_LONG else trouble
    findings: list[Finding] = []
    try:
        with Program(place, case.other if flow.elsewhere else case.folder) as program:
            program.recorder = watching = Watching(place)
            proxy.strike(fault, nth)
            with suppress(JitError):  # a flow may say that it failed
                flow.act(program)
            struck = proxy.struck.is_set()
            if trouble == GONE_TOO_LONG and struck and not flow.is_over:
                findings += _gone_past_the_deadline(place, proxy, program)
            else:
                proxy.mend()
                findings += recovered(place, program, flow)
            if not struck:
                return [("wrong", "the fault did not strike")]
            findings += [("wrong", text) for text in watching.untrue]
            return [*findings, *ledger.consistent(program.folder)]
    finally:
        proxy.mend()
        Shift.reset()
        place.tidy()


def _gone_past_the_deadline(place: Place, proxy: LdapProxy, program: Program) -> list[Finding]:
    """The directory stays away until after the deadline: an alarm then, and none any more when it is back."""
    findings: list[Finding] = []
    deadline = deadline_of(place, program)
    is_read = program.service.clock_difference(place.provider.id) is not None
    model = Model(deadline, clock_read=is_read).after(Fact.DIRECTORY_GONE)
    is_known = bool(program.store.open_elevations())
    for row in program.store.open_elevations():
        if row.end_reason is not None:
            model = model.after(Fact.ASKED_TO_END)
    for at in (deadline + AT_ONCE, deadline + TAKEN_OVER):
        Shift.hold_at(max(at, Shift.now()))
        program.tick()
        findings += judged(place, program, model) if is_known else []
    proxy.mend()
    model = model.after(Fact.DIRECTORY_BACK)
    # Whoever waits for a pause between two attempts waits for ten minutes at most.
    Shift.hold_at(Shift.now() + LONGEST_PAUSE)
    program.tick()
    findings += judged(place, program, model) if is_known else []
    program.sweep()
    return [*findings, *over(place, program, "when the directory was back")]


def _share(domain: SambaDomain, which: int, of: int, how_many: int) -> dict[str, object]:
    cases: list[tuple[str, list[Finding]]] = []
    operations: dict[str, int] = {}
    with place_in(domain) as place, LdapProxy.in_front_of(domain) as proxy:
        place.through(proxy.port, timeout_seconds=_TIMEOUT_SECONDS)
        for number, flow in enumerate(FLOWS):
            try:
                seen = _operations(place, proxy, flow)
            except Exception as error:  # noqa: BLE001 - a finding; the other flows are played all the same
                cases.append((flow.name, [("wrong", f"it could not be recorded: {error}")]))
                operations[flow.name] = 1
                place.tidy()
                continue
            operations[flow.name] = len(seen)
            for fault, nth in chosen_faults(seen, how_many, first=number * how_many)[which::of]:
                name = f"{flow.name}, {fault} request {nth} of {len(seen)} ({seen[nth - 1]})"
                found = played(partial(_struck, place, proxy, flow, fault, nth))
                cases.append((name, found))
                if is_enough(cases):
                    return {"cases": cases, "operations": operations}
    return {"cases": cases, "operations": operations}


def fault_series(domain: SambaDomain, *, how_many: int = 0, workers: int = 2) -> Outcome:
    """`how_many` faults of each flow (0: each kind at each request)."""
    outcome = Outcome("fault")
    children = [
        Child(lambda which=which: _share(domain, which, workers, how_many), seconds=LONGEST_SECONDS)  # type: ignore[misc]
        for which in range(workers)
    ]
    shares = [child.result() for child in children]
    for share in shares:
        for name, findings in share["cases"]:
            outcome.add(name, findings)
    operations = shares[0]["operations"]
    for flow in (flow for flow, requests in operations.items() if not requests):
        outcome.add(flow, [("wrong", "it asks nothing")])
    outcome.figures = {
        "faults": list(TROUBLES),
        "operations": operations,
        "operations_in_all": sum(operations.values()),
    }
    return outcome.done()
