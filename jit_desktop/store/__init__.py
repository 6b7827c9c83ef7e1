# SPDX-License-Identifier: MIT
"""Keeps what must survive the program: settings, elevations, the audit trail; and reads settings files."""

from jit_desktop.store.sqlite_store import FILE_NAME, SqliteStore

__all__ = ["FILE_NAME", "SqliteStore"]
