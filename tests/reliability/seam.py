# SPDX-License-Identifier: MIT
"""Finds every write of the program by itself, at the one place that each kind goes through; kills there."""

from __future__ import annotations

import os
import signal
from typing import Any

from peewee import SqliteDatabase

from jit_desktop.directory.session import LdapSession


class Seam:
    """Counts the moments before and after each write; at the one numbered `kill_at` the process dies.

    What SQLite writes becomes true with its commit; transactions that wrote nothing are not counted. With
    `statements` every statement that changes something counts too.
    """

    def __init__(self, kill_at: int = 0, *, statements: bool = False) -> None:
        self.points: list[str] = []
        self._kill_at = kill_at
        self._statements = statements

    def _point(self, name: str) -> None:
        self.points.append(name)
        if len(self.points) == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def arm(self) -> None:
        """From now on, for the rest of this process: to be called in a child only."""
        write, commit, execute = LdapSession._write, SqliteDatabase.commit, SqliteDatabase.execute_sql
        seam = self

        def _write(self: LdapSession, kind: str, request: Any, subject: str) -> None:
            seam._point(f"before {kind}")
            write(self, kind, request, subject)
            seam._point(f"after {kind}")

        def commit_(self: Any) -> None:
            if not self.connection().total_changes:
                commit(self)
                return
            seam._point("before commit")
            commit(self)
            seam._point("after commit")

        def execute_sql(self: Any, sql: str, params: Any = None) -> Any:
            if not seam._statements or sql.lstrip().upper().startswith(("SELECT", "PRAGMA")):
                return execute(self, sql, params)  # type: ignore[no-untyped-call]
            seam._point("before statement")
            result = execute(self, sql, params)  # type: ignore[no-untyped-call]
            seam._point("after statement")
            return result

        LdapSession._write = _write  # type: ignore[method-assign]
        SqliteDatabase.commit = commit_  # type: ignore[method-assign]
        SqliteDatabase.execute_sql = execute_sql  # type: ignore[method-assign]
