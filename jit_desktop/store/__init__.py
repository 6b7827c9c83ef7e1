# SPDX-License-Identifier: MIT
"""Keeps what must survive the program: settings, elevations, the audit trail; and reads settings files."""

from jit_desktop.store.sqlite_store import SqliteStore

__all__ = ["SqliteStore"]
