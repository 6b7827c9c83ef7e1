# SPDX-License-Identifier: MIT
"""What is due ends whatever has become of the data folder, and the exit code says which of the two failed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from jit_desktop import app as app_module
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.commands.serving import Service
from jit_desktop.directory.demo import demo_factory
from jit_desktop.elevation.errors import DirectoryUnavailable
from jit_desktop.elevation.ports import Abilities, EntryKind
from jit_desktop.elevation.settings import ConnectionMethod, ConnectionSettings
from jit_desktop.store import FILE_NAME, SqliteStore
from jit_desktop.store.settings_copies import COPY_NAME, SettingsCopies
from tests.unit.commands.test_commands import ADMINS, Shell
from tests.unit.elevation.helpers import ManualClock

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="file systems of Linux"),
    pytest.mark.timeout(180),
]
CONNECT = "jit_desktop.directory.connector.DirectoryConnector.connect"
ACCOUNT = "_backupoperator15"
needs_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount")


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


class World:
    """The demo domain beside a data folder that things happen to."""

    def __init__(self, shell: Shell, clock: ManualClock, domain_file: Path) -> None:
        self.shell = shell
        self.clock = clock
        self.data_dir = shell.data_dir
        self.database = shell.data_dir / FILE_NAME
        self._domain_file = domain_file

    def lend(self, duration: str = "10m") -> str:
        done = self.shell.json("checkout", ACCOUNT, "--privilege", ADMINS, "--for", duration, "--no-wait")
        return str(done["id"])

    def has_right(self) -> bool:
        connector = demo_factory(self._domain_file, self.clock, latency_seconds=0, abilities=Abilities())
        with connector.connect(ConnectionSettings(method=ConnectionMethod.DEMO), None) as directory:
            account = directory.find_account(ACCOUNT)
            group = next(
                g for g in directory.search(ADMINS, frozenset({EntryKind.GROUP})) if g.name == ADMINS
            )
            return directory.is_member_of(account.guid, group.guid)

    def settle(self) -> None:
        """By the next sweep all is recorded: everything has ended."""
        self.clock.advance(60)  # until the last domain controller has heard of it
        assert self.shell.run("sweep") == ExitCode.DONE, self.shell.err
        assert self.shell.json("list")["elevations"] == []
        (over,) = self.shell.json("list", "--all")["elevations"]
        assert over["state"] == "ended"


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> World:
    clock = ManualClock(wall=datetime.now(UTC).replace(microsecond=0))
    monkeypatch.setattr(app_module, "SystemClock", lambda: clock)
    domain_file = tmp_path / "domain" / "demo-domain.json"
    domain_file.parent.mkdir()
    monkeypatch.setattr(app_module, "DEMO_FILE", str(domain_file))  # the domain is not in the data folder
    # It ends nothing by itself, or nobody could tell that the program did.
    made = partial(demo_factory, latency_seconds=0, abilities=Abilities())
    monkeypatch.setattr(app_module, "demo_factory", made)
    # It is copied as a real domain is.
    monkeypatch.setattr(
        SettingsCopies, "keep", lambda self, all_, *_, **__: [self._keep(f, all_) for f in self.files]
    )
    return World(Shell(tmp_path / "data", capsys, clock), clock, domain_file)


# --- what happens to the folder ---------------------------------------------------------------------------


@contextmanager
def full(world: World) -> Iterator[None]:
    """A disk on which not a byte more fits."""
    kept = world.data_dir.with_name("kept")
    world.data_dir.rename(kept)
    world.data_dir.mkdir()
    _mount("-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", str(world.data_dir))
    try:
        for file in kept.iterdir():
            shutil.copy2(file, world.data_dir)
        with (world.data_dir / "filler").open("wb", buffering=0) as filler:
            for size in (65536, 4096, 1):
                try:
                    while filler.write(b"x" * size) == size:
                        pass
                except OSError:
                    pass
        assert shutil.disk_usage(world.data_dir).free == 0
        yield
    finally:
        _unmount(world.data_dir)
        world.data_dir.rmdir()
        kept.rename(world.data_dir)


@contextmanager
def read_only_file_system(world: World) -> Iterator[None]:
    """The folder on a file system that is mounted for reading only."""
    _mount("--bind", str(world.data_dir), str(world.data_dir))
    try:
        _mount("-o", "remount,ro,bind", str(world.data_dir))
        yield
    finally:
        _unmount(world.data_dir)


@contextmanager
def _held(world: World, statement: str, *pragmas: str) -> Iterator[None]:
    with closing(sqlite3.connect(world.database, isolation_level=None)) as other:
        for pragma in pragmas:
            other.execute(pragma)
        other.execute(statement)
        yield
        other.execute("ROLLBACK")


def locked(world: World) -> Iterator[None]:
    """Another program is writing and does not come to an end."""
    return _held(world, "BEGIN IMMEDIATE")  # type: ignore[return-value]


def locked_whole(world: World) -> Iterator[None]:
    """Another program has the database to itself: it can't even be read."""
    return _held(world, "BEGIN EXCLUSIVE", "PRAGMA locking_mode = EXCLUSIVE")  # type: ignore[return-value]


