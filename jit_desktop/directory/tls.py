# SPDX-License-Identifier: MIT
"""The one place where a connection becomes encrypted: whatever leaves :func:`secured` has a server that was
checked.

ldap3 verifies no certificate unless told to, and not by OpenSSL when it does; so it never gets to open a
socket or to wrap one. It is handed the finished result.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jit_desktop.directory.certificate import Certificate, normalised_fingerprint, read_certificate
from jit_desktop.directory.punctual import Limit
from jit_desktop.elevation.answers import Answers
from jit_desktop.elevation.errors import CertificateRejected, DirectoryUnavailable, InvalidSettings
from jit_desktop.elevation.settings import CertificateTrust, ConnectionSettings

# OpenSSL, X509_STORE_CTX_get_error(3).
_NOT_YET_VALID: Final = 9
_HAS_EXPIRED: Final = 10
_HOST_OR_ADDRESS_MISMATCH: Final = frozenset({62, 64})
_SELF_SIGNED: Final = frozenset({18, 19})

CA_FILE_SECONDS: Final = 10
"""So long is waited for what the CA file lies on."""
_CA_FILES: Final[Answers[ssl.SSLContext]] = Answers()

MISNAMED: Final = "misnamed"
"""The one reason of a rejection that a second look can lift (:class:`CertificateRejected`)."""


@dataclass(frozen=True, slots=True)
class SecuredSocket:
    """An encrypted connection whose server was checked, and how it was."""

    socket: ssl.SSLSocket
    certificate: Certificate
    words: str
    """For people: ``TLSv1.3, certificate verified``."""


def secured(connected: socket.socket, host: str, settings: ConnectionSettings, limit: Limit) -> SecuredSocket:
    """Encrypt ``connected`` and check that it ends at ``host``, as ``settings`` say, within ``limit``.

    Raises :class:`CertificateRejected` (without the fingerprint; the caller asks for it with a second
    connection), :class:`DirectoryUnavailable` where no TLS comes about, :class:`InvalidSettings` for a CA
    file that can't be read. ``connected`` is closed then.
    """
    pinned = settings.trust is CertificateTrust.PINNED
    try:
        context = _unverified_context() if pinned else _verified_in_time(settings, limit)
        encrypted = _shaken_hands(context, connected, host, limit)
        der = encrypted.getpeercert(binary_form=True)
    except ssl.SSLCertVerificationError as error:
        connected.close()
        raise _rejected(host, error) from error
    except OSError as error:
        connected.close()
        raise _no_tls(host, error) from error
    except BaseException:
        connected.close()
        raise
    certificate = read_certificate(der or b"")
    if pinned and certificate.fingerprint != normalised_fingerprint(settings.fingerprint):
        encrypted.close()
        raise CertificateRejected(
            f"The certificate of {host} is not the one that is pinned.",
            reason="pin-mismatch",
            fingerprint=certificate.fingerprint,
            subject=host,
            remedy="Ask whether its certificate was renewed; if so, have the new one shown and pin it.",
        )
    how = "certificate pinned" if pinned else "certificate verified"
    return SecuredSocket(encrypted, certificate, f"{encrypted.version()}, {how}")


def shown_certificate(connected: socket.socket, host: str, limit: Limit) -> Certificate:
    """The certificate that a server shows, unchecked; nothing but the handshake is sent. Closes
    ``connected``."""
    try:
        with _shaken_hands(_unverified_context(), connected, host, limit) as encrypted:
            return read_certificate(encrypted.getpeercert(binary_form=True) or b"")
    except OSError as error:
        raise _no_tls(host, error) from error
    finally:
        connected.close()


def with_certificate(rejected: CertificateRejected, certificate: Certificate) -> CertificateRejected:
    """``rejected`` with what a second look at the certificate adds: its fingerprint, and whose it is."""
    message = rejected.message
    if rejected.reason == MISNAMED and certificate.dns_names:
        message = f"The certificate of {rejected.subject} was issued for {', '.join(certificate.dns_names)}."
    return CertificateRejected(
        message,
        reason=rejected.reason,
        fingerprint=certificate.fingerprint,
        subject=rejected.subject,
        remedy=rejected.remedy,
    )


def _verified_in_time(settings: ConnectionSettings, limit: Limit) -> ssl.SSLContext:
    """:func:`verified_context`. The CA file may lie on a share that does not answer any more, which keeps who
    reads it for ever."""
    if settings.trust is not CertificateTrust.CA_FILE:
        return verified_context(settings)
    reading = limit.within(CA_FILE_SECONDS)
    try:
        return _CA_FILES.ask(settings.ca_file, lambda: verified_context(settings), reading.turn)
    except TimeoutError as error:
        name = settings.ca_file
        raise InvalidSettings(
            {"connection.ca_file": f"{name} can't be read: what it lies on does not answer."}, subject=name
        ) from error


def verified_context(settings: ConnectionSettings) -> ssl.SSLContext:
    """The rules of a handshake that OpenSSL verifies: chain, dates, host name, at least TLS 1.2."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = True
    context.verify_mode = ssl.CERT_REQUIRED
    if settings.trust is CertificateTrust.CA_FILE:
        _load_ca_file(context, settings.ca_file)
        # What the administrator put into the file is trusted, also where it is an intermediate authority.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context


