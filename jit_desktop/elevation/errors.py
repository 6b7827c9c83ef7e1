# SPDX-License-Identifier: MIT
"""Everything that can go wrong, as types, so that each place can say it in words and nobody parses text.

An error says three things: what happened (``message``), to which object (``subject``), and what the user
can do (``remedy``); each is one sentence or empty. ``code`` is a stable slug for ``--json`` and the audit.

:class:`JitError` is the family of what is *not* a fault of the program. Anything else that is raised is ours:
it is a bug and is logged whole.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from jit_desktop.elevation.model import Elevation

_LOG = logging.getLogger(__name__)


class JitError(Exception):
    """Something the user, the directory or the machine can mend; never carries a secret."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, subject: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class Cancelled(JitError):
    """The user asked to stop; nothing that was asked for has been left granted."""

    code = "cancelled"

    def __init__(self, message: str = "Cancelled.", *, subject: str = "", remedy: str = "") -> None:
        super().__init__(message, subject=subject, remedy=remedy)


# --- refused by the rules, before anything was written ---------------------------------------------------


class Refused(JitError):
    """The rules of the provider or of Active Directory forbid it; nothing was written."""

    code = "refused"


class InvalidSettings(Refused):
    """Settings are not complete or not allowed; ``problems`` maps a field name to a sentence."""

    code = "invalid-settings"

    def __init__(self, problems: dict[str, str], *, subject: str = "", remedy: str = "") -> None:
        super().__init__(" ".join(problems.values()), subject=subject, remedy=remedy)
        self.problems = dict(problems)


class UnknownItem(Refused):
    """A provider, account, privilege, set or elevation that was named does not exist here."""

    code = "unknown-item"


class AmbiguousName(Refused):
    """A name fits more than one object; the remedy says how to name the one that is meant."""

    code = "ambiguous-name"


class NotAllowed(Refused):
    """The privilege is not offered to this account (privilege sets), or the policy forbids the request."""

    code = "not-allowed"


class DurationNotAllowed(Refused):
    """The duration is shorter or longer than the policy allows."""

    code = "duration-not-allowed"


class ReasonRequired(Refused):
    """The policy asks for a reason or a ticket number and none was given."""

    code = "reason-required"


class AccountDisabled(Refused):
    """The privileged account is disabled in Active Directory."""

    code = "account-disabled"


class AccountCheckedOut(Refused):
    """The account is checked out already; ``by`` and ``until`` (UTC) say by whom and until when."""

    code = "account-checked-out"

    def __init__(self, account: str, by: str, until: datetime | None) -> None:
        when = f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""
        super().__init__(
            f"{account} is checked out by {by or 'somebody'}{when}.",
            subject=account,
            remedy="Wait for the end, or ask for it to be checked in.",
        )
        self.by = by
        self.until = until


class AlreadyMember(Refused):
    """The account holds every chosen group permanently: the elevation would change nothing."""

    code = "already-member"


class CannotNest(Refused):
    """No temporary group can be a member of all chosen groups (scope, domain or kind)."""

    code = "cannot-nest"


class MissingRights(Refused):
    """The bound account may not do what the grant needs; found out before anything was written."""

    code = "missing-rights"


class WrongState(Refused):
    """The elevation is in a state in which this can't be done (for example it has ended)."""

    code = "wrong-state"


class DeadlinePassed(Refused):
    """The time was over before all was given, or while it was; what was written is taken back."""

    code = "deadline-passed"


class TooLateToExtend(Refused):
    """The directory ends it by itself so soon that replication could be slower: nothing was written."""

    code = "too-late-to-extend"


class ClockDoubtful(Refused):
    """The domain controller's clock is not believed: no other one agrees with it, or others contradict it."""

    code = "clock-doubtful"


# --- the directory ---------------------------------------------------------------------------------------


class DirectoryError(JitError):
    """Active Directory refused, failed or could not be reached."""

    code = "directory-error"


class DirectoryUnavailable(DirectoryError):
    """No answer: refused, unreachable, timed out or cut. Of a *read*, or of a write that was not sent."""

    code = "directory-unavailable"


class OutcomeUnknown(DirectoryUnavailable):
    """A write was sent and its answer never came: read first, then decide; never repeat it blindly."""

    code = "outcome-unknown"


class HostNotFound(DirectoryUnavailable):
    """The name of the server or domain does not resolve."""

    code = "host-not-found"


