# SPDX-License-Identifier: MIT
"""A listener that shows whatever certificate a test wants and writes down every byte that a client sends
it."""

from __future__ import annotations

import contextlib
import enum
import socket
import ssl
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.samba.certificates import ServerCertificate

START_TLS = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
"""The whole request in the clear, as RFC 4511 4.14 has it."""


class Behaviour(enum.Enum):
    """What the listener does with a client."""

    LDAPS = "TLS at once"
    STARTTLS = "agrees to StartTLS, then TLS"
    REFUSES_STARTTLS = "answers StartTLS with unavailable"
    SLIPS_IN = "agrees to StartTLS and sends something in the clear behind its answer"
    NO_LDAP = "answers like a web server"
    HANGS_UP = "closes at once"
    SILENT = "accepts and says nothing"


def _extended_response(code: int) -> bytes:
    return bytes.fromhex(f"300c02010178070a01{code:02x}04000400")


class Listener:
    """Listens on 127.0.0.1; `in_clear` and `in_tls` are what clients sent, before and inside encryption."""

    def __init__(self, behaviour: Behaviour, certificate: ServerCertificate | None = None) -> None:
        self.behaviour = behaviour
        self.in_clear = b""
        self.in_tls = b""
        self.names_asked_for: list[str | None] = []
        self._certificate = certificate
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="listener")
        self.port: int = self._socket.getsockname()[1]

    @property
    def received(self) -> bytes:
        """Everything that clients sent, apart from TLS records."""
        return self.in_clear + self.in_tls

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
        self._socket.close()

    def _serve(self) -> None:
        while True:
            client, _ = self._socket.accept()
            with client:
                if self._stopping.is_set():
                    return
                client.settimeout(5)
                # The client hangs up when it does not like what it sees; that is what the tests are about.
                with contextlib.suppress(OSError):
                    self._converse(client)

    def _converse(self, client: socket.socket) -> None:
        match self.behaviour:
            case Behaviour.HANGS_UP:
                return
            case Behaviour.SILENT:
                while received := client.recv(4096):
                    self.in_clear += received
                return
            case Behaviour.NO_LDAP:
                self.in_clear += client.recv(4096)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return
            case Behaviour.LDAPS:
                pass
            case _:
                self.in_clear += client.recv(4096)
                refused = self.behaviour is Behaviour.REFUSES_STARTTLS
                answer = _extended_response(52 if refused else 0)
                if self.behaviour is Behaviour.SLIPS_IN:
                    answer += bytes.fromhex("300c02010161070a010004000400")  # a bind response: success
                client.sendall(answer)
                if refused:
                    self.in_clear += client.recv(4096)
                    return
        with self._context().wrap_socket(client, server_side=True) as encrypted:
            # The first thing that is said is what matters; hanging up then spares the client its time-out.
            self.in_tls += encrypted.recv(4096)

    def _context(self) -> ssl.SSLContext:
        assert self._certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = lambda _socket, name, _context: self.names_asked_for.append(name)
        with tempfile.TemporaryDirectory() as folder:
            context.load_cert_chain(*self._certificate.write(Path(folder), "server"))
        return context
