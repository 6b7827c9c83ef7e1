# SPDX-License-Identifier: MIT
"""Makes providers and elevations for the tests of the store, ready-made and at random."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from jit_desktop.elevation.dn import escape_value
from jit_desktop.elevation.identity import (
    DistinguishedName,
    ElevationId,
    ObjectGuid,
    ObjectRef,
    PrivilegeSetId,
    ProviderId,
)
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Elevation, GrantedPrivilege, Mechanism, Transition
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
from jit_desktop.store import SqliteStore

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ACTOR = "CORP\\alice"
DOMAIN = "DC=corp,DC=example,DC=test"


def guid(number: int) -> ObjectGuid:
    return ObjectGuid(str(uuid.UUID(int=number)))


def ref(name: str, number: int) -> ObjectRef:
    return ObjectRef(guid(number), DistinguishedName(f"CN={escape_value(name)},{DOMAIN}"), name)


GROUP = ref("Remote Desktop Manager Admins", 1)
ACCOUNT = ref("_backupoperator15", 2)
LOCATION = ref("Internal", 3)


def provider(name: str = "Corp", number: int = 100) -> DomainProvider:
    return DomainProvider(
        id=ProviderId(guid(number)),
        name=name,
        connection=ConnectionSettings(server="dc1.corp.example.test", bind_as="CORP\\svc"),
        jit=JitSettings(
            privileges=(ProviderPrivilege(GROUP, "RDM Admins"),), group_prefix="RDM_JIT", location=LOCATION
        ),
        accounts=(PrivilegedAccount(ACCOUNT),),
    )


def elevation(number: int = 200, **changes: object) -> Elevation:
    base = Elevation(
        id=ElevationId(guid(number)),
        provider_id=provider().id,
        account=ACCOUNT,
        privileges=(GrantedPrivilege(GROUP, "RDM Admins"),),
        group_name=f"RDM_JIT_{guid(number)}",
        location=LOCATION,
        requested_by=ACTOR,
        requested_at=NOW,
        duration_seconds=7200,
        deadline=NOW + timedelta(hours=2),
        state=State.GRANTING,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def move(to: Elevation, event: Event, origin: State | None, at: datetime = NOW) -> Transition:
    return Transition(to.id, at, event, origin, to.state, ACTOR, "because")


def begin(store: SqliteStore, number: int = 200, **changes: object) -> Elevation:
    new = elevation(number, **changes)
    return store.begin(new, move(new, Event.REQUESTED, None))


def advance(
    store: SqliteStore, current: Elevation, event: Event, at: datetime = NOW, **changes: object
) -> Elevation:
    moved = current.after(event, **changes)
    return store.advance(moved, move(moved, event, current.state, at))


def ended(store: SqliteStore, number: int, at: datetime = NOW, **changes: object) -> Elevation:
    """An elevation that went all the way."""
    current = begin(store, number, **changes)
    for event in (Event.GRANTED, Event.REPLICATED, Event.END_STARTED):
        current = advance(store, current, event, at)
    return advance(store, current, Event.END_CONFIRMED, at, ended_at=at, end_reason=EndReason.CHECK_IN)


# --- at random --------------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
guids = st.uuids().map(lambda value: ObjectGuid(str(value)))
seconds = st.integers(0, 10**9)
moments = st.datetimes(
    min_value=datetime(1601, 1, 1),  # noqa: DTZ001 - Hypothesis asks for it so
    max_value=datetime(9000, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
names = lines.filter(lambda text: bool(text.strip()))
refs = st.builds(
    lambda g, name: ObjectRef(g, DistinguishedName(f"CN={escape_value(name)},{DOMAIN}"), name), guids, names
)
connections = st.builds(
    ConnectionSettings,
    server=texts,
    method=st.sampled_from(ConnectionMethod),
    port=st.integers(0, 65535),
    sign_in=st.sampled_from(SignIn),
    bind_as=texts,
    trust=st.sampled_from(CertificateTrust),
    ca_file=texts,
    fingerprint=texts,
    connect_timeout_seconds=seconds,
    request_timeout_seconds=seconds,
)
policies = st.builds(
    CheckoutPolicy,
    default_seconds=seconds,
    minimum_seconds=seconds,
    maximum_seconds=seconds,
    extension_allowed=st.booleans(),
    reason=st.sampled_from(FieldMode),
    ticket=st.sampled_from(FieldMode),
    session_command=st.lists(texts, max_size=4).map(tuple),
)


@st.composite
def providers(draw: st.DrawFn) -> DomainProvider:
    """Providers whose sets name what the provider lists."""
    objects = draw(st.lists(refs, max_size=8, unique_by=lambda r: r.guid))
    cut = draw(st.integers(0, len(objects)))
    privileges, accounts = objects[:cut], objects[cut:]
    sets = [
        PrivilegeSet(
            id=PrivilegeSetId(draw(guids)),
            name=draw(texts),
            privileges=frozenset(r.guid for r in privileges if draw(st.booleans())),
            accounts=frozenset(r.guid for r in accounts if draw(st.booleans())),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    return DomainProvider(
        id=ProviderId(draw(guids)),
        name=draw(texts),
        connection=draw(connections),
        jit=JitSettings(
            privileges=tuple(ProviderPrivilege(r, draw(texts)) for r in privileges),
            privilege_sets_enabled=draw(st.booleans()),
            privilege_sets=tuple(sets),
            group_prefix=draw(texts),
            location=draw(st.none() | refs),
            replication_latency_seconds=draw(seconds),
            replication_mode=draw(st.sampled_from(ReplicationMode)),
        ),
        accounts=tuple(PrivilegedAccount(r, draw(texts)) for r in accounts),
        policy=draw(policies),
    )


elevations = st.builds(
    Elevation,
    id=guids.map(ElevationId),
    provider_id=st.just(provider().id),
    account=refs,
    privileges=st.lists(st.builds(GrantedPrivilege, refs, texts), min_size=1, max_size=4).map(tuple),
    group_name=texts,
    location=refs,
    requested_by=texts,
    requested_at=moments,
    duration_seconds=seconds,
    deadline=moments,
    state=st.sampled_from([state for state in State if state.is_open]),
    reason=texts,
    ticket=texts,
    mechanism=st.sampled_from(Mechanism),
    directory_ends_at=st.none() | moments,
    domain_controller=texts,
    group_guid=st.none() | guids,
    granted_at=st.none() | moments,
    ready_at=st.none() | moments,
    ended_at=st.none() | moments,
    end_reason=st.none() | st.sampled_from(EndReason),
    failure=texts,
    attempts=st.integers(0, 1000),
    next_attempt_at=st.none() | moments,
    adopted=st.just(value=True),
    extending_to=st.none() | moments,
    unconfirmed_on=st.lists(texts, max_size=3).map(tuple),
)
