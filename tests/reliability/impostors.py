# SPDX-License-Identifier: MIT
"""Who is not the domain controller gets no password, a password that was refused is not offered again and
again, and nobody else may read what is kept.
"""

from __future__ import annotations

import os
import shutil
import ssl
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from jit_desktop.app import application
from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import (
    CertificateTrust,
    ConnectionMethod,
    ConnectionSettings,
)
from jit_desktop.platform.secrets import KeyringSecrets
from jit_desktop.store import SqliteStore
from tests.faults.proxy import Encryption, LdapProxy
from tests.reliability.children import Child
from tests.reliability.outcome import Finding, Outcome
from tests.reliability.scene import SECONDS, Place, Program, Shift, place_in
from tests.samba.certificates import CertificateAuthority, ServerCertificate
from tests.samba.server import SambaDomain

_CANARY: Final = "Canary-of-the-lab-4711"
_METHODS: Final[dict[ConnectionMethod, Encryption]] = {
    ConnectionMethod.LDAPS: "ldaps",
    ConnectionMethod.STARTTLS: "starttls",
}
_TRIES = 12
_WIDE = 0o077


def _certificates(domain: SambaDomain) -> dict[str, tuple[ServerCertificate, bool]]:
    """By what is wrong with it: a certificate, and whether it is all right."""
    authority, host, address = domain.authority, domain.host, domain.address
    return {
        "the right one": (authority.issue([host], [address]), True),
        "an expired one": (authority.issue([host], [address], expired=True), False),
        "one for another name": (authority.issue(["workstation7.corp.example.test"]), False),
        "one of another authority": (CertificateAuthority("Somebody").issue([host], [address]), False),
    }


def _settings(domain: SambaDomain, proxy: LdapProxy, method: ConnectionMethod) -> ConnectionSettings:
    return ConnectionSettings(
        server=domain.host,
        port=proxy.port,
        method=method,
        bind_as=domain.service.upn,
        trust=CertificateTrust.CA_FILE,
        ca_file=str(domain.ca_file),
        connect_timeout_seconds=3,
        request_timeout_seconds=3,
    )


def _offered(settings: ConnectionSettings, proxy: LdapProxy) -> bool:
    """Whether the password crossed."""
    with suppress(JitError):
        DirectoryConnector().connect(settings, Secret(_CANARY)).close()
    return _CANARY.encode() in bytes(proxy.received)


def _password_cases(domain: SambaDomain) -> Iterator[tuple[str, list[Finding]]]:
    for method, encryption in _METHODS.items():
        for what, (certificate, is_right) in _certificates(domain).items():
            with LdapProxy.in_front_of(domain, certificate=certificate, encryption=encryption) as proxy:
                crossed = _offered(_settings(domain, proxy, method), proxy)
            yield f"{method.value}, {what}", _expected(crossed, is_right)
        certificate = domain.authority.issue([domain.host], [domain.address])
        for pin, is_right in ((certificate.fingerprint_sha256, True), ("0" * 64, False), ("", False)):
            with LdapProxy.in_front_of(domain, certificate=certificate, encryption=encryption) as proxy:
                settings = replace(
                    _settings(domain, proxy, method),
                    trust=CertificateTrust.PINNED,
                    ca_file="",
                    fingerprint=pin.lower(),
                )
                crossed = _offered(settings, proxy)
            yield f"{method.value}, pinned {pin[:6] or 'nothing'}", _expected(crossed, is_right)
        for trust in (CertificateTrust.CA_FILE, CertificateTrust.PINNED):
            yield f"{method.value}, {trust.value}, TLS 1.1", _old_tls(domain, method, encryption, trust)
    with LdapProxy.in_front_of(domain, encryption="none") as proxy:
        for method in _METHODS:
            crossed = _offered(_settings(domain, proxy, method), proxy)
            yield f"{method.value}, a server without TLS", _expected(crossed, False)
    with LdapProxy.in_front_of(domain) as proxy:
        settings = _settings(domain, proxy, ConnectionMethod.LDAPS)
        before = len(proxy.seen)
        with suppress(JitError):
            DirectoryConnector().connect(settings, Secret("")).close()
        empty = "bind" in proxy.seen[before:]
        yield "an empty password", [("wrong", "it was sent: that is an anonymous bind")] if empty else []


def _expected(crossed: bool, is_right: bool) -> list[Finding]:
    if crossed and not is_right:
        return [("wrong", "the password crossed")]
    if is_right and not crossed:
        return [("wrong", "the password did not cross to the right one")]
    return []


def _old_tls(
    domain: SambaDomain, method: ConnectionMethod, encryption: Encryption, trust: CertificateTrust
) -> list[Finding]:
    """The contexts that the program makes refuse it by themselves, whatever this machine's OpenSSL allows."""
    seen: list[ssl.TLSVersion] = []
    wrap = ssl.SSLContext.wrap_socket

    def noting(self: ssl.SSLContext, *arguments: object, **words: object) -> ssl.SSLSocket:
        seen.append(self.minimum_version)
        return wrap(self, *arguments, **words)  # type: ignore[arg-type]

    certificate = domain.authority.issue([domain.host], [domain.address])
    ssl.SSLContext.wrap_socket = noting  # type: ignore[method-assign]
    try:
        with LdapProxy.in_front_of(domain, certificate=certificate, encryption=encryption) as proxy:
            settings = replace(_settings(domain, proxy, method), trust=trust)
            if trust is CertificateTrust.PINNED:
                pin = certificate.fingerprint_sha256.lower()
                settings = replace(settings, ca_file="", fingerprint=pin)
            with suppress(JitError):
                DirectoryConnector().connect(settings, Secret(_CANARY)).close()
            with suppress(JitError):
                DirectoryConnector().certificate_fingerprint(settings)
    finally:
        ssl.SSLContext.wrap_socket = wrap  # type: ignore[method-assign]
    if not seen or min(seen) < ssl.TLSVersion.TLSv1_2:
        return [("wrong", f"TLS of versions {sorted(set(seen))} and later is spoken")]
    return []


