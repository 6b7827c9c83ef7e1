# SPDX-License-Identifier: MIT
"""Asks the directory whether it shows the end that the own row names.

The database belongs to whoever sits at the computer, often the person whose account is elevated; and a fault
can write there too. The directory knows the end twice: by the record that the temporary group was made with,
and by the markers of extensions (:mod:`.prolonging`). A row that names a later one than both is not believed
beyond them. A copy that finds the group without knowing it goes by the same (:mod:`.verdict`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from jit_desktop.elevation import prolonging, record
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory, NotVisible, TemporaryGroup
from jit_desktop.elevation.remaining import find_group
from jit_desktop.elevation.verdict import CLOCKS_DIFFER, is_authentic

_ROUNDING = timedelta(seconds=2)
"""Records and markers name whole seconds."""


def is_past_its_shown_end(
    elevation: Elevation,
    group: TemporaryGroup,
    *,
    now: datetime,
    longest_seconds: int,
    directory: Directory,
    elsewhere: prolonging.Elsewhere,
    read_at: float,
) -> bool:
    """Whether the row of ``elevation`` names an end to come, and ``now`` (UTC, on the clock that
    it goes by) is past the latest one that the directory shows.

    Where nothing there proves an end, since the record was written again and no marker is left, or where a
    domain controller could not be asked that may know of an extension, the policy decides:
    ``longest_seconds`` from when the group was made (:func:`latest_by_policy`). ``read_at``, by the
    monotonic clock: when the row was read, at the earliest; what was listed before may lack the extension
    that the row knows of. Raises :class:`DirectoryError`.
    """
    if _is_as_made(elevation, group):
        return False
    by_policy = latest_by_policy(elevation, group, longest_seconds, now)

    def is_over(end: datetime) -> bool:
        return now >= end and elevation.deadline > end + _ROUNDING

    shown = _shown(elevation, group, by_policy, directory, elsewhere.here)
    if not is_over(shown or by_policy):
        return False
    # Another domain controller may know of an extension, and what was listed may be older than the row:
    # asked only now.
    again = find_group(elevation, directory)
    if isinstance(again, NotVisible):
        return False  # it went meanwhile: the next look tells how
    shown = _shown(elevation, again, by_policy, directory, lambda e: elsewhere.everywhere(e, since=read_at))
    if shown is None or not elsewhere.is_whole(elevation):
        return is_over(max(by_policy, shown or by_policy))
    return is_over(shown)


def _is_as_made(elevation: Elevation, group: TemporaryGroup) -> bool:
    """Whether the record that the group was made with says the same end as the row, whoever owns it now: an
    owner is set by scripts, and the account that signs in is changed. Two that were written apart agree."""
    entry = record.read(group.info)
    if entry is None or group.record_version != 1 or entry.id != elevation.id:
        return False
    return abs(entry.deadline - elevation.deadline) <= _ROUNDING


def latest_by_policy(
    elevation: Elevation, group: TemporaryGroup, longest_seconds: int, now: datetime
) -> datetime:
    """When the longest duration is over from when the group was made, UTC. Where that is not shown, from when
    the row says that it was granted: which it can't have been in time to come."""
    start = group.created_at or elevation.granted_at or elevation.requested_at
    if start > now + CLOCKS_DIFFER:
        return now
    return start + timedelta(seconds=longest_seconds)


def _shown(
    elevation: Elevation,
    group: TemporaryGroup,
    by_policy: datetime,
    directory: Directory,
    markers_of: Callable[[Elevation], Iterable[TemporaryGroup]],
) -> datetime | None:
    """The latest end that the record and markers prove; ``None`` where neither proves any."""
    ends: list[datetime | None] = []
    entry = record.read(group.info)
    if entry is not None and is_authentic(group, prolonging.trusted_owners(directory)):
        ends.append(entry.deadline)
    ends.append(prolonging.believed_until(elevation, by_policy, directory, markers_of(elevation)))
    return max((end for end in ends if end is not None), default=None)