def _shaken_hands(
    context: ssl.SSLContext, connected: socket.socket, host: str, limit: Limit
) -> ssl.SSLSocket:
    """``connected`` encrypted, within ``limit`` and its own time-out; raises what a socket raises."""
    shaking = limit.within(connected.gettimeout())
    encrypted = context.wrap_socket(connected, server_hostname=host, do_handshake_on_connect=False)
    try:
        while True:
            encrypted.settimeout(shaking.turn())
            try:
                encrypted.do_handshake()
            except TimeoutError:
                continue
            return encrypted
    except BaseException:
        encrypted.close()
        raise


def _unverified_context() -> ssl.SSLContext:
    """For the two purposes that look at the certificate themselves: comparing a pin, and showing it to a
    person."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _load_ca_file(context: ssl.SSLContext, name: str) -> None:
    try:
        context.load_verify_locations(cafile=str(Path(name)))
    except ssl.SSLError as error:
        raise InvalidSettings(
            {"connection.ca_file": f"{name} holds no certificates in PEM form."}, subject=name
        ) from error
    except OSError as error:
        raise InvalidSettings(
            {"connection.ca_file": f"{name} can't be read: {error.strerror or error}."}, subject=name
        ) from error


def _rejected(host: str, error: ssl.SSLCertVerificationError) -> CertificateRejected:
    code = error.verify_code
    if code in _HOST_OR_ADDRESS_MISMATCH:
        return CertificateRejected(
            f"The certificate was not issued for {host}.",
            reason=MISNAMED,
            subject=host,
            remedy="Enter the server by the name that its certificate was issued for.",
        )
    if code in (_HAS_EXPIRED, _NOT_YET_VALID):
        when = "has expired" if code == _HAS_EXPIRED else "is not valid yet"
        return CertificateRejected(
            f"The certificate of {host} {when}.",
            reason="expired",
            subject=host,
            remedy="Renew the certificate of the domain controller, and check the clock of this computer.",
        )
    why = (
        "is signed by itself" if code in _SELF_SIGNED else "comes from an authority that is not trusted here"
    )
    return CertificateRejected(
        f"The certificate of {host} {why} ({error.verify_message}).",
        reason="untrusted",
        subject=host,
        remedy="Choose the file of the authority that issued it, or have the certificate shown and pin it.",
    )


def _no_tls(host: str, error: OSError) -> DirectoryUnavailable:
    if isinstance(error, TimeoutError):
        what, remedy = "did not answer the encrypted handshake in time", "Check the server and the network."
    elif isinstance(error, ssl.SSLEOFError | ConnectionError):
        what = "broke off the encrypted handshake"
        remedy = "Check that the domain controller has a certificate for LDAP over TLS."
    else:
        reason = getattr(error, "reason", "") or error.strerror or str(error)
        what = f"could not agree on encryption ({str(reason).replace('_', ' ').lower()})"
        remedy = "Check the port and the connection method; at least TLS 1.2 is needed."
    return DirectoryUnavailable(f"{host} {what}.", subject=host, remedy=remedy)
