# SPDX-License-Identifier: MIT
"""Checks that this installation works: database, credential store, TLS, demo domain, windows."""

from __future__ import annotations

import importlib
import platform
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
from jit_desktop.platform.openssl import describe_library, loaded_library
from jit_desktop.platform.program import is_frozen
from jit_desktop.platform.secrets import system_credential_store
from jit_desktop.resources import resource_path
from jit_desktop.store import FILE_NAME
from jit_desktop.tour.clock import TourClock
from jit_desktop.ui.theme import Token, icon
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
    make_qt(sys.argv[:1])
    with tempfile.TemporaryDirectory(prefix="jit-self-test-", ignore_cleanup_errors=True) as folder:
        findings = [
            check("Program", lambda: f"{__version__}, Python {platform.python_version()}, Qt {qVersion()}"),
            check("TLS", lambda: describe_library(loaded_library(), Path(sys.executable).parent)),
            check("Kerberos", kerberos),
            check("Credential store", credential_store),
            check("Icons", icons),
        ]
        try:
            with application(Path(folder), demo=True, clock=clock) as app:
                findings.append(check("Database", lambda: f"{FILE_NAME}, tables up to date"))
                findings.append(check("Demo domain", lambda: _demo_job(app, clock)))
                findings.append(check("Windows", lambda: _window(app)))
        except Exception as error:  # noqa: BLE001 - the report is the place where it is shown
            findings.append(Finding("Database", good=False, found=str(error)))
    return findings


def check(name: str, look: Callable[[], str]) -> Finding:
    """What ``look`` says; bad where it raises."""
    try:
        return Finding(name, good=True, found=look())
    except Exception as error:  # noqa: BLE001 - the report is the place where it is shown
        return Finding(name, good=False, found=f"{type(error).__name__}: {error}")


def kerberos() -> str:
    """By what; the packaged program for Windows has it in it."""
    module = "winkerberos" if sys.platform == "win32" else "gssapi"
    try:
        importlib.import_module(module)
    except ImportError:
        if is_frozen() and sys.platform == "win32":
            raise  # it was packaged with it
        return f"not here (the module {module} is missing); sign in with a password"
    return f"by {module}"


def credential_store() -> str:
    """Its name; Windows always has one."""
    store = system_credential_store()
    if store is None and sys.platform == "win32":
        raise RuntimeError("the Credential Manager can't be reached")
    return store.name if store is not None else "none; passwords are asked for each time"


def icons() -> str:
    """All of them, drawn."""
    names = [file.stem for file in resource_path("icons").glob("*.svg")]
    empty = [name for name in names if icon(name, Token.TEXT).pixmap(16, 16).isNull()]
    if not names or empty:
        raise RuntimeError(f"can't be drawn: {', '.join(empty) or 'all of them are missing'}")
    return f"{len(names)} found and drawn"


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
    with windows(app, pretends=True) as shell:
        shell.open()
        QApplication.processEvents()
        picture = shell.main.grab()
        if picture.isNull():
            raise RuntimeError("the main window is empty")
        return f"main window of {picture.width()} × {picture.height()} pixels, {QApplication.platformName()}"
