# SPDX-License-Identifier: MIT
"""Where the program's own state lives when nobody says otherwise."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import platformdirs

from jit_desktop.elevation.errors import HomeUnknown


def default_data_dir() -> Path:
    """The folder for database, backups and log: of this user and this computer, never roaming.

    ``%LOCALAPPDATA%\\JIT Desktop`` on Windows, ``~/.local/share/jit-desktop`` by the XDG base directories.
    It is not made here. Raises :class:`~jit_desktop.elevation.errors.HomeUnknown` where nothing says where
    this user's files are.
    """
    name = "JIT Desktop" if sys.platform in ("win32", "darwin") else "jit-desktop"
    try:
        return Path(platformdirs.user_data_dir(name, appauthor=False, roaming=False))
    except RuntimeError as error:
        raise HomeUnknown(
            "Nothing says where the files of this user are.",
            remedy="Name a folder with --data-dir, or set HOME to an absolute path.",
        ) from error


def is_default_data_dir(data_dir: Path) -> bool:
    """Whether ``data_dir`` is the one of this user; none is where nothing says where that would be."""
    try:
        return data_dir == default_data_dir()
    except HomeUnknown:
        return False


def config_dir() -> Path | None:
    """Where programs of Linux keep what this user has set; ``None`` where nothing says where that is."""
    if given := os.environ.get("XDG_CONFIG_HOME"):
        return Path(given)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home / ".config" if home.is_absolute() else None


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


def settings_copies_dir() -> Path | None:
    """Where copies of the settings lie: as near to this computer as the data folders, and in none of them.

    ``%LOCALAPPDATA%\\JIT Desktop Copies`` on Windows, ``~/.local/state/jit-desktop/copies`` by the XDG base
    directories. It is not made here. ``None`` where nothing says where this user's files are.
    """
    if chosen := os.environ.get(COPIES_VARIABLE):
        return Path(chosen)
    try:
        if sys.platform in ("win32", "darwin"):
            return Path(platformdirs.user_data_dir("JIT Desktop Copies", appauthor=False, roaming=False))
        return Path(platformdirs.user_state_dir("jit-desktop", appauthor=False)) / "copies"
    except RuntimeError:
        return None
