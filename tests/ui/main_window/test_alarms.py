# SPDX-License-Identifier: MIT
"""Past the deadline and not confirmed is red, whatever the reason; and what was altered is not left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QWidget

from jit_desktop.elevation.errors import DirectoryUnavailable, JitError, PasswordNeeded
from jit_desktop.elevation.identity import ElevationId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, ForeignGroup, SuspectGroup, SweepReport
from jit_desktop.ui.models.board import Board
from jit_desktop.ui.models.elevation_table import Column
from jit_desktop.ui.models.standing import standing_on
from jit_desktop.ui.widgets import Banner, Severity, StatusPill, TimeLeftBar, Urgency
from tests.ui.main_window.test_board import NOW, elevation
from tests.ui.main_window.world import World

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)

PASSWORD = PasswordNeeded("The password of CORP\\svc-jit is needed.", remedy="Enter it.")
SILENT = DirectoryUnavailable("dc1 does not answer.")
FAULT = JitError("Elevations could not be checked because of a fault in the program.")


def banner(world: World, key: str) -> Banner:
    return world.find(Banner, f"banner.{key}")


def label(world: World, name: str) -> str:
    return world.find(QLabel, name).text()


def open_selected(world: World, *, seconds: int = 600) -> Elevation:
    """An active elevation that nothing of this program will end any more."""
    world.lend(seconds=seconds)
    world.activate()
    world.open()
    world.select_row("elevations.table")
    world.settle()
    world.desk.heartbeat.stop()
    return world.desk.board.elevations[0]


def pass_deadline(world: World, seconds: float = 6) -> None:
    lent = world.desk.board.elevations[0]
    left = lent.remaining(world.desk.now(lent.provider_id)).total_seconds()
    world.clock.pass_seconds(left + seconds)
    world.desk.heartbeat.ticked.emit()


@pytest.mark.parametrize("reason", [PASSWORD, SILENT, FAULT, None])
def test_that_a_deadline_that_passed_is_red_whatever_the_reason(
    world: World, reason: JitError | None
) -> None:
    lent = open_selected(world)
    if reason is FAULT:
        world.desk.heartbeat.tick_failed.emit(reason)
    elif reason is not None:
        world.desk.board.domain_refused(lent.provider_id, reason)
    announced: list[str] = []
    world.window.tray.message_shown.connect(lambda title, _text: announced.append(title))
    pass_deadline(world)
    assert world.desk.board.elevations[0].state is State.ACTIVE, "nothing but time has passed"
    assert world.cells("elevations.table")[0][Column.STATE].startswith("Overdue")
    assert world.find(StatusPill, "details.state").word == "Overdue"
    assert world.find(TimeLeftBar, "details.time_left").time_left.urgency is Urgency.OVERDUE
    assert banner(world, "overdue").severity is Severity.ERROR
    assert "past its deadline" in banner(world, "overdue").text
    assert world.find(QWidget, "nav-elevations").accessibleDescription() == "1 overdue"
    assert "Overdue: _backupoperator15" in world.window.tray.tool_tip
    assert announced == ["_backupoperator15 is past its deadline"]
    world.window.show_place("accounts")
    rows = {row[1]: row[2] for row in world.cells("accounts.table")}
    assert rows["_backupoperator15"].startswith("Overdue")


def test_that_it_is_never_shown_as_active_past_its_deadline(world: World) -> None:
    open_selected(world)
    board = world.desk.board
    pass_deadline(world, seconds=0)
    shown = []
    for seconds in (0.0, 0.5, 4.25, 1.0, 56.0, 3541.0):
        world.clock.pass_seconds(seconds)
        shown.append(standing_on(board, board.elevations[0]).look)
    assert {look.severity for look in shown} <= {Severity.WARNING, Severity.ERROR}
    assert [look.word for look in shown] == ["Due", "Due", "Due", "Overdue", "Overdue", "Overdue"]


@pytest.mark.parametrize("minutes_past", [0, 1])
def test_that_what_the_core_calls_an_alarm_is_one_in_every_window(
    world: World, monkeypatch: pytest.MonkeyPatch, minutes_past: int
) -> None:
    """A grant from the future, a controller that is doubted, time of our own that is over: the clock that is
    counted with says nothing of them."""
    lent = open_selected(world)
    board = world.desk.board
    if minutes_past:
        pass_deadline(world, seconds=60)
    alarming = not minutes_past
    monkeypatch.setattr(world.service, "is_alarm", lambda e, at=None: alarming)
    world.desk.heartbeat.ticked.emit()
    assert [e.id for e in board.overdue] == ([lent.id] if alarming else [])
    assert world.cells("elevations.table")[0][Column.STATE].startswith("Overdue") is alarming
    assert (world.find(StatusPill, "details.state").word == "Overdue") is alarming
    assert world.is_there("banner.overdue") is alarming
    assert ("Overdue: _backupoperator15" in world.window.tray.tool_tip) is alarming
    world.window.show_place("accounts")
    rows = {row[1]: row[2] for row in world.cells("accounts.table")}
    assert rows["_backupoperator15"].startswith("Overdue") is alarming


def test_that_a_grant_from_the_future_is_an_alarm_that_says_why(world: World) -> None:
    lent = open_selected(world)
    day = timedelta(days=1)
    assert lent.granted_at is not None
    announced: list[str] = []
    world.window.tray.message_shown.connect(lambda title, _text: announced.append(title))
    world.show(replace(lent, granted_at=lent.granted_at + day, deadline=lent.deadline + day))
    world.desk.heartbeat.ticked.emit()
    assert world.cells("elevations.table")[0][Column.STATE].startswith("Overdue")
    assert world.find(TimeLeftBar, "details.time_left").time_left.urgency is Urgency.OVERDUE
    said = world.find(QLabel, "message", world.find(QWidget, "details.standing")).text()
    assert said == "The clocks do not agree, and by one of them its deadline has passed."
    assert "past its deadline by one of the clocks, which do not agree," in banner(world, "overdue").text
    assert announced == ["_backupoperator15 may be past its deadline"]


def test_that_the_moment_in_which_an_end_is_begun_is_no_alarm_by_our_own_clock_either(world: World) -> None:
    """The domain's clock stands still: what runs out is the time that this process lent."""
    lent = open_selected(world)
    left = lent.remaining(world.desk.now(lent.provider_id)).total_seconds()
    alarms = []
    world.clock.pass_seconds(left)
    world.clock.set_wall_clock_ahead(-left)
    for seconds in (0.0, 4.5, 1.0):
        world.clock.pass_seconds(seconds)
        alarms.append(world.desk.board.is_alarm(lent))
    assert alarms == [False, False, True]


