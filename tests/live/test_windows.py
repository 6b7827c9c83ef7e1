# SPDX-License-Identifier: MIT
"""The main job through the real windows on the real domain, watched by a second connection at every step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from jit_desktop.app import Application, application
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.settings import ReplicationMode
from jit_desktop.tour.hands import Hands
from jit_desktop.ui.shell import Shell
from jit_desktop.ui.theme import SchemePreference, apply_theme
from jit_desktop.window import windows
from tests.samba import names
from tests.samba.server import SambaDomain
from tests.samba.verifier import Verifier

ADMINS = "Remote Desktop Manager Admins"
DESK = "Remote Desktop Manager Service Desk"
UNIVERSAL = "Remote Desktop Manager Admins - Universal"
ACCOUNT = "_backupoperator15"


class Person:
    """An administrator at the program, and the second connection that watches the domain meanwhile."""

    def __init__(self, app: Application, shell: Shell, domain: SambaDomain, verifier: Verifier) -> None:
        self.app = app
        self.shell = shell
        self.domain = domain
        self.verifier = verifier
        self.hands = Hands(patience_seconds=90)

    # --- the job, part by part ------------------------------------------------------------------------------

    def connect(self) -> None:
        hands = self.hands
        self.shell.open()
        hands.find(QWidget, "elevations.empty")
        hands.click("empty-action")
        hands.click("first-start.connect")
        hands.type("settings.server", self.domain.host)
        hands.type("settings.bind-as", self.domain.service.upn)
        hands.type("settings.password", self.domain.service.password)
        hands.choose("settings.trust", "Signed by an authority")
        hands.type("settings.ca-file", str(self.domain.ca_file))
        hands.click("first-start.next")
        hands.find(QWidget, "settings.privileges-add")

    def choose_groups_place_and_accounts(self) -> None:
        hands = self.hands
        hands.click("settings.privileges-add")
        hands.type("picker.search", "Remote Desktop")
        for name in (ADMINS, DESK, UNIVERSAL):
            hands.tick("picker.results", name)
        hands.click("picker.accept")
        hands.type("settings.group-prefix", "RDM_JIT")
        hands.click("settings.location-browse")
        for level in ("Domain Groups", "Vaults"):
            hands.expand("picker.tree", level)
        hands.select("picker.tree", "Internal")
        hands.click("picker.accept")
        hands.click("first-start.next")
        hands.click("settings.accounts-add")
        hands.type("picker.search", ACCOUNT)
        hands.tick("picker.results", ACCOUNT)
        hands.click("picker.accept")
        hands.click("first-start.next")
        hands.until(lambda: hands.is_gone("first-start"), "the assistant to close")
        hands.until(lambda: names.DC1 in self.text("status.controller.text"), "the domain controller")

    def set_terms(self) -> None:
        """In the settings: a wait of two seconds, and a minute as the shortest duration."""
        hands = self.hands
        hands.click("nav-settings")
        hands.until(lambda: self.text("settings.title") != "", "the provider")
        self.page("jit")
        assert hands.row("settings.privileges", ADMINS).isValid()
        hands.type("settings.replication-latency", "2")
        self.page("policy")
        hands.type("settings.minimum-duration", "1 min")
        hands.click("settings.save")
        hands.until(lambda: hands.is_gone("settings"), "the settings to close")

    def check_out(self, *privileges: str, minutes: int) -> None:
        hands = self.hands
        hands.click("toolbar.check_out")
        hands.find(QWidget, "checkout")
        hands.choose("checkout.account", ACCOUNT)
        for privilege in privileges:
            hands.tick("checkout.privileges", privilege)
        hands.click(f"preset-{minutes * 60}")
        hands.click("checkout.submit")
        hands.until(lambda: len(self.app.store.open_elevations()) == 1, "the elevation")

    def until_active(self) -> None:
        hands = self.hands
        hands.until(
            lambda: [e.state for e in self.app.store.open_elevations()] == [State.ACTIVE], "it to be active"
        )
        hands.click("checkout.close")

    def check_in(self) -> None:
        hands = self.hands
        hands.select("elevations.table", ACCOUNT)
        hands.click("toolbar.check_in")
        hands.click("decision.check_in")
        hands.until(lambda: not self.app.store.open_elevations(), "the end")

    # --- looking --------------------------------------------------------------------------------------------

    def page(self, name: str) -> None:
        tabs = self.hands.find(QTabWidget, "settings.tabs")
        page = tabs.findChild(QWidget, f"settings.page-{name}")
        assert page is not None
        tabs.setCurrentWidget(page)
        self.hands.pause()

    def text(self, name: str) -> str:
        label = self.hands.seen(QLabel, name)
        return label.text() if label is not None else ""

    def holds(self, group_dn: str) -> bool:
        return self.verifier.is_effective_member(names.ACCOUNT_BACKUP, group_dn)

    def temporary_groups(self) -> frozenset[str]:
        return self.verifier.groups_in(names.OU_INTERNAL)


@pytest.fixture
def person(qtbot: QtBot, samba_domain: SambaDomain, verifier: Verifier, tmp_path: Path) -> Iterator[Person]:
    qt = QApplication.instance()
    assert isinstance(qt, QApplication)
    apply_theme(qt, SchemePreference.LIGHT)
    with application(tmp_path / "data") as app, windows(app, pretends=True) as shell:
        yield Person(app, shell, samba_domain, verifier)
    for dn in verifier.groups_in(names.OU_INTERNAL):
        verifier.delete(dn)


@pytest.mark.timeout(300)
def test_that_the_main_job_works_through_the_windows_until_its_deadline_and_by_check_in(
    person: Person,
) -> None:
    hands = person.hands
    person.connect()
    person.choose_groups_place_and_accounts()
    (provider,) = person.app.store.providers()
    groups = {names.GROUP_ADMINS, names.GROUP_SERVICE_DESK, names.GROUP_ADMINS_UNIVERSAL}
    assert {p.group.dn for p in provider.jit.privileges} == groups
    assert provider.jit.location is not None
    assert provider.jit.location.dn == names.OU_INTERNAL
    assert provider.jit.group_prefix == "RDM_JIT"
    person.set_terms()
    (provider,) = person.app.store.providers()
    assert provider.jit.replication_mode is ReplicationMode.FIXED
    assert provider.jit.replication_latency_seconds == 2
    assert provider.policy.minimum_seconds == 60
    assert not person.holds(names.GROUP_ADMINS)
    assert person.temporary_groups() == frozenset()

    # Until the deadline.
    person.check_out(ADMINS, minutes=1)
    hands.until(lambda: person.holds(names.GROUP_ADMINS), "the membership")
    (elevation,) = person.app.store.open_elevations()
    assert person.temporary_groups() == {f"CN={elevation.group_name},{names.OU_INTERNAL}"}
    person.until_active()
    assert person.holds(names.GROUP_ADMINS)
    assert not person.holds(names.GROUP_SERVICE_DESK)
    assert hands.row("elevations.table", ACCOUNT).isValid()
    hands.until(lambda: not person.app.store.open_elevations(), "the deadline")
    assert not person.holds(names.GROUP_ADMINS)
    assert person.temporary_groups() == frozenset()
    ended = person.app.store.elevation(elevation.id)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.DEADLINE)
    assert ended.ended_at is not None
    assert 0 <= (ended.ended_at - ended.deadline).total_seconds() < 20

    # By check-in.
    person.check_out(ADMINS, DESK, UNIVERSAL, minutes=120)
    person.until_active()
    assert all(person.holds(group) for group in groups)
    person.check_in()
    assert not any(person.holds(group) for group in groups)
    assert person.temporary_groups() == frozenset()
    hands.click("nav-history")
    hands.until(lambda: len(hands.rows("history.table")) == 2, "both in the history")
