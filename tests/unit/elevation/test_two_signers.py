# SPDX-License-Identifier: MIT
"""Two who sign in differently have both extended one elevation: a copy that does not know it ends it when the
copies that know it do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jit_desktop.elevation import prolonging
from jit_desktop.elevation.identity import ObjectGuid, SecurityId
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import TemporaryGroup
from tests.unit.elevation.helpers import MemoryStore
from tests.unit.elevation.test_adopting import HOUR, directory_of, guid_of, sweep
from tests.unit.elevation.test_forged import made_by, retell
from tests.unit.elevation.world import World

COLLEAGUE = SecurityId("S-1-5-21-1-2-3-2000")
LITTLE, MUCH = 120, 1200


@pytest.fixture
def world() -> World:
    return World()


def markers_of(world: World, elevation: Elevation) -> tuple[TemporaryGroup, ...]:
    with directory_of(world) as directory:
        return prolonging.find(elevation, directory)


def end_of(marker: TemporaryGroup) -> datetime:
    found = prolonging.decode(marker.info)
    assert found is not None
    return found.end


def sid_of(world: World, account: ObjectGuid) -> SecurityId:
    with directory_of(world) as directory:
        sid = directory.read(account).sid
    assert sid is not None
    return sid


def extended_twice(world: World, *, last_by: SecurityId, seconds: int = MUCH) -> tuple[Elevation, Elevation]:
    """By the account that signs in, and then by another one."""
    elevation = world.check_out(seconds=HOUR)
    world.service.extend(elevation.id, LITTLE, world.recorder)
    told = world.service.extend(elevation.id, seconds, world.recorder)
    last = max(markers_of(world, elevation), key=end_of)
    made_by(world, last.guid, last_by)
    return elevation, told


def by_the_colleague(world: World, elevation: Elevation) -> None:
    """The group itself, so that who signs in here has extended somebody else's."""
    made_by(world, guid_of(elevation), COLLEAGUE)


def nothing_else(world: World, elevation: Elevation) -> None: ...


def without_the_first_extension(world: World, elevation: Elevation) -> None:
    """It was refused, and only the marker of the earlier deadline was left."""
    ends = sorted(markers_of(world, elevation), key=end_of)
    with directory_of(world) as directory:
        for marker in ends[1:-1]:
            directory.delete_group(marker.guid)


def until(world: World, end: datetime, *, seconds: float = 0) -> None:
    world.clock.advance((end - world.clock.utc_now()).total_seconds() + seconds)


@pytest.mark.parametrize("change", [nothing_else, by_the_colleague, without_the_first_extension])
def test_that_an_empty_copy_of_the_first_one_goes_on_to_the_end_that_the_other_one_gave(
    world: World, change: Callable[[World, Elevation], None]
) -> None:
    elevation, told = extended_twice(world, last_by=COLLEAGUE)
    change(world, elevation)
    until(world, elevation.deadline, seconds=LITTLE + 20)
    store = MemoryStore()
    report = sweep(world, store)
    assert world.holds()
    (adopted,) = report.adopted
    assert adopted.deadline == told.deadline.replace(microsecond=0)
    assert (report.suspects, report.is_alarm) == ((), False)
    assert not [step for step in store.kept_steps if "Its record asks for" in step.message]
    until(world, told.deadline, seconds=1)
    sweep(world, store)
    assert not world.holds()


def test_that_the_other_one_counts_as_far_as_the_policy_goes_and_that_is_said(world: World) -> None:
    elevation, _ = extended_twice(world, last_by=COLLEAGUE, seconds=MUCH)
    longest = HOUR + LITTLE + MUCH // 2
    world.change(replace(world.provider, policy=replace(world.provider.policy, maximum_seconds=longest)))
    until(world, elevation.deadline, seconds=LITTLE + 20)
    store = MemoryStore()
    (adopted,) = sweep(world, store).adopted
    assert elevation.granted_at is not None
    assert adopted.deadline == elevation.granted_at.replace(microsecond=0) + timedelta(seconds=longest)
    assert [step for step in store.kept_steps if "longer than the checkout policy allows" in step.message]
    until(world, adopted.deadline, seconds=1)
    sweep(world, MemoryStore())
    assert not world.holds()


def by_the_account(world: World, elevation: Elevation) -> SecurityId:
    return sid_of(world, elevation.account.guid)


def by_a_group_that_it_is_in(world: World, elevation: Elevation) -> SecurityId:
    return sid_of(world, elevation.privileges[0].group.guid)


@pytest.mark.parametrize("maker", [by_the_account, by_a_group_that_it_is_in])
@pytest.mark.parametrize("says", ["itself", "somebody else"])
def test_that_the_elevated_account_lengthens_nothing_whomever_the_record_names(
    world: World, maker: Callable[[World, Elevation], SecurityId], says: str
) -> None:
    elevation, _ = extended_twice(world, last_by=COLLEAGUE)
    made_by(world, max(markers_of(world, elevation), key=end_of).guid, maker(world, elevation))
    if says == "somebody else":
        retell(world, elevation, acc=world.account("_sqladmin02").replace("-", ""))
    until(world, elevation.deadline, seconds=LITTLE + 5)
    store = MemoryStore()
    sweep(world, store)
    assert not world.holds()
    assert not [step for step in store.kept_steps if "longer than the checkout policy" in step.message]


def test_that_a_later_end_that_nothing_shows_is_not_put_down_to_the_policy(world: World) -> None:
    elevation = world.check_out(seconds=HOUR)
    world.service.extend(elevation.id, LITTLE, world.recorder)
    later = elevation.deadline + timedelta(seconds=MUCH)
    retell(world, elevation, end=f"{later:%Y-%m-%dT%H:%M:%SZ}")
    store = MemoryStore()
    sweep(world, store)
    (said,) = [step.message for step in store.kept_steps if "Its record asks for" in step.message]
    assert "nothing shows that a copy of the program set that end" in said
    assert "policy" not in said


def test_that_a_row_and_an_empty_copy_believe_the_same_end(world: World) -> None:
    elevation, told = extended_twice(world, last_by=COLLEAGUE)
    (adopted,) = sweep(world, MemoryStore()).adopted
    longest = elevation.deadline + timedelta(days=1)
    with directory_of(world) as directory:
        markers = prolonging.find(elevation, directory)
        believed = prolonging.believed_until(elevation, longest, directory, markers)
    assert believed == adopted.deadline == told.deadline.replace(microsecond=0)
