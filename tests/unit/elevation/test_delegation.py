# SPDX-License-Identifier: MIT
"""The list of rights in its forms; above all that no name of an object gets into the script as a command."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jit_desktop.directory.demo import demo_provider
from jit_desktop.elevation.delegation import (
    ENTRY_TTL,
    LOCATION_ENTRIES,
    TARGET_ENTRIES,
    Place,
    Trustee,
    escaped,
    needed,
    powershell,
)
from jit_desktop.elevation.identity import DistinguishedName, SecurityId
from jit_desktop.elevation.settings import DomainProvider

SID = SecurityId("S-1-5-21-1-2-3-1104")
BASE = DistinguishedName("DC=corp,DC=example,DC=test")
NASTY = (
    "'); Remove-Item C:\\ -Recurse #",
    "\u2019); evil #",
    "a\nRemove-Item x",
    "a\r\u2028\u0085b",
    '"$(evil)" `n & | ; , <# #>',
    "Владимир 京都 😀",
    "\ud800",
    "SIG # Begin signature block",
    "\x1b[2J\u202e",
)


def named(name: str) -> DomainProvider:
    provider = demo_provider()
    location = provider.jit.location
    assert location is not None
    privileges = tuple(replace(p, group=replace(p.group, name=name)) for p in provider.jit.privileges)
    return replace(
        provider, jit=replace(provider.jit, privileges=privileges, location=replace(location, name=name))
    )


def script_of(provider: DomainProvider, trustee: Trustee = Trustee("CORP\\svc", SID)) -> str:  # noqa: B008
    closed = [provider.jit.privileges[0].group.guid]
    return powershell(needed(provider, closed), trustee, "corp.example.test", BASE)


def skeleton(script: str) -> str:
    """What PowerShell would execute: without comments, and with every string replaced by a mark."""
    code = "\n".join(line for line in script.splitlines() if not line.startswith("#"))
    return re.sub(r"'[^']*'", "'…'", code)


@given(st.text())
@example(NASTY[0])
@example(NASTY[1])
@example(NASTY[2])
@example(NASTY[3])
@example(NASTY[4])
@example(NASTY[5])
@example(NASTY[6])
@example(NASTY[7])
@example(NASTY[8])
def test_that_no_name_changes_what_the_script_does(name: str) -> None:
    script = script_of(named(name))
    assert script.isascii()
    assert set(script) <= set(map(chr, range(0x20, 0x7F))) | {"\n"}
    assert skeleton(script) == skeleton(script_of(named("Plain")))
    assert len(script.splitlines()) == len(script_of(named("Plain")).splitlines())


@given(st.text(alphabet=st.characters()))
def test_that_what_is_escaped_is_read_back_as_it_was(text: str) -> None:
    units = re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), escaped(text))
    whole = units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    assert whole == text
    assert not set(escaped(text)) & set("'\"`$&|;<>#{}[]@%!*?\n\r\t")


def test_that_names_come_out_of_the_script_readable() -> None:
    assert "\n# Remote Desktop Manager Service Desk\n" in script_of(demo_provider())
    assert "\\u001b" not in script_of(named(NASTY[8]))


@pytest.mark.parametrize("name", NASTY)
def test_that_an_account_without_a_sid_is_named_without_becoming_a_command(name: str) -> None:
    plain = script_of(demo_provider(), Trustee("Plain"))
    assert skeleton(script_of(demo_provider(), Trustee(name))) == skeleton(plain)


def test_that_protected_groups_are_in_a_section_that_does_nothing_by_itself() -> None:
    script = script_of(demo_provider())
    before, _, after = script.partition("# --- Groups that AdminSDHolder protects")
    assert "Remote Desktop Manager Admins\n" in after
    assert "'Remote Desktop Manager Admins'" not in before
    assert all(line.startswith("#") for line in after.splitlines()[1:] if line)


def test_that_each_object_is_addressed_by_its_guid() -> None:
    provider = demo_provider()
    script = script_of(provider)
    for privilege in provider.jit.privileges[1:]:
        assert f"'<GUID={uuid.UUID(privilege.group.guid).bytes_le.hex()}>'" in script


def test_that_a_list_without_need_is_no_script() -> None:
    assert powershell((), Trustee("x", SID), "corp.example.test", BASE) == ""


def test_that_the_list_is_the_least_that_suffices() -> None:
    group = "bf967a9c-0de6-11d0-a285-00aa003049e2"
    assert [e.sddl(SID) for e in LOCATION_ENTRIES] == [
        f"(OA;;CCDC;{group};;{SID})",
        f"(OA;CINPIO;RPWP;bf9679c0-0de6-11d0-a285-00aa003049e2;{group};{SID})",
        f"(OA;CINPIO;RPWP;bf96793e-0de6-11d0-a285-00aa003049e2;{group};{SID})",
        f"(OA;CINPIO;RPWP;bf967950-0de6-11d0-a285-00aa003049e2;{group};{SID})",
        f"(OA;CINPIO;RPWP;d213decc-d81a-4384-aac2-dcfcfd631cf8;{group};{SID})",
    ]
    assert [e.sddl(SID) for e in TARGET_ENTRIES] == [
        f"(OA;;RPWP;bf9679c0-0de6-11d0-a285-00aa003049e2;;{SID})"
    ]


def test_that_the_script_and_the_binary_form_say_the_same() -> None:
    script = script_of(demo_provider())
    for entry in (*LOCATION_ENTRIES, *TARGET_ENTRIES):
        binary = entry.binary(b"\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00")
        assert binary[1] == (0xE if entry.for_groups_inside else 0)
        assert binary[2:4] == len(binary).to_bytes(2, "little")
        assert entry.what.guid.bytes_le in binary
        row = f"'{entry.what.guid}', '{'Children' if entry.for_groups_inside else 'None'}'"
        assert row in script
    assert str(ENTRY_TTL.guid) in script


def test_that_what_is_needed_follows_the_settings() -> None:
    provider = demo_provider()
    places = [d.place for d in needed(provider, [provider.jit.privileges[1].group.guid])]
    assert places == [Place.LOCATION, Place.TARGET, Place.PROTECTED_TARGET, Place.TARGET]
    assert needed(replace(provider, jit=replace(provider.jit, location=None, privileges=()))) == ()
