# SPDX-License-Identifier: MIT
"""The first start leads to a complete provider, or into the demo domain with one click."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QTreeView

from jit_desktop.directory.demo import DEMO_PROVIDER_ID, Fault, Operation
from jit_desktop.elevation.errors import StoreReadOnly
from jit_desktop.elevation.ports import FoundDomain
from jit_desktop.elevation.settings import ConnectionMethod, SignIn
from jit_desktop.ui.first_start import FirstStart
from jit_desktop.ui.widgets import Banner, StepList, StepState
from tests.ui.main_window.world import World
from tests.ui.settings.conftest import SettingsDriver


class Assistant(SettingsDriver):
    """Does what somebody does who starts the program for the first time."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.saved_ids: list[str] = []
        self.assistant = FirstStart(world.context)
        self.assistant.saved.connect(self.saved_ids.append)
        self.assistant.open()

    @property
    def step(self) -> str:
        return self.world.find(QLabel, "first-start.step").text()

    def next(self) -> None:
        self.world.click("first-start.next")
        self.world.settle()


@pytest.fixture
def assistant(bare_world: World) -> Assistant:
    bare_world.found_domain = FoundDomain(name="corp.example.test")
    return Assistant(bare_world)


def test_that_the_demo_domain_is_one_click_away(assistant: Assistant, bare_world: World) -> None:
    bare_world.click("first-start.demo")
    bare_world.settle()
    assert assistant.saved_ids == [DEMO_PROVIDER_ID]
    assert [provider.id for provider in bare_world.store.providers()] == [DEMO_PROVIDER_ID]
    assert not assistant.assistant.isVisible()


def test_that_whoever_is_signed_in_to_the_domain_needs_no_password(
    assistant: Assistant, bare_world: World
) -> None:
    bare_world.found_domain = FoundDomain("corp.example.test", "dc1.corp.example.test", signed_in=True)
    bare_world.click("first-start.connect")
    bare_world.settle()
    assert assistant.text("settings.name") == "corp.example.test"
    assert assistant.text("settings.server") == "dc1.corp.example.test"
    connection = assistant.assistant.draft.provider.connection
    assert (connection.method, connection.sign_in) == (ConnectionMethod.SEALED, SignIn.KERBEROS)
    assert not bare_world.is_there("settings.password")


def test_that_what_somebody_has_begun_to_enter_stays(assistant: Assistant, bare_world: World) -> None:
    bare_world.click("first-start.connect")
    assistant.type("settings.server", "other")
    bare_world.settle()
    assert assistant.text("settings.server") == "other"
    assert assistant.text("settings.name") == ""


def test_that_the_assistant_sets_up_a_domain_from_nothing(assistant: Assistant, bare_world: World) -> None:
    bare_world.click("first-start.connect")
    bare_world.settle()
    assert assistant.text("settings.server") == "corp.example.test"
    assistant.type("settings.bind-as", r"CORP\svc-jit")
    assistant.type("settings.password", "correct horse")
    assistant.next()
    assert assistant.step == "What may be granted (2 of 3)"
    bare_world.click("settings.privileges-add")
    assistant.pick("Remote Desktop Manager Admins")
    bare_world.click("settings.location-browse")
    assistant.type("picker.search", "Internal")
    results = bare_world.find(QTreeView, "picker.results")
    bare_world.wait_until(lambda: results.model().rowCount() > 0)
    results.setCurrentIndex(results.model().index(0, 0))
    bare_world.click("picker.accept")
    assistant.next()
    assert assistant.step == "Who may have it (3 of 3)"
    bare_world.click("settings.accounts-add")
    assistant.pick("_backupoperator15")
    assistant.next()
    (provider,) = bare_world.store.providers()
    assert assistant.saved_ids == [provider.id]
    assert provider.name == "corp.example.test"
    assert [privilege.group.name for privilege in provider.jit.privileges] == [
        "Remote Desktop Manager Admins"
    ]
    assert [account.account.name for account in provider.accounts] == ["_backupoperator15"]
    assert provider.jit.location is not None
    assert bare_world.secrets.password(provider.id) is not None


def test_that_a_step_is_not_left_before_it_is_complete(assistant: Assistant, bare_world: World) -> None:
    bare_world.click("first-start.connect")
    bare_world.settle()
    assistant.next()
    assert assistant.step == "The domain (1 of 3)"
    assert bare_world.find(QLineEdit, "settings.bind-as").hasFocus()


def test_that_a_connection_that_does_not_stand_is_not_left(assistant: Assistant, bare_world: World) -> None:
    bare_world.click("first-start.connect")
    bare_world.settle()
    assistant.type("settings.bind-as", r"CORP\svc-jit")
    assistant.type("settings.password", "wrong")
    assistant.next()
    assert assistant.step == "The domain (1 of 3)"
    assert bare_world.find(StepList, "settings.test-steps").state("connect") is StepState.FAILED
    assert bare_world.find(QAbstractButton, "first-start.next").isEnabled()


def test_that_a_test_that_was_stopped_leads_nowhere(assistant: Assistant, bare_world: World) -> None:
    bare_world.click("first-start.connect")
    bare_world.settle()
    assistant.type("settings.bind-as", r"CORP\svc-jit")
    assistant.type("settings.password", "correct horse")
    bare_world.faults.fail_next(Fault.HANG, Operation.CURRENT_TIME)
    bare_world.click("first-start.next")
    steps = bare_world.find(StepList, "settings.test-steps")
    bare_world.wait_until(lambda: steps.state("clock") is StepState.RUNNING)
    bare_world.click("settings.test-connection")
    bare_world.settle()
    assert assistant.step == "The domain (1 of 3)"
    assert bare_world.find(QAbstractButton, "first-start.next").isEnabled()


def test_that_going_back_keeps_what_was_entered(assistant: Assistant, bare_world: World) -> None:
    bare_world.click("first-start.connect")
    bare_world.settle()
    assistant.type("settings.bind-as", r"CORP\svc-jit")
    bare_world.click("first-start.back")
    bare_world.click("first-start.connect")
    bare_world.settle()
    assert assistant.text("settings.bind-as") == r"CORP\svc-jit"


def test_that_a_store_that_can_not_be_written_is_told_in_the_assistant(
    assistant: Assistant, bare_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StoreReadOnly("The database can't be written.")

    monkeypatch.setattr(bare_world.store, "save_provider", refuse)
    bare_world.click("first-start.demo")
    bare_world.settle()
    assert "can't be written" in bare_world.find(Banner, "first-start.banner").text
    assert assistant.assistant.isVisible()
    assert bare_world.find(QAbstractButton, "first-start.demo").isEnabled()


def test_that_cancel_saves_nothing(assistant: Assistant, bare_world: World) -> None:
    bare_world.click("first-start.connect")
    bare_world.settle()
    bare_world.click("first-start.cancel")
    assert assistant.saved_ids == []
    assert bare_world.store.providers() == []
