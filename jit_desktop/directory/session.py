# SPDX-License-Identifier: MIT
"""One LDAP conversation over a connection that is already protected: requests out, answers or typed errors
back.

ldap3 encodes, numbers and decodes the messages. It never opens a socket, never follows a referral, never
repeats anything and never continues a range by itself (where it would take a failure for the end of the
list).
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from ldap3 import (
    AUTO_BIND_NONE,
    BASE,
    DEREF_NEVER,
    LEVEL,
    MODIFY_ADD,
    MODIFY_DELETE,
    MODIFY_REPLACE,
    NONE,
    SAFE_SYNC,
    SIMPLE,
    SUBTREE,
    Connection,
    Server,
)
from ldap3.core.exceptions import LDAPCommunicationError, LDAPException, LDAPResponseTimeoutError
from ldap3.operation.add import add_operation
from ldap3.operation.bind import bind_operation
from ldap3.operation.delete import delete_operation
from ldap3.operation.extended import extended_operation
from ldap3.operation.modify import modify_operation
from ldap3.operation.search import search_operation
from ldap3.protocol.controls import build_control
from ldap3.protocol.microsoft import extended_dn_control, security_descriptor_control
from ldap3.protocol.rfc2696 import paged_search_control
from ldap3.protocol.rfc4511 import Filter
from pyasn1.error import PyAsn1Error

from jit_desktop.directory import kerberos
from jit_desktop.directory.attributes import Found, text
from jit_desktop.directory.filters import ANYTHING
from jit_desktop.directory.punctual import Channel, Limit, PunctualChannel, in_time
from jit_desktop.directory.results import NO_SUCH_OBJECT, REFERRAL, SUCCESS, error_for, referred, with_name
from jit_desktop.directory.signin import refused
from jit_desktop.directory.starttls import not_a_directory
from jit_desktop.elevation.errors import (
    AlreadyExists,
    Cancelled,
    DirectoryError,
    DirectoryUnavailable,
    JitError,
    OutcomeUnknown,
    PrimaryGroupInUse,
)
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.secret import Secret

ADD: Final = MODIFY_ADD
DELETE: Final = MODIFY_DELETE
REPLACE: Final = MODIFY_REPLACE
OBJECT: Final = BASE
ONE_LEVEL: Final = LEVEL
WHOLE_TREE: Final = SUBTREE
_PAGE: Final = 1000
"""MaxPageSize of Active Directory ([MS-ADTS] 3.1.1.3.4.6); it never gives more at once."""
_ENTRY: Final = "searchResEntry"
_ENTRY_OPERATION: Final = 4
"""Application tag of an entry of a search result (RFC 4511 4.5.2)."""
_PAGED_RESULTS: Final = "1.2.840.113556.1.4.319"
_LINK_TTL: Final = "1.2.840.113556.1.4.2309"
"""LDAP_SERVER_LINK_TTL_OID, without a value ([MS-ADTS] 3.1.1.3.4.1.36)."""
_SHOW_DELETED: Final = "1.2.840.113556.1.4.417"
"""LDAP_SERVER_SHOW_DELETED_OID, without a value ([MS-ADTS] 3.1.1.3.4.1.14)."""
_LDAP_VERSION: Final = 3
_FAREWELL_SECONDS: Final = 1.0
"""So long a server that takes nothing any more may delay the end of a connection."""


class LdapSession:
    """Serves one thread at a time; only :meth:`cancel` may come from another."""

    def __init__(
        self, channel: Channel, plain: socket.socket, peer: str, *, limit: Limit | None = None
    ) -> None:
        """``plain`` is the socket under ``channel`` (they may be the same), ``peer`` its name for messages;
        ``limit`` is that of the connection that is being made, until :meth:`work_until` sets another."""
        self._plain = plain
        self._peer = peer
        self._limit = limit or Limit()
        self._broken = False
        self._connection = Connection(
            Server("directory", get_info=NONE),
            auto_bind=AUTO_BIND_NONE,
            client_strategy=SAFE_SYNC,
            auto_referrals=False,
            auto_range=False,
            check_names=False,
            return_empty_attributes=False,
        )
        _adopt(self._connection, PunctualChannel(channel, plain, self._limit))

    @property
    def is_usable(self) -> bool:
        """Whether anything more can be asked: nothing was lost, broken off or closed, and there is time."""
        return not self._broken and not self._limit.is_cancelled and self._limit.seconds_left > 0

    def work_until(self, monotonic: float | None) -> None:
        """No request may take longer than until then, by ``time.monotonic``, the one that is under way
        included; ``None``: its time-out alone."""
        self._limit.until = monotonic

    @property
    def peer(self) -> str:
        """Whom we talk to, for messages."""
        return self._peer

    # signing in

    def bind_simple(self, name: str, password: Secret) -> None:
        """Sign in with a name and a password; the caller made sure that the connection is encrypted.

        Raises :class:`SignInFailed` or one of its kinds. ``password`` is sent as it is: Active Directory does
        not prepare passwords by RFC 4013.
        """
        request = bind_operation(_LDAP_VERSION, SIMPLE, name, password.reveal().encode())
        result = self._exchange("bindRequest", request)[-1]
        if result["result"] != SUCCESS:
            raise refused(result, name)

    def bind_kerberos(self, service_host: str, *, seal: bool) -> None:
        """Sign in as who is logged on; with ``seal`` all that follows is sealed."""
        with self._translated(write=False):
            # The system's libraries ask for tickets over the network, with time-outs of their own.
            result = in_time(self._limit, lambda: kerberos.sign_in(self._connection, service_host, seal=seal))
        if result["result"] != SUCCESS:
            raise refused(result, f"ldap/{service_host}", by_ticket=True)

    # asking

    def read(
        self,
        dn: str,
        attributes: Sequence[str],
        *,
        subject: str = "",
        extended_dn: bool = False,
        link_ttl: bool = False,
        descriptor: int = 0,
        deleted: bool = False,
    ) -> Found:
        """One object; :class:`NoSuchObject` where there is none."""
        found = list(
            self.search(
                dn,
                ANYTHING,
                attributes,
                scope=OBJECT,
                subject=subject,
                extended_dn=extended_dn,
                link_ttl=link_ttl,
                descriptor=descriptor,
                deleted=deleted,
            )
        )
        if not found:
            raise error_for({"result": NO_SUCH_OBJECT}, subject or dn)
        return found[0]

    def search(
        self,
        base: str,
        where: Filter,
        attributes: Sequence[str],
        *,
        scope: str = WHOLE_TREE,
        limit: int = 0,
        subject: str = "",
        extended_dn: bool = False,
        link_ttl: bool = False,
        descriptor: int = 0,
        whole: bool = False,
        deleted: bool = False,
    ) -> Iterator[Found]:
        """Entries page by page; stops asking as soon as ``limit`` (0: none) or the caller has enough.

        ``extended_dn`` shows DNs with GUID and SID; ``link_ttl`` shows links with the seconds they have left;
        ``descriptor`` says what of ``nTSecurityDescriptor`` is wanted (flags of LDAP_SERVER_SD_FLAGS_OID);
        not all of it is for everybody; ``deleted`` shows tombstones too. With ``whole``,
        :class:`ReferredElsewhere` where another server has a part of the answer; without it that part is left
        out, as are other domains below the base.
        """
        given = 0
        cookie: bytes = b""
        while True:
            controls = [extended_dn_control(True, False)] if extended_dn else []  # noqa: FBT003
            if link_ttl:
                # Critical: a server that does not know it must not answer as if no link had an end.
                controls.append(build_control(_LINK_TTL, True, None))  # noqa: FBT003
            if descriptor:
                controls += security_descriptor_control(True, descriptor)  # noqa: FBT003
            if deleted:
                controls.append(build_control(_SHOW_DELETED, True, None))  # noqa: FBT003
            if scope != OBJECT:
                size = min(_PAGE, limit - given) if limit else _PAGE
                controls.append(paged_search_control(True, size, cookie))  # noqa: FBT003
            *entries, result = self._exchange(
                "searchRequest", _search(base, where, attributes, scope), controls
            )
            if result["result"] == REFERRAL:
                raise referred(result, subject or base, self._peer)
            if result["result"] != SUCCESS:
                raise error_for(result, subject or base)
            for entry in entries:
                if entry["type"] == _ENTRY:
                    yield entry["found"]
                    given += 1
                    if limit and given >= limit:
                        return
                elif whole:
                    raise referred({"referrals": entry.get("uri")}, subject or base, self._peer)
            cookie = result.get("controls", {}).get(_PAGED_RESULTS, {}).get("value", {}).get("cookie", b"")
            if not cookie:
                return

    def extended(self, name: str) -> bytes | None:
        """The answer of an extended operation; ``None`` where the server does not know it."""
        result = self._exchange("extendedReq", extended_operation(name, None))[-1]
        return bytes(result.get("responseValue") or b"") if result["result"] == SUCCESS else None

    # changing; each of these sends one request and never repeats it

    def add(self, dn: str, attributes: Mapping[str, Sequence[str]], *, subject: str = "") -> None:
        """Make an object in one write."""
        values = {name: [value.encode() for value in given] for name, given in attributes.items()}
        self._write("addRequest", add_operation(dn, values, auto_encode=False), subject or dn)

    def modify(self, dn: str, changes: Mapping[str, tuple[str, Sequence[str]]], *, subject: str = "") -> None:
        """Change attributes in one write: name → (``ADD``, ``DELETE`` or ``REPLACE``, values)."""
        operations = {
            name: [(how, [value.encode() for value in values])] for name, (how, values) in changes.items()
        }
        self._write("modifyRequest", modify_operation(dn, operations, auto_encode=False), subject or dn)

    def swap(self, dn: str, name: str, old: str, new: str, *, subject: str = "") -> None:
        """Take one value of an attribute away and put another in its place, in one write."""
        operations = {name: [(DELETE, [old.encode()]), (ADD, [new.encode()])]}
        self._write("modifyRequest", modify_operation(dn, operations, auto_encode=False), subject or dn)

    def replace_descriptor(self, dn: str, descriptor: bytes, parts: int, *, subject: str = "") -> None:
        """Write those ``parts`` of the security descriptor (LDAP_SERVER_SD_FLAGS_OID) and leave the rest."""
        request = modify_operation(dn, {"nTSecurityDescriptor": [(REPLACE, [descriptor])]}, auto_encode=False)
        controls = security_descriptor_control(True, parts)  # noqa: FBT003
        self._write("modifyRequest", request, subject or dn, controls)

    def delete(self, dn: str, *, subject: str = "") -> None:
        """Delete an object."""
        try:
            self._write("delRequest", delete_operation(dn), subject or dn)
        except AlreadyExists as error:
            # So Samba says that it is a primary group. What is deleted moves to where deleted objects are
            # kept, which may be what the answer is about as well.
            raise PrimaryGroupInUse(
                with_name("Active Directory refused to delete {name}.", subject or dn), subject=subject or dn
            ) from error

    # stopping

    def cancel(self) -> None:
        """Break off what is going on, from any thread; the session is of no more use."""
        self._limit.cancel()
        # Of the plain socket: a TLS socket's own shutdown takes its state away under the thread that reads.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._plain, socket.SHUT_RDWR)

    def close(self) -> None:
        """Say good-bye if that is possible and let go of the connection; raises nothing, may be called
        twice."""
        if self.is_usable:
            self._limit.until = self._limit.within(_FAREWELL_SECONDS).until
            with contextlib.suppress(LDAPException, OSError):
                self._connection.unbind()
        self._break()

    # how

    def _write(self, kind: str, request: Any, subject: str, controls: Sequence[Any] | None = None) -> None:
        result = self._exchange(kind, request, controls, write=True)[-1]
        if result["result"] != SUCCESS:
            raise error_for(result, subject)

    def _exchange(
        self, kind: str, request: Any, controls: Sequence[Any] | None = None, *, write: bool = False
    ) -> list[dict[str, Any]]:
        """Send one request and wait for its answer: the entries (if any), then the result."""
        self._limit.raise_if_cancelled()
        if self._broken:
            raise DirectoryUnavailable(
                f"The connection to {self._peer} is closed.", subject=self._peer, remedy="Connect again."
            )
        if self._limit.seconds_left <= 0:
            raise self._lost(TimeoutError(), write=False)
        with self._translated(write=write):
            try:
                number = self._connection.send(kind, request, list(controls) if controls else None)
                entries, result = self._connection.get_response(number)
            finally:
                # ldap3 keeps the last request, which may be a bind with its password.
                self._connection.request = None
        return [*entries, result]

    @contextlib.contextmanager
    def _translated(self, *, write: bool) -> Iterator[None]:
        """Faults of the connection as typed errors; after one of them the session is broken."""
        try:
            yield
        except DirectoryError:
            self._break()
            raise
        except (LDAPCommunicationError, LDAPResponseTimeoutError, OSError) as error:
            self._break()
            raise self._lost(error, write=write) from error
        except (LookupError, TypeError, ValueError, PyAsn1Error) as error:
            # Not LDAP, or not any more: nothing after this can be understood.
            self._break()
            raise self._lost(error, write=True) if write else not_a_directory(self._peer) from error
        except BaseException:
            self._break()
            raise

    def _lost(self, error: Exception, *, write: bool) -> JitError:
        if write:
            return OutcomeUnknown(
                f"The connection to {self._peer} was lost before the answer to a write came.",
                subject=self._peer,
                remedy="Nothing is repeated blindly: what became of it is read first.",
            )
        if self._limit.is_cancelled:
            return Cancelled()
        if isinstance(error, TimeoutError):
            return DirectoryUnavailable(
                f"{self._peer} did not answer in time.",
                subject=self._peer,
                remedy="Try again, or raise the time-out of the connection.",
            )
        return DirectoryUnavailable(
            f"The connection to {self._peer} was lost.",
            subject=self._peer,
            remedy="Check whether the domain controller runs, then try again.",
        )

    def _break(self) -> None:
        self._broken = True
        self._connection.strategy._outstanding = {}  # noqa: SLF001
        self._connection.listening = False
        self._connection.closed = True
        with contextlib.suppress(OSError):
            (self._connection.socket or self._plain).close()
        with contextlib.suppress(OSError):
            self._plain.close()


def _adopt(connection: Connection, channel: PunctualChannel) -> None:
    """Give ldap3 the open channel, and keep it from ever opening a connection by itself."""

    def refuse(*_: object, **__: object) -> None:
        raise LDAPCommunicationError("a session is never opened again")

    connection.socket = channel
    connection.closed = False
    connection.listening = True
    connection.strategy._outstanding = {}  # noqa: SLF001
    connection.strategy.open = refuse
    connection.open = refuse
    connection.strategy.decode_response_fast = partial(_decoded, connection.strategy.decode_response_fast)


def _search(base: str, where: Filter, attributes: Sequence[str], scope: str) -> Any:
    request = search_operation(
        base,
        "(objectClass=*)",
        scope,
        DEREF_NEVER,
        list(attributes),
        size_limit=0,
        time_limit=0,
        types_only=False,
        auto_escape=False,
        auto_encode=False,
    )
    request["filter"] = where
    return request


def _decoded(decode: Callable[[Any], dict[str, Any]], message: Mapping[str, Any]) -> dict[str, Any]:
    """One answer; entries are read here.

    ldap3 puts them into a dictionary that takes ``member`` and ``member;range=0-1499`` for the same name, and
    Active Directory sends both: what is left looks like a whole list and is the first 1,500 of it.
    """
    if message["protocolOp"] != _ENTRY_OPERATION:
        return decode(message)
    (*_, dn), (*_, listed) = message["payload"]
    attributes = {}
    for *_, ((*_, name), (*_, values)) in listed:
        attributes[text(name).lower()] = [bytes(value) for *_, value in values]
    return {"type": _ENTRY, "found": Found(DistinguishedName(text(dn)), attributes)}
