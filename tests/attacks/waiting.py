# SPDX-License-Identifier: MIT
"""One domain's trouble, or many that are due at once, make nothing late."""

from __future__ import annotations

import io
import os
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from keyring.backend import KeyringBackend

from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.commands.output import Output
from jit_desktop.commands.serving import Service
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.service import ElevationService
from jit_desktop.elevation.settings import ConnectionMethod, ConnectionSettings, DomainProvider
from jit_desktop.platform.secrets import KeyringSecrets
from tests.attacks.doings import FEW
from tests.attacks.field import Broken, Copy, Field
from tests.attacks.registry import attack
from tests.samba.names import SERVICE

_KIND = "what is due waits for something else"
_LATEST_SECONDS = 5


def _second_provider(field: Field, copy: Copy, port: int, *, starttls: bool = False) -> DomainProvider:
    """Of a name that sorts before the healthy one, leading to a listener of the test."""
    usual = ConnectionSettings()
    connection = replace(
        copy.provider.connection,
        port=port,
        connect_timeout_seconds=usual.connect_timeout_seconds,
        request_timeout_seconds=usual.request_timeout_seconds,
    )
    if starttls:
        connection = replace(connection, method=ConnectionMethod.STARTTLS)
    provider = replace(
        copy.provider, id=ProviderId(str(uuid.uuid4())), name="aaa first", connection=connection
    )
    copy.app.store.save_provider(provider, at=copy.app.clock.utc_now(), actor=copy.app.actor)
    copy.app.secrets.remember(provider.id, Secret(SERVICE.password), keep=False)
    return provider


def _healthy_beside(field: Field, copy: Copy) -> None:
    """The elevation of the healthy provider ends in time, as a service does it."""
    elevation = copy.check_out(14)
    process = _start_service(copy)
    try:
        field.wait_past(elevation, 0)
        field.require_gone(within=_LATEST_SECONDS)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=15)
        except Exception as error:
            process.kill()
            process.communicate()
            raise Broken("wrong", f"the service did not hear SIGTERM: {error}") from error


