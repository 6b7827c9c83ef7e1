# SPDX-License-Identifier: MIT
"""Processes forked from a warmed-up one: a case that dies costs milliseconds, and none can spoil another."""

from __future__ import annotations

import json
import logging
import os
import signal
import traceback
import warnings
from collections.abc import Callable
from typing import Any


class Killed(Exception):
    """The child was killed before it had a result."""


class Child:
    """`work` in a forked process; its result must be JSON."""

    def __init__(self, work: Callable[[], object], *, seconds: int = 60) -> None:
        self._read, write = os.pipe()
        with warnings.catch_warnings():
            # The other threads (a proxy, the test runner) hold nothing that a child uses.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
        if self._pid:
            os.close(write)
            return
        code = 1
        try:
            os.close(self._read)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(seconds)
            logging.getLogger().handlers = [logging.NullHandler()]
            answer = json.dumps(work()).encode()
            with os.fdopen(write, "wb") as pipe:
                pipe.write(answer)
            code = 0
        except BaseException:  # noqa: BLE001 - nothing of the parent may run in the child
            traceback.print_exc()
        finally:
            os._exit(code)

    def result(self) -> Any:
        """Wait for it; :class:`Killed` where it was, an error where it failed."""
        with os.fdopen(self._read, "rb") as pipe:
            answer = pipe.read()
        _, status = os.waitpid(self._pid, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            raise Killed
        if status:
            raise RuntimeError(f"The child ended with status {status}; what it said stands above.")
        return json.loads(answer)
