# SPDX-License-Identifier: MIT
"""What can be asked for, and what is said beside a field that is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QDate, QDateTime, Qt, QTime, QTimeZone
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDateTimeEdit, QLabel, QListView, QSpinBox, QWidget

from jit_desktop.elevation.ports import DirectoryEntry, EntryKind
from jit_desktop.elevation.settings import FieldMode, PrivilegedAccount, ProviderPrivilege
from jit_desktop.ui.checkout.form import CheckoutForm
from jit_desktop.ui.models.board import ProviderStatus
from tests.ui.checkout.driver import Checkout
from tests.ui.main_window.world import World

EXAMPLE = (
    "Backup operator 15 becomes a member of RDM administrators for 2 hours, through a temporary group in "
    r"Domain Groups\Vaults\Internal that is removed at the end."
)


def opened(world: World) -> Checkout:
    world.open()
    return Checkout(world)


def test_that_the_sentence_says_what_will_happen(world: World) -> None:
    checkout = opened(world)
    assert checkout.sentence == "Choose an account and what it is to be allowed."
    checkout.choose_account("Backup operator 15")
    assert checkout.sentence == "Choose what Backup operator 15 is to be allowed."
    checkout.tick("RDM administrators")
    assert checkout.sentence.startswith(EXAMPLE)


def test_that_the_sentence_follows_the_duration(world: World) -> None:
    checkout = opened(world)
    checkout.fill_in()
    world.find(QSpinBox, "duration-hours", checkout.window).setValue(3)
    assert "for 3 hours" in checkout.sentence


def test_that_the_request_carries_the_moment_that_was_chosen(world: World) -> None:
    checkout = opened(world)
    checkout.fill_in()
    form = checkout.window.findChild(CheckoutForm)
    assert isinstance(form, CheckoutForm)
    request = form.request()
    assert request is not None
    assert request.until is None, "a duration was chosen"
    shown = world.clock.utc_now().astimezone() + timedelta(hours=3)
    wall = QDateTime(
        QDate(shown.year, shown.month, shown.day), QTime(shown.hour, shown.minute), QTimeZone.utc()
    )
    world.find(QDateTimeEdit, "duration-end", checkout.window).setDateTime(wall)
    request = form.request()
    assert request is not None
    assert request.until == shown.replace(second=0, microsecond=0)
    assert request.until.utcoffset() == timedelta(0)


def test_that_each_thing_that_is_missing_is_said_beside_its_field(world: World) -> None:
    world.save_provider(None, reason=FieldMode.REQUIRED, ticket=FieldMode.REQUIRED)
    checkout = opened(world)
    assert checkout.problem_of("checkout.account") == "", "nothing is wrong before it was tried"
    checkout.submit()
    assert checkout.problem_of("checkout.account") == "Choose an account."
    checkout.choose_account("Backup operator 15")
    assert checkout.problem_of("checkout.account") == ""
    assert checkout.problem_of("checkout.privileges") == "Choose at least one privilege."
    assert checkout.problem_of("checkout.reason") == "The checkout policy asks for a reason."
    assert checkout.problem_of("checkout.ticket") == "The checkout policy asks for a ticket number."
    checkout.tick("RDM administrators")
    checkout.give_reason("Restore")
    assert checkout.problem_of("checkout.privileges") == ""
    assert checkout.problem_of("checkout.reason") == ""
    assert world.store.open_elevations() == []


def test_that_the_first_field_with_a_problem_gets_the_focus(world: World) -> None:
    checkout = opened(world)
    world.wait_until(lambda: QApplication.focusWidget() is not None)
    checkout.choose_account("Backup operator 15")
    checkout.submit()
    assert checkout.window.focusWidget() is world.find(QListView, "checkout.privileges", checkout.window)


def test_that_a_duration_beyond_the_policy_is_not_sent(world: World) -> None:
    checkout = opened(world)
    checkout.fill_in()
    world.find(QSpinBox, "duration-minutes", checkout.window).setValue(59)
    world.find(QSpinBox, "duration-hours", checkout.window).setValue(8)
    checkout.submit()
    message = world.find(QWidget, "duration-message", checkout.window).findChild(QLabel, "message")
    assert isinstance(message, QLabel)
    assert message.text() == "At most 8 h by the checkout policy."
    assert world.store.open_elevations() == []


@pytest.mark.parametrize(
    ("mode", "visible"), [(FieldMode.HIDDEN, False), (FieldMode.OPTIONAL, True), (FieldMode.REQUIRED, True)]
)
def test_that_the_policy_decides_what_is_asked(world: World, mode: FieldMode, visible: bool) -> None:
    world.save_provider(None, ticket=mode)
    checkout = opened(world)
    checkout.choose_account("Backup operator 15")
    assert world.find(QWidget, "checkout.ticket", checkout.window).isVisible() is visible


def test_that_an_account_that_is_taken_can_be_seen_and_not_chosen(world: World) -> None:
    world.lend()
    checkout = opened(world)
    row = checkout.account.findText("_backupoperator15", Qt.MatchFlag.MatchContains)
    assert (
        not checkout.account.model().flags(checkout.account.model().index(row, 0)) & Qt.ItemFlag.ItemIsEnabled
    )


def test_that_an_account_that_is_taken_meanwhile_is_said_and_not_sent(world: World) -> None:
    checkout = opened(world)
    checkout.fill_in()
    world.lend(by="CORP\\jonas.weber")
    world.pass_seconds(15)
    checkout.submit()
    assert checkout.problem_of("checkout.account").startswith("Checked out by CORP\\jonas.weber until")
    assert checkout.ticked == ["RDM administrators"], "what was entered is kept"
    assert len(world.store.open_elevations()) == 1


def test_that_an_account_with_sets_is_offered_only_what_they_give_it(world: World) -> None:
    jit = replace(world.provider.jit, privilege_sets_enabled=True)
    world.save_provider(replace(world.provider, jit=jit))
    checkout = opened(world)
    checkout.choose_account("Service desk 4")
    assert checkout.offered == ["Service desk", "RDM service desk"]


def test_that_ticking_a_set_chooses_its_privileges(world: World) -> None:
    jit = replace(world.provider.jit, privilege_sets_enabled=True)
    world.save_provider(replace(world.provider, jit=jit))
    checkout = opened(world)
    checkout.choose_account("Backup operator 15")
    checkout.tick("Infrastructure")
    assert checkout.ticked == [
        "Infrastructure",
        "RDM administrators",
        "RDM service desk",
        "RDM administrators, all domains",
    ]


def test_that_an_account_without_any_set_is_told_so(world: World) -> None:
    jit = replace(world.provider.jit, privilege_sets_enabled=True, privilege_sets=())
    world.save_provider(replace(world.provider, jit=jit))
    checkout = opened(world)
    checkout.choose_account("Backup operator 15")
    view = world.find(QListView, "checkout.privileges", checkout.window)
    assert view.accessibleName() == "Privileges: No privilege set gives this account anything."


def test_that_a_search_finds_display_names_and_groups_and_keeps_the_ticks(world: World) -> None:
    checkout = opened(world)
    checkout.fill_in()
    checkout.search("universal")
    assert checkout.offered == ["RDM administrators, all domains"]
    checkout.tick("RDM administrators, all domains")
    checkout.search("")
    assert checkout.ticked == ["RDM administrators", "RDM administrators, all domains"]


def test_that_return_in_the_search_searches_and_does_not_check_out(world: World) -> None:
    checkout = opened(world)
    checkout.fill_in()
    field = world.find(QWidget, "checkout.privilege_search", checkout.window)
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Return)
    world.settle()
    assert world.store.open_elevations() == []


def test_that_privileges_can_be_ticked_with_the_keyboard(world: World) -> None:
    checkout = opened(world)
    checkout.choose_account("Backup operator 15")
    view = world.find(QListView, "checkout.privileges", checkout.window)
    view.setCurrentIndex(view.model().index(1, 0))
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert checkout.ticked == ["RDM service desk"]


def test_that_directory_text_is_shown_as_it_is(world: World) -> None:
    strange = "<b>Ops</b> & Co"
    first, *others = world.provider.jit.privileges
    privileges = (ProviderPrivilege(first.group, strange), *others)
    account = PrivilegedAccount(world.provider.accounts[0].account, "<i>me</i>")
    world.save_provider(
        replace(
            world.provider,
            jit=replace(world.provider.jit, privileges=privileges),
            accounts=(account, *world.provider.accounts[1:]),
        )
    )
    checkout = opened(world)
    checkout.choose_account("<i>me</i>")
    checkout.tick(strange)
    sentence = world.find(QLabel, "checkout.sentence", checkout.window)
    assert sentence.textFormat() is Qt.TextFormat.PlainText
    assert sentence.text().startswith("<i>me</i> becomes a member of <b>Ops</b> & Co for")


def test_that_every_input_has_a_name_for_screen_readers(world: World) -> None:
    world.save_provider(None, ticket=FieldMode.OPTIONAL)
    checkout = opened(world)
    names = ("account", "privilege_search", "privileges", "reason", "ticket")
    widgets = [world.find(QWidget, f"checkout.{name}", checkout.window) for name in names]
    assert [w.objectName() for w in widgets if not w.accessibleName()] == []


def test_that_an_account_that_was_disabled_meanwhile_is_named_beside_its_field(world: World) -> None:
    checkout = opened(world)
    checkout.choose_account("Backup operator 15")
    checkout.tick("RDM administrators")
    account = next(a.account for a in world.provider.accounts if a.account.name == "_backupoperator15")
    entry = DirectoryEntry(account.guid, account.dn, account.name, EntryKind.ACCOUNT, enabled=False)
    world.desk.board.set_status(world.provider.id, ProviderStatus(accounts={account.guid: entry}))
    world.settle()
    checkout.submit()
    assert checkout.problem_of("checkout.account") == "The account is disabled in Active Directory."
    assert world.store.open_elevations() == []
