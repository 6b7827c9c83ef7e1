# SPDX-License-Identifier: MIT
"""What Windows starts again after an upgrade that closed the program."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jit_desktop.platform.paths import default_data_dir
from jit_desktop.platform.restart import have_it_restarted, restart_arguments


def test_that_it_comes_back_without_a_window_and_on_its_folder(tmp_path: Path) -> None:
    assert restart_arguments(default_data_dir()) == "--background"
    folder = tmp_path / "of somebody"
    assert restart_arguments(folder) == f'--data-dir "{folder}" --background'


@pytest.mark.skipif(sys.platform != "win32", reason="the call is Windows'")
def test_that_windows_takes_it(tmp_path: Path) -> None:
    assert have_it_restarted(tmp_path)
