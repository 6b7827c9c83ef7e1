# SPDX-License-Identifier: MIT
"""Words in their place: labels, fields, banners, pills, empty places."""

from __future__ import annotations

from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from jit_desktop.ui.theme import Token, theme
from jit_desktop.ui.widgets import (
    Banner,
    ElidedLabel,
    EmptyState,
    Form,
    IconView,
    PathField,
    Severity,
    SidePane,
    StatusPill,
    plain_label,
    plain_tooltip,
)

Found = TypeVar("Found", bound=QWidget)
NASTY = "<b>Domain</b> & 'Admins' <img src='file:///nowhere'>"
LONG = "CN=Server Operators,OU=Privileged Groups,OU=Administration,DC=corp,DC=example,DC=com"


def test_that_directory_text_is_never_read_as_markup(qtbot: QtBot) -> None:
    banner, empty, pane = Banner(), EmptyState("key", NASTY, NASTY), SidePane(NASTY)
    pill = StatusPill(NASTY)
    form = Form()
    form.add_field("Name", QLineEdit()).set_problem(NASTY)
    banner.show_message(NASTY)
    for widget in (banner, empty, pane, form, pill):
        qtbot.addWidget(widget)
        labels = widget.findChildren(QLabel)
        shown = [label for label in labels if label.text() == NASTY]
        assert shown, type(widget)
        assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels)
    assert plain_label(NASTY).textFormat() is Qt.TextFormat.PlainText


def test_that_tooltips_show_markup_as_text() -> None:
    assert plain_tooltip("Server Operators") == "Server Operators"
    assert plain_tooltip(NASTY).startswith("<p>&lt;b&gt;Domain&lt;/b&gt; &amp; ")


def test_that_a_long_name_gives_way_in_the_middle_and_is_whole_in_the_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel(LONG)
    qtbot.addWidget(label)
    label.resize(200, label.sizeHint().height())
    label.show()
    assert label.is_elided()
    assert label.toolTip() == LONG
    assert label.accessibleName() == LONG
    assert label.minimumSizeHint().width() < 100
    label.resize(2000, label.height())
    assert not label.is_elided()
    assert label.toolTip() == ""


def test_that_a_new_text_gets_its_own_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel(LONG)
    qtbot.addWidget(label)
    label.resize(200, 20)
    label.show()
    label.setText("two\nlines")
    assert label.text() == "two lines"
    assert label.toolTip() == ""


def test_that_a_problem_stands_below_its_field_in_words(qtbot: QtBot) -> None:
    form = Form()
    qtbot.addWidget(form)
    edit = QLineEdit()
    field = form.add_field("&Port", edit, help_text="636 for LDAPS.", name="port")
    form.show()
    assert edit.objectName() == "port"
    assert edit.accessibleName() == "Port"
    assert field.label is not None
    assert field.label.buddy() is edit
    assert (field.problem, field.message) == (None, "636 for LDAPS.")
    icon = field.findChild(IconView)
    assert isinstance(icon, IconView)
    assert not icon.isVisible()
    with qtbot.waitSignal(field.problem_changed):
        field.set_problem("A port is a number.")
    assert field.message == "A port is a number."
    assert edit.accessibleDescription() == "A port is a number."
    assert edit.property("problem") is True
    assert icon.isVisible()
    assert icon.icon_name == "error"
    field.set_problem(None)
    assert field.message == "636 for LDAPS."
    assert not icon.isVisible()
    assert not edit.property("problem")


@pytest.mark.parametrize("help_text", ["", "636 for LDAPS."])
@pytest.mark.parametrize("stacked", [False, True])
def test_that_nothing_jumps_when_a_problem_comes(help_text: str, stacked: bool, qtbot: QtBot) -> None:
    form = Form(stacked=stacked)
    qtbot.addWidget(form)
    first = form.add_field("Host", QLineEdit(), help_text=help_text)
    below = QLineEdit()
    form.add_field("Port", below)
    form.resize(500, form.sizeHint().height())
    form.show()
    before = below.mapTo(form, below.rect().topLeft())
    first.set_problem("Nobody answers under this name.")
    QTest.qWait(0)
    assert below.mapTo(form, below.rect().topLeft()) == before


def test_that_inputs_stand_in_one_column(qtbot: QtBot) -> None:
    form = Form()
    qtbot.addWidget(form)
    edits = [QLineEdit(), QLineEdit()]
    form.add_field("A", edits[0])
    form.add_section("A heading", "And a sentence that is much longer than any label could be.")
    form.add_field("A much longer label", edits[1], optional=True)
    form.resize(600, 300)
    form.show()
    left, other = (edit.mapTo(form, edit.rect().topLeft()).x() for edit in edits)
    assert left == other > 0
    assert [field.label.text() for field in form.fields if field.label] == [
        "A",
        "A much longer label (optional)",
    ]