@contextmanager
def damaged(world: World) -> Iterator[None]:
    """The file is full of something else."""
    content = world.database.read_bytes()
    world.database.write_bytes(os.urandom(len(content)))
    yield
    world.database.write_bytes(content)


@contextmanager
def replaced_by_a_folder(world: World) -> Iterator[None]:
    """There is a folder where the database was."""
    kept = world.database.with_name("kept.db")
    world.database.rename(kept)
    world.database.mkdir()
    yield
    world.database.rmdir()
    kept.rename(world.database)


@contextmanager
def one_row_spoilt(world: World) -> Iterator[None]:
    """The elevation has a deadline that nobody can read."""
    with closing(sqlite3.connect(world.database)) as other:
        (before,) = other.execute("SELECT deadline FROM elevation").fetchone()
        other.execute("UPDATE elevation SET deadline = 'soon'")
        other.commit()
    yield
    with closing(sqlite3.connect(world.database)) as other:
        other.execute("UPDATE elevation SET deadline = ?", (before,))
        other.commit()


@contextmanager
def of_a_newer_version(world: World) -> Iterator[None]:
    """A newer version has changed the tables."""
    with closing(sqlite3.connect(world.database)) as other:
        other.execute("INSERT INTO schema_migration (name, applied) VALUES ('m9999_wonders', 'x')")
        other.commit()
    yield
    with closing(sqlite3.connect(world.database)) as other:
        other.execute("DELETE FROM schema_migration WHERE name = 'm9999_wonders'")
        other.commit()


WAYS = [
    pytest.param(full, marks=needs_root),
    pytest.param(read_only_file_system, marks=needs_root),
    locked,
    locked_whole,
    damaged,
    replaced_by_a_folder,
    one_row_spoilt,
    of_a_newer_version,
]


@pytest.mark.expects_log("can be recorded|could not record")
@pytest.mark.parametrize("happens", WAYS)
def test_that_a_sweep_ends_what_is_due_and_says_that_it_is_not_recorded(
    world: World, happens: Callable[[World], ExitStack]
) -> None:
    world.lend()
    world.clock.advance(601)
    assert world.has_right()
    with happens(world):
        code = world.shell.run("sweep", "--json")
        assert not world.has_right()
        assert code == int(ExitCode.LOCAL), world.shell.err
        (sweep,) = json.loads(world.shell.out)["sweeps"]
        assert [e["account"]["name"] for e in (*sweep["ended"], *sweep["ending"])] == [ACCOUNT]
        assert sweep["overdue"] == []
        if happens.__name__ != "one_row_spoilt":  # that is found on the way
            is_read = happens.__name__ in ("full", "read_only_file_system", "locked")
            what = "What is due" if is_read else "What can still be found"
            assert f"{what} is ended all the same, and nothing can be recorded." in world.shell.err
        assert "What was done could not be recorded" in world.shell.err
        assert "Traceback" not in world.shell.err
    world.settle()
    assert world.shell.run("audit", "verify") == ExitCode.DONE


