# SPDX-License-Identifier: MIT
"""The sums behind the guarantee: which of several ends counts, and when somebody has to look at one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from jit_desktop.elevation import assurance
from jit_desktop.elevation.assurance import Assurance
from jit_desktop.elevation.errors import AlreadyExists, SignInFailed
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Mechanism
from jit_desktop.elevation.ports import Abilities, Directory, Membership, TemporaryGroup
from tests.unit.elevation.helpers import START, guid
from tests.unit.elevation.world import World

ACCOUNT = guid()
GROUP = guid()
NO_MEMBER = -1


@dataclass
class Showing:
    """A directory that shows memberships and nothing else."""

    links: Mapping[tuple[ObjectGuid, ObjectGuid], Membership]
    info: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(abilities=Abilities(dynamic_objects=True, ttl_links=True))
    )

    def membership(self, group: ObjectGuid, member: ObjectGuid) -> Membership | None:
        return self.links.get((group, member))


def found(group: int | None, account: int | None, targets: list[int | None]) -> Assurance:
    """What is shown where these end after so many seconds (``None``: never)."""
    guids = [guid() for _ in targets]
    ends = [((GROUP, ACCOUNT), account)]
    ends += [((target, GROUP), end) for target, end in zip(guids, targets, strict=True)]
    links = {link: Membership(end) for link, end in ends if end != NO_MEMBER}
    shown = TemporaryGroup(GROUP, DistinguishedName("CN=x"), "x", ends_in_seconds=group)
    return assurance.shown(cast("Directory", Showing(links)), START, shown, ACCOUNT, guids)


@pytest.mark.parametrize(
    ("group", "account", "targets", "ends"),
    [
        (None, 50, [100], 50),
        (None, 100, [50], 50),
        (None, 100, [30, 70], 70),
        (None, 100, [70, 30], 70),
        (None, None, [30, 70], 70),
        (None, 100, [None, 30], 100),
        (None, 100, [NO_MEMBER, 30], 30),
        (60, 100, [100], 60),
        (100, 60, [80], 60),
        (100, 80, [60, 70], 70),
        (None, NO_MEMBER, [40], 40),
    ],
)
def test_that_it_ends_with_the_group_the_account_or_the_last_of_its_targets(
    group: int | None, account: int | None, targets: list[int | None], ends: int
) -> None:
    end = START + timedelta(seconds=ends)
    assert found(group, account, targets) == Assurance(Mechanism.TTL_LINKS, end)


def test_that_permanent_memberships_leave_the_group_or_nothing_to_end_it() -> None:
    assert found(50, None, [None, 30]) == Assurance(Mechanism.DYNAMIC_GROUP, START + timedelta(seconds=50))
    assert found(None, None, [None, 30]) == Assurance()


@pytest.mark.parametrize(
    ("left", "links", "seconds"),
    [(100, False, 900), (100, True, 900), (900, False, 900), (902, False, 901), (902, True, 1201)],
)
def test_that_a_group_is_never_asked_to_live_shorter_than_the_forest_allows(
    left: int, links: bool, seconds: int
) -> None:
    abilities = Abilities(dynamic_objects=True, minimum_ttl_seconds=900)
    deadline = START + timedelta(seconds=left)
    assert assurance.group_seconds(deadline, START, abilities, links=links) == seconds


def test_that_what_exists_already_or_does_not_let_us_in_has_not_refused_a_time_to_live() -> None:
    assert not assurance.is_refusal(AlreadyExists("It is there."))
    assert not assurance.is_refusal(SignInFailed("Wrong password."))


# --- when somebody has to look -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hanging() -> Elevation:
    """An hour left, an extension under way, a lease of a minute."""
    world = World()
    return replace(
        world.check_out(),
        state=State.ACTIVE,
        deadline=START + timedelta(hours=1),
        extending_to=START + timedelta(hours=2),
        next_attempt_at=START + timedelta(minutes=1),
    )


def test_that_an_extension_hangs_when_its_lease_is_over(hanging: Elevation) -> None:
    assert not hanging.extension_hangs(START + timedelta(seconds=59))
    assert hanging.extension_hangs(START + timedelta(seconds=60))
    assert not replace(hanging, extending_to=None).extension_hangs(START + timedelta(seconds=60))


def test_that_an_extension_hangs_at_the_earlier_deadline_whatever_its_lease(hanging: Elevation) -> None:
    late = replace(hanging, next_attempt_at=hanging.deadline + timedelta(seconds=30))
    assert not late.extension_hangs(late.deadline - timedelta(seconds=1))
    assert late.extension_hangs(late.deadline)
    assert not late.is_due(late.deadline - timedelta(seconds=1))
    assert late.is_due(late.deadline)


@pytest.mark.parametrize("state", sorted(State))
def test_that_an_extension_hangs_only_while_the_rights_are_held(hanging: Elevation, state: State) -> None:
    held = state in (State.PROPAGATING, State.ACTIVE)
    assert replace(hanging, state=state).extension_hangs(hanging.deadline) is held
