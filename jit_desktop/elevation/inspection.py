# SPDX-License-Identifier: MIT
"""How one elevation stands, as each domain controller shows it: what an end is confirmed by and what *Check
now* tells, with advice."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from jit_desktop.elevation.model import ON_ITS_WAY, Elevation, GrantedPrivilege


@dataclass(frozen=True, slots=True)
class TargetTruth:
    """How one chosen group stands on one domain controller."""

    privilege: GrantedPrivilege
    nested: bool = False
    """Whether the temporary group is a member of it."""
    ends_in_seconds: int | None = None
    """TTL of that membership; ``None`` where it has none."""
    in_token: bool | None = False
    """Whether ``tokenGroups`` of the account shows it: a logon now would have the right. ``None`` where that
    could not be read."""
    permanent_through: tuple[str, ...] = ()
    """Through what else the account is in it: names of groups, or the group's own name where it is a direct
    member. Such rights stay when the elevation ends."""
    other_elevations: tuple[str, ...] = ()
    """Temporary groups of other elevations of the account that give it too, each by name with its end."""
    by_elevation: bool = False
    """Whether this elevation gives it: through a temporary group that the account is in, or that can't be
    looked into."""

    @property
    def is_unexplained(self) -> bool:
        """Whether the account has it by a way that could not be read."""
        return bool(
            self.in_token and not (self.by_elevation or self.permanent_through or self.other_elevations)
        )


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
    extra: tuple[str, ...] = ()
    """Other groups, by name, that the account is in through the temporary group: somebody nested it there."""
    to_others: tuple[str, ...] = ()
    """Chosen groups that the temporary group is in, where somebody else is in it, or may be."""
    foreign_to_others: tuple[str, ...] = ()
    """The same of groups that were not chosen: somebody nested it there."""
    differences: str = ""
    """How the temporary group differs from what was granted, and what makes it suspect, in sentences, for
    *Check now*; empty where nothing does, or it can't be seen."""
    unproven: tuple[str, ...] = ()
    """What could not be seen, each in a sentence: that the rights are gone is not proven then."""
    account_deleted: bool = False
    """Whether the tombstone of the account proves that it was deleted, where that was asked for."""
    group_gone: bool = False
    """Whether it is proven that the temporary group is not there, for *Check now*. Where it is neither there
    nor gone it is not shown, and what is said of it means nothing."""

    @property
    def no_answer(self) -> str:
        """Why it does not say how things stand here, in a sentence: it could not be asked, or answers and
        hides a part; empty where it says it."""
        return self.problem or ("" if self.targets else " ".join(self.unproven))

    @property
    def hides_a_part(self) -> bool:
        """Whether it answers, and what it shows is not enough to say how things stand."""
        return bool(self.no_answer) and not self.problem

    @property
    def holds(self) -> bool:
        """Whether the elevation gives the account any right here."""
        return bool(self.given)

    @property
    def given(self) -> tuple[str, ...]:
        """What the elevation gives the account here, by name."""
        return (*(t.privilege.label for t in self.targets if t.by_elevation), *self.extra)

    @property
    def gives(self) -> bool:
        """Whether the elevation gives anybody any right here that it was to give for a time."""
        return self.holds or bool(self.to_others)

    @property
    def is_over(self) -> bool:
        """Whether it is proven that the elevation gives nothing here any more."""
        return not (self.problem or self.unproven or self.gives)


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
    NOT_AS_MADE = "not-as-made"
    """It holds the rights, and its temporary group is not as it was made."""
    STILL_GRANTED = "still-granted"
    """It should not hold the rights any more and does."""
    NOT_VISIBLE = "not-visible"
    """It should not hold the rights any more, and that can't be seen."""
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

    @property
    def ends_late(self) -> bool:
        """Whether its deadline has passed, by more than an end takes, and its end is not confirmed yet."""
        return self.elevation.ends_late(self.at - ON_ITS_WAY)

    @property
    def is_not_ended(self) -> bool:
        """Whether what should be over gives a right, or may: it can't be seen, or nobody could be asked."""
        if all(truth.no_answer for truth in self.controllers):
            return self.elevation.is_alarm(self.at)
        return any(a.is_alarm and a.kind in _NOT_ENDED for a in self.advice)


_NOT_ENDED: Final = frozenset({AdviceKind.STILL_GRANTED, AdviceKind.NOT_VISIBLE})
