# SPDX-License-Identifier: MIT
"""The tree fetches a level when it opens, shows how that went, and lets nothing jump."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QTreeView
from pytestqt.qtbot import QtBot

from jit_desktop.elevation.ports import DirectoryEntry, EntryKind
from jit_desktop.ui.pickers.choice import Choice
from jit_desktop.ui.pickers.tree_model import BATCH_ROWS, DirectoryTreeModel, LevelRequest, LevelState
from tests.ui.pickers.directory_fakes import BASE, INFO, group, ou

GROUPS = frozenset({EntryKind.GROUP})
VAULTS = ou("Vaults")
INTERNAL = ou("Internal", VAULTS.dn)
LEVELS: dict[str, Sequence[DirectoryEntry]] = {
    BASE: [VAULTS, ou("Empty"), group("Helpdesk")],
    VAULTS.dn: [INTERNAL, group("Operators", VAULTS.dn)],
    INTERNAL.dn: [group("Admins", INTERNAL.dn)],
}


class Asked:
    """Keeps what the model asked for, to be answered when the test says."""

    def __init__(self, model: DirectoryTreeModel) -> None:
        self.model = model
        self.requests: list[LevelRequest] = []
        model.level_wanted.connect(self.requests.append)

    def answer(self, entries: Sequence[DirectoryEntry] | None = None) -> None:
        """Answer the oldest question."""
        request = self.requests.pop(0)
        self.model.accept_level(request, LEVELS.get(request.dn, []) if entries is None else entries)

    def answer_all(self) -> None:
        """Answer until nothing is asked any more."""
        while self.requests:
            self.answer()


@pytest.fixture
def choice(qapp: object) -> Choice:
    return Choice(GROUPS)


@pytest.fixture
def model(choice: Choice) -> DirectoryTreeModel:
    return DirectoryTreeModel(choice)


@pytest.fixture
def asked(model: DirectoryTreeModel) -> Asked:
    return Asked(model)


def names(model: DirectoryTreeModel, parent: QModelIndex) -> list[object]:
    return [model.index(row, 0, parent).data() for row in range(model.rowCount(parent))]


def opened(model: DirectoryTreeModel, asked: Asked) -> QModelIndex:
    domain = model.set_domain(INFO)
    model.fetchMore(domain)
    asked.answer()
    return domain


def test_that_a_model_tester_finds_no_fault_in_any_state(model: DirectoryTreeModel, asked: Asked) -> None:
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    domain = model.set_domain(INFO)
    model.fetchMore(domain)
    asked.answer_all()
    model.retry(domain)
    model.accept_failure(LevelRequest(BASE, 999, 1), "nobody asked")
    assert names(model, domain) == ["Vaults", "Empty", "Helpdesk"]
    assert tester.model() is model


def test_that_nothing_is_asked_before_a_level_is_opened(model: DirectoryTreeModel, asked: Asked) -> None:
    domain = model.set_domain(INFO)
    assert model.hasChildren(domain)
    assert asked.requests == []
    model.fetchMore(domain)
    assert [request.dn for request in asked.requests] == [BASE]


def test_that_a_level_says_that_it_is_loading_until_its_entries_come(
    qtbot: QtBot, model: DirectoryTreeModel, asked: Asked
) -> None:
    domain = model.set_domain(INFO)
    model.fetchMore(domain)
    assert model.state(domain) is LevelState.LOADING
    assert names(model, domain) == [], "a level that answers at once must not flicker"
    qtbot.waitUntil(lambda: names(model, domain) == ["Loading…"])
    asked.answer()
    assert model.state(domain) is LevelState.LOADED
    assert names(model, domain) == ["Vaults", "Empty", "Helpdesk"]


def test_that_a_level_is_asked_for_once_while_it_loads(model: DirectoryTreeModel, asked: Asked) -> None:
    domain = model.set_domain(INFO)
    model.fetchMore(domain)
    model.fetchMore(domain)
    assert len(asked.requests) == 1


def test_that_an_empty_level_says_so(model: DirectoryTreeModel, asked: Asked) -> None:
    domain = opened(model, asked)
    empty = model.index(1, 0, domain)
    model.fetchMore(empty)
    asked.answer([])
    assert names(model, empty) == ["Nothing to choose from in here"]
    assert not model.canFetchMore(empty)


def test_that_a_failed_level_says_so_and_can_be_tried_again(model: DirectoryTreeModel, asked: Asked) -> None:
    domain = model.set_domain(INFO)
    model.fetchMore(domain)
    model.accept_failure(asked.requests.pop(), "The server went away.")
    note = model.index(0, 0, domain)
    assert "try again" in str(note.data())
    assert "The server went away." in str(note.data(Qt.ItemDataRole.ToolTipRole))
    assert note.flags() & Qt.ItemFlag.ItemIsSelectable
    assert not model.canFetchMore(domain), "a view must not ask again by itself"
    model.retry(note)
    assert names(model, domain) == ["Loading…"]
    asked.answer()
    assert names(model, domain) == ["Vaults", "Empty", "Helpdesk"]


def test_that_an_answer_to_an_older_question_is_dropped(model: DirectoryTreeModel, asked: Asked) -> None:
    domain = model.set_domain(INFO)
    model.fetchMore(domain)
    first = asked.requests.pop()
    model.accept_failure(first, "")
    model.retry(domain)
    model.accept_level(first, [group("Late")])
    assert model.state(domain) is LevelState.LOADING
    asked.answer()
    model.accept_level(first, [group("Late")])
    assert names(model, domain) == ["Vaults", "Empty", "Helpdesk"]


def test_that_rows_keep_their_identity_when_another_level_arrives(
    model: DirectoryTreeModel, asked: Asked
) -> None:
    domain = opened(model, asked)
    helpdesk = QPersistentModelIndex(model.index(2, 0, domain))
    model.fetchMore(model.index(0, 0, domain))
    asked.answer()
    assert helpdesk.data() == "Helpdesk"
    assert helpdesk.row() == 2


def test_that_expansion_and_selection_survive_what_arrives(
    qtbot: QtBot, model: DirectoryTreeModel, asked: Asked
) -> None:
    view = QTreeView()
    qtbot.addWidget(view)
    view.setModel(model)
    view.show()
    domain = model.set_domain(INFO)
    view.doItemsLayout()
    view.expand(domain)
    asked.answer()
    view.doItemsLayout()
    view.setCurrentIndex(model.index(2, 0, domain))
    view.expand(model.index(0, 0, domain))
    asked.answer()
    assert view.isExpanded(domain)
    assert view.isExpanded(model.index(0, 0, domain))
    assert view.currentIndex().data() == "Helpdesk"


def test_that_a_hundred_thousand_groups_become_rows_in_batches(
    qtbot: QtBot, model: DirectoryTreeModel, asked: Asked
) -> None:
    view = QTreeView()
    qtbot.addWidget(view)
    view.setUniformRowHeights(True)
    view.setModel(model)
    view.resize(400, 300)
    view.show()
    domain = model.set_domain(INFO)
    view.doItemsLayout()
    view.expand(domain)
    many = [group(f"Group {number:06}") for number in range(100_000)]
    started = time.perf_counter()
    asked.answer(many)
    view.viewport().repaint()
    took = time.perf_counter() - started
    assert model.rowCount(domain) == BATCH_ROWS
    assert model.has_more(domain)
    assert took < 0.5, f"the first batch took {took:.3f} s"
    model.show_more(domain)
    assert model.rowCount(domain) == 2 * BATCH_ROWS
    assert model.index(BATCH_ROWS, 0, domain).data() == f"Group {BATCH_ROWS:06}"


def test_that_a_place_is_revealed_level_by_level(
    qtbot: QtBot, model: DirectoryTreeModel, asked: Asked
) -> None:
    model.set_domain(INFO)
    with qtbot.waitSignal(model.revealed) as revealed:
        model.reveal(INTERNAL.dn)
        asked.answer_all()
    assert revealed.args is not None
    assert model.entry(revealed.args[0]) == INTERNAL


def test_that_a_place_that_is_gone_reveals_the_nearest_folder_that_is_left(
    qtbot: QtBot, model: DirectoryTreeModel, asked: Asked
) -> None:
    model.set_domain(INFO)
    with qtbot.waitSignal(model.revealed) as revealed:
        model.reveal(ou("Deleted since", VAULTS.dn).dn)
        asked.answer_all()
    assert revealed.args is not None
    assert model.entry(revealed.args[0]) == VAULTS


def test_that_a_tick_in_the_tree_is_the_choice(
    model: DirectoryTreeModel, asked: Asked, choice: Choice
) -> None:
    domain = opened(model, asked)
    helpdesk = model.index(2, 0, domain)
    assert model.setData(helpdesk, Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert [entry.name for entry in choice.entries] == ["Helpdesk"]
    assert helpdesk.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    choice.discard(group("Helpdesk").guid)
    assert helpdesk.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked


def test_that_what_was_chosen_before_is_ticked_and_stays_so(qapp: object) -> None:
    choice = Choice(GROUPS, taken=[group("Helpdesk").guid])
    model = DirectoryTreeModel(choice)
    asked = Asked(model)
    helpdesk = model.index(2, 0, opened(model, asked))
    assert helpdesk.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    assert ", in the list" in str(helpdesk.siblingAtColumn(1).data())
    assert not helpdesk.flags() & Qt.ItemFlag.ItemIsEnabled
    assert not model.setData(helpdesk, Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)


def test_that_a_distribution_group_cannot_be_ticked_and_says_why(
    model: DirectoryTreeModel, asked: Asked
) -> None:
    domain = model.set_domain(INFO)
    model.fetchMore(domain)
    asked.answer([group("Newsletter", security_enabled=False)])
    newsletter = model.index(0, 0, domain)
    assert not model.setData(newsletter, Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert "gives no rights" in str(newsletter.data(Qt.ItemDataRole.ToolTipRole))


def test_that_a_protected_group_is_marked_in_word_and_icon(model: DirectoryTreeModel, asked: Asked) -> None:
    domain = model.set_domain(INFO)
    model.fetchMore(domain)
    asked.answer([group("Domain Admins", protected=True)])
    kind = model.index(0, 1, domain)
    assert kind.data() == "Global group, protected"
    assert not kind.data(Qt.ItemDataRole.DecorationRole).isNull()
    assert "AdminSDHolder" in str(kind.data(Qt.ItemDataRole.ToolTipRole))


def test_that_markup_in_a_name_is_shown_as_it_is(model: DirectoryTreeModel, asked: Asked) -> None:
    domain = model.set_domain(INFO)
    model.fetchMore(domain)
    asked.answer([group("<b>Bold</b>\nline")])
    bold = model.index(0, 0, domain)
    assert bold.data() == "<b>Bold</b>␣line"
    assert "<b" not in str(bold.data(Qt.ItemDataRole.ToolTipRole))
    assert "&lt;b" in str(bold.data(Qt.ItemDataRole.ToolTipRole))
