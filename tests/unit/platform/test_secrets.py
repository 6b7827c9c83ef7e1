# SPDX-License-Identifier: MIT
"""Passwords are in the system's credential store or in memory, and nowhere else."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import keyring.errors
import pytest
from keyring.backend import KeyringBackend
from typing_extensions import override

from jit_desktop.elevation.errors import SecretsUnavailable
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.ports import Secrets
from jit_desktop.elevation.secret import Secret
from jit_desktop.platform import secrets as secrets_module
from jit_desktop.platform.secrets import KeyringSecrets, system_credential_store

CORP, OTHER = ProviderId("corp"), ProviderId("other")
CANARY = "canary-7391"


class MemoryKeyring(KeyringBackend):
    """A credential store that lasts as long as a test."""

    priority = -1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.error: Exception | None = None

    def _may_fail(self) -> None:
        if self.error is not None:
            raise self.error

    @override
    def get_password(self, service: str, username: str) -> str | None:
        self._may_fail()
        return self.kept.get((service, username))

    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        self._may_fail()
        self.kept[service, username] = password

    @override
    def delete_password(self, service: str, username: str) -> None:
        self._may_fail()
        try:
            del self.kept[service, username]
        except KeyError:
            raise keyring.errors.PasswordDeleteError("not found") from None


@pytest.fixture
def backend() -> MemoryKeyring:
    return MemoryKeyring()


@pytest.fixture
def secrets(backend: MemoryKeyring) -> KeyringSecrets:
    return KeyringSecrets(backend)


def _revealed(secrets: Secrets, provider_id: ProviderId) -> str | None:
    secret = secrets.password(provider_id)
    return None if secret is None else secret.reveal()


def test_that_a_kept_password_is_there_the_next_time(secrets: KeyringSecrets, backend: MemoryKeyring) -> None:
    secrets.remember(CORP, Secret(CANARY), keep=True)
    assert secrets.can_keep
    assert _revealed(KeyringSecrets(backend), CORP) == CANARY
    assert _revealed(KeyringSecrets(backend), OTHER) is None


@pytest.mark.expects_log("it did not answer within")
def test_that_a_credential_store_that_waits_for_a_person_keeps_nobody(
    secrets: KeyringSecrets, backend: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets.remember(CORP, Secret(CANARY), keep=True)
    unlocked, begun, asked = threading.Event(), threading.Event(), []

    def waiting(service: str, username: str) -> str | None:
        asked.append(service)
        begun.set()
        unlocked.wait(20)
        return backend.kept[service, username]

    monkeypatch.setattr(backend, "get_password", waiting)
    monkeypatch.setattr(secrets_module, "ANSWER_SECONDS", 0.05)
    for _ in range(3):
        assert secrets.password(CORP) is None
    assert begun.wait(10)
    assert len(asked) == 1, "one prompt, and not one for each look"
    unlocked.set()
    monkeypatch.setattr(secrets_module, "ANSWER_SECONDS", 10)
    assert _revealed(secrets, CORP) == CANARY


def test_that_a_password_for_this_run_is_not_kept(secrets: KeyringSecrets, backend: MemoryKeyring) -> None:
    secrets.remember(CORP, Secret(CANARY), keep=False)
    assert _revealed(secrets, CORP) == CANARY
    assert backend.kept == {}


def test_that_a_password_for_this_run_goes_before_the_kept_one(
    secrets: KeyringSecrets, backend: MemoryKeyring
) -> None:
    secrets.remember(CORP, Secret("old"), keep=True)
    secrets.remember(CORP, Secret(CANARY), keep=False)
    assert _revealed(secrets, CORP) == CANARY
    assert _revealed(KeyringSecrets(backend), CORP) == "old"


def test_that_a_password_that_is_kept_replaces_the_one_for_this_run(secrets: KeyringSecrets) -> None:
    secrets.remember(CORP, Secret("old"), keep=False)
    secrets.remember(CORP, Secret(CANARY), keep=True)
    assert _revealed(secrets, CORP) == CANARY


def test_that_forgetting_removes_it_everywhere(secrets: KeyringSecrets, backend: MemoryKeyring) -> None:
    secrets.remember(CORP, Secret("old"), keep=True)
    secrets.remember(CORP, Secret(CANARY), keep=False)
    secrets.forget(CORP)
    assert _revealed(secrets, CORP) is None
    assert backend.kept == {}
    secrets.forget(CORP)


def test_that_without_a_credential_store_a_password_lasts_for_the_run() -> None:
    secrets = KeyringSecrets(None)
    assert not secrets.can_keep
    with pytest.raises(SecretsUnavailable, match="no credential store"):
        secrets.remember(CORP, Secret(CANARY), keep=True)
    assert _revealed(secrets, CORP) == CANARY
    secrets.forget(CORP)
    assert secrets.password(CORP) is None


@pytest.mark.expects_log("credential store could not be read: it is locked")
def test_that_a_locked_store_counts_as_empty_and_is_noted(
    secrets: KeyringSecrets, backend: MemoryKeyring
) -> None:
    secrets.remember(CORP, Secret(CANARY), keep=True)
    backend.error = keyring.errors.KeyringLocked("locked")
    assert secrets.password(CORP) is None


@pytest.mark.parametrize(
    "error", [keyring.errors.PasswordSetError(CANARY), RuntimeError(CANARY), OSError(5, CANARY)]
)
def test_that_a_store_that_refuses_says_so_without_the_password(
    secrets: KeyringSecrets, backend: MemoryKeyring, error: Exception
) -> None:
    backend.error = error
    with pytest.raises(SecretsUnavailable) as caught:
        secrets.remember(CORP, Secret(CANARY), keep=True)
    assert CANARY not in f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    assert caught.value.__suppress_context__
    with pytest.raises(SecretsUnavailable):
        secrets.forget(CORP)
    backend.error = None
    secrets.remember(CORP, Secret(CANARY), keep=False)
    assert _revealed(secrets, CORP) == CANARY


def test_that_every_password_is_told_to_whoever_keeps_the_log_clean(backend: MemoryKeyring) -> None:
    told: list[str] = []
    KeyringSecrets(backend).remember(CORP, Secret("given"), keep=True)
    secrets = KeyringSecrets(backend, on_use=lambda secret: told.append(secret.reveal()))
    secrets.password(CORP)
    secrets.remember(OTHER, Secret("typed"), keep=False)
    assert told == ["given", "typed"]


def test_that_the_credential_store_is_not_chosen_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    store = system_credential_store()
    assert store is None or type(store).__module__ in (
        "keyring.backends.Windows",
        "keyring.backends.macOS",
        "keyring.backends.SecretService",
    )


_REAL = """
from jit_desktop.elevation.secret import Secret
from jit_desktop.platform.secrets import KeyringSecrets, system_credential_store
store = system_credential_store()
assert store is not None, "the secret service is not reached"
first = KeyringSecrets(store)
first.remember("corp", Secret("canary-7391"), keep=True)
again = KeyringSecrets(system_credential_store())
assert again.password("corp").reveal() == "canary-7391"
again.forget("corp")
assert KeyringSecrets(store).password("corp") is None
print("kept and forgotten")
"""


@pytest.mark.skipif(
    not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")),
    reason="needs gnome-keyring and dbus-run-session",
)
def test_that_a_password_is_kept_in_a_real_secret_service(tmp_path: Path) -> None:
    script = (
        'echo -n test | gnome-keyring-daemon --unlock --components=secrets >/dev/null && "$PYTHON" -c "$CODE"'
    )
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", script],
        env={
            **os.environ,
            **dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"), str(tmp_path)),
            "PYTHON": sys.executable,
            "CODE": _REAL,
        },
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip().endswith("kept and forgotten"), done.stderr