@pytest.mark.parametrize("happens", WAYS)
def test_that_it_is_an_alarm_while_something_is_past_its_deadline(
    world: World, happens: Callable[[World], ExitStack], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.lend()
    world.clock.advance(601)

    def silent(*_: object, **__: object) -> None:
        raise DirectoryUnavailable("The domain controller does not answer.")

    can_be_read = happens in (locked, *[p.values[0] for p in WAYS[:2]])  # type: ignore[attr-defined]
    with happens(world), monkeypatch.context() as patch:
        patch.setattr(CONNECT, silent)
        code = world.shell.run("sweep")
        # Where neither the database nor the directory can be read, nobody knows that anything is due.
        assert code in ((ExitCode.NOT_ENDED,) if can_be_read else (ExitCode.NOT_ENDED, ExitCode.LOCAL))
    assert world.has_right()


def _spoil(world: World, statement: str) -> None:
    with closing(sqlite3.connect(world.database)) as other:
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {name}")
        other.execute("PRAGMA foreign_keys = OFF")
        other.execute(statement)
        other.commit()
        assert other.execute("PRAGMA quick_check").fetchall() == [("ok",)]


_NO_TEXT = "CAST(x'41ff' AS TEXT)"


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE elevation SET id = {_NO_TEXT}",  # another row is made, and what is done is recorded there
        *(
            pytest.param(statement, marks=pytest.mark.expects_log("be recorded|not record|can't be read"))
            for statement in (
                f"UPDATE elevation SET reason = {_NO_TEXT}",
                f"UPDATE elevation_privilege SET display_name = {_NO_TEXT}",
                f"UPDATE provider SET name = {_NO_TEXT}",
                f"UPDATE provider SET id = {_NO_TEXT}",
                f"UPDATE known_controller SET host = {_NO_TEXT}",
                f"UPDATE schema_migration SET name = {_NO_TEXT} WHERE id = 1",
                f"UPDATE audit_head SET hash = {_NO_TEXT}",
                "DELETE FROM audit_head",
            )
        ),
    ],
)
def test_that_a_byte_that_is_no_text_keeps_no_right_alive(world: World, statement: str) -> None:
    world.lend()
    world.shell.run("sweep")
    _spoil(world, statement)
    world.clock.advance(601)
    assert world.shell.run("sweep") == ExitCode.LOCAL, world.shell.err
    assert not world.has_right()
    assert "0 overdue" in world.shell.out
    assert "fault of the program" not in world.shell.out + world.shell.err


@pytest.mark.parametrize("left_at", ["'foo'", _NO_TEXT])
def test_that_damage_that_keeps_nothing_from_being_recorded_is_no_success(world: World, left_at: str) -> None:
    world.lend()
    world.shell.run("sweep")
    _spoil(world, f"UPDATE known_controller SET left_at = {left_at} WHERE position = 0")
    assert world.shell.run("sweep") == ExitCode.LOCAL, world.shell.err


@pytest.mark.expects_log("can be recorded|could not record")
@pytest.mark.parametrize("happens", [WAYS[0], WAYS[1], locked])
def test_that_an_elevation_is_checked_in(world: World, happens: Callable[[World], ExitStack]) -> None:
    world.lend()
    with happens(world):
        assert world.shell.run("checkin", ACCOUNT) == ExitCode.LOCAL
        assert not world.has_right()
        assert "could not be recorded" in world.shell.err
    world.settle()


@pytest.mark.parametrize("happens", [WAYS[0], WAYS[1], locked])
def test_that_the_list_shows_what_can_be_read(world: World, happens: Callable[[World], ExitStack]) -> None:
    elevation_id = world.lend()
    with happens(world):
        assert world.shell.run("list", "--json") == ExitCode.DONE
        assert [e["id"] for e in json.loads(world.shell.out)["elevations"]] == [elevation_id]
        assert "nothing can be recorded" in world.shell.err


@pytest.mark.parametrize("happens", [damaged, of_a_newer_version])
def test_that_a_list_that_could_not_be_read_is_no_success(
    world: World, happens: Callable[[World], ExitStack]
) -> None:
    world.lend()
    with happens(world):
        assert world.shell.run("list", "--none-open") not in (ExitCode.DONE, ExitCode.REFUSED)


@pytest.mark.parametrize("happens", WAYS[:-2])
def test_that_nothing_is_lent_that_can_not_be_recorded(
    world: World, happens: Callable[[World], ExitStack]
) -> None:
    world.shell.run("list")
    with happens(world):
        code = world.shell.run("checkout", ACCOUNT, "--privilege", ADMINS, "--for", "10m", "--no-wait")
        assert code == ExitCode.LOCAL
        assert not world.has_right()


