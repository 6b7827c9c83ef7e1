# SPDX-License-Identifier: MIT
"""Says why the program can't start, to somebody who has no console to read it on."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from jit_desktop.ui.theme import GAP, GAP_WIDE, MARGIN, Role, app_icon, set_role
from jit_desktop.ui.widgets import plain_label

_WIDTH = 480


class StartFailure(QDialog):
    """What happened and what to do. Object names: ``start_failure``, ``start_failure.close``."""

    def __init__(self, message: str, remedy: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("start_failure")
        self.setWindowTitle("JIT Desktop")
        self.setWindowIcon(app_icon())
        self.setMinimumWidth(_WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP)
        layout.addWidget(plain_label(self.tr("JIT Desktop can't start"), Role.HEADING))
        for text in (message, remedy):
            if text:
                label = plain_label(text)
                label.setWordWrap(True)
                layout.addWidget(label)
        layout.addSpacing(GAP_WIDE)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setObjectName("start_failure.close")
        set_role(close, Role.PRIMARY)
        layout.addWidget(buttons)
