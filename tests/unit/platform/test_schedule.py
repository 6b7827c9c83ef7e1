# SPDX-License-Identifier: MIT
"""The sweep that the operating system runs: what is written for systemd and for the Task Scheduler."""

from __future__ import annotations

import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath

import pytest

from jit_desktop.elevation.errors import DurationNotAllowed, Refused, ScheduleRefused
from jit_desktop.elevation.ports import ScheduleState
from jit_desktop.platform.program import WINDOWED_EXECUTABLE, program_command
from jit_desktop.platform.schedule import NoSchedule, SystemdTimer, WindowsTask, removing
from jit_desktop.platform.schedule.removing import is_ours, remove_all
from jit_desktop.platform.schedule.running import Answer, run
from jit_desktop.platform.schedule.units import calendar_of, quoted, seconds_of, service_text, words_of
from jit_desktop.platform.schedule.windows_task import split_arguments, task_xml

AWKWARD = ('/opt/a b/50%/it"s', "/home/o'brien/$HOME", "back\\slash", "a\tb", "", ";", "ä–")
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
NS = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


class Systemctl:
    """Plays systemctl: refuses one word where told, and knows whether the timer runs."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.refused = ""
        self.runs = False
        self.monotonic = ""

    def __call__(self, command: Sequence[str]) -> Answer:
        words = tuple(command[3:])
        assert tuple(command[:3]) == ("systemctl", "--user", "--no-pager")
        self.calls.append(words)
        if words[0] == self.refused:
            return Answer(1, err=b"Failed to connect to bus: No medium found")
        if words[0] in ("restart", "disable"):
            self.runs = words[0] == "restart"
        shown = f"ActiveState={'active' if self.runs else 'inactive'}\n{self.monotonic}"
        return Answer(0, shown.encode() if words[0] == "show" else b"")


@pytest.fixture
def systemctl() -> Systemctl:
    return Systemctl()


@pytest.fixture
def timer(systemctl: Systemctl, tmp_path: Path) -> SystemdTimer:
    return SystemdTimer(
        tmp_path / "my data", lambda: ("/opt/a b/jit-desktop",), systemctl, folder=tmp_path / "units"
    )


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "units").iterdir())


def test_that_a_timer_is_set_up_read_back_and_taken_away(
    timer: SystemdTimer, systemctl: Systemctl, tmp_path: Path
) -> None:
    assert not timer.state().installed
    state = timer.install(300)
    assert (state.installed, state.every_seconds) == (True, 300)
    assert state.command == ("/opt/a b/jit-desktop", "--data-dir", str(tmp_path / "my data"), "sweep")
    assert [f.suffix for f in files(tmp_path)] == [".service", ".timer"]
    if sys.platform != "win32":
        assert all(f.stat().st_mode & 0o077 == 0 for f in files(tmp_path))
    assert systemctl.calls[:3] == [
        ("daemon-reload",), ("enable", f"{timer.name}.timer"), ("restart", f"{timer.name}.timer")
    ]  # fmt: skip
    assert not timer.remove().installed
    assert files(tmp_path) == []
    assert timer.remove().installed is False


def test_that_an_interval_changed_by_somebody_else_is_what_counts(
    timer: SystemdTimer, systemctl: Systemctl
) -> None:
    timer.install(60)
    systemctl.monotonic = "TimersMonotonic={ OnUnitActiveUSec=1min 30s ; next_elapse=5min }\n"
    assert timer.state().every_seconds == 90


def test_that_a_timer_that_does_not_run_is_not_called_set_up(
    timer: SystemdTimer, systemctl: Systemctl
) -> None:
    timer.install(60)
    systemctl.runs = False
    assert not timer.state().installed
    assert "set it up again" in timer.state().note
    systemctl.refused = "show"
    assert "does not run for this user" in timer.state().note


@pytest.mark.parametrize("word", ["daemon-reload", "enable", "restart"])
def test_that_what_was_there_comes_back_where_systemd_refuses(
    timer: SystemdTimer, systemctl: Systemctl, tmp_path: Path, word: str
) -> None:
    systemctl.refused = word
    with pytest.raises(ScheduleRefused, match="No medium found") as refused:
        timer.install(60)
    assert refused.value.remedy
    assert files(tmp_path) == []
    systemctl.refused = ""
    timer.install(60)
    before = [f.read_text() for f in files(tmp_path)]
    systemctl.refused = word
    with pytest.raises(ScheduleRefused):
        timer.install(600)
    assert [f.read_text() for f in files(tmp_path)] == before


def test_that_two_data_folders_have_a_schedule_each(systemctl: Systemctl, tmp_path: Path) -> None:
    names = {
        SystemdTimer(tmp_path / name, program_command, systemctl, folder=tmp_path).name for name in ("a", "b")
    }
    assert len(names) == 2


def test_that_a_folder_that_can_not_be_written_is_said(systemctl: Systemctl, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    timer = SystemdTimer(tmp_path, program_command, systemctl, folder=tmp_path / "file" / "units")
    with pytest.raises(ScheduleRefused, match="can't be used"):
        timer.install(60)


def test_that_awkward_words_come_back_from_a_unit() -> None:
    assert words_of(" ".join(quoted(word) for word in AWKWARD)) == AWKWARD
    assert quoted("50%") == '"50%%"'
    assert "ExecStart=:" in service_text(("/a$b",))
    assert "ExecStart=/" in service_text(("/a",))


@pytest.mark.parametrize(
    ("span", "seconds"), [("60s", 60), ("1min 30s", 90), ("1h", 3600), ("2min", 120), ("5", 5), ("x", 0)]
)
def test_that_time_spans_of_systemd_are_read(span: str, seconds: int) -> None:
    assert seconds_of(span) == seconds


@needs_systemd
@pytest.mark.parametrize("every", [10, 60, 90, 300, 3600])
def test_that_systemd_takes_the_units(tmp_path: Path, systemctl: Systemctl, every: int) -> None:
    program = tmp_path / 'a b%h$HOME"q'
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    units = tmp_path / "units"
    timer = SystemdTimer(tmp_path / "50% $X", lambda: (str(program),), systemctl, folder=units)
    timer.install(every)
    done = subprocess.run(
        [str(ANALYZE), "--user", "verify", *map(str, files(tmp_path))],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
    )
    assert str(timer.name) not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr


@needs_systemd
@pytest.mark.parametrize("every", [10, 30, 60, 300, 1800, 3600])
def test_that_systemd_understands_the_calendar(every: int) -> None:
    command = [str(ANALYZE), "calendar", "--iterations=2", calendar_of(every)]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize("every", [7, 90, 420, 7200])
def test_that_an_interval_that_fits_no_calendar_has_none(every: int) -> None:
    assert calendar_of(every) == ""


class Schtasks:
    """Plays schtasks, which keeps the XML of tasks by name and answers as through a pipe."""

    def __init__(self) -> None:
        self.tasks: dict[str, str] = {}
        self.refuses = self.is_away = self.hides = False
        self.files: list[Path] = []

    def __call__(self, command: Sequence[str]) -> Answer:
        if tuple(command) == ("schtasks", "/Query", "/FO", "CSV", "/NH"):
            lines = [f'"\\{name}","N/A","Bereit"\r\n' for name in ("Other", *self.tasks)]
            return Answer(1, err=b"FEHLER: Dienst") if self.is_away else Answer(0, "".join(lines).encode())
        tool, what, switch, name, *rest = command
        assert (tool, switch) == ("schtasks", "/TN")
        if what == "/Query" and (self.is_away or self.hides):
            return Answer(1, err=b"FEHLER: Dienst")
        if what == "/Create" and self.refuses:
            return Answer(1, err="FEHLER: Zugriff verweigert".encode("cp850"))
        if what == "/Create":
            assert (rest[0], rest[2]) == ("/XML", "/F")
            self.files.append(Path(rest[1]))
            self.tasks[name] = Path(rest[1]).read_bytes().decode("utf-16")
            return Answer(0)
        if name not in self.tasks:
            return Answer(1, err=b"FEHLER")
        if what == "/Delete":
            del self.tasks[name]
            return Answer(0)
        return Answer(0, self.tasks[name].replace("\n", "\r\r\n").encode())


@pytest.fixture
def schtasks() -> Schtasks:
    return Schtasks()


@pytest.fixture
def task(schtasks: Schtasks, tmp_path: Path) -> WindowsTask:
    program = ("C:\\Program Files\\R&D <x>\\pythonw.exe", "-m", "jit_desktop")
    return WindowsTask(tmp_path / "my data", lambda: program, schtasks, user="CORP\\o'neil & co")


def test_that_a_task_is_set_up_read_back_and_taken_away(
    task: WindowsTask, schtasks: Schtasks, tmp_path: Path
) -> None:
    assert not task.state().installed
    state = task.install(90)
    assert (state.installed, state.every_seconds) == (True, 90)
    assert state.command[0] == "C:\\Program Files\\R&D <x>\\pythonw.exe"
    assert state.command[1:] == ("-m", "jit_desktop", "--data-dir", str(tmp_path / "my data"), "sweep")
    assert not any(f.exists() for f in schtasks.files)
    assert not task.remove().installed
    assert schtasks.tasks == {}
    task.remove()


def test_that_a_task_changed_by_somebody_else_is_shown_as_it_is(
    task: WindowsTask, schtasks: Schtasks
) -> None:
    task.install(60)
    text = schtasks.tasks[task.name]
    schtasks.tasks[task.name] = text.replace("PT1M", "PT1H30M")
    assert task.state().every_seconds == 5400
    off = text.replace("</Priority>", "</Priority>").replace(
        "<Enabled>true</Enabled><Hidden>", "<Enabled>false</Enabled><Hidden>"
    )
    schtasks.tasks[task.name] = off
    assert not task.state().installed
    schtasks.tasks[task.name] = "no XML"
    assert "can't be read" in task.state().note


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<StopAtDurationEnd>", "<Duration>PT1H</Duration><StopAtDurationEnd>"),
        ("<StartBoundary>", "<EndBoundary>2021-01-01T00:00:00Z</EndBoundary><StartBoundary>"),
        ("<Enabled>true</Enabled></TimeTrigger>", "<Enabled>false</Enabled></TimeTrigger>"),
        ("<Interval>PT1M</Interval>", ""),
        ("TimeTrigger>", "Nothing/>"),
    ],
)
def test_that_a_task_that_nothing_starts_again_and_again_is_not_called_set_up(
    task: WindowsTask, schtasks: Schtasks, old: str, new: str
) -> None:
    task.install(60)
    text = schtasks.tasks[task.name]
    assert old in text
    if "Nothing" in new:
        text = text[: text.index("<TimeTrigger>")] + text[text.index("</TimeTrigger>") + 14 :]
    schtasks.tasks[task.name] = text.replace(old, new)
    assert not task.state().installed
    assert "set it up again" in task.state().note


def test_that_a_task_with_another_trigger_that_repeats_is_set_up(
    task: WindowsTask, schtasks: Schtasks
) -> None:
    task.install(60)
    schtasks.tasks[task.name] = schtasks.tasks[task.name].replace("TimeTrigger>", "BootTrigger>")
    assert (task.state().installed, task.state().every_seconds) == (True, 60)


@pytest.mark.parametrize("other", ["program", "folder"])
def test_that_a_timer_that_does_not_sweep_this_folder_is_not_called_set_up(
    timer: SystemdTimer, systemctl: Systemctl, tmp_path: Path, other: str
) -> None:
    """The program may have been moved, its environment made anew, or the command edited."""
    timer.install(60)
    (unit,) = (f for f in files(tmp_path) if f.suffix == ".service")
    old, new = {"program": ("/opt/a b", "/opt/gone"), "folder": ("my data", "other data")}[other]
    unit.write_text(unit.read_text().replace(old, new))
    assert not timer.state().installed
    assert "set it up again" in timer.state().note


@pytest.mark.parametrize(
    ("old", "new"), [("Program Files", "Gone"), ("my data", "other data"), ("sweep", "list")]
)
def test_that_a_task_that_does_not_sweep_this_folder_is_not_called_set_up(
    task: WindowsTask, schtasks: Schtasks, old: str, new: str
) -> None:
    task.install(60)
    schtasks.tasks[task.name] = schtasks.tasks[task.name].replace(old, new)
    assert not task.state().installed
    assert "set it up again" in task.state().note


def test_that_another_copy_of_the_program_that_is_there_sweeps_as_well(
    systemctl: Systemctl, tmp_path: Path
) -> None:
    copies = (lambda: ("/opt/gone/jit-desktop",), lambda: (sys.executable, "-m", "jit_desktop"))
    mine, other = (
        SystemdTimer(tmp_path / "data", copy, systemctl, folder=tmp_path / "units") for copy in copies
    )
    other.install(60)
    assert mine.state().installed
    mine.install(60)
    assert not other.state().installed


def test_that_a_task_that_is_refused_is_said_with_a_remedy(task: WindowsTask, schtasks: Schtasks) -> None:
    schtasks.refuses = True
    with pytest.raises(ScheduleRefused, match="Zugriff verweigert") as refused:
        task.install(60)
    assert refused.value.remedy


@pytest.mark.parametrize("how", ["is_away", "hides"])
def test_that_a_task_that_can_not_be_asked_for_is_not_called_missing(
    task: WindowsTask, schtasks: Schtasks, how: str
) -> None:
    task.install(60)
    setattr(schtasks, how, True)
    with pytest.raises(ScheduleRefused, match="FEHLER: Dienst"):
        task.state()
    with pytest.raises(ScheduleRefused, match="FEHLER: Dienst"):
        task.remove()
    assert list(schtasks.tasks) == [task.name]


def test_that_the_task_is_never_held_back() -> None:
    document = ET.fromstring(task_xml(("a",), 60, "me").decode("utf-16"))
    told = {e.tag.removeprefix(NS): e.text for e in document.find(f"{NS}Settings") or ()}
    assert told["MultipleInstancesPolicy"] == "IgnoreNew"
    assert told["StartWhenAvailable"] == "true"
    assert told["DisallowStartIfOnBatteries"] == told["StopIfGoingOnBatteries"] == "false"
    assert document.findtext(f".//{NS}LogonType") == "InteractiveToken"
    assert document.findtext(f".//{NS}RunLevel") == "LeastPrivilege"


def test_that_windows_command_lines_come_back() -> None:
    words = ("a b", 'q"q', "C:\\x y\\", "C:\\plain\\", "", 'back\\"slash', "--sweep")
    assert split_arguments(subprocess.list2cmdline(words)) == words


@pytest.mark.parametrize("every", [0, 59, 86_401])
def test_that_an_interval_out_of_bounds_is_refused(task: WindowsTask, every: int) -> None:
    with pytest.raises(DurationNotAllowed):
        task.install(every)


def test_that_nothing_is_set_up_where_there_is_nothing() -> None:
    schedule = NoSchedule("No scheduler runs here.")
    assert (schedule.state().kind, schedule.remove().installed) == ("", False)
    with pytest.raises(Refused) as refused:
        schedule.install(60)
    assert refused.value.remedy == "No scheduler runs here."


def test_that_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "jit-desktop.exe"))
    assert program_command() == (str(tmp_path / "jit-desktop.exe"),)


@pytest.mark.parametrize("started", ["jit-desktop.exe", WINDOWED_EXECUTABLE])
def test_that_on_windows_the_executable_that_shows_no_console_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, started: str
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / started))
    (tmp_path / WINDOWED_EXECUTABLE).touch()
    monkeypatch.setattr(sys, "platform", "linux")
    assert program_command() == (str(tmp_path / started),)
    monkeypatch.setattr(sys, "platform", "win32")
    assert program_command() == (str(tmp_path / WINDOWED_EXECUTABLE),)


# --- all of them, before the program is uninstalled -----------------------------------------------------


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The folder of this copy of the program."""
    folder = tmp_path / "program"
    folder.mkdir()
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """An executable of another copy."""
    executable = tmp_path / "other copy" / "JIT Desktop.exe"
    executable.parent.mkdir()
    executable.touch()
    return executable


