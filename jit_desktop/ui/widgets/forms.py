# SPDX-License-Identifier: MIT
"""Labelled fields in consistent columns, with help and problems in words where they belong."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QAbstractSpinBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from jit_desktop.ui.theme import CONTROL_HEIGHT, GAP, GAP_TIGHT, GAP_WIDE, pad_spin_box, repolish
from jit_desktop.ui.widgets.compound import main_input
from jit_desktop.ui.widgets.panes import SectionHeader
from jit_desktop.ui.widgets.severity import MessageLine, Severity


class Field(QWidget):
    """One input with the line below it that helps or says what is wrong; made by `Form.add_field`."""

    problem_changed = Signal()

    def __init__(self, label: QLabel | None, editor: QWidget, help_text: str = "") -> None:
        super().__init__()
        self.label = label
        self.editor = editor
        self._help_text = help_text
        self._problem: str | None = None
        self._message = MessageLine()
        self._message.show_help(help_text)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addWidget(editor)
        self._column.addWidget(self._message)
        self._input.setAccessibleDescription(help_text)

    def put_label_above(self, label: QLabel) -> None:
        """Show the label over the input instead of in a column."""
        self._column.insertWidget(0, label)
        self._column.insertSpacing(1, GAP_TIGHT // 2)

    @property
    def problem(self) -> str | None:
        """What is wrong with the input, None if nothing."""
        return self._problem

    @property
    def message(self) -> str:
        """The line below the input: the problem if there is one, else the help."""
        return self._message.text

    def set_problem(self, problem: str | None) -> None:
        """Say below the input what is wrong and what to do about it, or with None that nothing is."""
        if problem == self._problem:
            return
        self._problem = problem
        if problem:
            self._message.show_message(problem, Severity.ERROR)
        else:
            self._message.show_help(self._help_text)
        self._input.setProperty("problem", bool(problem))
        self._input.setAccessibleDescription(problem or self._help_text)
        QAccessible.updateAccessibility(QAccessibleEvent(self._input, QAccessible.Event.DescriptionChanged))
        repolish(self._input)
        self.problem_changed.emit()

    def set_help(self, help_text: str) -> None:
        """Change the help below the input."""
        self._help_text = help_text
        if self._problem is None:
            self._message.show_help(help_text)
            self._input.setAccessibleDescription(help_text)

    @property
    def _input(self) -> QWidget:
        """The widget that has the focus when the editor has it (of a compound one, the field inside)."""
        return main_input(self.editor)


class Form(QWidget):
    """Fields under each other, their labels in one column (or above them, `stacked`)."""

    def __init__(self, *, stacked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_stacked = stacked
        self._fields: list[Field] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP_WIDE)
        self._grid.setVerticalSpacing(GAP)
        self._grid.setColumnStretch(1, 1)

    @property
    def fields(self) -> list[Field]:
        """All fields from top to bottom."""
        return list(self._fields)

    def add_field(
        self,
        label: str,
        editor: QWidget,
        *,
        help_text: str = "",
        optional: bool = False,
        name: str = "",
    ) -> Field:
        """Add `editor` below the others.

        `label` may hold an `&` for its key. `name` becomes the object name of the editor. An empty label is
        for check boxes, which carry their own.
        """
        if name:
            editor.setObjectName(name)
        caption = QLabel(self.tr("{} (optional)").format(label) if optional else label)
        caption.setBuddy(main_input(editor))
        caption.setTextFormat(Qt.TextFormat.PlainText)
        if label and not editor.accessibleName():
            editor.setAccessibleName(label.replace("&", ""))
        if isinstance(editor, QAbstractSpinBox):
            pad_spin_box(editor)
        field = Field(caption if label else None, editor, help_text)
        self._fields.append(field)
        row = self._grid.rowCount()
        if not label:
            caption.deleteLater()
        if self._is_stacked:
            if label:
                field.put_label_above(caption)
            self._grid.addWidget(field, row, 0, 1, 2)
        else:
            if label:
                caption.setMinimumHeight(CONTROL_HEIGHT)
                self._grid.addWidget(caption, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(field, row, 1)
        return field

    def add_section(self, title: str, sentence: str = "") -> SectionHeader:
        """Add a heading across both columns; the fields after it belong to it."""
        header = SectionHeader(title, sentence)
        row = self._grid.rowCount()
        if self._fields:
            self._grid.setRowMinimumHeight(row, GAP)
        self._grid.addWidget(header, row + 1, 0, 1, 2)
        return header

    def add_wide(self, widget: QWidget) -> None:
        """Add `widget` across both columns."""
        self._grid.addWidget(widget, self._grid.rowCount(), 0, 1, 2)

    def first_problem(self) -> Field | None:
        """The topmost field with a problem."""
        return next((field for field in self._fields if field.problem), None)

    def focus_first_problem(self) -> bool:
        """Put the cursor where the first problem is; whether there is one."""
        field = self.first_problem()
        if field is None:
            return False
        field.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        return True
