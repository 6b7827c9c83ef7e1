# SPDX-License-Identifier: MIT
"""The domain answers and does not let anything be taken back: the rights of the account that signs in are
taken away in the real directory, from one write of a flow on until after the deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.model import LONGEST_PAUSE
from tests.reliability import ledger
from tests.reliability.checks import deadline_of, judged, over
from tests.reliability.children import Child
from tests.reliability.flows import Flow, case_of
from tests.reliability.model import AT_ONCE, TAKEN_OVER, Fact, Model
from tests.reliability.outcome import Finding
from tests.reliability.scene import Place, Program, Shift
from tests.reliability.seam import Seam
from tests.reliability.stores import points_of
from tests.samba.names import SERVICE
from tests.samba.rights import Access

AFTER_ALL: Final = 0
"""The number of the moment when the flow is done."""


@dataclass(frozen=True)
class Rights:
    """What the service account may do in a place, to be taken away and given back."""

    place: Place
    descriptors: dict[str, bytes]

    @classmethod
    def of(cls, place: Place) -> Rights:
        """As they are now."""
        rights = cls(place, {})
        rights.take()
        rights.give_back()
        return rights

    def take(self) -> None:
        """It may change nothing any more, and see all."""
        arena = self.place.arena
        for dn in (arena.creation_ou, *arena.targets):
            below = dn == arena.creation_ou
            before = arena.verifier.deny(dn, SERVICE.dn, Access.CHANGE, below_too=below)
            self.descriptors.setdefault(dn, before)

    def give_back(self) -> None:
        """As it was."""
        for dn, descriptor in self.descriptors.items():
            self.place.arena.verifier.allow_again(dn, descriptor)


def past_the_deadline(
    place: Place, program: Program, trouble: Fact, over_again: Fact, mend: Callable[[], None]
) -> list[Finding]:
    """``trouble`` has begun and lasts until after the deadline: an alarm then, as long as anything is held,
    and none any more when it is over."""
    findings: list[Finding] = []
    deadline = deadline_of(place, program)
    is_read = program.service.clock_difference(place.provider.id) is not None
    model = Model(deadline, clock_read=is_read).after(trouble)
    # What can be read is found, also what was not known yet.
    is_asked = trouble is Fact.REFUSED or bool(program.store.open_elevations())
    for row in program.store.open_elevations():
        if row.end_reason is not None:
            model = model.after(Fact.ASKED_TO_END)
    for at in (deadline + AT_ONCE, deadline + TAKEN_OVER):
        Shift.hold_at(max(at, Shift.now()))
        program.tick()
        findings += judged(place, program, model) if is_asked else []
    mend()
    model = model.after(over_again)
    # Whoever waits for a pause between two attempts waits for ten minutes at most.
    Shift.hold_at(Shift.now() + LONGEST_PAUSE)
    program.tick()
    findings += judged(place, program, model) if is_asked else []
    program.sweep()
    return [*findings, *over(place, program, "when all was well again")]


def refused(place: Place, rights: Rights, flow: Flow, point: int) -> list[Finding]:
    """From ``point`` on nothing may be changed."""

    def work() -> list[Finding]:
        Shift.reset()
        case = case_of(place, flow)
        flow.prepare(case)
        Shift.seconds = flow.shift
        folder = case.other if flow.elsewhere else case.folder
        with place.own_eyes(), Program(place, folder) as program:
            taken = [False]

            def between(number: int, name: str) -> None:
                if number == point:
                    rights.take()
                    taken[0] = True

            seam = Seam(on_point=between)
            seam.arm()
            with suppress(JitError):  # a flow may say that it failed
                flow.act(program)
            seam._on_point = None
            if point == AFTER_ALL:
                rights.take()
            elif not taken[0]:
                return [("wrong", "it did not come to that write")]
            findings = past_the_deadline(place, program, Fact.REFUSED, Fact.ALLOWED, rights.give_back)
            return [*findings, *ledger.consistent(folder)]

    try:
        found: list[Finding] = [(kind, text) for kind, text in Child(work).result()]
    finally:
        rights.give_back()
        Shift.reset()
        place.tidy()
    return found


def writes_of(place: Place, flow: Flow) -> list[tuple[int, str]]:
    """The moments before each write to the directory; and when all is done, where it goes on then."""
    named = enumerate(points_of(place, flow), 1)
    found = [(n, name) for n, name in named if name.startswith("before") and name.endswith("Request")]
    goes_on = flow.keeps or flow.name.startswith("checkout")
    return [*found, *([(AFTER_ALL, "after all")] if goes_on else [])]
