# SPDX-License-Identifier: MIT
"""The TLS library of a packaged program is its own, and none that happened to be found first."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

import pytest

from jit_desktop.platform.openssl import describe_library, loaded_library

NAME = "libcrypto-3.dll"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """That of the program."""
    folder = tmp_path / "JIT Desktop"
    folder.mkdir()
    return folder


@pytest.mark.skipif(sys.platform not in ("win32", "linux"), reason="only these two tell")
def test_that_the_library_of_this_process_is_found() -> None:
    library = loaded_library()
    if library is None:
        # Python is linked with it statically; on Windows it never is.
        assert sys.platform != "win32"
        return
    assert library.is_absolute()
    assert library.name.startswith("libcrypto")
    assert library.exists()


def test_that_version_and_file_are_said(folder: Path) -> None:
    found = describe_library(Path("/usr/lib") / NAME, folder)
    assert found.startswith(ssl.OPENSSL_VERSION)
    assert found.endswith(str(Path("/usr/lib") / NAME))
    assert describe_library(None, folder) == ssl.OPENSSL_VERSION


@pytest.mark.parametrize("place", ["", "_internal"])
def test_that_a_packaged_program_may_use_its_own(
    folder: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert NAME in describe_library(folder / place / NAME, folder)


@pytest.mark.parametrize("place", ["../System32", "../JIT Desktop 2"])
def test_that_a_packaged_program_may_not_use_another_ones(
    folder: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(RuntimeError, match="not the program's own"):
        describe_library(folder / place / NAME, folder)


def test_that_a_packaged_program_must_know_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(RuntimeError, match="not known"):
        describe_library(None, folder)
