# SPDX-License-Identifier: MIT
"""Starts and stops the domain controller of a test run, from a template that is provisioned once and kept."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ldap3.core.exceptions import LDAPException

from tests.samba import example, hostnames, names
from tests.samba.certificates import CertificateAuthority, ServerCertificate
from tests.samba.verifier import Verifier

_HERE = Path(__file__).parent
_REPOSITORY = _HERE.parent.parent
_CACHE = _REPOSITORY / "build" / "samba"
_TEMPLATE_SOURCES = (
    "supervisor.py", "example.py", "names.py", "rights.py", "verifier.py",
    "../../jit_desktop/elevation/delegation.py",
)  # fmt: skip
_READY_SECONDS = 60
_POLL_SECONDS = 0.05


class SambaUnavailable(RuntimeError):
    """Samba is not installed or may not be run here; the text says what to do."""


@dataclass(frozen=True, slots=True)
class SambaDomain:
    """The running test domain, as a test sees it.

    host            `dc1.corp.example.test`, which resolves here and in programs started with `environment`
    down_host       `dc2.corp.example.test`, which resolves to an address at which nothing listens
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
        return Verifier(self.address, self.ca_file)


class SambaServer:
    """Owns the supervisor process; a context manager whose end is the end of the domain controller."""

    def __init__(self) -> None:
        why_not = missing()
        if why_not:
            raise SambaUnavailable(why_not)
        self._folder = Path(tempfile.mkdtemp(prefix="jit-samba-client-"))
        self._supervisor = subprocess.Popen(
            [*_as_root(), sys.executable, "-I", str(_HERE / "supervisor.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=os.geteuid() == 0,  # sudo asks for the terminal it was allowed on
        )
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
        self._ask(
            "start",
            realm=names.REALM,
            workgroup=names.NETBIOS_DOMAIN,
            certificate=shown.certificate_pem,
            key=shown.key_pem,
            ca=self._authority.ca_pem,
        )
        self._await_bind()
        return self.domain

    def stop(self) -> None:
        """Take the domain controller away; `start` brings it back with all its data."""
        self._ask("stop")

    def log(self) -> str:
        """The end of what Samba logged."""
        return str(self._ask("status")["log"])

    def close(self) -> None:
        """End the supervisor, which ends Samba and removes its files."""
        if self._supervisor.stdin and not self._supervisor.stdin.closed:
            self._supervisor.stdin.close()
        self._supervisor.wait(timeout=30)
        if self._supervisor.stdout:
            self._supervisor.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _prepare(self) -> SambaDomain:
        address = str(self._ask("reserve"))
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
        template = _CACHE / f"domain-{_template_key()}"
        _CACHE.mkdir(parents=True, exist_ok=True)
        with (_CACHE / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not template.exists():
                self._build(template)
                return
        self._ask("load", template=str(template))

    def _build(self, template: Path) -> None:
        self._ask(
            "provision",
            realm=names.REALM,
            workgroup=names.NETBIOS_DOMAIN,
            administrator_password=names.ADMINISTRATOR.password,
        )
        self.start()
        with self.domain.verifier() as verifier:
            example.fill(verifier)
        self.stop()
        self._ask("age_password", dn=names.ACCOUNT_EXPIRED)
        self._ask("save", template=str(template))

    def _await_bind(self) -> None:
        """The port opens before the domain controller is ready: ready is when the administrator can bind."""
        give_up = time.monotonic() + _READY_SECONDS
        while True:
            try:
                self.domain.verifier().close()
                return
            except LDAPException as error:
                status = self._ask("status")
                if not status["running"] or time.monotonic() > give_up:
                    end_of_log = status["log"][-4000:]
                    raise SambaUnavailable(
                        f"Samba at {self.domain.address} did not become ready: {error}\n{end_of_log}"
                    ) from error
            time.sleep(_POLL_SECONDS)

    def _ask(self, do: str, **arguments: object) -> Any:
        """Have the supervisor do something and wait until it is done."""
        assert self._supervisor.stdin is not None
        assert self._supervisor.stdout is not None
        try:
            self._supervisor.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._supervisor.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended; the missing answer says so
        line = self._supervisor.stdout.readline()
        if not line:
            raise SambaUnavailable(
                f"Samba's supervisor ended with code {self._supervisor.wait()}.{_SUDO_HINT}"
            )
        answer = json.loads(line)
        if "error" in answer:
            raise SambaUnavailable(answer["error"])
        return answer["result"]


_SUDO_HINT = "" if os.geteuid() == 0 else " It needs root: run the tests as root, or call `sudo -v` before."


def missing() -> str:
    """Why Samba cannot run here, or an empty text."""
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin" + os.pathsep + "/sbin"
    for program in ("samba", "samba-tool", *(() if os.geteuid() == 0 else ("sudo",))):
        if shutil.which(program, path=path) is None:
            return (
                f"The program {program!r} is not installed; `make setup` installs what the live tests need."
            )
    return ""


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n", "--"]


def _template_key() -> str:
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
    samba = shutil.which("samba", path=path) or "samba"
    version = subprocess.run([samba, "--version"], capture_output=True, check=True).stdout
    sources = b"".join((_HERE / name).read_bytes() for name in _TEMPLATE_SOURCES)
    return hashlib.sha256(version + sources).hexdigest()[:12]
