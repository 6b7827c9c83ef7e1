# SPDX-License-Identifier: MIT
"""*Check this domain*: findings with their remedies, the script of missing rights, and the rehearsal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLabel, QPlainTextEdit, QSpinBox, QTableWidget, QWidget

from jit_desktop.elevation.domain_check import Verdict
from jit_desktop.elevation.errors import PasswordNeeded
from jit_desktop.ui.settings import SettingsDialog
from jit_desktop.ui.widgets import Banner, PathKind, Severity, StepList, StepState
from tests.ui.main_window.inspections import SCRIPT, PlayedExaminer
from tests.ui.main_window.world import World
from tests.ui.settings.conftest import SettingsDriver


class Chooser:
    """Answers a question for a file without a dialog."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def choose(
        self, parent: QWidget, kind: PathKind, title: str, start: Path, name_filter: str
    ) -> Path | None:
        return self.path


@pytest.fixture
def examiner(world: World) -> PlayedExaminer:
    return world.play_examiner()


@pytest.fixture
def page(examiner: PlayedExaminer, world: World) -> SettingsDriver:
    """The settings at *Check this domain*."""
    driver = SettingsDriver(world)
    driver.open()
    driver.show_page("check")
    return driver


def check(world: World) -> None:
    world.click("settings.check-domain")
    world.settle()


def texts(world: World) -> list[str]:
    labels = world.find(QWidget, "settings.check-findings").findChildren(QLabel)
    return [label.text() for label in labels if label.isVisible()]


def test_that_findings_stand_by_topic_with_word_and_remedy(page: SettingsDriver, world: World) -> None:
    check(world)
    shown = texts(world)
    topics = [
        text for text in shown if text in ("Connection", "Privileged accounts", "Rights of the bound account")
    ]
    assert topics == ["Connection", "Privileged accounts", "Rights of the bound account"]
    assert "_helpdesk04: The account is disabled." in shown
    assert "Enable it in Active Directory, or take it from the list." in shown
    assert {"Good", "Note", "Warning", "Bad"} <= set(shown)
    banner = world.find(Banner, "settings.check-banner")
    assert banner.severity is Severity.ERROR
    assert banner.text.startswith("One thing is bad")
    first = world.find(QWidget, "finding-0")
    assert first.accessibleName() == "Good: Signed in as CORP\\svc-jit, TLSv1.3."


def test_that_all_being_well_is_said(page: SettingsDriver, world: World, examiner: PlayedExaminer) -> None:
    good = tuple(f for f in examiner.check.findings if f.verdict is Verdict.GOOD)
    examiner.check = replace(examiner.check, findings=good, script="")
    check(world)
    assert world.find(Banner, "settings.check-banner").text == "Everything that an elevation needs is there."
    assert not world.is_there("settings.script"), "nothing is missing"
    world.find(QAbstractButton, "settings.script-all").click()
    assert world.is_there("settings.script")
    assert world.find(QPlainTextEdit, "settings.script").toPlainText() == examiner.check.whole_script


def test_that_a_failure_takes_the_place_of_what_was_found_before(
    page: SettingsDriver, world: World, examiner: PlayedExaminer
) -> None:
    check(world)
    examiner.error = PasswordNeeded("The password is needed.", remedy="Enter it.")
    check(world)
    assert world.find(Banner, "settings.check-banner").text == "The password is needed. Enter it."
    assert not world.is_there("settings.check-findings")


def test_that_a_provider_that_was_never_saved_is_saved_first(page: SettingsDriver, world: World) -> None:
    page.dialog._on_list_add_requested()
    page.show_page("check")
    for name in ("settings.check-domain", "settings.rehearse"):
        assert not world.find(QAbstractButton, name).isEnabled()
    note = world.find(QWidget, "settings.check-note").findChild(QLabel)
    assert note is not None
    assert note.text().startswith("Save this domain provider first")


def test_that_changes_that_are_not_saved_are_said_not_to_count(page: SettingsDriver, world: World) -> None:
    assert not world.is_there("settings.check-note")
    page.show_page("jit")
    page.type("settings.group-prefix", "NEW")
    page.show_page("check")
    assert world.is_there("settings.check-note")
    assert world.find(QAbstractButton, "settings.check-domain").isEnabled()


def test_that_the_script_is_read_copied_and_widened(
    page: SettingsDriver, world: World, examiner: PlayedExaminer
) -> None:
    check(world)
    box = world.find(QPlainTextEdit, "settings.script")
    assert box.isReadOnly()
    assert box.toPlainText() == SCRIPT
    world.find(QAbstractButton, "settings.script-all").click()
    assert box.toPlainText() == examiner.check.whole_script
    world.find(QAbstractButton, "settings.script-copy").click()
    assert QGuiApplication.clipboard().text() == examiner.check.whole_script


