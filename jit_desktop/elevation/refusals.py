# SPDX-License-Identifier: MIT
"""Remembers a password that was refused: ticks that offered it every few seconds would lock the account out,
and then nothing could be ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from jit_desktop.elevation.errors import SignInFailed
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.ports import Clock, Secrets
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionSettings, DomainProvider

AGAIN_SECONDS = 300
"""How long a password that was refused is not offered again by itself.

Account lockout counts the failures of the last 10 minutes and more, and tolerates at least 3 (Microsoft,
*Account lockout threshold*; security baselines: 10 in 10 or 15 minutes).
"""


@dataclass(frozen=True, slots=True)
class _Refusal:
    connection: ConnectionSettings
    password: Secret
    monotonic: float
    error: SignInFailed


class Refusals:
    """The last refusal of each domain controller, and who takes the password. A person who asks for something
    is never kept from trying.

    One that refuses what another one takes has not heard of a new password: it alone is left alone. Hosts are
    given as their names, empty for the server of the settings.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Each provider has a thread of its own: what is gone through is a copy.
        self._last: dict[tuple[ProviderId, str], _Refusal] = {}
        self._taken: dict[tuple[ProviderId, str], tuple[ConnectionSettings, Secret]] = {}

    @contextmanager
    def noted(self, provider: DomainProvider, password: Secret | None, host: str = "") -> Iterator[None]:
        """Connect to ``host`` in this block: remembers that ``password`` was refused, or was taken, there."""
        key = (provider.id, host.casefold())
        try:
            yield
        except SignInFailed as error:
            # Not its kinds: an expired password is the right one, and a locked account counts nothing more.
            if password is not None and type(error) is SignInFailed:
                self._last[key] = _Refusal(provider.connection, password, self._clock.monotonic(), error)
                if key in self._taken:
                    # It is another password now: who took this one is not asked one after the other.
                    for taken in [k for k in list(self._taken) if k[0] == provider.id]:
                        self._taken.pop(taken, None)
            raise
        self.note_taken(provider, password, host)

    def note_taken(self, provider: DomainProvider, password: Secret | None, host: str) -> None:
        """``host`` took ``password``: it is one that may be called by its name or by that of the domain."""
        key = (provider.id, host.casefold())
        self._last.pop(key, None)
        if password is not None:
            self._taken[key] = (provider.connection, password)

    def raise_again(self, provider: DomainProvider, secrets: Secrets) -> None:
        """The :class:`SignInFailed` of a moment ago, where nothing has changed that could mend it and no
        domain controller takes the password."""
        recent = [last for key, last in list(self._last.items()) if key[0] == provider.id]
        recent = [last for last in recent if self._is_in_force(last, provider, secrets)]
        if recent and not self.is_taken(provider, secrets):
            last = max(recent, key=lambda refusal: refusal.monotonic)
            raise SignInFailed(last.error.message, subject=last.error.subject, remedy=last.error.remedy)

    def is_taken(self, provider: DomainProvider, secrets: Secrets, host: str | None = None) -> bool:
        """Whether ``host``, or any domain controller, took the present password when it was offered last."""
        password = secrets.password(provider.id)
        return password is not None and any(
            connection == provider.connection and password.is_same_as(taken)
            for (provider_id, where), (connection, taken) in list(self._taken.items())
            if provider_id == provider.id and host in (None, where)
        )

    def left_alone(self, provider: DomainProvider, secrets: Secrets, host: str) -> str:
        """Why ``host`` is not offered the password: it refused a moment ago what another one takes. Empty
        where it is."""
        last = self._last.get((provider.id, host.casefold()))
        if last is None or not self._is_in_force(last, provider, secrets):
            return ""
        return last.error.message if self.is_taken(provider, secrets) else ""

    def _is_in_force(self, last: _Refusal, provider: DomainProvider, secrets: Secrets) -> bool:
        """Whether nothing has changed that could mend it."""
        if last.connection != provider.connection:
            return False
        if self._clock.monotonic() - last.monotonic >= AGAIN_SECONDS:
            return False
        password = secrets.password(provider.id)
        return password is not None and password.is_same_as(last.password)
