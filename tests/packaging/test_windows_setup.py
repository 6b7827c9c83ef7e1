# SPDX-License-Identifier: MIT
"""The setup program, silently and as a person would not see it: install, upgrade, uninstall; under Wine."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jit_desktop import __version__
from jit_desktop.commands.exit_codes import ExitCode
from tests.packaging.wine import Wine, windows_path
from tests.waiting import until

pytestmark = pytest.mark.timeout(600)

UNINSTALL_KEY = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\JIT Desktop"
RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
IN_USE = 5
ELEVATIONS_OPEN = 6
NOT_OURS = 8
SETUP_MEGABYTES = 29


@pytest.fixture
def setup(release: Path) -> Path:
    """The setup program."""
    return release / f"JIT-Desktop-{__version__}-setup.exe"


class Place:
    """Where setup puts the program, for one user or for all."""

    def __init__(self, wine: Wine, *, for_all: bool) -> None:
        self.wine = wine
        self.mode = "/AllUsers" if for_all else "/CurrentUser"
        self.hive = "HKLM" if for_all else "HKCU"
        programs = wine.drive_c / "Program Files" if for_all else wine.local_app_data / "Programs"
        self.folder = programs / "JIT Desktop"
        profile = wine.drive_c / "ProgramData" if for_all else wine.local_app_data.parent / "Roaming"
        self.shortcut = profile / "Microsoft/Windows/Start Menu/Programs/JIT Desktop.lnk"
        self.data = wine.local_app_data / "JIT Desktop"

    def uninstall(self, *words: str) -> int:
        """Run the uninstaller, which copies itself away and goes on there; until that has ended too."""
        code = self.wine.run(self.folder / "uninstall.exe", self.mode, "/S", *words).code
        until(lambda: not self.folder.exists(), seconds=90)
        return code


@pytest.fixture(params=[False, True], ids=["for this user", "for the machine"])
def place(wine: Wine, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A place that is empty before and after."""
    place = Place(wine, for_all=request.param)
    assert not place.folder.exists()
    assert not place.data.exists()
    yield place
    if (place.folder / "uninstall.exe").exists():
        place.uninstall("/PURGE")


def test_that_setup_installs_upgrades_and_uninstalls_silently(place: Place, wine: Wine, setup: Path) -> None:
    assert wine.run(setup, place.mode, "/LOGON", "/S").code == 0
    assert (place.folder / "JIT Desktop.exe").exists()
    assert place.shortcut.exists()
    assert wine.registry(rf"{place.hive}\{UNINSTALL_KEY}", "DisplayVersion") == __version__
    started = wine.registry(rf"{place.hive}\{RUN_KEY}", "JIT Desktop")
    assert started is not None
    assert started.endswith(r'\JIT Desktop\JIT Desktop.exe" --background')

    program = place.folder / "jit-desktop.exe"
    assert wine.run(program, "self-test").code == ExitCode.DONE
    assert wine.run(program, "list").code == ExitCode.DONE
    database = place.data / "jit-desktop.db"
    assert database.exists()

    # An upgrade: the files of the older version go, what the person has stays.
    old = place.folder / "_internal" / "of-an-older-version.pyd"
    old.write_bytes(b"old")
    mine = place.folder / "notes of somebody.txt"
    mine.write_text("mine", encoding="utf-8")
    assert wine.run(setup, place.mode, "/S").code == 0
    assert not old.exists()
    assert mine.exists()
    assert wine.registry(rf"{place.hive}\{RUN_KEY}", "JIT Desktop") == started
    assert wine.run(program, "list").code == ExitCode.DONE

    mine.unlink()
    # What the settings of the program write for another data folder, and what another program has there.
    values = {"JIT Desktop-0123456789ab": f"{started} --data-dir D:\\jit", "Another": r'"C:\another.exe"'}
    for name, line in values.items():
        assert wine.run("reg", "add", rf"HKCU\{RUN_KEY}", "/v", name, "/d", line, "/f").code == 0
    assert place.uninstall() == 0
    assert wine.registry(rf"HKCU\{RUN_KEY}", "JIT Desktop-0123456789ab") is None
    assert wine.registry(rf"HKCU\{RUN_KEY}", "Another") is not None
    assert not place.shortcut.exists()
    assert wine.registry(rf"{place.hive}\{UNINSTALL_KEY}", "DisplayVersion") is None
    assert wine.registry(rf"{place.hive}\{RUN_KEY}", "JIT Desktop") is None
    assert database.exists(), "data goes only when it is asked for"

    assert wine.run(setup, place.mode, "/S").code == 0
    assert wine.registry(rf"{place.hive}\{RUN_KEY}", "JIT Desktop") is None, "only when it is asked for"
    assert wine.run(program, "list").code == ExitCode.DONE
    assert place.uninstall("/PURGE") == 0
    assert not place.data.exists()


