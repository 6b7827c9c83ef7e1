# SPDX-License-Identifier: MIT
"""Where one is, and what can be done there: title at the left, actions at the right, the primary one last."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from jit_desktop.ui.main_window.action_button import ActionButton
from jit_desktop.ui.main_window.actions import ElevationActions
from jit_desktop.ui.theme import CONTROL_HEIGHT, GAP, GAP_WIDE, Role
from jit_desktop.ui.widgets import plain_label


class Toolbar(QWidget):
    """Object names: ``page_title``, ``toolbar.open_session``, ``toolbar.extend``, ``toolbar.check_in``,
    ``toolbar.check_out``."""

    def __init__(self, actions: ElevationActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("toolbar")
        self._title = plain_label(self.tr("Elevations"), Role.TITLE)
        self._title.setObjectName("page_title")
        self._buttons = QWidget()
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(GAP)
        for name, action, icon_name, role in (
            ("open_session", actions.open_session, "open-session", Role.QUIET),
            ("extend", actions.extend, "extend", Role.QUIET),
            ("check_in", actions.check_in, "check-in", Role.QUIET),
            ("check_out", actions.check_out, "check-out", Role.PRIMARY),
        ):
            button = ActionButton(action, icon_name, role)
            button.setObjectName(f"toolbar.{name}")
            buttons.addWidget(button)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP_WIDE, GAP_WIDE, GAP_WIDE, GAP_WIDE)
        row.setSpacing(GAP)
        row.addWidget(self._title)
        row.addStretch(1)
        row.addWidget(self._buttons)
        self.setFixedHeight(CONTROL_HEIGHT + 2 * GAP_WIDE)

    def set_title(self, title: str) -> None:
        """Say where one is."""
        self._title.setText(title)

    def offer_actions(self, *, offered: bool) -> None:
        """Show the actions, or nothing where there is nothing yet that they could be about."""
        self._buttons.setVisible(offered)
