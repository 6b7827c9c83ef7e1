# SPDX-License-Identifier: MIT
"""The store is not needed to end, also where its disk gives no answer: a file system that is frozen for a
snapshot, as a share whose server is gone, blocks whoever writes, for as long as it lasts."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.elevation.model import Elevation
from tests.attacks.field import Broken, Copy, Field
from tests.attacks.registry import attack
from tests.samba.names import SERVICE
from tests.waiting import until

_KIND = "ending depends on the store"
_LOG = logging.getLogger(__name__)
_LATE_SECONDS = 15
"""So much later than its deadline it may end on a disk that stalls: the limit of one question, the sweep that
ran into it, and replication."""
_LEAVES_SECONDS = 3.0
"""Two, and one for a machine that is busy."""


@dataclass
class _Disk:
    """A file system of its own, in a file."""

    mount: Path
    is_frozen: bool = False

    def freeze(self) -> None:
        _run("fsfreeze", "-f", str(self.mount))
        self.is_frozen = True

    def thaw(self) -> None:
        if self.is_frozen:
            self.is_frozen = False
            _run("fsfreeze", "-u", str(self.mount))


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


@contextlib.contextmanager
def _disk() -> Iterator[_Disk | None]:
    """``None`` where this machine lets nobody try it."""
    folder = Path(tempfile.mkdtemp(prefix="jit-disk-"))
    image, mount = folder / "image", folder / "mount"
    mount.mkdir()
    try:
        if os.geteuid() or shutil.which("fsfreeze") is None:
            raise OSError("only root freezes a file system, with fsfreeze(8)")
        _run("truncate", "-s", "64M", str(image))
        _run("mkfs.ext4", "-q", "-F", str(image))
        _run("mount", "-o", "loop", str(image), str(mount))
    except (OSError, subprocess.CalledProcessError) as error:
        _LOG.warning("Nothing is proven about a disk that stalls: %s", error)
        yield None
        return
    disk = _Disk(mount)
    try:
        yield disk
    finally:
        disk.thaw()
        _run("umount", "-l", str(mount))
        shutil.rmtree(folder, ignore_errors=True)


class _Command:
    """A command whose output goes to a file, on a disk that is well."""

    def __init__(self, words: list[str], environment: dict[str, str], out: Path) -> None:
        self.out = out
        with out.open("wb") as stream:
            self.process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env={**environment, "PYTHONUNBUFFERED": "1"},
            )
        assert self.process.stdin is not None
        self.process.stdin.write(f"{SERVICE.password}\n".encode())
        self.process.stdin.close()

    @property
    def text(self) -> str:
        return self.out.read_text(encoding="utf-8")

    def has_left(self) -> bool:
        """Whether it has ended. What waits for a frozen disk in the kernel keeps the process in its list, and
        from whoever waits for it, until the disk is back."""
        if self.process.poll() is not None:
            return True
        words = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        return words.rpartition(")")[2].split()[0] == "Z"

    def require_left(self, seconds: float, what: str) -> float:
        """Fails where it goes on for longer; how long it took."""
        began = time.monotonic()
        try:
            until(self.has_left, seconds=seconds)
        except AssertionError:
            raise Broken("wrong", f"{what}: it is still there after {seconds} s: {self.text}") from None
        return time.monotonic() - began


@contextlib.contextmanager
def _started(field: Field, words: list[str], environment: dict[str, str]) -> Iterator[_Command]:
    command = _Command(words, environment, field.folder / f"out-{time.monotonic_ns()}.txt")
    try:
        yield command
    finally:
        command.process.kill()


@contextlib.contextmanager
def _over_an_end(field: Field, copy: Copy, disk: _Disk) -> Iterator[tuple[_Command, Elevation]]:
    """A service whose disk stalls before the deadline, and what it has ended all the same."""
    elevation = copy.check_out(30)
    copy.app.store.close()
    with _started(field, copy.words("sweep", "--every", "2s"), dict(copy.environment)) as service:
        time.sleep(10)
        disk.freeze()
        field.wait_past(elevation, 0)
        field.require_gone(within=_LATE_SECONDS)
        yield service, elevation


@attack(_KIND, "the disk of the data folder stalls under a running service")
def stalls_under_a_service(field: Field) -> None:
    with _disk() as disk:
        if disk is None:
            return
        copy = field.copy(folder=disk.mount / "data")
        with _over_an_end(field, copy, disk) as (service, _):
            until(lambda: "1 ended" in service.text, seconds=20)
            if "does not answer" not in service.text:
                raise Broken("wrong", f"nobody says that nothing is recorded: {service.text}")
            service.process.send_signal(signal.SIGTERM)
            service.require_left(_LEAVES_SECONDS, "SIGTERM")
            disk.thaw()
            code = service.process.wait(20)
        if code != ExitCode.DONE and code != ExitCode.LOCAL:
            raise Broken("false_alarms", f"exit code {code}: {service.text}")
        said = copy.command("sweep")
        if said.code != ExitCode.DONE:
            raise Broken("false_alarms", said.words)


@attack(_KIND, "the disk of the data folder stalls for a while under a running service")
def stalls_for_a_while(field: Field) -> None:
    with _disk() as disk:
        if disk is None:
            return
        copy = field.copy(folder=disk.mount / "data")
        with _over_an_end(field, copy, disk) as (service, elevation):
            disk.thaw()
            until(lambda: "swept again" in service.text and "1 ended" in service.text, seconds=60)
            service.process.send_signal(signal.SIGTERM)
            code = service.process.wait(10)
        if code != ExitCode.DONE:
            raise Broken("false_alarms", f"exit code {code}: {service.text}")
        again = field.copy(folder=copy.folder, provider=copy.provider, new=False)
        moves = again.app.store.transitions(elevation.id)
        once = {(move.event, move.at) for move in moves}
        if len(once) != len(moves) or again.row(elevation).is_open:
            raise Broken("wrong", f"recorded twice, or not at all: {moves}")
        field.require_no_alarm(again, elevation)


@attack(_KIND, "a sweep that starts on a disk that stalls")
def stalls_at_the_start(field: Field) -> None:
    with _disk() as disk:
        if disk is None:
            return
        copy = field.copy(folder=disk.mount / "data")
        elevation = copy.check_out(8)
        copy.app.store.close()
        disk.freeze()
        field.wait_past(elevation, 0)
        with _started(field, copy.words("sweep"), dict(copy.environment)) as once:
            with contextlib.suppress(AssertionError):
                until(lambda: once.process.poll() is not None, seconds=60)
            if once.process.poll() is None:
                raise Broken("wrong", f"it stays, and keeps the next one from starting: {once.text}")
            if "OVERDUE" in once.text or "does not answer" not in once.text:
                raise Broken("wrong", f"it says: {once.text}")
            field.require_gone(within=_LATE_SECONDS)
            code = once.process.poll()
            disk.thaw()
        if code != ExitCode.LOCAL:
            raise Broken("wrong", f"exit code {code}: {once.text}")
