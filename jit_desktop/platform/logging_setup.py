# SPDX-License-Identifier: MIT
"""The log: one file for its owner, that turns over by itself and in which no password stands.

Nothing ever logs a password; the redactor is there for the day on which somebody does. Who logs never waits
for the disk: a thread of its own writes.
"""

from __future__ import annotations

import errno
import logging
import logging.handlers
import os
import queue
import stat
import threading
import time
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

from typing_extensions import override

from jit_desktop.elevation.errors import StoreReadOnly
from jit_desktop.elevation.secret import Secret

FILE_NAME = "jit-desktop.log"
_MAXIMUM_BYTES = 1_000_000
_OLD_FILES = 4
_MOST_WAITING = 10_000
"""So many records wait for a disk that does not answer; what comes then is dropped."""
FLUSH_SECONDS = 2.0
"""So long the end of the program waits for its last lines."""
_SHORTEST_REDACTED = 4
"""Shorter ones would blot out ordinary words."""
_BLOT = "[password]"


class Redactor:
    """Knows the passwords of this run and strikes them out of texts."""

    def __init__(self) -> None:
        self._secrets: dict[str, None] = {}
        self._lock = threading.Lock()

    def add(self, secret: Secret) -> None:
        """Strike out ``secret`` from now on."""
        value = secret.reveal()
        if len(value) >= _SHORTEST_REDACTED:
            with self._lock:
                # The longest first: one password may begin with another.
                values = sorted({*self._secrets, value}, key=len, reverse=True)
                self._secrets = dict.fromkeys(values)

    def clean(self, text: str) -> str:
        """``text`` without any password that is known."""
        for value in self._secrets:
            text = text.replace(value, _BLOT)
        return text

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)})"


class _CleanFormatter(logging.Formatter):
    """Formats a record whole, message and traceback, and then strikes out passwords. Tracebacks are Python's
    own: they show no local variables."""

    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03d"

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("{asctime}Z {levelname:<8} {threadName} {name}: {message}", style="{")
        self._redactor = redactor

    @override
    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.clean(super().format(record))


def _owner_only(path: str, flags: int) -> int:
    """Opened for its owner alone. ``OSError`` for what is no file, such as a pipe: it could keep the program
    waiting for ever."""
    opened = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(errno.EINVAL, f"{FILE_NAME} is no file")
    return opened


class _OwnerOnlyFileHandler(logging.handlers.RotatingFileHandler):
    """A rotating file that is made readable for its owner alone, and used by one thread alone."""

    @override
    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding=self.encoding, errors=self.errors, opener=_owner_only)

    writer: threading.Thread | None = None
    """Who alone may wait for the disk; ``None``: anybody."""

    @override
    def createLock(self) -> None:
        # What waits for the disk must hold nothing that the end of the interpreter asks for.
        self.lock = _NoLock()  # type: ignore[assignment]

    @override
    def flush(self) -> None:
        """Each record is written through by the thread that writes; nobody else may wait for the disk."""
        if self.writer in (None, threading.current_thread()):
            super().flush()

    @override
    def close(self) -> None:
        """By the thread that writes alone, for the same reason."""
        if self.writer in (None, threading.current_thread()):
            super().close()

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        """A disk that is full keeps nobody from working, and has no place on anybody's screen."""


class _NoLock:
    def acquire(self) -> bool:
        return True

    def release(self) -> None: ...

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


class QueuedFile(logging.handlers.QueueHandler):
    """Has a thread write the records into a file; whoever logs waits for nothing."""

    queue: queue.Queue[logging.LogRecord | None]

    def __init__(self, file: _OwnerOnlyFileHandler) -> None:
        super().__init__(queue.Queue(_MOST_WAITING))
        self.file = file
        self._has_stopped = False
        # A daemon: the disk may never answer.
        self._thread = threading.Thread(target=self._serve, name="log", daemon=True)
        file.writer = self._thread
        try:
            self._thread.start()
        except RuntimeError:
            file.writer = None  # there is no thread to be had: whoever logs writes himself

    @override
    def enqueue(self, record: logging.LogRecord) -> None:
        if self.file.writer is None:
            self.file.handle(record)
            return
        with suppress(queue.Full):
            self.queue.put_nowait(record)

    @override
    def flush(self) -> None:
        """Wait until what was logged is written, :data:`FLUSH_SECONDS` at most."""
        if not self._has_stopped and self.file.writer is not None:
            with self.queue.all_tasks_done:
                self.queue.all_tasks_done.wait_for(lambda: not self.queue.unfinished_tasks, FLUSH_SECONDS)

    def stop(self, within_seconds: float) -> bool:
        """Write what still waits and let go of the file; whether that was done in time."""
        self._has_stopped = True
        if self.file.writer is None:
            with suppress(OSError):
                self.file.close()
            return True
        with suppress(queue.Full):
            self.queue.put_nowait(None)
        self._thread.join(within_seconds)
        return not self._thread.is_alive()

    def _serve(self) -> None:
        while (record := self.queue.get()) is not None:
            try:
                self.file.handle(record)
            finally:
                self.queue.task_done()
        with suppress(OSError):
            self.file.close()
        self.queue.task_done()


def without_logging() -> logging.Handler:
    """The handler of a run whose log file can't be written: it keeps nothing."""
    handler = logging.NullHandler()
    logging.getLogger().addHandler(handler)
    return handler


def start_logging(data_dir: Path, redactor: Redactor, *, level: int = logging.INFO) -> QueuedFile:
    """Log everything of ``level`` and above into ``data_dir``; the handler that does it, to be closed by
    :func:`stop_logging`.

    Raises :class:`StoreReadOnly` where nothing can be written there: neither can the database then.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = _OwnerOnlyFileHandler(
            data_dir / FILE_NAME,
            maxBytes=_MAXIMUM_BYTES,
            backupCount=_OLD_FILES,
            encoding="utf-8",
            errors="backslashreplace",
        )
    except OSError as error:
        raise StoreReadOnly(
            f"The program's folder can't be used: {error.strerror or error}.",
            subject=str(data_dir),
            remedy=f"Give your account the right to write “{data_dir}”, or choose another --data-dir.",
        ) from error
    file.setFormatter(_CleanFormatter(redactor))
    handler = QueuedFile(file)
    handler.setLevel(level)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(root.level or level, level))
    return handler


def stop_logging(handler: logging.Handler, within_seconds: float = FLUSH_SECONDS) -> bool:
    """Let go of the file, whatever becomes of its last lines: what is over was done. Whether they were
    written within that time."""
    logging.getLogger().removeHandler(handler)
    is_written = handler.stop(within_seconds) if isinstance(handler, QueuedFile) else True
    handler.close()
    return is_written
