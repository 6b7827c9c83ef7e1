# SPDX-License-Identifier: MIT
"""A password is looked for, byte by byte, in everything that the program leaves behind."""

import json
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from jit_desktop.app import Application, application
from jit_desktop.elevation.errors import JitError, SecretsUnavailable, SettingsFileInvalid
from jit_desktop.elevation.model import CheckoutRequest, Elevation, StepReport
from jit_desktop.elevation.secret import Secret
from jit_desktop.store.settings_file import parse_settings, settings_text

CANARY = "canary-7391-ÿ-password"
_FORMS = tuple(
    form
    for encoding in ("utf-8", "utf-16-le", "latin-1")
    for form in (CANARY.encode(encoding), json.dumps(CANARY).strip('"').encode(encoding))
)


class _Quiet:
    def on_step(self, report: StepReport) -> None:
        """The steps are in the store."""

    def on_elevation(self, elevation: Elevation) -> None:
        """So is the elevation."""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    with application(tmp_path / "data", demo=True) as opened:
        yield opened


def _files_with_canary(folder: Path) -> list[str]:
    for handler in logging.getLogger().handlers:
        handler.flush()  # the log is written by a thread of its own
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"jit-desktop.db", "jit-desktop.db-wal", "jit-desktop.log"} <= {path.name for path in files}
    return [path.name for path in files if any(form in path.read_bytes() for form in _FORMS)]


def test_that_the_search_would_find_a_password(app: Application) -> None:
    (app.data_dir / "careless.txt").write_text(f"password: {CANARY}", encoding="utf-16-le")
    assert _files_with_canary(app.data_dir) == ["careless.txt"]


@pytest.mark.expects_log("careless")
def test_that_no_file_of_the_program_has_the_password(app: Application) -> None:
    (provider,) = app.store.providers()
    app.secrets.remember(provider.id, Secret(CANARY), keep=False)
    account = provider.accounts[0].account.guid
    elevation = app.service.check_out(
        CheckoutRequest(
            provider_id=provider.id,
            account=account,
            privileges=(provider.privileges_for(account)[0].group.guid,),
            duration_seconds=provider.policy.default_seconds,
            requested_by=app.actor,
            reason="to be seen",
        ),
        _Quiet(),
    )
    app.service.check_in(elevation.id, _Quiet())
    try:
        raise ValueError(f"{app.secrets.password(provider.id)} or {CANARY}")
    except ValueError:
        logging.getLogger("jit_desktop").exception("careless: %s", CANARY)
    assert app.store.history()[0].reason == "to be seen"
    assert _files_with_canary(app.data_dir) == []
    assert app.database is not None
    trail = json.dumps(app.database.export_audit(), ensure_ascii=False)
    exported = settings_text(app.store.providers()) + trail
    assert "to be seen" in exported
    assert CANARY not in exported


def _shown(error: BaseException) -> str:
    """Everything that a crash report could show of an error."""
    return "".join(
        traceback.TracebackException.from_exception(error, capture_locals=False).format(chain=True)
    )


def test_that_no_error_has_the_password(app: Application) -> None:
    (provider,) = app.store.providers()
    file = json.dumps(
        {
            "format": "jit-desktop-settings",
            "version": 1,
            "providers": [{"name": "x", "connection": {"bind_password": CANARY, "port": CANARY}}],
        }
    ).encode()
    with pytest.raises(SettingsFileInvalid) as of_file:
        parse_settings(file)
    with pytest.raises(SecretsUnavailable) as of_secrets:
        app.secrets.remember(provider.id, Secret(CANARY), keep=True)
    errors: list[JitError] = [of_file.value, of_secrets.value]
    for error in errors:
        assert CANARY not in _shown(error)
        assert CANARY not in f"{error} {error!r} {vars(error)}"
