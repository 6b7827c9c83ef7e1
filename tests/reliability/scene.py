# SPDX-License-Identifier: MIT
"""The whole program but its windows on the real domain, with a clock that can be put forward; nothing is
mocked.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.directory.ldap_directory import LdapDirectory
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, ObjectRef, ProviderId
from jit_desktop.elevation.memory import RememberingStore
from jit_desktop.elevation.model import CheckoutRequest, Elevation
from jit_desktop.elevation.ports import Clock
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
from jit_desktop.store.database import BUSY_SECONDS
from tests.samba.arena import Arena
from tests.samba.arena import arena as make_arena
from tests.samba.server import SambaDomain
from tests.unit.elevation.helpers import Recorder

PERSON = "CORP\\alice"
SECONDS = 7200
"""How long an elevation is asked for."""
LONGER = 3600
"""By how much it is extended."""
_current_time = LdapDirectory.current_time


class Shift:
    """How far all clocks of this process, the domain's among them, are ahead of the real ones.

    held      they stand still there, so that a look at a moment is a look at that moment on any machine
    of_host   how far a domain controller's clock is ahead of the others', by its name
    """

    seconds = 0.0
    held: datetime | None = None
    of_host: ClassVar[dict[str, float]] = {}

    @classmethod
    def now(cls) -> datetime:
        """UTC by the shifted clocks."""
        return cls.held or datetime.now(UTC) + timedelta(seconds=cls.seconds)

    @classmethod
    def hold_at(cls, at: datetime) -> None:
        """Put the clocks to ``at`` and stop them there."""
        cls.seconds, cls.held = (at - datetime.now(UTC)).total_seconds(), at

    @classmethod
    def let_go(cls) -> None:
        """Let the clocks go on from where they were stopped."""
        if cls.held is not None:
            cls.seconds, cls.held = (cls.held - datetime.now(UTC)).total_seconds(), None

    @classmethod
    def reset(cls) -> None:
        """The real clocks again."""
        cls.seconds, cls.held = 0.0, None
        cls.of_host.clear()


_ORIGIN = (datetime.now(UTC), SystemClock().monotonic())


class ShiftedClock(SystemClock):
    """The computer's clocks, put forward, or stopped."""

    def utc_now(self) -> datetime:
        return Shift.now()

    def monotonic(self) -> float:
        return _ORIGIN[1] + (Shift.now() - _ORIGIN[0]).total_seconds()


def shift_the_domain() -> None:
    """Let what the domain controllers say be put forward too; for the rest of this process."""

    def current_time(self: LdapDirectory) -> datetime:
        told = _current_time(self) + timedelta(seconds=Shift.seconds)
        ahead = Shift.of_host.get(self.info.controller, 0.0)
        return (Shift.held or told) + timedelta(seconds=ahead)

    LdapDirectory.current_time = current_time  # type: ignore[method-assign]


