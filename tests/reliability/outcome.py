# SPDX-License-Identifier: MIT
"""What a series of cases has shown, as it is written into the JSON."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Kind = Literal["outlived_deadline", "lost", "doubled", "false_alarms", "wrong"]
Finding: TypeAlias = tuple[Kind, str]
"""What did not hold, and where; `wrong` is whatever else had to hold."""


class Patience:
    """Whether a series goes on after its first finding; inherited by the processes that it forks."""

    stop_at_first = False


def is_enough(cases: Sequence[tuple[str, Sequence[Finding]]]) -> bool:
    """Whether a series may stop: something was found, and nobody wants to know more."""
    return Patience.stop_at_first and bool(cases) and bool(cases[-1][1])


def played(work: Callable[[], Sequence[Finding]]) -> list[Finding]:
    """The findings of one case; that it could not be played to its end is one."""
    try:
        return list(work())
    except Exception as error:  # noqa: BLE001 - the other cases are played all the same
        return [("wrong", f"it could not be played to its end: {type(error).__name__}: {error}")]


@dataclass
class Outcome:
    """Counts of one series; the counts are of cases, not of findings."""

    series: str
    cases: int = 0
    outlived_deadline: int = 0
    lost: int = 0
    doubled: int = 0
    false_alarms: int = 0
    wrong: int = 0
    seconds: float = 0
    how_many: int = 0
    """Points or rows of each flow that were tried; 0: every one."""
    commit: str = ""
    """The state of the program that was tried."""
    figures: dict[str, object] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic, repr=False)

    def add(self, case: str, findings: Iterable[Finding]) -> None:
        """Count one case."""
        self.cases += 1
        found = list(dict.fromkeys((kind, text) for kind, text in findings))
        for kind in {kind for kind, _ in found}:
            setattr(self, kind, getattr(self, kind) + 1)
        self.failures += [f"{case}: {kind}: {text}" for kind, text in found]

    def done(self) -> Outcome:
        """Take the time."""
        self.seconds = round(time.monotonic() - self.began, 1)
        return self

    @staticmethod
    def together(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
        """What two shares of one series have shown, as it is written; they ran beside each other."""
        if one["commit"] != other["commit"]:
            raise ValueError(
                f"{one['series']}: shares of {one['commit']} and {other['commit']} are not one series"
            )
        counts = ("cases", "outlived_deadline", "lost", "doubled", "false_alarms", "wrong")
        return {
            **one,
            **{name: one[name] + other[name] for name in counts},
            "seconds": max(one["seconds"], other["seconds"]),
            "figures": {
                name: sorted({*one["figures"][name], *other["figures"][name]}) for name in one["figures"]
            },
            "failures": [*one["failures"], *other["failures"]],
        }

    def as_json(self) -> dict[str, object]:
        """As it is kept."""
        names = (
            "series",
            "cases",
            "outlived_deadline",
            "lost",
            "doubled",
            "false_alarms",
            "wrong",
            "seconds",
            "how_many",
            "commit",
        )
        return {name: getattr(self, name) for name in names} | {
            "figures": self.figures,
            "failures": self.failures,
        }


def spread(count: int, how_many: int) -> list[int]:
    """`how_many` of the numbers 1 to `count`, evenly spread, the first and the last among them; 0: all."""
    if not how_many or how_many >= count:
        return list(range(1, count + 1))
    if how_many == 1:
        return [(count + 1) // 2]
    return sorted({1 + round(i * (count - 1) / (how_many - 1)) for i in range(how_many)})
