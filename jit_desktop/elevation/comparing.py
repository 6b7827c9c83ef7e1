# SPDX-License-Identifier: MIT
"""How a temporary group differs from what was granted: one answer for ticks, sweeps and *Check now*."""

from __future__ import annotations

from jit_desktop.elevation import record
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import TemporaryGroup


def differences(elevation: Elevation, group: TemporaryGroup) -> str:
    """How ``group`` differs from what was granted, in sentences; empty where it does not."""
    found = []
    if elevation.account.guid not in group.members:
        found.append(f"{elevation.account.name} is no member of the temporary group any more.")
    if any(member != elevation.account.guid for member in group.members):
        found.append("The temporary group has members that it was not made with.")
    lacking = [p.label for p in elevation.privileges if p.group.guid not in group.member_of]
    if lacking:
        found.append(f"The temporary group is not in {', '.join(lacking)} any more.")
    chosen = {p.group.guid for p in elevation.privileges}
    if any(target not in chosen for target in group.member_of):
        found.append("The temporary group is in groups that were not chosen.")
    entry = record.read(group.info)
    if entry is None or (entry.id, entry.account) != (elevation.id, elevation.account.guid):
        found.append("Its record was changed.")
    return " ".join(found)
