# SPDX-License-Identifier: MIT
"""How a bundle is wrapped up: archives, checksums, and what NSIS is told."""

import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.unit.packaging.fakes import windows_bundle
from tools.bundle import wrap

VERSION = wrap.version()


@pytest.fixture
def linux_bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "dist" / "jit-desktop"
    (folder / "_internal").mkdir(parents=True)
    program = folder / "jit-desktop"
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)
    (folder / "_internal" / "LICENSE").write_bytes(b"MIT License")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def makensis(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What NSIS is called with, instead of calling it; its result is there all the same."""
    calls = []

    def run(command: Sequence[str], **options: Any) -> None:
        assert options == {"check": True}
        calls.append(list(command))
        (made,) = (word.removeprefix("-DOUT=") for word in command if word.startswith("-DOUT="))
        Path(made).write_bytes(b"setup")

    monkeypatch.setattr(subprocess, "run", run)
    return calls


def test_that_the_zip_has_one_folder_with_everything(tmp_path: Path, out: Path) -> None:
    bundle = windows_bundle(tmp_path / "bundle")
    made = wrap.zip_archive(bundle, out)
    assert made.name == f"JIT-Desktop-{VERSION}-portable.zip"
    with zipfile.ZipFile(made) as archive:
        assert archive.testzip() is None
        assert {name.partition("/")[0] for name in archive.namelist()} == {"JIT Desktop"}
        assert archive.read("JIT Desktop/_internal/LICENSE") == b"MIT License"
        assert len(archive.namelist()) == 5


def test_that_the_archive_for_linux_belongs_to_nobody_in_particular(linux_bundle: Path, out: Path) -> None:
    made = wrap.tar_archive(linux_bundle, out)
    assert made.name.startswith(f"jit-desktop-{VERSION}-linux-")
    with tarfile.open(made) as archive:
        entries = {entry.name: entry for entry in archive.getmembers()}
    assert set(entries) == {
        "jit-desktop",
        "jit-desktop/jit-desktop",
        "jit-desktop/_internal",
        "jit-desktop/_internal/LICENSE",
    }
    owners = {(entry.uid, entry.gid, entry.uname, entry.gname) for entry in entries.values()}
    assert owners == {(0, 0, "root", "root")}
    if os.name == "posix":
        assert entries["jit-desktop/jit-desktop"].mode & 0o111


def test_that_checksums_are_of_all_else_and_in_the_usual_form(out: Path) -> None:
    (out / "b.zip").write_bytes(b"b")
    (out / "a b.exe").write_bytes(b"a")
    (out / "folder").mkdir()
    for _ in range(2):  # made anew it does not list itself
        made = wrap.write_checksums(out)
        assert made.read_bytes().decode() == (
            f"{hashlib.sha256(b'a').hexdigest()}  a b.exe\n{hashlib.sha256(b'b').hexdigest()}  b.zip\n"
        )


def test_that_sizes_count_files_and_not_folders(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "five").write_bytes(b"12345")
    (tmp_path / "two").write_bytes(b"12")
    assert wrap.size_of(tmp_path) == 7


def test_that_setup_is_told_everything_that_its_script_asks_for(
    tmp_path: Path, out: Path, makensis: list[list[str]]
) -> None:
    bundle = windows_bundle(tmp_path / "bundle")
    made = wrap.setup_program(bundle, tmp_path / "app.ico", out)
    assert made.name == f"JIT-Desktop-{VERSION}-setup.exe"
    (command,) = makensis
    told = dict(word.removeprefix("-D").split("=", 1) for word in command if word.startswith("-D"))
    assert told["VERSION"] == VERSION
    assert told["NUMBERS"].count(".") == 3
    assert Path(told["BUNDLE"]).is_absolute()
    assert "-WX" in command, "a warning of NSIS stops the release"
    script = Path(command[-1]).read_text(encoding="utf-8")
    assert all(f"${{{name}}}" in script for name in told)


def test_that_a_bundle_for_windows_becomes_setup_and_zip(
    tmp_path: Path, out: Path, makensis: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = windows_bundle(tmp_path / "bundle")
    monkeypatch.setattr(sys, "argv", ["wrap", str(bundle), str(out), "--icon", str(tmp_path / "app.ico")])
    assert wrap.main() == 0
    assert {file.name for file in out.iterdir()} == {
        f"JIT-Desktop-{VERSION}-setup.exe",
        f"JIT-Desktop-{VERSION}-portable.zip",
        "SHA256SUMS",
    }
    assert len((out / "SHA256SUMS").read_text(encoding="utf-8").splitlines()) == 2


def test_that_a_bundle_for_windows_needs_an_icon(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["wrap", str(windows_bundle(tmp_path / "bundle")), str(out)])
    with pytest.raises(SystemExit):
        wrap.main()
    assert "--icon" in capsys.readouterr().err