# --- while the service runs -------------------------------------------------------------------------------


def _gone(world: World) -> None:
    world.data_dir.rename(world.data_dir.with_name("elsewhere"))


def _back(world: World) -> None:
    if world.data_dir.exists():
        shutil.rmtree(world.data_dir)
    world.data_dir.with_name("elsewhere").rename(world.data_dir)


@pytest.mark.expects_log("can be recorded|could not record")
def test_that_a_service_ends_what_is_due_without_its_folder(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.lend()
    seen: list[bool] = []

    seconds = iter(range(1, 1000))

    def pause(service: Service) -> None:
        end = time.monotonic() + 20
        while not service.is_idle and time.monotonic() < end:
            time.sleep(0.0005)
        world.clock.advance(1)
        second = next(seconds)
        if second == 100:
            _gone(world)
        if second == 620:
            seen.append(world.has_right())
            _back(world)
        if second == 760:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(Service, "_pause", pause)
    assert world.shell.run("sweep", "--every", "60s", "--json") == ExitCode.DONE, world.shell.err
    assert seen == [False]
    assert "can't be used" in world.shell.out
    with SqliteStore(world.data_dir) as store:
        (over,) = store.history()
        assert store.open_elevations() == []
        assert over.ended_at is not None
        assert over.ended_at - over.deadline < timedelta(seconds=15)
        assert store.verify_audit() == []


@pytest.mark.parametrize("with_log", [False, True], ids=["without -wal", "with -wal"])
def test_that_an_older_copy_of_the_database_keeps_nothing_alive(world: World, with_log: bool) -> None:
    world.shell.run("list")
    if with_log:
        older = world.data_dir.with_name("older")
        with SqliteStore(world.data_dir):
            shutil.copytree(world.data_dir, older)
    else:
        older = Path(shutil.copytree(world.data_dir, world.data_dir.with_name("older")))
    world.lend()
    world.clock.advance(601)
    shutil.rmtree(world.data_dir)
    older.rename(world.data_dir)
    assert world.shell.run("sweep") == ExitCode.DONE, world.shell.err
    assert not world.has_right()
    world.settle()


# --- the copy of the settings -----------------------------------------------------------------------------


@pytest.mark.expects_log("can be recorded|could not record")
def test_that_a_database_that_is_gone_keeps_nothing_alive(world: World) -> None:
    world.lend()
    world.clock.advance(601)
    for file in world.data_dir.glob(f"{FILE_NAME}*"):
        file.unlink()
    assert world.shell.run("sweep") == ExitCode.LOCAL, world.shell.err
    assert not world.has_right()
    assert "is gone" in world.shell.err


@pytest.mark.expects_log("can be recorded|could not record")
@pytest.mark.parametrize("command", [("audit", "verify"), ("schedule", "show")])
def test_that_a_command_that_needs_the_database_leaves_the_copy(
    world: World, command: tuple[str, ...]
) -> None:
    world.lend()
    world.clock.advance(601)
    for file in world.data_dir.glob(f"{FILE_NAME}*"):
        file.unlink()
    assert world.shell.run(*command) == ExitCode.LOCAL
    assert not world.database.exists()
    world.shell.run("sweep")
    assert not world.has_right()


def test_that_no_more_is_claimed_than_is_known_where_settings_are_gone_from_the_database(
    world: World,
) -> None:
    world.lend()
    world.clock.advance(601)
    with closing(sqlite3.connect(world.database)) as other:
        other.execute("delete from provider")
        other.commit()
    assert world.shell.run("sweep") == ExitCode.LOCAL
    assert "What can still be found is ended all the same.\n" in world.shell.err
    assert not world.has_right()


def test_that_the_copy_is_for_its_owner_alone_and_follows_the_settings(world: World) -> None:
    world.shell.run("list")
    copy = world.data_dir / COPY_NAME
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [p["name"] for p in json.loads(copy.read_text())["providers"]]
    content = copy.read_text()
    copy.unlink()
    world.shell.run("list")
    assert copy.read_text() == content
