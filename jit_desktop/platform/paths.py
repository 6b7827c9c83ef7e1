# SPDX-License-Identifier: MIT
"""Where the program's own state lives when nobody says otherwise."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import platformdirs


def default_data_dir() -> Path:
    """The folder for database, backups and log: of this user and this computer, never roaming.

    ``%LOCALAPPDATA%\\JIT Desktop`` on Windows, ``~/.local/share/jit-desktop`` by the XDG base directories.
    It is not made here.
    """
    name = "JIT Desktop" if sys.platform in ("win32", "darwin") else "jit-desktop"
    return Path(platformdirs.user_data_dir(name, appauthor=False, roaming=False))


RUNTIME_VARIABLE = "JIT_DESKTOP_RUNTIME"
"""Names another folder for :func:`runtime_dir`."""


def runtime_dir() -> Path:
    """Where the files of running programs lie: of this user on this computer, gone when it starts anew.

    In ``$XDG_RUNTIME_DIR``, else in the folder for temporary files. It is not made here. Raises
    :class:`OSError` where there is no such folder.
    """
    if chosen := os.environ.get(RUNTIME_VARIABLE):
        return Path(chosen)
    if given := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(given) / "jit-desktop"
    name = "jit-desktop" if sys.platform == "win32" else f"jit-desktop-{os.geteuid()}"
    return Path(tempfile.gettempdir()) / name


COPIES_VARIABLE = "JIT_DESKTOP_COPIES"
"""Names another folder for :func:`settings_copies_dir`."""


def settings_copies_dir() -> Path:
    """Where copies of the settings lie: as near to this computer as the data folders, and in none of them.

    ``%LOCALAPPDATA%\\JIT Desktop Copies`` on Windows, ``~/.local/state/jit-desktop/copies`` by the XDG base
    directories. It is not made here.
    """
    if chosen := os.environ.get(COPIES_VARIABLE):
        return Path(chosen)
    if sys.platform in ("win32", "darwin"):
        return Path(platformdirs.user_data_dir("JIT Desktop Copies", appauthor=False, roaming=False))
    return Path(platformdirs.user_state_dir("jit-desktop", appauthor=False)) / "copies"
