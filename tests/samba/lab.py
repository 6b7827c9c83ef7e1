# SPDX-License-Identifier: MIT
"""`make lab`: the tests' real domain with the program opened on it, to try things by hand."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tests.samba import names
from tests.samba.server import SambaDomain, SambaServer, SambaUnavailable
from tests.samba.settings_file import settings_document

_FOLDER = Path("build") / "lab"
_DATA = _FOLDER / "data"
_PROGRAM = [str(Path(sys.executable).with_name("jit-desktop")), "--data-dir", str(_DATA)]


def main() -> int:
    """Start the domain, set the program up for it, open it; everything ends with the window or Control-C."""
    print("==> Starting a Samba domain controller (the first time takes some seconds longer)")
    try:
        with SambaServer() as server:
            domain = server.start()
            _set_up(domain)
            _tell(domain)
            _open(domain)
    except SambaUnavailable as error:
        print(f"make lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
    print("==> The domain is gone")
    return 0


def _set_up(domain: SambaDomain) -> None:
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _DATA.mkdir(parents=True)
    file = _FOLDER / "settings.json"
    file.write_text(json.dumps(settings_document(domain), indent=2), encoding="utf-8")
    subprocess.run(
        [*_PROGRAM, "settings", "import", str(file), "--password-stdin"],
        input=domain.service.password,
        env={**os.environ, **domain.environment},
        text=True,
        check=True,
    )


def _tell(domain: SambaDomain) -> None:
    accounts = (
        ("the program signs in as", domain.service),
        ("the administrator of the domain is", domain.admin),
    )
    print(f"==> {domain.realm} runs at {domain.address} as {domain.host}, for the time being")
    for what, account in accounts:
        print(f"    {what} {account.upn}, password {account.password}")
    print(f"    the privileged accounts have the password {names.PRIVILEGED_PASSWORD}")


def _open(domain: SambaDomain) -> None:
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        print("==> Opening JIT Desktop; close its window to end the domain")
        subprocess.run(_PROGRAM, env={**os.environ, **domain.environment}, check=False)
        return
    variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in domain.environment.items())
    command = shlex.join([_PROGRAM[0], "--data-dir", str(_DATA.absolute())])
    checkout = shlex.join(
        ["checkout", "_backupoperator15", "--privilege", "Remote Desktop Manager Admins", "--for", "1m"]
    )
    password = f"--password-stdin <<< {shlex.quote(domain.service.password)}"
    print("==> There is no screen here. From another terminal the program reaches the domain so:")
    print(f"    export {variables}")
    print(f"    {command} {checkout} {password}")
    print(f"    {command} list --all --json")
    print(f"    {command} sweep {password}")
    print("==> Control-C ends the domain")
    signal.pause()


if __name__ == "__main__":
    sys.exit(main())
