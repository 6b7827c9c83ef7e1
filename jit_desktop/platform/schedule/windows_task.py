# SPDX-License-Identifier: MIT
"""The sweep as a task of the Windows Task Scheduler, written as XML ([MS-TSCH] 2.5, schema 1.2)."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

from jit_desktop.elevation.errors import ScheduleRefused
from jit_desktop.elevation.ports import ScheduleState
from jit_desktop.platform.schedule.program import short_hash, sweep_command, why_not_swept
from jit_desktop.platform.schedule.running import Answer, Runner, require_interval

KIND = "Windows scheduled task"
_PREFIX = "JIT Desktop sweep "
_NAME = re.compile(r'"\\(' + _PREFIX + '[0-9a-f]{12})"')
"""As a task in the root folder stands in a list."""
SHORTEST_SECONDS = 60
"""The Task Scheduler repeats no faster ([MS-TSCH] 2.5.3.1, Repetition: Interval)."""
_NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_NOTE = (
    "It runs while you are signed in; to have it run always, give the task another account in the "
    "Task Scheduler, best a group managed service account."
)
_DISABLED = "The task is there but switched off: set it up again."
_NEVER = "The task is there but nothing starts it again and again: set it up again."
_SPAN = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


class WindowsTask:
    """See :class:`~jit_desktop.elevation.ports.SweepSchedule`; ``user`` is ``DOMAIN\\name``."""

    def __init__(
        self,
        data_dir: Path,
        program: Callable[[], tuple[str, ...]],
        runner: Runner,
        *,
        user: str,
        name: str = "",
    ) -> None:
        self._data_dir = data_dir
        self._program = program
        self._run = runner
        self._user = user
        self.name = name or f"{_PREFIX}{short_hash(data_dir)}"

    def every(self) -> list[WindowsTask]:
        """Every task that the program made and that this user may see, whatever its data folder."""
        return [
            WindowsTask(self._data_dir, self._program, self._run, user=self._user, name=name)
            for name in dict.fromkeys(_NAME.findall(self._listed().decode("ascii", errors="replace")))
        ]

    def state(self) -> ScheduleState:
        """What is installed; somebody may have changed it in the Task Scheduler."""
        document = self._query()
        if document is None:
            return ScheduleState(KIND, note=_NOTE)
        task = _parsed(document)
        if task is None:
            return ScheduleState(
                KIND, note="The answer of the Task Scheduler can't be read; set it up again."
            )
        program = _text(task, "Actions/Exec/Command")
        arguments = _text(task, "Actions/Exec/Arguments")
        command = (program, *split_arguments(arguments)) if program else ()
        every = _repeated_every(task)
        problem = _DISABLED if _text(task, "Settings/Enabled") == "false" else "" if every else _NEVER
        problem = problem or why_not_swept(command, self._program(), self._data_dir)
        return ScheduleState(
            KIND,
            installed=not problem,
            every_seconds=every,
            command=command,
            note=problem or _NOTE,
        )

    def install(self, every_seconds: int) -> ScheduleState:
        """Register the task, in the place of what was there."""
        require_interval(every_seconds, SHORTEST_SECONDS)
        command = sweep_command(self._program(), self._data_dir)
        document = task_xml(command, every_seconds, self._user)
        try:
            handle, name = tempfile.mkstemp(prefix="jit-desktop-", suffix=".xml")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(document)
                answer = self._run(("schtasks", "/Create", "/TN", self.name, "/XML", name, "/F"))
            finally:
                with contextlib.suppress(OSError):
                    Path(name).unlink()
        except OSError as error:
            raise ScheduleRefused(
                f"The task can't be written: {error.strerror}.", remedy="Free space for temporary files."
            ) from error
        self._require(answer)
        return self.state()

    def remove(self) -> ScheduleState:
        """Delete the task; safe where there is none."""
        if self._query() is not None:
            self._require(self._run(("schtasks", "/Delete", "/TN", self.name, "/F")))
        return self.state()

    def _query(self) -> bytes | None:
        """The task as XML, ``None`` where there is none.

        The exit code is 1 for a missing task and for a Task Scheduler that does not answer alike, and the
        words are in the system's language; only a list without the name shows that it is missing.
        """
        answer = self._run(("schtasks", "/Query", "/TN", self.name, "/XML"))
        if answer.code == 0:
            return answer.out
        if f'"\\{self.name}"'.encode("ascii") in self._listed():
            self._require(answer)
        return None

    def _listed(self) -> bytes:
        """All tasks as CSV without headings, one of several triggers more than once."""
        listed = self._run(("schtasks", "/Query", "/FO", "CSV", "/NH"))
        self._require(listed)
        return listed.out

    def _require(self, answer: Answer) -> None:
        if answer.code:
            raise ScheduleRefused(
                f"The Task Scheduler refused: {answer.words or f'exit code {answer.code}'}",
                subject=self.name,
                remedy="See that the service “Task Scheduler” runs and that you may make tasks.",
            )


def task_xml(command: tuple[str, ...], every_seconds: int, user: str) -> bytes:
    """The task as UTF-16 with its mark, as ``schtasks /Create /XML`` wants it."""
    ET.register_namespace("", _NAMESPACE)
    task = ET.Element(f"{{{_NAMESPACE}}}Task", version="1.2")
    about = _add(task, "RegistrationInfo")
    _add(about, "Description", "JIT Desktop: ends every elevation that is due.")
    trigger = _add(_add(task, "Triggers"), "TimeTrigger")
    repetition = _add(trigger, "Repetition")
    _add(
        repetition,
        "Interval",
        f"PT{every_seconds // 60}M" if every_seconds % 60 == 0 else f"PT{every_seconds}S",
    )
    _add(repetition, "StopAtDurationEnd", "false")
    _add(trigger, "StartBoundary", "2020-01-01T00:00:00Z")  # past: the repetition has begun already
    _add(trigger, "Enabled", "true")
    principal = _add(_add(task, "Principals"), "Principal", id="Author")
    _add(principal, "UserId", user)
    _add(principal, "LogonType", "InteractiveToken")  # stores no password, and has the credential store open
    _add(principal, "RunLevel", "LeastPrivilege")
    settings = _add(task, "Settings")
    for name, value in (
        ("MultipleInstancesPolicy", "IgnoreNew"),
        ("DisallowStartIfOnBatteries", "false"),
        ("StopIfGoingOnBatteries", "false"),
        ("AllowHardTerminate", "true"),
        ("StartWhenAvailable", "true"),
        ("RunOnlyIfNetworkAvailable", "false"),
        ("Enabled", "true"),
        ("Hidden", "false"),
        ("RunOnlyIfIdle", "false"),
        ("WakeToRun", "false"),
        ("ExecutionTimeLimit", "PT15M"),
        ("Priority", "5"),
    ):
        _add(settings, name, value)
    action = _add(_add(task, "Actions", Context="Author"), "Exec")
    _add(action, "Command", command[0])
    _add(action, "Arguments", subprocess.list2cmdline(command[1:]))
    text = ET.tostring(task, encoding="unicode")
    return ('<?xml version="1.0" encoding="UTF-16"?>\n' + text).encode("utf-16")


def split_arguments(line: str) -> tuple[str, ...]:
    """The words of a Windows command line, by the rules of CommandLineToArgvW (not of its first word)."""
    words: list[str] = []
    word: str | None = None
    in_quotes = False
    for match in re.finditer(r'(\\*)"|[^"]', line):
        if match[0].endswith('"'):
            count = len(match[1])
            word = (word or "") + "\\" * (count // 2) + ('"' if count % 2 else "")
            in_quotes ^= count % 2 == 0
        elif match[0] in " \t" and not in_quotes:
            words += [] if word is None else [word]
            word = None
        else:
            word = (word or "") + match[0]
    return (*words, *([] if word is None else [word]))


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, f"{{{_NAMESPACE}}}{name}", attributes)
    child.text = text or None
    return child


def _parsed(answer: bytes) -> ET.Element | None:
    # Through a pipe it comes in the code page of consoles, although its first line says UTF-16.
    if answer.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = answer.decode("utf-16", errors="replace")
    else:
        text = answer.decode("oem" if sys.platform == "win32" else "utf-8", errors="replace")
    try:
        return ET.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff")))  # noqa: S314 - the system's own answer
    except ET.ParseError:
        return None


def _text(task: ET.Element, path: str) -> str:
    return task.findtext("/".join(f"{{{_NAMESPACE}}}{name}" for name in path.split("/")), "")


def _repeated_every(task: ET.Element) -> int:
    """Every how many seconds it is started; 0 where nothing does so without an end. Somebody may have given
    it another kind of trigger, or several ([MS-TSCH] 2.5.3)."""
    triggers = task.find(f"{{{_NAMESPACE}}}Triggers")
    lasting = [
        _seconds(_text(trigger, "Repetition/Interval"))
        for trigger in (triggers if triggers is not None else ())
        if _text(trigger, "Enabled") != "false"
        and not _text(trigger, "EndBoundary")
        and not _text(trigger, "Repetition/Duration")
    ]
    return min(filter(None, lasting), default=0)


def _seconds(span: str) -> int:
    match = _SPAN.fullmatch(span)
    days, hours, minutes, seconds = (int(part or 0) for part in (match.groups() if match else (0,) * 4))
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
