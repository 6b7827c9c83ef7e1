# SPDX-License-Identifier: MIT
"""Where an attack takes place: two domain controllers, an account, three groups, copies of the program."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jit_desktop.app import Application, application
from jit_desktop.commands.exit_codes import ExitCode, exit_code_for
from jit_desktop.commands.output import Output
from jit_desktop.commands.sweeping import sweep
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, ObjectRef, ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import CheckoutRequest, Elevation
from jit_desktop.elevation.ports import Clock, Listener
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import (
    CertificateTrust,
    CheckoutPolicy,
    ConnectionSettings,
    DomainProvider,
    JitSettings,
    PrivilegedAccount,
    ProviderPrivilege,
)
from tests.faults.liar import LyingProxy, in_front_of_both
from tests.samba.arena import Arena
from tests.samba.arena import arena as make_arena
from tests.samba.names import SERVICE
from tests.samba.pair import TwoControllers, seconds_until
from tests.samba.server import SambaDomain
from tests.samba.verifier import Verifier, sid_text
from tests.unit.elevation.helpers import Recorder

TIMEOUT_SECONDS = 3
"""Of every connection and request of the copies."""
LATE_SECONDS = 3
"""So long after a deadline the copies sweep: the domain controllers' clocks count whole seconds."""


REPLICATED_SECONDS = 5
"""Within so long one domain controller has what was written at the other."""
HEARD_SECONDS = 20
"""By then the other one has heard of what gives nothing any more, on a busy machine too."""