class CertificateRejected(DirectoryError):
    """The server's certificate was not accepted; the password was not sent.

    ``reason`` is one of ``untrusted``, ``expired``, ``misnamed``, ``pin-mismatch``; ``fingerprint`` is the
    SHA-256 of the certificate that the server showed (64 lower-case hex digits), empty where it could not be
    read.
    """

    code = "certificate-rejected"

    def __init__(
        self, message: str, *, reason: str, fingerprint: str = "", subject: str = "", remedy: str = ""
    ) -> None:
        super().__init__(message, subject=subject, remedy=remedy)
        self.reason = reason
        self.fingerprint = fingerprint


class EncryptionRequired(DirectoryError):
    """The connection would not be encrypted; refused before the password was sent."""

    code = "encryption-required"


class SignInFailed(DirectoryError):
    """The directory does not accept this name and password (or this Kerberos logon)."""

    code = "sign-in-failed"


class PasswordNeeded(SignInFailed):
    """No password is at hand for this provider; it has to be asked for."""

    code = "password-needed"


class PasswordExpired(SignInFailed):
    """The password is right but has expired or must be changed first."""

    code = "password-expired"


class AccountRestricted(SignInFailed):
    """The bind account is disabled, locked out, expired, or may not sign in now or from here."""

    code = "account-restricted"


class NoSuchObject(DirectoryError):
    """The object does not exist (any more), or the bound account may not see it."""

    code = "no-such-object"


class ReferredElsewhere(DirectoryError):
    """The server names another one instead of an answer; nothing can be said about the object."""

    code = "referred-elsewhere"


class AlreadyExists(DirectoryError):
    """An object of this name, or this membership, exists already."""

    code = "already-exists"


class AccessDenied(DirectoryError):
    """The bound account may not do this to this object."""

    code = "access-denied"


class InvalidName(DirectoryError):
    """Active Directory does not accept the name."""

    code = "invalid-name"


class RejectedByDirectory(DirectoryError):
    """Active Directory refused the write for a reason of its own (constraint, schema, nesting rules)."""

    code = "rejected-by-directory"


class PrimaryGroupInUse(RejectedByDirectory):
    """A group can't be deleted: it is, or may be, the primary group of an account, shown or not."""

    code = "primary-group-in-use"


# --- the store -------------------------------------------------------------------------------------------


class StoreError(JitError):
    """The local database could not be used; nothing that was recorded before is lost."""

    code = "store-error"


class StoreLocked(StoreError):
    """Another program holds the database for longer than we wait."""

    code = "store-locked"


class StoreSilent(StoreLocked):
    """The disk of the database gives no answer; what was asked of it may be done in the end, or not."""

    code = "store-silent"

    def __init__(
        self,
        message: str = "The disk of the database does not answer.",
        *,
        subject: str = "",
        remedy: str = "Look after that disk, or the server of that share; it is asked again by itself.",
    ) -> None:
        super().__init__(message, subject=subject, remedy=remedy)


class StoreReadOnly(StoreError):
    """The database, its folder or its disk can't be written."""

    code = "store-read-only"


class StoreFull(StoreError):
    """The disk is full."""

    code = "store-full"


class StoreDamaged(StoreError):
    """The file is no database, or its content does not hold together."""

    code = "store-damaged"
    readable: Sequence[Elevation] = ()
    """Of elevations that were asked for, those that could be read all the same."""


class StoreNewer(StoreError):
    """A newer version of the program wrote the database; this one refuses to touch it."""

    code = "store-newer"


class ConcurrentChange(StoreError):
    """Another copy of the program changed this elevation meanwhile: read it again, then decide."""

    code = "concurrent-change"


class SettingsFileInvalid(JitError):
    """A settings file can't be read as one; ``message`` names the place in the document and what is wrong."""

    code = "settings-file-invalid"


class SecretsUnavailable(JitError):
    """The operating system offers no credential store, or it refused."""

    code = "secrets-unavailable"


class HomeUnknown(JitError):
    """Nothing says where the files of the user are by whom the program was started."""

    code = "home-unknown"


class StartAtLogonRefused(JitError):
    """The operating system does not let the program be started when its user signs in."""

    code = "start-at-logon-refused"


class ScheduleRefused(JitError):
    """The operating system does not set up, change or remove the sweep that it is to run."""

    code = "schedule-refused"


def fault(of: str) -> JitError:
    """To be called where a fault of ours is caught, because everything else that is due must go on: it is
    logged whole, and the error to be told."""
    _LOG.exception("A fault of the program with %s", of)
    return JitError(f"A fault of the program with {of}.", remedy="The log file says more; it is tried again.")
