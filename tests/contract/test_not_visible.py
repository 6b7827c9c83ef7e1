# SPDX-License-Identifier: MIT
"""What is kept from the account that signs in: told apart from what is not there, and taken back."""

import re
import uuid
from collections.abc import Callable

import pytest

from jit_desktop.elevation.errors import AccessDenied, JitError, NoSuchObject
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import Directory, EntryKind, GroupScope, NotVisible, TemporaryGroup
from tests.contract.case import DirectoryCase
from tests.unit.elevation.helpers import visible

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
NOWHERE = ObjectGuid(str(uuid.uuid4()))


@pytest.fixture
def target(directory_case: DirectoryCase) -> DistinguishedName:
    return directory_case.targets[GroupScope.GLOBAL]


@pytest.fixture
def made(directory_case: DirectoryCase, directory: Directory, target: DistinguishedName) -> TemporaryGroup:
    """A temporary group that gives the account the target."""
    group = directory.create_group(directory_case.new_group())
    directory.add_member(target, group.dn)
    return visible(directory.temporary_group(group.guid))


# member_links


def test_that_members_are_shown_by_guid(
    directory_case: DirectoryCase, directory: Directory, target: DistinguishedName, made: TemporaryGroup
) -> None:
    (link,) = directory.member_links(made.guid)
    assert (link.guid, link.dn) == (
        directory_case.outside.guid(directory_case.account),
        directory_case.account,
    )
    assert [link.guid for link in directory.member_links(target)] == [made.guid]
    directory.empty_group(made.guid)
    assert not directory.member_links(made.guid)
    with pytest.raises(NoSuchObject):
        directory.member_links(NOWHERE)


def test_that_a_member_is_shown_that_may_not_be_seen(
    directory_case: DirectoryCase, directory: Directory, target: DistinguishedName, made: TemporaryGroup
) -> None:
    directory_case.outside.hide(made.dn)
    assert isinstance(directory.temporary_group(made.guid), NotVisible)
    assert [link.guid for link in directory.member_links(target)] == [made.guid]


# unseen


def test_that_members_that_may_not_be_seen_are_told_from_others(
    directory_case: DirectoryCase, directory: Directory, target: DistinguishedName, made: TemporaryGroup
) -> None:
    outside = directory_case.outside
    outside.add_member(target, directory_case.account)
    links = directory.member_links(target)
    assert len(links) == 2
    assert not directory.unseen(target, links)
    assert not directory.unseen(target, [])
    outside.hide(made.dn)
    assert [link.guid for link in directory.unseen(target, links)] == [made.guid]
    outside.hide(directory_case.account)
    assert {link.guid for link in directory.unseen(target, links)} == {link.guid for link in links}


def test_that_who_is_no_member_any_more_is_not_unseen(
    directory_case: DirectoryCase, directory: Directory, target: DistinguishedName, made: TemporaryGroup
) -> None:
    links = directory.member_links(target)
    directory_case.outside.delete(made.dn)
    assert not directory.unseen(target, links)


# groups_in


def test_that_a_group_is_in_another_by_the_list_of_that(
    directory_case: DirectoryCase, directory: Directory, target: DistinguishedName, made: TemporaryGroup
) -> None:
    outside = directory_case.outside
    outside.add_member(target, directory_case.account)
    outside.hide_memberships(made.dn)
    assert visible(directory.temporary_group(made.guid)).member_of == ()
    assert [group.guid for group in directory.groups_in(target)] == [made.guid]
    outside.hide_members(target)
    assert not directory.groups_in(target)


def test_that_a_group_is_in_another_by_what_it_shows_where_the_list_of_that_is_not_shown(
    directory_case: DirectoryCase, directory: Directory, target: DistinguishedName, made: TemporaryGroup
) -> None:
    directory_case.outside.hide_members(target)
    assert [group.guid for group in directory.groups_in(target)] == [made.guid]


# has_members


def test_that_nobody_is_in_a_group_only_where_its_members_may_be_read(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup
) -> None:
    assert directory.has_members(made.guid) is True
    directory.empty_group(made.guid)
    assert directory.has_members(made.guid) is False
    directory_case.outside.hide_members(made.dn)
    assert directory.has_members(made.guid) is None
    assert visible(directory.temporary_group(made.guid)).members == ()
    directory_case.outside.hide(made.dn)
    assert directory.has_members(made.guid) is None
    assert directory.has_members(NOWHERE) is None


def test_that_members_that_may_not_be_read_are_not_none(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup
) -> None:
    directory_case.outside.hide_members(made.dn)
    assert directory.has_members(made.guid) is None


def test_that_who_has_it_for_the_primary_group_is_in_a_group(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup
) -> None:
    directory_case.outside.make_primary(made.dn, directory_case.account)
    assert visible(directory.temporary_group(made.guid)).members == ()
    assert directory.has_members(made.guid) is True
    target = directory.read(directory_case.targets[GroupScope.GLOBAL]).sid
    assert target in directory.token_groups(directory_case.account)
    with pytest.raises(JitError):
        directory.delete_group(made.guid)
    directory_case.outside.delete(directory_case.account)
    assert directory.has_members(made.guid) is False


