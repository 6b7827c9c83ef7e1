# SPDX-License-Identifier: MIT
"""What a settings file names is looked up in the directory, and everything that is wrong is told at once."""

from collections.abc import Iterable
from dataclasses import replace
from typing import cast
from unittest import mock

import pytest
from hypothesis import given

from jit_desktop.elevation.dn import same_dn
from jit_desktop.elevation.draft import ListedDraft, ProviderDraft, Reference, SetDraft, draft_of, resolve
from jit_desktop.elevation.errors import AmbiguousName, DirectoryUnavailable, InvalidSettings, NoSuchObject
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, ProviderId
from jit_desktop.elevation.ports import Directory, DirectoryEntry, EntryKind
from jit_desktop.elevation.settings import DomainProvider
from tests.unit.store import values
from tests.unit.store.values import ACCOUNT, GROUP, LOCATION, guid, provider


class _Directory:
    """Just enough of a directory to look objects up in."""

    def __init__(self, entries: Iterable[DirectoryEntry]) -> None:
        self.entries = list(entries)

    def read(self, what: ObjectGuid | DistinguishedName) -> DirectoryEntry:
        for entry in self.entries:
            if entry.guid == what or ("=" in what and same_dn(entry.dn, what)):
                return entry
        raise NoSuchObject(f"{what} is not there.")

    def find_account(self, name: str) -> DirectoryEntry:
        found = [entry for entry in self.entries if entry.logon_name == name]
        if len(found) > 1:
            raise AmbiguousName(f"{name} fits {len(found)} accounts.")
        if not found:
            raise NoSuchObject(f"{name} is not there.")
        return found[0]


_GROUP = DirectoryEntry(GROUP.guid, GROUP.dn, GROUP.name, EntryKind.GROUP, logon_name="RdmAdmins")
_ACCOUNT = DirectoryEntry(
    ACCOUNT.guid, ACCOUNT.dn, "Backup Operator 15", EntryKind.ACCOUNT, logon_name=ACCOUNT.name
)
_OU = DirectoryEntry(LOCATION.guid, LOCATION.dn, LOCATION.name, EntryKind.OU)


def _directory(*entries: DirectoryEntry) -> Directory:
    return cast("Directory", _Directory(entries or (_GROUP, _ACCOUNT, _OU)))


def _draft(**changes: object) -> ProviderDraft:
    return replace(draft_of(provider()), **changes)  # type: ignore[arg-type]


def _problems(draft: ProviderDraft, directory: Directory | None = None) -> dict[str, str]:
    with pytest.raises(InvalidSettings) as caught:
        resolve(draft, directory or _directory())
    return caught.value.problems


@given(values.providers())
def test_that_a_draft_of_a_provider_resolves_to_that_provider(original: DomainProvider) -> None:
    # Random settings hardly ever keep the rules; those have tests of their own.
    with mock.patch("jit_desktop.elevation.draft.provider_problems", return_value={}):
        assert resolve(draft_of(original), _directory_of(original)) == original


def test_that_the_draft_of_the_example_resolves_to_the_example() -> None:
    assert resolve(draft_of(provider()), _directory()) == provider()


def _directory_of(original: DomainProvider) -> Directory:
    listed = [p.group for p in original.jit.privileges]
    groups = [DirectoryEntry(group.guid, group.dn, group.name, EntryKind.GROUP) for group in listed]
    accounts = [
        DirectoryEntry(a.account.guid, a.account.dn, "x", EntryKind.ACCOUNT, logon_name=a.account.name)
        for a in original.accounts
    ]
    place = original.jit.location
    ous = [DirectoryEntry(place.guid, place.dn, place.name, EntryKind.OU)] if place else []
    return _directory(*groups, *accounts, *ous)


def test_that_objects_are_found_by_dn_and_by_logon_name() -> None:
    draft = _draft(
        privileges=(ListedDraft(Reference(dn=DistinguishedName(GROUP.dn.lower())), "RDM Admins"),),
        accounts=(ListedDraft(Reference(name=ACCOUNT.name)),),
        location=Reference(dn=LOCATION.dn),
    )
    assert resolve(draft, _directory()) == provider()


def test_that_an_object_that_was_renamed_and_moved_is_found_by_its_guid_under_its_new_name() -> None:
    moved = replace(_GROUP, dn=DistinguishedName("CN=New,OU=Else,DC=corp,DC=example,DC=test"), name="New")
    found = resolve(draft_of(provider()), _directory(moved, _ACCOUNT, _OU))
    assert (found.jit.privileges[0].group.name, found.jit.privileges[0].group.dn) == ("New", moved.dn)


