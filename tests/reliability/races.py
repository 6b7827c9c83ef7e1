# SPDX-License-Identifier: MIT
"""Copies that check one account out at the same moment, each with a database and, if there are two, a domain
controller of its own: at most one of them may get it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace

from ldap3.core.exceptions import LDAPNoSuchObjectResult

from jit_desktop.elevation.errors import AccountCheckedOut, JitError
from jit_desktop.elevation.model import Elevation, Step, StepReport, StepStatus
from tests.reliability.children import Child
from tests.reliability.outcome import Finding, Outcome
from tests.reliability.scene import Place, Program, Shift, place_in
from tests.samba.server import SambaDomain
from tests.samba.verifier import Verifier
from tests.unit.elevation.helpers import Recorder

_SETTLED_SECONDS = 60
_PAUSE_SECONDS = 0.2


@dataclass
class _Copy:
    """One copy of the program, and how its checkout went."""

    place: Place
    domain: SambaDomain
    who: str
    program: Program = field(init=False)
    granted: Elevation | None = None
    error: JitError | None = None

    def __post_init__(self) -> None:
        self.folder = self.place.empty_database()
        self.program = Program(self.place, self.folder)
        connection = replace(self.place.provider.connection, server=self.domain.host)
        self.program.store.save_provider(
            replace(self.place.provider, connection=connection),
            at=self.program.clock.utc_now(),
            actor=self.who,
        )

    def race(self, line: _Line) -> None:
        request = replace(self.program.request(), requested_by=self.who)
        listener = _AtTheLine(line)
        line.wait()
        try:
            self.granted = self.program.service.check_out(request, listener)
        except JitError as error:
            self.error = error

    def close(self) -> None:
        self.program.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class _Line:
    """Where all wait for each other: before the checkout, and once more right before they write."""

    def __init__(self, copies: int) -> None:
        self._start = threading.Barrier(copies)
        self._writes = threading.Barrier(copies)

    def wait(self) -> None:
        self._start.wait(10)

    def before_the_first_write(self) -> None:
        with suppress(threading.BrokenBarrierError):
            self._writes.wait(2)


class _AtTheLine(Recorder):
    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line

    def on_step(self, report: StepReport) -> None:
        if (report.step, report.status) == (Step.CREATE_GROUP, StepStatus.RUNNING):
            self._line.before_the_first_write()


def _giving(verifier: Verifier, place: Place) -> int:
    """How many temporary groups give the account something, as this domain controller shows it."""
    giving = 0
    for dn in verifier.groups_in(place.arena.creation_ou):
        # One that was deleted since it was listed gives nothing.
        with suppress(LDAPNoSuchObjectResult):
            members = {member.casefold() for member in verifier.members(dn)}
            is_nested = bool(verifier.read(dn, "memberOf").get("memberOf"))
            giving += is_nested and place.arena.account.casefold() in members
    return giving


def _await(what: Callable[[], bool]) -> bool:
    end = time.monotonic() + _SETTLED_SECONDS
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(_PAUSE_SECONDS)
    return False


def _race(
    place: Place, domains: Sequence[SambaDomain], verifiers: Sequence[Verifier], copies: int
) -> dict[str, object]:
    findings: list[Finding] = []
    with ExitStack() as stack:
        racing = [_Copy(place, domains[n % len(domains)], f"CORP\\person{n}") for n in range(copies)]
        for copy in racing:
            stack.callback(copy.close)
        line = _Line(copies)
        threads = [threading.Thread(target=copy.race, args=(line,)) for copy in racing]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        granted = [c for c in racing if c.granted is not None]
        if len(granted) > 1:
            findings.append(("doubled", f"granted to {', '.join(c.who for c in granted)}"))
        findings += [
            ("wrong", f"{copy.who}: {copy.error!r}")
            for copy in racing
            if copy.granted is None and not isinstance(copy.error, AccountCheckedOut)
        ]
        if not _await(lambda: all(_giving(v, place) == len(granted) for v in verifiers)):
            shown = [_giving(v, place) for v in verifiers]
            findings.append(
                ("doubled" if max(shown) > len(granted) else "lost", f"{shown} of {len(granted)}")
            )
        for copy in granted:
            assert copy.granted is not None
            copy.program.service.check_in(copy.granted.id, Recorder())
        if not _await(lambda: not any(v.groups_in(place.arena.creation_ou) for v in verifiers)):
            findings.append(("outlived_deadline", "a temporary group is left"))
            place.tidy()
        return {"findings": findings, "granted": len(granted)}


def _all(domains: Sequence[SambaDomain], races: int, copies: int) -> object:
    Shift.seconds = 0
    with place_in(domains[0]) as place, ExitStack() as stack:
        verifiers = [stack.enter_context(domain.verifier()) for domain in domains]
        # The corner has to be there, and to be delegated, on all of them.
        assert _await(lambda: all(v.exists(place.arena.account) for v in verifiers))
        assert _await(lambda: all(v.exists(dn) for v in verifiers for dn in place.arena.targets))
        time.sleep(1 if len(domains) > 1 else 0)
        return [_race(place, domains, verifiers, copies) for _ in range(races)]


def race_series(
    domains: Sequence[SambaDomain], *, races: int = 1000, copies: int = 2, workers: int = 1
) -> Outcome:
    """``domains``: as many domain controllers of one domain as are to be raced on, which have to run.
    ``workers`` race side by side, for an account each."""
    outcome = Outcome(f"races on {len(domains)} domain controller{'s' if len(domains) > 1 else ''}")
    shares = [races // workers + (number < races % workers) for number in range(workers)]
    children = [
        Child(lambda share=share: _all(domains, share, copies), seconds=60 + 30 * races)  # type: ignore[misc]
        for share in shares
    ]
    found = [result for child in children for result in child.result()]
    for number, result in enumerate(found, 1):
        outcome.add(f"race {number}", [(kind, text) for kind, text in result["findings"]])
    outcome.figures = {
        "copies": copies,
        "races": races,
        "granted_to_one": sum(result["granted"] == 1 for result in found),
        "granted_to_none": sum(result["granted"] == 0 for result in found),
        "granted_to_more": sum(result["granted"] > 1 for result in found),
    }
    return outcome.done()
