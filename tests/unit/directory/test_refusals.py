# SPDX-License-Identifier: MIT
"""What a directory answers becomes the kind of error that fits, in words that name the object."""

from __future__ import annotations

import pytest

from jit_desktop.directory.results import error_for
from jit_desktop.directory.signin import refused
from jit_desktop.elevation.errors import (
    AccessDenied,
    AccountRestricted,
    AlreadyExists,
    DirectoryError,
    DirectoryUnavailable,
    EncryptionRequired,
    InvalidName,
    NoSuchObject,
    PasswordExpired,
    RejectedByDirectory,
    SignInFailed,
)

GROUP = "CN=Vault \\, Admins,OU=Groups,DC=corp,DC=example,DC=test"
ANSWERS = [
    # Active Directory
    (50, "00002098: SecErr: DSID-03150F94, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\n\0", AccessDenied),
    (53, "00000005: SvcErr: DSID-031A1236, problem 5003 (WILL_NOT_PERFORM), data 0\n\0", AccessDenied),
    (32, "0000208D: NameErr: DSID-03100241, problem 2001 (NO_OBJECT), data 0, best match of:", NoSuchObject),
    (68, "00002071: UpdErr: DSID-0305038D, problem 6005 (ENTRY_EXISTS), data 0\n\0", AlreadyExists),
    (68, "00000562: UpdErr: DSID-031A1236, problem 6005 (ENTRY_EXISTS), data 0\n\0", AlreadyExists),
    (68, "00000524: UpdErr: DSID-031A11E2, problem 6005 (ENTRY_EXISTS), data 0\n\0", AlreadyExists),
    (53, "00000561: SvcErr: DSID-031A1236, problem 5003 (WILL_NOT_PERFORM), data 0\n\0", NoSuchObject),
    (53, "00002144: SvcErr: DSID-031A11E2, problem 5003 (WILL_NOT_PERFORM), data 0", RejectedByDirectory),
    (19, "00002082: AtrErr: DSID-03151904, #1: 0: 00002082: problem 1005, data 0, Att d (info)", None),
    (
        19,
        "00002082: AtrErr: DSID-03151904, #1: 0: 00002082: problem 1005, Att 3 (cn):len 130",
        InvalidName,
    ),
    (80, "00000523: SysErr: DSID-031A1202, problem 22 (Invalid argument), data 0", InvalidName),
    (53, "00002010: SvcErr: DSID-031A1202, problem 5012 (DIR_ERROR), data 0", RejectedByDirectory),
    (51, "000020EF: SvcErr: DSID-02080490, problem 5001 (BUSY), data 0", DirectoryUnavailable),
    (10, "0000202B: RefErr: DSID-0310074A, data 0, 1 access points", RejectedByDirectory),
    (
        8,
        "00002028: LdapErr: DSID-0C090202, comment: The server requires binds to turn on",
        EncryptionRequired,
    ),
    # Samba
    (68, "Entry CN=g1,OU=T already exists", AlreadyExists),
    (32, "00000525: specified dn doesn't exist at extended_dn_store.c:160", NoSuchObject),
    (19, "0000202F: samldb: sAMAccountName contains invalid '\"' character\n", InvalidName),
    (21, "0000200B: objectclass_attrs: attribute 'info' on entry 'CN=sAMAccountName' contains", None),
    (21, "0000200B: objectclass_attrs: attribute 'cn' on entry 'CN=g4' contains at least one", InvalidName),
    (34, "00002032: ldb_add: invalid dn '(null)'", InvalidName),
    # nothing to go by but the code
    (16, "", NoSuchObject),
    (20, "", AlreadyExists),
    (65, "", RejectedByDirectory),
    (4, "", DirectoryError),
    (123, "", RejectedByDirectory),
]


