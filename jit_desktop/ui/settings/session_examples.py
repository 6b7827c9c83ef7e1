# SPDX-License-Identifier: MIT
"""Commands for *Open session* that people use, so that nobody has to know them by heart."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

SERVER = "server.example.com"
"""Stands for the computer that is to be worked on, and is to be replaced."""


@dataclass(frozen=True, slots=True)
class SessionExample:
    """One command, what it opens, and what a person should know of it."""

    key: str
    title: str
    command: tuple[str, ...]
    note: str = ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("SessionExamples", text)


def session_examples(platform: str = sys.platform) -> tuple[SessionExample, ...]:
    """Those of an operating system, named as in :data:`sys.platform`."""
    as_account = "/user:{domain}\\{account}"
    asks = _tr("runas asks for the password of the account in a console of its own.")
    if platform != "win32":
        return (
            SessionExample(
                "remmina",
                _tr("Remote Desktop (Remmina)"),
                ("remmina", "-c", f"rdp://{{domain}}\\{{account}}@{SERVER}"),
                _tr("Remmina asks for the password of the account."),
            ),
        )
    return (
        SessionExample(
            "mstsc",
            _tr("Remote Desktop"),
            ("mstsc", f"/v:{SERVER}"),
            # [MS] mstsc: it has no option for a name.
            _tr("Remote Desktop can't be given a name: it asks for account and password itself."),
        ),
        SessionExample("cmd", _tr("Command prompt"), ("runas", as_account, "cmd.exe"), asks),
        SessionExample("powershell", _tr("PowerShell"), ("runas", as_account, "powershell.exe"), asks),
        SessionExample(
            "dsa",
            _tr("Active Directory Users and Computers"),
            ("runas", "/netonly", as_account, "mmc.exe dsa.msc"),
            _tr(
                "The account is used for the network only, so it needs no right to sign in to this computer; "
                "a wrong password shows when the directory refuses."
            ),
        ),
    )
