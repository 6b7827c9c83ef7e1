# SPDX-License-Identifier: MIT
"""What the bound account may do: foretold by `rights`, and refused where it may not."""

from collections.abc import Iterator

import pytest

from jit_desktop.elevation.errors import AccessDenied, NoSuchObject
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import Directory, GroupScope
from tests.contract.case import DirectoryCase


@pytest.fixture
def powerless(directory_case: DirectoryCase) -> Iterator[Directory]:
    """A connection of an account that may only read."""
    name, password = directory_case.powerless
    with directory_case.connect(bind_as=name, password=password) as connection:
        yield connection


def test_that_rights_that_are_there_are_foretold(directory: Directory, directory_case: DirectoryCase) -> None:
    targets = {scope: directory_case.outside.guid(dn) for scope, dn in directory_case.targets.items()}
    rights = directory.rights(directory_case.location, targets.values())
    assert rights.can_create_groups
    assert rights.can_write_members == dict.fromkeys(targets.values(), True)


def test_that_a_missing_right_on_a_target_is_foretold(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    foreign = directory_case.outside.guid(directory_case.foreign_target)
    own = directory_case.outside.guid(directory_case.targets[GroupScope.GLOBAL])
    rights = directory.rights(directory_case.location, [foreign, own])
    assert rights.can_write_members == {foreign: False, own: True}


def test_that_a_missing_right_on_the_location_is_foretold(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    builtin = DistinguishedName(f"CN=Builtin,{directory_case.base_dn}")
    assert not directory.rights(builtin, []).can_create_groups


def test_that_rights_on_a_location_that_is_gone_are_an_error(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    directory_case.outside.delete(directory_case.location)
    with pytest.raises(NoSuchObject):
        directory.rights(directory_case.location, [])


def test_that_without_rights_nothing_is_foretold(powerless: Directory, directory_case: DirectoryCase) -> None:
    target = directory_case.outside.guid(directory_case.targets[GroupScope.GLOBAL])
    rights = powerless.rights(directory_case.location, [target])
    assert not rights.can_create_groups
    assert rights.can_write_members == {target: False}


def test_that_a_foreign_target_takes_no_member(directory: Directory, directory_case: DirectoryCase) -> None:
    made = directory.create_group(directory_case.new_group())
    with pytest.raises(AccessDenied) as raised:
        directory.add_member(directory_case.foreign_target, made.dn)
    assert "Foreign Target" in f"{raised.value.subject} {raised.value.message}"
    assert directory_case.outside.members(directory_case.foreign_target) == set()


def test_that_without_rights_no_group_is_made(powerless: Directory, directory_case: DirectoryCase) -> None:
    with pytest.raises(AccessDenied):
        powerless.create_group(directory_case.new_group())
    assert not powerless.temporary_groups(directory_case.location, "")


def test_that_without_rights_nothing_of_a_grant_can_be_changed(
    directory: Directory, powerless: Directory, directory_case: DirectoryCase
) -> None:
    made = directory.create_group(directory_case.new_group())
    target = directory_case.targets[GroupScope.GLOBAL]
    directory.add_member(target, made.dn)
    with pytest.raises(AccessDenied):
        powerless.remove_member(target, made.dn)
    with pytest.raises(AccessDenied):
        powerless.empty_group(made.guid)
    with pytest.raises(AccessDenied):
        powerless.write_record(made.guid, "{}", "")
    with pytest.raises(AccessDenied):
        powerless.delete_group(made.guid)
    assert directory_case.outside.members(target) == {made.dn}
    assert directory_case.outside.members(made.dn) == {directory_case.account}


def test_that_without_rights_everything_can_be_read(
    powerless: Directory, directory: Directory, directory_case: DirectoryCase
) -> None:
    made = directory.create_group(directory_case.new_group())
    assert powerless.temporary_group(made.guid) == made
    assert powerless.read(directory_case.account) == directory.read(directory_case.account)
