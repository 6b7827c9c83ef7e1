# SPDX-License-Identifier: MIT
"""Who made a temporary group and how often its record was written: what no client can forge."""

from jit_desktop.elevation.ports import Directory, GroupScope
from tests.contract.case import DirectoryCase
from tests.unit.elevation.helpers import visible


def test_that_a_connection_knows_whose_it_is(directory_case: DirectoryCase, directory: Directory) -> None:
    sid = directory.own_sid()
    assert sid is not None
    assert sid == directory.find_account(directory_case.service_name).sid == directory.own_sid()


def test_that_a_group_shows_who_made_it(directory_case: DirectoryCase, directory: Directory) -> None:
    made = directory.create_group(directory_case.new_group())
    assert made.owner == directory.own_sid()
    (listed,) = directory.temporary_groups(directory_case.location, directory_case.name())
    assert listed.owner == made.owner


def test_that_a_group_that_somebody_else_made_shows_another_owner(
    directory_case: DirectoryCase, directory: Directory
) -> None:
    case, name = directory_case, directory_case.name()
    dn = case.outside.create_group(name, case.location, GroupScope.GLOBAL, name)
    owner = visible(directory.temporary_group(dn)).owner
    assert owner is not None
    assert owner != directory.own_sid()


def test_that_each_change_of_a_record_is_counted(directory_case: DirectoryCase, directory: Directory) -> None:
    made = directory.create_group(directory_case.new_group(info="first"))
    assert made.record_version == 1
    directory.write_record(made.guid, "second", "as it was")
    assert visible(directory.temporary_group(made.guid)).record_version == 2
    directory.write_record(made.guid, "second", "another description")
    directory.empty_group(made.guid)
    assert visible(directory.temporary_group(made.guid)).record_version == 2, "nothing of it has changed"
    directory.write_record(made.guid, "", "removed")
    directory.write_record(made.guid, "second", "put back as it was")
    assert visible(directory.temporary_group(made.guid)).record_version == 4


def test_that_a_record_that_never_was_has_no_versions(
    directory_case: DirectoryCase, directory: Directory
) -> None:
    assert directory.create_group(directory_case.new_group(info="")).record_version == 0


def test_that_a_group_is_found_by_what_it_gives_wherever_it_stands(
    directory_case: DirectoryCase, directory: Directory
) -> None:
    case = directory_case
    recorded = directory.create_group(case.new_group(info='{"jit":1,"more":"of it"}'))
    plain = directory.create_group(case.new_group(name=case.name("2"), info="note"))
    elsewhere = case.outside.create_ou(case.name("3"), case.location)
    target = case.targets[GroupScope.GLOBAL]
    for made in (recorded, plain):
        directory.add_member(target, made.dn)
    moved = case.outside.move(recorded.dn, elsewhere)
    found = next(group for group in directory.groups_in(target) if group.guid == recorded.guid)
    assert plain.guid in {group.guid for group in directory.groups_in(target)}
    assert (found.guid, found.dn, found.owner) == (recorded.guid, moved, recorded.owner)
    assert found.member_of == (case.outside.guid(target),)
