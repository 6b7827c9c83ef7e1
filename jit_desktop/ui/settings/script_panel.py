# SPDX-License-Identifier: MIT
"""The script that delegates the rights, to be read, copied or saved; it is never run from here."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from jit_desktop.ui.bridge import Scope, Worker
from jit_desktop.ui.theme import GAP, bind_icon, code_font
from jit_desktop.ui.widgets import (
    FileChooser,
    MessageLine,
    NativeFileChooser,
    PathKind,
    SectionHeader,
    Severity,
)

_LINES = 12
_NAME = "delegate-rights.ps1"


class ScriptPanel(QWidget):
    """Object names: ``settings.script``, ``settings.script-all``, ``settings.script-copy``,
    ``settings.script-save``, ``settings.script-message``."""

    def __init__(self, worker: Worker, chooser: FileChooser | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._chooser: FileChooser = chooser or NativeFileChooser()
        self._scope = Scope(self)
        self._missing = self._whole = ""
        self._header = SectionHeader(self.tr("Missing rights"))
        self._all = QCheckBox(self.tr("&All rights that the settings need, not only the missing ones"))
        self._all.setObjectName("settings.script-all")
        self._all.toggled.connect(self._show)
        self._text = QPlainTextEdit()
        self._text.setObjectName("settings.script")
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setAccessibleName(self.tr("PowerShell script that delegates the rights"))
        self._text.setFont(code_font())
        self._text.setFixedHeight(_LINES * self._text.fontMetrics().lineSpacing() + 3 * GAP)
        copy = QPushButton(self.tr("Cop&y"))
        copy.setObjectName("settings.script-copy")
        copy.setAccessibleName(self.tr("Copy the script"))
        copy.setAutoDefault(False)
        bind_icon(copy, "copy")
        copy.clicked.connect(self._on_copy_clicked)
        save = QPushButton(self.tr("Sa&ve as…"))
        save.setObjectName("settings.script-save")
        save.setAccessibleName(self.tr("Save the script as a file"))
        save.setAutoDefault(False)
        bind_icon(save, "export")
        save.clicked.connect(self._on_save_clicked)
        self._message = MessageLine()
        self._message.setObjectName("settings.script-message")
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(copy)
        row.addWidget(save)
        row.addWidget(self._message, 1)
        self._script = QWidget()
        column = QVBoxLayout(self._script)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self._text)
        column.addLayout(row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self._header)
        layout.addWidget(self._all)
        layout.addWidget(self._script)
        self.set_scripts("", "")

    def set_scripts(self, missing: str, whole: str) -> None:
        """Show the script for the rights that are missing, or the one for all of them; hidden without any."""
        self._missing, self._whole = missing, whole
        self.setVisible(bool(missing or whole))
        self._header.set_title(self.tr("Missing rights") if missing else self.tr("Rights"))
        self._header.set_sentence(
            self.tr("An administrator of the domain runs this once: it delegates exactly these rights.")
            if missing
            else self.tr("No right is missing.")
        )
        self._all.setText(
            self.tr("&All rights that the settings need, not only the missing ones")
            if missing
            else self.tr("S&how the script that delegates all rights that the settings need")
        )
        self._all.setVisible(bool(whole) and missing != whole)
        self._message.show_help("")
        self._show()

    @Slot()
    def _show(self) -> None:
        wants_all = not self._missing or (self._all.isChecked() and bool(self._whole))
        self._script.setVisible(bool(self._missing) or self._all.isChecked())
        text = self._whole if wants_all else self._missing
        if text != self._text.toPlainText():
            self._text.setPlainText(text)

    @Slot()
    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())
        self._message.show_message(self.tr("Copied."), Severity.SUCCESS)

    @Slot()
    def _on_save_clicked(self) -> None:
        title = self.tr("Save the script")
        name_filter = self.tr("PowerShell (*.ps1)")
        path = self._chooser.choose(self, PathKind.SAVE_FILE, title, Path.home() / _NAME, name_filter)
        if path is None:
            return
        # Windows PowerShell takes a file without this mark for one in the old code page.
        content = self._text.toPlainText().encode("utf-8-sig")
        self._worker.submit(
            lambda _control: _write(path, content),
            scope=self._scope,
            on_done=self._on_save_done,
        )

    def _on_save_done(self, answer: tuple[Path, str]) -> None:
        path, problem = answer
        if problem:
            text = self.tr("{file} could not be written: {why}.").format(file=path, why=problem)
            self._message.show_message(text, Severity.ERROR)
        else:
            self._message.show_message(self.tr("Saved as {file}.").format(file=path.name), Severity.SUCCESS)


def _write(path: Path, content: bytes) -> tuple[Path, str]:
    try:
        path.write_bytes(content)
    except OSError as error:
        return path, error.strerror or type(error).__name__
    return path, ""
