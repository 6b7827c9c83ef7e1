# SPDX-License-Identifier: MIT
"""What is to be known of a server's certificate, whether it is trusted or not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as a server showed it; nothing here says that it is good."""

    fingerprint: str
    """SHA-256, 64 lower-case hexadecimal digits."""
    dns_names: tuple[str, ...] = ()
    """The DNS names that it was issued for, in lower case."""
    expires: datetime | None = None
    """UTC; ``None`` where the certificate can't be read."""


def fingerprint_of(der: bytes) -> str:
    """SHA-256 of a certificate, 64 lower-case hexadecimal digits."""
    return hashlib.sha256(der).hexdigest()


def normalised_fingerprint(text: str) -> str:
    """A fingerprint as people copy it (colons, blanks, capitals) in the one form that is compared."""
    return text.replace(":", "").replace(" ", "").strip().lower()


def read_certificate(der: bytes) -> Certificate:
    """Read a certificate in DER; one that can't be parsed still has its fingerprint."""
    fingerprint = fingerprint_of(der)
    try:
        parsed = x509.load_der_x509_certificate(der)
        expires = parsed.not_valid_after_utc
    except ValueError:
        return Certificate(fingerprint)
    try:
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        dns_names = tuple(name.lower() for name in names.get_values_for_type(x509.DNSName))
    except (x509.ExtensionNotFound, ValueError):
        common = parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        dns_names = tuple(str(attribute.value).lower() for attribute in common)
    return Certificate(fingerprint, dns_names, expires)
