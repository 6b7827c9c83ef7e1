# SPDX-License-Identifier: MIT
"""What makes Active Directory end an elevation by itself: which times to live are asked for, and what came of
them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jit_desktop.elevation.errors import AlreadyExists, DirectoryError, DirectoryUnavailable, SignInFailed
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.model import Elevation, Mechanism, Step, StepStatus
from jit_desktop.elevation.ports import Abilities, Directory, TemporaryGroup

RECORD_SURVIVES_SECONDS = 300
"""A group whose memberships end by themselves lives longer by this, so that its record can be read then."""
_ON_TIME = timedelta(seconds=1)
"""Times to live count whole seconds."""


@dataclass(frozen=True, slots=True)
class Way:
    """Which times to live a grant is written with."""

    links: bool
    """Memberships get a TTL."""
    group: bool
    """The temporary group is a dynamic object."""

    @property
    def is_ordinary(self) -> bool:
        """Whether it is written without any."""
        return not self.links and not self.group


@dataclass(frozen=True, slots=True)
class Assurance:
    """By what the directory ends an elevation, and when (UTC), as it shows it itself."""

    mechanism: Mechanism = Mechanism.NONE
    ends_at: datetime | None = None


def ways(abilities: Abilities) -> Sequence[Way]:
    """The ways that are worth trying, the best first, the ordinary one last."""
    every = (Way(links, group) for links in (True, False) for group in (True, False))
    return [
        way
        for way in every
        if (abilities.ttl_links or not way.links) and (abilities.dynamic_objects or not way.group)
    ]


def is_refusal(error: DirectoryError) -> bool:
    """Whether the directory said no, so that nothing was written and it can be tried without a time to live.

    One that did not answer, or that holds the object already, has not refused the time to live.
    """
    return not isinstance(error, DirectoryUnavailable | AlreadyExists | SignInFailed)


def link_seconds(deadline: datetime, now: datetime) -> int:
    """The TTL of a membership that is to end at ``deadline``, written at ``now`` or a little later.

    The greatest whole number *below* the time that is left: the write takes a moment to arrive, and the
    membership must not outlive the deadline by that.
    """
    return max(math.ceil((deadline - now).total_seconds()) - 1, 1)


def group_seconds(deadline: datetime, now: datetime, abilities: Abilities, *, links: bool) -> int:
    """The ``entryTTL`` of the temporary group; with ``links`` it survives the rights, else it ends them."""
    seconds = link_seconds(deadline, now) + (RECORD_SURVIVES_SECONDS if links else 0)
    return max(seconds, abilities.minimum_ttl_seconds)


def shown(
    directory: Directory,
    now: datetime,
    group: TemporaryGroup,
    account: ObjectGuid,
    targets: Iterable[ObjectGuid],
) -> Assurance:
    """What ``directory`` shows at ``now`` (UTC): what was asked for does not count.

    The rights end as soon as the account leaves the group, the group leaves the last of its targets, or the
    group itself goes.
    """
    dies_at = _at(now, group.ends_in_seconds)
    links = (
        _links_end(directory, now, group, account, targets) if directory.info.abilities.ttl_links else None
    )
    if links is not None:
        return Assurance(Mechanism.TTL_LINKS, links if dies_at is None else min(links, dies_at))
    if dies_at is not None:
        return Assurance(Mechanism.DYNAMIC_GROUP, dies_at)
    return Assurance()


def shown_for(directory: Directory, now: datetime, group: TemporaryGroup, elevation: Elevation) -> Assurance:
    """As :func:`shown`, for an elevation."""
    targets = [p.group.guid for p in elevation.privileges]
    return shown(directory, now, group, elevation.account.guid, targets)


def promise(assurance: Assurance, deadline: datetime) -> str:
    """Who ends an elevation with this ``deadline`` (UTC), in a sentence."""
    if assurance.ends_at is None:
        return "It ends only while this program or a sweep runs."
    if assurance.ends_at > deadline + _ON_TIME:
        return (
            "This program ends it on time; Active Directory at the latest at "
            f"{assurance.ends_at:%Y-%m-%d %H:%M:%S} UTC."
        )
    return f"Active Directory ends it by itself at {assurance.ends_at:%Y-%m-%d %H:%M:%S} UTC."


def report(journal: Journal, elevation: Elevation, assurance: Assurance, deadline: datetime) -> None:
    """Say in a step who ends it."""
    status = StepStatus.WARNING if assurance.ends_at is None else StepStatus.DONE
    journal.step(elevation, Step.GUARANTEE, status, promise(assurance, deadline))


def _links_end(
    directory: Directory,
    now: datetime,
    group: TemporaryGroup,
    account: ObjectGuid,
    targets: Iterable[ObjectGuid],
) -> datetime | None:
    inside = directory.membership(group.guid, account)
    nested = [directory.membership(target, group.guid) for target in targets]
    in_targets = [_at(now, m.ends_in_seconds) for m in nested if m is not None]
    ends = [_at(now, inside.ends_in_seconds)] if inside is not None else []
    if in_targets and None not in in_targets:
        ends.append(max(end for end in in_targets if end is not None))
    known = [end for end in ends if end is not None]
    return min(known) if known else None


def _at(now: datetime, seconds: int | None) -> datetime | None:
    if seconds is None:
        return None
    # The directory gives whole seconds rounded down: what is added to them is rounded up.
    whole = now.replace(microsecond=0)
    return whole + timedelta(seconds=seconds + (whole < now))
