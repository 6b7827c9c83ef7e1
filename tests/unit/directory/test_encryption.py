# SPDX-License-Identifier: MIT
"""Nothing secret leaves before the connection is encrypted and its server checked; a listener writes down
all."""

from __future__ import annotations

import ast
import os
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jit_desktop.directory import connector, tls
from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.directory.domain import RootDse
from jit_desktop.elevation.errors import (
    CertificateRejected,
    DirectoryUnavailable,
    EncryptionRequired,
    HostNotFound,
    InvalidSettings,
    JitError,
    PasswordNeeded,
    Refused,
)
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import CertificateTrust, ConnectionMethod, ConnectionSettings
from tests.samba.certificates import CertificateAuthority, ServerCertificate
from tests.unit.directory.conftest import DOMAIN, HOST
from tests.unit.directory.listener import START_TLS, Behaviour, Listener

PASSWORD = "correct horse battery staple"
TLS_METHODS = [
    pytest.param(ConnectionMethod.LDAPS, Behaviour.LDAPS, id="ldaps"),
    pytest.param(ConnectionMethod.STARTTLS, Behaviour.STARTTLS, id="starttls"),
]
Connect = Callable[..., JitError]


@pytest.fixture
def fails(ca_file: Path) -> Connect:
    """Connects to a listener, which is no directory, so that it has to fail; returns how."""

    def connect(
        listener: Listener,
        method: ConnectionMethod,
        *,
        server: str = HOST,
        trust: CertificateTrust = CertificateTrust.CA_FILE,
        fingerprint: str = "",
    ) -> JitError:
        settings = ConnectionSettings(
            server=server,
            method=method,
            port=listener.port,
            bind_as="svc-jit@corp.example.test",
            trust=trust,
            ca_file=str(ca_file),
            fingerprint=fingerprint,
            connect_timeout_seconds=1,
            request_timeout_seconds=1,
        )
        with pytest.raises(JitError) as raised:
            DirectoryConnector().connect(settings, Secret(PASSWORD))
        assert PASSWORD not in f"{raised.value!r} {raised.value} {raised.value.remedy}"
        return raised.value

    return connect


def _certificates(authority: CertificateAuthority) -> dict[str, ServerCertificate]:
    return {
        "good": authority.issue([HOST]),
        "untrusted": CertificateAuthority("Somebody else").issue([HOST]),
        "expired": authority.issue([HOST], expired=True),
        "misnamed": authority.issue(["dc1.other.example.test"]),
    }


@pytest.mark.parametrize(("method", "behaviour"), TLS_METHODS)
def test_that_the_listener_would_notice_the_password(
    fails: Connect, authority: CertificateAuthority, method: ConnectionMethod, behaviour: Behaviour
) -> None:
    with Listener(behaviour, _certificates(authority)["good"]) as listener:
        fails(listener, method)
    assert PASSWORD.encode() in listener.in_tls
    assert PASSWORD.encode() not in listener.in_clear


@pytest.mark.parametrize("fault", ["untrusted", "expired", "misnamed"])
@pytest.mark.parametrize(("method", "behaviour"), TLS_METHODS)
def test_that_a_bad_certificate_is_refused_before_anything_is_said(
    fails: Connect,
    authority: CertificateAuthority,
    method: ConnectionMethod,
    behaviour: Behaviour,
    fault: str,
) -> None:
    shown = _certificates(authority)[fault]
    with Listener(behaviour, shown) as listener:
        error = fails(listener, method)
    assert isinstance(error, CertificateRejected)
    assert error.reason == fault
    assert error.fingerprint == shown.fingerprint_sha256.lower()
    assert error.subject == HOST
    assert listener.in_tls == b""
    assert listener.in_clear.replace(START_TLS, b"") == b""


@pytest.mark.parametrize(("method", "behaviour"), TLS_METHODS)
def test_that_another_certificate_than_the_pinned_one_is_refused(
    fails: Connect, authority: CertificateAuthority, method: ConnectionMethod, behaviour: Behaviour
) -> None:
    shown = _certificates(authority)["good"]
    with Listener(behaviour, shown) as listener:
        error = fails(listener, method, trust=CertificateTrust.PINNED, fingerprint="ab" * 32)
    assert isinstance(error, CertificateRejected)
    assert (error.reason, error.fingerprint) == ("pin-mismatch", shown.fingerprint_sha256.lower())
    assert listener.in_tls == b""


