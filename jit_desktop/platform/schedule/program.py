# SPDX-License-Identifier: MIT
"""What a schedule runs, and how those of two data folders are told apart."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

OTHER_COMMAND = "It is there but does not run this program's sweep of this data folder: set it up again."
GONE_PROGRAM = "It is there but runs a program that is gone: set it up again."


def sweep_command(program: tuple[str, ...], data_dir: Path) -> tuple[str, ...]:
    """What is to be run again and again."""
    return (*program, "--data-dir", str(data_dir), "sweep")


def why_not_swept(command: Sequence[str], program: tuple[str, ...], data_dir: Path) -> str:
    """Why a schedule that runs ``command`` does not sweep ``data_dir``, in a sentence; empty where it does.

    Another copy of the program may have set it up: it sweeps as well, as long as it is there.
    """
    wanted = sweep_command(program, data_dir)
    if tuple(command) == wanted:
        return ""
    own = wanted[len(program) :]
    if [_compared(word) for word in command[-len(own) :]] != [_compared(word) for word in own]:
        return OTHER_COMMAND
    return "" if shutil.which(command[0]) is not None else GONE_PROGRAM


def _compared(word: str) -> str:
    return os.path.normcase(word).rstrip("/\\")


def short_hash(data_dir: Path) -> str:
    """Tells the schedules of two data folders apart: 12 hexadecimal digits."""
    return hashlib.sha256(
        os.path.normcase(data_dir.absolute()).encode("utf-8", "surrogateescape")
    ).hexdigest()[:12]
