# SPDX-License-Identifier: MIT
"""A domain provider as rows, always whole: read in one moment, replaced in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from peewee import Model, SqliteDatabase

from jit_desktop.elevation.identity import (
    DistinguishedName,
    ObjectGuid,
    ObjectRef,
    PrivilegeSetId,
    ProviderId,
)
from jit_desktop.elevation.settings import (
    CertificateTrust,
    CheckoutPolicy,
    ConnectionMethod,
    ConnectionSettings,
    DomainProvider,
    FieldMode,
    JitSettings,
    PrivilegedAccount,
    PrivilegeSet,
    ProviderPrivilege,
    ReplicationMode,
    SignIn,
)
from jit_desktop.store.fields import LARGEST_NUMBER, UNREADABLE, UnreadableRow, one_by_one
from jit_desktop.store.tables import (
    AccountRow,
    KeptTimeRow,
    KnownControllerRow,
    ListedObjectRow,
    PolicyRow,
    PrivilegeRow,
    PrivilegeSetRow,
    ProviderRow,
    SessionArgumentRow,
    SetMemberRow,
)

_LOG = logging.getLogger(__name__)
_SINCE_NOW = datetime(9999, 1, 1, tzinfo=UTC)
"""Later than whatever was granted: the store does not know the time in the domain, and who reads it does."""


def read_all(database: SqliteDatabase) -> list[DomainProvider]:
    """All providers by name."""
    rows = list(ProviderRow.select().bind(database))
    return sorted((_assembled(database, row) for row in rows), key=lambda p: (p.name.casefold(), p.id))


def read_readable(database: SqliteDatabase) -> list[DomainProvider]:
    """Those of :func:`read_all` that can be read: one that can't be keeps no other one back."""
    readable = []
    for one in one_by_one(database, ProviderRow.select(), ProviderRow.id):
        try:
            readable += [_assembled(database, row) for row in one.bind(database)]
        except UnreadableRow as error:
            _LOG.info("A provider can't be read: %s", error)
    return readable


def is_there(database: SqliteDatabase, provider_id: ProviderId) -> bool:
    """Whether there is such a provider, also where its settings can't be read."""
    return bool(
        ProviderRow.select(ProviderRow.id).where(ProviderRow.id == provider_id).bind(database).exists()
    )


def read_one(database: SqliteDatabase, provider_id: ProviderId) -> DomainProvider | None:
    """One provider, ``None`` where there is none."""
    row = ProviderRow.select().where(ProviderRow.id == provider_id).get_or_none(database)
    return None if row is None else _assembled(database, row)


def replace(database: SqliteDatabase, provider: DomainProvider) -> None:
    """Write ``provider`` in the place of what is there under its identifier.

    The domain controllers that were seen stay known as long as the connection leads to the same ones; else
    they count as those that left the list, since nobody knows whether they are in it. The highest time of the
    domain stays known in any case.
    """
    old = read_one(database, provider.id)
    known = known_controllers(database, provider.id)
    departed = departed_controllers(database, provider.id)
    if old is None or old.connection != provider.connection:
        known, departed = (), dict.fromkeys(known, _SINCE_NOW) | departed
    times: list[dict[str, object]] = [
        {
            "provider_id": row.provider_id,
            "domain_time": row.domain_time,
            "ahead_of_computer_seconds": row.ahead_of_computer_seconds,
            "went_back": row.went_back,
            "boot": row.boot,
            "booted_at": row.booted_at,
        }
        for row in KeptTimeRow.select().where(KeptTimeRow.provider_id == provider.id).bind(database)
    ]
    remove(database, provider.id)
    ProviderRow.insert(**_provider_values(provider)).execute(database)
    remember_controllers(database, provider.id, known, departed)
    _insert_all(database, KeptTimeRow, times)
    PolicyRow.insert(**_policy_values(provider)).execute(database)
    _insert_all(
        database,
        SessionArgumentRow,
        (
            {"provider_id": provider.id, "position": position, "value": value}
            for position, value in enumerate(provider.policy.session_command)
        ),
    )
    _insert_all(
        database,
        PrivilegeRow,
        _listed(provider.id, [(p.group, p.display_name) for p in provider.jit.privileges]),
    )
    _insert_all(
        database, AccountRow, _listed(provider.id, [(a.account, a.display_name) for a in provider.accounts])
    )
    sets = list(enumerate(provider.jit.privilege_sets))
    _insert_all(
        database,
        PrivilegeSetRow,
        (
            {"provider_id": provider.id, "position": position, "id": s.id, "name": s.name}
            for position, s in sets
        ),
    )
    _insert_all(
        database,
        SetMemberRow,
        (
            {"provider_id": provider.id, "set_position": position, "kind": kind, "guid": guid}
            for position, bundle in sets
            for kind, guids in (("privilege", bundle.privileges), ("account", bundle.accounts))
            for guid in sorted(guids)
        ),
    )


