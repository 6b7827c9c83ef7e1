# SPDX-License-Identifier: MIT
"""A settings file brings back what was exported, and a wrong one is refused with the place that is wrong."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from jit_desktop.elevation.draft import ListedDraft, ProviderDraft, Reference, SetDraft, draft_of
from jit_desktop.elevation.errors import SettingsFileInvalid
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.settings import (
    CertificateTrust,
    CheckoutPolicy,
    ConnectionMethod,
    ConnectionSettings,
    DomainProvider,
    FieldMode,
    ReplicationMode,
)
from jit_desktop.store.settings_document import SettingsDocument, duration_seconds, duration_text
from jit_desktop.store.settings_file import (
    MAXIMUM_BYTES,
    parse_settings,
    read_settings_file,
    settings_text,
    write_settings_file,
)
from jit_desktop.store.settings_schema import schema_text
from tests.unit.store import values
from tests.unit.store.values import GROUP, provider

_SCHEMA = Path(__file__).parents[3] / "docs" / "settings.schema.json"


def _file(**provider_fields: Any) -> bytes:
    """A settings file with one provider."""
    document = {
        "format": "jit-desktop-settings",
        "version": 1,
        "providers": [{"name": "Corp", **provider_fields}],
    }
    return json.dumps(document).encode()


def _refusal(content: bytes) -> str:
    with pytest.raises(SettingsFileInvalid) as caught:
        parse_settings(content, name="settings.json")
    assert caught.value.subject == "settings.json"
    return caught.value.message


# --- round trip -------------------------------------------------------------------------------------------


@given(st.lists(values.providers(), max_size=3, unique_by=(lambda p: p.name.casefold(), lambda p: p.id)))
def test_that_what_is_exported_is_read_back_as_it_was(exported: list[DomainProvider]) -> None:
    assert parse_settings(settings_text(exported).encode()) == tuple(draft_of(p) for p in exported)


def test_that_an_export_names_each_object_by_guid_and_dn_and_name() -> None:
    document = json.loads(settings_text([provider()]))
    (privilege,) = document["providers"][0]["jit"]["privileges"]
    assert privilege == {
        "guid": GROUP.guid,
        "dn": GROUP.dn,
        "name": "Remote Desktop Manager Admins",
        "display_name": "RDM Admins",
    }
    (account,) = document["providers"][0]["accounts"]
    assert account["logon_name"] == "_backupoperator15"


def test_that_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.json"
    write_settings_file(file, [provider()])
    before = file.read_bytes()
    assert read_settings_file(file) == (draft_of(provider()),)

    def fail(*_: object) -> str:
        raise OSError("no space left")

    monkeypatch.setattr("jit_desktop.store.settings_file.settings_text", fail)
    with pytest.raises(OSError, match="no space left"):
        write_settings_file(file, [provider("Other")])
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_that_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsFileInvalid, match="can't be read: No such file") as caught:
        read_settings_file(tmp_path / "none.json")
    assert caught.value.subject == str(tmp_path / "none.json")


# --- from nothing -----------------------------------------------------------------------------------------


def test_that_a_provider_is_set_up_from_nothing_but_a_file_written_by_hand() -> None:
    (draft,) = parse_settings(
        _file(
            connection={
                "server": "corp.example.test",
                "method": "starttls",
                "bind_as": "svc@corp.example.test",
                "certificate": {"trust": "ca-file", "ca_file": "corp-ca.pem"},
                "request_timeout": 20,
            },
            jit={
                "group_prefix": "RDM_JIT",
                "location": {"dn": "OU=Internal,OU=Vaults,OU=Domain Groups,DC=corp,DC=example,DC=test"},
                "replication_latency": "1m 30s",
                "replication_mode": "confirmed",
                "privileges": [
                    {"dn": str(GROUP.dn), "display_name": "Admins"},
                    {"guid": "{01234567-89AB-CDEF-0123-456789ABCDEF}"},
                ],
                "privilege_sets_enabled": True,
                "privilege_sets": [
                    {
                        "name": "Backup",
                        "privileges": [{"name": "Admins"}],
                        "accounts": [{"name": "_backupoperator15"}],
                    }
                ],
            },
            accounts=[{"logon_name": "_backupoperator15"}],
            policy={
                "default": "2h",
                "maximum": "8h",
                "minimum": "1m",
                "reason": "required",
                "session_command": ["mstsc", "/v:server"],
            },
        )
    )
    dn = DistinguishedName
    assert draft == ProviderDraft(
        name="Corp",
        connection=ConnectionSettings(
            server="corp.example.test",
            method=ConnectionMethod.STARTTLS,
            bind_as="svc@corp.example.test",
            trust=CertificateTrust.CA_FILE,
            ca_file="corp-ca.pem",
            request_timeout_seconds=20,
        ),
        privileges=(
            ListedDraft(Reference(dn=GROUP.dn), "Admins"),
            ListedDraft(Reference(guid=ObjectGuid("01234567-89ab-cdef-0123-456789abcdef"))),
        ),
        privilege_sets_enabled=True,
        privilege_sets=(
            SetDraft("Backup", (Reference(name="Admins"),), (Reference(name="_backupoperator15"),)),
        ),
        group_prefix="RDM_JIT",
        location=Reference(dn=dn("OU=Internal,OU=Vaults,OU=Domain Groups,DC=corp,DC=example,DC=test")),
        replication_latency_seconds=90,
        replication_mode=ReplicationMode.CONFIRMED,
        accounts=(ListedDraft(Reference(name="_backupoperator15")),),
        policy=CheckoutPolicy(
            default_seconds=7200,
            minimum_seconds=60,
            maximum_seconds=28800,
            reason=FieldMode.REQUIRED,
            session_command=("mstsc", "/v:server"),
        ),
    )


def test_that_what_a_file_does_not_say_has_the_defaults_of_the_program() -> None:
    (draft,) = parse_settings(_file())
    assert draft == ProviderDraft(name="Corp")


def test_that_a_file_may_begin_with_a_byte_order_mark() -> None:
    assert parse_settings(b"\xef\xbb\xbf" + _file())[0].name == "Corp"


# --- durations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2h", 7200),
        ("90m", 5400),
        ("1h30m", 5400),
        ("1d", 86400),
        ("45s", 45),
        ("0s", 0),
        (7200, 7200),
        (0, 0),
        ("1H 30M", 5400),
        (" 2h ", 7200),
    ],
)
def test_that_a_duration_may_be_written_as_people_do(value: object, seconds: int) -> None:
    assert duration_seconds(value) == seconds


@pytest.mark.parametrize(
    "value", ["", "2", "h", "2 weeks", "-1h", -1, True, 1.5, None, "1m1h", "9" * 30 + "s", "２h"]
)
def test_that_anything_else_is_no_duration(value: object) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        duration_seconds(value)


@given(st.integers(0, 10**9))
def test_that_a_duration_is_written_as_it_is_read(seconds: int) -> None:
    assert duration_seconds(duration_text(seconds)) == seconds


# --- refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"name": 7}, "providers[0].name: must be a text."),
        ({"conection": {}}, "providers[0].conection: there is no such setting (“connection” is one)."),
        ({"connection": {"method": "ldap"}}, "providers[0].connection.method: must be 'ldaps', "),
        ({"connection": {"port": "636"}}, "providers[0].connection.port: must be a whole number."),
        ({"connection": []}, "providers[0].connection: must be an object in braces."),
        (
            {"connection": {"request_timeout": "soon"}},
            "providers[0].connection.request_timeout: must be a duration",
        ),
        (
            {"jit": {"privileges": [{"dn": "x"}]}},
            "providers[0].jit.privileges[0].dn: must be a distinguished name",
        ),
        ({"jit": {"privileges": [{"guid": "x"}]}}, "providers[0].jit.privileges[0].guid: must be a GUID"),
        (
            {"jit": {"privileges": [{"dn": "CN=a,DC=b"}, {"name": "b"}]}},
            "providers[0].jit.privileges[1]: must name the object by guid or dn.",
        ),
        ({"jit": {"privileges": {}}}, "providers[0].jit.privileges: must be a list."),
        ({"jit": {"location": {}}}, "providers[0].jit.location: must name the object by guid or dn."),
        (
            {"jit": {"privilege_sets_enabled": "yes"}},
            "providers[0].jit.privilege_sets_enabled: must be true or false.",
        ),
        ({"jit": {"privilege_sets": [{}]}}, "providers[0].jit.privilege_sets[0].name: is missing."),
        ({"accounts": [{}]}, "providers[0].accounts[0]: must name the object by guid or dn or logon_name."),
        (
            {"policy": {"reason": "maybe"}},
            "providers[0].policy.reason: must be 'hidden', 'optional' or 'required'.",
        ),
    ],
)
def test_that_a_wrong_setting_is_refused_with_its_place(fields: dict[str, Any], complaint: str) -> None:
    assert _refusal(_file(**fields)).startswith(complaint)


def test_that_every_wrong_place_is_named() -> None:
    message = _refusal(_file(name=7, policy=[], accounts=[{}]))
    assert re.findall(r"^(\S+):", message, re.MULTILINE) == [
        "providers[0].name",
        "providers[0].accounts[0]",
        "providers[0].policy",
    ]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "The file is not JSON"),
        (b"{", "enclosed in double quotes in line 1, column 2."),
        (b"[]", "The file is not a settings file of JIT Desktop"),
        (b"{}", "“format” must be “jit-desktop-settings”"),
        (b'{"format": "something-else", "version": 1}', "“format” must be “jit-desktop-settings”"),
        (b'{"format": "jit-desktop-settings", "version": 1}', "providers: is missing."),
        (b'{"format": "jit-desktop-settings", "providers": []}', "version: is missing."),
        (b'{"format": "jit-desktop-settings", "version": 2}', "written by a newer version of JIT Desktop"),
        (b"[" * 100_000, "The file is nested too deeply."),
        ("Müller".encode("latin-1"), "The file is not UTF-8 text (byte 1)."),
        (_file().decode().encode("utf-16"), "The file is not UTF-8 text"),
        (b" " * (MAXIMUM_BYTES + 1), "The file has 5,242,881 bytes"),
        (b'{"format": "a", "format": "b"}', "“format” stands twice"),
        (_file(policy={}).replace(b"{}", b'{"default": 1, "default": 2}'), "“default” stands twice"),
        (_file(name="\ud800"), "Invalid JSON"),
    ],
)
def test_that_a_file_that_is_no_settings_file_is_refused(content: bytes, complaint: str) -> None:
    assert complaint in _refusal(content)


@pytest.mark.parametrize("what", ["name", "id"])
def test_that_a_file_with_the_same_provider_twice_is_refused(what: str) -> None:
    other = provider("corp", 7) if what == "name" else replace(provider("Other"), id=provider().id)
    assert f"two of them have the {what}" in _refusal(settings_text([provider(), other]).encode())


def test_that_random_bytes_are_refused_and_crash_nothing() -> None:
    @given(st.binary(max_size=200))
    def refused(content: bytes) -> None:
        assert _refusal(content)

    refused()


# --- secrets ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["password", "bind_password", "Secret", "pwd"])
def test_that_a_password_in_the_file_is_refused_and_not_repeated(field: str) -> None:
    with pytest.raises(SettingsFileInvalid) as caught:
        parse_settings(_file(connection={field: "canary-7391"}))
    assert "passwords have no place in a settings file" in caught.value.message
    assert "canary-7391" not in "".join(map(str, (caught.value, caught.value.__cause__)))
    assert caught.value.__suppress_context__


def test_that_not_even_the_error_underneath_repeats_what_stood_there() -> None:
    with pytest.raises(ValidationError) as caught:
        SettingsDocument.model_validate_json(_file(connection={"port": "canary-7391"}))
    assert "canary-7391" not in str(caught.value)


def test_that_no_field_of_the_schema_is_for_a_secret() -> None:
    names = re.findall(r'"([a-z_]+)": \{', schema_text())
    assert "bind_as" in names
    assert not [name for name in names if re.search("pass|secret|pwd|token", name)]


# --- schema -----------------------------------------------------------------------------------------------


def test_that_the_published_schema_is_current() -> None:
    current = _SCHEMA.read_text(encoding="utf-8")
    assert current == schema_text(), f"run: python -m jit_desktop.store.settings_schema {_SCHEMA}"


def test_that_the_schema_lists_every_field_of_an_export() -> None:
    definitions = json.loads(schema_text())["$defs"]
    document = json.loads(settings_text([provider()]))
    assert set(document["providers"][0]) <= set(definitions["ProviderPart"]["properties"])
    assert definitions["ConnectionPart"]["additionalProperties"] is False
