# SPDX-License-Identifier: MIT
"""Inputs with a helper inside, and the rail."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from jit_desktop.ui.widgets import (
    BusyLine,
    DurationField,
    NavigationRail,
    PasswordField,
    PathField,
    PathKind,
    SearchField,
    Spinner,
)
from jit_desktop.ui.widgets.busy import SHOW_AFTER_MS
from jit_desktop.ui.widgets.inputs import SEARCH_DELAY_MS


class Search:
    """A search field and what it asked for."""

    def __init__(self, qtbot: QtBot) -> None:
        self.field = SearchField("Search groups")
        qtbot.addWidget(self.field)
        self.field.show()
        self.asked: list[str] = []
        self.field.search_requested.connect(self.asked.append)


@pytest.fixture
def search(qtbot: QtBot) -> Search:
    return Search(qtbot)


def test_that_a_search_is_asked_once_the_typing_pauses(search: Search, qtbot: QtBot) -> None:
    QTest.keyClicks(search.field, " server ")
    assert search.asked == []
    qtbot.waitUntil(lambda: bool(search.asked), timeout=SEARCH_DELAY_MS * 20)
    assert search.asked == ["server"]


def test_that_return_searches_at_once_and_the_same_is_not_asked_twice(search: Search) -> None:
    QTest.keyClicks(search.field, "server")
    QTest.keyClick(search.field, Qt.Key.Key_Return)
    assert search.asked == ["server"]
    QTest.keyClick(search.field, Qt.Key.Key_Return)
    assert search.asked == ["server"]


def test_that_clearing_asks_for_everything_at_once(search: Search) -> None:
    clear = search.field.findChild(QAction, "clear")
    assert isinstance(clear, QAction)
    assert not clear.isVisible()
    search.field.setText("server")
    QTest.keyClick(search.field, Qt.Key.Key_Return)
    assert clear.isVisible()
    clear.trigger()
    assert search.asked == ["server", ""]
    assert not clear.isVisible()


def test_that_escape_clears_first_and_closes_the_dialog_second(qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    field = SearchField("", dialog)
    dialog.show()
    field.setText("server")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert (field.text(), dialog.isVisible()) == ("", True)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_that_short_work_shows_nothing_and_long_work_does(qtbot: QtBot) -> None:
    window = QWidget()  # a window has a smallest width of its own on Windows
    qtbot.addWidget(window)
    spinner = Spinner(parent=window)
    window.show()
    idle = spinner.grab().toImage()
    spinner.set_busy(True)
    assert spinner.is_busy
    assert spinner.grab().toImage() == idle
    qtbot.waitUntil(lambda: spinner.grab().toImage() != idle, timeout=SHOW_AFTER_MS * 20)
    spinner.set_busy(False)
    assert spinner.grab().toImage() == idle


def test_that_the_busy_line_keeps_its_room(qtbot: QtBot) -> None:
    line = BusyLine()
    qtbot.addWidget(line)
    line.resize(200, 2)
    line.show()
    idle = line.grab().toImage()
    line.set_busy(True, at_once=True)
    assert line.height() == 2
    assert line.grab().toImage() != idle
    line.hide()
    line.show()
    assert line.grab().toImage() != idle
    line.set_busy(False)
    assert line.grab().toImage() == idle


def test_that_a_password_is_hidden_until_asked_for(qtbot: QtBot) -> None:
    field = PasswordField()
    qtbot.addWidget(field)
    toggle = field.findChild(QAction, "show-password")
    assert isinstance(toggle, QAction)
    assert field.echoMode() is QLineEdit.EchoMode.Password
    assert toggle.text() == "Show the password"
    toggle.trigger()
    assert field.echoMode() is QLineEdit.EchoMode.Normal
    assert field.is_shown
    assert toggle.text() == "Hide the password"
    field.setEnabled(False)
    assert field.echoMode() is QLineEdit.EchoMode.Password


class Chooser:
    """Stands for the file dialog."""

    def __init__(self, answer: Path | None) -> None:
        self.answer = answer
        self.asked: list[tuple[PathKind, Path]] = []

    def choose(
        self, parent: QWidget, kind: PathKind, title: str, start: Path, name_filter: str
    ) -> Path | None:
        self.asked.append((kind, start))
        return self.answer


def test_that_a_path_can_be_typed_or_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    chooser = Chooser(tmp_path / "ca.pem")
    field = PathField("CA file", PathKind.OPEN_FILE, "Certificates (*.pem)", chooser)
    qtbot.addWidget(field)
    browse = field.findChild(QPushButton, "browse")
    edit = field.findChild(QLineEdit, "path")
    assert isinstance(browse, QPushButton)
    assert isinstance(edit, QLineEdit)
    heard: list[str] = []
    field.path_changed.connect(heard.append)
    edit.setText(f" {tmp_path} ")
    assert field.path() == str(tmp_path)
    browse.click()
    assert chooser.asked == [(PathKind.OPEN_FILE, tmp_path)]
    assert field.path() == heard[-1] == str(tmp_path / "ca.pem")
    chooser.answer = None
    browse.click()
    assert field.path() == str(tmp_path / "ca.pem")


def test_that_a_duration_can_be_typed_in_words(qtbot: QtBot) -> None:
    field = DurationField(3600)
    qtbot.addWidget(field)
    field.show()
    heard: list[object] = []
    field.duration_changed.connect(heard.append)
    assert field.text() == "1 h"
    field.selectAll()
    QTest.keyClicks(field, "90")
    assert heard[-1] == field.duration_seconds() == 5400
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == "1 h 30 min"
    field.selectAll()
    QTest.keyClicks(field, "soon")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == "soon"
    assert field.duration_seconds() is heard[-1] is None


class Rail:
    """A rail with three places, and what it said."""

    def __init__(self, qtbot: QtBot) -> None:
        self.rail = NavigationRail()
        qtbot.addWidget(self.rail)
        self.said: list[str] = []
        self.rail.current_changed.connect(self.said.append)
        self.rail.add_place("elevations", "elevations", "Elevations")
        self.rail.add_place("settings", "settings", "Settings", at_bottom=True)
        self.rail.add_place("history", "history", "History")
        self.rail.show()


@pytest.fixture
def places(qtbot: QtBot) -> Rail:
    return Rail(qtbot)


def test_that_the_first_place_is_current(places: Rail) -> None:
    assert places.rail.current() == "elevations"
    assert places.said == ["elevations"]


def test_that_up_and_down_go_through_the_places_as_they_stand(places: Rail, qtbot: QtBot) -> None:
    first = places.rail.findChild(QWidget, "nav-elevations")
    assert isinstance(first, QWidget)
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    for key in (
        Qt.Key.Key_Down,
        Qt.Key.Key_Down,
        Qt.Key.Key_Down,
        Qt.Key.Key_Up,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
    ):
        focused = places.rail.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, key)
    assert places.said == ["elevations", "history", "settings", "history", "elevations", "settings"]


def test_that_a_click_makes_a_place_current_and_only_that(places: Rail) -> None:
    history = places.rail.findChild(QWidget, "nav-history")
    assert isinstance(history, QWidget)
    QTest.mouseClick(history, Qt.MouseButton.LeftButton)
    QTest.mouseClick(history, Qt.MouseButton.LeftButton)
    assert places.said == ["elevations", "history"]
    places.rail.set_current("elevations")
    assert places.rail.current() == "elevations"


def test_that_a_badge_is_seen_and_spoken(places: Rail) -> None:
    button = places.rail.findChild(QWidget, "nav-elevations")
    assert isinstance(button, QWidget)
    before = button.grab().toImage()
    places.rail.set_badge("elevations", "2", "2 elevations are overdue")
    assert button.grab().toImage() != before
    assert button.accessibleDescription() == "2 elevations are overdue"
    places.rail.set_badge("elevations", "")
    assert button.grab().toImage() == before
