"""The commands on the demo domain: the whole job without a window, in separate runs of the program."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jit_desktop import app as app_module
from jit_desktop.__main__ import main
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.commands.output import Output, elevation_line
from jit_desktop.directory.demo import DemoDirectory
from jit_desktop.elevation.errors import DirectoryUnavailable
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import CheckoutRequest, Elevation
from jit_desktop.elevation.ports import Listener
from jit_desktop.elevation.service import ElevationService, TickReport
from jit_desktop.store import FILE_NAME
from tests.unit.elevation.helpers import ManualClock
from tests.unit.store import values

ADMINS = "Remote Desktop Manager Admins"


class Shell:
    """Runs commands one after the other on one data folder, each as a new start of the program."""

    def __init__(self, data_dir: Path, capsys: pytest.CaptureFixture[str], clock: ManualClock) -> None:
        self.data_dir = data_dir
        self.clock = clock
        self._capsys = capsys
        self.out = self.err = ""

    def run(self, *words: str, demo: bool = True) -> int:
        code = main(["--data-dir", str(self.data_dir), *(["--demo"] if demo else []), *words])
        self.out, self.err = self._capsys.readouterr()
        return code

    def json(self, *words: str, code: int = ExitCode.DONE) -> Any:
        assert self.run(*words, "--json") == code, self.err
        return json.loads(self.out)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    # The demo domain keeps real time between two starts; so does this clock, which only a test moves.
    clock = ManualClock(wall=datetime.now(UTC).replace(microsecond=0))
    monkeypatch.setattr(app_module, "SystemClock", lambda: clock)
    return Shell(tmp_path / "data", capsys, clock)


def test_that_the_whole_job_can_be_done_with_commands_alone(shell: Shell) -> None:
    done = shell.json(
        "checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "2h", "--reason", "Restore test"
    )
    assert done["state"] == "active"
    assert done["account"]["name"] == "_backupoperator15"
    assert done["privileges"][0]["name"] == ADMINS
    assert done["temporary_group"]["name"].startswith("RDM_JIT_")
    assert 7100 < done["remaining_seconds"] <= 7200
    assert "✓ Created the global group" in shell.err

    (listed,) = shell.json("list")["elevations"]
    assert (listed["id"], listed["state"]) == (done["id"], "active")

    shell.clock.advance(7201)
    (swept,) = shell.json("sweep")["sweeps"]
    assert swept["problem"] == ""
    assert [e["id"] for e in swept["ended"]] == [done["id"]]
    assert shell.json("list")["elevations"] == []
    (ended,) = shell.json("list", "--all")["elevations"]
    assert (ended["state"], ended["end_reason"]) == ("ended", "ended-by-directory")


def test_that_checking_in_waits_for_every_domain_controller(shell: Shell) -> None:
    done = shell.json("checkout", "_backupoperator15", "--privilege", "RDM administrators", "--for", "90m")
    ended = shell.json("checkin", done["id"][:8])
    assert (ended["state"], ended["end_reason"]) == ("ended", "check-in")
    assert "rodc1.corp.example.test shows that it has ended" in shell.err


def test_that_an_extension_by_command_moves_the_deadline(shell: Shell) -> None:
    done = shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "1h")
    extended = shell.json("extend", "_backupoperator15", "--for", "30m")
    moved = datetime.fromisoformat(extended["deadline"]) - datetime.fromisoformat(done["deadline"])
    assert moved == timedelta(minutes=30)


def test_that_the_list_says_who_ends_it_and_by_what_means(shell: Shell) -> None:
    done = shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "2h")
    (listed,) = shell.json("list")["elevations"]
    for document in (done, listed):
        assert (document["guarantee"], document["mechanism"]) == ("directory", "dynamic-group")
        early = datetime.fromisoformat(document["deadline"]) - datetime.fromisoformat(
            document["directory_ends_at"]
        )
        assert timedelta(0) <= early <= timedelta(seconds=2)
    shell.run("list")
    assert "Active Directory ends it by itself at" in shell.out
    shell.run("checkin", "_backupoperator15")
    assert "ends it" not in shell.out


@pytest.mark.parametrize(
    ("late", "says"),
    [
        (None, "It ends only while this program or a sweep runs."),
        (0, "Active Directory ends it by itself at "),
        (900, "This program ends it on time; Active Directory at the latest at "),
    ],
)
def test_that_a_line_for_people_names_the_guarantee(late: int | None, says: str) -> None:
    deadline = values.NOW + timedelta(hours=1)
    ends_at = None if late is None else deadline + timedelta(seconds=late)
    active = values.elevation(state=State.ACTIVE, deadline=deadline, directory_ends_at=ends_at)
    assert says in elevation_line(active, values.NOW)


def test_that_a_time_of_the_day_can_be_the_deadline(shell: Shell) -> None:
    until = (shell.clock.wall + timedelta(hours=3)).isoformat()
    done = shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--until", until, "--no-wait")
    assert done["clock"] == "domain"
    late = datetime.fromisoformat(done["deadline"]) - datetime.fromisoformat(until)
    assert abs(late) <= timedelta(seconds=1)


def test_that_checks_that_take_long_lend_nothing_past_the_time_of_the_day(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = DemoDirectory.rights

    def slow(*asked: Any) -> Any:
        shell.clock.advance(600)
        return real(*asked)

    monkeypatch.setattr(DemoDirectory, "rights", slow)
    words = ("checkout", "_backupoperator15", "--privilege", ADMINS, "--no-wait", "--until")
    until = (shell.clock.wall + timedelta(hours=1)).isoformat()
    done = shell.json(*words, until)
    assert datetime.fromisoformat(done["deadline"]) <= datetime.fromisoformat(until)
    shell.json("checkin", done["id"])
    near = (shell.clock.wall + timedelta(minutes=5)).isoformat()
    refused = shell.json(*words, near, code=ExitCode.REFUSED)["error"]
    assert refused["code"] == "duration-not-allowed"
    assert "is over by the domain controller's clock" in refused["message"]
    over = (shell.clock.wall - timedelta(minutes=5)).isoformat()
    assert "has passed" in shell.json(*words, over, code=ExitCode.REFUSED)["error"]["message"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["checkout", "nobody", "--privilege", ADMINS], ExitCode.REFUSED, "There is no privileged account"),
        (
            ["checkout", "_backupoperator15", "--privilege", "Kings"],
            ExitCode.REFUSED,
            "There is no privilege",
        ),
        (["checkout", "_backupoperator15"], ExitCode.REFUSED, "at least one privilege"),
        (
            ["checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "9h"],
            ExitCode.REFUSED,
            "At most 8 hours",
        ),
        (["checkout", "_disabled01", "--privilege", ADMINS], ExitCode.REFUSED, "is disabled"),
        (["checkout", "_permanent01", "--privilege", ADMINS], ExitCode.REFUSED, "already a permanent member"),
        (["checkin", "nothing"], ExitCode.REFUSED, "There is no open elevation"),
        (["list", "--provider", "Mars"], ExitCode.REFUSED, "There is no provider"),
    ],
)
def test_that_each_refusal_says_why_and_has_its_exit_code(
    shell: Shell, words: list[str], code: ExitCode, said: str
) -> None:
    assert shell.run(*words) == code
    assert said in shell.err
    assert "Traceback" not in shell.err


def test_that_an_error_is_json_too_when_json_is_asked_for(shell: Shell) -> None:
    error = shell.json("checkout", "_disabled01", "--privilege", ADMINS, code=ExitCode.REFUSED)["error"]
    assert error["code"] == "account-disabled"
    assert error["remedy"]


def test_that_settings_survive_export_and_import_into_a_new_folder(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    assert shell.run("settings", "export", str(file)) == ExitCode.DONE
    assert shell.run("settings", "export", str(file)) == ExitCode.REFUSED
    assert "exists already" in shell.err
    assert shell.run("settings", "export", str(file), "--force") == ExitCode.DONE
    fresh = tmp_path / "fresh"
    assert main(["--data-dir", str(fresh), "settings", "import", str(file)]) == ExitCode.DONE
    assert (
        main(["--data-dir", str(fresh), "settings", "export", str(tmp_path / "again.json")]) == ExitCode.DONE
    )
    assert (tmp_path / "again.json").read_text() == file.read_text()


def test_that_a_settings_file_that_is_none_is_refused_in_words(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text("{}")
    assert shell.run("settings", "import", str(file)) == ExitCode.LOCAL
    assert "Traceback" not in shell.err


def test_that_the_audit_trail_tells_the_story_and_verifies(shell: Shell, tmp_path: Path) -> None:
    shell.run("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "1h")
    assert shell.run("audit", "verify") == ExitCode.DONE
    assert "whole" in shell.out
    file = tmp_path / "audit.json"
    assert shell.run("audit", "export", str(file)) == ExitCode.DONE
    head = json.loads(file.read_text(encoding="utf-8"))["head"]
    assert shell.run("audit", "verify", "--known-head", head) == ExitCode.DONE
    assert shell.run("audit", "verify", "--known-head", "00" * 32) == ExitCode.LOCAL
    assert "_backupoperator15" in file.read_text()
    assert shell.run("audit", "export", str(file)) == ExitCode.REFUSED
    assert shell.run("audit", "export", str(file), "--force") == ExitCode.DONE


def test_that_a_sweep_that_watches_nothing_is_no_success(shell: Shell) -> None:
    assert shell.run("sweep", demo=False) == ExitCode.REFUSED
    assert "watches nothing" in shell.err
    assert str(shell.data_dir) in shell.err


@pytest.mark.skipif(sys.platform != "linux", reason="Windows always has a screen")
def test_that_a_window_without_a_screen_is_refused_in_words(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert shell.run() == ExitCode.LOCAL
    assert "no screen" in shell.err


def test_that_a_folder_that_cannot_be_used_is_named(shell: Shell, tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    assert main(["--data-dir", str(blocker / "data"), "list"]) == ExitCode.LOCAL


@pytest.mark.expects_log("A fault of the program")
def test_that_a_fault_of_the_program_is_logged_whole_and_shown_without_a_trace(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run("list")

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("jit_desktop.store.SqliteStore.open_elevations", broken)
    assert shell.run("list") == ExitCode.FAULT
    assert "Traceback" not in shell.err
    assert "a fault of the program" in shell.err
    assert "ZeroDivisionError" in (shell.data_dir / "jit-desktop.log").read_text()


@pytest.mark.parametrize("words", [["checkout"], ["nonsense"], ["checkout", "a", "--for", "2"], ["tour"]])
def test_that_a_wrong_command_line_has_exit_code_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == ExitCode.USAGE


def test_that_text_of_the_directory_gives_a_terminal_no_commands() -> None:
    printed = io.StringIO()
    output = Output(results=printed, messages=printed)
    output.note("CN=\x1b[2J\x9b31m\u202eredrum,DC=corp")
    output.result({}, ["\x07\x7f"])
    assert printed.getvalue() == "CN=\\u001b[2J\\u009b31m\\u202eredrum,DC=corp\n\\u0007\\u007f\n"


def test_that_json_stays_what_it_was_when_a_name_is_made_harmless() -> None:
    printed = io.StringIO()
    name = "CN=\x1b[2J\x9b31m\u202eredrum\x7f ümlaut,DC=corp"
    Output(as_json=True, results=printed).result({"name": name}, [])
    assert json.loads(printed.getvalue()) == {"name": name}
    assert not any(char in printed.getvalue() for char in "\x1b\x9b\u202e\x7f")


def test_that_a_program_without_a_console_sweeps_all_the_same(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "1h")
    shell.clock.advance(3600)
    with monkeypatch.context() as no_console:
        no_console.setattr("sys.stdout", None)
        no_console.setattr("sys.stderr", None)
        code = main(["--data-dir", str(shell.data_dir), "--demo", "sweep"])
    assert code == ExitCode.DONE
    assert {e["state"] for e in shell.json("list", "--all")["elevations"]} <= {"ending", "ended"}


@pytest.mark.parametrize(
    ("field", "value"), [("request_timeout", 10**18), ("connect_timeout", 0), ("port", 70000)]
)
def test_that_a_settings_file_that_would_wait_for_ever_is_refused_before_anything_is_asked(
    shell: Shell, tmp_path: Path, field: str, value: int
) -> None:
    file = tmp_path / "settings.json"
    shell.run("settings", "export", str(file))
    document = json.loads(file.read_text())
    connection = {"server": "localhost", "method": "ldaps", "sign_in": "kerberos", field: value}
    document["providers"][0]["connection"] = connection
    file.write_text(json.dumps(document))
    assert shell.run("settings", "import", str(file)) == ExitCode.REFUSED


def test_that_a_time_beyond_the_calendar_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["checkout", "a", "--until", "0001-01-01T00:00:00+14:00"])
    assert left.value.code == ExitCode.USAGE


def test_that_a_checkout_which_was_stopped_until_it_was_over_is_no_success(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.json"
    shell.run("settings", "export", str(file))
    document = json.loads(file.read_text())
    document["providers"][0]["jit"]["replication_latency"] = "1h"
    file.write_text(json.dumps(document))
    assert shell.run("settings", "import", str(file)) == ExitCode.DONE
    monkeypatch.setattr(shell.clock, "sleep", lambda _: shell.clock.advance(2 * 3600))
    code = shell.run("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "1h")
    assert code == ExitCode.REFUSED
    shell.clock.advance(10)
    assert shell.run("sweep") == ExitCode.DONE
    assert shell.json("list", "--none-open")["elevations"] == []


class Ticks:
    """The ticks of a command: for which provider, and how long each takes."""

    def __init__(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of: list[ProviderId | None] = []
        self.take_seconds = 0.0
        self.are_done = True
        real = ElevationService.tick

        def noted(
            service: ElevationService, listener: Listener, provider_id: ProviderId | None = None
        ) -> TickReport:
            self.of.append(provider_id)
            shell.clock.advance(self.take_seconds)
            return real(service, listener, provider_id) if self.are_done else TickReport(shell.clock.wall)

        monkeypatch.setattr(ElevationService, "tick", noted)


@pytest.fixture
def ticks(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Ticks:
    return Ticks(shell, monkeypatch)


def test_that_a_command_waits_for_no_other_domain_than_its_own(shell: Shell, ticks: Ticks) -> None:
    done = shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "2h")
    waited = len(ticks.of)
    shell.json("checkin", done["id"])
    assert 0 < waited < len(ticks.of)
    assert set(ticks.of) == {done["provider"]["id"]}


def test_that_a_checkout_that_was_stopped_for_longer_ends_its_own_first(
    shell: Shell, ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ElevationService.check_out

    def stopped(service: ElevationService, request: CheckoutRequest, listener: Listener) -> Elevation:
        elevation = real(service, request, listener)
        shell.clock.advance(7201)
        return elevation

    monkeypatch.setattr(ElevationService, "check_out", stopped)
    words = ("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "2h", "--no-wait")
    left = shell.json(*words, code=ExitCode.REFUSED)
    assert ticks.of == [left["provider"]["id"]]


def test_that_the_work_of_a_check_in_counts_as_waiting(shell: Shell, ticks: Ticks) -> None:
    done = shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "2h")
    ticks.of.clear()
    ticks.are_done, ticks.take_seconds = False, 9
    shell.json("checkin", done["id"], "--wait", "60s", code=ExitCode.NOT_ENDED)
    assert len(ticks.of) == 6


def test_that_stopping_the_wait_says_that_the_elevation_goes_on(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.json"
    shell.run("settings", "export", str(file))
    document = json.loads(file.read_text())
    document["providers"][0]["jit"]["replication_latency"] = "1h"
    file.write_text(json.dumps(document))
    assert shell.run("settings", "import", str(file)) == ExitCode.DONE

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shell.clock, "sleep", interrupted)
    code = shell.run("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "2h")
    assert code == ExitCode.INTERRUPTED
    message = shell.err
    (going_on,) = shell.json("list")["elevations"]
    assert f"checkin {going_on['id']}" in message


def test_that_a_sweep_that_cannot_reach_the_domain_still_raises_the_alarm(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "10m")
    shell.clock.advance(700)

    def unreachable(*_: object, **__: object) -> None:
        raise DirectoryUnavailable("The domain controller does not answer.")

    monkeypatch.setattr("jit_desktop.directory.connector.DirectoryConnector.connect", unreachable)
    (swept,) = shell.json("sweep", code=ExitCode.NOT_ENDED)["sweeps"]
    assert [e["account"]["name"] for e in swept["overdue"]] == ["_backupoperator15"]
    assert shell.run("list") == ExitCode.NOT_ENDED


def test_that_what_should_have_ended_of_a_provider_that_is_gone_is_an_alarm(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "10m")
    monkeypatch.setattr("jit_desktop.commands.sweeping._providers", lambda *_: [])
    assert shell.json("sweep")["left_out"] == []
    shell.clock.advance(700)
    assert shell.json("sweep", code=ExitCode.NOT_ENDED)["left_out"] == [lent["id"]]


def test_that_what_should_have_ended_is_the_exit_code_whatever_keeps_a_sweep_from_it(shell: Shell) -> None:
    lent = shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "10m")
    assert shell.run("sweep", "--provider", "nobody's") == ExitCode.REFUSED
    shell.clock.advance(700)
    assert shell.json("sweep", "--provider", "nobody's", code=ExitCode.NOT_ENDED)["left_out"] == [lent["id"]]


@pytest.mark.expects_log("A fault of the program broke it off")
def test_that_what_should_have_ended_is_the_exit_code_where_no_thread_can_be_had(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "10m")
    shell.clock.advance(700)

    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("jit_desktop.commands.sweeping.threading.Thread.start", none_left)
    assert shell.json("sweep", code=ExitCode.NOT_ENDED)["left_out"] == [lent["id"]]
    assert "A fault of the program; the log has the details." in shell.err


def test_that_a_list_says_by_which_clock_it_raises_the_alarm(shell: Shell) -> None:
    shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "1h")
    assert shell.run("list") == ExitCode.DONE
    assert not shell.err
    (listed,) = shell.json("list")["elevations"]
    assert listed["clock"] == "domain", "carried on since the checkout"
    shell.clock.reboot()
    assert shell.run("list") == ExitCode.DONE
    assert shell.err.startswith("· The time left is a guess by this computer's clock")
    (listed,) = shell.json("list")["elevations"]
    assert listed["clock"] == "computer", "no domain controller was asked in this run"
    shell.clock.advance(3700)
    assert shell.run("list") == ExitCode.NOT_ENDED
    assert "by this computer's clock" in shell.err


def test_that_a_list_says_what_is_over_by_what_is_carried_on(shell: Shell) -> None:
    shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "1h")
    shell.clock.advance(3700)
    shell.clock.set_wall(shell.clock.wall - timedelta(days=3))
    assert shell.run("list") == ExitCode.NOT_ENDED
    assert "! Past its deadline by the domain's clock, carried on here; a sweep" in shell.err


def test_that_a_list_says_what_may_be_over_by_a_clock_that_was_set(shell: Shell) -> None:
    shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "1h")
    shell.clock.set_wall(shell.clock.wall + timedelta(hours=2))
    assert shell.run("list") == ExitCode.NOT_ENDED
    assert "! It may be past its deadline: the clocks do not agree." in shell.err


def test_that_where_nobody_knows_the_time_no_time_left_is_said_and_all_is_an_alarm(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.json("checkout", "_backupoperator15", "--privilege", ADMINS, "--for", "1h")
    shell.clock.reboot()
    shell.clock.set_wall(shell.clock.wall - timedelta(days=3))
    assert shell.run("list") == ExitCode.NOT_ENDED
    assert "(the time left is not known, ends " in shell.out
    assert "! It may be past its deadline. This computer's clock is 3 days behind" in shell.err
    (listed,) = shell.json("list", code=ExitCode.NOT_ENDED)["elevations"]
    assert (listed["remaining_seconds"], listed["clock"]) == (None, "computer")

    def unreachable(*_: object, **__: object) -> None:
        raise DirectoryUnavailable("The domain controller does not answer.")

    monkeypatch.setattr("jit_desktop.directory.connector.DirectoryConnector.connect", unreachable)
    (swept,) = shell.json("sweep", code=ExitCode.NOT_ENDED)["sweeps"]
    assert [e["remaining_seconds"] for e in swept["overdue"]] == [None]
    assert swept["doubt"].endswith("so the time left is not known until a domain controller is asked.")


def test_that_a_moment_is_not_reckoned_by_a_clock_that_is_not_believed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run("sweep")
    right = DemoDirectory.current_time

    def wrong(self: DemoDirectory) -> datetime:
        first = self.info.controller.startswith("dc1.")
        return right(self) - timedelta(days=1 if first else 0)

    monkeypatch.setattr(DemoDirectory, "current_time", wrong)
    until = (shell.clock.wall + timedelta(hours=3)).isoformat()
    words = ("checkout", "_backupoperator15", "--privilege", ADMINS, "--until", until)
    refused = shell.json(*words, code=ExitCode.REFUSED)["error"]
    assert refused["code"] == "clock-doubtful"
    assert "1 day behind dc2" in refused["message"]
    assert shell.json("list", "--all")["elevations"] == []


def test_that_an_uninstaller_learns_whether_an_elevation_is_open(shell: Shell) -> None:
    assert shell.run("list", "--none-open") == ExitCode.DONE
    done = shell.json("checkout", "_backupoperator15", "--privilege", "Remote Desktop Manager Admins")
    assert shell.run("list", "--none-open") == ExitCode.REFUSED
    assert shell.run("list") == ExitCode.DONE
    shell.json("checkin", done["id"])
    assert shell.run("list", "--none-open") == ExitCode.DONE


def _lend_two_and_damage_one(shell: Shell) -> tuple[str, str]:
    """What is damaged, and what can be read."""
    ids = [
        str(shell.json("checkout", account, "--privilege", ADMINS, "--for", "1h", "--no-wait")["id"])
        for account in ("_backupoperator15", "_helpdesk04")
    ]
    with closing(sqlite3.connect(shell.data_dir / FILE_NAME)) as database:
        database.execute("UPDATE elevation SET reason = CAST(x'41ff' AS TEXT) WHERE id = ?", (ids[0],))
        database.commit()
    return ids[0], ids[1]


def test_that_a_list_in_which_a_row_can_not_be_read_is_no_success(shell: Shell) -> None:
    _, other = _lend_two_and_damage_one(shell)
    listed = shell.json("list", code=ExitCode.LOCAL)
    assert [e["id"] for e in listed["elevations"]] == [other]
    assert listed["incomplete"] is True
    assert "More may be open than is listed" in shell.err
    assert "is damaged" in shell.err
    assert shell.run("list", "--all") == ExitCode.LOCAL
    assert shell.run("list", "--none-open") == ExitCode.REFUSED, "one is open for sure"
    shell.run("checkin", other)
    assert shell.run("list", "--none-open") == ExitCode.LOCAL, "nobody knows whether one is"


def test_that_a_list_that_was_read_whole_says_so(shell: Shell) -> None:
    assert shell.json("list")["incomplete"] is False
    assert "More may be open" not in shell.err


@pytest.mark.parametrize("command", [["checkin"], ["extend", "--for", "30m"], ["check", "--elevation"]])
@pytest.mark.parametrize("is_by_id", [True, False])
def test_that_an_elevation_that_can_not_be_read_is_not_said_to_be_none(
    shell: Shell, command: list[str], is_by_id: bool
) -> None:
    damaged, _ = _lend_two_and_damage_one(shell)
    name = damaged if is_by_id else "_backupoperator15"
    assert shell.run(*command, name) == ExitCode.LOCAL
    assert "among those that can be read" in shell.err


def test_that_one_that_can_be_read_is_checked_in_beside_one_that_can_not(shell: Shell) -> None:
    _, other = _lend_two_and_damage_one(shell)
    assert shell.json("checkin", "_helpdesk04")["id"] == other
