# SPDX-License-Identifier: MIT
"""A domain controller that answers, and answers wrongly: its clock is off, it refers elsewhere, it hides
things, it drips. All of it is done to the messages of a real one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from typing_extensions import override

from tests.faults.proxy import LdapProxy, Message, Translator
from tests.samba.certificates import ServerCertificate
from tests.samba.server import SambaDomain
from tests.samba.windows_like.ber import ENUMERATED, elements, encode, integer, octets
from tests.samba.windows_like.messages import Entry, Parts

NO_SUCH_OBJECT: Final = 32
REFERRAL: Final = 10
BUSY: Final = 51
_SEARCH: Final = 0x63
_ENTRY: Final = 0x64
_SEARCH_DONE: Final = 0x65
_TIME_FORMAT: Final = "%Y%m%d%H%M%S.0Z"
_REFERRAL_TAG: Final = 0xA3
_WRITES: Final = {0x66: 0x67, 0x68: 0x69, 0x4A: 0x6B, 0x6C: 0x6D}
"""Modify, add, delete and rename, with their answers (RFC 4511 4.6 to 4.9)."""


@dataclass
class Lies:
    """What is wrong with a domain controller; to be changed at any time.

    clock_seconds    how far its clock is ahead
    refuses          searches whose base has these bytes are answered with this result instead
    hides            entries in which these bytes occur are left out
    unsynchronized   whether it says that it is not synchronized
    drips            seconds between two bytes of every answer; 0: none
    writes           what each write is answered with and not done: a result, or "nothing"; None: it is done
    """

    clock_seconds: float = 0
    refuses: dict[bytes, int] = field(default_factory=dict)
    hides: list[bytes] = field(default_factory=list)
    unsynchronized: bool = False
    drips: float = 0
    writes: int | Literal["nothing"] | None = None


class LyingProxy(LdapProxy):
    """An :class:`LdapProxy` with all its faults, whose `lies` can be set."""

    def __init__(
        self, domain: SambaDomain, certificate: ServerCertificate | None = None, *, port: int = 0
    ) -> None:
        self.lies = Lies()
        super().__init__(domain, certificate, port=port)

    @override
    def translator(self) -> Translator | None:
        return _Translator(self.lies)

    @override
    async def write_answer(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        for byte in data if self.lies.drips else b"":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(self.lies.drips)
        if not self.lies.drips:
            await super().write_answer(writer, data)


class _Translator:
    """One connection's messages."""

    is_waiting = False

    def __init__(self, lies: Lies) -> None:
        self._lies = lies

    def request(self, message: Message) -> tuple[Message | None, list[Message]]:
        if message.tag in _WRITES and self._lies.writes is not None:
            if self._lies.writes == "nothing":
                return None, []
            return None, [_refused(message.identifier, self._lies.writes, _WRITES[message.tag])]
        if message.tag == _SEARCH:
            base = elements(Parts.of(message).body)[0][1].lower()
            for part, code in self._lies.refuses.items():
                if part.lower() in base:
                    return None, [_refused(message.identifier, code)]
        return message, []

    def answer(self, message: Message) -> list[Message]:
        if message.tag != _ENTRY:
            return [message]
        if any(part.lower() in message.raw.lower() for part in self._lies.hides):
            return []
        parts = Parts.of(message)
        entry = Entry.of(parts.body)
        for attribute in entry.attributes:
            if attribute.name.lower() == "currenttime" and self._lies.clock_seconds:
                attribute.values = [self._later(value) for value in attribute.values]
            if attribute.name.lower() == "issynchronized" and self._lies.unsynchronized:
                attribute.values = [b"FALSE"]
        parts.body = entry.body()
        return [parts.message()]

    def _later(self, text: bytes) -> bytes:
        at = datetime.strptime(text.decode(), _TIME_FORMAT).replace(tzinfo=UTC)
        return (at + timedelta(seconds=self._lies.clock_seconds)).strftime(_TIME_FORMAT).encode()


def _refused(identifier: int, code: int, tag: int = _SEARCH_DONE) -> Message:
    body = [integer(code, ENUMERATED), octets(""), octets("lied")]
    if code == REFERRAL:
        body.append(encode(_REFERRAL_TAG, octets("ldap://elsewhere.example.test/")))
    return Parts(identifier, tag, b"".join(body)).message()


@contextlib.contextmanager
def in_front_of_both(one: SambaDomain, other: SambaDomain) -> Iterator[tuple[LyingProxy, LyingProxy]]:
    """A proxy in front of each, both at the same port, as two domain controllers are."""
    first = LyingProxy(one)
    try:
        second = LyingProxy(other, port=first.port)
        try:
            yield first, second
        finally:
            second.close()
    finally:
        first.close()
