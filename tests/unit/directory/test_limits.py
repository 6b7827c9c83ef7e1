# SPDX-License-Identifier: MIT
"""Nothing that waits for a server waits longer than it may, and each phase hears that it is broken off."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jit_desktop.directory import kerberos, network
from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.directory.punctual import Limit, PunctualChannel, in_time
from jit_desktop.directory.session import LdapSession
from jit_desktop.elevation.errors import (
    Cancelled,
    DirectoryUnavailable,
    JitError,
    OutcomeUnknown,
)
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import CancelToken, Directory
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import CertificateTrust, ConnectionMethod, ConnectionSettings, SignIn
from tests.samba.certificates import CertificateAuthority
from tests.unit.directory.conftest import HOST
from tests.unit.directory.dripping import DrippingServer, Phase

SOON = 0.3
"""Seconds that something may take where all else would wait for minutes."""
MUCH_LATER = 5.0
"""Seconds after which it certainly was not on time, on a slow machine too."""
CONNECTING = [phase for phase in Phase if phase.is_connecting]
ASKED_FOR = DistinguishedName("CN=asked for,DC=corp,DC=example,DC=test")
LATER: dict[Phase, Callable[[Directory], object]] = {
    Phase.READ: lambda directory: directory.read(ASKED_FOR),
    Phase.WRITE: lambda directory: directory.empty_group(ASKED_FOR),
}


class Line:
    """Connects to a dripping server, with time-outs that would let it go on for minutes."""

    def __init__(self, authority: CertificateAuthority, ca_file: Path) -> None:
        self._certificate = authority.issue([HOST])
        self._ca_file = ca_file

    @contextlib.contextmanager
    def to(
        self, phase: Phase | None, *, seconds: int = 60
    ) -> Iterator[tuple[DrippingServer, ConnectionSettings]]:
        method = ConnectionMethod.STARTTLS if phase is Phase.STARTTLS else ConnectionMethod.LDAPS
        with DrippingServer(phase, method, self._certificate) as server:
            yield (
                server,
                ConnectionSettings(
                    server=HOST,
                    method=method,
                    port=server.port,
                    bind_as="svc-jit@corp.example.test",
                    trust=CertificateTrust.CA_FILE,
                    ca_file=str(self._ca_file),
                    connect_timeout_seconds=seconds,
                    request_timeout_seconds=seconds,
                ),
            )


@pytest.fixture
def line(authority: CertificateAuthority, ca_file: Path) -> Line:
    return Line(authority, ca_file)


@contextlib.contextmanager
def on_time(seconds: float = SOON) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds + MUCH_LATER


@contextlib.contextmanager
def cancelled_when(happened: threading.Event, cancel: Callable[[], None]) -> Iterator[None]:
    """Another thread calls ``cancel`` once it ``happened``."""

    def wait() -> None:
        assert happened.wait(5)
        cancel()

    canceller = threading.Thread(target=wait)
    canceller.start()
    with on_time():
        yield
    canceller.join()


def connected(settings: ConnectionSettings, **options: Any) -> Directory:
    return DirectoryConnector().connect(settings, Secret("password"), **options)


def test_that_the_server_of_these_tests_would_let_anybody_in(line: Line) -> None:
    with line.to(None) as (_, settings), connected(settings, within_seconds=10) as directory:
        assert directory.info.identity == "CORP\\svc-jit"
        directory.empty_group(ASKED_FOR)


@pytest.mark.parametrize("phase", CONNECTING)
def test_that_a_connection_is_made_in_time_or_not_at_all(line: Line, phase: Phase) -> None:
    with line.to(phase) as (server, settings), on_time(), pytest.raises(DirectoryUnavailable) as raised:
        connected(settings, within_seconds=SOON)
    assert server.dripping.is_set()
    assert type(raised.value) is DirectoryUnavailable
    assert HOST in raised.value.message


@pytest.mark.parametrize("phase", CONNECTING)
def test_that_a_connection_that_is_being_made_can_be_broken_off(line: Line, phase: Phase) -> None:
    token = CancelToken()
    with (
        line.to(phase) as (server, settings),
        cancelled_when(server.dripping, token.cancel),
        pytest.raises(Cancelled),
    ):
        connected(settings, cancel=token)


@pytest.mark.parametrize("phase", [Phase.STARTTLS, Phase.HANDSHAKE, Phase.ROOT])
def test_that_the_settings_alone_limit_every_phase(line: Line, phase: Phase) -> None:
    """One time-out for StartTLS and the handshake, three for a whole answer, and seven for all of it."""
    with line.to(phase, seconds=1) as (_, settings), on_time(3), pytest.raises(DirectoryUnavailable):
        connected(settings)


@pytest.mark.parametrize("method", [ConnectionMethod.LDAPS, ConnectionMethod.STARTTLS])
def test_that_a_certificate_is_looked_at_in_time(line: Line, method: ConnectionMethod) -> None:
    phase = Phase.HANDSHAKE if method is ConnectionMethod.LDAPS else Phase.STARTTLS
    with line.to(phase, seconds=1) as (_, settings), on_time(1), pytest.raises(DirectoryUnavailable):
        DirectoryConnector().certificate_fingerprint(settings)


def test_that_a_connection_outlives_the_time_in_which_it_had_to_be_made(line: Line) -> None:
    token = CancelToken()
    with line.to(None) as (_, settings), connected(settings, within_seconds=1, cancel=token) as directory:
        token.cancel()
        time.sleep(1)  # the limit itself
        directory.empty_group(ASKED_FOR)
        assert directory.is_usable


@pytest.mark.parametrize("phase", LATER)
def test_that_an_answer_is_whole_by_the_time_by_which_the_work_has_to_be_done(
    line: Line, phase: Phase
) -> None:
    with line.to(phase) as (_, settings), connected(settings) as directory:
        directory.work_until(time.monotonic() + SOON)
        with on_time(), pytest.raises(DirectoryUnavailable) as raised:
            LATER[phase](directory)
        assert not directory.is_usable
    assert isinstance(raised.value, OutcomeUnknown) is (phase is Phase.WRITE)


@pytest.mark.parametrize("phase", LATER)
def test_that_a_request_that_is_under_way_hears_that_the_time_is_over(line: Line, phase: Phase) -> None:
    with (
        line.to(phase) as (server, settings),
        connected(settings) as directory,
        cancelled_when(server.dripping, lambda: directory.work_until(time.monotonic())),
        pytest.raises(DirectoryUnavailable),
    ):
        LATER[phase](directory)


@pytest.mark.parametrize("phase", LATER)
def test_that_an_answer_that_drips_can_be_broken_off(line: Line, phase: Phase) -> None:
    kind: type[JitError] = OutcomeUnknown if phase is Phase.WRITE else Cancelled
    with (
        line.to(phase) as (server, settings),
        connected(settings) as directory,
        cancelled_when(server.dripping, directory.cancel),
        pytest.raises(kind),
    ):
        LATER[phase](directory)


@pytest.mark.parametrize("phase", LATER)
def test_that_nothing_is_sent_when_the_time_is_over(line: Line, phase: Phase) -> None:
    with line.to(phase) as (server, settings), connected(settings) as directory:
        directory.work_until(time.monotonic())
        with pytest.raises(DirectoryUnavailable) as raised:
            LATER[phase](directory)
        assert type(raised.value) is DirectoryUnavailable, "what was not sent has no unknown outcome"
        assert not server.dripping.is_set()
        directory.work_until(None)
        assert directory.is_usable


def test_that_the_answer_to_starttls_is_short() -> None:
    """A server can't make anybody read for long before it has shown a certificate."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        from jit_desktop.directory.starttls import request_tls

        theirs.sendall(b"\x30\x82\x04\x01")
        with pytest.raises(DirectoryUnavailable, match="not a directory"):
            request_tls(PunctualChannel(ours, ours, Limit(SOON)), HOST)


