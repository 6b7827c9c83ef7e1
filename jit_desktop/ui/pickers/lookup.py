# SPDX-License-Identifier: MIT
"""One connection to the directory for one dialog: a worker opens it when it is first needed and closes it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from jit_desktop.elevation import errors
from jit_desktop.elevation.ports import Directory
from jit_desktop.ui import bridge

T = TypeVar("T")
OpenDirectory = Callable[[], Directory]
"""Connects and signs in; blocks; raises a `JitError` of the kind that fits."""


class _Session:
    """The worker's side. Only `cancel` is called from another thread."""

    def __init__(self, open_directory: OpenDirectory) -> None:
        self._open_directory = open_directory
        self._directory: Directory | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    def ask(self, question: Callable[[Directory], T], control: bridge.Control) -> T:
        """Put one question; connects first where no connection is open."""
        try:
            directory = self._connected()
            control.raise_if_cancelled()
            return question(directory)
        except errors.Cancelled:
            self._drop()
            raise bridge.Cancelled from None
        except (errors.DirectoryUnavailable, errors.SignInFailed):
            # The next question starts with a connection of its own: "Try again" means it.
            self._drop()
            raise

    def close(self) -> None:
        """Let go of the connection for good."""
        self._is_closed = True
        self._drop()

    def cancel(self) -> None:
        """Break off what is being asked."""
        with self._lock:
            if self._directory is not None:
                self._directory.cancel()

    def _connected(self) -> Directory:
        if self._is_closed:
            raise errors.Cancelled
        if self._directory is None:
            directory = self._open_directory()
            with self._lock:
                self._directory = directory
        return self._directory

    def _drop(self) -> None:
        with self._lock:
            directory, self._directory = self._directory, None
        if directory is not None:
            directory.close()


class DirectoryLookup(QObject):
    """Puts questions to the directory for a dialog; the answers come in the dialog's thread and in order."""

    busy_changed = Signal(bool)
    """Whether an answer is still to come."""

    def __init__(
        self, worker: bridge.Worker, open_directory: OpenDirectory, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._worker = worker
        self._session = _Session(open_directory)
        self._scope = bridge.Scope(self)
        self._is_closed = False
        self._open_questions = 0

    def ask(
        self,
        question: Callable[[Directory], T],
        *,
        on_done: Callable[[T], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        """Have `question` answered in the worker's thread; nothing is delivered after `close`."""
        self.ask_in_steps(lambda directory, report: question(directory), on_done=on_done, on_error=on_error)

    def ask_in_steps(
        self,
        question: Callable[[Directory, Callable[[Any], None]], T],
        *,
        on_done: Callable[[T], None],
        on_error: Callable[[BaseException], None],
        on_progress: Callable[[Any], None] | None = None,
    ) -> None:
        """Like `ask`, of something that reports while it goes on."""
        session = self._session

        def deliver(callback: Callable[[Any], None], answer: object) -> None:
            self._count(-1)
            callback(answer)

        self._worker.submit(
            lambda control: session.ask(lambda directory: question(directory, control.report), control),
            scope=self._scope,
            on_done=lambda answer: deliver(on_done, answer),
            on_error=lambda error: deliver(on_error, error),
            on_progress=on_progress,
            cancel_hook=session.cancel,
        )
        self._count(+1)

    def close(self) -> None:
        """Break off what is being asked and close the connection; safe to call twice."""
        if self._is_closed:
            return
        self._is_closed = True
        self._scope.renew(cancel=True)
        session = self._session
        self._worker.submit(lambda control: session.close(), scope=bridge.Scope(self._worker))

    def _count(self, change: int) -> None:
        was_busy = self._open_questions > 0
        self._open_questions += change
        if was_busy != (self._open_questions > 0):
            self.busy_changed.emit(not was_busy)
