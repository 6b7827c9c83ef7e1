# SPDX-License-Identifier: MIT
"""How this very program is started again by somebody else: frozen, by its script, or as a module."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path


def program_command() -> tuple[str, ...]:
    """The words that start the program, all paths absolute, to which the arguments are added.

    On Windows ``pythonw.exe`` and not the script: each run of a console program would show a window.
    """
    if getattr(sys, "frozen", False):
        return (str(Path(sys.executable).absolute()),)
    python = Path(sys.executable).absolute()  # not resolved: a virtual environment is known by its link
    if sys.platform == "win32":
        windowless = python.with_name("pythonw.exe")
        return (str(windowless if windowless.exists() else python), "-m", "jit_desktop")
    script = python.with_name("jit-desktop")
    if script.exists() and os.access(script, os.X_OK):
        return (str(script),)
    return (str(python), "-m", "jit_desktop")


def sweep_command(program: tuple[str, ...], data_dir: Path) -> tuple[str, ...]:
    """What is to be run again and again."""
    return (*program, "--data-dir", str(data_dir), "sweep")


def short_hash(data_dir: Path) -> str:
    """Tells the schedules of two data folders apart: 12 hexadecimal digits."""
    return hashlib.sha256(
        os.path.normcase(data_dir.absolute()).encode("utf-8", "surrogateescape")
    ).hexdigest()[:12]
