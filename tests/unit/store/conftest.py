# SPDX-License-Identifier: MIT
"""A store in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jit_desktop.store import SqliteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "data") as opened:
        yield opened
