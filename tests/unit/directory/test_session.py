# SPDX-License-Identifier: MIT
"""One LDAP conversation: what is asked, how often, and what is said when it goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from jit_desktop.directory.filters import ANYTHING
from jit_desktop.directory.punctual import Limit, PunctualChannel
from jit_desktop.directory.session import ADD, LdapSession
from jit_desktop.elevation.errors import (
    Cancelled,
    DirectoryUnavailable,
    JitError,
    OutcomeUnknown,
    ReferredElsewhere,
    RejectedByDirectory,
    SignInFailed,
)
from jit_desktop.elevation.secret import Secret
from tests.unit.directory.scripted import (
    HangUp,
    Request,
    ScriptedServer,
    entry,
    notice_of_disconnection,
    result,
)

READ = [
    pytest.param(lambda s: list(s.search("DC=x", ANYTHING, ["cn"])), id="search"),
    pytest.param(lambda s: s.read("CN=a,DC=x", ["cn"]), id="read"),
    pytest.param(lambda s: s.extended("1.2.3"), id="extended"),
    pytest.param(lambda s: s.bind_simple("svc", Secret("pw")), id="bind"),
]
WRITES = [
    pytest.param(lambda s: s.add("CN=a,DC=x", {"objectClass": ["group"]}), id="add"),
    pytest.param(lambda s: s.modify("CN=a,DC=x", {"member": (ADD, ["CN=b,DC=x"])}), id="modify"),
    pytest.param(lambda s: s.delete("CN=a,DC=x"), id="delete"),
]
Call = Callable[[LdapSession], object]


def hangs_up(_: Request) -> Iterable[bytes]:
    raise HangUp


def says_nothing(_: Request) -> Iterable[bytes]:
    return ()


def talks_nonsense(_: Request) -> Iterable[bytes]:
    return (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n" + b"\x00" * 128,)


def says_goodbye(_: Request) -> Iterable[bytes]:
    return (notice_of_disconnection(),)


def answers_in_half(request: Request) -> Iterable[bytes]:
    yield result(request)[:-3]
    raise HangUp


@pytest.mark.parametrize("fault", [hangs_up, says_nothing, talks_nonsense, says_goodbye, answers_in_half])
@pytest.mark.parametrize("call", READ)
def test_that_a_request_without_an_answer_is_said_to_have_none(
    call: Call, fault: Callable[[Request], Iterable[bytes]]
) -> None:
    with ScriptedServer(fault, timeout_seconds=0.2) as server:
        with pytest.raises(DirectoryUnavailable) as raised:
            call(server.session)
        assert type(raised.value) is DirectoryUnavailable
        assert raised.value.subject == "dc1.corp.example.test"


@pytest.mark.parametrize("fault", [hangs_up, says_nothing, talks_nonsense, says_goodbye, answers_in_half])
@pytest.mark.parametrize("call", WRITES)
def test_that_a_write_without_an_answer_is_of_unknown_outcome_and_never_repeated(
    call: Call, fault: Callable[[Request], Iterable[bytes]]
) -> None:
    with ScriptedServer(fault, timeout_seconds=0.2) as server:
        with pytest.raises(OutcomeUnknown):
            call(server.session)
        with pytest.raises(DirectoryUnavailable) as raised:
            call(server.session)
        assert not isinstance(raised.value, OutcomeUnknown)
        assert len(server.requests) == 1


@pytest.mark.parametrize("call", [*READ, *WRITES])
def test_that_a_broken_connection_is_not_used_and_not_opened_again(call: Call) -> None:
    with ScriptedServer(hangs_up) as server:
        with pytest.raises(DirectoryUnavailable):
            server.session.read("", ["cn"])
        with pytest.raises(DirectoryUnavailable, match="closed"):
            call(server.session)
        assert server.kinds == ["searchRequest"]


def test_that_closing_says_goodbye_once_and_twice_does_no_harm() -> None:
    with ScriptedServer(says_nothing) as server:
        server.session.close()
        server.session.close()
    assert server.kinds == ["unbindRequest"]


def _cancelled_while(server: ScriptedServer, call: Call) -> JitError:
    """The error of ``call`` when another thread cancels once the server has the request."""

    def cancel() -> None:
        assert server.asked.wait(5)
        server.session.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    begun = time.monotonic()
    try:
        with pytest.raises(JitError) as raised:
            call(server.session)
    finally:
        canceller.join(5)
    assert time.monotonic() - begun < 20, "it waited for its time-out"
    return raised.value


@pytest.mark.parametrize("call", READ)
def test_that_a_request_can_be_cancelled_from_another_thread(call: Call) -> None:
    with ScriptedServer(says_nothing, timeout_seconds=30) as server:
        assert isinstance(_cancelled_while(server, call), Cancelled)


def test_that_a_cancel_is_heard_where_shutting_down_wakes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(says_nothing, timeout_seconds=30) as server:
        monkeypatch.setattr("socket.socket.shutdown", lambda *_: None)  # as on Windows
        assert isinstance(
            _cancelled_while(server, lambda session: session.read("CN=a,DC=x", ["cn"])), Cancelled
        )
        monkeypatch.undo()


@pytest.mark.parametrize("call", WRITES)
def test_that_a_write_that_is_cancelled_on_its_way_is_of_unknown_outcome(call: Call) -> None:
    with ScriptedServer(says_nothing, timeout_seconds=30) as server:
        assert isinstance(_cancelled_while(server, call), OutcomeUnknown)


@pytest.mark.parametrize("call", [*READ, *WRITES])
def test_that_nothing_is_sent_after_a_cancel(call: Call) -> None:
    with ScriptedServer(says_nothing) as server:
        server.session.cancel()
        with pytest.raises(Cancelled):
            call(server.session)
        server.session.close()
        assert server.kinds == []


def test_that_a_search_goes_on_page_by_page_to_the_end() -> None:
    pages = iter([(["a", "b"], b"next"), (["c"], b"last"), ([], b"")])

    def script(request: Request) -> Iterable[bytes]:
        names, cookie = next(pages)
        yield from (entry(request, f"CN={name},DC=x", {"cn": [name]}) for name in names)
        yield result(request, cookie=cookie)

    with ScriptedServer(script) as server:
        found = [one.text("CN") for one in server.session.search("DC=x", ANYTHING, ["cn"])]
        assert found == ["a", "b", "c"]
        assert len(server.requests) == 3
        assert b"next" in server.requests[1].raw


def test_that_a_search_stops_asking_when_it_has_enough() -> None:
    def script(request: Request) -> Iterable[bytes]:
        yield from (entry(request, f"CN={number},DC=x", {"cn": [str(number)]}) for number in range(5))
        yield result(request, cookie=b"more")

    with ScriptedServer(script) as server:
        assert len(list(server.session.search("DC=x", ANYTHING, ["cn"], limit=3))) == 3
        assert len(server.requests) == 1


def test_that_a_search_that_fails_on_its_second_page_does_not_look_complete() -> None:
    answers = iter([(0, b"more"), (52, None)])

    def script(request: Request) -> Iterable[bytes]:
        code, cookie = next(answers)
        yield entry(request, "CN=a,DC=x", {"cn": ["a"]})
        yield result(request, code, cookie=cookie)

    with ScriptedServer(script) as server, pytest.raises(DirectoryUnavailable):
        list(server.session.search("DC=x", ANYTHING, ["cn"]))


def test_that_a_referral_is_not_followed() -> None:
    with ScriptedServer(lambda request: [result(request, 10)]) as server:
        with pytest.raises(ReferredElsewhere, match="can't say whether elsewhere is there"):
            server.session.read("DC=elsewhere", ["cn"])
        assert len(server.requests) == 1


def test_that_what_can_not_be_deleted_is_not_said_to_exist_already() -> None:
    refuses = pytest.raises(RejectedByDirectory, match="refused to delete a")
    with ScriptedServer(lambda request: [result(request, 68)]) as server, refuses:
        server.session.delete("CN=a,DC=x")


def test_that_a_password_goes_out_as_it_was_typed() -> None:
    """RFC 4013 would turn the superscript into a digit and refuse the rest."""
    typed = "naïve²\u00a0\u200b🔑"
    with ScriptedServer(lambda request: [result(request)]) as server:
        server.session.bind_simple("svc@corp.example.test", Secret(typed))
        assert typed.encode() in server.requests[0].raw


@pytest.mark.parametrize("code", [0, 49])
def test_that_the_session_keeps_no_password(code: int) -> None:
    words = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1"
    with ScriptedServer(lambda request: [result(request, code, words)]) as server:
        try:
            server.session.bind_simple("svc", Secret("hunter2-hunter2"))
        except SignInFailed as error:
            assert "hunter2" not in f"{error!r}{error.message}{error.remedy}{error.subject}"  # noqa: PT017
        assert "hunter2" not in _everything_in(server.session)


def _everything_in(root: object) -> str:
    """All text that can be reached from ``root`` through attributes and containers."""
    seen: set[int] = set()
    texts: list[str] = []
    waiting: list[Any] = [root]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, str):
            texts.append(one)
        elif isinstance(one, bytes | bytearray):
            texts.append(one.decode("latin-1"))
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            waiting += one
        elif type(one).__module__.split(".")[0] in {"jit_desktop", "ldap3"}:
            waiting.append(vars(one) if hasattr(one, "__dict__") else ())
    return "\n".join(texts)


@pytest.mark.parametrize("call", READ)
def test_that_an_answer_that_drips_does_not_go_on_for_ever(call: Call) -> None:
    sent = 0

    def drips(request: Request) -> Iterable[bytes]:
        nonlocal sent
        for byte in entry(request, "CN=a,DC=x", {"cn": ["x" * 5000]}):
            if stopped.wait(0.02):
                return
            sent += 1
            yield bytes([byte])

    stopped = threading.Event()
    with ScriptedServer(drips, timeout_seconds=0.2) as server:
        with pytest.raises(DirectoryUnavailable, match="did not answer in time"):
            call(server.session)
        stopped.set()
    assert 3 < sent < 1000


class Slow:
    """A channel that answers after so many looks; it is its own plain socket and keeps the time."""

    def __init__(self, looks: int) -> None:
        self.now, self._looks = 0.0, looks
        self._patience: float | None = 1.0

    def gettimeout(self) -> float | None:
        return self._patience

    def settimeout(self, seconds: float | None) -> None:
        self._patience = seconds

    def send(self, data: memoryview) -> int:
        return len(data)

    def recv(self, _: int) -> bytes:
        if self._looks:
            self._looks -= 1
            self.now += self._patience or 0
            raise TimeoutError
        return b"whole"


def channel_over(slow: Any, monkeypatch: pytest.MonkeyPatch) -> PunctualChannel:
    monkeypatch.setattr("jit_desktop.directory.punctual.time.monotonic", lambda: slow.now)
    return PunctualChannel(slow, slow, Limit())


def test_that_silence_ends_an_answer_after_the_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    channel = channel_over(Slow(looks=9), monkeypatch)
    channel.sendall(b"request")
    assert channel.recv(1) == b"whole"
    channel = channel_over(Slow(looks=11), monkeypatch)
    channel.sendall(b"request")
    with pytest.raises(TimeoutError):
        channel.recv(1)


def test_that_each_request_has_its_own_time_whoever_sends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(looks=1)
    channel = channel_over(slow, monkeypatch)
    channel.sendall(b"request")
    assert channel.recv(1) == b"whole"
    slow.now += 1000  # such as the time that a ticket takes
    channel.sendall(b"request")
    assert channel.recv(1) == b"whole"
