# SPDX-License-Identifier: MIT
"""Keeps pictures of windows, numbered in the order in which they were taken."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from jit_desktop.elevation.errors import Refused


class Album:
    """A folder of PNG files, ``01-name.png`` and so on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.pictures: list[Path] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob("[0-9][0-9]-*.png"):
                old.unlink()
        except OSError as error:
            raise Refused(f"The folder {folder} can't be used: {error.strerror}.") from None

    def take(self, window: QWidget, name: str) -> Path:
        """Save what ``window`` shows; :class:`Refused` where that can't be written."""
        file = self._folder / f"{len(self.pictures) + 1:02}-{name}.png"
        if not window.grab().save(str(file)):
            raise Refused(f"{file} can't be written.", remedy="Name another folder with --out.")
        self.pictures.append(file)
        return file
