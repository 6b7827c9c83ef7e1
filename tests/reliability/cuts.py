# SPDX-License-Identifier: MIT
"""Every request of every flow goes wrong, each write in every way that a network knows; then all is well
again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final, Literal, TypeAlias

from jit_desktop.elevation.errors import JitError
from tests.faults.proxy import FAULTS, Fault, LdapProxy
from tests.reliability import ledger
from tests.reliability.checks import recovered
from tests.reliability.children import Child
from tests.reliability.flows import FLOWS, Case, Flow, case_of
from tests.reliability.model import Fact
from tests.reliability.outcome import Finding, Outcome, is_enough, played, spread
from tests.reliability.refusals import Rights, past_the_deadline, refused, writes_of
from tests.reliability.scene import Place, Program, Shift, place_in
from tests.reliability.watching import Watching
from tests.samba.server import SambaDomain

LONGEST_SECONDS = 5400
_TIMEOUT_SECONDS = 1
GONE_TOO_LONG: Final = "gone past the deadline"
Trouble: TypeAlias = Fault | Literal["gone past the deadline"]
_SHORT_OF_RIGHTS: Final = ("checkout", "expiry")
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
    """Which faults at which requests. The long form (0): each kind at each write, whose answer is what
    matters, and two kinds at each other request, in turn, so that four in a row meet all eight. A short form
    takes the writes alone, and the kinds in turn from number `first` on, so that the flows together meet all.
    """
    every = range(1, len(seen) + 1)
    writes = [nth for nth in every if seen[nth - 1] in ("add", "modify", "delete")]
    if not how_many:
        half = len(TROUBLES) // 2
        return [
            (fault, nth)
            for nth in every
            for number, fault in enumerate(TROUBLES)
            if nth in writes or number % half == nth % half
        ]
    among = writes or list(every)
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
                gone, back = Fact.DIRECTORY_GONE, Fact.DIRECTORY_BACK
                findings += past_the_deadline(place, program, gone, back, proxy.mend)
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


def _share(
    domain: SambaDomain, moments: Sequence[tuple[str, int, str]], which: int, of: int, how_many: int
) -> dict[str, object]:
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
    cases += _refused(domain, moments, which, of)
    return {"cases": cases, "operations": operations}


def _refused(
    domain: SambaDomain, moments: Sequence[tuple[str, int, str]], which: int, of: int
) -> list[tuple[str, list[Finding]]]:
    """From each of the moments on the account that signs in has no right to write any more."""
    cases: list[tuple[str, list[Finding]]] = []
    flows = {flow.name: flow for flow in FLOWS}
    with place_in(domain) as place:
        rights = Rights.of(place)
        for flow, point, name in moments[which::of]:
            found = played(partial(refused, place, rights, flows[flow], point))
            cases.append((f"{flow}, refused from {name}", found))
            if is_enough(cases):
                break
    return cases


def _moments(domain: SambaDomain, how_many: int) -> list[tuple[str, int, str]]:
    """From which moments of which flows on writes are refused: flow, point, words."""
    found = []
    with place_in(domain) as place:
        for flow in FLOWS:
            if how_many and flow.name not in _SHORT_OF_RIGHTS:
                continue
            writes = writes_of(place, flow)
            for n in spread(len(writes), how_many and 1):
                point, name = writes[n - 1]
                found.append((flow.name, point, f"{n} of {len(writes)} ({name})"))
    return found


def fault_series(domain: SambaDomain, *, how_many: int = 0, workers: int = 2) -> Outcome:
    """`how_many` faults of each flow (0: as many as :func:`chosen_faults` says)."""
    outcome = Outcome("fault")
    moments = [tuple(one) for one in Child(lambda: _moments(domain, how_many)).result()]
    children = [
        Child(
            lambda which=which: _share(domain, moments, which, workers, how_many),  # type: ignore[misc]
            seconds=LONGEST_SECONDS,
        )
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
        "refused_from": len(moments),
        "operations": operations,
        "operations_in_all": sum(operations.values()),
    }
    return outcome.done()
