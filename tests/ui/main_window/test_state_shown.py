# SPDX-License-Identifier: MIT
"""The state shown is the truth, or says how old it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from PySide6.QtWidgets import QLabel, QTableView, QWidget

from jit_desktop.directory.demo import EVERYTHING, Fault
from jit_desktop.elevation.errors import (
    AccessDenied,
    CertificateRejected,
    DirectoryUnavailable,
    JitError,
    OutcomeUnknown,
    PasswordNeeded,
    SignInFailed,
    StoreFull,
)
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Seen, Sight, SweepReport
from jit_desktop.ui.main_window.tray import Tray
from jit_desktop.ui.models.board import Board, Reading
from jit_desktop.ui.models.elevation_table import Column
from jit_desktop.ui.models.standing import standing_of, standing_on
from jit_desktop.ui.widgets import Banner, Severity, StatusPill, StepList, format_moment
from tests.ui.main_window.inspections import DC1, DC2, DC3, with_everything
from tests.ui.main_window.test_board import NOW, elevation
from tests.ui.main_window.world import World

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def label(world: World, name: str) -> str:
    return world.find(QLabel, name).text()


def state_cell(world: World, row: int = 0) -> str:
    return world.cells("elevations.table")[row][Column.STATE]


def clock_words(moment: datetime) -> str:
    return format_moment(moment, moment)


def open_active(world: World, **lend: object) -> Elevation:
    world.lend(**lend)  # type: ignore[arg-type]
    world.activate()
    world.open()
    world.select_row("elevations.table")
    world.settle()
    return world.desk.board.elevations[0]


# --- how old it is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds_ago", "says"), [(0, "Active"), (60, "Active"), (120, "Active, as of {time}")]
)
def test_that_a_state_says_how_old_it_is_when_that_is_more_than_a_minute(seconds_ago: int, says: str) -> None:
    at = NOW - timedelta(seconds=seconds_ago)
    shown = standing_of(replace(elevation(), sight=Sight(at, Seen.AS_GRANTED)), NOW, is_alarm=False)
    assert shown.words == says.format(time=clock_words(at))


def test_that_what_nobody_has_looked_at_says_so() -> None:
    unseen = replace(elevation(), sight=None)
    assert standing_of(unseen, NOW, is_alarm=False).words == "Active, not looked at yet"


def test_that_a_grant_that_was_read_back_counts_as_a_look() -> None:
    granted = replace(elevation(), sight=None, granted_at=NOW, ready_at=NOW)
    assert standing_of(granted, NOW, is_alarm=False).words == "Active"
    adopted = replace(granted, adopted=True)
    assert standing_of(adopted, NOW, is_alarm=False).words == "Active, not looked at yet"


def test_that_list_details_and_tray_grow_old_together(world: World) -> None:
    lent = open_active(world)
    assert state_cell(world) == "Active"
    assert label(world, "details.as_of") == ""
    seen = replace(lent, sight=Sight(world.desk.now(lent.provider_id), Seen.AS_GRANTED))
    world.desk.board.take(seen)
    world.clock.pass_seconds(120)
    world.desk.heartbeat.ticked.emit()
    assert seen.sight is not None
    as_of = f"as of {clock_words(seen.sight.at)}"
    assert state_cell(world) == f"Active, {as_of}"
    assert label(world, "details.as_of") == as_of
    world.window.tray.tick()
    assert as_of in world.window.tray.tool_tip


@pytest.mark.parametrize(
    ("seen", "word"), [(Seen.CHANGED, "Changed by somebody"), (Seen.NOT_VISIBLE, "Can't be seen")]
)
def test_that_what_is_not_as_granted_is_a_warning_and_no_green_active(
    world: World, seen: Seen, word: str
) -> None:
    lent = open_active(world)
    now = world.desk.now(lent.provider_id)
    world.desk.board.take(replace(lent, sight=Sight(now, seen, "dc1 does not show the account in it.")))
    assert state_cell(world) == word
    assert world.find(StatusPill, "details.state").word == word
    assert world.find(QWidget, "details.standing").isVisible()
    standing = standing_on(world.desk.board, world.desk.board.elevations[0])
    assert standing.look.severity is Severity.WARNING
    assert standing.explanation == "dc1 does not show the account in it."


def test_that_a_suspicion_is_told_of_an_open_elevation(world: World) -> None:
    lent = open_active(world)
    world.show(replace(lent, suspicion="it has members that its record does not name"))
    assert state_cell(world).startswith("Altered")
    text = world.find(QLabel, "message", world.find(QWidget, "details.suspicion")).text()
    assert "it has members that its record does not name" in text


# --- one place that hears of everything -------------------------------------------------------------------


def test_that_check_now_tells_the_list_and_the_details(world: World) -> None:
    lent = open_active(world, privileges=2)
    now = world.desk.now(lent.provider_id)
    examiner = world.play_examiner()
    examiner.inspection = with_everything(lent, now)
    world.click("details.check_now")
    world.settle()
    assert state_cell(world) == "Changed by somebody"
    answers = world.find(StepList, "details.controllers")
    assert answers.detail(DC1) == "Has it."
    assert answers.detail(DC2) == "Does not show all of it."
    assert answers.detail(DC3).startswith("Could not be asked")
    # And it stays so when the store is read again.
    world.window.show_place("history")
    world.window.show_place("elevations")
    world.settle()
    assert answers.detail(DC2) == "Does not show all of it."


def test_that_after_check_now_nobody_says_that_none_was_asked(world: World) -> None:
    lent = open_active(world)
    unasked = replace(lent, id=type(lent.id)("another"), account=replace(lent.account, name="_other"))
    world.desk.board.take(unasked)
    world.find(QWidget, "main_window")
    world.window.show_elevation(unasked.id)
    world.settle()
    assert "None was asked yet." in label_of(world, "details")
    examiner = world.play_examiner()
    examiner.inspection = with_everything(unasked, world.desk.now(lent.provider_id))
    world.click("details.check_now")
    world.settle()
    assert "None was asked yet." not in label_of(world, "details")


def label_of(world: World, name: str) -> str:
    return "\n".join(
        part.text() for part in world.find(QWidget, name).findChildren(QLabel) if part.isVisible()
    )


def test_that_a_checkout_that_found_nobody_makes_the_status_bar_say_so(world: World) -> None:
    lent = open_active(world)
    assert label(world, "status.controller.text") == "dc1.corp.example.test"
    world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
    world.desk.errands.extend(lent, 600)
    world.settle()
    assert label(world, "status.controller.text") == "Not connected"
    world.faults.clear()
    world.desk.errands.extend(lent, 600)
    world.settle()
    assert label(world, "status.controller.text") == "dc1.corp.example.test"


def test_that_a_check_and_a_sweep_that_were_answered_say_that_it_is_connected(world: World) -> None:
    lent = open_active(world)
    board, silent = world.desk.board, DirectoryUnavailable("dc1 does not answer.")
    board.domain_refused(lent.provider_id, silent)
    board.take_inspection(with_everything(lent, world.desk.now(lent.provider_id)))
    assert board.status(lent.provider_id).problem is None
    board.domain_refused(lent.provider_id, silent)
    board.take_sweep(SweepReport(lent.provider_id, NOW, problem=str(silent), error=silent))
    assert board.status(lent.provider_id).problem == silent
    board.take_sweep(SweepReport(lent.provider_id, NOW))
    assert board.status(lent.provider_id).problem is None


def test_that_time_alone_draws_a_state_anew_once(world: World) -> None:
    world.open(start=False)
    world.desk.board.set_providers(world.store.providers())
    seen = Sight(world.clock.utc_now(), Seen.AS_GRANTED)
    world.desk.board.take(replace(elevation(), provider_id=world.provider.id, sight=seen))
    model = world.find(QTableView, "elevations.table").model()
    drawn: list[int] = []
    model.dataChanged.connect(lambda first, _last: drawn.append(first.column()))
    for _ in range(10):
        world.clock.pass_seconds(20)
        world.desk.heartbeat.ticked.emit()
    assert drawn.count(Column.STATE) == 1


def test_that_an_end_that_could_not_be_confirmed_makes_the_status_bar_say_so(world: World) -> None:
    lent = open_active(world)
    world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
    world.desk.errands.check_in(lent)
    world.settle()
    assert label(world, "status.controller.text") == "Not connected"


@pytest.mark.parametrize(
    ("error", "is_connected"),
    [
        (DirectoryUnavailable("dc1 does not answer."), False),
        (AccessDenied("It may not do this."), True),
        # The write may have been done: the connection that is lost does not say that there is no other.
        (OutcomeUnknown("The answer never came."), True),
    ],
)
def test_that_only_what_keeps_the_program_out_is_said_of_the_domain(
    world: World, error: Exception, is_connected: bool
) -> None:
    world.open()
    world.desk.board.domain_refused(world.provider.id, error)
    assert (world.desk.board.status(world.provider.id).problem is None) is is_connected


def test_that_the_latest_look_counts_whoever_brings_it(board_at_now: Board) -> None:
    board = board_at_now
    board.take(replace(elevation(revision=3), sight=Sight(NOW, Seen.CHANGED, "somebody")))
    older = Sight(NOW - timedelta(minutes=1), Seen.AS_GRANTED)
    board.take(replace(elevation(revision=4), sight=older))
    assert board.elevations[0].revision == 4
    assert board.elevations[0].sight == Sight(NOW, Seen.CHANGED, "somebody")
    newer = Sight(NOW + timedelta(seconds=5), Seen.AS_GRANTED)
    board.take(replace(elevation(state=State.PROPAGATING, revision=2), sight=newer))
    assert board.elevations[0].state is State.ACTIVE
    assert board.elevations[0].sight == newer


@pytest.fixture
def board_at_now(world: World) -> Board:
    return Board(lambda _provider: NOW, lambda e: e.is_alarm(NOW), world.desk)


# --- nothing is elevated ----------------------------------------------------------------------------------


def empty_words(world: World) -> str:
    return world.find(QWidget, "elevations.empty").accessibleName()


def tray_words(tray: Tray) -> str:
    tray.tick()
    return tray.tool_tip


def test_that_nothing_is_elevated_is_said_when_the_directory_was_read(world: World) -> None:
    window = world.open()
    assert label(world, "status.guarantee.text") == "Nothing is elevated"
    assert empty_words(world).startswith("Nothing is elevated")
    assert "No open elevations" in tray_words(window.tray)


def test_that_before_the_first_sweep_nobody_says_that_nothing_is_elevated(world: World) -> None:
    window = world.open(start=False)
    world.desk.board.set_providers(world.store.providers())
    world.settle()
    assert world.desk.board.reading(world.provider.id) is Reading.NOT_YET
    assert label(world, "status.guarantee.text") == "Not known: not read yet"
    assert empty_words(world) == f"None known here. {world.provider.name} has not been read yet."
    assert "Not known" in tray_words(window.tray)
    window.show_place("accounts")
    assert {row[2] for row in world.cells("accounts.table")} == {"Not known", "Disabled"}


def test_that_a_domain_that_can_not_be_reached_leaves_it_open_what_is_elevated(world: World) -> None:
    world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
    window = world.open()
    assert label(world, "status.guarantee.text") == "Not known: not connected"
    assert empty_words(world).startswith("None known here.")
    assert "can't be read" in empty_words(world)
    assert "Not known: not connected" in tray_words(window.tray)
    world.faults.clear()
    world.desk.heartbeat.sweep_now()
    world.settle()
    assert label(world, "status.guarantee.text") == "Nothing is elevated"


def test_that_a_domain_controller_that_was_not_searched_leaves_it_open_what_is_elevated(
    world: World,
) -> None:
    """It may show what no other one does."""
    world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING, controller="dc2.corp.example.test")
    window = world.open()
    assert label(world, "status.guarantee.text") == "Not known: not searched everywhere"
    assert empty_words(world).startswith("None known here.")
    assert "not dc2.corp.example.test" in empty_words(world)
    assert "Not known: not searched everywhere" in tray_words(window.tray)
    world.faults.clear()
    world.clock.pass_seconds(61)
    world.desk.heartbeat.sweep_now()
    world.settle()
    assert label(world, "status.guarantee.text") == "Nothing is elevated"


def swept_with(world: World, error: JitError | None, words: str = "") -> None:
    """A sweep that came to nothing; a look at the domain follows each, and is answered here."""
    problem = words or str(error)
    report = SweepReport(world.provider.id, world.clock.utc_now(), problem=problem, error=error)
    world.desk.heartbeat.swept.emit(report)
    world.settle()


FAULT = "CORP could not be swept because of a fault in the program."


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AccessDenied("It may not list the creation location.", remedy="Delegate the rights."), ""),
        (StoreFull("There is no room for the database."), ""),
        (OutcomeUnknown("The answer never came."), ""),
        (None, FAULT),
    ],
)
def test_that_what_kept_a_sweep_from_its_end_is_told_and_not_called_a_lost_connection(
    world: World, error: JitError | None, words: str
) -> None:
    world.open()
    swept_with(world, error, words)
    why = words or getattr(error, "message", "")
    assert label(world, "status.controller.text") == "dc1.corp.example.test"
    assert label(world, "status.guarantee.text") == "Not known: could not be read"
    assert empty_words(world) == f"None known here. {world.provider.name} can't be read: {why}"
    banner = world.find(Banner, f"banner.provider:{world.provider.id}")
    assert why in banner.text
    assert world.desk.board.reading(world.provider.id) is Reading.NOT_READABLE
    world.click("banner-action", banner)
    world.settle()
    assert not world.is_there(f"banner.provider:{world.provider.id}"), "it was tried again, and read"
    assert label(world, "status.guarantee.text") == "Nothing is elevated"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (DirectoryUnavailable("dc1 does not answer."), "Not connected"),
        (PasswordNeeded("The password of CORP\\svc-jit is needed."), "Waiting for its password"),
        (SignInFailed("The password was not accepted."), "Not signed in"),
        (
            CertificateRejected("The certificate is not trusted.", reason="untrusted"),
            "Certificate not trusted",
        ),
        (JitError("A fault in the program kept it from reading CORP."), ""),
    ],
)
def test_that_the_status_bar_says_not_connected_only_where_it_is_that(
    world: World, error: JitError, says: str
) -> None:
    world.open()
    board = world.desk.board
    board.set_status(world.provider.id, replace(board.status(world.provider.id), problem=error))
    assert label(world, "status.controller.text") == (says or error.message)
    assert says.casefold() in label(world, "status.guarantee.text").casefold()
    assert label(world, "status.guarantee.text").startswith("Not known: ")


def test_that_a_sweep_without_its_connection_says_so_until_the_domain_answers(world: World) -> None:
    world.open()
    world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
    swept_with(world, DirectoryUnavailable("dc1 does not answer."))
    assert label(world, "status.controller.text") == "Not connected"
    assert world.desk.board.reading(world.provider.id) is Reading.NOT_CONNECTED


def test_that_what_was_read_long_ago_does_not_say_that_nothing_is_elevated_now(world: World) -> None:
    world.open()
    world.desk.heartbeat.stop()
    world.clock.pass_seconds(361)
    world.desk.heartbeat.ticked.emit()
    assert label(world, "status.guarantee.text") == "Not known: not read yet"
    assert "as of" in label(world, "status.controller.text")
    assert empty_words(world).startswith("None known here.")


def test_that_one_domain_that_was_not_read_is_enough_for_not_knowing(world: World) -> None:
    world.open(start=False)
    second = replace(world.provider, id=type(world.provider.id)("second"), name="Second")
    board = world.desk.board
    board.set_providers([world.provider, second])
    board.take_sweep(SweepReport(world.provider.id, world.clock.utc_now()))
    assert [p.name for p in board.unread] == ["Second"]
    assert label(world, "status.guarantee.text") != "Nothing is elevated"
    board.take_sweep(SweepReport(second.id, world.clock.utc_now()))
    assert board.unread == ()


def test_that_what_ended_and_one_could_not_be_asked_about_leaves_it_open_what_is_elevated(
    world: World,
) -> None:
    """It may go on giving the right, whatever the sweep before has read there."""
    window = world.open()
    lent = world.lend()
    world.activate()
    world.desk.heartbeat.sweep_now()
    world.settle()
    world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING, controller="dc2.corp.example.test")
    world.desk.errands.check_in(lent)
    world.settle()
    world.pass_seconds(10)
    world.settle()
    assert world.store.elevation(lent.id).state is State.ENDED
    assert world.store.elevation(lent.id).unconfirmed_on == ("dc2.corp.example.test",)
    assert label(world, "status.guarantee.text") == "Not known: not searched everywhere"
    assert empty_words(world) == (
        f"None known here. What has ended in {world.provider.name} may still be given by "
        "dc2.corp.example.test, which could not be asked."
    )
    assert "Not known" in tray_words(window.tray)
    world.faults.clear()
    world.pass_seconds(120)
    world.desk.heartbeat.sweep_now()
    world.settle()
    assert world.store.elevation(lent.id).unconfirmed_on == ()
    assert label(world, "status.guarantee.text") == "Nothing is elevated"
