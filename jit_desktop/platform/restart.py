# SPDX-License-Identifier: MIT
"""Has Windows start the program again that an upgrade or a fault ended: somebody has to end what is due."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from jit_desktop.platform.program import program_command
from jit_desktop.platform.start_at_logon import logon_command


def restart_arguments(data_dir: Path) -> str:
    """What follows the executable then, as one line: without a window, on the same data folder."""
    return subprocess.list2cmdline(logon_command(program_command()[1:], data_dir))


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    def have_it_restarted(data_dir: Path) -> bool:
        """Whether Windows will do it ([MS] RegisterApplicationRestart): after an upgrade through the Restart
        Manager, and after a fault where the program had run for a minute."""
        register = ctypes.WinDLL("kernel32").RegisterApplicationRestart
        register.argtypes = [wintypes.LPCWSTR, wintypes.DWORD]
        register.restype = ctypes.c_long
        in_every_case = 0
        return bool(register(restart_arguments(data_dir), in_every_case) == 0)

else:

    def have_it_restarted(data_dir: Path) -> bool:
        """There is nothing of the kind here; a systemd unit restarts what it runs."""
        return False
