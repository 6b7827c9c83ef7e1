# SPDX-License-Identifier: MIT
"""What settings and requests must satisfy, in words that stand beside the field that is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from jit_desktop.elevation.durations import duration_words
from jit_desktop.elevation.errors import (
    DurationNotAllowed,
    NotAllowed,
    ReasonRequired,
    Refused,
    UnknownItem,
)
from jit_desktop.elevation.model import CheckoutRequest, Elevation
from jit_desktop.elevation.naming import prefix_problem
from jit_desktop.elevation.record import MAXIMUM_PRIVILEGES
from jit_desktop.elevation.settings import (
    CertificateTrust,
    CheckoutPolicy,
    ConnectionMethod,
    ConnectionSettings,
    DomainProvider,
    FieldMode,
    JitSettings,
    PrivilegedAccount,
    ProviderPrivilege,
    SignIn,
    creation_location_path,
)

__all__ = [
    "checkout_sentence",
    "connection_problems",
    "deadline_for",
    "duration_problem",
    "duration_words",
    "extra_within",
    "prefix_problem",
    "provider_problems",
    "request_problems",
    "require_allowed",
]

MAXIMUM_LATENCY = 24 * 3600
"""Longest replication latency that makes sense, in seconds."""
MAXIMUM_DURATION = 365 * 24 * 3600
"""One year, in seconds: the longest life of a dynamic object (MS-ADTS, entryTTL)."""
MINIMUM_DURATION = 60
"""Shortest duration that a policy may allow, in seconds."""
MAXIMUM_TIMEOUT = 600
"""Longest time-out of a connection, in seconds: an end must not wait for a dead one longer than that."""
MAXIMUM_REASON = 1000
MAXIMUM_TICKET = 100


def provider_problems(provider: DomainProvider) -> dict[str, str]:
    """What keeps a provider from being used: field name → one sentence; empty when it is complete."""
    problems: dict[str, str] = {}
    if not provider.name.strip():
        problems["name"] = "Give the provider a name."
    problems |= connection_problems(provider.connection)
    problems |= _jit_problems(provider.jit)
    if not provider.accounts:
        problems["accounts"] = "Add at least one privileged account."
    elif twice := _twice(a.account.guid for a in provider.accounts):
        names = ", ".join(a.label for a in provider.accounts if a.account.guid in twice)
        problems["accounts"] = f"Listed twice: {names}."
    problems |= _policy_problems(provider.policy)
    return problems


def connection_problems(connection: ConnectionSettings) -> dict[str, str]:
    """The part of :func:`provider_problems` that *Test connection* needs."""
    problems: dict[str, str] = {}
    if connection.method is ConnectionMethod.DEMO:
        return problems
    server = connection.server.strip()
    if not server:
        problems["connection.server"] = "Enter the name of the domain or of a domain controller."
    elif any(char.isspace() for char in server) or "://" in server or "/" in server:
        problems["connection.server"] = (
            "Enter a name or an address only, without ldaps:// and without a path."
        )
    if not 0 <= connection.port <= 65535:
        problems["connection.port"] = "A port is a number from 1 to 65535; 0 means the usual one."
    for field, seconds in (
        ("connection.connect_timeout_seconds", connection.connect_timeout_seconds),
        ("connection.request_timeout_seconds", connection.request_timeout_seconds),
    ):
        if not 1 <= seconds <= MAXIMUM_TIMEOUT:
            problems[field] = f"A time-out lasts 1 second to {duration_words(MAXIMUM_TIMEOUT)}."
    if connection.sign_in is SignIn.PASSWORD:
        if connection.method is ConnectionMethod.SEALED:
            problems["connection.method"] = (
                "Port 389 sealed works with the present Windows or Kerberos logon only; choose LDAPS or "
                "StartTLS for a password."
            )
        if not connection.bind_as.strip():
            problems["connection.bind_as"] = r"Enter who signs in: user@domain, DOMAIN\user or a DN."
    if connection.method is not ConnectionMethod.SEALED:
        if connection.trust is CertificateTrust.CA_FILE and not connection.ca_file.strip():
            problems["connection.ca_file"] = "Choose the file with the certificates of the authority (PEM)."
        if connection.trust is CertificateTrust.PINNED and not _is_fingerprint(connection.fingerprint):
            problems["connection.fingerprint"] = (
                "A SHA-256 fingerprint has 64 hexadecimal digits; let the program show the certificate."
            )
    return problems


def _is_fingerprint(text: str) -> bool:
    digits = text.replace(":", "").replace(" ", "").lower()
    return len(digits) == 64 and set(digits) <= set("0123456789abcdef")


def _jit_problems(jit: JitSettings) -> dict[str, str]:
    problems: dict[str, str] = {}
    if problem := prefix_problem(jit.group_prefix):
        problems["jit.group_prefix"] = problem
    if jit.location is None:
        problems["jit.location"] = "Choose where temporary groups are created."
    if not 0 <= jit.replication_latency_seconds <= MAXIMUM_LATENCY:
        problems["jit.replication_latency_seconds"] = "Enter 0 seconds to 24 hours."
    if not jit.privileges:
        problems["jit.privileges"] = "Select at least one group that may be granted."
    elif twice := _twice(p.group.guid for p in jit.privileges):
        names = ", ".join(p.label for p in jit.privileges if p.group.guid in twice)
        problems["jit.privileges"] = f"Listed twice: {names}."
    elif same := _twice(p.label.casefold() for p in jit.privileges):
        names = ", ".join(p.label for p in jit.privileges if p.label.casefold() in same)
        problems["jit.privileges"] = f"Give each a display name of its own: {names}."
    if jit.privilege_sets_enabled and (problem := _set_problem(jit)):
        problems["jit.privilege_sets"] = problem
    return problems


def _set_problem(jit: JitSettings) -> str:
    if not jit.privilege_sets:
        return "Add a privilege set, or switch privilege sets off: without one no account may use anything."
    if any(not s.name.strip() for s in jit.privilege_sets):
        return "Give every privilege set a name."
    if _twice(s.name.strip().casefold() for s in jit.privilege_sets):
        return "Two privilege sets have the same name."
    for bundle in jit.privilege_sets:
        if not bundle.privileges:
            return f"The privilege set {bundle.name} has no privileges."
        if not bundle.accounts:
            return f"The privilege set {bundle.name} has no accounts."
    return ""


def _policy_problems(policy: CheckoutPolicy) -> dict[str, str]:
    problems: dict[str, str] = {}
    if policy.minimum_seconds < MINIMUM_DURATION:
        problems["policy.minimum_seconds"] = f"At least {duration_words(MINIMUM_DURATION)}."
    if policy.maximum_seconds > MAXIMUM_DURATION:
        problems["policy.maximum_seconds"] = "At most one year."
    elif policy.maximum_seconds < policy.minimum_seconds:
        problems["policy.maximum_seconds"] = "The longest duration is shorter than the shortest."
    if not policy.minimum_seconds <= policy.default_seconds <= policy.maximum_seconds:
        problems["policy.default_seconds"] = "The default lies between the shortest and the longest duration."
    return problems


def duration_problem(policy: CheckoutPolicy, seconds: int) -> str:
    """Why a checkout may not last ``seconds``; empty when it may."""
    if seconds < policy.minimum_seconds:
        return f"At least {duration_words(policy.minimum_seconds)} by the checkout policy."
    if seconds > policy.maximum_seconds:
        return f"At most {duration_words(policy.maximum_seconds)} by the checkout policy."
    return ""


def request_problems(provider: DomainProvider, request: CheckoutRequest) -> dict[str, str]:
    """What keeps a request from being granted, as far as the settings tell: field name → one sentence."""
    problems: dict[str, str] = {}
    if all(a.account.guid != request.account for a in provider.accounts):
        problems["account"] = "Choose one of the privileged accounts of this provider."
    allowed = {p.group.guid for p in provider.privileges_for(request.account)}
    if not request.privileges:
        problems["privileges"] = "Choose at least one privilege."
    elif len(set(request.privileges)) != len(request.privileges):
        problems["privileges"] = "A privilege was chosen twice."
    elif not set(request.privileges) <= allowed:
        problems["privileges"] = "This account may not have all of the chosen privileges."
    elif len(request.privileges) > MAXIMUM_PRIVILEGES:
        problems["privileges"] = f"At most {MAXIMUM_PRIVILEGES} privileges fit into one checkout."
    if request.until is not None and request.duration_seconds <= 0:
        problems["duration_seconds"] = "The moment that was named for the end has passed: choose a later one."
    elif problem := duration_problem(provider.policy, request.duration_seconds):
        problems["duration_seconds"] = problem
    if provider.policy.reason is FieldMode.REQUIRED and not request.reason.strip():
        problems["reason"] = "The checkout policy asks for a reason."
    elif len(request.reason) > MAXIMUM_REASON:
        problems["reason"] = f"At most {MAXIMUM_REASON} characters."
    if provider.policy.ticket is FieldMode.REQUIRED and not request.ticket.strip():
        problems["ticket"] = "The checkout policy asks for a ticket number."
    elif len(request.ticket) > MAXIMUM_TICKET:
        problems["ticket"] = f"At most {MAXIMUM_TICKET} characters."
    return problems


def require_allowed(provider: DomainProvider, request: CheckoutRequest) -> None:
    """Raise the error that fits where :func:`request_problems` finds anything."""
    problems = request_problems(provider, request)
    if not problems:
        return
    if "account" in problems:
        raise UnknownItem(problems["account"])
    if "privileges" in problems:
        raise NotAllowed(problems["privileges"])
    if "duration_seconds" in problems:
        raise DurationNotAllowed(problems["duration_seconds"])
    for name in ("reason", "ticket"):
        if name in problems:
            raise ReasonRequired(problems[name])
    raise Refused(" ".join(problems.values()))


def deadline_for(provider: DomainProvider, request: CheckoutRequest, now: datetime) -> datetime:
    """The deadline of what is lent from ``now`` on (UTC, whole seconds): the earlier of the duration and the
    moment that were asked for. :class:`DurationNotAllowed` where that moment is over, or so near that less is
    left than the policy's shortest duration.
    """
    deadline = now + timedelta(seconds=request.duration_seconds)
    if request.until is None:
        return deadline
    # Whole seconds, and never past the moment.
    until = request.until.replace(microsecond=0)
    left = (until - now).total_seconds()
    if left < provider.policy.minimum_seconds:
        how = "is over" if left <= 0 else f"is only {duration_words(int(left))} away"
        shortest = duration_words(provider.policy.minimum_seconds)
        raise DurationNotAllowed(
            f"{until:%Y-%m-%d %H:%M:%S} UTC {how} by the domain controller's clock.",
            remedy=f"Choose a later one: at least {shortest} by the checkout policy, after all checks.",
        )
    return min(deadline, until)


def extra_within(elevation: Elevation, extra_seconds: int, until: datetime | None) -> int:
    """By how many seconds ``elevation`` is to be extended, of ``extra_seconds``, so that it does not last
    past ``until`` (UTC): somebody else may have extended it since that was chosen.
    :class:`DurationNotAllowed` where nothing is left of it.
    """
    if until is None:
        return extra_seconds
    left = int((until - elevation.deadline).total_seconds())
    if left <= 0:
        raise DurationNotAllowed(
            f"Somebody else has extended it: it ends at {elevation.deadline:%Y-%m-%d %H:%M:%S} UTC.",
            remedy="Choose a later moment if that is not enough.",
        )
    return min(extra_seconds, left)


def checkout_sentence(
    provider: DomainProvider,
    account: PrivilegedAccount,
    privileges: Sequence[ProviderPrivilege],
    duration_seconds: int,
) -> str:
    """What a checkout will do, for the person who is about to ask for it."""
    where = creation_location_path(provider.jit.location.dn) if provider.jit.location else "the directory"
    names = _and([p.label for p in privileges])
    return (
        f"{account.label} becomes a member of {names} for {duration_words(duration_seconds)}, through a "
        f"temporary group in {where} that is removed at the end."
    )


def _and(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names) or "nothing"
    return ", ".join(names[:-1]) + " and " + names[-1]


def _twice(values: Iterable[str]) -> set[str]:
    return {value for value, count in Counter(values).items() if count > 1}
