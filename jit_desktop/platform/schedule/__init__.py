# SPDX-License-Identifier: MIT
"""Has the operating system run ``jit-desktop sweep``: a systemd user timer, or a Windows scheduled task."""

from __future__ import annotations

import getpass
import os
import shutil
import sys
from pathlib import Path

from jit_desktop.platform.paths import config_dir
from jit_desktop.platform.program import program_command, program_folder
from jit_desktop.platform.schedule.nothing import NoSchedule
from jit_desktop.platform.schedule.removing import Found, remove_all
from jit_desktop.platform.schedule.running import run
from jit_desktop.platform.schedule.systemd import SystemdTimer
from jit_desktop.platform.schedule.windows_task import WindowsTask

__all__ = [
    "Found",
    "NoSchedule",
    "SystemdTimer",
    "WindowsTask",
    "remove_every_schedule",
    "system_schedule",
]


def remove_every_schedule(data_dir: Path) -> tuple[Found, ...]:
    """Take away every sweep that starts the program in this folder, or one that is gone, whatever its data
    folder; raises :class:`~jit_desktop.elevation.errors.ScheduleRefused` where they can't be listed."""
    return remove_all(system_schedule(data_dir).every(), program_folder())


def system_schedule(data_dir: Path) -> WindowsTask | SystemdTimer | NoSchedule:
    """What this operating system has, for the data folder ``data_dir`` and the present user."""
    if sys.platform == "win32":
        user = f"{os.environ.get('USERDOMAIN', '.')}\\{getpass.getuser()}"
        return WindowsTask(data_dir, program_command, run, user=user)
    # /run/systemd/system is there exactly where systemd is the init system (sd_booted(3)).
    if shutil.which("systemctl") and Path("/run/systemd/system").is_dir():
        config = config_dir()
        if config is None:
            return NoSchedule(
                "Nothing says where the files of this user are: set HOME, or let a scheduler of yours run it."
            )
        try:
            lingering = Path("/var/lib/systemd/linger", getpass.getuser()).exists()
        except (KeyError, OSError):  # a user without a name
            lingering = False
        return SystemdTimer(data_dir, program_command, run, folder=config / "systemd/user", lingers=lingering)
    return NoSchedule(
        "Neither systemd nor the Windows Task Scheduler runs here; let a scheduler of yours run it."
    )
