# SPDX-License-Identifier: MIT
"""Reads the files that the program keeps for itself beside the database. Anybody may have put something else
in their place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_kept(file: Path, *, form: str, version: int, most_bytes: int) -> dict[str, Any]:
    """The object in such a file, of the format ``form`` and at most ``most_bytes`` long. Raises
    :class:`OSError`, and :class:`ValueError` or :class:`RecursionError` where it is something else."""
    if file.exists() and not file.is_file():
        raise ValueError("it is no file")  # a pipe would be waited for, for ever
    with file.open("rb") as stream:
        content = stream.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise ValueError("it is too long")
    raw = json.loads(content)
    if not isinstance(raw, dict) or (raw.get("format"), raw.get("version")) != (form, version):
        raise ValueError("it is of another kind")
    return raw
