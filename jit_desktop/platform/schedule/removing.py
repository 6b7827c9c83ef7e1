# SPDX-License-Identifier: MIT
"""Takes every schedule of this program away, whatever its data folder, for whoever uninstalls it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from jit_desktop.elevation.errors import JitError, ScheduleRefused
from jit_desktop.elevation.ports import ScheduleState


class NamedSchedule(Protocol):
    """A schedule that may be another data folder's."""

    name: str

    def state(self) -> ScheduleState:
        """How it stands."""

    def remove(self) -> ScheduleState:
        """Take it away."""


@dataclass(frozen=True, slots=True)
class Found:
    """One schedule that was found, and what became of it."""

    name: str
    command: tuple[str, ...]
    removed: bool
    problem: JitError | None = None

    @property
    def data_dir(self) -> Path | None:
        """The folder that it swept, where its command still says so."""
        words = self.command
        at = words.index("--data-dir") + 1 if "--data-dir" in words else len(words)
        return Path(words[at]) if at < len(words) else None


def remove_all(schedules: Sequence[NamedSchedule], folder: Path) -> tuple[Found, ...]:
    """Remove those of ``schedules`` that start a program in ``folder``, or one that is gone; one that can't
    be removed does not keep the others."""
    return tuple(_remove(schedule, folder) for schedule in schedules)


def _remove(schedule: NamedSchedule, folder: Path) -> Found:
    command: tuple[str, ...] = ()
    try:
        command = schedule.state().command
        if not is_ours(command, folder):
            return Found(schedule.name, command, removed=False)
        schedule.remove()
    except JitError as error:
        return Found(schedule.name, command, removed=False, problem=error)
    except OSError as error:
        problem = ScheduleRefused(
            f"“{schedule.name}” can't be looked at: {error.strerror or error}.",
            subject=schedule.name,
            remedy="Remove it with the system's own tool.",
        )
        return Found(schedule.name, command, removed=False, problem=problem)
    return Found(schedule.name, command, removed=True)


def is_ours(command: Sequence[str], folder: Path) -> bool:
    """Whether nobody but the program in ``folder`` misses what starts ``command``.

    Another copy of the program keeps its own. One on a drive or share that is not there now may come back.
    """
    if not command:
        return False
    program = Path(command[0])
    if os.path.normcase(program.parent) == os.path.normcase(folder):
        return True
    if program.drive.startswith("\\\\"):
        # Anybody can make a task: asking a share of his would tell it who we are.
        return False
    return program.is_absolute() and not program.exists() and Path(program.anchor).exists()
