# SPDX-License-Identifier: MIT
"""The log is its owner's alone, turns over, and has no password in it."""

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jit_desktop.elevation.errors import StoreReadOnly
from jit_desktop.elevation.secret import Secret
from jit_desktop.platform.logging_setup import FILE_NAME, Redactor, start_logging, stop_logging

CANARY = "canary-7391 ünïcode"
log = logging.getLogger("tests.of.the.log")


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture
def handler(tmp_path: Path, redactor: Redactor) -> Iterator[logging.Handler]:
    root_level = logging.getLogger().level
    handler = start_logging(tmp_path / "data", redactor)
    yield handler
    stop_logging(handler)
    logging.getLogger().setLevel(root_level)


@pytest.fixture
def file(handler: logging.Handler, tmp_path: Path) -> Path:
    return tmp_path / "data" / "jit-desktop.log"


def test_that_messages_are_written_in_utf_8_with_utc_time(file: Path) -> None:
    log.info("Größe: %s", "😀")
    line = file.read_text(encoding="utf-8")
    assert line.rstrip().endswith("tests.of.the.log: Größe: 😀")
    assert line[:4].isdigit()
    assert "Z INFO" in line


def test_that_half_a_character_does_not_break_the_log(file: Path) -> None:
    log.info("name: %s", "\ud800")
    assert "\\ud800" in file.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_that_the_log_and_its_folder_are_for_their_owner_only(file: Path) -> None:
    log.info("hello")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_that_the_log_turns_over(
    file: Path, handler: logging.Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "maxBytes", 200)
    for number in range(40):
        log.info("message %s", number)
    files = sorted(path.name for path in file.parent.iterdir())
    assert files == ["jit-desktop.log"] + [f"jit-desktop.log.{n}" for n in range(1, 5)]
    if sys.platform != "win32":
        assert all(path.stat().st_mode & 0o077 == 0 for path in file.parent.iterdir())


@pytest.mark.expects_log("could not|an error")
def test_that_a_known_password_is_struck_out_wherever_it_appears(file: Path, redactor: Redactor) -> None:
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
    text = file.read_text(encoding="utf-8")
    assert CANARY not in text
    assert text.count("[password]") == 3
    assert "ValueError: wrong: [password]" in text


@pytest.mark.expects_log("could not")
def test_that_a_traceback_shows_no_local_variables(file: Path) -> None:
    def fails() -> None:
        password = CANARY  # noqa: F841 - what must not be shown
        raise ValueError("wrong")

    try:
        fails()
    except ValueError:
        log.exception("could not")
    # The line of code is shown, the value is not.
    assert CANARY not in file.read_text(encoding="utf-8")


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

    with monkeypatch.context() as patch:
        patch.setattr(handler, "close", full)
        stop_logging(handler)
    handler.close()
