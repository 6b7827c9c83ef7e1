# SPDX-License-Identifier: MIT
"""A lock between processes on one file, which the system lets go when its holder dies."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:  # EACCES on Windows, no reason at all under Wine
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


_PAUSE_SECONDS = 0.005


@contextmanager
def file_lock(path: Path, *, patience_seconds: float = 10.0) -> Iterator[None]:
    """Hold the lock on ``path``, which is created if needed; raises ``OSError`` when another process keeps
    it longer than ``patience_seconds`` (``TimeoutError``) or the file can't be opened."""
    with path.open("ab") as file:
        give_up_at = time.monotonic() + patience_seconds
        while not _try_lock(file):
            if time.monotonic() >= give_up_at:
                raise TimeoutError(f"another program holds it for {patience_seconds:g} seconds")
            time.sleep(_PAUSE_SECONDS)
        try:
            yield
        finally:
            _unlock(file)
