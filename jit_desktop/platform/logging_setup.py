# SPDX-License-Identifier: MIT
"""The log: one file for its owner, that turns over by itself and in which no password stands.

Nothing ever logs a password; the redactor is there for the day on which somebody does.
"""

from __future__ import annotations

import errno
import logging
import logging.handlers
import os
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
    """A rotating file that is made readable for its owner alone."""

    @override
    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding=self.encoding, errors=self.errors, opener=_owner_only)

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        """A disk that is full keeps nobody from working, and has no place on anybody's screen."""


def without_logging() -> logging.Handler:
    """The handler of a run whose log file can't be written: it keeps nothing."""
    handler = logging.NullHandler()
    logging.getLogger().addHandler(handler)
    return handler


def start_logging(data_dir: Path, redactor: Redactor, *, level: int = logging.INFO) -> logging.Handler:
    """Log everything of ``level`` and above into ``data_dir``; the handler that does it, to be closed by
    :func:`stop_logging`.

    Raises :class:`StoreReadOnly` where nothing can be written there: neither can the database then.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = _OwnerOnlyFileHandler(
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
    handler.setFormatter(_CleanFormatter(redactor))
    handler.setLevel(level)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(root.level or level, level))
    return handler


def stop_logging(handler: logging.Handler) -> None:
    """Let go of the file, whatever becomes of its last lines: what is over was done."""
    logging.getLogger().removeHandler(handler)
    with suppress(OSError):
        handler.close()
