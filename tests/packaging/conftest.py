# SPDX-License-Identifier: MIT
"""Where the package lies, a screen for it, and for that of Windows a Wine of its own.

JIT_BUNDLE   the folder that PyInstaller made; without it nothing here is collected
JIT_RELEASE  the folder with setup program, archives and checksums
JIT_PREFIX   the Wine prefix, of which each run works on a copy
JIT_PYTHON   Python for Windows with the packages of the program, for what a bundle can't be asked
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.screen import Screen
from tests.packaging.wine import Wine

collect_ignore_glob: list[str] = [] if os.environ.get("JIT_BUNDLE") else ["test_*.py"]
_IS_WINDOWS = (Path(os.environ.get("JIT_BUNDLE", "")) / "JIT Desktop.exe").exists()
collect_ignore_glob += ["test_linux_*.py"] if _IS_WINDOWS else ["test_windows_*.py"]


@pytest.fixture(scope="session")
def bundle() -> Path:
    """The folder that PyInstaller made."""
    return Path(os.environ["JIT_BUNDLE"]).absolute()


@pytest.fixture(scope="session")
def release() -> Path:
    """The folder with what is given away."""
    return Path(os.environ["JIT_RELEASE"]).absolute()


@pytest.fixture(scope="session")
def windows_python() -> Path:
    """Python for Windows."""
    return Path(os.environ["JIT_PYTHON"]).absolute()


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    """A screen that nobody sees, for this run alone."""
    with Screen() as screen:
        yield screen


@pytest.fixture(scope="session")
def wine(screen: Screen, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wine]:
    """A Windows of this run's own."""
    with Wine(Path(os.environ["JIT_PREFIX"]), tmp_path_factory.mktemp("wine"), screen) as wine:
        yield wine


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where pictures of the packaged program are left, to be looked at."""
    return Path("build", "pictures-of-package").absolute()
