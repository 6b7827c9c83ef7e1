# SPDX-License-Identifier: MIT
"""Making temporary groups, finding them again, their record, and deleting them."""

import uuid
from datetime import timedelta

import pytest

from jit_desktop.elevation.errors import (
    AlreadyExists,
    DirectoryError,
    InvalidName,
    NoSuchObject,
    RejectedByDirectory,
)
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import Directory, EntryKind, GroupScope, NotVisible
from tests.contract.case import DirectoryCase

RECORD = (
    '{"v":1,"id":"4f0c","by":"CORP\\\\müller <b>","until":"2026-11-23T20:00:00Z","why":"京都 🚀 + , # \\" ="}'
)


@pytest.mark.parametrize("scope", list(GroupScope))
def test_that_a_group_is_made_whole_in_one_write(
    directory: Directory, directory_case: DirectoryCase, scope: GroupScope
) -> None:
    now = directory.current_time()
    wanted = directory_case.new_group(scope=scope, info=RECORD, description="Lent until 20:00")
    made = directory.create_group(wanted)
    assert made.name == wanted.name
    assert made.dn == f"CN={wanted.name},{directory_case.location}"
    assert made.scope is scope
    assert made.info == RECORD
    assert made.description == "Lent until 20:00"
    assert made.members == (directory_case.outside.guid(directory_case.account),)
    assert made.member_of == ()
    assert made.created_at is not None
    assert abs(made.created_at - now) < timedelta(seconds=10)
    assert directory_case.outside.members(made.dn) == {directory_case.account}
    assert directory_case.outside.texts(made.dn) == (RECORD, "Lent until 20:00")


