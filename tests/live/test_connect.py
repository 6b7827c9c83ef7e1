# SPDX-License-Identifier: MIT
"""Ways to connect to the real domain, and what is said when one of them does not work."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from jit_desktop.directory import connector
from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.elevation.errors import (
    AccountRestricted,
    CertificateRejected,
    DirectoryUnavailable,
    EncryptionRequired,
    JitError,
    PasswordExpired,
    SignInFailed,
)
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import DomainInfo, EntryKind
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import (
    CertificateTrust,
    ConnectionMethod,
    ConnectionSettings,
    SignIn,
)
from tests.faults.proxy import LdapProxy
from tests.live.relay import Relay
from tests.samba import names
from tests.samba.arena import Arena
from tests.samba.names import Credentials
from tests.samba.server import SambaDomain
from tests.samba.verifier import Verifier

TLS_METHODS = [ConnectionMethod.LDAPS, ConnectionMethod.STARTTLS]


@pytest.fixture
def settings(samba_domain: SambaDomain) -> ConnectionSettings:
    """LDAPS with the authority of the test domain, as the service account."""
    return ConnectionSettings(
        server=samba_domain.host,
        bind_as=samba_domain.service.upn,
        trust=CertificateTrust.CA_FILE,
        ca_file=str(samba_domain.ca_file),
        connect_timeout_seconds=5,
        request_timeout_seconds=10,
    )


@pytest.fixture
def ticket(samba_domain: SambaDomain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Credentials:
    """A Kerberos logon of the service account."""
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path / 'ticket-cache'}")
    account = samba_domain.service
    kinit = ["kinit", f"{account.sam_account_name}@{samba_domain.realm}"]
    subprocess.run(kinit, input=account.password, text=True, check=True, capture_output=True, env=os.environ)
    return account


def _info(settings: ConnectionSettings, password: str = names.SERVICE.password) -> DomainInfo:
    with DirectoryConnector().connect(settings, Secret(password)) as directory:
        assert directory.current_time().tzinfo is not None
        return directory.info


def _failure(settings: ConnectionSettings, password: str = names.SERVICE.password) -> JitError:
    with pytest.raises(JitError) as raised:
        DirectoryConnector().connect(settings, Secret(password)).close()
    assert password not in f"{raised.value!r}{raised.value}{raised.value.subject}"
    return raised.value


@pytest.mark.parametrize("method", TLS_METHODS)
def test_that_tls_is_verified_and_named(
    settings: ConnectionSettings, samba_domain: SambaDomain, method: ConnectionMethod
) -> None:
    info = _info(replace(settings, method=method))
    assert info.encryption == "TLSv1.3, certificate verified"
    assert info.certificate_fingerprint == samba_domain.fingerprint.lower()
    assert info.certificate_expires is not None
    assert (info.dns_name, info.netbios_name) == (names.DNS_DOMAIN, names.NETBIOS_DOMAIN)
    assert (info.base_dn, info.controller) == (names.BASE_DN, names.DC1)
    assert info.identity == names.SERVICE.down_level


@pytest.mark.parametrize("server", [names.DC1, names.DNS_DOMAIN, names.DC1.upper(), f" {names.DC1}. "])
def test_that_the_server_may_be_named_in_every_usual_way(settings: ConnectionSettings, server: str) -> None:
    assert _info(replace(settings, server=server)).controller == names.DC1


@pytest.mark.parametrize("method", TLS_METHODS)
def test_that_the_server_may_be_an_address(
    settings: ConnectionSettings, samba_domain: SambaDomain, method: ConnectionMethod
) -> None:
    assert _info(replace(settings, server=samba_domain.address, method=method)).controller == names.DC1


@pytest.mark.parametrize("method", TLS_METHODS)
def test_that_a_certificate_can_be_shown_and_pinned(
    settings: ConnectionSettings, samba_domain: SambaDomain, method: ConnectionMethod
) -> None:
    chosen = replace(settings, method=method, ca_file="")
    shown = DirectoryConnector().certificate_fingerprint(chosen)
    assert shown == samba_domain.fingerprint.lower()
    pinned = replace(chosen, trust=CertificateTrust.PINNED, fingerprint=shown)
    assert _info(pinned).encryption == "TLSv1.3, certificate pinned"
    wrong = _failure(replace(pinned, fingerprint="0" * 64))
    assert isinstance(wrong, CertificateRejected)
    assert (wrong.reason, wrong.fingerprint) == ("pin-mismatch", shown)


@pytest.mark.parametrize("method", TLS_METHODS)
def test_that_a_wrong_authority_is_refused(
    settings: ConnectionSettings, samba_domain: SambaDomain, method: ConnectionMethod
) -> None:
    error = _failure(replace(settings, method=method, ca_file=str(samba_domain.other_ca_file)))
    assert isinstance(error, CertificateRejected)
    assert (error.reason, error.fingerprint) == ("untrusted", samba_domain.fingerprint.lower())


@pytest.mark.parametrize(("fault", "host"), [("expired", names.DC1), ("misnamed", "dc9.other.example.test")])
def test_that_a_bad_certificate_is_refused_and_no_password_sent(
    settings: ConnectionSettings, samba_domain: SambaDomain, fault: str, host: str
) -> None:
    certificate = samba_domain.authority.issue([host], expired=fault == "expired")
    with LdapProxy.in_front_of(samba_domain, certificate=certificate) as proxy:
        error = _failure(replace(settings, port=proxy.port))
    assert isinstance(error, CertificateRejected)
    assert (error.reason, error.fingerprint) == (fault, certificate.fingerprint_sha256.lower())
    assert proxy.received == b""


@pytest.mark.parametrize("name", [names.SERVICE.upn, names.SERVICE.down_level, names.SERVICE.dn])
def test_that_every_spelling_of_the_account_signs_in(settings: ConnectionSettings, name: str) -> None:
    assert _info(replace(settings, bind_as=name)).identity == names.SERVICE.down_level


@pytest.mark.parametrize(
    ("account", "kind", "word"),
    [
        ("_expired01", PasswordExpired, "expired"),
        ("_mustchange01", PasswordExpired, "changed"),
        ("_disabled01", AccountRestricted, "disabled"),
    ],
)
def test_that_an_account_that_may_not_sign_in_is_told_why(
    settings: ConnectionSettings, account: str, kind: type[SignInFailed], word: str
) -> None:
    name = f"{account}@{names.DNS_DOMAIN}"
    error = _failure(replace(settings, bind_as=name), names.PRIVILEGED_PASSWORD)
    assert type(error) is kind
    assert word in error.message
    assert error.subject == name
    assert error.remedy


@pytest.mark.parametrize(
    "name", [names.SERVICE.upn, names.SERVICE.down_level, names.SERVICE.dn, "nobody@nowhere"]
)
def test_that_a_wrong_password_is_told(settings: ConnectionSettings, name: str) -> None:
    error = _failure(replace(settings, bind_as=name), "not the password")
    assert type(error) is SignInFailed
    assert error.subject == name


def test_that_an_account_that_has_expired_is_told_so(settings: ConnectionSettings, arena: Arena) -> None:
    arena.verifier.set_attribute(arena.account, "accountExpires", 130000000000000000)
    name = f"{arena.account_name}@{names.DNS_DOMAIN}"
    error = _failure(replace(settings, bind_as=name), arena.account_password)
    assert isinstance(error, AccountRestricted)
    assert "expired" in error.message


def test_that_a_password_of_any_characters_works(
    settings: ConnectionSettings, arena: Arena, verifier: Verifier
) -> None:
    password = "Pä²ß \u00a0漢🔑\\\"'<x>"
    verifier.set_attribute(arena.account, "unicodePwd", f'"{password}"'.encode("utf-16-le"))
    name = f"{names.NETBIOS_DOMAIN}\\{arena.account_name}"
    assert _info(replace(settings, bind_as=name), password).identity == name


def test_that_a_domain_controller_that_is_down_is_told_apart(
    settings: ConnectionSettings, samba_domain: SambaDomain
) -> None:
    error = _failure(replace(settings, server=samba_domain.down_host))
    assert type(error) is DirectoryUnavailable
    assert samba_domain.down_host in error.message


def test_that_another_domain_controller_can_be_asked_with_the_same_settings(
    settings: ConnectionSettings, samba_domain: SambaDomain
) -> None:
    elsewhere = replace(settings, server=samba_domain.down_host)
    password = Secret(names.SERVICE.password)
    with DirectoryConnector().connect(elsewhere, password, server=samba_domain.host) as directory:
        assert directory.info.controller == samba_domain.host


def test_that_a_server_that_does_not_answer_is_given_up(
    settings: ConnectionSettings, ldap_proxy: LdapProxy
) -> None:
    ldap_proxy.hang()
    error = _failure(replace(settings, port=ldap_proxy.port, connect_timeout_seconds=1))
    assert type(error) is DirectoryUnavailable
    assert "in time" in error.message


def test_that_a_port_that_speaks_no_tls_gets_no_password(
    settings: ConnectionSettings, samba_domain: SambaDomain
) -> None:
    with LdapProxy.in_front_of(samba_domain, encryption="none") as proxy:
        error = _failure(replace(settings, port=proxy.port, connect_timeout_seconds=1))
    assert type(error) is DirectoryUnavailable
    assert names.SERVICE.password.encode() not in proxy.received


def test_that_a_password_bind_is_never_made_over_the_plain_port(
    settings: ConnectionSettings, samba_domain: SambaDomain
) -> None:
    with LdapProxy.in_front_of(samba_domain, encryption="none") as proxy:
        error = _failure(replace(settings, port=proxy.port, method=ConnectionMethod.SEALED))
    assert isinstance(error, EncryptionRequired)
    assert proxy.received == b""


@pytest.mark.parametrize("server", [names.DC1, names.DNS_DOMAIN, "address"])
@pytest.mark.parametrize("method", [ConnectionMethod.SEALED, *TLS_METHODS])
def test_that_the_present_logon_signs_in(
    settings: ConnectionSettings,
    samba_domain: SambaDomain,
    ticket: Credentials,
    method: ConnectionMethod,
    server: str,
) -> None:
    where = samba_domain.address if server == "address" else server
    chosen = replace(settings, server=where, method=method, sign_in=SignIn.KERBEROS, bind_as="")
    with DirectoryConnector().connect(chosen, None) as directory:
        assert directory.info.identity == ticket.down_level
        sealed = method is ConnectionMethod.SEALED
        assert directory.info.encryption == (
            "Kerberos, signed and sealed" if sealed else "TLSv1.3, certificate verified"
        )


@pytest.mark.usefixtures("ticket")
def test_that_a_sealed_connection_shows_nothing_on_the_wire(
    settings: ConnectionSettings, samba_domain: SambaDomain
) -> None:
    chosen = replace(
        settings,
        server="127.0.0.1",
        method=ConnectionMethod.SEALED,
        sign_in=SignIn.KERBEROS,
        bind_as="",
    )
    with Relay(samba_domain.address, samba_domain.ldap_port) as relay:
        with DirectoryConnector().connect(replace(chosen, port=relay.port), None) as directory:
            before_signing_in = bytes(relay.crossed).partition(b"GSSAPI")[0]
            account = directory.find_account("_backupoperator15")
            groups = directory.search("Remote", frozenset({EntryKind.GROUP}))
        crossed = bytes(relay.crossed)
    # A domain controller tells anybody about itself first: the relay does see what is in the clear.
    assert b"defaultNamingContext" in before_signing_in
    assert account.dn == names.ACCOUNT_BACKUP
    assert names.GROUP_ADMINS in {group.dn for group in groups}
    for secret in (b"_backupoperator15", b"Remote", b"sAMAccountName", b"svc-jit"):
        assert secret not in crossed


@pytest.mark.usefixtures("ticket")
def test_that_a_sealed_connection_carries_results_of_many_packets(settings: ConnectionSettings) -> None:
    """The schema is some 1,700 objects, in pages of 1,000; the same is read over TLS to compare."""
    sealed = replace(settings, method=ConnectionMethod.SEALED, sign_in=SignIn.KERBEROS, bind_as="")
    schema = DistinguishedName(f"CN=Schema,CN=Configuration,{names.BASE_DN}")
    with DirectoryConnector().connect(sealed, None) as one:
        over_kerberos = one.children(schema, frozenset(EntryKind))
    with DirectoryConnector().connect(settings, Secret(names.SERVICE.password)) as other:
        over_tls = other.children(schema, frozenset(EntryKind))
    assert len(over_kerberos) > 1000
    assert over_kerberos == over_tls


def test_that_a_missing_logon_is_told_in_words(
    settings: ConnectionSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path / 'there-is-none'}")
    for method in (ConnectionMethod.SEALED, ConnectionMethod.LDAPS):
        error = _failure(replace(settings, method=method, sign_in=SignIn.KERBEROS, bind_as=""))
        assert type(error) is SignInFailed
        assert "Kerberos" in error.message
        assert "kinit" in error.remedy


@pytest.mark.usefixtures("ticket")
@pytest.mark.parametrize("method", [ConnectionMethod.SEALED, ConnectionMethod.LDAPS])
def test_that_a_ticket_that_the_directory_refuses_is_told_in_its_words(
    settings: ConnectionSettings, arena: Arena, monkeypatch: pytest.MonkeyPatch, method: ConnectionMethod
) -> None:
    """A service name that lies on a wrong account: the ticket is sealed with the key of that one."""
    elsewhere = f"elsewhere-{arena.tag}.{names.DNS_DOMAIN}"
    arena.verifier.set_attribute(arena.account, "servicePrincipalName", f"ldap/{elsewhere}")
    monkeypatch.setattr(connector, "_service_host", lambda *_: elsewhere)
    error = _failure(replace(settings, method=method, sign_in=SignIn.KERBEROS, bind_as=""))
    assert type(error) is SignInFailed
    assert "does not accept the Kerberos ticket" in error.message
    assert error.subject == f"ldap/{elsewhere}"
