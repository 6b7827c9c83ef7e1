# SPDX-License-Identifier: MIT
"""LDAP messages taken apart and put together again (RFC 4511 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tests.faults.proxy import Message
from tests.samba.windows_like.ber import (
    ENUMERATED,
    SEQUENCE,
    Element,
    attribute,
    elements,
    encode,
    integer,
    octets,
)

CONTROLS: Final = 0xA0
ENTRY: Final = 0x64
ADD, DELETE, REPLACE = 0, 1, 2
_ANSWER_TO: Final = {0x63: 0x65, 0x66: 0x67, 0x68: 0x69, 0x4A: 0x6B, 0x77: 0x78}


@dataclass(slots=True)
class Parts:
    """A message whose operation and controls may be changed."""

    identifier: int
    tag: int
    body: bytes
    controls: list[Element] = field(default_factory=list)

    @classmethod
    def of(cls, message: Message) -> Parts:
        ((_, whole),) = elements(message.raw)
        (_, number), (tag, body), *rest = elements(whole)
        controls = [element for tag_, content in rest if tag_ == CONTROLS for element in elements(content)]
        return cls(int.from_bytes(number, "big"), tag, body, controls)

    def message(self) -> Message:
        controls = b"".join(encode(tag, content) for tag, content in self.controls)
        after = encode(CONTROLS, controls) if self.controls else b""
        body = integer(self.identifier) + encode(self.tag, self.body) + after
        return Message(encode(SEQUENCE, body), self.identifier, self.tag)

    def take_control(self, oid: str) -> bool:
        """Remove a control of the request; whether it was there."""
        kept = [one for one in self.controls if elements(one[1])[0][1] != oid.encode()]
        was_there = len(kept) < len(self.controls)
        self.controls = kept
        return was_there


@dataclass(slots=True)
class Attribute:
    """An attribute with its values as they are on the wire; `how` is what a modify request does with it."""

    name: str
    values: list[bytes]
    how: int = ADD

    @property
    def is_member(self) -> bool:
        return self.name.lower() == "member"

    @classmethod
    def of(cls, content: bytes, how: int = ADD) -> Attribute:
        (_, name), (_, values) = elements(content)
        return cls(name.decode(), [value for _, value in elements(values)], how)

    def encoded(self) -> bytes:
        return attribute(self.name, self.values)


@dataclass(slots=True)
class Entry:
    """An add request or an entry of a search result: a name and attributes (both look alike)."""

    dn: str
    attributes: list[Attribute]

    @classmethod
    def of(cls, body: bytes) -> Entry:
        (_, dn), (_, listed) = elements(body)
        return cls(dn.decode(), [Attribute.of(content) for _, content in elements(listed)])

    def get(self, name: str) -> Attribute | None:
        return next((one for one in self.attributes if one.name.lower() == name.lower()), None)

    def put(self, name: str, *values: bytes) -> None:
        self.drop(name)
        self.attributes.append(Attribute(name, list(values)))

    def drop(self, name: str) -> None:
        self.attributes = [one for one in self.attributes if one.name.lower() != name.lower()]

    def body(self) -> bytes:
        return octets(self.dn) + encode(SEQUENCE, [one.encoded() for one in self.attributes])


@dataclass(slots=True)
class Modify:
    """A modify request."""

    dn: str
    changes: list[Attribute]

    @classmethod
    def of(cls, body: bytes) -> Modify:
        (_, dn), (_, listed) = elements(body)
        changes = []
        for _, change in elements(listed):
            (_, how), (_, content) = elements(change)
            changes.append(Attribute.of(content, how[0]))
        return cls(dn.decode(), changes)

    def body(self) -> bytes:
        changes = [encode(SEQUENCE, [integer(one.how, ENUMERATED), one.encoded()]) for one in self.changes]
        return octets(self.dn) + encode(SEQUENCE, changes)


@dataclass(slots=True)
class Search:
    """A search request."""

    base: str
    scope: int
    middle: list[Element]
    """Dereferencing, limits, types only, filter."""
    wanted: list[str]

    @classmethod
    def of(cls, body: bytes) -> Search:
        (_, base), (_, scope), *middle, (_, wanted) = elements(body)
        return cls(base.decode(), scope[0], middle, [name.decode() for _, name in elements(wanted)])

    @property
    def filter(self) -> Element:
        return self.middle[-1]

    def wants(self, name: str) -> bool:
        """Whether it is asked for by name, or with all attributes."""
        names = {one.lower() for one in self.wanted}
        return name.lower() in names or "*" in names or not names

    def names(self, name: str) -> bool:
        """Whether it is asked for by name."""
        return name.lower() in {one.lower() for one in self.wanted}

    def body(self) -> bytes:
        middle = b"".join(encode(tag, content) for tag, content in self.middle)
        wanted = encode(SEQUENCE, [octets(name) for name in self.wanted])
        return octets(self.base) + integer(self.scope, ENUMERATED) + middle + wanted


def result_code(body: bytes) -> int:
    """The result code of an answer."""
    return int.from_bytes(elements(body)[0][1], "big")


def result(request: Parts, code: int, words: str = "", extra: bytes = b"") -> Message:
    """An answer of our own to a request."""
    body = integer(code, ENUMERATED) + octets("") + octets(words) + extra
    return Parts(request.identifier, _ANSWER_TO[request.tag], body).message()


def entry_message(identifier: int, entry: Entry) -> Message:
    return Parts(identifier, ENTRY, entry.body()).message()
