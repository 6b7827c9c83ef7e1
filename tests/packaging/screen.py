# SPDX-License-Identifier: MIT
"""A screen without a monitor, and pictures of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from PySide6.QtGui import QImage

SIZE = (1600, 1000)


class Screen:
    """Xvfb on a display number that nobody else has, until the block is left."""

    def __enter__(self) -> Self:
        read, write = os.pipe()
        width, height = SIZE
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"],
            pass_fds=[write],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as numbers:
            self.display = f":{numbers.readline().strip()}"
        assert self.display != ":", "Xvfb did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.terminate()
        self._server.wait(10)

    def photograph(self, file: Path) -> QImage:
        """What is on the screen now, also written to ``file`` as PNG."""
        file.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["import", "-display", self.display, "-window", "root", str(file)], check=True, timeout=30
        )
        return QImage(str(file))

    def windows(self, title: str) -> list[str]:
        """Numbers of the windows on the screen whose title matches the regular expression."""
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", title],
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        return found.stdout.split()


def colours_of(picture: QImage) -> int:
    """How many colours there are on a grid over it: one or two where nothing was painted."""
    columns, rows = range(0, picture.width(), 7), range(0, picture.height(), 7)
    return len({picture.pixel(x, y) for x in columns for y in rows})
