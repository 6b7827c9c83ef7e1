# SPDX-License-Identifier: MIT
"""Headings and the pane beside a list that tells about what is selected."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.ui.theme import GAP, GAP_TIGHT, GAP_WIDE, Role, bind_icon, set_role
from jit_desktop.ui.widgets.text import ElidedLabel, plain_label

_PANE_WIDTH = 320


class SectionHeader(QWidget):
    """A heading with an optional sentence below it and room for a button at its right."""

    def __init__(self, title: str, sentence: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = plain_label(title, Role.HEADING)
        self._sentence = plain_label(sentence, Role.MUTED, wrap=True)
        if not sentence:
            self._sentence.hide()
        words = QVBoxLayout()
        words.setSpacing(GAP_TIGHT // 2)
        words.addWidget(self._title)
        words.addWidget(self._sentence)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, GAP)
        self._row.setSpacing(GAP)
        self._row.addLayout(words, 1)

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self._title.setText(title)

    def set_sentence(self, sentence: str) -> None:
        """Change the sentence below it; empty for none."""
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))

    def add_action_widget(self, widget: QWidget) -> None:
        """Put a button at the right end."""
        self._row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)


class SidePane(QFrame):
    """The pane at the right: a title that can be long, sections below it, and a cross that closes it."""

    close_requested = Signal()

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, Role.RAISED)
        self._title = ElidedLabel(title, Role.HEADING)
        self._subtitle = ElidedLabel("", Role.CAPTION)
        self._subtitle.hide()
        self._close = QToolButton()
        self._close.setObjectName("close-pane")
        self._close.setAccessibleName(self.tr("Close the details"))
        self._close.setToolTip(self.tr("Close the details"))
        set_role(self._close, Role.QUIET)
        bind_icon(self._close, "close")
        self._close.clicked.connect(self.close_requested)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._subtitle)
        head = QHBoxLayout()
        head.setContentsMargins(GAP_WIDE, GAP, GAP, GAP)
        head.addLayout(words, 1)
        head.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        content = QWidget()
        set_role(content, Role.CONTENT)
        self.body = QVBoxLayout()
        """Where sections and widgets go, from top to bottom."""
        self.body.setSpacing(GAP)
        filled = QVBoxLayout(content)
        filled.setContentsMargins(GAP_WIDE, GAP, GAP_WIDE, GAP_WIDE)
        filled.addLayout(self.body)
        # A stretch and not an alignment: an aligned layout would cut off wrapped labels.
        filled.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(scroll, 1)
        self.setMinimumWidth(280)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Not as wide as the longest name in it: names give way."""
        return QSize(_PANE_WIDTH, super().sizeHint().height())

    def set_title(self, title: str, subtitle: str = "") -> None:
        """Say whose details these are; both are elided in the middle."""
        self._title.setText(title)
        self._subtitle.setText(subtitle)
        self._subtitle.setVisible(bool(subtitle))

    def add_section(self, title: str) -> QVBoxLayout:
        """Begin a section; the layout that its content goes into."""
        self.body.addWidget(SectionHeader(title))
        section = QVBoxLayout()
        section.setSpacing(GAP_TIGHT)
        self.body.addLayout(section)
        return section