def test_that_setup_changes_nothing_while_the_program_runs(wine: Wine, setup: Path, tmp_path: Path) -> None:
    place = Place(wine, for_all=False)
    assert wine.run(setup, place.mode, "/S").code == 0
    marker = place.folder / "_internal" / "marker"
    marker.write_bytes(b"")
    program = place.folder / "jit-desktop.exe"
    running = wine.start(program, "--data-dir", windows_path(tmp_path / "data"), "sweep", "--every", "60s")
    try:
        until((tmp_path / "data" / "jit-desktop.db").exists, seconds=60)
        assert wine.run(setup, place.mode, "/S").code == IN_USE
        assert marker.exists()
    finally:
        wine.kill(running, "jit-desktop.exe")
    assert wine.run(setup, place.mode, "/S").code == 0
    assert not marker.exists()
    assert place.uninstall("/PURGE") == 0


def test_that_the_folder_can_be_chosen_and_open_elevations_keep_the_program(wine: Wine, setup: Path) -> None:
    usual, folder = Place(wine, for_all=False), wine.drive_c / "JIT"
    assert wine.run(setup, usual.mode, "/S", r"/D=C:\JIT").code == 0
    assert not usual.folder.exists()
    program = folder / "jit-desktop.exe"
    granted = wine.run(
        program, "--demo", "--data-dir", windows_path(usual.data), "checkout", "_backupoperator15",
        "--privilege", "Remote Desktop Manager Admins", "--for", "2h", "--no-wait",
    )  # fmt: skip
    assert granted.code == ExitCode.DONE, granted.err
    # Without "_?=" it would go on in a copy of itself, and its exit code would be nobody's.
    here = r"_?=C:\JIT"
    assert wine.run(folder / "uninstall.exe", usual.mode, "/S", here).code == ELEVATIONS_OPEN
    assert wine.run(program, "list").code == ExitCode.DONE
    database = usual.data / "jit-desktop.db"
    database.write_bytes(b"not a database, so that nobody knows")
    assert wine.run(folder / "uninstall.exe", usual.mode, "/S", here).code == ELEVATIONS_OPEN
    assert program.exists()
    assert wine.run(folder / "uninstall.exe", usual.mode, "/S", "/FORCE", "/PURGE", here).code == 0
    assert not program.exists()
    assert not usual.data.exists()
    # The uninstaller, which ran there, lies there still; it is nobody else's.
    assert wine.run(setup, usual.mode, "/S", r"/D=C:\JIT").code == 0
    # The registry names the last copy only, and the removal of another leaves that alone.
    assert wine.run(setup, usual.mode, "/S", r"/D=C:\Second").code == 0
    assert wine.run(folder / "uninstall.exe", usual.mode, "/S", here).code == 0
    assert not program.exists()
    assert wine.registry(rf"HKCU\{UNINSTALL_KEY}", "DisplayVersion") == __version__
    assert usual.shortcut.exists()
    assert wine.run(wine.drive_c / "Second" / "uninstall.exe", usual.mode, "/S", r"_?=C:\Second").code == 0
    assert wine.registry(rf"HKCU\{UNINSTALL_KEY}", "DisplayVersion") is None
    shutil.rmtree(folder)


def test_that_files_of_others_are_left_alone(wine: Wine, setup: Path) -> None:
    folder = wine.drive_c / "Tools"
    other = folder / "_internal" / "base_library.zip"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"of another program")
    assert wine.run(setup, "/CurrentUser", "/S", r"/D=C:\Tools").code == NOT_OURS
    assert [file for file in folder.rglob("*") if file.is_file()] == [other]


def test_that_the_copy_goes_in_which_the_uninstaller_lies(wine: Wine, setup: Path) -> None:
    mine, everybodys = Place(wine, for_all=False), Place(wine, for_all=True)
    for place in (mine, everybodys):
        assert wine.run(setup, place.mode, "/S").code == 0
    # An administrator's mode, unless another is said, is that for the machine.
    mine.mode = "/S"
    assert mine.uninstall() == 0
    assert wine.registry(rf"HKCU\{UNINSTALL_KEY}", "DisplayVersion") is None
    assert wine.run(everybodys.folder / "jit-desktop.exe", "--version").code == ExitCode.DONE
    assert wine.registry(rf"HKLM\{UNINSTALL_KEY}", "DisplayVersion") == __version__
    everybodys.mode = "/CurrentUser"
    assert everybodys.uninstall() == 0
    assert wine.registry(rf"HKLM\{UNINSTALL_KEY}", "DisplayVersion") is None
    assert not mine.data.exists(), "looking for elevations makes no folder"


def test_that_the_portable_folder_needs_no_setup(wine: Wine, release: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(release / f"JIT-Desktop-{__version__}-portable.zip") as archive:
        archive.extractall(tmp_path)
    assert wine.run(tmp_path / "JIT Desktop" / "jit-desktop.exe", "self-test").code == ExitCode.DONE


def test_that_the_checksums_are_those_of_the_files(release: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=release, check=True, timeout=60)
    listed = {line.split("  ")[1] for line in (release / "SHA256SUMS").read_text("ascii").splitlines()}
    assert listed == {file.name for file in release.iterdir()} - {"SHA256SUMS"}
    assert hashlib.sha256(b"").hexdigest() not in (release / "SHA256SUMS").read_text("ascii")


def test_that_the_setup_program_is_no_larger_than_it_has_to_be(setup: Path) -> None:
    assert setup.stat().st_size / 1e6 < SETUP_MEGABYTES
