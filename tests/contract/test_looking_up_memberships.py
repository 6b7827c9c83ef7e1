# SPDX-License-Identifier: MIT
"""Who is in what: one membership, the chain of memberships, and all groups of an account."""

import uuid

from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import Directory, EntryKind, GroupScope, Membership
from tests.contract.case import DirectoryCase


def test_that_a_direct_membership_is_found_by_dn_and_by_guid(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    made = directory.create_group(directory_case.new_group())
    account = directory_case.outside.guid(directory_case.account)
    assert directory.membership(made.dn, directory_case.account) == Membership()
    assert directory.membership(made.guid, account) == Membership()


def test_that_a_membership_through_another_group_is_no_direct_one(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    made = directory.create_group(directory_case.new_group())
    target = directory_case.targets[GroupScope.GLOBAL]
    directory.add_member(target, made.dn)
    assert directory.membership(target, directory_case.account) is None
    assert directory.membership(target, made.dn) == Membership()


def test_that_nobody_is_a_member_where_one_of_the_two_is_gone(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    target = directory_case.targets[GroupScope.GLOBAL]
    for gone in (ObjectGuid(str(uuid.uuid4())), DistinguishedName(f"CN=Gone,{directory_case.ou}")):
        assert directory.membership(target, gone) is None
        assert directory.membership(gone, directory_case.account) is None
        assert not directory.is_member_of(gone, target)
        assert not directory.is_member_of(directory_case.account, gone)


def test_that_a_membership_that_was_taken_away_is_not_found(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    made = directory.create_group(directory_case.new_group())
    directory.remove_member(made.dn, directory_case.account)
    assert directory.membership(made.dn, directory_case.account) is None
    assert not directory.is_member_of(directory_case.account, made.dn)


def test_that_the_chain_of_memberships_is_followed(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    made = directory.create_group(directory_case.new_group())
    inner, outer = directory_case.targets[GroupScope.GLOBAL], directory_case.targets[GroupScope.UNIVERSAL]
    directory.add_member(inner, made.dn)
    directory.add_member(outer, inner)
    account = directory_case.outside.guid(directory_case.account)
    assert directory.is_member_of(account, made.guid)
    assert directory.is_member_of(account, directory_case.outside.guid(outer))
    assert directory.is_member_of(directory_case.account, outer)
    assert not directory.is_member_of(directory_case.account, directory_case.foreign_target)
    assert not directory.is_member_of(outer, inner)


def test_that_the_groups_of_an_account_are_its_direct_ones_and_the_primary_one_by_name(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    def names(what: ObjectGuid | DistinguishedName) -> list[str]:
        return [entry.name for entry in directory.groups_of(what)]

    assert names(directory_case.account) == ["Domain Users"]
    first = directory.create_group(directory_case.new_group("aaa " + directory_case.name()))
    last = directory.create_group(directory_case.new_group("ZZZ " + directory_case.name("2")))
    directory.add_member(directory_case.targets[GroupScope.GLOBAL], first.dn)
    account = directory_case.outside.guid(directory_case.account)
    assert names(account) == names(directory_case.account) == [first.name, "Domain Users", last.name]
    assert {entry.kind for entry in directory.groups_of(account)} == {EntryKind.GROUP}
    owners = {entry.name: entry.owner for entry in directory.groups_of(account)}
    assert owners[first.name] == owners[last.name] == directory.own_sid()
    assert owners["Domain Users"] not in (None, directory.own_sid())


def test_that_the_groups_of_a_group_are_told_too(directory: Directory, directory_case: DirectoryCase) -> None:
    made = directory.create_group(directory_case.new_group())
    targets = [directory_case.targets[scope] for scope in GroupScope]
    for target in targets:
        directory.add_member(target, made.dn)
    assert {entry.dn for entry in directory.groups_of(made.guid)} == set(targets)
