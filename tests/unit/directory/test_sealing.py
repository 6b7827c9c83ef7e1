# SPDX-License-Identifier: MIT
"""A sealed connection gives back what was sealed, however the network cuts it up."""

from __future__ import annotations

import base64
import importlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jit_desktop.directory import kerberos
from jit_desktop.directory.kerberos import SealedSocket
from jit_desktop.elevation.errors import SignInFailed

LIMIT = 50


def wrap(data: bytes) -> bytes:
    assert 0 < len(data) <= LIMIT
    return b"<" + bytes(byte ^ 0x5A for byte in data) + b">"


def unwrap(token: bytes) -> bytes:
    if not (token.startswith(b"<") and token.endswith(b">")):
        raise ConnectionAbortedError("a sealed packet can't be opened")
    return bytes(byte ^ 0x5A for byte in token[1:-1])


def framed(data: bytes) -> bytes:
    token = wrap(data)
    return len(token).to_bytes(4, "big") + token


@contextmanager
def sealed_pair() -> Iterator[tuple[SealedSocket, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    ours.settimeout(5)
    try:
        yield SealedSocket(ours, wrap, unwrap, LIMIT), theirs
    finally:
        ours.close()
        theirs.close()


def read(sealed: SealedSocket, count: int, at_once: int) -> bytes:
    received = b""
    while len(received) < count:
        received += sealed.recv(min(at_once, count - len(received)))
    return received


@given(
    st.lists(st.binary(min_size=1, max_size=LIMIT), min_size=1, max_size=6),
    st.lists(st.integers(1, 400), max_size=8),
    st.integers(1, 4096),
)
def test_that_nothing_is_lost_however_packets_and_reads_fall(
    messages: list[bytes], cuts: list[int], at_once: int
) -> None:
    stream = b"".join(map(framed, messages))
    with sealed_pair() as (sealed, server):
        for cut in cuts:
            server.sendall(stream[:cut])
            stream = stream[cut:]
        server.sendall(stream)
        expected = b"".join(messages)
        assert read(sealed, len(expected), at_once) == expected


@given(st.binary(min_size=1, max_size=5 * LIMIT))
def test_that_what_is_sent_is_sealed_within_the_servers_limit(data: bytes) -> None:
    with sealed_pair() as (sealed, server):
        sealed.sendall(data)
        sealed.close()
        stream = b""
        while chunk := server.recv(4096):
            stream += chunk
    opened = b""
    while stream:
        size = int.from_bytes(stream[:4], "big")
        opened += unwrap(stream[4 : 4 + size])
        stream = stream[4 + size :]
    assert opened == data


def test_that_the_end_of_the_connection_is_seen() -> None:
    with sealed_pair() as (sealed, server):
        server.sendall(framed(b"x")[:-1])
        server.close()
        assert sealed.recv(10) == b""


@pytest.mark.parametrize("stream", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x05plain"])
def test_that_a_packet_that_is_not_sealed_is_not_believed(stream: bytes) -> None:
    with sealed_pair() as (sealed, server):
        server.sendall(stream)
        with pytest.raises(ConnectionAbortedError):
            sealed.recv(10)


def test_that_missing_kerberos_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_installed(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", not_installed)
    with pytest.raises(SignInFailed) as raised:
        kerberos.sign_in(object(), "dc1.corp.example.test", seal=True)
    assert "gssapi" in raised.value.message
    assert raised.value.remedy


class FakeSspi:
    """As much of winkerberos as sealing needs: base64 in, base64 out, one response at a time."""

    class KrbError(Exception):
        pass

    def __init__(self, *, encrypts: bool = True, expired: bool = False) -> None:
        self.encrypts = encrypts
        self.expired = expired
        self.response: str | None = None

    def authGSSClientWrap(self, _: object, data: str, user: str | None, protect: int) -> int:
        assert (user, protect) == (None, 1)
        if self.expired:
            raise self.KrbError("SSPI: EncryptMessage: The context has expired")
        self.response = base64.b64encode(wrap(base64.b64decode(data))).decode()
        return 1

    def authGSSClientUnwrap(self, _: object, data: str) -> int:
        try:
            opened = unwrap(base64.b64decode(data))
        except ConnectionAbortedError:
            raise self.KrbError("SSPI: DecryptMessage: The message has been altered") from None
        self.response = base64.b64encode(opened).decode() or None
        return 1

    def authGSSClientResponse(self, _: object) -> str | None:
        return self.response

    def authGSSClientResponseConf(self, _: object) -> int:
        return int(self.encrypts)


def test_that_sspi_seals_and_opens() -> None:
    seal, unseal = kerberos._sspi_functions(object(), FakeSspi())
    assert seal(b"x" * LIMIT) == wrap(b"x" * LIMIT)
    assert unseal(wrap(b"answer")) == b"answer"
    assert unseal(b"<>") == b""


def test_that_a_packet_that_sspi_can_not_open_breaks_the_connection() -> None:
    _, unseal = kerberos._sspi_functions(object(), FakeSspi())
    with pytest.raises(ConnectionAbortedError, match="opened"):
        unseal(b"altered")


def test_that_a_packet_that_is_signed_but_not_encrypted_is_refused_by_sspi() -> None:
    _, unseal = kerberos._sspi_functions(object(), FakeSspi(encrypts=False))
    with pytest.raises(ConnectionAbortedError, match="not encrypted"):
        unseal(wrap(b"answer"))


class FakeContext:
    """As much of a GSSAPI security context as sealing needs."""

    def __init__(self, *, encrypts: bool = True, expired: bool = False) -> None:
        self.encrypts = encrypts
        self.expired = expired

    def wrap(self, data: bytes, encrypt: bool) -> SimpleNamespace:
        assert encrypt
        if self.expired:
            raise ArithmeticError
        return SimpleNamespace(message=wrap(data), encrypted=True)

    def unwrap(self, token: bytes) -> SimpleNamespace:
        return SimpleNamespace(message=unwrap(token), encrypted=self.encrypts)


@pytest.mark.parametrize("encrypts", [True, False])
def test_that_gssapi_has_to_have_encrypted_what_it_opens(encrypts: bool) -> None:
    library = SimpleNamespace(exceptions=SimpleNamespace(GSSError=ArithmeticError))
    seal, unseal = kerberos._gssapi_functions(FakeContext(encrypts=encrypts), library)
    assert seal(b"x") == wrap(b"x")
    if encrypts:
        assert unseal(wrap(b"answer")) == b"answer"
    else:
        with pytest.raises(ConnectionAbortedError, match="not encrypted"):
            unseal(wrap(b"answer"))


def test_that_an_expired_logon_breaks_the_connection() -> None:
    by_sspi, _ = kerberos._sspi_functions(object(), FakeSspi(expired=True))
    library = SimpleNamespace(exceptions=SimpleNamespace(GSSError=ArithmeticError))
    by_gssapi, _ = kerberos._gssapi_functions(FakeContext(expired=True), library)
    for seal in (by_sspi, by_gssapi):
        with pytest.raises(ConnectionAbortedError, match="sealed"):
            seal(b"x")


GSSAPI = SimpleNamespace(__name__="gssapi")
WINKERBEROS = SimpleNamespace(__name__="winkerberos")


@pytest.mark.parametrize(
    ("library", "said", "reason"),
    [
        (
            GSSAPI,
            "Major (851968): Unspecified., Minor (2529638919): Server not found in Kerberos database",
            "Server not found in Kerberos database",
        ),
        (
            GSSAPI,
            "Major (458752): None, Minor (39756033): No credentials (default cache: FILE:/run/krb5cc)",
            "No credentials (default cache: FILE:/run/krb5cc)",
        ),
        (
            GSSAPI,
            "Major (589824): Invalid token was supplied, Minor (100001): Success",
            "Invalid token was supplied",
        ),
        (GSSAPI, "something else", "something else"),
        (
            WINKERBEROS,
            "SSPI: InitializeSecurityContext: The specified target is unknown or unreachable.\r\n",
            "The specified target is unknown or unreachable",
        ),
        (
            WINKERBEROS,
            "SSPI: AcquireCredentialsHandle",
            "this Windows session has no logon to a domain",
        ),
    ],
)
def test_that_a_failed_logon_says_the_better_half_of_what_was_said(
    library: object, said: str, reason: str
) -> None:
    error = kerberos._no_ticket(library, "dc1.corp.example.test", RuntimeError(said))
    assert error.message == f"The Kerberos logon did not work: {reason}."
    assert error.subject == "ldap/dc1.corp.example.test"


def test_that_who_has_no_ticket_is_told_how_to_get_one_on_his_system() -> None:
    on_linux = kerberos._no_ticket(GSSAPI, "dc1.corp.example.test", RuntimeError("x"))
    on_windows = kerberos._no_ticket(WINKERBEROS, "dc1.corp.example.test", RuntimeError("x"))
    assert "kinit" in on_linux.remedy
    assert "kinit" not in on_windows.remedy
    assert "Windows" in on_windows.remedy


def bind_with(mechanism: str) -> dict[str, object]:
    return {"authentication": {"simple": None, "sasl": {"mechanism": mechanism}}}


class FakeConnection:
    """As much of ldap3's connection as a bind in steps needs; the directory gives ``answers`` one by one.

    With ``has_ticket`` false Kerberos fails, and ldap3 gives up as it does.
    """

    def __init__(self, *answers: int, has_ticket: bool = True) -> None:
        self.answers = iter(answers)
        self.has_ticket = has_ticket
        self.request = bind_with("GSSAPI")
        self.result: dict[str, object] = {}
        self.sent = 0

    def post_send_single_response(self, message_id: int) -> object:
        self.sent += 1
        self.result = {"result": next(self.answers), "message": f"answer {message_id}"}
        return self.result

    def do_sasl_bind(self, _: object) -> dict[str, object]:
        """As ldap3: without a look at the answers to all steps but the last."""
        for step in range(3):
            if not self.has_ticket:
                self.request = bind_with("")
                self.post_send_single_response(step)
                raise FakeSspi.KrbError("SSPI: AcquireCredentialsHandle")
            self.post_send_single_response(step)
        return self.result


@pytest.fixture
def fake_library(monkeypatch: pytest.MonkeyPatch) -> None:
    library = SimpleNamespace(__name__="winkerberos", KrbError=FakeSspi.KrbError)
    monkeypatch.setattr(kerberos, "_find_library", lambda: library)


@pytest.mark.usefixtures("fake_library")
def test_that_the_bind_ends_with_the_step_that_the_directory_refuses() -> None:
    connection = FakeConnection(14, 49, 7)
    result = kerberos.sign_in(connection, "dc1.corp.example.test", seal=False)
    assert (result["result"], result["message"]) == (49, "answer 1")
    assert connection.sent == 2


@pytest.mark.usefixtures("fake_library")
def test_that_a_bind_that_goes_on_is_not_disturbed() -> None:
    connection = FakeConnection(14, 14, 0)
    assert kerberos.sign_in(connection, "dc1.corp.example.test", seal=False)["result"] == 0
    assert connection.sent == 3


@pytest.mark.usefixtures("fake_library")
def test_that_the_refusal_of_giving_up_does_not_hide_why_that_was() -> None:
    connection = FakeConnection(1, has_ticket=False)
    with pytest.raises(SignInFailed, match="no logon to a domain"):
        kerberos.sign_in(connection, "dc1.corp.example.test", seal=False)