def remove(database: SqliteDatabase, provider_id: ProviderId) -> None:
    """Delete a provider with everything that belongs to it; its elevations are not part of it."""
    ProviderRow.delete().where(ProviderRow.id == provider_id).execute(database)


def known_controllers(database: SqliteDatabase, provider_id: ProviderId) -> tuple[str, ...]:
    """The domain controllers of a provider as they were last seen."""
    rows = (
        KnownControllerRow.select()
        .where(KnownControllerRow.provider_id == provider_id, KnownControllerRow.left_at.is_null())
        .order_by(KnownControllerRow.position)
        .bind(database)
    )
    return tuple(row.host for row in rows)


def departed_controllers(database: SqliteDatabase, provider_id: ProviderId) -> dict[str, datetime]:
    """Those that left the list and did not answer, since when."""
    rows = (
        KnownControllerRow.select()
        .where(KnownControllerRow.provider_id == provider_id, ~KnownControllerRow.left_at.is_null())
        .order_by(KnownControllerRow.position)
        .bind(database)
    )
    return {row.host: row.left_at for row in rows if row.left_at is not None}


def remember_controllers(
    database: SqliteDatabase, provider_id: ProviderId, hosts: Sequence[str], departed: Mapping[str, datetime]
) -> None:
    """Keep the domain controllers of a provider in the place of those that were kept."""
    KnownControllerRow.delete().where(KnownControllerRow.provider_id == provider_id).execute(database)
    all_of_them = [*((host, None) for host in hosts), *departed.items()]
    _insert_all(
        database,
        KnownControllerRow,
        (
            {"provider_id": provider_id, "position": n, "host": host, "left_at": left_at}
            for n, (host, left_at) in enumerate(all_of_them)
        ),
    )


def _insert_all(database: SqliteDatabase, table: type[Model], rows: Iterable[dict[str, object]]) -> None:
    # One by one: SQLite limits the variables of a statement, and providers list thousands at most.
    for row in rows:
        table.insert(**row).execute(database)


def _listed(provider_id: ProviderId, objects: Sequence[tuple[ObjectRef, str]]) -> Iterable[dict[str, object]]:
    for position, (ref, display_name) in enumerate(objects):
        yield {
            "provider_id": provider_id,
            "position": position,
            "guid": ref.guid,
            "dn": ref.dn,
            "name": ref.name,
            "display_name": display_name,
        }


def _provider_values(provider: DomainProvider) -> dict[str, object]:
    connection, jit = provider.connection, provider.jit
    return {
        "id": provider.id,
        "name": provider.name,
        "server": connection.server,
        "method": connection.method.value,
        "port": connection.port,
        "sign_in": connection.sign_in.value,
        "bind_as": connection.bind_as,
        "trust": connection.trust.value,
        "ca_file": connection.ca_file,
        "fingerprint": connection.fingerprint,
        "connect_timeout_seconds": connection.connect_timeout_seconds,
        "request_timeout_seconds": connection.request_timeout_seconds,
        "privilege_sets_enabled": jit.privilege_sets_enabled,
        "group_prefix": jit.group_prefix,
        "location_guid": jit.location.guid if jit.location else None,
        "location_dn": jit.location.dn if jit.location else None,
        "location_name": jit.location.name if jit.location else None,
        "replication_latency_seconds": jit.replication_latency_seconds,
        "replication_mode": jit.replication_mode.value,
    }


