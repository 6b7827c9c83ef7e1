# SPDX-License-Identifier: MIT
"""Signs in to the embedded demo domain."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

from jit_desktop.directory.demo.content import SERVICE_ACCOUNT
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.directory.demo.domain import ABILITIES, CONTROLLERS, DemoController, DemoDomain
from jit_desktop.directory.demo.faults import Fault, FaultPlan, Operation, error_for
from jit_desktop.directory.demo.lookup import find_account
from jit_desktop.directory.demo.objects import DNS_NAME, DOMAIN_SID, DemoObject
from jit_desktop.directory.demo.state import FileStorage, MemoryStorage
from jit_desktop.elevation.dn import is_dn
from jit_desktop.elevation.errors import (
    AccountRestricted,
    DirectoryUnavailable,
    HostNotFound,
    PasswordExpired,
    SignInFailed,
)
from jit_desktop.elevation.identity import SecurityId
from jit_desktop.elevation.ports import Abilities, CancelToken, Clock, DomainInfo
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionSettings

WRONG_PASSWORD = "wrong"  # noqa: S105 - the password that does not work, for trying that out
EXPIRED_PASSWORD = "expired"  # noqa: S105 - likewise
_PASSWORD_ADVICE = (
    f"The demo domain takes every password but “{WRONG_PASSWORD}” and “{EXPIRED_PASSWORD}”, and none too."
)
_STRANGERS_FROM = 1_000_000
"""Where the identifiers of those begin whom the domain does not know and lets in all the same."""
REQUEST_LATENCY_SECONDS = 0.06
"""What a request takes, so that what happens meanwhile can be seen."""


class DemoConnector:
    """The ``Connector`` of the core for the demo domain.

    Every password is good, and none is good too, save two for trying out what happens: ``wrong`` raises
    ``SignInFailed`` and ``expired`` raises ``PasswordExpired``. Who signs in decides about rights:
    *Administrator* may write everything, *nobody01* nothing, everybody else what was delegated; a disabled
    or expired account raises ``AccountRestricted``. The server is a domain controller's name (its first
    label will do), the domain's, or empty; any other raises ``HostNotFound``.
    """

    def __init__(self, domain: DemoDomain, *, faults: FaultPlan, latency_seconds: float) -> None:
        self._domain = domain
        self._faults = faults
        self._latency = latency_seconds

    @property
    def domain(self) -> DemoDomain:
        """The domain behind the connections."""
        return self._domain

    def connect(
        self,
        connection: ConnectionSettings,
        password: Secret | None = None,
        *,
        server: str = "",
        within_seconds: float | None = None,
        cancel: CancelToken | None = None,
        known: DomainInfo | None = None,
    ) -> DemoDirectory:
        """See :class:`~jit_desktop.elevation.ports.Connector`; needs no network and no password."""
        del known  # every connection has it at hand
        if cancel is not None:
            cancel.raise_if_cancelled()
        controller = _controller(server or connection.server)
        fault = self._faults.next_fault(Operation.CONNECT, controller.host)
        if fault is Fault.HANG:
            raise DirectoryUnavailable(
                f"{controller.host} did not answer within {connection.connect_timeout_seconds} seconds.",
                subject=controller.host,
            )
        if fault is not None:
            raise error_for(fault, Operation.CONNECT, controller.host)
        logon_name, sid = self._sign_in(controller, connection.bind_as, password)
        return DemoDirectory(
            self._domain,
            controller,
            logon_name,
            sid=sid,
            faults=self._faults,
            latency_seconds=self._latency,
            timeout_seconds=connection.request_timeout_seconds,
        )

    def certificate_fingerprint(self, connection: ConnectionSettings) -> str:
        """Always empty: nothing is sent anywhere, so there is no certificate."""
        _controller(connection.server)
        return ""

    def _sign_in(
        self, controller: DemoController, bind_as: str, password: Secret | None
    ) -> tuple[str, SecurityId]:
        name = bind_as.strip() or SERVICE_ACCOUNT
        tree = self._domain.view(controller)
        account = tree.find_dn(name) if is_dn(name) else find_account(tree, name)
        if account is not None:
            self._refuse_restricted(account)
        given = password.reveal() if password is not None else ""
        if given == WRONG_PASSWORD:
            raise SignInFailed(
                f"{DNS_NAME} does not accept the password of {name}.",
                subject=name,
                remedy=_PASSWORD_ADVICE,
            )
        if given == EXPIRED_PASSWORD:
            raise PasswordExpired(
                f"The password of {name} has expired.",
                subject=name,
                remedy=_PASSWORD_ADVICE,
            )
        if account is not None and account.sid is not None:
            return account.logon_name, account.sid
        stranger = name.rpartition("\\")[2].partition("@")[0]
        return stranger, SecurityId(f"{DOMAIN_SID}-{_STRANGERS_FROM + crc32(stranger.casefold().encode())}")

    def _refuse_restricted(self, account: DemoObject) -> None:
        expired = account.expires is not None and account.expires <= self._domain.now()
        if expired or not account.enabled:
            raise AccountRestricted(
                f"The account {account.logon_name} {'has expired' if expired else 'is disabled'}.",
                subject=account.logon_name,
                remedy="Sign in with another account.",
            )


def demo_factory(
    path: Path | None,
    clock: Clock,
    *,
    faults: FaultPlan | None = None,
    latency_seconds: float = REQUEST_LATENCY_SECONDS,
    abilities: Abilities = ABILITIES,
) -> DemoConnector:
    """The demo domain whose state is kept in the file ``path``, or in memory only where that is ``None``.

    ``clock`` drives the domain's own clock and the replication; ``latency_seconds`` is what each request
    takes (0 in tests); ``faults`` makes requests fail on demand; ``abilities`` is what the domain ends by
    itself.
    """
    storage = MemoryStorage() if path is None else FileStorage(path)
    domain = DemoDomain(storage, clock, abilities=abilities)
    return DemoConnector(domain, faults=faults or FaultPlan(), latency_seconds=latency_seconds)


def _controller(server: str) -> DemoController:
    wanted = server.strip().casefold().rstrip(".")
    if wanted in ("", DNS_NAME):
        return CONTROLLERS[0]
    for controller in CONTROLLERS:
        if wanted in (controller.host, controller.host.partition(".")[0]):
            return controller
    raise HostNotFound(
        f"The demo domain has no domain controller {server}.",
        subject=server,
        remedy=f"Enter {DNS_NAME}, or leave the field empty.",
    )
