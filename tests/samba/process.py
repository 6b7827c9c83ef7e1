# SPDX-License-Identifier: MIT
"""The line to the supervisor, which runs Samba as root."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any


class SambaUnavailable(RuntimeError):
    """Samba is not installed or may not be run here; the text says what to do."""


class SupervisorProcess:
    """Started when this is made; its end is the end of every domain controller it runs."""

    def __init__(self) -> None:
        why_not = missing()
        if why_not:
            raise SambaUnavailable(why_not)
        self._process = subprocess.Popen(
            [*_as_root(), sys.executable, "-I", str(Path(__file__).parent / "supervisor.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=os.geteuid() == 0,  # sudo asks for the terminal it was allowed on
        )

    def close(self) -> None:
        """End the supervisor, which ends Samba and removes its files."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        self._process.wait(timeout=30)
        if self._process.stdout:
            self._process.stdout.close()

    def ask(self, do: str, **arguments: object) -> Any:
        """Have the supervisor do something and wait until it is done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended; the missing answer says so
        line = self._process.stdout.readline()
        if not line:
            raise SambaUnavailable(f"Samba's supervisor ended with code {self._process.wait()}.{_SUDO_HINT}")
        answer = json.loads(line)
        if "error" in answer:
            raise SambaUnavailable(answer["error"])
        return answer["result"]


_SUDO_HINT = "" if os.geteuid() == 0 else " It needs root: run the tests as root, or call `sudo -v` before."


def missing() -> str:
    """Why Samba cannot run here, or an empty text."""
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin" + os.pathsep + "/sbin"
    for program in ("samba", "samba-tool", *(() if os.geteuid() == 0 else ("sudo",))):
        if shutil.which(program, path=path) is None:
            return (
                f"The program {program!r} is not installed; `make setup` installs what the live tests need."
            )
    return ""


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n", "--"]
