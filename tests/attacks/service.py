# SPDX-License-Identifier: MIT
"""`jit-desktop sweep --every 2s` on the folder that is named, with the password known for every provider."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from jit_desktop.app import application
from jit_desktop.commands.output import Output
from jit_desktop.commands.sweeping import sweep
from jit_desktop.elevation.secret import Secret
from tests.samba.names import SERVICE


def main(folder: Path) -> int:
    with application(folder) as app:
        for provider in app.store.providers():
            app.secrets.remember(provider.id, Secret(SERVICE.password), keep=False)
        arguments = Namespace(provider="", password_stdin=False, every=2, json=False)
        return int(sweep(app, arguments, Output(as_json=False)))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
