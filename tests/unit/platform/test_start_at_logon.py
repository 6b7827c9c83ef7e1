# SPDX-License-Identifier: MIT
"""The start at sign-in: what stands in the registry and in the autostart folder, and who may change it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from jit_desktop.elevation.errors import Refused, StartAtLogonRefused
from jit_desktop.platform import start_at_logon
from jit_desktop.platform.paths import default_data_dir
from jit_desktop.platform.registry import Hive, system_registry
from jit_desktop.platform.start_at_logon import (
    APPROVED_KEY,
    RUN_KEY,
    NoLogonStart,
    WindowsRunValue,
    XdgAutostart,
    exec_line,
    logon_command,
)

PROGRAM = "C:\\Program Files\\JIT Desktop\\JIT Desktop.exe"
SET_UP = f'"{PROGRAM}" --background'
"""What the setup program writes."""
SWITCHED_OFF = bytes([3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8])


class PlayedRegistry:
    """A registry in memory."""

    def __init__(self) -> None:
        self.values: dict[tuple[Hive, str, str], str | bytes] = {}
        self.refusal: OSError | None = None

    def read(self, hive: Hive, key: str, name: str) -> str | bytes | None:
        return self.values.get((hive, key, name))

    def write(self, hive: Hive, key: str, name: str, value: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.values[hive, key, name] = value

    def delete(self, hive: Hive, key: str, name: str) -> None:
        self.values.pop((hive, key, name), None)


@pytest.fixture
def registry() -> PlayedRegistry:
    return PlayedRegistry()


@pytest.fixture
def run_value(registry: PlayedRegistry) -> WindowsRunValue:
    return WindowsRunValue(default_data_dir(), lambda: (PROGRAM,), registry)


def test_that_the_run_value_is_the_one_of_the_setup_program(
    run_value: WindowsRunValue, registry: PlayedRegistry
) -> None:
    assert not run_value.state().enabled
    assert run_value.enable().enabled
    assert registry.values == {(Hive.USER, RUN_KEY, "JIT Desktop"): SET_UP}
    assert not run_value.disable().enabled
    assert registry.values == {}
    assert not run_value.disable().enabled


def test_that_another_data_folder_is_named_and_does_not_take_the_place_of_the_usual_one(
    run_value: WindowsRunValue, registry: PlayedRegistry, tmp_path: Path
) -> None:
    run_value.enable()
    other = WindowsRunValue(tmp_path / "other", lambda: (PROGRAM,), registry)
    assert other.enable().enabled
    assert registry.values[Hive.USER, RUN_KEY, other.name] == subprocess.list2cmdline(
        (PROGRAM, "--data-dir", str(tmp_path / "other"), "--background")
    )
    other.disable()
    assert run_value.state().enabled


def test_that_what_the_task_manager_has_switched_off_is_off_until_it_is_wanted_again(
    run_value: WindowsRunValue, registry: PlayedRegistry
) -> None:
    run_value.enable()
    registry.values[Hive.USER, APPROVED_KEY, "JIT Desktop"] = SWITCHED_OFF
    assert not run_value.state().enabled
    assert run_value.enable().enabled


def test_that_another_copy_is_not_taken_for_this_one(
    run_value: WindowsRunValue, registry: PlayedRegistry
) -> None:
    registry.values[Hive.USER, RUN_KEY, "JIT Desktop"] = '"D:\\portable\\JIT Desktop.exe" --background'
    assert not run_value.state().enabled
    registry.values[Hive.USER, RUN_KEY, "JIT Desktop"] = SET_UP.upper()
    assert run_value.state().enabled


def test_that_what_is_set_up_for_everybody_is_said_and_not_offered_for_change(
    run_value: WindowsRunValue, registry: PlayedRegistry
) -> None:
    registry.values[Hive.MACHINE, RUN_KEY, "JIT Desktop"] = SET_UP
    state = run_value.state()
    assert (state.enabled, state.changeable) == (True, False)
    assert "everybody" in state.note


def test_that_a_refusal_is_said_with_a_remedy(run_value: WindowsRunValue, registry: PlayedRegistry) -> None:
    registry.refusal = PermissionError(13, "Access is denied")
    with pytest.raises(StartAtLogonRefused, match="Access is denied") as refused:
        run_value.enable()
    assert refused.value.remedy


@pytest.fixture
def entry(tmp_path: Path) -> XdgAutostart:
    return XdgAutostart(default_data_dir(), lambda: ("/opt/JIT Desktop/jit-desktop",), tmp_path / "autostart")


def test_that_an_autostart_entry_comes_and_goes(entry: XdgAutostart) -> None:
    assert not entry.state().enabled
    assert entry.enable().enabled
    assert entry.file.name == "jit-desktop.desktop"
    assert 'Exec="/opt/JIT Desktop/jit-desktop" "--background"\n' in entry.file.read_text(encoding="utf-8")
    assert not entry.disable().enabled
    assert not entry.file.exists()
    entry.disable()


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_that_an_entry_that_the_desktop_has_switched_off_is_off(entry: XdgAutostart, line: str) -> None:
    entry.enable()
    with entry.file.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    assert not entry.state().enabled
    assert entry.enable().enabled


def test_that_each_data_folder_has_an_entry_of_its_own(entry: XdgAutostart, tmp_path: Path) -> None:
    other = XdgAutostart(tmp_path / "other", lambda: ("/opt/jit-desktop",), tmp_path / "autostart")
    entry.enable()
    other.enable()
    assert other.file != entry.file
    other.disable()
    assert entry.state().enabled


def test_that_a_folder_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartAtLogonRefused):
        XdgAutostart(tmp_path, lambda: ("/opt/jit-desktop",), tmp_path / "file").enable()


def test_that_awkward_words_come_back_from_an_entry() -> None:
    words = ("/opt/a b/50%/it's", 'say "so"', "$HOME", "back\\slash", "`x`")
    # What a desktop does: undo the escapes of the string, then those of the shell-like quoting, then %%.
    text = exec_line(words).replace("\\\\", "\\")
    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', text)
    assert tuple(re.sub(r"\\(.)", r"\1", word).replace("%%", "%") for word in quoted) == words


def test_that_the_usual_data_folder_is_not_named(tmp_path: Path) -> None:
    assert logon_command(("p",), default_data_dir()) == ("p", "--background")
    assert logon_command(("p",), tmp_path) == ("p", "--data-dir", str(tmp_path), "--background")


def test_that_the_demo_offers_none() -> None:
    assert not NoLogonStart().state().offered
    assert not NoLogonStart().disable().offered
    with pytest.raises(Refused):
        NoLogonStart().enable()


@pytest.mark.skipif(sys.platform != "linux", reason="the folder of Linux")
def test_that_linux_keeps_it_where_its_user_keeps_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    found = start_at_logon.system_logon_start(default_data_dir())
    assert isinstance(found, XdgAutostart)
    assert found.file == tmp_path / "autostart" / "jit-desktop.desktop"


@pytest.mark.skipif(sys.platform != "win32", reason="the registry is Windows' own")
def test_that_the_registry_of_windows_keeps_a_value() -> None:
    registry = system_registry()
    key = "Software\\JIT Desktop tests"
    registry.delete(Hive.USER, key, "value")
    assert registry.read(Hive.USER, key, "value") is None
    registry.write(Hive.USER, key, "value", SET_UP)
    assert registry.read(Hive.USER, key, "value") == SET_UP
    registry.delete(Hive.USER, key, "value")
    assert registry.read(Hive.USER, key, "value") is None
