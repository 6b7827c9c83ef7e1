# SPDX-License-Identifier: MIT
"""What a look at the directory says of one elevation, in the form in which it is kept and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from jit_desktop.elevation.inspection import AdviceKind, Inspection
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Seen, Sight

_CHANGES: Final = frozenset({AdviceKind.NOT_GRANTED, AdviceKind.NOT_AS_MADE})


def sight_of(inspection: Inspection) -> Sight | None:
    """*Check now*'s answer as a look at the elevation; ``None`` where no domain controller could be asked.

    Made of the same advice that the person reads, so that the list can't contradict it.
    """
    asked = [truth for truth in inspection.controllers if not truth.no_answer]
    if not asked:
        return None
    if not any(truth.group_there for truth in asked):
        words = "No domain controller that was asked shows its temporary group."
        return Sight(inspection.at, Seen.NOT_VISIBLE, words)
    changed = [advice.text for advice in inspection.advice if advice.kind in _CHANGES]
    if changed:
        return Sight(inspection.at, Seen.CHANGED, " ".join(changed))
    return Sight(inspection.at, Seen.AS_GRANTED)


def sight_of_group(elevation: Elevation, words: str, at: datetime, *, is_writer: bool) -> Sight | None:
    """A look at the group of an elevation, with which ``words`` say what is wrong; ``None`` where the domain
    controller that shows it may not have heard of all of the grant yet. ``is_writer``: it took the writes."""
    if words and not is_writer and elevation.state is State.PROPAGATING:
        return None
    return Sight(at, Seen.CHANGED if words else Seen.AS_GRANTED, words)


def last_sight(elevation: Elevation) -> Sight | None:
    """The last look at it; a grant of ours that came to its end was read back, which is one. ``None`` where
    there was none."""
    granted = None
    # ``granted_at`` is fixed before anything is written, ``ready_at`` when all of it was read back.
    is_read_back = elevation.ready_at is not None and not elevation.adopted
    if elevation.granted_at is not None and is_read_back:
        granted = Sight(elevation.granted_at, Seen.AS_GRANTED)
    return later_sight(granted, elevation.sight)


def later_sight(one: Sight | None, other: Sight | None) -> Sight | None:
    """The later of two looks; of two at the same time the second."""
    if one is None or other is None:
        return one or other
    return other if other.at >= one.at else one
