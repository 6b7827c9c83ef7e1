# SPDX-License-Identifier: MIT
"""The demo domain keeps things from who signs in, and lets a domain controller be wrong, when told to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from jit_desktop.directory.demo import (
    DemoConnector,
    DemoConsole,
    DemoDirectory,
    Operation,
    demo_factory,
    demo_provider,
)
from jit_desktop.elevation.errors import AccessDenied, NoSuchObject, OutcomeUnknown
from jit_desktop.elevation.ports import EntryKind, NotVisible, TemporaryGroup
from tests.unit.demo.helpers import ACCOUNT, ADMINS, INTERNAL, new_group
from tests.unit.elevation.helpers import ManualClock

GROUPS = frozenset({EntryKind.GROUP})


@pytest.fixture
def made(directory: DemoDirectory, clock: ManualClock) -> TemporaryGroup:
    """A group that every domain controller knows and that gives the account a right."""
    group = directory.create_group(new_group())
    directory.add_member(ADMINS, group.dn)
    clock.advance(10)
    return group


def test_that_a_hidden_group_gives_its_rights_and_is_shown_nowhere(
    directory: DemoDirectory, console: DemoConsole, made: TemporaryGroup
) -> None:
    admins = directory.read(ADMINS).sid
    console.hide(made.guid)
    assert isinstance(directory.temporary_group(made.guid), NotVisible)
    assert not directory.temporary_groups(INTERNAL, "")
    assert not directory.children(INTERNAL, GROUPS)
    assert not directory.search(made.name, GROUPS)
    assert made.guid not in {group.guid for group in directory.groups_of(ACCOUNT)}
    assert directory.membership(ADMINS, made.guid) is None
    for look in (directory.read, directory.members, directory.member_links):
        with pytest.raises(NoSuchObject):
            look(made.guid)
    assert admins in directory.token_groups(ACCOUNT)
    assert made.guid in {link.guid for link in directory.member_links(ADMINS)}
    console.show(made.guid)
    assert directory.temporary_group(made.guid) == replace(made, member_of=(directory.read(ADMINS).guid,))


@pytest.mark.parametrize("hide", [DemoConsole.hide, DemoConsole.hide_contents])
def test_that_a_folder_that_may_not_be_listed_looks_empty(
    directory: DemoDirectory, console: DemoConsole, made: TemporaryGroup, hide: Callable[..., None]
) -> None:
    assert directory.can_list(INTERNAL)
    hide(console, INTERNAL)
    assert not directory.can_list(INTERNAL)
    assert not directory.temporary_groups(INTERNAL, "")
    assert isinstance(directory.temporary_group(made.guid), NotVisible)
    with pytest.raises(OutcomeUnknown):
        directory.create_group(new_group("RDM_JIT_2"))
    assert console.exists(f"CN=RDM_JIT_2,{INTERNAL}")  # type: ignore[arg-type]


def test_that_what_is_hidden_can_be_taken_back(
    directory: DemoDirectory, console: DemoConsole, made: TemporaryGroup
) -> None:
    console.hide(INTERNAL)
    assert directory.take_out(ADMINS, made.guid)
    directory.empty_group(made.guid)
    directory.delete_group(made.guid)
    assert not console.exists(made.guid)


def test_that_a_hidden_account_shows_no_groups(directory: DemoDirectory, console: DemoConsole) -> None:
    console.hide(ACCOUNT)
    for look in (directory.token_groups, directory.groups_of, directory.read):
        with pytest.raises(NoSuchObject):
            look(ACCOUNT)
    with pytest.raises(NoSuchObject):
        directory.find_account("_backupoperator15")


def test_that_one_domain_controller_can_hide_what_the_others_show(
    connector: DemoConnector, console: DemoConsole, made: TemporaryGroup
) -> None:
    console.hide(made.guid, "dc2")
    settings = demo_provider().connection
    assert isinstance(connector.connect(settings, server="dc1").temporary_group(made.guid), TemporaryGroup)
    assert isinstance(connector.connect(settings, server="dc2").temporary_group(made.guid), NotVisible)


def test_that_an_administrator_sees_all(
    connector: DemoConnector, console: DemoConsole, made: TemporaryGroup
) -> None:
    console.hide(INTERNAL)
    settings = replace(demo_provider().connection, bind_as="Administrator")
    with connector.connect(settings) as directory:
        assert directory.can_list(INTERNAL)
        assert isinstance(directory.temporary_group(made.guid), TemporaryGroup)


WRITES_TO_A_GROUP: dict[Operation, Callable[[DemoDirectory, TemporaryGroup], object]] = {
    Operation.EMPTY_GROUP: lambda directory, made: directory.empty_group(made.guid),
    Operation.DELETE_GROUP: lambda directory, made: directory.delete_group(made.guid),
    Operation.WRITE_RECORD: lambda directory, made: directory.write_record(made.guid, "new", ""),
    Operation.TAKE_OUT: lambda directory, made: directory.take_out(made.guid, made.members[0]),
    Operation.REMOVE_MEMBER: lambda directory, made: directory.remove_member(made.guid, ACCOUNT),
}


@pytest.mark.parametrize("write", WRITES_TO_A_GROUP)
def test_that_one_kind_of_write_can_be_refused(
    directory: DemoDirectory, console: DemoConsole, made: TemporaryGroup, write: Operation
) -> None:
    console.deny(made.guid, write)
    with pytest.raises(AccessDenied):
        WRITES_TO_A_GROUP[write](directory, made)
    directory.add_member(ADMINS, ACCOUNT)
    console.allow(made.guid)
    WRITES_TO_A_GROUP[write](directory, made)


def test_that_what_may_not_be_written_is_told_beforehand(
    directory: DemoDirectory, console: DemoConsole
) -> None:
    admins = directory.read(ADMINS).guid
    console.deny(ADMINS, Operation.ADD_MEMBER)
    console.deny(INTERNAL, Operation.CREATE_GROUP)
    rights = directory.rights(INTERNAL, [admins])
    assert not rights.can_create_groups
    assert not rights.can_write_members[admins]


def test_that_the_clocks_of_two_domain_controllers_can_differ(
    connector: DemoConnector, console: DemoConsole
) -> None:
    settings = demo_provider().connection
    console.set_clock("dc2", -86_400)
    one, two = (connector.connect(settings, server=host) for host in ("dc1", "dc2"))
    assert one.current_time() - two.current_time() == timedelta(days=1)
    made = two.create_group(new_group())
    assert made.created_at is not None
    assert one.current_time() - made.created_at >= timedelta(days=1)


def test_that_a_domain_controller_can_say_that_it_does_not_have_everything(
    connector: DemoConnector, console: DemoConsole
) -> None:
    settings = demo_provider().connection
    console.set_synchronized("dc2", synchronized=False)
    assert not connector.connect(settings, server="dc2").info.synchronized
    assert connector.connect(settings, server="dc1").info.synchronized
    console.set_synchronized("dc2", synchronized=True)
    assert connector.connect(settings, server="dc2").info.synchronized


def test_that_another_process_is_restricted_as_well(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "demo-domain.json"
    console = DemoConsole(demo_factory(path, clock, latency_seconds=0).domain)
    console.hide(INTERNAL, "dc1")
    console.deny(ADMINS, Operation.TAKE_OUT)
    console.set_clock("dc2", 60)
    console.set_synchronized("dc2", synchronized=False)
    with demo_factory(path, clock, latency_seconds=0).connect(demo_provider().connection) as directory:
        assert not directory.can_list(INTERNAL)
        with pytest.raises(AccessDenied):
            directory.take_out(ADMINS, directory.read(ACCOUNT).guid)
    second = demo_factory(path, clock, latency_seconds=0).connect(demo_provider().connection, server="dc2")
    assert second.can_list(INTERNAL)
    assert not second.info.synchronized
