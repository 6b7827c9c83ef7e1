# SPDX-License-Identifier: MIT
"""*Check now* shows what each domain controller says, the alarm first, and no old answer as a new one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QTableView, QWidget

from jit_desktop.elevation.errors import DirectoryUnavailable, PasswordNeeded
from jit_desktop.elevation.inspection import Advice, AdviceKind, ControllerTruth, Inspection, TargetTruth
from jit_desktop.elevation.lifecycle import State
from jit_desktop.ui.check_now.answers import as_text, questions, severity_of
from jit_desktop.ui.widgets import Banner, Severity
from tests.ui.main_window.inspections import DC1, DC2, DC3, PlayedExaminer, with_everything
from tests.ui.main_window.test_board import NOW, elevation
from tests.ui.main_window.world import World

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def opened(world: World) -> None:
    """Check now on an active elevation, with everything real."""
    world.lend()
    world.activate()
    world.open()
    world.select_row("elevations.table")
    world.settle()
    world.click("details.check_now")
    world.settle()


def played(world: World) -> PlayedExaminer:
    examiner = world.play_examiner()
    elevation = world.lend(privileges=2)
    examiner.inspection = with_everything(elevation, world.clock.utc_now())
    return examiner


def hosts(world: World) -> list[str]:
    model = world.find(QTableView, "check_now.table").model()
    return [str(model.headerData(c, Qt.Orientation.Horizontal)) for c in range(1, model.columnCount())]


def cell(world: World, row: int, host: str, role: int = Qt.ItemDataRole.DisplayRole) -> object:
    model = world.find(QTableView, "check_now.table").model()
    return model.index(row, hosts(world).index(host) + 1).data(role)


def banner(world: World) -> Banner:
    return world.find(Banner, "check_now.banner")


def test_that_an_active_elevation_is_good_on_every_domain_controller(world: World) -> None:
    opened(world)
    assert banner(world).severity is Severity.SUCCESS
    assert "has RDM administrators by every domain controller" in banner(world).text
    assert DC1 in hosts(world)
    assert DC2 in hosts(world)
    titles = [row[0] for row in world.cells("check_now.table")]
    assert titles == [
        "Temporary group",
        "Account in it",
        "RDM administrators",
        "Temporary group nested",
        "Token shows it",
        "Permanent through",
    ]
    assert world.cells("check_now.table")[1][1:3] == ["In it", "In it"]


def test_that_an_elevation_that_has_ended_can_be_checked_too(world: World) -> None:
    world.lend(seconds=900)
    world.activate()
    world.open()
    world.pass_seconds(1000)
    world.pass_seconds(60)
    world.window.show_place("history")
    world.settle()
    world.select_row("history.table")
    world.settle()
    world.click("details.check_now")
    world.settle()
    assert banner(world).text.startswith("Nothing of it is left")
    assert world.cells("check_now.table")[0][1] == "Not there"
    tick = world.find(QTableView, "check_now.table").model().index(0, 1).data(Qt.ItemDataRole.DecorationRole)
    assert not tick.isNull()


def test_that_each_answer_has_a_word_and_is_read_out_with_its_question_and_controller(world: World) -> None:
    played(world)
    opened_again(world)
    assert cell(world, 0, DC1) == "There, 1 h 46 min left"
    assert cell(world, 1, DC2) == "Not in it"
    assert cell(world, 0, DC3) == "No answer"
    assert cell(world, 5, DC2) == "Old <b>Admins</b>"
    assert cell(world, 4, DC2, Qt.ItemDataRole.AccessibleTextRole) == f"Token shows it, {DC2}: Not shown"
    assert cell(world, 0, DC3, Qt.ItemDataRole.ToolTipRole) == f"{DC3} did not answer in time."


def opened_again(world: World) -> None:
    world.open()
    world.select_row("elevations.table")
    world.settle()
    world.click("details.check_now")
    world.settle()


def test_that_the_alarm_stands_first_in_the_advice(world: World) -> None:
    played(world)
    opened_again(world)
    assert banner(world).severity is Severity.ERROR
    lines = world.find(QWidget, "check_now.advice").findChildren(QWidget)
    names = [line.objectName() for line in lines if line.objectName().startswith("advice-")]
    assert names == [
        "advice-not-granted",
        "advice-new-logon",
        "advice-permanent-membership",
        "advice-unreachable",
    ]


def test_that_all_of_it_can_be_copied_as_text(world: World) -> None:
    examiner = played(world)
    opened_again(world)
    world.click("check_now.copy")
    text = QGuiApplication.clipboard().text()
    assert examiner.inspection is not None
    assert text == as_text(examiner.inspection)
    for part in (
        "! dc2.corp.example.test does not show all of it",
        "- To get it, sign out",
        f"\n{DC2}\n  Temporary group: Not there\n",
        f"\n{DC3}\n  {DC3} did not answer in time.\n",
        "Permanent through: Old <b>Admins</b>",
    ):
        assert part in text


def test_that_waiting_is_shown_and_closing_drops_the_answer(world: World) -> None:
    examiner = played(world)
    examiner.gate.clear()
    world.open()
    world.select_row("elevations.table")
    world.settle()
    world.click("details.check_now")
    assert world.is_there("check_now.waiting")
    assert not world.is_there("check_now.table")
    QTest.keyClick(world.find(QWidget, "check_now"), Qt.Key.Key_Escape)
    assert not world.is_there("check_now")
    examiner.gate.set()
    world.settle()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    world.click("details.check_now")
    world.settle()
    assert world.is_there("check_now.table")
    assert len(examiner.asked) == 2


def test_that_a_failure_leaves_no_old_answer_standing(world: World) -> None:
    examiner = played(world)
    opened_again(world)
    examiner.error = DirectoryUnavailable("No domain controller answers.", remedy="Try again later.")
    world.click("check_now.again")
    world.settle()
    assert banner(world).text == "No domain controller answers. Try again later."
    assert not world.is_there("check_now.table")
    assert not world.find(QWidget, "check_now.copy").isEnabled()


def test_that_a_password_that_was_missing_lets_the_check_go_on(world: World) -> None:
    examiner = played(world)
    examiner.error = PasswordNeeded("The password is needed.")
    opened_again(world)
    world.click("banner-action", banner(world))
    assert world.is_there("password")
    examiner.error = None
    world.window.deeds._on_password_signed_in(world.provider.id)
    world.settle()
    assert world.is_there("check_now.table")
    assert world.find(QLabel, "check_now.title").text() == "_backupoperator15"


def test_that_a_second_press_asks_anew_in_the_same_window(world: World) -> None:
    examiner = played(world)
    opened_again(world)
    world.click("details.check_now")
    world.settle()
    assert len(examiner.asked) == 2
    assert len([w for w in world.window.children() if w.objectName() == "check_now"]) == 1


def test_that_a_group_that_is_only_not_shown_is_not_said_to_be_gone() -> None:
    hidden = elevation(seconds=-60)
    targets = tuple(TargetTruth(p, in_token=None) for p in hidden.privileges)
    truths = (
        ControllerTruth(DC1, targets=targets),
        ControllerTruth(DC2, targets=targets, group_gone=True),
    )
    group, account, _, nested, token, _ = questions(Inspection(hidden, NOW, truths))
    assert [c.word for c in group.cells] == ["Can't be seen", "Not there"]
    assert [c.word for c in account.cells] == ["Can't be seen", "Not in it"]
    assert [c.word for c in nested.cells] == ["Can't be seen", "Not nested"]
    assert [c.word for c in token.cells] == ["Can't be seen", "Can't be seen"]
    assert {row.cells[0].severity for row in (group, account, nested, token)} == {Severity.WARNING}


def test_that_a_controller_that_has_not_heard_of_the_end_is_bad_past_the_deadline() -> None:
    ending = replace(elevation(seconds=600), state=State.ENDING, attempts=2)
    targets = (TargetTruth(ending.privileges[0], True, None, True, by_elevation=True),)
    shown = ControllerTruth(DC2, "", True, None, True, targets)
    wait = Advice(AdviceKind.WAIT_FOR_REPLICATION, f"{DC2} has not heard of the end yet; it is asked again.")
    for seconds, severity in ((-60, Severity.WARNING), (2, Severity.WARNING), (10, Severity.ERROR)):
        at = ending.deadline + timedelta(seconds=seconds)
        found = Inspection(replace(ending, next_attempt_at=at), at, (shown,), (wait,))
        assert severity_of(found) is severity
        assert questions(found)[0].cells[0].severity is severity
        assert not found.is_not_ended, "no exit code 7 while replication has its time"
