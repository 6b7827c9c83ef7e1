# SPDX-License-Identifier: MIT
"""Nesting a temporary group into its targets and taking it out again."""

import itertools
import uuid

import pytest

from jit_desktop.elevation.errors import AlreadyExists, NoSuchObject, RejectedByDirectory
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import Directory, GroupScope
from tests.contract.case import DirectoryCase

FITTING = {
    # scope of the target: scopes of the temporary groups that it takes
    GroupScope.GLOBAL: {GroupScope.GLOBAL},
    GroupScope.UNIVERSAL: {GroupScope.GLOBAL, GroupScope.UNIVERSAL},
    GroupScope.DOMAIN_LOCAL: set(GroupScope),
}
PAIRS = list(itertools.product(GroupScope, GroupScope))


@pytest.mark.parametrize(("target", "inner"), [p for p in PAIRS if p[1] in FITTING[p[0]]])
def test_that_a_fitting_group_becomes_a_member(
    directory: Directory, directory_case: DirectoryCase, target: GroupScope, inner: GroupScope
) -> None:
    made = directory.create_group(directory_case.new_group(scope=inner))
    outer = directory_case.targets[target]
    directory.add_member(outer, made.dn)
    assert directory_case.outside.members(outer) == {made.dn}
    assert list(directory.members(outer)) == [made.dn]
    assert directory.read(outer).sid in directory.token_groups(directory_case.account)


@pytest.mark.parametrize(("target", "inner"), [p for p in PAIRS if p[1] not in FITTING[p[0]]])
def test_that_a_group_that_does_not_fit_is_refused(
    request: pytest.FixtureRequest,
    directory: Directory,
    directory_case: DirectoryCase,
    target: GroupScope,
    inner: GroupScope,
) -> None:
    if not directory_case.checks_nesting:
        reason = "Samba nests groups of any scopes; Active Directory does not."
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
    made = directory.create_group(directory_case.new_group(scope=inner))
    with pytest.raises(RejectedByDirectory):
        directory.add_member(directory_case.targets[target], made.dn)
    assert directory_case.outside.members(directory_case.targets[target]) == set()


def test_that_targets_are_named_by_guid_too(directory: Directory, directory_case: DirectoryCase) -> None:
    made = directory.create_group(directory_case.new_group())
    target = directory_case.targets[GroupScope.UNIVERSAL]
    guid = directory.read(target).guid
    directory.add_member(guid, made.dn)
    assert directory_case.outside.members(target) == {made.dn}
    directory.remove_member(guid, made.dn)
    assert directory_case.outside.members(target) == set()


def test_that_a_target_is_found_by_guid_after_a_rename(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    made = directory.create_group(directory_case.new_group())
    target = directory_case.targets[GroupScope.GLOBAL]
    guid = directory.read(target).guid
    renamed = directory_case.outside.rename(target, f"Renamed, + {directory_case.tag}")
    directory.add_member(guid, made.dn)
    assert directory_case.outside.members(renamed) == {made.dn}


def test_that_a_membership_that_is_there_is_reported(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    target = directory_case.targets[GroupScope.GLOBAL]
    directory_case.outside.add_member(target, directory_case.account)
    with pytest.raises(AlreadyExists):
        directory.add_member(target, directory_case.account)
    assert directory_case.outside.members(target) == {directory_case.account}


def test_that_a_target_that_is_gone_is_no_such_object(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    made = directory.create_group(directory_case.new_group())
    for gone in (ObjectGuid(str(uuid.uuid4())), DistinguishedName(f"CN=Gone,{directory_case.ou}")):
        with pytest.raises(NoSuchObject):
            directory.add_member(gone, made.dn)


def test_that_a_member_that_does_not_exist_is_no_such_object(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    target = directory_case.targets[GroupScope.GLOBAL]
    with pytest.raises(NoSuchObject):
        directory.add_member(target, DistinguishedName(f"CN=Gone,{directory_case.location}"))


def test_that_taking_out_leaves_the_others_in(directory: Directory, directory_case: DirectoryCase) -> None:
    target = directory_case.targets[GroupScope.GLOBAL]
    directory_case.outside.add_member(target, directory_case.account)
    made = directory.create_group(directory_case.new_group())
    directory.add_member(target, made.dn)
    directory.remove_member(target, made.dn)
    assert directory_case.outside.members(target) == {directory_case.account}


def test_that_taking_out_a_stranger_is_no_such_object(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    target = directory_case.targets[GroupScope.GLOBAL]
    with pytest.raises(NoSuchObject):
        directory.remove_member(target, directory_case.account)
    with pytest.raises(NoSuchObject):
        directory.remove_member(target, DistinguishedName(f"CN=Gone,{directory_case.location}"))


def test_that_a_group_is_emptied(directory: Directory, directory_case: DirectoryCase) -> None:
    made = directory.create_group(directory_case.new_group())
    another = directory_case.outside.create_account("Another", directory_case.ou, f"an-{directory_case.tag}")
    directory_case.outside.add_member(made.dn, another)
    directory.empty_group(made.guid)
    assert directory_case.outside.members(made.dn) == set()
    assert directory_case.outside.exists(made.dn)


def test_that_emptying_an_empty_group_is_no_error(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    made = directory.create_group(directory_case.new_group())
    directory.empty_group(made.dn)
    directory.empty_group(made.dn)
    assert directory_case.outside.members(made.dn) == set()


def test_that_what_is_gone_can_not_be_emptied(directory: Directory) -> None:
    with pytest.raises(NoSuchObject):
        directory.empty_group(ObjectGuid(str(uuid.uuid4())))


def test_that_a_grant_and_its_end_leave_everything_as_it_was(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    before = directory.token_groups(directory_case.account)
    made = directory.create_group(directory_case.new_group())
    for target in directory_case.targets.values():
        directory.add_member(target, made.dn)
    sids = {directory.read(target).sid for target in directory_case.targets.values()}
    assert sids <= directory.token_groups(directory_case.account)
    directory.empty_group(made.guid)
    directory.delete_group(made.guid)
    assert directory.token_groups(directory_case.account) == before
    assert all(directory_case.outside.members(target) == set() for target in directory_case.targets.values())
