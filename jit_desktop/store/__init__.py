# SPDX-License-Identifier: MIT
"""Keeps what must survive the program: settings, elevations, the audit trail; and reads settings files."""

from jit_desktop.store.opening import Opened, open_as_usual, open_for_ending, open_what_is_there
from jit_desktop.store.settings_copies import SettingsCopies
from jit_desktop.store.sqlite_store import FILE_NAME, SqliteStore
from jit_desktop.store.unrecorded_file import UnrecordedFile

__all__ = [
    "FILE_NAME",
    "Opened",
    "SettingsCopies",
    "SqliteStore",
    "UnrecordedFile",
    "open_as_usual",
    "open_for_ending",
    "open_what_is_there",
]
