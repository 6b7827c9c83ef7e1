# SPDX-License-Identifier: MIT
"""Makes connections: finds the server, encrypts, checks its certificate, and only then signs in."""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from typing import Final

from jit_desktop.directory import network, tls
from jit_desktop.directory.certificate import Certificate
from jit_desktop.directory.domain import RootDse, describe, read_root
from jit_desktop.directory.ldap_directory import LdapDirectory
from jit_desktop.directory.punctual import Channel, Limit, PunctualChannel
from jit_desktop.directory.session import LdapSession
from jit_desktop.directory.starttls import request_tls
from jit_desktop.elevation.errors import (
    Cancelled,
    CertificateRejected,
    DirectoryError,
    EncryptionRequired,
    InvalidSettings,
    PasswordNeeded,
    Refused,
)
from jit_desktop.elevation.ports import CancelToken, Connector, Directory, DomainInfo
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionMethod, ConnectionSettings, SignIn

_PORTS: Final = {
    ConnectionMethod.LDAPS: 636,
    ConnectionMethod.STARTTLS: 389,
    ConnectionMethod.SEALED: 389,
}
_CONNECT_TIMEOUTS: Final = 5
"""Until a connection is encrypted: for the addresses of the server (3), StartTLS and the handshake."""
_REQUEST_TIMEOUTS: Final = 2
"""For signing in and for all that is read at the beginning."""
_SEALED_WORDS: Final = "Kerberos, signed and sealed"


@dataclass(frozen=True, slots=True)
class _Link:
    """A connection before anybody has signed in: encrypted, or about to be sealed by the sign-in itself."""

    channel: Channel
    plain: socket.socket
    encryption: str
    certificate: Certificate


class DirectoryConnector:
    """Implements the core's ``Connector``.

    ``demo`` connects to the embedded demo domain, where there is one.
    """

    def __init__(self, demo: Connector | None = None) -> None:
        self._demo = demo

    def connect(
        self,
        connection: ConnectionSettings,
        password: Secret | None,
        *,
        server: str = "",
        within_seconds: float | None = None,
        cancel: CancelToken | None = None,
        known: DomainInfo | None = None,
    ) -> Directory:
        """Connect and sign in; ``server`` overrides the one of the settings (a domain controller).

        The password leaves this computer only after the connection is encrypted and the certificate accepted.
        """
        if connection.method is ConnectionMethod.DEMO:
            return self._demo_connector().connect(
                connection, password, server=server, within_seconds=within_seconds, cancel=cancel, known=known
            )
        settings = replace(connection, server=_host(server or connection.server))
        _require_sensible(settings, password)
        limit = Limit(_seconds_for_all(settings) if within_seconds is None else within_seconds)
        if cancel is None:
            return _connected(settings, password, limit, known)
        cancel.on_cancel(limit.cancel)
        try:
            return _connected(settings, password, limit, known)
        except DirectoryError as error:
            if cancel.is_cancelled:
                raise Cancelled from error
            raise
        finally:
            cancel.forget(limit.cancel)

    def certificate_fingerprint(self, connection: ConnectionSettings) -> str:
        """SHA-256 (hex) of the certificate that the server shows, empty where the method uses none.

        Nobody signs in, and nothing is trusted by it.
        """
        if connection.method is ConnectionMethod.DEMO:
            return self._demo_connector().certificate_fingerprint(connection)
        if connection.method is ConnectionMethod.SEALED:
            return ""
        host = _host(connection.server)
        limit = Limit(_seconds_for_all(connection))
        opened, _ = network.dial(host, _port(connection), connection.connect_timeout_seconds, limit)
        return _show(opened, host, connection, limit).fingerprint

    def _demo_connector(self) -> Connector:
        if self._demo is None:
            raise Refused("There is no demo domain here.")
        return self._demo


def _require_sensible(settings: ConnectionSettings, password: Secret | None) -> None:
    if not settings.server:
        raise InvalidSettings(
            {"connection.server": "Enter the name of the domain or of a domain controller."}
        )
    if settings.sign_in is SignIn.KERBEROS:
        return
    if settings.method is ConnectionMethod.SEALED:
        raise EncryptionRequired(
            "Without TLS only Kerberos protects a connection, so a password is not sent over it.",
            subject=settings.server,
            remedy="Choose LDAPS or StartTLS for a password, or sign in with Kerberos.",
        )
    if not settings.bind_as.strip():
        raise InvalidSettings({"connection.bind_as": "Enter the name to sign in with."})
    if not password:
        # An empty password would be an anonymous bind that looks like a success (RFC 4513 5.1.2).
        raise PasswordNeeded(
            f"The password of {settings.bind_as} is needed.",
            subject=settings.bind_as,
            remedy="Enter the password.",
        )


