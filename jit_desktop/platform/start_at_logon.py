# SPDX-License-Identifier: MIT
"""Starts the program when its user signs in: a value of the registry, or a file of the XDG autostart."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from jit_desktop.elevation.errors import Refused, StartAtLogonRefused
from jit_desktop.elevation.ports import LogonStart
from jit_desktop.platform.paths import config_dir, is_default_data_dir
from jit_desktop.platform.program import program_command
from jit_desktop.platform.registry import Hive, Registry, system_registry
from jit_desktop.platform.schedule.program import short_hash

RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED_KEY = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
"""What the Task Manager's page of start-up programs writes; an odd first byte switches a value of the Run key
off."""
VALUE = "JIT Desktop"
"""As the setup program has it."""
BACKGROUND = "--background"
_FOR_ALL = "The setup program has set it up for everybody on this computer."


def logon_command(program: tuple[str, ...], data_dir: Path) -> tuple[str, ...]:
    """What is started; the usual data folder is not named, so that it is what the setup program writes."""
    folder = () if is_default_data_dir(data_dir) else ("--data-dir", str(data_dir))
    return (*program, *folder, BACKGROUND)


def _named(name: str, data_dir: Path) -> str:
    return name if is_default_data_dir(data_dir) else f"{name}-{short_hash(data_dir)}"


class NoLogonStart:
    """Of the demo and of unknown systems; see :class:`~jit_desktop.elevation.ports.StartAtLogon`."""

    def state(self) -> LogonStart:
        """It is not offered."""
        return LogonStart(offered=False)

    def enable(self) -> LogonStart:
        """Always refused."""
        raise Refused("This program can't be started at sign-in here.")

    def disable(self) -> LogonStart:
        """There is nothing to undo."""
        return self.state()


class WindowsRunValue:
    """A value of the Run key of the present user; see :class:`~jit_desktop.elevation.ports.StartAtLogon`."""

    def __init__(self, data_dir: Path, program: Callable[[], tuple[str, ...]], registry: Registry) -> None:
        self._data_dir = data_dir
        self._program = program
        self._registry = registry
        self.name = _named(VALUE, data_dir)

    def state(self) -> LogonStart:
        """Enabled where the value starts this very copy and nobody switched it off in the Task Manager."""
        with _said():
            wanted = self._line()
            approval = self._registry.read(Hive.USER, APPROVED_KEY, self.name)
            is_off = isinstance(approval, bytes) and bool(approval[:1]) and approval[0] % 2 == 1
            if self._is(wanted, Hive.MACHINE):
                return LogonStart(offered=True, enabled=not is_off, changeable=False, note=_FOR_ALL)
            return LogonStart(offered=True, enabled=self._is(wanted, Hive.USER) and not is_off)

    def enable(self) -> LogonStart:
        """Write the value, in the place of another copy's."""
        with _said():
            self._registry.write(Hive.USER, RUN_KEY, self.name, self._line())
            self._registry.delete(Hive.USER, APPROVED_KEY, self.name)
        return self.state()

    def disable(self) -> LogonStart:
        """Delete the value; safe where there is none."""
        with _said():
            self._registry.delete(Hive.USER, RUN_KEY, self.name)
            self._registry.delete(Hive.USER, APPROVED_KEY, self.name)
        return self.state()

    def _line(self) -> str:
        return subprocess.list2cmdline(logon_command(self._program(), self._data_dir))

    def _is(self, wanted: str, hive: Hive) -> bool:
        found = self._registry.read(hive, RUN_KEY, self.name)
        return isinstance(found, str) and found.casefold() == wanted.casefold()


class XdgAutostart:
    """A desktop entry in ``folder`` (Desktop Application Autostart Specification); see
    :class:`~jit_desktop.elevation.ports.StartAtLogon`."""

    def __init__(self, data_dir: Path, program: Callable[[], tuple[str, ...]], folder: Path) -> None:
        self._data_dir = data_dir
        self._program = program
        self.file = folder / f"{_named('jit-desktop', data_dir)}.desktop"

    def state(self) -> LogonStart:
        """Enabled where the entry starts this copy and the desktop's settings have not switched it off."""
        with _said():
            try:
                text = self.file.read_text(encoding="utf-8", errors="surrogateescape")
            except FileNotFoundError:
                text = ""
        keys = dict(line.partition("=")[::2] for line in text.splitlines())
        is_off = keys.get("Hidden") == "true" or keys.get("X-GNOME-Autostart-enabled") == "false"
        return LogonStart(offered=True, enabled=keys.get("Exec") == self._line() and not is_off)

    def enable(self) -> LogonStart:
        """Write the entry, in the place of another copy's."""
        with _said():
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.file.write_text(
                _ENTRY.format(command=self._line()), encoding="utf-8", errors="surrogateescape"
            )
        return self.state()

    def disable(self) -> LogonStart:
        """Delete the entry; safe where there is none."""
        with _said():
            self.file.unlink(missing_ok=True)
        return self.state()

    def _line(self) -> str:
        return exec_line(logon_command(self._program(), self._data_dir))


_ENTRY = """\
[Desktop Entry]
Type=Application
Name=JIT Desktop
Comment=Ends Active Directory elevations at their deadline
Exec={command}
Terminal=false
"""


def exec_line(command: tuple[str, ...]) -> str:
    """``command`` as the value of an Exec key: each word quoted, and the whole a string of a desktop entry,
    in which a backslash stands doubled once more (Desktop Entry Specification, "The Exec key")."""
    words = []
    for word in command:
        escaped = "".join(f"\\{c}" if c in '"`$\\' else c for c in word)
        words.append(f'"{escaped}"')
    line = " ".join(words).replace("%", "%%")
    return line.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def system_logon_start(data_dir: Path) -> WindowsRunValue | XdgAutostart | NoLogonStart:
    """What this operating system has, for the data folder ``data_dir`` and the present user."""
    if sys.platform == "win32":
        return WindowsRunValue(data_dir, program_command, system_registry())
    if sys.platform == "darwin":
        return NoLogonStart()
    config = config_dir()
    if config is None:
        return NoLogonStart()
    return XdgAutostart(data_dir, program_command, config / "autostart")


@contextlib.contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StartAtLogonRefused(
            f"The start at sign-in can't be read or changed: {error.strerror or error}.",
            subject=str(error.filename or RUN_KEY),
            remedy="Perhaps a policy of your organisation forbids it. Everything else goes on working.",
        ) from error
