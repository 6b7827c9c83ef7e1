# SPDX-License-Identifier: MIT
"""Search as one types: ambiguous name resolution ([MS-ADA1] aNR)."""

import pytest

from jit_desktop.elevation.ports import Directory, EntryKind, GroupScope
from tests.contract.case import DirectoryCase

GROUPS = frozenset({EntryKind.GROUP})
EVERYTHING = frozenset({EntryKind.OU, EntryKind.GROUP, EntryKind.ACCOUNT})


def test_that_the_beginning_of_a_name_finds_it(directory: Directory, directory_case: DirectoryCase) -> None:
    target = directory.read(directory_case.targets[GroupScope.UNIVERSAL])
    assert list(directory.search(target.name, GROUPS)) == [target]
    assert target in directory.search(target.name[:-3], GROUPS)


def test_that_case_does_not_matter(directory: Directory, directory_case: DirectoryCase) -> None:
    target = directory.read(directory_case.targets[GroupScope.UNIVERSAL])
    assert list(directory.search(target.name.upper(), GROUPS)) == [target]


def test_that_the_middle_of_a_name_does_not_find_it(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    assert not directory.search(directory_case.tag, EVERYTHING)


def test_that_the_logon_name_finds_an_account(directory: Directory, directory_case: DirectoryCase) -> None:
    dn = directory_case.outside.create_account(
        "Quite Different", directory_case.ou, f"q-{directory_case.tag}"
    )
    assert [entry.dn for entry in directory.search(f"q-{directory_case.tag}", EVERYTHING)] == [dn]


def test_that_only_the_kinds_that_were_asked_for_are_found(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    name = f"Same {directory_case.tag}"
    directory_case.outside.create_ou(name, directory_case.ou)
    directory_case.outside.create_group(name, directory_case.ou, GroupScope.GLOBAL, name)
    for kind in (EntryKind.OU, EntryKind.GROUP):
        assert [entry.kind for entry in directory.search(name, frozenset({kind}))] == [kind]
    assert len(directory.search(name, EVERYTHING)) == 2


def test_that_a_limit_cuts_the_result(directory: Directory, directory_case: DirectoryCase) -> None:
    for number in range(5):
        name = f"Many {directory_case.tag} {number}"
        directory_case.outside.create_group(name, directory_case.ou, GroupScope.GLOBAL, name)
    assert len(directory.search(f"Many {directory_case.tag}", GROUPS)) == 5
    assert len(directory.search(f"Many {directory_case.tag}", GROUPS, limit=3)) == 3


@pytest.mark.parametrize("text", ["no such thing anywhere", "*", "(cn=*)", "\\2a", "a)(objectClass=*", ""])
def test_that_text_is_never_taken_for_a_filter(directory: Directory, text: str) -> None:
    assert not directory.search(text, EVERYTHING)
