# SPDX-License-Identifier: MIT
"""Asks a server on its plain port to begin TLS (RFC 4511 4.14), before anything else is said on the
connection."""

from __future__ import annotations

from typing import Final, Protocol

from ldap3.core.results import RESULT_CODES
from ldap3.utils.asn1 import compute_ber_size, decode_message_fast

from jit_desktop.elevation.errors import DirectoryUnavailable, EncryptionRequired

_REQUEST: Final = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"
"""LDAPMessage { messageID 1, extendedReq { requestName StartTLS } } in BER."""
_EXTENDED_RESPONSE: Final = 24
_LONGEST_ANSWER: Final = 1024
"""In bytes; an agreement is 12 and a refusal in words a few hundred."""


class Stream(Protocol):
    """What the question goes out on and the answer comes in by."""

    def recv(self, count: int, /) -> bytes: ...
    def sendall(self, data: bytes, /) -> None: ...


def request_tls(connected: Stream, host: str) -> None:
    """Have the server agree to TLS; the handshake is next, and whoever calls this does it.

    Reads exactly one answer and not a byte more, so that nothing that was slipped in before the handshake is
    taken for part of the encrypted conversation. Raises :class:`EncryptionRequired` where the server refuses,
    :class:`DirectoryUnavailable` where it does not answer as a directory or not in time; nothing secret has
    been sent then.
    """
    try:
        connected.sendall(_REQUEST)
        answer = _one_message(connected)
    except OSError as error:
        raise _no_answer(host) from error
    try:
        message = decode_message_fast(answer)
        if message["protocolOp"] != _EXTENDED_RESPONSE:
            raise ValueError("not an extended response")
        code = int(message["payload"][0][3])
    except (LookupError, TypeError, ValueError) as error:
        raise not_a_directory(host) from error
    if code != 0:
        raise EncryptionRequired(
            f"{host} refuses to encrypt the connection (StartTLS: {RESULT_CODES.get(code, code)}).",
            subject=host,
            remedy="Give the domain controller a certificate, or choose Kerberos sealed on port 389.",
        )


def not_a_directory(host: str) -> DirectoryUnavailable:
    """Something listens there, but it does not speak LDAP."""
    return DirectoryUnavailable(
        f"What answers at {host} is not a directory server.",
        subject=host,
        remedy="Check the server, the port and the connection method.",
    )


def _no_answer(host: str) -> DirectoryUnavailable:
    return DirectoryUnavailable(
        f"{host} did not answer the request to encrypt the connection.",
        subject=host,
        remedy="Check the server and the port, or choose LDAPS.",
    )


def _one_message(connected: Stream) -> bytes:
    head = _exactly(connected, 2)
    if head[1] > 0x80:
        head += _exactly(connected, head[1] - 0x80)
    length, offset = compute_ber_size(head)
    if length > _LONGEST_ANSWER or offset != len(head):
        return head
    return head + _exactly(connected, length)


def _exactly(connected: Stream, count: int) -> bytes:
    received = b""
    while len(received) < count:
        chunk = connected.recv(count - len(received))
        if not chunk:
            raise ConnectionResetError("closed by the server")
        received += chunk
    return received
