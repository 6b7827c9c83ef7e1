# SPDX-License-Identifier: MIT
"""`make reliability`: the long form of every series, then the JSON and the document made from it."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.reliability import audits, clocks, cuts, directory_side, document, kills, many, pairs
from tests.reliability.outcome import Outcome
from tests.samba import hostnames
from tests.samba.pair import TwoControllers
from tests.samba.server import SambaDomain, SambaServer


def _series(domain: SambaDomain, how_many: int) -> dict[str, Callable[[], Outcome]]:
    return {
        "kill": lambda: kills.kill_series(domain, sweeping=False, how_many=how_many),
        "sweep": lambda: kills.kill_series(domain, sweeping=True, how_many=how_many),
        "fault": lambda: cuts.fault_series(domain, how_many=how_many),
        "many": lambda: many.many_series(domain, elevations=40 if how_many else 500),
        "clocks": lambda: clocks.clock_series(runs=20 if how_many else 2000),
        "directory": lambda: directory_side.directory_series(domain, how_many=how_many),
        "audit": lambda: audits.audit_series(how_many=how_many),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--how-many", type=int, default=0, help="of each flow; 0: every point")
    parser.add_argument("--only", default="", help="names of series, with commas between")
    parser.add_argument("--out", type=Path, default=Path("build") / "reliability.json")
    options = parser.parse_args()
    outcomes: list[Outcome] = []
    with SambaServer() as server:
        domain = server.start()
        with hostnames.resolved_here(domain.hosts, domain.environment):
            for name, run in _series(domain, options.how_many).items():
                if options.only and name not in options.only.split(","):
                    continue
                outcome = run()
                outcomes.append(outcome)
                sys.stdout.write(json.dumps(outcome.as_json()) + "\n")
                sys.stdout.flush()
    if not options.only or "pair" in options.only.split(","):
        with TwoControllers() as pair, pair.resolved_here():
            pair.restore()
            outcomes.append(pairs.pair_series(pair))
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    for outcome in outcomes:
        outcome.how_many, outcome.commit = options.how_many, commit
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps([o.as_json() for o in outcomes], indent=1) + "\n", encoding="utf-8")
    if not options.only and not options.how_many:
        document.main(options.out)
    return 1 if any(o.failures for o in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
