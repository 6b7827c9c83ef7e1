# SPDX-License-Identifier: MIT
"""Our record in a temporary group: enough to end the elevation with nothing but the directory at hand.

It stands in the attribute ``info`` as one line of JSON and is replicated with the group. ``description``
says the same to people. A group without a valid record is never touched.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jit_desktop.elevation.identity import ElevationId, ObjectGuid
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.naming import utf16_length
from jit_desktop.elevation.ports import TemporaryGroup

VERSION = 1
MAXIMUM_TEXT = 1024
"""Upper bound of ``info`` and ``description`` ([MS-ADA1] info, rangeUpper), in UTF-16 code units."""
MAXIMUM_PRIVILEGES = 20
"""How many privileges one checkout may have, so that their GUIDs fit into one record."""
MORE_MEMBERS = "it has members that its record does not name"
MORE_GROUPS = "it is a member of groups that its record does not name"
_MAXIMUM_PERSON = 64
_START = '{"jit":'


class RecordInvalid(ValueError):
    """The text is not a record that we may act upon; the message says why."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the directory remembers of an elevation. Times are UTC, whole seconds."""

    id: ElevationId
    account: ObjectGuid
    targets: tuple[ObjectGuid, ...]
    granted_at: datetime
    deadline: datetime
    requested_by: str


def record_of(elevation: Elevation, granted_at: datetime, deadline: datetime) -> Record:
    """The record that an elevation's temporary group has to carry."""
    return Record(
        id=elevation.id,
        account=elevation.account.guid,
        targets=tuple(p.group.guid for p in elevation.privileges),
        granted_at=granted_at.replace(microsecond=0),
        deadline=deadline.replace(microsecond=0),
        requested_by=clean_person(elevation.requested_by),
    )


def encode(record: Record) -> str:
    """The record as it stands in ``info``; :class:`RecordInvalid` if it does not fit."""
    text = json.dumps(
        {
            "jit": VERSION,
            "id": record.id,
            "acc": _short(record.account),
            "from": _time_text(record.granted_at),
            "end": _time_text(record.deadline),
            "by": record.requested_by,
            "tgt": [_short(t) for t in record.targets],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    if utf16_length(text) > MAXIMUM_TEXT:
        raise RecordInvalid(f"the record has {utf16_length(text)} characters, {MAXIMUM_TEXT} fit")
    return text


def sentence(elevation: Elevation, deadline: datetime) -> str:
    """What ``description`` says to a person who finds the group."""
    text = (
        f"Temporary group of JIT Desktop: {elevation.account.name} has {elevation.label} until "
        f"{deadline:%Y-%m-%d %H:%M:%S} UTC, asked for by {elevation.requested_by}. It is removed then."
    )
    text = "".join(c if c.isprintable() else " " for c in text)
    if utf16_length(text) > MAXIMUM_TEXT:
        # Cut by code units; half a surrogate pair at the cut is dropped.
        text = text.encode("utf-16-le")[: (MAXIMUM_TEXT - 1) * 2].decode("utf-16-le", errors="ignore") + "…"
    return text


def decode(text: str) -> Record:
    """Read a record; :class:`RecordInvalid` says why a text is none, is damaged, or is of a newer version."""
    if not text:
        raise RecordInvalid("it carries no record")
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise RecordInvalid("its record is damaged") from None
    if not isinstance(raw, dict) or "jit" not in raw:
        raise RecordInvalid("its text is not a record of JIT Desktop")
    version = raw["jit"]
    if type(version) is not int:
        raise RecordInvalid("its record is damaged")
    if version > VERSION:
        raise RecordInvalid(f"its record is of a newer version ({version})")
    if version < 1 or set(raw) != {"jit", "id", "acc", "from", "end", "by", "tgt"}:
        raise RecordInvalid("its record is damaged")
    return _checked(raw)


def read(text: str) -> Record | None:
    """The record in a text; ``None`` where :func:`decode` finds none that may be acted upon."""
    try:
        return decode(text)
    except RecordInvalid:
        return None


def _checked(raw: dict[str, Any]) -> Record:
    try:
        targets = raw["tgt"]
        person = raw["by"]
        if not isinstance(targets, list) or not targets or not isinstance(person, str):
            raise RecordInvalid("its record is damaged")
        record = Record(
            id=ElevationId(_guid(raw["id"])),
            account=ObjectGuid(_guid(raw["acc"])),
            targets=tuple(ObjectGuid(_guid(t)) for t in targets),
            granted_at=_time(raw["from"]),
            deadline=_time(raw["end"]),
            # Whoever may write the group may have put anything there, half a character included.
            requested_by=clean_person(person),
        )
    except (TypeError, AttributeError, ValueError) as error:
        if isinstance(error, RecordInvalid):
            raise
        raise RecordInvalid("its record is damaged") from None
    if record.deadline < record.granted_at:
        raise RecordInvalid("its record ends before it begins")
    return record


def is_begun(text: str) -> bool:
    """Whether ``text`` begins as a record does, whatever became of it."""
    return text.lstrip().startswith(_START)


def contradiction(record: Record, group: TemporaryGroup) -> str:
    """Why ``record`` can't be the record of ``group`` as the directory shows it; empty where they agree.

    A half-made or half-ended grant shows *fewer* members or targets than the record names, never others.
    """
    if not group.name.lower().endswith(f"_{record.id}"):
        return "its name and its record name different elevations"
    if any(member != record.account for member in group.members):
        return MORE_MEMBERS
    if any(target not in record.targets for target in group.member_of):
        return MORE_GROUPS
    return ""


def clean_person(name: str) -> str:
    """A name as it may be shown and kept, whoever wrote it."""
    return "".join(char for char in name if char.isprintable())[:_MAXIMUM_PERSON]


def _short(guid: str) -> str:
    return guid.replace("-", "").lower()


def _guid(text: object) -> str:
    if not isinstance(text, str) or len(text) not in (32, 36):
        raise RecordInvalid("its record is damaged")
    return str(uuid.UUID(text))


def _time_text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _time(text: object) -> datetime:
    if not isinstance(text, str):
        raise RecordInvalid("its record is damaged")
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
