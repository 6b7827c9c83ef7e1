# SPDX-License-Identifier: MIT
"""What the interface may rely on when it has blocking work done elsewhere."""

from __future__ import annotations

import gc
import logging
import threading
import weakref
from functools import partial
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject

from jit_desktop.ui.bridge import Control, Scope, UiThreadCollector, Workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

PATIENCE_SECONDS = 10.0


class Refused(Exception):
    """Stands for the core's typed errors."""


class Receiver(QObject):
    """Stands for a window: it notes what it is told, and in which thread."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, object]] = []
        self.threads: set[threading.Thread] = set()

    def done(self, value: object) -> None:
        self._note("done", value)

    def failed(self, error: BaseException) -> None:
        self._note("error", error)

    def reported(self, value: object) -> None:
        self._note("progress", value)

    def cancelled(self) -> None:
        self._note("cancelled", None)

    def _note(self, kind: str, value: object) -> None:
        self.heard.append((kind, value))
        self.threads.add(threading.current_thread())


class Gate:
    """Work that waits until the test lets it go on."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self, _control: Control) -> str:
        self.entered.set()
        assert self.opened.wait(PATIENCE_SECONDS)
        return "through"

    def wait_until_entered(self) -> None:
        assert self.entered.wait(PATIENCE_SECONDS)


@pytest.fixture
def workers(qapp: object) -> Iterator[Workers]:
    workers = Workers(expected_errors=(Refused,))
    yield workers
    assert workers.shutdown(PATIENCE_SECONDS, cancel_running=True) == []


@pytest.fixture
def receiver(qapp: object) -> Receiver:
    return Receiver()


@pytest.fixture
def scope(receiver: Receiver) -> Scope:
    return Scope(receiver)


def settle(workers: Workers, name: str = "directory:corp") -> None:
    """Let everything handed to the worker so far be done and its answers be delivered."""
    owner = QObject()
    over: list[object] = []
    workers[name].submit(lambda _: None, scope=Scope(owner), on_done=over.append)
    for _ in range(1000):
        QCoreApplication.processEvents()
        if over:
            return
        threading.Event().wait(0.01)
    pytest.fail("the worker did not come to an end")


def _name_of(window: QObject, _: Control) -> str:
    return window.objectName()


def _echo(number: int, _: Control) -> int:
    return number


def test_that_work_runs_elsewhere_and_its_answer_comes_home(
    workers: Workers, receiver: Receiver, scope: Scope
) -> None:
    workers["store"].submit(lambda _: threading.current_thread().name, scope=scope, on_done=receiver.done)
    settle(workers, "store")
    assert receiver.heard == [("done", "jit-store")]
    assert receiver.threads == {threading.main_thread()}


