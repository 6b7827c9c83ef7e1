# SPDX-License-Identifier: MIT
"""Changes reach the other domain controllers after a while, by the clock that the domain was given."""

import pytest

from jit_desktop.directory.demo import DemoConnector, DemoDirectory, demo_provider
from jit_desktop.directory.demo.domain import CONTROLLERS, DemoController
from jit_desktop.elevation.errors import HostNotFound, RejectedByDirectory
from jit_desktop.elevation.ports import NotVisible, TemporaryGroup
from tests.unit.demo.helpers import ACCOUNT, ADMINS, INTERNAL, new_group
from tests.unit.elevation.helpers import ManualClock

OTHERS = CONTROLLERS[1:]


def _connect(connector: DemoConnector, host: str) -> DemoDirectory:
    return connector.connect(demo_provider().connection, server=host)


@pytest.mark.parametrize("controller", OTHERS, ids=lambda c: c.host)
def test_that_a_grant_shows_elsewhere_only_after_its_delay(
    directory: DemoDirectory, connector: DemoConnector, clock: ManualClock, controller: DemoController
) -> None:
    other = _connect(connector, controller.host)
    sid = directory.read(ADMINS).sid
    made = directory.create_group(new_group())
    directory.add_member(ADMINS, made.dn)
    assert sid in directory.token_groups(ACCOUNT)
    clock.advance(controller.lag_seconds - 0.1)
    assert sid not in other.token_groups(ACCOUNT)
    assert isinstance(other.temporary_group(made.guid), NotVisible)
    clock.advance(0.2)
    assert sid in other.token_groups(ACCOUNT)
    assert other.temporary_group(made.guid) == directory.temporary_group(made.guid)


@pytest.mark.parametrize("controller", OTHERS, ids=lambda c: c.host)
def test_that_an_end_shows_elsewhere_only_after_its_delay(
    directory: DemoDirectory, connector: DemoConnector, clock: ManualClock, controller: DemoController
) -> None:
    other = _connect(connector, controller.host)
    made = directory.create_group(new_group())
    directory.add_member(ADMINS, made.dn)
    clock.advance(60)
    directory.delete_group(made.guid)
    assert isinstance(other.temporary_group(made.guid), TemporaryGroup)
    clock.advance(controller.lag_seconds)
    assert isinstance(other.temporary_group(made.guid), NotVisible)
    assert directory.read(ADMINS).sid not in other.token_groups(ACCOUNT)


def test_that_every_delay_fits_into_the_latency_of_the_example_provider() -> None:
    assert max(c.lag_seconds for c in CONTROLLERS) < demo_provider().jit.replication_latency_seconds


def test_that_all_controllers_are_listed_and_can_be_connected_to(
    directory: DemoDirectory, connector: DemoConnector
) -> None:
    for controller in directory.domain_controllers():
        with _connect(connector, controller.host) as other:
            assert other.info.controller == controller.host
            assert other.domain_controllers() == directory.domain_controllers()


@pytest.mark.parametrize(
    "name", ["", "corp.example.test", "DC1", "dc1.corp.example.test", "dc1.corp.example.test."]
)
def test_that_the_first_controller_answers_for_the_domain(connector: DemoConnector, name: str) -> None:
    assert _connect(connector, name).info.controller == "dc1.corp.example.test"


def test_that_a_controller_of_another_domain_is_not_found(connector: DemoConnector) -> None:
    with pytest.raises(HostNotFound):
        _connect(connector, "dc1.other.example")


def test_that_a_read_only_controller_takes_no_writes(connector: DemoConnector) -> None:
    other = _connect(connector, "rodc1.corp.example.test")
    with pytest.raises(RejectedByDirectory, match="read-only"):
        other.create_group(new_group())
    assert not other.temporary_groups(INTERNAL, "")


def test_that_a_deletion_wins_over_a_change_made_elsewhere_meanwhile(
    directory: DemoDirectory, connector: DemoConnector, clock: ManualClock
) -> None:
    other = _connect(connector, "dc2")
    made = directory.create_group(new_group())
    clock.advance(60)
    directory.delete_group(made.guid)
    other.write_record(made.guid, "late", "late")
    other.add_member(ADMINS, made.dn)
    clock.advance(60)
    for each in (directory, other):
        assert isinstance(each.temporary_group(made.guid), NotVisible)
        assert directory.read(ADMINS).sid not in each.token_groups(ACCOUNT)
        assert made.dn not in each.members(ADMINS)


def test_that_one_name_made_on_two_controllers_becomes_two_names(
    directory: DemoDirectory, connector: DemoConnector, clock: ManualClock
) -> None:
    other = _connect(connector, "dc2")
    first, second = directory.create_group(new_group()), other.create_group(new_group())
    clock.advance(60)
    for each in (directory, other):
        names = {group.guid: group.name for group in each.temporary_groups(INTERNAL, "")}
        assert names == {first.guid: "RDM_JIT_1", second.guid: f"RDM_JIT_1\nCNF:{second.guid}"}


def test_that_groups_made_on_two_controllers_have_two_sids(
    directory: DemoDirectory, connector: DemoConnector
) -> None:
    other = _connect(connector, "dc2")
    made = [directory.create_group(new_group(f"RDM_JIT_{n}")) for n in range(3)]
    sids = {directory.read(group.guid).sid for group in made}
    sids.add(other.read(other.create_group(new_group("RDM_JIT_9")).guid).sid)
    assert len(sids) == 4


def test_that_what_all_controllers_have_is_kept_when_later_changes_come(
    directory: DemoDirectory, clock: ManualClock
) -> None:
    first = directory.create_group(new_group("RDM_JIT_first"))
    directory.add_member(ADMINS, first.dn)
    clock.advance(60)
    second = directory.create_group(new_group("RDM_JIT_second"))
    clock.advance(60)
    directory.delete_group(second.guid)
    assert [g.name for g in directory.temporary_groups(INTERNAL, "")] == ["RDM_JIT_first"]
    assert first.dn in directory.members(ADMINS)
