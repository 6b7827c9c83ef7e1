# SPDX-License-Identifier: MIT
"""The table of groups and accounts keeps its rows and the selection while its content changes."""

from __future__ import annotations

from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, ObjectRef
from jit_desktop.elevation.ports import DirectoryEntry, EntryKind
from jit_desktop.ui.settings.findings import Finding, Findings
from jit_desktop.ui.settings.object_table import ObjectColumn, ObjectRow, ObjectTable


def row(name: str, display_name: str = "") -> ObjectRow:
    dn = DistinguishedName(f"CN={name},OU=Groups,DC=corp,DC=example,DC=test")
    return ObjectRow(ObjectRef(ObjectGuid(f"guid of {name}"), dn, name), display_name)


def labels(table: ObjectTable) -> list[object]:
    return [table.index(number, 0).data() for number in range(table.rowCount())]


def test_that_a_model_tester_finds_no_fault_in_any_change(qapp: QApplication) -> None:
    table = ObjectTable("group-global", "Group")
    tester = QAbstractItemModelTester(table, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for names in (["a", "b", "c"], ["a", "c"], ["a", "c", "d", "e"], ["e", "a"], [], ["x"]):
        table.set_rows([row(name) for name in names])
        assert labels(table) == names
    assert tester.model() is table


def test_that_rows_keep_their_identity_when_others_come_and_go(qapp: QApplication) -> None:
    table = ObjectTable("group-global", "Group")
    table.set_rows([row("a"), row("b"), row("c")])
    kept = QPersistentModelIndex(table.index(1, 0))
    table.set_rows([row("b", "Bee"), row("c"), row("d")])
    assert kept.isValid()
    assert kept.row() == 0
    assert kept.data() == "Bee"


def test_that_an_edit_is_told_and_shown_only_when_it_comes_back(qapp: QApplication) -> None:
    table = ObjectTable("group-global", "Group")
    table.set_rows([row("a")])
    told: list[tuple[str, str]] = []
    table.renamed.connect(lambda guid, name: told.append((guid, name)))
    assert table.setData(table.index(0, ObjectColumn.DISPLAY_NAME), "Alpha")
    assert told == [("guid of a", "Alpha")]
    assert labels(table) == ["a"]


def test_that_an_object_that_is_gone_is_told_in_word_and_icon(qapp: QApplication) -> None:
    table = ObjectTable("group-global", "Group")
    table.set_rows([row("a")])
    table.set_findings(Findings({row("a").ref.guid: Finding(row("a").ref, None)}))
    place = table.index(0, ObjectColumn.PLACE)
    assert "No longer exists" in str(place.data())
    assert not place.data(Qt.ItemDataRole.DecorationRole).isNull()


def test_that_markup_in_a_name_is_shown_as_it_is(qapp: QApplication) -> None:
    table = ObjectTable("group-global", "Group")
    table.set_rows([row("<b>x</b>", "<i>y</i>")])
    tip = str(table.index(0, 0).data(Qt.ItemDataRole.ToolTipRole))
    assert "&lt;i&gt;y" in tip
    assert "<i>" not in tip


def test_that_a_protected_group_has_a_shield(qapp: QApplication) -> None:
    table = ObjectTable("group-global", "Group")
    plain, guarded = row("a"), row("b")
    table.set_rows([plain, guarded])
    found = {
        r.ref.guid: Finding(
            r.ref, DirectoryEntry(r.ref.guid, r.ref.dn, r.ref.name, EntryKind.GROUP, protected=r is guarded)
        )
        for r in (plain, guarded)
    }
    table.set_findings(Findings(found))
    names = [table.index(number, ObjectColumn.NAME) for number in (0, 1)]
    assert names[0].data(Qt.ItemDataRole.DecorationRole) is None
    assert not names[1].data(Qt.ItemDataRole.DecorationRole).isNull()
    assert names[1].data(Qt.ItemDataRole.AccessibleTextRole) == "b, protected"
    assert "AdminSDHolder" in str(names[1].data(Qt.ItemDataRole.ToolTipRole))