def _policy_values(provider: DomainProvider) -> dict[str, object]:
    policy = provider.policy
    return {
        "provider_id": provider.id,
        "default_seconds": policy.default_seconds,
        "minimum_seconds": policy.minimum_seconds,
        "maximum_seconds": policy.maximum_seconds,
        "extension_allowed": policy.extension_allowed,
        "reason": policy.reason.value,
        "ticket": policy.ticket.value,
    }


def object_ref(guid: str, dn: str, name: str) -> ObjectRef:
    """A reference as three columns keep it."""
    return ObjectRef(ObjectGuid(guid), DistinguishedName(dn), name)


def _objects(
    database: SqliteDatabase, table: type[ListedObjectRow], provider_id: str
) -> list[tuple[ObjectRef, str]]:
    rows = table.select().where(table.provider_id == provider_id).order_by(table.position).bind(database)
    return [(object_ref(row.guid, row.dn, row.name), row.display_name) for row in rows]


def _sets(database: SqliteDatabase, provider_id: str) -> tuple[PrivilegeSet, ...]:
    members: dict[tuple[int, str], set[ObjectGuid]] = {}
    for member in SetMemberRow.select().where(SetMemberRow.provider_id == provider_id).bind(database):
        members.setdefault((member.set_position, member.kind), set()).add(ObjectGuid(member.guid))
    rows = (
        PrivilegeSetRow.select()
        .where(PrivilegeSetRow.provider_id == provider_id)
        .order_by(PrivilegeSetRow.position)
        .bind(database)
    )
    return tuple(
        PrivilegeSet(
            id=PrivilegeSetId(row.id),
            name=row.name,
            privileges=frozenset(members.get((row.position, "privilege"), ())),
            accounts=frozenset(members.get((row.position, "account"), ())),
        )
        for row in rows
    )


def _assembled(database: SqliteDatabase, row: ProviderRow) -> DomainProvider:
    try:
        return _provider(database, row)
    except UNREADABLE as error:
        raise UnreadableRow(str(error)) from error


def _provider(database: SqliteDatabase, row: ProviderRow) -> DomainProvider:
    policy = PolicyRow.select().where(PolicyRow.provider_id == row.id).get_or_none(database)
    if policy is None:
        raise ValueError(f"the provider {row.id} has no policy")
    if not all(0 <= seconds < LARGEST_NUMBER for seconds in (policy.minimum_seconds, policy.maximum_seconds)):
        raise ValueError(f"the provider {row.id} has a policy that can't be counted with")
    arguments = (
        SessionArgumentRow.select()
        .where(SessionArgumentRow.provider_id == row.id)
        .order_by(SessionArgumentRow.position)
        .bind(database)
    )
    location = None
    if row.location_guid is not None:
        location = object_ref(row.location_guid, row.location_dn or "", row.location_name or "")
    return DomainProvider(
        id=ProviderId(row.id),
        name=row.name,
        connection=ConnectionSettings(
            server=row.server,
            method=ConnectionMethod(row.method),
            port=row.port,
            sign_in=SignIn(row.sign_in),
            bind_as=row.bind_as,
            trust=CertificateTrust(row.trust),
            ca_file=row.ca_file,
            fingerprint=row.fingerprint,
            connect_timeout_seconds=row.connect_timeout_seconds,
            request_timeout_seconds=row.request_timeout_seconds,
        ),
        jit=JitSettings(
            privileges=tuple(
                ProviderPrivilege(ref, label) for ref, label in _objects(database, PrivilegeRow, row.id)
            ),
            privilege_sets_enabled=row.privilege_sets_enabled,
            privilege_sets=_sets(database, row.id),
            group_prefix=row.group_prefix,
            location=location,
            replication_latency_seconds=row.replication_latency_seconds,
            replication_mode=ReplicationMode(row.replication_mode),
        ),
        accounts=tuple(
            PrivilegedAccount(ref, label) for ref, label in _objects(database, AccountRow, row.id)
        ),
        policy=CheckoutPolicy(
            default_seconds=policy.default_seconds,
            minimum_seconds=policy.minimum_seconds,
            maximum_seconds=policy.maximum_seconds,
            extension_allowed=policy.extension_allowed,
            reason=FieldMode(policy.reason),
            ticket=FieldMode(policy.ticket),
            session_command=tuple(argument.value for argument in arguments),
        ),
    )
