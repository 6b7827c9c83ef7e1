# SPDX-License-Identifier: MIT
"""Signs in with the Kerberos ticket of the present logon, and seals a connection that has no TLS with its
key."""

from __future__ import annotations

import base64
import importlib
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from ldap3 import ENCRYPT, SASL  # type: ignore[attr-defined]  # the stubs describe 2.9
from ldap3.core.exceptions import LDAPCommunicationError

from jit_desktop.directory import sspi
from jit_desktop.directory.results import SASL_BIND_IN_PROGRESS, SUCCESS
from jit_desktop.elevation.errors import EncryptionRequired, SignInFailed

MECHANISM: Final = "GSSAPI"
_LENGTH_BYTES: Final = 4
_LONGEST_TOKEN: Final = 16 * 1024 * 1024
"""Active Directory's packets are far smaller; a larger length means that the stream is broken."""
_READ_AT_ONCE: Final = 65_536
_SSPI_OVERHEAD: Final = 1024
"""SSPI does not say how many bytes its wrapping adds; far more than Kerberos needs."""
_BROKEN: Final = "a sealed packet can't be opened"
_UNSEALABLE: Final = "nothing can be sealed any more"
"""As when the ticket has expired that the connection began with."""
_IN_THE_CLEAR: Final = "the directory sent a packet that is not encrypted"
_HALVES: Final = re.compile(r"Major \(\d+\): (?P<major>.*?),? Minor \(\d+\): (?P<minor>.*)", re.DOTALL)
"""Of an error of GSSAPI; the major one often is *Unspecified GSS failure*, the minor one *Success*."""
_GOES_ON: Final = (SUCCESS, SASL_BIND_IN_PROGRESS)
_Transform = Callable[[bytes], bytes]


class _Refused(Exception):
    """The directory has answered a step of the bind with a refusal, which is :attr:`result`."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        super().__init__(result)
        self.result = result


class SealedSocket:
    """Every byte signed and sealed by Kerberos (RFC 4752 3.1: a length of four bytes, then the wrapped
    token).

    ldap3 can do this itself, but drops what follows when one read brings the end of one token and the
    beginning of the next, as happens with results of many entries; and it does not check that what came was
    encrypted.
    """

    def __init__(
        self,
        plain: socket.socket,
        wrap: _Transform,
        unwrap: _Transform,
        longest_message: int,
    ) -> None:
        self._socket = plain
        self._wrap = wrap
        self._unwrap = unwrap
        self._longest_message = longest_message
        self._sealed = bytearray()
        self._opened = bytearray()

    def sendall(self, data: bytes) -> None:
        """Seal ``data`` and send it whole, in as many tokens as the server's limit asks for."""
        sealed = bytearray()
        for start in range(0, len(data), self._longest_message):
            token = self._wrap(data[start : start + self._longest_message])
            sealed += len(token).to_bytes(_LENGTH_BYTES, "big") + token
        self._socket.sendall(sealed)

    def recv(self, count: int) -> bytes:
        """At most ``count`` bytes of what the server sealed, empty at the end of the connection.

        Raises :class:`OSError` where a token is broken, not encrypted or too long.
        """
        while not self._opened:
            token = self._next_token()
            if token is None:
                return b""
            self._opened += self._unwrap(token)
        taken = bytes(self._opened[:count])
        del self._opened[:count]
        return taken

    def _next_token(self) -> bytes | None:
        while True:
            if len(self._sealed) >= _LENGTH_BYTES:
                length = int.from_bytes(self._sealed[:_LENGTH_BYTES], "big")
                if length > _LONGEST_TOKEN:
                    raise ConnectionAbortedError("a sealed packet is longer than any directory sends")
                end = _LENGTH_BYTES + length
                if len(self._sealed) >= end:
                    token = bytes(self._sealed[_LENGTH_BYTES:end])
                    del self._sealed[:end]
                    return token
            received = self._socket.recv(_READ_AT_ONCE)
            if not received:
                return None
            self._sealed += received

    def shutdown(self, how: int) -> None:
        """As of a socket."""
        self._socket.shutdown(how)

    def close(self) -> None:
        """As of a socket."""
        self._socket.close()


def sign_in(connection: Any, service_host: str, *, seal: bool) -> Mapping[str, Any]:
    """Bind as who is logged on, to the service ``ldap/service_host``; returns ldap3's result of the bind.

    With ``seal`` the connection's socket is a :class:`SealedSocket` afterwards; without it the connection has
    to be inside TLS, and the ticket is bound to its certificate (channel binding, RFC 5929 4). A refusal of
    the directory is returned too. Raises :class:`SignInFailed` where there is no Kerberos on this computer,
    no ticket, or no such service; ldap3's own exceptions where the connection breaks.
    """
    library = _library()
    connection.authentication = SASL
    connection.sasl_mechanism = MECHANISM
    connection.sasl_credentials = (service_host,)
    connection.session_security = ENCRYPT if seal else None
    try:
        with _stopped_by_refusal(connection):
            result: Mapping[str, Any] = connection.do_sasl_bind(None)
    except _Refused as refusal:
        return refusal.result
    except _failures(library) as error:
        raise _no_ticket(library, service_host, error) from error
    except LDAPCommunicationError as error:
        if type(error) is not LDAPCommunicationError:
            raise
        # Not of the connection: so ldap3 says that no common security layer was found.
        raise EncryptionRequired(
            f"{service_host} does not agree to seal the connection with Kerberos ({error}).",
            subject=f"ldap/{service_host}",
            remedy="Choose LDAPS or StartTLS.",
        ) from error
    finally:
        # From here on SealedSocket does it.
        connection.session_security = None
    if seal and result["result"] == SUCCESS:
        connection.socket = _sealed(connection, library)
    return result


