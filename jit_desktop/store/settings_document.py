# SPDX-License-Identifier: MIT
"""The shape of a settings file: what it may say, and how that maps to drafts of providers and back.

The schema that is published in ``docs/settings.schema.json`` is made from these classes.
"""

from __future__ import annotations

import re
import uuid
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import override

from jit_desktop.elevation.dn import is_dn
from jit_desktop.elevation.draft import ListedDraft, ProviderDraft, Reference, SetDraft
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, PrivilegeSetId, ProviderId
from jit_desktop.elevation.settings import (
    CertificateTrust,
    CheckoutPolicy,
    ConnectionMethod,
    ConnectionSettings,
    FieldMode,
    JitSettings,
    ReplicationMode,
    SignIn,
)

FORMAT: Final = "jit-desktop-settings"
VERSION: Final = 1

_UNIT_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?=\d)(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?", re.ASCII)


def duration_text(seconds: int) -> str:
    """A duration as the file has it: ``2h``, ``1h30m``, ``45s``, ``0s``."""
    parts, rest = [], seconds
    for unit, size in _UNIT_SECONDS.items():
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def duration_seconds(value: object) -> object:
    """The seconds that ``2h``, ``90m``, ``1h30m`` or a plain number mean; :class:`ValueError` otherwise."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    match = _DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None or len(match[0]) > 20:
        raise ValueError('must be a duration, such as "2h", "90m", "1h30m" or a number of seconds')
    return sum(int(n or 0) * size for n, size in zip(match.groups(), _UNIT_SECONDS.values(), strict=True))


def _uuid_text(value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise ValueError("must be a GUID, such as 01234567-89ab-cdef-0123-456789abcdef") from None


def _dn_text(value: str) -> str:
    if not is_dn(value):
        raise ValueError("must be a distinguished name, such as OU=Vaults,DC=corp,DC=example,DC=test")
    return value


Duration = Annotated[
    int,
    BeforeValidator(duration_seconds),
    PlainSerializer(duration_text),
    WithJsonSchema(
        {
            "description": 'A duration: "2h", "90m", "1h30m", or a number of seconds.',
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": r"^(?=\d)(\d+d)?\s*(\d+h)?\s*(\d+m)?\s*(\d+s)?$"},
            ],
        }
    ),
]
Guid = Annotated[str, AfterValidator(_uuid_text), WithJsonSchema({"type": "string", "format": "uuid"})]
Dn = Annotated[str, AfterValidator(_dn_text)]

_CONNECTION, _POLICY, _JIT = ConnectionSettings(), CheckoutPolicy(), JitSettings()


class _Part(BaseModel):
    # An error must not show what stood there: it may be a password in the wrong place.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Named(_Part):
    guid: Guid | None = Field(default=None, description="objectGUID; where it is given, it alone decides.")
    dn: Dn | None = Field(default=None, description="Distinguished name.")

    def reference(self, name: str = "") -> Reference:
        return Reference(
            ObjectGuid(self.guid) if self.guid else None,
            DistinguishedName(self.dn) if self.dn else None,
            name,
        )

    def _demand(self, *fields: str) -> None:
        if not any(getattr(self, name) for name in fields):
            raise ValueError(f"must name the object by {' or '.join(fields)}")


class LocationPart(_Named):
    """An OU or container."""

    name: str = Field(default="", description="What it was called; for people only.")

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        self._demand("guid", "dn")
        return self


class PrivilegePart(_Named):
    """A group that may be granted for a time."""

    name: str = Field(default="", description="What the group was called; for people and for privilege sets.")
    display_name: str = Field(default="", description="What people see instead of the group's name.")

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        self._demand("guid", "dn")
        return self


class AccountPart(_Named):
    """A user account that can be checked out."""

    logon_name: str = Field(default="", description="sAMAccountName, DOMAIN\\user or user principal name.")
    display_name: str = Field(default="", description="What people see instead of the logon name.")

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        self._demand("guid", "dn", "logon_name")
        return self


class MemberPart(_Named):
    """A privilege or an account of this provider."""

    name: str = Field(default="", description="Display name, group name or logon name.")

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        self._demand("guid", "dn", "name")
        return self


class SetPart(_Part):
    """A named bundle of privileges and of the accounts that may use it."""

    name: str
    privileges: tuple[MemberPart, ...] = ()
    accounts: tuple[MemberPart, ...] = ()
    id: Guid | None = Field(default=None, description="Given by the program; leave it out for a new set.")


class CertificatePart(_Part):
    """What makes the server's certificate good."""

    trust: CertificateTrust = _CONNECTION.trust
    ca_file: str = Field(default=_CONNECTION.ca_file, description="PEM file, for ca-file.")
    fingerprint: str = Field(
        default=_CONNECTION.fingerprint, description="SHA-256, 64 hex digits, for pinned."
    )


class ConnectionPart(_Part):
    """How to reach the directory and who to be there. The password is not part of the settings."""

    server: str = Field(
        default=_CONNECTION.server, description="Host name, address, or DNS name of the domain."
    )
    method: ConnectionMethod = _CONNECTION.method
    port: int = Field(default=_CONNECTION.port, description="0 means the usual one of the method.")
    sign_in: SignIn = _CONNECTION.sign_in
    bind_as: str = Field(
        default=_CONNECTION.bind_as, description="UPN, DOMAIN\\user or DN; empty for Kerberos."
    )
    certificate: CertificatePart = CertificatePart()
    connect_timeout: Duration = _CONNECTION.connect_timeout_seconds
    request_timeout: Duration = _CONNECTION.request_timeout_seconds


class JitPart(_Part):
    """The Just-in-time (JIT) elevation page."""

    privileges: tuple[PrivilegePart, ...] = ()
    privilege_sets_enabled: bool = False
    privilege_sets: tuple[SetPart, ...] = ()
    group_prefix: str = Field(default=_JIT.group_prefix, description="Temporary group name prefix.")
    location: LocationPart | None = Field(default=None, description="Creation location of temporary groups.")
    replication_latency: Duration = _JIT.replication_latency_seconds
    replication_mode: ReplicationMode = _JIT.replication_mode


class PolicyPart(_Part):
    """The terms of a checkout."""

    default: Duration = _POLICY.default_seconds
    minimum: Duration = _POLICY.minimum_seconds
    maximum: Duration = _POLICY.maximum_seconds
    extension_allowed: bool = _POLICY.extension_allowed
    reason: FieldMode = _POLICY.reason
    ticket: FieldMode = _POLICY.ticket
    session_command: tuple[str, ...] = Field(
        default=(), description="Program and arguments; {account} and {domain} are filled in."
    )


class ProviderPart(_Part):
    """One Active Directory domain."""

    name: str
    id: Guid | None = Field(
        default=None, description="Given by the program; leave it out for a new provider."
    )
    connection: ConnectionPart = ConnectionPart()
    jit: JitPart = JitPart()
    accounts: tuple[AccountPart, ...] = ()
    policy: PolicyPart = PolicyPart()


class SettingsDocument(_Part):
    """Settings of JIT Desktop: domain providers, complete but for the passwords."""

    schema_: str | None = Field(
        default=None, alias="$schema", description="For editors; ignored.", exclude=True
    )
    format: Literal["jit-desktop-settings"]
    version: Literal[1]
    providers: tuple[ProviderPart, ...]


class _WithoutTitles(GenerateJsonSchema):
    """The names of the fields say what their titles would repeat."""

    @override
    def field_title_should_be_set(self, schema: object) -> bool:
        return False


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a settings file."""
    schema = SettingsDocument.model_json_schema(schema_generator=_WithoutTitles)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": "JIT Desktop settings"}


# --- to drafts --------------------------------------------------------------------------------------------


def draft_from(part: ProviderPart) -> ProviderDraft:
    """The draft that a provider in the file describes."""
    connection, jit, policy = part.connection, part.jit, part.policy
    return ProviderDraft(
        name=part.name,
        id=ProviderId(part.id) if part.id else None,
        connection=ConnectionSettings(
            server=connection.server,
            method=connection.method,
            port=connection.port,
            sign_in=connection.sign_in,
            bind_as=connection.bind_as,
            trust=connection.certificate.trust,
            ca_file=connection.certificate.ca_file,
            fingerprint=connection.certificate.fingerprint,
            connect_timeout_seconds=connection.connect_timeout,
            request_timeout_seconds=connection.request_timeout,
        ),
        privileges=tuple(ListedDraft(p.reference(p.name), p.display_name) for p in jit.privileges),
        privilege_sets_enabled=jit.privilege_sets_enabled,
        privilege_sets=tuple(
            SetDraft(
                name=bundle.name,
                privileges=tuple(member.reference(member.name) for member in bundle.privileges),
                accounts=tuple(member.reference(member.name) for member in bundle.accounts),
                id=PrivilegeSetId(bundle.id) if bundle.id else None,
            )
            for bundle in jit.privilege_sets
        ),
        group_prefix=jit.group_prefix,
        location=jit.location.reference(jit.location.name) if jit.location else None,
        replication_latency_seconds=jit.replication_latency,
        replication_mode=jit.replication_mode,
        accounts=tuple(ListedDraft(a.reference(a.logon_name), a.display_name) for a in part.accounts),
        policy=CheckoutPolicy(
            default_seconds=policy.default,
            minimum_seconds=policy.minimum,
            maximum_seconds=policy.maximum,
            extension_allowed=policy.extension_allowed,
            reason=policy.reason,
            ticket=policy.ticket,
            session_command=policy.session_command,
        ),
    )


# --- from drafts ------------------------------------------------------------------------------------------


def part_from(draft: ProviderDraft) -> ProviderPart:
    """How a provider stands in the file."""
    connection, policy = draft.connection, draft.policy
    return ProviderPart(
        name=draft.name,
        id=draft.id,
        connection=ConnectionPart(
            server=connection.server,
            method=connection.method,
            port=connection.port,
            sign_in=connection.sign_in,
            bind_as=connection.bind_as,
            certificate=CertificatePart(
                trust=connection.trust, ca_file=connection.ca_file, fingerprint=connection.fingerprint
            ),
            connect_timeout=connection.connect_timeout_seconds,
            request_timeout=connection.request_timeout_seconds,
        ),
        jit=JitPart(
            privileges=tuple(
                PrivilegePart(guid=p.what.guid, dn=p.what.dn, name=p.what.name, display_name=p.display_name)
                for p in draft.privileges
            ),
            privilege_sets_enabled=draft.privilege_sets_enabled,
            privilege_sets=tuple(
                SetPart(
                    name=bundle.name,
                    privileges=tuple(_member(member) for member in bundle.privileges),
                    accounts=tuple(_member(member) for member in bundle.accounts),
                    id=bundle.id,
                )
                for bundle in draft.privilege_sets
            ),
            group_prefix=draft.group_prefix,
            location=_location(draft.location),
            replication_latency=draft.replication_latency_seconds,
            replication_mode=draft.replication_mode,
        ),
        accounts=tuple(
            AccountPart(guid=a.what.guid, dn=a.what.dn, logon_name=a.what.name, display_name=a.display_name)
            for a in draft.accounts
        ),
        policy=PolicyPart(
            default=policy.default_seconds,
            minimum=policy.minimum_seconds,
            maximum=policy.maximum_seconds,
            extension_allowed=policy.extension_allowed,
            reason=policy.reason,
            ticket=policy.ticket,
            session_command=policy.session_command,
        ),
    )


def _member(reference: Reference) -> MemberPart:
    return MemberPart(guid=reference.guid, dn=reference.dn, name=reference.name)


def _location(reference: Reference | None) -> LocationPart | None:
    if reference is None:
        return None
    return LocationPart(guid=reference.guid, dn=reference.dn, name=reference.name)
