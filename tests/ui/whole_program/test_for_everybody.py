# SPDX-License-Identifier: MIT
"""Every window can be used without eyes and without a mouse, and shows text of the directory as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabWidget,
    QWidget,
)

from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.tour.hands import Hands, column_count
from jit_desktop.ui.shell import Shell
from tests.ui.main_window.world import World
from tests.ui.whole_program.conftest import LOGON_NAME, STRANGE, live_in, walk_through

INPUTS = (QLineEdit, QPlainTextEdit, QAbstractSpinBox, QComboBox, QAbstractButton, QAbstractItemView)
Open = Callable[[World], Shell]


@pytest.fixture
def lived_in(world: World, open_shell: Open) -> World:
    """One elevation has ended, another is active."""
    live_in(world)
    open_shell(world)
    return world


def visible_widgets() -> Iterator[QWidget]:
    for window in QApplication.topLevelWidgets():
        if window.isVisible():
            yield from (w for w in (window, *window.findChildren(QWidget)) if w.isVisible())


def is_part_of_another(widget: QWidget) -> bool:
    """What Qt puts into its own widgets: their owner has the name."""
    parent = widget.parentWidget()
    is_inner_field = isinstance(parent, QComboBox | QAbstractSpinBox | QLineEdit)
    return is_inner_field or isinstance(widget, QHeaderView) or widget.objectName().startswith("qt_")


def spoken_name(widget: QWidget) -> str:
    """What a screen reader says: the accessible name, the words on a button, or those of its label."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip()


def test_that_every_input_of_every_window_says_what_it_is_for(lived_in: World) -> None:
    nameless: set[str] = set()
    looked_at: set[str] = set()
    for place in walk_through(lived_in):
        for widget in visible_widgets():
            if isinstance(widget, INPUTS) and not is_part_of_another(widget):
                looked_at.add(place)
                if not spoken_name(widget):
                    nameless.add(f"{place}: {widget.objectName() or type(widget).__name__}")
    assert nameless == set()
    assert len(looked_at) == 17


def test_that_text_of_the_directory_is_nowhere_taken_for_markup(lived_in: World) -> None:
    read_as_markup: set[str] = set()
    seen: set[str] = set()
    for place in walk_through(lived_in):
        for widget in visible_widgets():
            where = f"{place}: {widget.objectName() or type(widget).__name__}"
            texts = [widget.toolTip()]
            if isinstance(widget, QLabel):
                seen |= {text for text in STRANGE if text in widget.text()}
                if widget.textFormat() is not Qt.TextFormat.PlainText:
                    texts.append(widget.text())
            if isinstance(widget, QAbstractItemView) and widget.model() is not None:
                texts += tool_tips(widget.model())
            if any(strange in text for text in texts for strange in STRANGE):
                read_as_markup.add(where)
    assert read_as_markup == set()
    assert seen == set(STRANGE)


def tool_tips(model: QAbstractItemModel) -> Iterable[str]:
    parents = [QModelIndex()]
    while parents:
        parent = parents.pop()
        for row in range(model.rowCount(parent)):
            first = model.index(row, 0, parent)
            parents.append(first)
            for column in range(column_count(model, parent)):
                yield str(first.siblingAtColumn(column).data(Qt.ItemDataRole.ToolTipRole) or "")