class Broken(AssertionError):
    """The promise did not hold."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Said:
    """What a sweep said: its exit code and its words."""

    code: int
    words: str

    @property
    def is_alarm(self) -> bool:
        return self.code == ExitCode.NOT_ENDED


NOTHING_SAID = Said(ExitCode.DONE, "")
"""Before the first sweep."""


@dataclass
class Copy:
    """One copy of the program: its folder, its person, the provider as it knows it."""

    ground: Field
    folder: Path
    provider: DomainProvider
    app: Application
    recorder: Recorder = field(default_factory=Recorder)

    def request(self, seconds: int) -> CheckoutRequest:
        """All privileges for the account."""
        return CheckoutRequest(
            provider_id=self.provider.id,
            account=self.provider.accounts[0].account.guid,
            privileges=tuple(p.group.guid for p in self.provider.jit.privileges),
            duration_seconds=seconds,
            requested_by=self.app.actor,
        )

    def check_out(self, seconds: int, listener: Listener | None = None) -> Elevation:
        """A grant that both domain controllers show before this returns."""
        made = self.app.service.check_out(self.request(seconds), listener or self.recorder)
        self.ground.until_held()
        return made

    def row(self, elevation: Elevation) -> Elevation:
        """The elevation as the database of this copy has it."""
        return self.app.store.elevation(elevation.id)

    def rows(self) -> list[Elevation]:
        """Everything that this copy knows of, open or not."""
        return [*self.app.store.open_elevations(), *self.app.store.history()]

    def tick(self) -> None:
        self.app.service.tick(self.recorder)

    def sweep(self) -> Said:
        """What `jit-desktop sweep` does, with what it prints and its exit code."""
        results, messages = io.StringIO(), io.StringIO()
        output = Output(results=results, messages=messages)
        arguments = Namespace(provider="", password_stdin=False, every=None, json=False)
        try:
            code = sweep(self.app, arguments, output)
        except JitError as error:
            code = exit_code_for(error)
            output.error(error)
        return Said(int(code), results.getvalue() + messages.getvalue())

    def command(
        self, *words: str, prefix: tuple[str, ...] = (), folder: Path | None = None, seconds: float = 60
    ) -> Said:
        """A command in a process of its own, with the password on its standard input."""
        done = subprocess.run(
            [*prefix, *self.words(*words, folder=folder)],
            input=self.ground.pair.dc1.service.password + "\n",
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=seconds,
            env=self.environment,
            check=False,
        )
        return Said(done.returncode, done.stdout + done.stderr)

    def words(self, *words: str, folder: Path | None = None) -> list[str]:
        """The command line of a command that asks for its password."""
        program = [sys.executable, "-m", "jit_desktop", "--data-dir", str(folder or self.folder)]
        return [*program, *words, "--password-stdin"]

    @property
    def environment(self) -> Mapping[str, str]:
        root = Path(__file__).parents[2]
        return {**os.environ, **self.ground.pair.dc1.environment, "PYTHONUTF8": "1", "PYTHONPATH": str(root)}


class Field:
    """One attack's corner of the domain; `proxies` stand in front of both where it asked for them."""

    def __init__(self, pair: TwoControllers, arena: Arena, stack: ExitStack, folder: Path) -> None:
        self.pair, self.arena, self.stack, self.folder = pair, arena, stack, folder
        self.verifiers: dict[str, Verifier] = {
            domain.host: stack.enter_context(domain.verifier()) for domain in pair.domains
        }
        self._sids = [sid_text(arena.verifier.sid(dn)) for dn in arena.targets]
        self.proxies: tuple[LyingProxy, LyingProxy] | None = None
        self._id = ProviderId(str(uuid.uuid4()))

    @property
    def admin(self) -> Verifier:
        """The administrator, at dc1."""
        return self.arena.verifier

    def lie(self) -> tuple[LyingProxy, LyingProxy]:
        """Stand in front of both domain controllers from now on, for every copy that is made later."""
        self.proxies = self.stack.enter_context(in_front_of_both(*self.pair.domains))
        return self.proxies

    def keep(self) -> Path:
        """A snapshot of both domain controllers, into which both go back when the attack is over."""
        folder = self.folder / "snapshot"
        self.pair.keep(folder)
        self.stack.callback(self._all_as_before, folder)
        self.look_afresh()
        return folder

    def _all_as_before(self, folder: Path) -> None:
        self.pair.go_back(folder)
        self.look_afresh()
        for domain in self.pair.domains:
            self.let_hear(domain, True)

    def go_back(self, folder: Path, which: SambaDomain) -> None:
        """One domain controller alone goes back to a snapshot."""
        self.pair.go_back(folder, which)
        self.look_afresh()

    def look_afresh(self) -> None:
        """The connections of before are cut."""
        self.verifiers = {d.host: self.stack.enter_context(d.verifier()) for d in self.pair.domains}
        self.arena = replace(self.arena, verifier=self.verifiers[self.pair.dc1.host])

    # --- copies -------------------------------------------------------------------------------------------

    def provider(
        self, *, at: SambaDomain | None = None, policy: CheckoutPolicy | None = None
    ) -> DomainProvider:
        """The provider as a copy is set up with it, with its server at dc1 unless another is given."""
        arena, server = self.arena, at or self.pair.dc1
        targets = (arena.global_target, arena.domain_local_target, arena.universal_target)
        return DomainProvider(
            id=self._id,
            name="corp",
            connection=ConnectionSettings(
                server=server.host,
                port=self.proxies[0].port if self.proxies else 636,
                bind_as=server.service.upn,
                trust=CertificateTrust.CA_FILE,
                ca_file=str(server.ca_file),
                connect_timeout_seconds=TIMEOUT_SECONDS,
                request_timeout_seconds=TIMEOUT_SECONDS,
            ),
            jit=JitSettings(
                privileges=tuple(ProviderPrivilege(self.ref(dn)) for dn in targets),
                group_prefix="RDM_JIT",
                location=self.ref(arena.creation_ou),
            ),
            accounts=(PrivilegedAccount(self.ref(arena.account)),),
            policy=policy or CheckoutPolicy(minimum_seconds=1),
        )

    def copy(
        self,
        person: str = "CORP\\alice",
        *,
        provider: DomainProvider | None = None,
        folder: Path | None = None,
        new: bool = True,
        clock: Clock | None = None,
    ) -> Copy:
        """The program with a database of its own; with ``folder`` and not ``new``: started again on that."""
        provider = provider or self.provider()
        folder = folder or self.folder / f"copy-{uuid.uuid4()}"
        app = self.stack.enter_context(application(folder, actor=person, clock=clock))
        if new:
            app.store.save_provider(provider, at=datetime.now(UTC), actor=person)
        else:
            provider = app.store.provider(provider.id)
        app.secrets.remember(provider.id, Secret(SERVICE.password), keep=False)
        return Copy(self, folder, provider, app)

    def ref(self, dn: str) -> ObjectRef:
        """An object of the domain as the settings keep it."""
        guid = ObjectGuid(str(uuid.UUID(bytes_le=self.admin.guid(dn))))
        name = self.admin.text(dn, "sAMAccountName") or self.admin.text(dn, "name") or ""
        return ObjectRef(guid, DistinguishedName(dn), name)

    # --- what is there ------------------------------------------------------------------------------------

    def held(self, account: str = "") -> dict[str, int]:
        """By domain controller: how many of the three groups a logon of the account, or of another one, there
        would carry."""
        found = {}
        for host, verifier in self.verifiers.items():
            tokens = verifier.token_groups(account or self.arena.account)
            found[host] = sum(sid in tokens for sid in self._sids)
        return found

    def is_held(self) -> bool:
        """Whether the account has anything anywhere."""
        return any(self.held().values())

    def memberships(self) -> dict[str, list[str]]:
        """By domain controller: what is a member of the three groups."""
        return {
            host: sorted(m for dn in self.arena.targets for m in verifier.members(dn))
            for host, verifier in self.verifiers.items()
        }

    def group(self, elevation: Elevation) -> str:
        """Where the temporary group was made."""
        return f"CN={elevation.group_name},{self.arena.creation_ou}"

    def until_held(self) -> None:
        """Both show all rights."""
        seconds_until(lambda: set(self.held().values()) == {3}, at_most=30)

    # --- time ---------------------------------------------------------------------------------------------

    def wait_past(self, elevation: Elevation, seconds: float = LATE_SECONDS) -> None:
        """Until so long after its deadline, or so long after now where that has passed."""
        left = (elevation.deadline - datetime.now(UTC)).total_seconds()
        time.sleep(max(0.0, left) + seconds)

    # --- the promise --------------------------------------------------------------------------------------

    def require_gone(self, *, within: float = 0) -> None:
        """Nothing is held on either one: at once, or ``within`` seconds; and nothing hangs in the groups when
        the other one has heard of it, which gives nothing until then."""
        self._wait(lambda: not self.is_held(), within)
        if self.is_held():
            raise Broken("outlived_deadline", f"rights held past the deadline: {self.held()}")
        self._wait(lambda: not any(self.memberships().values()), HEARD_SECONDS)
        left = {host: there for host, there in self.memberships().items() if there}
        if left:
            raise Broken("outlived_deadline", f"still members of the groups: {left}")

    def require_held(self, why: str) -> None:
        """All is held on both."""
        if set(self.held().values()) != {3}:
            raise Broken("wrong", f"{why}: {self.held()}")

    def require_not_silent(self, said: Said, why: str = "") -> None:
        """What is held past its deadline, also when dc2 could have heard of an end, is an alarm with exit
        code 7."""
        self._wait(lambda: not self.is_held(), 0 if said.is_alarm else REPLICATED_SECONDS)
        if self.is_held() and not said.is_alarm:
            words = " ".join(said.words.split())[:300]
            raise Broken("outlived_deadline", f"{why} held {self.held()} and exit code {said.code}: {words}")

    def require_open(self, copy: Copy, elevation: Elevation, why: str) -> None:
        """What is still held is not said to be over."""
        row = copy.row(elevation)
        if not row.is_open:
            raise Broken("outlived_deadline", f"{why}: {row.state.value}, {row.end_reason}")

    def require_no_alarm(self, copy: Copy, *elevations: Elevation) -> None:
        """No copy ever called any of these overdue."""
        alarmed = [
            e.id
            for e in elevations or copy.rows()
            if any(t.to_state is State.OVERDUE for t in copy.app.store.transitions(e.id))
        ]
        if alarmed:
            raise Broken("false_alarms", f"{len(alarmed)} elevations were overdue")

    def until_over(self, copy: Copy, elevation: Elevation, *, at_most: float = 30) -> None:
        """Sweeps until this copy calls it over, and nothing is left."""

        def over() -> bool:
            copy.sweep()
            return not copy.row(elevation).is_open

        try:
            seconds_until(over, at_most=at_most)
        except TimeoutError:
            raise Broken("wrong", f"still {copy.row(elevation).state.value}") from None
        self.require_gone()

    def _wait(self, what: Callable[[], bool], seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            seconds_until(what, at_most=seconds)

    # --- the administrator --------------------------------------------------------------------------------

    @contextmanager
    def no_replication_to_dc2(self) -> Iterator[None]:
        """dc2 hears of nothing new meanwhile."""
        self.let_hear(self.pair.dc2, False)
        try:
            yield
        finally:
            self.let_hear(self.pair.dc2, True)

    def let_hear(self, which: SambaDomain, is_to_hear: bool) -> None:
        """Whether it takes what is new at the other one ([MS-ADTS] 6.1.1.2.2.1.2.1.1, options of NTDS
        Settings)."""
        from tests.samba.names import BASE_DN

        name = which.host.split(".", 1)[0].upper()
        settings = (
            f"CN=NTDS Settings,CN={name},CN=Servers,CN=Default-First-Site-Name,CN=Sites,"
            f"CN=Configuration,{BASE_DN}"
        )
        self.verifiers[which.host].set_attribute(settings, "options", 0 if is_to_hear else 2)


@contextmanager
def field_on(pair: TwoControllers) -> Iterator[Field]:
    """A field for one attack, removed again whatever became of it."""
    folder = Path(tempfile.mkdtemp(prefix="jit-attack-"))
    with make_arena(pair.dc1) as arena:
        pair.await_replication()
        try:
            with ExitStack() as stack:
                yield Field(pair, arena, stack, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            pair.restore()


def changed(provider: DomainProvider, **policy: Any) -> DomainProvider:
    """The provider with another policy."""
    return replace(provider, policy=replace(provider.policy, **policy))


HOUR = timedelta(hours=1)
