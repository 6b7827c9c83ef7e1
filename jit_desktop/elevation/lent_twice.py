# SPDX-License-Identifier: MIT
"""Two elevations of one account at the same time: two sites that could not hear of each other can both grant
one, and neither could know. It is told as soon as one copy knows both."""

from __future__ import annotations

from collections.abc import Iterable

from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.model import Elevation, SuspectGroup


def told(elevations: Iterable[Elevation]) -> tuple[SuspectGroup, ...]:
    """One entry for each account that more than one of ``elevations`` lends: of one of these, with the others
    named. Each ends at its own deadline, so that none is an alarm."""
    by_account: dict[ObjectGuid, list[Elevation]] = {}
    for elevation in elevations:
        if elevation.is_granted:
            by_account.setdefault(elevation.account.guid, []).append(elevation)
    found = []
    for lent in by_account.values():
        *earlier, last = sorted(lent, key=lambda e: (e.granted_at or e.requested_at, e.id))
        if earlier:
            others = ", ".join(f"{e.group_name} until {e.deadline:%Y-%m-%d %H:%M:%S} UTC" for e in earlier)
            found.append(
                SuspectGroup(
                    last.group_name,
                    child_dn("CN", last.group_name, last.location.dn),
                    f"{last.account.name} is lent by it and by {others} at the same time; check one in",
                    tuple(privilege.label for privilege in last.privileges),
                    host=last.domain_controller,
                    elevation=last.id,
                )
            )
    return tuple(found)
