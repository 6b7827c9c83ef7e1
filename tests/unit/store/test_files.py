# SPDX-License-Identifier: MIT
"""The files of the store: whose they are, where they lie, and what is left of them."""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from jit_desktop.elevation.errors import StoreError
from jit_desktop.elevation.ports import Store
from jit_desktop.store import SqliteStore
from tests.unit.store.values import ACTOR, NOW, begin, provider


def test_that_it_is_a_store_as_the_core_knows_it(store: SqliteStore) -> None:
    # Checked by mypy; at run time there is nothing to see.
    as_the_core_knows_it: Store = store
    assert list(as_the_core_knows_it.providers()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_that_everything_is_for_its_owner_only(store: SqliteStore) -> None:
    begin(store)
    modes = {path.name: path.stat().st_mode & 0o777 for path in store.file.parent.iterdir()}
    assert modes == dict.fromkeys(("jit-desktop.db", "jit-desktop.db-wal", "jit-desktop.db-shm"), 0o600)
    assert store.file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_that_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    SqliteStore(tmp_path).close()
    file = tmp_path / "jit-desktop.db"
    file.chmod(0o644)
    SqliteStore(tmp_path).close()
    assert file.stat().st_mode & 0o777 == 0o600


# Windows has no question mark in names.
_ODD = "what#x" if sys.platform == "win32" else "what?#x"


@pytest.mark.parametrize("name", ["a b", "ünï😀", "100%", _ODD, "a&mode=memory", "semi;colon", "%2e%2e"])
def test_that_the_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    with SqliteStore(tmp_path / name) as store:
        store.save_provider(provider(), at=NOW, actor=ACTOR)
    assert [path.name for path in (tmp_path / name).iterdir()] == ["jit-desktop.db"]
    with SqliteStore(tmp_path / name) as store:
        assert list(store.providers()) == [provider()]


def test_that_a_relative_folder_stays_the_same_when_the_working_directory_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with SqliteStore(Path("data")) as store:
        monkeypatch.chdir(os.sep)
        store.save_provider(provider(), at=NOW, actor=ACTOR)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_that_writes_are_synced_and_references_are_kept(store: SqliteStore) -> None:
    with store._database.writing() as database:
        assert database.pragma("synchronous") == 2
        assert database.pragma("foreign_keys") == 1
        assert database.pragma("journal_mode") == "wal"
        assert database.pragma("busy_timeout") == 5000


def test_that_closing_leaves_one_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    begin(store)
    store.close()
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == ["jit-desktop.db"]


def test_that_the_file_says_whose_it_is(store: SqliteStore) -> None:
    with closing(sqlite3.connect(store.file)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (int.from_bytes(b"JITD"),)


def test_that_the_log_is_not_put_away_between_two_calls(store: SqliteStore) -> None:
    begin(store)
    assert store.file.with_name("jit-desktop.db-wal").stat().st_size > 0


def test_that_a_schema_that_somebody_doctored_can_call_nothing(store: SqliteStore) -> None:
    """SQLite, *Defense against the dark arts*: ``trusted_schema`` off."""
    with store._database.reading() as database:
        assert database.execute_sql("PRAGMA trusted_schema").fetchone() == (0,)  # type: ignore[no-untyped-call]


def test_that_the_database_of_another_program_is_not_opened(tmp_path: Path) -> None:
    file = tmp_path / "jit-desktop.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE bookmarks (url TEXT)")
    before = file.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        SqliteStore(tmp_path)
    assert file.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_that_a_log_that_others_could_read_is_closed_to_them(store: SqliteStore) -> None:
    begin(store)
    logs = [store.file.with_name(f"{store.file.name}-{end}") for end in ("wal", "shm")]
    for log in logs:
        log.chmod(0o644)
    SqliteStore(store.file.parent).close()
    assert {log.stat().st_mode & 0o777 for log in logs} == {0o600}


def test_that_a_database_that_was_deleted_does_not_come_back_empty(store: SqliteStore) -> None:
    begin(store)
    for file in store.file.parent.iterdir():
        try:
            file.unlink()
        except PermissionError:
            pytest.skip("Windows keeps a file that is open")
    with pytest.raises(StoreError):
        store.open_elevations()
    assert not store.file.exists()


def test_that_a_damaged_database_is_not_opened(tmp_path: Path) -> None:
    SqliteStore(tmp_path).close()
    file = tmp_path / "jit-desktop.db"
    with closing(sqlite3.connect(file)) as database:
        (page,) = database.execute("PRAGMA page_size").fetchone()
        (root,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'elevation'").fetchone()
    with file.open("r+b") as raw:
        raw.seek((root - 1) * page)
        raw.write(b"\xff" * 64)
    with pytest.raises(StoreError, match="damaged"):
        SqliteStore(tmp_path)