def test_that_the_cursor_goes_to_the_first_problem(qtbot: QtBot) -> None:
    form = Form()
    qtbot.addWidget(form)
    fields = [form.add_field(str(number), QLineEdit()) for number in range(3)]
    form.show()
    assert not form.focus_first_problem()
    fields[2].set_problem("Too late.")
    fields[1].set_problem("Too early.")
    assert form.focus_first_problem()
    assert form.first_problem() is fields[1]
    qtbot.waitUntil(fields[1].editor.hasFocus)


def test_that_a_compound_input_shows_its_problem_where_one_types(qtbot: QtBot) -> None:
    form = Form()
    qtbot.addWidget(form)
    path = PathField("CA file")
    form.add_field("&CA file", path).set_problem("There is no such file.")
    edit = path.findChild(QLineEdit)
    assert isinstance(edit, QLineEdit)
    assert edit.property("problem") is True


def test_that_a_banner_speaks_until_it_is_dismissed(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    banner = Banner(parent)
    parent.show()
    assert not banner.isVisible()
    banner.show_message("The server did not answer.", Severity.ERROR, action="Try again")
    assert banner.isVisible()
    assert banner.severity is Severity.ERROR
    assert banner.accessibleName() == "Error: The server did not answer."
    action = _named(banner, QPushButton, "banner-action")
    assert (action.isVisible(), action.text()) == (True, "Try again")
    with qtbot.waitSignal(banner.action_requested):
        QTest.mouseClick(action, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(banner.dismissed):
        QTest.mouseClick(_named(banner, QToolButton, "banner-dismiss"), Qt.MouseButton.LeftButton)
    assert not banner.isVisible()
    assert banner.text == ""


def test_that_escape_dismisses_a_banner_that_may_be_dismissed(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    banner = Banner(parent)
    parent.show()
    banner.show_message("It stays.", Severity.WARNING, dismissible=False)
    QTest.keyClick(banner, Qt.Key.Key_Escape)
    assert banner.isVisible()
    banner.show_message("It goes.", Severity.INFO)
    assert not _named(banner, QPushButton, "banner-action").isVisible()
    QTest.keyClick(banner, Qt.Key.Key_Escape)
    assert not banner.isVisible()


def test_that_an_empty_place_offers_what_comes_next(qtbot: QtBot) -> None:
    empty = EmptyState("elevations", "Nobody has privileges", "Check out an account.", action="Check out…")
    qtbot.addWidget(empty)
    empty.show()
    button = _named(empty, QPushButton, "empty-action")
    with qtbot.waitSignal(empty.action_requested):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    empty.set_words("Nothing found", "")
    empty.set_action("")
    assert not button.isVisible()
    assert empty.accessibleName().startswith("Nothing found")


@pytest.mark.parametrize("width", [260, 900])
def test_that_an_empty_place_cuts_off_nothing(width: int, qtbot: QtBot) -> None:
    sentence = "Check out an account to give it privileges for a limited time, and no longer than that. " * 2
    empty = EmptyState("elevations", "Nobody has privileges on any of the servers now", sentence)
    qtbot.addWidget(empty)
    empty.resize(width, 400)
    empty.show()
    for label in empty.findChildren(QLabel):
        assert label.height() >= label.heightForWidth(label.width()) > 0
        assert label.width() <= 420


def test_that_a_state_is_an_icon_and_a_word(qtbot: QtBot) -> None:
    pill = StatusPill("Active", Severity.SUCCESS)
    qtbot.addWidget(pill)
    pill.show()
    icon = pill.findChild(IconView)
    assert isinstance(icon, IconView)
    assert (pill.word, icon.icon_name) == ("Active", "success")
    pill.set_state("Overdue", Severity.ERROR, "overdue")
    assert (pill.word, icon.icon_name, pill.accessibleName()) == ("Overdue", "overdue", "Overdue")
    ground = pill.grab().toImage().pixelColor(pill.width() // 2, 2)
    assert ground == theme().color(Token.DANGER_SURFACE)


def test_that_the_details_pane_is_not_widened_by_a_long_name(qtbot: QtBot) -> None:
    pane = SidePane()
    qtbot.addWidget(pane)
    pane.set_title(LONG * 3, LONG)
    pane.add_section("Privileges").addWidget(ElidedLabel(LONG * 3))
    assert pane.sizeHint().width() <= 320
    pane.show()
    with qtbot.waitSignal(pane.close_requested):
        QTest.mouseClick(_named(pane, QToolButton, "close-pane"), Qt.MouseButton.LeftButton)


def _named(parent: QWidget, kind: type[Found], name: str) -> Found:
    found = parent.findChild(kind, name)
    assert isinstance(found, kind), name
    return found
