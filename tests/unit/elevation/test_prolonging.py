# SPDX-License-Identifier: MIT
"""Who proves that an elevation was prolonged, and how far."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jit_desktop.directory.demo import DemoDirectory, Fault, Operation
from jit_desktop.elevation import prolonging
from jit_desktop.elevation.errors import AccessDenied, DeadlinePassed
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectGuid, SecurityId
from jit_desktop.elevation.lifecycle import Event
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import TemporaryGroup
from jit_desktop.elevation.prolonging import Marker, believed_until, decode, encode, find, proven
from tests.unit.elevation.helpers import MemoryStore, Recorder, guid
from tests.unit.elevation.world import World

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONGEST, LATE = START + timedelta(hours=4), START + timedelta(hours=6)
OWN, COLLEAGUE = SecurityId("S-1-5-21-1-2-3-1000"), SecurityId("S-1-5-21-1-2-3-2000")
DC1, DC2 = "dc1.corp.example.test", "dc2.corp.example.test"
ID = ElevationId("11111111-2222-4333-8444-555555555555")
GROUP = ObjectGuid("22222222-2222-4333-8444-555555555555")


def marker(owner: SecurityId | None, until: datetime = LATE, of: ObjectGuid = GROUP) -> TemporaryGroup:
    text = encode(Marker(ID, of, until, "CORP\\alice"))
    dn = DistinguishedName("CN=m,OU=JIT,DC=corp,DC=example,DC=test")
    return TemporaryGroup(guid(), dn, "m", text, owner=owner, record_version=1)


def test_that_only_who_is_trusted_and_wrote_it_once_proves_anything() -> None:
    assert proven([marker(OWN)], {OWN}).get(GROUP) == LATE
    assert proven([marker(COLLEAGUE)], {OWN}).get(GROUP) is None
    assert proven([marker(None)], {OWN}).get(GROUP) is None
    assert proven([replace(marker(OWN), record_version=2)], {OWN}).get(GROUP) is None
    assert proven([marker(OWN, of=guid())], {OWN}).get(GROUP) is None


@pytest.fixture
def world() -> World:
    return World()


def believed(world: World, elevation: Elevation, *, owner: str) -> datetime | None:
    """Until when a marker of who signs in, of a colleague, or of the elevated account itself is believed."""
    assert elevation.group_guid is not None
    with world.connector.connect(world.provider.connection) as directory:
        own, account = directory.own_sid(), directory.read(elevation.account.guid).sid
        of = {"own": own, "colleague": COLLEAGUE, "account": account}[owner]
        return believed_until(elevation, LONGEST, directory, [marker(of, of=elevation.group_guid)])


@pytest.mark.parametrize(("owner", "until"), [("own", LATE), ("colleague", LONGEST), ("account", None)])
def test_that_it_counts_in_full_or_as_far_as_the_policy_goes_or_not_at_all(
    world: World, owner: str, until: datetime | None
) -> None:
    assert believed(world, world.check_out(), owner=owner) == until


def test_that_nobody_but_who_signs_in_is_believed_where_the_account_can_not_be_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    monkeypatch.setattr(prolonging, "sids_of", lambda *_: frozenset())
    assert believed(world, elevation, owner="colleague") is None
    assert believed(world, elevation, owner="own") == LATE


@pytest.mark.parametrize("refused", [Operation.WRITE_RECORD, Operation.CREATE_GROUP])
def test_that_an_extension_that_was_refused_never_had_a_marker(world: World, refused: Operation) -> None:
    elevation = world.check_out(seconds=3600)
    world.faults.fail_always(Fault.ACCESS_DENIED, refused)
    with pytest.raises(AccessDenied):
        world.service.extend(elevation.id, 600, world.recorder)
    assert world.stored(elevation).deadline == elevation.deadline
    with world.connector.connect(world.provider.connection) as directory:
        ends = [found.end for marker in find(elevation, directory) if (found := decode(marker.info))]
    assert all(end <= elevation.deadline for end in ends)


def test_that_of_what_is_past_not_even_the_wish_to_extend_it_is_recorded(world: World) -> None:
    elevation = world.check_out(seconds=3600)
    world.clock.advance(3600)
    with pytest.raises(DeadlinePassed):
        world.service.extend(elevation.id, 600, world.recorder)
    assert Event.EXTENDING not in [move.event for move in world.store.moves]


@pytest.mark.parametrize(
    "listed", [True, pytest.param(False, marks=pytest.mark.expects_log("could not be removed"))]
)
def test_that_many_ends_list_the_markers_once(
    world: World, monkeypatch: pytest.MonkeyPatch, listed: bool
) -> None:
    names = [a.account.name for a in world.provider.accounts][:4]
    assert len(names) == 4
    elevations = [world.check_out(account=name, seconds=3600) for name in names]
    for elevation in elevations:
        world.service.extend(elevation.id, 600, world.recorder)
    with world.connector.connect(world.provider.connection) as directory:
        assert all(len(find(elevation, directory)) == 2 for elevation in elevations)
    if not listed:
        world.faults.fail_always(Fault.ACCESS_DENIED, Operation.TEMPORARY_GROUPS)
    lists: list[str] = []
    real = DemoDirectory.temporary_groups

    def counted(
        directory: DemoDirectory, location: DistinguishedName, prefix: str, *, info: str = ""
    ) -> object:
        if info:
            lists.append(directory.info.controller)
        return real(directory, location, prefix, info=info)

    monkeypatch.setattr(DemoDirectory, "temporary_groups", counted)
    world.clock.advance(4200)
    world.tick()
    # Before they end, whether another copy prolonged one of them; afterwards those to be deleted.
    assert sorted(lists) == [DC1, DC1, DC2]
    if listed:
        assert world.groups_there() == []


def test_that_an_elevation_lives_no_longer_by_the_extension_of_another_one(world: World) -> None:
    """Whoever may write a record can name any elevation in it; its group it can't."""
    elevation = world.check_out(seconds=3600)
    other = world.check_out(account="_sqladmin02", seconds=3600)
    world.service.extend(other.id, 3600, world.recorder)
    with world.connector.connect(world.provider.connection) as directory:
        shown = directory.temporary_group(elevation.group_guid or DistinguishedName(""))
        assert isinstance(shown, TemporaryGroup)
        forged = shown.info.replace(elevation.id.replace("-", ""), other.id.replace("-", ""))
        forged = forged.replace(elevation.id, other.id)
        assert forged != shown.info
        directory.write_record(shown.guid, forged, shown.description)
    world.clock.advance(3605)
    for store in (MemoryStore(), world.store):
        world.another_copy(store).sweep(world.provider.id, Recorder())
    assert not world.holds()
    assert world.holds(account="_sqladmin02")


