# SPDX-License-Identifier: MIT
"""Groups, accounts and a place are picked by tree, by search, by mouse and by keyboard alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListWidget, QPushButton, QTreeView
from pytestqt.qtbot import QtBot

from jit_desktop.directory.demo import DemoConnector, Fault, FaultPlan, Operation, demo_provider
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import DirectoryEntry, EntryKind
from jit_desktop.ui.bridge import Workers
from jit_desktop.ui.pickers.picker import Picker
from jit_desktop.ui.pickers.purpose import Purpose
from jit_desktop.ui.pickers.tree_model import BATCH_ROWS
from jit_desktop.ui.widgets import ElidedLabel, EmptyState
from tests.ui.pickers.conftest import PickerDriver
from tests.ui.pickers.directory_fakes import group

ADMINS = "Remote Desktop Manager Admins"
SERVICE_DESK = "Remote Desktop Manager Service Desk"
INTERNAL = ("Domain Groups", "Vaults", "Internal")


def tick(qtbot: QtBot, view: QTreeView, index: QModelIndex) -> None:
    """Tick a row with the keyboard."""
    view.setFocus()
    view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    QTest.keyClick(view, Qt.Key.Key_Space)


def test_that_groups_are_picked_from_tree_and_search_at_once(qtbot: QtBot, picker: PickerDriver) -> None:
    picker.open(Purpose.GROUPS)
    location = picker.row("Domain Groups")
    picker.tree.expand(location)
    QTest.keyClicks(picker.search, "Remote Desktop Manager")
    tick(qtbot, picker.results, picker.found(ADMINS))
    tick(qtbot, picker.results, picker.found(SERVICE_DESK))
    assert picker.accept.text() == "Add 2 groups"
    QTest.mouseClick(picker.accept, Qt.MouseButton.LeftButton)
    assert [entry.name for entry in picker.picked[0]] == [ADMINS, SERVICE_DESK]


def test_that_groups_are_picked_with_the_keyboard_alone(qtbot: QtBot, picker: PickerDriver) -> None:
    picker.open(Purpose.GROUPS)
    qtbot.waitUntil(picker.search.hasFocus)
    QTest.keyClicks(picker.search, ADMINS)
    QTest.keyClick(picker.search, Qt.Key.Key_Return)
    picker.found(ADMINS)
    QTest.keyClick(picker.search, Qt.Key.Key_Down)
    assert picker.results.hasFocus()
    assert picker.results.currentIndex().data() == ADMINS
    QTest.keyClick(picker.results, Qt.Key.Key_Space)
    QTest.keyClick(picker.results, Qt.Key.Key_Return)
    assert [entry.name for entry in picker.picked[0]] == [ADMINS]


def test_that_enter_in_the_search_field_searches_and_does_not_end_the_picker(
    qtbot: QtBot, picker: PickerDriver
) -> None:
    picker.open(Purpose.GROUPS)
    qtbot.waitUntil(picker.search.hasFocus)
    QTest.keyClicks(picker.search, ADMINS)
    tick(qtbot, picker.results, picker.found(ADMINS))
    picker.search.setFocus()
    picker.search.setText(SERVICE_DESK)
    QTest.keyClick(picker.search, Qt.Key.Key_Return)
    assert picker.found(SERVICE_DESK).isValid()
    assert picker.dialog.isVisible()


def test_that_nothing_can_be_added_before_something_is_ticked(picker: PickerDriver) -> None:
    picker.open(Purpose.GROUPS)
    picker.row()
    assert not picker.accept.isEnabled()


def test_that_the_result_says_where_each_entry_lies(qtbot: QtBot, picker: PickerDriver) -> None:
    picker.open(Purpose.GROUPS)
    picker.row()
    QTest.keyClicks(picker.search, "Domain Admins")
    row = picker.found("Domain Admins")
    assert row.siblingAtColumn(1).data() == "Global group, protected"
    assert row.siblingAtColumn(2).data() == "Users"


def test_that_clearing_the_search_shows_the_tree_as_it_was(qtbot: QtBot, picker: PickerDriver) -> None:
    picker.open(Purpose.GROUPS)
    folder = picker.row("Domain Groups")
    picker.tree.expand(folder)
    picker.row("Domain Groups", "Vaults")
    picker.tree.setCurrentIndex(folder)
    QTest.keyClicks(picker.search, "Domain Admins")
    picker.found("Domain Admins")
    QTest.keyClick(picker.search, Qt.Key.Key_Escape)
    assert picker.tree.isVisible()
    assert picker.tree.isExpanded(folder)
    assert picker.tree.currentIndex() == folder
    assert picker.dialog.isVisible()


def test_that_a_search_without_result_says_so(qtbot: QtBot, picker: PickerDriver) -> None:
    picker.open(Purpose.GROUPS)
    picker.row()
    QTest.keyClicks(picker.search, "zzz<b>")
    nothing = picker.find(EmptyState, "picker.nothing")
    qtbot.waitUntil(nothing.isVisible)
    assert "Nothing is called “zzz<b>”" in nothing.accessibleName()


def test_that_what_is_ticked_can_be_unticked_in_the_list_beside(qtbot: QtBot, picker: PickerDriver) -> None:
    picker.open(Purpose.GROUPS)
    picker.row()
    QTest.keyClicks(picker.search, "Remote Desktop Manager")
    tick(qtbot, picker.results, picker.found(ADMINS))
    chosen = picker.find(QListWidget, "picker.chosen")
    assert [chosen.item(row).text() for row in range(chosen.count())] == [ADMINS]
    chosen.setCurrentRow(0)
    QTest.keyClick(chosen, Qt.Key.Key_Delete)
    assert chosen.count() == 0
    assert picker.found(ADMINS).data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked
    assert not picker.accept.isEnabled()


def test_that_what_was_chosen_before_is_marked(qtbot: QtBot, picker: PickerDriver) -> None:
    taken = demo_provider().jit.privileges[0].group
    picker.open(Purpose.GROUPS, taken=(taken.guid,))
    picker.row()
    QTest.keyClicks(picker.search, taken.name)
    row = picker.found(taken.name)
    assert row.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    assert ", in the list" in row.siblingAtColumn(1).data()


def test_that_an_account_is_picked_and_users_only_are_offered(qtbot: QtBot, picker: PickerDriver) -> None:
    picker.open(Purpose.ACCOUNTS)
    picker.row()
    QTest.keyClicks(picker.search, "_backupoperator15")
    qtbot.waitUntil(lambda: picker.results.model().rowCount() == 1)
    row = picker.results.model().index(0, 0)
    assert picker.entry(row).kind is EntryKind.ACCOUNT
    tick(qtbot, picker.results, row)
    QTest.mouseClick(picker.accept, Qt.MouseButton.LeftButton)
    assert picker.picked[0][0].logon_name == "_backupoperator15"


def test_that_a_place_is_chosen_by_opening_the_tree(qtbot: QtBot, picker: PickerDriver) -> None:
    picker.open(Purpose.LOCATION)
    picker.tree.setCurrentIndex(picker.row(*INTERNAL))
    assert picker.find(ElidedLabel, "picker.state").text() == r"Domain Groups\Vaults\Internal"
    QTest.mouseClick(picker.accept, Qt.MouseButton.LeftButton)
    assert picker.picked[0][0].name == "Internal"


def test_that_the_domain_itself_is_no_place(picker: PickerDriver) -> None:
    picker.open(Purpose.LOCATION)
    picker.tree.setCurrentIndex(picker.row())
    assert not picker.accept.isEnabled()


def test_that_the_browser_opens_at_the_present_place(qtbot: QtBot, picker: PickerDriver) -> None:
    present = demo_provider().jit.location
    picker.open(Purpose.LOCATION, present=present)
    qtbot.waitUntil(lambda: picker.tree.currentIndex().data() == "Internal")
    assert picker.accept.isEnabled()


def test_that_a_failed_connection_shows_in_the_place_of_the_tree_and_is_tried_again(
    qtbot: QtBot, picker: PickerDriver, faults: FaultPlan
) -> None:
    faults.fail_next(Fault.UNAVAILABLE, Operation.CONNECT)
    picker.open(Purpose.GROUPS)
    failure = picker.find(EmptyState, "picker.failure")
    qtbot.waitUntil(failure.isVisible)
    assert "does not answer" in failure.accessibleName()
    assert "Check that the domain controller runs" in failure.accessibleName()
    again = failure.findChild(QPushButton, "empty-action")
    assert again is not None
    QTest.mouseClick(again, Qt.MouseButton.LeftButton)
    assert picker.row("Domain Groups").isValid()


def test_that_what_was_typed_before_the_connection_stood_is_looked_for(
    qtbot: QtBot, picker: PickerDriver
) -> None:
    picker.open(Purpose.GROUPS)
    picker.search.setText(ADMINS)
    QTest.keyClick(picker.search, Qt.Key.Key_Return)
    assert picker.found(ADMINS).isValid()


def test_that_a_level_that_failed_is_tried_again_with_enter_over_a_new_connection(
    qtbot: QtBot, picker: PickerDriver, faults: FaultPlan
) -> None:
    picker.open(Purpose.GROUPS)
    folder = picker.row("Domain Groups")
    faults.fail_next(Fault.UNAVAILABLE, Operation.CHILDREN)
    picker.tree.expand(folder)
    model = picker.tree.model()
    qtbot.waitUntil(lambda: "try again" in str(model.index(0, 0, folder).data()))
    picker.tree.setFocus()
    picker.tree.setCurrentIndex(model.index(0, 0, folder))
    QTest.keyClick(picker.tree, Qt.Key.Key_Return)
    assert picker.row("Domain Groups", "Vaults").isValid()
    assert picker.dialog.isVisible()
    assert len(picker.connections) == 2


def test_that_a_failed_search_says_why_and_is_tried_again(
    qtbot: QtBot, picker: PickerDriver, faults: FaultPlan
) -> None:
    picker.open(Purpose.GROUPS)
    picker.row()
    faults.fail_next(Fault.ACCESS_DENIED, Operation.SEARCH)
    QTest.keyClicks(picker.search, ADMINS)
    failure = picker.find(EmptyState, "picker.failure")
    qtbot.waitUntil(failure.isVisible)
    assert "access denied" in failure.accessibleName()
    again = failure.findChild(QPushButton, "empty-action")
    assert again is not None
    QTest.mouseClick(again, Qt.MouseButton.LeftButton)
    assert picker.found(ADMINS).isValid()


def test_that_closing_breaks_off_what_hangs_and_closes_the_connection(
    qtbot: QtBot, picker: PickerDriver, faults: FaultPlan, workers: Workers
) -> None:
    picker.open(Purpose.GROUPS)
    folder = picker.row("Domain Groups")
    faults.fail_next(Fault.HANG, Operation.CHILDREN)
    picker.tree.expand(folder)
    worker = workers["browse"]
    qtbot.waitUntil(lambda: worker.is_busy)
    picker.dialog.reject()
    qtbot.waitUntil(lambda: not worker.is_busy)
    assert picker.picked == []


class ManyGroups:
    """A directory whose top level holds more than anybody wants to see."""

    def __init__(self, inner: object, count: int) -> None:
        self._inner = inner
        self._many = [group(f"Group {number:06}") for number in range(count)]

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def children(
        self, parent: DistinguishedName, kinds: frozenset[EntryKind], *, limit: int = 0
    ) -> Sequence[DirectoryEntry]:
        return self._many


def test_that_the_next_batch_comes_when_the_last_row_comes_into_sight(
    qtbot: QtBot, connector: DemoConnector, workers: Workers
) -> None:
    connection = connector.connect(demo_provider().connection)
    many = ManyGroups(connection, 100_000)
    dialog = Picker(Purpose.GROUPS, workers["browse"], lambda: many)  # type: ignore[arg-type,return-value]
    dialog.open()
    tree = dialog.findChild(QTreeView, "picker.tree")
    assert tree is not None
    model = tree.model()
    qtbot.waitUntil(lambda: model.rowCount(model.index(0, 0)) == BATCH_ROWS)
    tree.verticalScrollBar().setValue(tree.verticalScrollBar().maximum())
    assert model.rowCount(model.index(0, 0)) == 2 * BATCH_ROWS
    tree.verticalScrollBar().setValue(tree.verticalScrollBar().maximum())
    assert model.rowCount(model.index(0, 0)) == 3 * BATCH_ROWS
    dialog.reject()


def test_that_what_arrives_above_does_not_push_down_what_is_looked_at(
    qtbot: QtBot, picker: PickerDriver, faults: FaultPlan
) -> None:
    picker.open(Purpose.GROUPS)
    first = picker.row("Domain Groups")
    picker.tree.expand(picker.row("Users"))
    picker.row("Users", "Domain Admins")
    picker.dialog.resize(picker.dialog.width(), 380)
    bar = picker.tree.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 200)
    picker.tree.expand(first)
    bar.setValue(200)
    top = picker.tree.indexAt(QPoint(40, 2))
    before = picker.tree.visualRect(top).top()
    picker.row("Domain Groups", "Vaults")
    assert picker.tree.visualRect(top).top() == before


@pytest.mark.parametrize("purpose", list(Purpose))
def test_that_every_input_has_a_name_for_a_screen_reader(picker: PickerDriver, purpose: Purpose) -> None:
    picker.open(purpose)
    picker.row()
    for view in (picker.search, picker.tree, picker.results):
        assert view.accessibleName()


@pytest.mark.parametrize("width", [640, 900, 1160])
def test_that_the_name_keeps_the_most_room(picker: PickerDriver, width: int) -> None:
    picker.open(Purpose.GROUPS)
    QTest.keyClicks(picker.search, "remote")
    picker.found("Remote Desktop Manager Admins")
    picker.dialog.resize(width, 640)
    QApplication.processEvents()
    for view in (picker.tree, picker.results):
        widths = [view.columnWidth(column) for column in range(view.model().columnCount())]
        assert widths[0] == max(widths)
        assert sum(widths) <= view.viewport().width()
