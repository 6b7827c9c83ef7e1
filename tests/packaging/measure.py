# SPDX-License-Identifier: MIT
"""Measures the package: how large, of what, and how long from the start to a painted main window.

    python -m tests.packaging.measure linux|windows

Starts of the packaged program, of the same from source, and of an empty window that is packaged the same way
take turns in one run; what counts are the ratios. Writes `docs/package.json`, makes `docs/package.md` of it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jit_desktop.platform.logging_setup import FILE_NAME
from jit_desktop.window import PAINTED
from tests.packaging.screen import Screen
from tests.packaging.wine import Wine, windows_path

ROUNDS = 7
SECONDS = 120
RESULTS = Path("docs/package.json")
DOCUMENT = Path("docs/package.md")
_PYTHON = "Python and its standard library"
_EXECUTABLES = "the executables, with the program and all other Python code"
_REST = "the rest"


@dataclass(frozen=True, slots=True)
class Way:
    """One way of starting a window: its words, and the file and text that tell that it is painted."""

    name: str
    begin: Callable[[Path], subprocess.Popen[str]]
    file: str
    text: str
    end: Callable[[subprocess.Popen[str]], None]


def seconds_to_paint(way: Way) -> float:
    """From the start of the process to the painted window."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        told = Path(folder) / way.file
        gate = threading.Event()
        began = time.perf_counter()
        process = way.begin(Path(folder))
        try:
            while not (told.exists() and way.text in told.read_text("utf-8", "replace")):
                assert time.perf_counter() - began < SECONDS, f"{way.name}: never painted"
                gate.wait(0.005)
            return time.perf_counter() - began
        finally:
            way.end(process)


def measured(ways: list[Way]) -> dict[str, Any]:
    """Median seconds of each way, taken in turns, and what each takes in proportion to the first one."""
    for way in ways:
        seconds_to_paint(way)  # what the disk has to be read for once
    taken: dict[str, list[float]] = {way.name: [] for way in ways}
    for _ in range(ROUNDS):
        for way in ways:
            taken[way.name].append(seconds_to_paint(way))
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    first = medians[ways[0].name]
    return {
        name: {
            "median_seconds": round(median, 2),
            "least_seconds": round(min(taken[name]), 2),
            "packaged_to_this": round(first / median, 2),
        }
        for name, median in medians.items()
    }


def sizes(bundle: Path) -> dict[str, float]:
    """Megabytes (10^6 bytes) of the parts of a bundle, the largest first."""
    parts = {
        "Qt": ("Qt6", "/plugins/", "MSVCP", "libicu"),
        "PySide6 and shiboken6": ("PySide6", "shiboken6"),
        "cryptography": ("cryptography", "_cffi_backend"),
        "pydantic": ("pydantic",),
        "OpenSSL": ("libcrypto", "libssl"),
        _PYTHON: (
            "python3",
            "base_library",
            "lib-dynload",
            ".pyd",
            ".dll",
            "libpython",
        ),
    }
    result = dict.fromkeys((*parts, _EXECUTABLES, _REST), 0.0)
    for file in bundle.rglob("*"):
        if file.is_symlink() or not file.is_file():
            continue
        name = str(file.relative_to(bundle))
        found = next((part for part, marks in parts.items() if any(m in name for m in marks)), _REST)
        if file.parent == bundle and found in (_REST, _PYTHON):
            found = _EXECUTABLES
        result[found] += file.stat().st_size / 1e6
    return {part: round(size, 1) for part, size in sorted(result.items(), key=lambda item: -item[1])}


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)


def linux_ways(bundle: Path, empty: Path, screen: Screen) -> list[Way]:
    """On this computer."""
    environment = {**os.environ, "DISPLAY": screen.display, "QT_QPA_PLATFORM": "xcb"}

    def start(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def program(*words: str) -> Callable[[Path], subprocess.Popen[str]]:
        return lambda folder: start(*words, "--data-dir", str(folder), "--demo")

    return [
        Way("packaged", program(str(bundle / "jit-desktop")), FILE_NAME, PAINTED, _stop),
        Way("from source", program(sys.executable, "-m", "jit_desktop"), FILE_NAME, PAINTED, _stop),
        Way(
            "empty window, packaged",
            lambda folder: start(str(empty / "empty-window"), str(folder / "painted")),
            "painted",
            "painted",
            _wait,
        ),
    ]


def _wait(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=60)


def windows_ways(bundle: Path, empty: Path, wine: Wine) -> list[Way]:
    """Under Wine."""
    python = Path("build/windows/python/python.exe").absolute()

    def program(
        executable: Path, *words: str, environment: Mapping[str, str] | None = None
    ) -> Callable[[Path], subprocess.Popen[str]]:
        return lambda folder: wine.start(
            executable, *words, "--data-dir", windows_path(folder), "--demo", environment=environment
        )

    def kill(executable: str) -> Callable[[subprocess.Popen[str]], None]:
        return lambda process: wine.kill(process, executable)

    return [
        Way("packaged", program(bundle / "JIT Desktop.exe"), FILE_NAME, PAINTED, kill("JIT Desktop.exe")),
        Way("from source", program(python, "-m", "jit_desktop"), FILE_NAME, PAINTED, kill("python.exe")),
        Way(
            "empty window, packaged",
            lambda folder: wine.start(empty / "empty-window.exe", windows_path(folder / "painted")),
            "painted",
            "painted",
            _wait,
        ),
    ]


def document(results: Mapping[str, Any]) -> str:
    """`docs/package.md`, made of the results."""
    lines = [
        "# The package in figures",
        "",
        "Made by `make measure-package` from [`package.json`](package.json); not typed. Seconds are of a",
        "busy, shared machine with two cores, and for Windows of Wine: only the proportions, measured in",
        "turns in one run, say something.",
    ]
    for system, result in results.items():
        lines += ["", f"## {system.capitalize()}", "", f"Program at `{result['commit']}`.", ""]
        lines += [
            "| start to a painted main window | median, s | least, s | packaged program takes … as long |"
        ]
        lines += ["|---|--:|--:|--:|"]
        lines += [
            f"| {name} | {row['median_seconds']} | {row['least_seconds']} | {row['packaged_to_this']} |"
            for name, row in result["start"].items()
        ]
        total = round(sum(result["megabytes"].values()), 1)
        lines += ["", f"| part | MB of {total} unpacked |", "|---|--:|"]
        lines += [f"| {part} | {size} |" for part, size in result["megabytes"].items()]
        lines += [""]
        lines += [f"- `{name}`: {size} MB" for name, size in result["given_away"].items()]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure what the argument names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("system", choices=("linux", "windows"))
    options = parser.parse_args()
    is_windows = options.system == "windows"
    bundle = Path("dist/windows/JIT Desktop" if is_windows else "dist/linux/jit-desktop").absolute()
    empty = Path(f"build/empty-window/{options.system}/empty-window").absolute()
    with contextlib.ExitStack() as stack:
        screen = stack.enter_context(Screen())
        if is_windows:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            wine = stack.enter_context(Wine(Path("build/windows/prefix").absolute(), folder, screen))
            ways = windows_ways(bundle, empty, wine)
        else:
            ways = linux_ways(bundle, empty, screen)
        start = measured(ways)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    release = Path(f"dist/release-{options.system}")
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    results[options.system] = {
        "commit": commit,
        "start": start,
        "megabytes": sizes(bundle),
        "given_away": {
            file.name: round(file.stat().st_size / 1e6, 1)
            for file in sorted(release.iterdir())
            if file.suffix in (".exe", ".zip", ".gz")
        },
    }
    RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    DOCUMENT.write_text(document(results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
