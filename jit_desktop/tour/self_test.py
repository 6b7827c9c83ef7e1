# SPDX-License-Identifier: MIT
"""Checks that this installation works: database, credential store, TLS, demo domain, windows."""

from __future__ import annotations

import importlib
import platform
import ssl
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QApplication

from jit_desktop import __version__
from jit_desktop.app import Application, application
from jit_desktop.commands.output import Output
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import CheckoutRequest
from jit_desktop.platform.secrets import system_credential_store
from jit_desktop.resources import resource_path
from jit_desktop.tour.clock import TourClock
from jit_desktop.tour.pretended_schedule import PretendedSchedule
from jit_desktop.window import make_qt, windows


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked and what was found, in words."""

    name: str
    good: bool
    found: str


class _Silent(Output):
    """Hears and says nothing."""

    def note(self, text: str) -> None:
        """Nobody is listening."""


def self_test() -> list[Finding]:
    """Check everything in a folder of its own; raises nothing, a check that fails says so."""
    clock = TourClock()
    with tempfile.TemporaryDirectory(prefix="jit-self-test-", ignore_cleanup_errors=True) as folder:
        findings = [
            _check("Program", lambda: f"{__version__}, Python {platform.python_version()}, Qt {qVersion()}"),
            _check("TLS", lambda: f"{ssl.OPENSSL_VERSION}"),
            _check("Kerberos", _kerberos),
            _check("Credential store", _credential_store),
            _check("Icons", lambda: f"{len(list(resource_path('icons').glob('*.svg')))} found"),
        ]
        try:
            with application(Path(folder), demo=True, clock=clock) as app:
                findings.append(_check("Database", lambda: f"{app.store.file.name}, tables up to date"))
                findings.append(_check("Demo domain", lambda: _demo_job(app, clock)))
                findings.append(_check("Windows", lambda: _window(app)))
        except Exception as error:  # noqa: BLE001 - the report is the place where it is shown
            findings.append(Finding("Database", good=False, found=str(error)))
    return findings


def _check(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, good=True, found=look())
    except Exception as error:  # noqa: BLE001 - the report is the place where it is shown
        return Finding(name, good=False, found=f"{type(error).__name__}: {error}")


def _kerberos() -> str:
    module = "winkerberos" if sys.platform == "win32" else "gssapi"
    try:
        importlib.import_module(module)
    except ImportError:
        return f"not here (the module {module} is missing); sign in with a password"
    return f"by {module}"


def _credential_store() -> str:
    store = system_credential_store()
    return store.name if store is not None else "none; passwords are asked for each time"


def _demo_job(app: Application, clock: TourClock) -> str:
    provider = app.store.providers()[0]
    account = next(a for a in provider.accounts if a.account.name == "_backupoperator15")
    request = CheckoutRequest(
        provider.id,
        account.account.guid,
        (provider.jit.privileges[0].group.guid,),
        provider.policy.minimum_seconds,
        app.actor,
    )
    elevation = app.service.check_out(request, _Silent())
    for _ in range(60):
        clock.skip(10)
        app.service.tick(_Silent())
        elevation = app.store.elevation(elevation.id)
        if not elevation.is_open:
            break
    if elevation.state is not State.ENDED:
        raise RuntimeError(f"the elevation is {elevation.state.value}")
    return f"{account.account.name} was elevated and ended by its deadline"


def _window(app: Application) -> str:
    make_qt(sys.argv[:1])
    with windows(app, schedule=PretendedSchedule()) as shell:
        shell.open()
        QApplication.processEvents()
        picture = shell.main.grab()
        if picture.isNull():
            raise RuntimeError("the main window is empty")
        return f"main window of {picture.width()} × {picture.height()} pixels, {QApplication.platformName()}"
