# SPDX-License-Identifier: MIT
"""The main window as somebody uses it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QLabel, QLineEdit, QTableView, QWidget

from jit_desktop.directory.demo import EVERYTHING, WRITES, Fault, Operation
from jit_desktop.elevation.errors import PasswordNeeded, Refused
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import CheckoutRequest, Elevation
from jit_desktop.ui.bridge import Scope
from jit_desktop.ui.widgets import Banner, NavigationRail, StatusPill, StepList, StepState, TimeLeftBar
from tests.ui.main_window.world import ACTOR, Gate, World

# Said by Qt's offscreen platform when a window is brought to the front.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def label(world: World, name: str) -> str:
    return world.find(QLabel, name).text()


def banner(world: World, key: str) -> Banner:
    return world.find(Banner, f"banner.{key}")


def choose_decision(world: World, key: str) -> None:
    world.click(f"decision.{key}")
    world.settle()


def open_with_active(world: World, **lend: object) -> None:
    world.lend(**lend)  # type: ignore[arg-type]
    world.activate()
    world.open()
    world.select_row("elevations.table")
    world.settle()


# --- empty places -----------------------------------------------------------------------------------------


def test_that_without_a_domain_the_next_step_is_to_set_one_up(bare_world: World) -> None:
    window = bare_world.open()
    asked: list[bool] = []
    window.setup_requested.connect(lambda: asked.append(True))
    assert not bare_world.is_there("toolbar.check_out")
    bare_world.click("empty-action", bare_world.find(QWidget, "elevations.empty"))
    assert asked == [True]


def test_that_with_nothing_elevated_the_next_step_is_a_checkout(world: World) -> None:
    world.open()
    world.click("empty-action", world.find(QWidget, "elevations.empty"))
    assert world.is_there("checkout")


def test_that_a_new_domain_provider_appears_after_its_settings_were_saved(bare_world: World) -> None:
    bare_world.open()
    bare_world.save_provider()
    bare_world.desk.reload()
    bare_world.settle()
    assert bare_world.is_there("toolbar.check_out")
    assert label(bare_world, "status.controller.text") == "dc1.corp.example.test"


# --- elevations and their details -------------------------------------------------------------------------


def test_that_an_elevation_shows_everything_that_matters(world: World) -> None:
    open_with_active(world, reason="Restore", privileges=2)
    assert world.cells("elevations.table") == [
        [
            "_backupoperator15",
            "RDM administrators, RDM service desk",
            "Active",
            "1 h 59 min",
            world.cells("elevations.table")[0][4],
            "Program or sweep",
            ACTOR,
            "Restore",
        ]
    ]
    assert label(world, "fact.privileges") == "RDM administrators\nRDM service desk"
    assert label(world, "fact.guarantee") == "Ends only while this program or a sweep runs"
    assert label(world, "fact.reason") == "Restore"
    assert label(world, "fact.location") == r"Domain Groups\Vaults\Internal"


def test_that_the_details_show_the_steps_and_each_controllers_answer(world: World) -> None:
    open_with_active(world)
    steps = world.find(StepList, "details.steps")
    assert steps.keys() == [
        "record-intent",
        "check-targets",
        "check-account",
        "check-rights",
        "create-group",
        "nest-group",
        "read-back",
        "guarantee",
        "replication",
    ]
    assert steps.state("guarantee") is StepState.WARNING
    assert {steps.state(key) for key in steps.keys() if key != "guarantee"} == {StepState.DONE}  # noqa: SIM118
    hosts = world.find(StepList, "details.controllers").keys()
    assert hosts == ["dc1.corp.example.test", "dc2.corp.example.test", "rodc1.corp.example.test"]


def test_that_what_the_controllers_said_of_the_grant_is_not_shown_of_the_end(world: World) -> None:
    open_with_active(world, seconds=600)
    assert world.is_there("details.controllers")
    controllers = world.find(StepList, "details.controllers")
    assert controllers.detail("dc2.corp.example.test") == "Has it."
    world.faults.fail_always(Fault.UNAVAILABLE, *WRITES)
    world.pass_seconds(601)
    assert controllers.keys() == []
    world.faults.clear()
    world.pass_seconds(15)
    assert controllers.detail("dc1.corp.example.test") == "Shows that it has ended."
    assert controllers.detail("dc2.corp.example.test") == "Still shows the temporary group."


def test_that_the_name_of_the_temporary_group_can_be_copied_whole(world: World) -> None:
    open_with_active(world)
    world.click("fact.group.copy")
    assert QGuiApplication.clipboard().text() == world.desk.board.elevations[0].group_name


def test_that_time_left_runs_without_touching_store_or_directory(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_with_active(world)

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("the view tick reached further than memory")

    for target, name in ((world.store, "open_elevations"), (world.connector, "connect")):
        monkeypatch.setattr(target, name, forbidden)
    before = world.find(TimeLeftBar, "details.time_left").time_left.left_seconds
    for _ in range(10):
        world.clock.pass_seconds(1)
        world.desk.heartbeat.beat()
    assert world.find(TimeLeftBar, "details.time_left").time_left.left_seconds == before - 10


def test_that_an_elevation_ends_at_its_deadline_and_is_history_then(world: World) -> None:
    open_with_active(world, seconds=600)
    world.pass_seconds(600)
    world.pass_seconds(20, beats=4)
    assert world.cells("elevations.table") == []
    world.window.show_place("history")
    world.settle()
    assert [row[:3] for row in world.cells("history.table")] == [
        ["_backupoperator15", "RDM administrators", "Deadline reached"]
    ]


def test_that_the_selection_stays_on_its_elevation_when_others_come(world: World) -> None:
    world.lend("_sqladmin02", seconds=7200)
    open_with_active(world, logon_name="_webadmin03", seconds=3600)
    selected = world.desk.board.elevation_of(world.account("_webadmin03"))
    assert selected is not None
    assert label(world, "fact.group") == selected.group_name
    world.lend("_helpdesk04", seconds=900)
    world.pass_seconds(15)
    table = world.find(QTableView, "elevations.table")
    assert table.currentIndex().data() == "_webadmin03"
    assert table.currentIndex().row() == 1, "the shorter one stands above it"


def test_that_an_ended_elevation_does_not_hand_its_selection_to_the_neighbour(world: World) -> None:
    world.lend("_sqladmin02", seconds=7200)
    open_with_active(world, logon_name="_webadmin03", seconds=600)
    world.pass_seconds(600)
    world.pass_seconds(20, beats=4)
    assert not world.find(QTableView, "elevations.table").selectionModel().hasSelection()
    assert not world.find(QWidget, "toolbar.check_in").isEnabled()
    assert world.find(StatusPill, "details.state").word == "Ended", "the details say how it came out"


# --- actions ----------------------------------------------------------------------------------------------


def test_that_check_in_asks_and_then_ends(world: World) -> None:
    open_with_active(world)
    group = world.desk.board.elevations[0].group_guid
    assert group is not None
    world.click("toolbar.check_in")
    assert "loses RDM administrators" in label(world, "decision.text")
    choose_decision(world, "check_in")
    world.pass_seconds(20, beats=4)
    assert world.desk.board.elevations == ()
    assert not world.console.exists(group)


def test_that_check_in_can_be_thought_better_of(world: World) -> None:
    open_with_active(world)
    world.click("toolbar.check_in")
    choose_decision(world, "cancel")
    assert world.desk.board.elevations[0].state is State.ACTIVE


def test_that_extending_moves_the_deadline(world: World) -> None:
    open_with_active(world)
    before = world.desk.board.elevations[0].deadline
    world.click("details.extend")
    world.click("preset-1800", world.find(QWidget, "extend"))
    world.click("extend.submit")
    world.settle()
    after = world.desk.board.elevations[0].deadline
    assert (after - before).total_seconds() == 1800
    assert not world.is_there("extend")


def test_that_an_extension_that_fails_says_why_and_can_be_tried_again(world: World) -> None:
    open_with_active(world)
    world.click("details.extend")
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.WRITE_RECORD)
    world.click("extend.submit")
    world.settle()
    assert "access denied" in world.find(Banner, "extend.banner").text
    world.click("extend.submit")
    world.settle()
    assert not world.is_there("extend")


def test_that_extending_is_not_offered_beyond_the_policy(world: World) -> None:
    world.save_provider(None, maximum_seconds=7200)
    open_with_active(world, seconds=7200)
    button = world.find(QWidget, "toolbar.extend")
    assert not button.isEnabled()
    assert "longest duration" in button.toolTip()


def test_that_a_session_opens_for_the_account_of_an_active_elevation(world: World) -> None:
    world.save_provider(None, session_command=("mstsc", "/u:{domain}\\{account}"))
    open_with_active(world)
    world.click("toolbar.open_session")
    world.settle()
    assert world.sessions.started == [(("mstsc", "/u:{domain}\\{account}"), "_backupoperator15", "CORP")]


def test_that_a_session_that_does_not_start_is_said_over_the_list(world: World) -> None:
    world.save_provider(None, session_command=("nothing",))
    open_with_active(world)
    world.sessions.error = Refused("“nothing” could not be started.", remedy="Check the session command.")
    world.click("toolbar.open_session")
    world.settle()
    assert banner(world, "notice").text == "“nothing” could not be started. Check the session command."


def test_that_no_session_is_offered_before_the_elevation_is_active(world: World) -> None:
    world.save_provider(None, session_command=("mstsc",))
    world.lend()
    world.open()
    world.select_row("elevations.table")
    assert not world.find(QWidget, "toolbar.open_session").isEnabled()
    world.pass_seconds(10)
    assert world.find(QWidget, "toolbar.open_session").isEnabled()


# --- what is the matter -----------------------------------------------------------------------------------


def test_that_an_overdue_elevation_is_an_alarm_until_its_end_is_confirmed(world: World) -> None:
    open_with_active(world, seconds=600)
    world.faults.fail_always(Fault.UNAVAILABLE, *WRITES)
    world.pass_seconds(601)
    assert "could not be ended" in banner(world, "overdue").text
    assert not world.is_there("banner-dismiss"), "an alarm cannot be waved away"
    assert world.find(QWidget, "nav-elevations").accessibleDescription() == "1 overdue"
    assert "Overdue" in world.window.tray.tool_tip
    world.faults.clear()
    world.click("banner-action", banner(world, "overdue"))
    world.settle()
    world.pass_seconds(20, beats=4)
    assert not world.is_there("banner.overdue")
    assert world.find(QWidget, "nav-elevations").accessibleDescription() == ""


def test_that_a_domain_that_does_not_answer_is_said_and_can_be_tried_again(world: World) -> None:
    world.open()
    world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
    world.desk.heartbeat.sweep_now()
    world.settle()
    key = f"provider:{world.provider.id}"
    assert "does not answer" in banner(world, key).text
    assert label(world, "status.controller.text") == "Not connected"
    world.faults.clear()
    world.click("banner-action", banner(world, key))
    world.settle()
    assert not world.is_there(f"banner.{key}")
    assert label(world, "status.controller.text") == "dc1.corp.example.test"


def needs_password(world: World) -> None:
    status = world.desk.board.status(world.provider.id)
    problem = PasswordNeeded("The password of CORP\\svc-jit is needed.")
    world.desk.board.set_status(world.provider.id, replace(status, problem=problem))


def test_that_a_password_does_not_wait_for_a_look_at_the_domain_that_lasts(world: World) -> None:
    connection = replace(world.provider.connection, bind_as="CORP\\svc-jit")
    world.save_provider(replace(world.provider, connection=connection))
    world.open()
    needs_password(world)
    gate, owner = Gate(), QObject()
    world.workers[f"watch:{world.provider.id}"].submit(lambda _: gate.pass_through(), scope=Scope(owner))
    gate.wait_until_reached()
    try:
        world.click("banner-action", banner(world, f"provider:{world.provider.id}"))
        QTest.keyClicks(world.find(QLineEdit, "password.value"), "correct horse")
        world.click("password.sign_in")
        world.wait_until(lambda: world.provider.id in world.secrets.kept, "the password")
    finally:
        gate.open()
    world.settle()


def test_that_a_password_that_is_needed_is_asked_for_and_kept_where_wanted(world: World) -> None:
    connection = replace(world.provider.connection, bind_as="CORP\\svc-jit")
    world.save_provider(replace(world.provider, connection=connection))
    world.open()
    needs_password(world)
    world.click("banner-action", banner(world, f"provider:{world.provider.id}"))
    world.settle()
    QTest.keyClicks(world.find(QLineEdit, "password.value"), "correct horse")
    world.click("password.keep")
    world.click("password.sign_in")
    world.settle()
    secret = world.secrets.password(world.provider.id)
    assert secret is not None
    assert secret.reveal() == "correct horse"
    assert world.secrets.kept == {world.provider.id: True}
    assert not world.is_there("password")
    assert not world.is_there(f"banner.provider:{world.provider.id}")


def test_that_a_wrong_password_is_said_beside_the_field_and_not_remembered(world: World) -> None:
    world.open()
    needs_password(world)
    world.window.deeds.ask_password(world.provider.id)
    field = world.find(QLineEdit, "password.value")
    QTest.keyClicks(field, "wrong")
    QTest.keyClick(field, Qt.Key.Key_Return)
    world.settle()
    assert "does not accept the password" in field.accessibleDescription()
    assert world.secrets.password(world.provider.id) is None
    assert world.is_there("password")


# --- accounts and history ---------------------------------------------------------------------------------


def test_that_an_account_can_be_checked_out_from_its_row(world: World) -> None:
    world.open()
    world.window.show_place("accounts")
    world.settle()
    table = world.find(QTableView, "accounts.table")
    row = [cells[1] for cells in world.cells("accounts.table")].index("_helpdesk04")
    cell = table.visualRect(table.model().index(row, table.model().columnCount() - 1))
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=cell.center())
    chooser = world.find(QWidget, "checkout.account")
    assert chooser.currentText() == "Service desk 4 (_helpdesk04)"  # type: ignore[attr-defined]


def test_that_return_on_a_taken_account_leads_to_its_elevation(world: World) -> None:
    open_with_active(world)
    world.window.show_place("accounts")
    table = world.find(QTableView, "accounts.table")
    row = [cells[1] for cells in world.cells("accounts.table")].index("_backupoperator15")
    table.setCurrentIndex(table.model().index(row, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert world.find(NavigationRail, "nav").current() == "elevations"
    assert world.find(QTableView, "elevations.table").currentIndex().data() == "_backupoperator15"


def test_that_a_disabled_account_offers_no_checkout(world: World) -> None:
    world.open()
    world.window.show_place("accounts")
    row = [cells[1] for cells in world.cells("accounts.table")].index("_disabled01")
    assert world.cells("accounts.table")[row][2] == "Disabled"
    world.select_row("accounts.table", row)
    assert not world.find(QWidget, "account.check_out").isEnabled()


def test_that_the_history_is_filtered_by_what_is_typed(world: World) -> None:
    for name, reason in (("_sqladmin02", "Patch"), ("_webadmin03", "Certificate")):
        world.service.check_in(world.lend(name, reason=reason).id, world.nobody)
    world.clock.pass_seconds(20)
    world.service.tick(world.nobody)
    world.open()
    world.window.show_place("history")
    world.settle()
    assert len(world.cells("history.table")) == 2
    field = world.find(QLineEdit, "history.filter")
    QTest.keyClicks(field, "certif")
    QTest.keyClick(field, Qt.Key.Key_Return)
    world.settle()
    assert [row[0] for row in world.cells("history.table")] == ["_webadmin03"]
    QTest.keyClicks(field, "xyz")
    QTest.keyClick(field, Qt.Key.Key_Return)
    world.settle()
    assert world.is_there("history.empty")


def test_that_a_failed_checkout_tells_its_story_in_the_history(world: World) -> None:
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.ADD_MEMBER)
    with pytest.raises(Exception, match="access denied"):
        world.lend()
    world.clock.pass_seconds(20)
    world.service.tick(world.nobody)
    world.open()
    world.window.show_place("history")
    world.settle()
    world.select_row("history.table")
    world.settle()
    assert world.find(StatusPill, "details.state").word == "Failed"
    assert world.find(StepList, "details.steps").state("nest-group") is StepState.FAILED
    assert not world.is_there("details.check_in")


# --- status bar, keys -------------------------------------------------------------------------------------


def test_that_the_status_bar_says_where_and_who_we_are(world: World) -> None:
    open_with_active(world)
    assert label(world, "status.controller.text") == "dc1.corp.example.test"
    assert label(world, "status.identity.text") == "CORP\\svc-jit"
    assert label(world, "status.clock.text") == "Clock: +1 min 30 s"
    assert label(world, "status.sweep.text") == "Swept just now"
    assert label(world, "status.guarantee.text") == "Ends only while this program or a sweep runs"


@pytest.mark.parametrize(
    ("key", "place"), [(Qt.Key.Key_1, "elevations"), (Qt.Key.Key_2, "accounts"), (Qt.Key.Key_3, "history")]
)
def test_that_each_place_has_a_key(world: World, key: Qt.Key, place: str) -> None:
    window = world.open()
    QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
    assert world.find(NavigationRail, "nav").current() == place


@pytest.mark.parametrize(
    ("key", "opened"),
    [(Qt.Key.Key_N, "checkout"), (Qt.Key.Key_I, "decision.check_in"), (Qt.Key.Key_E, "extend")],
)
def test_that_each_action_has_a_key(world: World, key: Qt.Key, opened: str) -> None:
    open_with_active(world)
    QTest.keyClick(world.window, key, Qt.KeyboardModifier.ControlModifier)
    assert world.is_there(opened)


def test_that_settings_open_without_leaving_the_place(world: World) -> None:
    window = world.open()
    asked: list[str] = []
    window.settings_requested.connect(asked.append)
    world.click("nav-settings")
    assert asked == [""]
    assert world.find(NavigationRail, "nav").current() == "elevations"


def test_that_every_input_has_a_name_for_screen_readers(world: World) -> None:
    open_with_active(world)
    inputs = [
        w
        for kind in (QLineEdit, QAbstractItemView)
        for w in world.window.findChildren(kind)
        if w.objectName() and not w.objectName().startswith("qt_")
    ]
    assert inputs
    assert [w.objectName() for w in inputs if not w.accessibleName()] == []


# --- leaving ----------------------------------------------------------------------------------------------


def test_that_closing_with_nothing_open_ends_the_program(world: World) -> None:
    window = world.open()
    left: list[bool] = []
    window.quit_requested.connect(lambda: left.append(True))
    window.close()
    assert left == [True]


def test_that_closing_with_open_elevations_says_what_it_means(world: World) -> None:
    world.lend("_sqladmin02")
    open_with_active(world)
    left: list[bool] = []
    world.window.quit_requested.connect(lambda: left.append(True))
    world.window.close()
    assert label(world, "decision.title") == "2 elevations are open"
    assert "2 elevations will end only when a sweep or another copy of the program runs." in label(
        world, "decision.text"
    )
    choose_decision(world, "cancel")
    assert left == []
    assert world.window.isVisible()
    world.window.close()
    choose_decision(world, "quit")
    assert left == [True]


def test_that_going_on_in_the_background_keeps_the_heartbeat(world: World) -> None:
    open_with_active(world, seconds=600)
    world.window.close()
    choose_decision(world, "stay")
    assert world.window.isMinimized() or not world.window.isVisible()
    world.pass_seconds(600)
    world.pass_seconds(20, beats=4)
    assert world.desk.board.elevations == ()


def test_that_quitting_waits_for_what_is_being_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    open_with_active(world)
    gate = world.hold("check_in", monkeypatch)
    left: list[bool] = []
    world.window.quit_requested.connect(lambda: left.append(True))
    world.click("toolbar.check_in")
    world.click("decision.check_in")
    world.window.close()
    world.click("decision.quit")
    assert left == []
    assert "Finishing what is being written" in banner(world, "quit").text
    gate.open()
    world.wait_until(lambda: bool(left), "the end of the program")
    assert world.store.open_elevations()[0].state is State.ENDING, (
        "written, and the others have to hear of it"
    )


@pytest.mark.parametrize("size", [(960, 600), (1440, 900)])
def test_that_nothing_in_the_details_is_cut_off(world: World, size: tuple[int, int], tmp_path: Path) -> None:
    open_with_active(world, privileges=3)
    world.window.resize(*size)
    world.settle()
    pane = world.find(QWidget, "details")
    room = pane.width()
    wide = [
        w.objectName()
        for w in pane.findChildren(QWidget)
        if w.isVisible() and w.mapTo(pane, w.rect().topRight()).x() >= room
    ]
    assert wide == []


def test_that_a_check_in_waits_for_no_checkout(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout may wait minutes for a slow domain controller; to take a right back must not."""
    world.open()
    lent = world.lend()
    world.activate()
    gate = Gate()

    def slow(*_: object) -> Elevation:
        gate.pass_through()
        raise Refused("It was refused.")

    monkeypatch.setattr(world.desk.context.service, "check_out", slow)
    world.desk.errands.check_out(CheckoutRequest(lent.provider_id, lent.account.guid, (), 600, ACTOR))
    try:
        gate.wait_until_reached()
        world.desk.errands.check_in(lent)
        world.wait_until(lambda: not world.store.elevation(lent.id).is_granted, "its end")
    finally:
        gate.open()
    world.settle()
