# SPDX-License-Identifier: MIT
"""Names that break careless programs go through every call unharmed (RFC 4514, RFC 4515)."""

import pytest

from jit_desktop.elevation.ports import Directory, DirectoryEntry, EntryKind, GroupScope
from tests.contract.case import DirectoryCase

STRANGE = [
    "a, b + c",
    '"quoted"',
    "back\\slash",
    "less < more >",
    "semi; colon: equals =",
    "#leading hash",
    " leading blank",
    "Zürich & Größe",
    "京都 管理者",
    "🚀 rocket",
    "<b>bold</b>",
    "star * (paren)",
    "slash / percent %",
    "O'Brien",
]


def test_that_a_folder_of_any_name_can_be_opened(
    directory: Directory, directory_case: DirectoryCase, subtests: pytest.Subtests
) -> None:
    for strange in STRANGE:
        with subtests.test(strange):
            made = directory_case.outside.create_ou(strange, directory_case.ou)
            inner = directory_case.outside.create_ou("Inner", made)
            found = _folder(directory, directory_case, strange)
            assert directory.read(found.dn) == directory.read(found.guid)
            (below,) = directory.children(found.dn, frozenset(EntryKind))
            assert below.name == "Inner"
            assert directory.read(below.dn).guid == directory_case.outside.guid(inner)


def test_that_a_target_and_an_account_of_any_name_can_be_used(
    directory: Directory, directory_case: DirectoryCase, subtests: pytest.Subtests
) -> None:
    tag = directory_case.tag
    guid = directory.read(directory_case.targets[GroupScope.GLOBAL]).guid
    for number, strange in enumerate(STRANGE):
        with subtests.test(strange):
            directory_case.outside.rename(directory.read(guid).dn, f"{strange} {tag}")
            account = directory_case.outside.create_account(strange, directory_case.ou, f"s{number}-{tag}")
            target, member = directory.read(guid), directory.read(directory_case.outside.guid(account))
            assert (target.name, member.name) == (f"{strange} {tag}", strange)
            made = directory.create_group(directory_case.new_group(member=member.dn))
            directory.add_member(target.dn, made.dn)
            assert made.members == (member.guid,)
            assert target.sid in directory.token_groups(member.dn)
            assert list(directory.members(made.guid)) == [member.dn]
            directory.remove_member(target.dn, made.dn)
            directory.empty_group(made.guid)
            directory.delete_group(made.guid)
            assert target.sid not in directory.token_groups(member.dn)


def test_that_a_search_finds_any_name(
    directory: Directory, directory_case: DirectoryCase, subtests: pytest.Subtests
) -> None:
    for number, strange in enumerate(STRANGE):
        with subtests.test(strange):
            name = f"{strange.strip()} {directory_case.tag}"
            made = directory_case.outside.create_group(
                name, directory_case.ou, GroupScope.GLOBAL, f"s{number} {directory_case.tag}"
            )
            found = directory.search(name, frozenset({EntryKind.GROUP}))
            assert [entry.guid for entry in found] == [directory_case.outside.guid(made)]


def test_that_temporary_groups_are_made_in_a_location_of_any_name(
    directory: Directory, directory_case: DirectoryCase, subtests: pytest.Subtests
) -> None:
    guid = directory_case.outside.guid(directory_case.location)
    for strange in STRANGE:
        with subtests.test(strange):
            directory_case.outside.rename(directory.read(guid).dn, strange)
            location = _folder(directory, directory_case, strange)
            made = directory.create_group(directory_case.new_group(location=location.dn))
            assert list(directory.temporary_groups(location.dn, "JIT_")) == [made]
            assert directory.rights(location.dn, []).can_create_groups
            directory.delete_group(made.dn)
            assert not directory.temporary_groups(location.dn, "")


def _folder(directory: Directory, directory_case: DirectoryCase, name: str) -> DirectoryEntry:
    """The folder of this very name, as browsing shows it."""
    folders = directory.children(directory_case.ou, frozenset({EntryKind.OU}))
    (found,) = [folder for folder in folders if folder.name == name]
    return found
