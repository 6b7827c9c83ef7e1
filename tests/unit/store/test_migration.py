# SPDX-License-Identifier: MIT
"""Tables are brought up to date at start: whole or not at all, and with a copy made first."""

import re
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType

import peewee
import pytest

from jit_desktop.elevation.errors import StoreError, StoreNewer
from jit_desktop.store import SqliteStore, migrations
from jit_desktop.store.database import DatabaseFile
from jit_desktop.store.migration import KEPT_BACKUPS
from jit_desktop.store.tables import ALL_TABLES
from tests.unit.store.values import ended

_VERSION_1 = Path(__file__).parent / "fixtures" / "version-1.sql"


def _step(name: str, up: Callable[[peewee.SqliteDatabase], object]) -> ModuleType:
    module = ModuleType(name)
    module.up = lambda migrator, database: up(database)  # type: ignore[attr-defined]
    return module


def _sql(name: str, *statements: str) -> ModuleType:
    return _step(name, lambda database: [database.execute_sql(s) for s in statements])  # type: ignore[no-untyped-call]


FIRST = _sql(
    "m0001_first", "CREATE TABLE pet (id INTEGER PRIMARY KEY, name TEXT)", "INSERT INTO pet VALUES (1, 'Rex')"
)
SECOND = _sql("m0002_second", "ALTER TABLE pet ADD COLUMN age INTEGER NOT NULL DEFAULT 3")
FAILING = _sql("m0003_failing", "UPDATE pet SET name = 'gone'", "ALTER TABLE nothing ADD COLUMN x")


