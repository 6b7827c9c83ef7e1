# SPDX-License-Identifier: MIT
"""How an end is told: what the account still has, and what was found ended by somebody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QTableView, QWidget

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Elevation, RemainingRight, TimeSource, Transition
from jit_desktop.elevation.pacing import TICK_SECONDS
from jit_desktop.elevation.ports import ScheduleState
from jit_desktop.ui.models import wording
from jit_desktop.ui.models.history_table import Column, HistoryTableModel
from jit_desktop.ui.theme import Token, theme
from jit_desktop.ui.widgets import Banner, Severity, StatusPill, format_moment
from tests.ui.main_window.world import Gate, World

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def message(world: World, name: str) -> str:
    return world.find(QLabel, "message", world.find(QWidget, name)).text()


def open_and_end(world: World, said: list[str] | None = None, **how: object) -> Elevation:
    world.lend()
    world.activate()
    world.open()
    world.select_row("elevations.table")
    world.settle()
    lent = world.desk.board.elevations[0]
    now = world.desk.now(lent.provider_id)
    values = {"state": State.ENDED, "ended_at": now, "end_reason": EndReason.DEADLINE, "revision": 99, **how}
    ended = replace(lent, **values)  # type: ignore[arg-type]
    if said is not None:
        world.window.tray.message_shown.connect(lambda title, text: said.append(f"{title}: {text}"))
    world.desk.board.take(ended)
    world.settle()
    return ended


def remaining(world: World) -> tuple[RemainingRight, ...]:
    group = world.provider.jit.privileges[0].group
    return (RemainingRight(group.guid, "RDM administrators", ("a direct membership",), since_before=False),)


def test_that_what_the_account_still_has_is_the_headline_of_the_end(world: World) -> None:
    said: list[str] = []
    ended = open_and_end(
        world,
        said,
        remains=remaining(world),
        leftover="The temporary group is still there and gives nothing.",
    )
    headline = "still has RDM administrators permanently, since during this elevation"
    assert message(world, "details.remains").startswith(f"Ended; {headline}, through a direct membership.")
    assert message(world, "details.leftover") == ended.leftover
    pill = world.find(StatusPill, "details.state")
    assert pill.word == "Ended, rights remain"
    assert pill.property("severity") == Severity.WARNING.value
    assert len(said) == 1
    assert said[0].startswith("_backupoperator15 keeps rights after its end: Ended; still has RDM")


def failed(world: World, **changes: object) -> Elevation:
    return open_and_end(world, None, state=State.FAILED, end_reason=EndReason.GRANT_FAILED, **changes)


def test_that_a_grant_that_failed_is_said_to_have_failed_whatever_the_account_still_has(
    world: World, history: Callable[[Elevation], HistoryTableModel]
) -> None:
    one = failed(world, remains=remaining(world))
    kept = "Failed; still has RDM administrators permanently, since during this elevation"
    assert message(world, "details.remains").startswith(f"{kept}, through a direct membership.")
    pill = world.find(StatusPill, "details.state")
    assert pill.word == "Failed, rights remain"
    assert pill.property("severity") == Severity.WARNING.value
    assert history(one).index(0, Column.OUTCOME).data() == kept


def test_that_a_grant_that_failed_and_one_could_not_be_asked_about_is_said_to_have_failed(
    world: World,
) -> None:
    world.open()
    one = replace(world.lend(), state=State.FAILED, unconfirmed_on=("dc2.corp.example.test",))
    assert wording.unconfirmed_words(one).startswith("Failed; not confirmed at dc2.corp.example.test, ")


def test_that_what_another_elevation_gives_is_not_said_to_stay(world: World) -> None:
    lent = [
        replace(r, ways=("X until then",), since_before=None, by_elevation=True) for r in remaining(world)
    ]
    open_and_end(world, remains=tuple(lent))
    text = "Ended; still has RDM administrators by another elevation, through X until then."
    assert message(world, "details.remains") == text


def test_that_a_plain_end_claims_no_rest(world: World) -> None:
    open_and_end(world)
    assert world.find(StatusPill, "details.state").word == "Ended"
    assert not world.find(QWidget, "details.remains").isVisible()
    assert not world.find(QWidget, "details.leftover").isVisible()


@pytest.fixture
def history(world: World) -> Callable[[Elevation], HistoryTableModel]:
    def show(ended: Elevation) -> HistoryTableModel:
        world.window.show_place("history")
        world.settle()
        model = world.find(QTableView, "history.table").model()
        assert isinstance(model, HistoryTableModel)
        model.add_latest(ended)
        return model

    return show


def test_that_the_history_says_what_remains_in_amber(
    world: World, history: Callable[[Elevation], HistoryTableModel]
) -> None:
    model = history(open_and_end(world, remains=remaining(world)))
    cell = model.index(0, Column.OUTCOME)
    assert cell.data() == "Ended; still has RDM administrators permanently, since during this elevation"
    assert cell.data(Qt.ItemDataRole.ForegroundRole) == theme().color(Token.WARNING)


@pytest.mark.parametrize("reason", [EndReason.REMOVED_ELSEWHERE, EndReason.DIRECTORY])
def test_that_what_was_found_ended_ended_by_then_and_not_then(
    world: World, history: Callable[[Elevation], HistoryTableModel], reason: EndReason
) -> None:
    ended = open_and_end(world, end_reason=reason)
    assert ended.ended_at is not None
    when = format_moment(ended.ended_at, ended.ended_at)
    assert world.find(QLabel, "fact.ended").text().startswith(f"Found ended by {when}")
    assert history(ended).index(0, Column.ENDED).data() == f"by {when}"


def test_that_an_end_of_ours_has_its_moment(
    world: World, history: Callable[[Elevation], HistoryTableModel]
) -> None:
    ended = open_and_end(world)
    assert ended.ended_at is not None
    assert history(ended).index(0, Column.ENDED).data() == format_moment(ended.ended_at, ended.ended_at)


def test_that_a_time_that_is_a_guess_is_told_as_one(
    world: World, history: Callable[[Elevation], HistoryTableModel]
) -> None:
    ended = open_and_end(world, ended_clock=TimeSource.COMPUTER)
    assert "(by this computer's clock, a guess)" in world.find(QLabel, "fact.ended").text()
    tip = history(ended).index(0, Column.ENDED).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.endswith("by this computer's clock, a guess")


def test_that_a_move_that_was_put_after_another_says_so(world: World) -> None:
    lent = world.lend()
    world.activate()
    lent = world.store.elevation(lent.id)
    told = Transition(
        lent.id,
        world.desk.now(lent.provider_id),
        Event.EXTENDING,
        lent.state,
        lent.state,
        "",
        clock=TimeSource.PUT_AFTER,
    )
    world.store.advance(lent.after(Event.EXTENDING), told)
    world.open()
    world.select_row("elevations.table")
    world.settle()
    said = [label.text() for label in world.find(QWidget, "details").findChildren(QLabel)]
    assert any("Extension begun" in text and "or before: the clock said" in text for text in said), said


# --- the sweep while the program is closed ----------------------------------------------------------------


def sweep_is_set_up(world: World) -> None:
    world.schedule.install(60)
    world.open()
    assert world.desk.schedule.state is not None
    assert world.desk.schedule.state.installed


def test_that_a_sweep_that_somebody_else_removed_is_noticed_with_the_next_tick(world: World) -> None:
    sweep_is_set_up(world)
    world.schedule.remove()
    world.pass_seconds(TICK_SECONDS - 1)
    assert not world.is_there("banner.schedule")
    world.pass_seconds(2)
    text = world.find(Banner, "banner.schedule").text
    assert "while this program is closed, nothing here ends elevations" in text
    world.schedule.install(60)
    world.pass_seconds(TICK_SECONDS + 1)
    assert not world.is_there("banner.schedule")


def test_that_a_sweep_that_was_removed_while_no_window_ran_is_noticed_at_the_start(world: World) -> None:
    world.schedule.install(60)
    world.context.schedule.state()
    world.schedule.remove()
    asked: list[None] = []
    world.open().promise_requested.connect(lambda: asked.append(None))
    assert "nothing here ends elevations" in world.find(Banner, "banner.schedule").text
    world.click("banner-action", world.find(Banner, "banner.schedule"))
    assert asked == [None], "it leads to where it is set up again"
    assert world.is_there("banner.schedule")
    world.click("banner-dismiss", world.find(Banner, "banner.schedule"))
    world.settle()
    world.pass_seconds(61)
    assert not world.is_there("banner.schedule")
    assert not world.context.schedule.state().was_removed, "the next start knows that it was told"


def test_that_a_start_at_sign_in_that_was_removed_is_noticed_at_the_start(world: World) -> None:
    world.logon.enable()
    world.context.logon.state()
    world.logon.disable()
    world.open()
    assert "The start at sign-in was removed" in world.find(Banner, "banner.logon").text
    assert not world.is_there("banner.schedule")
    world.click("banner-dismiss", world.find(Banner, "banner.logon"))
    world.settle()
    world.pass_seconds(61)
    assert not world.is_there("banner.logon")
    assert not world.context.logon.state().was_removed


def test_that_it_is_looked_for_when_the_window_is_activated(world: World) -> None:
    sweep_is_set_up(world)
    world.schedule.remove()
    world.window.activateWindow()
    other = QWidget()
    other.show()
    other.activateWindow()
    world.settle()
    world.window.activateWindow()
    world.wait_until(lambda: world.is_there("banner.schedule"), "the warning")
    other.deleteLater()


def test_that_a_schedule_that_does_not_answer_any_more_is_not_believed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep_is_set_up(world)

    def silent() -> None:
        raise JitError("The task scheduler does not answer.")

    monkeypatch.setattr(world.schedule, "state", silent)
    world.desk.schedule.look()
    world.settle()
    assert world.desk.schedule.state is None


def test_that_a_sweep_that_was_removed_stays_told_while_the_system_does_not_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep_is_set_up(world)
    world.schedule.remove()
    world.desk.schedule.look()
    world.settle()
    assert "As of" not in world.find(Banner, "banner.schedule").text
    read_at = world.clock.utc_now()

    def silent() -> None:
        raise JitError("The task scheduler does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(world.schedule, "state", silent)
        world.pass_seconds(120, beats=2)
        assert world.desk.schedule.state is None
        told = world.find(Banner, "banner.schedule")
        assert told.isVisible()
        when = format_moment(read_at, world.clock.utc_now())
        assert told.text.endswith(f"As of {when}; the system does not answer now.")
    world.schedule.install(60)
    world.pass_seconds(61)
    assert not world.is_there("banner.schedule")


def test_that_a_look_during_a_look_is_not_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep_is_set_up(world)
    gate, before = Gate(), world.schedule.state()

    def slow() -> ScheduleState:
        gate.pass_through()
        return before

    with monkeypatch.context() as held:
        held.setattr(world.schedule, "state", slow)
        world.desk.schedule.look()
        gate.wait_until_reached()
    world.schedule.remove()
    world.desk.schedule.look()
    gate.open()
    world.settle()
    assert world.desk.schedule.is_removed
