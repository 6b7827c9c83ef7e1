# SPDX-License-Identifier: MIT
"""Starts the program with which somebody works under the elevated account; never through a shell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QProcess

from jit_desktop.elevation.dn import domain_name
from jit_desktop.elevation.errors import JitError, Refused
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.settings import CheckoutPolicy

Launch = Callable[[str, Sequence[str]], bool]
"""Starts a program with arguments; whether it could be started."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Session", text)


def can_open(policy: CheckoutPolicy) -> bool:
    """Whether the policy says what *Open session* starts."""
    return bool(policy.session_command)


def session_command(policy: CheckoutPolicy, elevation: Elevation) -> list[str]:
    """Program and arguments with ``{account}`` and ``{domain}`` filled in.

    Each argument stays one argument whatever the directory puts into it. Raises :class:`Refused` where no
    command is set, or where the account's name would be read as an option of the program.
    """
    if not can_open(policy):
        raise Refused(
            _tr("No command is set for opening a session."),
            remedy=_tr("Enter one on the checkout policy page of the settings."),
        )
    account = elevation.account.name
    domain = domain_name(elevation.account.dn)
    if any(argument.startswith("{account}") for argument in policy.session_command) and account[:1] in "-/":
        raise Refused(
            _tr("The account's name begins like an option of the program and is not passed to it."),
            subject=account,
            remedy=_tr("Put {domain}\\{account} in the command instead."),
        )
    return [a.replace("{account}", account).replace("{domain}", domain) for a in policy.session_command]


def open_session(policy: CheckoutPolicy, elevation: Elevation, launch: Launch | None = None) -> None:
    """Start the session; raises a :class:`JitError` that says why it could not be started."""
    program, *arguments = session_command(policy, elevation)
    if not (launch or _start_detached)(program, arguments):
        raise JitError(
            _tr("The session could not be opened: {program} did not start.").format(program=program),
            subject=program,
            remedy=_tr("Check the command on the checkout policy page of the settings."),
        )


def _start_detached(program: str, arguments: Sequence[str]) -> bool:
    # Qt itself returns a bool here, PySide6 also the process id.
    started, _process_id = QProcess.startDetached(program, list(arguments))
    return started