def test_that_an_empty_pin_fits_nothing(fails: Connect, authority: CertificateAuthority) -> None:
    with Listener(Behaviour.LDAPS, _certificates(authority)["good"]) as listener:
        error = fails(listener, ConnectionMethod.LDAPS, trust=CertificateTrust.PINNED, fingerprint="")
    assert isinstance(error, CertificateRejected)
    assert listener.in_tls == b""


@pytest.mark.parametrize("kind", ["untrusted", "expired", "misnamed"])
def test_that_the_pinned_certificate_is_good_whatever_else_it_is(
    fails: Connect, authority: CertificateAuthority, kind: str
) -> None:
    shown = _certificates(authority)[kind]
    pairs = zip(shown.fingerprint_sha256[::2], shown.fingerprint_sha256[1::2], strict=True)
    as_windows_shows_it = ":".join(a + b for a, b in pairs)
    with Listener(Behaviour.LDAPS, shown) as listener:
        fails(
            listener, ConnectionMethod.LDAPS, trust=CertificateTrust.PINNED, fingerprint=as_windows_shows_it
        )
    assert PASSWORD.encode() in listener.in_tls


def test_that_the_systems_trust_store_does_not_know_our_authority(
    fails: Connect, authority: CertificateAuthority
) -> None:
    with Listener(Behaviour.LDAPS, _certificates(authority)["good"]) as listener:
        error = fails(listener, ConnectionMethod.LDAPS, trust=CertificateTrust.SYSTEM)
    assert isinstance(error, CertificateRejected)
    assert error.reason == "untrusted"


def test_that_a_server_that_refuses_starttls_gets_no_password(fails: Connect) -> None:
    with Listener(Behaviour.REFUSES_STARTTLS) as listener:
        error = fails(listener, ConnectionMethod.STARTTLS)
    assert isinstance(error, EncryptionRequired)
    assert "unavailable" in error.message
    assert listener.received == START_TLS


def test_that_what_was_slipped_in_before_the_handshake_is_not_believed(
    fails: Connect, authority: CertificateAuthority
) -> None:
    with Listener(Behaviour.SLIPS_IN, _certificates(authority)["good"]) as listener:
        error = fails(listener, ConnectionMethod.STARTTLS)
    assert isinstance(error, DirectoryUnavailable)
    assert PASSWORD.encode() not in listener.received


@pytest.mark.parametrize("behaviour", [Behaviour.NO_LDAP, Behaviour.HANGS_UP, Behaviour.SILENT])
@pytest.mark.parametrize("method", [ConnectionMethod.LDAPS, ConnectionMethod.STARTTLS])
def test_that_what_is_no_directory_is_said_to_be_none(
    fails: Connect, method: ConnectionMethod, behaviour: Behaviour
) -> None:
    with Listener(behaviour) as listener:
        error = fails(listener, method)
    assert type(error) is DirectoryUnavailable
    assert HOST in error.message
    assert error.remedy
    assert PASSWORD.encode() not in listener.received


def test_that_the_domains_name_is_good_where_the_certificate_names_the_domain(
    fails: Connect, authority: CertificateAuthority
) -> None:
    with Listener(Behaviour.LDAPS, authority.issue([HOST, DOMAIN])) as listener:
        fails(listener, ConnectionMethod.LDAPS, server=DOMAIN + ".")
    assert PASSWORD.encode() in listener.in_tls


@pytest.mark.parametrize(
    "name",
    [HOST, "dc1.other.example.test", "a.b.corp.example.test", "evilcorp.example.test", "*.corp.example.test"],
)
def test_that_the_domains_name_does_not_stand_for_other_hosts(
    fails: Connect, authority: CertificateAuthority, name: str
) -> None:
    with Listener(Behaviour.LDAPS, authority.issue([name])) as listener:
        error = fails(listener, ConnectionMethod.LDAPS, server=DOMAIN)
    assert isinstance(error, CertificateRejected)
    assert error.reason == "misnamed"
    assert name in error.message
    assert listener.in_tls == b""