@pytest.mark.expects_log("There is no thread for the worker")
def test_that_a_thread_that_can_not_be_had_is_an_answer_and_asked_for_again(
    workers: Workers, receiver: Receiver, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr("jit_desktop.ui.bridge.worker.threading.Thread.start", none_left)
        workers["store"].submit(
            partial(_echo, 1), scope=scope, on_done=receiver.done, on_error=receiver.failed
        )
        QCoreApplication.processEvents()
    [(kind, error)] = receiver.heard
    assert (kind, str(error)) == ("error", "can't start new thread")
    assert not workers["store"].is_busy
    workers["store"].submit(partial(_echo, 2), scope=scope, on_done=receiver.done, on_error=receiver.failed)
    settle(workers, "store")
    assert receiver.heard[1:] == [("done", 2)]


def test_that_one_worker_does_one_thing_after_the_other(
    workers: Workers, receiver: Receiver, scope: Scope
) -> None:
    running = threading.Lock()

    def alone(number: int, _: Control) -> int:
        assert running.acquire(blocking=False), "two pieces of work at once"
        running.release()
        return number

    for number in range(20):
        workers["store"].submit(
            partial(alone, number),
            scope=scope,
            on_done=receiver.done,
            on_error=receiver.failed,
        )
    settle(workers, "store")
    assert receiver.heard == [("done", number) for number in range(20)]


def test_that_a_slow_directory_does_not_hold_up_the_store(
    workers: Workers, receiver: Receiver, scope: Scope
) -> None:
    gate = Gate()
    workers["directory:corp"].submit(gate, scope=scope, on_done=receiver.done)
    gate.wait_until_entered()
    workers["store"].submit(lambda _: "stored", scope=scope, on_done=receiver.done)
    settle(workers, "store")
    assert receiver.heard == [("done", "stored")]
    gate.opened.set()


def test_that_progress_comes_in_order_and_before_the_answer(
    workers: Workers, receiver: Receiver, scope: Scope
) -> None:
    def work(control: Control) -> str:
        for step in range(3):
            control.report(step)
        return "end"

    workers["store"].submit(work, scope=scope, on_done=receiver.done, on_progress=receiver.reported)
    settle(workers, "store")
    assert receiver.heard == [("progress", 0), ("progress", 1), ("progress", 2), ("done", "end")]


def test_that_an_expected_error_is_delivered_and_not_logged(
    workers: Workers, receiver: Receiver, scope: Scope, caplog: pytest.LogCaptureFixture
) -> None:
    error = Refused("no right to create groups there")

    def work(_: Control) -> None:
        raise error

    workers["store"].submit(work, scope=scope, on_done=receiver.done, on_error=receiver.failed)
    settle(workers, "store")
    assert receiver.heard == [("error", error)]
    assert error.__traceback__ is None
    assert not caplog.records


@pytest.mark.expects_log("Unexpected fault")
def test_that_an_unexpected_error_is_logged_whole_and_delivered(
    workers: Workers, receiver: Receiver, scope: Scope, caplog: pytest.LogCaptureFixture
) -> None:
    workers["store"].submit(lambda _: 1 // 0, scope=scope, on_done=receiver.done, on_error=receiver.failed)
    settle(workers, "store")
    [(kind, error)] = receiver.heard
    assert kind == "error"
    assert isinstance(error, ZeroDivisionError)
    [record] = caplog.records
    assert record.name == "jit_desktop.ui"
    assert record.levelno == logging.ERROR
    assert "1 // 0" in caplog.text


@pytest.mark.expects_log("Unexpected fault")
def test_that_an_unexpected_error_is_logged_even_when_nobody_waits_for_it(
    workers: Workers, receiver: Receiver, scope: Scope, caplog: pytest.LogCaptureFixture
) -> None:
    workers["store"].submit(lambda _: 1 // 0, scope=scope, on_error=receiver.failed)
    scope.renew()
    settle(workers, "store")
    assert receiver.heard == []
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.expects_log("Unexpected fault")
def test_that_not_even_a_request_to_exit_kills_the_worker(
    workers: Workers, receiver: Receiver, scope: Scope
) -> None:
    def work(_: Control) -> None:
        raise SystemExit(3)

    workers["store"].submit(work, scope=scope, on_error=receiver.failed)
    settle(workers, "store")
    assert [kind for kind, _ in receiver.heard] == ["error"]


def test_that_a_late_answer_of_an_older_generation_is_dropped(
    workers: Workers, receiver: Receiver, scope: Scope
) -> None:
    gate = Gate()
    worker = workers["directory:corp"]
    worker.submit(gate, scope=scope, on_done=receiver.done)
    gate.wait_until_entered()
    scope.renew()
    worker.submit(lambda _: "newer", scope=scope, on_done=receiver.done)
    gate.opened.set()
    settle(workers)
    assert receiver.heard == [("done", "newer")]


def test_that_renewing_may_cancel_what_is_under_way(
    workers: Workers, receiver: Receiver, scope: Scope
) -> None:
    gate = Gate()
    worker = workers["directory:corp"]
    hooks: list[str] = []
    running = worker.submit(gate, scope=scope, on_done=receiver.done, cancel_hook=lambda: hooks.append("cut"))
    waiting = worker.submit(lambda _: pytest.fail("ran"), scope=scope, on_error=receiver.failed)
    gate.wait_until_entered()
    scope.renew(cancel=True)
    assert running.cancel_requested
    assert waiting.cancel_requested
    assert hooks == ["cut"]
    gate.opened.set()
    settle(workers)
    assert receiver.heard == []


def test_that_nothing_is_delivered_to_a_destroyed_window(workers: Workers) -> None:
    heard: list[object] = []
    window = Receiver()
    gate = Gate()
    workers["directory:corp"].submit(gate, scope=Scope(window), on_done=heard.append)
    gate.wait_until_entered()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    gate.opened.set()
    settle(workers)
    assert heard == []


def test_that_waiting_work_which_is_cancelled_never_runs(
    workers: Workers, receiver: Receiver, scope: Scope
) -> None:
    gate = Gate()
    ran: list[bool] = []
    worker = workers["directory:corp"]
    worker.submit(gate, scope=scope)
    ticket = worker.submit(
        lambda _: ran.append(True), scope=scope, on_done=receiver.done, on_cancelled=receiver.cancelled
    )
    ticket.cancel()
    ticket.cancel()
    was_open = ticket.is_open
    gate.opened.set()
    settle(workers)
    assert (was_open, ticket.is_open) == (True, False)
    assert ran == []
    assert receiver.heard == [("cancelled", None)]


def test_that_running_work_is_told_to_stop_and_its_connection_is_cut(
    workers: Workers, receiver: Receiver, scope: Scope
) -> None:
    entered = threading.Event()
    hooks: list[str] = []

    def work(control: Control) -> None:
        entered.set()
        assert control.wait(PATIENCE_SECONDS), "no cancel came"
        control.raise_if_cancelled()

    ticket = workers["directory:corp"].submit(
        work,
        scope=scope,
        on_done=receiver.done,
        on_cancelled=receiver.cancelled,
        cancel_hook=lambda: hooks.append("cut"),
    )
    assert entered.wait(PATIENCE_SECONDS)
    ticket.cancel()
    ticket.cancel()
    settle(workers)
    assert hooks == ["cut"]
    assert receiver.heard == [("cancelled", None)]


def test_that_what_was_done_in_spite_of_a_cancel_is_told(
    workers: Workers, receiver: Receiver, scope: Scope
) -> None:
    gate = Gate()
    ticket = workers["directory:corp"].submit(
        gate, scope=scope, on_done=receiver.done, on_cancelled=receiver.cancelled
    )
    gate.wait_until_entered()
    ticket.cancel()
    gate.opened.set()
    settle(workers)
    assert receiver.heard == [("done", "through")]


def test_that_a_cancel_which_comes_too_late_does_not_hit_the_next_work(
    workers: Workers, receiver: Receiver, scope: Scope
) -> None:
    hooks: list[str] = []
    worker = workers["directory:corp"]
    first = worker.submit(
        lambda _: "first", scope=scope, on_done=receiver.done, cancel_hook=lambda: hooks.append("cut")
    )
    second = Gate()
    worker.submit(second, scope=scope, on_done=receiver.done)
    second.wait_until_entered()  # the first is over, but its answer is not delivered yet
    first.cancel()
    second.opened.set()
    settle(workers)
    assert hooks == []
    assert receiver.heard == [("done", "first"), ("done", "through")]


def test_that_a_worker_says_when_it_is_busy(workers: Workers, scope: Scope, qtbot: QtBot) -> None:
    said: list[tuple[str, bool]] = []
    workers.busy_changed.connect(lambda name, is_busy: said.append((name, is_busy)))
    gate = Gate()
    workers["store"].submit(gate, scope=scope)
    workers["store"].submit(lambda _: None, scope=scope)
    assert said == [("store", True)]
    gate.opened.set()
    qtbot.waitUntil(lambda: said == [("store", True), ("store", False)])


def test_that_shutdown_finishes_what_runs_and_drops_what_waits(qapp: object) -> None:
    workers = Workers()
    owner = QObject()
    scope = Scope(owner)
    gate = Gate()
    finished = threading.Event()
    ran: list[bool] = []

    def work(control: Control) -> None:
        gate(control)
        finished.set()

    workers["store"].submit(work, scope=scope)
    workers["store"].submit(lambda _: ran.append(True), scope=scope)
    gate.wait_until_entered()
    threading.Timer(0.05, gate.opened.set).start()
    assert workers.shutdown(PATIENCE_SECONDS) == []
    assert finished.is_set()
    assert ran == []


def test_that_shutdown_can_ask_what_runs_to_stop(receiver: Receiver, scope: Scope) -> None:
    workers = Workers()
    entered = threading.Event()
    stopped = threading.Event()

    def work(control: Control) -> None:
        entered.set()
        if control.wait(PATIENCE_SECONDS):
            stopped.set()

    workers["directory:corp"].submit(work, scope=scope)
    assert entered.wait(PATIENCE_SECONDS)
    assert workers.shutdown(PATIENCE_SECONDS, cancel_running=True) == []
    assert stopped.is_set()


@pytest.mark.expects_log("did not end within")
def test_that_shutdown_names_the_workers_that_would_not_stop(
    qapp: object, caplog: pytest.LogCaptureFixture
) -> None:
    workers = Workers()
    owner = QObject()
    gate = Gate()
    workers["directory:corp"].submit(gate, scope=Scope(owner))
    workers["store"].submit(lambda _: None, scope=Scope(owner))
    gate.wait_until_entered()
    thread = next(thread for thread in threading.enumerate() if thread.name == "jit-directory:corp")
    assert workers.shutdown(0.05) == ["directory:corp"]
    assert "directory:corp" in caplog.text
    assert workers.shutdown(0.05) == ["directory:corp"], "asked again, it is waited for again"
    gate.opened.set()
    assert workers.shutdown(PATIENCE_SECONDS) == []
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


def test_that_a_stopped_program_takes_no_more_work(scope: Scope) -> None:
    workers = Workers()
    worker = workers["store"]
    assert workers.shutdown(PATIENCE_SECONDS) == []
    with pytest.raises(RuntimeError, match="stopped"):
        worker.submit(lambda _: None, scope=scope)
    with pytest.raises(RuntimeError, match="shut down"):
        workers["store"]


def test_that_work_is_handed_in_from_the_ui_thread_only(
    workers: Workers, receiver: Receiver, scope: Scope
) -> None:
    worker = workers["store"]

    def work(_: Control) -> str:
        with pytest.raises(RuntimeError, match="thread that made the worker"):
            worker.submit(lambda _: None, scope=scope)
        return "refused"

    workers["directory:corp"].submit(work, scope=scope, on_done=receiver.done, on_error=receiver.failed)
    settle(workers)
    assert receiver.heard == [("done", "refused")]


def test_that_a_window_is_free_once_its_answer_came(workers: Workers) -> None:
    window = Receiver()
    alive = weakref.ref(window)
    workers["store"].submit(
        partial(_name_of, window), scope=Scope(window), on_done=window.done, on_error=window.failed
    )
    del window
    settle(workers, "store")
    assert alive() is None


def test_that_an_idle_worker_keeps_no_result_alive(workers: Workers, scope: Scope, qtbot: QtBot) -> None:
    class Result:
        pass

    alive: list[weakref.ref[Result]] = []
    workers["store"].submit(
        lambda _: Result(), scope=scope, on_done=lambda value: alive.append(weakref.ref(value))
    )
    qtbot.waitUntil(lambda: bool(alive))
    qtbot.waitUntil(lambda: alive[0]() is None)


def test_that_two_hundred_rounds_leave_neither_threads_nor_objects(qapp: object) -> None:
    def round_of_work() -> None:
        workers = Workers()
        owner = QObject()
        heard: list[object] = []
        for number in range(3):
            workers["a"].submit(partial(_echo, number), scope=Scope(owner), on_done=heard.append)
        settle(workers, "a")
        assert heard == [0, 1, 2]
        assert workers.shutdown(PATIENCE_SECONDS) == []

    round_of_work()
    gc.collect()
    threads_before = threading.active_count()
    objects_before = sum(isinstance(thing, QObject) for thing in gc.get_objects())
    for _ in range(200):
        round_of_work()
    gc.collect()
    assert threading.active_count() == threads_before
    assert sum(isinstance(thing, QObject) for thing in gc.get_objects()) <= objects_before


def test_that_garbage_is_collected_in_the_ui_thread_only(workers: Workers, scope: Scope) -> None:
    collected_in: list[str] = []

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            collected_in.append(threading.current_thread().name)

    def allocate(_: Control) -> None:
        Cycle()
        for _round in range(20):
            [[] for _ in range(5000)]

    owner = QObject()
    gc.enable()
    collector = UiThreadCollector(owner)
    try:
        assert not gc.isenabled()
        workers["store"].submit(allocate, scope=scope)
        settle(workers, "store")
        assert collected_in == []
        keep: list[list[int]] = [[] for _ in range(10_000)]
        collector.collect_if_due()
        assert collected_in == ["MainThread"]
        assert keep
    finally:
        collector.stop()
        gc.disable()  # as the fixture of every test wants it
