# SPDX-License-Identifier: MIT
"""Runs Samba as root for a test run that may not be root, and ends it when that run ends, however it ends.

A program of its own that needs nothing but the standard library: `server.py` starts it (through sudo when the
tests are not root) and talks to it in lines of JSON over its standard input and output. The end of that input
is the end of the domain controller, so a test run that is killed leaves nothing behind.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

_CLEAN_ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "PYTHONWARNINGS": "ignore",
}
_ADDRESSES = [f"127.0.0.{last}" for last in range(21, 90)]
_PORTS = (389, 636, 3268, 3269, 88, 464)
_STOP_SECONDS = 5
_PR_SET_PDEATHSIG = 1
_LONG_AGO = 132223104000000000  # 2020-01-01 as a Windows file time
_BYPASS_LAST_SET = "local_oid:1.3.6.1.4.1.7165.4.3.20:0"  # DSDB_CONTROL_PASSWORD_BYPASS_LAST_SET_OID

_SMB_CONF = """\
[global]
    netbios name = DC1
    realm = {realm}
    workgroup = {workgroup}
    server role = active directory domain controller
    server services = ldap, cldap, kdc
    interfaces = {address}/8
    bind interfaces only = yes
    private dir = {state}/private
    state directory = {state}/state
    cache directory = {state}/cache
    binddns dir = {state}/bind-dns
    lock directory = {run}
    pid directory = {run}
    ncalrpc dir = {run}/ncalrpc
    log level = 1
    posix:eadb = {state}/eadb.tdb
    ldap server require strong auth = allow_sasl_over_tls
    tls keyfile = {run}/tls/key.pem
    tls certfile = {run}/tls/cert.pem
    tls cafile = {run}/tls/ca.pem
"""


class Supervisor:
    """One domain controller in one temporary folder at one loopback address."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="jit-samba-"))
        self._state = self._home / "state"
        self._run = self._home / "run"
        self._log = self._home / "samba.log"
        self._address = ""
        self._lock: IO[str] | None = None
        self._samba: subprocess.Popen[bytes] | None = None

    def reserve(self) -> str:
        """Choose an address at which no other domain controller runs, and keep others from choosing it."""
        locks = Path(tempfile.gettempdir()) / f"jit-samba-locks-{os.getuid()}"
        locks.mkdir(mode=0o700, exist_ok=True)
        for address in _ADDRESSES:
            lock = (locks / address).open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            if all(_is_free(address, port) for port in _PORTS):
                self._lock, self._address = lock, address
                return address
            lock.close()
        raise RuntimeError(f"No loopback address from {_ADDRESSES[0]} to {_ADDRESSES[-1]} is free for Samba.")

    def provision(self, realm: str, workgroup: str, administrator_password: str) -> None:
        """Make a new, empty domain; takes about five seconds."""
        command = [
            "samba-tool", "domain", "provision", f"--realm={realm}", f"--domain={workgroup}",
            "--server-role=dc", "--dns-backend=SAMBA_INTERNAL", f"--adminpass={administrator_password}",
            "--use-rfc2307", f"--targetdir={self._state}", "--host-name=dc1", f"--host-ip={self._address}",
            f"--option=interfaces={self._address}/8", "--option=bind interfaces only=yes",
            "--option=vfs objects=dfs_samba4 acl_xattr xattr_tdb",
            f"--option=posix:eadb={self._state}/eadb.tdb",
        ]  # fmt: skip
        done = subprocess.run(command, env=_CLEAN_ENVIRONMENT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"samba-tool domain provision failed:\n{done.stdout}\n{done.stderr}")

    def age_password(self, dn: str) -> None:
        """Date the account's password back to 2020; only the database of the stopped domain lets us."""
        change = f"dn: {dn}\nchangetype: modify\nreplace: pwdLastSet\npwdLastSet: {_LONG_AGO}\n"
        subprocess.run(
            ["ldbmodify", "-H", f"{self._state}/private/sam.ldb", f"--controls={_BYPASS_LAST_SET}"],
            input=change.encode(),
            env=_CLEAN_ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def load(self, template: str) -> None:
        """Take the domain from a folder that `save` made."""
        _copy(Path(template), self._state)

    def save(self, template: str) -> None:
        """Keep the stopped domain as a folder, in place of older ones; it appears whole or not at all."""
        target = Path(template)
        for older in target.parent.glob("domain-*"):
            shutil.rmtree(older)
        unfinished = target.with_name(target.name + ".unfinished")
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        for sockets in ("msg.sock", "msg.lock"):
            shutil.rmtree(self._state / sockets, ignore_errors=True)
        _copy(self._state, unfinished)
        unfinished.rename(target)

    def start(self, realm: str, workgroup: str, certificate: str, key: str, ca: str) -> int:
        """Start with this server certificate; returns the process id before it is ready."""
        self.stop()
        tls = self._run / "tls"
        shutil.rmtree(self._run, ignore_errors=True)
        tls.mkdir(parents=True)
        (self._run / "ncalrpc").mkdir()
        for name, text in (("key.pem", key), ("cert.pem", certificate), ("ca.pem", ca)):
            (tls / name).touch(mode=0o600)
            (tls / name).write_text(text)
        configuration = self._home / "smb.conf"
        configuration.write_text(
            _SMB_CONF.format(
                realm=realm, workgroup=workgroup, address=self._address, state=self._state, run=self._run
            )
        )
        with self._log.open("ab") as log:
            self._samba = subprocess.Popen(
                ["samba", "-i", "-M", "single", "--debug-stdout", "-s", str(configuration)],
                env=_CLEAN_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no other thread here
            )
        return self._samba.pid

    def status(self) -> dict[str, Any]:
        """Whether the domain controller runs, and the end of what it logged."""
        log = self._log.read_text(errors="replace")[-20_000:] if self._log.exists() else ""
        return {"running": self._samba is not None and self._samba.poll() is None, "log": log}

    def stop(self) -> None:
        """Stop the domain controller if it runs; returns when it is gone."""
        if self._samba is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._samba.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._samba.wait(timeout=_STOP_SECONDS)
                break
        self._samba = None

    def close(self) -> None:
        """Stop and remove everything but saved templates."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _copy(source: Path, target: Path) -> None:
    subprocess.run(
        ["cp", "-a", "--reflink=auto", str(source), str(target)], check=True, env=_CLEAN_ENVIRONMENT
    )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def main() -> int:
    """Answer requests until the input ends; each is one object with the name of a method under `do`."""
    for sign in (signal.SIGINT, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)  # Control-C reaches the test run, whose end we then notice
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    supervisor = Supervisor()
    methods: dict[str, Callable[..., object]] = {
        name: getattr(supervisor, name)
        for name in ("reserve", "provision", "load", "save", "age_password", "start", "status", "stop")
    }
    try:
        for line in sys.stdin:
            request = json.loads(line)
            try:
                answer = {"result": methods[request.pop("do")](**request)}
            except Exception as error:  # noqa: BLE001 - told to the other side, which raises it
                answer = {"error": f"{type(error).__name__}: {error}"}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    finally:
        supervisor.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