DC2_NOT_YET = "Removed; dc2.corp.example.test has not heard of it yet."


def show_ending(world: World, lent: Elevation, **how: object) -> Elevation:
    """Its end is under way, and goes on being looked at, as where replication takes its time."""
    now = world.desk.now(lent.provider_id)
    values = {"attempts": 2, "next_attempt_at": now + timedelta(seconds=3), "failure": DC2_NOT_YET, **how}
    ending = replace(lent, state=State.ENDING, revision=lent.revision + 5, **values)  # type: ignore[arg-type]
    world.desk.board.take(ending)
    world.desk.heartbeat.ticked.emit()
    return ending


def test_that_an_end_another_controller_has_not_heard_of_is_red_past_the_deadline(world: World) -> None:
    lent = open_selected(world)
    announced: list[str] = []
    world.window.tray.message_shown.connect(lambda title, _text: announced.append(title))
    pass_deadline(world, seconds=30)
    announced.clear()
    ending = show_ending(world, lent)
    assert not world.service.is_alarm(ending), "no exit code 7 while replication has its time"
    assert world.cells("elevations.table")[0][Column.STATE] == "Overdue, not confirmed yet"
    assert world.find(StatusPill, "details.state").property("severity") == Severity.ERROR.value
    assert world.find(TimeLeftBar, "details.time_left").time_left.urgency is Urgency.OVERDUE
    why = f"Its deadline has passed and its end is not confirmed yet. {DC2_NOT_YET}"
    assert world.find(QLabel, "message", world.find(QWidget, "details.standing")).text() == why
    assert not world.find(QWidget, "details.failure").isVisible(), "said once"
    assert banner(world, "overdue").severity is Severity.ERROR
    assert "is past its deadline, its end is not confirmed" in banner(world, "overdue").text
    assert DC2_NOT_YET in banner(world, "overdue").text
    assert world.find(QWidget, "nav-elevations").accessibleDescription() == "1 overdue"
    assert "Overdue: _backupoperator15" in world.window.tray.tool_tip
    assert announced == [], "nobody is called for what replication brings by itself"
    show_ending(world, ending, next_attempt_at=ending.deadline - timedelta(hours=1))
    assert announced == ["_backupoperator15 is past its deadline"], "by nobody's hands it is an alarm"