@dataclass
class Place:
    """A corner of the domain for cases one after the other, each of which leaves it as it was."""

    domain: SambaDomain
    arena: Arena
    folder: Path
    port: int = 0
    timeout_seconds: int = 10
    clock: Clock = field(default_factory=ShiftedClock)
    provider: DomainProvider = field(init=False)

    def __post_init__(self) -> None:
        targets = (self.arena.global_target, self.arena.domain_local_target, self.arena.universal_target)
        self.provider = DomainProvider(
            id=ProviderId(str(uuid.uuid4())),
            name="corp",
            connection=ConnectionSettings(
                server=self.domain.host,
                port=self.port,
                bind_as=self.domain.service.upn,
                trust=CertificateTrust.CA_FILE,
                ca_file=str(self.domain.ca_file),
                connect_timeout_seconds=self.timeout_seconds,
                request_timeout_seconds=self.timeout_seconds,
            ),
            jit=JitSettings(
                privileges=tuple(ProviderPrivilege(self.ref(dn)) for dn in targets),
                group_prefix="RDM_JIT",
                location=self.ref(self.arena.creation_ou),
            ),
            accounts=(PrivilegedAccount(self.ref(self.arena.account)),),
            policy=CheckoutPolicy(minimum_seconds=1),
        )
        self._template = self.folder / "template"
        self._templates: dict[str, Path] = {}
        self._save(self._template, self.provider)

    def _save(self, folder: Path, provider: DomainProvider) -> None:
        with Program(self, folder) as program:
            program.store.save_provider(provider, at=program.clock.utc_now(), actor=PERSON)

    def ref(self, dn: str) -> ObjectRef:
        """An object of the domain as the settings keep it."""
        verifier = self.arena.verifier
        name = verifier.text(dn, "sAMAccountName") or verifier.text(dn, "name") or ""
        return ObjectRef(ObjectGuid(str(uuid.UUID(bytes_le=verifier.guid(dn)))), DistinguishedName(dn), name)

    def through(self, port: int, *, timeout_seconds: int) -> None:
        """Let new databases lead to the domain through a proxy."""
        self.provider = replace(
            self.provider,
            connection=replace(
                self.provider.connection,
                port=port,
                connect_timeout_seconds=timeout_seconds,
                request_timeout_seconds=timeout_seconds,
            ),
        )
        self._templates.clear()
        self._save(self._template, self.provider)

    def empty_database(self, changed: Callable[[DomainProvider], DomainProvider] | None = None) -> Path:
        """A folder with a database that knows the provider (``changed``, where given) and nothing else."""
        template = self._template
        if changed is not None:
            name = changed.__qualname__
            if name not in self._templates:
                self._templates[name] = Path(tempfile.mkdtemp(dir=self.folder))
                self._save(self._templates[name], changed(self.provider))
            template = self._templates[name]
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copytree(template, folder, dirs_exist_ok=True)
        return folder

    # what the second connection sees

    def groups(self) -> list[str]:
        """Distinguished names of the temporary groups there are. A marker of an extension is none: it has no
        member and gives nothing."""
        verifier = self.arena.verifier
        everything = sorted(self.arena.temporary_groups())
        return [dn for dn in everything if '"ext"' not in (verifier.text(dn, "info") or "")]

    def gives(self, group: str) -> bool:
        """Whether a temporary group is in any of the targets."""
        return bool(self.arena.verifier.read(group, "memberOf")["memberOf"])

    def held(self, account: str = "") -> int:
        """How many of the three targets the account (or another one) is in, as a new logon would show it."""
        tokens = self.arena.verifier.token_groups(account or self.arena.account)
        return sum(self._sid(dn) in tokens for dn in self.arena.targets)

    def deadlines(self) -> list[datetime]:
        """Those that stand in the records of the temporary groups."""
        found = []
        for dn in self.groups():
            text = self.arena.verifier.text(dn, "info") or "{}"
            with suppress(ValueError, KeyError):
                found.append(datetime.fromisoformat(json.loads(text)["end"]))
        return found

    def _sid(self, dn: str) -> str:
        from tests.samba.verifier import sid_text

        return sid_text(self.arena.verifier.sid(dn))

    @contextmanager
    def own_eyes(self) -> Iterator[None]:
        """In a forked process: a second connection of its own instead of its parent's."""
        parents = self.arena
        with self.domain.verifier() as verifier:
            self.arena = replace(parents, verifier=verifier)
            try:
                yield
            finally:
                self.arena = parents

    def tidy(self) -> None:
        """Remove what a case left."""
        for dn in self.arena.temporary_groups():
            self.arena.verifier.delete(dn)


class Program:
    """The program, started on the database in `folder`."""

    def __init__(
        self,
        place: Place,
        folder: Path,
        *,
        person: str = PERSON,
        busy_seconds: float = BUSY_SECONDS,
        remembers: bool = False,
    ) -> None:
        self.place = place
        self.folder = folder
        self.clock = place.clock
        self.recorder = Recorder()
        self.store = SqliteStore(folder, busy_seconds=busy_seconds)
        self.secrets = secrets = KeyringSecrets(None)
        secrets.remember(place.provider.id, Secret(place.domain.service.password), keep=False)
        self.service = ElevationService(
            store=self._remembering(person) if remembers else self.store,
            connector=DirectoryConnector(),
            secrets=secrets,
            clock=self.clock,
            actor=person,
        )

    def _remembering(self, person: str) -> RememberingStore:
        """As the program has it: what it wrote and read stays known while the store fails."""
        clock = self.clock
        return RememberingStore(self.store, now=clock.utc_now, monotonic=clock.monotonic, actor=person)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()

    def request(self) -> CheckoutRequest:
        """All three targets."""
        provider = self.place.provider
        return CheckoutRequest(
            provider_id=provider.id,
            account=provider.accounts[0].account.guid,
            privileges=tuple(p.group.guid for p in provider.jit.privileges),
            duration_seconds=SECONDS,
            requested_by=PERSON,
        )

    def check_out(self) -> Elevation:
        return self.service.check_out(self.request(), self.recorder)

    def the_open(self) -> Elevation:
        (elevation,) = self.store.open_elevations()
        return elevation

    def tick(self) -> None:
        self.service.tick(self.recorder)

    def sweep(self) -> None:
        self.service.sweep(self.place.provider.id, self.recorder)


@contextmanager
def place_in(domain: SambaDomain) -> Iterator[Place]:
    """A corner of its own, for one process: clocks of this process are shifted from here on."""
    shift_the_domain()
    Shift.reset()
    folder = Path(tempfile.mkdtemp(prefix="jit-reliability-"))
    try:
        with make_arena(domain) as arena:
            yield Place(domain, arena, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
