# SPDX-License-Identifier: MIT
"""A Windows to try the package in: a copy of the Wine prefix, and programs that run in it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from types import TracebackType
from typing import Self

from tests.packaging.screen import Screen

_WINE = "/usr/lib/wine/wine64"
_SERVER = "/usr/lib/wine/wineserver64"
_COMMANDS = "jit-desktop.exe"


@dataclass(frozen=True, slots=True)
class Done:
    """What a program left behind."""

    code: int
    out: str
    err: str


class Wine:
    """Programs for Windows on the copy of ``prefix`` in ``folder``, with their windows on ``screen``."""

    def __init__(self, prefix: Path, folder: Path, screen: Screen) -> None:
        self._template = prefix
        self._prefix = folder / "prefix"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("QT_")},
            "WINEPREFIX": str(self._prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=;mscms,icuuc,bcryptprimitives=n",
            "DISPLAY": screen.display,
        }

    def __enter__(self) -> Self:
        # Links for the files of the system, which nobody writes to. The registry has to be a copy: Wine does
        # not replace a file that has several names, it writes into it.
        subprocess.run(["cp", "-al", str(self._template), str(self._prefix)], check=True)
        for part in ("system.reg", "user.reg", "userdef.reg", "drive_c/users", "drive_c/ProgramData"):
            copy = self._prefix / part
            subprocess.run(["rm", "-r", str(copy)], check=True)
            subprocess.run(["cp", "-a", str(self._template / part), str(copy)], check=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run([_SERVER, "-k"], env=self._environment, check=False)
        subprocess.run([_SERVER, "-w"], env=self._environment, check=False, timeout=60)

    @property
    def drive_c(self) -> Path:
        """The drive C: as a folder of this computer."""
        return self._prefix / "drive_c"

    @property
    def local_app_data(self) -> Path:
        """%LOCALAPPDATA% of the user."""
        (user,) = (u for u in (self.drive_c / "users").iterdir() if u.name.lower() != "public")
        return user / "AppData" / "Local"

    def start(
        self, program: Path | str, *words: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start ``program``. Its streams are pipes: with files Python stops under Wine 8."""
        return subprocess.Popen(
            [_WINE, str(program), *words],
            env={**self._environment, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )

    def run(
        self,
        program: Path | str,
        *words: str,
        given: str = "",
        seconds: float = 180,
        environment: Mapping[str, str] | None = None,
    ) -> Done:
        """Run ``program`` to its end with ``given`` on standard input.

        Of 180 starts of a program of ours one ended with exit code 1 and without a word: so Python does where
        standard error is no file, before anything of ours runs, and so it does under Wine 8 now and then when
        the last program has just ended, with whom Wine's server goes. Such a start is no answer, and is made
        again, once.
        """
        done = self._run_once(program, words, given, seconds, environment)
        if done == Done(1, "", "") and str(program).endswith(_COMMANDS):
            done = self._run_once(program, words, given, seconds, environment)
        return done

    def _run_once(
        self,
        program: Path | str,
        words: Sequence[str],
        given: str,
        seconds: float,
        environment: Mapping[str, str] | None,
    ) -> Done:
        process = self.start(program, *words, environment=environment)
        try:
            out, err = process.communicate(given, timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            subprocess.run([_SERVER, "-k"], env=self._environment, check=False)
            raise
        return Done(process.returncode, out, err)

    def kill(self, process: subprocess.Popen[str], program: str) -> None:
        """End what :meth:`start` began, and every other process of ``program``, as the Task Manager does."""
        self.run("taskkill", "/F", "/IM", program)
        process.kill()
        process.communicate(timeout=60)

    def tell(self, title: str, *messages: str) -> list[str]:
        """Send window messages to the window of that title, and return its answers; see `tell_windows.py`."""
        script = windows_path(Path(__file__).with_name("tell_windows.py"))
        done = self.run(Path(os.environ["JIT_PYTHON"]).absolute(), script, title, *messages)
        assert done.code == 0, done.err
        return done.out.split()

    def registry(self, key: str, value: str) -> str | None:
        """A value of the registry as text, ``None`` where there is none."""
        done = self.run("reg", "query", key, "/v", value)
        if done.code:
            return None
        (line,) = (line for line in done.out.splitlines() if "REG_" in line)
        return line.split("    ")[-1].strip()


def windows_path(path: Path) -> str:
    """A file of this computer as programs under Wine call it."""
    return str(PureWindowsPath("Z:\\", *path.absolute().parts[1:]))