def test_that_a_domain_controller_of_an_untrusted_authority_is_refused_under_the_domains_name(
    fails: Connect, authority: CertificateAuthority
) -> None:
    with Listener(Behaviour.LDAPS, _certificates(authority)["untrusted"]) as listener:
        error = fails(listener, ConnectionMethod.LDAPS, server=DOMAIN)
    assert isinstance(error, CertificateRejected)
    assert listener.in_tls == b""


def test_that_the_shown_certificate_can_be_looked_at_without_signing_in(
    authority: CertificateAuthority,
) -> None:
    shown = _certificates(authority)["untrusted"]
    for method, behaviour in (
        (ConnectionMethod.LDAPS, Behaviour.LDAPS),
        (ConnectionMethod.STARTTLS, Behaviour.STARTTLS),
    ):
        with Listener(behaviour, shown) as listener:
            settings = ConnectionSettings(server=HOST, method=method, port=listener.port)
            assert DirectoryConnector().certificate_fingerprint(settings) == shown.fingerprint_sha256.lower()
        assert listener.in_tls == b""


def test_that_a_sealed_connection_has_no_certificate_to_show() -> None:
    settings = ConnectionSettings(server=HOST, method=ConnectionMethod.SEALED)
    assert DirectoryConnector().certificate_fingerprint(settings) == ""


def test_that_a_password_is_not_sent_where_only_kerberos_would_protect_it(fails: Connect) -> None:
    with Listener(Behaviour.SILENT) as listener:
        error = fails(listener, ConnectionMethod.SEALED)
    assert isinstance(error, EncryptionRequired)
    assert listener.received == b""


@pytest.mark.parametrize("password", [None, Secret("")])
def test_that_an_empty_password_is_asked_for_and_not_tried(password: Secret | None) -> None:
    with Listener(Behaviour.SILENT) as listener:
        settings = ConnectionSettings(server=HOST, port=listener.port, bind_as="svc-jit")
        with pytest.raises(PasswordNeeded):
            DirectoryConnector().connect(settings, password)
    assert listener.received == b""


@pytest.mark.parametrize(("server", "bind_as", "field"), [("", "svc", "server"), (HOST, " ", "bind_as")])
def test_that_settings_that_can_not_work_are_refused_in_words(server: str, bind_as: str, field: str) -> None:
    with pytest.raises(InvalidSettings) as raised:
        DirectoryConnector().connect(ConnectionSettings(server=server, bind_as=bind_as), Secret("x"))
    assert list(raised.value.problems) == [f"connection.{field}"]


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_that_a_ca_file_that_can_not_be_used_is_named(
    tmp_path: Path, authority: CertificateAuthority, content: str | None
) -> None:
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_text(content, encoding="ascii")
    with Listener(Behaviour.LDAPS, authority.issue([HOST])) as listener:
        settings = ConnectionSettings(
            server=HOST, port=listener.port, bind_as="svc", trust=CertificateTrust.CA_FILE, ca_file=str(file)
        )
        with pytest.raises(InvalidSettings) as raised:
            DirectoryConnector().connect(settings, Secret(PASSWORD))
    assert str(file) in raised.value.problems["connection.ca_file"]
    assert listener.in_tls == b""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a pipe stands for a share whose server is gone")
def test_that_a_ca_file_that_is_never_read_keeps_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ca.pem"
    os.mkfifo(file)
    monkeypatch.setattr(tls, "CA_FILE_SECONDS", 0.05)
    reading: list[ConnectionSettings] = []
    begun = threading.Event()
    real = tls.verified_context

    def counted(settings: ConnectionSettings) -> ssl.SSLContext:
        reading.append(settings)
        begun.set()
        return real(settings)

    monkeypatch.setattr(tls, "verified_context", counted)
    unblock = threading.Timer(20, lambda: file.open("wb").close())
    unblock.start()
    with Listener(Behaviour.SILENT) as listener:
        settings = ConnectionSettings(
            server=HOST,
            port=listener.port,
            bind_as="svc",
            trust=CertificateTrust.CA_FILE,
            ca_file=str(file),
        )
        for _ in range(2):
            with pytest.raises(InvalidSettings, match="what it lies on does not answer"):
                DirectoryConnector().connect(settings, Secret(PASSWORD))
    assert begun.wait(10)
    assert len(reading) == 1, "one thread is left behind, and not one for each look"
    assert listener.in_tls == b""
    unblock.cancel()
    with file.open("wb"):
        pass  # nobody is left behind after the test