def _start_service(copy: Copy):  # type: ignore[no-untyped-def]
    import os
    import subprocess
    import sys
    from pathlib import Path

    program = Path(__file__).with_name("service.py")
    return subprocess.Popen(
        [sys.executable, str(program), str(copy.folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **copy.environment},
    )


@attack(_KIND, "a second provider whose domain controllers answer nothing", short=True)
def silent_provider(field: Field) -> None:
    copy = field.copy()
    with _listening(_silent) as port:
        other = _second_provider(field, copy, port)
        _one_open(copy, other)
        _healthy_beside(field, copy)


@attack(_KIND, "a second provider that drips its StartTLS answer")
def dripping_start_tls(field: Field) -> None:
    copy = field.copy()
    with _listening(_dripping) as port:
        other = _second_provider(field, copy, port, starttls=True)
        _one_open(copy, other)
        _healthy_beside(field, copy)


def _one_open(copy: Copy, provider: DomainProvider) -> None:
    """So that there is something to be done for it: an elevation that is due."""
    from datetime import UTC, datetime, timedelta

    from jit_desktop.elevation.identity import ElevationId
    from jit_desktop.elevation.lifecycle import Event, State
    from jit_desktop.elevation.model import Elevation, GrantedPrivilege, Transition

    assert provider.jit.location is not None
    at = datetime.now(UTC) - timedelta(seconds=60)
    elevation = Elevation(
        id=ElevationId(str(uuid.uuid4())),
        provider_id=provider.id,
        account=provider.accounts[0].account,
        privileges=(GrantedPrivilege(provider.jit.privileges[0].group),),
        group_name=f"RDM_JIT_{uuid.uuid4()}",
        location=provider.jit.location,
        requested_by=copy.app.actor,
        requested_at=at,
        duration_seconds=1,
        deadline=at,
        state=State.ACTIVE,
        granted_at=at,
        adopted=True,
    )
    copy.app.store.begin(
        elevation, Transition(elevation.id, at, Event.ADOPTED, None, State.ACTIVE, copy.app.actor)
    )


@contextmanager
def _listening(serve) -> Iterator[int]:  # type: ignore[no-untyped-def]
    """A listener on every loopback address that a domain controller of the test may have."""
    listener = socket.create_server(("0.0.0.0", 0), backlog=50)
    stop = threading.Event()
    taken: list[socket.socket] = []

    def accept() -> None:
        while not stop.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            taken.append(client)
            threading.Thread(target=serve, args=(client, stop), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for client in taken:
            client.close()
        thread.join(10)


def _silent(client: socket.socket, stop: threading.Event) -> None:
    stop.wait(300)


def _dripping(client: socket.socket, stop: threading.Event) -> None:
    """An answer of 65,280 bytes is announced, and comes at a byte in 0.9 s."""
    try:
        client.recv(1000)
        client.sendall(bytes.fromhex("308300ff00"))
        while not stop.wait(0.9):
            client.sendall(b"\0")
    except OSError:
        return


@attack(_KIND, "every domain controller drips its answers")
def dripping_answers(field: Field) -> None:
    """Not ended, then, but an alarm, and a tick that comes to an end."""
    proxies = field.lie()
    copy = field.copy()
    elevation = copy.check_out(5)
    for proxy in proxies:
        proxy.lies.drips = 0.03
    field.wait_past(elevation, 1)
    began = time.monotonic()
    copy.tick()
    took = time.monotonic() - began
    for proxy in proxies:
        proxy.lies.drips = 0
    if took > 75:
        raise Broken("outlived_deadline", f"a tick took {took:.0f} s")
    if field.is_held():
        copy.tick()
        time.sleep(6)
        copy.tick()
    field.require_gone(within=10)


@attack(_KIND, "twelve are due, and each answer takes 100 ms")
def slow_answers(field: Field) -> None:
    from tests.attacks.many import due_at_once, held_by_any

    proxies = field.lie()
    copy = field.copy()
    elevations = due_at_once(field, copy, 12)
    for proxy in proxies:
        proxy.slow(0.1)
    field.wait_past(elevations[0], 1)
    began = time.monotonic()
    thread = threading.Thread(target=copy.tick)
    thread.start()
    while held_by_any(field, copy) and time.monotonic() - began < 60:
        time.sleep(0.1)
    took = time.monotonic() - began
    thread.join(120)
    # Fifteen requests come before the first write. Samba sends each entry of an answer by itself, and each of
    # these comes 100 ms late.
    if took > 7:
        raise Broken("outlived_deadline", f"the last of twelve lost its rights after {took:.0f} s")
    for proxy in proxies:
        proxy.mend()
    copy.sweep()
    field.require_no_alarm(copy)


@attack(_KIND, "dc2 has not heard of the new password of the account that signs in")
def refuses_the_password(field: Field) -> None:
    new = "Another-Passw0rd-of-svc!"

    def set_password(value: str) -> None:
        field.admin.set_attribute(SERVICE.dn, "unicodePwd", f'"{value}"'.encode("utf-16-le"))

    field.stack.callback(field.pair.await_replication)
    field.stack.callback(set_password, SERVICE.password)
    with field.no_replication_to_dc2():
        set_password(new)
        copy = field.copy()
        copy.app.secrets.remember(copy.provider.id, Secret(new), keep=False)
        elevation = copy.app.service.check_out(copy.request(FEW), copy.recorder)
        field.wait_past(elevation)
        said = copy.sweep()
        if held := field.held()[field.pair.dc1.host]:
            raise Broken("outlived_deadline", f"dc1 answers and holds {held}: {said.words}")


# --- what no time-out breaks off: a service says so, and is not well ---------------------------------------

_HANGS = "a service that waits for ever says nothing"
_SAID_SECONDS = 25
"""So long after the deadline it has been said: ten seconds of waiting, the pauses, and the moment that an end
takes."""


def _require_said(field: Field, elevation: Elevation, said: Callable[[], str]) -> None:
    field.wait_past(elevation, _SAID_SECONDS)
    if field.is_held() and "OVERDUE" not in said():
        raise Broken("outlived_deadline", f"held {field.held()}, and the service has said {said()!r}")


@attack(_HANGS, "its CA file is on a share that does not answer any more")
def ca_file_on_a_dead_share(field: Field) -> None:
    """A pipe keeps whoever reads it for ever, as a share does whose server is gone."""
    file = field.folder / "authority.pem"
    provider = field.provider()
    shutil.copy(provider.connection.ca_file, file)
    provider = replace(provider, connection=replace(provider.connection, ca_file=str(file)))
    copy = field.copy(provider=provider)
    elevation = copy.check_out(14)
    process = _start_service(copy)
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    said: list[str] = []

    def so_far() -> str:
        assert process.stdout is not None
        said.append(process.stdout.read() or "")
        return "".join(said)

    try:
        field.until_held()
        file.unlink()
        os.mkfifo(file)
        _require_said(field, elevation, so_far)
        process.terminate()
        if process.wait(15) != ExitCode.NOT_ENDED:
            raise Broken("outlived_deadline", f"it left with {process.returncode}: {so_far()}")
    finally:
        process.kill()
        process.communicate()


@attack(_HANGS, "the credential store waits for a person who unlocks it")
def locked_credential_store(field: Field) -> None:
    granting = field.copy()
    elevation = granting.check_out(14)
    copy = field.copy(folder=granting.folder, provider=granting.provider, new=False)
    unlocked = threading.Event()

    class Locked(KeyringBackend):
        """Shows a prompt that nobody sees."""

        priority = -1

        def get_password(self, service: str, username: str) -> str:
            unlocked.wait()
            return SERVICE.password

        def set_password(self, service: str, username: str, password: str) -> None:
            """Keeps nothing."""

    app = replace(copy.app, secrets=KeyringSecrets(Locked()))  # type: ignore[no-untyped-call]
    service_of = ElevationService(
        store=app.store, connector=app.connector, secrets=app.secrets, clock=app.clock, actor=app.actor
    )
    app = replace(app, service=service_of)
    printed = io.StringIO()
    output = Output(results=printed, messages=printed)
    service = Service(app, app.store.providers, 2, output)
    thread = threading.Thread(target=service.run, daemon=True)
    thread.start()
    try:
        _require_said(field, elevation, printed.getvalue)
        unlocked.set()
        field.require_gone(within=40)
    finally:
        unlocked.set()
        service.stop()
        thread.join(15)
