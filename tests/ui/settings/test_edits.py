# SPDX-License-Identifier: MIT
"""What the pages do to a provider, without a window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jit_desktop.directory.demo import demo_provider
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import DirectoryEntry, EntryKind
from jit_desktop.elevation.settings import ConnectionMethod, SignIn
from jit_desktop.ui.settings import edits
from jit_desktop.ui.settings.command_line import join_command, split_command

PROVIDER = demo_provider()
ADMINS = PROVIDER.jit.privileges[0].group
OPERATOR = PROVIDER.accounts[0].account


def entry(name: str, kind: EntryKind, *, logon_name: str = "") -> DirectoryEntry:
    return DirectoryEntry(
        ObjectGuid(f"guid of {name}"),
        DistinguishedName(f"CN={name},DC=corp,DC=example,DC=test"),
        name,
        kind,
        logon_name=logon_name,
    )


def test_that_a_group_is_offered_once_however_often_it_is_added() -> None:
    group = entry("Operators", EntryKind.GROUP)
    once = edits.add_privileges(PROVIDER, [group])
    twice = edits.add_privileges(once, [group])
    assert once.jit.privileges[-1].group.name == "Operators"
    assert twice == once


def test_that_a_removed_privilege_leaves_the_sets_too() -> None:
    provider = edits.remove_privileges(PROVIDER, [ADMINS.guid])
    assert ADMINS.guid not in {p.group.guid for p in provider.jit.privileges}
    assert all(ADMINS.guid not in s.privileges for s in provider.jit.privilege_sets)


def test_that_a_removed_account_leaves_the_sets_too() -> None:
    provider = edits.remove_accounts(PROVIDER, [OPERATOR.guid])
    assert OPERATOR.guid not in {a.account.guid for a in provider.accounts}
    assert all(OPERATOR.guid not in s.accounts for s in provider.jit.privilege_sets)


def test_that_an_account_is_remembered_by_its_logon_name() -> None:
    account = entry("Ada Lovelace", EntryKind.ACCOUNT, logon_name="adm-ada")
    assert edits.add_accounts(PROVIDER, [account]).accounts[-1].account.name == "adm-ada"


@pytest.mark.parametrize("text", ["", "   ", ADMINS.name, f" {ADMINS.name} "])
def test_that_the_own_name_or_nothing_takes_a_display_name_away(text: str) -> None:
    provider = edits.rename_privilege(PROVIDER, ADMINS.guid, text)
    assert provider.jit.privileges[0].display_name == ""
    assert provider.jit.privileges[0].label == ADMINS.name


def test_that_a_display_name_loses_the_blanks_around_it() -> None:
    provider = edits.rename_account(PROVIDER, OPERATOR.guid, "  Night shift ")
    assert provider.accounts[0].display_name == "Night shift"


def test_that_the_sealed_method_signs_in_by_kerberos() -> None:
    connection = replace(PROVIDER.connection, method=ConnectionMethod.SEALED, sign_in=SignIn.PASSWORD)
    assert edits.with_connection(PROVIDER, connection).connection.sign_in is SignIn.KERBEROS


def test_that_a_duplicate_is_another_provider_with_the_same_settings() -> None:
    copy = edits.duplicate(PROVIDER, "Copy")
    assert copy.id != PROVIDER.id
    assert replace(copy, id=PROVIDER.id, name=PROVIDER.name) == PROVIDER


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("mstsc /v:server", ("mstsc", "/v:server")),
        (r'"C:\Program Files\x.exe" {account}', (r"C:\Program Files\x.exe", "{account}")),
        (
            r'runas /user:{domain}\{account} "mmc dsa.msc"',
            ("runas", r"/user:{domain}\{account}", "mmc dsa.msc"),
        ),
        ('say """quoted"" word" ""', ("say", '"quoted" word', "")),
    ],
)
def test_that_a_command_is_read_and_written_by_the_same_rule(text: str, words: tuple[str, ...]) -> None:
    assert split_command(text) == words
    assert split_command(join_command(words)) == words


def test_that_an_open_quotation_mark_is_no_command() -> None:
    assert split_command('runas "mmc') is None
