# SPDX-License-Identifier: MIT
"""Keeps, outside of the data folder, how elevations stand that the database could not be told of: for the
words of other programs on that folder. Nothing is ended, or left, by what it says.
"""

from __future__ import annotations

import errno
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from jit_desktop.elevation.identity import ElevationId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.patience import Patience, Unanswered
from jit_desktop.store.fields import UNREADABLE, utc_from_text, utc_text
from jit_desktop.store.kept_file import read_kept
from jit_desktop.store.settings_file import write_whole

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")

FORMAT: Final = "jit-desktop-unrecorded"
VERSION: Final = 1
MAXIMUM_BYTES: Final = 1024 * 1024
MOST: Final = 1000
"""What is more goes, the oldest first."""
_OWNER_ONLY_FOLDER = 0o700


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """How one elevation stands by what a program did and could not record."""

    state: State
    at: datetime
    """When that was kept, UTC, by this computer's clock."""
    ended_at: datetime | None
    revision: int
    """A row of the database that has come as far knows better."""
    unconfirmed_on: tuple[str, ...] = ()


class UnrecordedFile:
    """One such file; without a place for it (the demo) nothing is kept."""

    def __init__(self, file: Path | None, patience: Patience | None = None) -> None:
        """``patience`` is that with its disk."""
        self.file = file
        self._patience = patience or Patience()

    def keep(
        self, waiting: Iterable[Elevation], *, at: datetime, rows: Mapping[ElevationId, int] | None
    ) -> None:
        """Have it say how ``waiting`` stand ``at`` that moment, besides what it says. ``rows`` are the open
        elevations by the database, with their revisions: of those that have come as far, and of what is not
        open any more, nothing has to be kept. ``None``: it can't be written, and nothing goes. Raises
        :class:`OSError`, also where the disk does not answer."""
        if self.file is None:
            return
        file, known = self.file, list(waiting)
        self._ask(file, lambda: self._keep(file, known, at, rows))

    def read(self) -> Mapping[ElevationId, Unrecorded]:
        """What it says, as far as it can be read; nothing where there is none, or its disk does not
        answer."""
        if self.file is None:
            return {}
        file = self.file
        try:
            return self._ask(file, lambda: _read(file))
        except OSError as error:
            _LOG.info("What could not be recorded is not known by %s: %s", file, error)
            return {}

    def _ask(self, file: Path, question: Callable[[], _T]) -> _T:
        """Its answer; :class:`OSError` where the disk of ``file`` gives none."""
        try:
            return self._patience.ask(question)
        except Unanswered:
            raise TimeoutError(errno.ETIMEDOUT, "its disk does not answer", str(file)) from None

    def _keep(
        self, file: Path, waiting: Iterable[Elevation], at: datetime, rows: Mapping[ElevationId, int] | None
    ) -> None:
        said = _read(file)
        now = {e.id: _kept(e, at, said.get(e.id)) for e in waiting}
        before = {
            key: one
            for key, one in said.items()
            if key not in now and (rows is None or rows.get(key, one.revision) < one.revision)
        }
        kept = {**before, **now}
        if not kept:
            file.unlink(missing_ok=True)
            return
        if kept == said:
            return
        file.parent.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        write_whole(file, _text(dict(list(kept.items())[-MOST:])))


def _read(file: Path) -> Mapping[ElevationId, Unrecorded]:
    try:
        raw = read_kept(file, form=FORMAT, version=VERSION, most_bytes=MAXIMUM_BYTES)
        parts = list(raw["elevations"].items())
    except FileNotFoundError:
        return {}
    except (OSError, *UNREADABLE) as error:
        _LOG.info("What could not be recorded is not known by %s: %s", file, error)
        return {}
    read = ((ElevationId(key), _one(part)) for key, part in parts[-MOST:])
    return {key: one for key, one in read if one is not None}


def _kept(elevation: Elevation, at: datetime, said: Unrecorded | None) -> Unrecorded:
    """How it stands; what is said of it already is not said anew."""
    e = elevation
    one = Unrecorded(e.state, at, e.ended_at, e.revision, e.unconfirmed_on)
    return said if said is not None and replace(said, at=at) == one else one


def _one(part: Any) -> Unrecorded | None:
    try:
        ended = part["ended_at"]
        return Unrecorded(
            State(part["state"]),
            utc_from_text(part["at"]),
            None if ended is None else utc_from_text(ended),
            int(part["revision"]),
            tuple(str(host) for host in part["unconfirmed_on"]),
        )
    except UNREADABLE:
        return None


def _text(kept: Mapping[ElevationId, Unrecorded]) -> str:
    parts = {
        key: {
            "state": one.state.value,
            "at": utc_text(one.at),
            "ended_at": None if one.ended_at is None else utc_text(one.ended_at),
            "revision": one.revision,
            "unconfirmed_on": list(one.unconfirmed_on),
        }
        for key, one in kept.items()
    }
    return json.dumps({"format": FORMAT, "version": VERSION, "elevations": parts}, indent=1) + "\n"