def test_that_a_name_that_does_not_resolve_is_told_apart() -> None:
    settings = ConnectionSettings(server="no-such-host.invalid", bind_as="svc")
    with pytest.raises(HostNotFound) as raised:
        DirectoryConnector().connect(settings, Secret(PASSWORD))
    assert "no-such-host.invalid" in raised.value.message


def test_that_a_port_where_nothing_listens_is_told_apart() -> None:
    with Listener(Behaviour.SILENT) as listener:
        port = listener.port
    settings = ConnectionSettings(server=HOST, port=port, bind_as="svc")
    with pytest.raises(DirectoryUnavailable, match="nothing listens"):
        DirectoryConnector().connect(settings, Secret(PASSWORD))


def test_that_the_demo_domain_is_refused_where_there_is_none() -> None:
    demo = ConnectionSettings(method=ConnectionMethod.DEMO)
    with pytest.raises(Refused):
        DirectoryConnector().connect(demo, None)
    with pytest.raises(Refused):
        DirectoryConnector().certificate_fingerprint(demo)


@pytest.mark.parametrize("trust", [CertificateTrust.SYSTEM, CertificateTrust.CA_FILE])
def test_that_a_verified_context_verifies_everything(trust: CertificateTrust, ca_file: Path) -> None:
    context = tls.verified_context(ConnectionSettings(trust=trust, ca_file=str(ca_file)))
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.protocol is ssl.PROTOCOL_TLS_CLIENT


def test_that_old_tls_is_not_spoken_where_a_person_looks_at_the_certificate() -> None:
    assert tls._unverified_context().minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("server", "says", "asked_for"),
    [
        ("corp.example.test", "dc1.corp.example.test", "dc1.corp.example.test"),
        ("127.0.0.1", "dc1.corp.example.test", "dc1.corp.example.test"),
        ("dc1.corp.example.test", "dc1.corp.example.test", "dc1.corp.example.test"),
        ("corp.example.test", "dc1.evil.example.net", "corp.example.test"),
        ("corp.example.test", "evilcorp.example.test", "corp.example.test"),
        ("dc1.corp.example.test", "", "dc1.corp.example.test"),
    ],
)
def test_that_kerberos_takes_no_name_of_another_domain_from_a_server(
    server: str, says: str, asked_for: str
) -> None:
    base = DistinguishedName("DC=corp,DC=example,DC=test")
    root = RootDse(base, base, says, datetime(2026, 11, 23, tzinfo=UTC), 7, frozenset())
    assert connector._service_host(root, server) == asked_for


def test_that_only_the_ca_file_is_trusted_where_one_is_chosen(
    ca_file: Path, authority: CertificateAuthority
) -> None:
    settings = ConnectionSettings(trust=CertificateTrust.CA_FILE, ca_file=str(ca_file))
    der = ssl.PEM_cert_to_DER_cert(authority.ca_pem)
    assert tls.verified_context(settings).get_ca_certs(binary_form=True) == [der]


def test_that_encryption_is_made_in_one_place_only() -> None:
    """No other module of the program makes a TLS context, wraps a socket or opens a connection through
    ldap3."""
    package = Path(tls.__file__).parent.parent
    for module in package.rglob("*.py"):
        if module.name == "tls.py" and module.parent.name == "directory":
            continue
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            name = (
                node.attr
                if isinstance(node, ast.Attribute)
                else node.id
                if isinstance(node, ast.Name)
                else ""
            )
            assert name not in {
                "SSLContext",
                "create_default_context",
                "wrap_socket",
                "CERT_NONE",
                "Tls",
                "start_tls",
                "_create_unverified_context",
            }, f"{module}: {ast.unparse(node)}"
