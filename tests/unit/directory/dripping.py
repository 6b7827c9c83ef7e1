# SPDX-License-Identifier: MIT
"""A domain controller on the loopback that answers as it should up to one point, and drips from there on."""

from __future__ import annotations

import contextlib
import enum
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from jit_desktop.elevation.settings import ConnectionMethod
from tests.samba.certificates import ServerCertificate
from tests.unit.directory.scripted import Request, entry, extended_result, request_from, result, size_of

_EVERY_SECONDS = 0.02
_START_TLS_AGREED = bytes.fromhex("300c02010178070a010004000400")


class Phase(enum.Enum):
    """What drips."""

    STARTTLS = "the answer to StartTLS"
    HANDSHAKE = "the handshake"
    BIND = "the answer to the sign-in"
    ROOT = "rootDSE"
    NAMES = "the first search"
    IDENTITY = "the answer to Who am I"
    READ = "the answer to a read"
    WRITE = "the answer to a write"

    @property
    def is_connecting(self) -> bool:
        """Whether it comes before somebody is signed in and all is known."""
        return self not in (Phase.READ, Phase.WRITE)


class DrippingServer:
    """Listens on 127.0.0.1. ``dripping`` is set as soon as it drips."""

    def __init__(self, phase: Phase | None, method: ConnectionMethod, certificate: ServerCertificate) -> None:
        self.dripping = threading.Event()
        self._phase = phase
        self._method = method
        self._certificate = certificate
        self._searches = 0
        self._stopping = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="dripping server")
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._socket.close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            client, _ = self._socket.accept()
            with client, contextlib.suppress(OSError):
                client.settimeout(0.1)
                self._converse(client)

    def _converse(self, client: socket.socket) -> None:
        if self._method is ConnectionMethod.STARTTLS:
            self._receive(client)
            if self._phase is Phase.STARTTLS:
                self._drip(client, b"\x30\x82\x03\xf0" + bytes(1008))
                return
            client.sendall(_START_TLS_AGREED)
        if self._phase is Phase.HANDSHAKE:
            self._receive(client)
            self._drip(client, b"\x16\x03\x03\x3f\xff\x02" + bytes(10_000))
            return
        if self._method is ConnectionMethod.SEALED:
            self._talk(client)
            return
        client.settimeout(5)
        with self._context().wrap_socket(client, server_side=True) as encrypted:
            encrypted.settimeout(0.1)
            self._talk(encrypted)

    def _talk(self, client: socket.socket) -> None:
        received = b""
        while chunk := self._receive(client):
            received += chunk
            while (size := size_of(received)) and len(received) >= size:
                raw, received = received[:size], received[size:]
                request = request_from(raw)
                phase, answers = self._answers(request)
                if phase is not None and phase is self._phase:
                    self._drip(client, entry(request, "CN=a,DC=x", {"cn": ["x" * 5000]}))
                    return
                for answer in answers:
                    client.sendall(answer)

    def _answers(self, request: Request) -> tuple[Phase | None, Iterable[bytes]]:
        match request.kind:
            case "bindRequest":
                return Phase.BIND, [result(request)]
            case "extendedReq":
                return Phase.IDENTITY, [extended_result(request, b"u:CORP\\svc-jit")]
            case "searchRequest":
                self._searches += 1
                if self._searches == 1:
                    return Phase.ROOT, [_root(request), result(request)]
                if b"CN=Partitions" in request.raw:
                    return Phase.NAMES, [result(request)]
                return Phase.READ if b"CN=asked for" in request.raw else None, [result(request)]
            case "unbindRequest":
                return None, []
            case _:
                return Phase.WRITE, [result(request)]

    def _receive(self, client: socket.socket) -> bytes:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                return client.recv(65536)
        return b""

    def _drip(self, client: socket.socket, data: bytes) -> None:
        self.dripping.set()
        for byte in data:
            if self._stopping.wait(_EVERY_SECONDS):
                return
            client.sendall(bytes([byte]))

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            context.load_cert_chain(*self._certificate.write(Path(folder), "server"))
        return context


def _root(request: Request) -> bytes:
    attributes = {
        "defaultNamingContext": ["DC=corp,DC=example,DC=test"],
        "configurationNamingContext": ["CN=Configuration,DC=corp,DC=example,DC=test"],
        "dnsHostName": ["dc1.corp.example.test"],
        "currentTime": ["20261128090000.0Z"],
        "supportedCapabilities": ["1.2.840.113556.1.4.800"],
        "supportedExtension": ["1.3.6.1.4.1.4203.1.11.3"],
    }
    return entry(request, "", attributes)