@contextmanager
def _stopped_by_refusal(connection: Any) -> Iterator[None]:
    """Raise :class:`_Refused` as soon as the directory refuses a step.

    ldap3 does not look at the answers to all steps but the last: Kerberos would get the empty token of a
    refusal and find it invalid, and the directory's reason would be lost.
    """
    send = connection.post_send_single_response

    def send_and_look(message_id: int) -> object:
        response = send(message_id)
        # Without a mechanism the bind is ldap3's way to give up (RFC 4513 5.2.1.2); it is always refused.
        gives_up = not connection.request["authentication"]["sasl"]["mechanism"]
        if not gives_up and connection.result["result"] not in _GOES_ON:
            raise _Refused(connection.result)
        return response

    connection.post_send_single_response = send_and_look
    try:
        yield
    finally:
        connection.post_send_single_response = send


def _find_library() -> Any:
    # In the order in which ldap3 looks for them: GSSAPI of the system, SSPI of Windows.
    for name in ("gssapi", "winkerberos"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


def _library() -> Any:
    library = _find_library()
    if library is None:
        raise SignInFailed(
            "This installation can't sign in with Kerberos: neither gssapi nor winkerberos is installed.",
            remedy="Install the program with its kerberos extra, or sign in with a name and a password over "
            "TLS.",
        )
    return library


def _failures(library: Any) -> tuple[type[Exception], ...]:
    if library.__name__ == "gssapi":
        return (library.exceptions.GSSError,)
    return (library.KrbError,)


def _sealed(connection: Any, library: Any) -> SealedSocket:
    context, limit = connection.krb_ctx, connection.krb_wrap_size_limit - _LENGTH_BYTES
    if library.__name__ == "gssapi":
        seal, unseal = _gssapi_functions(context, library)
        return SealedSocket(connection.socket, seal, unseal, context.get_wrap_size_limit(limit))
    seal, unseal = _sspi_functions(context, library)
    return SealedSocket(connection.socket, seal, unseal, max(limit - _SSPI_OVERHEAD, _SSPI_OVERHEAD))


def _gssapi_functions(context: Any, library: Any) -> tuple[_Transform, _Transform]:
    def wrap(data: bytes) -> bytes:
        try:
            return bytes(context.wrap(data, encrypt=True).message)
        except library.exceptions.GSSError as error:
            raise ConnectionAbortedError(_UNSEALABLE) from error

    def unwrap(token: bytes) -> bytes:
        try:
            opened = context.unwrap(token)
        except library.exceptions.GSSError as error:
            raise ConnectionAbortedError(_BROKEN) from error
        if not opened.encrypted:
            raise ConnectionAbortedError(_IN_THE_CLEAR)
        return bytes(opened.message)

    return wrap, unwrap


def _sspi_functions(context: Any, library: Any) -> tuple[_Transform, _Transform]:
    def wrap(data: bytes) -> bytes:
        encrypt = 1
        try:
            library.authGSSClientWrap(context, base64.b64encode(data).decode("ascii"), None, encrypt)
        except library.KrbError as error:
            raise ConnectionAbortedError(_UNSEALABLE) from error
        return base64.b64decode(library.authGSSClientResponse(context))

    def unwrap(token: bytes) -> bytes:
        try:
            library.authGSSClientUnwrap(context, base64.b64encode(token).decode("ascii"))
        except library.KrbError as error:
            raise ConnectionAbortedError(_BROKEN) from error
        if not library.authGSSClientResponseConf(context):
            raise ConnectionAbortedError(_IN_THE_CLEAR)
        return base64.b64decode(library.authGSSClientResponse(context) or "")

    return wrap, unwrap


def _no_ticket(library: Any, service_host: str, error: Exception) -> SignInFailed:
    if library.__name__ == "gssapi":
        reason, how = _gssapi_reason(str(error)), "to the domain first (on Linux with kinit)"
    else:
        reason, how = sspi.reason(str(error)), "to Windows with an account of the domain"
    return SignInFailed(
        f"The Kerberos logon did not work: {reason}.",
        subject=f"ldap/{service_host}",
        remedy=f"Sign in {how}, and name the server by its DNS name.",
    )


def _gssapi_reason(said: str) -> str:
    halves = _HALVES.search(said)
    better = said
    if halves:
        better = halves["major"] if halves["minor"].strip() == "Success" else halves["minor"]
    return better.strip().rstrip(".")