def test_that_the_script_is_saved_as_a_file(world: World, examiner: PlayedExaminer, tmp_path: Path) -> None:
    chooser = Chooser(tmp_path / "rights.ps1")
    driver = SettingsDriver(world)
    driver.dialog = SettingsDialog(world.context, chooser=chooser)
    driver.dialog.open()
    world.settle()
    driver.show_page("check")
    check(world)
    save = world.find(QAbstractButton, "settings.script-save")
    save.click()
    world.settle()
    assert chooser.path.read_text(encoding="utf-8-sig") == SCRIPT
    chooser.path = tmp_path / "not there" / "rights.ps1"
    save.click()
    world.settle()
    said = world.find(QWidget, "settings.script-message").findChild(QLabel)
    assert said is not None
    assert "could not be written: No such file or directory" in said.text()


def rehearse(world: World) -> None:
    world.find(QAbstractButton, "settings.rehearse").click()


def test_that_a_rehearsal_shows_its_steps_as_they_happen(
    page: SettingsDriver, world: World, examiner: PlayedExaminer
) -> None:
    examiner.gate.clear()
    rehearse(world)
    steps = world.find(StepList, "settings.rehearsal-steps")
    world.wait_until(lambda: "create" in steps.keys(), "the second step")  # noqa: SIM118 - no mapping
    world.wait_until(lambda: steps.state("create") is StepState.DONE, "its end")
    assert steps.keys() == ["clean-up-before", "create"]
    assert world.find(QAbstractButton, "settings.rehearse").text() == "S&top"
    examiner.gate.set()
    world.settle()
    assert steps.state("replicate") is StepState.WARNING
    assert steps.elapsed("replicate") == "1 min"
    assert world.find(QAbstractButton, "settings.rehearse").text() == "&Rehearse"


def test_that_a_rehearsal_shows_what_each_controller_took(page: SettingsDriver, world: World) -> None:
    rehearse(world)
    world.settle()
    table = world.find(QTableWidget, "settings.rehearsal-latencies")
    cells = [[table.item(r, c).text() for c in range(3)] for r in range(table.rowCount())]  # type: ignore[union-attr]
    assert cells == [
        ["dc1.corp.example.test", "0.0 s", "0.0 s"],
        ["dc2.corp.example.test", "2.3 s", "1.9 s"],
        ["dc3.corp.example.test", "did not answer", "did not answer"],
    ]


def test_that_the_proposal_goes_into_the_draft_and_not_into_the_store(
    page: SettingsDriver, world: World
) -> None:
    before = page.stored().jit.replication_latency_seconds
    rehearse(world)
    world.settle()
    world.find(QAbstractButton, "settings.use-latency").click()
    assert world.find(QSpinBox, "settings.replication-latency").value() == 7
    assert page.stored().jit.replication_latency_seconds == before
    page.save()
    assert page.stored().jit.replication_latency_seconds == 7


def test_that_a_rehearsal_can_be_stopped(
    page: SettingsDriver, world: World, examiner: PlayedExaminer
) -> None:
    examiner.gate.clear()
    rehearse(world)
    world.wait_until(lambda: any(a.startswith("rehearse") for a in examiner.asked), "the rehearsal")
    rehearse(world)
    world.settle()
    assert examiner.was_cancelled
    assert world.find(Banner, "settings.rehearsal-banner").text == "Cancelled."
    assert not world.is_there("settings.use-latency")
    assert world.find(QAbstractButton, "settings.rehearse").isEnabled()


def test_that_closing_the_settings_stops_the_rehearsal(
    page: SettingsDriver, world: World, examiner: PlayedExaminer
) -> None:
    examiner.gate.clear()
    rehearse(world)
    world.wait_until(lambda: any(a.startswith("rehearse") for a in examiner.asked), "the rehearsal")
    world.click("settings.cancel")
    world.settle()
    assert examiner.was_cancelled


def test_that_what_could_not_be_removed_is_named(
    page: SettingsDriver, world: World, examiner: PlayedExaminer
) -> None:
    examiner.report = replace(
        examiner.report, leftovers=("CN=RDM_JIT_REHEARSAL_1",), problem="It was cut off."
    )
    rehearse(world)
    world.settle()
    text = world.find(Banner, "settings.rehearsal-banner").text
    assert text.startswith("It was cut off.")
    assert "CN=RDM_JIT_REHEARSAL_1" in text