def _refused_again(place: Place, proxy: LdapProxy) -> list[Finding]:
    """A wrong password at the deadline: an alarm, and one bind in all the ticks of five minutes."""
    Shift.reset()
    findings: list[Finding] = []
    folder = place.empty_database()
    with Program(place, folder) as program:
        program.check_out()
    with Program(place, folder) as program:
        secrets = KeyringSecrets(None)
        secrets.remember(place.provider.id, Secret("Wrong-of-the-lab"), keep=False)
        program.service.reach._secrets = secrets
        before = proxy.seen.count("bind")
        for number in range(_TRIES):
            Shift.seconds = SECONDS + 2 + 20 * number
            program.tick()
            if number % 4 == 0:
                program.sweep()
        binds = proxy.seen.count("bind") - before
        if binds > 1:
            findings.append(("wrong", f"a refused password was offered {binds} times in four minutes"))
    with Program(place, folder) as program:
        program.tick()
        if place.held():
            findings.append(("outlived_deadline", f"{place.held()} of 3 rights with the right password"))
    Shift.reset()
    place.tidy()
    return findings


def _planted(place: Place, proxy: LdapProxy) -> list[Finding]:
    """A name of another domain among the domain controllers that are remembered gets nothing."""
    Shift.reset()
    tried: list[str] = []
    connect = DirectoryConnector.connect

    def noting(
        self: DirectoryConnector,
        connection: ConnectionSettings,
        password: object,
        *,
        server: str = "",
        **limits: object,
    ) -> object:
        tried.append(server or connection.server)
        return connect(self, connection, password, server=server, **limits)  # type: ignore[arg-type]

    folder = place.empty_database()
    DirectoryConnector.connect = noting  # type: ignore[method-assign,assignment]
    try:
        with Program(place, folder) as program:
            program.store.remember_controllers(
                place.provider.id, ["dc1.evil.example.net", "evilcorp.example.test", "corp.example.test.net"]
            )
            proxy.refuse()
            with suppress(JitError):
                program.check_out()
            proxy.mend()
    finally:
        DirectoryConnector.connect = connect  # type: ignore[method-assign]
    place.tidy()
    strangers = [host for host in tried if not host.endswith(".corp.example.test")]
    return [("wrong", f"the password was to go to {strangers}")] if strangers else []


def _private(folder: Path) -> list[Finding]:
    """Everything that is kept is for its owner alone, whatever the umask, and is made so where it was not."""
    before = os.umask(0)
    findings: list[Finding] = []
    try:
        data = folder / "data"
        with application(data, demo=True) as app:
            app.store.add_audit(at=app.clock.utc_now(), actor="x", action="y", subject="z", detail={})
            findings += _wide(data)
        for file in data.glob("*.db*"):
            file.chmod(0o666)
        with SqliteStore(data):
            findings += _wide(data)
    finally:
        os.umask(before)
    return findings


def _wide(folder: Path) -> list[Finding]:
    found = [folder, *folder.rglob("*.db*"), *folder.rglob("*.log*"), *folder.rglob("*.json")]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in found}
    return [("wrong", f"{path.name} has mode {mode:o}") for path, mode in modes.items() if mode & _WIDE]


def _written(domain: SambaDomain, place: Place, folder: Path) -> list[Finding]:
    """After a grant and its end the password stands in no file."""
    Shift.reset()
    data = place.empty_database()
    with Program(place, data) as program:
        elevation = program.check_out()
        program.service.check_in(elevation.id, program.recorder)
    secret = domain.service.password.encode()
    return [
        ("wrong", f"the password stands in {file.name}")
        for file in data.rglob("*")
        if file.is_file() and secret in file.read_bytes()
    ]


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="jit-private-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _all(domain: SambaDomain) -> object:
    cases = list(_password_cases(domain))
    with place_in(domain) as place, LdapProxy.in_front_of(domain) as proxy, _folder() as folder:
        place.through(proxy.port, timeout_seconds=2)
        further: dict[str, Callable[[], list[Finding]]] = {
            "a password that was refused": lambda: _refused_again(place, proxy),
            "domain controllers of another domain": lambda: _planted(place, proxy),
            "files with a umask of 0": lambda: _private(folder),
            "the password in the files": lambda: _written(domain, place, folder),
        }
        cases += [(name, play()) for name, play in further.items()]
    return cases


def impostor_series(domain: SambaDomain, *, how_many: int = 0) -> Outcome:
    """All of them, however short the form is: they take seconds."""
    outcome = Outcome("impostors and onlookers")
    for name, findings in Child(lambda: _all(domain), seconds=600).result():
        outcome.add(name, findings)
    outcome.figures = {"short": bool(how_many)}
    return outcome.done()