def test_that_the_new_group_is_a_security_group_with_its_own_logon_name(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    made = directory.create_group(directory_case.new_group())
    entry = directory.read(made.guid)
    assert entry.kind is EntryKind.GROUP
    assert entry.security_enabled
    assert entry.logon_name == entry.name == made.name


def test_that_a_member_counts_at_once(directory: Directory, directory_case: DirectoryCase) -> None:
    made = directory.create_group(directory_case.new_group())
    assert directory.read(made.guid).sid in directory.token_groups(directory_case.account)


def test_that_a_group_of_the_longest_name_can_be_made(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    name = directory_case.name("").ljust(64, "x")
    assert directory.create_group(directory_case.new_group(name)).name == name


def test_that_a_record_of_the_longest_size_is_kept(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    made = directory.create_group(directory_case.new_group(info="i" * 1024, description="d" * 1024))
    assert (made.info, made.description) == ("i" * 1024, "d" * 1024)


def test_that_a_record_that_is_too_long_is_refused_and_nothing_made(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    with pytest.raises(RejectedByDirectory):
        directory.create_group(directory_case.new_group(info="i" * 1025))
    assert not directory.temporary_groups(directory_case.location, "")


def test_that_a_taken_name_is_refused(directory: Directory, directory_case: DirectoryCase) -> None:
    made = directory.create_group(directory_case.new_group())
    with pytest.raises(AlreadyExists):
        directory.create_group(directory_case.new_group(info="another"))
    assert directory.temporary_group(made.guid) == made


def test_that_a_name_is_taken_in_the_whole_domain(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    name = directory.read(directory_case.targets[GroupScope.GLOBAL]).logon_name
    with pytest.raises(AlreadyExists):
        directory.create_group(directory_case.new_group(name))
    assert not directory.temporary_groups(directory_case.location, "")


@pytest.mark.parametrize("bad", [*'"/\\[]:;|=,+*?<>', "\t", "\n"])
def test_that_a_character_that_logon_names_can_not_have_is_refused(
    directory: Directory, directory_case: DirectoryCase, bad: str
) -> None:
    with pytest.raises(InvalidName):
        directory.create_group(directory_case.new_group(f"{directory_case.name()}{bad}x"))
    assert not directory.temporary_groups(directory_case.location, "")


def test_that_a_name_that_is_too_long_is_refused(directory: Directory, directory_case: DirectoryCase) -> None:
    with pytest.raises(InvalidName):
        directory.create_group(directory_case.new_group(directory_case.name("").ljust(65, "x")))
    assert not directory.temporary_groups(directory_case.location, "")


@pytest.mark.parametrize(
    "name", ["Jit_Zürich", "一時グループ", "🚀 launch", "#hash", "a'b & c (d)", "50 % {x}"]
)
def test_that_a_strange_but_allowed_name_survives(
    directory: Directory, directory_case: DirectoryCase, name: str
) -> None:
    name = f"{name} {directory_case.tag}"
    made = directory.create_group(directory_case.new_group(name))
    assert made.name == name
    assert directory.temporary_group(made.dn) == made
    directory.delete_group(made.dn)
    assert not directory_case.outside.exists(made.dn)


def test_that_a_location_that_is_gone_is_no_such_object(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    directory_case.outside.delete(directory_case.location)
    with pytest.raises(NoSuchObject):
        directory.create_group(directory_case.new_group())


def test_that_a_member_that_is_gone_is_refused_and_nothing_made(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    directory_case.outside.delete(directory_case.account)
    with pytest.raises(NoSuchObject):
        directory.create_group(directory_case.new_group())
    assert not directory.temporary_groups(directory_case.location, "")


def test_that_groups_are_listed_by_prefix(directory: Directory, directory_case: DirectoryCase) -> None:
    tag = directory_case.tag
    made = [directory.create_group(directory_case.new_group(f"JIT_{tag}_{n}")) for n in "ab"]
    other = directory.create_group(directory_case.new_group(f"ADM_{tag}"))
    assert _by_name(directory.temporary_groups(directory_case.location, "JIT_")) == _by_name(made)
    assert _by_name(directory.temporary_groups(directory_case.location, "jit_")) == _by_name(made)
    assert _by_name(directory.temporary_groups(directory_case.location, "")) == _by_name([*made, other])
    assert not directory.temporary_groups(directory_case.location, "NOT_")


def test_that_a_prefix_is_never_taken_for_a_filter(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    directory.create_group(directory_case.new_group())
    assert not directory.temporary_groups(directory_case.location, "*")
    assert not directory.temporary_groups(directory_case.location, "JIT)(cn=*")


def test_that_groups_below_the_location_are_not_listed(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    deeper = directory_case.outside.create_ou("Deeper", directory_case.location)
    name = directory_case.name("deep")
    directory_case.outside.create_group(name, deeper, GroupScope.GLOBAL, name)
    assert not directory.temporary_groups(directory_case.location, "")


def test_that_the_list_shows_members_and_targets(directory: Directory, directory_case: DirectoryCase) -> None:
    made = directory.create_group(directory_case.new_group())
    for target in directory_case.targets.values():
        directory.add_member(target, made.dn)
    (listed,) = directory.temporary_groups(directory_case.location, "")
    assert listed == directory.temporary_group(made.guid)
    assert set(listed.member_of) == {directory_case.outside.guid(t) for t in directory_case.targets.values()}
    assert listed.members == made.members
    assert listed.info == made.info


def test_that_a_location_that_is_gone_can_not_be_listed(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    guid = directory_case.outside.guid(directory_case.location)
    directory_case.outside.delete(directory_case.location)
    for location in (directory_case.location, guid):
        with pytest.raises(NoSuchObject):
            directory.temporary_groups(location, "")


def test_that_a_location_is_listed_by_its_guid(directory: Directory, directory_case: DirectoryCase) -> None:
    made = directory.create_group(directory_case.new_group())
    guid = directory_case.outside.guid(directory_case.location)
    assert list(directory.temporary_groups(guid, "")) == [directory.temporary_group(made.guid)]


def test_that_a_group_that_does_not_exist_is_none(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    assert isinstance(directory.temporary_group(ObjectGuid(str(uuid.uuid4()))), NotVisible)
    assert isinstance(
        directory.temporary_group(DistinguishedName(f"CN=Gone,{directory_case.location}")), NotVisible
    )
    assert isinstance(
        directory.temporary_group(DistinguishedName(f"CN=Gone,OU=Gone,{directory_case.location}")), NotVisible
    )


def test_that_a_record_is_replaced(directory: Directory, directory_case: DirectoryCase) -> None:
    made = directory.create_group(directory_case.new_group())
    directory.write_record(made.guid, RECORD, "Extended")
    assert directory_case.outside.texts(made.dn) == (RECORD, "Extended")
    directory.write_record(made.dn, "{}", "Again")
    assert directory_case.outside.texts(made.dn) == ("{}", "Again")


def test_that_a_record_can_be_emptied(directory: Directory, directory_case: DirectoryCase) -> None:
    made = directory.create_group(directory_case.new_group())
    directory.write_record(made.guid, "", "")
    assert directory_case.outside.texts(made.dn) == ("", "")
    directory.write_record(made.guid, "", "")


def test_that_the_record_of_what_is_gone_can_not_be_written(directory: Directory) -> None:
    with pytest.raises(NoSuchObject):
        directory.write_record(ObjectGuid(str(uuid.uuid4())), "{}", "")


@pytest.mark.parametrize("by", ["guid", "dn"])
def test_that_a_deleted_group_is_gone_and_gives_nothing_more(
    directory: Directory, directory_case: DirectoryCase, by: str
) -> None:
    made = directory.create_group(directory_case.new_group())
    target = directory_case.targets[GroupScope.GLOBAL]
    directory.add_member(target, made.dn)
    assert directory.read(target).sid in directory.token_groups(directory_case.account)
    directory.delete_group(made.guid if by == "guid" else made.dn)
    assert isinstance(directory.temporary_group(made.guid), NotVisible)
    assert not directory_case.outside.exists(made.dn)
    assert directory_case.outside.members(target) == set()
    assert directory.read(target).sid not in directory.token_groups(directory_case.account)


def test_that_a_group_can_not_be_deleted_twice(directory: Directory, directory_case: DirectoryCase) -> None:
    made = directory.create_group(directory_case.new_group())
    directory.delete_group(made.guid)
    for what in (made.guid, made.dn):
        with pytest.raises(NoSuchObject):
            directory.delete_group(what)


def test_that_a_group_is_deleted_by_guid_wherever_it_was_moved(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    made = directory.create_group(directory_case.new_group())
    renamed = directory_case.outside.rename(made.dn, f"Renamed, + {directory_case.tag}")
    directory.delete_group(made.guid)
    assert not directory_case.outside.exists(renamed)


def test_that_the_name_is_free_again_after_the_deletion(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    first = directory.create_group(directory_case.new_group())
    directory.delete_group(first.guid)
    assert directory.create_group(directory_case.new_group()).guid != first.guid


def test_that_an_error_names_what_it_is_about(directory: Directory, directory_case: DirectoryCase) -> None:
    directory.create_group(directory_case.new_group())
    with pytest.raises(DirectoryError) as raised:
        directory.create_group(directory_case.new_group())
    assert directory_case.name() in raised.value.message
    assert "Traceback" not in str(raised.value)


def _by_name(groups: object) -> list[object]:
    assert isinstance(groups, (list, tuple))
    return sorted(groups, key=lambda group: group.name)