def task_of(schtasks: Schtasks, data_dir: str, program: Path) -> WindowsTask:
    task = WindowsTask(Path(data_dir), lambda: (str(program),), schtasks, user="CORP\\me")
    task.install(60)
    return task


def test_that_all_tasks_of_this_program_are_found_whatever_their_data_folder(
    schtasks: Schtasks, here: Path, elsewhere: Path, tmp_path: Path
) -> None:
    ours = task_of(schtasks, "/data/a", here / "JIT Desktop.exe")
    orphan = task_of(schtasks, "/data/b", tmp_path / "deleted" / "JIT Desktop.exe")
    theirs = task_of(schtasks, "/data/c", elsewhere)
    schtasks.tasks["JIT Desktop sweep of somebody"] = schtasks.tasks[ours.name]
    found = remove_all(theirs.every(), here)
    assert {f.name: f.removed for f in found} == {ours.name: True, orphan.name: True, theirs.name: False}
    assert set(schtasks.tasks) == {theirs.name, "JIT Desktop sweep of somebody"}
    assert {f.data_dir for f in found} == {Path("/data/a"), Path("/data/b"), Path("/data/c")}


def test_that_a_task_that_can_not_be_read_is_left(schtasks: Schtasks, here: Path) -> None:
    task = task_of(schtasks, "/data/a", here / "JIT Desktop.exe")
    schtasks.tasks[task.name] = "no XML"
    assert [f.removed for f in remove_all(task.every(), here)] == [False]
    assert list(schtasks.tasks) == [task.name]


