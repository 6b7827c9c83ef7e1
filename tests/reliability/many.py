# SPDX-License-Identifier: MIT
"""Many elevations end at the same moment, and a long history slows nothing."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.directory.session import LdapSession
from jit_desktop.elevation import record
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectGuid
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import Elevation, GrantedPrivilege, Transition
from jit_desktop.elevation.ports import Directory, GroupScope, NewGroup
from jit_desktop.elevation.secret import Secret
from tests.reliability.children import Child
from tests.reliability.outcome import Finding, Outcome
from tests.reliability.scene import PERSON, SECONDS, Place, Program, Shift, place_in
from tests.samba.server import SambaDomain

TICK_SECONDS = 1.0
"""The program ticks that often."""
_SHARE_OF_OURS = 1.0
"""What the program may add to the time that the directory needs: as much again."""
_ROUNDS = 7
"""The best of so many counts: an interruption spoils one of them, not all."""


class _Watch:
    """Adds up how long the directory is waited for."""

    seconds = 0.0


@contextmanager
def _watched() -> Iterator[type[_Watch]]:
    exchange = LdapSession._exchange
    _Watch.seconds = 0

    def watched(self: LdapSession, *arguments: Any, **keywords: Any) -> Any:
        began = time.perf_counter()
        try:
            return exchange(self, *arguments, **keywords)
        finally:
            _Watch.seconds += time.perf_counter() - began

    LdapSession._exchange = watched  # type: ignore[method-assign]
    try:
        yield _Watch
    finally:
        LdapSession._exchange = exchange  # type: ignore[method-assign]


def elevation_of(place: Place, deadline: datetime, host: str) -> Elevation:
    """One that another copy made, of the account and the first of the groups."""
    made = str(uuid.uuid4())
    provider = place.provider
    assert provider.jit.location is not None
    granted = deadline - timedelta(seconds=SECONDS)
    return Elevation(
        id=ElevationId(made),
        provider_id=provider.id,
        account=provider.accounts[0].account,
        privileges=(GrantedPrivilege(provider.jit.privileges[0].group),),
        group_name=f"RDM_JIT_{made}",
        location=provider.jit.location,
        requested_by=PERSON,
        requested_at=granted,
        duration_seconds=SECONDS,
        deadline=deadline,
        state=State.ACTIVE,
        domain_controller=host,
        granted_at=granted,
        adopted=True,  # one account has them all, which only those of other copies may
    )


def make(directory: Directory, elevation: Elevation) -> ObjectGuid:
    """Its temporary group, as the program makes it."""
    granted = elevation.granted_at
    assert granted is not None
    group = directory.create_group(
        NewGroup(
            name=elevation.group_name,
            location=elevation.location.dn,
            scope=GroupScope.GLOBAL,
            member=elevation.account.dn,
            info=record.encode(record.record_of(elevation, granted, elevation.deadline)),
            description="made by a test",
        )
    )
    directory.add_member(elevation.privileges[0].group.guid, DistinguishedName(group.dn))
    return group.guid


def _ended_at_once(place: Place, how_many: int, patience: float) -> dict[str, object]:
    findings: list[Finding] = []
    password = Secret(place.domain.service.password)
    with Program(place, place.empty_database()) as program:
        with DirectoryConnector().connect(place.provider.connection, password) as directory:
            host = directory.info.controller
            deadline = directory.current_time().replace(microsecond=0) + timedelta(seconds=SECONDS)
            alone = [make(directory, elevation_of(place, deadline, host)) for _ in range(how_many)]
            began = time.perf_counter()
            for guid in alone:
                directory.empty_group(guid)
                directory.delete_group(guid)
            directory_alone = time.perf_counter() - began
            for _ in range(how_many):
                elevation = elevation_of(place, deadline, host)
                elevation = replace(elevation, group_guid=make(directory, elevation))
                program.store.begin(
                    elevation,
                    Transition(elevation.id, deadline, Event.ADOPTED, None, State.ACTIVE, PERSON),
                )
            Shift.seconds = (deadline - directory.current_time()).total_seconds() + Shift.seconds + 0.05
        with _watched() as watch:
            began = time.perf_counter()
            program.tick()
            tick = time.perf_counter() - began
            waited = watch.seconds
        ended = program.store.history(limit=how_many)
        late = sorted((e.ended_at - e.deadline).total_seconds() for e in ended if e.ended_at is not None)
        allowed = patience * (waited * (1 + _SHARE_OF_OURS) + TICK_SECONDS)
        if place.groups() or place.held() or program.store.open_elevations():
            findings.append(("outlived_deadline", f"{len(place.groups())} groups are left after the tick"))
        if len(late) != how_many:
            findings.append(("lost", f"{len(late)} of {how_many} are in the history"))
        if late and late[-1] > allowed:
            findings.append(("wrong", f"the last one is {late[-1]:.1f} s late, {allowed:.1f} s are allowed"))
    return {
        "findings": findings,
        "figures": {
            "elevations": how_many,
            "latest_seconds": round(late[-1], 2) if late else 0,
            "median_seconds": round(late[len(late) // 2], 2) if late else 0,
            "tick_seconds": round(tick, 2),
            "of_that_waiting_for_the_directory": round(waited, 2),
            "directory_alone_empty_and_delete": round(directory_alone, 2),
            "tick_to_directory_alone": round(tick / directory_alone, 2),
            "tick_to_waiting": round(tick / waited, 2),
        },
    }


def _grow_history(file: Any, how_many: int) -> None:
    """Copies of the one ended elevation: row, privileges, moves and steps."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        names = {
            table: [row[1] for row in connection.execute(f"PRAGMA table_info ({table})")]
            for table in ("elevation", "elevation_privilege", "transition", "step")
        }
        (old,) = connection.execute("SELECT id FROM elevation WHERE closed_at IS NOT NULL LIMIT 1").fetchone()
        for _ in range(how_many):
            new = str(uuid.uuid4())
            for table, columns in names.items():
                key = "id" if table == "elevation" else "elevation_id"
                kept = [c for c in columns if c != key and not (c == "id" and table != "elevation")]
                connection.execute(
                    f"INSERT INTO {table} ({key}, {', '.join(kept)}) "
                    f"SELECT ?, {', '.join(kept)} FROM {table} WHERE {key} = ?",
                    (new, old),
                )
        connection.execute("COMMIT")


