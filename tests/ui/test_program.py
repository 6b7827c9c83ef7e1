# SPDX-License-Identifier: MIT
"""The program as it is started: window, second copy, a database that can't be used, tour and self-test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from jit_desktop import window
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.platform.single_instance import SingleInstance, ask_first_to_answer, ask_first_to_show
from jit_desktop.tour.hands import Hands
from jit_desktop.ui.theme import SchemePreference, apply_theme
from jit_desktop.ui.widgets import Banner
from tests.wine import not_under_wine


@pytest.fixture
def running(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, Callable[[Hands], None]], int]:
    """Runs the window as the program does, with somebody who uses it and ends it."""
    qt = QApplication.instance()
    assert isinstance(qt, QApplication)

    def same_application(_: list[str]) -> QApplication:
        apply_theme(qt, SchemePreference.LIGHT)
        return qt

    monkeypatch.setattr(window, "make_qt", same_application)

    def run(
        data_dir: Path, use: Callable[[Hands], None], *, demo: bool = True, background: bool = False
    ) -> int:
        failures: list[BaseException] = []

        def act() -> None:
            try:
                use(Hands(patience_seconds=20))
            except BaseException as error:  # noqa: BLE001 - raised below, where pytest sees it
                failures.append(error)
                QApplication.exit(99)

        QTimer.singleShot(0, act)
        code = window.run_window(Namespace(data_dir=data_dir, demo=demo, background=background))
        if failures:
            raise failures[0]
        return code

    return run


def test_that_the_window_opens_on_the_demo_domain_and_ends_in_order(
    running: Callable[..., int], tmp_path: Path
) -> None:
    def look_and_close(hands: Hands) -> None:
        hands.find(QWidget, "elevations.empty")
        hands.find(QWidget, "main_window").close()

    assert running(tmp_path / "data", look_and_close) == 0
    again = SingleInstance.acquire(tmp_path / "data")
    assert again is not None, "the right to be the one window was not given back"
    again.release()


def by_the_event_loop(seconds: float) -> None:
    """Wait, while the first window, which is in this process, lives on."""
    QTest.qWait(int(seconds * 1000))


def test_that_a_second_copy_leaves_the_place_to_the_first(
    running: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = SingleInstance.acquire(tmp_path)
    assert first is not None
    monkeypatch.setattr(window, "ask_first_to_show", partial(ask_first_to_show, sleep=by_the_event_loop))
    with qtbot.waitSignal(first.show_requested):
        assert running(tmp_path, lambda hands: None) == ExitCode.DONE
    first.release()
    assert "running already" in capsys.readouterr().err


def test_that_a_second_copy_in_the_background_leaves_the_first_where_it_is(
    running: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = SingleInstance.acquire(tmp_path)
    assert first is not None
    monkeypatch.setattr(window, "ask_first_to_answer", partial(ask_first_to_answer, sleep=by_the_event_loop))
    asked = []
    first.show_requested.connect(lambda: asked.append(True))
    assert running(tmp_path, lambda hands: None, background=True) == ExitCode.DONE
    QApplication.processEvents()
    assert asked == []
    first.release()
    assert capsys.readouterr().err == ""


@pytest.mark.qt_log_ignore(
    "This plugin does not support", "QPlatformNativeInterface::systemTrayWindowChanged"
)
@pytest.mark.parametrize("has_tray", [True, False])
def test_that_it_starts_in_the_background_and_comes_to_the_front_when_wanted(
    running: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_tray: bool
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: has_tray)

    def look_and_quit(hands: Hands) -> None:
        [main] = [w for w in QApplication.topLevelWidgets() if w.objectName() == "main_window"]
        assert main.isVisible() is not has_tray
        assert main.isMinimized() is not has_tray
        assert ask_first_to_show(tmp_path / "data", sleep=by_the_event_loop)
        hands.until(lambda: main.isVisible() and not main.isMinimized(), "the window")
        main.close()

    assert running(tmp_path / "data", look_and_quit, background=True) == 0


def test_that_a_damaged_database_is_said_in_a_window_and_left_as_it_is(
    running: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "jit-desktop.db"
    file.write_bytes(b"this is no database at all" * 100)
    before = file.read_bytes()
    seen: list[str] = []

    def read_and_close(hands: Hands) -> None:
        failure = hands.find(QWidget, "start_failure")
        seen.extend(label.text() for label in failure.findChildren(QLabel))
        hands.click("start_failure.close")

    assert running(tmp_path, read_and_close) == ExitCode.LOCAL
    assert any("jit-desktop.db" in text for text in seen), seen
    assert file.read_bytes() == before
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.expects_log("fault of the program")
def test_that_a_fault_at_the_start_is_said_in_a_window(
    running: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(context: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(window, "Shell", fail)
    monkeypatch.setattr(sys, "stderr", None)
    assert running(tmp_path, lambda hands: hands.click("start_failure.close")) == ExitCode.FAULT
    assert "RuntimeError: a fault" in (tmp_path / "jit-desktop.log").read_text(encoding="utf-8")


def program(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jit_desktop", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=110,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
    )


@pytest.mark.ui
@not_under_wine("there is no text without a screen; the packaged program walks through it on one")
def test_that_the_tour_walks_through_the_whole_job_and_saves_a_picture_of_every_step(tmp_path: Path) -> None:
    done = program("tour", "--out", str(tmp_path), "--scheme", "light")
    assert done.returncode == ExitCode.DONE, done.stderr
    pictures = sorted(tmp_path.glob("*.png"))
    steps = [picture.stem.partition("-")[2] for picture in pictures]
    for step in (
        "first-start",
        "settings-connection",
        "settings-jit",
        "group-picker-tree",
        "group-picker-search",
        "location-browser",
        "settings-privilege-sets",
        "settings-accounts",
        "account-picker",
        "settings-policy",
        "checkout",
        "checkout-steps-and-wait",
        "checkout-active",
        "active",
        "last-minutes",
        "ended-by-its-deadline",
        "check-in",
        "history",
    ):
        assert step in steps
    for picture in pictures:
        image = QImage(str(picture))
        colours = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
        assert len(colours) > 5, f"{picture.name} shows nothing"


@pytest.mark.ui
def test_that_the_self_test_finds_this_installation_good() -> None:
    done = program("self-test", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == ExitCode.DONE, report
    assert report["good"]
    assert {"Database", "Demo domain", "Windows", "TLS"} <= {check["name"] for check in report["checks"]}


@pytest.mark.ui
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that another process could send")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_that_the_window_ends_in_order_and_without_a_question_when_the_program_is_told_to(
    tmp_path: Path, number: signal.Signals
) -> None:
    words = ("--data-dir", str(tmp_path), "--demo")
    lent = program(
        *words,
        "checkout",
        "_backupoperator15",
        "--privilege",
        "RDM administrators",
        "--for",
        "1h",
        "--no-wait",
    )
    assert lent.returncode == ExitCode.DONE, lent.stderr
    running = subprocess.Popen(
        [sys.executable, "-c", TELLS_WHEN_IT_RUNS, *words],
        stdout=subprocess.PIPE,
        env=os.environ,
    )
    with running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"running\n"
        running.send_signal(number)
        assert running.wait(timeout=60) == ExitCode.DONE
    again = SingleInstance.acquire(tmp_path)
    assert again is not None
    again.release()


@pytest.mark.ui
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that stops another process")
@pytest.mark.parametrize("background", [(), ("--background",)], ids=["in front", "in the background"])
def test_that_a_window_that_hangs_keeps_no_other_one_from_opening(
    tmp_path: Path, background: tuple[str, ...]
) -> None:
    words = [sys.executable, "-c", TELLS_WHEN_IT_RUNS, "--data-dir", str(tmp_path), "--demo"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"running\n"
        first.send_signal(signal.SIGSTOP)
        try:
            second = subprocess.Popen(
                [*words, *background], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            with second:
                assert second.stdout is not None
                assert second.stdout.readline() == "running\n", "it ends what the first one does not"
                third = program("--data-dir", str(tmp_path), "--demo", *background)
                assert third.returncode == ExitCode.DONE
                assert "does not answer" not in third.stderr
                second.send_signal(signal.SIGTERM)
                _, said = second.communicate(timeout=60)
                assert second.returncode == ExitCode.DONE
        finally:
            first.send_signal(signal.SIGCONT)
            first.kill()
    assert window.ANOTHER_HANGS in said
    assert window.ANOTHER_HANGS in (tmp_path / "jit-desktop.log").read_text(encoding="utf-8")


@pytest.mark.expects_log("does not answer")
def test_that_a_window_that_opens_beside_one_that_hangs_says_so(
    running: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    first = SingleInstance.acquire(tmp_path / "data")
    assert first is not None
    monkeypatch.setattr(window, "ask_first_to_show", lambda _: False)

    def look_and_close(hands: Hands) -> None:
        assert hands.find(Banner, "banner.another").text == window.ANOTHER_HANGS
        hands.find(QWidget, "main_window").close()

    assert running(tmp_path / "data", look_and_close) == 0
    assert SingleInstance.acquire(tmp_path / "data") is None, "the right of the first one stays its own"
    first.release()


TELLS_WHEN_IT_RUNS = """
import signal
import sys
from jit_desktop.__main__ import main
from jit_desktop.ui.desk import Desk

def tell(desk, path=None):
    desk.heartbeat.tick_succeeded.connect(lambda: print("running", flush=True))
    start(desk)

start, Desk.start = Desk.start, tell
# Whatever was started in the background of a shell ignores it, and so would this then.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.ui
def test_that_two_copies_started_at_once_check_an_account_out_once(tmp_path: Path) -> None:
    data_dir = str(tmp_path / "data")
    assert program("--data-dir", data_dir, "--demo", "list").returncode == ExitCode.DONE
    words = [
        sys.executable, "-m", "jit_desktop", "--data-dir", data_dir, "--demo",
        "checkout", "_backupoperator15", "--privilege", "RDM administrators", "--for", "1h", "--no-wait",
    ]  # fmt: skip
    both = [
        subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONUTF8": "1"},
        )
        for _ in range(2)
    ]
    results = [(process.communicate(timeout=100), process.returncode) for process in both]
    assert sorted(code for _, code in results) == [ExitCode.DONE, ExitCode.REFUSED], results
    assert any("is checked out by" in errors for (_, errors), _ in results)
    listed = json.loads(program("--data-dir", data_dir, "--demo", "list", "--json").stdout)
    assert len(listed["elevations"]) == 1
