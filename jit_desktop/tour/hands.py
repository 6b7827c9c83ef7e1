# SPDX-License-Identifier: MIT
"""Finds widgets by their object names and uses them as a person does: clicks, types, ticks, waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QCoreApplication,
    QEventLoop,
    QModelIndex,
    QPoint,
    Qt,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

_Widget = TypeVar("_Widget", bound=QWidget)

PATIENCE_SECONDS = 30.0
LOOK_AGAIN_SECONDS = 0.005
"""Between two looks. Looking without a rest would hold the interpreter: the workers, whom everything waits
for, would get their turn only every few milliseconds, one for each file that they open."""


class NotThere(AssertionError):
    """What was looked for did not appear, or can't be used."""


class Hands:
    """One person at the program. Everything waits until it is possible, at most ``patience_seconds``."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience = patience_seconds

    # --- waiting ------------------------------------------------------------------------------------------

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Serve the windows until ``condition`` holds; :class:`NotThere` names ``what`` if it does not."""
        end = time.monotonic() + self._patience
        while not condition():
            if time.monotonic() > end:
                raise NotThere(f"waited {self._patience:.0f} s in vain for {what}")
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(LOOK_AGAIN_SECONDS)

    def pause(self, milliseconds: int = 0) -> None:
        """Let layouts settle, and with ``milliseconds`` what moves on screen finish."""
        QTest.qWait(milliseconds)
        for _ in range(3):
            QCoreApplication.processEvents()

    # --- finding ------------------------------------------------------------------------------------------

    def seen(self, kind: type[_Widget], name: str) -> _Widget | None:
        """The visible widget called ``name`` in any window, ``None`` if there is none."""
        for root in QApplication.topLevelWidgets():
            if not root.isVisible():
                continue
            found = [root, *root.findChildren(QWidget, name)]
            for widget in found:
                if widget.objectName() == name and isinstance(widget, kind) and widget.isVisible():
                    return widget
        return None

    def find(self, kind: type[_Widget], name: str) -> _Widget:
        """The visible widget called ``name``; waits for it."""
        self.until(lambda: self.seen(kind, name) is not None, f"{kind.__name__} {name}")
        found = self.seen(kind, name)
        assert found is not None
        return found

    def is_gone(self, name: str) -> bool:
        """Whether nothing of that name is visible."""
        return self.seen(QWidget, name) is None

    # --- doing --------------------------------------------------------------------------------------------

    def click(self, name: str) -> None:
        """Click a button; waits until it can be used."""
        button = self.find(QAbstractButton, name)
        self.until(button.isEnabled, f"{name} to be enabled")
        # A check box or radio button is clicked on its mark, as people do.
        spot = QPoint(10, button.height() // 2) if button.isCheckable() else button.rect().center()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=spot)
        self.pause()

    def type(self, name: str, text: str) -> None:
        """Replace what stands in a field by typing ``text``."""
        field = self.find(QWidget, name)
        target = field if isinstance(field, QLineEdit | QPlainTextEdit) else field.findChild(QLineEdit)
        if target is None:
            raise NotThere(f"{name} is no field to type into")
        target.setFocus()
        QTest.keyClick(target, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(target, Qt.Key.Key_Delete)
        QTest.keyClicks(target, text)
        self.pause()

    def choose(self, name: str, text: str) -> None:
        """Choose the entry that begins with ``text`` in a combo box."""
        box = self.find(QComboBox, name)
        self.until(lambda: _position(box, text) >= 0, f"{text!r} in {name}")
        box.setCurrentIndex(_position(box, text))
        box.activated.emit(box.currentIndex())
        self.pause()

    # --- lists and trees ----------------------------------------------------------------------------------

    def row(self, name: str, text: str) -> QModelIndex:
        """The row of a list, table or tree (at any open level) that is called ``text``, or else the first
        whose text contains it."""
        view = self.find(QAbstractItemView, name)
        self.until(lambda: _search(view, text).isValid(), f"{text!r} in {name}")
        return _search(view, text)

    def rows(self, name: str) -> list[list[str]]:
        """The texts of a table, row by row."""
        model = self.find(QAbstractItemView, name).model()
        return [
            [str(model.index(r, c).data() or "") for c in range(column_count(model, QModelIndex()))]
            for r in range(model.rowCount())
        ]

    def select(self, name: str, text: str) -> None:
        """Click on a row."""
        view = self.find(QAbstractItemView, name)
        index = self.row(name, text)
        view.scrollTo(index)
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())
        self.pause()

    def tick(self, name: str, text: str) -> None:
        """Tick the box of a row, by keyboard."""
        view = self.find(QAbstractItemView, name)
        index = self.row(name, text)
        view.setFocus()
        view.setCurrentIndex(index)
        QTest.keyClick(view, Qt.Key.Key_Space)
        self.pause()

    def expand(self, name: str, text: str) -> None:
        """Open a row of a tree, by keyboard, and wait until what is below it has come."""
        view = self.find(QAbstractItemView, name)
        index = self.row(name, text)
        view.setFocus()
        view.setCurrentIndex(index)
        QTest.keyClick(view, Qt.Key.Key_Right)
        model = view.model()
        self.until(lambda: model.rowCount(_search(view, text)) > 0, f"the level below {text!r}")
        self.pause()


def _position(box: QComboBox, text: str) -> int:
    for i in range(box.count()):
        if box.itemText(i).startswith(text) or text in box.itemText(i):
            return i
    return -1


def column_count(model: QAbstractItemModel, parent: QModelIndex) -> int:
    """How many columns there are below ``parent``; a list has one, but keeps that to itself."""
    return 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)


def _search(view: QAbstractItemView, text: str) -> QModelIndex:
    model = view.model()
    near = QModelIndex()
    waiting = [view.rootIndex()]
    while waiting:
        parent = waiting.pop(0)
        for row in range(model.rowCount(parent)):
            first = model.index(row, 0, parent)
            words = [str(first.siblingAtColumn(c).data() or "") for c in range(column_count(model, parent))]
            if text in words:
                return first
            if not near.isValid() and any(text in word for word in words):
                near = first
            if model.rowCount(first):
                waiting.append(first)
    return near
