# SPDX-License-Identifier: MIT
"""Passwords in the operating system's credential store, or in memory for this run; nowhere else, ever."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable

import keyring.errors
from keyring.backend import KeyringBackend

from jit_desktop.elevation.answers import Answers
from jit_desktop.elevation.errors import SecretsUnavailable
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.secret import Secret

if sys.platform == "win32":
    from keyring.backends.Windows import WinVaultKeyring as SystemKeyring
elif sys.platform == "darwin":
    from keyring.backends.macOS import Keyring as SystemKeyring
else:
    from keyring.backends.SecretService import Keyring as SystemKeyring

_log = logging.getLogger(__name__)

ANSWER_SECONDS = 10
"""So long is waited for the credential store. One that is locked may wait for a person for ever, and what is
due must not wait with it; when it has been unlocked, the next look has the password."""
_USER_NAME = "bind account"
_WINDOWS_LIMIT_BYTES = 2560
"""CRED_MAX_CREDENTIAL_BLOB_SIZE ([MS] CREDENTIALW); keyring writes UTF-16."""


def system_credential_store() -> KeyringBackend | None:
    """The one credential store that this operating system has, ``None`` where it can't be reached.

    It is named here and not looked up: keyring would also take whatever a configuration file, an environment
    variable or an installed package offers it, a file in the clear among them.
    """
    if not SystemKeyring.viable:
        return None
    store: KeyringBackend = SystemKeyring()  # type: ignore[no-untyped-call]
    if sys.platform == "win32":
        # The default would let the password roam to every computer of the user.
        store.persist = "local machine"  # type: ignore[attr-defined]
    return store


class KeyringSecrets:
    """The passwords of the providers; see :class:`~jit_desktop.elevation.ports.Secrets`.

    What is remembered for this run only goes before what is kept. May be called from any thread.
    """

    def __init__(
        self,
        backend: KeyringBackend | None,
        *,
        on_use: Callable[[Secret], None] = lambda secret: None,
    ) -> None:
        """``backend`` is where passwords are kept, ``None``: nowhere. ``on_use`` is told every password that
        comes into the program, so that the log can be kept clean of it."""
        self._backend = backend
        self._on_use = on_use
        self._of_this_run: dict[ProviderId, Secret] = {}
        self._lock = threading.Lock()
        self._answers: Answers[str | None] = Answers()

    @property
    def can_keep(self) -> bool:
        """Whether there is a credential store that outlives the program."""
        return self._backend is not None

    def password(self, provider_id: ProviderId) -> Secret | None:
        """The password of a provider, ``None`` where it has to be asked for.

        A credential store that is locked, fails or does not answer within :data:`ANSWER_SECONDS` is noted in
        the log and counts as empty: the user can still give the password.
        """
        with self._lock:
            of_this_run = self._of_this_run.get(provider_id)
        if of_this_run is not None:
            return of_this_run
        if self._backend is None:
            return None
        try:
            kept = self._kept(provider_id)
        except Exception as error:  # noqa: BLE001 - each backend has errors of its own
            _log.warning("The credential store could not be read: %s", _reason(error))
            return None
        if not kept:
            return None
        secret = Secret(kept)
        self._on_use(secret)
        return secret

    def _kept(self, provider_id: ProviderId) -> str | None:
        backend, until = self._backend, time.monotonic() + ANSWER_SECONDS
        assert backend is not None

        def turn() -> float:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            return left

        service = _service(provider_id)
        return self._answers.ask(service, lambda: backend.get_password(service, _USER_NAME), turn)

    def remember(self, provider_id: ProviderId, password: Secret, *, keep: bool) -> None:
        """Use ``password`` from now on; ``keep`` puts it into the credential store as well.

        Raises :class:`SecretsUnavailable` where that fails; the password is then used for this run.
        """
        self._on_use(password)
        with self._lock:
            self._of_this_run[provider_id] = password
        if not keep:
            return
        if self._backend is None:
            raise SecretsUnavailable(
                "This computer has no credential store that could keep the password.",
                remedy="It is used until the program ends, and asked for again the next time.",
            )
        if sys.platform == "win32" and len(password.reveal().encode("utf-16")) > _WINDOWS_LIMIT_BYTES:
            raise SecretsUnavailable(
                "The password is too long for the Windows Credential Manager (1,279 characters at most).",
                remedy="It is used until the program ends, and asked for again the next time.",
            )
        try:
            self._backend.set_password(_service(provider_id), _USER_NAME, password.reveal())
        except Exception as error:  # noqa: BLE001 - each backend has errors of its own
            # Not "from error": what a backend raises may hold what it was given.
            raise SecretsUnavailable(
                f"The credential store did not take the password: {_reason(error)}.",
                remedy="Unlock the credential store and try again; until then it is used for this run.",
            ) from None
        with self._lock:
            # From now on it is read where it is kept, so that a change there is noticed.
            self._of_this_run.pop(provider_id, None)

    def forget(self, provider_id: ProviderId) -> None:
        """Remove it from wherever it is; :class:`SecretsUnavailable` where it could not be removed."""
        with self._lock:
            self._of_this_run.pop(provider_id, None)
        if self._backend is None:
            return
        try:
            if self._backend.get_password(_service(provider_id), _USER_NAME) is not None:
                self._backend.delete_password(_service(provider_id), _USER_NAME)
        except Exception as error:  # noqa: BLE001 - each backend has errors of its own
            raise SecretsUnavailable(
                f"The password could not be removed from the credential store: {_reason(error)}.",
                remedy="Unlock the credential store and try again, or remove the entry “JIT Desktop” there.",
            ) from None


def _service(provider_id: ProviderId) -> str:
    # One name per provider: with a common one the Windows backend would rename its entries by itself.
    return f"JIT Desktop {provider_id}"


def _reason(error: Exception) -> str:
    """Why a backend failed, without anything of what it was given."""
    if isinstance(error, keyring.errors.KeyringLocked):
        return "it is locked"
    if isinstance(error, TimeoutError):
        return f"it did not answer within {ANSWER_SECONDS} seconds"
    code = getattr(error, "winerror", None)
    return type(error).__name__ + (f" {code}" if isinstance(code, int) else "")
