# SPDX-License-Identifier: MIT
"""There is one window on a data folder; a second copy brings it to the front."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QFileSystemWatcher
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from jit_desktop.platform.single_instance import (
    ANSWER_SECONDS,
    START_SECONDS,
    SingleInstance,
    ask_first_to_answer,
    ask_first_to_show,
)

_IMPORTS = (
    "import os, sys; from pathlib import Path; d = Path(sys.argv[1]);"
    "from jit_desktop.platform.single_instance import SingleInstance, ask_first_to_answer, ask_first_to_show"
)
_ACQUIRE = "print(SingleInstance.acquire(d) is not None)"
_ROOT = Path(__file__).parents[3]


@pytest.fixture
def first(tmp_path: Path, qtbot: QtBot) -> Iterator[SingleInstance]:
    instance = SingleInstance.acquire(tmp_path / "data")
    assert instance is not None
    yield instance
    instance.release()


def _by_the_event_loop(seconds: float) -> None:
    """Wait, while the windows of this process live on."""
    QTest.qWait(int(seconds * 1000))


def _not_at_all(_: float) -> None:
    """Nobody answers, and the test does not wait for it."""


def _started(data_dir: Path, code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", f"{_IMPORTS}; {code}", str(data_dir)],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _in_another_process(data_dir: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"{_IMPORTS}; {code}", str(data_dir)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def test_that_a_second_copy_notices_the_first(first: SingleInstance, tmp_path: Path) -> None:
    assert _in_another_process(tmp_path / "data", _ACQUIRE) == "False"
    assert _in_another_process(tmp_path / "other", _ACQUIRE) == "True"


def test_that_one_on_another_computer_keeps_no_window_from_opening(
    first: SingleInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder for running programs may be one that both see."""
    monkeypatch.setenv("JIT_DESKTOP_COMPUTER", "another")
    assert _in_another_process(tmp_path / "data", _ACQUIRE) == "True"


def test_that_a_second_copy_brings_the_first_to_the_front(
    first: SingleInstance, tmp_path: Path, qtbot: QtBot
) -> None:
    for _ in range(2):
        with qtbot.waitSignal(first.show_requested, timeout=20_000):
            assert ask_first_to_show(tmp_path / "data", sleep=_by_the_event_loop)
    with _started(tmp_path / "data", "print(ask_first_to_show(d))") as other:
        qtbot.waitUntil(lambda: other.poll() is not None, timeout=60_000)
        assert other.communicate()[0].strip() == "True"


def test_that_one_that_is_only_asked_to_answer_stays_where_it_is(
    first: SingleInstance, tmp_path: Path
) -> None:
    asked: list[bool] = []
    first.show_requested.connect(lambda: asked.append(True))
    assert ask_first_to_answer(tmp_path / "data", sleep=_by_the_event_loop)
    assert asked == []
    assert ask_first_to_show(tmp_path / "data", sleep=_by_the_event_loop)
    assert asked == [True]


@pytest.mark.parametrize("ask", [ask_first_to_answer, ask_first_to_show])
def test_that_one_that_hangs_is_waited_for_no_longer_than_an_answer_takes(
    tmp_path: Path, ask: Callable[..., bool], qtbot: QtBot
) -> None:
    first = SingleInstance.acquire(tmp_path / "data")
    assert first is not None
    waited: list[float] = []
    assert not ask(tmp_path / "data", sleep=waited.append)
    assert sum(waited) == pytest.approx(START_SECONDS, abs=0.2), "it may still be starting"
    _by_the_event_loop(0.05)
    waited.clear()
    assert not ask(tmp_path / "data", sleep=waited.append)
    assert sum(waited) == pytest.approx(ANSWER_SECONDS, abs=0.2)
    first.release()


def test_that_one_that_opened_beside_it_answers_for_it(tmp_path: Path, qtbot: QtBot) -> None:
    with _started(tmp_path, "SingleInstance.acquire(d); print(1, flush=True); sys.stdin.read()") as hanging:
        assert hanging.stdout is not None
        assert hanging.stdout.readline() == "1\n"
        assert SingleInstance.acquire(tmp_path) is None
        beside = SingleInstance.beside(tmp_path)
        with qtbot.waitSignal(beside.show_requested, timeout=20_000):
            assert ask_first_to_show(tmp_path, sleep=_by_the_event_loop)
        beside.release()
        hanging.kill()


def test_that_requests_are_heard_where_the_system_watches_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(QFileSystemWatcher, "addPath", lambda *_: False)
    instance = SingleInstance.acquire(tmp_path)
    assert instance is not None
    with qtbot.waitSignal(instance.show_requested, timeout=20_000):
        assert ask_first_to_show(tmp_path, sleep=_by_the_event_loop)
    instance.release()


def test_that_after_the_first_has_ended_there_is_room_again(first: SingleInstance, tmp_path: Path) -> None:
    first.release()
    assert _in_another_process(tmp_path / "data", _ACQUIRE) == "True"
    first.release()


def test_that_a_crash_of_the_first_leaves_room(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError, match="exit status 3"):
        _in_another_process(tmp_path, "first = SingleInstance.acquire(d); os._exit(3)")
    assert _in_another_process(tmp_path, _ACQUIRE) == "True"


def test_that_asking_where_nobody_is_does_no_harm(tmp_path: Path, qtbot: QtBot) -> None:
    assert not ask_first_to_show(tmp_path, sleep=_not_at_all)
    instance = SingleInstance.acquire(tmp_path)
    assert instance is not None
    instance.release()


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JIT_DESKTOP_RUNTIME", str(tmp_path / "running"))
    return tmp_path / "running"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_that_its_files_are_for_their_owner_only(runtime: Path, first: SingleInstance) -> None:
    modes = {path.suffix: path.stat().st_mode & 0o777 for path in runtime.iterdir()}
    assert modes == {".lock": 0o600, ".requests": 0o600, ".answers": 0o600}
    assert runtime.stat().st_mode & 0o777 == 0o700


def test_that_nothing_is_written_in_the_data_folder_and_none_is_made(tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "file" / "data"
    folder.parent.write_text("no folder can be made here")
    first = SingleInstance.acquire(folder)
    assert first is not None
    assert _in_another_process(folder, _ACQUIRE) == "False"
    first.release()
    gone = SingleInstance.acquire(tmp_path / "gone")
    assert gone is not None
    assert not (tmp_path / "gone").exists()
    gone.release()


def test_that_where_no_lock_can_be_had_the_window_opens_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    (tmp_path / "file").write_text("no folder can be made here")
    monkeypatch.setenv("JIT_DESKTOP_RUNTIME", str(tmp_path / "file" / "running"))
    assert not ask_first_to_show(tmp_path, sleep=_not_at_all)
    SingleInstance.beside(tmp_path).release()
    instance = SingleInstance.acquire(tmp_path)
    assert instance is not None
    instance.release()
    instance.release()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give folders away")
def test_that_a_folder_of_another_user_is_not_used(runtime: Path, tmp_path: Path, qtbot: QtBot) -> None:
    runtime.mkdir()
    os.chown(runtime, 12345, 12345)
    instance = SingleInstance.acquire(tmp_path)
    assert instance is not None
    assert list(runtime.iterdir()) == []
    instance.release()
