# SPDX-License-Identifier: MIT
"""Wraps a bundle up for release: setup program and ZIP for Windows, an archive for Linux, and checksums.

    python -m tools.bundle.wrap BUNDLE OUT [--icon app.ico]

BUNDLE is the folder that PyInstaller made, OUT the one for the results.
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tools.bundle.version import four_numbers

ROOT = Path(__file__).parents[2]
WINDOWS_EXECUTABLE = "JIT Desktop.exe"


def version() -> str:
    """The program's version, read without importing it."""
    text = (ROOT / "jit_desktop" / "__init__.py").read_text(encoding="utf-8")
    match = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if match is None:
        raise ValueError("jit_desktop/__init__.py names no version")
    return match[1]


def main() -> int:
    """Wrap up what the arguments name; what was made is printed, a line each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--icon", type=Path, help="the icon of the setup program; for a bundle for Windows")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if (options.bundle / WINDOWS_EXECUTABLE).exists():
        if options.icon is None:
            parser.error("a setup program needs --icon")
        made = [
            setup_program(options.bundle, options.icon, options.out),
            zip_archive(options.bundle, options.out),
        ]
    else:
        made = [tar_archive(options.bundle, options.out)]
    write_checksums(options.out)
    for file in made:
        sys.stdout.write(f"{file} ({file.stat().st_size / 1e6:.1f} MB)\n")
    sys.stdout.write(f"{options.bundle} ({size_of(options.bundle) / 1e6:.1f} MB unpacked)\n")
    return 0


def setup_program(bundle: Path, icon: Path, out: Path) -> Path:
    """The setup program for Windows; :class:`subprocess.CalledProcessError` where NSIS does not like it."""
    made = out / f"JIT-Desktop-{version()}-setup.exe"
    values = {
        "VERSION": version(),
        "NUMBERS": ".".join(str(number) for number in four_numbers(version())),
        "BUNDLE": str(bundle.absolute()),
        "ICON": str(icon.absolute()),
        "OUT": str(made.absolute()),
        "KILOBYTES": str(size_of(bundle) // 1024),
    }
    script = ROOT / "resources" / "windows" / "setup.nsi"
    definitions = [f"-D{name}={value}" for name, value in values.items()]
    # That of a Linux distribution: the official one for Windows makes no 64-bit programs.
    subprocess.run(["makensis", "-V2", "-WX", *definitions, str(script)], check=True)  # noqa: S603, S607 - our words
    return made


def zip_archive(bundle: Path, out: Path) -> Path:
    """The same folder as a ZIP, to be used without setup."""
    made = out / f"JIT-Desktop-{version()}-portable.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in _files(bundle):
            archive.write(file, Path("JIT Desktop") / file.relative_to(bundle))
    return made


def tar_archive(bundle: Path, out: Path) -> Path:
    """The bundle for Linux."""
    made = out / f"jit-desktop-{version()}-linux-{platform.machine()}.tar.gz"
    with tarfile.open(made, "w:gz") as archive:
        archive.add(bundle, "jit-desktop", filter=_owned_by_root)
    return made


def write_checksums(out: Path) -> Path:
    """SHA-256 of everything else in ``out``, as ``sha256sum --check`` wants it."""
    made = out / "SHA256SUMS"
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n"
        for file in sorted(out.iterdir())
        if file.is_file() and file != made
    ]
    made.write_text("".join(lines), encoding="utf-8", newline="\n")
    return made


def size_of(folder: Path) -> int:
    """Bytes of all files in it."""
    return sum(file.lstat().st_size for file in _files(folder))


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if not file.is_dir())


def _owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


if __name__ == "__main__":
    sys.exit(main())
