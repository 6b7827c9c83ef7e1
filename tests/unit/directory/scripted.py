# SPDX-License-Identifier: MIT
"""An LDAP server at the other end of a socket pair that answers what a test tells it to: for what no real
server does when asked."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from jit_desktop.directory.session import LdapSession

PEER = "dc1.corp.example.test"


class HangUp(Exception):
    """Raised by a script to close the connection instead of answering."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in."""

    number: int
    kind: str
    body: bytes
    raw: bytes

    @property
    def base(self) -> str:
        """The search base, or the DN that is to be changed."""
        return (self.body if self.kind == "delRequest" else parts(self.body)[0][1]).decode()

    @property
    def is_of_one_object(self) -> bool:
        """Whether a search asks for its base alone."""
        return parts(self.body)[1][1] == b"\0"

    @property
    def attributes(self) -> list[str]:
        """What a search asks for."""
        return [value.decode() for _, value in parts(parts(self.body)[7][1])]


Script = Callable[[Request], Iterable[bytes]]


class ScriptedServer:
    """Calls ``script`` for every request and sends what it returns; keeps the requests in ``requests``."""

    def __init__(self, script: Script, *, timeout_seconds: float = 10) -> None:
        self.requests: list[Request] = []
        self.asked = threading.Event()
        """Set when a request has come in."""
        self._script = script
        self._ours, theirs = socket.socketpair()
        theirs.settimeout(timeout_seconds)
        self.session = LdapSession(theirs, theirs, PEER)
        self._thread = threading.Thread(target=self._serve, name="scripted-server")

    @property
    def kinds(self) -> list[str]:
        """Which requests came in, in order."""
        return [request.kind for request in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()
        with contextlib.suppress(OSError):
            self._ours.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._ours.close()

    def _serve(self) -> None:
        received = b""
        with contextlib.suppress(OSError):
            while chunk := self._ours.recv(65536):
                received += chunk
                while (size := size_of(received)) and len(received) >= size:
                    message, received = received[:size], received[size:]
                    self._answer(message)

    def _answer(self, raw: bytes) -> None:
        request = request_from(raw)
        self.requests.append(request)
        self.asked.set()
        if request.kind == "unbindRequest":
            return
        try:
            for answer in self._script(request):
                self._ours.sendall(answer)
        except HangUp:
            self._ours.shutdown(socket.SHUT_RDWR)


# what goes over the wire, in BER (RFC 4511 4)

_REQUEST_TAGS = {
    0x60: "bindRequest",
    0x42: "unbindRequest",
    0x63: "searchRequest",
    0x66: "modifyRequest",
    0x68: "addRequest",
    0x4A: "delRequest",
    0x77: "extendedReq",
}

_RESULT_TAGS = {
    "bindRequest": 0x61,
    "searchRequest": 0x65,
    "modifyRequest": 0x67,
    "addRequest": 0x69,
    "delRequest": 0x6B,
    "extendedReq": 0x78,
}


def request_from(raw: bytes) -> Request:
    """A message of a client, read."""
    (_, message), *_ = parts(raw)
    (_, number), (tag, body), *_ = parts(message)
    return Request(int.from_bytes(number, "big"), _REQUEST_TAGS[tag], body, raw)


def result(
    request: Request,
    code: int = 0,
    words: str = "",
    *,
    cookie: bytes | None = None,
    referrals: Sequence[str] = (),
) -> bytes:
    """The result of an operation; with ``cookie`` that of a page of a search."""
    body = _tlv(0x0A, bytes([code])) + _tlv(0x04, b"") + _tlv(0x04, words.encode())
    if referrals:
        body += _tlv(0xA3, b"".join(_tlv(0x04, url.encode()) for url in referrals))
    controls = b""
    if cookie is not None:
        value = _tlv(0x30, _tlv(0x02, b"\x00") + _tlv(0x04, cookie))
        control = _tlv(0x04, b"1.2.840.113556.1.4.319") + _tlv(0x04, value)
        controls = _tlv(0xA0, _tlv(0x30, control))
    return _message(request.number, _tlv(_RESULT_TAGS[request.kind], body) + controls)


def extended_result(request: Request, value: bytes) -> bytes:
    """The result of an extended operation with a value."""
    body = _tlv(0x0A, b"\x00") + _tlv(0x04, b"") + _tlv(0x04, b"") + _tlv(0x8B, value)
    return _message(request.number, _tlv(0x78, body))


def entry(request: Request, dn: str, attributes: Mapping[str, Sequence[str | bytes]]) -> bytes:
    """One entry of a search result."""
    listed = b"".join(
        _tlv(0x30, _tlv(0x04, name.encode()) + _tlv(0x31, b"".join(_tlv(0x04, _raw(v)) for v in values)))
        for name, values in attributes.items()
    )
    return _message(request.number, _tlv(0x64, _tlv(0x04, dn.encode()) + _tlv(0x30, listed)))


def reference(request: Request, url: str) -> bytes:
    """That another server has a part of the result (RFC 4511 4.5.3)."""
    return _message(request.number, _tlv(0x73, _tlv(0x04, url.encode())))


def notice_of_disconnection() -> bytes:
    """The unsolicited notification with which a server says good-bye (RFC 4511 4.4.1)."""
    body = _tlv(0x0A, bytes([52])) + _tlv(0x04, b"") + _tlv(0x04, b"")
    return _message(0, _tlv(0x78, body + _tlv(0x8A, b"1.3.6.1.4.1.1466.20036")))


def parts(data: bytes) -> list[tuple[int, bytes]]:
    """The elements that ``data`` consists of: tag and content of each."""
    found = []
    while data:
        size = size_of(data)
        head = 2 if data[1] < 0x80 else 2 + (data[1] & 0x7F)
        found.append((data[0], data[head:size]))
        data = data[size:]
    return found


def _raw(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _message(number: int, rest: bytes) -> bytes:
    size = number.bit_length() // 8 + 1
    return _tlv(0x30, _tlv(0x02, number.to_bytes(size, "big")) + rest)


def _tlv(tag: int, value: bytes) -> bytes:
    if len(value) < 0x80:
        return bytes([tag, len(value)]) + value
    size = (len(value).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(value).to_bytes(size, "big") + value


def size_of(received: bytes) -> int:
    """The length of the message at the front of ``received``, 0 while that is not known."""
    if len(received) < 2:
        return 0
    if received[1] < 0x80:
        return 2 + received[1]
    count = received[1] & 0x7F
    return 2 + count + int.from_bytes(received[2 : 2 + count], "big") if len(received) >= 2 + count else 0
