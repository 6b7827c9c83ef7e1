# SPDX-License-Identifier: MIT
"""What the disk and other programs can do to the database: each has words of its own, and nothing is lost."""

import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from jit_desktop.elevation.errors import (
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreNewer,
    StoreReadOnly,
)
from jit_desktop.elevation.model import Elevation, Step, StepReport, StepStatus
from jit_desktop.store import SqliteStore
from tests.unit.store.values import ACTOR, NOW, begin, elevation, ended, provider

_NOBODY = 65534


def _says_what_to_do(error: StoreError, file: Path) -> bool:
    return error.subject == str(file) and bool(error.remedy) and str(file.parent) in error.remedy


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder with a store that has something in it, closed."""
    with SqliteStore(tmp_path / "data") as store:
        store.save_provider(provider(), at=NOW, actor=ACTOR)
        store.remember_controllers(provider().id, ["dc1.corp.example.test"])
        ended(store, 200)
        store.add_step(StepReport(begin(store, 201).id, NOW, Step.NEST_GROUP, StepStatus.DONE, "nested"))
    return tmp_path / "data"


def _assert_nothing_is_lost(data_dir: Path) -> None:
    with SqliteStore(data_dir) as store:
        assert list(store.providers()) == [provider()]
        assert len(store.history()) == 1
        assert len(store.open_elevations()) == 1
        assert store.verify_audit() == []


# --- locked -----------------------------------------------------------------------------------------------


@contextmanager
def _held(file: Path, mode: str) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute(f"PRAGMA locking_mode = {mode}")
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE provider SET name = name")
        yield
        other.execute("ROLLBACK")


def test_that_a_write_into_a_locked_database_says_so_and_reading_goes_on(data_dir: Path) -> None:
    with SqliteStore(data_dir, busy_seconds=0.1) as store:
        with _held(store.file, "NORMAL"):
            with pytest.raises(StoreLocked) as caught:
                begin(store, 202, provider_id="other")
            assert len(store.open_elevations()) == 1
        assert _says_what_to_do(caught.value, store.file)
        assert len(store.audit()) == 7
        assert begin(store, 202, provider_id="other").is_open
    with SqliteStore(data_dir) as store:
        assert store.verify_audit() == []


def test_that_a_start_beside_a_program_that_keeps_the_database_to_itself_says_so(data_dir: Path) -> None:
    with _held(data_dir / "jit-desktop.db", "EXCLUSIVE"), pytest.raises(StoreLocked) as caught:
        SqliteStore(data_dir, busy_seconds=0.1)
    assert _says_what_to_do(caught.value, data_dir / "jit-desktop.db")
    _assert_nothing_is_lost(data_dir)


# --- read-only --------------------------------------------------------------------------------------------


@pytest.fixture
def bound_by_permissions(tmp_path: Path) -> Iterator[Path]:
    """A folder in which this process, should it be root's, has no more rights than anybody."""
    if os.geteuid() != 0:
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp())
    os.chown(folder, _NOBODY, _NOBODY)
    os.seteuid(_NOBODY)
    try:
        yield folder
    finally:
        os.seteuid(0)
        shutil.rmtree(folder)


@contextmanager
def _mode(path: Path, mode: int) -> Iterator[None]:
    before = path.stat().st_mode
    path.chmod(mode)
    yield
    path.chmod(before)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_that_a_database_that_may_not_be_written_says_so(bound_by_permissions: Path, what: str) -> None:
    data_dir = bound_by_permissions / "data"
    with SqliteStore(data_dir) as store:
        store.save_provider(provider(), at=NOW, actor=ACTOR)
    path, mode = (store.file, 0o400) if what == "file" else (data_dir, 0o500)
    with _mode(path, mode), pytest.raises(StoreReadOnly) as caught:
        SqliteStore(data_dir)
    assert _says_what_to_do(caught.value, store.file)
    with SqliteStore(data_dir) as store:
        assert list(store.providers()) == [provider()]


