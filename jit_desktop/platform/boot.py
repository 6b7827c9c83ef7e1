# SPDX-License-Identifier: MIT
"""Which start of this computer this is: its clock that counts since then means something only with that."""

from __future__ import annotations

import socket
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

MEMORY_KEY = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
MACHINE_KEY = r"SOFTWARE\Microsoft\Cryptography"
_LINUX = Path("/proc/sys/kernel/random/boot_id")

Value: TypeAlias = "str | int | bytes | None"


def of_linux(file: Path = _LINUX) -> str:
    """The kernel's random number of this start (random(4)); empty where there is none."""
    try:
        return str(uuid.UUID(file.read_text(encoding="ascii").strip()))
    except (OSError, ValueError):
        return ""


def of_macos(ask: Callable[[], str]) -> str:
    """The same, as ``kern.bootsessionuuid`` says it; empty where that is not asked or says nothing."""
    try:
        return str(uuid.UUID(ask().strip()))
    except (OSError, ValueError, AttributeError):
        return ""


def of_windows(read: Callable[[str, str], Value], computer: Callable[[], str] = socket.gethostname) -> str:
    """How often this Windows was started, with what tells it from others; empty where it does not say so.

    Windows has no random number of a start. The count alone is the same on many computers, which may share a
    data folder. Where it was not counted on, the clock since the start says too little, and never too much.
    ``read``: a value of the registry under ``HKEY_LOCAL_MACHINE``, by key and name; :class:`OSError` where it
    can't be read.
    """
    try:
        count, machine, name = read(MEMORY_KEY, "BootId"), read(MACHINE_KEY, "MachineGuid"), computer()
    except OSError:
        return ""
    if not isinstance(count, int) or not isinstance(machine, str) or not machine or not name:
        return ""
    return f"{machine.casefold()}/{name.casefold()}/{count}"


if sys.platform == "win32":
    import winreg

    def _read(key: str, name: str) -> Value:
        # That of 64 bits whatever this program has: only there is the machine's GUID.
        access = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key, access=access) as opened:
            value: Value = winreg.QueryValueEx(opened, name)[0]
            return value

    def boot_id() -> str:
        """An identifier of this start of the computer; empty where there is none."""
        return of_windows(_read)

elif sys.platform == "darwin":
    import ctypes

    def _session() -> str:
        text, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.sysctlbyname(b"kern.bootsessionuuid", text, ctypes.byref(size), None, ctypes.c_size_t(0)):
            raise OSError(ctypes.get_errno(), "sysctlbyname")
        return text.value.decode("ascii")

    def boot_id() -> str:
        """An identifier of this start of the computer; empty where there is none."""
        return of_macos(_session)

else:

    def boot_id() -> str:
        """An identifier of this start of the computer; empty where there is none."""
        return of_linux()
