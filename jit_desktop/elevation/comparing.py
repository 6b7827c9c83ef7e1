# SPDX-License-Identifier: MIT
"""How a temporary group differs from what was granted (:meth:`.judging.Judge.wrong_with`)."""

from __future__ import annotations

from jit_desktop.elevation import record
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import TemporaryGroup

_MORE_MEMBERS = "The temporary group has members that it was not made with."
_MORE_GROUPS = "The temporary group is in groups that were not chosen."
_SAID_BY = {record.MORE_MEMBERS: _MORE_MEMBERS, record.MORE_GROUPS: _MORE_GROUPS}
"""Reasons of the verdict that say no more than a difference."""


def with_reason(words: str, reason: str) -> str:
    """``words``, of :func:`differences`, with what the verdict says besides, all in sentences."""
    if not reason or _SAID_BY.get(reason, reason) in words:
        return words
    return f"{words} {reason[0].upper()}{reason[1:]}.".lstrip()


def differences(elevation: Elevation, group: TemporaryGroup) -> str:
    """How ``group`` differs from what was granted, in sentences; empty where it does not."""
    found = []
    if elevation.account.guid not in group.members:
        found.append(f"{elevation.account.name} is no member of the temporary group any more.")
    if any(member != elevation.account.guid for member in group.members):
        found.append(_MORE_MEMBERS)
    lacking = [p.label for p in elevation.privileges if p.group.guid not in group.member_of]
    if lacking:
        found.append(f"The temporary group is not in {', '.join(lacking)} any more.")
    chosen = {p.group.guid for p in elevation.privileges}
    if any(target not in chosen for target in group.member_of):
        found.append(_MORE_GROUPS)
    entry = record.read(group.info)
    if entry is None or (entry.id, entry.account) != (elevation.id, elevation.account.guid):
        found.append("Its record was changed.")
    return " ".join(found)
