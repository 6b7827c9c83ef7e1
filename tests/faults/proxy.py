# SPDX-License-Identifier: MIT
"""Stands between the program and the real domain controller and does what networks do at the worst moment."""

import asyncio
import contextlib
import ssl
import tempfile
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol, Self, TypeVar, get_args

from tests.samba.certificates import ServerCertificate
from tests.samba.server import SambaDomain

Encryption = Literal["ldaps", "starttls", "none"]
Operation = Literal["bind", "unbind", "search", "modify", "add", "delete", "modify dn", "abandon", "extended"]
Fault = Literal[
    "cut before", "cut after", "cut in the middle", "hang after", "refuse from", "hang from", "slow from"
]
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
_Result = TypeVar("_Result")

# RFC 4511 section 4.2 and following: the application tags of the requests.
_OPERATIONS: Final[dict[int, Operation]] = {
    0x60: "bind", 0x42: "unbind", 0x63: "search",
    0x66: "modify", 0x68: "add", 0x4A: "delete", 0x6C: "modify dn", 0x50: "abandon", 0x77: "extended",
}  # fmt: skip
_START_TLS: Final = b"1.3.6.1.4.1.1466.20037"
_START_TLS_SUCCESS: Final = bytes.fromhex("78070a010004000400")
_WAIT_SECONDS: Final = 10
_SETTLE_SECONDS: Final = 5
_SETTLE_POLL_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Message:
    """One LDAP message ([RFC 4511] 4.1.1) as it crossed the proxy."""

    raw: bytes
    identifier: int
    tag: int

    @property
    def operation(self) -> Operation | None:
        """Which request it is; None for an answer."""
        return _OPERATIONS.get(self.tag)

    @property
    def is_final(self) -> bool:
        """Whether an answer ends its operation: all but search entries, references, intermediate ones."""
        return self.tag not in {0x64, 0x73, 0x79}


class Translator(Protocol):
    """Changes what crosses one connection; called in the proxy's own thread, one message at a time."""

    @property
    def is_waiting(self) -> bool:
        """Whether the answer to a request that it has to know of is still to come."""

    def request(self, message: Message) -> tuple[Message | None, list[Message]]:
        """What goes on to the domain controller, and what is answered at once."""

    def answer(self, message: Message) -> list[Message]:
        """What goes on to the client."""


@dataclass(slots=True)
class _Plan:
    """A fault that waits for the n-th request of a kind."""

    fault: Fault
    operation: Operation | None
    """None: of any kind."""
    countdown: int