# before anything is said


@pytest.fixture
def silence() -> Iterator[threading.Event]:
    """What never comes, until the test is over."""
    never = threading.Event()
    yield never
    never.set()


@pytest.fixture
def no_answer_of_the_resolver(monkeypatch: pytest.MonkeyPatch, silence: threading.Event) -> threading.Event:
    asked = threading.Event()

    def hangs(*_: object, **__: object) -> list[object]:
        asked.set()
        silence.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    return asked


@pytest.mark.usefixtures("no_answer_of_the_resolver")
def test_that_a_name_is_looked_up_in_time() -> None:
    settings = ConnectionSettings(server=HOST, bind_as="svc-jit")
    with on_time(), pytest.raises(DirectoryUnavailable, match="in time"):
        connected(settings, within_seconds=SOON)


def test_that_a_look_up_can_be_broken_off(no_answer_of_the_resolver: threading.Event) -> None:
    token = CancelToken()
    with cancelled_when(no_answer_of_the_resolver, token.cancel), pytest.raises(Cancelled):
        connected(ConnectionSettings(server=HOST, bind_as="svc-jit"), cancel=token)


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port whose queue of connections is full, so that one more gets no answer at all."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as waiting:
        port: int = server.getsockname()[1]
        for _ in range(4):
            one = waiting.enter_context(socket.socket())
            one.settimeout(0)
            with contextlib.suppress(BlockingIOError):
                one.connect(("127.0.0.1", port))
        yield port


def test_that_a_host_that_does_not_answer_is_given_up_in_time(deaf_port: int) -> None:
    settings = ConnectionSettings(server="127.0.0.1", port=deaf_port, bind_as="svc-jit")
    with on_time(), pytest.raises(DirectoryUnavailable, match="did not answer in time"):
        connected(settings, within_seconds=SOON)


