# SPDX-License-Identifier: MIT
"""How this very program is started again by somebody else: frozen, by its script, or as a module."""

from __future__ import annotations

import os
import sys
from pathlib import Path

WINDOWED_EXECUTABLE = "JIT Desktop.exe"
"""Beside the console program in the folder of the frozen one; both do the same."""


def is_frozen() -> bool:
    """Whether this is the packaged program and not Python with the program in it."""
    return bool(getattr(sys, "frozen", False))


def program_folder() -> Path:
    """The folder of what :func:`program_command` starts; everything of a frozen program is in it."""
    return Path(program_command()[0]).parent


def program_command() -> tuple[str, ...]:
    """The words that start the program, all paths absolute, to which the arguments are added.

    On Windows the windowed executable, or ``pythonw.exe``, and not the console one: each run of a console
    program from a task or at logon would show a console window for a moment.
    """
    executable = Path(sys.executable).absolute()  # not resolved: a virtual environment is known by its link
    if is_frozen():
        windowed = executable.with_name(WINDOWED_EXECUTABLE)
        return (str(windowed if sys.platform == "win32" and windowed.exists() else executable),)
    if sys.platform == "win32":
        windowless = executable.with_name("pythonw.exe")
        return (str(windowless if windowless.exists() else executable), "-m", "jit_desktop")
    script = executable.with_name("jit-desktop")
    if script.exists() and os.access(script, os.X_OK):
        return (str(script),)
    return (str(executable), "-m", "jit_desktop")
