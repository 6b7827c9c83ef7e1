# SPDX-License-Identifier: MIT
"""The throw-away groups of rehearsals: their names and marks, and which of them may be removed by anybody."""

from __future__ import annotations

import enum
import json
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from jit_desktop.elevation.errors import DirectoryError, NoSuchObject
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.ports import Directory, TemporaryGroup

_LOG = logging.getLogger(__name__)

LONGEST = timedelta(days=1)
"""A mark that says a rehearsal ends later than this from now is none of ours."""
_VERSION = 1
_NAME = re.compile(r".+_REHEARSAL_(?P<id>[0-9a-f]{12})_(TARGET|MEMBER|GROUP)", re.IGNORECASE)
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Role(enum.StrEnum):
    """What a group stands for."""

    TARGET = "TARGET"
    """In the place of a group that is granted."""
    MEMBER = "MEMBER"
    """In the place of the account."""
    GROUP = "GROUP"
    """The temporary group."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands in ``info`` of such a group. ``end`` is UTC on the domain controller's clock."""

    id: str
    """12 hexadecimal digits, of one rehearsal."""
    end: datetime


def name_start(prefix: str, rehearsal_id: str) -> str:
    """What the names of all groups of one rehearsal begin with."""
    return f"{prefix}_REHEARSAL_{rehearsal_id}_"


def encode(mark: Mark) -> str:
    """The mark as it stands in ``info``. It is no record of an elevation, and no copy takes it for one."""
    return json.dumps(
        {"jit-rehearsal": _VERSION, "id": mark.id, "end": mark.end.astimezone(UTC).strftime(_TIME)},
        separators=(",", ":"),
    )


def decode(text: str) -> Mark | None:
    """The mark in ``text``, ``None`` where there is none that we understand."""
    try:
        raw = json.loads(text)
        if not isinstance(raw, dict) or set(raw) != {"jit-rehearsal", "id", "end"}:
            return None
        if type(raw["jit-rehearsal"]) is not int or raw["jit-rehearsal"] != _VERSION:
            return None
        return Mark(str(raw["id"]), datetime.strptime(raw["end"], _TIME).replace(tzinfo=UTC))
    except (ValueError, TypeError, RecursionError):
        return None


def recognised(groups: Sequence[TemporaryGroup], now: datetime) -> dict[ObjectGuid, Mark]:
    """Which of ``groups`` are of a rehearsal, by their GUIDs. A stranger's word is not enough for that.

    Name and mark have to agree, the end has to be near, and a group may have nothing but groups of the same
    rehearsal as members and be a member of nothing else: so none of them gives anybody anything, and what is
    in real use can't be passed off as one.
    """
    marks = {g.guid: mark for g in groups if (mark := _own_mark(g, now)) is not None}
    while True:
        strange = [g.guid for g in groups if g.guid in marks and not _is_among_its_own(g, marks)]
        if not strange:
            return marks
        for guid in strange:
            del marks[guid]


def _own_mark(group: TemporaryGroup, now: datetime) -> Mark | None:
    name, mark = _NAME.fullmatch(group.name), decode(group.info)
    if name is None or mark is None or name["id"].lower() != mark.id or mark.end > now + LONGEST:
        return None
    return mark


def _is_among_its_own(group: TemporaryGroup, marks: dict[ObjectGuid, Mark]) -> bool:
    own = marks[group.guid].id
    return all(other in marks and marks[other].id == own for other in (*group.members, *group.member_of))


def remove_expired(
    directory: Directory, groups: Iterable[TemporaryGroup], marks: dict[ObjectGuid, Mark], now: datetime
) -> tuple[str, ...]:
    """Delete the groups of rehearsals whose time is over at ``now``; returns the names of those removed.

    What can't be removed is logged and left for the next time.
    """
    removed = []
    for group in groups:
        if group.guid not in marks or now < marks[group.guid].end:
            continue
        try:
            directory.delete_group(group.guid)
        except NoSuchObject:
            continue  # somebody else was faster
        except DirectoryError as error:
            _LOG.warning("%s of a rehearsal could not be removed: %s", group.name, error)
            continue
        removed.append(group.name)
    return tuple(removed)
