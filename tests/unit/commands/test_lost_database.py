# SPDX-License-Identifier: MIT
"""Commands on a folder whose database is gone, was made anew, or could not be told what was done."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from jit_desktop import app as app_module
from jit_desktop.app import application
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.elevation.errors import StoreError
from jit_desktop.elevation.lifecycle import Event, State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.patience import is_anything_left_behind
from jit_desktop.platform.computer import computer_id
from jit_desktop.platform.paths import settings_copies_dir
from jit_desktop.store import FILE_NAME, SettingsCopies, SqliteStore, UnrecordedFile
from tests.unit.commands.test_commands import Shell
from tests.unit.elevation.helpers import ManualClock
from tests.unit.store import values
from tests.waiting import until

LENDS = [
    ("checkout", "_backupoperator15", "--privilege", "RDM Admins", "--for", "1h"),
    ("extend", "_backupoperator15", "--for", "30m"),
]
LOOKS = [("audit", "verify"), ("schedule", "show"), ("schedule", "install")]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    clock = ManualClock(wall=values.NOW)
    monkeypatch.setattr(app_module, "SystemClock", lambda: clock)
    return clock


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """A folder with a provider of a real domain and an elevation of two hours."""
    monkeypatch.setenv("JIT_DESKTOP_COPIES", str(tmp_path / "copies"))
    shell = Shell(tmp_path / "data", capsys, clock)
    with SqliteStore(shell.data_dir, copies=copies(shell)) as store:
        store.save_provider(values.provider(), at=values.NOW, actor=values.ACTOR)
        lent = values.begin(store, granted_at=values.NOW)
        values.advance(store, values.advance(store, lent, Event.GRANTED), Event.REPLICATED)
    return shell


def copies(shell: Shell) -> SettingsCopies:
    return SettingsCopies(shell.data_dir, settings_copies_dir(), computer=computer_id())


def run(shell: Shell, *words: str) -> int:
    return shell.run(*words, demo=False)


def unmount(shell: Shell) -> Path:
    """An empty folder stands where the disk with the data folder was."""
    aside = shell.data_dir.with_name("aside")
    shell.data_dir.rename(aside)
    shell.data_dir.mkdir()
    return aside


def make_anew(shell: Shell) -> None:
    """As an older version of the program did, or somebody by hand."""
    unmount(shell)
    SqliteStore(shell.data_dir).close()


@pytest.mark.parametrize("words", [*LENDS, *LOOKS, ("settings", "export", "x.json")])
def test_that_only_a_new_set_up_makes_a_database_anew(
    shell: Shell, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    aside = unmount(shell)
    assert run(shell, *words) == ExitCode.LOCAL
    assert "is gone" in shell.err
    assert "Put it back" in shell.err
    assert "settings import" in shell.err
    assert not (shell.data_dir / FILE_NAME).exists()
    assert run(shell, "list") == ExitCode.LOCAL
    shell.data_dir.rmdir() if not list(shell.data_dir.iterdir()) else shutil.rmtree(shell.data_dir)
    aside.rename(shell.data_dir)
    assert run(shell, "list") == ExitCode.DONE


def test_that_a_folder_that_is_gone_is_not_made_anew_for_a_log(shell: Shell) -> None:
    shell.data_dir.rename(shell.data_dir.with_name("aside"))
    assert run(shell, *LENDS[0]) == ExitCode.LOCAL
    assert not shell.data_dir.exists()


def test_that_settings_are_imported_where_the_database_is_lost(tmp_path: Path, shell: Shell) -> None:
    unmount(shell)
    run(shell, "settings", "import", str(tmp_path / "none.json"))
    assert (shell.data_dir / FILE_NAME).exists()


def test_that_passwords_are_forgotten_where_the_database_is_lost(shell: Shell) -> None:
    unmount(shell)
    assert run(shell, "settings", "forget-passwords") == ExitCode.DONE
    assert "of 1 provider" in shell.err
    assert not (shell.data_dir / FILE_NAME).exists()


def test_that_a_list_of_a_database_that_was_made_anew_is_not_whole(shell: Shell) -> None:
    make_anew(shell)
    assert run(shell, "list") == ExitCode.LOCAL
    assert "None known" not in shell.out
    assert "What is open is not known here" in shell.out
    assert "gone from the database" in shell.err
    assert run(shell, "list", "--json") == ExitCode.LOCAL
    assert json.loads(shell.out)["incomplete"] is True
    assert run(shell, "list", "--none-open") == ExitCode.LOCAL


def test_that_what_is_named_is_not_said_to_be_none_in_a_database_that_was_made_anew(shell: Shell) -> None:
    make_anew(shell)
    for words in (("checkin", "_backupoperator15"), LENDS[1], ("check", "--elevation", "_backupoperator15")):
        assert run(shell, *words) == ExitCode.LOCAL
        assert "among those that can be read" in shell.err


def test_that_nothing_is_lent_by_settings_that_are_gone_from_the_database(shell: Shell) -> None:
    make_anew(shell)
    assert run(shell, *LENDS[0]) == ExitCode.REFUSED
    assert "The settings of Corp are gone from the database" in shell.err


def test_that_a_trail_that_began_anew_is_not_called_whole(shell: Shell, tmp_path: Path) -> None:
    assert run(shell, "audit", "verify") == ExitCode.DONE
    make_anew(shell)
    assert run(shell, "audit", "verify", "--json") == ExitCode.LOCAL
    found = json.loads(shell.out)
    assert found["whole"] is False
    assert "may be missing" in found["problems"][0]["message"]
    assert run(shell, "audit", "export", str(tmp_path / "trail.json")) == ExitCode.LOCAL


# --- what could not be recorded ---------------------------------------------------------------------------


def make_read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database can't be written from now on."""
    real = SqliteStore.__init__

    def read_only(store: SqliteStore, *words: object, **options: object) -> None:
        if options.get("unwritable") is None:
            raise StoreError("The database can't be written.")
        real(store, *words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(SqliteStore, "__init__", read_only)


def ended_without_the_database(shell: Shell, monkeypatch: pytest.MonkeyPatch, **changes: object) -> Elevation:
    """A program ended it, and could not record it; the database can't be written from then on."""
    make_read_only(monkeypatch)
    with application(shell.data_dir, for_ending=True) as app:
        (row,) = app.store.open_elevations()
        for event in (Event.END_STARTED, Event.END_CONFIRMED):
            moved = row.after(event, **(changes if event is Event.END_CONFIRMED else {}))
            row = app.store.advance(moved, values.move(moved, event, row.state))
        assert app.store.unrecorded()
    return row


@pytest.mark.expects_log("could not record 1 elevations|Nothing can be recorded")
def test_that_the_list_goes_by_what_a_sweep_could_not_record(
    shell: Shell, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(timedelta(hours=3).total_seconds())
    assert run(shell, "list") == ExitCode.NOT_ENDED
    ended_at = values.NOW + timedelta(hours=2)
    ended_without_the_database(shell, monkeypatch, ended_at=ended_at, unconfirmed_on=("dc2.example.test",))
    assert run(shell, "list") == ExitCode.LOCAL
    assert "ended; not confirmed at dc2.example.test" in shell.out
    assert "2026-03-01 14:00:00 UTC" in shell.out
    assert "Not recorded" in shell.out
    assert "past its deadline" not in shell.out
    assert run(shell, "list", "--json") == ExitCode.LOCAL
    (told,) = json.loads(shell.out)["elevations"]
    assert (told["state"], told["recorded"]) == ("ended", False)
    assert run(shell, "list", "--none-open") == ExitCode.REFUSED, "an uninstaller does not go by that"


@pytest.mark.expects_log("could not record 1 elevations|Nothing can be recorded")
def test_that_the_list_says_the_same_until_it_is_recorded(shell: Shell, clock: ManualClock) -> None:
    with pytest.MonkeyPatch.context() as unwritable:
        ended_without_the_database(shell, unwritable, ended_at=values.NOW)
    clock.advance(timedelta(hours=3).total_seconds())
    for _ in range(2):
        assert run(shell, "list") == ExitCode.LOCAL, "the database can be written again"


@pytest.mark.expects_log("could not record 1 elevations|Nothing can be recorded")
def test_that_a_row_that_has_come_as_far_knows_better(
    shell: Shell, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.MonkeyPatch.context() as unwritable:
        ended_without_the_database(shell, unwritable, ended_at=values.NOW)
    with SqliteStore(shell.data_dir) as store:
        (row,) = store.open_elevations()
        for _ in range(2):
            row = store.renew_lease(row, values.NOW)
    clock.advance(timedelta(hours=3).total_seconds())
    assert run(shell, "list") == ExitCode.NOT_ENDED
    assert copies(shell).unrecorded.read() == {}, "the database can be written: it is of no more use"


@pytest.mark.expects_log("could not record 1 elevations|Nothing can be recorded")
def test_that_nothing_is_left_for_what_could_not_be_recorded(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended_without_the_database(shell, monkeypatch, ended_at=values.NOW)
    with application(shell.data_dir, for_ending=True) as app:
        (row,) = app.store.open_elevations()
    assert row.state is State.ACTIVE, "what is due is looked at again"


def test_that_an_end_under_way_is_told_by_its_row(shell: Shell, clock: ManualClock) -> None:
    with SqliteStore(shell.data_dir) as store:
        (row,) = store.open_elevations()
    under_way = replace(row, state=State.ENDING, revision=row.revision + 1)
    copies(shell).unrecorded.keep([under_way], at=values.NOW, rows=None)
    clock.advance(timedelta(hours=3).total_seconds())
    assert run(shell, "list") == ExitCode.NOT_ENDED
    assert "  active " in shell.out
    assert "Not recorded" not in shell.out


def test_that_a_disk_that_does_not_answer_keeps_no_program_from_leaving(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    monkeypatch.setattr(app_module, "KEEPING_SECONDS", 0.1)
    monkeypatch.setattr(UnrecordedFile, "keep", lambda *_, **__: released.wait(20))
    try:
        assert run(shell, "list") == ExitCode.DONE
    finally:
        released.set()


@pytest.mark.expects_log("could not record 1 elevations|Nothing can be recorded")
def test_that_a_service_that_stops_keeps_what_it_could_not_record_before_it_closes(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_read_only(monkeypatch)
    with application(shell.data_dir, for_ending=True) as app:
        (row,) = app.store.open_elevations()
        moved = row.after(Event.END_STARTED)
        app.store.advance(moved, values.move(moved, Event.END_STARTED, row.state))
        assert not app.close_within(5)
        assert set(copies(shell).unrecorded.read()) == {row.id}


def test_that_a_disk_that_does_not_answer_is_not_asked_again_by_each_look(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, asked = threading.Event(), list[object]()

    def keep(*given: object, **_: object) -> None:
        asked.append(given)
        assert released.wait(20)

    monkeypatch.setattr(app_module, "KEEPING_SECONDS", 0.1)
    monkeypatch.setattr(UnrecordedFile, "keep", keep)
    try:
        with application(shell.data_dir, for_ending=True) as app:
            for _ in range(3):
                app.keep_unrecorded()
        assert len(asked) == 1
    finally:
        released.set()
        until(lambda: not is_anything_left_behind(), seconds=60)
