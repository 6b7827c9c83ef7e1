# SPDX-License-Identifier: MIT
"""The sweep as a timer of systemd's user manager (systemd.timer(5)), one for each data folder."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from jit_desktop.elevation.errors import ScheduleRefused
from jit_desktop.elevation.ports import ScheduleState
from jit_desktop.platform.schedule.program import short_hash, sweep_command, why_not_swept
from jit_desktop.platform.schedule.running import Answer, Runner, require_interval
from jit_desktop.platform.schedule.units import seconds_of, service_text, timer_text, words_of

KIND = "systemd timer"
_PREFIX = "jit-desktop-sweep-"
_NAME = re.compile(re.escape(_PREFIX) + "[0-9a-f]{12}")
SHORTEST_SECONDS = 10

_LINGERS = "It runs without a session too; a credential store that is locked then gives no password."
_NEEDS_SESSION = (
    "It runs while you are signed in; “loginctl enable-linger” has it run always, "
    "if the sign-in then works without your unlocked credential store."
)
_IDLE = "The timer is there but does not run: set it up again."
_SILENT = "systemd does not run for this user here, so the timer does not either."


class SystemdTimer:
    """See :class:`~jit_desktop.elevation.ports.SweepSchedule`; the units are written to ``folder``."""

    def __init__(
        self,
        data_dir: Path,
        program: Callable[[], tuple[str, ...]],
        runner: Runner,
        *,
        folder: Path,
        lingers: bool = False,
        name: str = "",
    ) -> None:
        self._data_dir = data_dir
        self._program = program
        self._run = runner
        self._folder = folder
        self._note = _LINGERS if lingers else _NEEDS_SESSION
        self.name = name or f"{_PREFIX}{short_hash(data_dir)}"

    def every(self) -> list[SystemdTimer]:
        """Every timer of this user that the program made, whatever its data folder."""
        names = [file.stem for file in sorted(self._folder.glob(f"{_PREFIX}*.timer"))]
        return [
            SystemdTimer(self._data_dir, self._program, self._run, folder=self._folder, name=name)
            for name in names
            if _NAME.fullmatch(name)
        ]

    @property
    def _timer(self) -> Path:
        return self._folder / f"{self.name}.timer"

    @property
    def _service(self) -> Path:
        return self._folder / f"{self.name}.service"

    def state(self) -> ScheduleState:
        """What is installed, with the interval that is in force: a drop-in may have changed it."""
        timer, service = self._read(self._timer), self._read(self._service)
        if not timer or not service:
            return ScheduleState(KIND, note=self._note)
        properties = ("ActiveState", "TimersMonotonic")
        answer = self._systemctl("show", f"{self.name}.timer", *(f"--property={p}" for p in properties))
        shown = answer.out.decode(errors="replace")
        runs = answer.code == 0 and "ActiveState=active" in shown
        interval = re.search(r"OnUnitActiveUSec=([^;}\n]+)", shown) if runs else None
        interval = interval or re.search(r"^OnUnitActiveSec=(.+)$", timer, re.MULTILINE)
        started = re.search(r"^ExecStart=(.+)$", service, re.MULTILINE)
        command = words_of(started[1]) if started else ()
        problem = _SILENT if answer.code else "" if runs else _IDLE
        problem = problem or why_not_swept(command, self._program(), self._data_dir)
        return ScheduleState(
            KIND,
            installed=not problem,
            every_seconds=seconds_of(interval[1]) if interval else 0,
            command=command,
            note=problem or self._note,
        )

    def install(self, every_seconds: int) -> ScheduleState:
        """Write the units and start the timer; what was there comes back where systemd refuses."""
        require_interval(every_seconds, SHORTEST_SECONDS)
        before = {path: self._read(path) for path in (self._service, self._timer)}
        try:
            self._write(self._service, service_text(sweep_command(self._program(), self._data_dir)))
            self._write(self._timer, timer_text(every_seconds))
            self._require(self._systemctl("daemon-reload"))
            self._require(self._systemctl("enable", f"{self.name}.timer"))
            self._require(self._systemctl("restart", f"{self.name}.timer"))
        except ScheduleRefused:
            for path, text in before.items():
                if text:
                    self._write(path, text)
                else:
                    self._delete(path)
            self._systemctl("daemon-reload")
            raise
        return self.state()

    def remove(self) -> ScheduleState:
        """Stop the timer and delete the units. They are deleted too where systemd does not answer."""
        if self._timer.exists():
            self._systemctl("disable", "--now", f"{self.name}.timer")
        wanted = self._folder / "timers.target.wants" / self._timer.name
        was_there = [self._delete(path) for path in (wanted, self._timer, self._service)]
        if any(was_there):
            self._systemctl("daemon-reload")
        return self.state()

    def _systemctl(self, *words: str) -> Answer:
        return self._run(("systemctl", "--user", "--no-pager", *words))

    def _require(self, answer: Answer) -> None:
        if answer.code:
            raise ScheduleRefused(
                f"systemd refused the timer: {answer.words or f'exit code {answer.code}'}",
                subject=self.name,
                remedy="systemd must run for this user: sign in yourself, not through su or sudo.",
            )

    # --- files ------------------------------------------------------------------------------------------

    def _read(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise _unusable(path, error) from error

    def _write(self, path: Path, text: str) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(
                dir=path.parent, prefix=".jit-desktop-"
            )  # for the owner alone
            try:
                with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink()
                raise
        except OSError as error:
            raise _unusable(path, error) from error

    def _delete(self, path: Path) -> bool:
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unusable(path, error) from error
        return True


def _unusable(path: Path, error: OSError) -> ScheduleRefused:
    return ScheduleRefused(
        f"{path} can't be used: {error.strerror}.",
        subject=str(path),
        remedy="Make the folder writable for you.",
    )