def test_that_an_end_that_takes_its_usual_moment_is_not_red(world: World) -> None:
    lent = open_selected(world)
    shown = []
    pass_deadline(world, seconds=0)
    ending = show_ending(world, lent, failure="", attempts=0)
    for seconds in (0.0, 2.0, 2.5, 1.0):
        world.clock.pass_seconds(seconds)
        shown.append(standing_on(world.desk.board, ending).look.word)
    assert shown == ["Ending", "Ending", "Ending", "Overdue"]


def test_that_a_check_in_that_replicates_before_the_deadline_is_not_red(world: World) -> None:
    lent = open_selected(world)
    show_ending(world, lent)
    assert world.cells("elevations.table")[0][Column.STATE].startswith("Ending")
    assert not world.is_there("banner.overdue")


def test_that_the_alarm_is_over_when_the_end_is_confirmed(world: World) -> None:
    lent = open_selected(world)
    pass_deadline(world)
    assert world.is_there("banner.overdue")
    now = world.desk.now(lent.provider_id)
    world.desk.board.take(replace(lent, state=State.ENDED, ended_at=now, revision=lent.revision + 9))
    assert not world.is_there("banner.overdue")
    assert world.find(QWidget, "nav-elevations").accessibleDescription() == ""
    assert "Overdue" not in world.window.tray.tool_tip


def test_that_the_strip_for_the_password_says_that_nothing_is_ended_and_stays(world: World) -> None:
    lent = open_selected(world)
    world.desk.board.domain_refused(lent.provider_id, PASSWORD)
    key = f"provider:{lent.provider_id}"
    assert banner(world, key).severity is Severity.WARNING
    world.click("banner-dismiss", banner(world, key))
    assert not world.is_there(f"banner.{key}")
    pass_deadline(world)
    assert world.is_there(f"banner.{key}"), "what was dismissed was not this"
    assert "Nothing is being ended there: _backupoperator15 should have ended." in banner(world, key).text
    assert banner(world, key).severity is Severity.ERROR
    assert not world.find(QWidget, "banner-dismiss", banner(world, key)).isVisible()


def test_that_by_a_clock_that_was_not_read_the_words_say_whose_it_is(world: World) -> None:
    world.open(start=False)
    world.desk.board.set_providers(world.store.providers())
    now = world.clock.utc_now()
    late = replace(elevation(), provider_id=world.provider.id, deadline=now - timedelta(seconds=90))
    is_time_read = False
    board = world.desk.board
    board._is_time_read = lambda _provider: is_time_read
    board.take(late)
    assert world.cells("elevations.table")[0][Column.STATE] == "Overdue, by this computer's clock"
    assert "by this computer's clock" in banner(world, "overdue").text
    is_time_read = True
    board.take(replace(late, revision=late.revision + 1))
    assert "by this computer's clock" not in banner(world, "overdue").text


def test_that_extending_is_not_offered_past_the_deadline(world: World) -> None:
    open_selected(world)
    assert world.find(QWidget, "toolbar.extend").isEnabled()
    pass_deadline(world, seconds=0)
    assert not world.find(QWidget, "toolbar.extend").isEnabled()
    assert "deadline has passed" in world.find(QWidget, "toolbar.extend").toolTip()
    assert world.find(QWidget, "toolbar.check_in").isEnabled()
    assert world.desk.room_to_extend(world.desk.board.elevations[0]) == 0


