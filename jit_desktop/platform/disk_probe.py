# SPDX-License-Identifier: MIT
"""Asks by another process whether a disk takes what is written to it."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

_LOG = logging.getLogger(__name__)


def touch_apart(file: Path) -> None:
    """Write when ``file`` was read last, by a process of its own and where it is there; comes back when that
    was done, or can't be tried.

    Whoever writes to a file system that is frozen stands still in the kernel (Linux), and is no more taken
    from the list of processes when he is killed, nor is his program: a timer of systemd, for one, would not
    start the next sweep. So this one is to be left behind, and not a thread of ours.
    """
    if sys.platform == "win32":
        return
    try:
        # Nothing of ours stays open in it: whoever reads our output waits for its end.
        nowhere = subprocess.DEVNULL
        subprocess.run(  # noqa: S603 - a program of the system, with one file of ours
            ["touch", "-a", "-c", "--", str(file)],  # noqa: S607
            stdin=nowhere,
            stdout=nowhere,
            stderr=nowhere,
            check=False,
        )
    except OSError as error:
        _LOG.debug("Nobody asks for the disk: %s", error)