class LdapProxy:
    """A listener with a certificate of its own choice that passes LDAP on to the real domain controller.

    host, address, port   where it listens; `host` is the domain controller's name
    ca_file               the authority of its certificate, unless another certificate was given
    seen                  the kinds of the requests that came in, in order
    received              every byte of the requests, decrypted (with "none": what crossed the wire)

    The faults:
    `refuse()`            connections are refused and the open ones cut: the domain controller is gone
    `hang()`              connections are accepted and nothing is ever answered
    `slow(seconds)`       every answer is late by so much
    `cut_before(op)`      the connection ends when such a request comes in; it goes no further
    `cut_after(op)`       the domain controller has carried it out, and the connection ends before its answer
    `hang_after(op)`      the domain controller has carried it out, and its answer never comes
    `strike(fault, nth)`  one of `FAULTS` at the n-th request from now, whatever it is: the above, and
                          "cut in the middle" (of a page of results, or of a message where there is but one),
                          "refuse from", "hang from" and "slow from" (that request on, by `slow_seconds`)
    `mend()`              all is well again
    Those that wait for a request strike once, at the `nth` such request from now; then `struck` is set.
    """

    def __init__(
        self,
        domain: SambaDomain,
        certificate: ServerCertificate | None = None,
        encryption: Encryption = "ldaps",
        *,
        port: int = 0,
    ) -> None:
        self.host, self.address, self.ca_file = domain.host, domain.address, domain.ca_file
        self.seen: list[Operation] = []
        self.received = bytearray()
        self.struck = threading.Event()
        self._domain, self._encryption = domain, encryption
        shown = certificate or domain.authority.issue([domain.host], [domain.address])
        self._server_context = _server_context(shown)
        self._client_context = ssl.create_default_context(cafile=str(domain.ca_file))
        self._plans: list[_Plan] = []
        self._delay_seconds = 0.0
        self.slow_seconds = 0.2
        self._hanging = False
        self._listener: asyncio.Server | None = None
        self._conversations: set[asyncio.Task[None]] = set()
        self._failures: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda _, context: self._failures.append(str(context)))
        self._thread = threading.Thread(target=self._loop.run_forever, name="ldap-proxy")
        self._thread.start()
        self.port = port
        try:
            self._run(self._listen())
        except BaseException:
            self.close()
            raise

    @classmethod
    @contextlib.contextmanager
    def in_front_of(
        cls,
        domain: SambaDomain,
        *,
        certificate: ServerCertificate | None = None,
        encryption: Encryption = "ldaps",
    ) -> Iterator[Self]:
        proxy = cls(domain, certificate, encryption)
        try:
            yield proxy
        finally:
            proxy.close()

    def translator(self) -> Translator | None:
        """What changes the messages of a new connection; None passes them on as they are."""
        return None

    # -- faults -------------------------------------------------------------------------------------------

    def refuse(self) -> None:
        self._run(self._stop_listening())

    def hang(self) -> None:
        self._hanging = True

    def slow(self, seconds: float) -> None:
        self._delay_seconds = seconds

    def cut_before(self, operation: Operation, nth: int = 1) -> None:
        self._plan("cut before", operation, nth)

    def cut_after(self, operation: Operation, nth: int = 1) -> None:
        self._plan("cut after", operation, nth)

    def hang_after(self, operation: Operation, nth: int = 1) -> None:
        self._plan("hang after", operation, nth)

    def strike(self, fault: Fault, nth: int) -> None:
        self._plan(fault, None, nth)

    def mend(self) -> None:
        """Pass everything on again; connections that hang are cut."""
        self._plans.clear()
        self._delay_seconds = 0
        self._hanging = False
        self._run(self._stop_listening())
        self._run(self._listen())

    def close(self) -> None:
        """Stop; a failure of the proxy itself is raised here."""
        self._run(self._stop_listening())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_WAIT_SECONDS)
        self._loop.close()
        assert not self._failures, self._failures

    def _plan(self, fault: Fault, operation: Operation | None, nth: int) -> None:
        self.struck.clear()
        self._plans.append(_Plan(fault, operation, nth))

    # -- listening ----------------------------------------------------------------------------------------

    def _run(self, work: Coroutine[None, None, _Result]) -> _Result:
        future: Future[_Result] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(_WAIT_SECONDS)

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._accept, self.address, self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        # A client that refuses our certificate or hangs up, and a cut of our own, are what this is for.
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
            await self._converse(reader, writer)
        self._conversations.discard(task)
        writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._hanging:
            await asyncio.Event().wait()
        if self._encryption == "ldaps":
            await writer.start_tls(self._server_context)
        plain = self._encryption == "none"
        opening = asyncio.ensure_future(
            asyncio.open_connection(
                self.address,
                self._domain.ldap_port if plain else self._domain.ldaps_port,
                ssl=None if plain else self._client_context,
                server_hostname=None if plain else self.host,
            )
        )
        try:
            to_dc = await asyncio.shield(opening)
        except asyncio.CancelledError:
            # Cancelled in its handshake, asyncio leaves the connection open; this may be cancelled again.
            while not opening.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([opening])
            if opening.exception() is None:
                opening.result()[1].transport.abort()
            raise
        conversation = _Conversation(self, reader, writer, *to_dc)
        both = [asyncio.create_task(conversation.requests()), asyncio.create_task(conversation.answers())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # A client that is gone may have had something written: the answer to it is still heard.
            with contextlib.suppress(asyncio.CancelledError):
                await conversation.settle(both[1])
            # First: the rest may be cancelled again.
            to_dc[1].transport.abort()
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def write_answer(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        """Pass an answer on to the client."""
        writer.write(data)
        await writer.drain()

    # -- asked by the conversation ------------------------------------------------------------------------

    def note(self, message: Message) -> Fault | None:
        """Write the request down; returns the fault whose turn it is."""
        self.received += message.raw
        operation = message.operation
        if operation is None:
            return None
        self.seen.append(operation)
        for plan in self._plans:
            if plan.operation in (None, operation):
                plan.countdown -= 1
                if plan.countdown == 0:
                    self._plans.remove(plan)
                    return plan.fault
        return None

    async def begin(self, fault: Fault) -> None:
        """Let a fault that goes on begin."""
        self.struck.set()
        if fault == "refuse from" and self._listener is not None:
            self._listener.close()
            self._listener = None
        self._hanging = self._hanging or fault == "hang from"
        if fault == "slow from":
            self._delay_seconds = self.slow_seconds

    @property
    def is_hanging(self) -> bool:
        return self._hanging

    @property
    def delay_seconds(self) -> float:
        return self._delay_seconds

    def starts_tls(self, message: Message) -> bool:
        return (
            self._encryption == "starttls" and message.operation == "extended" and _START_TLS in message.raw
        )

    async def start_tls(self, message: Message, writer: asyncio.StreamWriter) -> None:
        """Answer StartTLS ourselves ([RFC 4511] 4.14), with our own certificate."""
        identifier = message.raw[message.raw.index(b"\x02") :][
            : 2 + message.raw[message.raw.index(b"\x02") + 1]
        ]
        body = identifier + _START_TLS_SUCCESS
        writer.write(bytes([0x30, len(body)]) + body)
        await writer.drain()
        await writer.start_tls(self._server_context)


class _Conversation:
    """One connection through the proxy: requests up, answers down."""

    def __init__(
        self,
        proxy: LdapProxy,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        dc_reader: asyncio.StreamReader,
        dc_writer: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._reader, self._writer = reader, writer
        self._dc_reader, self._dc_writer = dc_reader, dc_writer
        self._awaited: dict[int, Fault] = {}
        self._translator = proxy.translator()

    async def requests(self) -> None:
        while True:
            message = await read_message(self._reader)
            fault = self._proxy.note(message)
            if self._proxy.starts_tls(message):
                await self._proxy.start_tls(message, self._writer)
                continue
            if fault == "cut before":
                self._proxy.struck.set()
                return
            if fault in ("refuse from", "hang from", "slow from"):
                await self._proxy.begin(fault)
                if fault == "refuse from":
                    return
            elif fault is not None:
                self._awaited[message.identifier] = fault
            passed: Message | None = message
            if self._translator is not None:
                passed, at_once = self._translator.request(message)
                for answer in at_once:
                    if not await self._give(answer):
                        return
            if passed is not None:
                self._dc_writer.write(passed.raw)
                await self._dc_writer.drain()

    async def answers(self) -> None:
        while True:
            message = await read_message(self._dc_reader)
            for answer in [message] if self._translator is None else self._translator.answer(message):
                if not await self._give(answer):
                    return

    async def settle(self, answers: asyncio.Task[None]) -> None:
        """Wait for what the translator waits for, as long as the domain controller is there."""
        give_up = asyncio.get_running_loop().time() + _SETTLE_SECONDS
        while self._translator is not None and self._translator.is_waiting and not answers.done():
            if asyncio.get_running_loop().time() > give_up:
                return
            await asyncio.wait([answers], timeout=_SETTLE_POLL_SECONDS)

    async def _give(self, message: Message) -> bool:
        """Answer the client, unless a fault is meant for this answer; False when the connection ends here."""
        fault = self._awaited.get(message.identifier)
        if fault == "cut in the middle":
            # An entry crosses and the rest does not; a lone message is cut itself.
            self._writer.write(message.raw[: len(message.raw) // 2] if message.is_final else message.raw)
            await self._writer.drain()
            self._proxy.struck.set()
            return False
        if fault is not None and not message.is_final:
            return True
        if fault is not None:
            self._proxy.struck.set()
        if fault == "cut after":
            return False
        if fault == "hang after" or self._proxy.is_hanging:
            await asyncio.Event().wait()
        if self._proxy.delay_seconds:
            await asyncio.sleep(self._proxy.delay_seconds)
        await self._proxy.write_answer(self._writer, message.raw)
        return True


async def read_message(reader: asyncio.StreamReader) -> Message:
    """Read one whole message; the end of the stream raises EOFError."""
    head = await reader.readexactly(2)
    size = head[1]
    if size & 0x80:
        more = await reader.readexactly(size & 0x7F)
        head, size = head + more, int.from_bytes(more, "big")
    body = await reader.readexactly(size)
    after_identifier = 2 + body[1]
    identifier = int.from_bytes(body[2:after_identifier], "big")
    return Message(head + body, identifier, body[after_identifier])


def _server_context(certificate: ServerCertificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        files = certificate.write(Path(folder), "proxy")
        context.load_cert_chain(*files)
    return context
