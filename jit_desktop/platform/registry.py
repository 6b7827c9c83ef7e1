# SPDX-License-Identifier: MIT
"""Single values of the Windows registry, behind a protocol: who needs them can be tried without Windows."""

from __future__ import annotations

import contextlib
import sys
from enum import Enum, auto
from typing import Protocol


class Hive(Enum):
    """Whose values."""

    USER = auto()
    MACHINE = auto()


class Registry(Protocol):
    """Reads, writes and deletes one value; :class:`OSError` where that is refused."""

    def read(self, hive: Hive, key: str, name: str) -> str | bytes | None:
        """A text or bytes, ``None`` where there is none or another kind."""

    def write(self, hive: Hive, key: str, name: str, value: str) -> None:
        """Set a text, and make the key where it is missing."""

    def delete(self, hive: Hive, key: str, name: str) -> None:
        """Safe where there is none."""


if sys.platform == "win32":
    import winreg

    _ROOTS = {Hive.USER: winreg.HKEY_CURRENT_USER, Hive.MACHINE: winreg.HKEY_LOCAL_MACHINE}

    class WindowsRegistry:
        """See :class:`Registry`."""

        def read(self, hive: Hive, key: str, name: str) -> str | bytes | None:
            """As :meth:`Registry.read`."""
            try:
                with winreg.OpenKey(_ROOTS[hive], key) as opened:
                    value = winreg.QueryValueEx(opened, name)[0]
            except FileNotFoundError:
                return None
            return value if isinstance(value, str | bytes) else None

        def write(self, hive: Hive, key: str, name: str, value: str) -> None:
            """As :meth:`Registry.write`."""
            with winreg.CreateKeyEx(_ROOTS[hive], key, access=winreg.KEY_SET_VALUE) as opened:
                winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, value)

        def delete(self, hive: Hive, key: str, name: str) -> None:
            """As :meth:`Registry.delete`."""
            with (
                contextlib.suppress(FileNotFoundError),
                winreg.OpenKey(_ROOTS[hive], key, access=winreg.KEY_SET_VALUE) as opened,
            ):
                winreg.DeleteValue(opened, name)

    def system_registry() -> Registry:
        """That of this computer."""
        return WindowsRegistry()

else:

    def system_registry() -> Registry:
        """Only Windows has one."""
        raise NotImplementedError