def test_that_a_question_that_is_open_at_the_deadline_can_not_extend_any_more(world: World) -> None:
    open_selected(world)
    world.click("toolbar.extend")
    assert world.find(QWidget, "extend.submit").isEnabled()
    pass_deadline(world, seconds=0)
    assert not world.find(QWidget, "extend.submit").isEnabled()
    assert "deadline has passed" in world.find(Banner, "extend.banner").text
    world.click("extend.cancel")


def test_that_an_alarm_by_time_alone_is_raised_once(world: World) -> None:
    now = NOW
    board = Board(lambda _provider: now, lambda e: e.is_alarm(now), world.desk)
    heard: list[str] = []
    board.overdue_found.connect(lambda e: heard.append(e.id))
    board.take(elevation(seconds=600))
    for seconds in (599, 601, 603, 700):
        now = NOW + timedelta(seconds=seconds)
        board.recheck()
    board.take(elevation(state=State.OVERDUE, revision=2))
    assert heard == ["e1"]


# --- what the sweeps found --------------------------------------------------------------------------------


def suspect(name: str = "RDM_JIT_x", *, is_alarm: bool = True) -> SuspectGroup:
    return SuspectGroup(
        name,
        f"CN={name},OU=Internal,DC=corp,DC=example,DC=test",
        "it has members that its record does not name",
        ("RDM administrators",) if is_alarm else (),
        is_alarm=is_alarm,
    )


def swept(world: World, **found: object) -> None:
    report = SweepReport(world.provider.id, world.clock.utc_now(), **found)  # type: ignore[arg-type]
    world.desk.heartbeat.swept.emit(report)
    world.settle()


def test_that_an_altered_group_that_still_gives_rights_is_an_alarm(world: World) -> None:
    world.open()
    announced: list[str] = []
    world.window.tray.message_shown.connect(lambda title, _text: announced.append(title))
    swept(world, suspects=(suspect(),))
    swept(world, suspects=(suspect(),))
    assert announced == ["An altered group still gives rights"], "once"
    key = f"suspects:{world.provider.id}"
    said = banner(world, key).text.replace("\u200b", "")
    assert "RDM_JIT_x was altered (it has members that its record does not name)" in said
    assert "still gives RDM administrators" in said
    assert banner(world, key).severity is Severity.ERROR
    assert not world.find(QWidget, "banner-dismiss", banner(world, key)).isVisible()
    assert world.find(QWidget, "nav-elevations").accessibleDescription() == "1 altered group"
    assert "Altered groups" in world.window.tray.tool_tip
    world.desk.heartbeat.ticked.emit()
    assert label(world, "status.guarantee.text") == "Altered groups still give rights"
    assert "Nothing is elevated" not in world.find(QWidget, "elevations.empty").accessibleName()
    world.window.show_place("accounts")
    assert {row[2] for row in world.cells("accounts.table")} == {"Not known", "Disabled"}
    swept(world)
    assert not world.is_there(f"banner.{key}")
    assert world.find(QWidget, "nav-elevations").accessibleDescription() == ""


def test_that_an_altered_group_that_gives_nothing_is_told_and_no_alarm(world: World) -> None:
    world.open()
    swept(world, suspects=(suspect(is_alarm=False),))
    assert not world.is_there(f"banner.suspects:{world.provider.id}")
    assert world.find(QWidget, "status.left_alone").isVisible()


def giving(*, elevation_id: ElevationId | None = None) -> SuspectGroup:
    """One that gives something, has time yet, and is none of the elevations that are known; unless it is."""
    return replace(suspect(is_alarm=False), gives=("RDM administrators",), elevation=elevation_id)


def empty_words(world: World) -> str:
    return world.find(QWidget, "elevations.empty").accessibleName().replace("\u200b", "")


