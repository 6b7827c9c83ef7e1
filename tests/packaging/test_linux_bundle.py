# SPDX-License-Identifier: MIT
"""The Linux bundle, run in real windows: the same recipe as the one for Windows, and no Python beside it."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from jit_desktop import __version__
from jit_desktop.commands.exit_codes import ExitCode
from tests.packaging.screen import Screen, colours_of

pytestmark = pytest.mark.timeout(400)


def run(
    program: Path, *words: str, display: str = "", data_home: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the program with nothing of this environment but what every session has."""
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(data_home or Path("/nonexistent"))}
    if display:
        environment |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    return subprocess.run(
        [str(program), *words], env=environment, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture
def program(bundle: Path) -> Path:
    return bundle / "jit-desktop"


def test_that_the_self_test_passes(program: Path, screen: Screen, tmp_path: Path) -> None:
    done = run(program, "self-test", "--json", display=screen.display, data_home=tmp_path)
    assert done.returncode == ExitCode.DONE, done.stdout + done.stderr
    found = {check["name"]: check["found"] for check in json.loads(done.stdout)["checks"]}
    assert found["Kerberos"] == "by gssapi"
    assert found["Windows"].endswith("xcb")


def test_that_the_whole_job_can_be_done_in_real_windows(
    program: Path, screen: Screen, tmp_path: Path, pictures: Path
) -> None:
    out = pictures / "linux"
    done = run(
        program, "tour", "--scheme", "light", "--out", str(out), display=screen.display, data_home=tmp_path
    )
    assert done.returncode == ExitCode.DONE, done.stdout + done.stderr
    taken = sorted(out.glob("*.png"))
    promised = {picture.stem for picture in Path("docs/pictures").glob("*.png")}
    assert {picture.stem.partition("-")[2] for picture in taken} == promised
    assert [picture.name for picture in taken if colours_of(QImage(str(picture))) < 8] == []


def test_that_it_works_without_a_screen(program: Path, tmp_path: Path) -> None:
    assert run(program, "self-test", data_home=tmp_path).returncode == ExitCode.DONE
    listed = run(program, "--demo", "list", "--json", data_home=tmp_path)
    assert json.loads(listed.stdout)["elevations"] == []
    assert run(program, "no-such-command", data_home=tmp_path).returncode == ExitCode.USAGE


def test_that_the_system_s_kerberos_is_used_and_not_a_copy(bundle: Path) -> None:
    names = [file.name for file in bundle.rglob("*.so*")]
    assert [name for name in names if name.startswith(("libkrb5", "libgssapi"))] == []


def test_that_what_is_not_used_is_left_out(bundle: Path) -> None:
    names = {str(file.relative_to(bundle)) for file in bundle.rglob("*")}
    unwanted = ("hypothesis", "pytest", "mypy", "Qt6Network", "Qt6Qml", "Qt6Quick", "tkinter")
    assert [name for name in names if any(word in name for word in unwanted)] == []


def test_that_the_archive_holds_the_bundle_and_nobody_s_account(bundle: Path, release: Path) -> None:
    (file,) = release.glob(f"jit-desktop-{__version__}-linux-*.tar.gz")
    with tarfile.open(file) as archive:
        entries = archive.getmembers()
    files = {os.path.relpath(entry.name, "jit-desktop") for entry in entries if not entry.isdir()}
    assert files == {
        str(f.relative_to(bundle)) for f in bundle.rglob("*") if not f.is_dir() or f.is_symlink()
    }
    assert {(entry.uid, entry.gid, entry.uname) for entry in entries} == {(0, 0, "root")}
    assert not any(entry.mode & 0o022 and not entry.issym() for entry in entries)
