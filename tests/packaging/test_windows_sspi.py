# SPDX-License-Identifier: MIT
"""The present logon of Windows signs in to a real domain: this tree on Python for Windows, under Wine.

The bundle has the same winkerberos and the same code, but not what `sspi.py` lends Wine.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import EntryKind
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import CertificateTrust, ConnectionSettings
from tests.live.relay import Relay
from tests.packaging.wine import Done, Wine, windows_path
from tests.samba import names
from tests.samba.arena import Arena
from tests.samba.server import SambaDomain
from tests.samba.settings_file import settings_document
from tests.samba.shell import Answer, Shell
from tests.samba.verifier import Verifier

pytestmark = pytest.mark.timeout(600)

SCHEMA = f"CN=Schema,CN=Configuration,{names.BASE_DN}"


class SessionShell(Shell):
    """The program in a Windows session of the service account; nobody gives it a password."""

    def __init__(self, domain: SambaDomain, folder: Path, wine: Wine, python: Path) -> None:
        super().__init__(domain, folder / "data")
        self._folder = folder
        self._wine = wine
        self._python = python
        self.environment = {
            **domain.environment,
            "KRB5CCNAME": f"FILE:{folder / 'tickets'}",
            "PYTHONPATH": windows_path(Path.cwd()),
        }

    def sign_in(self) -> None:
        """Begin the session: what Windows does at a logon."""
        account = self.domain.service
        subprocess.run(
            ["kinit", f"{account.sam_account_name}@{self.domain.realm}"],
            input=account.password,
            text=True,
            check=True,
            capture_output=True,
            env={**os.environ, **self.environment},
        )

    def module(self, name: str, *words: str, given: str = "") -> Done:
        """Run a module."""
        record = windows_path(self._folder / "record.json")
        return self._wine.run(
            self._python, "-m", "tests.packaging.sspi", record, name, *words,
            given=given, environment=self.environment,
        )  # fmt: skip

    def read(self, method: str, server: str, port: int, base: str) -> Any:
        """Sign in and read, see `present_logon.py`."""
        ca_file = self.called(self.domain.ca_file)
        done = self.module("tests.packaging.present_logon", method, server, str(port), ca_file, base)
        assert done.code == 0, done.err
        return json.loads(done.out)

    @property
    def record(self) -> dict[str, Any]:
        """What the last run asked of SSPI, see `sspi.Record`."""
        asked: dict[str, Any] = json.loads((self._folder / "record.json").read_text(encoding="utf-8"))
        return asked

    def settings(self, method: str, **connection: object) -> str:
        """A settings file with this connection, as the program calls it."""
        document = settings_document(self.domain, ca_file=self.called(self.domain.ca_file))
        (provider,) = document["providers"]
        provider["connection"] |= {"method": method, "sign_in": "kerberos", **connection}
        del provider["connection"]["bind_as"]
        if method == "sealed":
            del provider["connection"]["certificate"]
        file = self._folder / "settings.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        return self.called(file)

    def connect(self, method: str) -> None:
        """Set the example up with this connection."""
        self.json("settings", "import", self.settings(method), asks=False)

    @override
    def start(self, words: tuple[str, ...], given: str, environment: Mapping[str, str]) -> Answer:
        done = self.module("jit_desktop", *words, given=given)
        return Answer(done.code, done.out, done.err)

    @override
    def called(self, file: Path) -> str:
        return windows_path(file)


@pytest.fixture
def nobody(
    samba_domain: SambaDomain, wine: Wine, windows_python: Path, tmp_path: Path
) -> Iterator[SessionShell]:
    """A session without a logon to the domain."""
    with SessionShell(samba_domain, tmp_path, wine, windows_python) as shell:
        yield shell


@pytest.fixture
def session(nobody: SessionShell) -> SessionShell:
    nobody.sign_in()
    return nobody


def is_admin(verifier: Verifier) -> bool:
    return verifier.is_effective_member(names.ACCOUNT_BACKUP, names.GROUP_ADMINS)


def test_that_a_checkout_needs_no_password_on_a_sealed_connection(
    session: SessionShell, verifier: Verifier
) -> None:
    session.connect("sealed")
    domain = session.json("check", asks=False)["domain"]
    assert domain["identity"] == names.SERVICE.down_level
    assert domain["encryption"] == "Kerberos, signed and sealed"
    given = session.json(
        "checkout", "_backupoperator15", "--privilege", "Remote Desktop Manager Admins", asks=False
    )
    assert given["state"] == "active"
    assert is_admin(verifier)
    ended = session.json("checkin", given["id"], asks=False)
    assert ended["state"] == "ended"
    assert not is_admin(verifier)
    assert verifier.groups_in(names.OU_INTERNAL) == frozenset()
    # The choice of sealing is signed alone (RFC 4752 3.1), all else is encrypted.
    assert set(session.record["targets"]) == {f"ldap/{names.DC1}"}
    assert set(session.record["bindings"]) == {""}
    assert session.record["signed"] == len(session.record["targets"])
    assert session.record["sealed"] > session.record["signed"]


@pytest.mark.parametrize("method", ["ldaps", "starttls"])
def test_that_the_ticket_is_bound_to_the_certificate_of_tls(
    session: SessionShell, samba_domain: SambaDomain, method: str
) -> None:
    read = session.read(method, samba_domain.host, 0, names.OU_INTERNAL)
    assert read["identity"] == names.SERVICE.down_level
    assert read["encryption"] == "TLSv1.3, certificate verified"
    # RFC 5929 4.1
    bound = b"tls-server-end-point:".hex() + samba_domain.fingerprint.lower()
    assert session.record["bindings"] == [bound]
    assert session.record["sealed"] == 0


def test_that_what_takes_many_packets_is_read_whole_and_shows_nothing_on_the_wire(
    session: SessionShell, samba_domain: SambaDomain
) -> None:
    """The schema is some 1,700 objects, in pages of 1,000; the same is read over TLS to compare."""
    with Relay(samba_domain.address, samba_domain.ldap_port) as relay:
        read = session.read("sealed", "127.0.0.1", relay.port, SCHEMA)
        crossed = bytes(relay.crossed)
    over_tls = ConnectionSettings(
        server=samba_domain.host,
        bind_as=samba_domain.service.upn,
        trust=CertificateTrust.CA_FILE,
        ca_file=str(samba_domain.ca_file),
    )
    with DirectoryConnector().connect(over_tls, Secret(samba_domain.service.password)) as directory:
        expected = directory.children(DistinguishedName(SCHEMA), frozenset(EntryKind))
    assert len(expected) > 1000
    assert read["names"] == sorted(entry.dn for entry in expected)
    assert read["identity"] == names.SERVICE.down_level
    assert session.record["opened"] > 10
    # A domain controller tells anybody about itself first: the relay does see what is in the clear.
    before_signing_in, _, after = crossed.partition(b"GSSAPI")
    assert b"defaultNamingContext" in before_signing_in
    for secret in (b"CN=Schema", b"objectClass", names.SERVICE.sam_account_name.encode()):
        assert secret not in after


def test_that_a_session_without_a_logon_is_told_so(nobody: SessionShell) -> None:
    done = nobody.run("settings", "import", nobody.settings("sealed"))
    assert done.returncode == ExitCode.SIGN_IN
    assert "this Windows session has no logon to a domain" in done.stderr
    assert "Sign in to Windows with an account of the domain" in done.stderr
    assert "kinit" not in done.stderr


def test_that_a_server_that_the_domain_does_not_know_is_told_so(
    session: SessionShell, samba_domain: SambaDomain
) -> None:
    with Relay(samba_domain.address, samba_domain.ldap_port) as relay:
        file = session.settings("sealed", server="localhost", port=relay.port)
        done = session.run("settings", "import", file)
    assert done.returncode == ExitCode.SIGN_IN
    assert "this Windows session gets no ticket for the service" in done.stderr
    assert "name the server by its DNS name" in done.stderr


def test_that_a_ticket_that_the_directory_refuses_is_told_in_its_words(
    session: SessionShell, samba_domain: SambaDomain, arena: Arena
) -> None:
    """A service name that lies on a wrong account: the ticket is sealed with the key of that one."""
    arena.verifier.set_attribute(arena.account, "servicePrincipalName", "ldap/localhost")
    with Relay(samba_domain.address, samba_domain.ldap_port) as relay:
        file = session.settings("sealed", server="localhost", port=relay.port)
        done = session.run("settings", "import", file)
    assert done.returncode == ExitCode.SIGN_IN
    assert "does not accept the Kerberos ticket" in done.stderr
