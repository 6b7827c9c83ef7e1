# SPDX-License-Identifier: MIT
"""Which computer this is: what the system gave it, whatever it is called."""

import inspect
import platform
import sys
from pathlib import Path

import pytest

from jit_desktop.platform import computer
from jit_desktop.platform.computer import computer_id, machine_guid
from jit_desktop.platform.paths import default_data_dir, settings_copies_dir
from jit_desktop.platform.registry import Hive
from tests.unit.platform.test_start_at_logon import PlayedRegistry

_ONE, _OTHER = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
on_linux = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="machine-id(5)")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The two that may have the id of the machine, and a name of the host."""
    monkeypatch.delenv("JIT_DESKTOP_COMPUTER", raising=False)
    monkeypatch.setattr(platform, "node", lambda: "PC7")
    files = (tmp_path / "machine-id", tmp_path / "of-dbus")
    monkeypatch.setattr(computer, "MACHINE_ID_FILES", files)
    return files


@on_linux
def test_that_a_computer_that_was_renamed_stays_the_same(files: tuple[Path, Path]) -> None:
    files[0].write_text(f"{_ONE}\n")
    files[1].write_text(f"{_OTHER}\n")
    assert computer_id() == _ONE
    files[0].unlink()
    assert computer_id() == _OTHER


@on_linux
@pytest.mark.parametrize("text", ["", "uninitialized\n", f"{'0' * 32}\n", "\N{BULLET}"])
def test_that_what_many_computers_say_of_themselves_tells_none(files: tuple[Path, Path], text: str) -> None:
    files[0].write_text(text, encoding="utf-8")
    assert computer_id() == "pc7"
    files[1].write_text(_OTHER)
    assert computer_id() == _OTHER


@on_linux
def test_that_where_several_say_the_same_a_name_can_be_given(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    files[0].write_text(_ONE)
    monkeypatch.setenv("JIT_DESKTOP_COMPUTER", "container 3")
    assert computer_id() == "container 3"


def test_that_what_can_not_be_asked_leaves_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> str:
        raise PermissionError

    monkeypatch.delenv("JIT_DESKTOP_COMPUTER", raising=False)
    monkeypatch.setattr(computer, "_given_by_the_system", refuse)
    monkeypatch.setattr(platform, "node", lambda: "PC7")
    assert computer_id() == "pc7"


def test_that_windows_says_it_in_its_registry() -> None:
    registry = PlayedRegistry()
    assert machine_guid(registry) == ""
    registry.values[Hive.MACHINE, r"SOFTWARE\Microsoft\Cryptography", "MachineGuid"] = _ONE
    assert machine_guid(registry) == _ONE


@pytest.mark.skipif(sys.platform != "win32", reason="the registry of Windows")
def test_that_the_registry_of_this_computer_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JIT_DESKTOP_COMPUTER", raising=False)
    assert computer_id() == computer_id() != ""


def test_that_the_copies_lie_in_no_data_folder_and_roam_no_more_than_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JIT_DESKTOP_COPIES")
    if sys.platform == "linux":
        for variable, folder in (("XDG_DATA_HOME", "share"), ("XDG_STATE_HOME", "state")):
            monkeypatch.setenv(variable, str(tmp_path / folder))
        assert settings_copies_dir() == tmp_path / "state/jit-desktop/copies"
    else:
        assert (settings_copies_dir() or tmp_path).parent == default_data_dir().parent
    assert not (settings_copies_dir() or default_data_dir()).is_relative_to(default_data_dir())


def test_that_the_uninstaller_removes_the_folder_of_the_copies() -> None:
    """By the name that ``settings_copies_dir`` gives it on Windows."""
    root = Path(__file__).parents[3]
    setup = (root / "resources/windows/setup.nsi").read_text(encoding="utf-8")
    assert '!define NAME "JIT Desktop"\n' in setup
    assert '  RMDir /r "$LOCALAPPDATA\\${NAME} Copies"\n' in setup
    assert "$APPDATA" not in setup
    assert 'user_data_dir("JIT Desktop Copies"' in inspect.getsource(settings_copies_dir)
