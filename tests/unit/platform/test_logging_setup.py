# SPDX-License-Identifier: MIT
"""The log is its owner's alone, turns over, and has no password in it."""

import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jit_desktop.elevation.errors import StoreReadOnly
from jit_desktop.elevation.secret import Secret
from jit_desktop.platform import logging_setup
from jit_desktop.platform.logging_setup import FILE_NAME, QueuedFile, Redactor, start_logging, stop_logging

CANARY = "canary-7391 ünïcode"
log = logging.getLogger("tests.of.the.log")


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture
def handler(tmp_path: Path, redactor: Redactor) -> Iterator[QueuedFile]:
    root_level = logging.getLogger().level
    handler = start_logging(tmp_path / "data", redactor)
    yield handler
    stop_logging(handler)
    logging.getLogger().setLevel(root_level)


@pytest.fixture
def file(handler: QueuedFile, tmp_path: Path) -> Path:
    return tmp_path / "data" / "jit-desktop.log"


def text_of(handler: QueuedFile) -> str:
    handler.flush()
    return Path(handler.file.baseFilename).read_text(encoding="utf-8")


def test_that_messages_are_written_in_utf_8_with_utc_time(handler: QueuedFile) -> None:
    log.info("Größe: %s", "😀")
    line = text_of(handler)
    assert line.rstrip().endswith("tests.of.the.log: Größe: 😀")
    assert line[:4].isdigit()
    assert "Z INFO" in line


def test_that_half_a_character_does_not_break_the_log(handler: QueuedFile) -> None:
    log.info("name: %s", "\ud800")
    assert "\\ud800" in text_of(handler)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_that_the_log_and_its_folder_are_for_their_owner_only(file: Path) -> None:
    log.info("hello")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_that_the_log_turns_over(file: Path, handler: QueuedFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler.file, "maxBytes", 200)
    for number in range(40):
        log.info("message %s", number)
    handler.flush()
    files = sorted(path.name for path in file.parent.iterdir())
    assert files == ["jit-desktop.log"] + [f"jit-desktop.log.{n}" for n in range(1, 5)]
    if sys.platform != "win32":
        assert all(path.stat().st_mode & 0o077 == 0 for path in file.parent.iterdir())


@pytest.mark.expects_log("could not|an error")
def test_that_a_known_password_is_struck_out_wherever_it_appears(
    handler: QueuedFile, redactor: Redactor
) -> None:
    redactor.add(Secret(CANARY))
    log.info("password: %s", CANARY)
    log.info("in %(a)s", {"a": {"deep": CANARY}})

    def fails(password: str) -> None:
        raise ValueError(f"wrong: {password}")

    try:
        fails(CANARY)
    except ValueError:
        log.exception("could not")
    log.error("an error", extra={"unused": CANARY}, stack_info=True)
    text = text_of(handler)
    assert CANARY not in text
    assert text.count("[password]") == 3
    assert "ValueError: wrong: [password]" in text


@pytest.mark.expects_log("could not")
def test_that_a_traceback_shows_no_local_variables(handler: QueuedFile) -> None:
    def fails() -> None:
        password = CANARY  # noqa: F841 - what must not be shown
        raise ValueError("wrong")

    try:
        fails()
    except ValueError:
        log.exception("could not")
    # The line of code is shown, the value is not.
    assert CANARY not in text_of(handler)


def test_that_a_folder_that_can_not_be_made_says_so(tmp_path: Path, redactor: Redactor) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StoreReadOnly, match="can't be used") as caught:
        start_logging(tmp_path / "data", redactor)
    assert caught.value.subject == str(tmp_path / "data")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes in folders")
@pytest.mark.parametrize("is_read", [False, True])
def test_that_a_pipe_in_the_place_of_the_log_keeps_nobody_waiting(
    tmp_path: Path, redactor: Redactor, *, is_read: bool
) -> None:
    pipe = tmp_path / FILE_NAME
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK) if is_read else None
    with pytest.raises(StoreReadOnly, match="can't be used"):
        start_logging(tmp_path, redactor)
    if reader is not None:
        os.close(reader)


def test_that_a_longer_password_is_struck_out_before_one_it_begins_with(redactor: Redactor) -> None:
    redactor.add(Secret("abcd"))
    redactor.add(Secret("abcdefgh"))
    assert redactor.clean("abcdefgh abcd") == "[password] [password]"


def test_that_a_very_short_password_does_not_blot_out_words(redactor: Redactor) -> None:
    redactor.add(Secret("a"))
    redactor.add(Secret(""))
    assert redactor.clean("a day") == "a day"


def test_that_the_redactor_does_not_show_what_it_knows(redactor: Redactor) -> None:
    redactor.add(Secret(CANARY))
    assert CANARY not in repr(redactor)


def test_that_a_disk_that_is_full_at_the_end_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = start_logging(tmp_path, Redactor())

    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(handler.file, "close", full)
    assert stop_logging(handler)
    if handler.file.stream is not None:
        handler.file.stream.close()


@pytest.fixture
def stuck(handler: QueuedFile, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The disk does not answer whoever writes the log, until this is set."""
    is_asked, may_go = threading.Event(), threading.Event()
    real = handler.file.emit

    def emit(record: logging.LogRecord) -> None:
        is_asked.set()
        assert may_go.wait(60)
        real(record)

    monkeypatch.setattr(handler.file, "emit", emit)
    log.info("the first one")
    assert is_asked.wait(30)
    yield may_go
    may_go.set()


def test_that_nobody_who_logs_waits_for_the_disk(handler: QueuedFile, stuck: threading.Event) -> None:
    for number in range(20):
        log.info("message %s", number)
    stuck.set()
    assert "message 19" in text_of(handler)


def test_that_the_end_of_the_program_does_not_wait_for_the_log(
    handler: QueuedFile, stuck: threading.Event
) -> None:
    assert not stuck.is_set()
    assert not stop_logging(handler, 0.05)
    # What the interpreter does at its end (logging.shutdown).
    for last in (handler, handler.file):
        last.acquire()
        last.flush()
        last.close()
        last.release()
    assert handler.file.stream is not None


def test_that_what_waits_for_the_disk_does_not_fill_the_memory(
    handler: QueuedFile, stuck: threading.Event
) -> None:
    assert not stuck.is_set()
    for number in range(logging_setup._MOST_WAITING + 10):
        handler.enqueue(logging.makeLogRecord({"msg": f"message {number}"}))
    assert handler.queue.qsize() == logging_setup._MOST_WAITING
