# SPDX-License-Identifier: MIT
"""What a server answers is never taken for more than it says: referrals, parts of a list, bare names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest

from jit_desktop.directory import ldap_directory
from jit_desktop.directory.domain import RootDse, own_sid
from jit_desktop.directory.ldap_directory import LdapDirectory
from jit_desktop.elevation.errors import DirectoryError, NoSuchObject, ReferredElsewhere
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import Directory, DomainInfo, EntryKind, NotVisible
from tests.unit.directory.scripted import Request, Script, ScriptedServer, entry, reference, result

BASE = DistinguishedName("DC=corp,DC=example,DC=test")
PLACE = DistinguishedName(f"OU=Temporary Groups,{BASE}")
GUID = ObjectGuid("3f2504e0-4f89-11d3-9a0c-0305e82c3301")
REFERRAL = "ldap://other.example.test/DC=other,DC=example,DC=test"
ROOT = RootDse(BASE, DistinguishedName(f"CN=Configuration,{BASE}"), "dc1", datetime.now(UTC), 7, frozenset())
INFO = DomainInfo("corp.example.test", BASE, "CORP", "dc1.corp.example.test", "CORP\\svc-jit", "TLS")
KINDS = frozenset(EntryKind)


def directory_over(server: ScriptedServer) -> Directory:
    return LdapDirectory(server.session, ROOT, INFO)


def refers(request: Request) -> Iterable[bytes]:
    return [result(request, 10, referrals=[REFERRAL])]


READS: dict[str, Callable[[Directory], object]] = {
    "read": lambda directory: directory.read(GUID),
    "members": lambda directory: directory.members(GUID),
    "member_links": lambda directory: directory.member_links(GUID),
    "token_groups": lambda directory: directory.token_groups(GUID),
    "groups_of": lambda directory: directory.groups_of(GUID),
    "membership": lambda directory: directory.membership(GUID, GUID),
    "is_member_of": lambda directory: directory.is_member_of(GUID, GUID),
    "children": lambda directory: directory.children(PLACE, KINDS),
    "temporary_groups": lambda directory: directory.temporary_groups(PLACE, ""),
}


@pytest.mark.parametrize("read", READS)
def test_that_a_referral_says_nothing_about_the_object(read: str) -> None:
    with ScriptedServer(refers) as server, pytest.raises(ReferredElsewhere) as raised:
        READS[read](directory_over(server))
    assert "other.example.test" in raised.value.message
    assert GUID not in raised.value.message


def test_that_a_group_behind_a_referral_is_not_visible() -> None:
    with ScriptedServer(refers) as server:
        shown = directory_over(server).temporary_group(GUID)
        assert isinstance(shown, NotVisible)
        assert "referral to other.example.test" in shown.why
        assert not directory_over(server).can_list(PLACE)


def test_that_a_list_of_which_another_server_has_a_part_is_none() -> None:
    def script(request: Request) -> Iterable[bytes]:
        return [reference(request, REFERRAL), result(request)]

    with ScriptedServer(script) as server:
        with pytest.raises(ReferredElsewhere):
            directory_over(server).temporary_groups(PLACE, "")
        assert not directory_over(server).can_list(PLACE)
        assert not directory_over(server).search("anna", KINDS), "other domains below this one are no fault"


@pytest.mark.parametrize("code", [3, 4, 11])
@pytest.mark.parametrize("read", ["children", "temporary_groups", "groups_of"])
def test_that_a_part_of_a_list_does_not_look_like_all_of_it(read: str, code: int) -> None:
    """timeLimitExceeded, sizeLimitExceeded, adminLimitExceeded (RFC 4511 4.1.9)."""

    def script(request: Request) -> Iterable[bytes]:
        return [entry(request, f"CN=a,{PLACE}", {"objectGUID": [bytes(16)]}), result(request, code)]

    with ScriptedServer(script) as server, pytest.raises(DirectoryError) as raised:
        READS[read](directory_over(server))
    assert not isinstance(raised.value, NoSuchObject)


def test_that_a_long_list_without_its_rest_does_not_look_whole() -> None:
    def script(request: Request) -> Iterable[bytes]:
        if request.attributes == ["member"]:
            yield entry(request, PLACE, {"member": [], "member;range=0-1499": [f"CN=a,{PLACE}"] * 1500})
        else:
            yield entry(request, PLACE, {})
        yield result(request)

    with ScriptedServer(script) as server, pytest.raises(DirectoryError, match="only a part"):
        directory_over(server).members(GUID)


def bare(request: Request) -> Iterable[bytes]:
    """As Samba shows an object that may not be read."""
    return [entry(request, f"CN=a,{PLACE}", {}), result(request)]


@pytest.mark.parametrize("read", ["read", "token_groups", "groups_of"])
def test_that_a_bare_name_is_no_object(read: str) -> None:
    with ScriptedServer(bare) as server, pytest.raises(NoSuchObject, match="account that signs in"):
        READS[read](directory_over(server))


def test_that_bare_names_are_in_no_list() -> None:
    with ScriptedServer(bare) as server:
        directory = directory_over(server)
        assert not directory.children(PLACE, KINDS)
        assert not directory.temporary_groups(PLACE, "")
        assert not directory.can_list(PLACE)
        assert directory.temporary_group(GUID) == NotVisible(
            "The object may not be seen by the account that signs in."
        )


def shows(attributes: dict[str, list[str | bytes]], inside: list[dict[str, list[str | bytes]]]) -> Script:
    """A folder with these attributes, and what is in it."""

    def script(request: Request) -> Iterable[bytes]:
        if request.is_of_one_object:
            yield entry(request, PLACE, attributes)
        else:
            for number, one in enumerate(inside):
                yield entry(request, f"CN={number},{PLACE}", one)
        yield result(request)

    return script


def test_that_without_a_descriptor_only_what_is_shown_proves_that_it_can_be_listed() -> None:
    named: dict[str, list[str | bytes]] = {"objectGUID": [bytes(16)]}
    for inside, proven in (([], False), ([named], True), ([named, {}], False)):
        with ScriptedServer(shows(named, inside)) as server:
            assert directory_over(server).can_list(PLACE) is proven


@pytest.mark.parametrize("deleted", [True, False])
def test_that_a_tombstone_proves_that_something_was_deleted(deleted: bool) -> None:
    def script(request: Request) -> Iterable[bytes]:
        if request.attributes == ["isDeleted"]:
            yield entry(request, f"CN=a,{PLACE}", {"isDeleted": ["TRUE"]} if deleted else {})
            yield result(request)
        elif request.attributes == ["tokenGroups"]:
            yield entry(request, "", {})
            yield result(request)
        else:
            yield result(request, 32)

    with ScriptedServer(script) as server:
        assert directory_over(server).was_deleted(GUID) is deleted
        assert directory_over(server).has_left(GUID, PLACE) is deleted


@pytest.mark.parametrize(("is_bare", "has_left"), [(False, True), (True, False)])
def test_that_what_stood_in_a_folder_that_is_not_there_has_left(
    monkeypatch: pytest.MonkeyPatch, is_bare: bool, has_left: bool
) -> None:
    """Of a folder that is hidden by itself its bare name is shown."""

    def script(request: Request) -> Iterable[bytes]:
        if request.base == BASE and "nTSecurityDescriptor" in request.attributes:
            yield entry(request, BASE, {"nTSecurityDescriptor": ["one that lets everybody list"]})
            yield result(request)
        elif request.base == BASE or (is_bare and request.base == PLACE):
            yield entry(request, request.base, {})
            yield result(request)
        elif request.attributes == ["tokenGroups"]:
            yield entry(request, "", {})
            yield result(request)
        else:
            yield result(request, 32)

    monkeypatch.setattr(ldap_directory, "may_list", lambda descriptor, _: bool(descriptor))
    with ScriptedServer(script) as server:
        assert directory_over(server).has_left(GUID, PLACE) is has_left


def test_that_a_member_that_is_not_shown_is_looked_for_by_its_guid() -> None:
    def script(request: Request) -> Iterable[bytes]:
        if request.base == f"<GUID={GUID}>":
            yield result(request, 32)
        else:
            yield entry(request, "CN=T", {})
            yield result(request)

    with ScriptedServer(script) as server:
        assert directory_over(server).is_member_of(GUID, DistinguishedName(f"CN=T,{BASE}"))


def test_that_a_bare_name_was_not_deleted() -> None:
    with ScriptedServer(bare) as server:
        assert not directory_over(server).was_deleted(GUID)
        assert not directory_over(server).has_left(GUID, PLACE)


def test_that_what_is_behind_a_referral_was_not_deleted() -> None:
    with ScriptedServer(refers) as server:
        assert not directory_over(server).was_deleted(GUID)
        assert not directory_over(server).has_left(GUID, PLACE)


def test_that_an_account_of_another_domain_has_the_first_sid_of_its_token() -> None:
    sid = bytes.fromhex("010500000000000515000000010000000200000003000000510400 00".replace(" ", ""))
    info = DomainInfo("corp.example.test", BASE, "CORP", "dc1", "OTHER\\svc-jit", "TLS")
    with ScriptedServer(shows({"tokenGroups": [sid]}, [])) as server:
        assert own_sid(server.session, ROOT, info) == "S-1-5-21-1-2-3-1105"
    with ScriptedServer(shows({}, [])) as server:
        assert own_sid(server.session, ROOT, info) is None
