# SPDX-License-Identifier: MIT
"""As much of BER (RFC 4511 5.1) as it takes to read and rebuild LDAP messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

INTEGER: Final = 0x02
OCTETS: Final = 0x04
ENUMERATED: Final = 0x0A
SEQUENCE: Final = 0x30
SET: Final = 0x31

Element = tuple[int, bytes]
"""Tag and content."""


def elements(data: bytes) -> list[Element]:
    """What ``data`` consists of."""
    found = []
    while data:
        size, head = data[1], 2
        if size & 0x80:
            head += size & 0x7F
            size = int.from_bytes(data[2:head], "big")
        found.append((data[0], data[head : head + size]))
        data = data[head + size :]
    return found


def encode(tag: int, content: bytes | Iterable[bytes]) -> bytes:
    """One element, of content or of elements that are encoded already."""
    body = content if isinstance(content, bytes) else b"".join(content)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def octets(value: str | bytes) -> bytes:
    return encode(OCTETS, value.encode() if isinstance(value, str) else value)


def integer(value: int, tag: int = INTEGER) -> bytes:
    return encode(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def attribute(name: str, values: Iterable[bytes]) -> bytes:
    """An attribute with its values (RFC 4511 4.1.7)."""
    return encode(SEQUENCE, [octets(name), encode(SET, [octets(value) for value in values])])
