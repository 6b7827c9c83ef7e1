# SPDX-License-Identifier: MIT
"""What Windows starts again after an upgrade that closed the program."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jit_desktop.platform import restart
from jit_desktop.platform.paths import default_data_dir
from jit_desktop.platform.restart import have_it_restarted, restart_arguments


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words that start the program."""
    words = [r"C:\Programs\JIT Desktop.exe"]
    monkeypatch.setattr(restart, "program_command", lambda: tuple(words))
    return words


def test_that_it_comes_back_without_a_window_and_on_its_folder(tmp_path: Path, program: list[str]) -> None:
    assert restart_arguments(default_data_dir()) == "--background"
    folder = tmp_path / "of somebody"
    assert restart_arguments(folder) == f'--data-dir "{folder}" --background'


def test_that_python_is_told_which_program_it_is_to_be(program: list[str]) -> None:
    program[:] = [r"C:\Python\pythonw.exe", "-m", "jit_desktop"]
    assert restart_arguments(default_data_dir()) == "-m jit_desktop --background"


@pytest.mark.skipif(sys.platform != "win32", reason="the call is Windows'")
def test_that_windows_takes_it(tmp_path: Path) -> None:
    assert have_it_restarted(tmp_path)
