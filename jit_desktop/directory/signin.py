# SPDX-License-Identifier: MIT
"""Why a sign-in was refused, from the code that Active Directory puts into the text of its answer (``data
52e``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from jit_desktop.directory.results import INVALID_CREDENTIALS, INVALID_DN_SYNTAX, error_for, server_words
from jit_desktop.elevation.errors import AccountRestricted, DirectoryError, PasswordExpired, SignInFailed

_DATA: Final = re.compile(r"\bdata ([0-9a-f]+)", re.IGNORECASE)

_Reason = tuple[type[SignInFailed], str, str]
_ASK_ADMINISTRATOR: Final = "Ask an administrator of the domain, or sign in with another account."
_RENEW: Final = (
    "Change the password (for example by signing in to Windows with the account), then enter the new one."
)

# Windows error codes 1317…1909 in hexadecimal ([MS-ERREF] 2.2), as LDAP binds report them.
_REASONS: Final[dict[int, _Reason]] = {
    0x525: (SignInFailed, "The directory knows no account of this name.", "Check the name."),
    0x52E: (
        SignInFailed,
        "The directory does not accept this name and password.",
        "Check the password and the name (user@domain, DOMAIN\\user or a DN).",
    ),
    0x52F: (AccountRestricted, "A restriction of the account forbids this sign-in.", _ASK_ADMINISTRATOR),
    0x530: (AccountRestricted, "The account may not sign in at this time of day.", _ASK_ADMINISTRATOR),
    0x531: (AccountRestricted, "The account may not sign in from this computer.", _ASK_ADMINISTRATOR),
    0x532: (PasswordExpired, "The password of the account has expired.", _RENEW),
    0x533: (AccountRestricted, "The account is disabled.", _ASK_ADMINISTRATOR),
    0x568: (AccountRestricted, "The account is in too many groups to sign in.", _ASK_ADMINISTRATOR),
    0x701: (AccountRestricted, "The account has expired.", _ASK_ADMINISTRATOR),
    0x773: (
        PasswordExpired,
        "The password of the account must be changed before it can be used.",
        _RENEW,
    ),
    0x775: (
        AccountRestricted,
        "The account is locked out after too many wrong passwords.",
        "Wait until the lockout is over, or have the account unlocked.",
    ),
    0x80090346: (
        SignInFailed,
        "The sign-in is not tied to the certificate of the domain controller (channel binding).",
        "Make sure that nothing on the way to the domain controller opens the encrypted connection.",
    ),
}
_TICKET: Final[_Reason] = (
    SignInFailed,
    "The directory does not accept the Kerberos ticket of this logon.",
    "Get new tickets by signing in again; then have it checked whose this service name is (setspn -Q).",
)
_OF_A_TICKET: Final = {**_REASONS, 0x525: _TICKET, 0x52E: _TICKET}


def refused(result: Mapping[str, Any], who: str, *, by_ticket: bool = False) -> DirectoryError:
    """The typed error for a bind that was not accepted.

    ``who`` is the name that signed in, or with ``by_ticket`` the service that the ticket is for.
    """
    words = server_words(result)
    match = _DATA.search(words)
    reason = (_OF_A_TICKET if by_ticket else _REASONS).get(int(match.group(1), 16)) if match else None
    if reason is not None and int(result["result"]) == INVALID_CREDENTIALS:
        kind, message, remedy = reason
        return kind(message, subject=who, remedy=remedy)
    if int(result["result"]) == INVALID_DN_SYNTAX:  # the name, not the password, is the trouble
        return SignInFailed("The name to sign in with is not one.", subject=who, remedy=_REASONS[0x52E][2])
    return error_for(result, who)
