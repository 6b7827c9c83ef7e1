# SPDX-License-Identifier: MIT
"""Keeps a second window on the same data from opening: it brings the first to the front instead.

A lock that the operating system holds tells whether there is a first one: it goes with the process, however
that ends. A request is one byte more in a file that the first one watches. Both files are in the user's
folder for running programs: a data folder that is full, read-only or gone keeps no window from ending what
is due.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO, Self

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal

from jit_desktop.platform.computer import computer_id
from jit_desktop.platform.paths import runtime_dir

_LOG = logging.getLogger(__name__)
_LOCK = ".lock"
_REQUESTS = ".requests"

if sys.platform == "win32":
    import ctypes
    import msvcrt

    def _try_lock(file: BinaryIO) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _let_come_to_front(process_id: int) -> None:
        # Windows lets a program take the foreground only if the one that has it agrees.
        ctypes.windll.user32.AllowSetForegroundWindow(process_id)

else:
    import fcntl

    def _try_lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _let_come_to_front(process_id: int) -> None:
        """Window managers decide this for themselves."""


class SingleInstance(QObject):
    """The right to be the one window on a data folder."""

    show_requested = Signal()
    """Another copy was started and would rather see this one."""

    def __init__(self, lock: BinaryIO | None = None, requests: Path | None = None) -> None:
        super().__init__()
        self._lock = lock
        self._requests = requests
        self._watcher = QFileSystemWatcher(self)
        if requests is not None:
            self._seen = requests.stat().st_size
            self._watcher.addPath(str(requests))
            self._watcher.fileChanged.connect(self._on_watcher_file_changed)

    @classmethod
    def acquire(cls, data_dir: Path) -> Self | None:
        """The right for this process, ``None`` where another has it. Nothing is written in the data folder.

        Where no lock can be had at all everybody has the right: two windows do no harm, and none at all would
        end nothing.
        """
        lock: BinaryIO | None = None
        try:
            lock = _open_for_owner(_file_for(data_dir, _LOCK))
            if not _try_lock(lock):
                lock.close()
                return None
            requests = _file_for(data_dir, _REQUESTS)
            with _open_for_owner(requests) as file:
                file.truncate(0)
                file.write(f"{os.getpid()}\n".encode())
        except OSError as error:
            _LOG.info("Nothing keeps a second window on this data folder from opening: %s", error)
            return cls(lock)
        return cls(lock, requests)

    def release(self) -> None:
        """Let another copy be the one; safe to call twice."""
        if self._requests is not None:
            self._watcher.removePath(str(self._requests))
        if self._lock is not None:
            self._lock.close()

    def _on_watcher_file_changed(self) -> None:
        assert self._requests is not None
        size = self._requests.stat().st_size if self._requests.exists() else 0
        if size > self._seen:
            self._seen = size
            self.show_requested.emit()


def ask_first_to_show(data_dir: Path) -> None:
    """Ask the window that has the data folder to come to the front; nothing where it can't be asked."""
    try:
        with _open_for_owner(_file_for(data_dir, _REQUESTS)) as file:
            first = file.readline().strip()
            if first.isdigit():
                _let_come_to_front(int(first))
            file.seek(0, os.SEEK_END)
            file.write(b"!")
    except OSError as error:
        _LOG.info("The first window could not be asked to come to the front: %s", error)


def _file_for(data_dir: Path, suffix: str) -> Path:
    """The file for the windows on a data folder. Raises :class:`OSError` where its folder can't be made or is
    another user's, who could then hold the lock for ever."""
    folder = runtime_dir()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or (sys.platform != "win32" and found.st_uid != os.geteuid()):
        raise PermissionError(f"{folder} is not a folder of this user.")
    # Of this computer alone, also where somebody has chosen a folder that others see.
    name = f"{computer_id()}\0{os.path.normcase(os.path.realpath(data_dir))}"
    return folder / (hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32] + suffix)


def _open_for_owner(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600), "r+b")
