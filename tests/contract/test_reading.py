# SPDX-License-Identifier: MIT
"""Browsing, reading single objects, and who is in what."""

import uuid

import pytest

from jit_desktop.elevation.errors import InvalidName, NoSuchObject
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import Directory, EntryKind, GroupScope
from tests.contract.case import DirectoryCase

FOLDERS = frozenset({EntryKind.OU, EntryKind.CONTAINER})
EVERYTHING = frozenset(EntryKind)


def _nowhere() -> ObjectGuid:
    return ObjectGuid(str(uuid.uuid4()))


def test_that_the_children_are_one_level_and_no_more(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    directory_case.outside.create_ou("Deeper", directory_case.location)
    names = {entry.name for entry in directory.children(directory_case.ou, EVERYTHING)}
    assert "Temporary Groups" in names
    assert "Deeper" not in names


def test_that_only_the_kinds_that_were_asked_for_come(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    for kind in (EntryKind.OU, EntryKind.GROUP, EntryKind.ACCOUNT):
        found = directory.children(directory_case.ou, frozenset({kind}))
        assert found
        assert {entry.kind for entry in found} == {kind}


def test_that_folders_come_first_and_then_all_by_name(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    for name in ("zeta", "Alpha", "mu"):
        directory_case.outside.create_ou(f"{name} folder", directory_case.ou)
    found = directory.children(directory_case.ou, EVERYTHING)
    folders = [entry.name for entry in found if entry.kind is EntryKind.OU]
    others = [entry.name for entry in found if entry.kind is not EntryKind.OU]
    assert [entry.name for entry in found] == folders + others
    assert folders == ["Alpha folder", "mu folder", "Temporary Groups", "zeta folder"]
    assert others == sorted(others, key=str.casefold)


def test_that_a_limit_cuts_the_children(directory: Directory, directory_case: DirectoryCase) -> None:
    assert len(directory.children(directory_case.ou, EVERYTHING, limit=2)) == 2


def test_that_the_top_of_the_domain_has_its_containers(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    kinds = {entry.name: entry.kind for entry in directory.children(directory_case.base_dn, FOLDERS)}
    assert kinds["Users"] is EntryKind.CONTAINER
    assert kinds["Builtin"] is EntryKind.CONTAINER
    assert kinds["Domain Controllers"] is EntryKind.OU


def test_that_a_folder_with_content_can_be_opened(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    assert directory.read(directory_case.ou).has_children


def test_that_groups_and_accounts_can_not_be_opened(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    leaves = directory.children(directory_case.ou, frozenset({EntryKind.GROUP, EntryKind.ACCOUNT}))
    assert not any(entry.has_children for entry in leaves)


def test_that_children_of_what_is_gone_are_an_error(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    with pytest.raises(NoSuchObject):
        directory.children(DistinguishedName(f"OU=Gone,{directory_case.ou}"), EVERYTHING)


def test_that_the_domain_itself_can_be_read(directory: Directory, directory_case: DirectoryCase) -> None:
    domain = directory.read(directory_case.base_dn)
    assert domain.kind is EntryKind.DOMAIN
    assert domain.has_children


@pytest.mark.parametrize("scope", list(GroupScope))
def test_that_a_group_is_read_with_its_scope(
    directory: Directory, directory_case: DirectoryCase, scope: GroupScope
) -> None:
    entry = directory.read(directory_case.targets[scope])
    assert entry.kind is EntryKind.GROUP
    assert entry.scope is scope
    assert entry.security_enabled
    assert not entry.builtin
    assert not entry.protected
    assert entry.sid is not None
    assert entry.logon_name == entry.name


def test_that_a_built_in_group_is_told_apart(directory: Directory, directory_case: DirectoryCase) -> None:
    entry = directory.read(DistinguishedName(f"CN=Administrators,CN=Builtin,{directory_case.base_dn}"))
    assert entry.builtin
    assert entry.protected
    assert entry.scope is GroupScope.DOMAIN_LOCAL
    assert entry.sid == "S-1-5-32-544"


def test_that_a_protected_group_is_told_apart(directory: Directory, directory_case: DirectoryCase) -> None:
    entry = directory.read(DistinguishedName(f"CN=Domain Admins,CN=Users,{directory_case.base_dn}"))
    assert entry.protected
    assert entry.scope is GroupScope.GLOBAL
    assert entry.sid is not None
    assert entry.sid.endswith("-512")


def test_that_an_account_is_read_with_its_logon_name(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    entry = directory.read(directory_case.account)
    assert entry.kind is EntryKind.ACCOUNT
    assert entry.logon_name == directory_case.account_name
    assert entry.enabled
    assert not entry.expired
    assert entry.scope is None


def test_that_a_disabled_account_is_told_apart(directory: Directory, directory_case: DirectoryCase) -> None:
    dn = directory_case.outside.create_account(
        "Off", directory_case.ou, f"off-{directory_case.tag}", enabled=False
    )
    assert not directory.read(dn).enabled


def test_that_an_object_is_read_by_its_guid(directory: Directory, directory_case: DirectoryCase) -> None:
    guid = directory_case.outside.guid(directory_case.account)
    assert directory.read(guid) == directory.read(directory_case.account)
    assert directory.read(guid).guid == guid


def test_that_a_dn_may_be_spelled_in_other_ways(directory: Directory, directory_case: DirectoryCase) -> None:
    spelled = DistinguishedName(directory_case.account.upper().replace(",", ", "))
    assert directory.read(spelled).guid == directory.read(directory_case.account).guid


def test_that_a_group_is_found_again_by_its_guid_after_a_rename_and_a_move(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    old = directory_case.targets[GroupScope.GLOBAL]
    before = directory.read(old)
    renamed = directory_case.outside.rename(old, f"Renamed {directory_case.tag}")
    moved = directory_case.outside.move(renamed, directory_case.location)
    after = directory.read(before.guid)
    assert after.name == f"Renamed {directory_case.tag}"
    assert after.dn == moved
    assert after.sid == before.sid
    with pytest.raises(NoSuchObject):
        directory.read(old)


def test_that_what_was_deleted_is_gone_by_every_name(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    target = directory_case.targets[GroupScope.GLOBAL]
    guid = directory.read(target).guid
    directory_case.outside.delete(target)
    with pytest.raises(NoSuchObject):
        directory.read(guid)
    with pytest.raises(NoSuchObject):
        directory.read(target)


def test_that_a_guid_of_nothing_is_no_such_object(directory: Directory) -> None:
    with pytest.raises(NoSuchObject):
        directory.read(_nowhere())


def test_that_what_is_no_dn_is_an_invalid_name(directory: Directory) -> None:
    with pytest.raises(InvalidName):
        directory.read(DistinguishedName("not a distinguished name"))


@pytest.mark.parametrize("spelling", ["{name}", "CORP\\{name}", "corp\\{name}", "{name}@corp.example.test"])
def test_that_an_account_is_found_by_every_usual_name(
    directory: Directory, directory_case: DirectoryCase, spelling: str
) -> None:
    found = directory.find_account(spelling.format(name=directory_case.account_name))
    assert found == directory.read(directory_case.account)


@pytest.mark.parametrize(
    "name",
    ["nobody-of-this-name", "*", "_op-*", "OTHER\\Administrator", "Administrator@other.test", "", "a)(cn=*"],
)
def test_that_a_name_of_nobody_finds_no_account(directory: Directory, name: str) -> None:
    with pytest.raises(NoSuchObject):
        directory.find_account(name)


def test_that_a_group_is_no_account(directory: Directory) -> None:
    with pytest.raises(NoSuchObject):
        directory.find_account("Domain Admins")


def test_that_all_direct_members_are_listed(directory: Directory, directory_case: DirectoryCase) -> None:
    target = directory_case.targets[GroupScope.GLOBAL]
    assert not directory.members(target)
    expected = {directory_case.account}
    directory_case.outside.add_member(target, directory_case.account)
    for number in range(12):
        dn = directory_case.outside.create_account(
            f"M {number}", directory_case.ou, f"m{number}-{directory_case.tag}"
        )
        directory_case.outside.add_member(target, dn)
        expected.add(dn)
    found = directory.members(target)
    assert len(found) == 13
    assert set(found) == expected
    assert directory.members(directory.read(target).guid) == found


def test_that_members_of_what_is_gone_are_an_error(directory: Directory) -> None:
    with pytest.raises(NoSuchObject):
        directory.members(_nowhere())


def test_that_token_groups_go_through_groups_in_groups(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    inner = directory_case.targets[GroupScope.GLOBAL]
    outer = directory_case.targets[GroupScope.DOMAIN_LOCAL]
    directory_case.outside.add_member(outer, inner)
    assert not _sids(directory, inner, outer) & directory.token_groups(directory_case.account)
    directory_case.outside.add_member(inner, directory_case.account)
    assert _sids(directory, inner, outer) <= directory.token_groups(directory_case.account)
    assert _sids(directory, inner, outer) <= directory.token_groups(
        directory_case.outside.guid(directory_case.account)
    )


def test_that_token_groups_hold_the_primary_group(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    found = directory.token_groups(directory_case.account)
    assert any(sid.endswith("-513") for sid in found)


def test_that_token_groups_of_nobody_are_an_error(directory: Directory) -> None:
    with pytest.raises(NoSuchObject):
        directory.token_groups(_nowhere())


def _sids(directory: Directory, *groups: DistinguishedName) -> set[str | None]:
    return {directory.read(group).sid for group in groups}
