# SPDX-License-Identifier: MIT
"""How late the last of many is, measured: a real service on a real directory in real time, looked at on a
second connection. Two moments count: when the last right is gone, and when the last end is confirmed and
recorded.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from ldap3 import LEVEL

from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import Transition
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.store.sqlite_store import FILE_NAME
from tests.faults.proxy import LdapProxy
from tests.reliability.children import Child
from tests.reliability.many import elevation_of, make
from tests.reliability.outcome import Finding, Outcome
from tests.reliability.scene import PERSON, Place, Program, place_in
from tests.samba.server import SambaDomain
from tests.samba.verifier import Verifier

_ROOT: Final = Path(__file__).parents[2]
_SERVICE: Final = _ROOT / "tests" / "attacks" / "service.py"
_LOOK_SECONDS: Final = 0.05
_GIVE_UP_SECONDS: Final = 240


@dataclass(frozen=True, slots=True)
class Late:
    """One thing to be measured, and how late it may be; seconds after the deadline."""

    name: str
    due: int
    right_gone: float
    confirmed: float
    answer_seconds: float = 0
    beside_a_dead_one: bool = False


LONG: Final = (
    Late("30 due, 100 ms for each answer", 30, right_gone=8, confirmed=60, answer_seconds=0.1),
    Late("500 due, on the loopback", 500, right_gone=20, confirmed=60),
    Late("10 due, beside a provider whose domain controllers are dead", 10, 4, 8, beside_a_dead_one=True),
)
SHORT: Final = (
    Late("6 due, 100 ms for each answer", 6, right_gone=8, confirmed=30, answer_seconds=0.1),
    Late("4 due, beside a provider whose domain controllers are dead", 4, 8, 16, beside_a_dead_one=True),
)


@contextmanager
def _silent_listener() -> Iterator[int]:
    """Accepts connections and never says a word."""
    listener = socket.create_server(("0.0.0.0", 0), backlog=64)
    taken: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                taken.append(listener.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for one in taken:
            one.close()
        thread.join(10)


def _granted(place: Place, program: Program, how_many: int) -> datetime:
    """So many elevations of one moment, each with a group of its own; returns the deadline of all."""
    password = Secret(place.domain.service.password)
    with DirectoryConnector().connect(place.provider.connection, password) as directory:
        seconds = 14 + how_many * 0.12
        deadline = (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)
        for _ in range(how_many):
            elevation = elevation_of(place, deadline, directory.info.controller)
            elevation = replace(elevation, group_guid=make(directory, elevation))
            program.store.begin(
                elevation,
                Transition(elevation.id, datetime.now(UTC), Event.ADOPTED, None, State.ACTIVE, PERSON),
            )
    return deadline


def _with_a_dead_one(place: Place, program: Program, port: int) -> DomainProvider:
    """A second provider, first by name and by deadline, whose domain controllers answer nothing."""
    healthy = place.provider
    dead = replace(
        healthy,
        id=ProviderId(str(uuid.uuid4())),
        name="aaa",
        connection=replace(healthy.connection, port=port, request_timeout_seconds=30),
    )
    program.store.save_provider(dead, at=datetime.now(UTC), actor=PERSON)
    elevation = elevation_of(place, datetime.now(UTC) + timedelta(seconds=10), "")
    elevation = replace(elevation, provider_id=dead.id)
    program.store.begin(
        elevation, Transition(elevation.id, datetime.now(UTC), Event.ADOPTED, None, State.ACTIVE, PERSON)
    )
    return dead


@contextmanager
def _service(place: Place, folder: Path) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, str(_SERVICE), str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **place.domain.environment, "PYTHONPATH": str(_ROOT)},
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _rights(place: Place, verifier: Verifier) -> int:
    """How many temporary groups give the account something now."""
    target = place.arena.targets[0]
    verifier.connection.search(
        place.arena.creation_ou,
        f"(&(member={place.arena.account})(memberOf={target}))",
        LEVEL,
        attributes=["cn"],
    )
    response: Any = verifier.connection.response
    return sum(row["type"] == "searchResEntry" for row in response)


def _open(folder: Path, provider: ProviderId) -> int:
    with closing(sqlite3.connect(folder / FILE_NAME)) as database:
        (count,) = database.execute(
            "SELECT count(*) FROM elevation WHERE closed_at IS NULL AND provider_id = ?", (provider,)
        ).fetchone()
    return int(count)


def _after(deadline: datetime, is_so: Callable[[], bool]) -> float:
    """Seconds after the deadline when it was so."""
    while True:
        seen = datetime.now(UTC)
        if is_so():
            return (seen - deadline).total_seconds()
        if (seen - deadline).total_seconds() > _GIVE_UP_SECONDS:
            return float("inf")
        time.sleep(_LOOK_SECONDS)


def _measured(domain: SambaDomain, what: Late, patience: float) -> dict[str, object]:
    findings: list[Finding] = []
    with ExitStack() as stack:
        place = stack.enter_context(place_in(domain))
        proxy: LdapProxy | None = None
        if what.answer_seconds:
            proxy = stack.enter_context(LdapProxy.in_front_of(domain))
            place.through(proxy.port, timeout_seconds=10)
        elif what.beside_a_dead_one:
            place.through(636, timeout_seconds=10)
        folder = place.empty_database()
        with Program(place, folder) as program:
            deadline = _granted(place, program, what.due)
            if what.beside_a_dead_one:
                _with_a_dead_one(place, program, stack.enter_context(_silent_listener()))
        if proxy is not None:
            proxy.slow(what.answer_seconds)
        verifier = stack.enter_context(domain.verifier())
        stack.enter_context(_service(place, folder))
        time.sleep(max(0.0, (deadline - datetime.now(UTC)).total_seconds() - 0.5))
        before = _rights(place, verifier)
        if before != what.due:
            findings.append(("wrong", f"{before} of {what.due} were held just before the deadline"))
        gone = _after(deadline, lambda: _rights(place, verifier) == 0)
        confirmed = _after(deadline, lambda: _open(folder, place.provider.id) == 0)
    if gone > what.right_gone * patience:
        findings.append(
            (
                "outlived_deadline",
                f"the last right was gone {gone:.1f} s late, {what.right_gone:.0f} s are said",
            )
        )
    if confirmed > what.confirmed * patience:
        findings.append(("wrong", f"the last one was confirmed {confirmed:.1f} s late"))
    return {"findings": findings, "gone": round(gone, 2), "confirmed": round(confirmed, 2)}


def late_series(domain: SambaDomain, *, short: bool = False, patience: float = 1) -> Outcome:
    """How late the last one was, in each of the cases; ``patience`` widens what is allowed."""
    outcome = Outcome("late")
    rows = []
    for what in SHORT if short else LONG:
        came = Child(lambda what=what: _measured(domain, what, patience), seconds=600).result()  # type: ignore[misc]
        outcome.add(what.name, came["findings"])
        rows.append(
            {
                "case": what.name,
                "due": what.due,
                "last_right_gone": came["gone"],
                "last_confirmed": came["confirmed"],
            }
        )
    outcome.figures = {"seconds_after_the_deadline": rows}
    return outcome.done()
