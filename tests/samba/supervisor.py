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
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

_CLEAN_ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "PYTHONWARNINGS": "ignore",
}
_ADDRESSES = [f"127.0.0.{last}" for last in range(21, 90)]
_PORTS = (389, 636, 3268, 3269, 88, 464, 135)
_STOP_SECONDS = 5
_POLL_SECONDS = 0.01
_PR_SET_PDEATHSIG = 1
_LONG_AGO = 132223104000000000  # 2020-01-01 as a Windows file time
_BYPASS_LAST_SET = "local_oid:1.3.6.1.4.1.7165.4.3.20:0"  # DSDB_CONTROL_PASSWORD_BYPASS_LAST_SET_OID

_SMB_CONF = """\
[global]
    netbios name = {name}
    realm = {realm}
    workgroup = {workgroup}
    server role = active directory domain controller
    server services = {services}
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
_ALONE = "ldap, cldap, kdc"
_REPLICATING = "ldap, cldap, kdc, rpc, drepl"
# The file server's own services are left out: two domain controllers on one machine would fight over them.
_REPLICATION_CONF = """\
    dcerpc endpoint servers = epmapper, drsuapi, samr, lsarpc, netlogon, dnsserver
    dreplsrv:periodic_startup_interval = 1
    dreplsrv:periodic_interval = 2
    dreplsrv:notify_interval = 1
"""
_REQUESTS = frozenset(
    ("reserve", "provision", "load", "save", "age_password", "start", "status", "stop", "resolve", "join")
) | {"agree", "controller_guids"}
_WRAPPERS = "libresolv_wrapper.so libnss_wrapper.so"
_FIND_GUIDS = ["ldbsearch", "(objectClass=nTDSDSA)", "objectGUID", "--cross-ncs"]


class Supervisor:
    """One domain controller in one temporary folder at one loopback address."""

    def __init__(self, name: str = "dc1") -> None:
        self._name = name
        self._environment = dict(_CLEAN_ENVIRONMENT)
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
            "--use-rfc2307", "--host-name=dc1", f"--host-ip={self._address}", *self._place(),
        ]  # fmt: skip
        self._run_tool(command)

    def resolve(self, dns: str, hosts: str, krb5_conf: str) -> None:
        """Have whatever is started from now on resolve names by these texts, and so be able to replicate.

        `dns` has a row for each record, as resolv_wrapper reads them (`A name address`, `CNAME name target`).
        """
        names = self._home / "names"
        names.mkdir(exist_ok=True)
        for name, text in (("dns", dns), ("hosts", hosts), ("krb5.conf", krb5_conf)):
            (names / name).write_text(text)
        self._environment = {
            **_CLEAN_ENVIRONMENT,
            "LD_PRELOAD": _WRAPPERS,
            "RESOLV_WRAPPER_HOSTS": str(names / "dns"),
            "NSS_WRAPPER_HOSTS": str(names / "hosts"),
            "KRB5_CONFIG": str(names / "krb5.conf"),
        }

    def join(self, realm: str, workgroup: str, server: str, administrator_password: str) -> None:
        """Become another domain controller of the domain that `server` has; takes about ten seconds."""
        command = [
            "samba-tool", "domain", "join", realm.lower(), "DC", f"--server={server}", f"--realm={realm}",
            f"-U{workgroup}/Administrator%{administrator_password}", "--dns-backend=SAMBA_INTERNAL",
            f"--option=netbios name={self._name.upper()}", *self._place(),
        ]  # fmt: skip
        self._run_tool(command)

    def agree(self) -> None:
        """Compute from whom this domain controller pulls (what the service `kcc` would do in time)."""
        self._run_tool(["samba_kcc", "-s", str(self._home / "smb.conf")])

    def controller_guids(self) -> dict[str, str]:
        """By host name in lower case: the GUID that each domain controller has for replication."""
        found = subprocess.run(
            [*_FIND_GUIDS, "-H", f"{self._state}/private/sam.ldb"],
            env=_CLEAN_ENVIRONMENT, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        hosts = re.findall(r"^dn: CN=NTDS Settings,CN=(\w+),", found, re.MULTILINE)
        guids = re.findall(r"^objectGUID: (\S+)", found, re.MULTILINE)
        return dict(zip(map(str.lower, hosts), guids, strict=True))

    def _place(self) -> list[str]:
        return [
            f"--targetdir={self._state}",
            f"--option=interfaces={self._address}/8", "--option=bind interfaces only=yes",
            "--option=vfs objects=dfs_samba4 acl_xattr xattr_tdb",
            f"--option=posix:eadb={self._state}/eadb.tdb",
        ]  # fmt: skip

    def _run_tool(self, command: list[str]) -> None:
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command[:3])} failed:\n{done.stdout}\n{done.stderr}")

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
        """Take the domain from a folder that `save` made, in place of what it had."""
        shutil.rmtree(self._state, ignore_errors=True)
        _copy(Path(template), self._state)

    def save(self, template: str) -> None:
        """Keep the stopped domain as a folder, in place of older ones; it appears whole or not at all."""
        target = Path(template)
        for older in target.parent.glob(target.name.rsplit("-", 1)[0] + "-*"):
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
        replicates = "LD_PRELOAD" in self._environment
        configuration = self._home / "smb.conf"
        configuration.write_text(
            _SMB_CONF.format(
                name=self._name.upper(),
                realm=realm,
                workgroup=workgroup,
                services=_REPLICATING if replicates else _ALONE,
                address=self._address,
                state=self._state,
                run=self._run,
            )
            + (_REPLICATION_CONF if replicates else "")
        )
        with self._log.open("ab") as log:
            # One process for all would wait for itself when it signs in to the other domain controller.
            model = "standard" if replicates else "single"
            self._samba = subprocess.Popen(
                ["samba", "-i", "-M", model, "--debug-stdout", "-s", str(configuration)],
                env=self._environment,
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
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._samba.pid, signal.SIGKILL)  # whatever of it has not noticed
        self._samba = None
        give_up = time.monotonic() + _STOP_SECONDS
        while not all(_is_silent(self._address, port) for port in _PORTS):
            if time.monotonic() > give_up:
                raise RuntimeError(f"Samba at {self._address} still listens although it was killed.")
            time.sleep(_POLL_SECONDS)

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


def _is_silent(address: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) != 0


def _copy(source: Path, target: Path) -> None:
    subprocess.run(
        ["cp", "-a", "--reflink=auto", str(source), str(target)], check=True, env=_CLEAN_ENVIRONMENT
    )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def main() -> int:
    """Answer requests until the input ends; each is one object with the name of a method under `do`.

    `controller` in it says of which domain controller; without it the first is meant.
    """
    for sign in (signal.SIGINT, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)  # Control-C reaches the test run, whose end we then notice
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    supervisors: dict[str, Supervisor] = {}
    try:
        for line in sys.stdin:
            request = json.loads(line)
            try:
                name, do = request.pop("controller", "dc1"), request.pop("do")
                if do not in _REQUESTS:
                    raise ValueError(do)
                if name not in supervisors:
                    supervisors[name] = Supervisor(name)
                answer = {"result": getattr(supervisors[name], do)(**request)}
            except Exception as error:  # noqa: BLE001 - told to the other side, which raises it
                answer = {"error": f"{type(error).__name__}: {error}"}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    finally:
        for supervisor in supervisors.values():
            supervisor.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
