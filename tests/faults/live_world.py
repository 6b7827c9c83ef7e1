# SPDX-License-Identifier: MIT
"""The core on the real domain: SQLite, ldap3 over verified TLS through a proxy; nothing is mocked."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, ObjectRef, ProviderId
from jit_desktop.elevation.model import CheckoutRequest, Elevation
from jit_desktop.elevation.ports import CancelToken, Clock, Listener
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.service import ElevationService
from jit_desktop.elevation.settings import (
    CertificateTrust,
    CheckoutPolicy,
    ConnectionSettings,
    DomainProvider,
    JitSettings,
    PrivilegedAccount,
    ProviderPrivilege,
)
from jit_desktop.platform.clock import SystemClock
from jit_desktop.platform.secrets import KeyringSecrets
from jit_desktop.store import SqliteStore
from tests.faults.proxy import LdapProxy
from tests.samba.arena import Arena
from tests.samba.names import Credentials
from tests.samba.server import SambaDomain
from tests.samba.windows_like import MovedClock, WindowsLikeProxy
from tests.unit.elevation.helpers import Recorder

PERSON = "CORP\\alice"


@dataclass
class LiveWorld:
    """A provider on the real domain and what a test does with it."""

    domain: SambaDomain
    arena: Arena
    proxy: LdapProxy
    store: SqliteStore
    recorder: Recorder = field(default_factory=Recorder)
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        self.secrets = KeyringSecrets(None)
        self.service = self.another_copy(self.store)
        targets = [self.arena.global_target, self.arena.domain_local_target, self.arena.universal_target]
        self.provider = DomainProvider(
            id=ProviderId(str(uuid.uuid4())),
            name="corp",
            connection=ConnectionSettings(
                server=self.domain.host,
                port=self.proxy.port,
                bind_as=self.domain.service.upn,
                trust=CertificateTrust.CA_FILE,
                ca_file=str(self.domain.ca_file),
                connect_timeout_seconds=3,
                request_timeout_seconds=3,
            ),
            jit=JitSettings(
                privileges=tuple(ProviderPrivilege(self.ref(dn)) for dn in targets),
                group_prefix="RDM_JIT",
                location=self.ref(self.arena.creation_ou),
            ),
            accounts=(PrivilegedAccount(self.ref(self.arena.account)),),
            policy=CheckoutPolicy(minimum_seconds=1),
        )
        self.save(self.provider)
        self.sign_in(self.domain.service)

    def another_copy(self, store: SqliteStore, person: str = PERSON) -> ElevationService:
        """The program started again, or by somebody else."""
        return ElevationService(
            store=store,
            connector=DirectoryConnector(),
            secrets=self.secrets,
            clock=self.clock,
            actor=person,
        )

    def ref(self, dn: str) -> ObjectRef:
        """An object of the domain as the settings keep it."""
        guid = ObjectGuid(str(uuid.UUID(bytes_le=self.arena.verifier.guid(dn))))
        name = self.arena.verifier.text(dn, "sAMAccountName") or self.arena.verifier.text(dn, "name") or ""
        return ObjectRef(guid, DistinguishedName(dn), name)

    def save(self, provider: DomainProvider) -> None:
        self.provider = provider
        self.store.save_provider(provider, at=self.clock.utc_now(), actor=PERSON)

    def sign_in(self, who: Credentials) -> None:
        self.secrets.remember(self.provider.id, Secret(who.password), keep=False)
        if self.provider.connection.bind_as != who.upn:
            self.save(replace(self.provider, connection=replace(self.provider.connection, bind_as=who.upn)))

    def offer(self, *groups: str) -> None:
        """Let the provider's privileges be these groups."""
        privileges = tuple(ProviderPrivilege(self.ref(dn)) for dn in groups)
        self.save(replace(self.provider, jit=replace(self.provider.jit, privileges=privileges)))

    def lend_to(self, account: str) -> None:
        """Let the provider's only privileged account be this one."""
        self.save(replace(self.provider, accounts=(PrivilegedAccount(self.ref(account)),)))

    def create_in(self, ou: str) -> None:
        """Let temporary groups be made there."""
        self.save(replace(self.provider, jit=replace(self.provider.jit, location=self.ref(ou))))

    def request(self, *, seconds: int = 7200) -> CheckoutRequest:
        """All privileges for the account."""
        return CheckoutRequest(
            provider_id=self.provider.id,
            account=self.provider.accounts[0].account.guid,
            privileges=tuple(p.group.guid for p in self.provider.jit.privileges),
            duration_seconds=seconds,
            requested_by=PERSON,
        )

    def check_out(
        self, *, seconds: int = 7200, listener: Listener | None = None, cancel: CancelToken | None = None
    ) -> Elevation:
        return self.service.check_out(self.request(seconds=seconds), listener or self.recorder, cancel)

    def the_one(self) -> Elevation:
        """The only elevation there is, as the store has it."""
        (elevation,) = [*self.store.open_elevations(), *self.store.history()]
        return elevation

    # --- what the second connection sees --------------------------------------------------------------------

    def holds_all(self) -> bool:
        account = self.provider.accounts[0].account.dn
        targets = [p.group.dn for p in self.provider.jit.privileges]
        return all(self.arena.verifier.is_effective_member(account, dn) for dn in targets)

    def holds_none(self) -> bool:
        account = self.provider.accounts[0].account.dn
        targets = [p.group.dn for p in self.provider.jit.privileges]
        return not any(self.arena.verifier.is_effective_member(account, dn) for dn in targets)

    def nothing_left(self) -> bool:
        return self.holds_none() and not self.arena.temporary_groups()


@contextmanager
def live_world(domain: SambaDomain, arena: Arena, proxy: LdapProxy, folder: Path) -> Iterator[LiveWorld]:
    """A world whose database is in ``folder``; in front of what imitates Windows the PC's clocks go with the
    domain's when a test puts that forward."""
    clock: Clock = MovedClock(proxy.clock) if isinstance(proxy, WindowsLikeProxy) else SystemClock()
    with SqliteStore(folder) as store:
        yield LiveWorld(domain, arena, proxy, store, clock=clock)