def _rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def _backups(file: Path) -> list[Path]:
    return sorted((file.parent / "backups").glob("*.db"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database at the first step."""
    path = tmp_path / "pets.db"
    DatabaseFile(path, steps=[FIRST]).close()
    return path


def test_that_an_older_database_is_brought_up_to_date_with_its_content(file: Path) -> None:
    DatabaseFile(file, steps=[FIRST, SECOND]).close()
    assert _rows(file, "SELECT * FROM pet") == [(1, "Rex", 3)]


def test_that_a_copy_of_the_older_database_is_made_first(file: Path) -> None:
    DatabaseFile(file, steps=[FIRST, SECOND]).close()
    (backup,) = _backups(file)
    assert re.fullmatch(r"pets-\d{8}T\d{6}Z-v0001\.db", backup.name)
    assert _rows(backup, "SELECT * FROM pet") == [(1, "Rex")]
    assert [path.name for path in backup.parent.iterdir()] == [backup.name]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_that_the_copy_is_for_its_owner_only(file: Path) -> None:
    DatabaseFile(file, steps=[FIRST, SECOND]).close()
    (backup,) = _backups(file)
    assert backup.stat().st_mode & 0o777 == 0o600
    assert backup.parent.stat().st_mode & 0o777 == 0o700


def test_that_the_copy_can_be_put_back(file: Path) -> None:
    DatabaseFile(file, steps=[FIRST, SECOND]).close()
    _backups(file)[0].replace(file)
    DatabaseFile(file, steps=[FIRST, SECOND]).close()
    assert _rows(file, "SELECT * FROM pet") == [(1, "Rex", 3)]


def test_that_a_database_that_is_up_to_date_is_not_copied(file: Path) -> None:
    DatabaseFile(file, steps=[FIRST]).close()
    assert _backups(file) == []


def test_that_a_step_runs_once(file: Path) -> None:
    for _ in range(3):
        DatabaseFile(file, steps=[FIRST, SECOND]).close()
    assert len(_rows(file, "SELECT * FROM pet")) == 1
    assert len(_backups(file)) == 1


def test_that_a_failing_step_undoes_all_steps_and_names_the_copy(file: Path) -> None:
    with pytest.raises(StoreError, match="could not be brought up to date") as caught:
        DatabaseFile(file, steps=[FIRST, SECOND, FAILING])
    assert _rows(file, "SELECT * FROM pet") == [(1, "Rex")]
    (backup,) = _backups(file)
    assert str(backup) in caught.value.remedy
    DatabaseFile(file, steps=[FIRST]).close()


def test_that_a_failing_step_on_a_new_file_leaves_it_usable(tmp_path: Path) -> None:
    path = tmp_path / "pets.db"
    with pytest.raises(StoreError):
        DatabaseFile(path, steps=[_sql("m0001_failing", "NONSENSE")])
    DatabaseFile(path, steps=[FIRST]).close()
    assert _rows(path, "SELECT * FROM pet") == [(1, "Rex")]


def test_that_a_step_that_breaks_references_is_undone(file: Path) -> None:
    orphan = _sql(
        "m0002_orphan",
        "CREATE TABLE toy (pet INTEGER REFERENCES pet (id))",
        "INSERT INTO toy VALUES (99)",
    )
    with pytest.raises(StoreError, match="without what they refer to"):
        DatabaseFile(file, steps=[FIRST, orphan])
    assert _rows(file, "SELECT name FROM sqlite_master WHERE name = 'toy'") == []


def test_that_the_last_copies_are_kept_and_older_ones_go(file: Path) -> None:
    folder = file.parent / "backups"
    folder.mkdir()
    old = [folder / f"pets-2020010{day}T000000Z-v0001.db" for day in range(1, 10)]
    for path in old:
        path.touch()
    DatabaseFile(file, steps=[FIRST, SECOND]).close()
    kept = _backups(file)
    assert len(kept) == KEPT_BACKUPS
    assert kept[:-1] == old[-KEPT_BACKUPS + 1 :]


def test_that_a_newer_database_is_refused_and_left_as_it_is(file: Path) -> None:
    DatabaseFile(file, steps=[FIRST, SECOND]).close()
    before = file.read_bytes()
    backups = _backups(file)
    with pytest.raises(StoreNewer, match="m0002_second"):
        DatabaseFile(file, steps=[FIRST])
    assert file.read_bytes() == before
    assert _backups(file) == backups
    assert not file.with_name("pets.db-wal").exists()


# --- our own steps ----------------------------------------------------------------------------------------


def test_that_every_column_of_the_live_models_is_in_the_tables_and_no_other(store: SqliteStore) -> None:
    def of_models() -> set[tuple[str, str, bool]]:
        return {
            (table._meta.table_name, field.column_name, bool(field.null))
            for table in ALL_TABLES
            for field in table._meta.sorted_fields
        }

    def of_file() -> set[tuple[str, str, bool]]:
        tables = _rows(store.file, "SELECT name FROM sqlite_master WHERE type = 'table'")
        own = {str(name) for (name,) in tables} - {"sqlite_sequence", "schema_migration"}
        return {
            (name, str(column[1]), not column[3] and not column[5])
            for name in own
            for column in _rows(store.file, f"PRAGMA table_info ({name})")
        }

    assert of_models() == of_file()


def test_that_steps_are_numbered_without_a_gap() -> None:
    names = [step.__name__.rpartition(".")[2] for step in migrations.ALL]
    assert [int(name[1:5]) for name in names] == list(range(1, len(names) + 1))


def test_that_steps_do_not_use_the_live_models() -> None:
    folder = Path(migrations.__file__).parent
    for path in folder.glob("m*.py"):
        assert not re.search(r"jit_desktop\.(?!store\.migrations)", path.read_text(encoding="utf-8")), path


def test_that_every_step_in_the_folder_is_listed() -> None:
    folder = Path(migrations.__file__).parent
    listed = {step.__name__.rpartition(".")[2] for step in migrations.ALL}
    assert {path.stem for path in folder.glob("m*.py")} == listed


def test_that_the_database_of_version_1_is_opened_with_all_that_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "jit-desktop.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(_VERSION_1.read_text(encoding="utf-8"))
    with SqliteStore(tmp_path) as store:
        (provider,) = store.providers()
        assert (provider.name, provider.jit.group_prefix) == ("Corp", "RDM_JIT")
        assert [e.account.name for e in store.open_elevations()] == ["_backupoperator15"]
        assert len(store.history()) == 1
        assert store.verify_audit() == []
        ended(store, 999, adopted=True)
