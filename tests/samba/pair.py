# SPDX-License-Identifier: MIT
"""A test domain with two domain controllers that really replicate, made once and kept as a template."""

import contextlib
import fcntl
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ldap3 import MODIFY_ADD
from ldap3.core.exceptions import LDAPAttributeOrValueExistsResult, LDAPException

from tests.samba import hostnames, names
from tests.samba.certificates import CertificateAuthority
from tests.samba.process import SupervisorProcess
from tests.samba.server import CACHE, SambaDomain, SambaServer, await_bind, template_key
from tests.samba.verifier import Verifier

_REPLICATED_SECONDS = 60
_POLL_SECONDS = 0.05
_DRS_INTERFACE = "E3514235-4B06-11D1-AB04-00C04FC2DCD2"
"""Interface of the replication protocol, and so the service class of its names ([MS-DRSR] 2.2.3.2)."""


class TwoControllers:
    """Owns both domain controllers; a context manager whose end is their end.

    dc1, dc2   each as a test sees it: `host`, `address`, `verifier()`; of one domain and one authority
    """

    def __init__(self) -> None:
        self._supervisor = SupervisorProcess()
        self._folder = Path(tempfile.mkdtemp(prefix="jit-samba-pair-"))
        self._authority = CertificateAuthority()
        self._running: set[str] = set()
        try:
            self.dc1, self.dc2 = self._prepare()
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

    @property
    def domains(self) -> tuple[SambaDomain, SambaDomain]:
        return self.dc1, self.dc2

    def start(self, *which: SambaDomain) -> None:
        """Start those that do not run; returns when an authenticated bind works. Without any: both."""
        started = [d for d in which or self.domains if d.host not in self._running]
        for domain in started:
            self._ask(
                domain,
                "start",
                realm=names.REALM,
                workgroup=names.NETBIOS_DOMAIN,
                certificate=domain.certificate.certificate_pem,
                key=domain.certificate.key_pem,
                ca=self._authority.ca_pem,
            )
            self._running.add(domain.host)
        for domain in started:
            await_bind(domain, lambda domain=domain: self._ask(domain, "status"))  # type: ignore[misc]

    def stop(self, *which: SambaDomain) -> None:
        """Take domain controllers away; `start` brings them back with all their data. Without any: both."""
        for domain in which or self.domains:
            self._ask(domain, "stop")
            self._running.discard(domain.host)

    def restore(self) -> None:
        """Both run, and each has what the other one wrote."""
        self.start()
        self.await_replication()

    def await_replication(self) -> None:
        """Return when what was written on either one before this call is on the other one."""
        with self.dc1.verifier() as one, self.dc2.verifier() as two:
            mark = str(time.monotonic_ns())
            for source in (one, two):
                source.set_attribute(_marked(source), "description", mark)
            for source, target in ((one, two), (two, one)):
                seconds_until(lambda s=source, t=target: t.text(_marked(s), "description") == mark)  # type: ignore[misc]

    def keep(self, folder: Path) -> None:
        """Make a snapshot of both, which run again when this returns."""
        self.stop()
        for domain in self.domains:
            self._ask(domain, "save", template=str(folder / domain.host))
        self.start()

    def go_back(self, folder: Path, *which: SambaDomain) -> None:
        """Put these into the state that `keep` found, and start them; without any: both. One alone has
        forgotten for good what it wrote since: the other one believes that it has it."""
        self.stop(*which)
        for domain in which or self.domains:
            self._ask(domain, "load", template=str(folder / domain.host))
        self.start(*which)

    def log(self) -> str:
        """The end of what both logged."""
        return "\n".join(f"{d.host}\n{self._ask(d, 'status')['log']}" for d in self.domains)

    def close(self) -> None:
        """End the supervisor, which ends both and removes their files."""
        self._supervisor.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextlib.contextmanager
    def resolved_here(self) -> Iterator[None]:
        """Let this process resolve the names of both while the context lasts."""
        with hostnames.resolved_here(self.dc1.hosts, self.dc1.environment):
            yield

    # -- making it ----------------------------------------------------------------------------------------

    def _ask(self, domain: SambaDomain, do: str, **arguments: object) -> Any:
        return self._supervisor.ask(do, controller=domain.host.split(".", 1)[0], **arguments)

    def _prepare(self) -> tuple[SambaDomain, SambaDomain]:
        first, second = (str(self._supervisor.ask("reserve", controller=dc)) for dc in ("dc1", "dc2"))
        down = f"127.0.1.{first.rsplit('.', 1)[1]}"
        hosts = {names.DC1: first, names.DC2: second, names.DNS_DOMAIN: first, names.DC3: down}
        ca_file, other_ca_file = self._folder / "ca.pem", self._folder / "other-ca.pem"
        ca_file.write_text(self._authority.ca_pem, encoding="ascii")
        other_ca_file.write_text(CertificateAuthority("Somebody else's authority").ca_pem, encoding="ascii")
        dc1 = SambaDomain(
            address=first,
            ca_file=ca_file,
            other_ca_file=other_ca_file,
            authority=self._authority,
            certificate=self._authority.issue([names.DC1, names.DNS_DOMAIN], [first]),
            environment=hostnames.write_files(self._folder, hosts, first, second),
            hosts=hosts,
            down_host=names.DC3,
        )
        certificate = self._authority.issue([names.DC2, names.DNS_DOMAIN], [second])
        return dc1, replace(dc1, host=names.DC2, address=second, certificate=certificate)

    def _load_or_build(self) -> None:
        template = CACHE / f"pair-{template_key('pair.py')}"
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / "pair-lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not template.exists():
                self._build(template)
                return
        for domain in self.domains:
            self._ask(domain, "load", template=str(template / domain.host))
        self._resolve()

    def _build(self, template: Path) -> None:
        with SambaServer():
            pass  # it leaves the template of one domain controller
        self._ask(self.dc1, "load", template=str(CACHE / f"domain-{template_key()}"))
        self._resolve()
        self.start(self.dc1)
        self._ask(
            self.dc2,
            "join",
            realm=names.REALM,
            workgroup=names.NETBIOS_DOMAIN,
            server=names.DC1,
            administrator_password=names.ADMINISTRATOR.password,
        )
        self._resolve()
        with self.dc1.verifier() as verifier:
            self._let_them_find_each_other(verifier)
        self.start(self.dc2)
        for domain in self.domains:
            self._ask(domain, "agree")
        self.stop()
        self.start()
        self.await_replication()
        self.stop()
        unfinished = template.with_name("unfinished-pair")
        shutil.rmtree(unfinished, ignore_errors=True)
        for domain in self.domains:
            self._ask(domain, "save", template=str(unfinished / domain.host))
        for older in CACHE.glob("pair-*/"):
            shutil.rmtree(older)
        unfinished.rename(template)

    def _guids(self) -> dict[str, str]:
        guids: dict[str, str] = self._ask(self.dc1, "controller_guids")
        return guids

    def _resolve(self) -> None:
        rows = [f"A {name} {address}" for name, address in self.dc1.hosts.items()]
        rows += [
            f"CNAME {guid}._msdcs.{names.DNS_DOMAIN} {name}.{names.DNS_DOMAIN}"
            for name, guid in self._guids().items()
        ]
        short = [(name, name.split(".", 1)[0], address) for name, address in self.dc1.hosts.items()]
        for domain in self.domains:
            self._ask(
                domain,
                "resolve",
                dns="\n".join([*rows, ""]),
                hosts="".join(f"{address} {name} {alias}\n" for name, alias, address in short),
                krb5_conf=hostnames.krb5_conf(self.dc1.address, self.dc2.address),
            )

    def _let_them_find_each_other(self, verifier: Verifier) -> None:
        """Register the service names of replication; `samba_spnupdate` does it where all services run."""
        for name, guid in self._ask(self.dc2, "controller_guids").items():
            host = f"{name}.{names.DNS_DOMAIN}"
            for service in (
                f"{_DRS_INTERFACE}/{guid}/{names.DNS_DOMAIN}",
                f"ldap/{guid}._msdcs.{names.DNS_DOMAIN}",
                f"ldap/{host}",
                f"ldap/{host}/{names.DNS_DOMAIN}",
                f"ldap/{name.upper()}",
                f"GC/{host}/{names.DNS_DOMAIN}",
            ):
                with contextlib.suppress(LDAPAttributeOrValueExistsResult):
                    verifier.connection.modify(
                        f"CN={name.upper()},OU=Domain Controllers,{names.BASE_DN}",
                        {"servicePrincipalName": [(MODIFY_ADD, [service])]},
                    )


def seconds_until(come_true: Callable[[], bool], *, at_most: float = _REPLICATED_SECONDS) -> float:
    """Ask until it is true; returns after how many seconds it was. A missing object counts as not true."""
    began = time.monotonic()
    while True:
        with contextlib.suppress(LDAPException):
            if come_true():
                return time.monotonic() - began
        if time.monotonic() - began > at_most:
            raise TimeoutError(f"Not true after {at_most} s.")
        time.sleep(_POLL_SECONDS)


def _marked(verifier: Verifier) -> str:
    """An object of which each domain controller has its own, so that both can be written at once."""
    name = str(verifier.host).split(".", 1)[0].upper()
    return f"CN={name},OU=Domain Controllers,{names.BASE_DN}"
