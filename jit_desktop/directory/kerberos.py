# SPDX-License-Identifier: MIT
"""Signs in with the Kerberos ticket of the present logon, and seals a connection that has no TLS with its
key."""

from __future__ import annotations

import base64
import importlib
import re
import socket
from collections.abc import Callable, Mapping
from typing import Any, Final

from ldap3 import ENCRYPT, SASL  # type: ignore[attr-defined]  # the stubs describe 2.9
from ldap3.core.exceptions import LDAPCommunicationError

from jit_desktop.elevation.errors import EncryptionRequired, SignInFailed

MECHANISM: Final = "GSSAPI"
_LENGTH_BYTES: Final = 4
_LONGEST_TOKEN: Final = 16 * 1024 * 1024
"""Active Directory's packets are far smaller; a larger length means that the stream is broken."""
_READ_AT_ONCE: Final = 65_536
_SSPI_OVERHEAD: Final = 1024
"""SSPI does not say how many bytes its wrapping adds; far more than Kerberos needs."""
_BROKEN: Final = "a sealed packet can't be opened"
_IN_THE_CLEAR: Final = "the directory sent a packet that is not encrypted"
_BETTER_HALF: Final = re.compile(r"(?:Minor \(\d+\)|SSPI: \w+): (.*)", re.DOTALL)
"""Of an error of GSSAPI or SSPI; the other half is *Unspecified GSS failure* or the name of a function."""
_Transform = Callable[[bytes], bytes]


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
    to be inside TLS, and the ticket is bound to its certificate (channel binding, RFC 5929 4). Raises
    :class:`SignInFailed` where there is no Kerberos on this computer, no ticket, or no such service; ldap3's
    own exceptions where the connection breaks.
    """
    library = _library()
    connection.authentication = SASL
    connection.sasl_mechanism = MECHANISM
    connection.sasl_credentials = (service_host,)
    connection.session_security = ENCRYPT if seal else None
    try:
        result: Mapping[str, Any] = connection.do_sasl_bind(None)
    except _failures(library) as error:
        raise _no_ticket(service_host, error) from error
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
    if seal and result["result"] == 0:
        connection.socket = _sealed(connection, library)
    return result


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
        return bytes(context.wrap(data, encrypt=True).message)

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
        library.authGSSClientWrap(context, base64.b64encode(data).decode("ascii"), None, encrypt)
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


def _no_ticket(service_host: str, error: Exception) -> SignInFailed:
    words = _BETTER_HALF.search(str(error))
    reason = (words.group(1) if words else str(error)).strip().rstrip(".")
    return SignInFailed(
        f"The Kerberos logon did not work: {reason}.",
        subject=f"ldap/{service_host}",
        remedy="Sign in to the domain first (on Linux with kinit), and name the server by its DNS name.",
    )