def test_that_a_database_that_turns_out_to_be_read_only_says_so_at_start(
    bound_by_permissions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir = bound_by_permissions / "data"
    SqliteStore(data_dir).close()
    # As with the access lists of Windows, about which nothing is known before one tries.
    monkeypatch.setattr("jit_desktop.store.failures.may_be_written", lambda file: True)
    with _mode(data_dir / "jit-desktop.db", 0o400), pytest.raises(StoreReadOnly):
        SqliteStore(data_dir)


def test_that_a_folder_in_which_no_database_can_be_made_says_so(bound_by_permissions: Path) -> None:
    with _mode(bound_by_permissions, 0o500), pytest.raises(StoreReadOnly) as caught:
        SqliteStore(bound_by_permissions / "data")
    assert caught.value.subject.endswith("jit-desktop.db")


# --- full -------------------------------------------------------------------------------------------------


def _fill(store: SqliteStore) -> None:
    for _ in range(10_000):
        store.add_step(StepReport(elevation().id, NOW, Step.NEST_GROUP, StepStatus.DONE, "x" * 10_000))


def test_that_a_full_disk_says_so_and_what_was_written_stays(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SqliteStore(data_dir) as store:
        # The same answer of SQLite as on a full disk, without filling one.
        pages = (store.file.stat().st_size // 4096) + 20
        monkeypatch.setattr(store._database._lent, "_pragmas", [("max_page_count", pages)])
        with pytest.raises(StoreFull) as caught:
            _fill(store)
        assert _says_what_to_do(caught.value, store.file)
        kept = store.steps(elevation().id)
        assert 0 < len(kept) < 40
        assert store.verify_audit() == []
    with SqliteStore(data_dir) as store:
        assert list(store.steps(elevation().id)) == list(kept)
        assert list(store.providers()) == [provider()]


# --- damaged ----------------------------------------------------------------------------------------------


def _random_bytes(file: Path) -> None:
    file.write_bytes(random.Random(1).randbytes(50_000))


def _random_bytes_behind_the_header(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[100:] = random.Random(2).randbytes(len(content) - 100)
    file.write_bytes(content)


def _cut_in_half(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def _zeroed_pages(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[8192:20480] = bytes(20480 - 8192)
    file.write_bytes(content)


def _text(file: Path) -> None:
    file.write_text("This is not a database.\n" * 100)


def _of_another_program(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE recipe (name)")


def _emptied_beside_its_copies(file: Path) -> None:
    (file.parent / "backups").mkdir()
    (file.parent / "backups" / "jit-desktop-20260101T000000Z-v0001.db").touch()
    file.write_bytes(b"")


def _a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    "spoil",
    [
        _random_bytes,
        _random_bytes_behind_the_header,
        _cut_in_half,
        _zeroed_pages,
        _text,
        _of_another_program,
        _emptied_beside_its_copies,
        _a_folder,
    ],
)
def test_that_a_damaged_database_is_found_at_start_and_left_as_it_is(
    data_dir: Path, spoil: Callable[[Path], None]
) -> None:
    file = data_dir / "jit-desktop.db"
    spoil(file)
    before = file.read_bytes() if file.is_file() else None
    with pytest.raises(StoreDamaged) as caught:
        SqliteStore(data_dir)
    assert _says_what_to_do(caught.value, file)
    assert "backups" in caught.value.remedy
    assert (file.read_bytes() if file.is_file() else None) == before


def test_that_the_remedy_for_a_damaged_database_works(data_dir: Path) -> None:
    file = data_dir / "jit-desktop.db"
    _random_bytes(file)
    with pytest.raises(StoreDamaged):
        SqliteStore(data_dir)
    file.rename(data_dir / "damaged.db")
    with SqliteStore(data_dir) as store:
        assert list(store.providers()) == []


@pytest.mark.parametrize(
    ("statement", "read"),
    [
        ("UPDATE elevation SET state = 'dreaming'", lambda store: store.elevation(elevation(201).id)),
        ("UPDATE elevation SET deadline = 'soon'", lambda store: store.open_elevations()),
        ("UPDATE elevation SET deadline = '2026-01-01T00:00:00'", lambda store: store.open_elevations()),
        ("UPDATE provider SET method = 'telepathy'", lambda store: store.providers()),
        ("DELETE FROM policy", lambda store: store.providers()),
        ("UPDATE provider SET name = CAST(x'41ff' AS TEXT)", lambda store: store.providers()),
        ("UPDATE elevation SET reason = CAST(x'41ff' AS TEXT)", lambda store: store.history()),
        ("UPDATE step SET message = CAST(x'41ff' AS TEXT)", lambda store: store.steps(elevation(201).id)),
        (
            "UPDATE known_controller SET host = CAST(x'41ff' AS TEXT)",
            lambda store: store.known_controllers(provider().id),
        ),
        ("UPDATE schema_migration SET name = CAST(x'41ff' AS TEXT) WHERE id = 1", lambda store: store),
    ],
)
def test_that_content_that_nobody_wrote_is_called_damaged(
    data_dir: Path, statement: str, read: Callable[[SqliteStore], object]
) -> None:
    with closing(sqlite3.connect(data_dir / "jit-desktop.db")) as connection:
        connection.execute("PRAGMA ignore_check_constraints = 1")
        connection.execute(statement)
        connection.commit()
    with pytest.raises(StoreDamaged) as caught, SqliteStore(data_dir) as store:
        read(store)
    assert _says_what_to_do(caught.value, data_dir / "jit-desktop.db")


@pytest.mark.parametrize("what", ["jit-desktop.db", "."])
def test_that_a_database_that_vanishes_does_not_come_back_empty(data_dir: Path, what: str) -> None:
    there, elsewhere = data_dir / what, data_dir.with_name("elsewhere")
    with SqliteStore(data_dir) as store:
        there.rename(elsewhere)
        with pytest.raises(StoreError) as caught:
            store.providers()
        assert caught.value.subject == str(store.file)
        assert not store.file.exists()
    elsewhere.rename(there)
    _assert_nothing_is_lost(data_dir)


# --- newer ------------------------------------------------------------------------------------------------


def test_that_the_database_of_a_newer_version_is_refused_and_left_as_it_is(data_dir: Path) -> None:
    file = data_dir / "jit-desktop.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO schema_migration (name, applied) VALUES ('m9999_wonders', 'x')")
        connection.commit()
    before = file.read_bytes()
    with pytest.raises(StoreNewer, match="newer version") as caught:
        SqliteStore(data_dir)
    assert "Update JIT Desktop" in caught.value.remedy
    assert file.read_bytes() == before


# --- in the middle ----------------------------------------------------------------------------------------


@pytest.mark.expects_log("A fault of the program with the database")
def test_that_a_write_that_fails_in_the_middle_leaves_nothing_of_itself(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SqliteStore(data_dir) as store:

        def fail(*_: object, **__: object) -> Elevation:
            raise RuntimeError("the program has a bug")

        monkeypatch.setattr("jit_desktop.store.audit_trail.append", fail)
        with pytest.raises(StoreDamaged, match="has a bug"):
            begin(store, 202, provider_id="other")
        monkeypatch.undo()
        assert [e.id for e in store.open_elevations()] == [elevation(201).id]
        assert list(store.transitions(elevation(202).id)) == []
        assert begin(store, 202, provider_id="other").is_open
