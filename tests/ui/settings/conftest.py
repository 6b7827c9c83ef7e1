# SPDX-License-Identifier: MIT
"""The settings over the demo domain and a real store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QTabWidget, QTreeView

from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.settings import SettingsDialog
from tests.ui.main_window.world import World

TABS = ("connection", "jit", "accounts", "policy", "check")


class SettingsDriver:
    """Does what somebody in front of the settings does."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dialog: SettingsDialog
        self.saved_count = 0

    def open(self, provider: DomainProvider | None = None) -> None:
        """Open the dialog and let it load and look at the directory."""
        self.dialog = SettingsDialog(self.world.context, provider_id=provider.id if provider else None)
        self.dialog.saved.connect(self._on_dialog_saved)
        self.dialog.open()
        self.world.settle()

    def _on_dialog_saved(self) -> None:
        self.saved_count += 1

    def show_page(self, name: str) -> None:
        self.world.find(QTabWidget, "settings.tabs").setCurrentIndex(TABS.index(name))

    @property
    def page(self) -> str:
        return TABS[self.world.find(QTabWidget, "settings.tabs").currentIndex()]

    def type(self, name: str, text: str) -> None:
        """Replace what stands in a field by typing."""
        field = self.world.find(QLineEdit, name)
        assert field.isVisible(), f"{name} is not visible"
        assert field.isEnabled(), f"{name} is not enabled"
        field.setFocus()
        field.selectAll()
        QTest.keyClick(field, Qt.Key.Key_Delete)
        QTest.keyClicks(field, text)

    def text(self, name: str) -> str:
        return self.world.find(QLineEdit, name).text()

    def pick(self, *names: str) -> None:
        """In the picker that is open: search for each, tick it, and accept."""
        for name in names:
            self.type("picker.search", name)
            QTest.keyClick(self.world.find(QLineEdit, "picker.search"), Qt.Key.Key_Return)
            self._tick(name)
        self.world.click("picker.accept")
        # Closed dialogs are gone for whoever looks for names next.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _tick(self, name: str) -> None:
        results = self.world.find(QTreeView, "picker.results")
        model = results.model()

        def row() -> int:
            return next((r for r in range(model.rowCount()) if model.index(r, 0).data() == name), -1)

        self.world.wait_until(lambda: row() >= 0, f"{name} in the results")
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        results.selectionModel().setCurrentIndex(model.index(row(), 0), flags)
        QTest.keyClick(results, Qt.Key.Key_Space)

    def save(self) -> None:
        self.world.click("settings.save")
        self.world.settle()

    def stored(self) -> DomainProvider:
        return self.world.store.provider(self.world.provider.id)

    def wait(self, condition: Callable[[], bool]) -> None:
        self.world.wait_until(condition)


@pytest.fixture
def bare_world(qapp: QApplication, tmp_path: Path) -> Iterator[World]:
    """Nothing is set up yet."""
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def world(bare_world: World) -> World:
    """The demo domain with its provider set up."""
    bare_world.save_provider()
    return bare_world


@pytest.fixture
def settings(world: World) -> SettingsDriver:
    """The settings of the demo provider, open."""
    driver = SettingsDriver(world)
    driver.open()
    return driver