def test_that_nobody_says_that_nothing_is_elevated_while_an_altered_group_gives_rights(world: World) -> None:
    world.open()
    swept(world, suspects=(giving(),))
    assert label(world, "status.guarantee.text") == "Altered groups give rights"
    assert empty_words(world).startswith("Altered groups give rights. ")
    assert (
        f"{world.provider.name}: RDM_JIT_x was altered (it has members that its record does not name) and "
        "gives RDM administrators."
    ) in empty_words(world)
    world.window.tray.tick()
    assert world.window.tray.tool_tip == "JIT Desktop\nAltered groups give rights"
    world.window.tray.refresh_menu()
    none = next(a for a in world.window.tray.menu.actions() if a.objectName() == "tray.none")
    assert none.text() == "Altered groups give rights"
    assert not world.is_there(f"banner.suspects:{world.provider.id}"), "it has time yet: no alarm"
    world.window.show_place("accounts")
    assert {row[2] for row in world.cells("accounts.table")} == {"Not known", "Disabled"}
    swept(world)
    assert label(world, "status.guarantee.text") == "Nothing is elevated"
    assert "No open elevations" in world.window.tray.tool_tip


def test_that_what_is_an_elevation_itself_is_not_told_a_second_time(world: World) -> None:
    world.open()
    swept(world, suspects=(giving(elevation_id=ElevationId("e1")),))
    assert label(world, "status.guarantee.text") == "Nothing is elevated"


def test_that_not_all_of_many_groups_that_give_rights_are_named_over_the_list(world: World) -> None:
    world.open()
    swept(world, suspects=tuple(replace(giving(), name=f"RDM_JIT_{n}") for n in range(5)))
    assert "RDM_JIT_2 was altered" in empty_words(world)
    assert "RDM_JIT_3" not in empty_words(world)
    assert "And 2 more do." in empty_words(world)


def test_that_the_question_before_quitting_tells_of_altered_groups_that_give_rights(world: World) -> None:
    lent = open_selected(world)
    swept(world)
    world.window.close()
    over = replace(lent, state=State.ENDED, ended_at=world.clock.utc_now(), revision=lent.revision + 60)
    world.desk.board.take(over)
    assert label(world, "decision.title") == "Nothing is elevated any more"
    swept(world, suspects=(giving(),))
    assert label(world, "decision.title") == "Altered groups give rights"
    assert "RDM_JIT_x" in label(world, "decision.text").replace("\u200b", "")
    swept(world, suspects=(suspect(),))
    assert label(world, "decision.title") == "Altered groups still give rights"
    world.click("decision.cancel")


def test_that_altered_groups_are_listed_before_those_left_alone(world: World) -> None:
    world.open()
    foreign = ForeignGroup("Printers", "CN=Printers,OU=Internal", "it has no record")
    swept(world, suspects=(suspect("quiet", is_alarm=False), suspect("loud")), foreign=(foreign,))
    world.click("banner-action", banner(world, f"suspects:{world.provider.id}"))
    altered = world.find(QPlainTextEdit, "left_alone.suspects").toPlainText()
    assert altered.index("loud") < altered.index("quiet"), "the alarm first"
    assert "ALARM: it still gives RDM administrators." in altered
    assert "Printers" in world.find(QPlainTextEdit, "left_alone.groups").toPlainText()
    world.click("left_alone.close")


def test_that_an_end_that_could_not_be_written_down_is_said_and_is_no_alarm(world: World) -> None:
    world.open()
    ended = replace(elevation(), state=State.ENDED, ended_at=NOW, provider_id=world.provider.id)
    swept(world, unrecorded=(ended,))
    key = f"unrecorded:{world.provider.id}"
    assert banner(world, key).text == "Ended, but it could not be written down: _account1."
    assert banner(world, key).severity is Severity.WARNING
    assert world.find(QWidget, "nav-elevations").accessibleDescription() == ""


def test_that_a_sweep_that_does_not_come_to_its_end_is_not_said_to_be_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.lend(seconds=600)
    world.activate()
    world.open()
    gate = world.hold("tick", monkeypatch)
    world.clock.pass_seconds(600)
    world.desk.heartbeat.beat()
    gate.wait_until_reached()
    try:
        for _ in range(10):
            world.clock.pass_seconds(1)
            world.desk.heartbeat.beat()
        assert world.find(Banner, "banner.overdue").text.endswith("The sweep has not come to its end.")
        guarantee = world.find(QLabel, "status.guarantee.text").text()
        assert guarantee == "1 overdue, the sweep has not come to its end"
    finally:
        gate.open()
    world.settle()
    world.pass_seconds(1)
    assert world.desk.heartbeat.late == frozenset()
