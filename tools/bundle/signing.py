# SPDX-License-Identifier: MIT
"""What is to be signed of a bundle for Windows, and whether it was.

    python -m tools.bundle.signing list FOLDER CATALOGUE.txt   writes the binaries that nobody has signed
    python -m tools.bundle.signing verify [--by NAME] FILE…    fails unless each is signed, with a time stamp
    python -m tools.bundle.signing verify CATALOGUE.txt        the same for what a catalogue lists

The makers of Python, Qt and the C library have signed theirs, and their names stay. Every other binary gets
ours, so that a rule for the publishers lets the whole program run where nothing unsigned may.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

KINDS: Final = (".exe", ".dll", ".pyd")

_KITS: Final = Path(r"C:\Program Files (x86)\Windows Kits\10\bin")
# Where a PE file says it ([MS] PE format): the optional header comes 24 bytes after the signature, the table
# of directories where its kind says, and of eight bytes each the fifth is for certificates.
_HEADER_ADDRESS: Final = 0x3C
_OPTIONAL_HEADER: Final = 24
_DIRECTORIES: Final = {0x10B: 96, 0x20B: 112}
_CERTIFICATES: Final = 4 * 8


class NotTrusted(Exception):
    """A file is not signed as it has to be."""


def main() -> int:
    """Do what the arguments say; 1 where a signature is missing or wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list")
    listing.add_argument("folder", type=Path)
    listing.add_argument("catalogue", type=Path)
    verifying = commands.add_parser("verify")
    verifying.add_argument("--by", default="", help="the publisher that the certificate has to name")
    verifying.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    if options.command == "list":
        found = write_catalogue(options.folder, options.catalogue)
        sys.stdout.write(f"{len(found)} binaries to sign, listed in {options.catalogue}\n")
        return 0
    files = [file for named in options.files for file in listed(named)]
    try:
        for file in files:
            verify(file, by=options.by)
            sys.stdout.write(f"signed: {file}\n")
    except NotTrusted as why:
        sys.stdout.write(f"{why}\n")
        return 1
    return 0


def is_signed(file: Path) -> bool:
    """Whether a binary carries a signature, whoever's; :class:`ValueError` where it is no binary."""
    content = file.read_bytes()
    start = int.from_bytes(content[_HEADER_ADDRESS : _HEADER_ADDRESS + 4], "little")
    if content[:2] != b"MZ" or content[start : start + 4] != b"PE\0\0":
        raise ValueError(f"{file} is no binary for Windows")
    header = start + _OPTIONAL_HEADER
    directories = _DIRECTORIES[int.from_bytes(content[header : header + 2], "little")]
    entry = header + directories + _CERTIFICATES
    return int.from_bytes(content[entry + 4 : entry + 8], "little") != 0


def unsigned(folder: Path) -> list[Path]:
    """The binaries below ``folder`` that nobody has signed."""
    binaries = (file for file in sorted(folder.rglob("*")) if file.suffix.lower() in KINDS)
    return [file for file in binaries if not is_signed(file)]


def write_catalogue(folder: Path, catalogue: Path) -> list[Path]:
    """Write the unsigned binaries of ``folder``, relative to the catalogue's own place, which is above it."""
    found = unsigned(folder)
    place = catalogue.resolve().parent
    lines = [f"{file.resolve().relative_to(place)}\n" for file in found]
    catalogue.write_text("".join(lines), encoding="utf-8", newline="\n")
    return found


def listed(named: Path) -> list[Path]:
    """The files that a catalogue lists; of another file, that one."""
    if named.suffix != ".txt":
        return [named]
    lines = named.read_text(encoding="utf-8").splitlines()
    if not lines:
        raise ValueError(f"{named} lists nothing")
    return [named.parent / line for line in lines]


def verify(file: Path, *, by: str = "", tool: Sequence[str] | None = None) -> None:
    """Raise :class:`NotTrusted` unless Windows trusts ``file``, now and after the certificate's time.

    ``by`` is the name that the certificate has to have, ``""`` takes any.
    """
    command = tool or [str(_sign_tool())]
    # /pa: as Explorer does it; /all: every signature; /tw: a missing time stamp counts, as exit code 2.
    done = subprocess.run(  # noqa: S603 - our own words
        [*command, "verify", "/pa", "/all", "/tw", "/v", str(file)],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise NotTrusted(f"{file}: {done.stdout}{done.stderr}".rstrip())
    if by and not re.search(rf"Issued to: {re.escape(by)}\s*$", done.stdout, re.MULTILINE):
        raise NotTrusted(f"{file} is not signed by {by}:\n{done.stdout}".rstrip())


def _sign_tool() -> Path:
    """The newest `signtool` of the Windows kits."""
    found = _KITS.glob("10.*/x64/signtool.exe")
    return max(found, key=lambda file: _numbers(file.parts[-3]))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


if __name__ == "__main__":
    sys.exit(main())
