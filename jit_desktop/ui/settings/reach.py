# SPDX-License-Identifier: MIT
"""Reaches the directory of a provider that is still being edited, with the password that was just typed."""

from __future__ import annotations

from jit_desktop.elevation.errors import PasswordNeeded
from jit_desktop.elevation.ports import Connector, Directory, Secrets
from jit_desktop.elevation.settings import SignIn
from jit_desktop.ui.bridge import Worker
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.pickers.lookup import OpenDirectory
from jit_desktop.ui.settings.drafts import ProviderDraft


class Reach:
    """Hands pages what they need for the directory, and nothing of the store."""

    def __init__(self, context: UiContext) -> None:
        self._context = context

    @property
    def connector(self) -> Connector:
        """Makes connections; blocks."""
        return self._context.connector

    @property
    def browsing(self) -> Worker:
        """The worker for pickers and for looking at objects."""
        return self._context.workers["settings:browse"]

    @property
    def testing(self) -> Worker:
        """The worker for *Test connection* and certificates, so that no picker waits for them."""
        return self._context.workers["settings:test"]

    def opener(self, draft: ProviderDraft) -> OpenDirectory:
        """Connects as `draft` stands now; for a worker's thread."""
        connector, secrets = self._context.connector, self._context.secrets
        return lambda: _open(connector, secrets, draft)


def _open(connector: Connector, secrets: Secrets, draft: ProviderDraft) -> Directory:
    provider = draft.provider
    if provider.is_demo or provider.connection.sign_in is SignIn.KERBEROS:
        return connector.connect(provider.connection, None)
    password = draft.password
    if password is None and draft.keeps_password:
        password = secrets.password(provider.id)
    elif password is None:
        raise PasswordNeeded(
            "The connection was changed, and the password that is kept is for the old one.",
            subject=provider.name,
            remedy="Enter the password again.",
        )
    if password is None:
        raise PasswordNeeded(
            f"The password of {provider.connection.bind_as or 'the provider'} is needed.",
            subject=provider.name,
            remedy="Enter it on the Connection page.",
        )
    return connector.connect(provider.connection, password)
