# SPDX-License-Identifier: MIT
"""Does what somebody in front of a checkout window does."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QListView, QPlainTextEdit, QPushButton, QWidget

from jit_desktop.ui.checkout import CheckoutWindow
from jit_desktop.ui.widgets import Banner, StepList, StepState, main_input
from tests.ui.main_window.world import World


class Checkout:
    """One checkout window, opened from the toolbar."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.click("toolbar.check_out")
        world.settle()
        self.window = world.find(CheckoutWindow, "checkout")

    # what is entered

    @property
    def account(self) -> QComboBox:
        return self.world.find(QComboBox, "checkout.account", self.window)

    def choose_account(self, label: str) -> None:
        row = self.account.findText(label, Qt.MatchFlag.MatchStartsWith)
        assert row >= 0, label
        self.account.setCurrentIndex(row)

    @property
    def offered(self) -> list[str]:
        model = self._list.model()
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]

    @property
    def ticked(self) -> list[str]:
        model = self._list.model()
        role = Qt.ItemDataRole.CheckStateRole
        rows = [model.index(row, 0) for row in range(model.rowCount())]
        return [str(i.data()) for i in rows if Qt.CheckState(i.data(role)) is Qt.CheckState.Checked]

    def tick(self, *labels: str) -> None:
        """Click the rows, anywhere in them."""
        for label in labels:
            row = self._list.visualRect(self._list.model().index(self.offered.index(label), 0))
            QTest.mouseClick(self._list.viewport(), Qt.MouseButton.LeftButton, pos=row.center())

    def search(self, text: str) -> None:
        field = self.world.find(QLineEdit, "checkout.privilege_search", self.window)
        field.setFocus()
        field.setText(text)
        QTest.keyClick(field, Qt.Key.Key_Return)

    def give_reason(self, text: str) -> None:
        self.world.find(QPlainTextEdit, "checkout.reason", self.window).setPlainText(text)

    @property
    def sentence(self) -> str:
        return self.world.find(QLabel, "checkout.sentence", self.window).text()

    def problem_of(self, name: str) -> str:
        """What stands beside a field that is wrong; empty where it is not."""
        editor = self.world.find(QWidget, name, self.window)
        target = main_input(editor)
        return target.accessibleDescription() if target.property("problem") else ""

    @property
    def _list(self) -> QListView:
        return self.world.find(QListView, "checkout.privileges", self.window)

    # what happens

    def submit(self) -> None:
        self.click("submit")

    def click(self, name: str) -> None:
        self.world.click(f"checkout.{name}", self.window)

    def can_see(self, name: str) -> bool:
        return self.button(name).isVisible()

    def button(self, name: str) -> QPushButton:
        return self.world.find(QPushButton, f"checkout.{name}", self.window)

    @property
    def banner(self) -> str:
        banner = self.world.find(Banner, "progress.banner", self.window)
        return banner.text if banner.isVisible() else ""

    @property
    def countdown(self) -> str:
        return self.world.find(QLabel, "progress.countdown", self.window).text()

    @property
    def steps(self) -> dict[str, StepState]:
        return self._states("progress.steps")

    @property
    def controllers(self) -> dict[str, StepState]:
        return self._states("progress.controllers")

    def _states(self, name: str) -> dict[str, StepState]:
        steps = self.world.find(StepList, name, self.window)
        return {key: steps.state(key) for key in steps.keys()}  # noqa: SIM118 - not a dictionary

    def fill_in(self) -> None:
        """The example: one account, one privilege."""
        self.choose_account("Backup operator 15")
        self.tick("RDM administrators")

    def destroyed_is_told(self) -> list[QObject]:
        heard: list[QObject] = []
        self.window.closed.connect(heard.append)
        return heard
