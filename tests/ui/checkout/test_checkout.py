# SPDX-License-Identifier: MIT
"""From *Check out* to the result: steps, replication, cancelling, failing, closing."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from jit_desktop.directory.demo import DemoDirectory, Fault, Operation
from jit_desktop.elevation.errors import Cancelled, DirectoryUnavailable, JitError, PasswordNeeded, Refused
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import RemainingRight
from jit_desktop.elevation.settings import FieldMode, ReplicationMode
from jit_desktop.ui.checkout.progress import CheckoutProgress
from jit_desktop.ui.main_window.password_dialog import PasswordDialog
from jit_desktop.ui.widgets import StepState
from tests.ui.checkout.driver import Checkout
from tests.ui.main_window.world import TIMEOUT_MS, World

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)

DC2 = "dc2.corp.example.test"


@pytest.fixture
def checkout(world: World) -> Checkout:
    world.save_provider(None, session_command=("mstsc",))
    world.open()
    checkout = Checkout(world)
    checkout.fill_in()
    return checkout


def members(world: World) -> set[str]:
    """The temporary groups in the target group, as the domain itself says."""
    found = world.console.members(world.provider.jit.privileges[0].group.guid)
    return {str(dn) for dn in found if dn.startswith("CN=RDM_JIT_")}


def hold_the_write(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Stop a grant before it becomes a member: (it has come there, it may go on)."""
    arrived, go_on, real = threading.Event(), threading.Event(), DemoDirectory.add_member

    def held(self: DemoDirectory, *arguments: object, **options: object) -> None:
        arrived.set()
        assert go_on.wait(TIMEOUT_MS / 1000)
        real(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(DemoDirectory, "add_member", held)
    return arrived, go_on


# --- success ----------------------------------------------------------------------------------------------


def test_that_all_steps_are_shown_before_the_first_one_is_done(
    checkout: Checkout, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, go_on = hold_the_write(monkeypatch)
    checkout.submit()
    world.wait_until(lambda: arrived.is_set() and checkout.steps["nest-group"] is StepState.RUNNING)
    assert checkout.steps == {
        "record-intent": StepState.DONE,
        "check-targets": StepState.DONE,
        "check-account": StepState.DONE,
        "check-rights": StepState.DONE,
        "create-group": StepState.DONE,
        "nest-group": StepState.RUNNING,
        "read-back": StepState.PENDING,
        "guarantee": StepState.PENDING,
        "replication": StepState.PENDING,
    }
    go_on.set()
    world.settle()
    assert checkout.steps["read-back"] is StepState.DONE


def test_that_the_wait_for_replication_counts_down_and_shows_each_answer(
    checkout: Checkout, world: World
) -> None:
    checkout.submit()
    world.settle()
    assert checkout.countdown == "Active when every domain controller has it, at the latest in 8 s."
    assert not checkout.can_see("open_session")
    world.pass_seconds(4)
    assert "in 4 s" in checkout.countdown
    assert checkout.controllers["dc1.corp.example.test"] is StepState.DONE
    assert checkout.controllers["rodc1.corp.example.test"] is StepState.RUNNING


def test_that_a_fixed_wait_says_how_long_still(world: World) -> None:
    jit = replace(world.provider.jit, replication_mode=ReplicationMode.FIXED, replication_latency_seconds=30)
    world.save_provider(replace(world.provider, jit=jit))
    world.open()
    checkout = Checkout(world)
    checkout.fill_in()
    checkout.submit()
    world.settle()
    assert checkout.countdown == "Active in 30 s."
    world.pass_seconds(31)
    assert checkout.steps["replication"] is StepState.DONE
    assert "is a member of" in checkout.banner


def test_that_an_active_elevation_offers_a_session_as_the_next_step(checkout: Checkout, world: World) -> None:
    checkout.submit()
    world.settle()
    world.pass_seconds(9)
    assert checkout.banner.startswith("_backupoperator15 is a member of RDM administrators until")
    assert checkout.window.focusWidget() is checkout.button("open_session")
    checkout.click("open_session")
    world.settle()
    assert [account for _, account, _ in world.sessions.started] == ["_backupoperator15"]


def test_that_no_session_is_offered_where_no_command_is_set(world: World) -> None:
    world.save_provider(None, session_command=())
    world.open()
    checkout = Checkout(world)
    checkout.fill_in()
    checkout.submit()
    world.settle()
    world.pass_seconds(9)
    assert "is a member of" in checkout.banner
    assert not checkout.can_see("open_session")
    assert checkout.window.focusWidget() is checkout.button("close")


def test_that_the_account_really_is_a_member_then_and_not_before(checkout: Checkout, world: World) -> None:
    assert members(world) == set()
    checkout.submit()
    world.settle()
    (group,) = members(world)
    assert {str(dn).split(",")[0] for dn in world.console.members(group)} == {"CN=_backupoperator15"}  # type: ignore[arg-type]


def test_that_reason_and_ticket_go_with_the_elevation(world: World) -> None:
    world.save_provider(None, reason=FieldMode.REQUIRED)
    world.open()
    checkout = Checkout(world)
    checkout.fill_in()
    checkout.give_reason("  Restore the mailbox store  ")
    checkout.submit()
    world.settle()
    assert world.store.open_elevations()[0].reason == "Restore the mailbox store"


def test_that_the_main_window_can_be_used_meanwhile(checkout: Checkout, world: World) -> None:
    assert checkout.window.windowModality() is Qt.WindowModality.NonModal
    checkout.submit()
    world.settle()
    assert [row[0] for row in world.cells("elevations.table")] == ["_backupoperator15"]


def test_that_return_submits(checkout: Checkout, world: World) -> None:
    QTest.keyClick(checkout.window, Qt.Key.Key_Return)
    world.settle()
    assert len(world.store.open_elevations()) == 1


# --- cancelling -------------------------------------------------------------------------------------------


def test_that_cancelling_the_grant_leaves_nothing(
    checkout: Checkout, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, go_on = hold_the_write(monkeypatch)
    checkout.submit()
    world.wait_until(arrived.is_set)
    checkout.click("cancel")
    assert checkout.banner.startswith("Cancelling:")
    assert not checkout.button("cancel").isEnabled()
    go_on.set()
    world.settle()
    world.pass_seconds(20, beats=4)
    assert checkout.banner == "Cancelled. Nothing is left granted."
    assert members(world) == set()
    assert world.desk.board.elevations == ()


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Cancelled("Cancelled."), State.FAILED),
        (DirectoryUnavailable("dc1 does not answer."), State.FAILED),
        (None, State.ENDED),
    ],
)
@pytest.mark.parametrize("what", ["still has T permanently", f"not confirmed at {DC2}"])
def test_that_nothing_is_left_granted_is_not_said_of_what_the_account_has_or_may_have(
    checkout: Checkout, world: World, error: JitError | None, state: State, what: str
) -> None:
    checkout.submit()
    world.settle()
    progress = checkout.window.findChild(CheckoutProgress)
    assert progress is not None
    lent = world.desk.board.elevations[0]
    rights = (RemainingRight(lent.privileges[0].group.guid, "T", (), since_before=False),)
    left = {"remains": rights} if "still" in what else {"unconfirmed_on": (DC2,)}
    progress.take_elevation(replace(lent, state=state, **left))
    if error is not None:
        progress.show_failure(error)
    assert f"{state.value.capitalize()}; {what}" in checkout.banner
    assert "Nothing is left granted" not in checkout.banner


