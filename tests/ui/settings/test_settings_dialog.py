# SPDX-License-Identifier: MIT
"""The settings are edited, checked beside the field, saved whole or not at all, and never lost unasked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QLabel, QLineEdit, QListWidget, QTreeView

from jit_desktop.directory.demo import DEMO_PROVIDER_ID, Fault, Operation
from jit_desktop.elevation.errors import DirectoryUnavailable, StoreReadOnly
from jit_desktop.elevation.ports import FoundDomain
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionMethod, DomainProvider, FieldMode, SignIn
from jit_desktop.ui.settings.certificate_dialog import CertificateDialog
from jit_desktop.ui.settings.object_table import ObjectColumn
from jit_desktop.ui.settings.page import SettingsPage
from jit_desktop.ui.widgets import Banner, StepList, StepState
from tests.ui.main_window.world import World
from tests.ui.settings.conftest import TABS, SettingsDriver

SERVICE_DESK = "Remote Desktop Manager Service Desk"


def problem_texts(world: World, page: str) -> list[str]:
    labels = world.find(SettingsPage, f"settings.page-{page}").findChildren(QLabel)
    return [label.text() for label in labels if label.isVisible() and label.property("severity") == "error"]


def banner_text(world: World) -> str:
    banner = world.find(Banner, "settings.banner")
    return banner.text if banner.isVisible() else ""


# --- provider privileges ---------------------------------------------------------------------------------


def test_that_groups_are_added_renamed_and_saved(settings: SettingsDriver, world: World) -> None:
    settings.show_page("jit")
    world.click("settings.privileges-add")
    settings.pick("Domain Admins")
    table = world.find(QTreeView, "settings.privileges")
    last = table.model().index(table.model().rowCount() - 1, ObjectColumn.DISPLAY_NAME)
    assert last.data() == "Domain Admins"
    table.scrollTo(last)
    pen = table.visualRect(last.siblingAtColumn(ObjectColumn.PEN)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=pen)
    editor = table.viewport().findChild(QLineEdit)
    assert editor is not None
    editor.setText("All powers")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    world.wait_until(lambda: last.data() == "All powers", "the new display name")
    settings.save()
    stored = settings.stored().jit.privileges[-1]
    assert (stored.group.name, stored.display_name) == ("Domain Admins", "All powers")
    assert settings.saved_count == 1
    assert not settings.dialog.isVisible()


def test_that_a_privilege_is_removed_with_the_delete_key(settings: SettingsDriver, world: World) -> None:
    settings.show_page("jit")
    table = world.find(QTreeView, "settings.privileges")
    table.setFocus()
    world.select_row("settings.privileges", 1)
    QTest.keyClick(table, Qt.Key.Key_Delete)
    settings.save()
    assert SERVICE_DESK not in [p.group.name for p in settings.stored().jit.privileges]


def test_that_the_pickers_mark_what_is_in_the_list(settings: SettingsDriver, world: World) -> None:
    settings.show_page("jit")
    world.click("settings.privileges-add")
    settings.type("picker.search", SERVICE_DESK)
    results = world.find(QTreeView, "picker.results")
    world.wait_until(lambda: results.model().rowCount() == 1)
    assert ", in the list" in results.model().index(0, 1).data()


# --- privilege sets --------------------------------------------------------------------------------------


def test_that_a_privilege_set_names_privileges_and_accounts(settings: SettingsDriver, world: World) -> None:
    settings.show_page("jit")
    assert not world.is_there("settings.sets")
    QTest.mouseClick(world.find(QCheckBox, "settings.privilege-sets-enabled"), Qt.MouseButton.LeftButton)
    world.click("settings.sets-add")
    QTest.keyClicks(world.find(QLineEdit, "settings.set-name"), "Night shift")
    for name in ("settings.set-privileges", "settings.set-accounts"):
        world.find(QListWidget, name).item(0).setCheckState(Qt.CheckState.Checked)
    settings.save()
    stored = settings.stored()
    bundle = stored.jit.privilege_sets[-1]
    assert stored.jit.privilege_sets_enabled
    assert bundle.name == "Night shift"
    assert bundle.privileges == {stored.jit.privileges[0].group.guid}
    assert bundle.accounts == {stored.accounts[0].account.guid}


def test_that_an_empty_set_is_refused_where_the_sets_are(settings: SettingsDriver, world: World) -> None:
    settings.show_page("jit")
    world.find(QCheckBox, "settings.privilege-sets-enabled").setChecked(True)
    world.click("settings.sets-add")
    settings.save()
    assert settings.dialog.isVisible()
    assert problem_texts(world, "jit") == ["The privilege set Privilege set 1 has no privileges."]
    assert settings.stored() == world.provider


# --- advanced --------------------------------------------------------------------------------------------


def test_that_the_prefix_is_counted_and_checked_while_it_is_typed(
    settings: SettingsDriver, world: World
) -> None:
    settings.show_page("jit")
    settings.type("settings.group-prefix", "RDM")
    labels = world.find(SettingsPage, "settings.page-jit").findChildren(QLabel)
    assert any(label.text().startswith("3/27 ") for label in labels)
    settings.type("settings.group-prefix", "RDM/JIT")
    assert problem_texts(world, "jit") == ["Active Directory does not allow / in the name of a group."]
    settings.type("settings.group-prefix", "RDM_JIT2")
    assert problem_texts(world, "jit") == []


def test_that_the_creation_location_is_chosen_in_the_tree(settings: SettingsDriver, world: World) -> None:
    settings.show_page("jit")
    world.click("settings.location-browse")
    tree = world.find(QTreeView, "picker.tree")
    world.wait_until(lambda: tree.currentIndex().data() == "Internal")
    external = tree.currentIndex().siblingAtRow(0)
    assert external.data() == "External"
    tree.setCurrentIndex(external)
    world.click("picker.accept")
    assert settings.text("settings.location") == r"Domain Groups\Vaults\External"
    settings.save()
    location = settings.stored().jit.location
    assert location is not None
    assert location.name == "External"


# --- accounts and policy ---------------------------------------------------------------------------------


def test_that_an_account_is_added_and_a_disabled_one_is_said_to_be(
    settings: SettingsDriver, world: World
) -> None:
    settings.show_page("accounts")
    rows = {row[ObjectColumn.NAME]: row[ObjectColumn.PLACE] for row in world.cells("settings.accounts")}
    assert rows["_disabled01"] == "Disabled in Active Directory"
    assert rows["_backupoperator15"] == "Privileged Accounts"
    world.click("settings.accounts-add")
    settings.pick("_backupoperator01")
    settings.save()
    assert settings.stored().accounts[-1].account.name == "_backupoperator01"


def test_that_the_checkout_policy_is_saved(settings: SettingsDriver, world: World) -> None:
    settings.show_page("policy")
    settings.type("settings.default-duration", "1 h 30 min")
    settings.type("settings.maximum-duration", "4 h")
    world.find(QCheckBox, "settings.extension-allowed").setChecked(False)
    reason = world.find(QComboBox, "settings.reason")
    QTest.keyClick(reason, Qt.Key.Key_End)
    settings.type("settings.session-command", 'runas "mmc dsa.msc"')
    settings.save()
    policy = settings.stored().policy
    assert (policy.default_seconds, policy.maximum_seconds) == (5400, 14400)
    assert not policy.extension_allowed
    assert policy.reason is FieldMode.REQUIRED
    assert policy.session_command == ("runas", "mmc dsa.msc")


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("settings.default-duration", "soon", "Enter a duration, for example 2 h or 1 h 30 min."),
        (
            "settings.default-duration",
            "9 h",
            "The default lies between the shortest and the longest duration.",
        ),
        ("settings.session-command", 'runas "mmc', "A quotation mark is not closed."),
    ],
)
def test_that_what_can_not_be_is_said_beside_the_field_and_not_saved(
    settings: SettingsDriver, world: World, field: str, text: str, problem: str
) -> None:
    settings.show_page("policy")
    settings.type("settings.minimum-duration", "2 min")
    settings.type(field, text)
    assert problem_texts(world, "policy") == [problem]
    settings.save()
    assert settings.stored() == world.provider
    assert world.find(QLineEdit, field).hasFocus()


# --- connection ------------------------------------------------------------------------------------------


@pytest.fixture
def real(world: World) -> DomainProvider:
    """A provider with a password over LDAPS; the demo domain answers for it."""
    connection = replace(world.provider.connection, method=ConnectionMethod.LDAPS, bind_as="CORP\\svc-jit")
    return world.save_provider(replace(world.provider, connection=connection))


def test_that_the_connection_is_tested_step_by_step(settings: SettingsDriver, world: World) -> None:
    world.click("settings.test-connection")
    world.settle()
    steps = world.find(StepList, "settings.test-steps")
    assert [steps.state(key) for key in steps.keys()] == [StepState.DONE] * 4  # noqa: SIM118 - no dict
    assert r"CORP\svc-jit on dc1.corp.example.test" in steps.detail("connect")
    assert "corp.example.test (CORP)" in steps.detail("domain")
    assert steps.detail("clock") == "The domain controller is 1 min 30 s ahead"
    assert world.find(QLabel, "settings.test-verdict").text() == "The connection works."


def test_that_missing_rights_are_named(world: World) -> None:
    connection = replace(world.provider.connection, bind_as="CORP\\nobody01")
    provider = world.save_provider(replace(world.provider, connection=connection))
    driver = SettingsDriver(world)
    driver.open(provider)
    world.click("settings.test-connection")
    world.settle()
    steps = world.find(StepList, "settings.test-steps")
    assert steps.state("rights") is StepState.WARNING
    assert r"it may not create groups in Domain Groups\Vaults\Internal" in steps.detail("rights")


def test_that_a_wrong_password_shows_at_the_step_it_belongs_to(world: World, real: DomainProvider) -> None:
    driver = SettingsDriver(world)
    driver.open(real)
    driver.type("settings.password", "wrong")
    world.click("settings.test-connection")
    world.settle()
    steps = world.find(StepList, "settings.test-steps")
    assert steps.state("connect") is StepState.FAILED
    assert "does not accept the password" in steps.detail("connect")
    assert steps.state("rights") is StepState.SKIPPED


def test_that_the_kept_password_is_not_tried_on_another_server(world: World, real: DomainProvider) -> None:
    world.secrets.remember(real.id, Secret("correct horse"), keep=True)
    driver = SettingsDriver(world)
    driver.open(real)
    driver.type("settings.server", "dc2.corp.example.test")
    world.click("settings.test-connection")
    world.settle()
    steps = world.find(StepList, "settings.test-steps")
    assert steps.state("connect") is StepState.FAILED
    assert "Enter the password again" in steps.detail("connect")


def test_that_a_test_that_hangs_can_be_stopped(settings: SettingsDriver, world: World) -> None:
    world.faults.fail_next(Fault.HANG, Operation.CURRENT_TIME)
    steps = world.find(StepList, "settings.test-steps")
    world.click("settings.test-connection")
    world.wait_until(lambda: "clock" in steps.keys() and steps.state("clock") is StepState.RUNNING)  # noqa: SIM118
    world.click("settings.test-connection")
    world.settle()
    assert steps.state("clock") is StepState.SKIPPED
    assert world.find(QLabel, "settings.test-verdict").text() == "Stopped."


def test_that_a_password_is_remembered_when_the_settings_are_saved(
    world: World, real: DomainProvider
) -> None:
    driver = SettingsDriver(world)
    driver.open(real)
    driver.type("settings.password", "correct horse")
    assert world.secrets.password(real.id) is None
    driver.save()
    password = world.secrets.password(real.id)
    assert password is not None
    assert password.reveal() == "correct horse"
    assert world.secrets.kept == {real.id: True}


def test_that_without_a_credential_store_keeping_is_off_and_says_why(
    world: World, real: DomainProvider
) -> None:
    world.secrets.can_keep = False
    driver = SettingsDriver(world)
    driver.open(real)
    keep = world.find(QCheckBox, "settings.keep-password")
    assert not keep.isEnabled()
    assert not keep.isChecked()
    assert "no credential store" in keep.accessibleDescription()
    driver.type("settings.password", "correct horse")
    driver.save()
    assert world.secrets.kept == {real.id: False}


def test_that_kerberos_asks_for_no_password(world: World, real: DomainProvider) -> None:
    driver = SettingsDriver(world)
    driver.open(real)
    method = world.find(QComboBox, "settings.method")
    QTest.keyClick(method, Qt.Key.Key_End)
    assert not world.is_there("settings.password")
    assert not world.is_there("settings.trust")
    assert not world.find(QComboBox, "settings.sign-in").isEnabled()
    driver.save()
    connection = driver.stored().connection
    assert connection.method is ConnectionMethod.SEALED
    assert connection.sign_in is SignIn.KERBEROS


def test_that_a_certificate_is_shown_before_it_is_trusted(
    world: World, real: DomainProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    fingerprint = "0123456789abcdef" * 4
    monkeypatch.setattr(world.connector, "certificate_fingerprint", lambda connection: fingerprint)
    driver = SettingsDriver(world)
    driver.open(real)
    trust = world.find(QComboBox, "settings.trust")
    QTest.keyClick(trust, Qt.Key.Key_End)
    world.click("settings.show-certificate")
    assert not world.find(QAbstractButton, "certificate.trust").isEnabled()
    world.settle()
    shown = world.find(QLabel, "certificate.fingerprint").text()
    assert shown.replace("\n", " ").split(" ") == ["0123", "4567", "89AB", "CDEF"] * 4
    assert driver.text("settings.fingerprint") == ""
    world.click("certificate.trust")
    driver.save()
    assert driver.stored().connection.fingerprint == fingerprint


def test_that_a_certificate_that_can_not_be_read_is_no_choice(
    world: World, real: DomainProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> str:
        raise DirectoryUnavailable("dc1 does not answer.", remedy="Check the name.")

    monkeypatch.setattr(world.connector, "certificate_fingerprint", refuse)
    driver = SettingsDriver(world)
    driver.open(real)
    QTest.keyClick(world.find(QComboBox, "settings.trust"), Qt.Key.Key_End)
    world.click("settings.show-certificate")
    world.settle()
    dialog = world.find(CertificateDialog, "certificate")
    assert "dc1 does not answer. Check the name." in [label.text() for label in dialog.findChildren(QLabel)]
    assert not world.find(QAbstractButton, "certificate.trust").isEnabled()


# --- what became of the objects --------------------------------------------------------------------------


def test_that_renamed_moved_and_deleted_groups_are_told_beside_their_rows(world: World) -> None:
    renamed, moved, deleted = (p.group for p in world.provider.jit.privileges)
    world.console.rename(renamed.guid, "Remote Desktop Operators")
    world.console.move(moved.guid, world.provider.jit.location.guid)  # type: ignore[union-attr]
    world.console.delete(deleted.guid)
    driver = SettingsDriver(world)
    driver.open()
    driver.show_page("jit")
    rows = world.cells("settings.privileges")
    assert rows[0][ObjectColumn.NAME] == "Remote Desktop Operators"
    assert rows[0][ObjectColumn.PLACE] == f"Renamed, was “{renamed.name}”"
    assert rows[1][ObjectColumn.PLACE] == r"Moved, was in Domain Groups\Groups"
    assert rows[2][ObjectColumn.PLACE] == "No longer exists, or can't be seen"
    assert not world.find(QAbstractButton, "settings.save").isEnabled(), "nobody edited anything"


def test_that_a_creation_location_that_was_deleted_is_told_beside_its_field(world: World) -> None:
    location = world.provider.jit.location
    assert location is not None
    world.console.delete(location.guid)
    driver = SettingsDriver(world)
    driver.open()
    driver.show_page("jit")
    assert problem_texts(world, "jit") == ["No longer exists, or can't be seen"]
    driver.type("settings.group-prefix", "RDM")
    assert problem_texts(world, "jit") == ["No longer exists, or can't be seen"]


def test_that_a_directory_that_does_not_answer_is_told_and_asked_again(world: World) -> None:
    world.faults.fail_next(Fault.UNAVAILABLE, Operation.CONNECT)
    driver = SettingsDriver(world)
    driver.open()
    assert "does not answer" in banner_text(world)
    world.click("banner-action", world.find(Banner, "settings.banner"))
    world.settle()
    assert banner_text(world) == ""
    driver.show_page("accounts")
    assert "Disabled in Active Directory" in [
        row[ObjectColumn.PLACE] for row in world.cells("settings.accounts")
    ]


# --- the list of providers -------------------------------------------------------------------------------


def trigger(driver: SettingsDriver, name: str) -> None:
    action = driver.dialog.findChild(QAction, name)
    assert action is not None
    assert action.isEnabled()
    action.trigger()
    driver.world.settle()


def test_that_the_demo_domain_is_set_up_from_nothing(bare_world: World) -> None:
    driver = SettingsDriver(bare_world)
    driver.open()
    assert bare_world.is_there("settings.empty")
    trigger(driver, "settings.add-demo")
    driver.save()
    assert [p.id for p in bare_world.store.providers()] == [DEMO_PROVIDER_ID]


def test_that_save_goes_to_the_first_problem_of_an_incomplete_provider(bare_world: World) -> None:
    driver = SettingsDriver(bare_world)
    driver.open()
    trigger(driver, "settings.add-provider")
    assert problem_texts(bare_world, "connection") == [], "nobody is blamed for a form that just opened"
    driver.show_page("policy")
    driver.save()
    assert driver.page == "connection"
    assert bare_world.find(QLineEdit, "settings.server").hasFocus()
    assert "Enter the name of the domain or of a domain controller." in problem_texts(
        bare_world, "connection"
    )
    assert bare_world.store.providers() == []


def test_that_a_new_provider_begins_with_the_domain_of_the_session(bare_world: World) -> None:
    bare_world.found_domain = FoundDomain("corp.example.com", "dc1.corp.example.com", signed_in=True)
    driver = SettingsDriver(bare_world)
    driver.open()
    trigger(driver, "settings.add-provider")
    bare_world.settle()
    assert driver.text("settings.name") == "corp.example.com"
    assert driver.text("settings.server") == "dc1.corp.example.com"
    assert not bare_world.is_there("settings.password")
    # A second one is for another domain.
    trigger(driver, "settings.add-provider")
    bare_world.settle()
    assert driver.text("settings.server") == ""


def test_that_a_duplicate_is_a_provider_of_its_own(settings: SettingsDriver, world: World) -> None:
    trigger(settings, "settings.add-duplicate")
    settings.save()
    assert len(world.store.providers()) == 2


def test_that_a_provider_is_removed_only_after_it_was_confirmed_and_saved(
    settings: SettingsDriver, world: World
) -> None:
    world.click("settings.remove")
    world.click("decision.remove")
    assert len(world.store.providers()) == 1
    settings.save()
    assert world.store.providers() == []


def test_that_a_provider_that_is_kept_stays(settings: SettingsDriver, world: World) -> None:
    world.click("settings.remove")
    world.click("decision.keep")
    assert world.find(QListWidget, "settings.providers").count() == 1
    assert not world.find(QAbstractButton, "settings.save").isEnabled()


def test_that_a_provider_with_an_open_elevation_is_not_removed(world: World) -> None:
    world.lend()
    driver = SettingsDriver(world)
    driver.open()
    world.click("settings.remove")
    world.click("decision.remove")
    driver.save()
    assert driver.dialog.isVisible()
    assert banner_text(world)
    assert len(world.store.providers()) == 1


# --- leaving ---------------------------------------------------------------------------------------------


def test_that_cancel_discards(settings: SettingsDriver, world: World) -> None:
    settings.type("settings.name", "Another name")
    world.click("settings.cancel")
    assert not settings.dialog.isVisible()
    assert settings.stored() == world.provider
    assert settings.saved_count == 0


@pytest.mark.parametrize(
    ("answer", "name", "is_open"),
    [("edit", "before", True), ("discard", "before", False), ("save", "Another name", False)],
)
def test_that_escape_asks_about_unsaved_changes(
    settings: SettingsDriver, world: World, answer: str, name: str, *, is_open: bool
) -> None:
    settings.type("settings.name", "Another name")
    QTest.keyClick(settings.dialog, Qt.Key.Key_Escape)
    world.click(f"decision.{answer}")
    world.settle()
    assert settings.stored().name == (world.provider.name if name == "before" else name)
    assert settings.dialog.isVisible() is is_open


def test_that_escape_asks_nothing_where_nothing_was_changed(settings: SettingsDriver, world: World) -> None:
    settings.type("settings.name", "Another name")
    settings.type("settings.name", world.provider.name)
    QTest.keyClick(settings.dialog, Qt.Key.Key_Escape)
    assert not settings.dialog.isVisible()


def test_that_a_store_that_can_not_be_written_keeps_the_edits(
    settings: SettingsDriver, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StoreReadOnly("The database can't be written.", remedy="Check the permissions of its folder.")

    settings.type("settings.name", "Another name")
    with monkeypatch.context() as patch:
        patch.setattr(world.store, "save_provider", refuse)
        settings.save()
    assert "can't be written" in banner_text(world)
    assert settings.text("settings.name") == "Another name"
    settings.save()
    assert settings.stored().name == "Another name"


# --- everybody can use it --------------------------------------------------------------------------------


@pytest.mark.parametrize("page", TABS)
def test_that_every_input_has_a_name_for_a_screen_reader(
    settings: SettingsDriver, world: World, page: str
) -> None:
    world.find(QCheckBox, "settings.privilege-sets-enabled").setChecked(True)
    settings.show_page(page)
    kinds = (QLineEdit, QComboBox, QListWidget, QTreeView, QAbstractButton)
    nameless = [
        widget.objectName() or type(widget).__name__
        for kind in kinds
        for widget in settings.dialog.findChildren(kind)
        if widget.isVisible()
        and not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))
        and not widget.objectName().startswith("qt_")
    ]
    assert nameless == []
