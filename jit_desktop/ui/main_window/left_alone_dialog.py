# SPDX-License-Identifier: MIT
"""Names the groups in a creation location that are not ours, and says of each why it is left alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from jit_desktop.elevation.model import ForeignGroup
from jit_desktop.ui.theme import GAP, GAP_WIDE, MARGIN, Role
from jit_desktop.ui.widgets import plain_label

_SIZE = (640, 420)


class LeftAloneDialog(QDialog):
    """Object names: ``left_alone`` (the dialog), ``left_alone.groups``, ``left_alone.close``."""

    def __init__(self, groups: Sequence[ForeignGroup], provider: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("left_alone")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Groups left alone in {name}").format(name=provider))
        self.resize(*_SIZE)
        # Plain text, so that whatever stands in the directory is shown as it is and can be copied.
        names = QPlainTextEdit("\n\n".join(map(_words, groups)))
        names.setObjectName("left_alone.groups")
        names.setAccessibleName(self.tr("Groups left alone"))
        names.setReadOnly(True)
        names.setTabChangesFocus(True)
        close = QPushButton(self.tr("Close"))
        close.setObjectName("left_alone.close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP_WIDE)
        layout.addWidget(plain_label(self.windowTitle(), Role.HEADING, wrap=True))
        layout.addWidget(
            plain_label(
                self.tr(
                    "They stand in the creation location, but carry no record of this program that agrees "
                    "with what they are. See whether they belong there."
                ),
                Role.MUTED,
                wrap=True,
            )
        )
        layout.addWidget(names, 1)
        layout.addSpacing(GAP)
        layout.addLayout(buttons)


def _words(group: ForeignGroup) -> str:
    return f"{group.name}\n{group.reason[:1].upper()}{group.reason[1:]}.\n{group.dn}"
