# SPDX-License-Identifier: MIT
"""`make mutate`: each plant in a copy of the tree of its own, against tests and against series in their long
form. What is done is kept in build/mutation.json and not done again; `--fresh` begins anew.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.mutation.attacking import first_attacks
from tests.mutation.plant import ROOT, Plant
from tests.mutation.plants import PLANTS
from tests.reliability.run import NAMES

OUT: Final = ROOT / "build" / "mutation.json"
_STATE: Final = ROOT / "build" / "mutation-state.json"
_COPIES: Final = ROOT / "build" / "mutation"
_TESTS_SECONDS: Final = 900
_SERIES_SECONDS: Final = 3600
_WORKERS: Final = 2
_FIRST_POINTS: Final = 2
"""Of each flow."""
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (\S+(?:\[.*?\])?)(?: - .*)?$", re.MULTILINE)
TIME_OUT: Final = "a time-out"


@dataclass
class Done:
    """What is known of one plant: by whom it was noticed; ``None`` where that was not tried yet."""

    tests: list[str] | None = None
    series: dict[str, bool] = field(default_factory=dict)

    def noticed_by(self) -> list[str]:
        series = [f"series {name}" for name, noticed in self.series.items() if noticed]
        return series + [f"test {name}" for name in self.tests or []]


class Book:
    """What was done so far, in a file that is written after each step."""

    def __init__(self, *, fresh: bool) -> None:
        self._lock = threading.Lock()
        self._done: dict[str, Done] = {}
        if _STATE.exists() and not fresh:
            raw = json.loads(_STATE.read_text(encoding="utf-8"))
            self._done = {key: Done(one["tests"], one["series"]) for key, one in raw.items()}

    def of(self, plant: Plant) -> Done:
        return self._done.setdefault(_key(plant), Done())

    def keep(self) -> None:
        with self._lock:
            OUT.parent.mkdir(exist_ok=True)
            state = {key: {"tests": d.tests, "series": d.series} for key, d in self._done.items()}
            _replace(_STATE, state)
            _replace(OUT, self.document())

    def document(self) -> list[dict[str, Any]]:
        """A list with one object a plant, of those that were noticed or that all tests of theirs passed."""
        return [
            {"plant": plant.words, "file": plant.file, "noticed_by": self.of(plant).noticed_by()}
            for plant in PLANTS
            if self.of(plant).tests is not None or self.of(plant).noticed_by()
        ]


def _key(plant: Plant) -> str:
    return json.dumps([plant.words, plant.file, plant.old, plant.new])


def _replace(path: Path, content: object) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.replace(path)


def copied(name: str) -> Path:
    """A copy of what is tracked, with the environment and the Samba templates of this tree."""
    target = _COPIES / name
    shutil.rmtree(target, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for tracked in filter(None, listed.stdout.decode().split("\0")):
        source = ROOT / tracked
        if source.is_file() and not source.is_symlink():
            (target / tracked).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / tracked)
    (target / "build").mkdir()
    (ROOT / "build" / "samba").mkdir(parents=True, exist_ok=True)
    (target / "build" / "samba").symlink_to(ROOT / "build" / "samba")
    return target


def _run(command: Sequence[str], root: Path, seconds: float, **variables: str) -> tuple[int | None, str]:
    """Exit code (``None``: it took too long) and output. It and all that it started are ended."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    with subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            time.sleep(5)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return None, ""
    return process.returncode, output


def failing_tests(root: Path, tests: Sequence[str]) -> list[str]:
    """The first test that fails; nothing where all pass."""
    words = ["-x", "-q", "-rfE", "-p", "no:cacheprovider", "--no-header", *tests]
    command = [sys.executable, "-m", "pytest", *words]
    code, output = _run(command, root, _TESTS_SECONDS, JIT_LIVE="required", QT_QPA_PLATFORM="offscreen")
    if code is None:
        return [TIME_OUT]
    if code == 0:
        return []
    found = _FAILED.findall(output)
    if code == 1 and found:
        return [str(found[0])]
    if code == 2 and found:
        return [f"{found[0]} (can't be collected)"]
    raise RuntimeError(f"pytest {' '.join(tests)} ended with {code}:\n{output[-3000:]}")


def noticing_series(
    root: Path, names: Iterable[str], how_many: int, attacks: Sequence[str] = ()
) -> dict[str, bool]:
    """Whether each of the series finds anything; each stops at its first finding. ``attacks``: kinds of
    them, where not all are played."""
    noticed = {}
    for name in names:
        out = root / "build" / f"reliability-{name}.json"
        command = [sys.executable, "-m", "tests.reliability.run", "--only", name, "--out", str(out)]
        command += ["--stop-at-first", "--how-many", str(how_many), "--attacks", ",".join(attacks)]
        code, output = _run(command, root, _SERIES_SECONDS)
        if code not in (0, 1, None):
            raise RuntimeError(f"series {name} ended with {code}:\n{output[-3000:]}")
        if code == 1 and not out.exists():
            # The program could not even be started, or a child of the series died of the plant.
            sys.stderr.write(output[-1500:] + "\n")
        noticed[name] = code != 0
    return noticed


