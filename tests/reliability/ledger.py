# SPDX-License-Identifier: MIT
"""Compares what a database holds with what was seen being written: to it, and to the directory."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from jit_desktop.elevation.lifecycle import State
from jit_desktop.store.sqlite_store import FILE_NAME
from tests.reliability.outcome import Finding
from tests.reliability.seam import DURABLE

_CLOSED = (State.ENDED, State.FAILED)
_OVER = (*_CLOSED, State.ENDING, State.OVERDUE)


def read(ledger: Path) -> list[dict[str, Any]]:
    """The lines; one that was cut by the death of its writer is left out."""
    if not ledger.exists():
        return []
    return [json.loads(line) for line in ledger.read_bytes().split(b"\n") if line.endswith(b"}")]


def compared(ledger: Path, folder: Path) -> Iterator[Finding]:
    """What the seam saw of one program, against the database of that program as it is now."""
    lines = read(ledger)
    moves, names = _kept(folder)
    seen: Counter[tuple[object, ...]] = Counter()
    for line in lines:
        commit = line.get("commit")
        if commit and not line.get("by"):
            seen = Counter(tuple(move[1:]) for move in commit["moves"])
            if commit["durable"] not in DURABLE:
                yield "lost", f"a commit would not outlive a loss of power (synchronous={commit['durable']})"
                break
    for move, count in (seen - Counter(tuple(m[1:]) for m in moves)).items():
        yield "lost", f"{count} x {move} was committed and is not in the database"
    yield from _before_what_gives(lines, folder)
    made = [
        _name(line["dn"])
        for line in lines
        if line.get("done") == "addRequest" and not line.get("by") and line.get("gives", True)
    ]
    for name in made:
        if name.casefold() not in names:
            yield "lost", f"{name} was made and no elevation of its database knows it"


def _before_what_gives(lines: list[dict[str, Any]], folder: Path) -> Iterator[Finding]:
    """Every write that gives is preceded by a commit that says so; and none follows when another copy has
    begun to end it, but for one that was on its way when that was recorded."""
    recorded: dict[str, str] = {}
    passed = 0
    """How much this copy has done since another one's last commit."""
    for line in lines:
        commit = line.get("commit")
        passed = 0 if line.get("by") else passed + 1
        if commit and Path(commit["file"]).parent.resolve() == folder.resolve():
            recorded = {name.casefold(): state for _, name, state in commit["states"]}
        if line.get("sent") == "modifyRequest" and line.get("gives"):
            for name in map(_name, line["values"]):
                state = recorded.get(name.casefold())
                if passed > 1 and state in _OVER:
                    yield "outlived_deadline", f"{name} was given a right when it was {state}"
        if line.get("sent") == "addRequest" and line.get("gives"):
            state = recorded.get(_name(line["dn"]).casefold())
            if state is None:
                yield "lost", f"{_name(line['dn'])} was about to be made before that was recorded"
            elif passed > 1 and state in _OVER:
                yield "wrong", f"{_name(line['dn'])} was about to be made when it was {state}"


def consistent(folder: Path) -> Iterator[Finding]:
    """Rows, transitions and audit trail of one database tell one story, in order."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as database:
        rows = database.execute("SELECT id, state FROM elevation").fetchall()
        for elevation, state in rows:
            moves = database.execute(
                'SELECT event, from_state, to_state, at FROM "transition" WHERE elevation_id = ? ORDER BY id',
                (elevation,),
            ).fetchall()
            if not moves or moves[-1][2] != state:
                yield "lost", f"{state}, and the last transition is {moves[-1][:3] if moves else 'missing'}"
            before: str | None = None
            for event, from_state, to_state, _ in moves:
                if from_state != before and not (from_state is None and before in _CLOSED):
                    yield "lost", f"{event} from {from_state} after {before}"
                before = to_state
            if [m[3] for m in moves] != sorted(m[3] for m in moves):
                yield "wrong", f"time runs backwards: {[m[3] for m in moves]}"
            audited = database.execute(
                "SELECT action, at FROM audit WHERE json_extract(detail, '$.elevation') = ? ORDER BY number",
                (elevation,),
            ).fetchall()
            if [at for _, at in audited] != sorted(at for _, at in audited):
                yield "wrong", f"the audit trail runs backwards: {audited}"
            told = [a.removeprefix("elevation.") for a, _ in audited if not a.endswith("removed-again")]
            if told[: len(moves)] != [m[0] for m in moves]:
                yield "lost", f"the audit trail tells {told}, the transitions {[m[0] for m in moves]}"


def _kept(folder: Path) -> tuple[list[tuple[Any, ...]], set[str]]:
    with closing(sqlite3.connect(folder / FILE_NAME)) as database:
        moves = database.execute(
            'SELECT id, elevation_id, event, from_state, to_state FROM "transition"'
        ).fetchall()
        names = {n.casefold() for (n,) in database.execute("SELECT group_name FROM elevation")}
    return moves, names


def _name(dn: str) -> str:
    return dn.split(",", 1)[0].partition("=")[2]
