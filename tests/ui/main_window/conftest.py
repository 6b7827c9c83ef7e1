# SPDX-License-Identifier: MIT
"""The world that the windows live in, taken down after each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.ui.main_window.world import World


@pytest.fixture
def world(qapp: QApplication, tmp_path: Path) -> Iterator[World]:
    """The demo domain with its provider set up; `world.open()` opens the window."""
    world = World(tmp_path)
    world.save_provider()
    yield world
    world.close()


@pytest.fixture
def bare_world(qapp: QApplication, tmp_path: Path) -> Iterator[World]:
    """The same before anything was set up."""
    world = World(tmp_path)
    yield world
    world.close()