def test_that_a_task_that_stays_keeps_no_other(
    schtasks: Schtasks, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (task_of(schtasks, name, here / "JIT Desktop.exe") for name in ("/a", "/b"))
    every = first.every()
    refusal = ScheduleRefused("No.")

    def refuse() -> ScheduleState:
        raise refusal

    monkeypatch.setattr(every[0], "remove", refuse)
    found = remove_all(every, here)
    assert [(f.removed, f.problem) for f in found] == [(False, refusal), (True, None)]
    assert list(schtasks.tasks) == [first.name]
    assert second.name not in schtasks.tasks


def test_that_all_timers_of_this_program_are_found(
    systemctl: Systemctl, here: Path, elsewhere: Path, tmp_path: Path
) -> None:
    def timer_of(data_dir: str, program: Path) -> SystemdTimer:
        timer = SystemdTimer(Path(data_dir), lambda: (str(program),), systemctl, folder=tmp_path / "units")
        timer.install(60)
        return timer

    ours, theirs = timer_of("/data/a", here / "jit-desktop"), timer_of("/data/b", elsewhere)
    (tmp_path / "units" / "jit-desktop-sweep-of-mine.timer").touch()
    found = remove_all(theirs.every(), here)
    assert {f.name: f.removed for f in found} == {ours.name: True, theirs.name: False}
    assert {f.stem for f in files(tmp_path)} == {theirs.name, "jit-desktop-sweep-of-mine"}


def test_that_a_program_on_a_drive_that_is_not_there_is_not_called_gone(here: Path) -> None:
    assert not is_ours(("Q:\\tools\\JIT Desktop.exe",), here)
    assert not is_ours((), here)


def test_that_no_share_is_asked_whether_a_program_is_there(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Asked(PureWindowsPath):
        """A path on Windows that says when somebody looks behind it."""

        def exists(self) -> bool:
            raise AssertionError(f"{self} was asked for")

    monkeypatch.setattr(removing, "Path", Asked)
    assert not is_ours((r"\\server\share\JIT Desktop.exe",), here)


def test_that_a_program_that_may_not_be_looked_at_keeps_no_other_sweep(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Set:
        def __init__(self, name: str, command: str) -> None:
            self.name, self._command = name, command

        def state(self) -> ScheduleState:
            return ScheduleState("task", installed=True, command=(self._command,))

        def remove(self) -> ScheduleState:
            return ScheduleState("task")

    exists = Path.exists

    def forbidden(path: Path) -> bool:
        if path.name == "secret.exe":
            raise PermissionError(13, "Permission denied")
        return exists(path)

    monkeypatch.setattr(Path, "exists", forbidden)
    sets = [Set("first", str(here.parent / "other" / "secret.exe")), Set("second", str(here / "x.exe"))]
    first, second = remove_all(sets, here)
    assert not first.removed
    assert first.problem is not None
    assert "Permission denied" in first.problem.message
    assert second.removed


def test_that_there_is_nothing_to_remove_where_there_is_nothing(here: Path) -> None:
    assert remove_all(NoSchedule("No scheduler runs here.").every(), here) == ()


def test_that_the_program_can_be_started_by_its_command() -> None:
    answer = run((*program_command(), "--version"))
    assert (answer.code, answer.out[:11]) == (0, b"JIT Desktop")


def test_that_a_tool_that_is_missing_is_said() -> None:
    with pytest.raises(ScheduleRefused, match="can't be used"):
        run(("/nowhere/schtasks",))
