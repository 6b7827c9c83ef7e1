# SPDX-License-Identifier: MIT
"""Starts and stops the domain controller of a test run, from a template that is provisioned once and kept."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ldap3.core.exceptions import LDAPException

from tests.samba import example, hostnames, names
from tests.samba.certificates import CertificateAuthority, ServerCertificate
from tests.samba.process import SambaUnavailable, SupervisorProcess, missing
from tests.samba.verifier import Verifier

__all__ = ["SambaDomain", "SambaServer", "SambaUnavailable", "missing"]

_HERE = Path(__file__).parent
_REPOSITORY = _HERE.parent.parent
CACHE = _REPOSITORY / "build" / "samba"
_TEMPLATE_SOURCES = (
    "supervisor.py", "example.py", "names.py", "rights.py", "verifier.py",
    "../../jit_desktop/elevation/delegation.py",
)  # fmt: skip
_READY_SECONDS = 60
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class SambaDomain:
    """The running test domain, as a test sees it.

    host            `dc1.corp.example.test`, which resolves here and in programs started with `environment`
    down_host       `dc2.corp.example.test`, which resolves to an address at which nothing listens (`dc3…`
                    where two domain controllers are started, see `pair.TwoControllers`)
    address         the loopback address of this run; Samba listens there on 389, 636, 3268, 3269, 88 and 464
    base_dn         `DC=corp,DC=example,DC=test`
    ca_file         PEM file of the authority that issued the server's certificate (host name and address)
    other_ca_file   PEM file of an authority that did not
    authority       the trusted authority, to issue certificates for listeners of a test's own
    fingerprint     SHA-256 of the server's certificate, hexadecimal, upper case, no colons
    environment     variables for child processes: name resolution and Kerberos of the test domain
    admin, service, nobody   credentials; the program binds as `service`
    """

    address: str
    ca_file: Path
    other_ca_file: Path
    authority: CertificateAuthority
    certificate: ServerCertificate
    environment: dict[str, str]
    hosts: dict[str, str]
    host: str = names.DC1
    down_host: str = names.DC2
    ldaps_port: int = 636
    ldap_port: int = 389
    realm: str = names.REALM
    base_dn: str = names.BASE_DN
    admin: names.Credentials = names.ADMINISTRATOR
    service: names.Credentials = names.SERVICE
    nobody: names.Credentials = names.NOBODY

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint_sha256

    def verifier(self) -> Verifier:
        """A new second connection; close it."""
        return Verifier(self.address, self.ca_file, self.host)


class SambaServer:
    """Owns the supervisor process; a context manager whose end is the end of the domain controller."""

    def __init__(self) -> None:
        self._supervisor = SupervisorProcess()
        self._folder = Path(tempfile.mkdtemp(prefix="jit-samba-client-"))
        self._authority = CertificateAuthority()
        try:
            self.domain = self._prepare()
            self._load_or_build()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, certificate: ServerCertificate | None = None) -> SambaDomain:
        """Start (again); returns when an authenticated bind works.

        Another certificate must be one that `domain.authority` issued for the host name; a listener with a
        bad one is `LdapProxy`'s business.
        """
        shown = certificate or self.domain.certificate
        self._supervisor.ask(
            "start",
            realm=names.REALM,
            workgroup=names.NETBIOS_DOMAIN,
            certificate=shown.certificate_pem,
            key=shown.key_pem,
            ca=self._authority.ca_pem,
        )
        await_bind(self.domain, lambda: self._supervisor.ask("status"))
        return self.domain

    def stop(self) -> None:
        """Take the domain controller away; `start` brings it back with all its data."""
        self._supervisor.ask("stop")

    def log(self) -> str:
        """The end of what Samba logged."""
        return str(self._supervisor.ask("status")["log"])

    def close(self) -> None:
        """End the supervisor, which ends Samba and removes its files."""
        self._supervisor.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _prepare(self) -> SambaDomain:
        address = str(self._supervisor.ask("reserve"))
        # A domain's own name leads to its domain controllers, to those that run.
        down = f"127.0.1.{address.rsplit('.', 1)[1]}"
        hosts = {names.DC1: address, names.DNS_DOMAIN: address, names.DC2: down}
        ca_file, other_ca_file = self._folder / "ca.pem", self._folder / "other-ca.pem"
        ca_file.write_text(self._authority.ca_pem, encoding="ascii")
        other_ca_file.write_text(CertificateAuthority("Somebody else's authority").ca_pem, encoding="ascii")
        return SambaDomain(
            address=address,
            ca_file=ca_file,
            other_ca_file=other_ca_file,
            authority=self._authority,
            certificate=self._authority.issue([names.DC1, names.DNS_DOMAIN], [address]),
            environment=hostnames.write_files(self._folder, hosts, address),
            hosts=hosts,
        )

    def _load_or_build(self) -> None:
        template = CACHE / f"domain-{template_key()}"
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not template.exists():
                self._build(template)
                return
        self._supervisor.ask("load", template=str(template))

    def _build(self, template: Path) -> None:
        self._supervisor.ask(
            "provision",
            realm=names.REALM,
            workgroup=names.NETBIOS_DOMAIN,
            administrator_password=names.ADMINISTRATOR.password,
        )
        self.start()
        with self.domain.verifier() as verifier:
            example.fill(verifier)
        self.stop()
        self._supervisor.ask("age_password", dn=names.ACCOUNT_EXPIRED)
        self._supervisor.ask("save", template=str(template))


def await_bind(domain: SambaDomain, status: Callable[[], Mapping[str, Any]]) -> None:
    """The port opens before the domain controller is ready: ready is when the administrator can bind."""
    give_up = time.monotonic() + _READY_SECONDS
    while True:
        try:
            domain.verifier().close()
            return
        except LDAPException as error:
            now = status()
            if not now["running"] or time.monotonic() > give_up:
                end_of_log = now["log"][-4000:]
                raise SambaUnavailable(
                    f"Samba at {domain.address} did not become ready: {error}\n{end_of_log}"
                ) from error
        time.sleep(_POLL_SECONDS)


def template_key(*more_sources: str) -> str:
    """Changes with whatever a saved domain depends on: Samba's version and the files that fill it."""
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
    samba = shutil.which("samba", path=path) or "samba"
    version = subprocess.run([samba, "--version"], capture_output=True, check=True).stdout
    sources = b"".join((_HERE / name).read_bytes() for name in (*_TEMPLATE_SOURCES, *more_sources))
    return hashlib.sha256(version + sources).hexdigest()[:12]