# --- by keyboard alone --------------------------------------------------------------------------------------


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key wherever the focus is."""
    target = QApplication.focusWidget() or QApplication.activeWindow()
    assert target is not None, "nothing has the focus"
    QTest.keyClick(target, key, modifier)
    Hands().pause()


def focused() -> str:
    """The object name of what has the focus, or of the named widget around it."""
    widget = QApplication.focusWidget()
    while widget is not None and (not widget.objectName() or widget.objectName().startswith("qt_")):
        widget = widget.parentWidget()
    return widget.objectName() if widget is not None else ""


def places_of_tab(stop: str) -> list[str]:
    """Where Tab leads to until it comes to ``stop``."""
    places = [focused()]
    while focused() != stop:
        press(Qt.Key.Key_Tab)
        if focused() != places[-1]:  # within a date Tab goes from part to part
            assert focused() not in places, f"{places} and then {focused()} again, never {stop}"
            places.append(focused())
    return places


def test_that_an_account_is_checked_out_by_keyboard_alone(world: World, open_shell: Open) -> None:
    hands = Hands(patience_seconds=20)
    open_shell(world)
    press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    hands.find(QWidget, "checkout")
    assert focused() == "checkout.account"
    press(Qt.Key.Key_Down)
    places = places_of_tab("checkout.reason")
    assert places == [
        "checkout.account",
        "checkout.privilege_search",
        "checkout.privileges",
        *(f"preset-{minutes * 60}" for minutes in (1, 5, 15, 30, 60, 120, 240, 480)),
        "duration-for",
        "duration-hours",
        "duration-minutes",
        "duration-end",
        "checkout.reason",
    ]
    while focused() != "checkout.privileges":
        press(Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    press(Qt.Key.Key_Space)
    press(Qt.Key.Key_Return)
    world.settle()
    (elevation,) = world.store.open_elevations()
    assert elevation.state is State.PROPAGATING
    press(Qt.Key.Key_Escape)
    hands.until(lambda: hands.is_gone("checkout"), "the window to close")


def test_that_an_account_is_checked_in_by_keyboard_alone(lived_in: World) -> None:
    hands = Hands(patience_seconds=20)
    assert focused() == "elevations.table"
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    hands.find(QWidget, "decision")
    press(Qt.Key.Key_Escape)
    hands.until(lambda: hands.is_gone("decision"), "the question to go")
    hands.find(QWidget, "main_window").activateWindow()  # offscreen nobody else does
    hands.pause()
    assert focused() == "elevations.table"
    press(Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    hands.find(QWidget, "decision")
    press(Qt.Key.Key_Return)
    for _ in range(20):
        lived_in.settle()
        if not lived_in.store.open_elevations():
            break
        lived_in.clock.pass_seconds(3)
        lived_in.service.tick(lived_in.nobody)
    assert lived_in.store.history()[0].end_reason is EndReason.CHECK_IN


@pytest.mark.parametrize(
    ("key", "window"),
    [
        (Qt.Key.Key_N, "checkout"),
        (Qt.Key.Key_E, "extend"),
        (Qt.Key.Key_I, "decision"),
        (Qt.Key.Key_Comma, "settings"),
    ],
)
def test_that_escape_leaves_every_window_that_a_key_opens(lived_in: World, key: Qt.Key, window: str) -> None:
    hands = Hands(patience_seconds=20)
    hands.select("elevations.table", LOGON_NAME)
    press(key, Qt.KeyboardModifier.ControlModifier)
    hands.find(QWidget, window)
    lived_in.settle()
    press(Qt.Key.Key_Escape)
    hands.until(lambda: hands.is_gone(window), f"{window} to close")
    assert len(lived_in.store.open_elevations()) == 1


def test_that_tab_comes_to_every_input_of_the_privileges_page(lived_in: World) -> None:
    hands = Hands(patience_seconds=20)
    press(Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    tabs = hands.find(QTabWidget, "settings.tabs")
    tabs.setCurrentIndex(1)
    hands.click("settings.privilege-sets-enabled")
    tabs.tabBar().setFocus()
    places = places_of_tab("settings.replication-mode")
    assert {"settings.privileges", "settings.sets", "settings.location", "settings.group-prefix"} <= set(
        places
    )
    hands.click("settings.cancel")


def test_that_settings_right_after_the_first_start_are_not_the_first_start_again(
    bare_world: World, open_shell: Open
) -> None:
    hands = Hands(patience_seconds=20)
    shell = open_shell(bare_world)
    hands.click("empty-action")
    shell_reads = shell.desk.heartbeat.tick_now
    shell.desk.heartbeat.tick_now = lambda: None  # type: ignore[method-assign]  # it is busy just then
    hands.click("first-start.demo")
    hands.until(lambda: hands.is_gone("first-start"), "the assistant to close")
    hands.click("nav-settings")
    hands.find(QWidget, "settings")
    assert hands.is_gone("first-start")
    hands.click("settings.cancel")
    shell_reads()
    bare_world.settle()
