# SPDX-License-Identifier: MIT
"""What *Check now* found: the truth about one elevation on each domain controller, and advice."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from jit_desktop.elevation.model import Elevation, GrantedPrivilege


@dataclass(frozen=True, slots=True)
class TargetTruth:
    """How one chosen group stands on one domain controller."""

    privilege: GrantedPrivilege
    nested: bool = False
    """Whether the temporary group is a member of it."""
    ends_in_seconds: int | None = None
    """TTL of that membership; ``None`` where it has none."""
    in_token: bool = False
    """Whether ``tokenGroups`` of the account shows it: a logon now would have the right."""
    permanent_through: tuple[str, ...] = ()
    """Through what else the account is in it: names of groups, or the group's own name where it is a direct
    member. Such rights stay when the elevation ends."""


@dataclass(frozen=True, slots=True)
class ControllerTruth:
    """What one domain controller says."""

    host: str
    problem: str = ""
    """Why it could not be asked; then nothing else here means anything."""
    group_there: bool = False
    group_ends_in_seconds: int | None = None
    """``entryTTL`` of the temporary group; ``None`` where the directory does not delete it by itself."""
    account_in_group: bool = False
    targets: tuple[TargetTruth, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the elevation gives the account any right here."""
        return self.account_in_group and any(t.nested for t in self.targets)


class AdviceKind(enum.StrEnum):
    """What a person may have to do."""

    NEW_LOGON = "new-logon"
    """Rights of global and universal groups come and go with a new logon."""
    PURGE_TICKETS = "purge-tickets"
    """Rights of domain local groups come and go with new service tickets."""
    WAIT_FOR_REPLICATION = "wait-for-replication"
    PERMANENT_MEMBERSHIP = "permanent-membership"
    ADMIN_COUNT = "admin-count"
    """AdminSDHolder has marked the account and does not take that back."""
    NOT_GRANTED = "not-granted"
    """It should hold the rights and does not."""
    STILL_GRANTED = "still-granted"
    """It should not hold the rights any more and does."""
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to know or to do; ``text`` says it in a sentence or two, with the command to enter if any."""

    kind: AdviceKind
    text: str
    is_alarm: bool = False


@dataclass(frozen=True, slots=True)
class Inspection:
    """The whole answer. ``at`` is UTC on the domain controller's clock."""

    elevation: Elevation
    at: datetime
    controllers: tuple[ControllerTruth, ...]
    advice: tuple[Advice, ...] = ()
    in_words: str = ""
    """What it comes to, in one sentence."""
