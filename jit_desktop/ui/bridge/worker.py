# SPDX-License-Identifier: MIT
"""The threads that do blocking work, and the way of its answers into the UI thread."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QDeadlineTimer, QObject, Qt, QThread, Signal, Slot

from jit_desktop.ui.bridge.work import Answer, Cancelled, Control, Scope, Ticket, Work, without_frames

if TYPE_CHECKING:
    from collections.abc import Callable

_logger = logging.getLogger("jit_desktop.ui")

T = TypeVar("T")


class _Outbox(QObject):
    """Owns the signal that crosses the threads; it outlives every piece of work and every window."""

    answered = Signal(object)


class Worker(QObject):
    """One thread that does one piece of work after the other."""

    busy_changed = Signal(bool)
    """Emitted with True when work comes in, with False when the last answer was delivered."""

    def __init__(
        self,
        name: str,
        *,
        expected_errors: tuple[type[BaseException], ...] = (),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._expected_errors = expected_errors
        self._tickets: dict[Work[Any], Ticket] = {}
        self._waiting: deque[Work[Any]] = deque()
        self._running: Work[Any] | None = None
        self._is_stopping = False
        self._changed = threading.Condition()
        self._outbox = _Outbox()
        self._outbox.answered.connect(self._on_outbox_answered, Qt.ConnectionType.QueuedConnection)
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The name it was asked for with, such as `store` or `directory:corp`."""
        return self._name

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._tickets)

    def submit(
        self,
        function: Callable[[Control], T],
        *,
        scope: Scope,
        on_done: Callable[[T], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
        on_progress: Callable[[Any], None] | None = None,
        on_cancelled: Callable[[], None] | None = None,
        cancel_hook: Callable[[], None] | None = None,
    ) -> Ticket:
        """Have `function` run in the worker's thread and its answer delivered in this one.

        Exactly one of `on_done`, `on_error` and `on_cancelled` is called, once, unless the scope was renewed
        or its owner destroyed; `on_error` also where no thread can be had. RuntimeError after `stop` or from
        another thread than the UI's.
        """
        if QThread.currentThread() is not self.thread():
            raise RuntimeError("submit() belongs into the thread that made the worker.")
        work = Work(
            function, scope, scope.generation, on_done, on_error, on_progress, on_cancelled, cancel_hook
        )
        outbox = self._outbox
        work.control = Control(lambda value: outbox.answered.emit(Answer("progress", work, value)))
        ticket = Ticket(work, self._cancel)
        with self._changed:
            if self._is_stopping:
                raise RuntimeError(f"The worker {self._name!r} was stopped.")
            self._waiting.append(work)
            self._changed.notify()
        was_busy = self.is_busy
        self._tickets[work] = ticket
        scope.enter(ticket)
        if not was_busy:
            self.busy_changed.emit(self.is_busy)
        try:
            self._require_thread()
        except Exception as error:
            _logger.exception("There is no thread for the worker %s", self._name)
            with self._changed:
                self._waiting.remove(work)
            outbox.answered.emit(Answer("error", work, without_frames(error)))
        return ticket

    def _require_thread(self) -> None:
        """Have a thread; where the system gives none, the next piece of work asks for it again."""
        if self._thread is None:
            # A daemon: work that hangs beyond every time-out must not keep the process from ending.
            thread = threading.Thread(target=self._serve, name=f"jit-{self._name}", daemon=True)
            thread.start()
            self._thread = thread

    def stop(self, *, cancel_running: bool = False) -> None:
        """Take no more work and drop what waits; what runs is finished, or asked to stop. Does not wait."""
        with self._changed:
            self._is_stopping = True
            dropped = list(self._waiting)
            self._waiting.clear()
            running = self._running
            self._changed.notify()
        for work in dropped:
            self._close(work)
        if cancel_running and running is not None:
            self._cancel(running)

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the thread after `stop`; whether it ended in time."""
        if self._thread is None:
            return True
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    # --- the worker's thread ---

    def _serve(self) -> None:
        outbox = self._outbox
        while True:
            with self._changed:
                while not self._waiting and not self._is_stopping:
                    self._changed.wait()
                if not self._waiting:
                    return
                work = self._running = self._waiting.popleft()
            answer = self._perform(work)
            with self._changed:
                self._running = None
            outbox.answered.emit(answer)
            # No name may keep the last answer, and with it a window, alive while the thread sleeps.
            del work, answer

    def _perform(self, work: Work[Any]) -> Answer:
        function = work.function
        assert function is not None
        try:
            return Answer("done", work, function(work.control))
        except Cancelled:
            return Answer("cancelled", work)
        except self._expected_errors as error:
            return Answer("error", work, without_frames(error))
        except BaseException as error:  # the thread outlives any fault, and the UI hears of it
            _logger.exception("Unexpected fault in the worker %s", self._name)
            return Answer("error", work, without_frames(error))

    # --- the UI thread ---

    @Slot(object)
    def _on_outbox_answered(self, answer: Answer) -> None:
        work = answer.work
        if work not in self._tickets:
            return  # closed in the meantime by cancel or stop
        is_wanted = work.scope is not None and work.scope.is_current(work.generation)
        on_progress = work.on_progress
        if answer.kind == "progress":
            if is_wanted and on_progress is not None:
                on_progress(answer.value)
            return
        on_done, on_error, on_cancelled = work.on_done, work.on_error, work.on_cancelled
        self._close(work)
        if not is_wanted:
            return
        match answer.kind:
            case "done" if on_done is not None:
                on_done(answer.value)
            case "error" if on_error is not None:
                on_error(answer.value)
            case "cancelled" if on_cancelled is not None:
                on_cancelled()

    def _cancel(self, work: Work[Any]) -> None:
        work.control.request_cancel()
        with self._changed:
            was_waiting = work in self._waiting
            if was_waiting:
                self._waiting.remove(work)
            elif work is self._running and work.cancel_hook is not None:
                # Under the lock: the hook must not hit a connection that the next piece of work already uses.
                work.cancel_hook()
        if was_waiting:
            self._outbox.answered.emit(Answer("cancelled", work))

    def _close(self, work: Work[Any]) -> None:
        ticket = self._tickets.pop(work)
        if work.scope is not None:
            work.scope.leave(ticket)
        ticket.close()
        work.forget()
        if not self.is_busy:
            self.busy_changed.emit(self.is_busy)


_unstoppable: list[Worker] = []
"""Workers whose thread would not end: kept so that nothing their thread still uses is destroyed under it."""


class Workers(QObject):
    """All workers of the program, by name; made on first use."""

    busy_changed = Signal(str, bool)
    """The name of a worker and whether it is busy."""

    def __init__(
        self, *, expected_errors: tuple[type[BaseException], ...] = (), parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._expected_errors = expected_errors
        self._workers: dict[str, Worker] = {}
        self._is_shut_down = False

    def __getitem__(self, name: str) -> Worker:
        """The worker called `name`, (`store`, `directory:<provider>`); RuntimeError after `shutdown`."""
        if self._is_shut_down:
            raise RuntimeError("The workers were shut down.")
        if name not in self._workers:
            worker = Worker(name, expected_errors=self._expected_errors)
            worker.busy_changed.connect(self._on_worker_busy_changed)
            self._workers[name] = worker
        return self._workers[name]

    def shutdown(self, timeout_seconds: float, *, cancel_running: bool = False) -> list[str]:
        """Stop every worker and wait for all of them together at most `timeout_seconds`.

        Waiting work is dropped; running work is finished, or with `cancel_running` asked to stop. The names
        of the workers that were still running when the time was up; they are waited for again if this is
        called again.
        """
        self._is_shut_down = True
        for worker in self._workers.values():
            worker.stop(cancel_running=cancel_running)
        late: dict[str, Worker] = {}
        deadline = QDeadlineTimer(round(timeout_seconds * 1000))
        for name, worker in self._workers.items():
            if not worker.join(deadline.remainingTime() / 1000):
                _logger.warning("The worker %s did not end within %.1f s", name, timeout_seconds)
                if worker not in _unstoppable:
                    _unstoppable.append(worker)
                late[name] = worker
        self._workers = late
        return list(late)

    @Slot(bool)
    def _on_worker_busy_changed(self, is_busy: bool) -> None:  # noqa: FBT001 - the signature of the signal
        worker = self.sender()
        if isinstance(worker, Worker):
            self.busy_changed.emit(worker.name, is_busy)