@pytest.mark.parametrize(("code", "words", "kind"), ANSWERS)
def test_that_an_answer_becomes_the_error_that_fits(
    code: int, words: str, kind: type[DirectoryError] | None
) -> None:
    error = error_for({"result": code, "message": words}, GROUP)
    assert type(error) is (kind or RejectedByDirectory)
    assert error.subject == GROUP
    assert error.message.endswith(".")
    assert error.message.isprintable()


@pytest.mark.parametrize("code", [16, 19, 20, 21, 32, 34, 50, 53, 65, 68, 80])
def test_that_the_object_is_named_as_people_call_it(code: int) -> None:
    assert "Vault , Admins" in error_for({"result": code, "message": ""}, GROUP).message


GUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


@pytest.mark.parametrize("subject", [GUID, f"<GUID={GUID}>", "<SID=S-1-5-21-1-2-3-1104>"])
@pytest.mark.parametrize("code", [1, 10, 16, 19, 20, 21, 32, 34, 50, 53, 65, 68, 80])
def test_that_an_object_without_a_name_is_called_one(code: int, subject: str) -> None:
    said = f"00002099: {subject} is not what was expected, see {GUID}"
    words = error_for({"result": code, "message": said}, subject).message
    assert GUID not in words
    assert "S-1-5-21" not in words.partition("(")[0]
    assert not words.startswith("the ")


def test_that_who_was_taken_out_already_is_no_member() -> None:
    said = f"Attribute member already deleted for target GUID {GUID}"
    error = error_for({"result": 53, "message": said}, GROUP)
    assert type(error) is NoSuchObject
    assert error.message == "It is no member of Vault , Admins."


def test_that_braces_in_a_name_are_only_a_name() -> None:
    error = error_for({"result": 32, "message": ""}, "CN={name} {0},DC=x")
    assert error.message.startswith("{name} {0} does not exist")


@pytest.mark.parametrize(
    ("data", "kind", "word"),
    [
        ("52e", SignInFailed, "name and password"),
        ("525", SignInFailed, "no account"),
        ("530", AccountRestricted, "time"),
        ("531", AccountRestricted, "computer"),
        ("532", PasswordExpired, "expired"),
        ("533", AccountRestricted, "disabled"),
        ("701", AccountRestricted, "account has expired"),
        ("773", PasswordExpired, "must be changed"),
        ("775", AccountRestricted, "locked"),
        ("80090346", SignInFailed, "channel binding"),
        ("9999", SignInFailed, "9999"),
    ],
)
def test_that_a_refused_sign_in_says_why(data: str, kind: type[SignInFailed], word: str) -> None:
    words = f"80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data {data}, v3839\0"
    error = refused({"result": 49, "message": words}, "CORP\\svc-jit")
    assert type(error) is kind
    assert word in error.message
    assert error.subject == "CORP\\svc-jit"


@pytest.mark.parametrize(
    ("data", "kind", "word"),
    [
        ("52e", SignInFailed, "ticket"),
        ("525", SignInFailed, "ticket"),
        ("533", AccountRestricted, "disabled"),
        ("80090346", SignInFailed, "channel binding"),
    ],
)
def test_that_a_refused_ticket_is_not_called_a_wrong_password(
    data: str, kind: type[SignInFailed], word: str
) -> None:
    words = f"80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data {data}, v3839\0"
    error = refused({"result": 49, "message": words}, "ldap/dc1.corp.example.test", by_ticket=True)
    assert type(error) is kind
    assert word in error.message
    assert "password" not in error.message
    assert error.remedy


def test_that_a_sign_in_that_needs_more_encryption_says_so() -> None:
    words = "00002028: LdapErr: DSID-0C090202, comment: The server requires binds to turn on signing"
    assert isinstance(refused({"result": 8, "message": words}, "svc"), EncryptionRequired)


def test_that_a_name_that_is_none_is_not_taken_for_a_wrong_password() -> None:
    error = refused({"result": 34, "message": "0000208F: LdapErr: DSID-0C090789, data 0"}, "CN=svc,,")
    assert isinstance(error, SignInFailed)
    assert "name" in error.message
