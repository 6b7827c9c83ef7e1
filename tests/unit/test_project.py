# SPDX-License-Identifier: MIT
"""What is promised about packages: exact, hashed, one version everywhere, and what was asked for."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import jit_desktop
from tests.wine import not_under_wine

_ROOT = Path(__file__).parents[2]
_LOCKS = ("run", "dev")
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_PINNED = re.compile(r"^([a-z0-9-]+)==([^ ;]+)(?: ; [^\\]+)? \\$")


def _lines(lock: str) -> list[str]:
    return (_ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").splitlines()


def _versions(lock: str) -> dict[str, str]:
    return {match[1]: match[2] for line in _lines(lock) if (match := _PINNED.match(line))}


@pytest.mark.parametrize("lock", _LOCKS)
def test_that_a_lock_has_exact_versions_and_hashes_and_nothing_else(lock: str) -> None:
    lines = _lines(lock)
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("    "):
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)
        else:
            assert _PINNED.match(line), line
            assert following.startswith("    --hash=")


def test_that_the_program_is_tested_with_the_versions_it_runs_with() -> None:
    assert _versions("run").items() <= _versions("dev").items()


def test_that_the_locked_versions_are_what_the_project_asks_for() -> None:
    locked = _versions("run")
    for text in _PROJECT["project"]["dependencies"]:
        wanted = Requirement(text)
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        assert wanted.specifier.contains(locked[name], prereleases=True), text


def test_that_the_version_is_said_in_one_place() -> None:
    assert "version" not in _PROJECT["project"]
    assert _PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "jit_desktop.__version__"}


@not_under_wine("the program runs from its folder there, installed by nobody")
def test_that_the_installed_version_is_the_one_that_the_program_says() -> None:
    assert metadata.version("jit-desktop") == jit_desktop.__version__


def _is_input(path: Path) -> bool:
    """Whether it only goes into the packaged program: a wheel has no use for it."""
    return path.relative_to(_ROOT / "resources").parts[0] in {"licences", "windows"}


def test_that_every_package_and_resource_folder_is_shipped() -> None:
    modules = (_ROOT / "jit_desktop").rglob("__init__.py")
    packages = {".".join(file.parent.relative_to(_ROOT).parts) for file in modules}
    folders = [
        folder for folder in (_ROOT / "resources").rglob("*") if folder.is_dir() and not _is_input(folder)
    ]
    resources = {
        ".".join(("jit_desktop._resources", *folder.relative_to(_ROOT / "resources").parts))
        for folder in (_ROOT / "resources", *folders)
    }
    assert set(_PROJECT["tool"]["setuptools"]["packages"]) == packages | resources
    shipped = _PROJECT["tool"]["setuptools"]["package-data"]
    for file in (_ROOT / "resources").rglob("*"):
        if file.is_file() and not _is_input(file):
            parts = file.parent.relative_to(_ROOT / "resources").parts
            patterns = shipped[".".join(("jit_desktop._resources", *parts))]
            assert any(file.match(pattern) for pattern in patterns), file