# shows_members


def test_that_a_list_of_members_is_whole_only_where_it_may_be_read(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup
) -> None:
    assert directory.shows_members(made.guid) is True
    directory.empty_group(made.guid)
    assert directory.shows_members(made.guid) is True
    directory_case.outside.hide_members(made.dn)
    assert directory.shows_members(made.guid) is False
    directory_case.outside.hide(made.dn)
    assert directory.shows_members(made.guid) is False
    assert directory.shows_members(NOWHERE) is False


def test_that_memberships_are_followed_no_further_than_a_group_that_keeps_who_is_in_it(
    directory_case: DirectoryCase, directory: Directory, target: DistinguishedName, made: TemporaryGroup
) -> None:
    assert directory.is_member_of(directory_case.account, target)
    directory_case.outside.hide_members(made.dn)
    assert directory.is_member_of(made.guid, target)
    assert not directory.is_member_of(directory_case.account, target)
    sid = directory.read(target).sid
    assert sid in directory.token_groups(directory_case.account), "what it has goes on"


# take_out


def test_that_a_member_is_taken_out_by_guid(
    directory_case: DirectoryCase, directory: Directory, target: DistinguishedName, made: TemporaryGroup
) -> None:
    assert directory.take_out(target, made.guid) is True
    assert directory_case.outside.members(target) == set()
    assert directory.take_out(target, made.guid) is False


@pytest.mark.parametrize("hidden", ["the group", "its folder"])
def test_that_a_member_is_taken_out_that_may_not_be_seen(
    directory_case: DirectoryCase,
    directory: Directory,
    target: DistinguishedName,
    made: TemporaryGroup,
    hidden: str,
) -> None:
    directory_case.outside.hide(made.dn if hidden == "the group" else directory_case.location)
    assert isinstance(directory.temporary_group(made.guid), NotVisible)
    assert directory.take_out(target, made.guid) is True
    assert directory_case.outside.members(target) == set()


def test_that_a_member_that_exists_nowhere_is_none(directory: Directory, target: DistinguishedName) -> None:
    assert directory.take_out(target, NOWHERE) is False


def test_that_who_was_deleted_is_no_member(
    directory_case: DirectoryCase, directory: Directory, target: DistinguishedName, made: TemporaryGroup
) -> None:
    directory_case.outside.delete(made.dn)
    assert directory.take_out(target, made.guid) is False


def test_that_nobody_is_taken_out_without_the_right(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup
) -> None:
    foreign = directory_case.foreign_target
    directory_case.outside.add_member(foreign, made.dn)
    with pytest.raises(AccessDenied):
        directory.take_out(foreign, made.guid)
    assert directory_case.outside.members(foreign) == {made.dn}


def test_that_what_may_not_be_seen_can_be_emptied_and_deleted(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup
) -> None:
    directory_case.outside.hide(directory_case.location)
    directory.empty_group(made.guid)
    assert directory_case.outside.members(made.dn) == set()
    directory.delete_group(made.guid)
    assert not directory_case.outside.exists(made.dn)


# lists


@pytest.mark.parametrize("filled", [False, True])
def test_that_a_folder_that_may_be_listed_is_proven_to(
    directory_case: DirectoryCase, directory: Directory, filled: bool
) -> None:
    if filled:
        directory.create_group(directory_case.new_group())
    assert directory.can_list(directory_case.location)


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("contents_only", [False, True])
def test_that_a_folder_that_may_not_be_listed_is_not_proven_to(
    directory_case: DirectoryCase, directory: Directory, filled: bool, contents_only: bool
) -> None:
    if filled:
        directory.create_group(directory_case.new_group())
    hide = directory_case.outside.hide_contents if contents_only else directory_case.outside.hide
    hide(directory_case.location)
    assert not directory.can_list(directory_case.location)
    assert not directory.temporary_groups(directory_case.location, "")


def test_that_a_folder_that_is_not_there_can_not_be_listed(
    directory_case: DirectoryCase, directory: Directory
) -> None:
    assert not directory.can_list(DistinguishedName(f"OU=Gone,{directory_case.ou}"))


def test_that_lists_leave_out_what_may_not_be_seen(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup
) -> None:
    directory_case.outside.hide(made.dn)
    assert not directory.temporary_groups(directory_case.location, "")
    assert not directory.children(directory_case.location, frozenset(EntryKind))
    assert made.guid not in {group.guid for group in directory.groups_of(directory_case.account)}


# single objects


def test_that_an_account_that_may_not_be_seen_shows_no_groups(
    directory_case: DirectoryCase, directory: Directory
) -> None:
    """No group at all would be proof that it holds nothing."""
    account = directory_case.outside.guid(directory_case.account)
    assert directory.token_groups(account)
    directory_case.outside.hide(directory_case.account)
    for look in (directory.token_groups, directory.groups_of, directory.read):
        for what in (account, directory_case.account):
            with pytest.raises(NoSuchObject):
                look(what)
    with pytest.raises(NoSuchObject):
        directory.find_account(directory_case.account_name)


