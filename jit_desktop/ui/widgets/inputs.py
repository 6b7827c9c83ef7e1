# SPDX-License-Identifier: MIT
"""Input fields with a helper inside: search, password, path, duration."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from jit_desktop.ui.theme import GAP, ICON_SMALL, Token, bind_icon
from jit_desktop.ui.widgets.busy import Spinner
from jit_desktop.ui.widgets.durations import format_duration, parse_duration

SEARCH_DELAY_MS = 250


class SearchField(QLineEdit):
    """A field that asks as you type, but not with every key."""

    search_requested = Signal(str)
    """The stripped text, once the typing paused (or at once on Return and on clearing), if it changed."""

    def __init__(self, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._last_requested = ""
        self.setPlaceholderText(placeholder or self.tr("Search"))
        self.setAccessibleName(self.placeholderText())
        self._glass = QAction(self)
        bind_icon(self._glass, "search", Token.TEXT_MUTED)
        self.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self._clear = QAction(self.tr("Clear the search"), self)
        self._clear.setObjectName("clear")
        bind_icon(self._clear, "close", Token.TEXT_MUTED)
        self._clear.triggered.connect(self._on_clear_triggered)
        self.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)
        self._clear.setVisible(False)
        self._spinner = Spinner(ICON_SMALL, self)
        self._pause = QTimer(self, interval=SEARCH_DELAY_MS, singleShot=True)
        self._pause.timeout.connect(self._on_pause_timeout)
        self.textChanged.connect(self._on_self_text_changed)
        self.returnPressed.connect(self._on_pause_timeout)

    @property
    def is_busy(self) -> bool:
        """Whether a search is under way."""
        return self._spinner.is_busy

    def set_busy(self, busy: bool) -> None:  # noqa: FBT001 - reads like setVisible
        """Show inside the field that a search is under way."""
        self._spinner.set_busy(busy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape clears a filled field first; only in an empty one it reaches the dialog."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self._on_clear_triggered()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size = self._spinner.sizeHint()
        # Left of the clear button, whether that shows or not.
        left = self.width() - size.width() - GAP - ICON_SMALL - 2 * GAP
        self._spinner.setGeometry(left, (self.height() - size.height()) // 2, size.width(), size.height())

    @Slot()
    def _on_clear_triggered(self) -> None:
        self.clear()
        self._on_pause_timeout()

    @Slot(str)
    def _on_self_text_changed(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        self._pause.start()

    @Slot()
    def _on_pause_timeout(self) -> None:
        self._pause.stop()
        text = self.text().strip()
        if text != self._last_requested:
            self._last_requested = text
            self.search_requested.emit(text)


class PasswordField(QLineEdit):
    """A password, hidden unless the user asks to see it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._toggle = QAction(self)
        self._toggle.setObjectName("show-password")
        self._toggle.setCheckable(True)
        self._toggle.toggled.connect(self._on_toggle_toggled)
        self.addAction(self._toggle, QLineEdit.ActionPosition.TrailingPosition)
        self.setInputMethodHints(Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhSensitiveData)
        self.set_shown(shown=False)

    @property
    def is_shown(self) -> bool:
        """Whether the password can be read on the screen."""
        return self.echoMode() == QLineEdit.EchoMode.Normal

    def set_shown(self, *, shown: bool) -> None:
        """Show or hide what is typed."""
        self.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self._toggle.setText(self.tr("Hide the password") if shown else self.tr("Show the password"))
        self._toggle.setChecked(shown)
        bind_icon(self._toggle, "eye-off" if shown else "eye", Token.TEXT_MUTED)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange and not self.isEnabled():
            self.set_shown(shown=False)

    @Slot(bool)
    def _on_toggle_toggled(self, checked: bool) -> None:  # noqa: FBT001 - the signature of the signal
        self.set_shown(shown=checked)


class PathKind(Enum):
    """What is chosen."""

    OPEN_FILE = "open"
    SAVE_FILE = "save"
    FOLDER = "folder"


class FileChooser(Protocol):
    """Asks the user for a path; tests put their own in place, so that no dialog opens."""

    def choose(
        self, parent: QWidget, kind: PathKind, title: str, start: Path, name_filter: str
    ) -> Path | None:
        """The path the user chose, None if nothing; `name_filter` in the form Qt uses."""


class NativeFileChooser:
    """The file dialog of the system."""

    def choose(
        self, parent: QWidget, kind: PathKind, title: str, start: Path, name_filter: str
    ) -> Path | None:
        """See `FileChooser.choose`."""
        if kind is PathKind.OPEN_FILE:
            chosen, _ = QFileDialog.getOpenFileName(parent, title, str(start), name_filter)
        elif kind is PathKind.SAVE_FILE:
            chosen, _ = QFileDialog.getSaveFileName(parent, title, str(start), name_filter)
        else:
            chosen = QFileDialog.getExistingDirectory(parent, title, str(start))
        return Path(chosen) if chosen else None


class PathField(QWidget):
    """A path that can be typed, pasted or chosen."""

    path_changed = Signal(str)

    def __init__(
        self,
        title: str,
        kind: PathKind = PathKind.OPEN_FILE,
        name_filter: str = "",
        chooser: FileChooser | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title = title
        self._kind = kind
        self._name_filter = name_filter
        self._chooser: FileChooser = chooser or NativeFileChooser()
        self._edit = QLineEdit()
        self._edit.setObjectName("path")
        self._edit.setAccessibleName(title)
        self._edit.textChanged.connect(self.path_changed)
        self._browse = QPushButton(self.tr("Browse…"))
        self._browse.setObjectName("browse")
        self._browse.setAccessibleName(self.tr("Browse for: {}").format(title))
        self._browse.clicked.connect(self._on_browse_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self._edit, 1)
        layout.addWidget(self._browse)
        self.setFocusProxy(self._edit)

    def path(self) -> str:
        """What stands in the field, stripped; empty for none."""
        return self._edit.text().strip()

    def set_path(self, path: str) -> None:
        """Put `path` into the field."""
        self._edit.setText(path)

    @Slot()
    def _on_browse_clicked(self) -> None:
        start = Path(self.path()) if self.path() else Path.home()
        chosen = self._chooser.choose(self, self._kind, self._title, start, self._name_filter)
        if chosen is not None:
            self.set_path(str(chosen))


class DurationField(QLineEdit):
    """A duration in words, such as `1 h 30 min`, `1:30` or `90` (minutes)."""

    duration_changed = Signal(object)
    """The seconds, or None while the text is no duration."""

    def __init__(self, seconds: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(self.tr("for example 1 h 30 min"))
        self.set_duration(seconds)
        self.textEdited.connect(self._on_self_text_edited)
        self.editingFinished.connect(self._on_self_editing_finished)

    def duration_seconds(self) -> int | None:
        """The seconds meant, None where the text is no duration."""
        return parse_duration(self.text())

    def set_duration(self, seconds: int) -> None:
        """Show `seconds` in words."""
        self.setText(format_duration(seconds))

    @Slot()
    def _on_self_text_edited(self) -> None:
        self.duration_changed.emit(self.duration_seconds())

    @Slot()
    def _on_self_editing_finished(self) -> None:
        seconds = self.duration_seconds()
        if seconds is not None and parse_duration(format_duration(seconds)) == seconds:
            self.set_duration(seconds)
