# SPDX-License-Identifier: MIT
"""The proxy itself: every connection through it sees the real Samba as a Windows forest."""

from __future__ import annotations

from tests.faults.proxy import Encryption, LdapProxy, Message, Translator
from tests.samba.certificates import ServerCertificate
from tests.samba.server import SambaDomain
from tests.samba.windows_like.administrator import Administrator
from tests.samba.windows_like.ber import elements
from tests.samba.windows_like.clock import ShiftedClock
from tests.samba.windows_like.forest import Forest
from tests.samba.windows_like.messages import Parts, result_code
from tests.samba.windows_like.reads import Reading, answered, asked
from tests.samba.windows_like.writes import Write, translated

_BIND = 0x60
_SEARCH = 0x63
_WRITES = frozenset({0x66, 0x68, 0x4A, 0x77})


class WindowsLikeProxy(LdapProxy):
    """An :class:`LdapProxy` with all its faults that imitates what `tests.samba.windows_like` says.

    clock           `clock.advance(seconds)` puts the domain's time forward; what is due has ended then
    forest          the settings, to be changed by a test: `dynamic_objects`, `ttl_links`,
                    `minimum_seconds`, `default_seconds`; and `deletes`, false for a directory that is late
    expire_due()    end what is over; also called on every request
    """

    def __init__(
        self,
        domain: SambaDomain,
        certificate: ServerCertificate | None = None,
        encryption: Encryption = "ldaps",
    ) -> None:
        self._administrator = Administrator(domain)
        self.forest = Forest(self._administrator)
        self.clock.listeners.append(self.expire_due)
        super().__init__(domain, certificate, encryption)

    @property
    def clock(self) -> ShiftedClock:
        return self.forest.clock

    def expire_due(self) -> None:
        self.forest.expire_due()

    def translator(self) -> Translator | None:
        return _Translator(self.forest)

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._administrator.close()


class _Translator:
    """One connection's messages."""

    def __init__(self, forest: Forest) -> None:
        self._forest = forest
        self._writes: dict[int, Write] = {}
        self._readings: dict[int, Reading] = {}
        self._who = ""

    @property
    def is_waiting(self) -> bool:
        return bool(self._writes)

    def request(self, message: Message) -> tuple[Message | None, list[Message]]:
        with self._forest.lock:
            self._forest.expire_due()
            if message.tag == _SEARCH:
                passed, self._readings[message.identifier] = asked(self._forest, Parts.of(message))
                return passed, []
            if message.tag == _BIND:
                self._who = elements(Parts.of(message).body)[1][1].decode()
            if message.tag not in _WRITES:
                return message, []
            write = translated(self._forest, Parts.of(message), self._who)
            if write.passed is not None and write.noted:
                self._writes[message.identifier] = write
            return write.passed, [] if write.answer is None else [write.answer]

    def answer(self, message: Message) -> list[Message]:
        with self._forest.lock:
            if (reading := self._readings.get(message.identifier)) is not None:
                if message.is_final:
                    del self._readings[message.identifier]
                return answered(self._forest, reading, message)
            if (write := self._writes.get(message.identifier)) is not None:
                if result_code(Parts.of(message).body) == 0:
                    for note in write.noted:
                        note()
                    self._forest.noted.set()
                del self._writes[message.identifier]
            return [message]
