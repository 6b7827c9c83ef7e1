# SPDX-License-Identifier: MIT
"""`make reliability`: the long form of every series, then the JSON and the document made from it."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.reliability import (
    attacked,
    audits,
    clocks,
    clocks_apart,
    copies,
    cuts,
    directory_side,
    document,
    impostors,
    kills,
    late,
    many,
    pairs,
    providers,
    races,
    stores,
)
from tests.reliability.outcome import Outcome, Patience
from tests.samba import hostnames
from tests.samba.pair import TwoControllers
from tests.samba.server import SambaDomain, SambaServer

OF_ONE: dict[str, Callable[[SambaDomain, int], Outcome]] = {
    "kill": lambda domain, n: kills.kill_series(domain, sweeping=False, how_many=n),
    "sweep": lambda domain, n: kills.kill_series(domain, sweeping=True, how_many=n),
    # Its cases wait more than they work.
    "fault": lambda domain, n: cuts.fault_series(domain, how_many=n, workers=2 if n else 4),
    "copies": lambda domain, n: copies.copies_series(domain, how_many=n),
    "store": lambda domain, n: stores.store_series(domain, how_many=n),
    "impostors": lambda domain, n: impostors.impostor_series(domain, how_many=n),
    "providers": lambda domain, _: providers.provider_series(domain),
    "late": lambda domain, n: late.late_series(domain, short=bool(n)),
    "many": lambda domain, n: many.many_series(domain, elevations=40 if n else 500),
    "clocks": lambda _, n: clocks.clock_series(runs=20 if n else 2000),
    "directory": lambda domain, n: directory_side.directory_series(domain, how_many=n),
    "audit": lambda _, n: audits.audit_series(how_many=n),
    "race": lambda domain, n: races.race_series([domain], races=n or 500, workers=1 if n else 4),
}
"""By their short names: those that need one domain controller at most."""
OF_TWO: dict[str, Callable[[TwoControllers, int], Outcome]] = {
    "pair": lambda pair, _: pairs.pair_series(pair),
    "apart": lambda pair, n: clocks_apart.apart_series(pair, how_many=n),
    "races": lambda pair, n: races.race_series(pair.domains, races=n or 500, workers=1 if n else 4),
    "attacks": lambda pair, n: attacked.attack_series(pair, short=bool(n)),
}
"""Those that need two."""
NAMES = (*OF_ONE, *OF_TWO)
_SHARES = 8
_ALONE: Sequence[Sequence[str]] = (("late", "many"), ("pair", "apart"))
"""What measures times, or looks two seconds after a deadline: nothing else runs beside each of these."""
_WAITING: Sequence[Sequence[str]] = (("attacks",),) * _SHARES
"""What waits more than it works, each a share of the attacks: beside each other."""
_BUSY: Sequence[Sequence[str]] = (
    ("fault", "audit", "impostors"),
    ("kill", "sweep", "race", "providers"),
    ("copies", "store", "directory", "clocks", "races"),
)
"""What works more than it waits: beside each other, and not beside the attacks, which it would make late."""


def outcomes_of(names: Sequence[str], how_many: int) -> Iterator[Outcome]:
    """The outcomes of the series that are named, each when it is done."""
    with ExitStack() as stack:
        if any(name in OF_ONE for name in names):
            domain = stack.enter_context(SambaServer()).start()
            with hostnames.resolved_here(domain.hosts, domain.environment):
                for name, run in OF_ONE.items():
                    if name in names:
                        yield run(domain, how_many)
    with ExitStack() as stack:
        if any(name in OF_TWO for name in names):
            pair = stack.enter_context(TwoControllers())
            with pair.resolved_here():
                for name, run_two in OF_TWO.items():
                    if name in names:
                        pair.restore()
                        yield run_two(pair, how_many)


def whole(out: Path) -> list[dict[str, object]]:
    """Every series in its long form, in one run."""
    done: list[dict[str, object]] = []
    for alone in _ALONE:
        done += _beside_each_other([(alone, "")], out)
    done += _beside_each_other([(names, f"{n}/{_SHARES}") for n, names in enumerate(_WAITING, 1)], out)
    done += _beside_each_other([(names, "") for names in _BUSY], out)
    return as_one(done)


def _beside_each_other(parts: Sequence[tuple[Sequence[str], str]], out: Path) -> list[dict[str, object]]:
    """The outcomes of parts that run at the same time: the names of their series, and which share of the
    attacks each plays."""

    def outcomes(n: int) -> list[dict[str, object]]:
        return _in_process(parts[n][0], out.with_name(f"reliability-{n}.json"), parts[n][1])

    with ThreadPoolExecutor(len(parts)) as pool:
        return [outcome for found in pool.map(outcomes, range(len(parts))) for outcome in found]


def as_one(outcomes: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """One outcome of each series: shares of one are put together."""
    found: dict[object, dict[str, object]] = {}
    for outcome in outcomes:
        name = outcome["series"]
        found[name] = Outcome.together(found[name], outcome) if name in found else outcome
    return list(found.values())


def _in_process(names: Sequence[str], out: Path, share: str = "") -> list[dict[str, object]]:
    """The outcomes of some series, from a process of their own."""
    out.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.reliability.run", "--only", ",".join(names), "--out", str(out)]
    code = subprocess.run([*command, "--share", share] if share else command, check=False).returncode
    if code not in (0, 1):
        raise RuntimeError(f"{', '.join(names)} ended with {code}")
    found: list[dict[str, object]] = json.loads(out.read_text(encoding="utf-8"))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--how-many", type=int, default=0, help="of each flow; 0: every point")
    parser.add_argument("--only", default="", help="names of series, with commas between")
    parser.add_argument("--out", type=Path, default=Path("build") / "reliability.json")
    parser.add_argument("--stop-at-first", action="store_true", help="each series ends at its first finding")
    parser.add_argument("--attacks", default="", help="words of those that are played, with commas between")
    parser.add_argument("--share", default="1/1", help="of the attacks: 1/3 is one third of them")
    options = parser.parse_args()
    attacked.SHARE[:] = [int(number) for number in options.share.split("/")]
    Patience.stop_at_first = options.stop_at_first
    attacked.CHOSEN.extend(filter(None, options.attacks.split(",")))
    options.out.parent.mkdir(exist_ok=True)
    if not options.only and not options.how_many:
        everything = whole(options.out)
        options.out.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
        document.main(options.out)
        return 1 if any(o["failures"] for o in everything) else 0
    names = [name for name in options.only.split(",") if name] or list(NAMES)
    if unknown := set(names) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    outcomes: list[Outcome] = []
    for outcome in outcomes_of(names, options.how_many):
        outcome.how_many, outcome.commit = options.how_many, commit
        outcomes.append(outcome)
        sys.stdout.write(json.dumps(outcome.as_json()) + "\n")
        sys.stdout.flush()
    options.out.write_text(json.dumps([o.as_json() for o in outcomes], indent=1) + "\n", encoding="utf-8")
    return 1 if any(o.failures for o in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
