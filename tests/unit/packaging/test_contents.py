# SPDX-License-Identifier: MIT
"""Which files go into the bundle, whatever system they were found on, and which licences."""

import importlib.metadata
import shutil
from pathlib import Path

import pytest

from tools.bundle.contents import (
    beside_the_executable,
    is_wanted,
    licence_of_python,
    licences,
    licences_of_system,
    locked_names,
    wanted,
)

RUN = Path("requirements", "run.txt")


@pytest.mark.parametrize(
    "name",
    [
        r"PySide6\opengl32sw.dll",
        r"PySide6\translations\qtbase_de.qm",
        "PySide6/Qt/translations/qtbase_de.qm",
        r"PySide6\Qt6Network.dll",
        "PySide6/Qt/lib/libQt6Network.so.6",
        r"PySide6\plugins\tls\qschannelbackend.dll",
        "PySide6/Qt/plugins/platforms/libqvnc.so",
        r"PySide6\plugins\imageformats\qjpeg.dll",
        r"Cryptodome\PublicKey\_ec_ws.pyd",
        "api-ms-win-core-file-l1-2-0.dll",
        "libkrb5.so.3",
        "libatk-1.0.so.0",
    ],
)
def test_that_what_is_not_used_stays_out(name: str) -> None:
    assert not is_wanted(name)


@pytest.mark.parametrize(
    "name",
    [
        r"PySide6\Qt6Widgets.dll",
        r"PySide6\plugins\platforms\qwindows.dll",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        r"PySide6\plugins\imageformats\qsvg.dll",
        r"PySide6\plugins\iconengines\qsvgicon.dll",
        r"Cryptodome\Hash\_MD4.pyd",
        "resources/icons/app.svg",
        "libcrypto-3.dll",
    ],
)
def test_that_what_is_used_goes_in(name: str) -> None:
    assert is_wanted(name)


def test_that_entries_keep_their_order() -> None:
    entries = [(name, f"/{name}", "DATA") for name in ("b", "translations/x.qm", "a")]
    assert wanted(entries) == [entries[0], entries[2]]


@pytest.mark.parametrize("name", ["libcrypto-3.dll", "libssl-3-x64.dll", "_internal/LIBSSL-3.DLL"])
def test_that_openssl_goes_beside_the_executable(name: str) -> None:
    assert beside_the_executable(name)


@pytest.mark.parametrize(
    "name", ["libcrypto.so.3", "libffi-8.dll", "_ssl.pyd", "mylibssl-3.dll", "libssl-3.dll.bak"]
)
def test_that_nothing_else_does(name: str) -> None:
    assert not beside_the_executable(name)


def test_that_the_lock_is_read_with_names_in_one_form(tmp_path: Path) -> None:
    lock = tmp_path / "run.txt"
    lock.write_text(
        "# made by a tool\n"
        "PySide6_Essentials==6.11.3 \\\n    --hash=sha256:00\n"
        "zope.interface==1 ; sys_platform == 'win32' \\\n    --hash=sha256:11 \\\n    --hash=sha256:22\n",
        encoding="utf-8",
    )
    assert locked_names(lock) == {"pyside6-essentials", "zope-interface"}
    assert {"ldap3", "winkerberos", "jaraco-classes"} <= locked_names(RUN)


def test_that_licences_of_the_packages_asked_for_go_along(tmp_path: Path) -> None:
    for name in ("Some.Package", "other"):
        folder = tmp_path / f"{name}-1.dist-info"
        (folder / "licenses").mkdir(parents=True)
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.4\nName: {name}\nVersion: 1\n", encoding="utf-8"
        )
        (folder / "licenses" / "LICENCE.txt").write_text("may be used", encoding="utf-8")
        (folder / "licenses" / "AUTHORS").write_text("somebody", encoding="utf-8")
        files = ("METADATA", "RECORD", "licenses/LICENCE.txt", "licenses/AUTHORS")
        record = "".join(f"{folder.name}/{file},,\n" for file in files)
        (folder / "RECORD").write_text(record, encoding="utf-8")
    found = importlib.metadata.distributions(path=[str(tmp_path)])
    got = licences(frozenset({"some-package"}), found)
    assert {folder for _, folder in got} == {"licences/some-package"}
    assert {Path(file).name for file, _ in got} == {"LICENCE.txt", "AUTHORS"}
    assert all(Path(file).is_file() for file, _ in got)


def test_that_no_package_of_the_program_is_without_a_licence() -> None:
    names = locked_names(RUN)
    here = {name for name in names if any(importlib.metadata.distributions(name=name))}
    assert len(here) > 10
    here -= {"pyside6-essentials", "shiboken6"}  # their texts are those of Qt, in resources/licences
    assert here - {folder.rpartition("/")[2] for _, folder in licences(names)} == set()


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="packages are Debian's here")
def test_that_what_comes_from_the_system_has_the_licence_of_its_package() -> None:
    of_system, of_nobody = shutil.which("dpkg"), Path(__file__)
    entries = [("dpkg", str(of_system), "BINARY"), ("mine.so", str(of_nobody), "BINARY")]
    assert licences_of_system(entries) == [("/usr/share/doc/dpkg/copyright", "licences/debian/dpkg")]


def test_that_python_has_at_most_one_licence() -> None:
    assert len(licence_of_python()) <= 1
