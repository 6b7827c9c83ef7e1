# SPDX-License-Identifier: MIT
"""What a schedule runs, and how those of two data folders are told apart."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def sweep_command(program: tuple[str, ...], data_dir: Path) -> tuple[str, ...]:
    """What is to be run again and again."""
    return (*program, "--data-dir", str(data_dir), "sweep")


def short_hash(data_dir: Path) -> str:
    """Tells the schedules of two data folders apart: 12 hexadecimal digits."""
    return hashlib.sha256(
        os.path.normcase(data_dir.absolute()).encode("utf-8", "surrogateescape")
    ).hexdigest()[:12]
