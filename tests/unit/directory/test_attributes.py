# SPDX-License-Identifier: MIT
"""The bytes of a directory become values."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jit_desktop.directory.attributes import (
    Found,
    extended_dn,
    filetime,
    generalized_time,
    guid_text,
    is_guid,
    sid_text,
)
from jit_desktop.directory.entries import entry_from, group_type, scope_of, temporary_group_from
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import EntryKind, GroupScope

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GUID = "bf967a9c-0de6-11d0-a285-00aa003049e2"
DN = DistinguishedName("CN=a,DC=x")


def _found(**attributes: str) -> Found:
    raw = {name.lower(): [value.encode()] for name, value in attributes.items()}
    return Found(DN, {"objectguid": [uuid.UUID(GUID).bytes_le], "name": [b"a"], **raw})


def test_that_a_guid_is_written_as_active_directory_shows_it() -> None:
    raw = bytes.fromhex("9c7a96bfe60dd011a28500aa003049e2")
    assert guid_text(raw) == GUID


@given(st.uuids())
def test_that_every_guid_is_told_from_a_name(guid: uuid.UUID) -> None:
    assert guid_text(guid.bytes_le) == str(guid)
    assert is_guid(str(guid))
    assert is_guid(str(guid).upper())
    assert not is_guid(f"CN={guid},DC=x")
    assert not is_guid(guid.hex)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("010100000000000512000000", "S-1-5-18"),
        ("01020000000000052000000020020000", "S-1-5-32-544"),
        (
            "010500000000000515000000bab5426734ce95fedab887c1f4010000",
            "S-1-5-21-1732425146-4271230516-3246897370-500",
        ),
    ],
)
def test_that_a_sid_is_written_as_windows_shows_it(raw: str, text: str) -> None:
    assert sid_text(bytes.fromhex(raw)) == text


def test_that_times_are_utc() -> None:
    assert generalized_time(b"20261123175451.0Z") == datetime(2026, 11, 23, 17, 54, 51, tzinfo=UTC)
    assert filetime(134399300520000000) == datetime(2026, 11, 23, 17, 54, 12, tzinfo=UTC)


@pytest.mark.parametrize("never", [0, 0x7FFFFFFFFFFFFFFF, 0x7FFFFFFFFFFFFFFE])
def test_that_never_is_no_time(never: int) -> None:
    assert filetime(never) is None


@pytest.mark.parametrize(
    "name", ["CN=a,DC=x", "CN=semi\\;colon;x,DC=x", "CN=\\<GUID\\=x\\>,DC=x", "CN=ä中😀,DC=x"]
)
def test_that_a_link_is_taken_apart_whatever_its_name(name: str) -> None:
    assert extended_dn(f"<GUID={GUID.upper()}>;<SID=S-1-5-18>;{name}".encode()) == (GUID, name)
    assert extended_dn(f"<GUID={GUID}>;{name}".encode()) == (GUID, name)
    assert extended_dn(name.encode()) == (None, name)


@pytest.mark.parametrize(
    ("scope", "number"),
    [
        (GroupScope.GLOBAL, "-2147483646"),
        (GroupScope.DOMAIN_LOCAL, "-2147483644"),
        (GroupScope.UNIVERSAL, "-2147483640"),
    ],
)
def test_that_group_types_are_the_ones_of_active_directory(scope: GroupScope, number: str) -> None:
    assert group_type(scope) == number
    assert scope_of(int(number)) is scope


@pytest.mark.parametrize(
    ("classes", "more", "kind"),
    [
        (["top", "group"], {}, EntryKind.GROUP),
        (["top", "person", "user"], {"sAMAccountType": "805306368"}, EntryKind.ACCOUNT),
        (["top", "person", "user", "computer"], {"sAMAccountType": "805306369"}, EntryKind.OTHER),
        (["top", "organizationalUnit"], {}, EntryKind.OU),
        (["top", "container"], {}, EntryKind.CONTAINER),
        (["top", "builtinDomain"], {}, EntryKind.CONTAINER),
        (["top", "domain", "domainDNS"], {}, EntryKind.DOMAIN),
        (["top", "contact"], {}, EntryKind.OTHER),
    ],
)
def test_that_an_object_is_of_its_kind(classes: list[str], more: dict[str, str], kind: EntryKind) -> None:
    found = _found(**more)
    whole = Found(found.dn, {**found.attributes, "objectclass": [name.encode() for name in classes]})
    entry = entry_from(whole, NOW)
    assert entry.kind is kind
    assert entry.has_children is (kind in {EntryKind.OU, EntryKind.CONTAINER, EntryKind.DOMAIN})


@pytest.mark.parametrize(
    ("attributes", "field", "value"),
    [
        ({"groupType": "-2147483643"}, "builtin", True),
        ({"groupType": "-2147483646"}, "builtin", False),
        ({"groupType": "2"}, "security_enabled", False),
        ({"groupType": "-2147483640"}, "security_enabled", True),
        ({"groupType": "2"}, "scope", GroupScope.GLOBAL),
        ({"adminCount": "1"}, "protected", True),
        ({"adminCount": "0"}, "protected", False),
        ({"userAccountControl": "514"}, "enabled", False),
        ({"userAccountControl": "66048"}, "enabled", True),
        ({"accountExpires": "134399300520000000"}, "expired", False),
        ({"accountExpires": "134390000000000000"}, "expired", True),
        ({"accountExpires": "9223372036854775807"}, "expired", False),
        ({"sAMAccountName": "_op"}, "logon_name", "_op"),
        ({"description": "<b>x</b>"}, "description", "<b>x</b>"),
    ],
)
def test_that_an_entry_shows_what_is_set(attributes: dict[str, str], field: str, value: object) -> None:
    classes = {"objectClass": "group"} if "groupType" in attributes else {}
    assert getattr(entry_from(_found(**attributes, **classes), NOW), field) == value


def test_that_a_name_that_is_hidden_is_shown_by_the_dn() -> None:
    found = Found(DistinguishedName("CN=A\\, B,DC=x"), {"objectguid": [uuid.UUID(GUID).bytes_le]})
    assert entry_from(found, NOW).name == "A, B"
    assert temporary_group_from(found, [], []).name == "A, B"
