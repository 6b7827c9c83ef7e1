# SPDX-License-Identifier: MIT
"""Everything that the program does to an elevation, each as what has to be there before and what is done."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ldap3 import Connection

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.model import Step, StepReport, StepStatus
from jit_desktop.elevation.ports import CancelToken
from jit_desktop.elevation.settings import DomainProvider, ReplicationMode
from jit_desktop.store.sqlite_store import FILE_NAME
from tests.reliability.scene import LONGER, SECONDS, Place, Program, Shift
from tests.samba.verifier import GROUP_TYPES, connect
from tests.unit.elevation.helpers import Recorder


@dataclass
class Case:
    """One case: a database, and another one that only the flow of the other copy uses."""

    place: Place
    folder: Path
    other: Path

    @property
    def ledger(self) -> Path:
        """Where the seam writes down what it saw."""
        return self.folder.with_suffix(".ledger")


def case_of(place: Place, flow: Flow) -> Case:
    """A fresh one, set up as the flow needs it."""
    return Case(place, place.empty_database(flow.settings), place.empty_database(flow.settings))


@dataclass(frozen=True)
class Flow:
    """`prepare` is never disturbed; `act` is. Both open what they need and close it."""

    name: str
    prepare: Callable[[Case], None]
    act: Callable[[Program], None]
    elsewhere: bool = False
    """Whether another copy with its own database acts."""
    shift: float = 0
    """How far the clocks are when it acts."""
    keeps: bool = False
    """Whether the elevation goes on whatever becomes of the flow."""
    is_over: bool = False
    """Whether it had ended before the flow begins."""
    alone: bool = False
    """Whether it is of one database, so that a copy with an empty one has nothing to do with it."""
    settings: Callable[[DomainProvider], DomainProvider] | None = None
    """What of the provider's settings is different."""

    @property
    def runs_out(self) -> bool:
        """Whether the deadline has passed when it acts."""
        return self.shift >= SECONDS and not self.keeps


class _CancelAtSecondNesting(Recorder):
    def __init__(self) -> None:
        super().__init__()
        self.token = CancelToken()
        self._seen = 0

    def on_step(self, report: StepReport) -> None:
        super().on_step(report)
        if (report.step, report.status) == (Step.NEST_GROUP, StepStatus.RUNNING):
            self._seen += 1
            if self._seen == 2:
                self.token.cancel()


def _nothing(case: Case) -> None:
    """There is nothing."""


def _granted(case: Case) -> None:
    with Program(case.place, case.folder) as program:
        program.check_out()


def _cancelled(program: Program) -> None:
    listener = _CancelAtSecondNesting()
    with suppress(JitError):
        program.service.check_out(program.request(), listener, listener.token)


def _extend(program: Program) -> None:
    with suppress(JitError):
        program.service.extend(program.the_open().id, LONGER, program.recorder)


def _check_out(program: Program) -> None:
    with suppress(JitError):
        program.check_out()


def _check_in(program: Program) -> None:
    with suppress(JitError):
        program.service.check_in(program.the_open().id, program.recorder)


def confirmed_replication(provider: DomainProvider) -> DomainProvider:
    """A grant is active when every domain controller has it."""
    jit = replace(provider.jit, replication_latency_seconds=30, replication_mode=ReplicationMode.CONFIRMED)
    return replace(provider, jit=jit)


def _check_out_and_confirm(program: Program) -> None:
    _check_out(program)
    program.tick()


def _ended(case: Case, at: float) -> None:
    """Granted, and ended at ``at``; then an administrator brings it back from the recycle bin, so that it is
    as it was and who made it is who made it."""
    place = case.place
    with Program(place, case.folder) as program, place.domain.verifier() as verifier:
        program.check_out()
        (dn,) = verifier.groups_in(place.arena.creation_ou)
        info, text = verifier.text(dn, "info") or "", verifier.text(dn, "description") or ""
        Shift.seconds = at
        if at < SECONDS:
            program.service.check_in(program.the_open().id, program.recorder)
        else:
            program.tick()
        assert not verifier.exists(dn)
        restored(place, dn, info, text)


def restored(place: Place, dn: str, info: str, description: str) -> None:
    """The group, its record and its memberships, made by the account that the program signs in with."""
    domain = place.domain
    made: Connection = connect(domain.address, domain.ca_file, domain.service, host=domain.host)
    try:
        name = dn.split(",", 1)[0].partition("=")[2]
        attributes = {
            "groupType": GROUP_TYPES["global"],
            "sAMAccountName": name,
            "info": info,
            "description": description,
            "member": place.arena.account,
        }
        made.add(dn, "group", attributes)
        _nest(made, dn, place)
    finally:
        made.unbind()


def _nest(made: Connection, dn: str, place: Place) -> None:
    from ldap3 import MODIFY_ADD

    for target in place.arena.targets:
        made.modify(target, {"member": [(MODIFY_ADD, [dn])]})


def _came_back(case: Case) -> None:
    _ended(case, SECONDS + 1)


def _came_back_early(case: Case) -> None:
    _ended(case, 60)


def _not_confirmed(case: Case) -> None:
    """Ended while a domain controller was away that is back by now."""
    with Program(case.place, case.folder) as program:
        elevation = program.check_out()
        program.service.check_in(elevation.id, program.recorder)
        with closing(sqlite3.connect(program.folder / FILE_NAME, isolation_level=None)) as database:
            database.execute(
                "INSERT INTO elevation_unconfirmed (elevation_id, position, host) VALUES (?, 0, ?)",
                (elevation.id, elevation.domain_controller),
            )


def _prolonged(case: Case) -> None:
    """Another copy has taken it over before it was extended here."""
    with Program(case.place, case.folder) as program:
        program.check_out()
        with Program(case.place, case.other) as other:
            other.sweep()
        program.service.extend(program.the_open().id, LONGER, program.recorder)


FLOWS = (
    Flow("checkout", _nothing, _check_out),
    Flow("checkout, confirmed", _nothing, _check_out_and_confirm, settings=confirmed_replication),
    Flow("rollback", _nothing, _cancelled),
    Flow("extension", _granted, _extend, keeps=True),
    Flow("check-in", _granted, _check_in),
    Flow("expiry", _granted, lambda program: program.tick(), shift=SECONDS + 1),
    Flow("adoption", _granted, lambda program: program.sweep(), elsewhere=True, keeps=True),
    Flow("sweep", _granted, lambda program: program.sweep(), elsewhere=True, shift=SECONDS + 1),
    Flow(
        "caught up", _prolonged, lambda program: program.tick(), elsewhere=True, shift=SECONDS + 1, keeps=True
    ),
    Flow("removed again", _came_back, lambda program: program.sweep(), shift=SECONDS + 60, is_over=True),
    Flow(
        "removed again, checked in",
        _came_back_early,
        lambda program: program.sweep(),
        shift=120,
        is_over=True,
        alone=True,
    ),
    Flow(
        "confirming later", _not_confirmed, lambda program: program.tick(), shift=60, is_over=True, alone=True
    ),
)
