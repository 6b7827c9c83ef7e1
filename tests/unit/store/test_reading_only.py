# SPDX-License-Identifier: MIT
"""A database in a folder that can't be written, with its last words in the write-ahead log alone."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from jit_desktop.elevation.errors import StoreError, StoreReadOnly
from jit_desktop.store import FILE_NAME, SqliteStore
from jit_desktop.store import reading_only as reading_only_module
from jit_desktop.store.database import uri_of
from tests.unit.store import values

PROBLEM = StoreReadOnly("It can't be written.")
LOG = f"{FILE_NAME}-wal"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a folder without the index of the log, in which an elevation stands in the log only."""
    made, folder = tmp_path / "data", tmp_path / "copy"
    folder.mkdir()
    with SqliteStore(made) as store:
        store.save_provider(values.provider(), at=values.NOW, actor=values.ACTOR)
        with closing(sqlite3.connect(made / FILE_NAME)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        values.begin(store)
        for name in (FILE_NAME, LOG):
            shutil.copy(made / name, folder / name)
    return folder


@pytest.fixture(autouse=True)
def unwritable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where neither the folder can be written nor the index of the log is there; root may write all."""

    def uri(file: Path, how: str) -> str:
        if file.parent == folder and how == "mode=ro":
            raise StoreReadOnly("Its log can't be opened.")
        return uri_of(file, how)

    monkeypatch.setattr(reading_only_module, "uri_of", uri)


@pytest.fixture
def store(folder: Path) -> Iterator[SqliteStore]:
    with SqliteStore.for_reading(folder, PROBLEM) as opened:
        yield opened


def test_that_what_stands_in_the_log_only_is_read(store: SqliteStore) -> None:
    (elevation,) = store.open_elevations()
    assert elevation.id == values.elevation().id
    assert store.read_in_part is None
    with pytest.raises(StoreReadOnly):
        values.begin(store, 201)


def test_that_the_folder_is_left_as_it_is_and_no_copy_of_it_is_left(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with SqliteStore.for_reading(folder, PROBLEM) as store:
        assert store.open_elevations()
        assert list((tmp_path / "temporary").iterdir()) == []
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_that_a_folder_that_others_write_is_read_as_it_is_now(store: SqliteStore, folder: Path) -> None:
    assert len(store.open_elevations()) == 1
    with SqliteStore(folder) as writing:
        values.begin(writing, 201, account=values.ref("another", 5))
        assert len(store.open_elevations()) == 2


def test_that_what_can_only_be_read_without_its_log_says_so(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with SqliteStore.for_reading(folder, PROBLEM) as store:
        assert store.open_elevations() == []
        assert isinstance(store.read_in_part, StoreError)
        assert "can't be read" in store.read_in_part.message


def test_that_a_log_without_content_leaves_nothing_out(folder: Path) -> None:
    (folder / LOG).write_bytes(b"")
    with SqliteStore.for_reading(folder, PROBLEM) as store:
        assert store.read_in_part is None


def test_that_a_copy_of_what_is_written_meanwhile_is_not_believed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copyfile = shutil.copyfile

    def meanwhile(source: str, target: str) -> None:
        copyfile(source, target)
        with (folder / LOG).open("ab") as log:
            log.write(b"x")

    monkeypatch.setattr(shutil, "copyfile", meanwhile)
    with SqliteStore.for_reading(folder, PROBLEM) as store:
        assert store.read_in_part is not None
