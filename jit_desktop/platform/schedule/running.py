# SPDX-License-Identifier: MIT
"""Starts the tool of the operating system that keeps schedules: never through a shell, and never for long."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from jit_desktop.elevation.errors import DurationNotAllowed, ScheduleRefused

TIMEOUT_SECONDS = 30
LONGEST_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool left behind: its exit code, and what it wrote as bytes."""

    code: int
    out: bytes = b""
    err: bytes = b""

    @property
    def words(self) -> str:
        """What it said of an error, in one line; in the language of the system, so never to be parsed."""
        text = (self.err or self.out).decode(errors="replace")
        return " ".join(text.split())[:300]


Runner: TypeAlias = Callable[[Sequence[str]], Answer]


def run(command: Sequence[str]) -> Answer:
    """Run ``command`` to its end; :class:`ScheduleRefused` where it can't be started or does not end."""
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) if sys.platform == "win32" else 0
    try:
        done = subprocess.run(  # noqa: S603 - our own words, and no shell
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
            creationflags=flags,
            # What is read of systemctl is in English then.
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ScheduleRefused(
            f"{command[0]} can't be used: {error}.", remedy="Try again, or use another scheduler."
        ) from error
    return Answer(done.returncode, done.stdout, done.stderr)


def require_interval(seconds: int, shortest: int) -> None:
    """:class:`DurationNotAllowed` for an interval that the system or common sense does not allow."""
    if not shortest <= seconds <= LONGEST_SECONDS:
        raise DurationNotAllowed(
            f"A sweep can't be set up every {seconds} s.",
            remedy=f"Choose between {shortest} seconds and {LONGEST_SECONDS // 3600} hours.",
        )
