# SPDX-License-Identifier: MIT
"""The window starts on a data folder that can't be written, and ends what is due."""

from __future__ import annotations

import sqlite3
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from jit_desktop import window
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.tour.hands import Hands
from jit_desktop.ui.theme import SchemePreference, apply_theme
from tests.faults.test_sweeps_on_spoilt_folders import (
    World,
    full,
    locked,
    needs_root,
    one_row_spoilt,
    read_only_file_system,
)
from tests.faults.test_sweeps_on_spoilt_folders import world as world  # noqa: PLC0414 - a fixture

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]


@contextmanager
def name_that_is_no_text(world: World) -> Iterator[None]:
    """The name of the provider is not UTF-8."""
    with closing(sqlite3.connect(world.database)) as other:
        (before,) = other.execute("SELECT name FROM provider").fetchone()
        other.execute("UPDATE provider SET name = CAST(x'41ff' AS TEXT)")
        other.commit()
    yield
    with closing(sqlite3.connect(world.database)) as other:
        other.execute("UPDATE provider SET name = ?", (before,))
        other.commit()


@pytest.mark.expects_log("can be (read or )?recorded|not record|can't be read")
@pytest.mark.parametrize(
    "happens",
    [
        pytest.param(full, marks=needs_root),
        pytest.param(read_only_file_system, marks=needs_root),
        locked,
        one_row_spoilt,
        name_that_is_no_text,
    ],
)
def test_that_a_window_that_is_started_there_ends_what_is_due(
    world: World, happens: Callable[[World], ExitStack], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    qt = QApplication.instance()
    assert isinstance(qt, QApplication)
    apply_theme(qt, SchemePreference.LIGHT)
    monkeypatch.setattr(window, "make_qt", lambda _: qt)
    world.lend()
    world.clock.advance(601)
    failures: list[BaseException] = []

    def wait_and_close() -> None:
        hands = Hands(patience_seconds=30)
        try:
            hands.until(lambda: not world.has_right(), "the end")
            QApplication.exit(ExitCode.DONE)  # closing the window would ask, while its row is written
        except BaseException as error:  # noqa: BLE001 - raised below, where pytest sees it
            failures.append(error)
            QApplication.exit(99)

    with happens(world):
        QTimer.singleShot(0, wait_and_close)
        code = window.run_window(Namespace(data_dir=world.data_dir, demo=True, background=False))
    if failures:
        raise failures[0]
    assert code == ExitCode.DONE
    world.settle()