def _seconds_for_all(settings: ConnectionSettings) -> float:
    """How long it may take until somebody is signed in, where nobody says otherwise."""
    return (
        _CONNECT_TIMEOUTS * settings.connect_timeout_seconds
        + _REQUEST_TIMEOUTS * settings.request_timeout_seconds
    )


def _connected(
    settings: ConnectionSettings, password: Secret | None, limit: Limit, known: DomainInfo | None
) -> LdapDirectory:
    link = _open(settings, limit)
    session = LdapSession(link.channel, link.plain, settings.server, limit=limit)
    try:
        _sign_in(session, settings, password)
        root = read_root(session)
        info = describe(
            session,
            root,
            encryption=link.encryption,
            fingerprint=link.certificate.fingerprint,
            expires=link.certificate.expires,
            known=known,
        )
    except BaseException:
        session.close()
        raise
    session.work_until(None)
    return LdapDirectory(session, root, info)


def _open(settings: ConnectionSettings, limit: Limit) -> _Link:
    """A connection to ``settings.server``, encrypted and checked unless Kerberos is going to seal it."""
    host = settings.server
    opened, address = network.dial(host, _port(settings), settings.connect_timeout_seconds, limit)
    if settings.method is ConnectionMethod.SEALED:
        opened.settimeout(settings.request_timeout_seconds)
        return _Link(opened, opened, _SEALED_WORDS, Certificate(""))
    try:
        secured = _encrypt(opened, host, settings, limit)
    except CertificateRejected as rejected:
        raise _with_a_second_look(rejected, address, settings, limit) from rejected
    secured.socket.settimeout(settings.request_timeout_seconds)
    return _Link(secured.socket, secured.socket, secured.words, secured.certificate)


def _with_a_second_look(
    rejected: CertificateRejected, address: network.Address, settings: ConnectionSettings, limit: Limit
) -> CertificateRejected:
    """``rejected`` with whose the certificate is, so that the user can enter that name or pin it.

    A certificate that is only for a domain controller is not accepted under the domain's name: any machine
    with a certificate of that domain, a web server for instance, could then ask for the password.
    """
    if rejected.fingerprint:
        return rejected
    return tls.with_certificate(rejected, _try_to_show(address, settings, limit))


def _encrypt(
    opened: socket.socket, host: str, settings: ConnectionSettings, limit: Limit
) -> tls.SecuredSocket:
    try:
        _begin_tls(opened, host, settings, limit)
    except BaseException:
        opened.close()
        raise
    return tls.secured(opened, host, settings, limit)


def _show(opened: socket.socket, host: str, settings: ConnectionSettings, limit: Limit) -> Certificate:
    try:
        _begin_tls(opened, host, settings, limit)
        return tls.shown_certificate(opened, host, limit)
    finally:
        opened.close()


def _begin_tls(opened: socket.socket, host: str, settings: ConnectionSettings, limit: Limit) -> None:
    """Ask for TLS where that is the method, within one time-out."""
    if settings.method is ConnectionMethod.STARTTLS:
        asking = limit.within(settings.connect_timeout_seconds)
        request_tls(PunctualChannel(opened, opened, asking), host)
        opened.settimeout(settings.connect_timeout_seconds)


def _try_to_show(address: network.Address, settings: ConnectionSettings, limit: Limit) -> Certificate:
    """The certificate that was just rejected; empty where the server does not show it again."""
    try:
        opened = network.connect_to(address, settings.connect_timeout_seconds, limit)
        return _show(opened, settings.server, settings, limit)
    except (DirectoryError, OSError):
        return Certificate("")


def _sign_in(session: LdapSession, settings: ConnectionSettings, password: Secret | None) -> None:
    if settings.sign_in is SignIn.PASSWORD:
        assert password is not None
        session.bind_simple(settings.bind_as.strip(), password)
        return
    root = read_root(session)
    session.bind_kerberos(
        _service_host(root, settings.server), seal=settings.method is ConnectionMethod.SEALED
    )


def _service_host(root: RootDse, server: str) -> str:
    """The name by which Kerberos knows the server: its own where only the domain or an address was entered.

    Kerberos proves that the server holds the key of this name; a name outside the domain that was entered is
    not taken from the server.
    """
    inside = root.host.endswith("." + server.lower())
    return root.host if root.host and (inside or network.is_ip_address(server)) else server


def _host(server: str) -> str:
    return server.strip().rstrip(".")


def _port(settings: ConnectionSettings) -> int:
    return settings.port or _PORTS[settings.method]
