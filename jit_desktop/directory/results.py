# SPDX-License-Identifier: MIT
"""One table from what a directory server answers to the typed errors that say what happened and what to do.

An answer has an LDAP result code (RFC 4511 4.1.9), and its text begins, from Active Directory and Samba
alike, with a Windows error code of eight hexadecimal digits ([MS-ERREF] 2.2), which is often the better half.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from ldap3.core.results import RESULT_CODES

from jit_desktop.directory.attributes import is_guid
from jit_desktop.elevation.dn import split_dn
from jit_desktop.elevation.errors import (
    AccessDenied,
    AlreadyExists,
    DirectoryError,
    DirectoryUnavailable,
    EncryptionRequired,
    InvalidName,
    NoSuchObject,
    PrimaryGroupInUse,
    ReferredElsewhere,
    RejectedByDirectory,
    SignInFailed,
)

SUCCESS: Final = 0
REFERRAL: Final = 10
SASL_BIND_IN_PROGRESS: Final = 14
NO_SUCH_OBJECT: Final = 32
INVALID_DN_SYNTAX: Final = 34
INVALID_CREDENTIALS: Final = 49

_WIN32: Final = re.compile(r"^([0-9A-Fa-f]{8}):")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]+")
_LONGEST_QUOTE: Final = 200
_NAMELESS: Final = "the object"
_ALTERNATIVE_FORMS: Final = ("<GUID=", "<SID=")
_ABOUT_THE_NAME: Final = re.compile(
    r"attribute '(cn|sAMAccountName)'|\((cn|sAMAccountName)\)|^\S+ samldb: sAMAccountName"
)
"""Samba and Active Directory name the attribute whose value they do not accept."""
_TAKEN_OUT_ALREADY: Final = re.compile(r"Attribute \w+ already deleted for target\b")
"""So Samba says that a member is none any more, with *unwillingToPerform*."""
_ANY_GUID: Final = re.compile(r"(<GUID=)?\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b>?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Verdict:
    kind: type[DirectoryError]
    message: str
    remedy: str = ""
    quote: bool = False
    """Whether the server's own words follow: where ours can't say it all."""


_MISSING = _Verdict(
    NoSuchObject,
    "{name} does not exist (any more), or the account that signs in may not see it.",
    "Choose it again in the settings; an object that was renamed or moved is found by itself.",
)
_DENIED = _Verdict(
    AccessDenied,
    "The account that signs in has no right to do this to {name}.",
    "Check the provider: that says which rights are missing. What was moved, or what AdminSDHolder protects, "
    "does not keep the rights that were delegated.",
)
_TAKEN = _Verdict(AlreadyExists, "{name} exists already in this domain.")
_IS_MEMBER = _Verdict(AlreadyExists, "It is a member of {name} already.")
_NO_MEMBER = _Verdict(NoSuchObject, "It is no member of {name}.")
_IS_PRIMARY = _Verdict(PrimaryGroupInUse, "{name} is the primary group of an account.")
_BAD_NAME = _Verdict(
    InvalidName, "Active Directory does not accept the name {name}.", "Choose another name.", quote=True
)
_BUSY = _Verdict(
    DirectoryUnavailable,
    "The domain controller is too busy or is starting or stopping.",
    "Try again in a moment.",
)
_READ_ONLY = _Verdict(
    RejectedByDirectory,
    "This server can't write {name}: it is read-only, or the object belongs to another domain.",
    "Name a writable domain controller of the object's own domain.",
)
_UNENCRYPTED = _Verdict(
    EncryptionRequired,
    "The domain controller does not accept this way of signing in without (other) encryption.",
    "Choose LDAPS or StartTLS with a password, or Kerberos sealed on port 389.",
    quote=True,
)
_NO_NEST = _Verdict(
    RejectedByDirectory,
    "A group of this scope can't be a member of {name}.",
    "Choose targets of another scope, or make separate checkouts.",
    quote=True,
)
_NO_RIDS = _Verdict(
    RejectedByDirectory,
    "The domain controller has no identifiers left for new groups.",
    "Check the RID master and the replication of the domain.",
    quote=True,
)
_TOO_LONG = _Verdict(
    RejectedByDirectory,
    "Active Directory does not accept a value of {name}: too long, or not allowed.",
    quote=True,
)

_BY_WIN32: Final[dict[int, _Verdict]] = {
    0x5: _DENIED,  # ERROR_ACCESS_DENIED
    0x523: _BAD_NAME,  # ERROR_INVALID_ACCOUNT_NAME
    0x524: _TAKEN,  # ERROR_USER_EXISTS
    0x525: _MISSING,  # ERROR_NO_SUCH_USER
    0x526: _TAKEN,  # ERROR_GROUP_EXISTS
    0x527: _MISSING,  # ERROR_NO_SUCH_GROUP
    0x528: _IS_MEMBER,  # ERROR_MEMBER_IN_GROUP
    0x529: _NO_MEMBER,  # ERROR_MEMBER_NOT_IN_GROUP
    0x56B: _MISSING,  # ERROR_NO_SUCH_MEMBER
    0x561: _NO_MEMBER,  # ERROR_MEMBER_NOT_IN_ALIAS
    0x562: _IS_MEMBER,  # ERROR_MEMBER_IN_ALIAS
    0x563: _TAKEN,  # ERROR_ALIAS_EXISTS
    0x55E: _IS_PRIMARY,  # ERROR_MEMBERS_PRIMARY_GROUP
    0x2010: _NO_RIDS,  # ERROR_DS_NO_RIDS_ALLOCATED
    0x2011: _NO_RIDS,  # ERROR_DS_NO_MORE_RIDS
    0x200E: _BUSY,  # ERROR_DS_BUSY
    0x200F: _BUSY,  # ERROR_DS_UNAVAILABLE
    0x200B: _TOO_LONG,  # ERROR_DS_INVALID_ATTRIBUTE_SYNTAX
    0x2030: _MISSING,  # ERROR_DS_NO_SUCH_OBJECT
    0x2032: _BAD_NAME,  # ERROR_DS_INVALID_DN_SYNTAX
    0x2071: _TAKEN,  # ERROR_DS_OBJ_STRING_NAME_EXISTS
    0x2082: _TOO_LONG,  # ERROR_DS_RANGE_CONSTRAINT
    0x208D: _MISSING,  # ERROR_DS_OBJ_NOT_FOUND
    0x2098: _DENIED,  # ERROR_DS_INSUFF_ACCESS_RIGHTS
    0x2144: _NO_NEST,  # ERROR_DS_GLOBAL_CANT_HAVE_LOCAL_MEMBER
    0x2145: _NO_NEST,  # ERROR_DS_GLOBAL_CANT_HAVE_UNIVERSAL_MEMBER
    0x2146: _NO_NEST,  # ERROR_DS_UNIVERSAL_CANT_HAVE_LOCAL_MEMBER
    0x2147: _NO_NEST,  # ERROR_DS_GLOBAL_CANT_HAVE_CROSSDOMAIN_MEMBER
    0x2148: _NO_NEST,  # ERROR_DS_LOCAL_CANT_HAVE_CROSSDOMAIN_LOCAL_MEMBER
}

_BY_RESULT: Final[dict[int, _Verdict]] = {
    1: _Verdict(DirectoryError, "The directory could not do it.", quote=True),  # operationsError
    3: _Verdict(DirectoryUnavailable, "The directory took too long over the request.", "Ask for less."),
    4: _Verdict(DirectoryError, "The directory gives only a part of the result.", "Ask for less."),
    8: _UNENCRYPTED,  # strongerAuthRequired
    10: _READ_ONLY,  # referral
    11: _Verdict(DirectoryError, "A limit of the directory is reached.", "Ask for less.", quote=True),
    13: _UNENCRYPTED,  # confidentialityRequired
    16: _NO_MEMBER,  # noSuchAttribute: of a value that is to be removed
    19: _Verdict(RejectedByDirectory, "Active Directory does not allow this value of {name}.", quote=True),
    20: _IS_MEMBER,  # attributeOrValueExists
    21: _TOO_LONG,  # invalidAttributeSyntax
    32: _MISSING,
    34: _BAD_NAME,  # invalidDNSyntax
    49: _Verdict(SignInFailed, "The directory does not accept this sign-in.", quote=True),
    50: _DENIED,
    51: _BUSY,
    52: _BUSY,
    53: _Verdict(
        RejectedByDirectory, "Active Directory refused the change of {name}.", quote=True
    ),  # unwillingToPerform
    64: _BAD_NAME,  # namingViolation
    65: _Verdict(RejectedByDirectory, "The schema of this directory does not allow {name}.", quote=True),
    68: _TAKEN,
    71: _READ_ONLY,  # affectsMultipleDSAs
}
_OTHER: Final = _Verdict(RejectedByDirectory, "The directory refused the change of {name}.", quote=True)


def error_for(result: Mapping[str, Any], subject: str) -> DirectoryError:
    """The typed error for an answer that is not a success; ``subject`` names the object it is about."""
    code = int(result["result"])
    words = server_words(result)
    win32 = win32_code(words)
    verdict = _BY_WIN32.get(win32) or _BY_RESULT.get(code, _OTHER)
    if _TAKEN_OUT_ALREADY.match(words):
        verdict = _NO_MEMBER
    elif verdict.kind is RejectedByDirectory and _ABOUT_THE_NAME.search(words):
        verdict = _BAD_NAME
    message = with_name(verdict.message, subject)
    if verdict.quote:
        quoted = _ANY_GUID.sub("…", words)[:_LONGEST_QUOTE]
        said = ": ".join(part for part in (str(RESULT_CODES.get(code, code)), quoted) if part)
        message = f"{message[:-1]} ({said})."
    return verdict.kind(message, subject=subject, remedy=verdict.remedy)


def referred(result: Mapping[str, Any], subject: str, peer: str) -> ReferredElsewhere:
    """The typed error for a referral, which is never followed, in the place of what was asked for."""
    urls = result.get("referrals") or ()
    host = urlsplit(str(urls[0])).hostname if urls else None
    where = _UNPRINTABLE.sub(" ", host or "another server")[:_LONGEST_QUOTE]
    return ReferredElsewhere(
        with_name(
            f"{peer} answers with a referral to {where}; it can't say whether {{name}} is there.", subject
        ),
        subject=subject,
        remedy="Name a domain controller of the domain that the object belongs to.",
    )


def unreadable(subject: str) -> NoSuchObject:
    """The error for an object of which nothing is shown, not even what every object has."""
    return NoSuchObject(
        with_name("{name} may not be seen by the account that signs in.", subject),
        subject=subject,
        remedy="Let that account read the object, and what it is in.",
    )


def with_name(message: str, subject: str) -> str:
    """``message`` with the name of ``subject`` in the place of ``{name}``."""
    name = name_of(subject)
    if name == _NAMELESS and message.startswith("{name}"):
        name = name.capitalize()
    return message.replace("{name}", name)


def name_of(subject: str) -> str:
    """How people call what an error is about: the name at the front of a DN, or the text itself. A GUID or a
    SID is no name."""
    if is_guid(subject) or subject.startswith(_ALTERNATIVE_FORMS):
        return _NAMELESS
    try:
        return split_dn(subject)[0][1]
    except (LookupError, ValueError):
        return subject


def server_words(result: Mapping[str, Any]) -> str:
    """The diagnostic text of an answer in one printable line."""
    return _UNPRINTABLE.sub(" ", str(result.get("message") or "")).strip()


def win32_code(words: str) -> int:
    """The Windows error code at the beginning of a diagnostic text, 0 where there is none."""
    match = _WIN32.match(words)
    return int(match.group(1), 16) if match else 0
