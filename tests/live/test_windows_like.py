# SPDX-License-Identifier: MIT
"""The imitation of Windows, and the adapter on it: what the directory ends by itself is really gone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from ldap3 import MODIFY_REPLACE
from ldap3.core.exceptions import LDAPInsufficientAccessRightsResult
from ldap3.operation.add import add_operation

from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.errors import (
    AlreadyExists,
    NoSuchObject,
    OutcomeUnknown,
    RejectedByDirectory,
)
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import Abilities, Directory, GroupScope, Membership, NewGroup, NotVisible
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import CertificateTrust, ConnectionSettings
from tests.faults.proxy import LdapProxy
from tests.samba.arena import Arena
from tests.samba.names import Credentials
from tests.samba.server import SambaDomain
from tests.samba.verifier import GROUP_TYPES, connect
from tests.samba.windows_like import WindowsLikeProxy
from tests.unit.elevation.helpers import visible

HOUR = 3600


def _settings(domain: SambaDomain, proxy: LdapProxy, who: Credentials) -> ConnectionSettings:
    return ConnectionSettings(
        server=domain.host,
        port=proxy.port,
        bind_as=who.upn,
        trust=CertificateTrust.CA_FILE,
        ca_file=str(domain.ca_file),
        connect_timeout_seconds=5,
        request_timeout_seconds=5,
    )


@contextmanager
def _connected(domain: SambaDomain, proxy: LdapProxy) -> Iterator[Directory]:
    settings = _settings(domain, proxy, domain.service)
    with DirectoryConnector().connect(settings, Secret(domain.service.password)) as directory:
        yield directory


@pytest.fixture
def dynamic(samba_domain: SambaDomain, windows_like: WindowsLikeProxy) -> Iterator[Directory]:
    """The service account in a forest with dynamic objects, but no memberships that end; its clock stands."""
    windows_like.clock.stop()
    with _connected(samba_domain, windows_like) as directory:
        yield directory


@pytest.fixture
def expiring(samba_domain: SambaDomain, windows_like: WindowsLikeProxy) -> Iterator[Directory]:
    """The service account in a forest with both; its clock stands."""
    windows_like.clock.stop()
    windows_like.forest.ttl_links = True
    with _connected(samba_domain, windows_like) as directory:
        yield directory


def _group(
    arena: Arena,
    name: str = "JIT",
    *,
    seconds: int | None = None,
    member_seconds: int | None = None,
    member: str | None = None,
) -> NewGroup:
    return NewGroup(
        name=f"{name}_{arena.tag}",
        location=DistinguishedName(arena.creation_ou),
        scope=GroupScope.GLOBAL,
        member=DistinguishedName(arena.account if member is None else member),
        info='{"v":1}',
        description="Made by a test",
        lifetime_seconds=seconds,
        member_lifetime_seconds=member_seconds,
    )


def _target(arena: Arena) -> DistinguishedName:
    return DistinguishedName(arena.global_target)


# --- what the forest says of itself ----------------------------------------------------------------------


def test_that_it_offers_what_it_is_set_to(samba_domain: SambaDomain, windows_like: WindowsLikeProxy) -> None:
    forest = windows_like.forest
    with _connected(samba_domain, windows_like) as directory:
        assert directory.info.abilities == Abilities(dynamic_objects=True)
    forest.ttl_links, forest.minimum_seconds, forest.default_seconds = True, 60, 600
    with _connected(samba_domain, windows_like) as directory:
        assert directory.info.abilities == Abilities(
            dynamic_objects=True, ttl_links=True, default_ttl_seconds=600, minimum_ttl_seconds=60
        )
    forest.dynamic_objects = False
    with _connected(samba_domain, windows_like) as directory:
        assert not directory.info.abilities.dynamic_objects


def test_that_samba_itself_offers_nothing(samba_domain: SambaDomain, ldap_proxy: LdapProxy) -> None:
    with _connected(samba_domain, ldap_proxy) as directory:
        assert directory.info.abilities == Abilities()


def test_that_its_clock_can_be_put_forward(dynamic: Directory, windows_like: WindowsLikeProxy) -> None:
    before = dynamic.current_time()
    windows_like.clock.advance(HOUR)
    assert HOUR <= (dynamic.current_time() - before).total_seconds() < HOUR + 60


# --- dynamic objects -------------------------------------------------------------------------------------


def test_that_a_dynamic_group_is_made_with_its_time(dynamic: Directory, arena: Arena) -> None:
    made = dynamic.create_group(_group(arena, seconds=HOUR))
    assert made.ends_in_seconds == HOUR
    assert arena.verifier.is_member(arena.account, made.dn)
    assert b"dynamicObject" in arena.verifier.read(made.dn, "objectClass")["objectClass"]


def test_that_time_runs_on_every_reading(
    dynamic: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    made = dynamic.create_group(_group(arena, seconds=HOUR))
    windows_like.clock.advance(600)
    again = visible(dynamic.temporary_group(made.guid))
    (listed,) = dynamic.temporary_groups(DistinguishedName(arena.creation_ou), "JIT")
    assert again is not None
    assert again.ends_in_seconds is not None
    assert HOUR - 660 < again.ends_in_seconds <= HOUR - 600
    assert listed.ends_in_seconds in {again.ends_in_seconds, again.ends_in_seconds - 1}


def test_that_the_minimum_of_the_forest_raises_a_shorter_time(
    dynamic: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    assert dynamic.create_group(_group(arena, "JIT_a", seconds=60)).ends_in_seconds == 900
    windows_like.forest.minimum_seconds = 30
    assert dynamic.create_group(_group(arena, "JIT_b", seconds=60)).ends_in_seconds == 60


def test_that_an_ordinary_group_shows_no_time_and_stays(
    dynamic: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    made = dynamic.create_group(_group(arena))
    windows_like.clock.advance(400 * 86_400)
    assert made.ends_in_seconds is None
    assert arena.verifier.exists(made.dn)


def test_that_the_directory_ends_the_right_and_not_before(
    dynamic: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    made = dynamic.create_group(_group(arena, seconds=HOUR))
    dynamic.add_member(_target(arena), made.dn)
    dynamic.close()
    windows_like.clock.advance(HOUR - 60)
    assert arena.verifier.is_effective_member(arena.account, arena.global_target)
    windows_like.clock.advance(61)
    assert not arena.verifier.is_effective_member(arena.account, arena.global_target)
    assert not arena.verifier.exists(made.dn)
    assert arena.verifier.members(arena.global_target) == frozenset()


def test_that_what_ended_is_gone_for_the_program_too(
    dynamic: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    made = dynamic.create_group(_group(arena, seconds=HOUR))
    windows_like.clock.advance(HOUR + 1)
    assert isinstance(dynamic.temporary_group(made.guid), NotVisible)
    with pytest.raises(NoSuchObject):
        dynamic.delete_group(made.guid)


def test_that_an_extension_writes_record_and_time_together(
    dynamic: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    made = dynamic.create_group(_group(arena, seconds=HOUR))
    windows_like.clock.advance(HOUR - 60)
    dynamic.write_record(made.guid, '{"v":2}', "Extended", lifetime_seconds=2 * HOUR)
    read = visible(dynamic.temporary_group(made.guid))
    assert read is not None
    assert (read.info, read.description, read.ends_in_seconds) == ('{"v":2}', "Extended", 2 * HOUR)
    windows_like.clock.advance(2 * HOUR - 60)
    assert arena.verifier.exists(made.dn)
    windows_like.clock.advance(61)
    assert not arena.verifier.exists(made.dn)


def test_that_a_record_alone_leaves_the_time_as_it_is(
    dynamic: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    made = dynamic.create_group(_group(arena, seconds=HOUR))
    dynamic.write_record(made.guid, '{"v":2}', "")
    windows_like.clock.advance(HOUR + 1)
    assert not arena.verifier.exists(made.dn)


def test_that_an_ordinary_group_can_not_be_given_a_time(dynamic: Directory, arena: Arena) -> None:
    made = dynamic.create_group(_group(arena))
    with pytest.raises(RejectedByDirectory):
        dynamic.write_record(made.guid, '{"v":2}', "", lifetime_seconds=HOUR)
    assert arena.verifier.text(made.dn, "info") == '{"v":1}'


def test_that_who_may_not_write_the_time_can_not_extend(
    samba_domain: SambaDomain, dynamic: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    made = dynamic.create_group(_group(arena, seconds=HOUR))
    nobody = connect(samba_domain.address, samba_domain.ca_file, samba_domain.nobody, port=windows_like.port)
    with pytest.raises(LDAPInsufficientAccessRightsResult):
        nobody.modify(made.dn, {"entryTTL": [(MODIFY_REPLACE, [str(2 * HOUR)])]})
    nobody.unbind()
    read = visible(dynamic.temporary_group(made.guid))
    assert read is not None
    assert (read.info, read.ends_in_seconds) == ('{"v":1}', HOUR)


def test_that_a_deleted_group_is_forgotten_and_its_name_free(
    dynamic: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    dynamic.delete_group(dynamic.create_group(_group(arena, seconds=HOUR)).guid)
    made = dynamic.create_group(_group(arena))
    windows_like.clock.advance(HOUR + 1)
    assert arena.verifier.exists(made.dn)


def test_that_samba_alone_refuses_a_time(
    samba_domain: SambaDomain, ldap_proxy: LdapProxy, arena: Arena
) -> None:
    with _connected(samba_domain, ldap_proxy) as directory, pytest.raises(RejectedByDirectory):
        directory.create_group(_group(arena, seconds=HOUR))
    assert not arena.temporary_groups()


@pytest.mark.parametrize("fault", ["cut", "hang"])
def test_that_a_group_whose_answer_was_lost_ends_all_the_same(
    dynamic: Directory, arena: Arena, windows_like: WindowsLikeProxy, fault: str
) -> None:
    (windows_like.cut_after if fault == "cut" else windows_like.hang_after)("add")
    with pytest.raises(OutcomeUnknown):
        dynamic.create_group(_group(arena, seconds=HOUR))
    assert arena.temporary_groups()
    windows_like.clock.advance(HOUR + 1)
    assert not arena.temporary_groups()


def test_that_a_group_of_a_program_killed_while_it_wrote_ends_all_the_same(
    samba_domain: SambaDomain, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    program = connect(
        samba_domain.address, samba_domain.ca_file, samba_domain.service, port=windows_like.port
    )
    group = {"objectClass": ["group", "dynamicObject"], "groupType": [str(GROUP_TYPES["global"])]}
    dn = child_dn("CN", f"JIT_{arena.tag}", arena.creation_ou)
    program.send("addRequest", add_operation(dn, {**group, "entryTTL": [str(HOUR)]}, auto_encode=True))
    program.socket.shutdown(socket.SHUT_RDWR)
    program.socket.close()
    assert windows_like.forest.noted.wait(10)
    assert arena.temporary_groups()
    windows_like.clock.advance(HOUR + 1)
    assert not arena.temporary_groups()


# --- memberships with a time to live ---------------------------------------------------------------------


def test_that_a_membership_ends_by_itself_and_not_before(
    expiring: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    made = expiring.create_group(_group(arena))
    expiring.add_member(_target(arena), made.dn, lifetime_seconds=HOUR)
    assert expiring.membership(_target(arena), made.guid) == Membership(HOUR)
    windows_like.clock.advance(HOUR - 60)
    assert arena.verifier.is_effective_member(arena.account, arena.global_target)
    windows_like.clock.advance(61)
    assert not arena.verifier.is_effective_member(arena.account, arena.global_target)
    assert expiring.membership(_target(arena), made.guid) is None
    assert arena.verifier.exists(made.dn)


def test_that_the_first_member_of_a_new_group_ends_by_itself(
    expiring: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    made = expiring.create_group(_group(arena, seconds=2 * HOUR, member_seconds=HOUR))
    account = DistinguishedName(arena.account)
    assert expiring.membership(made.guid, account) == Membership(HOUR)
    windows_like.clock.advance(HOUR + 1)
    assert arena.verifier.members(made.dn) == frozenset()
    assert arena.verifier.exists(made.dn)


def test_that_a_membership_without_an_end_shows_none(expiring: Directory, arena: Arena) -> None:
    made = expiring.create_group(_group(arena))
    assert expiring.membership(made.guid, DistinguishedName(arena.account)) == Membership(None)


def test_that_readings_without_the_control_show_plain_names(expiring: Directory, arena: Arena) -> None:
    made = expiring.create_group(_group(arena, seconds=HOUR, member_seconds=HOUR))
    assert list(expiring.members(made.guid)) == [arena.account]
    assert made.members == (expiring.read(DistinguishedName(arena.account)).guid,)


def test_that_a_time_can_not_be_laid_over_a_membership(expiring: Directory, arena: Arena) -> None:
    made = expiring.create_group(_group(arena))
    account = DistinguishedName(arena.account)
    with pytest.raises(AlreadyExists):
        expiring.add_member(made.guid, account, lifetime_seconds=HOUR)
    assert expiring.membership(made.guid, account) == Membership(None)


def test_that_a_membership_is_renewed(
    expiring: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    made = expiring.create_group(_group(arena))
    expiring.add_member(_target(arena), made.dn, lifetime_seconds=HOUR)
    windows_like.clock.advance(HOUR - 60)
    expiring.renew_member(_target(arena), made.dn, 2 * HOUR)
    assert expiring.membership(_target(arena), made.dn) == Membership(2 * HOUR)
    windows_like.clock.advance(2 * HOUR - 60)
    assert arena.verifier.is_effective_member(arena.account, arena.global_target)
    windows_like.clock.advance(61)
    assert not arena.verifier.is_effective_member(arena.account, arena.global_target)


def test_that_a_stranger_is_not_renewed(expiring: Directory, arena: Arena) -> None:
    made = expiring.create_group(_group(arena))
    with pytest.raises(NoSuchObject):
        expiring.renew_member(_target(arena), made.dn, HOUR)
    assert arena.verifier.members(arena.global_target) == frozenset()


def test_that_who_was_taken_out_and_put_in_again_stays(
    expiring: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    made = expiring.create_group(_group(arena))
    expiring.add_member(_target(arena), made.dn, lifetime_seconds=HOUR)
    expiring.remove_member(_target(arena), made.dn)
    expiring.add_member(_target(arena), made.dn)
    windows_like.clock.advance(HOUR + 1)
    assert arena.verifier.is_effective_member(arena.account, arena.global_target)


def test_that_an_emptied_group_forgets_its_times(
    expiring: Directory, arena: Arena, windows_like: WindowsLikeProxy
) -> None:
    made = expiring.create_group(_group(arena, member_seconds=HOUR))
    expiring.empty_group(made.guid)
    expiring.add_member(made.guid, DistinguishedName(arena.account))
    windows_like.clock.advance(HOUR + 1)
    assert arena.verifier.members(made.dn) == {arena.account}


@pytest.mark.parametrize("name", ['Comma, "quote"', "Back\\slash", "<angle> brackets", "a+b=c;d", "# é 漢 "])
def test_that_any_name_may_have_a_time(
    expiring: Directory, arena: Arena, windows_like: WindowsLikeProxy, name: str
) -> None:
    account = DistinguishedName(arena.add_account(name))
    group = expiring.create_group(_group(arena, member=account, member_seconds=HOUR))
    assert expiring.membership(group.guid, account) == Membership(HOUR)
    expiring.renew_member(group.guid, account, 2 * HOUR)
    by_other_spelling = child_dn("cn", name, DistinguishedName(arena.ou))
    assert expiring.membership(group.guid, by_other_spelling) == Membership(2 * HOUR)
    windows_like.clock.advance(2 * HOUR + 1)
    assert expiring.membership(group.guid, account) is None


def test_that_a_time_is_found_among_very_many_members(expiring: Directory, arena: Arena) -> None:
    for first in range(1000, 2600, 200):
        strangers = [f"<SID=S-1-5-21-1-2-3-{number}>" for number in range(first, first + 200)]
        arena.verifier.add_members(arena.domain_local_target, strangers)
    target, account = DistinguishedName(arena.domain_local_target), DistinguishedName(arena.account)
    expiring.add_member(target, account, lifetime_seconds=HOUR)
    assert expiring.membership(target, account) == Membership(HOUR)


def test_that_a_forest_without_the_feature_takes_no_time(
    samba_domain: SambaDomain, windows_like: WindowsLikeProxy, arena: Arena
) -> None:
    windows_like.forest.ttl_links = True
    with _connected(samba_domain, windows_like) as directory:
        windows_like.forest.ttl_links = False
        made = directory.create_group(_group(arena))
        with pytest.raises(Exception, match="name"):
            directory.add_member(_target(arena), made.dn, lifetime_seconds=HOUR)
    assert arena.verifier.members(arena.global_target) == frozenset()