def test_that_an_object_made_anew_under_the_old_dn_is_not_taken_for_the_old_one() -> None:
    impostor = replace(_GROUP, guid=guid(666))
    problems = _problems(draft_of(provider()), _directory(impostor, _ACCOUNT, _OU))
    assert set(problems) == {"jit.privileges[0]"}
    assert GROUP.guid in problems["jit.privileges[0]"]


def test_that_everything_that_is_missing_is_told_at_once() -> None:
    draft = _draft(
        privileges=(ListedDraft(Reference(dn=DistinguishedName("CN=none,DC=x"))), *_draft().privileges),
        accounts=(ListedDraft(Reference(name="nobody")),),
        location=Reference(guid=guid(999)),
    )
    assert set(_problems(draft)) == {"jit.privileges[0]", "accounts[0]", "jit.location"}


@pytest.mark.parametrize(
    ("entry", "place", "words"),
    [
        (replace(_GROUP, kind=EntryKind.ACCOUNT), "jit.privileges[0]", "is no group"),
        (replace(_GROUP, security_enabled=False), "jit.privileges[0]", "distribution group"),
        (replace(_ACCOUNT, kind=EntryKind.GROUP), "accounts[0]", "is no user account"),
        (replace(_OU, kind=EntryKind.GROUP), "jit.location", "is no organisational unit or container"),
    ],
)
def test_that_an_object_of_the_wrong_kind_is_refused(entry: DirectoryEntry, place: str, words: str) -> None:
    others = [e for e in (_GROUP, _ACCOUNT, _OU) if e.guid != entry.guid]
    problems = _problems(draft_of(provider()), _directory(entry, *others))
    assert set(problems) == {place}
    assert words in problems[place]


def test_that_an_ambiguous_logon_name_is_refused() -> None:
    twin = replace(_ACCOUNT, guid=guid(555))
    draft = _draft(accounts=(ListedDraft(Reference(name=ACCOUNT.name)),))
    assert "fits 2 accounts" in _problems(draft, _directory(_GROUP, _ACCOUNT, twin, _OU))["accounts[0]"]


def test_that_a_directory_that_fails_is_not_taken_for_wrong_settings() -> None:
    class Gone(_Directory):
        def read(self, what: object) -> DirectoryEntry:
            raise DirectoryUnavailable("The connection was cut.")

    with pytest.raises(DirectoryUnavailable):
        resolve(draft_of(provider()), cast("Directory", Gone([])))


def test_that_the_rules_of_a_provider_hold_for_a_file_too() -> None:
    problems = _problems(_draft(group_prefix="x" * 28, policy=replace(provider().policy, maximum_seconds=60)))
    assert "jit.group_prefix" in problems
    assert any(field.startswith("policy.") for field in problems)


@pytest.mark.parametrize(
    "member",
    [
        Reference(guid=GROUP.guid),
        Reference(dn=DistinguishedName(GROUP.dn.upper())),
        Reference(name="rdm admins"),
        Reference(name="Remote Desktop Manager Admins"),
    ],
)
def test_that_a_set_names_its_privileges_as_the_provider_lists_them(member: Reference) -> None:
    sets = (SetDraft("Backup", (member,), (Reference(name=ACCOUNT.name),)),)
    found = resolve(_draft(privilege_sets=sets, privilege_sets_enabled=True), _directory())
    (bundle,) = found.jit.privilege_sets
    assert bundle.privileges == {GROUP.guid}
    assert bundle.accounts == {ACCOUNT.guid}


def test_that_a_set_can_not_name_what_the_provider_does_not_list() -> None:
    sets = (SetDraft("Backup", (Reference(name="Domain Admins"),), (Reference(guid=guid(5)),)),)
    assert set(_problems(_draft(privilege_sets=sets))) == {
        "jit.privilege_sets[0].privileges[0]",
        "jit.privilege_sets[0].accounts[0]",
    }


def test_that_a_name_that_two_privileges_have_is_refused_in_a_set() -> None:
    twin = replace(_GROUP, guid=guid(9), dn=DistinguishedName("CN=Twin,DC=corp,DC=example,DC=test"))
    draft = _draft(
        privileges=(*_draft().privileges, ListedDraft(Reference(guid=guid(9)), "Twin")),
        privilege_sets=(SetDraft("Backup", (Reference(name=GROUP.name),), ()),),
    )
    problems = _problems(draft, _directory(_GROUP, twin, _ACCOUNT, _OU))
    assert "could be any of 2" in problems["jit.privilege_sets[0].privileges[0]"]


def test_that_an_import_into_a_known_provider_keeps_its_identifier() -> None:
    draft = replace(draft_of(provider()), id=None)
    assert resolve(draft, _directory(), provider_id=ProviderId("kept")).id == "kept"
    assert resolve(draft, _directory()).id != resolve(draft, _directory()).id
