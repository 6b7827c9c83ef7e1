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
    """The last refusal of each provider. A person who asks for something is never kept from trying."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: dict[ProviderId, _Refusal] = {}

    @contextmanager
    def noted(self, provider: DomainProvider, password: Secret | None) -> Iterator[None]:
        """Connect in this block: remembers that ``password`` was refused, or forgets that it ever was."""
        try:
            yield
        except SignInFailed as error:
            # Not its kinds: an expired password is the right one, and a locked account counts nothing more.
            if password is not None and type(error) is SignInFailed:
                self._last[provider.id] = _Refusal(
                    provider.connection, password, self._clock.monotonic(), error
                )
            raise
        self._last.pop(provider.id, None)

    def raise_again(self, provider: DomainProvider, secrets: Secrets) -> None:
        """The :class:`SignInFailed` of a moment ago, where nothing has changed that could mend it."""
        last = self._last.get(provider.id)
        if last is None or last.connection != provider.connection:
            return
        if self._clock.monotonic() - last.monotonic >= AGAIN_SECONDS:
            return
        password = secrets.password(provider.id)
        if password is not None and password.is_same_as(last.password):
            raise SignInFailed(last.error.message, subject=last.error.subject, remedy=last.error.remedy)
