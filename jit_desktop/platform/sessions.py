# SPDX-License-Identifier: MIT
"""Starts the *Open session* command of a provider: a program and its arguments, never a line for a shell."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import PureWindowsPath

from jit_desktop.elevation.errors import InvalidSettings, JitError, Refused

if sys.platform == "win32":

    def _detached(arguments: list[str]) -> subprocess.Popen[bytes]:
        # Without a console of its own a program such as runas could not ask for the password.
        return subprocess.Popen(arguments, creationflags=subprocess.CREATE_NEW_CONSOLE)  # noqa: S603 - no shell

else:

    def _detached(arguments: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(arguments, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - no shell


_PLACEHOLDER = re.compile(r"\{(account|domain)\}")
_FIELD = "policy.session_command"


class SessionNotStarted(JitError):
    """The operating system could not start the program."""

    code = "session-not-started"


def filled_in(command: Sequence[str], *, account: str, domain: str) -> list[str]:
    """``command`` with ``{account}`` and ``{domain}`` replaced in each argument, which stays one argument.

    Raises :class:`InvalidSettings` for a command that can't be started safely, :class:`Refused` where a name
    would be taken for an option.
    """
    if not command or not command[0].strip():
        raise InvalidSettings({_FIELD: "Say which program opens a session."})
    program, *arguments = command
    if _PLACEHOLDER.search(program):
        raise InvalidSettings({_FIELD: "The program itself can't depend on the account."})
    if PureWindowsPath(program).suffix.lower() in (".bat", ".cmd"):
        # Windows hands these to its shell, which reads the arguments by rules of its own.
        raise InvalidSettings({_FIELD: "A batch file can't be started safely; name the program in it."})
    values = {"account": account, "domain": domain}
    result = [program]
    for argument in arguments:
        filled = _PLACEHOLDER.sub(lambda match: values[match[1]], argument)
        if "\0" in filled or (filled[:1] in ("-", "/") and filled[:1] != argument[:1]):
            raise Refused(
                f"The name “{filled}” would be taken for an option by “{program}”.",
                subject=filled,
                remedy="Put something before the name in the session command, such as “{domain}\\{account}”.",
            )
        result.append(filled)
    return result


class SessionStarter:
    """Starts sessions and remembers the processes, so that none is left as a zombie."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def running(self) -> int:
        """How many of the started programs have not ended."""
        self._running = [process for process in self._running if process.poll() is None]
        return len(self._running)

    def start(self, command: Sequence[str], *, account: str, domain: str) -> int:
        """Start ``command`` for ``account`` (logon name) of ``domain`` (NetBIOS or DNS name); its process id.

        The session goes on when this program ends. Raises what :func:`filled_in` raises, and
        :class:`SessionNotStarted`.
        """
        arguments = filled_in(command, account=account, domain=domain)
        _ = self.running  # takes note of those that have ended
        try:
            process = _detached(arguments)
        except (OSError, ValueError) as error:
            raise SessionNotStarted(
                f"“{arguments[0]}” could not be started: {getattr(error, 'strerror', None) or error}.",
                subject=arguments[0],
                remedy="Check the session command in the provider's settings.",
            ) from error
        self._running.append(process)
        return process.pid