def _seconds_of(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _measured(program: Program) -> dict[str, float]:
    """Seconds of a sweep, of a tick with one elevation open, and of that one's end."""
    sweep = _seconds_of(program.sweep)
    elevation = program.check_out()
    return {
        "sweep": sweep,
        "tick": _seconds_of(program.tick),
        "end": _seconds_of(lambda: program.service.check_in(elevation.id, program.recorder)),
    }


def _long_history(place: Place, how_many: int) -> dict[str, object]:
    """The same work with and without a history, in turn: what else the machine does meets both alike."""
    findings: list[Finding] = []
    Shift.seconds = 0
    with Program(place, place.empty_database()) as short, Program(place, place.empty_database()) as long:
        for program in (short, long):
            _measured(program)
        _grow_history(long.store.file, how_many)
        rounds = [(_measured(short), _measured(long)) for _ in range(_ROUNDS)]
    names = rounds[0][0]
    without = {name: min(first[name] for first, _ in rounds) for name in names}
    with_history = {name: min(second[name] for _, second in rounds) for name in names}
    ratios = {name: round(with_history[name] / without[name], 2) for name in names}
    for name, ratio in ratios.items():
        # Milliseconds on a busy machine: what a scan of 10,000 rows costs is far more.
        if ratio > 2 and with_history[name] - without[name] > 0.05:
            findings.append(("wrong", f"{name} takes {ratio} times as long"))
    return {
        "findings": findings,
        "figures": {
            "history": how_many,
            "milliseconds_without": {n: round(s * 1000, 1) for n, s in without.items()},
            "milliseconds_with": {n: round(s * 1000, 1) for n, s in with_history.items()},
            "ratio": ratios,
        },
    }


def many_series(
    domain: SambaDomain, *, elevations: int = 500, history: int = 10_000, patience: float = 1
) -> Outcome:
    """As many that end at once, and as many finished ones.

    ``patience`` widens the time that is allowed, for a machine that does other things meanwhile.
    """
    outcome = Outcome("many at once")

    def work() -> object:
        with place_in(domain) as place:
            return [_ended_at_once(place, elevations, patience), _long_history(place, history)]

    at_once, long_history = Child(work, seconds=1200).result()
    outcome.add(f"{elevations} at once", at_once["findings"])
    outcome.cases += elevations - 1
    outcome.add(f"a history of {history}", long_history["findings"])
    outcome.figures = at_once["figures"] | long_history["figures"]
    return outcome.done()
