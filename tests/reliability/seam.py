# SPDX-License-Identifier: MIT
"""Finds every write of the program by itself, at the one place that each kind goes through; kills there, and
writes down outside of the process what was written.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peewee import SqliteDatabase

from jit_desktop.directory.session import LdapSession

DURABLE = (2, 3)
"""FULL and EXTRA of ``PRAGMA synchronous``: a commit that has returned outlives a loss of power."""


class Seam:
    """Counts the moments before and after each write; at the one numbered `kill_at` the process dies.

    What SQLite writes becomes true with its commit; transactions that wrote nothing are not counted. With
    `statements` every statement that changes something counts too. Into `ledger` goes a line of JSON for each
    write and each commit: what is in it outlives the process. `on_point` is called at each point with its
    number and name, and what it does itself is not counted.
    """

    def __init__(
        self,
        kill_at: int = 0,
        *,
        statements: bool = False,
        ledger: Path | None = None,
        on_point: Callable[[int, str], None] | None = None,
    ) -> None:
        self.points: list[str] = []
        self._kill_at = kill_at
        self._statements = statements
        self._on_point = on_point
        self._elsewhere = False
        self._ledger = (
            os.open(ledger, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600) if ledger is not None else None
        )

    def _point(self, name: str) -> None:
        self.points.append(name)
        if len(self.points) == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._on_point is not None:
            self._elsewhere = True
            try:
                self._on_point(len(self.points), name)
            finally:
                self._elsewhere = False

    def _note(self, **line: object) -> None:
        if self._ledger is not None:
            os.write(self._ledger, json.dumps(line).encode() + b"\n")

    def arm(self) -> None:
        """From now on, for the rest of this process: to be called in a child only."""
        write, commit, execute = LdapSession._write, SqliteDatabase.commit, SqliteDatabase.execute_sql
        seam = self

        def _write(self: LdapSession, kind: str, request: Any, *more: Any, **words: Any) -> None:
            what = _described(kind, request)
            if seam._elsewhere:
                write(self, kind, request, *more, **words)
                seam._note(done=kind, by="another copy", **what)
                return
            seam._point(f"before {kind}")
            seam._note(sent=kind, **what)
            write(self, kind, request, *more, **words)
            seam._note(done=kind, **what)
            seam._point(f"after {kind}")

        def commit_(self: Any) -> None:
            connection = self.connection()
            if not connection.total_changes:
                commit(self)
                return
            if seam._elsewhere:
                seen = _of_this_transaction(connection)
                commit(self)
                seam._note(commit=seen, by="another copy")
                return
            seam._point("before commit")
            seen = _of_this_transaction(connection)
            commit(self)
            seam._note(commit=seen)
            seam._point("after commit")

        def execute_sql(self: Any, sql: str, params: Any = None) -> Any:
            reads = sql.lstrip().upper().startswith(("SELECT", "PRAGMA"))
            if not seam._statements or seam._elsewhere or reads:
                return execute(self, sql, params)  # type: ignore[no-untyped-call]
            seam._point("before statement")
            result = execute(self, sql, params)  # type: ignore[no-untyped-call]
            seam._point("after statement")
            return result

        LdapSession._write = _write  # type: ignore[method-assign]
        SqliteDatabase.commit = commit_  # type: ignore[method-assign]
        SqliteDatabase.execute_sql = execute_sql  # type: ignore[method-assign]


def _described(kind: str, request: Any) -> dict[str, object]:
    """The object of a write, and what is put into or taken out of ``member``."""
    if kind == "delRequest":
        return {"dn": str(request)}
    dn = str(request["entry"] if kind == "addRequest" else request["object"])
    if kind == "addRequest":
        # A group that begins without a member is a marker of an extension, and gives nothing.
        named = {str(attribute["type"]).lower() for attribute in request["attributes"]}
        return {"dn": dn, "gives": "member" in named}
    gives = takes = False
    values: list[str] = []
    for change in request["changes"]:
        partial = change["modification"]
        if str(partial["type"]).lower() == "member":
            how = int(change["operation"])
            gives = gives or how == 0
            takes = takes or how in (1, 2)
            values += [bytes(value).decode("utf-8", "replace") for value in partial["vals"]]
    return {"dn": dn, "gives": gives and not takes, "takes": takes, "values": values}


def _of_this_transaction(connection: Any) -> dict[str, object]:
    """What the program's own connection is about to make true: all transitions there are then, and how
    durable it will be."""
    try:
        moves = connection.execute(
            'SELECT id, elevation_id, event, from_state, to_state FROM "transition" ORDER BY id'
        ).fetchall()
        states = connection.execute("SELECT id, group_name, state FROM elevation").fetchall()
    except Exception:  # noqa: BLE001 - a database whose tables are being made
        moves, states = [], []
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    file = connection.execute("PRAGMA database_list").fetchone()[2]
    return {
        "moves": [list(m) for m in moves],
        "states": [list(s) for s in states],
        "durable": synchronous,
        "file": file,
    }
