# SPDX-License-Identifier: MIT
"""Two providers in one database, both due at the same moment: whatever is wrong with the one, the other one's
elevation ends in the same tick, and of the one there is an alarm.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import Final

from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import DomainProvider, PrivilegedAccount
from tests.faults.proxy import LdapProxy
from tests.reliability import ledger
from tests.reliability.checks import over
from tests.reliability.children import Child
from tests.reliability.model import AT_ONCE, TAKEN_OVER, Fact, Model
from tests.reliability.outcome import Finding, Outcome, played
from tests.reliability.scene import PERSON, SECONDS, Place, Program, Shift, place_in
from tests.samba.server import SambaDomain

TROUBLES: Final[dict[str, Callable[[LdapProxy], None]]] = {
    "nothing": lambda proxy: None,
    "it is gone": lambda proxy: proxy.refuse(),
    "it answers nothing": lambda proxy: proxy.hang(),
    "it is cut at the bind": lambda proxy: proxy.cut_before("bind"),
}
_UNREACHABLE: Final = ("it is gone", "it answers nothing")
_CUT: Final = ("it is cut at the bind",)
_LONGEST_TIMEOUT = 2


@contextmanager
def _both(
    place: Place, proxy: LdapProxy, *, troubled_first: bool
) -> Iterator[tuple[Program, DomainProvider]]:
    """A program that knows the place's provider and another one, behind a proxy, for another account."""
    healthy = place.provider
    other = replace(
        healthy,
        id=ProviderId(str(uuid.uuid4())),
        name="aaa" if troubled_first else "zzz",
        connection=replace(
            healthy.connection,
            port=proxy.port,
            connect_timeout_seconds=_LONGEST_TIMEOUT,
            request_timeout_seconds=_LONGEST_TIMEOUT,
        ),
        accounts=(PrivilegedAccount(place.ref(place.arena.add_account(f"second-{uuid.uuid4()}"))),),
    )
    with Program(place, place.empty_database()) as program:
        program.store.save_provider(other, at=program.clock.utc_now(), actor=PERSON)
        program.secrets.remember(other.id, Secret(place.domain.service.password), keep=False)
        yield program, other


def _judged(place: Place, program: Program, elevation: Elevation, model: Model) -> list[Finding]:
    """What the model says of one of the two."""
    now = program.store.elevation(elevation.id)
    held = place.held(elevation.account.dn)
    is_overdue = now.state is State.OVERDUE
    found = model.judged(program.clock.utc_now(), held=bool(held), overdue=is_overdue, known=now.is_open)
    return [(kind, f"{elevation.account.name}: {text}") for kind, text in found]


def _due(place: Place, proxy: LdapProxy, trouble: str, *, troubled_first: bool) -> list[Finding]:
    Shift.reset()
    findings: list[Finding] = []
    try:
        with _both(place, proxy, troubled_first=troubled_first) as (program, other):
            request = program.request()
            theirs = replace(
                request,
                provider_id=other.id,
                account=other.accounts[0].account.guid,
                duration_seconds=SECONDS + (-1 if troubled_first else 1),
            )
            mine = program.service.check_out(request, program.recorder)
            second = program.service.check_out(theirs, program.recorder)
            Shift.hold_at(max(mine.deadline, second.deadline) + AT_ONCE)
            TROUBLES[trouble](proxy)
            program.tick()
            model = Model(second.deadline)
            is_overdue = program.store.elevation(second.id).state is State.OVERDUE
            # A connection that was cut may be begun again, or is an alarm.
            if trouble in _UNREACHABLE or (trouble in _CUT and is_overdue):
                model = model.after(Fact.DIRECTORY_GONE)
            findings += _judged(place, program, mine, Model(mine.deadline))
            findings += _judged(place, program, second, model)
            proxy.mend()
            for _ in range(2):
                Shift.hold_at(Shift.now() + 10 * TAKEN_OVER)
                program.tick()
            findings += over(place, program, "when all was well again")
            findings += ledger.consistent(program.folder)
    finally:
        proxy.mend()
        Shift.reset()
        place.tidy()
    return findings


def provider_series(domain: SambaDomain) -> Outcome:
    """Each trouble, of the provider that comes first and of the one that comes last."""
    outcome = Outcome("two providers")

    def work() -> object:
        cases = []
        with ExitStack() as stack:
            place = stack.enter_context(place_in(domain))
            proxy = stack.enter_context(LdapProxy.in_front_of(domain))
            for trouble in TROUBLES:
                for first in (True, False):
                    name = f"{trouble}, of the {'first' if first else 'last'}"
                    cases.append((name, played(partial(_due, place, proxy, trouble, troubled_first=first))))
        return cases

    for name, findings in Child(work, seconds=600).result():
        outcome.add(name, findings)
    outcome.figures = {"what_is_wrong_with_one": list(TROUBLES)}
    return outcome.done()
