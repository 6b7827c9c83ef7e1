# SPDX-License-Identifier: MIT
"""What the contract tests can't ask of every directory: large results, lost answers, a domain controller
that goes away, least rights."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.errors import (
    AccessDenied,
    Cancelled,
    DirectoryUnavailable,
    JitError,
    NoSuchObject,
    OutcomeUnknown,
)
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import Directory, EntryKind, GroupScope, NewGroup, NotVisible, TemporaryGroup
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import CertificateTrust, ConnectionSettings
from tests.faults.proxy import LdapProxy, Operation
from tests.samba import names
from tests.samba.arena import Arena
from tests.samba.rights import ATTRIBUTES, Access
from tests.samba.server import SambaDomain, SambaServer

Write = Callable[[Directory, Arena], object]


def _settings(domain: SambaDomain) -> ConnectionSettings:
    return ConnectionSettings(
        server=domain.host,
        bind_as=domain.service.upn,
        trust=CertificateTrust.CA_FILE,
        ca_file=str(domain.ca_file),
        connect_timeout_seconds=2,
        request_timeout_seconds=1,
    )


def _connect(settings: ConnectionSettings, credentials: names.Credentials = names.SERVICE) -> Directory:
    chosen = replace(settings, bind_as=credentials.upn)
    return DirectoryConnector().connect(chosen, Secret(credentials.password))


@pytest.fixture
def directory(samba_domain: SambaDomain) -> Iterator[Directory]:
    """A connection of the service account."""
    with _connect(replace(_settings(samba_domain), request_timeout_seconds=30)) as connection:
        yield connection


@pytest.fixture
def through_proxy(samba_domain: SambaDomain, ldap_proxy: LdapProxy) -> Iterator[Directory]:
    """A connection that can be disturbed, with a time-out of one second."""
    with _connect(replace(_settings(samba_domain), port=ldap_proxy.port)) as connection:
        yield connection


def _group(arena: Arena, name: str = "JIT_1") -> NewGroup:
    return NewGroup(
        name=f"{name}_{arena.tag}",
        location=DistinguishedName(arena.creation_ou),
        scope=GroupScope.GLOBAL,
        member=DistinguishedName(arena.account),
        info='{"v":1}',
        description="Made by a test",
    )


def _dn(arena: Arena, name: str = "JIT_1") -> DistinguishedName:
    return child_dn("CN", f"{name}_{arena.tag}", arena.creation_ou)


# --- large -----------------------------------------------------------------------------------------------


def test_that_all_members_of_a_very_large_group_are_read(directory: Directory, arena: Arena) -> None:
    strangers = [f"<SID=S-1-5-21-1-2-3-{number}>" for number in range(1000, 2700)]
    arena.verifier.add_members(arena.domain_local_target, strangers)
    members = directory.members(DistinguishedName(arena.domain_local_target))
    assert len(members) == len(set(members)) == 1700
    assert set(members) == arena.verifier.members(arena.domain_local_target)


def test_that_more_entries_than_one_page_are_read_and_fewer_where_fewer_are_wanted(
    directory: Directory,
) -> None:
    schema = DistinguishedName(f"CN=Schema,CN=Configuration,{names.BASE_DN}")
    everything = directory.children(schema, frozenset(EntryKind))
    assert len({entry.guid for entry in everything}) == len(everything) > 1000
    assert len(directory.children(schema, frozenset(EntryKind), limit=1001)) == 1001
    assert len(directory.children(schema, frozenset(EntryKind), limit=7)) == 7


def test_that_a_search_gives_no_more_than_was_asked_for(directory: Directory) -> None:
    groups = frozenset({EntryKind.GROUP})
    assert len(directory.search("Domain", groups)) > 2
    assert len(directory.search("Domain", groups, limit=2)) == 2


# --- answers that never come -----------------------------------------------------------------------------


def _nested(directory: Directory, arena: Arena) -> None:
    directory.add_member(DistinguishedName(arena.global_target), DistinguishedName(arena.account))


WRITES: list[tuple[Operation, Write]] = [
    ("add", lambda directory, arena: directory.create_group(_group(arena, "JIT_2"))),
    ("modify", _nested),
    ("modify", lambda directory, arena: directory.empty_group(_dn(arena))),
    ("modify", lambda directory, arena: directory.write_record(_dn(arena), "{}", "changed")),
    ("delete", lambda directory, arena: directory.delete_group(_dn(arena))),
]
IDS = ["create", "add member", "empty", "write record", "delete"]


@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "hang_after"])
@pytest.mark.parametrize(("operation", "write"), WRITES, ids=IDS)
def test_that_a_write_without_an_answer_is_of_unknown_outcome_and_sent_once(
    through_proxy: Directory,
    ldap_proxy: LdapProxy,
    arena: Arena,
    operation: Operation,
    write: Write,
    fault: str,
) -> None:
    through_proxy.create_group(_group(arena))
    sent = ldap_proxy.seen.count(operation)
    getattr(ldap_proxy, fault)(operation)
    with pytest.raises(OutcomeUnknown) as raised:
        write(through_proxy, arena)
    assert ldap_proxy.struck.is_set()
    assert raised.value.remedy
    assert ldap_proxy.seen.count(operation) == sent + 1
    ldap_proxy.mend()
    with pytest.raises(DirectoryUnavailable):
        through_proxy.current_time()
    assert ldap_proxy.seen.count("bind") == 1


@pytest.mark.parametrize(("fault", "done"), [("cut_before", False), ("cut_after", True)])
def test_that_what_became_of_it_can_be_read_afterwards(
    samba_domain: SambaDomain,
    through_proxy: Directory,
    ldap_proxy: LdapProxy,
    arena: Arena,
    fault: str,
    *,
    done: bool,
) -> None:
    getattr(ldap_proxy, fault)("add")
    with pytest.raises(OutcomeUnknown):
        through_proxy.create_group(_group(arena))
    with _connect(_settings(samba_domain)) as again:
        found = again.temporary_group(_dn(arena))
        assert isinstance(found, TemporaryGroup) is done is arena.verifier.exists(_dn(arena))


def test_that_a_group_that_can_not_be_read_back_counts_as_possibly_made(
    through_proxy: Directory, ldap_proxy: LdapProxy, arena: Arena
) -> None:
    ldap_proxy.cut_before("search")
    with pytest.raises(OutcomeUnknown, match="read back"):
        through_proxy.create_group(_group(arena))
    assert arena.verifier.exists(_dn(arena))


@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "hang_after"])
def test_that_a_read_without_an_answer_is_only_unavailable(
    through_proxy: Directory, ldap_proxy: LdapProxy, fault: str
) -> None:
    getattr(ldap_proxy, fault)("search")
    with pytest.raises(DirectoryUnavailable) as raised:
        through_proxy.current_time()
    assert type(raised.value) is DirectoryUnavailable


def test_that_a_lost_connection_of_a_membership_test_writes_nothing(
    through_proxy: Directory, ldap_proxy: LdapProxy, arena: Arena
) -> None:
    arena.verifier.add_members(arena.global_target, [arena.account])
    ldap_proxy.cut_before("search")
    with pytest.raises(DirectoryUnavailable) as raised:
        through_proxy.remove_member(DistinguishedName(arena.global_target), DistinguishedName(arena.account))
    assert type(raised.value) is DirectoryUnavailable
    assert "modify" not in ldap_proxy.seen


def test_that_a_domain_controller_that_goes_away_is_noticed_and_found_again(
    samba_server: SambaServer, arena: Arena
) -> None:
    settings = _settings(samba_server.domain)
    with _connect(settings) as before:
        made = before.create_group(_group(arena))
        samba_server.stop()
        try:
            with pytest.raises(DirectoryUnavailable):
                before.temporary_group(made.guid)
            with pytest.raises(DirectoryUnavailable, match="nothing listens"):
                _connect(settings)
        finally:
            samba_server.start()
    with _connect(settings) as after:
        assert after.temporary_group(made.guid) == made


# --- stopping --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (lambda directory, arena: directory.current_time(), Cancelled),
        (lambda directory, arena: directory.search("x", frozenset(EntryKind)), Cancelled),
        (lambda directory, arena: directory.create_group(_group(arena)), OutcomeUnknown),
    ],
    ids=["read", "search", "write"],
)
def test_that_a_request_under_way_can_be_cancelled(
    samba_domain: SambaDomain,
    ldap_proxy: LdapProxy,
    arena: Arena,
    request_: Write,
    kind: type[JitError],
) -> None:
    settings = replace(_settings(samba_domain), port=ldap_proxy.port, request_timeout_seconds=60)
    with _connect(settings) as directory:
        ldap_proxy.hang_after("search")
        ldap_proxy.hang_after("add")

        def cancel() -> None:
            assert ldap_proxy.struck.wait(10)
            directory.cancel()

        canceller = threading.Thread(target=cancel)
        canceller.start()
        try:
            with pytest.raises(JitError) as raised:
                request_(directory, arena)
        finally:
            canceller.join(10)
        assert type(raised.value) is kind
        with pytest.raises(Cancelled):
            directory.current_time()


# --- rights ----------------------------------------------------------------------------------------------


def test_that_rights_are_told_beforehand_and_hold(directory: Directory, arena: Arena) -> None:
    mine = directory.read(DistinguishedName(arena.global_target))
    foreign = directory.read(DistinguishedName(arena.foreign_target))
    rights = directory.rights(DistinguishedName(arena.creation_ou), [mine.guid, foreign.guid])
    assert rights.can_create_groups
    assert rights.can_write_members == {mine.guid: True, foreign.guid: False}
    directory.add_member(mine.guid, DistinguishedName(arena.account))
    with pytest.raises(AccessDenied) as raised:
        directory.add_member(foreign.guid, DistinguishedName(arena.account))
    assert raised.value.subject == foreign.guid


def test_that_an_account_without_rights_is_refused_everything(
    samba_domain: SambaDomain, arena: Arena
) -> None:
    location = DistinguishedName(arena.creation_ou)
    with _connect(_settings(samba_domain), names.NOBODY) as nobody:
        target = nobody.read(DistinguishedName(arena.global_target))
        rights = nobody.rights(location, [target.guid])
        assert not rights.can_create_groups
        assert rights.can_write_members == {target.guid: False}
        for write in (
            lambda: nobody.create_group(_group(arena)),
            lambda: nobody.add_member(target.guid, DistinguishedName(arena.account)),
            lambda: nobody.empty_group(target.guid),
            lambda: nobody.write_record(target.guid, "{}", ""),
            lambda: nobody.delete_group(target.guid),
        ):
            with pytest.raises(AccessDenied) as raised:
                write()
            assert "right" in raised.value.message
            assert raised.value.remedy
    assert arena.temporary_groups() == frozenset()


# --- details ---------------------------------------------------------------------------------------------


def test_that_an_error_says_which_of_two_objects_is_missing(directory: Directory, arena: Arena) -> None:
    target, gone = DistinguishedName(arena.global_target), DistinguishedName(f"CN=gone,{arena.ou}")
    for call, missing in (
        (lambda: directory.add_member(target, gone), gone),
        (lambda: directory.add_member(gone, DistinguishedName(arena.account)), gone),
        (lambda: directory.remove_member(target, gone), gone),
        (lambda: directory.create_group(replace(_group(arena), member=gone)), gone),
        (lambda: directory.create_group(replace(_group(arena), location=gone)), gone),
        (lambda: directory.remove_member(target, DistinguishedName(arena.account)), arena.account),
    ):
        with pytest.raises(NoSuchObject) as raised:
            call()
        assert raised.value.subject == missing


def test_that_hidden_system_folders_stay_hidden_while_browsing(directory: Directory) -> None:
    folders = directory.children(
        DistinguishedName(names.BASE_DN), frozenset({EntryKind.OU, EntryKind.CONTAINER})
    )
    shown = {entry.name for entry in folders}
    assert {"Domain Groups", "Privileged Accounts", "Users", "Builtin"} <= shown
    assert not {"System", "Program Data", "LostAndFound", "NTDS Quotas"} & shown
    assert all(entry.has_children for entry in folders)


def test_that_a_group_that_hides_its_guid_and_when_it_was_made_shows_both(
    directory: Directory, arena: Arena
) -> None:
    made = directory.create_group(_group(arena))
    before = made.created_at
    assert before is not None
    for name in ("objectGUID", "whenCreated"):
        arena.verifier.deny(made.dn, names.SERVICE.dn, Access.READ_PROPERTY, what=ATTRIBUTES[name])
    shown = directory.temporary_group(made.guid)
    (listed,) = directory.temporary_groups(DistinguishedName(arena.creation_ou), "JIT_1")
    for group in (shown, listed):
        assert isinstance(group, TemporaryGroup)
        assert group.guid == made.guid
        assert group.created_at is not None
        assert abs(group.created_at - before) <= timedelta(seconds=1)
    arena.verifier.deny(
        made.dn, names.SERVICE.dn, Access.READ_PROPERTY, what=ATTRIBUTES["replPropertyMetaData"]
    )
    shown = directory.temporary_group(made.guid)
    assert isinstance(shown, TemporaryGroup)
    assert (shown.created_at, shown.record_version) == (None, None)
    arena.verifier.deny(made.dn, names.SERVICE.dn, Access.SEE)
    assert isinstance(directory.temporary_group(made.guid), NotVisible)
    assert not directory.temporary_groups(DistinguishedName(arena.creation_ou), "JIT_1")
