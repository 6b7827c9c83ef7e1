# SPDX-License-Identifier: MIT
"""A program that nobody says to where the files of its user are: what is due ends all the same."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jit_desktop.app import application
from jit_desktop.elevation.errors import HomeUnknown
from jit_desktop.platform import schedule
from jit_desktop.platform.paths import config_dir, default_data_dir, settings_copies_dir
from jit_desktop.platform.schedule import NoSchedule, system_schedule
from jit_desktop.platform.start_at_logon import NoLogonStart, logon_command, system_logon_start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the folders of Linux")

_GIVEN = ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "JIT_DESKTOP_COPIES")


@pytest.fixture(autouse=True, params=["", "somewhere"], ids=["no home", "a relative one"])
def home(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    def unknown(_: object) -> None:
        raise KeyError("no such user")

    for variable in _GIVEN:
        monkeypatch.delenv(variable, raising=False)
    if request.param:
        monkeypatch.setenv("HOME", request.param)
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)


def test_that_no_folder_is_made_up() -> None:
    assert settings_copies_dir() is None
    assert config_dir() is None
    with pytest.raises(HomeUnknown, match="Nothing says where"):
        default_data_dir()


def test_that_the_data_folder_that_was_given_is_named(tmp_path: Path) -> None:
    assert logon_command(("p",), tmp_path) == ("p", "--data-dir", str(tmp_path), "--background")


def test_that_nothing_is_started_by_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule.shutil, "which", lambda _: "/usr/bin/systemctl")  # type: ignore[attr-defined]
    monkeypatch.setattr(Path, "is_dir", lambda _: True)
    found = system_schedule(tmp_path)
    assert isinstance(found, NoSchedule)
    assert isinstance(system_logon_start(tmp_path), NoLogonStart)


def test_that_a_user_without_a_name_has_a_timer_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(schedule.shutil, "which", lambda _: "/usr/bin/systemctl")  # type: ignore[attr-defined]
    monkeypatch.setattr(Path, "is_dir", lambda _: True)
    assert not isinstance(system_schedule(tmp_path), NoSchedule)


@pytest.mark.expects_log("No copy of the settings is kept outside")
def test_that_the_program_comes_up_and_says_once_that_it_keeps_no_copy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), application(tmp_path / "data", for_ending=True) as app:
        assert list(app.service.alarms()) == []
    assert [r.getMessage() for r in caplog.records if "outside" in r.getMessage()] == [
        "No copy of the settings is kept outside: nothing says where this user's files are"
    ]


def _command(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """As a number that no list of users knows, where that can be had."""
    environment = {k: v for k, v in os.environ.items() if k not in (*_GIVEN, "LOGNAME", "USER")}
    program = (
        "import pwd, sys\n"
        "def unknown(_): raise KeyError('no such user')\n"
        "pwd.getpwuid = unknown\n"
        "from jit_desktop.__main__ import main\n"
        "sys.exit(main())\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[3])},
        cwd=folder,
        check=False,
    )


def test_that_a_command_runs_with_the_data_folder_that_is_given(tmp_path: Path) -> None:
    done = _command("--data-dir", str(tmp_path / "data"), "list", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_that_a_command_without_any_folder_says_so_in_a_sentence(tmp_path: Path) -> None:
    done = _command("sweep", folder=tmp_path)
    assert done.returncode == 6
    assert "Nothing says where the files of this user are." in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
