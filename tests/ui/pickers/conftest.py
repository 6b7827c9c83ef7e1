# SPDX-License-Identifier: MIT
"""Pickers over the demo domain, as it is and failing on demand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import pytest
from PySide6.QtCore import QModelIndex, QObject
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QTreeView
from pytestqt.qtbot import QtBot

from jit_desktop.directory.demo import DemoConnector, FaultPlan, demo_factory, demo_provider
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ObjectGuid, ObjectRef
from jit_desktop.elevation.ports import Directory, DirectoryEntry
from jit_desktop.platform.clock import SystemClock
from jit_desktop.ui.bridge import Workers
from jit_desktop.ui.pickers.entry_data import ENTRY_ROLE
from jit_desktop.ui.pickers.picker import Picker
from jit_desktop.ui.pickers.purpose import Purpose

T = TypeVar("T", bound=QObject)


@pytest.fixture
def faults() -> FaultPlan:
    return FaultPlan()


@pytest.fixture
def connector(faults: FaultPlan) -> DemoConnector:
    return demo_factory(None, SystemClock(), faults=faults, latency_seconds=0)


@pytest.fixture
def workers(qapp: QApplication) -> Iterator[Workers]:
    workers = Workers(expected_errors=(JitError,))
    yield workers
    assert workers.shutdown(timeout_seconds=10) == []


class PickerDriver:
    """Does what somebody in front of the picker does."""

    def __init__(self, qtbot: QtBot, connector: DemoConnector, workers: Workers) -> None:
        self._qtbot = qtbot
        self._connector = connector
        self._workers = workers
        self.connections: list[Directory] = []
        self.picked: list[tuple[DirectoryEntry, ...]] = []
        self.dialog: Picker

    def open(
        self, purpose: Purpose, *, taken: tuple[ObjectGuid, ...] = (), present: ObjectRef | None = None
    ) -> None:
        self.dialog = Picker(purpose, self._workers["browse"], self._connect, taken=taken, present=present)
        self.dialog.picked.connect(self.picked.append)
        self.dialog.open()

    def _connect(self) -> Directory:
        directory = self._connector.connect(demo_provider().connection)
        self.connections.append(directory)
        return directory

    @property
    def tree(self) -> QTreeView:
        return self.find(QTreeView, "picker.tree")

    @property
    def results(self) -> QTreeView:
        return self.find(QTreeView, "picker.results")

    @property
    def search(self) -> QLineEdit:
        return self.find(QLineEdit, "picker.search")

    @property
    def accept(self) -> QPushButton:
        return self.find(QPushButton, "picker.accept")

    def find(self, kind: type[T], name: str) -> T:
        found = self.dialog.findChild(kind, name)
        assert found is not None, name
        return found

    def row(self, *path: str) -> QModelIndex:
        """Open the tree along these names, from below the domain; the row of the last."""
        index = self._child(QModelIndex(), "corp.example.test")
        for name in path:
            self.tree.expand(index)
            index = self._child(index, name)
        return index

    def found(self, name: str) -> QModelIndex:
        """The row of the search results with that name, once it is there."""
        self._qtbot.waitUntil(lambda: self._result(name).isValid())
        return self._result(name)

    def _result(self, name: str) -> QModelIndex:
        model = self.results.model()
        rows = (model.index(row, 0) for row in range(model.rowCount()))
        return next((row for row in rows if row.data() == name), QModelIndex())

    def _child(self, parent: QModelIndex, name: str) -> QModelIndex:
        model = self.tree.model()

        def child() -> QModelIndex:
            rows = (model.index(row, 0, parent) for row in range(model.rowCount(parent)))
            return next((row for row in rows if row.data() == name), QModelIndex())

        self._qtbot.waitUntil(lambda: child().isValid())
        return child()

    def entry(self, index: QModelIndex) -> DirectoryEntry:
        entry = index.data(ENTRY_ROLE)
        assert isinstance(entry, DirectoryEntry)
        return entry


@pytest.fixture
def picker(qtbot: QtBot, connector: DemoConnector, workers: Workers) -> PickerDriver:
    return PickerDriver(qtbot, connector, workers)
