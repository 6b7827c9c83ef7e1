# SPDX-License-Identifier: MIT
"""What a widget is for, told to the style sheet by one dynamic property."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit, QWidget

from jit_desktop.ui.theme.tokens import GAP

ROLE_PROPERTY: Final = "role"


class Role(StrEnum):
    """The roles the style sheet knows; a widget without one looks plain."""

    PRIMARY = "primary"
    """QPushButton: the one primary action of a window. Never two in one window."""
    DANGER = "danger"
    """QPushButton: takes something away."""
    PLAIN = "plain"
    """QPushButton: any other action (same as no role)."""
    QUIET = "quiet"
    """QPushButton or QToolButton without an outline until pointed at: inside banners, rows, fields."""
    ENTRY = "entry"
    """QPushButton, checkable: a place to go to that stands by itself below a list."""
    CHIP = "chip"
    """QPushButton, checkable: one of a row of small choices."""
    TITLE = "title"
    HEADING = "heading"
    CAPTION = "caption"
    """QLabel: small and muted (help lines, column notes)."""
    MUTED = "muted"
    """QLabel: body size, muted."""
    CARD = "card"
    """QFrame: a raised surface with a border."""
    RAISED = "raised"
    """QFrame or QWidget: a raised surface without a border (panes)."""
    DIVIDER = "divider"
    """QFrame of one pixel between two parts."""
    CONTENT = "content"
    """QWidget inside a QScrollArea: lets the ground below shine through."""


def set_role(widget: QWidget, role: Role) -> None:
    """Give `widget` its role; it may be called again with another one at any time."""
    widget.setProperty(ROLE_PROPERTY, role.value)
    repolish(widget)


def pad_spin_box(box: QAbstractSpinBox) -> None:
    """Set the text of `box` off from its outline as in every other field.

    Qt's style sheets leave the edit inside a spin box alone, so their padding does not reach the text.
    """
    edit = box.findChild(QLineEdit)
    if edit is not None:
        edit.setTextMargins(GAP - 2, 0, 0, 0)


def repolish(widget: QWidget) -> None:
    """Make the style sheet look again at the dynamic properties of `widget`."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()