def test_that_cancelling_while_it_replicates_gives_it_back(checkout: Checkout, world: World) -> None:
    checkout.submit()
    world.settle()
    assert members(world)
    checkout.click("cancel")
    world.settle()
    world.pass_seconds(20, beats=5)
    assert checkout.banner == "Checked in. Nothing is left granted."
    assert members(world) == set()


def test_that_cancelling_the_form_asks_nothing_and_writes_nothing(checkout: Checkout, world: World) -> None:
    closed = checkout.destroyed_is_told()
    checkout.click("cancel")
    assert len(closed) == 1
    assert world.store.open_elevations() == []


# --- failing ----------------------------------------------------------------------------------------------


def test_that_a_failure_says_what_happened_and_keeps_what_was_entered(
    checkout: Checkout, world: World
) -> None:
    checkout.give_reason("Restore")
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.ADD_MEMBER)
    checkout.submit()
    world.settle()
    assert "access denied" in checkout.banner
    assert checkout.steps["nest-group"] is StepState.FAILED
    assert checkout.steps["read-back"] is StepState.SKIPPED
    assert members(world) == set()
    checkout.click("back")
    assert checkout.ticked == ["RDM administrators"]
    assert "Backup operator 15 becomes a member" in checkout.sentence


def test_that_trying_again_sends_the_same_request(checkout: Checkout, world: World) -> None:
    checkout.give_reason("Restore")
    world.faults.fail_next(Fault.ACCESS_DENIED, Operation.ADD_MEMBER)
    checkout.submit()
    world.settle()
    world.pass_seconds(20, beats=5)
    checkout.click("try_again")
    world.settle()
    (elevation,) = world.store.open_elevations()
    assert (elevation.state, elevation.reason) == (State.PROPAGATING, "Restore")
    assert checkout.banner == "", "the failure is no news any more"
    assert checkout.steps["nest-group"] is StepState.DONE