# --- how often a marker is read -----------------------------------------------------------------------------


def decoded_of_one(monkeypatch: pytest.MonkeyPatch, *, running: int, seconds: int) -> int:
    """How often the marker of one elevation is decoded, ``seconds`` after as many were extended as are
    ``running``, while all of these are looked at or ended."""
    world = World()
    accounts = [account.account.name for account in world.provider.accounts][:running]
    assert len(accounts) == running
    elevations = [world.check_out(account=name, seconds=3600) for name in accounts]
    for elevation in elevations:
        world.service.extend(elevation.id, 600, world.recorder)
    world.settle()
    decoded: list[str] = []
    real = prolonging.decode

    def decode(text: str) -> Marker | None:
        decoded.append(text)
        return real(text)

    with monkeypatch.context() as counting:
        counting.setattr(prolonging, "decode", decode)
        world.clock.advance(seconds)
        world.tick()
    assert {world.stored(e).is_granted for e in elevations} == {seconds < 3600}
    own = elevations[0].group_guid
    return sum((found := real(text)) is not None and found.group == own for text in decoded)


@pytest.mark.parametrize("seconds", [60, 4800], ids=["looked at", "ended"])
def test_that_a_marker_is_read_no_more_often_the_more_elevations_there_are(
    monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    alone = decoded_of_one(monkeypatch, running=1, seconds=seconds)
    assert alone > 0
    assert decoded_of_one(monkeypatch, running=4, seconds=seconds) == alone


def test_that_an_elevation_gets_its_own_markers_out_of_a_list_of_all_and_all_of_them(world: World) -> None:
    first, second = world.check_out(seconds=3600), world.check_out(account="_sqladmin02", seconds=3600)
    with world.connector.connect(world.provider.connection) as directory:
        for elevation in (first, second, first):
            prolonging.create(elevation, elevation.deadline + timedelta(hours=1), "bob", directory)
        named = {e.id: [prolonging.decode(m.info) for m in find(e, directory)] for e in (first, second)}
        assert find(replace(first, group_guid=None), directory) == ()
    assert {key: [m.group for m in found if m] for key, found in named.items()} == {
        first.id: [first.group_guid] * 2,
        second.id: [second.group_guid],
    }
