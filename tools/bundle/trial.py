# SPDX-License-Identifier: MIT
"""Tries what was made for Windows on a Windows, as those will who get it; it needs nothing but Python.

    python -m tools.bundle.trial bundle BUNDLE PICTURES    self-test and tour of both executables
    python -m tools.bundle.trial setup SETUP               installs silently, upgrades, tries, uninstalls

Setup is tried for one user and for the machine, which takes an administrator.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

EXECUTABLES: Final = ("jit-desktop.exe", "JIT Desktop.exe")

_FOLDER: Final = "JIT Desktop"
_SECONDS: Final = 600
_UNINSTALL_SECONDS: Final = 120


class WentWrong(Exception):
    """A program left another exit code than 0, or something behind."""


def main() -> int:
    """Try what the arguments name; 1, and the reason, where something went wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    of_bundle = commands.add_parser("bundle")
    of_bundle.add_argument("bundle", type=Path)
    of_bundle.add_argument("pictures", type=Path)
    of_setup = commands.add_parser("setup")
    of_setup.add_argument("setup", type=Path)
    options = parser.parse_args()
    try:
        if options.command == "bundle":
            try_bundle(options.bundle, options.pictures)
        else:
            try_setup(options.setup)
    except (WentWrong, subprocess.TimeoutExpired) as why:
        sys.stdout.write(f"{why}\n")
        return 1
    return 0


def try_bundle(bundle: Path, pictures: Path) -> None:
    """Run self-test and tour in each of the two executables."""
    for name in EXECUTABLES:
        _run(bundle / name, "self-test")
        folder = pictures / Path(name).stem
        _run(bundle / name, "tour", "--scheme", "light", "--out", str(folder))
        if not any(folder.glob("*.png")):
            raise WentWrong(f"the tour of {name} took no picture")


def try_setup(setup: Path) -> None:
    """Install, upgrade, try and uninstall, for this user and for the machine."""
    places = {
        "/CurrentUser": Path(os.environ["LOCALAPPDATA"], "Programs", _FOLDER),
        "/AllUsers": Path(os.environ["PROGRAMFILES"], _FOLDER),
    }
    for mode, place in places.items():
        _run(setup, mode, "/S")
        _run(setup, mode, "/S")  # an upgrade over what is there
        for name in EXECUTABLES:
            _run(place / name, "self-test")
        # It goes on in a copy of itself, so that its own folder can go.
        _run(place / "uninstall.exe", mode, "/S")
        _wait_until_gone(place)


def _run(program: Path, *words: str) -> None:
    sys.stdout.write(f"==> {program.name} {' '.join(words)}\n")
    sys.stdout.flush()
    # Python waits for windowed programs too, which not every shell does.
    done = subprocess.run(  # noqa: S603 - what was made here
        [str(program.absolute()), *words],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_SECONDS,
    )
    sys.stdout.buffer.write(done.stdout)
    sys.stdout.flush()
    if done.returncode:
        raise WentWrong(f"{program} {' '.join(words)} left exit code {done.returncode}")


def _wait_until_gone(place: Path) -> None:
    end = time.monotonic() + _UNINSTALL_SECONDS
    while place.exists():
        if time.monotonic() > end:
            raise WentWrong(f"{place} is still there")
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