def test_that_dialling_can_be_broken_off(deaf_port: int) -> None:
    limit, begun = Limit(), threading.Event()
    begun.set()
    with cancelled_when(begun, limit.cancel), pytest.raises(Cancelled):
        network.dial("127.0.0.1", deaf_port, 60, limit)


@pytest.mark.parametrize("cancel", [False, True])
def test_that_a_ticket_comes_in_time_or_not_at_all(
    line: Line,
    authority: CertificateAuthority,
    monkeypatch: pytest.MonkeyPatch,
    silence: threading.Event,
    cancel: bool,
) -> None:
    """The system's libraries talk to the domain's key distribution centre by themselves."""
    asked, token = threading.Event(), CancelToken()

    def hangs(*_: object, **__: object) -> dict[str, int]:
        asked.set()
        silence.wait(30)
        return {"result": 0}

    monkeypatch.setattr(kerberos, "sign_in", hangs)
    with DrippingServer(None, ConnectionMethod.SEALED, authority.issue([HOST])) as server:
        settings = ConnectionSettings(
            server=HOST,
            method=ConnectionMethod.SEALED,
            sign_in=SignIn.KERBEROS,
            port=server.port,
            connect_timeout_seconds=60,
            request_timeout_seconds=60,
        )
        if cancel:
            with cancelled_when(asked, token.cancel), pytest.raises(Cancelled):
                connected(settings, cancel=token)
        else:
            with on_time(), pytest.raises(DirectoryUnavailable):
                connected(settings, within_seconds=SOON)


# a server that takes nothing


@pytest.fixture
def clogged() -> Iterator[socket.socket]:
    """A connection into which nothing more goes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                ours.send(bytes(65536))
        ours.settimeout(60)
        yield ours


def test_that_a_request_is_sent_in_time(clogged: socket.socket) -> None:
    session = LdapSession(clogged, clogged, HOST)
    session.work_until(time.monotonic() + SOON)
    with on_time(), pytest.raises(OutcomeUnknown):
        session.delete("CN=a,DC=x")


def test_that_who_takes_nothing_is_given_up_after_one_time_out(clogged: socket.socket) -> None:
    clogged.settimeout(SOON)
    channel = PunctualChannel(clogged, clogged, Limit(10 * MUCH_LATER))
    with on_time(), pytest.raises(TimeoutError):
        channel.sendall(b"request")


def test_that_who_is_silent_is_given_up_after_one_time_out_and_not_after_a_whole_answer() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(1)
        channel = PunctualChannel(ours, ours, Limit())
        channel.sendall(b"request")
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            channel.recv(1)
        assert time.monotonic() - begun < MUCH_LATER


def test_that_a_stream_that_is_dead_or_over_or_broken_off_is_of_no_more_use() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        ours.settimeout(SOON)
        sessions = dead, over, broken_off = [LdapSession(ours, ours, HOST) for _ in range(3)]
        assert [session.is_usable for session in sessions] == [True, True, True]
        over.work_until(time.monotonic() - 1)
        theirs.close()
        with pytest.raises(JitError):
            dead.delete("CN=a,DC=x")
        broken_off.cancel()
        assert [session.is_usable for session in sessions] == [False, False, False]


def test_that_sending_can_be_broken_off(clogged: socket.socket) -> None:
    limit, begun = Limit(), threading.Event()
    begun.set()
    with cancelled_when(begun, limit.cancel), pytest.raises(ConnectionAbortedError):
        PunctualChannel(clogged, clogged, limit).sendall(b"request")


def test_that_saying_goodbye_takes_no_time(clogged: socket.socket) -> None:
    session = LdapSession(clogged, clogged, HOST)
    with on_time(1):
        session.close()


def test_that_who_waits_for_a_silent_server_hears_that_the_time_is_over() -> None:
    limit = Limit()

    class Silent:
        """While somebody waits for it the time is set to be over."""

        def gettimeout(self) -> float:
            return 60

        def settimeout(self, seconds: float) -> None: ...

        def send(self, data: memoryview) -> int:
            return len(data)

        def recv(self, count: int) -> bytes:
            limit.until = time.monotonic()
            raise TimeoutError

    silent: Any = Silent()
    channel = PunctualChannel(silent, silent, limit)
    channel.sendall(b"request")
    with on_time(), pytest.raises(TimeoutError):
        channel.recv(1)


def test_that_what_was_sent_in_parts_is_whole() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sent, received = bytes(range(256)) * 40_000, bytearray()

        def read() -> None:
            while len(received) < len(sent):
                received.extend(theirs.recv(65536))

        reader = threading.Thread(target=read)
        reader.start()
        ours.settimeout(10)
        PunctualChannel(ours, ours, Limit()).sendall(sent)
        reader.join(10)
    assert bytes(received) == sent


def test_that_what_fails_in_a_thread_of_its_own_fails_for_who_waits() -> None:
    def fails() -> None:
        raise KeyError("here")

    with pytest.raises(KeyError, match="here"):
        in_time(Limit(), fails)
