# SPDX-License-Identifier: MIT
"""Icons and styles are found wherever the program was installed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from jit_desktop import resources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _fresh_lookup() -> Iterator[None]:
    resources.resource_root.cache_clear()
    yield
    resources.resource_root.cache_clear()


def test_that_a_source_checkout_has_them_beside_the_package() -> None:
    assert resources.resource_path("icons", "key.svg").is_file()


def test_that_the_frozen_program_has_them_beside_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "resources" / "icons").mkdir(parents=True)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert resources.resource_root() == tmp_path / "resources"


def test_that_an_installed_package_carries_them_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jit_desktop" / "_resources" / "icons").mkdir(parents=True)
    monkeypatch.setattr(resources, "__file__", str(tmp_path / "jit_desktop" / "resources.py"))
    assert resources.resource_root() == tmp_path / "jit_desktop" / "_resources"


def test_that_a_broken_installation_is_named_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "__file__", str(tmp_path / "jit_desktop" / "resources.py"))
    with pytest.raises(FileNotFoundError, match="Reinstall"):
        resources.resource_root()
