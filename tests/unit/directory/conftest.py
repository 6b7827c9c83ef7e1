# SPDX-License-Identifier: MIT
"""Certificates and names for tests that need no directory behind the listener."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.samba.certificates import CertificateAuthority

DOMAIN = "corp.example.test"
HOST = f"dc1.{DOMAIN}"


@pytest.fixture(scope="session")
def authority() -> CertificateAuthority:
    """The authority that the tests' settings trust."""
    return CertificateAuthority()


@pytest.fixture
def ca_file(authority: CertificateAuthority, tmp_path: Path) -> Path:
    """Its certificate as a file."""
    file = tmp_path / "ca.pem"
    file.write_text(authority.ca_pem, encoding="ascii")
    return file


@pytest.fixture(autouse=True)
def _names_resolve_to_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test domain's names lead here, all others nowhere."""
    real = socket.getaddrinfo

    def lookup(host: str, *arguments: object, **keywords: object) -> object:
        if host == DOMAIN or host.endswith("." + DOMAIN):
            host = "127.0.0.1"
        elif not host.startswith("127."):
            raise socket.gaierror(socket.EAI_NONAME, "no such host")
        return real(host, *arguments, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
