# SPDX-License-Identifier: MIT
"""The way to the domain controllers of every provider: signed in, whichever lives, with their clocks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.errors import DirectoryError, InvalidSettings, PasswordNeeded, StoreError
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.ports import Clock, Connector, Directory, Secrets, Store
from jit_desktop.elevation.refusals import Refusals
from jit_desktop.elevation.settings import DomainProvider, SignIn

_LOG = logging.getLogger(__name__)


class Reach:
    """Shared by all that works on domains. Everything but the clocks blocks."""

    def __init__(self, *, store: Store, connector: Connector, secrets: Secrets, clock: Clock) -> None:
        self._store = store
        self._connector = connector
        self._secrets = secrets
        self._clock = clock
        self._clocks: dict[ProviderId, DomainClock] = {}
        self._last_providers: dict[ProviderId, DomainProvider] = {}
        self._refusals = Refusals(clock)

    def domain_clock(self, provider_id: ProviderId) -> DomainClock:
        """The clock by which a provider's deadlines count; never blocks."""
        return self._clocks.setdefault(provider_id, DomainClock(self._clock))

    def provider(self, provider_id: ProviderId) -> DomainProvider:
        """A provider as the store has it, or as it was when the store could still be read."""
        try:
            provider = self._store.provider(provider_id)
        except StoreError:
            if provider_id not in self._last_providers:
                raise
            return self._last_providers[provider_id]
        self._last_providers[provider_id] = provider
        return provider

    def raise_refusal_again(self, provider: DomainProvider) -> None:
        """The :class:`SignInFailed` of a moment ago, where nothing has changed that could mend it."""
        self._refusals.raise_again(provider, self._secrets)

    def open_directory(self, provider: DomainProvider, *, server: str = "") -> Directory:
        """A connection of the caller's own, signed in as the provider says.

        Raises :class:`PasswordNeeded` where a password has to be asked for first, or another
        :class:`DirectoryError`.
        """
        password = None
        if provider.connection.sign_in is SignIn.PASSWORD and not provider.is_demo:
            password = self._secrets.password(provider.id)
            if password is None:
                raise PasswordNeeded(
                    f"The password of {provider.connection.bind_as} is needed.",
                    subject=provider.name,
                    remedy="Enter it, or keep it in the credential store.",
                )
        with self._refusals.noted(provider, password):
            return self._connector.connect(provider.connection, password, server=server)

    @contextmanager
    def controllers(self, provider: DomainProvider, preferred: str = "") -> Iterator[Controllers]:
        """Connections for one piece of work, to ``preferred`` where that answers; its clock is read first."""
        directory = self._open_preferred(provider, preferred)
        with directory, Controllers(directory, lambda host: self._reach(provider, host)) as controllers:
            self.domain_clock(provider.id).read(directory)
            yield controllers

    def _reach(self, provider: DomainProvider, server: str = "") -> Directory:
        """A connection for work that has to be done; settings that went bad since (a CA file that is gone)
        are a domain that can't be reached, and an alarm as any other.
        """
        try:
            return self.open_directory(provider, server=server)
        except InvalidSettings as error:
            raise DirectoryError(
                error.message, subject=error.subject, remedy="Mend the settings of the provider."
            ) from error

    def _open_preferred(self, provider: DomainProvider, preferred: str) -> Directory:
        directory = self._reach(provider)
        if not preferred or directory.info.controller.casefold() == preferred.casefold():
            return directory
        try:
            better = self._reach(provider, preferred)
        except DirectoryError as error:
            _LOG.info("%s does not answer, going on with %s: %s", preferred, directory.info.controller, error)
            return directory
        directory.close()
        return better
