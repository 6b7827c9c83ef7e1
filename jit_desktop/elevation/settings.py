# SPDX-License-Identifier: MIT
"""What an administrator sets for one domain provider: how to reach it, what may be lent, to whom, on
which terms."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace

from jit_desktop.elevation.dn import split_dn
from jit_desktop.elevation.identity import (
    DistinguishedName,
    ObjectGuid,
    ObjectRef,
    PrivilegeSetId,
    ProviderId,
)


class ConnectionMethod(enum.StrEnum):
    """How the connection to the domain controller is protected. There is no unprotected one."""

    LDAPS = "ldaps"
    """TLS from the first byte, port 636."""
    STARTTLS = "starttls"
    """Port 389, encrypted before anything is said (RFC 4511 4.14)."""
    SEALED = "sealed"
    """Port 389, signed and sealed by Kerberos; only with :attr:`SignIn.KERBEROS` ([MS-ADTS] 5.1.2.1)."""
    DEMO = "demo"
    """The embedded demo domain; no network at all."""


class SignIn(enum.StrEnum):
    """Who the program is to the directory."""

    PASSWORD = "password"  # noqa: S105 - the name of a way to sign in
    """A simple bind with ``bind_as`` and a password, inside TLS only."""
    KERBEROS = "kerberos"
    """The present logon (SSPI on Windows, the ticket cache elsewhere); no password is kept."""


class CertificateTrust(enum.StrEnum):
    """What makes the server's certificate good."""

    SYSTEM = "system"
    """The operating system's trust store."""
    CA_FILE = "ca-file"
    """The certificates in ``ca_file`` (PEM) and no others."""
    PINNED = "pinned"
    """Exactly the certificate whose SHA-256 fingerprint is ``fingerprint``."""


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How to reach the directory and who to be there.

    ``server`` is a host name, an address or the DNS name of the domain; ``port`` 0 means the usual one of
    ``method``. ``bind_as`` is a UPN, ``DOMAIN\\user`` or a DN, and empty for Kerberos. Time-outs are in
    seconds.
    """

    server: str = ""
    method: ConnectionMethod = ConnectionMethod.LDAPS
    port: int = 0
    sign_in: SignIn = SignIn.PASSWORD
    bind_as: str = ""
    trust: CertificateTrust = CertificateTrust.SYSTEM
    ca_file: str = ""
    fingerprint: str = ""
    connect_timeout_seconds: int = 10
    request_timeout_seconds: int = 30

    def has_target_of(self, other: ConnectionSettings) -> bool:
        """Whether a password that was given for ``other`` may be sent by these settings.

        Only to the same server, as the same account, protected and trusted in the same way.
        """
        return self == replace(
            other,
            connect_timeout_seconds=self.connect_timeout_seconds,
            request_timeout_seconds=self.request_timeout_seconds,
        )


class FieldMode(enum.StrEnum):
    """Whether the checkout window asks for a text and insists on it."""

    HIDDEN = "hidden"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class CheckoutPolicy:
    """The terms of a checkout; all durations in seconds, counted from the grant."""

    default_seconds: int = 2 * 3600
    minimum_seconds: int = 600
    maximum_seconds: int = 8 * 3600
    extension_allowed: bool = True
    reason: FieldMode = FieldMode.OPTIONAL
    ticket: FieldMode = FieldMode.HIDDEN
    session_command: tuple[str, ...] = ()
    """Program and arguments that *Open session* starts, without a shell; ``{account}`` and ``{domain}``
    are filled in."""


class ReplicationMode(enum.StrEnum):
    """How long a grant waits before it counts as active."""

    FIXED = "fixed"
    """Always the configured time."""
    CONFIRMED = "confirmed"
    """Until every domain controller answers that it has it, at most the configured time."""


@dataclass(frozen=True, slots=True)
class ProviderPrivilege:
    """An AD group that may be granted for a time."""

    group: ObjectRef
    display_name: str = ""

    @property
    def label(self) -> str:
        """What people see: the display name, or the group's own name where none was given."""
        return self.display_name or self.group.name


@dataclass(frozen=True, slots=True)
class PrivilegedAccount:
    """An AD user account of the provider that can be checked out."""

    account: ObjectRef
    display_name: str = ""

    @property
    def label(self) -> str:
        """What people see: the display name, or the account's logon name where none was given."""
        return self.display_name or self.account.name


@dataclass(frozen=True, slots=True)
class PrivilegeSet:
    """A named bundle of provider privileges and of the privileged accounts that may use it."""

    id: PrivilegeSetId
    name: str
    privileges: frozenset[ObjectGuid] = frozenset()
    accounts: frozenset[ObjectGuid] = frozenset()


@dataclass(frozen=True, slots=True)
class JitSettings:
    """The *Just-in-time (JIT) elevation* page of a provider."""

    privileges: tuple[ProviderPrivilege, ...] = ()
    privilege_sets_enabled: bool = False
    privilege_sets: tuple[PrivilegeSet, ...] = ()
    group_prefix: str = "JIT"
    location: ObjectRef | None = None
    """The creation location: the OU or container in which temporary groups are made."""
    replication_latency_seconds: int = 0
    replication_mode: ReplicationMode = ReplicationMode.FIXED

    @property
    def location_dn(self) -> DistinguishedName:
        """Where the creation location stood when it was chosen; empty where none is set."""
        return DistinguishedName("") if self.location is None else self.location.dn

    @property
    def offered(self) -> tuple[ObjectGuid, ...]:
        """The groups that are lent, in the order of the settings."""
        return tuple(privilege.group.guid for privilege in self.privileges)


@dataclass(frozen=True, slots=True)
class DomainProvider:
    """One Active Directory domain with everything that is set for it."""

    id: ProviderId
    name: str
    connection: ConnectionSettings = field(default_factory=ConnectionSettings)
    jit: JitSettings = field(default_factory=JitSettings)
    accounts: tuple[PrivilegedAccount, ...] = ()
    policy: CheckoutPolicy = field(default_factory=CheckoutPolicy)

    @property
    def is_demo(self) -> bool:
        """Whether this is the embedded demo domain."""
        return self.connection.method is ConnectionMethod.DEMO

    def privileges_for(self, account: ObjectGuid) -> tuple[ProviderPrivilege, ...]:
        """The privileges that ``account`` may be given, in the order of the settings.

        With privilege sets enabled an account sees only what its sets give it; otherwise all of them.
        """
        if not self.jit.privilege_sets_enabled:
            return self.jit.privileges
        granted = {guid for bundle in self.sets_for(account) for guid in bundle.privileges}
        return tuple(p for p in self.jit.privileges if p.group.guid in granted)

    def sets_for(self, account: ObjectGuid) -> tuple[PrivilegeSet, ...]:
        """The privilege sets that name ``account``; none while sets are not enabled."""
        if not self.jit.privilege_sets_enabled:
            return ()
        return tuple(s for s in self.jit.privilege_sets if account in s.accounts)


def creation_location_path(dn: DistinguishedName) -> str:
    """``OU=Internal,OU=Vaults,…`` as people read it: ``Domain Groups\\Vaults\\Internal`` (without the
    domain)."""
    parts = [value for kind, value in split_dn(dn) if kind.upper() != "DC"]
    return "\\".join(reversed(parts))