def test_that_the_groups_of_an_account_count_those_that_may_not_be_seen(
    directory_case: DirectoryCase, directory: Directory, target: DistinguishedName, made: TemporaryGroup
) -> None:
    sid = directory.read(target).sid
    directory_case.outside.hide(made.dn)
    assert sid in directory.token_groups(directory_case.account)


def test_that_a_folder_that_may_not_be_seen_is_not_read(
    directory_case: DirectoryCase, directory: Directory
) -> None:
    directory_case.outside.hide(directory_case.location)
    with pytest.raises(NoSuchObject):
        directory.read(directory_case.location)


# words

Call = Callable[[Directory, DirectoryCase, ObjectGuid], object]
CALLS: dict[str, Call] = {
    "read": lambda directory, case, what: directory.read(what),
    "members": lambda directory, case, what: directory.members(what),
    "member_links": lambda directory, case, what: directory.member_links(what),
    "token_groups": lambda directory, case, what: directory.token_groups(what),
    "groups_of": lambda directory, case, what: directory.groups_of(what),
    "rights": lambda directory, case, what: directory.rights(case.location, [what]),
    "add_member": lambda directory, case, what: directory.add_member(what, case.account),
    "remove_member": lambda directory, case, what: directory.remove_member(what, case.account),
    "take_out": lambda directory, case, what: directory.take_out(what, case.outside.guid(case.account)),
    "empty_group": lambda directory, case, what: directory.empty_group(what),
    "delete_group": lambda directory, case, what: directory.delete_group(what),
    "write_record": lambda directory, case, what: directory.write_record(what, "info", "words"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("what", ["nowhere", "hidden", "foreign"])
def test_that_no_message_has_a_guid_in_it(
    directory_case: DirectoryCase, directory: Directory, call: str, what: str
) -> None:
    guid = NOWHERE
    if what != "nowhere":
        guid = directory_case.outside.guid(directory_case.foreign_target)
    if what == "hidden":
        directory_case.outside.hide(directory_case.foreign_target)
    try:
        CALLS[call](directory, directory_case, guid)
    except JitError as error:
        words = f"{error.message} {error.remedy}"
    else:
        words = ""
    assert not _GUID.search(words)
    assert not words.startswith("the ")


@pytest.mark.parametrize("hidden", [False, True])
def test_that_why_a_group_is_not_visible_has_no_guid_in_it(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup, hidden: bool
) -> None:
    if hidden:
        directory_case.outside.hide(made.dn)
    shown = directory.temporary_group(made.guid if hidden else NOWHERE)
    assert isinstance(shown, NotVisible)
    assert not _GUID.search(shown.why)


# what has left its place, and what was deleted


def test_that_what_is_not_there_any_more_has_left(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup
) -> None:
    assert not directory.has_left(made.guid, directory_case.location)
    directory_case.outside.delete(made.dn)
    assert directory.has_left(made.guid, directory_case.location)


def test_that_what_was_moved_to_where_nothing_is_shown_has_left_and_was_not_deleted(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup
) -> None:
    dark = directory_case.outside.create_ou("Dark", directory_case.ou)
    directory_case.outside.move(made.dn, dark)
    directory_case.outside.hide(dark)
    assert directory.has_left(made.guid, directory_case.location)
    assert not directory.was_deleted(made.guid)


def test_that_who_may_not_read_tombstones_does_not_know_what_was_deleted(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup
) -> None:
    assert not directory.was_deleted(made.guid)
    directory_case.outside.delete(made.dn)
    assert not directory.was_deleted(made.guid)


def test_that_what_is_hidden_by_itself_has_not_left(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup
) -> None:
    directory_case.outside.hide(made.dn)
    assert not directory.has_left(made.guid, directory_case.location)


@pytest.mark.parametrize("contents_only", [False, True])
def test_that_nothing_has_left_where_nothing_is_shown(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup, contents_only: bool
) -> None:
    hide = directory_case.outside.hide_contents if contents_only else directory_case.outside.hide
    hide(directory_case.location)
    assert not directory.has_left(made.guid, directory_case.location)
    directory_case.outside.delete(made.dn)
    assert not directory.has_left(made.guid, directory_case.location)


def test_that_what_was_in_a_folder_that_is_not_there_has_left_with_it(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup
) -> None:
    directory_case.outside.delete(made.dn)
    gone = DistinguishedName(f"OU=Gone,{directory_case.ou}")
    assert directory.has_left(made.guid, gone)
    assert directory.has_left(made.guid, DistinguishedName(""))
    directory_case.outside.hide(directory_case.ou)
    assert not directory.has_left(made.guid, gone)


def test_that_what_is_hidden_by_itself_has_not_left_wherever_it_stood(
    directory_case: DirectoryCase, directory: Directory, made: TemporaryGroup
) -> None:
    directory_case.outside.hide(made.dn)
    assert not directory.has_left(made.guid, DistinguishedName(""))
