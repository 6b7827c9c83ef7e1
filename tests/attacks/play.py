# SPDX-License-Identifier: MIT
"""Plays attacks from the command line: `python -m tests.attacks.play [words of their names]`."""

from __future__ import annotations

import sys
import time
import traceback

from tests.attacks.field import Broken, field_on
from tests.attacks.registry import all_attacks
from tests.samba.pair import TwoControllers


def main(words: list[str]) -> int:
    chosen = [a for a in all_attacks() if all(w in f"{a.kind}: {a.name}" for w in words)]
    if not chosen:
        return 2
    failed = 0
    with TwoControllers() as pair, pair.resolved_here():
        pair.restore()
        for attack in chosen:
            began = time.monotonic()
            try:
                with field_on(pair) as field:
                    attack.play(field)
                came = "held"
            except Broken as error:
                came = f"{error.kind.upper()}: {error}"
            except Exception as error:  # noqa: BLE001 - the next one is played all the same
                came = f"ERROR {type(error).__name__}: {error}\n{traceback.format_exc()}"
            failed += came != "held"
            seconds = time.monotonic() - began
            sys.stdout.write(f"{seconds:5.1f} s  {attack.kind}: {attack.name}: {came}\n")
            sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
