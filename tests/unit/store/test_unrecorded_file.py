# SPDX-License-Identifier: MIT
"""The file that says what could not be recorded: read back as it was, bounded, and no news where it is
damaged."""

from __future__ import annotations

import logging
import os
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from jit_desktop.elevation.lifecycle import State
from jit_desktop.store.unrecorded_file import MAXIMUM_BYTES, MOST, Unrecorded, UnrecordedFile
from tests.unit.store import values

LATER = values.NOW + timedelta(minutes=1)
ENDED = replace(
    values.elevation(state=State.ENDED), ended_at=values.NOW, revision=7, unconfirmed_on=("dc2.example.test",)
)
OTHER = values.elevation(201, state=State.OVERDUE, revision=3)


@pytest.fixture
def file(tmp_path: Path) -> UnrecordedFile:
    return UnrecordedFile(tmp_path / "copies" / "x.unrecorded.json")


def test_that_what_is_kept_is_read_back_and_is_the_owners_alone(file: UnrecordedFile) -> None:
    file.keep([ENDED, OTHER], at=LATER, rows=None)
    assert file.read() == {
        ENDED.id: Unrecorded(State.ENDED, LATER, values.NOW, 7, ("dc2.example.test",)),
        OTHER.id: Unrecorded(State.OVERDUE, LATER, None, 3),
    }
    assert file.file is not None
    if os.name == "posix":
        assert stat.S_IMODE(file.file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.file.parent.stat().st_mode) == 0o700


def test_that_what_others_kept_stays_until_it_is_recorded(file: UnrecordedFile) -> None:
    file.keep([ENDED], at=values.NOW, rows=None)
    file.keep([OTHER], at=LATER, rows=None)
    file.keep([], at=LATER, rows=None)
    assert set(file.read()) == {ENDED.id, OTHER.id}
    file.keep([], at=LATER, rows={ENDED.id: 6, OTHER.id: 3})
    assert set(file.read()) == {ENDED.id}, "its row is behind, and nobody has recorded it yet"
    file.keep([], at=LATER, rows={ENDED.id: 6})
    assert set(file.read()) == {ENDED.id}
    file.keep([], at=LATER, rows={})
    assert file.read() == {}
    assert file.file is not None
    assert not file.file.exists()


def test_that_what_is_said_already_is_not_written_again(file: UnrecordedFile) -> None:
    file.keep([ENDED], at=values.NOW, rows=None)
    assert file.file is not None
    before = file.file.stat().st_ino
    file.keep([ENDED], at=LATER, rows=None)
    assert file.file.stat().st_ino == before
    assert file.read()[ENDED.id].at == values.NOW
    file.keep([replace(ENDED, revision=8)], at=LATER, rows=None)
    assert file.read()[ENDED.id].at == LATER


def test_that_nothing_is_made_where_nothing_waits(file: UnrecordedFile) -> None:
    file.keep([], at=LATER, rows=None)
    file.keep([], at=LATER, rows={})
    assert file.file is not None
    assert not file.file.parent.exists()
    nowhere = UnrecordedFile(None)
    nowhere.keep([ENDED], at=LATER, rows=None)
    assert nowhere.read() == {}


def test_that_the_oldest_go_where_there_are_too_many(file: UnrecordedFile) -> None:
    many = [values.elevation(1000 + n, state=State.ENDED) for n in range(MOST + 1)]
    file.keep(many, at=LATER, rows=None)
    assert list(file.read()) == [e.id for e in many[1:]]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff" * 100,
        b"[" * 100_000,
        b"[]",
        b"{}",
        b'{"format": "jit-desktop-unrecorded", "version": 2, "elevations": {}}',
        b'{"format": "jit-desktop-unrecorded", "version": 1, "elevations": []}',
        b'{"format": "jit-desktop-unrecorded", "version": 1, "elevations": {}}' + b" " * MAXIMUM_BYTES,
    ],
)
def test_that_nothing_is_known_by_a_damaged_file(
    file: UnrecordedFile, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert file.file is not None
    file.file.parent.mkdir()
    file.file.write_bytes(content)
    caplog.set_level(logging.INFO)
    assert file.read() == {}
    assert "is not known by" in caplog.text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"ended"', '"over"'),
        ('"revision": 7', '"revision": "many"'),
        ("2026-03-01T12:01", "2026-13-01T12:01"),
        ("2026-03-01T12:00", "in a while"),
        ('"revision": 7,', ""),
    ],
)
def test_that_one_that_is_damaged_keeps_no_other(file: UnrecordedFile, old: str, new: str) -> None:
    file.keep([ENDED, OTHER], at=LATER, rows=None)
    assert file.file is not None
    text = file.file.read_text()
    assert old in text
    file.file.write_text(text.replace(old, new, 1))
    assert set(file.read()) == {OTHER.id}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a pipe in the place of the file")
def test_that_a_pipe_is_not_waited_for(file: UnrecordedFile) -> None:
    assert file.file is not None
    file.file.parent.mkdir()
    os.mkfifo(file.file)
    assert file.read() == {}
