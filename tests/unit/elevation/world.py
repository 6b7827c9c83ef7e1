"""The core with its real rules between the demo domain and a store in memory; tests move the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from jit_desktop.directory.demo import (
    DemoConnector,
    DemoConsole,
    FaultPlan,
    demo_factory,
    demo_provider,
    domain,
)
from jit_desktop.directory.demo.faults import Operation
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.model import CheckoutRequest, Elevation
from jit_desktop.elevation.ports import Abilities, CancelToken, Store
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.service import ElevationService
from jit_desktop.elevation.settings import DomainProvider, ReplicationMode
from tests.unit.elevation.helpers import ManualClock, MemoryStore, Recorder

ALICE = "CORP\\alice"
TAKING_BACK = (Operation.TAKE_OUT, Operation.EMPTY_GROUP, Operation.DELETE_GROUP)
"""Every write by which a right is taken back."""


class NoSecrets:
    """No password is known; the demo domain needs none."""

    can_keep = False

    def password(self, provider_id: object) -> Secret | None:
        return None

    def remember(self, provider_id: object, password: Secret, *, keep: bool) -> None: ...

    def forget(self, provider_id: object) -> None: ...


_HAS = domain._has


@dataclass
class World:
    """Everything that one test needs, with the words it needs it in."""

    latency_seconds: int = 0
    mode: ReplicationMode = ReplicationMode.FIXED
    clock: ManualClock = field(default_factory=ManualClock)
    faults: FaultPlan = field(default_factory=FaultPlan)
    store: MemoryStore = field(default_factory=MemoryStore)
    abilities: Abilities = field(default_factory=Abilities)
    """What the directory ends by itself; nothing where a test does not say so."""
    recorder: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        self.connector: DemoConnector = demo_factory(
            None, self.clock, faults=self.faults, latency_seconds=0, abilities=self.abilities
        )
        self.console = DemoConsole(self.connector.domain)
        made = demo_provider()
        self.change(
            replace(
                made,
                jit=replace(
                    made.jit, replication_latency_seconds=self.latency_seconds, replication_mode=self.mode
                ),
            )
        )
        self.service = self.another_copy(self.store)

    @property
    def provider(self) -> DomainProvider:
        return self.store.providers()[0]

    def change(self, provider: DomainProvider) -> None:
        self.store.save_provider(provider, at=self.clock.utc_now(), actor=ALICE)

    def another_copy(self, store: Store, actor: str = ALICE) -> ElevationService:
        """The program started again, or somewhere else, on the same domain."""
        if isinstance(store, MemoryStore) and not store.kept_providers:
            store.kept_providers = dict(self.store.kept_providers)
        return ElevationService(
            store=store,
            connector=self.connector,
            secrets=NoSecrets(),
            clock=self.clock,
            actor=actor,
        )

    def account(self, name: str = "_backupoperator15") -> ObjectGuid:
        return next(a.account.guid for a in self.provider.accounts if a.account.name == name)

    def privilege(self, name: str = "Remote Desktop Manager Admins") -> ObjectGuid:
        return next(p.group.guid for p in self.provider.jit.privileges if p.group.name == name)

    def request(
        self,
        *names: str,
        account: str = "_backupoperator15",
        seconds: int = 7200,
        change: Callable[[CheckoutRequest], CheckoutRequest] = lambda r: r,
    ) -> CheckoutRequest:
        chosen = tuple(self.privilege(n) for n in names or ("Remote Desktop Manager Admins",))
        made = CheckoutRequest(
            self.provider.id, self.account(account), chosen, seconds, ALICE, "Restore test"
        )
        return change(made)

    def check_out(self, *names: str, cancel: CancelToken | None = None, **options: object) -> Elevation:
        request = self.request(*names, **options)  # type: ignore[arg-type]
        return self.service.check_out(request, self.recorder, cancel)

    def tick(self) -> None:
        self.service.tick(self.recorder)

    def settle(self) -> None:
        """Let every domain controller hear of everything, and the program of that."""
        for _ in range(3):
            self.clock.advance(7)
            self.tick()

    def stop_replication(self, monkeypatch: pytest.MonkeyPatch, host: str = "") -> None:
        """Let nothing that is written from now on reach the domain controller ``host``; without one, let it
        reach none but that on which it is written."""
        since = self.connector.domain.now()
        monkeypatch.setattr(
            domain,
            "_has",
            lambda controller, change, now: (
                _HAS(controller, change, now)
                and (
                    (host and controller.host != host)
                    or change.controller == controller.host
                    or change.at is None
                    or change.at < since
                )
            ),
        )

    def go_back(self, monkeypatch: pytest.MonkeyPatch, host: str, since: datetime) -> None:
        """Let ``host`` forget what was written, there or elsewhere, from ``since`` until now, as one that
        goes back to a snapshot; nobody sends it that again. What every one had at a later write is settled,
        and stays."""
        until = self.connector.domain.now()
        has = domain._has
        monkeypatch.setattr(
            domain,
            "_has",
            lambda controller, change, now: (
                has(controller, change, now)
                and (controller.host != host or change.at is None or not since <= change.at <= until)
            ),
        )

    def stored(self, elevation: Elevation) -> Elevation:
        return self.store.kept[elevation.id]

    def only(self) -> Elevation:
        (elevation,) = self.store.kept.values()
        return elevation

    # --- what the domain shows, looked at past the program --------------------------------------------------

    def groups_there(self) -> list[str]:
        """Names of the temporary groups in the creation location."""
        location = self.provider.jit.location
        assert location is not None
        with self.connector.connect(self.provider.connection) as directory:
            return [g.name for g in directory.temporary_groups(location.dn, "")]

    def holds(
        self,
        name: str = "Remote Desktop Manager Admins",
        account: str = "_backupoperator15",
        *,
        server: str = "",
    ) -> bool:
        """Whether the account holds the rights of the group now, by ``server`` where one is named."""
        with self.connector.connect(self.provider.connection, server=server) as directory:
            sid = directory.read(self.privilege(name)).sid
            return sid in directory.token_groups(self.account(account))

    def nothing_left(self, account: str = "_backupoperator15") -> bool:
        names: Iterable[str] = (p.group.name for p in self.provider.jit.privileges)
        return not self.groups_there() and not any(self.holds(n, account) for n in names)
