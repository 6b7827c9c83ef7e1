# SPDX-License-Identifier: MIT
"""Keeps a second window on the same data from opening: it brings the first to the front instead.

A lock that the operating system holds tells whether there is a first one: it goes with the process, however
that ends. A request is one byte more in a file that the first one watches, and its answer one byte more in
another file: a process that is there may hang, and then it ends nothing and shows nothing. The files are in
the user's folder for running programs: a data folder that is full, read-only or gone keeps no window from
ending what is due.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Self

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from jit_desktop.platform.computer import computer_id
from jit_desktop.platform.paths import runtime_dir

_LOG = logging.getLogger(__name__)
_LOCK = ".lock"
_REQUESTS = ".requests"
_ANSWERS = ".answers"
_TO_SHOW, _TO_ANSWER = b"!", b"?"

ANSWER_SECONDS = 3.0
"""So long a window that is open may take to answer: one that does not is of no use to anybody."""
START_SECONDS = 20.0
"""So long one may take that has just been started, and has not come to its first answer: it may have to wait
for its database."""
_POLL_SECONDS = 0.05
_LOOK_MS = 1000

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
    """The right to be the one window on a data folder.

    It answers the requests of other copies while the event loop of this process runs.
    """

    show_requested = Signal()
    """Another copy was started and would rather see this one."""

    def __init__(self, lock: BinaryIO | None = None, requests: Path | None = None) -> None:
        super().__init__()
        self._lock = lock
        self._requests = requests
        self._seen = 0
        self._watcher = QFileSystemWatcher(self)
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._on_watcher_file_changed)
        if requests is not None:
            self._seen = requests.stat().st_size
            self._watcher.fileChanged.connect(self._on_watcher_file_changed)
            if not self._watcher.addPath(str(requests)):
                # The system has no more watches to give: without an answer each start opens another window.
                self._look.start()
            QTimer.singleShot(0, self, self._answer)

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
            with _open_for_owner(_answers_for(requests)) as file:
                file.truncate(0)
            with _open_for_owner(requests) as file:
                file.truncate(0)
                file.write(f"{os.getpid()}\n".encode())
        except OSError as error:
            _LOG.info("Nothing keeps a second window on this data folder from opening: %s", error)
            return cls(lock)
        return cls(lock, requests)

    @classmethod
    def beside(cls, data_dir: Path) -> Self:
        """For a window that opens although another one has the right, which does not answer: it answers the
        copies that are started later."""
        try:
            requests = _file_for(data_dir, _REQUESTS)
            return cls(None, requests if requests.exists() else None)
        except OSError as error:
            _LOG.info("Other copies can't ask this window to come to the front: %s", error)
            return cls()

    def release(self) -> None:
        """Let another copy be the one; safe to call twice."""
        self._look.stop()
        if self._requests is not None:
            self._watcher.removePath(str(self._requests))
            self._requests = None
        if self._lock is not None:
            self._lock.close()

    def _on_watcher_file_changed(self) -> None:
        if self._requests is None:
            return
        try:
            with self._requests.open("rb") as file:
                file.seek(self._seen)
                asked = file.read()
                size = file.seek(0, os.SEEK_END)
        except OSError:
            asked, size = b"", 0
        # Shorter where another window has taken the right since.
        self._seen = size
        if not asked:
            return
        if _TO_SHOW in asked:
            self.show_requested.emit()
        self._answer()

    def _answer(self) -> None:
        """Say that the event loop runs."""
        if self._requests is None:
            return
        try:
            _add(_answers_for(self._requests), b"!")
        except OSError as error:
            _LOG.info("A request of another copy could not be answered: %s", error)


def ask_first_to_show(data_dir: Path, *, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Ask the window that has the data folder to come to the front; whether it has answered.

    Waits for ``ANSWER_SECONDS`` at most, or ``START_SECONDS`` where it has only just been started.
    """
    return _ask(data_dir, _TO_SHOW, sleep)


def ask_first_to_answer(data_dir: Path, *, sleep: Callable[[float], None] = time.sleep) -> bool:
    """:func:`ask_first_to_show` without showing anything: whether the first window is there and works."""
    return _ask(data_dir, _TO_ANSWER, sleep)


def _ask(data_dir: Path, what: bytes, sleep: Callable[[float], None]) -> bool:
    try:
        requests = _file_for(data_dir, _REQUESTS)
        answers = _answers_for(requests)
        before = _size(answers)
        if what == _TO_SHOW:
            with _open_for_owner(requests) as file:
                first = file.readline().strip()
            if first.isdigit():
                _let_come_to_front(int(first))
        _add(requests, what)
        left = ANSWER_SECONDS if before else START_SECONDS
        while _size(answers) <= before:
            if left <= 0:
                return False
            sleep(_POLL_SECONDS)
            left -= _POLL_SECONDS
    except OSError as error:
        _LOG.info("The first window could not be asked: %s", error)
        return False
    return True


def _answers_for(requests: Path) -> Path:
    return requests.with_suffix(_ANSWERS)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _add(path: Path, what: bytes) -> None:
    with _open_for_owner(path) as file:
        file.seek(0, os.SEEK_END)
        file.write(what)


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
