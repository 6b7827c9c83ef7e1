# SPDX-License-Identifier: MIT
"""All windows together over the demo domain, whose names try to be markup."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QTableView, QTabWidget

from jit_desktop.directory.demo import demo_provider
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.tour.hands import Hands
from jit_desktop.ui.shell import Shell
from tests.ui.main_window.world import World

GROUP, ACCOUNT, DOMAIN, REASON = "<b>Ops</b>", "<i>Who</i>", "<u>Corp</u>", "<s>why</s>"
STRANGE = (GROUP, ACCOUNT, DOMAIN, REASON)
LOGON_NAME = "_backupoperator15"


def strange_provider() -> DomainProvider:
    """The demo's provider with names that Qt would take for markup."""
    plain = demo_provider()
    first_group, first_account = plain.jit.privileges[0], plain.accounts[0]
    privileges = (replace(first_group, display_name=GROUP), *plain.jit.privileges[1:])
    return replace(
        plain,
        name=DOMAIN,
        jit=replace(plain.jit, privileges=privileges),
        accounts=(replace(first_account, display_name=ACCOUNT), *plain.accounts[1:]),
    )


@pytest.fixture
def world(qapp: QApplication, tmp_path: Path) -> Iterator[World]:
    """Set up, with one elevation that is active."""
    world = World(tmp_path, provider=strange_provider())
    world.save_provider(session_command=("mstsc", "/v:jump01"))
    yield world
    world.close()


@pytest.fixture
def bare_world(qapp: QApplication, tmp_path: Path) -> Iterator[World]:
    """Nothing is set up yet."""
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def open_shell() -> Iterator[Callable[[World], Shell]]:
    """Opens all windows that the program has over a world; they are closed at the end of the test."""
    opened: list[Shell] = []

    def open_shell(world: World) -> Shell:
        shell = Shell(world.context)
        opened.append(shell)
        shell.open()
        world.settle()
        return shell

    yield open_shell
    for shell in opened:
        shell.close()
        shell.main.tray.menu.deleteLater()
        shell.main.deleteLater()
        shell.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def live_in(world: World) -> None:
    """One elevation has ended, another is active."""
    world.lend(LOGON_NAME, reason=REASON, seconds=60)
    while world.store.open_elevations():
        world.clock.pass_seconds(10)
        world.service.tick(world.nobody)
    world.lend(LOGON_NAME, reason=REASON)
    world.activate()


def walk_through(world: World) -> Iterator[str]:
    """Go to every place that the program has, as a person does; tells where one is each time."""
    hands = Hands(patience_seconds=20)
    hands.select("elevations.table", LOGON_NAME)
    yield "elevations"
    hands.click("details.check_now")
    hands.find(QTableView, "check_now.table")
    yield "check now"
    hands.click("check_now.close")
    hands.click("toolbar.extend")
    yield "extend"
    hands.click("extend.cancel")
    hands.click("toolbar.check_in")
    yield "check-in"
    hands.click("decision.cancel")
    hands.click("nav-accounts")
    hands.select("accounts.table", LOGON_NAME)
    yield "accounts"
    hands.click("nav-history")
    hands.select("history.table", LOGON_NAME)
    yield "history"
    hands.click("toolbar.check_out")
    hands.choose("checkout.account", "Web administrator 3")
    hands.tick("checkout.privileges", GROUP)
    yield "checkout"
    hands.click("checkout.cancel")
    yield from _walk_through_settings(hands)
    world.settle()


def _walk_through_settings(hands: Hands) -> Iterator[str]:
    hands.click("nav-settings")
    tabs = hands.find(QTabWidget, "settings.tabs")
    for number in range(tabs.count()):
        tabs.setCurrentIndex(number)
        hands.pause()
        page = tabs.currentWidget()
        assert page is not None
        if page.objectName() == "settings.page-jit":
            hands.click("settings.privilege-sets-enabled")
            hands.click("settings.privileges-add")
            hands.row("picker.tree", "Domain Groups")
            yield "group picker"
            hands.type("picker.search", "remote")
            hands.row("picker.results", "Remote Desktop Manager Admins")
            yield "group search"
            hands.click("picker.cancel")
            hands.click("settings.location-browse")
            hands.row("picker.tree", "Internal")
            yield "location browser"
            hands.click("picker.cancel")
        if page.objectName() == "settings.page-accounts":
            hands.click("settings.accounts-add")
            hands.row("picker.tree", "Privileged Accounts")
            yield "account picker"
            hands.click("picker.cancel")
        yield f"settings: {tabs.tabText(number)}"
    hands.click("settings.promise")
    yield "settings: promise"
    hands.click("settings.cancel")
