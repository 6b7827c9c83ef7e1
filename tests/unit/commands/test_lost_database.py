# SPDX-License-Identifier: MIT
"""Commands on a folder whose database is gone, or was made anew."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from jit_desktop import app as app_module
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.elevation.lifecycle import Event
from jit_desktop.platform.paths import settings_copies_dir
from jit_desktop.store import FILE_NAME, SettingsCopies, SqliteStore
from tests.unit.commands.test_commands import Shell
from tests.unit.elevation.helpers import ManualClock
from tests.unit.store import values

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
    return SettingsCopies(shell.data_dir, settings_copies_dir())


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
