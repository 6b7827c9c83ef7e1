# SPDX-License-Identifier: MIT
"""Which computer this is, for what belongs to one computer and may lie where others look as well: a home on a
file server, a profile that roams.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path

from jit_desktop.platform.registry import Hive, Registry, system_registry

COMPUTER_VARIABLE = "JIT_DESKTOP_COMPUTER"
"""Names this computer in the place of :func:`computer_id`, where several say the same of themselves."""

MACHINE_ID_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_MACHINE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")


def machine_guid(registry: Registry) -> str:
    """What Windows gave this computer when it was installed; empty where there is none."""
    value = registry.read(Hive.MACHINE, r"SOFTWARE\Microsoft\Cryptography", "MachineGuid")
    return value if isinstance(value, str) else ""


def machine_id() -> str:
    """machine-id(5); empty where there is none, as in an image that was not started yet."""
    for file in MACHINE_ID_FILES:
        try:
            text = file.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            continue
        if _MACHINE_ID.fullmatch(text):
            return text
    return ""


if sys.platform == "win32":

    def _given_by_the_system() -> str:
        return machine_guid(system_registry())

elif sys.platform == "darwin":
    import ctypes

    def _given_by_the_system() -> str:
        """IOPlatformUUID, by gethostuuid(2), which waits a second at most."""
        found, wait = ctypes.create_string_buffer(16), (ctypes.c_long * 2)(1, 0)
        failed = ctypes.CDLL(None).gethostuuid(found, wait)
        return "" if failed else found.raw.hex()

else:
    _given_by_the_system = machine_id


def computer_id() -> str:
    """What tells this computer from others, also after it was renamed; its name where nothing else does.

    Only to be hashed with something else: what the system gave it is nobody's business.
    """
    if chosen := os.environ.get(COMPUTER_VARIABLE):
        return chosen
    try:
        given = _given_by_the_system()
    except (OSError, AttributeError):
        given = ""
    return (given or platform.node()).casefold()
