# SPDX-License-Identifier: MIT
"""Takes a password from standard input, for scripts.

It is never an argument, where everybody could read it.
"""

from __future__ import annotations

import sys
from argparse import Namespace

from jit_desktop.app import Application
from jit_desktop.elevation.errors import PasswordNeeded
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import DomainProvider


def read_password(args: Namespace) -> Secret | None:
    """The first line of standard input with ``--password-stdin``, else ``None``."""
    if not args.password_stdin:
        return None
    # A program that was started without a console has no standard input at all.
    line = sys.stdin.readline().rstrip("\r\n") if sys.stdin is not None else ""
    if not line:
        raise PasswordNeeded(
            "No password came from standard input.", remedy="Give it on one line, for example from a file."
        )
    return Secret(line)


def use_password(app: Application, provider: DomainProvider, args: Namespace) -> None:
    """Use the password from standard input for ``provider`` in this run, where one was announced."""
    password = read_password(args)
    if password is not None:
        app.secrets.remember(provider.id, password, keep=False)