def test_that_a_refusal_names_who_has_the_account(checkout: Checkout, world: World) -> None:
    world.lend(by="CORP\\jonas.weber")  # another copy, a moment ago: the board has not heard of it
    checkout.submit()
    world.settle()
    assert "is checked out by CORP\\jonas.weber" in checkout.banner


def test_that_a_permanent_member_is_told_that_nothing_would_change(world: World) -> None:
    world.open()
    checkout = Checkout(world)
    checkout.choose_account("Standing administrator")
    checkout.tick("RDM administrators")
    checkout.submit()
    world.settle()
    assert "already a permanent member" in checkout.banner
    assert checkout.steps["create-group"] is StepState.SKIPPED


def test_that_a_missing_password_is_asked_for(
    checkout: Checkout, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def needed(*_: object) -> None:
        raise PasswordNeeded("The password of CORP\\svc-jit is needed.")

    with monkeypatch.context() as patch:
        patch.setattr(world.service, "check_out", needed)
        checkout.submit()
        world.settle()
    assert world.is_there("password")
    world.click("password.cancel")
    checkout.click("try_again")
    world.settle()
    assert len(world.store.open_elevations()) == 1


def test_that_the_checkout_goes_on_by_itself_once_the_password_is_known(
    checkout: Checkout, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def needed(*_: object) -> None:
        raise PasswordNeeded("The password of CORP\\svc-jit is needed.")

    with monkeypatch.context() as patch:
        patch.setattr(world.service, "check_out", needed)
        checkout.submit()
        world.settle()
    dialog = world.find(PasswordDialog, "password")
    dialog.signed_in.emit(world.provider.id)
    world.settle()
    assert len(world.store.open_elevations()) == 1


def test_that_another_failure_waits_for_the_person(
    checkout: Checkout, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise Refused("No.")

    with monkeypatch.context() as patch:
        patch.setattr(world.service, "check_out", refused)
        checkout.submit()
        world.settle()
    checkout.window.retry_after_sign_in(world.provider.id)
    world.settle()
    assert len(world.store.open_elevations()) == 0


@pytest.mark.expects_log("Unexpected fault")
def test_that_a_fault_of_the_program_is_said_without_a_stack_trace(
    checkout: Checkout, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(world.service, "check_out", broken)
    checkout.submit()
    world.settle()
    assert checkout.banner.startswith("A fault in the program stopped it.")
    assert "division" not in checkout.banner


# --- closing ----------------------------------------------------------------------------------------------


def test_that_closing_during_the_grant_asks_and_can_let_it_go_on(
    checkout: Checkout, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, go_on = hold_the_write(monkeypatch)
    closed = checkout.destroyed_is_told()
    checkout.submit()
    world.wait_until(arrived.is_set)
    checkout.window.close()
    assert closed == []
    world.click("decision.go_on")
    assert len(closed) == 1
    go_on.set()
    world.settle()
    assert [e.state for e in world.desk.board.elevations] == [State.PROPAGATING]


def test_that_closing_during_the_grant_can_take_it_back(
    checkout: Checkout, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, go_on = hold_the_write(monkeypatch)
    checkout.submit()
    world.wait_until(arrived.is_set)
    QTest.keyClick(checkout.window, Qt.Key.Key_Escape)
    world.click("decision.take_back")
    go_on.set()
    world.settle()
    world.pass_seconds(20, beats=5)
    assert members(world) == set()
    assert checkout.banner == "Cancelled. Nothing is left granted."


def test_that_closing_afterwards_asks_nothing(checkout: Checkout, world: World) -> None:
    closed = checkout.destroyed_is_told()
    checkout.submit()
    world.settle()
    world.pass_seconds(9)
    checkout.click("close")
    assert len(closed) == 1
    assert [e.state for e in world.desk.board.elevations] == [State.ACTIVE]


def test_that_a_success_does_not_stand_there_when_its_time_is_over(checkout: Checkout, world: World) -> None:
    checkout.submit()
    world.settle()
    world.pass_seconds(9)
    assert "is a member of" in checkout.banner
    world.desk.heartbeat.stop()
    elevation = world.desk.board.elevations[0]
    left = elevation.remaining(world.desk.now(elevation.provider_id)).total_seconds()
    world.clock.pass_seconds(left)
    world.desk.heartbeat.ticked.emit()
    assert checkout.banner == "Its deadline has come: it is being ended."
    world.clock.pass_seconds(6)
    world.desk.heartbeat.ticked.emit()
    assert "its end is not confirmed" in checkout.banner
