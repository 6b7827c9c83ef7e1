# SPDX-License-Identifier: MIT
"""A push button for a QAction: Qt has one for tool buttons only, and those can't be the primary action."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QWidget

from jit_desktop.ui.theme import Role, Token, bind_icon, set_role


class ActionButton(QPushButton):
    """Follows an action in text, tooltip and being enabled, and triggers it."""

    def __init__(
        self, action: QAction, icon_name: str = "", role: Role = Role.PLAIN, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._action = action
        if icon_name:
            bind_icon(self, icon_name, Token.ON_ACCENT if role is Role.PRIMARY else Token.TEXT)
        set_role(self, role)
        self.setAutoDefault(False)
        action.changed.connect(self._on_action_changed)
        self.clicked.connect(action.trigger)
        self._on_action_changed()

    @Slot()
    def _on_action_changed(self) -> None:
        self.setText(self._action.text())
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
        self.setAccessibleDescription(self._action.toolTip())
