# SPDX-License-Identifier: MIT
"""What a planted fault is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Plant:
    """A safeguard that is taken away: in ``file`` the text ``old``, which occurs once, becomes ``new``.

    tests     what of the suite is run against it, as pytest takes it
    series    the series of `tests.reliability.run` that are run against it in their long form
    """

    words: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    series: tuple[str, ...] = ()

    def occurrences(self, root: Path = ROOT) -> int:
        """How often the text stands there; anything but 1 is a plant that has to be adapted."""
        return (root / self.file).read_text(encoding="utf-8").count(self.old)

    def put_into(self, root: Path) -> None:
        """Take the safeguard away in the tree at ``root``."""
        if self.occurrences(root) != 1:
            raise ValueError(f"{self.words}: the text stands {self.occurrences(root)} times in {self.file}")
        path = root / self.file
        path.write_text(path.read_text(encoding="utf-8").replace(self.old, self.new), encoding="utf-8")
