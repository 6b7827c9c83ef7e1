# SPDX-License-Identifier: MIT
"""Standard streams of which nobody reads any more, or whose disk is full."""

from __future__ import annotations

import contextlib
import os
from typing import TextIO


def flush_or_let_go(stream: TextIO | None) -> None:
    """Print what ``stream`` still holds, or drop it where that can't be done."""
    if stream is None:
        return
    try:
        stream.flush()
    except (OSError, ValueError):  # the latter: it was closed
        let_go_of(stream)


def let_go_of(stream: TextIO) -> None:
    """Let what a dead stream still holds go nowhere: the interpreter would fail on it when it ends."""
    with contextlib.suppress(OSError, ValueError):
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
    with contextlib.suppress(OSError, ValueError):
        stream.flush()
