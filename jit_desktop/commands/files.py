# SPDX-License-Identifier: MIT
"""Writes files that a command was asked for, readable for their owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from jit_desktop.elevation.errors import Refused


def write_new_file(path: Path, text: str, *, replace: bool = False) -> None:
    """Write ``text`` to ``path`` in UTF-8; :class:`Refused` where that exists already or can't be written."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if replace else os.O_EXCL)
    try:
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise Refused(
            f"{path} exists already.", subject=str(path), remedy="Name another file, or use --force."
        ) from None
    except OSError as error:
        raise Refused(f"{path} can't be written: {error.strerror}.", subject=str(path)) from None
