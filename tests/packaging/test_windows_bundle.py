# SPDX-License-Identifier: MIT
"""The Windows executables, run under Wine in real windows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from jit_desktop import __version__
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.platform.logging_setup import FILE_NAME
from jit_desktop.window import PAINTED
from tests.packaging.screen import Screen, colours_of
from tests.packaging.wine import Wine, windows_path
from tests.waiting import until

pytestmark = pytest.mark.timeout(600)

WINDOWED = "JIT Desktop.exe"
CONSOLE = "jit-desktop.exe"
UNPACKED_MEGABYTES = 93


@pytest.mark.parametrize("executable", [WINDOWED, CONSOLE])
def test_that_the_self_test_passes(wine: Wine, bundle: Path, executable: str) -> None:
    done = wine.run(bundle / executable, "self-test", "--json")
    assert done.code == ExitCode.DONE, done.out + done.err
    report = json.loads(done.out)
    assert [check for check in report["checks"] if not check["good"]] == []
    found = {check["name"]: check["found"] for check in report["checks"]}
    assert found["Program"].startswith(f"{__version__}, Python 3.")
    assert found["Kerberos"] == "by winkerberos"
    assert "WinVault" in found["Credential store"]
    assert found["Windows"].endswith("windows")


@pytest.mark.parametrize(("executable", "scheme"), [(WINDOWED, "light"), (CONSOLE, "dark")])
def test_that_the_whole_job_can_be_done_in_real_windows(
    wine: Wine, bundle: Path, executable: str, scheme: str, pictures: Path
) -> None:
    out = pictures / "windows" / scheme
    done = wine.run(bundle / executable, "tour", "--scheme", scheme, "--out", windows_path(out), seconds=500)
    assert done.code == ExitCode.DONE, done.out + done.err
    taken = sorted(out.glob("*.png"))
    promised = {picture.stem for picture in Path("docs/pictures").glob("*.png")}
    assert {picture.stem.partition("-")[2] for picture in taken} == promised
    blank = [picture.name for picture in taken if colours_of(QImage(str(picture))) < 8]
    assert blank == []


@pytest.mark.parametrize("executable", [WINDOWED, CONSOLE])
def test_that_exit_codes_come_through(wine: Wine, bundle: Path, executable: str, tmp_path: Path) -> None:
    def code(*words: str) -> int:
        return wine.run(bundle / executable, *words).code

    assert code("--version") == ExitCode.DONE
    assert code("no-such-command") == ExitCode.USAGE
    data_dir = windows_path(tmp_path / "data")
    assert code("--data-dir", data_dir, "--demo", "list") == ExitCode.DONE
    assert code("--data-dir", data_dir, "--demo", "checkin", "nobody") == ExitCode.REFUSED


def test_that_the_program_opens_a_window_and_a_second_start_comes_to_it(
    wine: Wine, bundle: Path, screen: Screen, tmp_path: Path, pictures: Path
) -> None:
    words = ("--data-dir", windows_path(tmp_path / "data"), "--demo")
    first = wine.start(bundle / WINDOWED, *words)
    try:
        until(lambda: bool(screen.windows("^JIT Desktop")), seconds=90)
        file = pictures / "windows" / "screen.png"
        until(lambda: colours_of(screen.photograph(file)) > 20, seconds=60)
        second = wine.run(bundle / CONSOLE, *words)
        assert second.code == ExitCode.DONE
        assert "running already" in second.err
        assert first.poll() is None
    finally:
        wine.kill(first, WINDOWED)


def test_that_it_hears_sleep_and_clock_and_ends_in_order_with_the_session(
    wine: Wine, bundle: Path, screen: Screen, tmp_path: Path
) -> None:
    data_dir = tmp_path / "data"
    process = wine.start(bundle / WINDOWED, "--data-dir", windows_path(data_dir), "--demo")
    try:
        log = data_dir / FILE_NAME
        until(lambda: log.exists() and PAINTED in log.read_text("utf-8"), seconds=90)
        wine.tell("JIT Desktop", "218:12:0")  # the computer woke up
        until(lambda: "woke up" in log.read_text("utf-8"), seconds=10)
        wine.tell("JIT Desktop", "1e:0:0")  # the clock was set
        until(lambda: "clock was set" in log.read_text("utf-8"), seconds=10)
        # May the session end? It does. As at a sign-out, and as the Restart Manager asks before an upgrade.
        assert wine.tell("JIT Desktop", "11:0:1", "16:1:1")[0] == "1"
        process.communicate(timeout=60)
        assert process.returncode == ExitCode.DONE
        assert "The session ends" in log.read_text("utf-8")
        assert " ERROR " not in log.read_text("utf-8")
    finally:
        if process.returncode is None:
            wine.kill(process, WINDOWED)


def test_that_both_executables_say_what_they_are(bundle: Path) -> None:
    for name, described in ((WINDOWED, "JIT Desktop"), (CONSOLE, "JIT Desktop (commands)")):
        content = (bundle / name).read_bytes()
        assert _text("ProductVersion", __version__) in content
        assert _text("OriginalFilename", name) in content
        assert _text("FileDescription", described) in content
        for promised in (b'level="asInvoker"', b"PerMonitorV2", b"longPathAware", b"8e0f7a12-bfb3-4fe8-b9a5"):
            assert promised in content, f"{promised!r} is not in the manifest of {name}"
        assert content.count(b"\x89PNG\r\n\x1a\n") >= 9, "the icon has not all its sizes"
    assert _subsystem(bundle / WINDOWED) == 2  # windows
    assert _subsystem(bundle / CONSOLE) == 3  # console


def test_that_nothing_is_packed_with_upx(bundle: Path) -> None:
    binaries = [file for file in bundle.rglob("*") if file.suffix.lower() in (".exe", ".dll", ".pyd")]
    assert len(binaries) > 20
    assert [file.name for file in binaries if b"UPX0" in file.read_bytes()[:4096]] == []


def test_that_openssl_lies_beside_the_executables_and_nowhere_else(bundle: Path) -> None:
    found = {
        str(file.relative_to(bundle)) for file in bundle.rglob("*") if re.match("lib(ssl|crypto)", file.name)
    }
    assert {name.partition("-")[0] for name in found} == {"libcrypto", "libssl"}
    assert all("/" not in name for name in found)


def test_that_what_is_not_used_is_left_out(bundle: Path) -> None:
    names = [str(file.relative_to(bundle / "_internal")) for file in (bundle / "_internal").rglob("*")]
    unwanted = re.compile(
        r"hypothesis|pytest|mypy|Qt6?Network|opengl32sw|Qt6Qml|Qt6Quick|Qt6Pdf|api-ms-win|tcl86|tk86|\.qm$|_tkinter"
    )
    assert [name for name in names if unwanted.search(name)] == []


def test_that_the_licences_go_with_it(bundle: Path) -> None:
    internal = bundle / "_internal"
    assert (internal / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    have = {folder.name for folder in (internal / "licences").iterdir()}
    assert {"qt", "python", "cryptography", "ldap3", "peewee", "keyring", "pydantic"} <= have


def test_that_it_is_no_larger_than_it_has_to_be(bundle: Path) -> None:
    size = sum(file.stat().st_size for file in bundle.rglob("*") if file.is_file())
    assert size / 1e6 < UNPACKED_MEGABYTES


def _text(name: str, value: str) -> bytes:
    """A string of a version resource: the name, padded to four bytes, and the value ([MS] String)."""
    encoded = f"{name}\0".encode("utf-16-le")
    header = 6  # bytes of lengths and kind before the name
    return encoded + b"\0" * (-(header + len(encoded)) % 4) + value.encode("utf-16-le") + b"\0\0"


def _subsystem(executable: Path) -> int:
    """2 for windows, 3 for a console ([MS] PE format, optional header)."""
    content = executable.read_bytes()[:4096]
    header = int.from_bytes(content[0x3C:0x40], "little")
    return int.from_bytes(content[header + 0x5C : header + 0x5E], "little")