def _noticed(plant: Plant, name: str, root: Path, options: argparse.Namespace) -> dict[str, bool]:
    """Whether a series notices a plant; empty where that is not known. A part of its long form comes first:
    what that notices, all of it does."""
    if name != "attacks" and not options.how_many:
        first = noticing_series(root, [name], _FIRST_POINTS)
        if first[name]:
            return first
    if name == "attacks":
        first = noticing_series(root, [name], options.how_many, first_attacks(plant))
        if first[name]:
            return first
        if options.first_attacks_only:
            return {}
    return noticing_series(root, [name], options.how_many)


def _wanted(plant: Plant, options: argparse.Namespace) -> list[str]:
    """The series that are run against a plant."""
    chosen = set(filter(None, options.series.split(","))) or set(NAMES)
    return [name for name in plant.series if name in chosen and not options.tests_only]


def _one(plant: Plant, book: Book, options: argparse.Namespace) -> str:
    done = book.of(plant)
    missing = [name for name in _wanted(plant, options) if name not in done.series]
    wants_tests = done.tests is None and not options.series_only
    if not missing and not wants_tests:
        return "done before"
    root = copied(re.sub(r"\W+", "-", plant.words)[:60])
    try:
        plant.put_into(root)
        if wants_tests:
            done.tests = failing_tests(root, plant.tests)
            book.keep()
        for name in missing:
            done.series.update(_noticed(plant, name, root, options))
            book.keep()
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return ", ".join(done.noticed_by()) or "SURVIVED"


def baseline(options: argparse.Namespace, plants: Sequence[Plant]) -> list[str]:
    """What finds something although nothing is planted: of no use then."""
    root = copied("nothing-planted")
    found = []
    try:
        if not options.series_only:
            tests = sorted({test for plant in plants for test in plant.tests})
            found += [f"test {name}" for name in failing_tests(root, tests)]
        if not options.tests_only:
            names = [name for name in NAMES if any(name in _wanted(plant, options) for plant in plants)]
            came = noticing_series(root, names, options.how_many)
            found += [f"series {name}" for name, noticed in came.items() if noticed]
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="plants in whose words or file this text occurs")
    parser.add_argument("--list", action="store_true", help="say which there are, and run nothing")
    parser.add_argument("--tests-only", action="store_true")
    parser.add_argument("--series-only", action="store_true")
    parser.add_argument(
        "--series", default="", help="names of series, with commas between: no others are run"
    )
    parser.add_argument("--how-many", type=int, default=0, help="points of each flow; 0: the long form")
    parser.add_argument(
        "--first-attacks-only",
        action="store_true",
        help="where the attacks that are nearest to a plant notice nothing, the others are not played",
    )
    parser.add_argument("--fresh", action="store_true", help="forget what was done before")
    parser.add_argument("--workers", type=int, default=_WORKERS, help="plants at a time")
    parser.add_argument("--without-baseline", action="store_true", help="nothing planted is not tried first")
    options = parser.parse_args()
    plants = [p for p in PLANTS if options.only.lower() in f"{p.words} {p.file}".lower()]
    if options.list:
        for plant in plants:
            sys.stdout.write(f"{plant.file}: {plant.words} [{', '.join(plant.series)}]\n")
        sys.stdout.write(f"{len(plants)} plants\n")
        return 0
    if not options.without_baseline and (useless := baseline(options, plants)):
        sys.stderr.write(f"With nothing planted there are findings by {', '.join(useless)}.\n")
        return 2
    book = Book(fresh=options.fresh)
    survived = failed = 0
    with ThreadPoolExecutor(options.workers) as pool:
        waiting = {plant: pool.submit(_one, plant, book, options) for plant in plants}
        for plant, future in waiting.items():
            try:
                came = future.result()
            except Exception as error:  # noqa: BLE001 - told; the other plants go on
                failed += 1
                came = f"COULD NOT BE TRIED: {error}"
            survived += came == "SURVIVED"
            sys.stdout.write(f"{plant.words}: {came}\n")
            sys.stdout.flush()
    noticed = sum(any(b.startswith("series ") for b in one["noticed_by"]) for one in book.document())
    sys.stdout.write(f"{len(plants)} plants, {noticed} noticed by the series, {survived} survived\n")
    return 1 if survived or failed else 0


if __name__ == "__main__":
    sys.exit(main())
